"""The contract, read from rubric.toml and checked: what is graded, for how many points, within which limits."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from autograder.sandbox.client import Limits

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).with_name("rubric.toml")
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
TOTAL = 100
PARTS = ("tolerance", "training", "limits", "late", "attempts", "leaderboard", "line")

Kinds = dict[str, "type | tuple[type, ...]"]
Kind = tuple[Callable[[Any], bool], str]  # what a value must be, and how that is told


class RubricError(Exception):
    """The rubric says something that can't be graded by; the text says which line and what to do."""


@dataclass(frozen=True)
class Criterion:
    """One graded criterion.  `function` is the first word of its key: forward, loss, backprop, update or training."""

    key: str
    number: str
    title: str
    points: float
    visibility: str = "visible"

    @property
    def function(self) -> str:
        return self.key.split("_")[0]


@dataclass(frozen=True)
class Tolerance:
    """Largest error, relative to the norm of the right answer; largest excitations that are asked."""

    values: float
    path: float
    finite_e1: float
    finite_slope: float


@dataclass(frozen=True)
class Training:
    """Sizes of the training that is graded."""

    hidden_units: int
    eta: float
    path_steps: tuple[int, ...]
    steps: int
    ladder: tuple[float, ...]


@dataclass(frozen=True)
class Late:
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


@dataclass(frozen=True)
class Leaderboard:
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
    leaderboard: Leaderboard = Leaderboard()

    @cached_property
    def by_key(self) -> dict[str, Criterion]:
        return {line.key: line for line in self.criteria}


