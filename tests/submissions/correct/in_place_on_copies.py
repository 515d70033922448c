# correct: += and -= on copies, out of habit
import numpy as np


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T
    e1 += params["b1"]
    h = e1.copy()
    if activation == "tanh":
        np.tanh(h, out=h)
    else:
        h *= -1
        np.exp(h, out=h)
        h += 1
        h **= -1
    yhat = h @ params["W2"].T
    yhat += params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    d = y.copy()
    d -= yhat
    d **= 2
    total = 0.0
    total += d.sum()
    total /= 2
    total /= len(y)
    return float(total)


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = yhat.copy()
    eps -= y
    eps /= len(y)
    slope = h.copy()
    slope *= h
    if activation == "tanh":
        slope *= -1
        slope += 1
    else:
        slope -= h
        slope *= -1
    delta = eps @ params["W2"]
    delta *= slope
    grads = {k: np.zeros_like(v) for k, v in params.items()}
    grads["W1"] += delta.T @ x
    grads["b1"] += delta.sum(axis=0)
    grads["W2"] += eps.T @ h
    grads["b2"] += eps.sum(axis=0)
    return grads


def update(params, grads, eta):
    new = {k: v.copy() for k, v in params.items()}
    for k in new:
        new[k] -= eta * grads[k]
    return new
