"""A two-layer neural network: forward, loss, backprop, update.

Shapes use four letters: n examples, D inputs, N hidden units, K outputs.  Rows are examples.

    x    (n, D)   inputs           params["W1"]  (N, D)   weights of layer 1
    e1   (n, N)   excitations      params["b1"]  (N,)     biases of layer 1
    h    (n, N)   activations      params["W2"]  (K, N)   weights of layer 2
    yhat (n, K)   outputs          params["b2"]  (K,)     biases of layer 2
    y    (n, K)   targets

All arrays are NumPy arrays of float64.  The equations (1) to (11) are explained in math.md.
"""

import numpy as np


def forward(x, params, activation="logistic"):
    """Compute the outputs of the network, equations (1) to (3).  About 4 lines.

        e1[i, j]   = b1[j] + sum over d of W1[j, d] * x[i, d]          E = X W1^T + b1
        h[i, j]    = sigma(e1[i, j])                                   H = sigma(E)
        yhat[i, k] = b2[k] + sum over j of W2[k, j] * h[i, j]          Yhat = H W2^T + b2

    sigma(e) is 1 / (1 + exp(-e)) for "logistic" and tanh(e) for "tanh".  It must not
    overflow to nan, however large e is.  The outputs are linear: no sigma there.

    Parameters
    ----------
    x : array (n, D)
    params : dict of arrays
        W1 (N, D), b1 (N,), W2 (K, N), b2 (K,)
    activation : "logistic" or "tanh"

    Returns
    -------
    e1, h, yhat : tuple of arrays (n, N), (n, N), (n, K)
    """
    raise NotImplementedError("forward is not written yet")


def loss(yhat, y):
    """Compute the loss, equation (4).  About 1 line.

        L = 1 / (2n) * sum over i and k of (y[i, k] - yhat[i, k])^2

    Parameters
    ----------
    yhat : array (n, K)
    y : array (n, K)

    Returns
    -------
    L : float
    """
    raise NotImplementedError("loss is not written yet")


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    """Compute the gradient of the loss, equations (5) to (10).  About 8 lines.

        epsilon[i, k] = (yhat[i, k] - y[i, k]) / n                                  Eps = (Yhat - Y) / n
        dL/dW2[k, j]  = sum over i of epsilon[i, k] * h[i, j]                       Eps^T H
        dL/db2[k]     = sum over i of epsilon[i, k]
        delta[i, j]   = sigma'(e1[i, j]) * sum over k of epsilon[i, k] * W2[k, j]   Delta = sigma'(E) * (Eps W2)
        dL/dW1[j, d]  = sum over i of delta[i, j] * x[i, d]                         Delta^T X
        dL/db1[j]     = sum over i of delta[i, j]

    sigma' is h * (1 - h) for the logistic and 1 - h^2 for tanh.  It must not overflow.

    Parameters
    ----------
    x : array (n, D)
    y : array (n, K)
    params : dict of arrays
        W1 (N, D), b1 (N,), W2 (K, N), b2 (K,)
    e1, h, yhat : arrays (n, N), (n, N), (n, K)
        What forward returns for these x, params and activation.
    activation : "logistic" or "tanh"

    Returns
    -------
    grads : dict of arrays
        W1 (N, D), b1 (N,), W2 (K, N), b2 (K,): each gradient has the shape of its parameter.
    """
    raise NotImplementedError("backprop is not written yet")


def update(params, grads, eta):
    """Take one step of gradient descent, equation (11).  About 1 line.

        u - eta * dL/du      for every parameter u

    The arrays in params and grads must stay as they are.

    Parameters
    ----------
    params : dict of arrays
        W1 (N, D), b1 (N,), W2 (K, N), b2 (K,)
    grads : dict of arrays
        The gradient, with the same keys and shapes as params.
    eta : float
        The learning rate.

    Returns
    -------
    params : dict of arrays
        A new dict of new arrays, with the same keys and shapes.
    """
    raise NotImplementedError("update is not written yet")
