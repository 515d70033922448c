# wrong: returns (h, e1, yhat)
# functions: forward
# hidden: a look at yhat alone
import numpy as np

# homework 2: neural net


def forward(x, params, activation="logistic"):
    e1 = np.dot(x, params["W1"].T) + params["b1"]
    if activation == "logistic":
        h = 1.0 / (1.0 + np.exp(-e1))
    elif activation == "tanh":
        h = np.tanh(e1)
    yhat = np.dot(h, params["W2"].T) + params["b2"]
    return h, e1, yhat


def loss(yhat, y):
    error = y - yhat
    squared = np.square(error)
    return np.sum(squared) / (2.0 * len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    grads = {}
    # error at the output
    eps = (yhat - y) / len(y)
    grads["W2"] = np.dot(eps.T, h)
    grads["b2"] = np.sum(eps, axis=0)
    # error at the hidden layer
    delta = np.dot(eps, params["W2"])
    if activation == "logistic":
        delta = delta * h * (1.0 - h)
    elif activation == "tanh":
        delta = delta * (1.0 - h * h)
    grads["W1"] = np.dot(delta.T, x)
    grads["b1"] = np.sum(delta, axis=0)
    return grads


def update(params, grads, eta):
    W1 = params["W1"] - eta * grads["W1"]
    b1 = params["b1"] - eta * grads["b1"]
    W2 = params["W2"] - eta * grads["W2"]
    b2 = params["b2"] - eta * grads["b2"]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
