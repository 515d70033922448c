"""Judge answers: one part of one answer, and the behavior of a function.

Pure: everything comes from a transcript.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograder.asking.battery import ACTIVATIONS, FUNCTIONS, NAMES, Probe
from autograder.asking.comparison import error, step_error
from autograder.asking.failures import (
    GIVEN_UP,
    ArgumentsChanged,
    Constant,
    FirstCallOnly,
    Mismatch,
    Missing,
    NeedsForward,
    NotEarned,
    NotFinite,
    NotFirstCall,
    OtherPath,
    Problem,
    SharedMemory,
    Skipped,
    Stub,
    Unstable,
)  # fmt: skip
from autograder.asking.reading import PARTS, Reading
from autograder.asking.transcript import Paper, TrainingRun, Transcript
from autograder.hidden_tests import carried

# --- one part of one answer -------------------------------------------------------------------------------------------


def check(transcript: Transcript, function: str, probe: Probe, part: str) -> Problem | None:
    """Judge one part of the answer to a probe; None when it is right."""
    key = ((function, probe.name, ""), part)
    if key not in transcript.judged:
        transcript.judged[key] = check_reading(transcript.paper, transcript.reading(function, probe), part)
    return transcript.judged[key]


def check_reading(paper: Paper, reading: Reading, part: str) -> Problem | None:
    """Judge one part of a reading; None when it is right, or when h or yhat follows from a wrong e1 or h."""
    function, probe, _ = reading.question
    failure = reading.failure_of(part)
    if failure is not None:
        return Problem(failure, function, probe, "" if reading.failure else part)
    found = part_error(paper, reading, part)
    if found <= paper.rubric.tolerance.values or (function == "forward" and carried.follows(paper, reading, part)):
        return None
    mismatch = Mismatch(found, reading.parts[part], paper.expected(function, probe)[part])
    return Problem(mismatch, function, probe, part)


def part_error(paper: Paper, reading: Reading, part: str) -> float:
    """The relative error of a part.  For update the step is compared, not where it ends."""
    function, probe, _ = reading.question
    got, want = reading.parts[part], paper.expected(function, probe)[part]
    return step_error(got, want, probe.params[part]) if function == "update" else error(got, want)


def is_correct(paper: Paper, reading: Reading) -> bool:
    """Whether every part of a reading is right."""
    return not any(check_reading(paper, reading, part) for part in PARTS[reading.question.function])


# --- behavior over several calls --------------------------------------------------------------------------------------


def purity(transcript: Transcript, function: str) -> Problem | None:
    """Whether a function leaves its arguments alone, and answers by them and nothing else."""
    battery = transcript.battery
    one = battery.general("logistic")[0]
    first, same = (transcript.reading(function, one, turn) for turn in ("", "same"))
    locked = transcript.reading(function, battery.readonly())
    mode = transcript.modes.get(function)
    if mode == "later":
        return _wrong_at_first(transcript, function)
    if first.failure:
        return Problem(first.failure, function, one)
    if mode:
        return Problem(NeedsForward() if mode == "primed" else FirstCallOnly(), function, one)
    if same.failure:
        return Problem(same.failure, function, one)
    for reading in transcript.readings.values():
        if reading.question.function == function and reading.changed:
            return Problem(ArgumentsChanged(reading.changed), function, reading.question.probe)
    if locked.failure:
        return Problem(locked.failure, function, battery.readonly())
    found = (_repeated(transcript, function, probe, twin) for probe, twin in battery.twins(function))
    return next(filter(None, found), None)


def _wrong_at_first(transcript: Transcript, function: str) -> Problem:
    """The first answer that was wrong, where it may be shown: what was asked "first" is public."""
    asked = [reading for (name, _, turn), reading in transcript.readings.items() if (name, turn) == (function, "first")]
    wrong = next((first for first in asked if not is_correct(transcript.paper, first)), None)
    if wrong is None:
        return Problem(NotFirstCall(), function)
    return Problem(NotFirstCall(getattr(wrong.failure, "error", None)), function, wrong.question.probe)


def _repeated(transcript: Transcript, function: str, one: Probe, twin: Probe) -> Problem | None:
    """Compare what is earned of repeated calls (see Battery.purity)."""
    parts = {found.part for found in earned(transcript, function)}
    same, looked, late = (transcript.reading(function, one, turn) for turn in ("same", "recall", "late"))
    refilled = transcript.reading(function, twin, "refilled")
    asked = (transcript.readings.get((function, one.name, turn)) for turn in ("", "again"))
    if same.failure:
        return None
    if looked.failure is None and looked.differs(same, parts):
        return Problem(SharedMemory(), function, one)
    if any(other and same.differs(other, parts) for other in asked):
        return Problem(Unstable(), function, one)
    if _is_right_somewhere(transcript, same) and not refilled.failure and not same.differs(refilled, parts):
        return Problem(Constant(), function, one)
    if late.failure is None and late.differs(same, parts):
        return Problem(SharedMemory(late=True), function, one)
    return None


def _is_right_somewhere(transcript: Transcript, reading: Reading) -> bool:
    return any(check_reading(transcript.paper, reading, part) is None for part in reading.parts)


# --- which criteria look at which parts -------------------------------------------------------------------------------


def lost(transcript: Transcript, function: str, probe: Probe, part: str) -> Problem | None:
    """Judge one part where its points are decided: it may follow from the submission's own, wrong, part before it."""
    problem = check(transcript, function, probe, part)
    if problem is not None and function == "forward":
        return None if _follows_as_elsewhere(transcript, problem) else problem
    if problem is None or function != "backprop":
        return problem
    source = _source(function, part)
    if not source or not check(transcript, function, probe, source):
        return problem
    excused = _tells(transcript, part, probe.activation) and _may_follow(transcript, problem)
    return None if excused else problem


