# correct: a class whose bound methods are the four functions
import numpy as np


class NeuralNet:
    """Holds nothing but the table of nonlinearities."""

    def __init__(self):
        self.sigmas = {"logistic": self._logistic, "tanh": np.tanh}
        self.slopes = {"logistic": self._logistic_slope, "tanh": self._tanh_slope}

    @staticmethod
    def _logistic(e):
        positive = np.exp(-np.maximum(e, 0))
        negative = np.exp(np.minimum(e, 0))
        return negative / (positive + negative)

    @staticmethod
    def _logistic_slope(h):
        return h * (1 - h)

    @staticmethod
    def _tanh_slope(h):
        return (1 + h) * (1 - h)

    def forward(self, x, params, activation="logistic"):
        e1 = x @ params["W1"].T + params["b1"]
        h = self.sigmas[activation](e1)
        return e1, h, h @ params["W2"].T + params["b2"]

    def loss(self, yhat, y):
        return float(np.linalg.norm(yhat - y) ** 2 / (2 * y.shape[0]))

    def backprop(self, x, y, params, e1, h, yhat, activation="logistic"):
        epsilon = (yhat - y) / y.shape[0]
        delta = epsilon @ params["W2"] * self.slopes[activation](h)
        grads = self._layer(delta, x, "1")
        grads.update(self._layer(epsilon, h, "2"))
        return grads

    def _layer(self, error, inputs, number):
        return {"W" + number: error.T @ inputs, "b" + number: error.sum(0)}

    def update(self, params, grads, eta):
        return {name: params[name] - eta * grads[name] for name in params}


net = NeuralNet()
forward = net.forward
loss = net.loss
backprop = net.backprop
update = net.update
