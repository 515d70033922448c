"""Ways down: plain gradient descent, momentum, Adam, and L-BFGS if SciPy is there.  All use your gradient.

Each gives the loss at every gradient that it asks for, so that they can be compared by what they cost.
"""

import time

import numpy as np

from pictures import yours


class Hill:
    """The loss over all parameters, laid out as one long vector.  Counts what it is asked."""

    def __init__(self, x, y, start, activation="logistic", seconds=float("inf")):
        self.x, self.y, self.activation = x, y, activation
        self.shapes = {name: array.shape for name, array in start.items()}
        self.start = np.concatenate([array.ravel() for array in start.values()])
        self.losses = []
        self.end = time.monotonic() + seconds

    def params(self, vector):
        """Cut a vector into the four parameters."""
        params, begin = {}, 0
        for name, shape in self.shapes.items():
            end = begin + int(np.prod(shape))
            params[name], begin = vector[begin:end].reshape(shape), end
        return params

    def ask(self, vector):
        """Give the loss and the gradient at one place."""
        params = self.params(vector)
        yhat, grads = yours.gradient(self.x, self.y, params, self.activation)
        self.losses.append(yours.loss(yhat, self.y))
        return self.losses[-1], np.concatenate([np.ravel(grads[name]) for name in self.shapes])

    def late(self):
        """Tell whether time is up."""
        return time.monotonic() > self.end


def plain(hill, steps, eta):
    """u <- u - eta g"""
    u = hill.start
    for _ in range(steps):
        _, g = hill.ask(u)
        u = u - eta * g
        if hill.late():
            break
    return u


def momentum(hill, steps, eta, keep=0.9):
    """v <- keep v - eta g, u <- u + v: a ball that rolls on."""
    u, v = hill.start, np.zeros_like(hill.start)
    for _ in range(steps):
        _, g = hill.ask(u)
        v = keep * v - eta * g
        u = u + v
        if hill.late():
            break
    return u


def adam(hill, steps, eta, fade=False, keep=0.9, keep_square=0.999):
    """Step by the mean of g over the root of the mean of g^2: about eta for every parameter, flat or steep.

    With fade, eta shrinks to 0 towards the end.
    """
    u, mean, square = hill.start, np.zeros_like(hill.start), np.zeros_like(hill.start)
    for step in range(1, steps + 1):
        _, g = hill.ask(u)
        mean = keep * mean + (1 - keep) * g
        square = keep_square * square + (1 - keep_square) * g**2
        size = eta * (1 - step / (steps + 1)) if fade else eta
        u = u - size * (mean / (1 - keep**step)) / (np.sqrt(square / (1 - keep_square**step)) + 1e-8)
        if hill.late():
            break
    return u


def l_bfgs(hill, steps):
    """Guess the curvature from the last gradients, and choose the step by it.  Needs SciPy; gives None without."""
    try:
        from scipy.optimize import minimize
    except ImportError:
        return None
    return minimize(hill.ask, hill.start, jac=True, method="L-BFGS-B", options={"maxfun": steps, "maxiter": steps}).x
