# correct: prints every element at every step
import numpy as np

np.set_printoptions(threshold=100000, precision=17)


def forward(x, params, activation="logistic"):
    n, N = len(x), len(params["b1"])
    e1 = x @ params["W1"].T + params["b1"]
    h = np.zeros_like(e1)
    for i in range(n):
        for j in range(N):
            h[i, j] = np.tanh(e1[i, j]) if activation == "tanh" else 0.5 * (1 + np.tanh(e1[i, j] / 2))
            print("sample", i, "unit", j, "e =", e1[i, j], "h =", h[i, j])
    yhat = h @ params["W2"].T + params["b2"]
    print(yhat)
    print("=" * 200)
    return e1, h, yhat


def loss(yhat, y):
    print("yhat", yhat, "y", y, sep="\n")
    total = 0.0
    for i in range(len(y)):
        part = float(np.sum((y[i] - yhat[i]) ** 2))
        total += part
        print("after sample", i, "the sum is", total)
    return total / (2 * len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    print(locals())
    eps = (yhat - y) / len(y)
    delta = (eps @ params["W2"]) * (1 - h**2 if activation == "tanh" else h * (1 - h))
    grads = {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": eps.T @ h, "b2": eps.sum(axis=0)}
    print("grads:", grads)
    return grads


def update(params, grads, eta):
    new = {k: params[k] - eta * grads[k] for k in params}
    for k in new:
        print(k, "was", params[k], "is", new[k])
    return new
