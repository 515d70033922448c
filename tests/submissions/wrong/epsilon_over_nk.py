# wrong: the error is divided by the number of elements nK
# functions: backprop
# hidden: K = 1; fit = perfect
"""A neural network with one hidden layer."""
import numpy as np


def forward(x, params, activation="logistic"):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    e1 = x @ W1.T + b1
    if activation == "tanh":
        h = np.tanh(e1)
    else:
        h = 1 / (1 + np.exp(-e1))
    yhat = h @ W2.T + b2
    return e1, h, yhat


def loss(yhat, y):
    n = y.shape[0]
    return float(np.sum((y - yhat) ** 2) / (2 * n))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    epsilon = (yhat - y) / y.size
    if activation == "tanh":
        slope = 1 - h**2
    else:
        slope = h * (1 - h)
    delta = (epsilon @ params["W2"]) * slope
    return {
        "W1": delta.T @ x,
        "b1": delta.sum(axis=0),
        "W2": epsilon.T @ h,
        "b2": epsilon.sum(axis=0),
    }


def update(params, grads, eta):
    new = {}
    for key in params:
        new[key] = params[key] - eta * grads[key]
    return new
