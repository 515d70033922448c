"""Take an answer apart: a worker may be anybody, so only fields of the types they must have are taken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

STATUSES = ("returned", "raised", "stuck", "missing")
MAX_RACE = 1e9


@dataclass(frozen=True)
class Answer:
    """What came back from one question.

    status is "returned", "raised", "stuck" (out of time), "died", "missing" (no such function) or "skipped" (not asked;
    rest["why"] is "load", "hung", "time", "memory" or "deaths").
    """

    status: str
    value: Any = None
    args: tuple[Any, ...] = ()
    prints: str = ""
    error: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    rest: Mapping[str, Any] = field(default_factory=dict)


def read(reply: dict[Any, Any], number: int, files: Collection[str]) -> Answer:
    """The answer in a reply; `files` are the names that an error may be in."""
    status = reply.get("status")
    error = typed_error(reply.get("error"))
    if error.get("file") not in files:
        error.pop("file", None)
    return Answer(
        status=status if isinstance(status, str) and status in STATUSES else "died",
        value=reply.get("value"),
        args=tuple(reply["args"]) if isinstance(reply.get("args"), (list, tuple)) else (),
        prints=reply["prints"] if isinstance(reply.get("prints"), str) else "",
        error=error,
        id=number,
        rest=typed_rest(reply),
    )


def typed_rest(reply: dict[Any, Any]) -> dict[str, Any]:
    """The fields of a reply that only some answers have."""
    taken: dict[str, Any] = {}
    for name, fits in _DICTS.items():
        if isinstance(reply.get(name), dict):
            taken[name] = {k: v for k, v in reply[name].items() if fits(k, v)}
    for name, (most, fits_one) in _LISTS.items():
        if isinstance(reply.get(name), list):
            taken[name] = [v for v in reply[name][:most] if fits_one(v)]
    if "errors" in taken:
        taken["errors"] = [typed_error(error) for error in taken["errors"]]
    if type(reply.get("step")) is int:
        taken["step"] = reply["step"]
    if isinstance(reply.get("doing"), str):
        taken["doing"] = reply["doing"][:80]
    return taken


_DICTS: dict[str, Callable[[Any, Any], bool]] = {
    "found": lambda k, v: type(k) is str and type(v) in (int, type(None)),
    "race": lambda k, v: type(k) is str and type(v) in (int, float) and abs(v) < MAX_RACE,
    "marks": lambda k, v: type(k) is int and isinstance(v, dict),
}
# The most items that are taken, and which.
_LISTS: dict[str, tuple[int | None, Callable[[Any], bool]]] = {
    "names": (200, lambda v: isinstance(v, str)),
    "errors": (20, lambda v: isinstance(v, dict)),
    "losses": (None, lambda v: isinstance(v, float)),
    "slow": (20, lambda v: type(v) is int),
}


def typed_error(error: object) -> dict[str, Any]:
    """The fields of an error."""
    if not isinstance(error, dict):
        return {}
    taken: dict[str, Any] = {}
    for name in ("type", "message", "where", "file"):
        if isinstance(error.get(name), str):
            taken[name] = error[name][:600]
    if type(error.get("line")) is int:
        taken["line"] = error["line"]
    if isinstance(error.get("kinds"), list):
        taken["kinds"] = [k for k in error["kinds"][:20] if isinstance(k, str)]
    return taken
