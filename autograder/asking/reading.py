"""Read an answer, exactly once: into arrays of the contract's shapes and float64, or into failures.

Nothing else sees what a worker sent.  Lenient where the meaning is clear (lists, a matrix, float32, extra keys), with a
note; anything else is a failure with its evidence.
"""

from __future__ import annotations

import signal
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder.asking.battery import FUNCTIONS, NAMES, Array, Params, Probe, Question
from autograder.asking.failures import (
    Died,
    ErrorInfo,
    Failure,
    Missing,
    NoneReturned,
    NotFinite,
    Operand,
    Raised,
    Skipped,
    Stub,
    TimedOut,
    WrongKeys,
    WrongShape,
    WrongStructure,
    WrongType,
)  # fmt: skip
from autograder.sandbox.client import Answer
from autograder.sandbox.frames import Opaque, Was

PARTS = {"forward": ("e1", "h", "yhat"), "loss": ("loss",), "backprop": NAMES, "update": NAMES}
# Argument names, in call order.
ARGUMENTS = {
    "forward": ("x", "params", "activation"),
    "loss": ("yhat", "y"),
    "backprop": ("x", "y", "params", "e1", "h", "yhat", "activation"),
    "update": ("params", "grads", "eta"),
}
SAME = 1e-9  # relative difference that the order of a sum may explain
MOST = 1 << 16  # numbers in lists, and in an array of a wrong shape that a reason is looked for
Shape = tuple[int, ...]
Key = tuple[str, str, str]  # of a question: the function, the probe and the turn


@dataclass(frozen=True)
class Reading:
    """One answer.  Every part of it is in `parts` or in `failures`; `failure` is set when no part could be read."""

    question: Question
    parts: Mapping[str, Array] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    failure: Failure | None = None
    changed: tuple[str, ...] = ()  # arguments that are not what they were before the call
    notes: tuple[str, ...] = ()  # what was accepted though the contract says otherwise
    prints: str = ""
    forwards: int = 0  # calls of forward within the call, as the worker counts them

    def failure_of(self, part: str) -> Failure | None:
        """Why a part can't be judged, if it can't."""
        return self.failure or self.failures.get(part)

    def raw(self, part: str) -> Array | None:
        """A part's finite numbers whatever their shape, for finding the reason."""
        if part in self.parts:
            return self.parts[part]
        failure = self.failures.get(part)
        if isinstance(failure, WrongShape) and failure.array.size <= MOST and np.isfinite(failure.array).all():
            return failure.array.astype(np.float64)
        return None

    def differs(self, other: Reading, parts: Collection[str]) -> bool:
        """Whether two readings differ in some parts by more than the order of a sum may explain."""
        mine, others = self.parts.keys() & parts, other.parts.keys() & parts
        if mine != others or (self.failure is None) != (other.failure is None):
            return True
        return any(self.differs_in(part, other) for part in mine)

    def differs_in(self, part: str, other: Reading) -> bool:
        """Whether a part that both have differs by more than the order of a sum may explain."""
        mine = self.parts[part]
        difference, size = float(np.linalg.norm(other.parts[part] - mine)), float(np.linalg.norm(mine))
        return not difference <= SAME * (size or 1.0)


@dataclass(frozen=True)
class Loading:
    """What became of importing the submission."""

    failure: Failure | None = None
    found: Mapping[str, int | None] = field(default_factory=dict)  # the contract's functions, and their lines
    names: tuple[str, ...] = ()  # of everything callable
    errors: tuple[ErrorInfo, ...] = ()
    race: Mapping[str, float] = field(default_factory=dict)  # a program for the leaderboard
    prints: str = ""


def shapes(function: str, probe: Probe) -> dict[str, Shape]:
    """The shapes of the parts of an answer, as the contract has them."""
    n, D, N, K = probe.sizes.values()
    if function == "forward":
        return {"e1": (n, N), "h": (n, N), "yhat": (n, K)}
    if function == "loss":
        return {"loss": ()}
    return {"W1": (N, D), "b1": (N,), "W2": (K, N), "b2": (K,)}


# --- a whole answer ---------------------------------------------------------------------------------------------------


