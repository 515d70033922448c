# correct: sums of outer products over the samples
import numpy as np


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def forward(x, params, activation="logistic"):
    f = sigmoid if activation == "logistic" else np.tanh
    e1 = sum(np.outer(x[:, d], params["W1"][:, d]) for d in range(x.shape[1])) + params["b1"]
    h = f(e1)
    yhat = sum(np.outer(h[:, j], params["W2"][:, j]) for j in range(h.shape[1])) + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    return float(sum(np.linalg.norm(a - b) ** 2 for a, b in zip(yhat, y)) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = len(x)
    if activation == "tanh":
        fprime = [np.diag(1 - r**2) for r in h]
    else:
        fprime = [np.diag(r * (1 - r)) for r in h]
    eps = [(yhat[i] - y[i]) / n for i in range(n)]
    delta = [fprime[i] @ params["W2"].T @ eps[i] for i in range(n)]
    dW1 = sum(np.outer(delta[i], x[i]) for i in range(n))
    dW2 = sum(np.outer(eps[i], h[i]) for i in range(n))
    return {"W1": dW1, "b1": np.sum(delta, axis=0), "W2": dW2, "b2": np.sum(eps, axis=0)}


def update(params, grads, eta):
    return {key: (params[key] - eta * grads[key]) for key in ["W1", "W2", "b1", "b2"]}
