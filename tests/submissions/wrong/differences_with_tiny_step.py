# wrong: finite differences with a step of 1e-13, where rounding wins
# functions: backprop
import numpy as np


def forward(x, params, activation="logistic"):
    e1, h, yhat = [], [], []
    for xi in x:
        ei = params["W1"].dot(xi) + params["b1"]
        hi = np.tanh(ei) if activation == "tanh" else 1 / (1 + np.exp(-ei))
        e1.append(ei)
        h.append(hi)
        yhat.append(params["W2"].dot(hi) + params["b2"])
    return np.array(e1), np.array(h), np.array(yhat)


def loss(yhat, y):
    total = 0.0
    for i in range(len(y)):
        d = y[i] - yhat[i]
        total += d.dot(d)
    return total / (2 * len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    step = 1e-13  # the smaller the better
    grads = {}
    for name in params:
        grads[name] = np.zeros_like(params[name])
        for index in np.ndindex(params[name].shape):
            moved = {k: v.copy() for k, v in params.items()}
            moved[name][index] += step
            up = loss(forward(x, moved, activation)[2], y)
            grads[name][index] = (up - loss(yhat, y)) / step
    return grads


def update(params, grads, eta):
    return {name: params[name] - eta * grads[name] for name in params}
