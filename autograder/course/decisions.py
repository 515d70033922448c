"""What an instructor decided by hand: decisions.toml, read by every run, so that it survives every regrade.

docs/policies.md shows its four tables: [[extension]], [[group]], [[correction]] and [[excused]].
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from autograder.course.export import absent_id
from autograder.course.importers import student_from
from autograder.course.store import Row, Status, Student
from autograder.errors import UserError
from autograder.result import Result
from autograder.rubric import TOTAL, Late, Rubric
from autograder.submission import shown_path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "decisions.toml"
BY_HAND = "Decided by your instructor"
# The keys of each kind of table; those with a star must be there.
_KEYS = {
    "extension": ("student*", "due", "days", "reason", "show"), "group": ("submission*", "members*", "reason"),
    "correction": ("student*", "criterion", "points*", "reason*", "show"), "excused": ("student*", "reason"),
}  # fmt: skip


def _is_name(value: object) -> bool:
    return type(value) in (str, int) and str(value).strip() != ""


def _is_number(value: object, most: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_name, value))


# What the value of each key must be.
_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "student": (_is_name, "a text"),
    "submission": (_is_name, "a text"),
    "members": (_is_list, 'a list, as in ["ada@example.edu"]'),
    "reason": (lambda value: isinstance(value, str), "a text"),
    "show": (lambda value: isinstance(value, bool), "true or false"),
    "due": (
        lambda value: isinstance(value, datetime) and value.tzinfo is not None,
        "a date with time and offset, as in 2026-05-06T23:59:00+02:00",
    ),
    "days": (lambda value: _is_number(value, 3660), "a number from 0 to 3660"),
}


@dataclass(frozen=True)
class Decision:
    """One table of decisions.toml.  `student` is whose submission it is about."""

    kind: str
    student: str
    line: int
    reason: str = ""
    show: bool = True
    due: datetime | None = None
    days: float = 0.0
    criterion: str = ""  # a key
    points: float = 0.0
    members: tuple[str, ...] = ()

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        if self.kind == "extension":
            days = f"{self.days:g} day" + "s" * (self.days != 1)
            return f"Extension: {f'due {self.due:%Y-%m-%d %H:%M %z}' if self.due else days}{why}"
        if self.kind == "correction":
            return f"Corrected by hand: {self.criterion or 'total'} = {self.points:g}{why}"
        return f"Excused{why}" if self.kind == "excused" else f"Group with {', '.join(self.members)}{why}"


def load(path: Path, contract: Rubric) -> list[Decision]:
    """Read decisions.toml.  Raises UserError with the number of the line that is wrong."""
    try:
        text = path.read_text("utf-8-sig")
        page = tomllib.loads(text)
    except OSError as error:
        raise UserError(f"{shown_path(path)} can't be read: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{shown_path(path)} is not TOML: {error}.") from None
    found = []
    for kind, tables in page.items():
        for nth, table in enumerate(tables if isinstance(tables, list) else [tables]):
            place = _Place(path, text, kind, nth)
            if kind not in _KEYS or not isinstance(table, dict):
                raise place.wrong("", f"{kind} is unknown. Write {', '.join(f'[[{name}]]' for name in _KEYS)}.")
            found.append(_decision(place, table, contract))
    return found


class _Place:
    """Where a table is, to tell the line of what is wrong in it."""

    def __init__(self, path: Path, text: str, kind: str, nth: int) -> None:
        self.path, self.text, self.kind = path, text, kind
        headers = list(re.finditer(rf"^[ \t]*(\[\[?\s*)?{re.escape(kind)}\b", text, re.MULTILINE))
        self.start = headers[min(nth, len(headers) - 1)].start() if headers else 0

    def line(self, key: str = "") -> int:
        found = re.compile(rf"^[ \t]*{re.escape(key)}\s*=", re.MULTILINE).search(self.text, self.start) if key else None
        return self.text.count("\n", 0, found.start() if found else self.start) + 1

    def wrong(self, key: str, what: str) -> UserError:
        return UserError(f"{shown_path(self.path)}, line {self.line(key)}: {what}")


def _decision(place: _Place, table: dict[str, Any], contract: Rubric) -> Decision:
    """Check a table and make the decision.  Raises UserError."""
    kind, keys = place.kind, [key.rstrip("*") for key in _KEYS[place.kind]]
    for key, value in table.items():
        if key not in keys:
            raise place.wrong(key, f"[[{kind}]] has no key {key!r}. Its keys are {', '.join(sorted(keys))}.")
        is_good, what = _VALUES.get(key, (lambda value: True, ""))
        if not is_good(value):
            raise place.wrong(key, f"{key} must be {what}.")
    for key in _KEYS[kind]:
        if key.endswith("*") and key[:-1] not in table:
            raise place.wrong("", f"[[{kind}]] needs {key[:-1]!r}.")
    if kind == "extension" and ("due" in table) == ("days" in table):
        raise place.wrong("due", "[[extension]] needs either due or days.")
    made = Decision(
        kind, str(table[keys[0]]).strip(), place.line(), " ".join(table.get("reason", "").split()),
        table.get("show", True), table.get("due"), float(table.get("days", 0)),
        members=tuple(str(member).strip() for member in table.get("members", ())),
    )  # fmt: skip
    due = contract.late and contract.late.due
    if made.due and due and made.due < due:
        raise place.wrong("due", f"due is before the due date of the class, {due:%Y-%m-%d %H:%M %z}.")
    return _correction(place, table, made, contract) if kind == "correction" else made


def _correction(place: _Place, table: dict[str, Any], made: Decision, contract: Rubric) -> Decision:
    """A correction with its criterion and points.  Raises UserError."""
    if not made.reason:
        raise place.wrong("reason", "reason must be a text: a correction needs one.")
    name, most, key = table.get("criterion"), float(TOTAL), ""
    if name is not None:
        line = next((line for line in contract.criteria if name in (line.key, line.number)), None)
        if line is None:
            number = " in quotes" if isinstance(name, float) else ""
            what = f"the rubric has no criterion {name!r}: give its key or its number{number}."
            raise place.wrong("criterion", what)
        key, most = line.key, line.points
    if not _is_number(table["points"], most):
        raise place.wrong("points", f"points must be a number from 0 to {most:g}.")
    return replace(made, criterion=key, points=float(table["points"]))


# --- whose it is ------------------------------------------------------------------------------------------------------


def names_of(id: str, students: Iterable[Mapping[str, str]]) -> set[str]:
    """Everything by which a decision may name a submission: never a name, which two students may have."""
    keys = ("sid", "login", "email", "canvas", "moodle")
    return {id.casefold(), *(s[key].casefold() for s in students for key in keys if s.get(key))}


# In this order: who is excused is not in a group, and what is decided for a group counts for all of it.
_ORDER = ("excused", "group", "extension", "correction")
_NO_GRADE = {
    Status.EXCUSED: "is excused", Status.NOT_SUBMITTED: "submitted nothing", Status.NO_FILES: "has no files to grade",
}  # fmt: skip


def assign(
    path: Path, decisions: Iterable[Decision], rows: dict[str, Row], late: Late | None, is_complete: bool
) -> tuple[dict[str, list[Decision]], list[str]]:
    """The decisions that count in the grading of each submission, by ID, and what is to be said.

    `rows` are changed: they get what was decided and the members of groups, and who is excused alone gets a row.
    `is_complete` says that every student of the course has one.  Raises UserError if a decision is about nobody or
    about more than one, or if it can have no effect.
    """
    found: dict[str, list[Decision]] = {}
    said = []
    here = _Class(path, rows)
    for decision in sorted(decisions, key=lambda one: _ORDER.index(one.kind)):
        row, kind = here.owner(decision, decision.student), decision.kind
        if row is None:
            if is_complete or kind in ("correction", "group"):
                raise here.wrong(
                    decision, f"there is no submission by {decision.student!r}. Give its ID in grades.csv, or the "
                    "student's ID, login, number or email."
                )  # fmt: skip
            effect = "the tables show it as excused" if kind == "excused" else "this has no effect"
            said.append(f"{here.line(decision)}: there is no submission by {decision.student!r}: {effect}.")
            if kind == "extension":
                continue
            row = here.absent(student_from(decision.student))
        if row.status is Status.EXCUSED or (row.status in _NO_GRADE and kind in ("correction", "group")):
            why = _NO_GRADE[row.status]
            raise here.wrong(decision, f"{decision.student!r} {why}: this [[{kind}]] has no effect. Remove it.")
        if kind == "excused":
            row = here.excused(decision, row)
        elif kind == "group":
            said += here.join(decision, row, is_complete)
        else:
            found.setdefault(row.id, []).append(here.single(decision, row, found.get(row.id, ())))
            own = late_for(late, [decision])
            if kind == "extension" and (own is None or own.due is None):
                said.append(f"{here.line(decision)}: [late] in the rubric has no due date: this has no effect.")
        row.decided.append(str(decision))
    return found, said


@dataclass
class _Class:
    """The submissions and students of a class, one row for each, as decisions change them."""

    path: Path
    rows: dict[str, Row]

    def line(self, decision: Decision) -> str:
        return f"{shown_path(self.path)}, line {decision.line}"

    def wrong(self, decision: Decision, what: str) -> UserError:
        return UserError(f"{self.line(decision)}: {what}")

    def owner(self, decision: Decision, name: str) -> Row | None:
        """Whose row a name means.  Raises UserError if it means more than one."""
        owners = [id for id, row in self.rows.items() if name.casefold() in names_of(id, row.students)]
        if len(owners) > 1:
            raise self.wrong(decision, f"{name!r} is more than one submission: {', '.join(owners[:5])}.")
        return self.rows[owners[0]] if owners else None

    def absent(self, who: Student) -> Row:
        """A new row for a student without a submission."""
        row = self.rows[absent_id(who)] = Row(absent_id(who), [who], status=Status.NOT_SUBMITTED)
        return row

    def excused(self, decision: Decision, row: Row) -> Row:
        """The row of who is excused: a member of a group, named alone, leaves it for a row of their own."""
        if _is_shared(decision, row):
            known = [who for who in row.students if decision.student.casefold() in names_of("", [who])]
            if len(known) > 1:
                raise self.wrong(decision, f"{decision.student!r} is more than one student of {row.id}.")
            row.students.remove(known[0])
            row = self.absent(known[0])
        row.status = Status.EXCUSED
        return row

    def join(self, group: Decision, row: Row, is_complete: bool) -> list[str]:
        """Put the members of a group into a row; what is to be said.  Raises UserError if one has another grade."""
        said = []
        for member in group.members:
            other = self.owner(group, member)
            if other is not None and other.status is not Status.NOT_SUBMITTED:
                why = "is excused" if other.status is Status.EXCUSED else f"has a grade already, that of {other.id}"
                raise self.wrong(group, f"{member!r} {why}: this [[group]] can't give another. Remove one of them.")
            if other is None and is_complete:
                said.append(f"{self.line(group)}: {member!r} is not in the roster.")
            row.students.append(self.rows.pop(other.id).students[0] if other else student_from(member))
        return said

    def single(self, decision: Decision, row: Row, before: Iterable[Decision]) -> Decision:
        """A correction or an extension as it counts.  Raises UserError for the second of a kind."""
        what = decision.kind, decision.criterion
        twin = next((one for one in before if (one.kind, one.criterion) == what), None)
        if twin is not None:
            raise self.wrong(decision, f"{row.id} has this [[{what[0]}]] already, in line {twin.line}: remove one.")
        if not _is_shared(decision, row):
            return decision
        if decision.kind == "correction":
            raise self.wrong(
                decision, f"{row.id} has {len(row.students)} students. Give {row.id!r} as the student to correct the "
                "grade of all; to correct one, write [[excused]] for that student and enter the grade by hand."
            )  # fmt: skip
        return replace(decision, reason="")  # one student's, and all read the report


def _is_shared(decision: Decision, row: Row) -> bool:
    """Whether one student of several is named, and not the submission."""
    return len(row.students) > 1 and decision.student.casefold() != row.id.casefold()


def late_for(late: Late | None, decisions: Iterable[Decision]) -> Late | None:
    """The late policy with a student's own due date."""
    for decision in decisions:
        if late is not None and decision.kind == "extension":
            due = decision.due or (late.due and late.due + timedelta(days=decision.days))
            late = late._replace(due=due)
    return late


def correct_criteria(result: Result, decisions: Iterable[Decision]) -> None:
    """Put in the points that were decided for single criteria."""
    points = {decision.criterion: decision for decision in decisions if decision.criterion}
    for row in result.rows:
        decision = points.get(row.criterion.key)
        if decision is not None:
            row.score = decision.points
            row.verdict = "passed" if decision.points == row.criterion.points else "failed"
            reason = decision.reason if decision.show else f"{decision.points:g} points."
            row.texts = [(BY_HAND, reason), *row.texts]


def correct_total(result: Result, decisions: Iterable[Decision]) -> None:
    """Put in the total that was decided."""
    for decision in decisions:
        if decision.kind == "correction" and not decision.criterion:
            reason = f": {decision.reason}" if decision.show else "."
            result.terms.append(f"{BY_HAND}: {decision.points:g} points in all{reason}")
            result.final = decision.points
        elif decision.kind == "extension" and decision.show:
            result.terms.append(f"{BY_HAND}: {decision}.")
