# wrong: in column layout the bias (N,) is added to (N, n) as it is
# functions: forward
# line: 11, 16
# hidden: N = K = 1
# I keep the samples in columns inside the functions (like in my ML course)
import numpy as np


def forward(x, params, activation="logistic"):
    X = x.T
    Z1 = np.dot(params["W1"], X) + params["b1"]
    if activation == "tanh":
        A1 = np.tanh(Z1)
    else:
        A1 = 1 / (1 + np.exp(-Z1))
    Z2 = np.dot(params["W2"], A1) + params["b2"]
    return Z1.T, A1.T, Z2.T


def loss(yhat, y):
    m = y.shape[0]
    cost = 1 / (2 * m) * np.sum(np.square(yhat.T - y.T))
    return float(np.squeeze(cost))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    m = x.shape[0]
    X, Y, A1, A2 = x.T, y.T, h.T, yhat.T
    dZ2 = A2 - Y
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1)
    dA1 = np.dot(params["W2"].T, dZ2)
    if activation == "tanh":
        dZ1 = dA1 * (1 - np.power(A1, 2))
    else:
        dZ1 = dA1 * A1 * (1 - A1)
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def update(params, grads, eta):
    parameters = {}
    for l in range(1, 3):
        parameters["W" + str(l)] = params["W" + str(l)] - eta * grads["W" + str(l)]
        parameters["b" + str(l)] = params["b" + str(l)] - eta * grads["b" + str(l)]
    return parameters
