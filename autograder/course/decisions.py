"""What an instructor decided by hand: decisions.toml, read by every run, so that it survives every regrade.

[[extension]]                       # a later due date for one student
student = "ada@example.edu"         # the ID of the submission, or the student's ID, login, number or email
due = 2026-05-06T23:59:00+02:00     # or: days = 2
reason = "illness"

[[group]]                           # others who get this submission's grade
submission = "team_1"
members = ["grace@example.edu", "0018"]

[[correction]]                      # of one criterion, or of the total where `criterion` is left out
student = "ada@example.edu"
criterion = "backprop_W2"           # its key or its number
points = 8
reason = "The transpose is explained in a comment."
show = true                         # whether the student reads the reason

[[excused]]                         # no grade, and no zero
student = "0019"
reason = "military service"
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
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
_NEEDED = {
    "extension": {"student"}, "group": {"submission", "members"}, "correction": {"student", "points", "reason"},
    "excused": {"student"},
}  # fmt: skip
_ALLOWED = {
    "extension": {"due", "days", "reason", "show"}, "group": {"reason"}, "correction": {"criterion", "show"},
    "excused": {"reason"},
}  # fmt: skip
BY_HAND = "Decided by your instructor"


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
    """Read decisions.toml.

    Raises
    ------
    UserError
        With the number of the line that is wrong.
    """
    try:
        text = path.read_text("utf-8")
        page = tomllib.loads(text)
    except OSError as error:
        raise UserError(f"{shown_path(path)} can't be read: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{shown_path(path)} is not TOML: {error}.") from None
    found = []
    for kind, tables in page.items():
        if kind not in _NEEDED or not isinstance(tables, list):
            line = _line(text, rf"^\s*\[*\s*{re.escape(kind)}\b")
            known = ", ".join(f"[[{name}]]" for name in _NEEDED)
            raise UserError(f"{shown_path(path)}, line {line}: {kind} is unknown. Write {known}.")
        for nth, table in enumerate(tables):
            found.append(_Table(path, text, kind, nth, table).read(contract))
    return found


def _line(text: str, pattern: str, nth: int = 0, start: int = 0) -> int:
    places = [match.start() for match in re.finditer(pattern, text[start:], re.MULTILINE)]
    place = start + (places[min(nth, len(places) - 1)] if places else 0)
    return text.count("\n", 0, place + len(re.match(r"\s*", text[place:])[0])) + 1  # type: ignore[index]


class _Table:
    """One [[table]] while it is checked."""

    def __init__(self, path: Path, text: str, kind: str, nth: int, table: Any) -> None:
        self.path, self.text, self.kind, self.table = path, text, kind, table
        headers = [match.start() for match in re.finditer(rf"^[ \t]*\[\[\s*{kind}\s*\]\]", text, re.MULTILINE)]
        self.start = headers[nth] if nth < len(headers) else 0

    def wrong(self, key: str, what: str) -> UserError:
        after = re.compile(rf"^[ \t]*{re.escape(key)}\s*=", re.MULTILINE).search(self.text, self.start) if key else None
        line = self.text.count("\n", 0, after.start() if after else self.start) + 1
        return UserError(f"{shown_path(self.path)}, line {line}: {what}")

    def read(self, contract: Rubric) -> Decision:
        """The decision.  Raises UserError."""
        table = self.table
        if not isinstance(table, dict):
            raise self.wrong("", f"{self.kind} must be a table: write [[{self.kind}]].")
        allowed = _NEEDED[self.kind] | _ALLOWED[self.kind]
        for key in table:
            if key not in allowed:
                raise self.wrong(key, f"[[{self.kind}]] has no key {key!r}. Its keys are {', '.join(sorted(allowed))}.")
        for key in sorted(_NEEDED[self.kind] - table.keys()):
            raise self.wrong("", f"[[{self.kind}]] needs {key!r}.")
        who = "submission" if self.kind == "group" else "student"
        made = Decision(self.kind, self.word(who), self.text.count("\n", 0, self.start) + 1)
        made = replace(made, reason=self.string("reason"), show=self.flag("show"))
        if self.kind == "extension":
            return self.extension(made)
        if self.kind == "correction":
            return self.correction(made, contract)
        if self.kind == "group":
            members = table["members"]
            if not isinstance(members, list) or not members or not all(isinstance(m, (str, int)) for m in members):
                raise self.wrong("members", 'members must be a list, as in ["ada@example.edu"].')
            return replace(made, members=tuple(str(member) for member in members))
        return made

    def word(self, key: str) -> str:
        value = self.table[key]
        if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
            raise self.wrong(key, f"{key} must be a text.")
        return str(value).strip()

    def string(self, key: str) -> str:
        value = self.table.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(key, f"{key} must be a text.")
        return " ".join(value.split())

    def flag(self, key: str) -> bool:
        value = self.table.get(key, True)
        if not isinstance(value, bool):
            raise self.wrong(key, f"{key} must be true or false.")
        return value

    def number(self, key: str, most: float) -> float:
        value = self.table[key]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
            raise self.wrong(key, f"{key} must be a number from 0 to {most:g}.")
        return float(value)

    def extension(self, made: Decision) -> Decision:
        due, days = self.table.get("due"), "days" in self.table
        if days == (due is not None):
            raise self.wrong("due", "[[extension]] needs either due or days.")
        if days:
            return replace(made, days=self.number("days", 3660))
        if not isinstance(due, datetime) or due.tzinfo is None:
            raise self.wrong("due", "due must be a date with time and offset, as in 2026-05-06T23:59:00+02:00.")
        return replace(made, due=due)

    def correction(self, made: Decision, contract: Rubric) -> Decision:
        if not made.reason:
            raise self.wrong("reason", "a correction needs a reason.")
        if "criterion" not in self.table:
            return replace(made, points=self.number("points", TOTAL))
        name = self.word("criterion")
        line = next((line for line in contract.criteria if name in (line.key, line.number)), None)
        if line is None:
            raise self.wrong("criterion", f"the rubric has no criterion {name!r}: give its key or its number.")
        return replace(made, criterion=line.key, points=self.number("points", line.points))


# --- whose it is ------------------------------------------------------------------------------------------------------


def names_of(id: str, students: Iterable[Mapping[str, str]]) -> set[str]:
    """Everything by which a decision may name a submission: never a name, which two students may have."""
    keys = ("sid", "login", "email", "canvas", "moodle")
    return {id.casefold(), *(s[key].casefold() for s in students for key in keys if s.get(key))}


def assign(
    path: Path, decisions: Sequence[Decision], names: Mapping[str, set[str]], others: set[str]
) -> dict[str, list[Decision]]:
    """The decisions of each submission.

    Parameters
    ----------
    names : mapping
        The names of each submission, by ID.
    others : set of str
        Names of students who submitted nothing.

    Raises
    ------
    UserError
        If a decision is about nobody, or about more than one.
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
            late = replace(late, due=due)
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
