"""Gradient descent with your functions, from a start that is the same on every machine."""

import random
import time

import numpy as np

from pictures import yours


def start(inputs, hidden, outputs, seed=0, low=-1.0, high=1.0):
    """Draw all weights and biases between low and high.  Python's generator gives the same numbers everywhere."""
    chance = random.Random(seed)

    def draw(*shape):
        return np.array([chance.uniform(low, high) for _ in range(int(np.prod(shape)))]).reshape(shape)

    return {
        "W1": draw(hidden, inputs),
        "b1": draw(hidden),
        "W2": draw(outputs, hidden),
        "b2": draw(outputs),
    }


def descend(x, y, params, eta, steps, activation="logistic", seconds=float("inf")):
    """Give params and yhat before each of steps steps and after the last: steps + 1 pairs, fewer if time runs out."""
    end = time.monotonic() + seconds
    for _ in range(steps):
        if time.monotonic() > end:
            break
        yhat, grads = yours.gradient(x, y, params, activation)
        yield params, yhat
        params = yours.update(params, grads, eta)
    yield params, yours.forward(x, params, activation)[2]
