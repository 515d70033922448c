"""Read an answer and compare it with the right one: shape, kind and finiteness first, then the error in the norm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.asking.probes import NAMES, Array, Probe
from autograder.sandbox.client import Answer
from autograder.sandbox.frames import Opaque, Was

PARTS = {"forward": ("e1", "h", "yhat"), "loss": ("loss",), "backprop": NAMES, "update": NAMES}
# The argument whose array an argument's change is named by.
ARGUMENTS = {
    "forward": ("x", "params", "activation"),
    "loss": ("yhat", "y"),
    "backprop": ("x", "y", "params", "e1", "h", "yhat", "activation"),
    "update": ("params", "grads", "eta"),
}


@dataclass(frozen=True)
class Problem:
    """Why a line is not passed.

    kind is one of: stub, missing, raised, stuck, died, skipped (no answer at all); none, structure, keys (an answer of
    another form); type, shape, nan, value (one part of it); changed, shared, unstable, state, primed, constant (how it
    behaves from call to call); increases, path, fit, prerequisite (training).  data holds what the words need.
    """

    kind: str
    function: str
    probe: Probe | None = None
    part: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """An answer as its parts.  A part is in `parts` or in `problems`; `problem` is there when no part could be read."""

    function: str
    probe: Probe
    answer: Answer
    parts: Mapping[str, Array] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)
    problem: Problem | None = None
    notes: tuple[str, ...] = ()
    right: bool = False  # every part is known to be right

    def raw(self, part: str) -> Array | None:
        """A part's finite numbers whatever their shape, for finding the reason."""
        if part in self.parts:
            return self.parts[part]
        problem = self.problems.get(part)
        array = problem.data.get("array") if problem and problem.kind == "shape" else None
        return np.asarray(array, np.float64) if array is not None and np.isfinite(array).all() else None


def right(function: str, probe: Probe, reference: Any) -> dict[str, Array]:
    """The parts of the right answer, by the reference solution."""
    if function == "forward":
        return {"e1": probe.e1, "h": probe.h, "yhat": probe.yhat}
    value = getattr(reference, function)(*probe.arguments(function))
    return {"loss": np.asarray(value)} if function == "loss" else value


def error(got: Array, want: Array) -> float:
    """The distance of two arrays of one shape relative to the norm of the second; infinite unless both are finite."""
    with np.errstate(all="ignore"):
        distance = float(np.linalg.norm((got - want).ravel()))
        size = float(np.linalg.norm(want.ravel()))
    if not np.isfinite(distance) or not np.isfinite(size):
        return float("inf")
    return distance / size if size else distance


def way_error(got: Array, want: Array, before: Array, steps: int = 1) -> float:
    """The error of the way that parameters went, from `before` to `got`, in `steps` steps.

    A way that is short beside its parameters is lost in the rounding of a float32, which is forgiven.
    """
    found = error(got - before, want - before)
    with np.errstate(all="ignore"):
        if found and np.array_equal(got, got.astype(np.float32)):
            rounding = 2 * steps * float(np.finfo(np.float32).eps) * np.linalg.norm(want)
            found -= float(rounding / (np.linalg.norm(want - before) or 1.0))
    return max(found, 0.0)


def read(function: str, probe: Probe, answer: Answer, want: Mapping[str, Array]) -> Reply:
    """Take an answer apart into arrays of the right shapes, or say which part can't be."""

    def nothing(kind: str, **data: Any) -> Reply:
        return Reply(function, probe, answer, problem=Problem(kind, function, probe, data=data))

    if answer.status != "returned":
        if answer.status == "raised":
            kind = "stub" if "NotImplementedError" in answer.error.get("kinds", ()) else "raised"
            return nothing(kind, **answer.error)
        return nothing(answer.status, **{**answer.rest, **answer.error})
    value, notes = answer.value, []
    if value is None:
        return nothing("none")
    names = PARTS[function]
    if function == "loss":
        if isinstance(value, tuple) and len(value) == 1:
            value = value[0]
        found: dict[Any, Any] = {"loss": value}
    elif function == "forward":
        if isinstance(value, list) and len(value) == 3:
            notes.append("It returned a list; the contract says a tuple.")
        elif not isinstance(value, tuple):
            return nothing("structure", got=named(value))
        if len(value) != 3:
            return nothing("structure", got=f"{'list' if isinstance(value, list) else 'tuple'} of {len(value)} values")
        found = dict(zip(names, value, strict=True))
    else:
        if not isinstance(value, dict):
            return nothing("structure", got=named(value))
        found = value
        if not any(name in found for name in names):
            return nothing("keys", got=[str(k)[:40] for k in found][:12])
    parts, problems = {}, {}
    for name in names:
        if name not in found:
            got = [str(k)[:40] for k in found][:12]
            problems[name] = Problem("keys", function, probe, name, {"got": got})
            continue
        part, note, fault = array(found[name], want[name])
        if fault:
            problems[name] = Problem(fault.pop("kind"), function, probe, name, fault)
        else:
            parts[name] = part
        if note and note not in notes:
            notes.append(note)
    return Reply(function, probe, answer, parts, problems, notes=tuple(notes))


def named(value: Any) -> str:
    """What kind of thing a value is, for a person."""
    if isinstance(value, (Was, Opaque)):
        return value.kind
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__} of {len(value)} values"
    return "None" if value is None else type(value).__name__


def array(value: Any, want: Array) -> tuple[Array, str, dict[str, Any]]:
    """An array, a note where leniency was needed, and a fault where there is none: its kind and what it needs."""
    empty, note = np.empty(0), ""
    if isinstance(value, Was):
        if value.kind in ("numpy.matrix",):
            note = "It returned numpy.matrix where the contract says array."
        value = value.value
    if isinstance(value, (list, tuple)):
        try:
            value = np.array(_plain(value), dtype=np.float64)
        except (TypeError, ValueError):
            return empty, "", {"kind": "type", "got": named(value)}
        note = "It returned lists where the contract says arrays."
    if isinstance(value, bool) or not isinstance(value, (int, float, np.ndarray)):
        return empty, "", {"kind": "type", "got": named(value)}
    if isinstance(value, int) and value.bit_length() > 1000:
        return empty, "", {"kind": "type", "got": "very large int"}
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        return empty, "", {"kind": "type", "got": f"array of {array.dtype.name} values"}
    if want.ndim == 0 and array.size == 1 and array.ndim <= 2:
        if array.ndim:
            note = f"It returned an array of shape {array.shape} with one number in it; the contract says a float."
        array = array.reshape(())
    if array.shape != want.shape:
        return empty, note, {"kind": "shape", "got": array.shape, "want": want.shape, "array": array}
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        note = note or f"It returned {array.dtype.name}; the contract says float64."
    floats = array.astype(np.float64)
    if not np.isfinite(floats).all():
        bad = int((~np.isfinite(floats)).sum())
        what = "NaN" if np.isnan(floats).any() else "infinity"
        return empty, note, {"kind": "nan", "what": what, "bad": bad, "size": floats.size, "array": floats}
    return floats, note, {}


def _plain(value: Any) -> Any:
    if isinstance(value, Was):  # itself a tuple, so it comes first
        return _plain(value.value)
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return value
