# correct: np.frompyfunc of the functions in math, which gives arrays of dtype object
# forgiven: arrays of dtype object
import math

import numpy as np

logistic = np.frompyfunc(lambda e: 1 / (1 + math.exp(-e)) if e > -700 else 0.0, 1, 1)
tanh = np.frompyfunc(math.tanh, 1, 1)


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    h = tanh(e1) if activation == "tanh" else logistic(e1)
    yhat = h @ params["W2"].T + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    return ((y - yhat) ** 2).sum() / (2 * len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / len(x)
    slope = 1 - h * h if activation == "tanh" else h * (1 - h)
    delta = (eps @ params["W2"]) * slope
    return {"W1": delta.T @ x, "b1": delta.sum(0), "W2": eps.T @ h, "b2": eps.sum(0)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
