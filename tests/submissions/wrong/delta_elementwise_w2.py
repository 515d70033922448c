# wrong: epsilon * W2 in place of the matrix product
# functions: backprop
# line: 40
# hidden: K = 1
from typing import Dict, Tuple

import numpy as np

Arrays = Dict[str, np.ndarray]


def forward(
    x: np.ndarray, params: Arrays, activation: str = "logistic"
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return excitations, activations and outputs."""
    e1: np.ndarray = x @ params["W1"].T + params["b1"]
    h: np.ndarray = np.tanh(e1) if activation == "tanh" else 1.0 / (1.0 + np.exp(-e1))
    yhat: np.ndarray = h @ params["W2"].T + params["b2"]
    return e1, h, yhat


def loss(yhat: np.ndarray, y: np.ndarray) -> float:
    """Half the mean squared length of the error."""
    residual = y - yhat
    return float((residual * residual).sum() / (2 * y.shape[0]))


def backprop(
    x: np.ndarray,
    y: np.ndarray,
    params: Arrays,
    e1: np.ndarray,
    h: np.ndarray,
    yhat: np.ndarray,
    activation: str = "logistic",
) -> Arrays:
    """Return the gradient, one array for each parameter."""
    epsilon = (yhat - y) / y.shape[0]
    derivative = 1.0 - h**2 if activation == "tanh" else h * (1.0 - h)
    delta = derivative * (epsilon * params["W2"])
    return {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": epsilon.T @ h, "b2": epsilon.sum(axis=0)}


def update(params: Arrays, grads: Arrays, eta: float) -> Arrays:
    """Return the parameters after one step downhill."""
    return {name: value - eta * grads[name] for name, value in params.items()}