def read(question: Question, answer: Answer) -> Reading:
    """Read the answer to a question."""
    parts, failures, failure, notes = read_parts(question.function, answer, shapes(question.function, question.probe))
    if failure is not None:
        return Reading(question, failure=failure, prints=answer.prints)
    forwards = answer.rest.get("forwards", 0)
    changed = _changed(question, answer.args)
    return Reading(question, parts, failures, None, changed, tuple(notes), answer.prints, forwards)


def settled(readings: Mapping[Key, Reading]) -> dict[Key, Reading]:
    """The readings, where only a function that does nothing but raise NotImplementedError is a stub."""
    found = dict(readings)
    written = {key[0] for key, one in readings.items() if not isinstance(one.failure, (Stub, Missing, Skipped))}
    for key, one in readings.items():
        if isinstance(one.failure, Stub) and key[0] in written:
            found[key] = replace(one, failure=Raised(one.failure.error))
    return found


def read_parts(
    function: str, answer: Answer, expected: Mapping[str, Shape]
) -> tuple[dict[str, Array], dict[str, Failure], Failure | None, list[str]]:
    """Read the parts of an answer: arrays of the expected shapes, failures, a failure of the whole, and notes."""
    parts: dict[str, Array] = {}
    failures: dict[str, Failure] = {}
    failure = no_answer(answer)
    if failure is None:
        found, failure, note = _parts_of(function, answer.value)
    if failure is not None:
        return parts, failures, failure, []
    notes = [note] if note else []
    for part, shape in expected.items():
        if part not in found:
            failures[part] = WrongKeys(_keys(found))
            continue
        array, note = read_array(found[part], shape)
        if isinstance(array, Failure):
            failures[part] = array
        else:
            parts[part] = array
        if note and note not in notes:
            notes.append(note)
    return parts, failures, None, notes


def no_answer(answer: Answer, step: int | None = None) -> Failure | None:
    """The failure of an answer that did not return."""
    status = answer.status
    if status == "returned":
        return None
    error = read_error(answer.error)
    if status == "raised":
        return Stub(error) if error.is_a("NotImplementedError") else Raised(error, step)
    if status == "missing":
        return Missing()
    if status == "skipped":
        return Skipped(str(answer.rest.get("why", "")))
    if status in ("stuck", "timed_out"):
        return TimedOut(error, step)
    number = answer.error.get("signal")
    return Died(answer.error.get("exit"), int(number) if number else None, answer.error.get("overfull") is True)


def _parts_of(function: str, value: Any) -> tuple[dict[Any, Any], Failure | None, str]:
    """The parts of an answer, unread; a failure; a note."""
    if value is None:
        return {}, NoneReturned(), ""
    if function == "loss":
        alone = isinstance(value, tuple) and len(value) == 1 and not isinstance(value, (Was, Opaque))
        return {"loss": value[0] if alone else value}, None, ""
    if function == "forward":
        if not isinstance(value, (tuple, list)) or isinstance(value, (Was, Opaque)):
            return {}, WrongStructure(describe(value)), ""
        if len(value) != 3:
            return {}, WrongStructure(f"{'list' if isinstance(value, list) else 'tuple'} of {len(value)} values"), ""
        note = "It returned a list; the contract says a tuple." if isinstance(value, list) else ""
        return dict(zip(PARTS["forward"], value, strict=True)), None, note
    if not isinstance(value, dict):
        return {}, WrongStructure(describe(value)), ""
    if not any(name in value for name in NAMES):
        return {}, WrongKeys(_keys(value)), ""
    return value, None, "It returned more keys than the contract's four." if len(value.keys() - set(NAMES)) else ""


def _keys(found: Mapping[Any, Any]) -> tuple[str, ...]:
    return tuple(str(key)[:40] for key in list(found)[:12])


def describe(value: Any) -> str:
    """What kind of thing a value is, for a person."""
    if isinstance(value, (Was, Opaque)):
        return value.kind
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__} of {len(value)} values"
    return "None" if value is None else type(value).__name__


def _changed(question: Question, after: Sequence[Any]) -> tuple[str, ...]:
    changed: list[str] = []
    names = ARGUMENTS[question.function]
    for name, before, now in zip(names, question.probe.arguments(question.function), after, strict=False):
        if isinstance(before, dict):
            for key, array in before.items():
                if not _same(array, now.get(key) if isinstance(now, dict) else None):
                    changed.append(f'{name}["{key}"]')
            if isinstance(now, dict) and set(now) - set(before):
                changed.append(name)
        elif isinstance(before, np.ndarray) and not _same(before, now):
            changed.append(name)
    return tuple(changed)


