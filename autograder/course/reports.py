"""Two pages for instructors: the class report, and the comparison of two gradings as text, table and page.

This module prepares what the templates show.  It counts nothing itself.  Names of students link to their reports:
staff/ID.html, or else reports/ID.html.
"""

from __future__ import annotations

import contextlib
import csv
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import quote

from autograder import files, rubric
from autograder.course import similarity as similar
from autograder.course import statistics as tally
from autograder.course import store
from autograder.course.comparison import Change, Comparison, LineSum
from autograder.course.roster import cell
from autograder.course.statistics import Line, Mistake, Tally
from autograder.rendering import html
from autograder.rendering.html import count
from autograder.result import clean

TEMPLATES = Path(__file__).with_name("templates")
MAX_ROWS = 2000  # students in the table of the class report
MAX_MISTAKES = 12  # mistakes that are not folded
MAX_OTHERS = 5  # ... of those without a known reason
MAX_FOLDED = 100  # mistakes of either that are folded; the rest is left out
MAX_GROUPS = 60  # groups of near-identical submissions
MAX_FAULTS = 20  # different reasons for grader errors

# What was seen, where the grader knows no reason for it.
SYMPTOMS = {
    "missing": "There is no function with this name, or its text has a syntax error.",
    "raised": "The call raises an exception.",
    "timed_out": "The call does not end.",
    "died": "The call ends the whole program.",
    "skipped": "The function was not called, because earlier calls did not end.",
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
    tally.DONE: ("done", "Done"),
    tally.FAILING: ("failing", "Points lost"),
    tally.UNBEGUN: ("unbegun", "Not written yet"),
    tally.UNREACHED: ("unreached", "Not checked"),
}


class Person(NamedTuple):
    """A student on a page, with the addresses of the report and of the code (empty if there is none)."""

    name: str
    report: str = ""
    code: str = ""


class Links:
    """Where the pages of the students in a graded folder are, seen from the page `out`."""

    def __init__(self, folder: Path, out: Path) -> None:
        self.known: dict[str, frozenset[str]] = {}
        for name in ("staff", "reports"):
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
        return Person(name, report, f"{report}#code" if folder == "staff" else "")


# --- the class report ------------------------------------------------------------------------------------------------


class Ranked(NamedTuple):
    """A mistake and who makes it."""

    function: str
    text: str
    criteria: str
    people: list[Person]


class Row(NamedTuple):
    """A student in the table.  points: the total and each function's; None where there is no grade."""

    person: Person
    points: list[float | None]
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
        return sorted(self.stats.students[i].score for i in self.stats.sound)

    @property
    def middle(self) -> float:
        return median(self.scores)

    @property
    def mean(self) -> float:
        return sum(self.scores) / len(self.scores)

    @property
    def full(self) -> int:
        return sum(score >= self.stats.points for score in self.scores)

    @property
    def graders(self) -> list[str]:
        return sorted(fingerprint for fingerprint in self.stats.fingerprints if fingerprint)

    @property
    def empty(self) -> list[Person]:
        return [self.people[i] for i in self.stats.sound if self.stats.students[i].empty]

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
            people = [self.people[i] for i in mistake.who if i in sound]
            if people:
                (known if mistake.reason else others).append(_ranked(mistake, people))
        return sorted(known, key=lambda m: -len(m.people)), sorted(others, key=lambda m: -len(m.people))

    @property
    def stuck(self) -> Iterator[tuple[str, list[int], list[Person]]]:
        """Of each function: how many students are in each state, and for whom it is the first that isn't done."""
        for function, who in self.stats.stuck():
            states = self.stats.states(function)
            yield function, [states[state] for state in STATES], [self.people[i] for i in who]

    @property
    def groups(self) -> Iterator[tuple[int, str, list[tuple[Person, Person, str]]]]:
        """Near-identical submissions: how many, their points, and the pairs with a sentence."""
        most = similar.limit(self.stats.sketches)
        for group in self.stats.groups[:MAX_GROUPS]:
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
            remarks += [one.decided] if one.decided else []
            points = [None if one.fault else score for score in (one.score, *one.parts)]
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
        states=list(STATES.values()),
        limits={"mistakes": MAX_MISTAKES, "others": MAX_OTHERS, "folded": MAX_FOLDED, "groups": MAX_GROUPS,
                "faults": MAX_FAULTS, "shingle": similar.WORDS},
    )  # fmt: skip


def _ranked(mistake: Mistake, people: list[Person]) -> Ranked:
    text = mistake.reason or SYMPTOMS.get(mistake.key, f"({mistake.key})")
    return Ranked(mistake.function, text, _ranges(mistake.numbers), people)


