# correct: gradient by centred finite differences with h = 1e-5
# accuracy: 1e-6
import numpy as np


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 0.5 * (1 + np.tanh(0.5 * e1))
    yhat = h @ params["W2"].T + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic", step=1e-5):
    """dL/du is about (L(u + step) - L(u - step)) / (2 step)."""
    p = {name: u.copy() for name, u in params.items()}
    grads = {}
    for name, u in p.items():
        grads[name] = np.zeros(u.shape)
        flat, out = u.reshape(-1), grads[name].reshape(-1)
        for i in range(flat.size):
            old = flat[i]
            flat[i] = old + step
            high = loss(forward(x, p, activation)[2], y)
            flat[i] = old - step
            low = loss(forward(x, p, activation)[2], y)
            flat[i] = old
            out[i] = (high - low) / (2 * step)
    return grads


def update(params, grads, eta):
    return {name: u - eta * grads[name] for name, u in params.items()}
