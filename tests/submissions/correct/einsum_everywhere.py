# correct: einsum with the letters of the lecture
import numpy as np

es = np.einsum


def sigma(e, activation):
    if activation == "tanh":
        return np.tanh(e)
    return (1 + np.tanh(0.5 * e)) / 2


def forward(x, params, activation="logistic"):
    e1 = es("id,jd->ij", x, params["W1"]) + es("i,j->ij", np.ones(len(x)), params["b1"])
    h = sigma(e1, activation)
    yhat = es("ij,kj->ik", h, params["W2"]) + es("i,k->ik", np.ones(len(x)), params["b2"])
    return e1, h, yhat


def loss(yhat, y):
    diff = yhat - y
    return float(es("ik,ik->", diff, diff)) / (2 * len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / len(y)
    if activation == "tanh":
        slope = 1 - es("ij,ij->ij", h, h)
    else:
        slope = es("ij,ij->ij", h, 1 - h)
    delta = es("ik,kj,ij->ij", eps, params["W2"], slope)
    return dict(
        W1=es("ij,id->jd", delta, x),
        b1=es("ij->j", delta),
        W2=es("ik,ij->kj", eps, h),
        b2=es("ik->k", eps),
    )


def update(params, grads, eta):
    return {name: params[name] - eta * grads[name] for name in params}
