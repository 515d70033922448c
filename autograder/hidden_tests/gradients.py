"""Error carried forward in backprop: along W2, b2, W1, b1.

dW2 shows epsilon and dW1 shows delta: with more columns than examples, least squares finds the one error that the
gradient was made from.  db2 and dW1 may follow from that epsilon, db1 from that delta.  What follows counts only where
no zeros, constants or known mistakes would give it as well: see `tells`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from autograder.asking.battery import Array
from autograder.asking.comparison import error
from autograder.asking.reading import Reading
from autograder.asking.transcript import Paper
from autograder.hidden_tests.carried import CLEARLY
from autograder.mistakes.network import NODES, SOURCE, Evaluation, Inputs, Operator
from autograder.mistakes.operators import OPERATORS
from autograder.mistakes.operators.factors import KNOWN, Sizes

MISSES = 100  # tolerances by which every known wrong gradient must miss the one that follows
ROUNDING = 1e-12
CONDITION = 1e3  # of the matrix that an error is recovered with


def follows(paper: Paper, reading: Reading, part: str) -> bool | None:
    """Whether a gradient follows from the error that the submission's own gradient before it shows.

    None where that shows none.
    """
    shown = _shown(paper, reading, part, spare=0)
    return _fits(paper, reading, part, shown) if shown else None


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


def recovered(gradient: Array, given: Array, tolerance: float = 1e-6, spare: int = 2) -> Array | None:
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


def tells(paper: Paper, readings: Iterable[Reading], part: str) -> bool:
    """Whether answers show that a gradient follows from the submission's own error, and that the way there is right.

    The errors and the gradient are as large as known factors make them, the errors differ from example to example, and
    every known wrong answer misses clearly.
    """
    confused = None  # the known mistakes that fitted every answer so far; the others are tried no more
    for reading in readings:
        shown = _shown(paper, reading, part, spare=2)
        if shown and _fits(paper, reading, part, shown) and _is_plausible(shown, part):
            known = _on_the_way(shown, part) if confused is None else confused
            confused = [one for one in known if _nearly(shown, part, *one, MISSES * paper.rubric.tolerance.values)]
            if not confused:
                return True
    return False


def _is_plausible(shown: Shown, part: str) -> bool:
    (node, found), inputs = *shown.errors.items(), shown.inputs
    least, most = _extremes(inputs.sizes())
    sizes = [np.linalg.norm(got) / np.linalg.norm(inputs.right(name)) for name, got in
             ((node, found), (f"d{part}", shown.right))]  # fmt: skip
    in_range = all(least <= size <= most for size in sizes)
    return in_range and error(np.broadcast_to(found.mean(0), found.shape), found) > CLEARLY


@functools.lru_cache(maxsize=64)
def _extremes(sizes: Sizes) -> tuple[float, float]:
    """The smallest and the largest known factor."""
    factors = [abs(factor.value(sizes)) for factor in KNOWN]
    return min(factors), max(factors)


def _on_the_way(shown: Shown, part: str) -> list[tuple[str, Operator]]:
    """The known mistakes on the way from the errors to a gradient, with their slots."""
    node = NODES[f"d{part}"]
    slots = node.slots if node.after in shown.errors else (*NODES[node.after].slots, *node.slots)
    return [(slot, operator) for slot in slots if slot != "samples" for operator in OPERATORS.get(slot, ())]


def _nearly(shown: Shown, part: str, slot: str, operator: Operator, miss: float) -> bool:
    """Whether a known mistake gives nearly the gradient that follows."""
    if not operator.applies(shown.inputs.activation.name):
        return False
    try:
        wrong = np.asarray(Evaluation(shown.inputs, {slot: operator}, shown.errors)[f"d{part}"])
    except (ValueError, IndexError):
        return False  # it would end with an error
    return wrong.shape == shown.right.shape and error(wrong, shown.right) <= miss
