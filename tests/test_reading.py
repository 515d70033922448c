"""Every answer is read once: into arrays of the contract's shapes, or into a failure with its evidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import rounds, rubric
from autograder.asking import failures as f
from autograder.asking.battery import PUBLIC_KEY, Question
from autograder.asking.reading import PARTS, Reading, read, read_array
from autograder.sandbox.client import Answer
from autograder.sandbox.frames import Opaque, Was

PAPER = rounds.paper_for(rubric.load(), PUBLIC_KEY)
PROBE = PAPER.battery.general("logistic")[0]


def answer_to(function: str, value: Any, turn: str = "", **more: Any) -> Reading:
    return read(Question(function, PROBE, turn), Answer("returned", value, **more))


def right(function: str) -> Any:
    parts = PAPER.expected(function, PROBE)
    return tuple(parts.values()) if function == "forward" else dict(parts)


@pytest.mark.parametrize("function", ["forward", "backprop", "update"])
def test_a_right_answer_is_read_into_its_parts(function: str) -> None:
    reading = answer_to(function, right(function))
    assert reading.failure is None
    assert not reading.failures
    assert not reading.notes
    assert tuple(reading.parts) == PARTS[function]


@pytest.mark.parametrize(
    ("value", "note"),
    [
        (1.5, ""),
        (2, ""),
        (np.array(1.5), ""),
        (np.array([[1.5]]), "with one number in it"),
        ((1.5,), ""),
        (Was("numpy.float64", np.array(1.5)), ""),
    ],
)
def test_a_loss_may_be_any_one_number(value: Any, note: str) -> None:
    reading = answer_to("loss", value)
    assert reading.parts["loss"].shape == ()
    assert note in " ".join(reading.notes)


def test_of_many_long_keys_a_dozen_short_ones_are_kept() -> None:
    failure = answer_to("backprop", {f"{i:02}" + "k" * 60: 1.0 for i in range(14)}).failure
    assert failure == f.WrongKeys(tuple(f"{i:02}" + "k" * 38 for i in range(12)))


def test_extra_keys_cost_nothing() -> None:
    reading = answer_to("backprop", right("backprop") | {"cache": Opaque("object"), 7: None})
    assert set(reading.parts) == set(PARTS["backprop"])
    assert not reading.failures
    assert reading.notes == ("It returned more keys than the contract's four.",)
    assert not reading.differs(answer_to("backprop", right("backprop")), PARTS["backprop"])


def test_lists_matrices_and_float32_are_accepted_with_a_note() -> None:
    e1, h, yhat = right("forward")
    reading = answer_to("forward", [e1.tolist(), Was("numpy.matrix", h), yhat.astype(np.float32)])
    assert set(reading.parts) == {"e1", "h", "yhat"}
    assert all(part.dtype == np.float64 for part in reading.parts.values())
    assert len(reading.notes) == 4


@pytest.mark.parametrize(
    ("function", "value", "failure"),
    [
        ("forward", None, f.NoneReturned()),
        ("forward", {"e1": 1}, f.WrongStructure("dict")),
        ("forward", (1.0, 2.0), f.WrongStructure("tuple of 2 values")),
        ("forward", Opaque("generator"), f.WrongStructure("generator")),
        ("backprop", 3.0, f.WrongStructure("float")),
        ("backprop", {"dW1": 1.0, 3: 2.0}, f.WrongKeys(("dW1", "3"))),
        ("update", np.ones(3), f.WrongStructure("array of shape (3,)")),
    ],
)
def test_what_cannot_be_read_as_a_whole_is_a_failure(function: str, value: Any, failure: f.Failure) -> None:
    reading = answer_to(function, value)
    assert reading.failure == failure
    assert not reading.parts


@pytest.mark.parametrize(
    ("value", "failure"),
    [
        ("1.5", f.WrongType("str")),
        (True, f.WrongType("bool")),
        (1j, f.WrongType("complex")),
        (np.array(["a"]), f.WrongType("array of str32 values")),
        (np.array([True, False]), f.WrongType("array of bool values")),
        (Opaque("neural_net.Loss"), f.WrongType("neural_net.Loss")),
        ([[1.0], [2.0, 3.0]], f.WrongType("list of 2 values")),
    ],
)
def test_a_part_of_another_type_is_a_failure_of_that_part(value: Any, failure: f.Failure) -> None:
    assert read_array(value, (2,))[0] == failure


def test_another_shape_keeps_its_numbers_as_evidence() -> None:
    reading = answer_to("backprop", right("backprop") | {"b1": np.ones((2, 1))})
    failure = reading.failures["b1"]
    assert isinstance(failure, f.WrongShape)
    assert failure.array.shape == (2, 1)
    assert failure.expected == PROBE.params["b1"].shape
    assert np.array_equal(reading.raw("b1"), failure.array)
    assert "W1" in reading.parts


def test_not_finite_says_what_and_how_many() -> None:
    failure, _ = read_array(np.array([1.0, np.nan, np.inf]), (3,))
    assert isinstance(failure, f.NotFinite)
    assert (failure.what, failure.count) == ("NaN", 2)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer("raised", error={"type": "NotImplementedError", "kinds": ["NotImplementedError"]}), f.Stub),
        (Answer("raised", error={"type": "KeyError", "kinds": ["KeyError"], "line": 3}), f.Raised),
        (Answer("missing"), f.Missing),
        (Answer("stuck"), f.TimedOut),
        (Answer("died", error={"signal": 9}), f.Died),
        (Answer("skipped", rest={"why": "time"}), f.Skipped),
    ],
)
def test_no_answer_is_one_of_a_closed_list(answer: Answer, failure: type[f.Failure]) -> None:
    assert isinstance(read(Question("loss", PROBE), answer).failure, failure)


def test_changed_arguments_are_named() -> None:
    params = {k: v + (k == "W2") for k, v in PROBE.params.items()}
    reading = answer_to("update", right("update"), "same", args=(params, PROBE.grads | {"new": 1.0}, PROBE.eta))
    assert reading.changed == ('params["W2"]', "grads")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just(Opaque("x"))
    | st.just(np.ones((2, 3))) | st.just(np.array(["a"])) | st.just(np.array(1 + 2j)) | st.just(Was("y", 1.0)),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(st.sampled_from(["W1", "b1", "W2", "b2", "x", 3]), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(list(PARTS)), VALUES)
def test_anything_is_read_without_an_error(function: str, value: Any) -> None:
    reading = answer_to(function, value)
    assert reading.failure or set(reading.parts) | set(reading.failures) == set(PARTS[function])
    for part, array in reading.parts.items():
        assert array.dtype == np.float64, part
        assert np.isfinite(array).all()


def test_lists_of_more_numbers_than_any_answer_has_are_not_made_an_array() -> None:
    many = [[np.zeros(1 << 14, np.int8)] * 4] * 2
    assert isinstance(read_array(many, (2, 3))[0], f.WrongType)
    assert not isinstance(read_array([[1.0] * 300] * 200, (200, 300))[0], f.Failure)
