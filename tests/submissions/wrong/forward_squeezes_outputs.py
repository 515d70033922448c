# wrong: squeezes the outputs, which loses an axis of length one
# functions: forward
# line: 16
# hidden: n > 1 and K > 1
import numpy as np


def forward(x, params, activation="logistic"):
    e1, h, yhat = [], [], []
    for xi in x:
        ei = params["W1"].dot(xi) + params["b1"]
        hi = np.tanh(ei) if activation == "tanh" else 1 / (1 + np.exp(-ei))
        e1.append(ei)
        h.append(hi)
        yhat.append(params["W2"].dot(hi) + params["b2"])
    return np.array(e1), np.array(h), np.squeeze(np.array(yhat))


def loss(yhat, y):
    total = 0.0
    for i in range(len(y)):
        d = y[i] - yhat[i]
        total += d.dot(d)
    return total / (2 * len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = len(x)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for i in range(n):
        eps = (yhat[i] - y[i]) / n
        back = params["W2"].T.dot(eps)
        if activation == "tanh":
            delta = back * (1 - h[i] ** 2)
        else:
            delta = back * h[i] * (1 - h[i])
        grads["W2"] += np.outer(eps, h[i])
        grads["b2"] += eps
        grads["W1"] += np.outer(delta, x[i])
        grads["b1"] += delta
    return grads


def update(params, grads, eta):
    return {name: params[name] - eta * grads[name] for name in params}