def _ranges(numbers: Sequence[str]) -> str:
    """The numbers of criteria in short: criteria 3.1 to 3.3, 3.8."""
    runs: list[list[str]] = []
    for number in numbers:
        part, _, place = number.rpartition(".")
        before, _, last = runs[-1][-1].rpartition(".") if runs else ("", "", "")
        follows = place.isdecimal() and last.isdecimal() and int(place) == int(last) + 1
        if runs and part == before and follows:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs]
    return f"{'criterion' if len(numbers) == 1 else 'criteria'} {', '.join(told)}"


def _verdict(line: Line) -> str:
    """How well a criterion tells strong work from weak work."""
    if line.why:
        return f"can't tell: {line.why}"
    if line.difference <= tally.BACKWARDS:
        return "backwards: check this criterion"
    return "well" if line.difference >= tally.WELL else "somewhat" if line.difference >= tally.SOMEWHAT else "hardly"


def _likeness(link: similar.Link, most: int) -> str:
    share = f", {html.percent(link.share)} of the fragments" if link.level == 3 else ""
    if link.level == 0 and link.rare < similar.ENOUGH:
        return f"{similar.LEVELS[0]}. The code is short or common, so this may be chance."
    rare = f"{count(link.rare, 'shared fragment')} {'is' if link.rare == 1 else 'are'} rare"
    return f"{similar.LEVELS[link.level]}{share}. {rare} (in at most {most} submissions)."


# --- the comparison: what all its forms say --------------------------------------------------------------------------

SHORT = 8  # students of each kind that the terminal shows
SIDES = ("OLD", "NEW")
TITLES = {
    "falls": "Students who lose points",
    "rises": "Students who gain points",
    "stays": "Same total, but other verdicts or feedback",
    "fault": "Grader errors: no grade to compare",
    "new files": "Other files were submitted: the difference may not come from the grader",
    "only in OLD": "Only in OLD",
    "only in NEW": "Only in NEW",
}


def summary(found: Comparison) -> list[str]:
    """How many students gain and lose points, in sentences."""
    kinds, compared = found.kinds, found.old.compared
    out = [f"{compared} of {count(found.both, 'student')} in both can be compared: {', '.join(moves(found))}."]
    if compared:
        old, new = (side.total / compared for side in (found.old, found.new))
        out.append(f"Their mean changes from {old:.2f} to {new:.2f}." if old != new else f"Their mean stays {old:.2f}.")
    told = (
        (found.judged, "with the same total but other verdicts"),
        (found.told, "with the same verdicts but other feedback"),
        (kinds["fault"], "with a grader error in one or both: not counted"),
        (kinds["new files"], "with other files in the two gradings: not counted"),
        (found.unknown, "without a record of their files, which may have changed"),
        (found.decided, "with something decided by hand"),
        (kinds["only in OLD"], "only in OLD"),
        (kinds["only in NEW"], "only in NEW"),
    )
    out += [f"{count(number, 'student')} {text}." for number, text in told if number]
    return out if found.changed else [*out, "Nothing changed."]


def moves(found: Comparison) -> list[str]:
    """How many lose points, gain points and keep their total."""
    words = {"falls": ("loses points", "lose points"), "rises": ("gains points", "gain points"),
             "stays": ("keeps the total", "keep their total")}  # fmt: skip
    return [count(found.kinds[kind], one, more) for kind, (one, more) in words.items()]


def changes(found: Comparison, key: str) -> Iterator[str]:
    """What changed in a criterion: 12 students lose 2 points: the reason (12)."""
    line = found.lines.get(key, LineSum())
    for difference, number in sorted(line.moved.items()):
        verb = ("lose" if difference < 0 else "gain") + "s" * (number == 1)
        top = line.why.get(difference, Counter()).most_common(3)
        why = "; ".join(f"{_plain(text)[:100]} ({times})" for text, times in top)
        points = f"{abs(difference):g} point{'s' * (abs(difference) != 1)}"
        yield f"{count(number, 'student')} {verb} {points}{f': {why}' if why else ''}"
    if line.judged:
        yield f"{count(line.judged, 'student')}: verdict changed, same points"
    if line.told:
        yield f"{count(line.told, 'student')}: feedback changed"


def criteria(found: Comparison) -> Iterator[tuple[str, list[float | None], list[str]]]:
    """Of each criterion: its title, the share who passed it in OLD and NEW, and what changed."""
    for key in found.ordered():
        line = found.new.lines.get(key) or found.old.lines[key]
        shares = [s.passed[key] / max(s.compared, 1) if key in s.lines else None for s in (found.old, found.new)]
        yield f"{line.number} {line.title}", shares, list(changes(found, key))


