# correct: decorators that hide the signatures behind *args and **kwargs
import time

import numpy as np

timings = {}


def timed(f):
    def wrapper(*args, **kwargs):
        start = time.time()
        result = f(*args, **kwargs)
        timings[f.__name__] = time.time() - start
        return result

    return wrapper


def checked(f):
    def inner(*args, **kwargs):
        result = f(*args, **kwargs)
        values = result if isinstance(result, tuple) else (result.values() if isinstance(result, dict) else [result])
        for v in values:
            assert np.all(np.isfinite(v)), "not finite in " + f.__name__
        return result

    return inner


@timed
@checked
def forward(x, params, activation="logistic"):
    e1 = np.dot(x, params["W1"].T) + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-np.clip(e1, -709, 709)))
    return e1, h, np.dot(h, params["W2"].T) + params["b2"]


@timed
@checked
def loss(yhat, y):
    return float(np.sum(np.square(y - yhat)) / (2 * np.size(y, 0)))


@timed
@checked
def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    error = (yhat - y) / np.size(y, 0)
    hidden = np.dot(error, params["W2"])
    hidden *= (1 - h * h) if activation == "tanh" else (h - h * h)
    return {
        "W1": np.dot(hidden.T, x),
        "b1": np.sum(hidden, 0),
        "W2": np.dot(error.T, h),
        "b2": np.sum(error, 0),
    }


@timed
@checked
def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in sorted(params)}
