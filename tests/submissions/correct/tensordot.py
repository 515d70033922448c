# correct: tensordot and inner products along named axes
import numpy as np
from numpy import tensordot, inner


def forward(x, params, activation="logistic"):
    e1 = inner(x, params["W1"])
    e1 += params["b1"]
    if activation == "logistic":
        with np.errstate(over="ignore"):
            h = np.reciprocal(1 + np.exp(-e1))
    else:
        h = np.tanh(e1)
    yhat = inner(h, params["W2"])
    yhat += params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    r = np.subtract(y, yhat)
    return float(tensordot(r, r, axes=2) / (2 * r.shape[0]))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    samples = (0, 0)
    eps = np.subtract(yhat, y) / yhat.shape[0]
    slope = {"logistic": h * (1 - h), "tanh": 1 - np.square(h)}[activation]
    delta = tensordot(eps, params["W2"], axes=(1, 0)) * slope
    one = np.ones(len(x))
    return {
        "W2": tensordot(eps, h, axes=samples),
        "b2": tensordot(eps, one, axes=samples),
        "W1": tensordot(delta, x, axes=samples),
        "b1": tensordot(delta, one, axes=samples),
    }


def update(params, grads, eta):
    return {k: np.subtract(params[k], np.multiply(eta, grads[k])) for k in ("W1", "b1", "W2", "b2")}
