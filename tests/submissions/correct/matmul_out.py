# correct: everything written into allocated buffers with out=
import numpy as np


def forward(x, params, activation="logistic"):
    n, N, K = x.shape[0], params["W1"].shape[0], params["W2"].shape[0]
    e1 = np.empty((n, N))
    np.matmul(x, params["W1"].T, out=e1)
    np.add(e1, params["b1"], out=e1)
    h = np.empty((n, N))
    if activation == "tanh":
        np.tanh(e1, out=h)
    else:
        np.divide(e1, 2.0, out=h)
        np.tanh(h, out=h)
        np.add(h, 1.0, out=h)
        np.divide(h, 2.0, out=h)
    yhat = np.empty((n, K))
    np.matmul(h, params["W2"].T, out=yhat)
    np.add(yhat, params["b2"], out=yhat)
    return e1, h, yhat


def loss(yhat, y):
    buf = np.empty(y.shape)
    np.subtract(yhat, y, out=buf)
    np.multiply(buf, buf, out=buf)
    return float(np.add.reduce(buf, axis=None)) * 0.5 / y.shape[0]


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = np.empty(y.shape)
    np.subtract(yhat, y, out=eps)
    eps /= y.shape[0]
    delta = np.empty(h.shape)
    np.matmul(eps, params["W2"], out=delta)
    slope = np.empty(h.shape)
    np.subtract(1.0, h, out=slope)
    if activation == "tanh":
        slope *= 1.0 + h
    else:
        slope *= h
    delta *= slope
    grads = {name: np.empty(u.shape) for name, u in params.items()}
    np.matmul(eps.T, h, out=grads["W2"])
    np.matmul(delta.T, x, out=grads["W1"])
    np.sum(eps, axis=0, out=grads["b2"])
    np.sum(delta, axis=0, out=grads["b1"])
    return grads


def update(params, grads, eta):
    new = {}
    for name in params:
        new[name] = np.empty(params[name].shape)
        np.multiply(grads[name], -eta, out=new[name])
        np.add(new[name], params[name], out=new[name])
    return new
