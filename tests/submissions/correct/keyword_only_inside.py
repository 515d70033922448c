# correct: inner functions take their arguments by keyword only
import numpy as np


def affine(*, inputs, weights, bias):
    return inputs @ weights.T + bias


def nonlinearity(*, excitation, kind):
    if kind == "tanh":
        return np.tanh(excitation)
    return 0.5 * np.tanh(0.5 * excitation) + 0.5


def slope(*, activation, kind):
    return {"tanh": 1 - activation**2, "logistic": activation * (1 - activation)}[kind]


def output_error(*, output, target):
    return (output - target) / target.shape[0]


def forward(x, params, activation="logistic"):
    e1 = affine(inputs=x, weights=params["W1"], bias=params["b1"])
    h = nonlinearity(excitation=e1, kind=activation)
    yhat = affine(inputs=h, weights=params["W2"], bias=params["b2"])
    return e1, h, yhat


def loss(yhat, y):
    error = output_error(output=yhat, target=y)
    # error already holds 1/n, and its square 1/n^2
    return float(np.sum(error**2) * y.shape[0] / 2)


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    error = output_error(output=yhat, target=y)
    delta = (error @ params["W2"]) * slope(activation=h, kind=activation)
    return {
        "W1": np.matmul(delta.T, x),
        "b1": delta.sum(axis=0, keepdims=False),
        "W2": np.matmul(error.T, h),
        "b2": error.sum(axis=0, keepdims=False),
    }


def update(params, grads, eta):
    def moved(*, value, gradient):
        return value - eta * gradient

    return {k: moved(value=params[k], gradient=grads[k]) for k in params}
