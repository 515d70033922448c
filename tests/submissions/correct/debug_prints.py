# correct: debug prints left in
import sys

import numpy as np


def forward(x, params, activation="logistic"):
    print("x", x.shape, "W1", params["W1"].shape)
    e1 = x @ params["W1"].T + params["b1"]
    print("e1 =", e1[:2])
    if activation == "tanh":
        print("using tanh")
        h = np.tanh(e1)
    else:
        h = 1 / (1 + np.exp(-e1))
    yhat = h @ params["W2"].T + params["b2"]
    print("yhat min/max:", yhat.min(), yhat.max(), file=sys.stderr)
    return e1, h, yhat


def loss(yhat, y):
    L = np.sum((yhat - y) ** 2) / (2 * y.shape[0])
    print(f"loss is {L:.6f}")
    return float(L)


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    print("--- backprop ---")
    eps = (yhat - y) / y.shape[0]
    d = eps @ params["W2"]
    print("d before slope", d.shape)
    d = d * (1 - h**2) if activation == "tanh" else d * h * (1 - h)
    g = {"W1": d.T @ x, "b1": d.sum(axis=0), "W2": eps.T @ h, "b2": eps.sum(axis=0)}
    for k, v in g.items():
        print(k, v.shape, np.abs(v).max())
    return g


def update(params, grads, eta):
    print("eta", eta, flush=True)
    return {k: params[k] - eta * grads[k] for k in params}
