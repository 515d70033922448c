# correct: all arguments in *args and **kwargs
import numpy as np


def _kind(rest, named):
    return rest[0] if rest else named.get("activation", "logistic")


def forward(*args, **kwargs):
    x, params, *rest = args
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if _kind(rest, kwargs) == "tanh" else 1 / (1 + np.exp(-e1))
    return (e1, h, h @ params["W2"].T + params["b2"])


def loss(*args):
    difference = np.subtract(*args)
    return float((difference**2).sum() / (2 * len(difference)))


def backprop(*args, **kwargs):
    x, y, params, e1, h, yhat, *rest = args
    eps = (yhat - y) / len(y)
    delta = (eps @ params["W2"]) * (1 - h**2 if _kind(rest, kwargs) == "tanh" else h * (1 - h))
    names = ["W1", "b1", "W2", "b2"]
    values = [delta.T @ x, delta.sum(0), eps.T @ h, eps.sum(0)]
    return dict(zip(names, values))


def update(*args):
    params, grads, eta = args
    return {name: params[name] - eta * grads[name] for name in params}
