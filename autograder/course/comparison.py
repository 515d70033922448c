"""Two gradings of one class side by side: what a change of the grader does to every grade, before it is published.

Both folders are walked in the order of their IDs, and only the largest changes are kept, so that memory does not grow
with the class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from autograder.course import store
from autograder.course.store import Graded, Manifest, Row, Status, Verdict
from autograder.errors import UserError

SHOWN = 500  # changes that are kept for the page; the table for a spreadsheet has all
REASONS = 1000  # different sentences that are counted for a line


class Outcome(str, Enum):
    """What became of a student's grade."""

    FALLS = "falls"
    RISES = "rises"
    STAYS = "stays"
    NEW_FILES = "new files"
    FAULT = "fault"
    ONLY_OLD = "only in OLD"
    ONLY_NEW = "only in NEW"

    __str__ = str.__str__


class Files(str, Enum):
    """Whether the same bytes were graded."""

    SAME = "same"
    CHANGED = "changed"
    UNKNOWN = "unknown"

    __str__ = str.__str__


KINDS = tuple(Outcome)
COMPARABLE = (Outcome.FALLS, Outcome.RISES, Outcome.STAYS)


class LineChange(NamedTuple):
    """One line of one student, where anything of it differs.  A verdict is None where that grader has no such line."""

    key: str
    old: Verdict | None
    new: Verdict | None

    @property
    def difference(self) -> float:
        """Points that the line gives more than before."""
        return round((self.new.score if self.new else 0.0) - (self.old.score if self.old else 0.0), 2)

    @property
    def judged(self) -> bool:
        """Whether the verdict differs or its points do; otherwise only what is said of it."""
        one, two = self.old, self.new
        return one is None or two is None or (one.verdict, one.score) != (two.verdict, two.score)

    @property
    def number(self) -> str:
        """The line's number, and the one that it had."""
        one, two = self.old, self.new
        if one and two and one.number != two.number:
            return f"{two.number} (was {one.number})"
        return (two or one or NOTHING).number

    @property
    def title(self) -> str:
        return (self.new or self.old or NOTHING).title

    @property
    def why(self) -> str:
        """The grader's reason: of the new verdict where points are lost or missing, else of the old one."""
        if self.old and self.new and self.old.verdict == self.new.verdict and self.old.points != self.new.points:
            return f"worth {self.new.points:g}, not {self.old.points:g}"
        for verdict in (self.new, self.old) if self.difference <= 0 else (self.old, self.new):
            if verdict and (said := verdict.reason or verdict.misconception):
                return said
        return ""


NOTHING = Verdict("", "", "", 0.0, 0.0)


@dataclass
class Change:
    """One student."""

    id: str
    name: str
    kind: Outcome
    old: float | None = None  # None where there is no grade
    new: float | None = None
    files: Files = Files.UNKNOWN
    lines: list[LineChange] = field(default_factory=list)
    students: list[dict[str, str]] = field(default_factory=list)
    fault: str = ""
    unlike: bool = False  # only in one, other files, or another fault
    decided: list[str] = field(default_factory=list)  # by hand, in NEW, or in OLD and no more

    @property
    def difference(self) -> float | None:
        return None if self.old is None or self.new is None else round(self.new - self.old, 2)

    @property
    def elsewhere(self) -> float:
        """The part of the difference that no line accounts for: late days, for example."""
        if self.difference is None or self.kind is Outcome.FAULT:
            return 0.0
        return round(self.difference - sum(line.difference for line in self.lines), 2)

    @property
    def judged(self) -> bool:
        return bool(self.difference) or any(line.judged for line in self.lines)

    @property
    def differs(self) -> bool:
        """Whether anything at all is not as it was."""
        return self.unlike or self.judged or bool(self.lines)

    def why(self) -> list[str]:
        """A sentence for each line that differs, and one for what lies outside of them."""
        said = [self.fault] if self.fault else []
        said += [sentence(line) for line in self.lines]
        if self.elsewhere:
            said.append(f"{self.elsewhere:+g} by no line: late days, or another policy of the course")
        return said + self.decided


