"""The nonlinearities that are graded: a row each.  The questions, the judging, the diagnosis and selfcheck follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


class Activation(NamedTuple):
    """A nonlinearity: sigma(e), and the slope sigma'(e) written as a function of h = sigma(e)."""

    name: str
    sigma: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def sigmoid(e: Array) -> Array:
    """1 / (1 + exp(-e)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(e / 2)))


ACTIVATIONS = {
    a.name: a
    for a in (
        Activation(name="logistic", sigma=sigmoid, slope=lambda h: h * (1 - h)),
        Activation(name="tanh", sigma=np.tanh, slope=lambda h: 1 - h**2),
    )
}
