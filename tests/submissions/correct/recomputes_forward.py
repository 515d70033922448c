# correct: backprop does forward again and doesn't look at e1, h and yhat
import numpy as np


def forward(x, params, activation="logistic"):
    W1, b1, W2, b2 = (params[k] for k in ("W1", "b1", "W2", "b2"))
    e1 = x @ W1.T + b1
    if activation == "tanh":
        h = np.tanh(e1)
    else:
        h = 1 / (1 + np.exp(-e1))
    return e1, h, h @ W2.T + b2


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2)) / 2 / len(yhat)


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    _, hidden, out = forward(x, params, activation)
    error = (out - y) / len(y)
    if activation == "tanh":
        slope = 1 - hidden**2
    else:
        slope = hidden * (1 - hidden)
    delta = (error @ params["W2"]) * slope
    grads = {"W2": error.T @ hidden, "b2": error.sum(axis=0), "W1": delta.T @ x, "b1": delta.sum(axis=0)}
    for name in params:
        assert grads[name].shape == params[name].shape
    return grads


def update(params, grads, eta):
    return {name: value - eta * grads[name] for name, value in params.items()}
