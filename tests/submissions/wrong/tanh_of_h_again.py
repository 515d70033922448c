# wrong: the slope of tanh is taken at tanh(h), squashed once too often
# functions: backprop
# hidden: activation = logistic; fit = perfect
import numpy as np

DEBUG = True


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    if DEBUG:
        print("forward: e1 has shape", e1.shape)
    h = 1 / (1 + np.exp(-e1)) if activation == "logistic" else np.tanh(e1)
    yhat = h @ params["W2"].T + params["b2"]
    if DEBUG:
        print("forward: yhat", yhat[0])
    return e1, h, yhat


def loss(yhat, y):
    n, K = yhat.shape
    L = np.sum((y - yhat) ** 2) / 2 / n
    if DEBUG:
        print("loss =", L)
    return L


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = yhat.shape[0]
    eps = (yhat - y) / n
    if activation == "logistic":
        slope = h * (1 - h)
    else:
        slope = 1 - np.tanh(h) ** 2
    delta = eps @ params["W2"] * slope
    if DEBUG:
        print("delta", delta[0])
    dW1, dW2 = delta.T @ x, eps.T @ h
    db1, db2 = delta.sum(axis=0), eps.sum(axis=0)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def update(params, grads, eta):
    out = dict()
    for k in params:
        out[k] = params[k] - eta * grads[k]
        if DEBUG:
            print("update:", k, out[k].shape)
    return out
