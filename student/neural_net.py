"""A two-layer neural network: forward, loss, backprop, update.

    n examples, D inputs, N hidden units, K outputs; rows are examples.

    x   (n, D)   inputs             params["W1"] (N, D)   first-layer weights
    e1  (n, N)   excitation         params["b1"] (N,)     first-layer biases
    h   (n, N)   activation         params["W2"] (K, N)   second-layer weights
    yhat (n, K)  outputs            params["b2"] (K,)     second-layer biases
    y   (n, K)   targets            activation            "logistic" or "tanh"

All arrays are float64.  Equation numbers are those of the README.
"""

import numpy as np


def forward(x, params, activation="logistic"):
    """Propagate the inputs forward through both layers (equations 1 to 3).

        e1[i, j]   = b1[j] + sum over d of W1[j, d] x[i, d]
        h[i, j]    = sigma(e1[i, j])
        yhat[i, k] = b2[k] + sum over j of W2[k, j] h[i, j]

    sigma is the logistic 1 / (1 + exp(-e)) or tanh(e); it is right for every
    finite e, however large.  The output nodes are linear.

    Returns the tuple (e1, h, yhat) of shapes (n, N), (n, N), (n, K).
    """
    raise NotImplementedError("forward is not written yet")


def loss(yhat, y):
    """Measure how far the outputs are from the targets (equation 4).

        L = 1/(2n) sum over i and k of (y[i, k] - yhat[i, k])^2

    Returns a float.
    """
    raise NotImplementedError("loss is not written yet")


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    """Find the gradient of the loss with respect to every parameter (equations 5 to 10).

        epsilon[i, k] = (yhat[i, k] - y[i, k]) / n
        delta[i, j]   = sigma'(e1[i, j]) sum over k of epsilon[i, k] W2[k, j]
        dL/dW2[k, j]  = sum over i of epsilon[i, k] h[i, j]      dL/db2[k] = sum over i of epsilon[i, k]
        dL/dW1[j, d]  = sum over i of delta[i, j] x[i, d]        dL/db1[j] = sum over i of delta[i, j]

    e1, h and yhat are what forward returned for these x, params and activation.
    sigma' is h (1 - h) for the logistic and 1 - h^2 for tanh.

    Returns a dict with the keys "W1", "b1", "W2", "b2", each of its parameter's shape.
    """
    raise NotImplementedError("backprop is not written yet")


def update(params, grads, eta):
    """Take one step of gradient descent (equation 11).

        u <- u - eta dL/du      for every parameter u

    The arrays in params and grads are left as they are.

    Returns a new dict of new arrays, with the keys of params.
    """
    raise NotImplementedError("update is not written yet")
