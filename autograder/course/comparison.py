"""Two gradings of one class side by side: what a change of the grader does to every grade, before it is published."""

from __future__ import annotations

import csv
import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from autograder import files
from autograder.course import store
from autograder.course.export import cell
from autograder.course.reports import TEMPLATES, Links
from autograder.course.store import Graded, Manifest, Verdict
from autograder.errors import UserError
from autograder.rendering import html
from autograder.rendering.html import count
from autograder.result import clean

SHOWN, SHORT = 500, 8  # students of each kind on the page and in the terminal; the table for a spreadsheet has all
SIDES = ("OLD", "NEW")


class Outcome(str, Enum):
    """What became of a student's grade."""

    FALLS = "falls"
    RISES = "rises"
    STAYS = "stays"
    FAULT = "fault"
    NEW_FILES = "new files"
    ONLY_OLD = "only in OLD"
    ONLY_NEW = "only in NEW"

    __str__ = str.__str__


COMPARABLE = (Outcome.FALLS, Outcome.RISES, Outcome.STAYS)
TITLES = {
    Outcome.FALLS: "Students who lose points",
    Outcome.RISES: "Students who gain points",
    Outcome.STAYS: "Same total, but other criteria or feedback",
    Outcome.FAULT: "Grader errors: no grade to compare",
    Outcome.NEW_FILES: "Other files were submitted: the difference may not come from the grader",
    Outcome.ONLY_OLD: "Only in OLD",
    Outcome.ONLY_NEW: "Only in NEW",
}


class CriterionChange(NamedTuple):
    """One criterion of one student, where anything of it differs."""

    key: str
    number: str  # and the one that it had
    difference: float  # points that it gives more than before
    judged: bool  # whether the verdict or its points differ; otherwise only what is said of it
    why: str  # the grader's reason
    sentence: str  # 3.7: passed 2/2 → failed 0/2 (the reason)


@dataclass
class Change:
    """One student."""

    id: str
    name: str
    students: list[store.Student]
    outcome: Outcome = Outcome.STAYS
    old: float | None = None  # None where there is no grade
    new: float | None = None
    files: str = "unknown"  # or: same, changed
    criteria: list[CriterionChange] = field(default_factory=list)
    fault: str = ""
    unlike: bool = False  # only in one, other files, or another fault
    decided: list[str] = field(default_factory=list)  # by hand, in NEW, or in OLD and no more

    @property
    def difference(self) -> float | None:
        return None if self.old is None or self.new is None else round(self.new - self.old, 2)

    @property
    def judged(self) -> bool:
        return bool(self.difference) or any(one.judged for one in self.criteria)

    @property
    def differs(self) -> bool:
        """Whether anything at all is not as it was."""
        return self.unlike or self.judged or bool(self.criteria)

    @property
    def who(self) -> str:
        """Name and ID."""
        return self.name if self.name == self.id else f"{self.name} ({self.id})"

    @property
    def scores(self) -> str:
        """88 → 82; a dash where there is no grade."""
        return " → ".join("-" if score is None else f"{score:g}" for score in (self.old, self.new))

    @property
    def signed(self) -> str:
        """The signed difference; "" if there is none to tell."""
        return "" if self.difference is None else f"{self.difference:+g}" if self.difference else "0"

    def why(self) -> list[str]:
        """A sentence for each criterion that differs, and one for what lies outside of them."""
        said = [self.fault] if self.fault else []
        said += [one.sentence for one in self.criteria]
        if self.difference is not None and self.outcome is not Outcome.FAULT:
            elsewhere = round(self.difference - sum(one.difference for one in self.criteria), 2)
            if elsewhere:
                said.append(f"{elsewhere:+g} by no criterion: late days, or another policy of the course")
        return said + self.decided


