"""The reference solution, the data that it is trained on, and the right answers."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.asking.battery import Array, Params, Probe
from autograder.sandbox.client import ROOT, GraderFault

SOLUTION = ROOT / "solution" / "neural_net.py"
DATA = ROOT / "data" / "semicircle.csv"


@functools.cache
def load_reference() -> ModuleType:
    """Load the reference solution.  Raises GraderFault."""
    spec = importlib.util.spec_from_file_location("reference_solution", SOLUTION)
    try:
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:
        raise GraderFault(f"the reference solution can't be loaded: {type(error).__name__}: {error}") from None
    return module


@functools.cache
def load_data() -> dict[str, Array]:
    """Read theta (n,), x (n, 2) and y (n, 2) of the semicircle.  Raises GraderFault."""
    try:
        return table(DATA)
    except (OSError, ValueError, IndexError) as error:
        raise GraderFault(f"data/{DATA.name} can't be read: {error}") from None


def table(path: Path) -> dict[str, Array]:
    """Read a data file.  Raises OSError, ValueError and IndexError."""
    text = path.read_text("ascii")
    rows = np.array([[float(v) for v in row.split(",")] for row in text.split("\n")[1:] if row])
    return {"theta": rows[:, 0], "x": rows[:, 1:3], "y": rows[:, 3:5]}


def expected(reference: ModuleType, function: str, probe: Probe) -> Mapping[str, Array]:
    """The right answer to a question, by its parts."""
    if function == "forward":
        return {"e1": probe.e1, "h": probe.h, "yhat": probe.yhat}
    value: Any = getattr(reference, function)(*probe.arguments(function))
    return {"loss": np.asarray(value)} if function == "loss" else value


def descend(reference: ModuleType, params: Params, x: Array, y: Array, eta: float) -> Iterator[Params]:
    """Yield the parameters of gradient descent with the logistic: first `params`, then those after each step."""
    yield params
    for step in training_steps(reference, params, x, y, eta):
        yield step["update"]


def training_steps(
    reference: ModuleType, params: Params, x: Array, y: Array, eta: float
) -> Iterator[dict[str, Params]]:
    """Yield what forward, backprop and update return in each step of gradient descent with the logistic, by parts."""
    while True:
        e1, h, yhat = reference.forward(x, params, "logistic")
        grads = reference.backprop(x, y, params, e1, h, yhat, "logistic")
        params = reference.update(params, grads, eta)
        yield {"forward": {"e1": e1, "h": h, "yhat": yhat}, "backprop": grads, "update": params}


def loss_of(reference: ModuleType, params: Params, x: Array, y: Array) -> float:
    """The loss of some parameters on some points, with the logistic."""
    return float(reference.loss(reference.forward(x, params, "logistic")[2], y))
