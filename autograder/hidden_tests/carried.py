"""Error carried forward: a part is right if it follows from the submission's own, wrong, part before it.

h may follow from the own e1, yhat from the own h.  In backprop dW2 shows epsilon and dW1 shows delta: with more columns
than examples, least squares finds the one error that the gradient was made from.  db2 and dW1 may follow from that
epsilon, db1 from that delta.  Nothing counts that a wrong program could earn as well: see `tells_sigma`,
`tells_product` and `tells_gradient`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from autograder.asking.battery import ACTIVATIONS, Array, Probe
from autograder.asking.comparison import error
from autograder.asking.reading import Reading
from autograder.asking.transcript import Paper
from autograder.diagnosis.network import NODES, SOURCE, Evaluation, Inputs
from autograder.diagnosis.operators import OPERATORS
from autograder.diagnosis.operators.factors import KNOWN

CLEARLY = 0.02  # a relative difference that no rounding makes
MISSES = 100  # tolerances by which every known wrong gradient must miss the one that follows
ROUNDING = 1e-12
CONDITION = 1e3  # of the matrix that an error is recovered with


def follows(paper: Paper, reading: Reading, part: str, strict: bool = True) -> bool | None:
    """Whether a part follows from the submission's own part before it; None where that shows nothing.

    Parameters
    ----------
    strict : of h and yhat, only what no wrong program would give as well; not for parts that are earned
    """
    if reading.question.function == "backprop":
        shown = _shown(paper, reading, part, spare=0)
        return _fits(paper, reading, part, shown) if shown else None
    found = [error(reading.parts[part], other) for other in _next(paper, reading, part, strict)]
    return min(found) <= paper.rubric.tolerance.values if found else None


# --- forward ----------------------------------------------------------------------------------------------------------


def _step(e: Array) -> Array:
    return (e > 0).astype(np.float64)


# What h may not be mistaken for: an own e1 counts only if all of these are clearly wrong on it.
WRONG_SIGMA: dict[str, Callable[[Array], Array]] = {
    "step": _step,
    "sign": np.sign,
    "linear": lambda e: e,
    "linear, scaled": lambda e: 0.5 + e / 4,
    "relu": lambda e: np.maximum(e, 0.0),
    "constant": lambda e: np.full_like(e, e.mean() if e.size else 0.0),
}


def _next(paper: Paper, reading: Reading, part: str, strict: bool) -> Iterator[Array]:
    """What h or yhat would be if it follows from the submission's own e1 or h."""
    _, probe, _ = reading.question
    parts, activation = reading.parts, probe.activation
    if part == "h" and "e1" in parts and (not strict or tells_sigma(paper, parts["e1"], activation)):
        yield sigma(paper, parts["e1"], activation)
    if part == "yhat":
        places = ["h"]
        if {"e1", "h"} <= parts.keys():
            swapped = sigma(paper, parts["h"], activation)
            if error(parts["e1"], swapped) <= paper.rubric.tolerance.values:
                places.append("e1")
        for place in places:
            if place in parts and (not strict or tells_product(parts[place], probe)):
                yield parts[place] @ probe.params["W2"].T + probe.params["b2"]


def sigma(paper: Paper, e1: Array, activation: str) -> Array:
    """The reference's sigma of an array e1 (n, N)."""
    N = e1.shape[1]
    eye = {"W1": np.eye(N), "b1": np.zeros(N), "W2": np.zeros((1, N)), "b2": np.zeros(1)}
    with np.errstate(all="ignore"):
        h: Array = paper.reference.forward(e1, eye, activation)[1]
    return h


def tells_sigma(paper: Paper, e1: Array, activation: str) -> bool:
    """Whether an e1 shows that h really is sigma of it: every known wrong sigma is clearly wrong on it."""
    right = sigma(paper, e1, activation)
    wrong = [f(e1) for f in WRONG_SIGMA.values()]
    wrong += [sigma(paper, e1, other) for other in ACTIVATIONS if other != activation]
    wrong.append(np.broadcast_to(right.mean(), right.shape))
    return all(error(w, right) > CLEARLY for w in wrong)


def tells_product(h: Array, probe: Probe) -> bool:
    """Whether an h shows that yhat really is h W2' + b2: without the product the result is clearly another."""
    W2, b2 = probe.params["W2"], probe.params["b2"]
    right = h @ W2.T + b2
    flat = h.mean(axis=0)
    wrong = [np.broadcast_to(b2, right.shape), np.broadcast_to(h.mean(), h.shape) @ W2.T + b2, flat @ W2.T + b2]
    if not all(error(np.broadcast_to(w, right.shape), right) > CLEARLY for w in wrong):
        return False
    # Most units must count: an h of one unit shows nothing of a sum over j.
    counting = (h - flat).std(axis=0) > CLEARLY * np.abs(h).max()
    return bool(2 * counting.sum() > h.shape[1])


