"""Take an answer apart: a worker may be anybody, so only fields of the types they must have are taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

STATUSES = ("returned", "raised", "stuck", "missing")
MAX_RACE = 1e9
MOST_OPERANDS = 8
MAX_NAME = 40
KINDS = frozenset({"None", "number", "text", "array", "list", "tuple", "dict", "module", "class", "object", "function",
                   "own function", "contract's function", "NumPy function"})  # fmt: skip
# What a name may be: an identifier, and what is reached from it by attributes and constant keys.
NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*|\['\w{1,30}'\]|\[\d{1,4}\])*")


class Answer(NamedTuple):
    """What came back from one question.

    status is "returned", "raised", "stuck" (out of time), "died", "missing" (no such function) or "skipped" (not asked;
    rest["why"] is "load", "hung", "slow", "long", "time", "memory" or "deaths").
    """

    status: str
    value: Any = None
    args: tuple[Any, ...] = ()
    prints: str = ""
    error: Mapping[str, Any] = MappingProxyType({})
    id: int = 0
    rest: Mapping[str, Any] = MappingProxyType({})


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
    if reply.keys().isdisjoint(_RARE):
        return taken
    for name, fits in _DICTS.items():
        if isinstance(reply.get(name), dict):
            taken[name] = {k: v for k, v in reply[name].items() if fits(k, v)}
    for name, (most, fits_one) in _LISTS.items():
        if isinstance(reply.get(name), list):
            taken[name] = [v for v in reply[name][:most] if fits_one(v)]
    if "errors" in taken:
        taken["errors"] = [typed_error(error) for error in taken["errors"]]
    taken |= {name: reply[name] for name in ("step", "forwards") if type(reply.get(name)) is int}
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
_RARE = {*_DICTS, *_LISTS, "step", "forwards", "doing"}


def typed_error(error: object) -> dict[str, Any]:
    """The fields of an error."""
    if not isinstance(error, dict):
        return {}
    taken: dict[str, Any] = {}
    for name in ("type", "message", "where", "file"):
        if isinstance(error.get(name), str):
            taken[name] = error[name][:600]
    for name in ("line", "statement"):
        if type(error.get(name)) is int:
            taken[name] = error[name]
    if isinstance(error.get("kinds"), list):
        taken["kinds"] = [k for k in error["kinds"][:20] if isinstance(k, str)]
    span = _numbers(error.get("span"))
    if span and len(span) == 4:
        taken["span"] = span
    if isinstance(error.get("operands"), list):
        operands = [typed_operand(one) for one in error["operands"][:MOST_OPERANDS]]
        taken["operands"] = [one for one in operands if one]
    return taken


def typed_operand(operand: object) -> dict[str, Any]:
    """The fields of one operand of a failed expression; nothing if one of them isn't what it must be."""
    if not isinstance(operand, dict):
        return {}
    name, kind, keys = operand.get("name"), operand.get("kind"), operand.get("keys", [])
    if type(kind) is not str or kind not in KINDS or type(name) is not str:
        return {}
    if len(name) > MAX_NAME or not NAME.fullmatch(name) or not isinstance(keys, list):
        return {}
    keys = [key for key in keys[:12] if type(key) is str and len(key) <= MAX_NAME and key.isidentifier()]
    shape, kept = _numbers(operand.get("shape")), operand.get("kept") is True
    return {"name": name, "kind": kind, "shape": shape, "keys": keys, "kept": kept}


def _numbers(value: object) -> list[int] | None:
    """A short list of sizes."""
    if not isinstance(value, list) or len(value) > 8 or not all(type(v) is int and 0 <= v < MAX_RACE for v in value):
        return None
    return value
