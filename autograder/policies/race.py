"""The race of the leaderboard: a fit with few hidden units or few steps, trained again here.

A submission says what it proposes, as three numbers: `race = {"hidden_units": 4, "steps": 200, "eta": 0.4}`.  The
reference trains it from hidden starts, and it enters only where every one of them reaches the fit.  No point depends
on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from autograder.asking.probes import Array, Params, uniform
from autograder.rubric import Leaderboard, Rubric

NEEDS = '`race` needs three numbers, for example: race = {"hidden_units": 4, "steps": 200, "eta": 0.4}.'


def enter(
    proposed: Mapping[str, Any], rubric: Rubric, reference: ModuleType, data: Mapping[str, Array]
) -> tuple[list[dict[str, Any]], str]:
    """The entries for the leaderboard, none where the race is not won, and what to say to the student."""
    rules = rubric.leaderboard
    numbers = [proposed.get(name) for name in ("hidden_units", "steps", "eta")]
    hidden_units, steps, eta = (v if type(v) in (int, float) else None for v in numbers)
    if hidden_units is None or steps is None or eta is None:
        return [], f"Not on the leaderboard: {NEEDS} It costs nothing."
    problem = _problem(hidden_units, steps, eta, rules)
    if problem:
        return [], f"Not on the leaderboard: {problem} It costs nothing."
    hidden_units, steps = int(hidden_units), int(steps)
    fits = []
    for nth in range(rules.starts):
        fits.append(_fit(_start(rubric.seed, nth, hidden_units), steps, eta, reference, data))
        if not fits[-1] <= rules.fit:
            said = f"{fits[-1]:.2g}" if np.isfinite(fits[-1]) else "not finite (a smaller eta?)"
            return [], (
                f"Not on the leaderboard: from a hidden start, {hidden_units} hidden units came to a loss of {said} in "
                f"{steps} steps with eta = {eta:g}; {rules.fit:g} is asked. It costs nothing."
            )
    columns = {"hidden_units": ("Hidden units", hidden_units), "steps": ("Steps", steps)}
    order = sorted(columns, key=lambda name: name != rules.by)
    entries: list[dict[str, Any]] = [{"name": columns[n][0], "value": columns[n][1], "order": "asc"} for n in order]
    entries.append({"name": "Fit", "value": float(f"{max(fits):.3g}"), "order": "asc"})
    return entries, f"On the leaderboard: {hidden_units} hidden units, {steps} steps, fit {max(fits):.3g}."


def _problem(hidden_units: float, steps: float, eta: float, rules: Leaderboard) -> str:
    """What is wrong with the numbers, in a sentence."""
    for name, value, most in (
        ("hidden_units", hidden_units, rules.most_hidden_units),
        ("steps", steps, rules.most_steps),
    ):
        if value != int(value) or not 1 <= value <= most:
            return f"{name} must be a whole number from 1 to {most}."
    return "" if 0 < eta <= 100 else "eta must be above 0, and 100 at most."


def _start(seed: int, nth: int, hidden_units: int) -> Params:
    shapes = {"W1": (hidden_units, 2), "b1": (hidden_units,), "W2": (2, hidden_units), "b2": (2,)}
    return {name: uniform(seed, f"race {nth} {name}", *shape) for name, shape in shapes.items()}


def _fit(params: Params, steps: int, eta: float, reference: ModuleType, data: Mapping[str, Array]) -> float:
    """The loss on the hidden angles after a training with the logistic."""
    x, y = data["x"], data["y"]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            e1, h, yhat = reference.forward(x, params, "logistic")
            if not np.isfinite(yhat).all():
                return float("inf")
            params = reference.update(params, reference.backprop(x, y, params, e1, h, yhat, "logistic"), eta)
        return float(reference.loss(reference.forward(data["hidden_x"], params, "logistic")[2], data["hidden_y"]))
