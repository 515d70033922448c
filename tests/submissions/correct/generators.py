# correct: generators give one sample's gradient after the other
import numpy as np


def squash(e, activation):
    if activation == "tanh":
        return np.tanh(e)
    return 1 / (1 + np.exp(-e))


def rows(x, params, activation):
    for xi in x:
        e = params["W1"] @ xi + params["b1"]
        h = squash(e, activation)
        yield e, h, params["W2"] @ h + params["b2"]


def forward(x, params, activation="logistic"):
    return tuple(np.array(column) for column in zip(*rows(x, params, activation)))


def squared_errors(yhat, y):
    for a, b in zip(yhat.flat, y.flat):
        yield (a - b) ** 2


def loss(yhat, y):
    return float(sum(squared_errors(yhat, y)) / (2 * len(y)))


def sample_grads(x, y, params, h, yhat, activation):
    n = len(x)
    for i in range(n):
        eps = (yhat[i] - y[i]) / n
        slope = 1 - h[i] ** 2 if activation == "tanh" else h[i] * (1 - h[i])
        delta = slope * (eps @ params["W2"])
        yield {"W1": np.outer(delta, x[i]), "b1": delta, "W2": np.outer(eps, h[i]), "b2": eps}


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    total = None
    for g in sample_grads(x, y, params, h, yhat, activation):
        total = g if total is None else {k: total[k] + g[k] for k in g}
    return total


def update(params, grads, eta):
    return dict((k, params[k] - eta * grads[k]) for k in params)
