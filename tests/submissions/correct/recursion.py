# correct: recursion, the batch is halved until one sample is left
import numpy as np


def forward(x, params, activation="logistic"):
    if len(x) > 1:
        m = len(x) // 2
        a = forward(x[:m], params, activation)
        b = forward(x[m:], params, activation)
        return tuple(np.concatenate(pair) for pair in zip(a, b))
    e1 = params["W1"] @ x[0] + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else np.exp(-np.logaddexp(0, -e1))
    yhat = params["W2"] @ h + params["b2"]
    return e1[None], h[None], yhat[None]


def total(yhat, y):
    if len(y) == 1:
        return float(np.sum((yhat - y) ** 2))
    m = len(y) // 2
    return total(yhat[:m], y[:m]) + total(yhat[m:], y[m:])


def loss(yhat, y):
    return total(yhat, y) / (2 * len(y))


def gather(x, eps, params, h, activation):
    if len(x) == 1:
        slope = 1 - h[0] ** 2 if activation == "tanh" else h[0] * (1 - h[0])
        delta = slope * (params["W2"].T @ eps[0])
        return np.outer(delta, x[0]), delta, np.outer(eps[0], h[0]), 1 * eps[0]
    m = len(x) // 2
    left = gather(x[:m], eps[:m], params, h[:m], activation)
    right = gather(x[m:], eps[m:], params, h[m:], activation)
    return tuple(p + q for p, q in zip(left, right))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    g = gather(x, (yhat - y) / len(y), params, h, activation)
    return dict(zip(("W1", "b1", "W2", "b2"), g))


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
