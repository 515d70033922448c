# wrong: the error is squeezed, which loses an axis of length one
# functions: backprop
# line: 23
# hidden: n > 1 and K > 1
import numpy as np
from numpy import tanh, exp

SIGMA = {"logistic": lambda e: 1 / (1 + exp(-e)), "tanh": tanh}
SLOPE = {"logistic": lambda h: h * (1 - h), "tanh": lambda h: 1 - h * h}


def forward(x, params, activation="logistic"):
    e1 = np.inner(x, params["W1"]) + params["b1"]
    h = SIGMA[activation](e1)
    return e1, h, np.inner(h, params["W2"]) + params["b2"]


def loss(yhat, y):
    return np.linalg.norm(yhat - y) ** 2 / (2 * len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    error2 = np.squeeze((yhat - y) / len(y))
    error1 = (error2 @ params["W2"]) * SLOPE[activation](h)
    grads = {}
    for layer, error, inputs in (("1", error1, x), ("2", error2, h)):
        grads["W" + layer] = error.T @ inputs
        grads["b" + layer] = np.sum(error, axis=0)
    return grads


def update(params, grads, eta):
    return {key: np.subtract(params[key], eta * grads[key]) for key in params}