def _follows_as_elsewhere(transcript: Transcript, problem: Problem) -> bool:
    """Whether h or yhat follows here, and other ordinary inputs show that it really does."""
    probe, part = problem.probe, problem.part
    if probe is None or not isinstance(problem.failure, Mismatch):
        return False
    kinds = ACTIVATIONS if part == "yhat" else [probe.activation]
    others = (transcript.reading("forward", one) for kind in kinds for one in transcript.battery.general(kind))
    here = carried.follows(transcript.paper, transcript.reading("forward", probe), part, strict=False)
    return here is True and any(carried.follows(transcript.paper, one, part) for one in others)


def _source(function: str, part: str) -> str:
    from autograder.mistakes.network import SOURCE  # not loaded for right submissions

    return SOURCE.get((function, part), "")


def _tells(transcript: Transcript, part: str, activation: str) -> bool:
    """Whether the ordinary inputs show that a gradient follows; of a bias, those with the other activation help."""
    from autograder.hidden_tests import gradients

    if (part, activation) not in transcript.found:
        general = {a: [transcript.reading("backprop", p) for p in transcript.battery.general(a)] for a in ACTIVATIONS}
        follows = any(gradients.follows(transcript.paper, reading, part) for reading in general[activation])
        if part.startswith("b"):
            general[activation] = [reading for readings in general.values() for reading in readings]
        told = follows and gradients.tells(transcript.paper, general[activation], part)
        transcript.found[part, activation] = told
    return bool(transcript.found[part, activation])


def _may_follow(transcript: Transcript, problem: Problem) -> bool:
    """Whether a part is wrong only because it follows from one that is wrong, as far as that can be told."""
    function, probe, part = problem.function, problem.probe, problem.part
    source = _source(function, part)
    if probe is None or not source:
        return False
    reading = transcript.reading(function, probe)
    if isinstance(problem.failure, NotFinite):
        return isinstance(reading.failure_of(source), NotFinite)
    if not isinstance(problem.failure, Mismatch):
        return False
    if function == "forward":
        return carried.follows(transcript.paper, reading, part, strict=False) is not False
    from autograder.hidden_tests import gradients

    return gradients.follows(transcript.paper, reading, part) is not False


