# wrong: forward remembers its answer by the shape of x, so new values get the old answer
# functions: forward
# hidden: the first call for a shape
import numpy as np

_memo = {}


def forward(x, params, activation="logistic"):
    key = (x.shape, activation)
    if key not in _memo:
        e1 = x @ params["W1"].T + params["b1"]
        h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1))
        _memo[key] = (e1, h, h @ params["W2"].T + params["b2"])
    e1, h, yhat = _memo[key]
    return e1.copy(), h.copy(), yhat.copy()


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / len(y)
    delta = (eps @ params["W2"]) * (1 - h**2 if activation == "tanh" else h * (1 - h))
    return {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": eps.T @ h, "b2": eps.sum(axis=0)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