def load(path: Path = FILE) -> Rubric:
    """Read a rubric.  Raises RubricError, with the line of the file, for anything that is wrong in it."""
    try:
        text = path.read_text("utf-8")
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

    def take(self, page: dict[str, Any], table: str, kinds: Kinds) -> dict[str, Any]:
        part = page.get(table) if table else {k: v for k, v in page.items() if not isinstance(v, (dict, list))}
        if not isinstance(part, dict):
            raise RubricError(f"{self.file}: the table [{table}] is missing.")
        for name in part:
            if name not in kinds:
                raise self.wrong(name, f"{name} is not a setting. Known here: {', '.join(kinds)}.", table=table)
        for name, kind in kinds.items():
            if name not in part:
                raise self.wrong(name, f"the setting {name} is missing.", table=table)
            value = part[name]
            if not isinstance(value, kind) or isinstance(value, bool):
                raise self.wrong(name, f"{name} = {value!r} is not of the right kind.", table=table)
            if isinstance(value, (int, float)) and not 0 < value < 1e9:
                raise self.wrong(name, f"{name} = {value!r} must be a positive number.", table=table)
        return part

    def option(self, page: dict[str, Any], table: str, kinds: Mapping[str, Kind], must: Sequence[str] = ()) -> Any:
        """The settings of a table that may be absent, and of which all but `must` may be left out; None without it."""
        if table not in page:
            return None
        part = page[table]
        if not isinstance(part, dict):
            raise self.wrong(table, f"{table} is one table, written [{table}].", table=table)
        for name, value in part.items():
            if name not in kinds:
                raise self.wrong(name, f"{name} is not a setting. Known here: {', '.join(kinds)}.", table=table)
            fits, needs = kinds[name]
            if not fits(value):
                shown = f'"{value}"' if isinstance(value, str) else str(value)
                shown = shown.lower() if isinstance(value, bool) else shown
                raise self.wrong(name, f"{name} = {shown} must be {needs}.", table=table)
        for name in must:
            if name not in part:
                raise self.wrong(name, f"the setting {name} is missing.", table=table)
        return part

    def late(self, page: dict[str, Any]) -> Late | None:
        kinds = {
            "penalty_per_day": _number(0, TOTAL, above=True),
            "grace_minutes": _number(0, 7 * 24 * 60),
            "most": _number(0, TOTAL, above=True),
            "due": (
                lambda v: isinstance(v, datetime) and v.tzinfo is not None,
                "a date with time and offset, without quotes, such as 2026-05-04T23:59:00+02:00",
            ),
        }
        part = self.option(page, "late", kinds, ["penalty_per_day"])
        if part and part["penalty_per_day"] > part.get("most", TOTAL):
            raise self.wrong("most", "most must not be smaller than penalty_per_day.", table="late")
        return None if part is None else Late(**part)

    def attempts(self, page: dict[str, Any]) -> Attempts | None:
        kinds = {"per_day": _whole(1, 1000), "count": _one_of("latest", "best")}
        part = self.option(page, "attempts", kinds)
        return None if part is None else Attempts(**part)

    def leaderboard(self, page: dict[str, Any]) -> Leaderboard:
        kinds = {
            "on": (lambda v: isinstance(v, bool), "true or false"),
            "by": _one_of("hidden_units", "steps"),
            "fit": _number(0, 1, above=True),
            "starts": _whole(1, 10),
            "most_hidden_units": _whole(1, 100),
            "most_steps": _whole(1, 20_000),
        }
        return Leaderboard(**(self.option(page, "leaderboard", kinds, ["on"]) or {}))

    def rubric(self, page: dict[str, Any]) -> Rubric:
        number = (int, float)
        strings: Kinds = dict.fromkeys(("title", "visibility", "stdout_visibility"), str)
        page = {name: value for name, value in page.items() if name != "seed"}  # of 1.0.0: it has no effect any more
        top = self.take(page, "", strings)
        for name, part in page.items():
            if isinstance(part, (dict, list)) and name not in PARTS:
                raise self.wrong(name, f"{name} is not a part of a rubric.", table=name)
        for name in ("visibility", "stdout_visibility"):
            self.visibility(name, top[name])
        tolerance = self.take(page, "tolerance", dict.fromkeys(("values", "path", "finite_e1", "finite_slope"), number))
        kinds: Kinds = {"hidden_units": int, "eta": number, "path_steps": list, "steps": int, "ladder": list}
        training: Any = self.take(page, "training", kinds)
        for name, kind in (("path_steps", int), ("ladder", (int, float))):
            values = training[name]
            if not values or not all(isinstance(v, kind) and not isinstance(v, bool) and v > 0 for v in values):
                raise self.wrong(name, f"{name} must be a list of positive numbers.", table="training")
        if max(training["path_steps"]) > training["steps"]:
            raise self.wrong("path_steps", "path_steps must not be larger than steps.", table="training")
        settings: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in training.items()}
        limits = self.take(page, "limits", dict.fromkeys(("load", "call", "train", "whole"), number))
        return Rubric(
            title=top["title"],
            stdout_visibility=top["stdout_visibility"],
            tolerance=Tolerance(**tolerance),
            training=Training(**settings),
            limits=Limits(**limits),
            criteria=self.lines(page.get("line"), top["visibility"]),
            late=self.late(page),
            attempts=self.attempts(page),
            leaderboard=self.leaderboard(page),
        )

    def visibility(self, name: str, value: object, nth: int | None = None) -> None:
        if value not in VISIBILITIES:
            raise self.wrong(name, f"{name} = {value!r} is none of {', '.join(VISIBILITIES)}.", nth)

    def lines(self, rows: object, visibility: str) -> tuple[Criterion, ...]:
        if not isinstance(rows, list) or not rows:
            raise RubricError(f"{self.file}: there is no [[line]].")
        lines: list[Criterion] = []
        for nth, row in enumerate(rows):
            if not isinstance(row, dict):
                raise RubricError(f"{self.file}: a line begins with [[line]].")
            for name in row:
                if name not in ("key", "number", "title", "points", "visibility"):
                    raise self.wrong(name, f"{name} is not a setting of a line.", nth)
            for name in ("key", "number", "title"):
                if not isinstance(row.get(name), str) or not row[name]:
                    raise self.wrong(name, f"the line needs a {name}, as text in quotes.", nth)
            points = row.get("points")
            if not isinstance(points, (int, float)) or isinstance(points, bool) or not 0 <= points <= TOTAL:
                raise self.wrong("points", f"points = {points!r} must be a number from 0 to {TOTAL}.", nth)
            self.visibility("visibility", row.get("visibility", visibility), nth)
            settings: Any = {"visibility": visibility} | row
            lines.append(Criterion(**settings))
        for name in ("key", "number"):
            for nth, line in enumerate(lines):
                if getattr(line, name) in [getattr(other, name) for other in lines[:nth]]:
                    raise self.wrong(name, f"{name} {getattr(line, name)!r} is used twice.", nth)
        total = sum(line.points for line in lines)
        if abs(total - TOTAL) > 1e-9:
            message = f"with this line the points add up to {total:g}, not {TOTAL}. Change them until they do."
            raise self.wrong("points", message, len(lines) - 1)
        return tuple(lines)


def _number(least: float, most: float, above: bool = False) -> Kind:
    def fits(value: Any) -> bool:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return False
        return least <= value <= most and not (above and value == least)

    return fits, f"a number above {least}, up to {most}" if above else f"a number from {least} to {most}"


def _whole(least: int, most: int) -> Kind:
    return lambda v: type(v) is int and least <= v <= most, f"a whole number from {least} to {most}"


def _one_of(*words: str) -> Kind:
    return lambda v: isinstance(v, str) and v in words, " or ".join(f'"{word}"' for word in words)
