"""The contract, read from rubric.toml and checked: what is graded, for how many points, within which limits."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from autograder.sandbox.limits import Limits

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).with_name("rubric.toml")
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
TOTAL = 100


class RubricError(Exception):
    """The rubric says something that can't be graded by; the text says which line and what to do."""


class Criterion(NamedTuple):
    """One graded criterion.  `function` is the first word of its key: forward, loss, backprop, update or training."""

    key: str
    number: str
    title: str
    points: float
    visibility: str = "visible"

    @property
    def function(self) -> str:
        return self.key.split("_")[0]


class Tolerance(NamedTuple):
    """Largest error, relative to the norm of the right answer; largest excitations that are asked."""

    values: float
    path: float
    finite_e1: float
    finite_slope: float


class Training(NamedTuple):
    """Sizes of the training that is graded."""

    hidden_units: int
    eta: float
    path_steps: tuple[int, ...]
    steps: int
    ladder: tuple[float, ...]


class Late(NamedTuple):
    """What comes off for every day that has begun after the due date, in percent of the maximum."""

    penalty_per_day: float
    grace_minutes: float = 0
    most: float = 100
    due: datetime | None = None  # for `batch`: Gradescope's export knows no due date


@dataclass(frozen=True)
class Attempts:
    """How many submissions of a day are graded (None: all), and which one counts."""

    per_day: int | None = None
    count: str = "latest"


class Leaderboard(NamedTuple):
    """The race for a fit with few hidden units or steps, and the largest that the grader trains for it."""

    on: bool = False
    by: str = "hidden_units"
    fit: float = 0.002
    starts: int = 3
    most_hidden_units: int = 50
    most_steps: int = 5000


@dataclass(frozen=True)
class Rubric:
    """The whole contract.  Without [late] nothing comes off, without [attempts] every submission is graded."""

    title: str
    stdout_visibility: str
    tolerance: Tolerance
    training: Training
    limits: Limits
    criteria: tuple[Criterion, ...]
    late: Late | None = None
    attempts: Attempts | None = None
    leaderboard: Leaderboard = field(default_factory=Leaderboard)
    hints: str = "line"

    @cached_property
    def by_key(self) -> dict[str, Criterion]:
        return {line.key: line for line in self.criteria}


# --- what each setting may be ----------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """What a value must be, and how that is said."""

    fits: Callable[[Any], bool]
    needs: str
    optional: bool = False

    def maybe(self) -> Rule:
        return self._replace(optional=True)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(least: float, most: float, above: bool = False) -> Rule:
    needs = f"a number above {least}, up to {most}" if above else f"a number from {least} to {most}"
    return Rule(lambda v: _is_number(v) and least <= v <= most and not (above and v == least), needs)


def _whole(least: int, most: int) -> Rule:
    return Rule(lambda v: type(v) is int and least <= v <= most, f"a whole number from {least} to {most}")


def _one_of(*words: str) -> Rule:
    *first, last = (f'"{word}"' for word in words)
    return Rule(lambda v: isinstance(v, str) and v in words, f"{', '.join(first)} or {last}")


def _list_of(rule: Rule, needs: str) -> Rule:
    return Rule(lambda v: isinstance(v, list) and bool(v) and all(rule.fits(one) for one in v), needs)


POSITIVE = Rule(lambda v: _is_number(v) and 0 < v < 1e9, "a positive number")
STEPS = _whole(1, 5000)  # with 100 hidden units a grading takes some seconds and less than 200 MB
TEXT = Rule(lambda v: isinstance(v, str) and bool(v), "some text in quotes")
VISIBILITY = _one_of(*VISIBILITIES)
HINTS = _one_of("line", "reason", "off")
DATE = Rule(
    lambda v: isinstance(v, datetime) and v.tzinfo is not None,
    "a date with time and offset, without quotes, such as 2026-05-04T23:59:00+02:00",
)
OPTIONAL_TABLES = ("late", "attempts", "leaderboard")
SETTINGS: dict[str, dict[str, Rule]] = {
    "": {"title": TEXT, "visibility": VISIBILITY, "stdout_visibility": VISIBILITY, "hints": HINTS.maybe()},
    "tolerance": dict.fromkeys(("values", "path", "finite_e1", "finite_slope"), POSITIVE),
    "training": {
        "hidden_units": _whole(1, 100), "eta": POSITIVE, "steps": STEPS,
        "path_steps": _list_of(STEPS, "a list of whole numbers from 1 to 5000"),
        "ladder": _list_of(POSITIVE, "a list of positive numbers"),
    },
    "limits": dict.fromkeys(("load", "call", "train", "whole"), POSITIVE),
    "late": {
        "penalty_per_day": _number(0, TOTAL, above=True), "grace_minutes": _number(0, 7 * 24 * 60).maybe(),
        "most": _number(0, TOTAL, above=True).maybe(), "due": DATE.maybe(),
    },
    "attempts": {"per_day": _whole(1, 1000).maybe(), "count": _one_of("latest", "best").maybe()},
    "leaderboard": {
        "on": Rule(lambda v: isinstance(v, bool), "true or false"), "by": _one_of("hidden_units", "steps").maybe(),
        "fit": _number(0, 1, above=True).maybe(), "starts": _whole(1, 10).maybe(),
        "most_hidden_units": _whole(1, 100).maybe(), "most_steps": _whole(1, 20_000).maybe(),
    },
    "line": {
        "key": TEXT, "number": TEXT, "title": TEXT, "points": _number(0, TOTAL), "visibility": VISIBILITY.maybe(),
    },
}  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------------


