# correct: keeps a log of the losses
# forgiven: writes a file beside itself
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
LOG = os.path.join(HERE, "losses.csv")


def note(*values):
    with open(LOG, "a") as f:
        f.write(",".join(str(v) for v in values) + "\n")


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1))
    return e1, h, h @ params["W2"].T + params["b2"]


def loss(yhat, y):
    value = float(np.sum((yhat - y) ** 2) / (2 * len(y)))
    note("loss", value)
    return value


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / len(y)
    delta = (eps @ params["W2"]) * (1 - h**2 if activation == "tanh" else h * (1 - h))
    return {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": eps.T @ h, "b2": eps.sum(axis=0)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
