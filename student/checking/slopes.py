"""The loss and its slopes, one number at a time: slow, and independent of your code."""

import cmath

import numpy as np

TINY = 1e-20


def squash(e, activation):
    """Give sigma(e) of one number.  For a large e the logistic is written so that exp can't overflow."""
    if activation == "tanh":
        return cmath.tanh(e)
    return 1 / (1 + cmath.exp(-e)) if e.real > 0 else cmath.exp(e) / (1 + cmath.exp(e))


def weighted(weights, values, bias):
    """Add up weights times values, and the bias."""
    return sum((w * v for w, v in zip(weights, values, strict=True)), bias)


def outputs(x_i, params, activation):
    """Give e1, h and yhat of one example as lists: equations (1) to (3) in plain numbers."""
    W1, b1, W2, b2 = (params[name].tolist() for name in ["W1", "b1", "W2", "b2"])
    e1 = [weighted(w, x_i, b) for w, b in zip(W1, b1, strict=True)]
    h = [squash(e, activation) for e in e1]
    return e1, h, [weighted(w, h, b) for w, b in zip(W2, b2, strict=True)]


def scalar_forward(x, params, activation):
    """Give the arrays e1, h and yhat."""
    rows = [outputs(x_i, params, activation) for x_i in x.tolist()]
    return tuple(np.real(np.array(part)) for part in zip(*rows, strict=True))


def scalar_loss(x, y, params, activation):
    """Give the loss, equation (4), as a complex number: its imaginary part is 0 unless a parameter has one."""
    total = 0
    for x_i, y_i in zip(x.tolist(), y.tolist(), strict=True):
        yhat_i = outputs(x_i, params, activation)[2]
        total += sum((said - wanted) ** 2 for said, wanted in zip(yhat_i, y_i, strict=True))
    return total / (2 * len(x))


def true_loss(x, y, params, activation):
    """Give the loss as a float."""
    return scalar_loss(x, y, params, activation).real


def measured_slopes(name, x, y, params, activation, entries=None):
    """Measure dL/du for every entry u of the parameter called name, or for some entries (indices); else 0.

    The entry is moved by the imaginary number i * 1e-20.  Then L moves by i * 1e-20 * dL/du, and its real part not at
    all: nothing is subtracted, so the slope is exact to all digits.
    """
    slopes = np.zeros(params[name].shape)
    for index in np.ndindex(slopes.shape) if entries is None else entries:
        moved = params[name].astype(complex)
        moved[index] += 1j * TINY
        slopes[index] = scalar_loss(x, y, params | {name: moved}, activation).imag / TINY
    return slopes