@dataclass
class Side:
    """One grading: who graded, and what its criteria were.  More than one in `makes` is a class graded by several."""

    folder: Path
    graded: int = 0
    edited: list[str] = field(default_factory=list)  # IDs of results that are not as they were written
    makes: Counter[tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=Counter)  # fingerprint, versions
    criteria: dict[str, Verdict] = field(default_factory=dict)  # by key, as somebody has it
    # Of those who can be compared:
    compared: int = 0
    total: float = 0.0
    passed: Counter[str] = field(default_factory=Counter)

    @property
    def points(self) -> float:
        return sum(line.points for line in self.criteria.values())

    @property
    def versions(self) -> dict[str, str]:
        """The versions of most of it."""
        return dict(self.makes.most_common(1)[0][0][1]) if self.makes else {}

    def add(self, one: Graded) -> None:
        self.graded += 1
        if one.fingerprint or not one.fault:
            self.makes[one.fingerprint, tuple(sorted((k, str(v)) for k, v in one.versions.items()))] += 1
        # A fault has no points.
        self.criteria |= {key: line for key, line in one.lines.items() if line.verdict != "fault"}

    def count(self, one: Graded) -> None:
        """Count one of those who can be compared."""
        self.compared += 1
        self.total += one.score
        self.passed.update(key for key, line in one.lines.items() if line.verdict == "passed")


@dataclass
class Comparison:
    """Everything that is told of two gradings."""

    old: Side
    new: Side
    changes: list[Change] = field(default_factory=list)
    both: int = 0

    @functools.cached_property
    def kinds(self) -> Counter[str]:
        return Counter(str(change.outcome) for change in self.changes)

    @functools.cached_property
    def comparable(self) -> list[Change]:
        return [change for change in self.changes if change.outcome in COMPARABLE and change.difference is not None]

    @functools.cached_property
    def by_criterion(self) -> dict[str, list[CriterionChange]]:
        found: dict[str, list[CriterionChange]] = {}
        for change in self.comparable:
            for one in change.criteria:
                found.setdefault(one.key, []).append(one)
        return found

    @property
    def changed(self) -> int:
        """Students of whom anything at all differs."""
        return sum(change.differs for change in self.changes)

    def of_kind(self, outcome: Outcome) -> list[Change]:
        """The students of a kind of whom there is something to tell, the largest change first."""
        found = [c for c in self.changes if c.outcome is outcome and (c.differs or outcome is Outcome.FAULT)]
        return sorted(found, key=lambda c: (-abs(c.difference or 0), not c.judged, c.id))

    def graders(self) -> list[str]:
        """What differs between the two graders, a sentence each."""
        out = []
        for side, word in zip((self.old, self.new), SIDES, strict=True):
            if side.edited:
                out.append(
                    f"{word} has results that were edited by hand: {', '.join(side.edited[:10])}. Grade it again, with "
                    "corrections in decisions.toml."
                )
            if len(side.makes) > 1:
                out.append(f"{word} is the work of {len(side.makes)} different graders: grade it again with one.")
        one, two = ({fingerprint for fingerprint, _ in side.makes} for side in (self.old, self.new))
        if one and two and one != two:
            out.append("Not the same grader: its text, the rubric, the solution or the data changed.")
        was, now = self.old.versions, self.new.versions
        for name in sorted(was.keys() | now.keys()):
            if was.get(name) != now.get(name):
                out.append(f"{name}: {was.get(name, 'not told')} → {now.get(name, 'not told')}")
        return out + (self._rubric() if self.old.criteria and self.new.criteria else [])

    def _rubric(self) -> list[str]:
        out = []
        for key in self.ordered():
            one, two = self.old.criteria.get(key), self.new.criteria.get(key)
            if one is None and two is not None:
                out.append(f"Criterion {two.number} ({key}, {two.points:g} points) is new.")
            elif two is None and one is not None:
                out.append(f"Criterion {one.number} ({key}, {one.points:g} points) is gone.")
            elif one is not None and two is not None:
                if one.number != two.number:
                    out.append(f"Criterion {one.number} ({key}) has the number {two.number}.")
                if one.points != two.points:
                    out.append(f"Criterion {two.number} ({key}): {one.points:g} → {two.points:g} points.")
                if one.title != two.title:
                    out.append(f"Criterion {two.number} ({key}) was called “{one.title}”, now “{two.title}”.")
        if self.old.points != self.new.points:
            out.append(f"All criteria together: {self.old.points:g} → {self.new.points:g} points.")
        return out

    def ordered(self) -> list[str]:
        """The criteria of both, in the order of their numbers."""
        every = self.old.criteria | self.new.criteria
        return sorted(every, key=lambda key: _order(every[key].number))

    def rows(self) -> Iterator[tuple[str, list[float | None], list[str]]]:
        """Of each criterion: its title, the share who passed it in OLD and NEW, and what changed."""
        for key in self.ordered():
            line, sides = self.new.criteria.get(key) or self.old.criteria[key], (self.old, self.new)
            shares = [side.passed[key] / max(side.compared, 1) if key in side.criteria else None for side in sides]
            yield f"{line.number} {line.title}", shares, list(_told(self.by_criterion.get(key, [])))

    def moves(self) -> list[str]:
        """How many lose points, gain points and keep their total."""
        words = {"falls": ("loses points", "lose points"), "rises": ("gains points", "gain points"),
                 "stays": ("keeps the total", "keep their total")}  # fmt: skip
        return [count(self.kinds[kind], one, more) for kind, (one, more) in words.items()]

    def summary(self) -> list[str]:
        """How many students gain and lose points, in sentences."""
        compared, kinds = self.old.compared, self.kinds
        out = [f"{compared} of {count(self.both, 'student')} in both can be compared: {', '.join(self.moves())}."]
        if compared:
            old, new = (side.total / compared for side in (self.old, self.new))
            moved = f"changes from {old:.2f} to {new:.2f}" if old != new else f"stays {old:.2f}"
            out.append(f"Their mean {moved}.")
        stays = [change for change in self.comparable if change.outcome is Outcome.STAYS]
        told = (
            (sum(change.judged for change in stays), "with the same total, but other verdicts or points of criteria"),
            (sum(bool(change.criteria) and not change.judged for change in stays),
             "with the same verdicts but other feedback"),
            (kinds["fault"], "with a grader error in one or both: not counted"),
            (kinds["new files"], "with other files in the two gradings: not counted"),
            (sum(change.files == "unknown" for change in self.comparable), "without a record of their files, which may "
             "have changed"),
            (sum(bool(change.decided) for change in self.changes), "with something decided by hand"),
            (kinds["only in OLD"], "only in OLD"),
            (kinds["only in NEW"], "only in NEW"),
        )  # fmt: skip
        out += [f"{count(number, 'student')} {text}." for number, text in told if number]
        return out if self.changed else [*out, "Nothing changed."]


