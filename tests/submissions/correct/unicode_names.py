# correct: Greek names, as on the slides
import numpy as np


def σ(e, activation):
    return np.tanh(e) if activation == "tanh" else (1 + np.tanh(e / 2)) / 2


def σʹ(h, activation):
    return 1 - h**2 if activation == "tanh" else h * (1 - h)


def forward(x, params, activation="logistic"):
    """ŷ = b⁽²⁾ + W⁽²⁾ σ(b⁽¹⁾ + W⁽¹⁾ x)"""
    e1 = x @ params["W1"].T + params["b1"]
    h = σ(e1, activation)
    ŷ = h @ params["W2"].T + params["b2"]
    return e1, h, ŷ


def loss(yhat, y):
    Σ = np.sum
    return float(Σ((y - yhat) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = len(y)
    ε = (yhat - y) / n
    δ = σʹ(h, activation) * (ε @ params["W2"])
    ᐁ = {"W1": δ.T @ x, "b1": δ.sum(axis=0), "W2": ε.T @ h, "b2": ε.sum(axis=0)}
    return ᐁ


def update(params, grads, eta):
    η = eta
    return {u: params[u] - η * grads[u] for u in params}