# --- backprop ---------------------------------------------------------------------------------------------------------


class Shown(NamedTuple):
    """What a gradient should be by the epsilon or delta that the submission's own gradient before it shows.

    errors : (n, units), by the name of the node; right : the gradient that follows
    """

    inputs: Inputs
    errors: dict[str, Array]
    right: Array


def _shown(paper: Paper, reading: Reading, part: str, spare: int) -> Shown | None:
    source, inputs = SOURCE["backprop", part], Inputs.of(reading.question.probe)
    if not {part, source} <= reading.parts.keys():
        return None
    given = inputs.h if source == "W2" else inputs.x
    with np.errstate(all="ignore"):
        found = recovered(reading.parts[source], given, paper.rubric.tolerance.values, spare)
        if found is None:
            return None
        errors = {NODES[f"d{source}"].after: found}
        return Shown(inputs, errors, np.asarray(Evaluation(inputs, given=errors)[f"d{part}"]))


def _fits(paper: Paper, reading: Reading, part: str, shown: Shown) -> bool:
    got, (errors,) = reading.parts[part], shown.errors.values()
    if error(got, shown.right) <= paper.rubric.tolerance.values:
        return True
    # Errors that cancel leave what rounding makes of them.
    return bool(np.linalg.norm(got - shown.right) <= ROUNDING * np.linalg.norm(errors))


def recovered(gradient: Array, given: Array, tolerance: float, spare: int = 0) -> Array | None:
    """The errors (n, units) that a gradient (units, inputs) was made from; None unless it shows them.

    Parameters
    ----------
    given : (n, inputs), by which the errors were multiplied
    spare : the inputs that there must be beside one for each example, so that not every gradient fits
    """
    n, inputs = given.shape
    if inputs < n + spare:
        return None
    left, sizes, right = np.linalg.svd(given, full_matrices=False)
    if not sizes[0] < CONDITION * sizes[-1]:
        return None
    errors = (left / sizes) @ (right @ gradient.T)
    return errors if error(errors.T @ given, gradient) <= tolerance else None


def tells_gradient(paper: Paper, readings: Iterable[Reading], part: str) -> bool:
    """Whether answers show that a gradient follows from the submission's own error, and that the way there is right.

    The errors and the gradient are as large as known factors make them, the errors differ from example to example, and
    every known wrong answer misses clearly.
    """
    confused = None
    for reading in readings:
        shown = _shown(paper, reading, part, spare=2)
        if shown and _fits(paper, reading, part, shown) and _is_plausible(shown, part):
            fitting = set(_fitting(shown, part, MISSES * paper.rubric.tolerance.values))
            confused = fitting if confused is None else confused & fitting
    return confused is not None and not confused


def _is_plausible(shown: Shown, part: str) -> bool:
    (node, found), inputs = *shown.errors.items(), shown.inputs
    factors = [abs(factor.value(inputs.sizes())) for factor in KNOWN]
    sizes = [np.linalg.norm(got) / np.linalg.norm(inputs.right(name)) for name, got in
             ((node, found), (f"d{part}", shown.right))]  # fmt: skip
    in_range = all(min(factors) <= size <= max(factors) for size in sizes)
    return in_range and error(np.broadcast_to(found.mean(0), found.shape), found) > CLEARLY


def _fitting(shown: Shown, part: str, miss: float) -> Iterator[str]:
    """The known mistakes on the way from the errors to a gradient that give nearly the same, by slot and key."""
    node = NODES[f"d{part}"]
    slots = node.slots if node.after in shown.errors else (*NODES[node.after].slots, *node.slots)
    for slot in slots:
        for operator in OPERATORS.get(slot, ()) if slot != "samples" else ():
            if operator.applies(shown.inputs.activation.name):
                try:
                    with np.errstate(all="ignore"):
                        wrong = np.asarray(Evaluation(shown.inputs, {slot: operator}, shown.errors)[f"d{part}"])
                except (ValueError, IndexError):
                    continue  # it would end with an error
                if wrong.shape == shown.right.shape and error(wrong, shown.right) <= miss:
                    yield f"{slot}: {operator.key}"
