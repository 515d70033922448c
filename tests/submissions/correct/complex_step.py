# correct: gradient by the complex step
import numpy as np

STEP = 1e-30


def sigma(e, activation):
    if activation == "tanh":
        return np.tanh(e)
    # real part decides the side, so that a complex e works as well
    safe = np.where(e.real >= 0, e, -e)
    small = np.exp(-safe)
    return np.where(e.real >= 0, 1 / (1 + small), small / (1 + small))


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    h = sigma(e1, activation)
    return e1, h, h @ params["W2"].T + params["b2"]


def sum_of_squares(yhat, y):
    d = yhat - y
    return (d * d).sum() / (2 * len(y))  # no abs, no norm: they'd lose the imaginary part


def loss(yhat, y):
    return float(sum_of_squares(yhat, y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    p = {k: v.astype(complex) for k, v in params.items()}
    grads = {}
    for name in p:
        g = np.zeros(p[name].shape)
        for index in np.ndindex(*g.shape):
            p[name][index] += 1j * STEP
            g[index] = sum_of_squares(forward(x, p, activation)[2], y).imag / STEP
            p[name][index] = p[name][index].real
        grads[name] = g
    return grads


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
