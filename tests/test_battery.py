"""The batteries: consistent inputs from a keyed hash, in every class that a program can depend on."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np
import pytest

from autograder import rounds, rubric
from autograder.asking.battery import ACTIVATIONS, FUNCTIONS, NAMES, PUBLIC_KEY, Battery, uniform
from autograder.asking.reference import load_reference
from autograder.asking.secret import TEST_SECRET
from autograder.selfcheck import spoilers

KEYS = [TEST_SECRET, PUBLIC_KEY, bytes(range(16))]


def battery(key: bytes) -> Battery:
    return rounds.paper_for(rubric.load(), key).battery


def test_numbers_are_keyed_blake2b_in_counter_mode() -> None:
    blocks = [
        hashlib.blake2b(b"name\0" + i.to_bytes(8, "little"), key=b"key", digest_size=64).digest() for i in range(2)
    ]
    words = [int.from_bytes(b"".join(blocks)[8 * i : 8 * i + 8], "little") >> 11 for i in range(9)]
    expected = [word * 2.0**-52 - 1 + 2.0**-53 for word in words]
    assert uniform(b"key", "name", 9).tolist() == expected


def test_numbers_stay_the_same_on_every_machine() -> None:
    assert uniform(PUBLIC_KEY, "general 1 logistic", 9)[0].hex() == "-0x1.d1940edce150cp-3"


def test_numbers_are_uniform_in_minus_one_to_one() -> None:
    numbers = uniform(TEST_SECRET, "many", 20_000)
    assert -1 < numbers.min() < -0.999
    assert 0.999 < numbers.max() < 1
    assert abs(numbers.mean()) < 0.02
    assert abs(numbers.var() - 1 / 3) < 0.01


@pytest.mark.parametrize("key", KEYS, ids=["test", "public", "other"])
def test_every_probe_is_consistent(key: bytes) -> None:
    reference = load_reference()
    for question in battery(key).questions:
        probe = question.probe
        e1, h, yhat = reference.forward(probe.x, probe.params, probe.activation)
        for made, right in ((probe.e1, e1), (probe.h, h), (probe.yhat, yhat)):
            np.testing.assert_array_equal(made, right)
        assert all(np.isfinite(probe.params[name]).all() for name in NAMES)


@pytest.mark.parametrize("key", KEYS, ids=["test", "public", "other"])
def test_no_two_general_sizes_are_equal_or_neighbors(key: bytes) -> None:
    for activation in ACTIVATIONS:
        for probe in battery(key).general(activation):
            sizes = sorted(probe.sizes.values())
            assert all(b - a > 1 for a, b in pairwise(sizes)), sizes
            assert sizes[0] >= 3


def test_another_key_draws_other_sizes_and_numbers() -> None:
    one, other = battery(TEST_SECRET), battery(bytes(range(16)))
    assert [p.sizes for p in one.general("tanh")] != [p.sizes for p in other.general("tanh")]
    assert not np.array_equal(one.start()["b1"], other.start()["b1"])
    assert not np.array_equal(one.angles()[0], other.angles()[0])


@pytest.mark.parametrize("key", KEYS, ids=["test", "public", "other"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_guard_in_the_stated_ranges_holds_for_a_question(function: str, key: bytes) -> None:
    # Sizes, magnitudes and values of single arguments: what holds for no question is never seen.
    probes = [q.probe for q in battery(key).questions if q.function == function and not q.probe.default]
    asked = [probe.arguments(function) for probe in probes]
    guards = [text for _, text in spoilers.guards(function)]
    assert [text for text in guards if not any(spoilers.holds(text, function, one) for one in asked)] == []


def test_every_probe_has_one_name() -> None:
    questions = battery(TEST_SECRET).questions
    assert len({q.key for q in questions}) == len(questions)
    assert {q.function for q in questions} == set(FUNCTIONS)