def _told(changes: Sequence[CriterionChange]) -> Iterator[str]:
    """What changed in a criterion: 12 students lose 2 points: the reason (12)."""
    moved = Counter(one.difference for one in changes if one.difference)
    for difference, number in sorted(moved.items()):
        verb = ("lose" if difference < 0 else "gain") + "s" * (number == 1)
        reasons = Counter(one.why for one in changes if one.difference == difference and one.why).most_common(3)
        why = "; ".join(f"{_plain(text)[:100]} ({times})" for text, times in reasons)
        points = f"{abs(difference):g} point{'s' * (abs(difference) != 1)}"
        yield f"{count(number, 'student')} {verb} {points}{f': {why}' if why else ''}"
    if verdicts := sum(one.judged and not one.difference for one in changes):
        yield f"{count(verdicts, 'student')}: verdict changed, same points"
    if words := sum(not one.judged for one in changes):
        yield f"{count(words, 'student')}: feedback changed"


# --- comparing --------------------------------------------------------------------------------------------------------


def compare(old: Path, new: Path) -> Comparison:
    """Compare two folders of results.  Raises UserError."""
    comparison = Comparison(Side(old, edited=_edited(old)), Side(new, edited=_edited(new)))
    left, right = ({row.id: path for row, path in store.rows(folder) if path} for folder in (old, new))
    for id in sorted(left | right):
        one, two = (_load(side[id], id) if id in side else None for side in (left, right))
        for graded, side in ((one, comparison.old), (two, comparison.new)):
            if graded is not None:
                side.add(graded)
        change = _change(one, two)
        comparison.changes.append(change)
        if one is not None and two is not None:
            comparison.both += 1
            if change.outcome in COMPARABLE:
                comparison.old.count(one)
                comparison.new.count(two)
    return comparison


