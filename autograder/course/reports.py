"""The class report, a page for instructors: this module prepares what the template shows.

Names of students link to their reports: staff/ID.html, or else reports/ID.html.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple
from urllib.parse import quote

from autograder import files, rubric
from autograder.course import similarity, statistics, store
from autograder.course.statistics import Line, Tally
from autograder.rendering import html
from autograder.rendering.html import count

TEMPLATES = Path(__file__).with_name("templates")
MAX_ROWS = 2000  # students in the table
LIMITS = {
    "mistakes": 12,  # that are not folded
    "others": 5,  # ... of those without a known reason
    "folded": 100,  # mistakes of either that are folded; the rest is left out
    "groups": 60,  # of near-identical submissions
    "faults": 20,  # different reasons for grader errors
    "shingle": similarity.WORDS,
}
# What was seen, where the grader knows no reason for it.
SYMPTOMS = {
    "missing": "There is no function with this name, or its text has a syntax error.",
    "raised": "The call raises an exception.",
    "timed_out": "The call does not end.",
    "died": "The call ends the whole program.",
    "skipped": "The function was not called: the file can't be imported, or earlier calls took too long.",
    "none": "The function returns None: a return statement is missing.",
    "structure": "The function returns another kind of answer than the contract says.",
    "keys": "The returned dict has other keys.",
    "type": "The returned value is not an array of numbers.",
    "shape": "The returned array has another shape.",
    "nan": "The returned numbers are not finite.",
    "value": "The returned numbers are wrong.",
    "changed": "The call modifies its arguments.",
    "shared": "All calls return the same array or dict, so a call changes earlier answers.",
    "unstable": "The second call with the same arguments returns something else.",
    "state": "Only the first call is right: something is kept between calls.",
    "primed": "The answer is right only after a call of forward: something is kept in a global variable.",
    "constant": "The function returns the same answer for other arguments.",
    "increases": "The loss increases during the training.",
    "path": "The parameters don't follow the equations during the training.",
    "fit": "The training ends too far from the curve.",
    "not_earned": "This was not checked, because no value of the function is right yet.",
    "file": "The file can't be executed to its end.",
}
STATES = {
    statistics.DONE: ("done", "Done"),
    statistics.FAILING: ("failing", "Points lost"),
    statistics.UNBEGUN: ("unbegun", "Not written yet"),
    statistics.UNREACHED: ("unreached", "Not checked"),
}


class Person(NamedTuple):
    """A student on a page, with the addresses of the report and of the code (empty if there is none)."""

    name: str
    report: str = ""
    code: str = ""
    note: str = ""


class Links:
    """Where the pages of the students in a graded folder are, seen from the page `out`."""

    def __init__(self, folder: Path, out: Path) -> None:
        self.known: dict[str, frozenset[str]] = {}
        for name in (store.STAFF, store.REPORTS):
            with contextlib.suppress(OSError):
                self.known[name] = frozenset(os.listdir(folder / name))
        self.way: list[str] = []
        with contextlib.suppress(ValueError):  # on another drive
            self.way = [part for part in Path(os.path.relpath(folder, out.parent)).as_posix().split("/") if part != "."]

    def to(self, *names: str) -> str:
        """A relative address, which stays right if both are moved together."""
        return "/".join(quote(name, safe="") for name in (*self.way, *names))

    def person(self, id: str, name: str) -> Person:
        """A student with links to what there is."""
        folder = next((folder for folder, names in self.known.items() if f"{id}.html" in names), "")
        report = self.to(folder, f"{id}.html") if folder else ""
        return Person(name, report, f"{report}#code" if folder == store.STAFF else "")


class Ranked(NamedTuple):
    """A mistake and who makes it."""

    function: str
    text: str
    criteria: str
    people: list[Person]


class Row(NamedTuple):
    """A student in the table.  points: the total and each function's, or what is said where there is no grade."""

    person: Person
    points: list[float | str]
    submitted: str
    remarks: list[str]
    group: int


