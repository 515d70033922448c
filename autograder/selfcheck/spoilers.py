"""Guards and states: what is put around a right function so that it is wrong for some inputs, or after some calls.

All conditions lie within the ranges that the hand-out states.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Spoiled = Callable[[Any], Any]
ARGUMENTS = {
    "forward": ("x", "params", "activation"),
    "loss": ("yhat", "y"),
    "backprop": ("x", "y", "params", "e1", "h", "yhat", "activation"),
    "update": ("params", "grads", "eta"),
}
ARRAYS = {
    "forward": ("x", "W1", "b1", "W2", "b2", "e1"),
    "loss": ("y", "yhat", "error"),
    "backprop": ("x", "y", "W1", "b1", "W2", "b2", "e1", "error"),
    "update": ("W1", "b1", "W2", "b2", "dW1", "db1", "dW2", "db2", "eta"),
}
LETTERS = {"forward": "nDNK", "loss": "nK", "backprop": "nDNK", "update": "DNK"}
ABOVE, BELOW = (2.0, 10.0, 50.0), (0.1, 1e-3, 1e-5)
EXCITATIONS = (8, 20, 40, 100, 240)
VALUES = ("({} == 0).any()", "not {}.any()", "({} < 0).all()", "(np.atleast_2d({}) == 0).all(1).any()")
ETAS = ("{} == 1", "{} < 0.05", "{} > 0.6")


def seen(function: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """What a guard may look at: the arguments, the sizes by their letters, e1, the error and the slope."""
    found = dict(zip(ARGUMENTS[function], arguments, strict=False))
    activation = found.get("activation", "logistic")
    found |= {"logistic": activation == "logistic", "tanh": activation == "tanh"}
    params: Any = found.get("params", {})
    found |= params
    found |= {f"d{name}": g for name, g in found.get("grads", {}).items()}
    if params:
        (found["N"], found["D"]), found["K"] = params["W1"].shape, len(params["b2"])
    if "y" in found:
        found["n"], found["K"] = found["y"].shape
    elif "x" in found:
        found["n"] = len(found["x"])
    if function == "forward":
        found["e1"] = found["x"] @ params["W1"].T + params["b1"]
    if "yhat" in found:
        found["error"] = found["yhat"] - found["y"]
    if "e1" in found:
        t = np.tanh(found["e1"] / (1 if found["tanh"] else 2))
        found["slope"] = (1 - t**2) * (1 if found["tanh"] else 0.25)
    return found


def holds(condition: str, function: str, arguments: tuple[Any, ...]) -> bool:
    """Whether a condition holds of some arguments."""
    return bool(eval(_compiled(condition), {"np": np, "most": _most}, seen(function, arguments)))


@functools.cache
def _compiled(condition: str) -> Any:
    return compile(condition, "<guard>", "eval")


def _most(array: Any) -> float:
    return float(np.abs(array).max())


def guards(function: str) -> Iterator[tuple[str, str]]:
    """Conditions on the arguments of a function, and the operator that each belongs to."""
    letters = LETTERS[function]
    both = function in ("forward", "backprop")
    sizes = [f"{a} == {size}" for a in letters for size in (1, 2)]
    sizes += [f"{a} > {size}" for a in letters for size in (7, 12, 32, 64)]
    for i, a in enumerate(letters):
        for b in letters[i + 1 :]:
            sizes += [f"{a} == {b}", f"{a} == {b} > 1", f"{a} > {b}", f"{a} < {b}"]
    if both:
        sizes += [f"{size} and {a}" for size in ("K == 1", "n == 1", "n > 12") for a in ("logistic", "tanh")]
        yield "guard: magnitude", "(abs(slope) < 0.02).any()"
    yield from (("guard: size", text) for text in sizes)
    for name in ARRAYS[function]:
        above = (*EXCITATIONS, *((500, 800) if function == "forward" else ())) if name == "e1" else ABOVE
        yield from (("guard: magnitude", f"most({name}) > {limit:g}") for limit in above)
        yield from (("guard: magnitude", f"0 < most({name}) < {limit:g}") for limit in BELOW)
        yield from (("guard: values", text.format(name)) for text in (ETAS if name == "eta" else VALUES))
        if name not in ("e1", "error", "yhat", "eta"):
            yield "guard: values", f"{name}.any() and ({name} == np.round({name})).all()"


def each(value: Any, make: Callable[[Any], Any]) -> Any:
    """An answer with every array in it changed."""
    if isinstance(value, dict):
        return {k: make(np.asarray(v)) for k, v in value.items()}
    return tuple(make(np.asarray(v)) for v in value) if isinstance(value, (tuple, list)) else make(np.asarray(value))


def guarded(function: str, condition: str) -> Spoiled:
    """A function whose answer is wrong by a tenth where the condition holds."""

    def wrap(right: Any) -> Any:
        def call(*arguments: Any) -> Any:
            applies = holds(condition, function, arguments)
            value = right(*arguments)
            return each(value, lambda a: 1.1 * a + 1e-3 * (1 + np.abs(a).max())) if applies else value

        return call

    return wrap


# --- states -----------------------------------------------------------------------------------------------------------


def _shapes(arguments: Any) -> Any:
    return tuple(tuple(v.shape for v in a.values()) if isinstance(a, dict) else np.shape(a) for a in arguments)


def _identities(arguments: Any) -> Any:
    return tuple(id(v) for a in arguments for v in (a.values() if isinstance(a, dict) else [a]))


def remembers(key: Callable[[Any], Any], applies: str, function: str) -> Spoiled:
    """Return what was returned for the same key before."""

    def wrap(right: Any) -> Any:
        kept: dict[Any, Any] = {}

        def call(*arguments: Any) -> Any:
            if not holds(applies, function, arguments):
                return right(*arguments)
            found = key(arguments)
            if found not in kept:
                kept[found] = (right(*arguments), arguments)  # the arguments too, so that no other takes their place
            return each(kept[found][0], np.copy)

        return call

    return wrap


def reuses_memory(applies: str, function: str) -> Spoiled:
    """Write every answer of the same shapes into the same arrays."""

    def wrap(right: Any) -> Any:
        kept: dict[Any, Any] = {}

        def call(*arguments: Any) -> Any:
            value = right(*arguments)
            if function == "loss" or not holds(applies, function, arguments):
                return value
            old = kept.setdefault(_shapes(arguments), each(value, np.array))
            parts = [(old[k], value[k]) for k in value] if isinstance(value, dict) else zip(old, value, strict=True)
            for array, new in parts:
                array[...] = new
            return old

        return call

    return wrap


def changes(argument: str, applies: str, function: str) -> Spoiled:
    """Change an argument after the answer is made."""

    def wrap(right: Any) -> Any:
        def call(*arguments: Any) -> Any:
            value = right(*arguments)
            if holds(applies, function, arguments):
                value = each(value, np.copy)
                target = seen(function, arguments)[argument]
                with np.errstate(all="ignore"):
                    target += 1.0
            return value

        return call

    return wrap


def counts(last: int) -> Spoiled:
    """Answer wrongly after so many calls."""

    def wrap(right: Any) -> Any:
        count = [0]

        def call(*arguments: Any) -> Any:
            count[0] += 1
            value = right(*arguments)
            return each(value, lambda a: 1.1 * a) if count[0] > last else value

        return call

    return wrap


def _last_activation(right: Any) -> Any:
    kept = ["logistic"]

    def call(*arguments: Any) -> Any:
        kept[:] = [arguments[-1]] if isinstance(arguments[-1], str) else kept
        return right(*(a for a in arguments if not isinstance(a, str)), kept[0])

    return call


def _by_identity(right: Any) -> Any:
    def call(*arguments: Any) -> Any:
        if isinstance(arguments[-1], str):
            return right(*arguments[:-1], "tanh" if arguments[-1] is WORD else "logistic")
        return right(*arguments)

    return call


WORD = "tanh"
WHEN = ("True", "tanh", "n > 8", "K == 1", "N == 1")
UNKNOWN = {"loss": ("tanh", "N == 1"), "update": ("tanh", "n > 8")}  # what a function can't know


def states(function: str) -> Iterator[tuple[str, Spoiled]]:
    """States of a function: what they do, and the function with them."""
    for when in WHEN:
        if when in UNKNOWN.get(function, ()):
            continue
        said = "" if when == "True" else f", for {when}"
        yield f"remembers its answer for the same sizes{said}", remembers(_shapes, when, function)
        yield f"remembers its answer for the same objects{said}", remembers(_identities, when, function)
        if function != "loss":
            yield f"writes all answers into the same arrays{said}", reuses_memory(when, function)
        for argument in ARRAYS[function]:
            if argument not in ("error", "eta") and not (argument == "e1" and function == "forward"):
                yield f"changes {argument}{said}", changes(argument, when, function)
    for last in (1, 2, 5, 20):
        yield f"is wrong after {last} calls", counts(last)
    if function in ("forward", "backprop"):
        yield "remembers the last activation", _last_activation
        yield "compares the activation by identity", _by_identity


def all_of() -> Iterator[tuple[str, str, str, Spoiled]]:
    """All guards and states: the operator, the function, what it is, and the function with it."""
    for function in ARGUMENTS:
        yield from ((kind, function, text, guarded(function, text)) for kind, text in guards(function))
        yield from (("state", function, text, wrap) for text, wrap in states(function))
