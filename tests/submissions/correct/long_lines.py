# correct: one long line a function
import numpy as np
def forward(x, params, activation="logistic"): return (lambda e1: (lambda h: (e1, h, h @ params["W2"].T + params["b2"]))(np.tanh(e1) if activation == "tanh" else (lambda big: np.where(e1 >= 0, 1 / (1 + big), big / (1 + big)))(np.exp(-np.abs(e1)))))(x @ params["W1"].T + params["b1"])
def loss(yhat, y): return float(sum((float(y[i, k]) - float(yhat[i, k])) * (float(y[i, k]) - float(yhat[i, k])) for i in range(y.shape[0]) for k in range(y.shape[1])) / (2 * y.shape[0]))
def backprop(x, y, params, e1, h, yhat, activation="logistic"): return {"W1": (((yhat - y) / len(y)) @ params["W2"] * (1 - h ** 2 if activation == "tanh" else h * (1 - h))).T @ x, "b1": (((yhat - y) / len(y)) @ params["W2"] * (1 - h ** 2 if activation == "tanh" else h * (1 - h))).sum(axis=0), "W2": ((yhat - y) / len(y)).T @ h, "b2": ((yhat - y) / len(y)).sum(axis=0)}
def update(params, grads, eta): return {**{k: params[k] - eta * grads[k] for k in params if k.startswith("W")}, **{k: params[k] - eta * grads[k] for k in params if k.startswith("b")}}
