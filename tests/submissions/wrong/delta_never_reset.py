# wrong: the sum over the outputs isn't set back to zero for the next unit
# functions: backprop
# line: 48
# hidden: n = N = 1; fit = perfect
import math

import numpy as np


def forward(x, params, activation="logistic"):
    n, D = x.shape
    N = params["W1"].shape[0]
    K = params["W2"].shape[0]
    e1 = np.zeros((n, N))
    h = np.zeros((n, N))
    yhat = np.zeros((n, K))
    for i in range(n):
        for j in range(N):
            e1[i, j] = params["b1"][j]
            for d in range(D):
                e1[i, j] += params["W1"][j, d] * x[i, d]
            if activation == "tanh":
                h[i, j] = math.tanh(e1[i, j])
            else:
                h[i, j] = 0.5 * (1 + math.tanh(e1[i, j] / 2))
        for k in range(K):
            yhat[i, k] = params["b2"][k]
            for j in range(N):
                yhat[i, k] += params["W2"][k, j] * h[i, j]
    return e1, h, yhat


def loss(yhat, y):
    n, K = y.shape
    L = 0.0
    for i in range(n):
        for k in range(K):
            L += (y[i, k] - yhat[i, k]) ** 2
    return L / (2 * n)


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n, D = x.shape
    K, N = params["W2"].shape
    dW1, db1 = np.zeros((N, D)), np.zeros(N)
    dW2, db2 = np.zeros((K, N)), np.zeros(K)
    eps = (yhat - y) / n
    back = 0.0
    for i in range(n):
        for k in range(K):
            db2[k] += eps[i, k]
            for j in range(N):
                dW2[k, j] += eps[i, k] * h[i, j]
        for j in range(N):
            for k in range(K):
                back += eps[i, k] * params["W2"][k, j]
            slope = 1 - h[i, j] ** 2 if activation == "tanh" else h[i, j] * (1 - h[i, j])
            db1[j] += back * slope
            for d in range(D):
                dW1[j, d] += back * slope * x[i, d]
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def update(params, grads, eta):
    new = {}
    for name in ["W1", "b1", "W2", "b2"]:
        new[name] = params[name].copy()
        new[name] -= eta * grads[name]
    return new
