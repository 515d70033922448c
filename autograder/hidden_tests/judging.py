"""Judge answers: one part of one answer, the behavior of a function, what may stand in for the right e1 or h.

Pure: everything comes from a transcript.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from autograder.asking.battery import ACTIVATIONS, FUNCTIONS, Array, Probe
from autograder.asking.comparison import error, step_error
from autograder.asking.failures import (
    ArgumentsChanged,
    Constant,
    FirstCallOnly,
    Mismatch,
    Missing,
    NeedsForward,
    NotEarned,
    Problem,
    SharedMemory,
    Stub,
    Unstable,
)  # fmt: skip
from autograder.asking.reading import PARTS, Reading
from autograder.asking.transcript import Paper, Transcript

CLEARLY = 0.02  # a wrong sigma must differ by this much from the right one on an e1 that h is judged by


# --- one part of one answer -------------------------------------------------------------------------------------------


def check(transcript: Transcript, function: str, probe: Probe, part: str) -> Problem | None:
    """Judge one part of the answer to a probe; None when it is right."""
    key = ((function, probe.name, ""), part)
    if key not in transcript.judged:
        transcript.judged[key] = check_reading(transcript.paper, transcript.reading(function, probe), part)
    return transcript.judged[key]


def check_reading(paper: Paper, reading: Reading, part: str) -> Problem | None:
    """Judge one part of a reading; None when it is right."""
    function, probe, _ = reading.question
    failure = reading.failure_of(part)
    if failure is not None:
        return Problem(failure, function, probe, "" if reading.failure else part)
    found = part_error(paper, reading, part)
    if found <= paper.rubric.tolerance.values:
        return None
    mismatch = Mismatch(found, reading.parts[part], paper.expected(function, probe)[part])
    return Problem(mismatch, function, probe, part)


def part_error(paper: Paper, reading: Reading, part: str) -> float:
    """The relative error of a part.

    h may follow from the submission's own e1, and yhat from its own h, if those are wrong: a mistake in one costs the
    next nothing.  For update the step is compared, not where it ends.
    """
    function, probe, _ = reading.question
    got, want = reading.parts[part], paper.expected(function, probe)[part]
    if function == "update":
        return step_error(got, want, probe.params[part])
    found = error(got, want)
    if function == "forward" and part != "e1" and found > paper.rubric.tolerance.values:
        return min([found, *(error(got, other) for other in _follows(paper, reading, part))])
    return found


def is_correct(paper: Paper, reading: Reading) -> bool:
    """Whether every part of a reading is right."""
    return not any(check_reading(paper, reading, part) for part in PARTS[reading.question.function])


# --- error carried forward in forward ---------------------------------------------------------------------------------


def _step(e: Array) -> Array:
    return (e > 0).astype(np.float64)


# What h may not be mistaken for: an own e1 counts only if all of these are clearly wrong on it.
WRONG_SIGMA: dict[str, Callable[[Array], Array]] = {
    "step": _step,
    "sign": np.sign,
    "linear": lambda e: e,
    "linear, scaled": lambda e: 0.5 + e / 4,
    "relu": lambda e: np.maximum(e, 0.0),
    "constant": lambda e: np.full_like(e, e.mean() if e.size else 0.0),
}


def _follows(paper: Paper, reading: Reading, part: str) -> Iterator[Array]:
    """What a part would be if it follows from the submission's own, wrong, e1 or h."""
    _, probe, _ = reading.question
    parts, activation = reading.parts, probe.activation
    if part == "h" and "e1" in parts and tells_sigma(paper, parts["e1"], activation):
        yield sigma(paper, parts["e1"], activation)
    if part == "yhat":
        places = ["h"]
        if {"e1", "h"} <= parts.keys():
            swapped = sigma(paper, parts["h"], activation)
            if error(parts["e1"], swapped) <= paper.rubric.tolerance.values:
                places.append("e1")
        for place in places:
            if place in parts and tells_product(parts[place], probe):
                yield parts[place] @ probe.params["W2"].T + probe.params["b2"]


def sigma(paper: Paper, e1: Array, activation: str) -> Array:
    """The reference's sigma of an array e1 (n, N)."""
    N = e1.shape[1]
    eye = {"W1": np.eye(N), "b1": np.zeros(N), "W2": np.zeros((1, N)), "b2": np.zeros(1)}
    with np.errstate(all="ignore"):
        h: Array = paper.reference.forward(e1, eye, activation)[1]
    return h


