# correct: an OrderedDict and a dict from zip come back, keys in another order
from collections import OrderedDict

import numpy as np

KEYS = ("W2", "b2", "W1", "b1")


def forward(x, params, activation="logistic"):
    W2, b2, W1, b1 = [params[k] for k in KEYS]
    e1 = x @ W1.T + b1
    h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1))
    yhat = h @ W2.T + b2
    return e1, h, yhat


def loss(yhat, y):
    n, K = y.shape
    return float(((y - yhat) ** 2).mean() * K / 2)


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / y.shape[0]
    delta = (eps @ params["W2"]) * ((1 - h**2) if activation == "tanh" else (h * (1 - h)))
    grads = OrderedDict()
    for key, error, inputs in (("2", eps, h), ("1", delta, x)):
        grads["W" + key] = error.T @ inputs
        grads["b" + key] = error.sum(axis=0)
    return grads


def update(params, grads, eta):
    return dict(zip(KEYS, (params[k] - eta * grads[k] for k in KEYS)))
