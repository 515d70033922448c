"""The terms of the course: what comes off for lateness, how many submissions a day are graded, which one counts.

Everything follows from the rubric and from what the platform says of a submission, nothing from the clock.  What can't
be read there costs nobody a point and nobody a report: staff are told.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from autograder.result import VERDICTS, Result, Row
from autograder.rubric import TOTAL, Late, Rubric

MAX_BYTES = 32 << 20
MAX_EARLIER = 1000
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Attempt:
    """An earlier submission.  `score` is its own, None where there is none; `counts`: it was graded, so it is one of
    its day's."""

    at: datetime
    score: float | None = None
    counts: bool = True


@dataclass(frozen=True)
class Handed:
    """When a submission was handed in, when it was due, and what its students handed in before, in order."""

    created_at: datetime | None = None
    due: datetime | None = None
    late_due: datetime | None = None
    earlier: tuple[Attempt, ...] = ()
    last: Mapping[str, Any] = field(default_factory=dict)  # the tests of the latest results.json, by the line's key
    odd: tuple[str, ...] = ()  # what could not be read, for staff


# --- reading what the platform says ----------------------------------------------------------------------------------


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


def exported(created_at: object, late: Late | None) -> Handed:
    """What is known of a submission from an export without due dates: the rubric's `due` holds for all."""
    odd: list[str] = []
    return Handed(_date(created_at, "created_at", odd), late.due if late else None, odd=tuple(odd))


_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)? ?(?:([Zz]|UTC)|([+-])(\d\d):?(\d\d))", re.A
)


def moment(value: object) -> datetime | None:
    """A point in time: ISO 8601 with an offset or Z, or a datetime that has one.  None for everything else."""
    if isinstance(value, datetime):
        return value if value.utcoffset() is not None and 1990 <= value.year <= 2200 else None
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 60 else None
    if not found:
        return None
    *numbers, fraction, _, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1) if sign else timedelta()
    try:
        when = datetime(*map(int, [n or 0 for n in numbers]), tzinfo=timezone(offset))  # type: ignore[arg-type,misc]
    except ValueError:
        return None
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    return when.replace(microsecond=microsecond) if 1990 <= when.year <= 2200 else None


def _date(value: object, name: str, odd: list[str]) -> datetime | None:
    when = moment(value)
    if when is None and value is not None:
        odd.append(f"{name} is not a date: {_shown(value)}.")
    return when


def _shown(value: object) -> str:
    return repr(value)[:60] if isinstance(value, (str, int, float)) else type(value).__name__


def _latest(metadata: dict[str, Any], name: str, odd: list[str]) -> datetime | None:
    """The latest date of the group's students, each one's own before the assignment's; None where one has none."""
    course = _table(metadata.get("assignment"))
    users = metadata.get("users")
    dates = []
    for user in users if isinstance(users, list) and users else [None]:
        own = _table(_table(user).get("assignment"))
        value = own[name] if name in own else course.get(name)
        if name == "due_date" and value is None and course.get(name) is not None:
            odd.append("A student's own due date is empty: taken for none.")
        dates.append(_date(value, name, odd))
    return None if None in dates else max(date for date in dates if date)


