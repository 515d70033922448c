"""Operators that come in families: a part left out, an array changed on the way, something else in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograder.mistakes.activations import Array
from autograder.mistakes.network import Operator

Formula = Callable[..., Any]


class Family(NamedTuple):
    """What a member of a family does, and its words; {one} and {what} stand for what it is done to."""

    does: Any
    short: str
    reason: str
    hint: str


# What a loop that stops early, starts late or returns too soon keeps of an axis.
KEPT = {
    "first": Family(does=slice(0, 1), short="only the first {one}", reason="Only the first {one} counts.",
                    hint="Sum over all of them. Is the return inside the loop?"),
    "last": Family(does=slice(-1, None), short="only the last {one}", reason="Only the last {one} counts.",
                   hint="Sum over all of them. Is there = where += belongs?"),
    "not_first": Family(does=slice(1, None), short="the first {one} left out", reason="The first {one} is left out.",
                        hint="Python counts from 0."),
    "not_last": Family(does=slice(0, -1), short="the last {one} left out", reason="The last {one} is left out.",
                       hint="Does your loop stop one too early? range(m) already stops before m."),
    "first_two": Family(does=slice(0, 2), short="only two {one}s",
                        reason="Only the first two {one}s count; there may be any number.",
                        hint="Sum over all of them."),
}  # fmt: skip


def softmax(a: Array) -> Array:
    powers = np.exp(a - a.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


BUFFERS = "Make buffers with np.zeros(shape), which are float64; zeros_like copies the type of its argument."
AS_GIVEN = "Use the numbers as they are."
# What may be done to an array on the way.
CHANGES = {
    "absolute": Family(does=np.abs, short="absolute values", reason="The absolute value of {what} is used.",
                       hint="The sign matters."),
    "squared": Family(does=np.square, short="squared", reason="The square of {what} is used.",
                      hint="Compare it with the equation."),
    "sign": Family(does=np.sign, short="only the sign", reason="Only the sign of {what} is used.",
                   hint="The size matters too."),
    "truncated": Family(does=np.trunc, short="whole numbers", hint=BUFFERS,
                        reason="The fraction of {what} is cut off, as in an array of integers."),
    "rounded": Family(does=np.round, short="rounded", reason="The nearest whole number to {what} is used.",
                      hint="Keep all digits."),
    "relu": Family(does=lambda a: np.maximum(a, 0), short="no negative numbers",
                   reason="0 replaces negative values of {what}.", hint="Keep negative numbers."),
    "centred": Family(does=lambda a: a - a.mean(0), short="the mean subtracted", hint=AS_GIVEN,
                      reason="The mean over the examples is subtracted from {what}."),
    "standard": Family(does=lambda a: (a - a.mean(0)) / a.std(0), short="standardized", hint=AS_GIVEN,
                       reason="A standardized form of {what} (mean 0, variance 1) is used."),
    "normalised": Family(does=lambda a: a / np.linalg.norm(a), short="divided by its length", hint=AS_GIVEN,
                         reason="There is a division by the length of {what}."),
    "rows_normalised": Family(does=lambda a: a / np.linalg.norm(a, axis=1, keepdims=True),
                              short="rows divided by their length",
                              reason="Each row of {what} is divided by its own length.", hint=AS_GIVEN),
    "clipped": Family(does=lambda a: np.clip(a, -1, 1), short="clipped",
                      reason="Values of {what} are clipped to -1 and 1.", hint=AS_GIVEN),
    "clipped_01": Family(does=lambda a: np.clip(a, 0, 1), short="clipped",
                         reason="Values of {what} are clipped to 0 and 1.", hint=AS_GIVEN),
    "softmax": Family(does=softmax, short="softmax", reason="A softmax is applied to {what}.",
                      hint="There is no softmax in this network."),
}  # fmt: skip


def kept(one: str, keys: Mapping[str, str], formula: Callable[[slice], Formula]) -> list[Operator]:
    """One operator for each member of `KEPT` that `keys` gives a key to.

    Parameters
    ----------
    one : what the axis counts, such as "example"
    formula : makes the formula from a slice of that axis
    """
    members = [(key, KEPT[name]) for name, key in keys.items()]
    return [
        Operator(key, formula(m.does), m.short.format(one=one), m.reason.format(one=one), m.hint) for key, m in members
    ]


def changed(what: str, keys: Mapping[str, str], formula: Callable[[Any], Formula], hint: str = "") -> list[Operator]:
    """One operator for each member of `CHANGES` that `keys` gives a key to.

    Parameters
    ----------
    what : the array, such as "the output"
    formula : makes the formula from the function that changes the array
    hint : in place of the member's own
    """
    members = [(key, CHANGES[name]) for name, key in keys.items()]
    return [
        Operator(key, formula(m.does), f"{m.short} ({what})", m.reason.format(what=what), hint or m.hint)
        for key, m in members
    ]


class Other(NamedTuple):
    """A quantity in the place of another: the operator's key, what the quantity is called, and the formula."""

    key: str
    by: str
    formula: Formula


def instead(right: str, where: str, hint: str, *others: Other) -> list[Operator]:
    """Something else in the place of `right` in what `where` names."""
    reason = f"{where} is made with {{}} in place of {right}."
    return [Operator(o.key, o.formula, f"{o.by} for {right}", reason.format(o.by), hint) for o in others]
