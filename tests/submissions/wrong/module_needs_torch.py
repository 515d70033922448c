# wrong: torch finds the gradient, and torch isn't there
# functions: module
# hidden: a machine with torch
"""A neural network with one hidden layer."""
import numpy as np

import torch

torch.set_default_dtype(torch.float64)


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
    return float(np.sum((y - yhat) ** 2) / (2 * n))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    p = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
    e = torch.tensor(x) @ p["W1"].T + p["b1"]
    a = torch.tanh(e) if activation == "tanh" else torch.sigmoid(e)
    out = a @ p["W2"].T + p["b2"]
    (((out - torch.tensor(y)) ** 2).sum() / (2 * len(y))).backward()
    return {k: v.grad.numpy() for k, v in p.items()}


def update(params, grads, eta):
    new = {}
    for key in params:
        new[key] = params[key] - eta * grads[key]
    return new
