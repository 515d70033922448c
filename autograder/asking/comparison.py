"""How far an array is from the right one.  Numbers may overflow here: grading lets NumPy ignore that."""

from __future__ import annotations

import math

import numpy as np

from autograder.asking.battery import Array


def error(got: Array, want: Array) -> float:
    """The distance of two arrays of one shape, relative to the norm of the second; infinite unless both are finite."""
    difference, flat = (got - want).ravel(), want.ravel()
    distance, size = math.sqrt(difference @ difference), math.sqrt(flat @ flat)
    if not math.isfinite(distance) or not math.isfinite(size):  # the square of a large number may be too large
        scale = float(np.abs(want).max(initial=1.0))
        distance, size = float(np.linalg.norm(difference / scale)), float(np.linalg.norm(want / scale))
    if not math.isfinite(distance) or not math.isfinite(size):
        return float("inf")
    return float(distance / size if size else distance)


def step_error(got: Array, want: Array, before: Array, steps: int = 1) -> float:
    """The error of the step that parameters took from `before` to `got`, in `steps` steps.

    A step that is short compared with its parameters is lost in the rounding of float32 answers, which are accepted.
    """
    found = error(got - before, want - before)
    if found and np.array_equal(got, got.astype(np.float32)):
        rounding = 2 * steps * float(np.finfo(np.float32).eps) * np.linalg.norm(want)
        found -= float(rounding / (np.linalg.norm(want - before) or 1.0))
    return max(found, 0.0)
