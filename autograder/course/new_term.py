"""A new term's hidden inputs: another seed in rubric.toml, and the hidden angles that follow from it.

A seed is accepted only if the graded training is fair with it: the reference's loss falls at every step, and its fit
reaches every rung of the ladder with room to spare, whereas always predicting the mean reaches none.
"""

from __future__ import annotations

import dataclasses
import runpy
import secrets
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from autograder import files, rubric
from autograder import grade as grading
from autograder.asking.paper import Paper
from autograder.errors import UserError
from autograder.rubric import Rubric
from autograder.sandbox.client import ROOT, GraderFault

SEEDS = 2**53  # so many are possible: more than anybody can try
TRIES = 100
ROOM = 2.0  # the fit must be better than the last rung by this factor


def renew(seed: int | None = None, root: Path = ROOT) -> int:
    """Write a seed into rubric.toml and make the hidden angles from it.

    Parameters
    ----------
    seed : int, optional
        A new one, that nobody knows, without it.

    Returns
    -------
    int
        The seed.

    Raises
    ------
    UserError, RubricError, GraderFault, OSError
        Then rubric.toml is as it was.
    """
    if seed is not None and not 0 <= seed < 2**63:
        raise UserError(f"{seed} is not a seed: it must be a whole number from 0 to {2**63 - 1}.")
    path, angles = root / "autograder" / "rubric.toml", root / "data" / "hidden_angles.csv"
    contract = rubric.load(path)
    make = _maker(root)
    trained = make["text"](make["FILES"]["semicircle.csv"])
    for _ in range(TRIES):
        found = secrets.randbelow(SEEDS) if seed is None else seed
        hidden = make["text"](lambda found=found: make["hidden"](found))
        reason = unfair(contract, found, trained, hidden)
        if not reason:
            break
        if seed is not None:
            raise UserError(f"seed {seed} is unsuitable: {reason}. Without --seed, a suitable one is found.")
    else:
        raise UserError(f"none of {TRIES} seeds is suitable: {reason}. Look at [training] in rubric.toml.")
    new = with_seed(path.read_bytes().decode("utf-8"), found)
    before = angles.read_text("ascii") if angles.exists() else None
    files.put(angles, hidden)
    try:
        files.put(path, new)
    except OSError:
        if before is not None:
            files.put(angles, before)
        raise
    return found


def with_seed(text: str, seed: int) -> str:
    """A rubric with another seed, and with everything else as it is, comments and columns too.  Raises UserError."""
    try:
        import tomlkit
        from tomlkit.exceptions import TOMLKitError
    except ImportError:
        raise UserError("Writing rubric.toml needs tomlkit: pip install tomlkit") from None
    try:
        page = tomlkit.parse(text)
        old = page["seed"]
    except (TOMLKitError, KeyError):
        old = None
    if not isinstance(old, tomlkit.items.Integer):
        raise UserError("rubric.toml has no line like this one: seed = 20260417.")
    new = tomlkit.integer(seed)
    # A comment at the end of the line keeps its column as far as it can.
    gap = len(old.trivia.comment_ws) + len(old.as_string()) - len(str(seed))
    new.trivia.comment_ws = " " * max(gap, 1) if old.trivia.comment_ws else ""
    new.trivia.comment, new.trivia.trail = old.trivia.comment, old.trivia.trail
    page["seed"] = new
    return page.as_string()


def unfair(contract: Rubric, seed: int, trained: str, hidden: str) -> str:
    """What is wrong with a seed, or nothing.  The angles are given as CSV.  Raises GraderFault."""
    data = {**grading.table(trained), **grading.table(hidden, "hidden_")}
    paper = Paper(dataclasses.replace(contract, seed=seed), grading.load_reference(), data)
    fit, losses = _train(paper)
    ladder = contract.training.ladder
    if not all(after < before for before, after in pairwise(losses)):
        return "the reference's loss increases during training"
    if not fit * ROOM <= min(ladder):
        return f"the reference fits only to {fit:.2g}, and the ladder asks for {min(ladder):g}"
    y = data["hidden_y"]
    mean = float(paper.reference.loss(np.broadcast_to(y.mean(axis=0), y.shape), y))
    return "" if mean > max(ladder) else f"predicting the mean has loss {mean:.2g}, and {max(ladder):g} earns points"


def _train(paper: Paper) -> tuple[float, list[float]]:
    """The reference's loss on the hidden angles at the end, and on the training angles at every step."""
    reference, data, settings = paper.reference, paper.data, paper.rubric.training
    params: Any = paper.probes.start()
    x, y, losses = data["x"], data["y"], []
    with np.errstate(all="ignore"):
        for _ in range(settings.steps):
            e1, h, yhat = reference.forward(x, params, "logistic")
            losses.append(float(reference.loss(yhat, y)))
            params = reference.update(params, reference.backprop(x, y, params, e1, h, yhat, "logistic"), settings.eta)
        losses.append(float(reference.loss(reference.forward(x, params, "logistic")[2], y)))
        fit = float(reference.loss(reference.forward(data["hidden_x"], params, "logistic")[2], data["hidden_y"]))
    return fit, losses


def _maker(root: Path) -> dict[str, Any]:
    """What data/make_data.py defines.  Raises GraderFault."""
    try:
        return runpy.run_path(str(root / "data" / "make_data.py"))
    except (OSError, SyntaxError) as error:
        raise GraderFault(f"data/make_data.py can't be used: {error}.") from None