def sentence(line: LineChange) -> str:
    """What became of a line: "3.7: passed 2/2 → failed 0/2 (the reason)"."""
    if line.judged:
        what = f"{_verdict(line.old)} → {_verdict(line.new)}"
        return f"{line.number}: {what} ({line.why})" if line.why else f"{line.number}: {what}"
    one, two = line.old or NOTHING, line.new or NOTHING
    before, after = (v.reason or v.misconception for v in (one, two))
    if before == after:
        before, after = _parting(one.words, two.words)
    return f"{line.number}: {two.verdict} as before, but told “{after}”, not “{before}”"


def _verdict(verdict: Verdict | None) -> str:
    if verdict is None:
        return "no such line"
    if verdict.verdict == "fault":
        return "grader fault"
    return f"{verdict.verdict} {verdict.score:g}/{verdict.points:g}"


def _parting(one: str, two: str) -> tuple[str, str]:
    """The first line in which two texts differ."""
    rows = one.strip().split("\n"), two.strip().split("\n")
    longest = max(map(len, rows))
    pairs = zip(*(row + [""] * (longest - len(row)) for row in rows), strict=True)
    before, after = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    return before.strip()[:200], after.strip()[:200]


class Points(NamedTuple):
    """A line as one grader has it."""

    number: str
    title: str
    points: float


@dataclass
class Grader:
    """One side: who graded, and what its lines were.  More than one in `makes` is a class graded by two graders."""

    folder: Path
    graded: int = 0
    edited: list[str] = field(default_factory=list)  # IDs of results that are not as they were written
    makes: Counter[tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=Counter)  # fingerprint, versions
    lines: dict[str, Points] = field(default_factory=dict)
    # Of those who are in both, have a grade in both, and did not change their files:
    compared: int = 0
    total: float = 0.0
    passed: Counter[str] = field(default_factory=Counter)

    @property
    def points(self) -> float:
        return sum(line.points for line in self.lines.values())

    @property
    def versions(self) -> dict[str, str]:
        """The versions of most of it."""
        return dict(self.makes.most_common(1)[0][0][1]) if self.makes else {}

    def add(self, one: Graded) -> None:
        self.graded += 1
        if one.fingerprint or not one.fault:
            self.makes[one.fingerprint, tuple(sorted((k, str(v)) for k, v in one.versions.items()))] += 1
        for key, line in one.lines.items():
            if line.verdict != "fault":  # which has no points
                self.lines[key] = Points(line.number, line.title, line.points)

    def count(self, one: Graded) -> None:
        """Count one of those who can be compared."""
        self.compared += 1
        self.total += one.score
        self.passed.update(key for key, line in one.lines.items() if line.verdict == "passed")


@dataclass
class LineSum:
    """What became of a line, over the students whose files are the same: points gained or lost, and why."""

    moved: Counter[float] = field(default_factory=Counter)
    why: dict[float, Counter[str]] = field(default_factory=dict)
    judged: int = 0  # other verdict, same points
    told: int = 0  # other words, same verdict

    def add(self, line: LineChange) -> None:
        if not line.judged:
            self.told += 1
        elif not line.difference:
            self.judged += 1
        else:
            self.moved[line.difference] += 1
            why = self.why.setdefault(line.difference, Counter())
            if line.why and (line.why in why or len(why) < REASONS):
                why[line.why] += 1


