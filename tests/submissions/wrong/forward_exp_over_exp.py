# wrong: the logistic as a quotient with exp(e) above and below, NaN where it overflows
# functions: forward
# line: 28
# hidden: activation = tanh; excitation = moderate; excitation = 40; excitation = 300
import numpy as np


def logistic(e):
    return 1 / (1 + np.exp(-e))


def sigma(e, activation):
    if activation == "logistic":
        return logistic(e)
    return np.tanh(e)


def sigma_prime(h, activation):
    """slope, from the value h = sigma(e)"""
    if activation == "logistic":
        return h * (1 - h)
    return 1 - h**2


def forward(x, params, activation="logistic"):
    e1 = np.matmul(x, params["W1"].T) + params["b1"]
    if activation == "logistic":
        h = np.exp(e1) / (np.exp(e1) + 1)
    else:
        h = np.tanh(e1)
    yhat = np.matmul(h, params["W2"].T) + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    return 0.5 * float(np.mean(np.sum((yhat - y) ** 2, axis=1)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    epsilon = (yhat - y) / len(x)
    delta = np.matmul(epsilon, params["W2"]) * sigma_prime(h, activation)
    dW1 = np.matmul(delta.T, x)
    dW2 = np.matmul(epsilon.T, h)
    return {"W1": dW1, "b1": delta.sum(axis=0), "W2": dW2, "b2": epsilon.sum(axis=0)}


def update(params, grads, eta):
    new_params = {}
    for name, value in params.items():
        new_params[name] = value - eta * grads[name]
    return new_params
