"""Whatever a worker sends as an answer, the grader judges and explains it, and never fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import grade as grading
from autograder import rubric
from autograder.asking.session import LiveSession
from autograder.result import Result, gradescope, text_of
from autograder.sandbox.client import Answer, Questions
from autograder.sandbox.frames import Opaque, Was
from solution import neural_net
from tests.support import by_profile

CONTRACT = rubric.load()
SOURCE = b"\n".join(b"line %d" % i for i in range(50))
NUMBERS = st.floats() | st.integers() | st.booleans()
ARRAYS = st.sampled_from(
    [np.ones(3), np.ones((2, 3)), np.zeros((0, 4)), np.full((7, 9), np.nan), np.array("x"), np.array([True]),
     np.array(1 + 2j), np.ones((4, 4), np.float32), np.array([1, 2], np.int8), np.array(np.inf), np.ones((1,) * 16)]
)  # fmt: skip
SCALARS = st.none() | NUMBERS | st.text(max_size=4) | ARRAYS | st.builds(Opaque, st.text(max_size=5))
KEYS = st.sampled_from(["W1", "b1", "W2", "b2", "dW1", "", 0, 2**63])
VALUES = st.recursive(
    SCALARS | st.builds(Was, st.text(max_size=5), SCALARS),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=10,
)  # fmt: skip
ERRORS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["ValueError", "NameError", "E", "", "SystemExit"]),
        "kinds": st.lists(st.sampled_from(["ValueError", "NotImplementedError", "SyntaxError"]), max_size=3),
        "message": st.sampled_from(["", "name 'x' is not defined", "shapes (2,3) and (4,5) not", "%s\x00\u202e"]),
        "line": st.integers(-1, 60), "where": st.text(max_size=5), "file": st.sampled_from(["neural_net.py", "x.py"]),
    },
)  # fmt: skip
PARAMS = st.dictionaries(KEYS, VALUES, max_size=5)
ANSWERS = st.builds(lambda value: Answer("returned", value), VALUES) | st.builds(
    lambda status, error, rest: Answer(status, error=error, rest=rest),
    st.sampled_from(["raised", "stuck", "missing", "died", "skipped"]),
    ERRORS,
    st.fixed_dictionaries({}, optional={"why": st.sampled_from(["time", "load"]), "step": st.integers(-1, 9)}),
)  # fmt: skip


class FakeBox:
    """A sandbox whose worker answers with whatever it likes, for one function or for all."""

    def __init__(self, answer: Callable[[str], Answer | None]) -> None:
        self.answer = answer
        self.layers: list[str] = []
        self.kept: dict[int, Answer] = {}

    def load(self) -> Answer:
        return Answer("returned", rest={"found": {}, "names": ["forward"], "errors": []})

    def given_up(self, _name: str) -> str:
        return ""

    def call(self, name: str, *args: Any, **_: Any) -> Answer:
        given_answer = self.answer(name)
        if given_answer is not None:
            return given_answer
        value = getattr(neural_net, name)(*args)
        return Answer("returned", value, args=args)

    def several(self, questions: Questions) -> list[Answer]:
        for ask in questions.asks:
            recalled = self.kept.get(ask.get("of", -1))
            self.kept[ask["id"]] = recalled or self.call(ask.get("name", "forward"), *ask.get("args", ()))
        return [self.kept[ask["id"]] for ask in questions.asks]

    def train(self, **_: Any) -> Answer:
        return self.answer("training") or Answer("returned", rest={"marks": {}})

    def follow(self, **_: Any) -> Answer:
        return self.answer("training") or Answer("raised")

    def repair(self, what: str, **_: Any) -> Answer:
        return self.answer(what) or Answer("skipped")

    def close(self) -> None:
        pass


def examined(answer: Callable[[str], Answer | None]) -> Result:
    result = Result("")
    grading.examine(result, CONTRACT, LiveSession(FakeBox(answer)), SOURCE, pictures=True)
    text_of(gradescope(result))
    return result


few = settings(max_examples=by_profile(quick=4, ci=40, full=1000))


@pytest.mark.parametrize("function", ["forward", "loss", "backprop", "update"])
@few
@given(answer=ANSWERS)
def test_any_answer_of_one_function_is_no_fault(function: str, answer: Answer) -> None:
    result = examined(lambda name: answer if name == function else None)
    assert not result.faulty, result.staff
    assert result.score < 100


@few
@given(answers=st.lists(ANSWERS, min_size=1, max_size=5))
def test_any_answers_of_all_functions_are_no_fault(answers: list[Answer]) -> None:
    counter = iter(range(10**9))
    result = examined(lambda name: answers[next(counter) % len(answers)])
    assert not result.faulty, result.staff


@few
@given(
    marks=st.dictionaries(st.sampled_from([1, 10, 60, 500, 20]), PARAMS, max_size=4),
    status=st.sampled_from(["returned", "raised", "stuck", "died"]),
    doing=st.sampled_from(["", "forward", "update", "x"]),
)
def test_any_answer_of_training_is_no_fault(marks: dict[int, Any], status: str, doing: str) -> None:
    answer = Answer(status, rest={"marks": marks, "doing": doing})
    result = examined(lambda name: answer if name == "training" else None)
    assert not result.faulty, result.staff
