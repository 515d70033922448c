# correct: np.asarray around every result
# forgiven: the loss is an array of no dimensions
import numpy as np


def forward(x, params, activation="logistic"):
    e1 = np.asarray(x @ params["W1"].T + params["b1"])
    h = np.asarray(np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1)))
    return e1, h, np.asarray(h @ params["W2"].T + params["b2"])


def loss(yhat, y):
    return np.asarray(np.vdot(yhat - y, yhat - y) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = np.asarray((yhat - y) / len(y))
    delta = np.asarray((eps @ params["W2"]) * (1 - h**2 if activation == "tanh" else h * (1 - h)))
    return {k: np.asarray(v) for k, v in
            [("W1", delta.T @ x), ("b1", delta.sum(axis=0)), ("W2", eps.T @ h), ("b2", eps.sum(axis=0))]}


def update(params, grads, eta):
    return {k: np.asarray(params[k] - eta * grads[k]) for k in params}
