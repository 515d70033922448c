# wrong: the dual numbers' tanh has the slope 1 - t in place of 1 - t^2
# functions: backprop
# hidden: activation = logistic; fit = perfect
import numpy as np


class Dual:
    def __init__(self, value, slope):
        self.value = value
        self.slope = slope

    def __add__(self, other):
        return Dual(self.value + other.value, self.slope + other.slope)

    def times(self, other):
        return Dual(self.value @ other.value.T, self.value @ other.slope.T + self.slope @ other.value.T)

    def squash(self, activation):
        if activation == "tanh":
            t = np.tanh(self.value)
            return Dual(t, (1 - t) * self.slope)
        s = 1 / (1 + np.exp(-self.value))
        return Dual(s, s * (1 - s) * self.slope)


def constant(a):
    return Dual(a, np.zeros(a.shape))


def run(x, p, activation):
    e1 = constant(x).times(p["W1"]) + p["b1"]
    h = e1.squash(activation)
    return e1, h, h.times(p["W2"]) + p["b2"]


def forward(x, params, activation="logistic"):
    return tuple(d.value for d in run(x, {k: constant(v) for k, v in params.items()}, activation))


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    grads = {}
    for name in params:
        grads[name] = np.zeros(params[name].shape)
        for i in np.ndindex(params[name].shape):
            p = {k: constant(v) for k, v in params.items()}
            p[name].slope[i] = 1
            out = run(x, p, activation)[2]
            grads[name][i] = np.sum((out.value - y) * out.slope) / len(y)
    return grads


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
