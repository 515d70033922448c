"""Train with the reference in the place of one function, or of none.

A submission that answers as the reference does takes many steps at a time, in its worker.  Only one that doesn't is
asked call by call, with every answer passing the reader: that takes five times as long.
"""

from __future__ import annotations

from typing import Any

from autograder.asking.battery import Array, Params
from autograder.asking.box import Box
from autograder.asking.comparison import error
from autograder.asking.failures import Failure
from autograder.asking.reading import read_parts
from autograder.asking.transcript import Paper
from autograder.sandbox.client import Answer

STEP = ("forward", "backprop", "update")  # the calls of a step, in this order
AT_A_TIME = 25  # steps
SAME = 1e-9  # the largest error, next to the reference, that changes no verdict of a training


def train_with(box: Box, paper: Paper, stands_in: str) -> Answer:
    """Train as far as the answers go.

    Answer.rest has the parameters at some steps as `marks`.  If an answer can't be used, the result is that answer;
    `doing` is the function that gave it and `step` the number of steps before it.
    """
    if stands_in:
        followed = _follow(box, paper, stands_in)
        if followed is not None:
            return Answer("returned", rest={"marks": followed})
        box.close()  # what it did so far counts for nothing
    return _call_by_call(box, paper, stands_in)


def arrays_of(
    name: str, answer: Answer, params: Params, n: int, steps: tuple[int, ...] = ()
) -> dict[str, Array] | Failure:
    """The parts of an answer in training with n examples, or the first failure in it; `steps`: of so many at once."""
    expected = {part: (*steps, *array.shape) for part, array in params.items()}
    if name == "forward":
        (N,), (K,) = params["b1"].shape, params["b2"].shape
        expected = {"e1": (*steps, n, N), "h": (*steps, n, N), "yhat": (*steps, n, K)}
    parts, failures, failure, _ = read_parts(name, answer, expected)
    return failure or next(iter(failures.values()), None) or parts


def _follow(box: Box, paper: Paper, stands_in: str) -> dict[int, Params] | None:
    """The parameters at some steps, if every answer on the way is the reference's, up to rounding."""
    steps, x, y = paper.rubric.training.steps, paper.data["x"], paper.data["y"]
    start = params = paper.battery.start()
    marks: dict[int, Params] = {}
    for first in range(0, steps, AT_A_TIME):
        count = min(AT_A_TIME, steps - first)
        known = {name: {k: v[first : first + count] for k, v in paper.course[name].items()} for name in STEP}
        answer = box.follow(
            params=params, x=x, y=y, eta=paper.rubric.training.eta, activation="logistic", steps=count,
            told={stands_in: known[stands_in]},
        )  # fmt: skip
        found = answer.value if isinstance(answer.value, dict) else {}
        for name in STEP:
            if name != stands_in:
                came = arrays_of(name, answer._replace(value=found.get(name)), start, len(x), (count,))
                if isinstance(came, Failure) or any(error(came[k], v) > SAME for k, v in known[name].items()):
                    return None
                known[name] = came
        for step in paper.snapshots:
            if first < step <= first + count:
                marks[step] = {k: v[step - first - 1] for k, v in known["update"].items()}
        params = {k: v[-1] for k, v in known["update"].items()}
    return marks


def _call_by_call(box: Box, paper: Paper, stands_in: str) -> Answer:
    start, n = paper.battery.start(), len(paper.data["x"])
    params, marks = start, dict[int, Params]()
    for step in range(paper.rubric.training.steps):
        values: dict[str, Any] = {}
        for name in STEP:
            arguments = _arguments(paper, name, params, values)
            if name == stands_in:
                values[name] = getattr(paper.reference, name)(*arguments)
                continue
            answer = box.call(name, *arguments, back=False)
            arrays = arrays_of(name, answer, start, n)
            if isinstance(arrays, Failure):
                rest = {"marks": marks, "doing": name, "step": step}
                return Answer(answer.status, answer.value, error=answer.error, rest={**answer.rest, **rest})
            values[name] = tuple(arrays.values()) if name == "forward" else arrays
        params = values["update"]
        if step + 1 in paper.snapshots:
            marks[step + 1] = params
    return Answer("returned", rest={"marks": marks})


def _arguments(paper: Paper, name: str, params: Params, values: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of a call of a step, given what was returned earlier in the step."""
    x, y = paper.data["x"], paper.data["y"]
    if name == "forward":
        return x, params, "logistic"
    if name == "backprop":
        return x, y, params, *values["forward"], "logistic"
    return params, values["backprop"], paper.rubric.training.eta
