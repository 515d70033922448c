"""What is asked is consistent, the same on every machine, and tells one mistake from another."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from autograder import grade, rubric
from autograder.asking.probes import PUBLIC_SEED, Probe, Probes, uniform

KINDS = ("logistic", "tanh")
UNIFORM = ["0x1.d5f3e7dae37edp-1", "0x1.c373087f4ac4bp-1", "0x1.a5b462f481036p-2"]
PUBLIC = 3002213146
SEED_ONE = 26593667


def make(seed: int | None = None) -> Probes:
    contract = rubric.load()
    tolerance = contract.tolerance
    return Probes(
        contract.seed if seed is None else seed,
        grade.load_reference(),
        tolerance.finite_e1,
        tolerance.finite_slope,
        contract.training.hidden_units,
    )


def everything(probes: Probes) -> list[Probe]:
    found = [probes.twin(), probes.perfect()]
    for kind in KINDS:
        found += probes.general(kind) + probes.sizes(kind)
        found += probes.large("forward", kind) + probes.large("backprop", kind)
    return found


def digest(probes: list[Probe]) -> int:
    """A checksum of what is integer arithmetic and one product: no machine and no NumPy makes another."""
    number = 0
    for probe in probes:
        for array in (probe.x, *probe.params.values(), *probe.grads.values()):
            number = zlib.crc32(np.ascontiguousarray(array).astype("<f8").tobytes(), number)
    return number


def test_uniform_is_the_same_everywhere() -> None:
    numbers = uniform(1, "one", 3)
    assert [float(v).hex() for v in numbers] == UNIFORM


def test_uniform_lies_inside_and_has_no_pattern() -> None:
    numbers = uniform(3, "many", 20_000)
    assert np.abs(numbers).max() < 1
    assert abs(numbers.mean()) < 0.02
    assert abs(numbers.var() - 1 / 3) < 0.01
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.03
    assert len(set(numbers)) == 20_000


def test_the_public_probes_are_the_same_everywhere() -> None:
    public = [p for p in everything(make()) if p.public]
    assert [p.name for p in public] == ["public logistic", "public tanh"]
    assert digest(public) == PUBLIC
    probes = make(seed=1)
    assert digest([probes.twin(), *probes.general("tanh")[1:], *probes.large("forward", "logistic")]) == SEED_ONE


def test_a_new_seed_makes_new_hidden_probes_and_the_same_public_ones() -> None:
    for one, other in zip(everything(make(1)), everything(make(2)), strict=True):
        assert np.array_equal(one.x, other.x) == one.public


def test_hidden_probes_do_not_follow_from_the_public_seed() -> None:
    assert rubric.load().seed != PUBLIC_SEED


def test_every_probe_is_consistent() -> None:
    for p in everything(make()):
        sums = [[sum(w * v for w, v in zip(row, x, strict=True)) for row in p.params["W1"]] for x in p.x]
        e1 = np.array(sums) + p.params["b1"]
        with np.errstate(over="ignore"):
            h = np.tanh(e1) if p.activation == "tanh" else 1 / (1 + np.exp(-e1))
        assert np.allclose(p.e1, e1, rtol=1e-12, atol=1e-12)
        assert np.allclose(p.h, h, rtol=1e-12, atol=1e-15)
        assert np.allclose(p.yhat, p.h @ p.params["W2"].T + p.params["b2"], rtol=1e-12, atol=1e-12)
        assert p.x.shape[0] == p.y.shape[0]
        assert p.y.shape == p.yhat.shape
        assert {k: v.shape for k, v in p.grads.items()} == {k: v.shape for k, v in p.params.items()}
        for array in (p.x, p.y, p.e1, p.h, p.yhat, *p.params.values(), *p.grads.values()):
            assert array.dtype == np.float64
            assert np.isfinite(array).all()


def test_general_sizes_are_four_different_numbers_and_k_is_not_2() -> None:
    for kind in KINDS:
        probes = make().general(kind)
        assert probes[0].public
        assert not any(p.public for p in probes[1:])
        for p in probes:
            assert len(set(p.sizes.values())) == 4
            assert p.sizes["K"] != 2
            assert {k: p.params[k].any() for k in ("b1", "b2")} == {"b1": True, "b2": True}


def test_sizes_have_every_one_and_the_squares() -> None:
    for kind in KINDS:
        sizes = [p.sizes for p in make().sizes(kind)]
        for letter in "nDNK":
            assert any(s[letter] == 1 and list(s.values()).count(1) == 1 for s in sizes), letter
        assert {"n": 1, "D": 1, "N": 1, "K": 1} in sizes
        assert any(len(set(s.values())) == 1 and s["n"] > 1 for s in sizes)
    layouts = make().sizes("logistic")
    assert [p.fortran for p in layouts].count(True) == 1
    assert make().readonly().readonly
    assert [p.default for p in layouts].count(True) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_large_excitations_saturate_on_both_sides_and_leave_some_alone(kind: str) -> None:
    tolerance = rubric.load().tolerance
    for function, far in (("forward", tolerance.finite_e1), ("backprop", tolerance.finite_slope)):
        (probe,) = make().large(function, kind)
        assert probe.e1.max() > far - 10
        assert probe.e1.min() < -far + 10
        assert (np.abs(probe.e1) < 5).any()


def test_weights_are_of_size_one_so_that_every_slope_matters() -> None:
    for kind in KINDS:
        for p in make().general(kind):
            slope = 1 - p.h**2 if kind == "tanh" else p.h * (1 - p.h)
            assert slope.max() / slope.min() > 1.3
            assert np.abs(p.params["W1"]).max() > 0.5


def test_the_default_is_left_out_and_the_perfect_fit_is_perfect() -> None:
    probes = make()
    (default,) = [p for p in probes.sizes("logistic") if p.default]
    assert len(default.arguments("forward")) == 2
    assert len(default.arguments("backprop")) == 6
    assert np.array_equal(probes.perfect().y, probes.perfect().yhat)


def test_a_probe_is_made_once() -> None:
    probes = make()
    assert probes.general("tanh")[1] is probes.general("tanh")[1]
