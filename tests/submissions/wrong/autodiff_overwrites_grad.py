# wrong: in the autodiff class a node used twice keeps the last gradient, not the sum
# functions: backprop
# hidden: fit = perfect
import numpy as np


class Var:
    def __init__(self, value, back=()):
        self.value, self.back, self.grad = value, back, None

    def __mul__(self, other):
        return Var(self.value * other.value, [(self, lambda g: g * other.value), (other, lambda g: g * self.value)])

    def __add__(self, other):
        return Var(self.value + other.value, [(self, lambda g: g), (other, lambda g: g.sum(axis=0))])

    def matmul_T(self, W):
        return Var(self.value @ W.value.T, [(self, lambda g: g @ W.value), (W, lambda g: g.T @ self.value)])

    def sigma(self, activation):
        if activation == "tanh":
            s = np.tanh(self.value)
            return Var(s, [(self, lambda g: g * (1 - s**2))])
        s = 1 / (1 + np.exp(-self.value))
        return Var(s, [(self, lambda g: g * s * (1 - s))])

    def minus(self, c):
        return Var(self.value - c, [(self, lambda g: g)])

    def backward(self, grad):
        self.grad = grad  # should be +=
        for parent, rule in self.back:
            parent.backward(rule(grad))


def network(x, p, activation):
    e1 = Var(x).matmul_T(p["W1"]) + p["b1"]
    h = e1.sigma(activation)
    return e1, h, h.matmul_T(p["W2"]) + p["b2"]


def forward(x, params, activation="logistic"):
    return tuple(v.value for v in network(x, {k: Var(u) for k, u in params.items()}, activation))


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    p = {k: Var(u) for k, u in params.items()}
    d = network(x, p, activation)[2].minus(y)
    (d * d).backward(np.ones(y.shape) / (2 * len(y)))
    return {k: v.grad for k, v in p.items()}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
