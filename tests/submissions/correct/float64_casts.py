# correct: everything cast to float64, atleast_2d and back
import numpy as np

F = np.float64


def _a(v):
    return np.asarray(v, dtype=F)


def forward(x, params, activation="logistic"):
    x = np.atleast_2d(_a(x))
    W1, b1 = _a(params["W1"]), _a(params["b1"]).ravel()
    W2, b2 = _a(params["W2"]), _a(params["b2"]).ravel()
    e1 = (np.matmul(x, W1.T) + b1).astype(F)
    if str(activation).lower() == "tanh":
        h = np.tanh(e1).astype(F)
    else:
        h = (F(1) / (F(1) + np.exp(-e1))).astype(F)
    yhat = (np.matmul(h, W2.T) + b2).astype(F)
    return e1, h, yhat


def loss(yhat, y):
    yhat, y = _a(yhat), _a(y)
    return F(np.sum((y - yhat) ** F(2)) / F(2 * y.shape[0]))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    x, y, e1, h, yhat = (np.atleast_2d(_a(v)) for v in (x, y, e1, h, yhat))
    epsilon = np.array((yhat - y) / F(x.shape[0]), dtype=F)
    if str(activation).lower() == "tanh":
        slope = F(1) - h**2
    else:
        slope = h * (F(1) - h)
    delta = epsilon @ _a(params["W2"]) * slope
    return {
        "W1": np.array(delta.T @ x, dtype="float64"),
        "b1": np.array(delta.sum(axis=0), dtype="float64"),
        "W2": np.array(epsilon.T @ h, dtype="float64"),
        "b2": np.array(epsilon.sum(axis=0), dtype="float64"),
    }


def update(params, grads, eta):
    return {k: _a(params[k]) - F(eta) * _a(grads[k]) for k in params}
