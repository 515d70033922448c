"""Train with the reference in the place of one function, or of none, where every answer passes the reader.

As long as the submission answers as the reference does, the calls of the next steps are known.  They are asked many
at a time: a wrong submission then takes two thirds of the time that it takes with one frame for each call.
"""

from __future__ import annotations

from typing import Any

from autograder.asking.battery import Array, Params
from autograder.asking.box import Box
from autograder.asking.comparison import error
from autograder.asking.failures import Failure
from autograder.asking.reading import read_parts
from autograder.asking.transcript import Paper
from autograder.sandbox.client import Answer, Questions

STEP = ("forward", "backprop", "update")  # the calls of a step, in this order
AHEAD = 25  # steps that are asked at a time
SAME = 1e-9  # the largest error, next to the reference, that changes no verdict of a training


def train_with(box: Box, paper: Paper, stands_in: str) -> Answer:
    """Train as far as the answers go.

    Answer.rest has the parameters at some steps as `marks`.  If an answer can't be used, the result is that answer;
    `doing` is the function that gave it and `step` the number of steps before it.
    """
    steps = paper.rubric.training.steps
    start, n = paper.battery.start(), len(paper.data["x"])
    params, marks = start, dict[int, Params]()
    as_known, coming = True, list[Answer]()
    for step in range(steps):
        if as_known and step % AHEAD == 0:
            coming = _ask(box, paper, stands_in, range(step, min(step + AHEAD, steps)))
        values: dict[str, Any] = {}
        for name in STEP:
            arguments = _arguments(paper, name, params, values)
            if name == stands_in:
                values[name] = getattr(paper.reference, name)(*arguments)
                continue
            answer = coming.pop(0) if coming else box.call(name, *arguments, back=False)
            arrays = arrays_of(name, answer, start, n)
            if isinstance(arrays, Failure):
                rest = {"marks": marks, "doing": name, "step": step}
                return Answer(answer.status, answer.value, error=answer.error, rest={**answer.rest, **rest})
            values[name] = tuple(arrays.values()) if name == "forward" else arrays
            if as_known and not _same(values[name], paper.course[step][name]):
                as_known = False
                coming.clear()  # answers to calls that are not made
        params = values["update"]
        if step + 1 in paper.snapshots:
            marks[step + 1] = params
    return Answer("returned", rest={"marks": marks})


def arrays_of(name: str, answer: Answer, params: Params, n: int) -> dict[str, Array] | Failure:
    """The parts of an answer in training with n examples, or the first failure in it."""
    expected = {part: array.shape for part, array in params.items()}
    if name == "forward":
        (N,), (K,) = params["b1"].shape, params["b2"].shape
        expected = {"e1": (n, N), "h": (n, N), "yhat": (n, K)}
    parts, failures, failure, _ = read_parts(name, answer, expected)
    return failure or next(iter(failures.values()), None) or parts


def _ask(box: Box, paper: Paper, stands_in: str, steps: range) -> list[Answer]:
    """The answers to the calls that the reference makes in these steps; fewer if the worker was lost on the way."""
    questions = Questions(paper.rubric.limits.call)
    for step in steps:
        params = paper.course[step - 1]["update"] if step else paper.battery.start()
        for name in STEP:
            if name != stands_in:
                questions.call(name, *_arguments(paper, name, params, paper.course[step]), back=False)
    return box.several(questions)


def _arguments(paper: Paper, name: str, params: Params, values: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of a call of a step, given what was returned earlier in the step."""
    x, y = paper.data["x"], paper.data["y"]
    if name == "forward":
        return x, params, "logistic"
    if name == "backprop":
        return x, y, params, *values["forward"], "logistic"
    return params, values["backprop"], paper.rubric.training.eta


def _same(got: Any, known: Any) -> bool:
    """Whether two results of forward, or two dicts of arrays, are equal up to rounding."""
    parts = range(len(known)) if isinstance(known, tuple) else known
    return all(error(got[part], known[part]) <= SAME for part in parts)
