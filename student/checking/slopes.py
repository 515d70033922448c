"""Slopes of the loss, measured: move one parameter up and down a little and see what the loss does."""

import copy
import math

import numpy as np


def true_loss(x, y, params, activation):
    """Equations 1 to 4 in plain scalars, for one loss and nothing else."""
    squash = math.tanh if activation == "tanh" else lambda e: 1 / (1 + math.exp(-e))
    W1, b1, W2, b2 = (params[name].tolist() for name in ["W1", "b1", "W2", "b2"])
    total = 0.0
    for x_i, y_i in zip(x.tolist(), y.tolist(), strict=True):
        hidden = [squash(weighted(w, x_i, b)) for w, b in zip(W1, b1, strict=True)]
        for w, b, target in zip(W2, b2, y_i, strict=True):
            total += (weighted(w, hidden, b) - target) ** 2
    return total / (2 * len(x))


def weighted(weights, values, bias):
    """Add up weights times values, and the bias."""
    return math.fsum([bias, *map(math.prod, zip(weights, values, strict=True))])


def measured_slopes(name, x, y, params, activation, width=1e-5):
    """Measure dL/du for every entry u of the parameter called name."""
    slopes = np.zeros_like(params[name])
    for index in np.ndindex(slopes.shape):
        at = {}
        for side in (+width, -width):
            moved = copy.deepcopy(params)
            moved[name][index] += side
            at[side] = true_loss(x, y, moved, activation)
        slopes[index] = (at[width] - at[-width]) / (2 * width)
    return slopes
