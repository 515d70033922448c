# wrong: the outputs are squeezed and the targets are not, so (n,) minus (n, 1) is (n, n)
# functions: loss
# line: 22
# hidden: K > 1; n = 1
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
    yhat = yhat.squeeze()
    return float(np.sum((y - yhat) ** 2) / (2 * n))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = x.shape[0]
    epsilon = (yhat - y) / n
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