def _table(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


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
    if not isinstance(rows, list):
        if rows is not None:
            odd.append("previous_submissions is not a list.")
        return (), {}
    known: list[tuple[datetime, dict[Any, Any], dict[Any, Any]]] = []
    for row in map(_table, rows[-MAX_EARLIER:]):
        at = moment(row.get("submission_time"))
        if at is None:
            odd.append("An earlier submission has no time: it counts for nothing.")
        elif now is None or at < now:
            known.append((at, row, _table(row.get("results"))))
    known.sort(key=lambda one: one[0])
    last: dict[Any, Any] = next((results for _, _, results in reversed(known) if results), {})
    told = {}
    for one in map(_table, _items(_table(_table(last.get("extra_data")).get("terms")).get("attempts"))):
        at = moment(one.get("at"))
        if at:
            told[int(at.timestamp())] = Attempt(at, _number(one.get("score")), one.get("counts") is True)
    attempts = []
    for at, row, results in known:
        extra = _table(results.get("extra_data"))
        before = told.get(int(at.timestamp()))
        if row.get("autograder_error") or extra.get("grader_fault"):
            attempts.append(Attempt(at, None, extra.get("attempt") is True))
        elif before:
            attempts.append(Attempt(at, before.score, before.counts))
        else:
            score = _number(row.get("score"))
            attempts.append(Attempt(at, score, bool(results) or bool(score)))
    tests = map(_table, _items(last.get("tests")))
    return tuple(attempts), {str(_table(t.get("extra_data")).get("key"))[:80]: t for t in tests}


def _items(value: object) -> list[Any]:
    return value[-MAX_EARLIER:] if isinstance(value, list) else []


# --- before grading: is it one too many? -----------------------------------------------------------------------------


def refusal(rubric: Rubric, handed: Handed) -> Result | None:
    """The result of a submission over the day's limit, which is not graded: the score of the one that counts stays.
    None where it is to be graded."""
    limit = rubric.attempts.per_day if rubric.attempts else None
    now = handed.created_at
    if limit is None or now is None or _today(handed) < limit:
        return None
    kept = _kept(rubric, handed)
    if kept is None:
        return None  # there is no score to keep, so this one must have its own
    result = Result(rubric.title, stdout_visibility=rubric.stdout_visibility, final=kept.score)
    which = "best" if _best_of(rubric) else "last graded"
    result.terms.append(
        f"This submission was not graded: {limit} of a day are, and you had them on {_day(now)}. "
        f"Your score stays {kept.score:g}, from your {which} submission, of {_time(kept.at)}. "
        f"The next one can be graded from {_midnight(now)} on."
    )
    result.rows = _lines_of(rubric, handed.last)
    if result.rows:
        result.terms.append("The lines below are those of your last graded submission.")
    result.staff += handed.odd
    result.record = {"over_limit": True, "attempts": _record(handed, None, False)}
    return result


def _today(handed: Handed) -> int:
    """How many submissions of the same day were graded.  The day is that of the course, by the offset of its times;
    where the clocks have changed since, one that may be of the day before is not counted."""
    now = handed.created_at
    assert now is not None
    days = ((a.at.date(), a.at.astimezone(now.tzinfo).date()) for a in handed.earlier if a.counts)
    return sum(own == here == now.date() for own, here in days)


def _best_of(rubric: Rubric) -> bool:
    return rubric.attempts is not None and rubric.attempts.count == "best"


def _kept(rubric: Rubric, handed: Handed) -> Attempt | None:
    """The earlier submission whose score counts: the best, the earlier of two; or the last that was graded."""
    scored = [a for a in handed.earlier if a.score is not None]
    if _best_of(rubric):
        return max(scored, key=lambda a: a.score or 0.0, default=None)
    return next((a for a in reversed(scored) if a.counts), None)


def _lines_of(rubric: Rubric, tests: Mapping[str, Any]) -> list[Row]:
    """The lines of an earlier results.json, where it has them all."""
    lines = []
    for line in rubric.criteria:
        test = _table(tests.get(line.key))
        extra = _table(test.get("extra_data"))
        verdict, score, output = extra.get("verdict"), test.get("score"), test.get("output")
        if verdict not in VERDICTS or verdict == "fault" or not isinstance(output, str):
            return []
        if not isinstance(score, (int, float)) or not 0 <= score <= line.points:
            score = 0.0
        if test.get("output_format") == "html":
            output = _plain(output)
        row = Row(line, str(verdict), float(score), [("", output)] if output else [])
        row.misconception, row.reason = (str(extra.get(name, ""))[:1000] for name in ("misconception", "reason"))
        lines.append(row)
    return lines


def _plain(page: str) -> str:
    """The words of an output with a picture (report.illustrate), without the picture."""
    words = page.split("<p><img", 1)[0].replace("<br>", "\n")
    return html.unescape(re.sub(r"<[^>]{0,200}>", "", words)).replace("\xa0", " ")


# --- after grading: the score that counts ----------------------------------------------------------------------------


def apply(result: Result, rubric: Rubric, handed: Handed) -> None:
    """Set the score that counts, and say to the student why.  A result with a fault of the grader is no grade: nothing
    comes off, and it is an attempt only if the submission's answers were in use."""
    result.staff += handed.odd
    own = result.score
    if rubric.late and not result.faulty:
        own = _late(result, rubric.late, handed)
    if rubric.attempts:
        _attempts(result, rubric, handed, own)


def _late(result: Result, late: Late, handed: Handed) -> float:
    """The score after what comes off for lateness."""
    own, created_at, due = result.score, handed.created_at, handed.due
    if created_at is None or due is None:
        result.staff.append(
            f"Nothing was taken off for lateness: {'no due date' if created_at else 'no time'} is known."
        )
        return own
    behind = created_at - due
    if behind <= timedelta():
        return own
    grace = timedelta(minutes=late.grace_minutes)
    said = f"Handed in {_span(behind)} after the due date, {_time(due)}"
    if behind <= grace:
        result.terms.append(f"{said}: within the {late.grace_minutes:g} minutes of grace, so nothing comes off.")
        return own
    days = -((grace - behind) // DAY)
    off = min(days * late.penalty_per_day, late.most)
    final = max(round(own - off / 100 * TOTAL, 2), 0.0)
    counted = f"{days} day{'s' if days > 1 else ''}" + (
        " (a day that has begun counts)" if behind - grace < days * DAY else ""
    )
    most = ", the most there is" if days * late.penalty_per_day > late.most else ""
    result.terms.append(f"{said}: {counted}, −{off:g} points{most}. {own:g} becomes {final:g}.")
    result.final = final
    result.record |= {"days_late": days, "taken_off": round(own - final, 2)}
    if handed.late_due and created_at > handed.late_due + grace:
        result.staff.append("It was handed in after the last date for late work too. It was graded as any late one.")
    return final


def _attempts(result: Result, rubric: Rubric, handed: Handed, own: float) -> None:
    assert rubric.attempts is not None
    limit, now = rubric.attempts.per_day, handed.created_at
    if limit is not None and now is None:
        result.staff.append("The limit of submissions was not looked at: when this one was handed in is not known.")
    counts = result.in_use or not result.faulty
    if not counts:
        result.terms.append("This submission is not counted as an attempt.")
    elif limit is not None and now is not None:
        result.terms.append(f"Submission {_today(handed) + 1} of {limit} for {_day(now)}.")
    best = _kept(rubric, handed) if _best_of(rubric) else None
    if best is not None and best.score is not None and best.score > own:
        result.final = best.score
        mine = "" if result.faulty else f"; this one has {own:g}"
        result.terms.append(f"Your best submission counts: {best.score:g} points, of {_time(best.at)}{mine}.")
    if now is not None:
        result.record["attempts"] = _record(handed, None if result.faulty else own, counts)


def _record(handed: Handed, score: float | None, counts: bool) -> list[dict[str, Any]]:
    """How every submission so far ended, for the next one's results."""
    so_far: Iterable[Attempt] = handed.earlier
    if handed.created_at:
        so_far = [*so_far, Attempt(handed.created_at, score, counts)]
    return [{"at": a.at.isoformat(), "score": a.score, "counts": a.counts} for a in so_far]


def begun(rubric: Rubric, handed: Handed) -> dict[str, Any]:
    """What to write down before grading, in case that it never ends: the submissions so far, and this one as none."""
    return {"attempts": _record(handed, None, False)} if rubric.attempts and handed.created_at else {}


# --- words -----------------------------------------------------------------------------------------------------------


def _span(time: timedelta) -> str:
    minutes = math.floor(time / timedelta(minutes=1))
    parts = ((minutes // 1440, "day", "days"), (minutes // 60 % 24, "h", "h"), (minutes % 60, "min", "min"))
    said = [f"{n} {one if n == 1 else many}" for n, one, many in parts if n]
    return " ".join(said[:2]) or "less than a minute"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _day(when: datetime) -> str:
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def _time(when: datetime) -> str:
    offset = f"{when:%z}"
    return f"{_day(when)}, {when:%H:%M} (UTC{offset[:3]}:{offset[3:5]})"


def _midnight(when: datetime) -> str:
    return _time(when.replace(hour=0, minute=0, second=0, microsecond=0) + DAY)