def total_of(found: Comparison, kind: str) -> int:
    """How many students of a kind there are to show."""
    return found.judged + found.told if kind == "stays" else found.kinds[kind]


def scores(change: Change) -> str:
    """88 → 82; a dash where there is no grade."""
    return " → ".join("-" if score is None else f"{score:g}" for score in (change.old, change.new))


def difference(change: Change) -> str:
    """The signed difference; "" if there is none to tell."""
    return "" if change.difference is None else f"{change.difference:+g}" if change.difference else "0"


def who(change: Change) -> str:
    """Name and ID."""
    return change.name if change.name == change.id else f"{change.name} ({change.id})"


def _plain(text: str, limit: int = 300) -> str:
    """One line without control characters."""
    return clean(text).replace("\n", " | ").replace("\t", " ")[:limit]


# --- the comparison: as text, table and page -------------------------------------------------------------------------


def render(found: Comparison) -> str:
    """The text for the terminal: the graders, the criteria, the largest changes."""
    out = []
    for side, word in zip((found.old, found.new), SIDES, strict=True):
        makes = ", ".join(dict.fromkeys(fingerprint or "unknown" for fingerprint, _ in side.makes)) or "nobody"
        versions = ", ".join(f"{name} {version}" for name, version in side.versions.items())
        out.append(f"{word}  {side.folder}: {count(side.graded, 'submission')} graded by {makes} ({versions})")
    graders = found.graders()
    out += ["", "The graders differ:" if graders else "The graders are the same."]
    out += [*(f"  {text}" for text in graders), "", *summary(found)]
    rows = [(title, told) for title, _, told in criteria(found) if told]
    out += ["", "By criterion"] if rows else []
    for title, told in rows:
        out += [f"  {title}", *(f"      {text}" for text in told)]
    for kind, title in TITLES.items():
        kept, total = found.largest[kind], total_of(found, kind)
        out += ["", title] if kept else []
        for change in kept[:SHORT]:
            reasons = change.why()
            out.append(f"  {difference(change):>6}  {scores(change)}  {who(change)}")
            out += [f"            {_plain(text, 160)}" for text in reasons[:3]]
            out += [f"            and {len(reasons) - 3} more"] if len(reasons) > 3 else []
        if total > SHORT:
            out.append(f"          and {total - SHORT} more: --out FILE.html or --csv FILE shows them")
    return "\n".join(_plain(text, 400) for text in out)


COLUMNS = ("id", "name", "email", "sid", "old", "new", "difference", "change", "files", "criteria", "why")


@contextmanager
def table(path: Path | None) -> Iterator[Callable[[Change], None]]:
    """Give a function that writes the row of a student.  The file is replaced when it is complete.  Raises OSError."""
    if path is None:
        yield lambda change: None
        return
    with files.replacing(path, encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        yield lambda change: writer.writerow(_row(change))


def _row(change: Change) -> list[object]:
    known = ["; ".join(str(student.get(name) or "") for student in change.students) for name in COLUMNS[1:4]]
    lines = "; ".join(f"{line.number}: {line.difference:+g}" for line in change.lines if line.judged)
    numbers = ["" if n is None else n for n in (change.old, change.new, change.difference)]
    values = [change.id, *known, *numbers, change.kind, change.files, lines, "; ".join(change.why())]
    return [cell(value) for value in values]


def write_comparison(found: Comparison, path: Path) -> None:
    """Write the page.  Raises OSError."""
    links = [Links(side.folder, path) for side in (found.old, found.new)]
    files.put(path, comparison_page(found, links))


def comparison_page(found: Comparison, links: Sequence[Links]) -> str:
    """The page; `links` lead to the students' reports in OLD and NEW."""
    groups = [(title, total_of(found, kind), found.largest[kind]) for kind, title in TITLES.items()]
    outcome = " · ".join(moves(found)[:2]) if found.changed else "Nothing changed"
    moved, rows = sorted(found.differences.items()), list(criteria(found))
    return html.render(
        TEMPLATES / "comparison.html", found=found, outcome=outcome, summary=summary(found), groups=groups,
        links=links, sides=SIDES, who=who, scores=scores, difference=difference,
        changed=[row for row in rows if row[2]], unchanged=[row for row in rows if not row[2]],
        moved=moved if len(moved) <= 60 else moved[:30] + moved[-30:],
    )  # fmt: skip
