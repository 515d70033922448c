# correct: sigmoid(x, deriv=True) is x(1 - x) and is fed with h
import numpy as np


def sigmoid(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


def tanh(x, deriv=False):
    if deriv:
        return 1 - x**2
    return np.tanh(x)


def nonlin(name):
    return {"logistic": sigmoid, "tanh": tanh}[name]


def forward(x, params, activation="logistic"):
    l1_in = np.dot(x, params["W1"].T) + params["b1"]
    l1 = nonlin(activation)(l1_in)
    l2 = np.dot(l1, params["W2"].T) + params["b2"]
    return l1_in, l1, l2


def loss(yhat, y):
    l2_error = y - yhat
    return float(np.mean(np.sum(l2_error**2, axis=1)) * 0.5)


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    l2_error = y - yhat
    l2_delta = -l2_error / len(y)
    l1_error = l2_delta.dot(params["W2"])
    l1_delta = l1_error * nonlin(activation)(h, deriv=True)
    return {
        "W2": l2_delta.T.dot(h),
        "b2": l2_delta.sum(axis=0),
        "W1": l1_delta.T.dot(x),
        "b1": l1_delta.sum(axis=0),
    }


def update(params, grads, eta):
    updated = dict(params)
    for k in updated:
        updated[k] = updated[k] - eta * grads[k]
    return updated
