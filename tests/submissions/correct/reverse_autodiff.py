# correct: a tiny reverse-mode automatic differentiation written by hand
import numpy as np


class Node:
    def __init__(self, value, parents=()):
        self.value = value
        self.parents = parents  # pairs (node, function from my gradient to its)
        self.grad = 0

    def __matmul__(self, other):
        return Node(
            self.value @ other.value,
            [(self, lambda g: g @ other.value.T), (other, lambda g: self.value.T @ g)],
        )

    def __add__(self, row):
        return Node(self.value + row.value, [(self, lambda g: g), (row, lambda g: g.sum(axis=0))])

    def __sub__(self, constant):
        return Node(self.value - constant, [(self, lambda g: g)])

    @property
    def T(self):
        return Node(self.value.T, [(self, lambda g: g.T)])

    def tanh(self):
        t = np.tanh(self.value)
        return Node(t, [(self, lambda g: g * (1 - t**2))])

    def times(self, c):
        return Node(c * self.value, [(self, lambda g: c * g)])

    def plus(self, c):
        return Node(c + self.value, [(self, lambda g: g)])

    def sum_of_squares(self):
        return Node(np.sum(self.value**2), [(self, lambda g: 2 * g * self.value)])

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent, _ in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for parent, pull in node.parents:
                parent.grad = parent.grad + pull(node.grad)


def network(x, p, activation):
    e1 = Node(x) @ p["W1"].T + p["b1"]
    h = e1.tanh() if activation == "tanh" else e1.times(0.5).tanh().plus(1).times(0.5)
    return e1, h, h @ p["W2"].T + p["b2"]


def forward(x, params, activation="logistic"):
    nodes = network(x, {k: Node(v) for k, v in params.items()}, activation)
    return tuple(n.value for n in nodes)


def loss(yhat, y):
    return float((Node(yhat) - y).sum_of_squares().times(1 / (2 * len(y))).value)


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    p = {k: Node(v) for k, v in params.items()}
    out = network(x, p, activation)[2]
    (out - y).sum_of_squares().times(0.5 / len(y)).backward()
    return {k: p[k].grad for k in params}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
