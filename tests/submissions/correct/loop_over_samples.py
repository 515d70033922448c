# correct: loop over the samples, one vector at a time
import numpy as np


def forward(x, params, activation="logistic"):
    n = len(x)
    N = len(params["b1"])
    K = len(params["b2"])
    e1 = np.zeros((n, N))
    h = np.zeros((n, N))
    yhat = np.zeros((n, K))
    for i in range(n):
        xi = x[i]
        ei = np.dot(params["W1"], xi) + params["b1"]
        if activation == "tanh":
            hi = np.tanh(ei)
        else:
            # avoid overflow: clip only inside the exponential
            hi = 1 / (1 + np.exp(-np.clip(ei, -700, 700)))
        e1[i] = ei
        h[i] = hi
        yhat[i] = np.dot(params["W2"], hi) + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    total = 0.0
    for yh, yt in zip(yhat, y):
        d = yt - yh
        total += np.dot(d, d)
    return float(total / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = x.shape[0]
    dW1 = np.zeros(params["W1"].shape)
    db1 = np.zeros(params["b1"].shape)
    dW2 = np.zeros(params["W2"].shape)
    db2 = np.zeros(params["b2"].shape)
    for i in range(n):
        eps = yhat[i] - y[i]
        dW2 += eps[:, np.newaxis] * h[i]
        db2 += eps
        delta = np.dot(params["W2"].T, eps)
        if activation == "tanh":
            delta = delta * (1 - h[i] ** 2)
        else:
            delta = delta * h[i] * (1 - h[i])
        dW1 += delta[:, np.newaxis] * x[i]
        db1 += delta
    # 1/n once, at the end
    return {"W1": dW1 / n, "b1": db1 / n, "W2": dW2 / n, "b2": db2 / n}


def update(params, grads, eta):
    return {
        "W1": params["W1"] - eta * grads["W1"],
        "b1": params["b1"] - eta * grads["b1"],
        "W2": params["W2"] - eta * grads["W2"],
        "b2": params["b2"] - eta * grads["b2"],
    }
