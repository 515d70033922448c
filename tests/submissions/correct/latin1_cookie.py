# -*- coding: latin-1 -*-
# correct: Latin-1 comments with a cookie
# Réseau de neurones à deux couches; les exemples sont les lignes.
import numpy as np


def forward(x, params, activation="logistic"):
    """Propage les entrées. Größe: (n, N), (n, N), (n, K)."""
    e1 = x @ params["W1"].T + params["b1"]
    # tangente hyperbolique ou logistique; pas de dépassement à cause de tanh
    h = np.tanh(e1) if activation == "tanh" else 0.5 * (1 + np.tanh(e1 / 2))
    yhat = h @ params["W2"].T + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    # moitié de la moyenne des carrés, ½ · 1/n
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    écart = (yhat - y) / len(y)
    pente = 1 - h**2 if activation == "tanh" else h * (1 - h)
    caché = pente * (écart @ params["W2"])
    return {"W1": caché.T @ x, "b1": caché.sum(axis=0), "W2": écart.T @ h, "b2": écart.sum(axis=0)}


def update(params, grads, eta):
    # descente à pas fixe
    return {nom: u - eta * grads[nom] for nom, u in params.items()}