def tells_sigma(paper: Paper, e1: Array, activation: str) -> bool:
    """Whether an e1 shows that h really is sigma of it: every known wrong sigma is clearly wrong on it."""
    right = sigma(paper, e1, activation)
    wrong = [f(e1) for f in WRONG_SIGMA.values()]
    wrong += [sigma(paper, e1, other) for other in ACTIVATIONS if other != activation]
    wrong.append(np.broadcast_to(right.mean(), right.shape))
    return all(error(w, right) > CLEARLY for w in wrong)


def tells_product(h: Array, probe: Probe) -> bool:
    """Whether an h shows that yhat really is h W2' + b2: without the product the result is clearly another."""
    W2, b2 = probe.params["W2"], probe.params["b2"]
    right = h @ W2.T + b2
    flat = h.mean(axis=0)
    wrong = [np.broadcast_to(b2, right.shape), np.broadcast_to(h.mean(), h.shape) @ W2.T + b2, flat @ W2.T + b2]
    if not all(error(np.broadcast_to(w, right.shape), right) > CLEARLY for w in wrong):
        return False
    # Most units must count: an h of one unit shows nothing of a sum over j.
    counting = (h - flat).std(axis=0) > CLEARLY * np.abs(h).max()
    return bool(2 * counting.sum() > h.shape[1])


# --- behavior over several calls --------------------------------------------------------------------------------------


def purity(transcript: Transcript, function: str) -> Problem | None:
    """Whether a function leaves its arguments alone, and answers by them and nothing else."""
    battery = transcript.battery
    one = battery.general("logistic")[0]
    first, same, looked, again = (transcript.reading(function, one, turn) for turn in ("", "same", "recall", "again"))
    locked = transcript.reading(function, battery.readonly())
    twin = transcript.reading(function, battery.twin(), "twin")
    if first.failure:
        return Problem(first.failure, function, one)
    mode = transcript.modes.get(function)
    if mode:
        return Problem(NeedsForward() if mode == "primed" else FirstCallOnly(), function, one)
    if same.failure:
        return Problem(same.failure, function, one)
    if same.changed:
        return Problem(ArgumentsChanged(same.changed), function, one)
    if locked.failure:
        return Problem(locked.failure, function, battery.readonly())
    if looked.failure is None and looked.differs(same):
        return Problem(SharedMemory(), function, one)
    if first.differs(same) or same.differs(again):
        return Problem(Unstable(), function, one)
    if not twin.failure and twin.parts and not same.differs(twin):
        return Problem(Constant(), function, one)
    return None


# --- which criteria look at which parts -------------------------------------------------------------------------------


def earned(transcript: Transcript, function: str) -> list[tuple[str, str]]:
    """The parts, with the activation, whose values are right: behavior is judged of these and no others."""
    activations = ACTIVATIONS if function in ("forward", "backprop") else ACTIVATIONS[:1]
    return [
        (part, activation)
        for activation in activations
        for part in PARTS[function]
        if not any(check(transcript, function, probe, part) for probe in transcript.battery.general(activation))
    ]


def check_behavior(transcript: Transcript, function: str, probes: Sequence[Probe]) -> Problem | None:
    """Judge the earned parts of the answers to some probes.

    If there are none, the problem is NotEarned, or why there is no answer at all.
    """
    parts = earned(transcript, function)
    if not parts:
        one = transcript.battery.general("logistic")[0]
        failure = transcript.reading(function, one).failure
        return Problem(failure, function, one) if failure else Problem(NotEarned(), function)
    for probe in probes:
        for part, activation in parts:
            if activation == probe.activation or function in ("loss", "update"):
                problem = check(transcript, function, probe, part)
                if problem:
                    return problem
    return None


# --- what training needs ----------------------------------------------------------------------------------------------


def failing(transcript: Transcript) -> list[str]:
    """The functions that answer wrongly where training asks them: with the logistic and two outputs."""
    probe = transcript.battery.trained()
    return [f for f in FUNCTIONS if any(check(transcript, f, probe, part) for part in PARTS[f])]


def unwritten(transcript: Transcript) -> list[str]:
    """The functions that are stubs; and those that are missing, if more than one is (one may be misspelled)."""
    failures = {f: transcript.reading(f, transcript.battery.trained()).failure for f in FUNCTIONS}
    absent = [f for f, failure in failures.items() if isinstance(failure, Missing)]
    return [f for f, failure in failures.items() if isinstance(failure, Stub) or (f in absent and len(absent) > 1)]
