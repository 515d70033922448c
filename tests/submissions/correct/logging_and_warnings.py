# correct: logging and warnings.warn
import logging
import warnings

import numpy as np

logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(message)s")
log = logging.getLogger(__name__)


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    if np.abs(e1).max() > 30:
        warnings.warn("some hidden units are saturated", RuntimeWarning, stacklevel=2)
    h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1))
    log.debug("forward: %d samples", len(x))
    return e1, h, h @ params["W2"].T + params["b2"]


def loss(yhat, y):
    value = float(np.sum((yhat - y) ** 2) / (2 * len(y)))
    log.info("loss %g", value)
    if value > 1:
        warnings.warn("large loss")
    return value


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / len(y)
    slope = 1 - h**2 if activation == "tanh" else h * (1 - h)
    if slope.min() < 1e-6:
        warnings.warn("vanishing gradient", stacklevel=2)
    delta = (eps @ params["W2"]) * slope
    log.debug("max delta %g", np.abs(delta).max())
    return {"W1": delta.T @ x, "b1": delta.sum(axis=0), "W2": eps.T @ h, "b2": eps.sum(axis=0)}


def update(params, grads, eta):
    if eta > 0.25:
        warnings.warn("large learning rate", UserWarning)
    return {k: params[k] - eta * grads[k] for k in params}
