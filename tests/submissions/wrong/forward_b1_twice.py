# wrong: the copied line of layer 2 still adds b1
# functions: forward
# line: 10
import numpy as np


def forward(x, params, activation="logistic"):
    e1 = np.einsum("id,jd->ij", x, params["W1"]) + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 0.5 * (1 + np.tanh(0.5 * e1))
    yhat = np.einsum("ij,kj->ik", h, params["W2"]) + params["b1"]
    return e1, h, yhat


def loss(yhat, y):
    r = yhat - y
    return np.einsum("ik,ik", r, r) / (2 * r.shape[0])


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    r = (yhat - y) / y.shape[0]
    s = 1 - h**2 if activation == "tanh" else h * (1 - h)
    d = np.einsum("ik,kj,ij->ij", r, params["W2"], s)
    return {
        "W1": np.einsum("ij,id->jd", d, x),
        "b1": np.einsum("ij->j", d),
        "W2": np.einsum("ik,ij->kj", r, h),
        "b2": np.einsum("ik->k", r),
    }


def update(params, grads, eta):
    return {k: v - eta * grads[k] for k, v in params.items()}
