# wrong: tanh as a quotient of exponentials, NaN where they overflow
# functions: forward
# line: 11
# hidden: activation = logistic; excitation = moderate; excitation = 40; excitation = 300
import numpy as np


def forward(x, params, activation="logistic"):
    e1 = x.dot(params["W1"].T) + params["b1"]
    p, m = np.exp(e1), np.exp(-e1)
    h = (p - m) / (p + m) if activation == "tanh" else 1 / (1 + m)
    return e1, h, h.dot(params["W2"].T) + params["b2"]


def loss(yhat, y):
    return ((yhat - y) ** 2).sum() / len(y) / 2


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    E = (yhat - y) / len(y)
    D = E.dot(params["W2"]) * (1 - h**2 if activation == "tanh" else h - h**2)
    return dict(W1=D.T.dot(x), b1=D.sum(0), W2=E.T.dot(h), b2=E.sum(0))


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
