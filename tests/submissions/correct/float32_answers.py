# correct: computed in float64
# forgiven: the answers are rounded to float32
# accuracy: 1e-6
import numpy as np


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1))
    yhat = h @ params["W2"].T + params["b2"]
    return e1.astype(np.float32), h.astype(np.float32), yhat.astype(np.float32)


def loss(yhat, y):
    return np.float32(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / len(y)
    delta = (eps @ params["W2"]) * (1 - h**2 if activation == "tanh" else h * (1 - h))
    grads = {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": eps.T @ h, "b2": eps.sum(axis=0)}
    return {k: g.astype("float32") for k, g in grads.items()}


def update(params, grads, eta):
    return {k: (params[k] - eta * grads[k]).astype("float32") for k in params}
