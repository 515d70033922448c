"""What all pictures need: the data, a random start, and gradient descent with your functions."""

import math
import random
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from checking import results
from checking.student_code import Problem

FOLDERS = [Path(__file__).parents[1] / "data", Path(__file__).parents[2] / "data"]
DATA = ("semicircle", "knots", "noisy")


class Data(NamedTuple):
    """theta (n,), x (n, 2), y (n, 2); one example a row."""

    theta: np.ndarray
    x: np.ndarray
    y: np.ndarray


def read(name):
    """Read one of the files in the folder data."""
    paths = [folder / f"{name}.csv" for folder in FOLDERS]
    for path in paths:
        if path.is_file():
            table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
            return Data(table[:, 0], table[:, 1:3], table[:, 3:5])
    raise Problem(f"{paths[0]} is missing. Unpack the hand-out again, with all its folders.")


def curve(count=401):
    """Give the semicircle and the parabola at equally spaced angles."""
    theta = np.linspace(-np.pi / 2, np.pi / 2, count)
    return Data(theta, np.column_stack([np.cos(theta), np.sin(theta)]), np.column_stack([theta, theta**2]))


def random_start(D, N, K, seed=0, low=-1.0, high=1.0):
    """Draw all weights and biases between low and high.  The same seed gives the same numbers on every computer."""
    generator = random.Random(seed)

    def draw(*shape):
        return np.array([generator.uniform(low, high) for _ in range(math.prod(shape))]).reshape(shape)

    return {"W1": draw(N, D), "b1": draw(N), "W2": draw(K, N), "b2": draw(K)}


def gradient(x, y, params, activation="logistic"):
    """Give yhat and the gradients: your forward, then your backprop."""
    e1, h, yhat = results.forward(x, params, activation)
    return yhat, results.backprop(x, y, params, e1, h, yhat, activation)


def descend(x, y, params, rule, steps, activation="logistic", seconds=float("inf")):
    """Give params and yhat before each of the steps and after the last: steps + 1 pairs.

    rule is eta for your update, or a function from params and gradients to the params after a step.  There are fewer
    steps if they take longer than these seconds of the processor.
    """
    end = time.process_time() + seconds
    for _ in range(steps):
        if time.process_time() > end:
            break
        yhat, grads = gradient(x, y, params, activation)
        yield params, yhat
        params = rule(params, grads) if callable(rule) else results.update(params, grads, rule)
    yield params, results.forward(x, params, activation)[2]


def descend_with_losses(data, params, eta, steps, activation="logistic", seconds=float("inf")):
    """Give params and the loss, as descend does.  Stops with a Problem when the loss is nan or infinite."""
    for step, (now, yhat) in enumerate(descend(data.x, data.y, params, eta, steps, activation, seconds)):
        loss = results.loss(yhat, data.y)
        if not math.isfinite(loss):
            raise Problem(f"The loss is nan or infinite after {step} steps. Try a smaller eta, or  python -m pytest -x")
        yield now, loss
