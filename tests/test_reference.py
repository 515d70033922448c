"""The reference is proved: its gradients by centred differences and by the complex step, its training by a spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder import rounds, rubric
from autograder.asking.battery import NAMES, uniform
from autograder.asking.reference import expected, load_data, load_reference
from autograder.asking.secret import load_secret

KINDS = ("logistic", "tanh")
SIZES = [(5, 2, 4, 3), (7, 3, 5, 4), (1, 3, 5, 4), (7, 1, 5, 4), (7, 3, 1, 4), (7, 3, 5, 1), (1, 1, 1, 1), (4, 4, 4, 4)]
KEY = b"the reference"
reference = load_reference()


def network(n: int, D: int, N: int, K: int) -> tuple[Any, Any, dict[str, Any]]:
    shapes = {"W1": (N, D), "b1": (N,), "W2": (K, N), "b2": (K,)}
    params = {k: 1.5 * uniform(KEY, f"{k} {(n, D, N, K)}", *shape) for k, shape in shapes.items()}
    return 1.5 * uniform(KEY, "x", n, D), 2 * uniform(KEY, "y", n, K), params


def gradients(x: Any, y: Any, params: dict[str, Any], kind: str) -> dict[str, Any]:
    e1, h, yhat = reference.forward(x, params, kind)
    found: dict[str, Any] = reference.backprop(x, y, params, e1, h, yhat, kind)
    return found


def formula(x: Any, y: Any, params: dict[str, Any], kind: str) -> Any:
    """The lecture's loss of a network, written anew with sums and exp alone, in whatever arithmetic the numbers are."""
    n, D = x.shape
    K, N = params["W2"].shape
    total = 0.0
    for i in range(n):
        h = []
        for j in range(N):
            e = params["b1"][j] + sum(params["W1"][j, d] * x[i, d] for d in range(D))
            h.append((np.exp(e) - np.exp(-e)) / (np.exp(e) + np.exp(-e)) if kind == "tanh" else 1 / (1 + np.exp(-e)))
        for k in range(K):
            total = total + (y[i, k] - params["b2"][k] - sum(params["W2"][k, j] * h[j] for j in range(N))) ** 2
    return total / (2 * n)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_the_loss_is_the_lectures(sizes: tuple[int, int, int, int], kind: str) -> None:
    x, y, params = network(*sizes)
    value = reference.loss(reference.forward(x, params, kind)[2], y)
    assert type(value) is float
    assert value == pytest.approx(formula(x, y, params, kind), rel=1e-13)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_the_gradients_by_the_complex_step(sizes: tuple[int, int, int, int], kind: str) -> None:
    """dL/du = Im L(u + i s) / s, with a step so small that nothing is cut off: right to the last digits."""
    x, y, params = network(*sizes)
    found = gradients(x, y, params, kind)
    for name in NAMES:
        for place in np.ndindex(params[name].shape):
            moved = {k: v.astype(complex) for k, v in params.items()}
            moved[name][place] += 1e-30j
            slope = formula(x, y, moved, kind).imag / 1e-30
            assert abs(found[name][place] - slope) <= 1e-13 * np.abs(found[name]).max() + 1e-16, (name, place)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_the_gradients_by_centred_differences(sizes: tuple[int, int, int, int], kind: str) -> None:
    """Of the reference's own loss and forward.  The error of a difference of step s is about s^2 + 1e-16/s."""
    x, y, params = network(*sizes)
    found = gradients(x, y, params, kind)
    step = 1e-5
    for name in NAMES:
        slope = np.empty_like(params[name])
        for place in np.ndindex(slope.shape):
            ends = []
            for sign in (1, -1):
                moved = {k: v.copy() for k, v in params.items()}
                moved[name][place] += sign * step
                ends.append(reference.loss(reference.forward(x, moved, kind)[2], y))
            slope[place] = (ends[0] - ends[1]) / (2 * step)
        assert np.linalg.norm(found[name] - slope) <= 1e-8 * (1 + np.linalg.norm(slope))


@pytest.mark.parametrize("kind", KINDS)
def test_large_excitations_are_exact_and_silent(kind: str) -> None:
    e = np.array([[0.0, 36.0, -36.0, 700.0, -700.0, 1e5, -1e5]])
    params = {"W1": np.eye(7), "b1": np.zeros(7), "W2": np.ones((1, 7)), "b2": np.zeros(1)}
    with np.errstate(all="raise", under="ignore"):
        e1, h, yhat = reference.forward(e, params, kind)
        grads = reference.backprop(e, np.ones((1, 1)), params, e1, h, yhat, kind)
    want = np.tanh(e) if kind == "tanh" else np.array([[1 / (1 + np.exp(-v)) if v > -600 else 0.0 for v in e[0]]])
    assert np.abs(h - want).max() < 1e-15
    assert all(np.isfinite(g).all() for g in grads.values())


