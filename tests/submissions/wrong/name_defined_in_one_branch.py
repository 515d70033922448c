# wrong: n is only defined for tanh, a NameError otherwise
# functions: backprop
# hidden: activation = tanh
import numpy as np


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1))
    return e1, h, h @ params["W2"].T + params["b2"]


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    if activation == "tanh":
        n = len(y)
        eps = (yhat - y) / n
        delta = (eps @ params["W2"]) * (1 - h**2)
    else:
        eps = (yhat - y) / n
        delta = (eps @ params["W2"]) * h * (1 - h)
    return {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": eps.T @ h, "b2": eps.sum(axis=0)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
