# correct: loop over the hidden units and the outputs, one column at a time
import numpy as np

SIGMA = {
    "logistic": lambda e: 1 / (1 + np.exp(-e)),
    "tanh": np.tanh,
}


def forward(x, params, activation="logistic"):
    n, D = x.shape
    N = params["W1"].shape[0]
    K = params["W2"].shape[0]
    e1 = np.empty((n, N))
    h = np.empty((n, N))
    for j in range(N):
        column = np.full(n, params["b1"][j])
        for d in range(D):
            column = column + params["W1"][j, d] * x[:, d]
        e1[:, j] = column
        h[:, j] = SIGMA[activation](column)
    yhat = np.empty((n, K))
    for k in range(K):
        yhat[:, k] = params["b2"][k] + sum(params["W2"][k, j] * h[:, j] for j in range(N))
    return e1, h, yhat


def loss(yhat, y):
    n, K = y.shape
    return sum(float(np.dot(yhat[:, k] - y[:, k], yhat[:, k] - y[:, k])) for k in range(K)) / n / 2


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n, D = x.shape
    K, N = params["W2"].shape
    eps = [(yhat[:, k] - y[:, k]) / n for k in range(K)]
    g = {key: np.zeros_like(params[key]) for key in params}
    for k in range(K):
        g["b2"][k] = eps[k].sum()
        for j in range(N):
            g["W2"][k, j] = np.dot(eps[k], h[:, j])
    for j in range(N):
        s = h[:, j]
        slope = 1 - s**2 if activation == "tanh" else s - s**2
        delta = slope * sum(eps[k] * params["W2"][k, j] for k in range(K))
        g["b1"][j] = delta.sum()
        for d in range(D):
            g["W1"][j, d] = np.dot(delta, x[:, d])
    return g


def update(params, grads, eta):
    new = {}
    for name, value in params.items():
        step = eta * grads[name]
        new[name] = value - step
    return new