def _same(a: Array, b: Any) -> bool:
    return isinstance(b, np.ndarray) and a.shape == b.shape and np.array_equal(a, b, equal_nan=True)


# --- one array --------------------------------------------------------------------------------------------------------


def read_array(value: Any, shape: Shape) -> tuple[Array | Failure, str]:
    """Read an array of a shape, or say why it isn't one; and a note where leniency was needed."""
    note = ""
    if type(value) is np.ndarray and value.dtype == np.float64 and value.shape == shape:
        return (value if np.isfinite(value).all() else NotFinite(value)), note
    if isinstance(value, Was):
        if isinstance(value.value, np.ndarray) and value.value.ndim:
            note = f"It returned {value.kind} where the contract says array."
        value = value.value
    if isinstance(value, (list, tuple)) and not isinstance(value, (Was, Opaque)):
        if _count(value) > MOST:  # too many to be right, and as floats they may take eight times the memory
            return WrongType(describe(value)), ""
        try:
            value = np.array(_plain(value), dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            return WrongType(describe(value)), ""
        note = "It returned lists where the contract says arrays."
    if isinstance(value, bool) or not isinstance(value, (int, float, np.ndarray)):
        return WrongType(describe(value)), ""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        return WrongType(f"array of {array.dtype.name} values"), ""
    if shape == () and array.size == 1 and array.ndim <= 2:
        if array.ndim:
            note = f"It returned an array of shape {array.shape} with one number in it; the contract says a float."
        array = array.reshape(())
    if array.shape != shape:
        return WrongShape(array, shape), note  # as it came: of small integers, floats take eight times the memory
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        note = note or f"It returned {array.dtype.name}; the contract says float64."
    floats = array.astype(np.float64)
    return (floats if np.isfinite(floats).all() else NotFinite(floats)), note


def _count(value: Any) -> int:
    """How many numbers there are in nested lists of arrays."""
    if isinstance(value, (list, tuple)):
        return sum(map(_count, value))
    return value.size if isinstance(value, np.ndarray) else 1


def _plain(value: Any) -> Any:
    if isinstance(value, Was):  # itself a tuple, so it comes first
        return _plain(value.value)
    if isinstance(value, (Opaque, bool)):
        raise TypeError
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        return value
    if not isinstance(value, (int, float)):
        raise TypeError
    return value


def read_params(value: Any, like: Params) -> Params | tuple[str, Failure]:
    """Read parameters with the shapes of `like`, or name the first that can't be read, and why."""
    if not isinstance(value, dict):
        return "", WrongStructure(describe(value))
    read_: Params = {}
    for name, before in like.items():
        if name not in value:
            return name, WrongKeys(_keys(value))
        array, _ = read_array(value[name], before.shape)
        if isinstance(array, Failure):
            return name, array
        read_[name] = array
    return read_


# --- what a worker says about errors and loading ----------------------------------------------------------------------


def read_error(error: Mapping[str, Any]) -> ErrorInfo:
    """An exception; the client has checked the types of its fields."""
    operands = (
        Operand(
            one["name"],
            one["kind"],
            None if one["shape"] is None else tuple(one["shape"]),
            tuple(one["keys"]),
            one["kept"],
        )
        for one in error.get("operands", ())
    )
    return ErrorInfo(
        str(error.get("type", "an error")), tuple(error.get("kinds", ())), str(error.get("message", "")),
        error.get("line"), str(error.get("where", "")), error.get("file"), error.get("statement"),
        tuple(error["span"]) if "span" in error else None, tuple(operands),
    )  # fmt: skip


def read_loading(answer: Answer) -> Loading:
    """The answer to the question to load the submission."""
    rest = answer.rest
    found = {k: v for k, v in rest.get("found", {}).items() if k in FUNCTIONS}
    names, errors = tuple(rest.get("names", ())), tuple(map(read_error, rest.get("errors", ())))
    return Loading(no_answer(answer), found, names, errors, rest.get("race", {}), answer.prints)


def crashed(failure: Failure) -> bool:
    """Whether a program crashed the interpreter, for messages."""
    return isinstance(failure, Died) and failure.signal == signal.SIGSEGV
