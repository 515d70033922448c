# correct: the logistic split by sign with masks, slopes from e1
import numpy as np


def logistic(e):
    s = np.zeros(e.shape)
    up = e > 0
    s[up] = 1 / (1 + np.exp(-e[up]))
    down = np.logical_not(up)
    z = np.exp(e[down])
    s[down] = z / (z + 1)
    return s


def slope(e, activation):
    """sigma'(e), from the excitation itself"""
    if activation == "logistic":
        z = np.exp(-np.abs(e))  # the slope is even in e
        return z / (1 + z) ** 2
    else:
        z = np.exp(-2 * np.abs(e))
        return 4 * z / (1 + z) ** 2


def forward(x, params, activation="logistic"):
    e1 = x @ np.transpose(params["W1"]) + params["b1"]
    if activation == "logistic":
        h = logistic(e1)
    elif activation == "tanh":
        h = 2 * logistic(2 * e1) - 1
    yhat = h @ np.transpose(params["W2"]) + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    return float(np.sum(np.power(yhat - y, 2)) / (2.0 * y.shape[0]))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = len(x)
    epsilon = (1 / n) * (yhat - y)
    delta = slope(e1, activation) * (epsilon @ params["W2"])
    return {
        "W1": np.transpose(delta) @ x,
        "b1": np.sum(delta, axis=0),
        "W2": np.transpose(epsilon) @ h,
        "b2": np.sum(epsilon, axis=0),
    }


def update(params, grads, eta):
    W1 = params["W1"] - eta * grads["W1"]
    W2 = params["W2"] - eta * grads["W2"]
    b1 = params["b1"] - eta * grads["b1"]
    b2 = params["b2"] - eta * grads["b2"]
    return dict(W1=W1, W2=W2, b1=b1, b2=b2)
