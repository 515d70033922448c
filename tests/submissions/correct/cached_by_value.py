# correct: a cache keyed by the bytes of the arrays, which gives copies
import functools

import numpy as np


def key_of(value):
    if isinstance(value, dict):
        return tuple((k, key_of(value[k])) for k in sorted(value))
    if isinstance(value, np.ndarray):
        return value.shape, value.strides, value.tobytes()
    return value


def copy_of(value):
    if isinstance(value, tuple):
        return tuple(copy_of(v) for v in value)
    if isinstance(value, dict):
        return {k: copy_of(v) for k, v in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def remember(f):
    known = {}

    @functools.wraps(f)
    def g(*args, **kwargs):
        key = tuple(key_of(a) for a in args), tuple((k, key_of(v)) for k, v in sorted(kwargs.items()))
        if key not in known:
            if len(known) > 50:
                known.clear()
            known[key] = f(*args, **kwargs)
        return copy_of(known[key])

    return g


@remember
def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 0.5 + 0.5 * np.tanh(0.5 * e1)
    return e1, h, h @ params["W2"].T + params["b2"]


def loss(yhat, y):
    return float(np.mean(np.sum(np.square(yhat - y), axis=-1)) / 2)


@remember
def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    epsilon = (yhat - y) / x.shape[0]
    delta = (epsilon @ params["W2"]) * (1 - h**2 if activation == "tanh" else h * (1 - h))
    return {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": epsilon.T @ h, "b2": epsilon.sum(axis=0)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
