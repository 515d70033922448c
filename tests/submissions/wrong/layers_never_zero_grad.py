# wrong: the layers add to their gradients and are never set to zero
# functions: backprop
# hidden: the first call
import numpy as np


class Linear:
    def __init__(self):
        self.gW = 0
        self.gb = 0

    def back(self, error, inputs):
        self.gW = self.gW + error.T @ inputs
        self.gb = self.gb + error.sum(axis=0)


layers = {}


def layers_for(params):
    sizes = params["W1"].shape + params["W2"].shape
    if sizes not in layers:
        layers[sizes] = (Linear(), Linear())
    return layers[sizes]


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1))
    return e1, h, h @ params["W2"].T + params["b2"]


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    first, second = layers_for(params)
    eps = (yhat - y) / len(y)
    second.back(eps, h)
    first.back((eps @ params["W2"]) * (1 - h**2 if activation == "tanh" else h * (1 - h)), x)
    return {"W1": first.gW, "b1": first.gb, "W2": second.gW, "b2": second.gb}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