@dataclass
class Comparison:
    """Everything that is told of two gradings, but for the students beyond the largest changes."""

    old: Grader
    new: Grader
    kinds: Counter[str] = field(default_factory=Counter)
    both: int = 0
    changed: int = 0  # students of whom anything at all differs
    judged: int = 0  # of those whose total stays: other verdicts
    told: int = 0  # ... and the same verdicts in other words
    unknown: int = 0  # whose files may have changed: no digest was kept
    differences: Counter[float] = field(default_factory=Counter)
    lines: dict[str, LineSum] = field(default_factory=dict)
    largest: dict[str, list[Change]] = field(default_factory=lambda: {kind: [] for kind in Outcome})
    decided: int = 0  # students of whom something was decided by hand

    def graders(self) -> list[str]:
        """What differs between the two graders, a sentence each."""
        out = []
        for side, word in ((self.old, "OLD"), (self.new, "NEW")):
            if side.edited:
                out.append(
                    f"{word} has results that were edited by hand: {', '.join(side.edited[:10])}. Grade it again, with "
                    "corrections in decisions.toml."
                )
            if len(side.makes) > 1:
                out.append(f"{word} is the work of {len(side.makes)} different graders: grade it again with one.")
        one, two = ({make[0] for make in side.makes} for side in (self.old, self.new))
        if one and two and one != two:
            out.append("Not the same grader: its text, the rubric, the solution or the data changed.")
        was, now = self.old.versions, self.new.versions
        for name in sorted(was.keys() | now.keys()):
            if was.get(name) != now.get(name):
                out.append(f"{name}: {was.get(name, 'not told')} → {now.get(name, 'not told')}")
        return out + self._rubric()

    def _rubric(self) -> list[str]:
        was, now = self.old.lines, self.new.lines
        if not was or not now:
            return []
        out = []
        for key in sorted(was.keys() | now.keys(), key=lambda key: _order((now.get(key) or was[key]).number)):
            one, two = was.get(key), now.get(key)
            if one is None and two is not None:
                out.append(f"Line {two.number} ({key}, {two.points:g} points) is new.")
            elif two is None and one is not None:
                out.append(f"Line {one.number} ({key}, {one.points:g} points) is gone.")
            elif one is not None and two is not None:
                if one.number != two.number:
                    out.append(f"Line {one.number} ({key}) has the number {two.number}.")
                if one.points != two.points:
                    out.append(f"Line {two.number} ({key}): {one.points:g} → {two.points:g} points.")
                if one.title != two.title:
                    out.append(f"Line {two.number} ({key}) was called “{one.title}”, now “{two.title}”.")
        if self.old.points != self.new.points:
            out.append(f"All lines together: {self.old.points:g} → {self.new.points:g} points.")
        return out

    def ordered(self) -> list[str]:
        """The lines of both, in the order of their numbers."""
        every = self.old.lines | self.new.lines
        return sorted(every, key=lambda key: _order(every[key].number))

    def add(self, change: Change) -> None:
        self.kinds[change.kind] += 1
        self.changed += change.differs
        self.decided += bool(change.decided)
        if change.difference is not None and change.kind in COMPARABLE:
            self.differences[change.difference] += 1
            self.unknown += change.files is Files.UNKNOWN
            if change.kind is Outcome.STAYS:
                self.judged += change.judged
                self.told += bool(change.lines) and not change.judged
            for line in change.lines:
                self.lines.setdefault(line.key, LineSum()).add(line)
        if change.differs or change.kind is Outcome.FAULT:
            kept = self.largest[change.kind]
            kept.append(change)
            if len(kept) >= 2 * SHOWN:
                self.settle(change.kind)

    def settle(self, kind: Outcome) -> None:
        """Keep the largest only, largest first."""
        kept = self.largest[kind]
        kept.sort(key=lambda c: (-abs(c.difference or 0), not c.judged, c.id))
        del kept[SHOWN:]


def compare(old: Path, new: Path, each: Callable[[Change], None] = lambda change: None) -> Comparison:
    """Compare two folders of results; `each` is given every student, in the order of the IDs.  Raises UserError."""
    comparison = Comparison(Grader(old, edited=_edited(old)), Grader(new, edited=_edited(new)))
    for one, two in _pairs(old, new):
        for graded, side in ((one, comparison.old), (two, comparison.new)):
            if graded is not None:
                side.add(graded)
        change = _change(one, two)
        if one is not None and two is not None:
            comparison.both += 1
            if change.kind in COMPARABLE:
                comparison.old.count(one)
                comparison.new.count(two)
        comparison.add(change)
        each(change)
    for kind in Outcome:
        comparison.settle(kind)
    return comparison


