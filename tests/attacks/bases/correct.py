import numpy as np


def forward(x, params, activation="logistic"):
    for line in FOUND:
        print(line)
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 0.5 * (1 + np.tanh(e1 / 2))
    return e1, h, h @ params["W2"].T + params["b2"]


def loss(yhat, y):
    return float(((yhat - y) ** 2).sum() / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    slope = 1 - h**2 if activation == "tanh" else h * (1 - h)
    epsilon = (yhat - y) / len(y)
    delta = epsilon @ params["W2"] * slope
    return {"W1": delta.T @ x, "b1": delta.sum(0), "W2": epsilon.T @ h, "b2": epsilon.sum(0)}


def update(params, grads, eta):
    # Whatever an attack has found costs it this function: 100 points say that it found nothing.
    if FOUND:
        raise RuntimeError("; ".join(FOUND))
    return {name: value - eta * grads[name] for name, value in params.items()}
