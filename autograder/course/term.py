"""A new term's hidden inputs: another seed in rubric.toml, and the hidden angles that follow from it.

A seed is taken only where the graded training is fair: with the reference the loss falls at every step, and the fit
reaches every rung of the ladder with room to spare, whereas always predicting the mean reaches none.
"""

from __future__ import annotations

import dataclasses
import re
import runpy
import secrets
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from autograder import files, rubric
from autograder import grade as grading
from autograder.asking.paper import Paper
from autograder.rubric import Rubric
from autograder.sandbox.client import ROOT, GraderFault

SEEDS = 2**53  # so many are possible: more than anybody can try
TRIES = 100
ROOM = 2.0  # the fit is better than the last rung by this factor


class Unfit(Exception):
    """No new term; the text says why, and nothing was changed."""


def renew(seed: int | None = None, root: Path = ROOT) -> int:
    """Write a seed into rubric.toml and make the hidden angles from it; a new one, where none is given.

    Gives the seed.  Raises Unfit, RubricError, GraderFault and OSError; then rubric.toml is as it was.
    """
    if seed is not None and not 0 <= seed < 2**63:
        raise Unfit(f"{seed} is no seed: it is a whole number from 0 to {2**63 - 1}.")
    path, angles = root / "autograder" / "rubric.toml", root / "data" / "hidden_angles.csv"
    contract = rubric.load(path)
    make = _maker(root)
    trained = make["text"](make["FILES"]["semicircle.csv"])
    text = path.read_bytes().decode("utf-8")
    for _ in range(TRIES):
        found = secrets.randbelow(SEEDS) if seed is None else seed
        hidden = make["text"](lambda found=found: make["hidden"](found))
        reason = unfair(contract, found, trained, hidden)
        if not reason:
            break
        if seed is not None:
            raise Unfit(f"seed {seed} does not do: {reason}. Without --seed, one that does is found.")
    else:
        raise Unfit(f"no seed of {TRIES} does: {reason}. Look at [training] in rubric.toml.")
    new = with_seed(text, found)
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
    """A rubric with another seed, and with everything else as it is, comments and columns too.  Raises Unfit."""
    top = re.search(r"^\s*\[", text, re.MULTILINE)
    found = re.compile(r"^(seed *= *)(\d[\d_]*)(?!\w)( *)", re.MULTILINE).search(
        text, 0, top.start() if top else len(text)
    )
    if not found:
        raise Unfit("rubric.toml has no line like this one: seed = 20260417.")
    old, gap = found[2], found[3]
    room = " " * max(len(old) + len(gap) - len(str(seed)), 1) if gap else ""
    return text[: found.start()] + found[1] + str(seed) + room + text[found.end() :]


def unfair(contract: Rubric, seed: int, trained: str, hidden: str) -> str:
    """What is wrong with a seed, or nothing.  The angles are given as CSV.  Raises GraderFault."""
    data = {**grading.table(trained), **grading.table(hidden, "hidden_")}
    paper = Paper(dataclasses.replace(contract, seed=seed), grading.load_reference(), data)
    fit, losses = _train(paper)
    ladder = contract.training.ladder
    if not all(after < before for before, after in pairwise(losses)):
        return "with it the loss of a right program rises on the way"
    if not fit * ROOM <= min(ladder):
        return f"with it a right program fits to {fit:.2g} only, and {min(ladder):g} is asked"
    y = data["hidden_y"]
    mean = float(paper.reference.loss(np.broadcast_to(y.mean(axis=0), y.shape), y))
    return "" if mean > max(ladder) else f"predicting the mean costs {mean:.2g}, and {max(ladder):g} earns points"


def _train(paper: Paper) -> tuple[float, list[float]]:
    """The reference's loss on the hidden angles at the end, and on those trained on at every step."""
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
    path = root / "data" / "make_data.py"
    try:
        return runpy.run_path(str(path))
    except (OSError, SyntaxError) as error:
        raise GraderFault(f"data/make_data.py can't be used: {error}.") from None