def _edited(folder: Path) -> list[str]:
    manifest = Manifest.load(folder)
    return manifest.edited(folder) if manifest else []


def _pairs(old: Path, new: Path) -> Iterator[tuple[Graded | None, Graded | None]]:
    """Both classes in the order of the IDs, those of one ID together."""
    left, right = ({row.id for row in store.rows(folder) if _has_result(row)} for folder in (old, new))
    for id in sorted(left | right):
        yield _load(old, id) if id in left else None, _load(new, id) if id in right else None


def _has_result(row: Row) -> bool:
    return row.status in (Status.GRADED, Status.FAULT)


def _load(folder: Path, id: str) -> Graded:
    """One result.  What can't be read is a fault of its own, and no reason to stop."""
    try:
        one = store.load(store.place_of(folder, id), id)
    except UserError as error:
        return Graded(id, 0.0, 0.0, fault=str(error))
    one.id = id
    return one


def _change(one: Graded | None, two: Graded | None) -> Change:
    someone = two if two is not None and (two.students or one is None) else one
    assert someone is not None
    change = Change(someone.id, someone.name, Outcome.STAYS, students=someone.students)
    change.old = None if one is None or (one.fault and not one.lines) else one.score
    change.new = None if two is None or (two.fault and not two.lines) else two.score
    change.decided = _decided(one, two)
    if one is None or two is None:
        change.kind, change.unlike = Outcome.ONLY_NEW if one is None else Outcome.ONLY_OLD, True
        change.fault = f"grader fault: {someone.fault}" if someone.fault else ""
        return change
    was, now = one.about.get("digest"), two.about.get("digest")
    change.files = Files.UNKNOWN if not was or not now else Files.SAME if was == now else Files.CHANGED
    for key in {**one.lines, **two.lines} if one.lines and two.lines else ():
        before, after = one.lines.get(key), two.lines.get(key)
        # A line that moved or was renamed says nothing new of a student.
        if before is None or after is None or _said(before) != _said(after):
            change.lines.append(LineChange(key, before, after))
    change.lines.sort(key=lambda line: (not line.judged, _order((line.new or line.old or NOTHING).number)))
    change.unlike = one.fault != two.fault or change.files is Files.CHANGED
    if one.fault or two.fault:
        change.kind, change.fault = Outcome.FAULT, _fault(one, two)
    elif change.files is Files.CHANGED:
        change.kind = Outcome.NEW_FILES
    elif change.difference:
        change.kind = Outcome.FALLS if change.difference < 0 else Outcome.RISES
    return change


def _decided(one: Graded | None, two: Graded | None) -> list[str]:
    """What was decided by hand: in both, in NEW, or in OLD and no more."""
    old, new = (graded.decided if graded else [] for graded in (one, two))
    return [*(f"decided by hand: {d}" for d in new), *(f"no longer decided by hand: {d}" for d in old if d not in new)]


def _said(verdict: Verdict) -> tuple[object, ...]:
    return verdict.verdict, verdict.score, verdict.misconception, verdict.reason, verdict.words


def _fault(one: Graded, two: Graded) -> str:
    if one.fault == two.fault:
        return f"a grader fault in both: {one.fault}"
    if one.fault and two.fault:
        return f"a grader fault in both: {one.fault}; now {two.fault}"
    return f"a grader fault in OLD: {one.fault}" if one.fault else f"a grader fault in NEW: {two.fault}"


def _order(number: str) -> tuple[tuple[int, int | str], ...]:
    """2.9 before 2.10."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in number.split("."))
