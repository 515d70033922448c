# wrong: the bias gradients stand under each other's key
# functions: backprop
import numpy as np

# homework 2: neural net


def forward(x, params, activation="logistic"):
    # first layer
    e1 = np.dot(x, params["W1"].T) + params["b1"]
    # squash
    if activation == "logistic":
        h = 1.0 / (1.0 + np.exp(-e1))
    elif activation == "tanh":
        h = np.tanh(e1)
    # second layer
    yhat = np.dot(h, params["W2"].T) + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    error = y - yhat
    squared = np.square(error)
    return np.sum(squared) / (2.0 * len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / len(y)
    delta = np.dot(eps, params["W2"])
    if activation == "logistic":
        delta = delta * h * (1.0 - h)
    elif activation == "tanh":
        delta = delta * (1.0 - h * h)
    return {
        "W1": np.dot(delta.T, x),
        "b1": np.sum(eps, axis=0),
        "W2": np.dot(eps.T, h),
        "b2": np.sum(delta, axis=0),
    }


def update(params, grads, eta):
    W1 = params["W1"] - eta * grads["W1"]
    b1 = params["b1"] - eta * grads["b1"]
    W2 = params["W2"] - eta * grads["W2"]
    b2 = params["b2"] - eta * grads["b2"]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
