# correct: copy.deepcopy before anything is changed
import copy

import numpy as np


def forward(x, params, activation="logistic"):
    p = copy.deepcopy(params)
    x = copy.deepcopy(x)
    p["b1"].shape = (1, -1)
    p["b2"].shape = (1, -1)
    e1 = x.dot(p["W1"].T) + p["b1"]
    h = copy.deepcopy(e1)
    if activation == "tanh":
        h[:] = np.tanh(h)
    else:
        h[:] = 1.0 / (1.0 + np.exp(-h))
    yhat = h.dot(p["W2"].T) + p["b2"]
    return e1, h, yhat


def loss(yhat, y):
    d = copy.deepcopy(yhat)
    d -= y
    return float((d * d).sum() / (2 * d.shape[0]))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    grads = copy.deepcopy(params)
    eps = (yhat - y) / len(y)
    delta = eps.dot(params["W2"]) * (h * (1 - h) if activation == "logistic" else 1 - h * h)
    grads["W1"][:, :] = delta.T.dot(x)
    grads["b1"][:] = delta.sum(axis=0)
    grads["W2"][:, :] = eps.T.dot(h)
    grads["b2"][:] = eps.sum(axis=0)
    return grads


def update(params, grads, eta):
    new_params = copy.deepcopy(params)
    for name in new_params:
        new_params[name] -= eta * grads[name]
    return new_params