def _edited(folder: Path) -> list[str]:
    manifest = Manifest.load(folder)
    return manifest.edited(folder) if manifest else []


def _load(path: Path, id: str) -> Graded:
    """One result.  What can't be read is a fault of its own, and no reason to stop."""
    try:
        return store.load(path, id)
    except UserError as error:
        return Graded(id, 0.0, fault=str(error))


def _change(one: Graded | None, two: Graded | None) -> Change:
    someone = two if two is not None and (two.students or one is None) else one
    assert someone is not None
    change = Change(someone.id, someone.name, someone.students, decided=_decided(one, two))
    change.old, change.new = (None if g is None or (g.fault and not g.lines) else g.score for g in (one, two))
    if one is None or two is None:
        change.outcome, change.unlike = Outcome.ONLY_NEW if one is None else Outcome.ONLY_OLD, True
        change.fault = f"grader fault: {someone.fault}" if someone.fault else ""
        return change
    was, now = one.about.get("digest"), two.about.get("digest")
    if was and now:
        change.files = "same" if was == now else "changed"
    if one.lines and two.lines:
        lines = [(key, one.lines.get(key), two.lines.get(key)) for key in one.lines | two.lines]
        # A criterion that moved or was renamed says nothing new of a student.
        found = [_criterion(key, old, new) for key, old, new in lines if _said(old) != _said(new)]
        change.criteria = sorted(found, key=lambda c: (not c.judged, _order(c.number)))
    change.unlike = one.fault != two.fault or change.files == "changed"
    if one.fault or two.fault:
        change.outcome, change.fault = Outcome.FAULT, _fault(one.fault, two.fault)
    elif change.files == "changed":
        change.outcome = Outcome.NEW_FILES
    elif change.difference:
        change.outcome = Outcome.FALLS if change.difference < 0 else Outcome.RISES
    return change


def _decided(one: Graded | None, two: Graded | None) -> list[str]:
    """What was decided by hand: in both, in NEW, or in OLD and no more."""
    old, new = (graded.decided if graded else [] for graded in (one, two))
    return [*(f"decided by hand: {d}" for d in new), *(f"no longer decided by hand: {d}" for d in old if d not in new)]


def _fault(old: str, new: str) -> str:
    if old and new:
        return f"a grader fault in both: {old}" + (f"; now {new}" if new != old else "")
    return f"a grader fault in OLD: {old}" if old else f"a grader fault in NEW: {new}"


def _said(verdict: Verdict | None) -> tuple[object, ...] | None:
    return verdict and (verdict.verdict, verdict.score, verdict.misconception, verdict.reason, verdict.words)


def _criterion(key: str, old: Verdict | None, new: Verdict | None) -> CriterionChange:
    """What became of a criterion.  A verdict is None where that grader has no such criterion."""
    either = new or old
    assert either is not None
    number = f"{either.number} (was {old.number})" if old and old.number != either.number else either.number
    difference = round((new.score if new else 0.0) - (old.score if old else 0.0), 2)
    if old and new and (old.verdict, old.score) == (new.verdict, new.score):
        before, after = (verdict.reason or verdict.misconception for verdict in (old, new))
        if before == after:
            before, after = _parting(old.words, new.words)
        said = f"{number}: {new.verdict} as before, but told “{after}”, not “{before}”"
        return CriterionChange(key, number, difference, False, "", said)
    if old and new and old.verdict == new.verdict and old.points != new.points:
        why = f"worth {new.points:g}, not {old.points:g}"
    else:  # of the new verdict where points are lost or missing, else of the old one
        order = (new, old) if difference <= 0 else (old, new)
        why = next((v.reason or v.misconception for v in order if v and (v.reason or v.misconception)), "")
    said = f"{number}: {_verdict(old)} → {_verdict(new)}" + (f" ({why})" if why else "")
    return CriterionChange(key, number, difference, True, why, said)


