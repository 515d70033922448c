"""A new term's hidden inputs: a new secret, that all of them are made from.

A secret is accepted only if the graded training is fair with it: the reference's loss falls at every step, and its fit
reaches every rung of the ladder with room to spare, whereas always predicting the mean reaches none.
"""

from __future__ import annotations

import os
from itertools import islice, pairwise
from pathlib import Path

import numpy as np

from autograder import files, rubric
from autograder.asking import secret as secrets
from autograder.asking.reference import descend, loss_of
from autograder.errors import UserError
from autograder.rounds import paper_for
from autograder.rubric import Rubric

TRIES = 100
ROOM = 2.0  # the fit must be better than the last rung by this factor
PREVIOUS = ".previous"  # the one before; with a number after it, older ones.  Without it no term can be graded again


def renew(path: Path = secrets.FILE, contract: Rubric | None = None) -> None:
    """Write a new secret, and keep all before beside it.

    Raises
    ------
    UserError, RubricError, GraderFault, OSError
        Then the secret is as it was.
    """
    contract = contract or rubric.load()
    for _ in range(TRIES):
        found = secrets.new_secret()
        reason = unfair(contract, found)
        if not reason:
            break
    else:
        raise UserError(f"None of {TRIES} secrets is suitable: {reason}. Look at [training] in rubric.toml.")
    if path.exists():
        _keep(path.with_name(path.name + PREVIOUS), path.read_bytes())
    _put(path, f"{found.hex()}\n".encode())


def _keep(previous: Path, secret: bytes) -> None:
    """Keep a secret, and under the first number that is free the other one that was there."""
    if previous.exists() and previous.read_bytes() != secret:
        names = (previous.with_name(f"{previous.name}.{number}") for number in range(1, 1 << 30))
        previous.rename(next(name for name in names if not name.exists()))
    _put(previous, secret)


def _put(path: Path, secret: bytes) -> None:
    with files.replacing(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(secret)


def unfair(contract: Rubric, secret: bytes) -> str:
    """What is wrong with a secret, or nothing.  Raises GraderFault."""
    paper, settings = paper_for(contract, secret), contract.training
    reference, x, y = paper.reference, paper.data["x"], paper.data["y"]
    hidden_x, hidden_y = paper.battery.angles()
    steps = islice(descend(reference, paper.battery.start(), x, y, settings.eta), settings.steps + 1)
    with np.errstate(all="ignore"):
        path = list(steps)
        losses = [loss_of(reference, params, x, y) for params in path]
        fit = loss_of(reference, path[-1], hidden_x, hidden_y)
        mean = float(reference.loss(np.broadcast_to(hidden_y.mean(axis=0), hidden_y.shape), hidden_y))
    if not all(after < before for before, after in pairwise(losses)):
        return "the reference's loss increases during training"
    if not fit * ROOM <= min(settings.ladder):
        return f"the reference fits only to {fit:.2g}, and the ladder asks for {min(settings.ladder):g}"
    most = max(settings.ladder)
    return "" if mean > most else f"predicting the mean has loss {mean:.2g}, and {most:g} earns points"
