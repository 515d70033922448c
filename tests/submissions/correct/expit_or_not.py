# correct: scipy.special.expit where SciPy is there, the same thing by hand where it is not
import numpy as np

try:
    from scipy.special import expit
except ImportError:

    def expit(e):
        e = np.asarray(e, dtype=float)
        out = np.empty_like(e)
        pos = e >= 0
        out[pos] = 1 / (1 + np.exp(-e[pos]))
        ex = np.exp(e[~pos])
        out[~pos] = ex / (1 + ex)
        return out


ACTIVATIONS = {"logistic": expit, "tanh": np.tanh}


def forward(x, params, activation="logistic"):
    e1 = x.dot(params["W1"].T) + params["b1"]
    h = ACTIVATIONS[activation](e1)
    yhat = h.dot(params["W2"].T) + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    resid = (y - yhat).ravel()
    return float(resid.dot(resid) / (2 * y.shape[0]))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / y.shape[0]
    delta = eps.dot(params["W2"])
    delta *= h * (1 - h) if activation == "logistic" else 1 - h**2
    return {"W1": delta.T.dot(x), "b1": delta.sum(axis=0), "W2": eps.T.dot(h), "b2": eps.sum(axis=0)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params.keys()}
