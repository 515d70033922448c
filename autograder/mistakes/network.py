"""The lecture's eleven equations as nodes with slots: the one place that composes the network, right or wrong.

A slot is a place in an equation where a mistake can be made.  This file holds the right filling of every slot; the
wrong ones are the operators of `autograder.mistakes.operators`.  `Evaluation` puts the chosen operators into the
slots.  The diagnosis searches with it, and selfcheck's mutants run on it.  It needs NumPy only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.mistakes.activations import ACTIVATIONS, Array


class Inputs:
    """The arrays of one question under the lecture's names; those that a function is not given may be left out.

    Parameters
    ----------
    activation : name of a row of `ACTIVATIONS`
    arrays : x (n, D), y (n, K), params, grads, eta, e1 (n, N), h (n, N), yhat (n, K)
    """

    x: Array
    y: Array
    e1: Array
    h: Array
    yhat: Array
    params: Mapping[str, Array]
    grads: Mapping[str, Array]
    eta: float

    def __init__(self, activation: str = "logistic", **arrays: Any) -> None:
        self.__dict__.update(arrays)
        self._right: dict[str, Array] = {}
        self.activation = ACTIVATIONS[activation]
        self.sigma, self.slope = self.activation.sigma, self.activation.slope
        self.other = next(a for a in ACTIVATIONS.values() if a.name != activation)
        for name, array in arrays.get("params", {}).items():
            setattr(self, name, array)
        self.n = len(arrays["x"] if "x" in arrays else arrays["y"]) if {"x", "y"} & arrays.keys() else 0
        self.D = self.x.shape[1] if "x" in arrays else 0
        self.N = len(self.params["b1"]) if "params" in arrays else 0
        self.K = len(self.params["b2"]) if "params" in arrays else self.y.shape[1]

    W1: Array
    b1: Array
    W2: Array
    b2: Array

    @classmethod
    def of(cls, question: Any) -> Inputs:
        """The inputs of anything that has the attributes of a probe."""
        names = ("x", "y", "params", "grads", "eta", "e1", "h", "yhat")
        return cls(question.activation, **{name: getattr(question, name) for name in names})

    def sizes(self) -> tuple[int, int, int, int]:
        return self.n, self.D, self.N, self.K

    def right(self, node: str) -> Array:
        """What a node should be."""
        if node not in self._right:
            self._right[node] = np.asarray(Evaluation(self)[node])
        return self._right[node]


@dataclass(frozen=True, eq=False)
class Operator:
    """A known mistake: a wrong filling of a slot, with what is said to a student who made it.

    Parameters
    ----------
    formula : called with the inputs, then with what the slot is given
    activations : the activations that it changes anything for; None for all
    joint : only looked for where both activations are wrong, because for one alone another operator does the same
    """

    key: str
    formula: Callable[..., Any]
    short: str
    reason: str
    hint: str = ""
    activations: tuple[str, ...] | None = None
    joint: bool = False

    def applies(self, activation: str) -> bool:
        return self.activations is None or activation in self.activations


# The right filling of every slot.  Rows are examples; the second to last axis counts them, so that stacks work too.
RIGHT: dict[str, Callable[..., Any]] = {
    "e1 product": lambda p: p.x @ p.W1.T,
    "e1 bias": lambda p: p.b1,
    "h": lambda p, e1: p.sigma(e1),
    "yhat product": lambda p, e1, h: h @ p.W2.T,
    "yhat bias": lambda p: p.b2,
    "yhat squash": lambda p, output: output,
    "loss": lambda p, d: (d * d).sum(),
    "epsilon": lambda p: p.yhat - p.y,
    "samples": lambda p: slice(None),
    "back": lambda p, epsilon: epsilon @ p.W2,
    "slope": lambda p, back: p.slope(p.h),
    "W1 input": lambda p: p.x,
    "W2 input": lambda p: p.h,
    **dict.fromkeys(("W1 product", "W2 product"), lambda p, error, given: np.swapaxes(error, -1, -2) @ given),
    **dict.fromkeys(("b1 sum", "b2 sum"), lambda p, error, given: error.sum(-2)),
    **dict.fromkeys(("update weights", "update biases"), lambda p, u, g: u - p.eta * g),
    **{f"{name} factor": lambda p: 1.0 for name in ("loss", "epsilon", "delta", "W1", "b1", "W2", "b2")},
}


@dataclass(frozen=True)
class Node:
    """One equation: its number, its name in a sentence, its slots, and how they are put together.

    after: the node that this one is made from and that no answer shows (epsilon or delta).
    """

    equation: int
    called: str
    slots: tuple[str, ...]
    formula: Callable[[Evaluation], Any]
    after: str = ""


def _layer(weights: str, bias: str, error: str, given: str, equation: int) -> dict[str, Node]:
    """The gradients of one layer from its error, epsilon or delta, and its right input."""

    def rows(v: Evaluation) -> tuple[Array, slice]:
        kept: slice = v.fill("samples")
        return v[error][..., kept, :], kept

    def product(v: Evaluation) -> Any:
        errors, kept = rows(v)
        return v.fill(f"{weights} factor") * v.fill(f"{weights} product", errors, v.fill(f"{weights} input")[kept])

    def total(v: Evaluation) -> Any:
        errors, kept = rows(v)
        return v.fill(f"{bias} factor") * v.fill(f"{bias} sum", errors, getattr(v.inputs, given)[kept])

    slots = ("samples", f"{weights} input", f"{weights} product", f"{weights} factor")
    return {
        f"d{weights}": Node(equation, f"dL/d{weights}", slots, product, error),
        f"d{bias}": Node(equation + 1, f"dL/d{bias}", ("samples", f"{bias} sum", f"{bias} factor"), total, error),
    }


def _step(name: str) -> Node:
    slot = "update weights" if name.startswith("W") else "update biases"
    return Node(11, "the step", (slot,), lambda v: v.fill(slot, v.inputs.params[name], v.inputs.grads[name]))


def _yhat(v: Evaluation) -> Any:
    return v.fill("yhat squash", v.fill("yhat product", v["e1"], v["h"]) + v.fill("yhat bias"))


def _loss(v: Evaluation) -> Any:
    return v.fill("loss factor") * v.fill("loss", v.inputs.y - v.inputs.yhat) / (2 * v.inputs.n)


def _delta(v: Evaluation) -> Any:
    back = v.fill("back", v["epsilon"])
    return v.fill("delta factor") * v.fill("slope", back) * back


NODES = {
    "e1": Node(1, "e1", ("e1 product", "e1 bias"), lambda v: v.fill("e1 product") + v.fill("e1 bias")),
    "h": Node(2, "h", ("h",), lambda v: v.fill("h", v["e1"])),
    "yhat": Node(3, "yhat", ("yhat squash", "yhat product", "yhat bias"), _yhat),
    "loss": Node(4, "the loss", ("loss", "loss factor"), _loss),
    "epsilon": Node(
        5, "epsilon", ("epsilon", "epsilon factor"),
        lambda v: v.fill("epsilon factor") * v.fill("epsilon") / v.inputs.n,
    ),
    **_layer("W2", "b2", "epsilon", "h", 6),
    "delta": Node(8, "delta", ("back", "slope", "delta factor"), _delta, after="epsilon"),
    **_layer("W1", "b1", "delta", "x", 9),
    **{f"step {name}": _step(name) for name in ("W1", "b1", "W2", "b2")},
}  # fmt: skip
# The parts of each function's answer, in the contract's order, and the node of each.
OUTPUTS = {
    "forward": {part: part for part in ("e1", "h", "yhat")},
    "loss": {"loss": "loss"},
    "backprop": {part: f"d{part}" for part in ("W1", "b1", "W2", "b2")},
    "update": {part: f"step {part}" for part in ("W1", "b1", "W2", "b2")},
}
# Error carried forward: the part that each part may follow from, as the submission has it.
SOURCE = {
    ("forward", "h"): "e1", ("forward", "yhat"): "h",
    ("backprop", "b2"): "W2", ("backprop", "W1"): "W2", ("backprop", "b1"): "W1",
}  # fmt: skip
NOTHING: Mapping[str, Any] = {}


class Evaluation:
    """The values of the nodes for one question, with the chosen operators in their slots.

    Parameters
    ----------
    choices : by slot; a slot that is missing is filled rightly
    given : values of nodes that are known already
    filled : values of slots that are known already
    """

    def __init__(
        self,
        inputs: Inputs,
        choices: Mapping[str, Operator] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
        filled: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.inputs: Inputs = inputs
        self._choices, self._filled = choices, filled
        self._values: dict[str, Any] = dict(given)

    def __getitem__(self, node: str) -> Any:
        if node not in self._values:
            self._values[node] = NODES[node].formula(self)
        return self._values[node]

    def fill(self, slot: str, *arguments: Any) -> Any:
        if slot in self._filled:
            return self._filled[slot]
        operator = self._choices.get(slot)
        if operator is None or not operator.applies(self.inputs.activation.name):
            return RIGHT[slot](self.inputs, *arguments)
        return operator.formula(self.inputs, *arguments)
