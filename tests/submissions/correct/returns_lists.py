# correct: list comprehensions all the way
# forgiven: returns nested lists, and a list for the tuple
import numpy as np
from math import exp, tanh


def s(e, activation):
    if activation == "tanh":
        return tanh(e)
    return 1 / (1 + exp(-e)) if e > -700 else 0.0


def dot(a, b):
    return sum(p * q for p, q in zip(a, b))


def forward(x, params, activation="logistic"):
    e1 = [[dot(w, row) + b for w, b in zip(params["W1"], params["b1"])] for row in x]
    h = [[s(e, activation) for e in row] for row in e1]
    yhat = [[dot(w, row) + b for w, b in zip(params["W2"], params["b2"])] for row in h]
    return [e1, h, yhat]


def loss(yhat, y):
    return sum((a - b) ** 2 for p, q in zip(yhat, y) for a, b in zip(p, q)) / (2 * len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = len(y)
    eps = [[(a - b) / n for a, b in zip(p, q)] for p, q in zip(yhat, y)]
    W2T = list(zip(*params["W2"]))
    slope = (lambda v: 1 - v * v) if activation == "tanh" else (lambda v: v * (1 - v))
    delta = [[slope(v) * dot(e, w) for v, w in zip(row, W2T)] for e, row in zip(eps, h)]
    columns = lambda m: [list(c) for c in zip(*m)]
    grad = lambda error, inputs: [[dot(e, a) for a in columns(inputs)] for e in columns(error)]
    return {
        "W1": grad(delta, x),
        "b1": [sum(c) for c in columns(delta)],
        "W2": grad(eps, h),
        "b2": [sum(c) for c in columns(eps)],
    }


def update(params, grads, eta):
    new = {}
    for k in params:
        new[k] = (np.array(params[k]) - eta * np.array(grads[k])).tolist()
    return new
