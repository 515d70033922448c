# correct: layers as dataclasses, built anew for each call
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Dense:
    W: np.ndarray
    b: np.ndarray
    seen: np.ndarray = field(default=None, repr=False)

    def __call__(self, inputs):
        self.seen = inputs
        return inputs @ self.W.T + self.b

    def back(self, error):
        """Gradients of this layer, and the error of its inputs."""
        return error.T @ self.seen, error.sum(axis=0), error @ self.W


@dataclass(frozen=True)
class Sigma:
    kind: str

    def __call__(self, e):
        return np.tanh(e) if self.kind == "tanh" else (np.tanh(e / 2) + 1) / 2

    def slope(self, h):
        return 1 - h**2 if self.kind == "tanh" else h - h**2


def forward(x, params, activation="logistic"):
    first = Dense(params["W1"], params["b1"])
    second = Dense(params["W2"], params["b2"])
    e1 = first(x)
    h = Sigma(activation)(e1)
    return e1, h, second(h)


def loss(yhat, y):
    return float(np.square(yhat - y).sum() / (2 * y.shape[0]))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    first = Dense(params["W1"], params["b1"], x)
    second = Dense(params["W2"], params["b2"], h)
    dW2, db2, error = second.back((yhat - y) / y.shape[0])
    dW1, db1, _ = first.back(error * Sigma(activation).slope(h))
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def update(params, grads, eta):
    return {k: u - eta * grads[k] for k, u in params.items()}
