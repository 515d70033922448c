"""What an instructor decided by hand: decisions.toml, read by every run, so that it survives every regrade.

docs/policies.md shows its four tables: [[extension]], [[group]], [[correction]] and [[excused]].
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

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
            return f"Extension: {f'due {self.due:%Y-%m-%d %H:%M %z}' if self.due else f'{self.days:g} days'}{why}"
        if self.kind == "correction":
            return f"Corrected by hand: {self.criterion or 'total'} = {self.points:g}{why}"
        return f"Excused{why}" if self.kind == "excused" else f"Group with {', '.join(self.members)}{why}"


def load(path: Path, contract: Rubric) -> list[Decision]:
    """Read decisions.toml.  Raises UserError with the number of the line that is wrong."""
    try:
        text = path.read_text("utf-8")
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
    return _correction(place, table, made, contract) if kind == "correction" else made


def _correction(place: _Place, table: dict[str, Any], made: Decision, contract: Rubric) -> Decision:
    """A correction with its criterion and points.  Raises UserError."""
    if not made.reason:
        raise place.wrong("reason", "reason must be a text: a correction needs one.")
    name, most, key = table.get("criterion"), float(TOTAL), ""
    if name is not None:
        line = next((line for line in contract.criteria if name in (line.key, line.number)), None)
        if line is None:
            raise place.wrong("criterion", f"the rubric has no criterion {name!r}: give its key or its number.")
        key, most = line.key, line.points
    if not _is_number(table["points"], most):
        raise place.wrong("points", f"points must be a number from 0 to {most:g}.")
    return replace(made, criterion=key, points=float(table["points"]))


# --- whose it is ------------------------------------------------------------------------------------------------------


def names_of(id: str, students: Iterable[Mapping[str, str]]) -> set[str]:
    """Everything by which a decision may name a submission: never a name, which two students may have."""
    keys = ("sid", "login", "email", "canvas", "moodle")
    return {id.casefold(), *(s[key].casefold() for s in students for key in keys if s.get(key))}


def assign(
    path: Path, decisions: Sequence[Decision], names: Mapping[str, set[str]], others: set[str]
) -> dict[str, list[Decision]]:
    """The decisions of each submission, by ID.

    `names` has the names of each submission, `others` those of students who submitted nothing.  Raises UserError if a
    decision is about nobody, or about more than one.
    """
    found: dict[str, list[Decision]] = {id: [] for id in names}
    for decision in decisions:
        name = decision.student.casefold()
        owners = [id for id, known in names.items() if name in known]
        if len(owners) > 1:
            raise UserError(
                f"{shown_path(path)}, line {decision.line}: {decision.student!r} is more than one submission: "
                f"{', '.join(owners[:5])}."
            )
        if owners:
            found[owners[0]].append(decision)
        elif name not in others and decision.kind in ("correction", "group"):
            raise UserError(
                f"{shown_path(path)}, line {decision.line}: there is no submission by {decision.student!r}. Give its "
                "ID in grades.csv, or the student's ID, login, number or email."
            )
    return found


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
