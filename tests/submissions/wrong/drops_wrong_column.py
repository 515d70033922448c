# wrong: drops the first column of [W2 b2], not the bias column
# functions: backprop
# hidden: fit = perfect
import numpy as np


def forward(x, params, activation="logistic"):
    ones = np.ones((x.shape[0], 1))
    V1 = np.hstack((params["W1"], params["b1"].reshape(-1, 1)))
    V2 = np.hstack((params["W2"], params["b2"].reshape(-1, 1)))
    e1 = np.hstack((x, ones)) @ V1.T
    h = np.tanh(e1) if activation == "tanh" else 0.5 + 0.5 * np.tanh(e1 / 2)
    yhat = np.hstack((h, ones)) @ V2.T
    return e1, h, yhat


def loss(yhat, y):
    d = (yhat - y).flatten()
    return d @ d / (2 * yhat.shape[0])


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = x.shape[0]
    ones = np.ones((n, 1))
    V2 = np.hstack((params["W2"], params["b2"].reshape(-1, 1)))
    eps = (yhat - y) / n
    dV2 = eps.T @ np.hstack((h, ones))
    delta = (eps @ V2)[:, 1:]
    if activation == "tanh":
        delta = delta * (1 - h**2)
    else:
        delta = delta * h * (1 - h)
    dV1 = delta.T @ np.hstack((x, ones))
    return {"W1": dV1[:, :-1], "b1": dV1[:, -1], "W2": dV2[:, :-1], "b2": dV2[:, -1]}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params.keys()}
