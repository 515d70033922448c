# correct: log(1 + exp(-e)) by np.logaddexp, slopes from e1 through logarithms
import numpy as np


def log_sigma(e):
    return -np.logaddexp(0.0, -e)


def forward(x, params, activation="logistic"):
    e1 = np.add(np.dot(x, params["W1"].T), params["b1"])
    if activation == "logistic":
        h = np.exp(log_sigma(e1))
    else:
        h = np.exp(log_sigma(2 * e1)) - np.exp(log_sigma(-2 * e1))
    yhat = np.add(np.dot(h, params["W2"].T), params["b2"])
    return e1, h, yhat


def loss(yhat, y):
    return float(np.einsum("ik->", (yhat - y) ** 2) / (y.shape[0] + y.shape[0]))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    g = 1.0 if activation == "logistic" else 2.0
    # sigma' = sigma(e) sigma(-e); tanh' = 4 sigma(2e) sigma(-2e)
    slope = g * g * np.exp(log_sigma(g * e1) + log_sigma(-g * e1))
    eps = np.subtract(yhat, y) / y.shape[0]
    delta = np.multiply(slope, np.dot(eps, params["W2"]))
    return {
        "W1": np.dot(delta.T, x),
        "b1": np.dot(delta.T, np.ones(x.shape[0])),
        "W2": np.dot(eps.T, h),
        "b2": np.dot(eps.T, np.ones(x.shape[0])),
    }


def update(params, grads, eta):
    return {k: np.add(params[k], -eta * grads[k]) for k in params}
