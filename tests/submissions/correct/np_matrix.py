# correct: np.matrix inside, * is the matrix product
# forgiven: returns np.matrix for the two-dimensional arrays
import numpy as np


def forward(x, params, activation="logistic"):
    X, W1, W2 = np.asmatrix(x), np.asmatrix(params["W1"]), np.asmatrix(params["W2"])
    e1 = X * W1.T + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1))
    yhat = h * W2.T + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    D = np.asmatrix(yhat) - np.asmatrix(y)
    return float((D * D.T).trace().item()) / (2 * D.shape[0])


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    E = (np.asmatrix(yhat) - np.asmatrix(y)) / len(y)
    H = np.asmatrix(h)
    if activation == "tanh":
        slope = 1 - np.power(H, 2)
    else:
        slope = np.multiply(H, 1 - H)
    D = np.multiply(E * np.asmatrix(params["W2"]), slope)
    return {"W1": D.T * np.asmatrix(x), "b1": D.sum(0).A1, "W2": E.T * H, "b2": E.sum(0).A1}


def update(params, grads, eta):
    new = {}
    for k in params:
        new[k] = params[k] - eta * grads[k]
    return new