def _verdict(verdict: Verdict | None) -> str:
    if verdict is None:
        return "no such criterion"
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


def _order(number: str) -> tuple[tuple[int, int | str], ...]:
    """2.9 before 2.10."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in number.split("."))


# --- as text, table and page ------------------------------------------------------------------------------------------


def render(found: Comparison) -> str:
    """The text for the terminal: the graders, the criteria, the largest changes."""
    out = []
    for side, word in zip((found.old, found.new), SIDES, strict=True):
        makes = ", ".join(dict.fromkeys(fingerprint or "unknown" for fingerprint, _ in side.makes)) or "nobody"
        versions = ", ".join(f"{name} {version}" for name, version in side.versions.items())
        out.append(f"{word}  {side.folder}: {count(side.graded, 'submission')} graded by {makes} ({versions})")
    graders = found.graders()
    out += ["", "The graders differ:" if graders else "The graders are the same."]
    out += [*(f"  {text}" for text in graders), "", *found.summary()]
    rows = [(title, told) for title, _, told in found.rows() if told]
    out += ["", "By criterion"] if rows else []
    for title, told in rows:
        out += [f"  {title}", *(f"      {text}" for text in told)]
    for outcome, title in TITLES.items():
        kept = found.of_kind(outcome)
        out += ["", title] if kept else []
        for change in kept[:SHORT]:
            reasons = change.why()
            out.append(f"  {change.signed:>6}  {change.scores}  {change.who}")
            out += [f"            {_plain(text)[:160]}" for text in reasons[:3]]
            out += [f"            and {len(reasons) - 3} more"] if len(reasons) > 3 else []
        if len(kept) > SHORT:
            out.append(f"          and {len(kept) - SHORT} more: --out FILE.html or --csv FILE shows them")
    return "\n".join(_plain(text)[:400] for text in out)


def _plain(text: str) -> str:
    """One line without control characters."""
    return clean(text).replace("\n", " | ").replace("\t", " ")


def write_table(found: Comparison, path: Path) -> None:
    """Write a row for every student.  Raises OSError."""
    known = ("name", "email", "sid")
    with files.replacing(path, encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *known, "old", "new", "difference", "change", "files", "criteria", "why"])
        for one in found.changes:
            who = ["; ".join(str(student.get(name) or "") for student in one.students) for name in known]
            numbers = ["" if number is None else number for number in (one.old, one.new, one.difference)]
            moved = "; ".join(f"{c.number}: {c.difference:+g}" for c in one.criteria if c.judged)
            values = [one.id, *who, *numbers, one.outcome, one.files, moved, "; ".join(one.why())]
            writer.writerow(map(cell, values))


def write_page(found: Comparison, path: Path) -> None:
    """Write the page.  Raises OSError."""
    rows, moved = list(found.rows()), sorted(Counter(change.difference for change in found.comparable).items())
    page = html.render(
        TEMPLATES / "comparison.html", found=found, sides=SIDES, shown=SHOWN,
        outcome=" · ".join(found.moves()[:2]) if found.changed else "Nothing changed",
        groups=[(title, found.of_kind(outcome)) for outcome, title in TITLES.items()],
        links=[Links(side.folder, path) for side in (found.old, found.new)],
        changed=[row for row in rows if row[2]], unchanged=[row for row in rows if not row[2]],
        moved=moved if len(moved) <= 60 else moved[:30] + moved[-30:],
    )  # fmt: skip
    files.put(path, page)