def load(path: Path = FILE) -> Rubric:
    """Read a rubric.  Raises RubricError, with the line of the file, for anything that is wrong in it."""
    try:
        text = path.read_text("utf-8-sig")  # some editors begin a file with a mark
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"{path.name} can't be read: {error}") from None
    return _parsed(path.name, text)


@lru_cache(maxsize=4)
def _parsed(file: str, text: str) -> Rubric:
    """The same text is the same rubric: it is taken apart once."""
    try:
        page = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RubricError(f"{file}: {error}") from None
    return _Reader(file, text).rubric(page)


class _Reader:
    """Checks a page as it takes it apart."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.rows = text.split("\n")

    def rubric(self, page: dict[str, Any]) -> Rubric:
        page.pop("seed", None)  # of 1.0.0: it has no effect any more
        top = {name: value for name, value in page.items() if not isinstance(value, (dict, list))}
        for name in page.keys() - top.keys() - SETTINGS.keys():
            raise self.wrong(name, f"{name} is not a part of a rubric.", table=name)
        self.refuse_strays(page)
        settings = self.checked(top, "")
        tables = {name: self.table(page, name) for name in SETTINGS if name not in ("", "line")}
        training, late = tables["training"], tables["late"]
        training |= {name: tuple(training[name]) for name in ("path_steps", "ladder")}
        if max(training["path_steps"]) > training["steps"]:
            raise self.wrong("path_steps", "path_steps must not be larger than steps.", table="training")
        if late and late["penalty_per_day"] > late.get("most", TOTAL):
            raise self.wrong("most", "most must not be smaller than penalty_per_day.", table="late")
        return Rubric(
            title=settings["title"],
            stdout_visibility=settings["stdout_visibility"],
            tolerance=Tolerance(**tables["tolerance"]),
            training=Training(**training),
            limits=Limits(**tables["limits"]),
            criteria=self.criteria(page.get("line"), settings["visibility"]),
            late=None if late is None else Late(**late),
            attempts=None if tables["attempts"] is None else Attempts(**tables["attempts"]),
            leaderboard=Leaderboard(**(tables["leaderboard"] or {})),
            hints=settings.get("hints", "line"),  # rubrics of 1.0.0 don't have it
        )

    def refuse_strays(self, page: dict[str, Any]) -> None:
        """A table that is put above the settings without one takes them in."""
        for table, part in page.items():
            for name in part if isinstance(part, dict) else ():
                if name in SETTINGS[""] and name not in page and name not in SETTINGS.get(table, {}):
                    message = f"{name} is inside [{table}]. Move [{table}] below it, to the end of the file."
                    raise self.wrong(name, message, table=table)

    def table(self, page: dict[str, Any], name: str) -> Any:
        """The settings of a table; None without one that may be absent."""
        if name not in page and name in OPTIONAL_TABLES:
            return None
        part = page.get(name)
        if part is None:
            raise RubricError(f"{self.file}: the table [{name}] is missing.")
        if not isinstance(part, dict):
            raise self.wrong(name, f"{name} is one table, written [{name}].", table=name)
        return self.checked(part, name)

    def checked(self, part: dict[str, Any], table: str, nth: int | None = None) -> dict[str, Any]:
        """The settings of a table, or of the nth [[line]], all of them known, there, and right."""
        rules = SETTINGS[table]
        for name, value in part.items():
            if name not in rules:
                raise self.wrong(name, f"{name} is not a setting. Known here: {', '.join(rules)}.", nth, table)
            if not rules[name].fits(value):
                raise self.wrong(name, f"{name} = {_shown(value)} must be {rules[name].needs}.", nth, table)
        for name, rule in rules.items():
            if name not in part and not rule.optional:
                raise self.wrong(name, f"the setting {name} is missing.", nth, table)
        return part

    def criteria(self, rows: object, visibility: str) -> tuple[Criterion, ...]:
        if not isinstance(rows, list) or not rows:
            raise RubricError(f"{self.file}: there is no [[line]].")
        criteria: list[Criterion] = []
        for nth, row in enumerate(rows):
            if not isinstance(row, dict):
                raise RubricError(f"{self.file}: a criterion begins with [[line]].")
            criteria.append(Criterion(**({"visibility": visibility} | self.checked(row, "line", nth))))
            for name in ("key", "number"):
                value = getattr(criteria[-1], name)
                if value in [getattr(other, name) for other in criteria[:-1]]:
                    raise self.wrong(name, f"{name} {value!r} is used twice.", nth)
        total = sum(criterion.points for criterion in criteria)
        if abs(total - TOTAL) > 1e-9:
            message = f"with this line the points add up to {total:g}, not {TOTAL}. Change them until they do."
            raise self.wrong("points", message, len(criteria) - 1)
        return tuple(criteria)

    def wrong(self, name: str, message: str, nth: int | None = None, table: str = "") -> RubricError:
        """Say where `name` stands: in the nth [[line]], in [table], or at the top."""
        row, inside, count = 0, "", -1
        for number, text in enumerate(self.rows, 1):
            text = text.strip()
            if text.startswith("["):
                inside = text.split("#")[0].strip().strip("[] ")
                count += inside == "line"
            here = (count == nth and inside == "line") if nth is not None else inside == table
            if here and (not row or text.split("=")[0].strip() == name):
                row = number
        if not row:
            # A table may also be written in one line, or with dots.
            heads = [re.split(r"[\s.=]", text.strip(" [\t"))[0] for text in self.rows]
            row = heads.index(table) + 1 if table in heads else 0
        return RubricError(f"{self.file}, line {row or 1}: {message}")


def _shown(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
