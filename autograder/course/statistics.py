"""What the results of a class say when they are counted."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from sys import intern
from typing import Any, NamedTuple

import numpy as np

from autograder.course import similarity
from autograder.course.store import Graded, Row, Verdict, name_of

Array = np.ndarray[Any, Any]
DONE, FAILING, UNBEGUN, UNREACHED = range(4)
TOO_FEW = 12  # students: with fewer, thirds of a class say nothing
WELL, SOMEWHAT, BACKWARDS = 0.4, 0.2, -0.1  # differences between the strongest and the weakest third


@dataclass(frozen=True, slots=True)
class Student:
    """One row of the table.  `scores` has the points of each criterion by key, None where the grader failed.

    All of a class are in memory at once, so a student takes as little of it as possible: 2 kB.
    """

    id: str
    name: str
    created_at: str
    score: float = 0.0
    scores: dict[str, float | None] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()  # criteria that are not passed
    states: dict[str, int] = field(default_factory=dict)  # by function: DONE, FAILING, UNBEGUN or UNREACHED
    fault: str = ""
    empty: bool = False  # nothing was handed in that can be graded
    absent: str = ""  # why there is no result: not submitted, excused, no files
    decided: str = ""  # what was decided by hand
    lines: dict[str, list[int]] = field(default_factory=dict)  # by function: those of the program to look at

    def part(self, function: str) -> float:
        """The points of a function."""
        return round(sum(score or 0.0 for key, score in self.scores.items() if function_of(key) == function), 2)


class Line(NamedTuple):
    """One criterion in the class.  strong and weak: the share who pass it of the third with the most and with the
    fewest points on everything else; None where that can't be told, and `why` says it."""

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


@dataclass
class Mistake:
    """A misconception: who has it (places in the class), the criteria it costs, and what was said of it."""

    function: str
    key: str
    who: set[int] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def reason(self) -> str:
        """The sentence that was said most often; empty where none is certain."""
        return min(self.reasons, key=lambda reason: (-self.reasons[reason], reason), default="")


