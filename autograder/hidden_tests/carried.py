"""Error carried forward in forward: h may follow from the submission's own e1, and yhat from its own h.

Only an e1 or h counts on which wrong programs would clearly fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from autograder.asking.battery import ACTIVATIONS, Array, Probe
from autograder.asking.comparison import error
from autograder.asking.reading import Reading
from autograder.asking.transcript import Paper

CLEARLY = 0.02  # a relative difference that no rounding makes
APART = 1e-3  # enough between two formulas, where an answer is one of them to 1e-6


def follows(paper: Paper, reading: Reading, part: str, strict: bool = True) -> bool | None:
    """Whether h or yhat follows from the submission's own part before it; None where that shows nothing.

    Parameters
    ----------
    strict : only what no wrong program would give as well; not for parts that are earned
    """
    found = [error(reading.parts[part], other) for other in _next(paper, reading, part, strict)]
    return min(found) <= paper.rubric.tolerance.values if found else None


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
    h: Array = paper.reference.forward(e1, eye, activation)[1]
    return h


def tells_sigma(paper: Paper, e1: Array, activation: str) -> bool:
    """Whether an e1 shows that h really is sigma of it: every known wrong sigma is clearly wrong on it."""
    right = sigma(paper, e1, activation)
    wrong = [f(e1) for f in WRONG_SIGMA.values()]
    wrong += [sigma(paper, e1, other) for other in ACTIVATIONS if other != activation]
    wrong.append(np.broadcast_to(right.mean(), right.shape))
    return all(error(w, right) > APART for w in wrong)


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

