"""The race of the leaderboard: a fit with few hidden units or few steps, trained again here.

A submission says what it proposes, as three numbers: `race = {"hidden_units": 4, "steps": 200, "eta": 0.4}`.  The
reference trains it from public and from hidden starts, and it enters only where every one of them reaches the fit.  The
numbers that are shown are the public ones.  No point depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from autograder.asking.reference import descend, loss_of
from autograder.asking.transcript import Paper
from autograder.rubric import Leaderboard

NEEDS = '`race` needs three numbers, for example: race = {"hidden_units": 4, "steps": 200, "eta": 0.4}.'


def enter(proposed: Mapping[str, Any], hidden: Paper, public: Paper) -> tuple[list[dict[str, Any]], str]:
    """The entries for the leaderboard, none if the race is not won, and what to tell the student."""
    rules = hidden.rubric.leaderboard
    numbers = [proposed.get(name) for name in ("hidden_units", "steps", "eta")]
    hidden_units, steps, eta = (v if type(v) in (int, float) else None for v in numbers)
    if hidden_units is None or steps is None or eta is None:
        return [], f"Not on the leaderboard: {NEEDS} It costs nothing."
    problem = _problem(hidden_units, steps, eta, rules)
    if problem:
        return [], f"Not on the leaderboard: {problem} It costs nothing."
    hidden_units, steps = int(hidden_units), int(steps)
    fit = max(_fits(public, hidden_units, steps, eta))
    said = f"{fit:.2g}" if np.isfinite(fit) else "a loss that is not finite (a smaller eta?)"
    for kind, fits in (("public", [fit]), ("hidden", _fits(hidden, hidden_units, steps, eta))):
        if any(one > rules.fit for one in fits):
            return [], (
                f"Not on the leaderboard: from a {kind} start, {hidden_units} hidden units do not come to a loss of "
                f"{rules.fit:g} in {steps} steps with eta = {eta:g}. From public starts they come to {said}. It costs "
                "nothing."
            )
    columns = {"hidden_units": ("Hidden units", hidden_units), "steps": ("Steps", steps)}
    order = sorted(columns, key=lambda name: name != rules.by)
    entries: list[dict[str, Any]] = [{"name": columns[n][0], "value": columns[n][1], "order": "asc"} for n in order]
    entries.append({"name": "Fit", "value": float(f"{fit:.2g}"), "order": "asc"})
    return entries, f"On the leaderboard: {hidden_units} hidden units, {steps} steps, fit {said}."


def _problem(hidden_units: float, steps: float, eta: float, rules: Leaderboard) -> str:
    """What is wrong with the numbers, in a sentence."""
    for name, value, most in (
        ("hidden_units", hidden_units, rules.most_hidden_units),
        ("steps", steps, rules.most_steps),
    ):
        if value != int(value) or not 1 <= value <= most:
            return f"{name} must be a whole number from 1 to {most}."
    return "" if 0 < eta <= 100 else "eta must be above 0, and 100 at most."


def _fits(paper: Paper, hidden_units: int, steps: int, eta: float) -> Iterator[float]:
    """The loss on new angles after a training with the logistic, from one start after the other."""
    for nth in range(paper.rubric.leaderboard.starts):
        params = paper.battery.race_start(nth, hidden_units)
        path = descend(paper.reference, params, paper.data["x"], paper.data["y"], eta)
        last = next(islice(path, steps, None))
        fit = loss_of(paper.reference, last, *paper.battery.angles())
        yield fit if np.isfinite(fit) else float("inf")
