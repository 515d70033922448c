"""The race of the leaderboard: a fit with few hidden units or few steps, trained again here.

A submission says what it proposes, as three numbers: `race = {"hidden_units": 4, "steps": 200, "eta": 0.4}`.  The
reference trains it from hidden starts, and it enters only where every one of them reaches the fit.  No point depends
on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np

from autograder.asking.battery import Params
from autograder.asking.reference import descend, loss_of
from autograder.asking.transcript import Paper
from autograder.rubric import Leaderboard

NEEDS = '`race` needs three numbers, for example: race = {"hidden_units": 4, "steps": 200, "eta": 0.4}.'


def enter(proposed: Mapping[str, Any], paper: Paper) -> tuple[list[dict[str, Any]], str]:
    """The entries for the leaderboard, none if the race is not won, and what to tell the student."""
    rules = paper.rubric.leaderboard
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
        fits.append(_fit(paper, paper.battery.race_start(nth, hidden_units), steps, eta))
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


def _fit(paper: Paper, params: Params, steps: int, eta: float) -> float:
    """The loss on the hidden angles after a training with the logistic."""
    with np.errstate(all="ignore"):
        path = descend(paper.reference, params, paper.data["x"], paper.data["y"], eta)
        last = next(islice(path, steps, None))
    fit = loss_of(paper.reference, last, *paper.battery.angles())
    return fit if np.isfinite(fit) else float("inf")
