"""What Gradescope says of a submission: submission_metadata.json.

See "Submission Metadata" in Gradescope's documentation of autograders.  Nothing in the file can stop a grading: what is
odd in it is told to staff.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.policies.handed import Attempt, Handed, moment
from autograder.rubric import TOTAL

MAX_BYTES = 32 << 20
MAX_EARLIER = 1000


def read_file(path: Path) -> Handed:
    """Read a submission_metadata.json.  Never raises."""
    try:
        with path.open("rb") as file:
            return read(file.read(MAX_BYTES))
    except OSError as error:
        return Handed(odd=(f"{path.name} can't be read: {error.strerror}.",))


def read(metadata: object) -> Handed:
    """Read what submission_metadata.json holds, as text or taken apart.  Never raises."""
    if isinstance(metadata, (str, bytes)):
        try:
            metadata = json.loads(metadata)
        except (ValueError, RecursionError):
            return Handed(odd=("submission_metadata.json is not JSON.",))
    if not isinstance(metadata, dict):
        return Handed(odd=("submission_metadata.json is not an object.",))
    odd: list[str] = []
    created_at = _date(metadata.get("created_at"), "created_at", odd)
    if created_at is None:
        odd.append("When it was handed in is not known.")
    earlier, last = _earlier(metadata.get("previous_submissions"), created_at, odd)
    due, late_due = (_latest(metadata, name, odd) for name in ("due_date", "late_due_date"))
    return Handed(created_at, due, late_due, earlier, last, tuple(odd[:20]))


def _date(value: object, name: str, odd: list[str]) -> datetime | None:
    when = moment(value)
    if when is None and value is not None:
        shown = repr(value)[:60] if isinstance(value, (str, int, float)) else type(value).__name__
        odd.append(f"{name} is not a date: {shown}.")
    return when


def _latest(metadata: dict[str, Any], name: str, odd: list[str]) -> datetime | None:
    """The latest date of the group's students, each one's own before the assignment's; None where one has none."""
    course = _table(metadata.get("assignment"))
    dates = []
    for user in _rows(metadata.get("users")) or [{}]:
        own = _table(user.get("assignment"))
        value = own[name] if name in own else course.get(name)
        if name == "due_date" and value is None and course.get(name) is not None:
            odd.append("A student's own due date is empty: taken for none.")
        dates.append(_date(value, name, odd))
    return None if None in dates else max(date for date in dates if date)


def _table(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> list[dict[Any, Any]]:
    return [_table(row) for row in value[-MAX_EARLIER:]] if isinstance(value, list) else []


def _number(value: object) -> float | None:
    """A score: Gradescope writes text or a number.  None for what is none of this assignment's."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}(\.\d{1,30})?", value, re.A):
        value = float(value)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= TOTAL:
        return None
    return round(float(value), 2)


def _earlier(rows: object, now: datetime | None, odd: list[str]) -> tuple[tuple[Attempt, ...], dict[str, Any]]:
    """The submissions before this one, and the tests of the latest that came with results.

    Gradescope hands on the results of the latest one only; how those before it ended is written in them.  A grader's
    fault is an attempt only if it says so; one of which nothing is known is one if it has points.
    """
    if rows is not None and not isinstance(rows, list):
        odd.append("previous_submissions is not a list.")
    known = []
    for row in _rows(rows):
        at = moment(row.get("submission_time"))
        if at is None:
            odd.append("An earlier submission has no time: it counts for nothing.")
        elif now is None or at < now:
            known.append((at, row, _table(row.get("results"))))
    known.sort(key=lambda one: one[0])
    last: dict[Any, Any] = next((results for _, _, results in reversed(known) if results), {})
    told = {}
    for one in _rows(_table(_table(last.get("extra_data")).get("terms")).get("attempts")):
        if at := moment(one.get("at")):
            told[int(at.timestamp())] = Attempt(at, _number(one.get("score")), one.get("counts") is True)
    attempts = []
    for at, row, results in known:
        extra = _table(results.get("extra_data"))
        before, score = told.get(int(at.timestamp())), _number(row.get("score"))
        if row.get("autograder_error") or extra.get("grader_fault"):
            attempts.append(Attempt(at, None, extra.get("attempt") is True))
        elif before:
            attempts.append(Attempt(at, before.score, before.counts))
        else:
            attempts.append(Attempt(at, score, bool(results) or bool(score)))
    tests = ({**test, "extra_data": _table(test.get("extra_data"))} for test in _rows(last.get("tests")))
    return tuple(attempts), {str(test["extra_data"].get("key"))[:80]: test for test in tests}
