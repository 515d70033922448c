"""What the results of a class say when they are counted: one pass over them, and the sums."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from autograder.course import similarity
from autograder.course.store import Graded, Verdict

Array = np.ndarray[Any, Any]
LOST, PASSED, OPEN = 0, 1, 2  # open: the grader failed there, so nobody knows
DONE, FAILING, UNBEGUN, UNREACHED = range(4)
TOO_FEW = 12  # students: with fewer, thirds of a class say nothing
WELL, SOMEWHAT, BACKWARDS = 0.4, 0.2, -0.1  # differences between the strongest and the weakest third


class Student(NamedTuple):
    """One row: the points of the functions in the order of the rubric, and the state of each."""

    id: str
    name: str
    created_at: str
    score: float
    parts: tuple[float, ...]
    states: bytes
    fault: str
    empty: bool  # nothing was handed in that can be graded
    decided: str = ""  # what was decided by hand


class Line(NamedTuple):
    """One line of the rubric in the class.  strong and weak: the share who pass it of the third with the most and with
    the fewest points on everything else; None where that can't be told, and `why` says it."""

    key: str
    number: str
    title: str
    points: float
    judged: int
    passed: int
    strong: float | None
    weak: float | None
    why: str

    @property
    def difference(self) -> float:
        return (self.strong or 0.0) - (self.weak or 0.0)


class Mistake(NamedTuple):
    """A misconception: the sentence where it is certain, the numbers of its lines, and the places of who has it."""

    function: str
    key: str
    reason: str
    numbers: tuple[str, ...]
    who: tuple[int, ...]


@dataclass
class _Seen:
    """What is gathered of one misconception."""

    who: array[int] = field(default_factory=lambda: array("l"))
    reasons: Counter[str] = field(default_factory=Counter)
    lines: set[str] = field(default_factory=set)


class Tally:
    """All results of a class.  Memory is some hundred bytes a student."""

    def __init__(self, results: Iterable[Graded]) -> None:
        self.students: list[Student] = []
        self.functions: dict[str, float] = {}  # and their points
        self.heads: dict[str, Verdict] = {}  # by key, the line as it was seen first
        self.fingerprints: Counter[str] = Counter()
        self.versions: dict[str, str] = {}
        self.sketches = 0
        self.decided: Counter[str] = Counter()  # what was decided by hand, and how often
        self._verdicts: dict[str, bytearray] = {}
        self._scores: dict[str, array[float]] = {}
        self._seen: dict[tuple[str, str], _Seen] = {}
        self.sketched: list[tuple[str, list[int]]] = []  # the place of a student and the sketch
        for graded in results:
            self.sketched.append(self._add(graded))
        self.groups = similarity.groups(self.sketched)

    @property
    def points(self) -> float:
        return round(sum(self.functions.values()), 2)

    @property
    def sound(self) -> list[int]:
        """Who has a grade that counts: the places in `students`."""
        return [i for i, s in enumerate(self.students) if not s.fault]

    def _add(self, graded: Graded) -> tuple[str, list[int]]:
        """Count one, and pass its place and its sketch on."""
        place = len(self.students)
        for key, line in graded.lines.items():
            if key not in self.heads:
                self._learn(key, line)
        for key in self.heads:
            one = graded.lines.get(key)
            known = one is not None and one.verdict != "fault"
            self._verdicts[key].append(OPEN if not known else PASSED if one and one.verdict == "passed" else LOST)
            self._scores[key].append(one.score if one else 0.0)
        said: set[tuple[str, str]] = set()
        by_function: dict[str, list[Verdict]] = {function: [] for function in self.functions}
        for key, line in graded.lines.items():
            function = _function(key)
            by_function[function].append(line)
            if line.verdict == "failed" and line.misconception not in ("", "stub"):
                self._blame(place, (function, line.misconception), key, line, said)
        parts, states = [], bytearray()
        for rows in by_function.values():
            parts.append(round(sum(line.score for line in rows), 2))
            states.append(_state(rows))
        lost = [line for line in graded.lines.values() if line.verdict != "passed"]
        empty = bool(lost) and len(lost) == len(graded.lines) and not any(line.misconception for line in lost)
        self.students.append(
            Student(
                graded.id, graded.name, graded.created_at, graded.score, tuple(parts), bytes(states), graded.fault,
                empty and not graded.fault, "; ".join(graded.decided),
            )
        )  # fmt: skip
        self.decided.update(one.split(":")[0].split(" (")[0] for one in graded.decided)
        self.fingerprints[graded.fingerprint] += 1
        self.versions = self.versions or graded.versions
        sketch = graded.about.get("sketch")
        numbers = [n for n in sketch if isinstance(n, int)] if isinstance(sketch, list) else []
        self.sketches += bool(numbers)
        return str(place), numbers

    def _learn(self, key: str, line: Verdict) -> None:
        """A line that was not seen before; all who came before don't have it."""
        self.heads[key] = line
        self._verdicts[key] = bytearray([OPEN]) * len(self.students)
        self._scores[key] = array("f", bytes(4 * len(self.students)))
        function = _function(key)
        if function not in self.functions:
            self.students = [
                s._replace(parts=(*s.parts, 0.0), states=s.states + bytes([UNREACHED])) for s in self.students
            ]
        self.functions[function] = round(self.functions.get(function, 0.0) + line.points, 2)

    def _blame(self, place: int, what: tuple[str, str], key: str, line: Verdict, said: set[tuple[str, str]]) -> None:
        seen = self._seen.setdefault(what, _Seen())
        seen.lines.add(key)
        if line.reason and (len(seen.reasons) < 20 or line.reason in seen.reasons):
            seen.reasons[line.reason] += 1
        if what not in said:
            said.add(what)
            seen.who.append(place)

    # --- the lines of the rubric --------------------------------------------------------------------------------------

    def lines(self) -> Iterator[Line]:
        """Each line: who passes it, and how well it tells strong work from weak."""
        sound = np.array(self.sound, np.intp)
        scores = {key: np.array(values, np.float64)[sound] for key, values in self._scores.items()}
        total = sum(scores.values(), np.zeros(len(sound)))
        for key, head in self.heads.items():
            verdicts = np.frombuffer(bytes(self._verdicts[key]), np.uint8)[sound]
            judged = verdicts != OPEN
            passed = verdicts[judged] == PASSED
            strong, weak, why = thirds(passed, (total - scores[key])[judged])
            yield Line(key, head.number, head.title, head.points, len(passed), int(passed.sum()), strong, weak, why)

    # --- misconceptions -----------------------------------------------------------------------------------------------

    def mistakes(self) -> list[Mistake]:
        """Misconceptions, the most frequent first.  Who makes two at once counts for each, where both are known."""
        found = dict(self._seen)
        for function, key in list(found):
            alone = [(function, word) for word in key.split(" + ")]
            if len(alone) > 1 and " | " not in key and all(what in self._seen for what in alone):
                both = found.pop((function, key))
                for what in alone:
                    one = found[what]
                    found[what] = _Seen(array("l", sorted({*one.who, *both.who})), one.reasons, one.lines | both.lines)
        order = list(self.heads)
        made = [
            Mistake(
                function, key, min(seen.reasons, key=lambda r: (-seen.reasons[r], r), default=""),
                tuple(self.heads[k].number for k in sorted(seen.lines, key=order.index)), tuple(seen.who),
            )
            for (function, key), seen in found.items()
        ]  # fmt: skip
        names = list(self.functions)
        return sorted(made, key=lambda m: (-len(m.who), names.index(m.function), m.key))

    # --- who is stuck -------------------------------------------------------------------------------------------------

    def states(self, function: str) -> Counter[int]:
        """How many are done with a function, fail in it, have not begun, or could not be judged there."""
        place = list(self.functions).index(function)
        return Counter(self.students[i].states[place] for i in self.sound)

    def stuck(self) -> list[tuple[str, list[int]]]:
        """For every function those who are done with all before it and not with it."""
        found: dict[str, list[int]] = {function: [] for function in self.functions}
        for i in self.sound:
            student = self.students[i]
            first = next((f for f, state in zip(found, student.states, strict=True) if state != DONE), None)
            if first and not student.empty:
                found[first].append(i)
        return list(found.items())