class Tally:
    """All results of a class."""

    def __init__(self, results: Iterable[tuple[Row, Graded | None]]) -> None:
        self.students: list[Student] = []
        self.heads: dict[str, Verdict] = {}  # by key, the criterion as it was seen first
        self.functions: dict[str, float] = {}  # and their points
        self.fingerprints: Counter[str] = Counter()
        self.versions: dict[str, str] = {}
        self._mistakes: dict[tuple[str, str], Mistake] = {}
        self.sketches = 0  # students whose programs are compared
        self.groups = similarity.groups(self._take(results))

    @property
    def points(self) -> float:
        return round(sum(self.functions.values()), 2)

    @property
    def sound(self) -> list[int]:
        """Who has a grade that counts: the places in `students`."""
        return [i for i, one in enumerate(self.students) if not one.fault and not one.absent]

    def _take(self, results: Iterable[tuple[Row, Graded | None]]) -> Iterator[tuple[str, list[int]]]:
        """Count the results, and give the place of each student and the sketch, which is large and is not kept."""
        for row, graded in results:
            if graded is None:
                name = name_of(row.students, row.id)
                absent, decided = str(row.status), "; ".join(row.decided)
                self.students.append(Student(row.id, name, row.created_at, absent=absent, decided=decided))
            else:
                self.sketches += bool(graded.sketch)
                self._add(graded)
                yield str(len(self.students) - 1), graded.sketch

    def _add(self, graded: Graded) -> None:
        place = len(self.students)
        by_function: dict[str, list[Verdict]] = {}
        for key, line in graded.lines.items():
            function = function_of(key)
            if key not in self.heads:
                self.heads[key] = line
                self.functions[function] = round(self.functions.get(function, 0.0) + line.points, 2)
            by_function.setdefault(function, []).append(line)
            if line.verdict == "failed" and line.misconception not in ("", "stub"):
                what = function, line.misconception
                mistake = self._mistakes.setdefault(what, Mistake(*what))
                mistake.who.add(place)
                mistake.keys.add(key)
                if line.reason:
                    mistake.reasons[line.reason] += 1
        lost = {key: line for key, line in graded.lines.items() if line.verdict != "passed"}
        empty = bool(lost) and len(lost) == len(graded.lines) and not any(line.misconception for line in lost.values())
        self.students.append(
            Student(
                graded.id, graded.name, str(graded.about.get("created_at", "")), graded.score,
                {intern(key): None if line.verdict == "fault" else line.score for key, line in graded.lines.items()},
                frozenset(map(intern, lost)),
                {function: _state(lines) for function, lines in by_function.items()}, graded.fault,
                empty and not graded.fault, decided="; ".join(graded.decided),
                lines={function: said for function, lines in by_function.items() if (said := _lines_of(lines))},
            )
        )  # fmt: skip
        self.fingerprints[graded.fingerprint] += 1
        self.versions = self.versions or graded.versions

    def lines(self) -> Iterator[Line]:
        """Each criterion: who passes it, and how well it tells strong work from weak."""
        sound = [self.students[i] for i in self.sound]
        rows = [[one.scores.get(key) for key in self.heads] for one in sound]
        scores = np.array(rows, np.float64).reshape(len(sound), len(self.heads))  # nan where nobody knows
        total = np.nansum(scores, axis=1)
        for (key, head), own in zip(self.heads.items(), scores.T, strict=True):
            judged = ~np.isnan(own)
            passed = np.array([key in one.scores and key not in one.lost for one in sound], bool)[judged]
            strong, weak, why = thirds(passed, (total - own)[judged])
            yield Line(key, head.number, head.title, head.points, len(passed), int(passed.sum()), strong, weak, why)

    def mistakes(self) -> list[Mistake]:
        """Misconceptions, the most frequent first.  Who makes two at once counts for each, where both are known."""
        found = dict(self._mistakes)
        for (function, key), both in self._mistakes.items():
            alone = [(function, word) for word in key.split(" + ")]
            if len(alone) > 1 and " | " not in key and all(what in self._mistakes for what in alone):
                del found[function, key]
                for what in alone:
                    one = found[what]
                    found[what] = Mistake(*what, one.who | both.who, one.keys | both.keys, one.reasons)
        names = list(self.functions)
        return sorted(found.values(), key=lambda m: (-len(m.who), names.index(m.function), m.key))

    def states(self, function: str) -> Counter[int]:
        """How many are done with a function, fail in it, have not begun, or could not be judged there."""
        return Counter(self.students[i].states.get(function, UNREACHED) for i in self.sound)

    def stuck(self) -> dict[str, list[int]]:
        """For every function those who are done with all before it and not with it."""
        found: dict[str, list[int]] = {function: [] for function in self.functions}
        for i in self.sound:
            student = self.students[i]
            first = next((function for function in found if student.states.get(function) != DONE), None)
            if first and not student.empty:
                found[first].append(i)
        return found


@functools.cache
def function_of(key: str) -> str:
    """The function that a criterion is about: the first word of its key."""
    return key.split("_")[0]


def _lines_of(lines: list[Verdict]) -> list[int]:
    """The lines of the program that the hints of some criteria mean."""
    return [number for one in lines for number in one.lines]


def _state(lines: list[Verdict]) -> int:
    """How far somebody got with a function, from its criteria."""
    if all(line.verdict == "passed" for line in lines):
        return DONE
    # A function that is not there may be one whose text has an error; that is begun.
    if any(line.misconception == "stub" for line in lines):
        return UNBEGUN
    judged = [line for line in lines if line.verdict in ("passed", "failed") and line.misconception != "prerequisite"]
    return FAILING if judged else UNREACHED


def thirds(passed: Array, rest: Array) -> tuple[float | None, float | None, str]:
    """The share who pass a criterion in the third with the most points on everything else, the same of the third with
    the fewest, and why that can't be told where it can't.  Those who are equal count equally."""
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
