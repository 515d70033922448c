# correct: samples in columns inside, as in the other course, rows outside
import numpy as np


def forward(x, params, activation="logistic"):
    X = x.T                                             # (D, n)
    b1 = params["b1"].reshape(-1, 1)                    # (N, 1)
    b2 = params["b2"].reshape(-1, 1)                    # (K, 1)
    Z1 = params["W1"].dot(X) + b1                       # (N, n)
    if activation == "logistic":
        A1 = 1 / (1 + np.exp(-Z1))
    elif activation == "tanh":
        A1 = np.tanh(Z1)
    Z2 = params["W2"].dot(A1) + b2                      # (K, n)
    return Z1.T, A1.T, Z2.T


def loss(yhat, y):
    m = y.T.shape[1]
    diff = yhat.T - y.T
    return float(np.trace(diff.dot(diff.T)) / 2 / m)


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    X, Y, A1, Z2 = x.T, y.T, h.T, yhat.T
    m = X.shape[1]
    dZ2 = Z2 - Y
    dW2 = 1 / m * dZ2.dot(A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = params["W2"].T.dot(dZ2)
    if activation == "logistic":
        dZ1 = dA1 * A1 * (1 - A1)
    else:
        dZ1 = dA1 * (1 - A1**2)
    dW1 = 1 / m * dZ1.dot(X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    # the biases are vectors outside
    return {"W1": dW1, "b1": db1[:, 0], "W2": dW2, "b2": db2[:, 0]}


def update(params, grads, eta):
    W1 = params["W1"] - eta * grads["W1"]
    b1 = params["b1"] - eta * grads["b1"]
    W2 = params["W2"] - eta * grads["W2"]
    b2 = params["b2"] - eta * grads["b2"]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
