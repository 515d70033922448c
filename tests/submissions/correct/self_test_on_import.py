# correct: a self-test that runs and prints when the module is imported
import numpy as np


def forward(x, params, activation="logistic"):
    z = x @ params["W1"].T + params["b1"]
    a = np.tanh(z) if activation == "tanh" else 1 / (1 + np.exp(-z))
    return z, a, a @ params["W2"].T + params["b2"]


def loss(yhat, y):
    return float(np.sum((yhat - y) ** 2) / (2 * y.shape[0]))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / y.shape[0]
    delta = (eps @ params["W2"]) * (1 - h**2 if activation == "tanh" else h * (1 - h))
    return {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": eps.T @ h, "b2": eps.sum(axis=0)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}


def grad_check(activation):
    rng = np.random.RandomState(0)
    x, y = rng.randn(6, 3), rng.randn(6, 2)
    params = {"W1": rng.randn(4, 3), "b1": rng.randn(4), "W2": rng.randn(2, 4), "b2": rng.randn(2)}
    grads = backprop(x, y, params, *forward(x, params, activation), activation)
    worst = 0
    for name in params:
        for i in np.ndindex(params[name].shape):
            values = []
            for s in (1e-5, -1e-5):
                moved = {k: v.copy() for k, v in params.items()}
                moved[name][i] += s
                values.append(loss(forward(x, moved, activation)[2], y))
            worst = max(worst, abs((values[0] - values[1]) / 2e-5 - grads[name][i]))
    print("gradient check", activation, "worst error", worst)
    assert worst < 1e-7


for kind in ["logistic", "tanh"]:
    grad_check(kind)
print("all tests passed!")