class Earned(NamedTuple):
    """A part whose values are right; carried: somewhere it only follows from one that is wrong."""

    part: str
    activation: str
    carried: bool


def earned(transcript: Transcript, function: str) -> list[Earned]:
    """The parts, with the activation, whose values are right: behavior is judged of these and no others."""
    if function not in transcript.found:
        found = (_earned(transcript, function, part, a) for a in _activations(function) for part in PARTS[function])
        transcript.found[function] = [one for one in found if one]
    parts: list[Earned] = transcript.found[function]
    return parts


def _activations(function: str) -> Sequence[str]:
    """The activations that a function is asked with: loss and update know none."""
    return ACTIVATIONS if function in ("forward", "backprop") else ACTIVATIONS[:1]


def _earned(transcript: Transcript, function: str, part: str, activation: str) -> Earned | None:
    general = transcript.battery.general(activation)
    if any(lost(transcript, function, probe, part) for probe in general):
        return None
    if function != "forward":
        return Earned(part, activation, any(check(transcript, function, probe, part) for probe in general))
    errors = (part_error(transcript.paper, transcript.reading(function, probe), part) for probe in general)
    return Earned(part, activation, max(errors) > transcript.paper.rubric.tolerance.values)


def check_behavior(transcript: Transcript, function: str, probes: Sequence[Probe]) -> Problem | None:
    """Judge the earned parts of the answers to some probes.

    A carried part need only follow, and is not judged where nothing shows what it should follow from.  If no part is
    earned, the problem is NotEarned, or why there is no answer at all.
    """
    parts = earned(transcript, function)
    if not parts:
        kinds = _activations(function)
        general = [transcript.reading(function, one) for a in kinds for one in transcript.battery.general(a)]
        skipped = (one.failure for one in general if isinstance(one.failure, Skipped))
        failure = general[0].failure or next(skipped, None)
        return Problem(failure, function, general[0].question.probe) if failure else Problem(NotEarned(), function)
    for probe in probes:
        for one in parts:
            if one.activation == probe.activation or function in ("loss", "update"):
                problem = check(transcript, function, probe, one.part)
                if problem and not (one.carried and _may_follow(transcript, problem)):
                    return problem
    return None


# --- training ---------------------------------------------------------------------------------------------------------


def failing(transcript: Transcript) -> list[str]:
    """The functions that answer wrongly where training asks them, with the logistic and two outputs, or too slowly."""
    probe, slow = transcript.battery.trained(), given_up(transcript)
    return [f for f in FUNCTIONS if f in slow or any(check(transcript, f, probe, part) for part in PARTS[f])]


def given_up(transcript: Transcript) -> set[str]:
    """The functions that were not asked everything, as they took too long or cost too much."""
    failures = ((key[0], reading.failure) for key, reading in transcript.readings.items())
    return {f for f, failure in failures if isinstance(failure, Skipped) and failure.why in GIVEN_UP}


def unwritten(transcript: Transcript) -> list[str]:
    """The functions that are stubs; and those that are missing, if more than one is (one may be misspelled)."""
    failures = {f: transcript.reading(f, transcript.battery.trained()).failure for f in FUNCTIONS}
    absent = [f for f, failure in failures.items() if isinstance(failure, Missing)]
    return [f for f, failure in failures.items() if isinstance(failure, Stub) or (f in absent and len(absent) > 1)]


def off_path(paper: Paper, run: TrainingRun, step: int) -> Problem | None:
    """How the parameters after so many steps differ from those of gradient descent."""
    start = paper.battery.start()
    for name in NAMES:
        found = step_error(run.params[step][name], paper.path[step][name], start[name], step)
        if not found <= paper.rubric.tolerance.path:
            return Problem(OtherPath(step, found), "training", part=name)
    return None
