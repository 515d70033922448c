# correct: scalar arithmetic on nested lists with the math module, arrays only at the end
import math

import numpy as np


def sig(e, kind):
    if kind == "tanh":
        return math.tanh(e)
    if e >= 0:
        return 1.0 / (1.0 + math.exp(-e))
    t = math.exp(e)
    return t / (1.0 + t)


def forward(x, params, activation="logistic"):
    W1 = params["W1"].tolist()
    b1 = params["b1"].tolist()
    W2 = params["W2"].tolist()
    b2 = params["b2"].tolist()
    E, H, Y = [], [], []
    for row in x.tolist():
        e = []
        for j in range(len(W1)):
            s = b1[j]
            for d in range(len(row)):
                s += W1[j][d] * row[d]
            e.append(s)
        h = [sig(v, activation) for v in e]
        out = []
        for k in range(len(W2)):
            s = b2[k]
            for j in range(len(h)):
                s += W2[k][j] * h[j]
            out.append(s)
        E.append(e)
        H.append(h)
        Y.append(out)
    return np.array(E), np.array(H), np.array(Y)


def loss(yhat, y):
    a, b = yhat.tolist(), y.tolist()
    total = 0.0
    for i in range(len(a)):
        for k in range(len(a[i])):
            total += (b[i][k] - a[i][k]) ** 2
    return total / (2 * len(a))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    X, T, H, O = x.tolist(), y.tolist(), h.tolist(), yhat.tolist()
    W2 = params["W2"].tolist()
    n, D, N, K = len(X), len(X[0]), len(H[0]), len(T[0])
    gW1 = [[0.0] * D for _ in range(N)]
    gb1 = [0.0] * N
    gW2 = [[0.0] * N for _ in range(K)]
    gb2 = [0.0] * K
    for i in range(n):
        eps = [(O[i][k] - T[i][k]) / n for k in range(K)]
        for k in range(K):
            gb2[k] += eps[k]
            for j in range(N):
                gW2[k][j] += eps[k] * H[i][j]
        for j in range(N):
            back = 0.0
            for k in range(K):
                back += eps[k] * W2[k][j]
            if activation == "tanh":
                back *= 1.0 - H[i][j] ** 2
            else:
                back *= H[i][j] * (1.0 - H[i][j])
            gb1[j] += back
            for d in range(D):
                gW1[j][d] += back * X[i][d]
    return {"W1": np.array(gW1), "b1": np.array(gb1), "W2": np.array(gW2), "b2": np.array(gb2)}


def update(params, grads, eta):
    def step(u, g):
        if isinstance(u, list):
            return [step(a, b) for a, b in zip(u, g)]
        return u - eta * g

    return {k: np.array(step(params[k].tolist(), grads[k].tolist())) for k in params}
