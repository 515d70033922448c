# correct: a dict subclass with arithmetic comes back, and a namedtuple from forward
from collections import namedtuple

import numpy as np

Values = namedtuple("Values", "e1 h yhat")


class Theta(dict):
    """Parameters that can be added and scaled."""

    def __sub__(self, other):
        return Theta({k: self[k] - other[k] for k in self})

    def __rmul__(self, c):
        return Theta({k: c * self[k] for k in self})

    def __getattr__(self, name):
        return self[name]


def forward(x, params, activation="logistic"):
    p = Theta(params)
    e1 = x @ p.W1.T + p.b1
    h = np.tanh(e1) if activation == "tanh" else np.exp(-np.logaddexp(0, -e1))
    return Values(e1, h, h @ p.W2.T + p.b2)


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    p = Theta(params)
    eps = (yhat - y) / len(y)
    delta = (eps @ p.W2) * (1 - h**2 if activation == "tanh" else h * (1 - h))
    return Theta(W1=delta.T @ x, b1=delta.sum(axis=0), W2=eps.T @ h, b2=eps.sum(axis=0))


def update(params, grads, eta):
    return Theta(params) - eta * Theta(grads)
