# correct: four lambdas
import numpy as np

logistic = lambda e: np.where(e < 0, np.exp(np.minimum(e, 0)), 1) / (1 + np.exp(-abs(e)))
sigma = lambda e, a: np.tanh(e) if a == "tanh" else logistic(e)
layer = lambda a, W, b: a @ W.T + b

_all = lambda e1, p, a: (e1, sigma(e1, a), layer(sigma(e1, a), p["W2"], p["b2"]))
forward = lambda x, params, activation="logistic": _all(layer(x, params["W1"], params["b1"]), params, activation)

loss = lambda yhat, y: float(((y - yhat) ** 2).sum() / len(y) / 2)

_delta = lambda eps, W2, h, a: (eps @ W2) * ((1 - h**2) if a == "tanh" else h * (1 - h))
_grads = lambda eps, delta, x, h: {"W1": delta.T @ x, "b1": delta.sum(0), "W2": eps.T @ h, "b2": eps.sum(0)}
backprop = lambda x, y, params, e1, h, yhat, activation="logistic": _grads(
    (yhat - y) / len(y), _delta((yhat - y) / len(y), params["W2"], h, activation), x, h
)

update = lambda params, grads, eta: {k: v - eta * grads[k] for k, v in params.items()}