@dataclass(frozen=True)
class ClassView:
    """The counts of a class as the template shows them."""

    stats: Tally
    links: Links
    people: list[Person]

    @property
    def scores(self) -> list[float]:
        return [self.stats.students[i].score for i in self.stats.sound]

    @property
    def middle(self) -> float:
        return median(self.scores)

    @property
    def mean(self) -> float:
        return mean(self.scores)

    @property
    def full(self) -> int:
        return sum(score >= self.stats.points for score in self.scores)

    @property
    def graders(self) -> list[str]:
        return sorted(filter(None, self.stats.fingerprints))

    @property
    def empty(self) -> list[Person]:
        return [person for one, person in zip(self.stats.students, self.people, strict=True) if one.empty]

    @property
    def absent(self) -> list[Person]:
        return [person for one, person in zip(self.stats.students, self.people, strict=True) if one.absent]

    @property
    def faults(self) -> list[tuple[str, list[Person]]]:
        """Why the grader failed, and for whom; the most frequent reason first."""
        found: dict[str, list[Person]] = {}
        for student, person in zip(self.stats.students, self.people, strict=True):
            if student.fault:
                found.setdefault(student.fault, []).append(person)
        return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))

    @property
    def bins(self) -> list[tuple[str, int, str]]:
        """Ten intervals of points and full points: the short name, the number of students, the long name."""
        top = self.stats.points or 1.0
        # Points are floats, so full points may be off by a rounding error.
        counts = Counter(max(0, min(int(10 * score / top + 1e-9), 10)) for score in self.scores)
        edges = [f"{top * k / 10:g}" for k in range(11)]
        names = [(f"{edges[k]}–", f"{edges[k]} to under {edges[k + 1]}") for k in range(10)] + [(edges[10], edges[10])]
        return [(short, counts[k], long) for k, (short, long) in enumerate(names)]

    @property
    def mistakes(self) -> tuple[list[Ranked], list[Ranked]]:
        """Mistakes with a known reason, and what else was seen; the most frequent first."""
        known: list[Ranked] = []
        others: list[Ranked] = []
        sound = set(self.stats.sound)
        for mistake in self.stats.mistakes():
            people = [self.people[i] for i in sorted(mistake.who & sound)]
            numbers = [head.number for key, head in self.stats.heads.items() if key in mistake.keys]
            text = mistake.reason or SYMPTOMS.get(mistake.key, f"({mistake.key})")
            if people:
                one = Ranked(mistake.function, text, numbers_in_short(numbers), people)
                (known if mistake.reason else others).append(one)
        return sorted(known, key=lambda m: -len(m.people)), sorted(others, key=lambda m: -len(m.people))

    @property
    def stuck(self) -> Iterator[tuple[str, list[int], list[Person]]]:
        """Of each function: how many students are in each state, and for whom it is the first that isn't done."""
        for function, who in self.stats.stuck().items():
            states = self.stats.states(function)
            yield function, [states[state] for state in STATES], [self._at_line(i, function) for i in who]

    def _at_line(self, place: int, function: str) -> Person:
        """A student, with the lines that a repair of a function must change."""
        lines = self.stats.students[place].lines.get(function, [])
        many = "lines" if len(lines) > 1 else "line"
        return self.people[place]._replace(note=f"{many} {', '.join(map(str, lines))}" if lines else "")

    @property
    def groups(self) -> Iterator[tuple[int, str, list[tuple[Person, Person, str]]]]:
        """Near-identical submissions: how many, their points, and the pairs with a sentence."""
        most = similarity.limit(self.stats.sketches)
        for group in self.stats.groups[: LIMITS["groups"]]:
            points = sorted({self.stats.students[int(id)].score for id in group.ids})
            scored = f"{points[0]:g}" if len(points) == 1 else f"{points[0]:g} to {points[-1]:g}"
            pairs = [(self.people[int(k.a)], self.people[int(k.b)], _likeness(k, most)) for k in group.links]
            yield len(group.ids), scored, pairs

    @property
    def rows(self) -> list[Row]:
        """The students by name; in a very large class those with a grader error and with the fewest points."""
        students = self.stats.students
        shown = sorted(range(len(students)), key=lambda i: (not students[i].fault, students[i].score, i))[:MAX_ROWS]
        group = {int(id): n for n, group in enumerate(self.stats.groups, 1) for id in group.ids}
        rows = []
        for i in sorted(shown, key=lambda i: (students[i].name.casefold(), i)):
            one = students[i]
            remarks = ["not graded: grader error"] * bool(one.fault) + ["nothing to grade"] * one.empty
            remarks += [one.absent] if one.absent and not (one.absent == "excused" and one.decided) else []
            remarks += [one.decided] if one.decided else []
            points: list[float | str] = [one.score, *map(one.part, self.stats.functions)]
            if one.fault or one.absent:
                points = ["open" if one.fault else "–"] * len(points)
            rows.append(Row(self.people[i], points, html.when(one.created_at)[:16], remarks, group.get(i, 0)))
        return rows


def write_class(folder: Path, out: Path) -> None:
    """Write the report of the class that `batch` graded into `folder`.  Raises UserError and OSError."""
    files.put(out, class_page(Tally(store.read(folder)), Links(folder, out)))


def class_page(stats: Tally, links: Links) -> str:
    """The class report.  The same results give the same text."""
    title = "The homework"
    with contextlib.suppress(rubric.RubricError):
        title = rubric.load().title
    people = [links.person(student.id, student.name) for student in stats.students]
    return html.render(
        TEMPLATES / "class.html", "class.js", title=title, view=ClassView(stats, links, people), verdict=_verdict,
        states=list(STATES.values()), limits=LIMITS,
    )  # fmt: skip


def numbers_in_short(numbers: Sequence[str]) -> str:
    """The numbers of criteria, runs of three and more from the first to the last: criteria 3.1 to 3.3, 3.8."""
    runs: list[list[str]] = []
    for number in numbers:
        part, _, place = number.rpartition(".")
        if runs and place.isdecimal() and runs[-1][-1] == f"{part}.{int(place) - 1}":
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs]
    return f"{'criterion' if len(numbers) == 1 else 'criteria'} {', '.join(told)}"


def _verdict(line: Line) -> str:
    """How well a criterion tells strong work from weak work."""
    if line.why:
        return f"can't tell: {line.why}"
    if line.difference <= statistics.BACKWARDS:
        return "backwards: check this criterion"
    well, somewhat = line.difference >= statistics.WELL, line.difference >= statistics.SOMEWHAT
    return "well" if well else "somewhat" if somewhat else "hardly"


def _likeness(link: similarity.Link, most: int) -> str:
    share = f", {html.percent(link.share)} of the fragments" if link.level == 3 else ""
    if link.level == 0 and link.rare < similarity.ENOUGH:
        return f"{similarity.LEVELS[0]}. The code is short or common, so this may be chance."
    rare = f"{count(link.rare, 'shared fragment')} {'is' if link.rare == 1 else 'are'} rare"
    return f"{similarity.LEVELS[link.level]}{share}. {rare} (in at most {most} submissions)."