def test_update_is_one_step_and_leaves_its_arguments_alone() -> None:
    x, y, params = network(7, 3, 5, 4)
    grads = gradients(x, y, params, "tanh")
    before = {k: v.copy() for k, v in params.items()}, {k: v.copy() for k, v in grads.items()}
    after = reference.update(params, grads, 0.25)
    for name in NAMES:
        assert np.array_equal(after[name], params[name] - 0.25 * grads[name])
        assert np.array_equal(params[name], before[0][name])
        assert np.array_equal(grads[name], before[1][name])
        assert not np.shares_memory(after[name], params[name])


def test_a_small_enough_step_lowers_the_loss() -> None:
    for kind in KINDS:
        x, y, params = network(7, 3, 5, 4)
        before = formula(x, y, params, kind)
        after = formula(x, y, reference.update(params, gradients(x, y, params, kind), 0.01), kind)
        assert after < before


@pytest.mark.slow
def test_training_passes_from_1000_random_starts() -> None:
    """The loss falls at every step that is compared, and the worst fit is far below the last rung."""
    settings, data = rubric.load().training, load_data()
    hidden_x, hidden_y = rounds.paper_for(rubric.load(), load_secret()).battery.angles()
    starts, N = 1000, settings.hidden_units
    x, y = data["x"], data["y"]
    # All starts at once, with formulas of their own: a leading axis counts the starts.
    shapes = {"W1": (N, 2), "b1": (1, N), "W2": (2, N), "b2": (1, 2)}
    W1, b1, W2, b2 = (uniform(KEY, name, starts, *shape) for name, shape in shapes.items())

    def outputs(inputs: Any) -> tuple[Any, Any]:
        h = 1 / (1 + np.exp(-(inputs @ W1.swapaxes(1, 2) + b1)))
        return h, h @ W2.swapaxes(1, 2) + b2

    losses = []
    for step in range(settings.steps + 1):
        h, yhat = outputs(x)
        if step in (0, *settings.path_steps, settings.steps):
            losses.append(((yhat - y) ** 2).sum((1, 2)) / (2 * len(x)))
        epsilon = (yhat - y) / len(x)
        delta = h * (1 - h) * (epsilon @ W2)
        if step < settings.steps:
            W2 = W2 - settings.eta * epsilon.swapaxes(1, 2) @ h
            b2 = b2 - settings.eta * epsilon.sum(1, keepdims=True)
            W1 = W1 - settings.eta * delta.swapaxes(1, 2) @ x
            b1 = b1 - settings.eta * delta.sum(1, keepdims=True)
    assert (np.diff(losses, axis=0) < 0).all()
    fits = ((outputs(hidden_x)[1] - hidden_y) ** 2).sum((1, 2)) / (2 * len(hidden_y))
    spread = f"min {fits.min():.2g}, median {np.median(fits):.2g}, max {fits.max():.2g}"
    print(f"fit on hidden angles from {starts} random starts: {spread}; rungs {settings.ladder}")
    assert fits.max() < min(settings.ladder) / 2.5, spread
    # Predicting the mean, and not training at all, reach no rung.
    mean = ((data["y"].mean(0) - hidden_y) ** 2).sum() / (2 * len(hidden_y))
    assert mean > max(settings.ladder)
    assert np.median(losses[0]) > max(settings.ladder)


def test_the_graded_start_is_one_of_them() -> None:
    contract = rubric.load()
    start = rounds.paper_for(contract, load_secret()).battery.start()
    assert all(np.abs(v).max() < 1 for v in start.values())
    assert {k: v.shape for k, v in start.items()} == {"W1": (8, 2), "b1": (8,), "W2": (2, 8), "b2": (2,)}


def test_parts_of_the_right_answer_are_the_references() -> None:
    probe = rounds.paper_for(rubric.load(), KEY).battery.general("tanh")[1]
    assert expected(reference, "loss", probe)["loss"] == reference.loss(probe.yhat, probe.y)
    want = gradients(probe.x, probe.y, probe.params, "tanh")
    assert all(np.array_equal(v, want[k]) for k, v in expected(reference, "backprop", probe).items())
