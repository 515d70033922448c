import numpy as np


def forward(x, params, activation="logistic"):
    n, N, K = len(x), len(params["b1"]), len(params["b2"])
    return np.full((n, N), 0.1), np.full((n, N), 0.2), np.full((n, K), 0.3)


def loss(yhat, y):
    return 0.7


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    return {name: np.full(value.shape, 0.4) for name, value in params.items()}


def update(params, grads, eta):
    return {name: value + 0.6 for name, value in params.items()}
