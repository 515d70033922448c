"""What is known of a submission besides its files: when it was handed in, when it was due, what came before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


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
    last: Mapping[str, Any] = field(default_factory=dict)  # the tests of the latest results.json, by criterion's key
    odd: tuple[str, ...] = ()  # what could not be read, for staff


_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,12}))? ?(?:[Zz]|UTC|([+-]\d\d):?(\d\d))", re.A
)


def moment(value: object) -> datetime | None:
    """A point in time: ISO 8601 with an offset or Z, or a datetime that has one.  None for everything else."""
    when = value
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 60 else None
    if found:
        day, clock, seconds, fraction, hours, minutes = found.groups()
        try:
            when = datetime.fromisoformat(f"{day}T{clock}{seconds or ':00'}{hours or '+00'}:{minutes or '00'}")
        except ValueError:
            return None
        when += timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0")))
    if not isinstance(when, datetime) or when.utcoffset() is None:
        return None
    return when if 1990 <= when.year <= 2200 else None


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(when: datetime) -> str:
    """A date as students read it, in English whatever the locale: 4 May 2026."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def time(when: datetime) -> str:
    """A point in time as students read it: 4 May 2026, 23:59 (UTC+02:00)."""
    offset = f"{when:%z}"
    return f"{day(when)}, {when:%H:%M} (UTC{offset[:3]}:{offset[3:5]})"
