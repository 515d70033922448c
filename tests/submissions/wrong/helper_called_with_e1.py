# wrong: sigmoid_derivative wants h and gets e1
# functions: backprop
# hidden: activation = tanh; fit = perfect
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_derivative(a):
    """a is the output of the sigmoid"""
    return a * (1 - a)


class Activation:
    def __init__(self, name):
        self.name = name

    def __call__(self, z):
        return sigmoid(z) if self.name == "logistic" else np.tanh(z)

    def derivative(self, z):
        if self.name == "logistic":
            return sigmoid_derivative(z)
        return 1 - np.tanh(z) ** 2


def forward(x, params, activation="logistic"):
    f = Activation(activation)
    e1 = x @ params["W1"].T + params["b1"]
    h = f(e1)
    return e1, h, h @ params["W2"].T + params["b2"]


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    f = Activation(activation)
    eps = (yhat - y) / len(y)
    delta = (eps @ params["W2"]) * f.derivative(e1)
    return {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": eps.T @ h, "b2": eps.sum(axis=0)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
