"""Mutants that no slot holds: a state that is kept, an argument that is changed, a result in another form.

Like `mutants` this file can be handed in as a submission.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograder.selfcheck.mutants import Functions, Mutant, Params, program


class Program(NamedTuple):
    """The program that a behavior is part of: the function it spoils, the right functions, and what is kept."""

    function: str
    right: Functions
    kept: list[Any]

    def call(self, *arguments: Any) -> Any:
        return self.right[self.function](*arguments)


Behavior = Callable[..., Any]
_EVERYTHING = {
    "forward": "e1 logistic tanh yhat large sizes alone",
    "loss": "value sizes alone",
    "backprop": "W2 b2 W1_logistic b1_logistic W1_tanh b1_tanh large sizes alone",
    "update": "weights biases alone",
}
_GRADIENTS = "W2 b2 W1_logistic b1_logistic W1_tanh b1_tanh"
BEHAVIORS: dict[str, Mutant] = {}
_MADE: dict[str, dict[str, Behavior]] = {}


def behavior(function: str, loses: str, may: str = "", called: str = "", **others: Behavior) -> Callable[..., Behavior]:
    """Declare a behavior of a function.

    Parameters
    ----------
    loses, may : the criteria it must and may lose, without the function's name
    called : what the diagnosis calls it
    others : what it does in other functions
    """

    def criteria(words: str) -> frozenset[str]:
        return frozenset(f"{function}_{word}" for word in words.split())

    def declare(spoiled: Behavior) -> Behavior:
        name = f"{function}: {spoiled.__name__.replace('_', ' ')}"
        BEHAVIORS[name] = Mutant(name, function, {}, criteria(loses), criteria(may), called)
        _MADE[name] = {**others, function: spoiled}
        return spoiled

    return declare


def spoiled(name: str) -> Functions:
    """The four functions with a behavior.  Every call makes a program that was never asked anything."""
    right, kept = program({}), list[Any]()

    def bound(function: str, spoil: Behavior) -> Callable[..., Any]:
        return lambda *arguments: spoil(Program(function, right, kept), *arguments)

    return right | {function: bound(function, spoil) for function, spoil in _MADE[name].items()}


def functions(mutant: Mutant) -> Functions:
    """A new program with the mutations or the behavior of a mutant."""
    return spoiled(mutant.name) if mutant.name in BEHAVIORS else program(mutant.slots)


def is_alone(mutant: Mutant) -> bool:
    """Whether all of a mutant but one function is right."""
    return mutant.function in program({}) and len(_MADE.get(mutant.name, ())) <= 1


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {k: factor * v for k, v in value.items()}
    return tuple(factor * v for v in value) if isinstance(value, tuple) else factor * value


# --- any function -----------------------------------------------------------------------------------------------------


@behavior("forward", loses="alone", may="sizes")
@behavior("loss", loses="alone", may="sizes")
@behavior("backprop", loses="alone", may="sizes")
@behavior("update", loses="alone", may="weights biases")
def changes_an_argument(program: Program, *a: Any) -> Any:
    value = program.call(*a)
    target = a[2] if program.function == "backprop" else a[0]
    if isinstance(target, dict):
        target["b2"] += 1.0
    else:
        target += 1.0
    return value


@behavior("forward", loses="alone")
@behavior("backprop", loses="alone")
@behavior("update", loses="alone")
def shares_its_result(program: Program, *a: Any) -> Any:
    program.kept.append(program.call(*a))
    if len(program.kept) > 1:
        earlier = program.kept[-2]
        changed = earlier[2] if program.function == "forward" else earlier["b2"]
        changed.ravel()[:1] += 1.0
    return program.kept[-1]


@behavior("forward", loses="alone")
@behavior("loss", loses="alone")
@behavior("backprop", loses="alone")
def counts_its_calls(program: Program, *a: Any) -> Any:
    program.kept.append(1)
    count = len(program.kept)
    return _scaled(program.call(*a), 1.0 if count == 1 else 1 + 0.1 * count)


@behavior("forward", loses="alone")
@behavior("loss", loses="alone")
@behavior("backprop", loses="alone")
@behavior("update", loses="alone")
def wrong_at_first(program: Program, *a: Any) -> Any:
    program.kept.append(1)
    return _scaled(program.call(*a), 2.0 if len(program.kept) == 1 else 1.0)


@behavior("forward", loses="sizes")
@behavior("loss", loses="sizes")
@behavior("backprop", loses="sizes")
@behavior("update", loses="weights biases")
def wrong_for_a_size_of_one(program: Program, *a: Any) -> Any:
    size = len(a[0]["W2"] if program.function == "update" else a[0])
    return _scaled(program.call(*a), 2.0 if size == 1 else 1.0)


@behavior("forward", loses=_EVERYTHING["forward"])
@behavior("loss", loses=_EVERYTHING["loss"])
@behavior("backprop", loses=_EVERYTHING["backprop"])
@behavior("update", loses=_EVERYTHING["update"])
def returns_nothing(program: Program, *a: Any) -> None:
    program.call(*a)


@behavior("forward", loses=_EVERYTHING["forward"])
@behavior("loss", loses=_EVERYTHING["loss"])
@behavior("backprop", loses=_EVERYTHING["backprop"])
@behavior("update", loses=_EVERYTHING["update"])
def not_written(program: Program, *a: Any) -> None:
    raise NotImplementedError


# --- forward and loss -------------------------------------------------------------------------------------------------


@behavior("forward", loses="large", called="only large")
@behavior("backprop", loses="large", called="only large")
def NaN_for_large_excitations(program: Program, *a: Any) -> Any:
    params = a[1] if program.function == "forward" else a[2]
    return _scaled(program.call(*a), np.nan if np.abs(params["b1"]).max() > 100 else 1.0)


@behavior("forward", loses="large", called="only large")
def logistic_by_a_quotient(program: Program, *a: Any) -> Any:
    e1, h, _ = program.call(*a)
    if a[2:] != ("tanh",):
        with np.errstate(all="ignore"):
            h = np.exp(e1) / (1 + np.exp(e1))
    return e1, h, h @ a[1]["W2"].T + a[1]["b2"]


@behavior("forward", loses="e1 logistic tanh", may="large sizes", called="tuple_order")
def another_order(program: Program, *a: Any) -> Any:
    e1, h, yhat = program.call(*a)
    return h, e1, yhat


@behavior("forward", loses="e1 logistic tanh yhat", may="large sizes", called="columns_returned")
def columns(program: Program, *a: Any) -> Any:
    return tuple(u.T for u in program.call(*a))


@behavior("forward", loses="e1", may="large sizes", called="e1_overwritten")
def e1_overwritten(program: Program, *a: Any) -> Any:
    _, h, yhat = program.call(*a)
    return h, h, yhat


@behavior("loss", loses="sizes")
def NaN_for_a_perfect_fit(program: Program, *a: Any) -> Any:
    value = program.call(*a)
    return value / value * value


@behavior("loss", loses="value", may="sizes", called="loss_per_output")
def one_loss_for_each_output(program: Program, yhat: Any, y: Any) -> Any:
    return ((y - yhat) ** 2).sum(0) / (2 * len(y))


# --- backprop and update ----------------------------------------------------------------------------------------------


def _remembers(program: Program, *a: Any) -> Any:
    program.kept[:] = [a[0]]
    return program.call(*a)


@behavior("backprop", loses="alone", forward=_remembers)
def needs_forward_first(program: Program, *a: Any) -> Any:
    if not program.kept or not np.array_equal(program.kept[0], a[0]):
        raise KeyError("h")
    return program.call(*a)


@behavior("backprop", loses="W2 W1_logistic W1_tanh", may="large sizes", called="keys_swapped")
def weights_exchanged(program: Program, *a: Any) -> Any:
    grads = program.call(*a)
    return grads | {"W1": grads["W2"], "W2": grads["W1"]}


@behavior("backprop", loses="W2 W1_logistic W1_tanh", may="large sizes", called="penalty the parameter itself")
def penalty(program: Program, *a: Any) -> Any:
    return {k: g + 0.01 * a[2][k] if k.startswith("W") else g for k, g in program.call(*a).items()}


@behavior("backprop", loses=_GRADIENTS, may="large sizes", called="clipped")
def clipped(program: Program, *a: Any) -> Any:
    return {k: np.clip(g, -0.05, 0.05) for k, g in program.call(*a).items()}


@behavior("backprop", loses="b2 b1_logistic b1_tanh", may="large sizes")
@behavior("update", loses="biases")
def no_bias_keys(program: Program, *a: Any) -> Any:
    return {k: v for k, v in program.call(*a).items() if k.startswith("W")}


@behavior("update", loses="alone")
def momentum(program: Program, params: Params, grads: Params, eta: float) -> Any:
    last = program.kept[-1] if program.kept else {}
    program.kept.append(
        {k: g + (0.9 * last[k] if k in last and last[k].shape == g.shape else 0) for k, g in grads.items()}
    )
    return program.call(params, program.kept[-1], eta)


@behavior("update", loses="weights biases", called="eta_ignored")
def eta_fixed(program: Program, params: Params, grads: Params, eta: float) -> Any:
    return program.call(params, grads, 0.02)