def _function(key: str) -> str:
    return key.split("_")[0]


def _state(rows: list[Verdict]) -> int:
    """How far somebody got with a function, from its lines."""
    if rows and all(line.verdict == "passed" for line in rows):
        return DONE
    # A function that is not there may be one whose text has an error; that is begun.
    if any(line.misconception == "stub" for line in rows):
        return UNBEGUN
    judged = [line for line in rows if line.verdict in ("passed", "failed") and line.misconception != "prerequisite"]
    return FAILING if judged else UNREACHED


def thirds(passed: Array, rest: Array) -> tuple[float | None, float | None, str]:
    """The share who pass a line in the third with the most points on everything else, the same of the third with the
    fewest, and why that can't be told where it can't.  Those who are equal count equally."""
    count, share = len(passed), float(passed.mean()) if len(passed) else 0.0
    if count < TOO_FEW:
        return None, None, "too few students"
    if share in (0.0, 1.0):
        return None, None, "all pass" if share else "nobody passes"
    if min(3 * share, 3 * (1 - share)) < SOMEWHAT:
        return None, None, "nearly all pass" if share > 0.5 else "hardly anyone passes"
    # Points are floats: what differs by rounding only is equal.
    values, place, sizes = np.unique(np.round(rest, 3), return_inverse=True, return_counts=True)
    if len(values) == 1:
        return None, None, "all others have the same points"
    passes = np.bincount(place, weights=passed)
    return _first(sizes[::-1], passes[::-1], count / 3), _first(sizes, passes, count / 3), ""


def _first(sizes: Array, passes: Array, room: float) -> float:
    """The share who pass among the first `room` students; of those who are equal at its end, a part of each."""
    before = np.cumsum(sizes) - sizes
    taken = np.clip(room - before, 0, sizes)
    return float((passes * taken / sizes).sum() / room)
