# correct: the slide's formula as it stands, with overflow warnings
import numpy as np


def logistic(e):
    return 1 / (1 + np.exp(-e))


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    if activation == "logistic":
        h = logistic(e1)
    else:
        h = 1 - 2 / (np.exp(2 * e1) + 1)
    yhat = h @ params["W2"].T + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    n = len(y)
    return 1 / (2 * n) * np.sum((y - yhat) ** 2)


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = len(y)
    eps = 1 / n * (yhat - y)
    if activation == "logistic":
        sigma_prime = np.exp(-e1) / (1 + np.exp(-e1)) ** 2
    else:
        sigma_prime = 1 / np.cosh(e1) ** 2
    delta = (eps @ params["W2"]) * sigma_prime
    return {"W1": delta.T @ x, "b1": delta.sum(0), "W2": eps.T @ h, "b2": eps.sum(0)}


def update(params, grads, eta):
    return {"W1": params["W1"] - eta * grads["W1"], "b1": params["b1"] - eta * grads["b1"],
            "W2": params["W2"] - eta * grads["W2"], "b2": params["b2"] - eta * grads["b2"]}
