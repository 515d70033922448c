# correct: functools.partial of general functions
from functools import partial, reduce

import numpy as np


def _forward(order, sigmas, x, params, activation="logistic"):
    values = []
    current = x
    for W, b, squash in order:
        current = current @ params[W].T + params[b]
        values.append(current)
        if squash:
            current = sigmas[activation](current)
            values.append(current)
    return tuple(values)


def _loss(scale, yhat, y):
    return float(scale * np.sum((yhat - y) ** 2) / len(y))


def _backprop(slopes, x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / len(y)
    delta = slopes[activation](h) * (eps @ params["W2"])
    pairs = [("1", delta, x), ("2", eps, h)]
    return reduce(lambda g, p: {**g, "W" + p[0]: p[1].T @ p[2], "b" + p[0]: p[1].sum(axis=0)}, pairs, {})


def _update(sign, params, grads, eta):
    return {k: params[k] + sign * eta * grads[k] for k in params}


forward = partial(
    _forward,
    [("W1", "b1", True), ("W2", "b2", False)],
    {"logistic": lambda e: 0.5 * (1 + np.tanh(0.5 * e)), "tanh": np.tanh},
)
loss = partial(_loss, 0.5)
backprop = partial(_backprop, {"logistic": lambda h: h * (1 - h), "tanh": lambda h: 1 - h * h})
update = partial(_update, -1)
