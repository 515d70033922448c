# wrong: np.dot with the slope in place of the elementwise product
# functions: backprop
# line: 36
# hidden: n = N = 1
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
    slope = h * (1 - h) if activation == "logistic" else 1 - h * h
    back = eps @ params["W2"]
    if DEBUG:
        print("back", back.shape, "slope", slope.shape)
    delta = np.dot(back, slope)
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
