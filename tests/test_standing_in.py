"""A training in which the reference stands in: many steps at a time, with the results of one call after another."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from autograder import rounds, rubric
from autograder.asking.battery import PUBLIC_KEY
from autograder.asking.failures import Raised
from autograder.asking.reference import SOLUTION
from autograder.asking.session import LiveSession
from autograder.asking.transcript import TrainingRun
from autograder.sandbox.client import Answer, Sandbox

PAPER = rounds.paper_for(rubric.load(), PUBLIC_KEY)
RIGHT = SOLUTION.read_text("utf-8")
STEPS = PAPER.rubric.training.steps


class Counting(Sandbox):
    """A sandbox that counts the steps that it was asked to take and the calls that it was asked to make."""

    def __init__(self, text: str) -> None:
        super().__init__({"neural_net.py": text.encode()}, "neural_net.py", PAPER.rubric.limits)
        self.asked: Counter[str] = Counter()

    def call(self, name: str, *args: Any, **how: Any) -> Answer:
        self.asked["calls"] += 1
        return super().call(name, *args, **how)

    def follow(self, **question: Any) -> Answer:
        self.asked["steps"] += question["steps"]
        return super().follow(**question)


def trained(text: str, stands_in: str) -> tuple[TrainingRun, Counter[str]]:
    with Counting(text) as box:
        return LiveSession(box).train_with(PAPER, stands_in), box.asked


def changed(right: str, wrong: str) -> str:
    assert right in RIGHT
    return RIGHT.replace(right, wrong)


def counted(function: str, line: str) -> str:
    """The solution with a line at the start of a function, where `calls` is how often it was called."""
    head = next(row for row in RIGHT.splitlines() if row.startswith(f"def {function}("))
    body = RIGHT[RIGHT.index(head) :]
    begin = body[: body.index("# BEGIN")]
    count = f"global calls\n    calls += 1\n    {line}\n    "
    return "calls = 0\n" + RIGHT.replace(begin, begin + count)


@pytest.mark.parametrize("stands_in", ["", "forward", "backprop", "update"])
def test_steps_that_are_right_are_taken_many_at_a_time(stands_in: str) -> None:
    run, asked = trained(RIGHT, stands_in)
    assert run.problem is None
    assert asked == ({"steps": STEPS} if stands_in else {"calls": 3 * STEPS})
    for step in PAPER.rubric.training.path_steps:
        for name, array in run.params[step].items():
            np.testing.assert_allclose(array, PAPER.path[step][name], rtol=1e-12)


def test_own_answers_are_gone_on_with_where_they_differ() -> None:
    run, asked = trained(changed("u - eta", "u.astype('f') - eta"), "backprop")
    params = PAPER.battery.start()
    for _ in range(STEPS):
        e1, h, yhat = PAPER.reference.forward(PAPER.data["x"], params)
        grads = PAPER.reference.backprop(PAPER.data["x"], PAPER.data["y"], params, e1, h, yhat)
        eta = PAPER.rubric.training.eta
        params = {name: (u.astype("f") - eta * grads[name]).astype("f8") for name, u in params.items()}
    for name, array in params.items():
        np.testing.assert_allclose(run.params[STEPS][name], array, rtol=1e-6)
        assert np.abs(run.params[STEPS][name] - PAPER.course["update"][name][-1]).max() > 1e-9
    assert asked == {"steps": 25, "calls": 2 * STEPS}


@pytest.mark.parametrize("stands_in", ["forward", "backprop"])
def test_an_exception_ends_it_where_it_is_raised(stands_in: str) -> None:
    run, _ = trained(counted("update", "1 / (calls - 130)"), stands_in)
    assert run.problem is not None
    assert run.problem.function == "update"
    assert isinstance(run.problem.failure, Raised)
    assert max(run.params) == 120  # the last step before it that came back


def test_answers_that_were_asked_for_in_vain_are_not_used() -> None:
    """From its 131st call on it does nothing: whoever trains on the reference's path would not notice."""
    run, _ = trained(counted("update", "if calls > 130: return {k: u + 0 for k, u in params.items()}"), "backprop")
    assert run.problem is None
    for name, array in run.params[STEPS].items():
        np.testing.assert_allclose(array, PAPER.course["update"][name][129], rtol=1e-9)


@pytest.mark.parametrize("line", ["if calls > 130: return e1, h, yhat + 1", "if calls > 130: h += 1"])
def test_what_no_later_step_shows_is_seen(line: str) -> None:
    """Where the reference takes the place of backprop, no parameters depend on forward."""
    assert "return e1, h, yhat\n" in RIGHT
    text = "calls = 0\n" + RIGHT.replace(
        "    return e1, h, yhat\n", f"    global calls\n    calls += 1\n    {line}\n    return e1, h, yhat\n"
    )
    run, asked = trained(text, "backprop")
    assert asked["calls"]
    error = {name: np.abs(array - PAPER.course["update"][name][-1]).max() for name, array in run.params[STEPS].items()}
    assert max(error.values()) > 1e-3


def test_what_it_does_to_its_arguments_is_not_gone_on_with() -> None:
    end = "    # END SOLUTION\n\n\ndef update("
    assert end in RIGHT
    text = RIGHT.replace("    return {\n", "    grads = {\n").replace(
        end, "    params['b1'] += 1\n    return grads\n" + end
    )
    run, _ = trained(text, "forward")
    assert run.problem is None
    for name, array in run.params[STEPS].items():
        np.testing.assert_allclose(array, PAPER.course["update"][name][-1], rtol=1e-9)


def test_a_worker_that_dies_ends_it() -> None:
    run, _ = trained(counted("forward", "if calls == 77: import os; os._exit(3)"), "backprop")
    assert run.problem is not None
    assert run.problem.function == "forward"
    assert max(run.params) == 60
