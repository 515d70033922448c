# correct: module constants, np.seterr
# forgiven: seeds the global generator when imported
import random

import numpy as np

np.random.seed(417)
random.seed(417)
np.seterr(all="ignore")

LOGISTIC, TANH = "logistic", "tanh"
TWO = 2
ROWS = 0
debug = False


def forward(x, params, activation=LOGISTIC):
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if activation == TANH else 1 / (1 + np.exp(-e1))
    yhat = h @ params["W2"].T + params["b2"]
    if debug:
        print(yhat)
    return e1, h, yhat


def loss(yhat, y):
    return float(np.sum((yhat - y) ** TWO) / (TWO * y.shape[ROWS]))


def backprop(x, y, params, e1, h, yhat, activation=LOGISTIC):
    epsilon = (yhat - y) / y.shape[ROWS]
    delta = epsilon @ params["W2"]
    delta *= 1 - h**TWO if activation == TANH else h * (1 - h)
    return {"W1": delta.T @ x, "b1": delta.sum(axis=ROWS), "W2": epsilon.T @ h, "b2": epsilon.sum(axis=ROWS)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}


W1 = np.random.randn(8, 2)
W2 = np.random.randn(2, 8)
