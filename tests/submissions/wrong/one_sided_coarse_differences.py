# wrong: one-sided differences with a step of 1e-2
# functions: backprop
import copy

import numpy as np


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1))
    return e1, h, h @ params["W2"].T + params["b2"]


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    H = 0.01
    base = loss(yhat, y)
    grads = {k: np.zeros(v.shape) for k, v in params.items()}
    for k in grads:
        it = np.nditer(grads[k], flags=["multi_index"])
        for _ in it:
            p = copy.deepcopy(params)
            p[k][it.multi_index] += H
            grads[k][it.multi_index] = (loss(forward(x, p, activation)[2], y) - base) / H
    return grads


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
