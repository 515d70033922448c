# correct: matrix products, a helper for sigma and one for its slope
"""Homework: two-layer network."""
import numpy as np


def sigmoid(z):
    # stable: both exponentials are of negative numbers
    return np.where(z >= 0, 1.0 / (1.0 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1.0 + np.exp(-np.abs(z))))


def act(z, kind):
    if kind == "tanh":
        return np.tanh(z)
    elif kind == "logistic":
        return sigmoid(z)
    raise ValueError("unknown activation " + kind)


def act_slope(h, kind):
    return 1 - h * h if kind == "tanh" else h * (1 - h)


def forward(x, params, activation="logistic"):
    W1, b1 = params["W1"], params["b1"]
    W2, b2 = params["W2"], params["b2"]
    e1 = np.matmul(x, W1.transpose()) + b1
    h = act(e1, activation)
    yhat = np.matmul(h, W2.transpose()) + b2
    return e1, h, yhat


def loss(yhat, y):
    n = y.shape[0]
    return float(((yhat - y) ** 2).sum() / (2 * n))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = x.shape[0]
    eps = (yhat - y) / n
    back = np.matmul(eps, params["W2"])
    delta = back * act_slope(h, activation)
    grads = {}
    grads["W2"] = np.matmul(eps.transpose(), h)
    grads["b2"] = np.sum(eps, axis=0)
    grads["W1"] = np.matmul(delta.transpose(), x)
    grads["b1"] = np.sum(delta, axis=0)
    return grads


def update(params, grads, eta):
    new = {}
    for key in params:
        new[key] = params[key] - eta * grads[key]
    return new
