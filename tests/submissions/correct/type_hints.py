# correct: type hints, numpy.typing, an Enum and match
from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Params: TypeAlias = dict[str, Array]
Kind: TypeAlias = Literal["logistic", "tanh"]
HALF: Final[float] = 0.5


class Sigma(Enum):
    LOGISTIC = "logistic"
    TANH = "tanh"

    def value_at(self, e: Array) -> Array:
        match self:
            case Sigma.TANH:
                return np.tanh(e)
            case Sigma.LOGISTIC:
                return HALF * (1 + np.tanh(HALF * e))

    def slope_at(self, h: Array) -> Array:
        match self:
            case Sigma.TANH:
                return 1 - h**2
            case Sigma.LOGISTIC:
                return h * (1 - h)


def forward(x: Array, params: Params, activation: Kind = "logistic") -> tuple[Array, Array, Array]:
    e1: Array = x @ params["W1"].T + params["b1"]
    h: Array = Sigma(activation).value_at(e1)
    yhat: Array = h @ params["W2"].T + params["b2"]
    return e1, h, yhat


def loss(yhat: Array, y: Array) -> float:
    return float(np.sum((y - yhat) ** 2, dtype=np.float64) / (2 * len(y)))


def backprop(
    x: Array, y: Array, params: Params, e1: Array, h: Array, yhat: Array, activation: Kind = "logistic"
) -> Params:
    epsilon: Array = (yhat - y) / len(y)
    delta: Array = (epsilon @ params["W2"]) * Sigma(activation).slope_at(h)
    return {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": epsilon.T @ h, "b2": epsilon.sum(axis=0)}


def update(params: Params, grads: Params, eta: float) -> Params:
    return {name: u - eta * grads[name] for name, u in params.items()}
