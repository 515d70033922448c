"""How far an answer is from the right one: by the norm, whatever its size, with room for the rounding of float32."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.asking.comparison import error, step_error

pytestmark = pytest.mark.usefixtures("as_in_grading")

EPS = float(np.finfo(np.float32).eps)


def test_the_error_is_the_distance_relative_to_the_right_array() -> None:
    assert error(np.array([3.0, 4.5]), np.array([3.0, 4.0])) == pytest.approx(0.1)
    assert error(np.ones((2, 3)), np.ones((2, 3))) == 0


def test_of_zeros_it_is_the_distance() -> None:
    assert error(np.array([0.3, 0.4]), np.zeros(2)) == pytest.approx(0.5)
    assert error(np.zeros(2), np.zeros(2)) == 0


@pytest.mark.parametrize("size", [1e200, -3e250])
def test_numbers_whose_squares_overflow_are_compared(size: float) -> None:
    want = np.array([1.0, 2.0, 2.0]) * size
    assert error(want, want) == 0
    assert error(1.5 * want, want) == pytest.approx(0.5)
    assert error(want, want / size) > 1e200


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_it_is_infinite_unless_both_are_finite(bad: float) -> None:
    assert error(np.array([1.0, bad]), np.ones(2)) == np.inf
    assert error(np.ones(2), np.array([1.0, bad])) == np.inf


def test_a_step_is_compared_by_what_it_changes() -> None:
    before, want = np.full(4, 1000.0), np.full(4, 1000.5)
    assert step_error(want, want, before) == 0
    assert step_error(before + 0.6, want, before) == pytest.approx(0.2)
    assert step_error(before, want, before) == pytest.approx(1, abs=1e-3)  # no step, in numbers of float32
    assert step_error(before + 0.6, want, before, steps=1000) == pytest.approx(0.2)


def test_the_rounding_of_float32_is_allowed_for_each_step_and_no_more() -> None:
    before = np.full(4, 1000.0)
    want = before + 1.23456e-3
    rounded = want.astype(np.float32).astype(np.float64)
    assert 1e-3 < np.linalg.norm(rounded - want) / np.linalg.norm(want - before) < 0.1
    assert step_error(rounded, want, before) == 0
    off = rounded + np.float32(64) * 8 * np.spacing(np.float32(1000))
    allowed = 2 * EPS * np.linalg.norm(want) / np.linalg.norm(want - before)
    plain = error(off - before, want - before)
    assert step_error(off, want, before) == pytest.approx(plain - allowed)
    assert step_error(off, want, before, steps=3) == pytest.approx(plain - 3 * allowed)


def test_no_step_where_none_is_due_is_right() -> None:
    params = np.full(3, 2.5)
    assert step_error(params, params, params) == 0
    allowed = 2 * EPS * np.linalg.norm(params)
    assert step_error(params + 1, params, params) == pytest.approx(np.sqrt(3) - allowed, rel=1e-9)
