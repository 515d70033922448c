# correct: from numpy import *
from numpy import *


def forward(x, params, activation="logistic"):
    e1 = dot(x, params["W1"].T) + params["b1"]
    if activation == "logistic":
        h = 1 / (1 + exp(-e1))
    else:
        h = tanh(e1)
    yhat = dot(h, params["W2"].T) + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    return float(sum((yhat - y) ** 2) / (2 * shape(y)[0]))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = shape(x)[0]
    eps = (yhat - y) / n
    if activation == "logistic":
        delta = dot(eps, params["W2"]) * h * (1 - h)
    else:
        delta = dot(eps, params["W2"]) * (1 - power(h, 2))
    return {"W1": dot(delta.T, x), "b1": sum(delta, axis=0), "W2": dot(eps.T, h), "b2": sum(eps, axis=0)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
