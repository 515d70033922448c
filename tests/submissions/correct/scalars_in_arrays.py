# correct: four nested loops, one array element at a time
import math
import numpy as np


def forward(x, params, activation="logistic"):
    n = x.shape[0]
    D = x.shape[1]
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
            if activation == "logistic":
                h[i, j] = 0.5 + 0.5 * math.tanh(0.5 * e1[i, j])
            elif activation == "tanh":
                h[i, j] = math.tanh(e1[i, j])
        for k in range(K):
            yhat[i, k] = params["b2"][k]
            for j in range(N):
                yhat[i, k] += params["W2"][k, j] * h[i, j]
    return (e1, h, yhat)


def loss(yhat, y):
    n = y.shape[0]
    K = y.shape[1]
    L = 0
    for i in range(n):
        for k in range(K):
            L = L + (y[i, k] - yhat[i, k]) ** 2
    L = L / (2 * n)
    return L


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n, D = x.shape
    K, N = params["W2"].shape
    epsilon = np.zeros((n, K))
    delta = np.zeros((n, N))
    for i in range(n):
        for k in range(K):
            epsilon[i, k] = (yhat[i, k] - y[i, k]) / n
    for i in range(n):
        for j in range(N):
            for k in range(K):
                delta[i, j] += epsilon[i, k] * params["W2"][k, j]
            if activation == "logistic":
                delta[i, j] *= h[i, j] * (1 - h[i, j])
            else:
                delta[i, j] *= 1 - h[i, j] * h[i, j]
    dW2 = np.zeros((K, N))
    db2 = np.zeros(K)
    for k in range(K):
        for i in range(n):
            db2[k] += epsilon[i, k]
            for j in range(N):
                dW2[k, j] += epsilon[i, k] * h[i, j]
    dW1 = np.zeros((N, D))
    db1 = np.zeros(N)
    for j in range(N):
        for i in range(n):
            db1[j] += delta[i, j]
            for d in range(D):
                dW1[j, d] += delta[i, j] * x[i, d]
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def update(params, grads, eta):
    new = {}
    for name in ("W1", "W2"):
        rows, cols = params[name].shape
        new[name] = np.zeros((rows, cols))
        for a in range(rows):
            for b in range(cols):
                new[name][a, b] = params[name][a, b] - eta * grads[name][a, b]
    for name in ("b1", "b2"):
        new[name] = np.zeros(len(params[name]))
        for a in range(len(params[name])):
            new[name][a] = params[name][a] - eta * grads[name][a]
    return new
