"""What is said about a wrong answer is true, or nothing is said.

The programs run in this process (autograder/selfcheck/bench.py).
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import rounds, rubric
from autograder.asking.session import LiveSession
from autograder.asking.transcript import PublicTranscript
from autograder.diagnosis import engine, facts
from autograder.diagnosis.diagnose import Diagnosis
from autograder.diagnosis.engine import Case
from autograder.diagnosis.facts import View
from autograder.hidden_tests.judging import check
from autograder.mistakes import activations, network, operators
from autograder.mistakes.activations import Activation
from autograder.mistakes.network import Inputs
from autograder.mistakes.operators import factors
from autograder.selfcheck import behaviors, mutants, outcomes
from autograder.selfcheck.bench import InProcessSandbox, Line, ask, brief, examine, examine_public, only, papers_of
from autograder.selfcheck.mutants import Functions, Mutant

pytestmark = pytest.mark.usefixtures("as_in_grading")

SUBMISSIONS = Path(__file__).parent / "submissions"
CONTRACT = rubric.load()
SINGLES = mutants.singles()
BY_NAME = {m.name: m for m in SINGLES}


def lines_of(make: Callable[[], Functions], *functions: str) -> dict[str, Line]:
    """The lines of a program, of some functions or of all."""
    with np.errstate(all="ignore"):
        session, papers = LiveSession(InProcessSandbox(make)), papers_of(brief(CONTRACT))
        found = examine_public(session, only(papers.public, functions)) if functions else examine(session, papers)
        return found.lines


def answers(make: Callable[[], Functions], *functions: str) -> PublicTranscript:
    """What a program answers to the public questions about some functions."""
    papers = rounds.Papers.of(CONTRACT, bytes(16))
    with np.errstate(all="ignore"):
        return ask(LiveSession(InProcessSandbox(make)), only(papers.public, functions))


def mapped(function: str, change: Callable[[np.ndarray, str], np.ndarray]) -> Callable[[], Functions]:
    """The right program, but for a change of every array that a function returns."""

    def make() -> Functions:
        right = mutants.program({})
        names = {"forward": ("e1", "h", "yhat"), "loss": ("loss",)}.get(function, ("W1", "b1", "W2", "b2"))

        def changed(*a: Any) -> Any:
            value = right[function](*a)
            if isinstance(value, dict):
                return {k: change(v, k) for k, v in value.items()}
            if isinstance(value, tuple):
                return tuple(change(v, k) for v, k in zip(value, names, strict=True))
            return float(change(np.array(value), "loss"))

        return right | {function: changed}

    return make


def test_causes_are_compared_with_and_not_asserted() -> None:
    """Other code gives the same numbers: a sum that is doubled, a slice for a loop, np.cumsum."""
    causes = r"\bloop\b|\baxis is missing|set back|object|/ 2 \* n|in place of 1/\(2n\)"
    reasons = [o.reason for table in operators.OPERATORS.values() for o in table]
    reasons += [reason for words in (factors.WORDS, factors.LOSS_WORDS) for _, reason in words.values()]
    named = [reason for reason in reasons if re.search(causes, reason)]
    assert len(named) >= 10
    assert [reason for reason in named if not re.search(r", as (when|from|with) .*(" + causes + ")", reason)] == []


# --- silence is better than a false name ------------------------------------------------------------------------------


def _noise(seed: int, size: float) -> Callable[[np.ndarray, str], np.ndarray]:
    def change(a: np.ndarray, name: str) -> np.ndarray:
        # Another one for every array and every value of it, as unknown mistakes are.
        rng = np.random.default_rng([seed, len(name), a.size, int(1e6 * abs(float(a.sum())))])
        return a + size * (1 + np.abs(a).max()) * rng.normal(size=a.shape)

    return change


CORRUPTIONS: dict[str, Callable[[np.ndarray, str], np.ndarray]] = {
    **{f"noise of {size:g}": _noise(seed, size) for seed, size in enumerate((1e-4, 1e-2, 1.0))},
    "a constant added": lambda a, name: a + 0.0137,
    "times a number without a meaning": lambda a, name: a * 1.2345,
    "weighted by place": lambda a, name: a * (1 + 0.1 * np.cos(np.arange(a.size))).reshape(a.shape),
    "a soft cut": lambda a, name: np.arctan(3 * a) / 2,
    "a power": lambda a, name: np.sign(a) * np.abs(a) ** 1.1,
    "the first entry and a bit": lambda a, name: np.where(np.arange(a.size).reshape(a.shape) == 0, 2.1 * a, a),
    "the middle entry set to 0.3": lambda a, name: np.where(np.arange(a.size).reshape(a.shape) == a.size // 2, 0.3, a),
    "rolled by one": lambda a, name: np.roll(a, 1) + 1e-3,
    "rounded to two digits": lambda a, name: np.round(a, 2) + 1e-5,
}


@pytest.mark.parametrize("function", ["forward", "loss", "backprop", "update"])
@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_unknown_mistake_gets_no_name(function: str, corruption: str) -> None:
    lines = lines_of(mapped(function, CORRUPTIONS[corruption]), function)
    value_lines = [line for key, line in lines.items() if line.lost and line.kind == "value"]
    assert value_lines
    named = {key: line.key for key, line in lines.items() if line.certain}
    assert named == {}


def test_mistake_that_the_general_probes_do_not_see_gets_no_name() -> None:
    """The biases are right there, and every way to change an array that leaves a vector alone would fit."""

    def update(params: Any, grads: Any, eta: float) -> Any:
        return {k: u - eta * np.where(np.abs(grads[k]) < 0.05, 0, grads[k]) for k, u in params.items()}

    lines = lines_of(lambda: mutants.program({}) | {"update": update}, "update")
    assert lines["update_biases"].lost
    assert not any(line.certain for line in lines.values())


# Without those that give an answer for square weights only.
@pytest.mark.parametrize(
    "mutant", [m for m in SINGLES if "W1_not_transposed" not in m.name][::36], ids=lambda m: m.name
)
def test_name_is_given_only_where_it_holds_on_every_probe(mutant: Mutant) -> None:
    """A mistake that comes with a slip of a millionth for one probe of three is another mistake."""
    battery = rounds.Papers.of(CONTRACT, bytes(16)).public.battery
    third = [battery.general(activation)[2] for activation in ("logistic", "tanh")]
    shapes = {
        p.params["W2"].shape if mutant.function == "update" else p.y.shape if mutant.function == "loss" else p.x.shape
        for p in third
    }

    def make() -> Functions:
        made = behaviors.functions(mutant)
        real = made[mutant.function]

        def slips(*a: Any) -> Any:
            value = real(*a)
            target = a[0]["W2"] if mutant.function == "update" else a[1] if mutant.function == "loss" else a[0]
            if target.shape not in shapes:
                return value
            if isinstance(value, dict):
                return {k: v * (1 + 1e-6) + 1e-6 for k, v in value.items()}
            return tuple(v * (1 + 1e-6) + 1e-6 for v in value) if isinstance(value, tuple) else value * (1 + 1e-6)

        return made | {mutant.function: slips}

    lines = lines_of(make, mutant.function)
    said = {key: line.key for key, line in lines.items() if key in mutant.lines and line.certain}
    assert said == {}


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", mutants.FACTORS)
def test_factor_is_said_in_sizes(word: str) -> None:
    lines = lines_of(lambda: mutants.program({"epsilon factor": word}), "backprop")
    assert {key for key, line in lines.items() if line.lost} == {"backprop_W2"}
    assert (lines["backprop_W2"].key, lines["backprop_W2"].certain) == (f"times {word}", True)


@pytest.mark.parametrize("word", mutants.LOSS_FACTORS)
def test_factor_of_the_loss_is_said_in_sizes(word: str) -> None:
    line = lines_of(lambda: mutants.program({"loss factor": word}), "loss")["loss_value"]
    assert (line.key, line.certain) == (f"times {word}", True)


# A few of each; selfcheck tries them all.
@pytest.mark.parametrize("mutant", SINGLES[3::28], ids=lambda m: m.name)
def test_single_mistake_is_named(mutant: Mutant) -> None:
    outcome = outcomes.judge(mutant, CONTRACT, whole=False)
    assert outcome.false == []
    assert outcome.faults == []
    if mutant.name != "back_W2_transposed (back)":
        assert outcome.silent == []


@pytest.mark.parametrize("mutant", list(mutants.pairs(SINGLES))[17::640], ids=lambda m: m.name)
def test_two_mistakes_are_named_truly_or_not_at_all(mutant: Mutant) -> None:
    outcome = outcomes.judge(mutant, CONTRACT, whole=False)
    assert outcome.false == []
    assert outcome.faults == []


@pytest.mark.slow
def test_almost_every_pair_is_named() -> None:
    some = list(mutants.pairs(SINGLES))[41::160]
    judged = [outcomes.judge(mutant, CONTRACT, whole=False) for mutant in some]
    assert sum(not one.silent for one in judged) >= 0.95 * len(judged)


@pytest.mark.parametrize(("own", "part", "key"), [
    ("back_absolute_W2", "W1", "back_absolute_W2"), ("slope_missing", "W1", "slope_missing"),
    ("dW1_from_x_absolute", "W1", "dW1_from_x_absolute"), ("error_absolute", "W2", "error_absolute"),
])  # fmt: skip
def test_known_mistake_next_to_an_unknown_one_is_named(own: str, part: str, key: str) -> None:
    """The other gradient of the layer, which is made from the same error, has a mistake of its own."""
    other = "b" + part[1]

    def make() -> Functions:
        wrong = mutants.program(next(m for m in SINGLES if m.name.startswith(own)).slots)["backprop"]
        return mutants.program({}) | {"backprop": lambda *a: (g := wrong(*a)) | {other: np.arctan(g[other]) - 0.1}}

    record = answers(make, "backprop")
    problem = check(record, "backprop", record.battery.general("logistic")[0], part)
    assert problem is not None
    said = Diagnosis(record).explain(problem)
    assert said is not None
    assert said.certain
    assert key in said.key


def test_exchanged_keys_are_named_next_to_a_factor_of_the_error() -> None:
    def make() -> Functions:
        right = mutants.program({})["backprop"]

        def backprop(*a: Any) -> Any:
            grads = {key: -grad for key, grad in right(*a).items()}
            return grads | {"b1": grads["b2"], "b2": grads["b1"]}

        return mutants.program({}) | {"backprop": backprop}

    lines = lines_of(make, "backprop")
    assert (lines["backprop_W2"].key, lines["backprop_b2"].key) == ("times -1", "keys_swapped")


def test_error_is_not_blamed_where_a_gradient_made_from_it_is_right() -> None:
    """b1 is right, so delta is; W1 looks as if delta were made without W2."""

    def make() -> Functions:
        right = mutants.program({})["backprop"]
        wrong = mutants.program(BY_NAME["slope_missing (slope logistic, slope tanh)"].slots)["backprop"]
        return mutants.program({}) | {"backprop": lambda *a: right(*a) | {"W1": wrong(*a)["W1"]}}

    lines = lines_of(make, "backprop")
    assert lines["backprop_W1_logistic"].lost
    assert not lines["backprop_W1_logistic"].certain


def test_two_mistakes_in_one_gradient_are_both_said() -> None:
    slots = {"slope logistic": "slope_missing", "slope tanh": "slope_missing", "W1 input": "dW1_from_x_absolute"}
    lines = lines_of(lambda: mutants.program(slots), "backprop")
    assert lines["backprop_W1_logistic"].key == "dW1_from_x_absolute + slope_missing"
    assert lines["backprop_b1_logistic"].key == "slope_missing"


def test_what_layer_2_shows_of_epsilon_explains_layer_1_too() -> None:
    slots = {"epsilon": "error_rows_meaned", "back": "back_W2_mean"}  # the second changes nothing after the first
    lines = lines_of(lambda: mutants.program(slots), "backprop")
    assert lines["backprop_W1_logistic"].key == lines["backprop_W2"].key == "error_rows_meaned"


def cases_of(function: str, part: str, slots: dict[str, str]) -> list[Case]:
    """What a program with these mutations answers, as evidence."""
    record = answers(lambda: mutants.program(slots), function)
    readings = [record.reading(function, p) for kind in ("logistic", "tanh") for p in record.battery.general(kind)]
    return [Case(Inputs.of(r.question.probe), r.raw(part), False, r.parts) for r in readings]


def test_a_factor_beside_another_mistake_is_said_after_it() -> None:
    cases = cases_of("backprop", "W2", {"W2 input": "dW2_from_one", "W2 factor": "n"})
    found = engine.explain("backprop", {"W2": cases, "b2": cases_of("backprop", "b2", {})})["W2"]
    reason = next(one.reason for one in found if one.key == "dW2_from_one + times n")
    assert re.fullmatch(r"2 mistakes in .+: \(1\) [A-Z].+ \(2\) Apart from that, [a-z].+", reason)
    (alone,) = engine.explain("backprop", {"W2": cases_of("backprop", "W2", {"W2 factor": "n"})})["W2"]
    assert re.match("[A-Z]", alone.reason)
    assert reason.endswith(f" (2) Apart from that, {alone.reason[0].lower()}{alone.reason[1:]}")


def test_zeros_are_once_zeros() -> None:
    assert engine.ratio(np.zeros((2, 3)), np.zeros((2, 3))) == 1.0
    assert engine.ratio(np.zeros((2, 3)), np.ones((2, 3))) is None


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_an_array_is_another_up_to_the_tolerance_whatever_its_size(size: float) -> None:
    one = size * np.array([1.0, 2.0])
    assert engine.reproduces(one * (1 + 1e-8), one)
    assert not engine.reproduces(one * (1 + 1e-4), one)
    assert engine.reproduces(np.zeros(2), np.zeros(2))


def test_two_sets_with_the_same_numbers_are_both_said() -> None:
    cases = cases_of("backprop", "W2", {"W2 input": "dW2_from_one", "W2 factor": "n"})
    found = engine.explain("backprop", {"W2": cases, "b2": cases_of("backprop", "b2", {})})["W2"]
    assert {one.key for one in found} == {"dW2_from_one + times n", "dW2_from_one + of_sums"}
    said = engine.either(found)
    assert said is not None
    assert said.reason.startswith("Either: ")
    assert all(one.reason in said.reason for one in found)


def test_more_than_two_sets_are_not_said() -> None:
    found = [engine.Found((("back", operator),)) for operator in operators.OPERATORS["back"][:3]]
    assert len(engine._said("dW1", found[:2])) == 2
    assert engine._said("dW1", found) == ()


def test_one_cause_for_both_activations_comes_first() -> None:
    """A ReLU's mask is 1 everywhere for the logistic, where the slope seems to be left out."""
    slots = {"slope logistic": "slope_relu_of_h", "slope tanh": "slope_relu_of_h"}
    lines = lines_of(lambda: mutants.program(slots), "backprop")
    assert {lines[f"backprop_W1_{kind}"].key for kind in ("logistic", "tanh")} == {"slope_relu_of_h"}


def test_backprop_that_forgets_b2_adds_no_penalty() -> None:
    """Then the gradient of b2 is the right one minus b2 itself."""

    def make() -> Functions:
        right = mutants.program({})

        def backprop(x: Any, y: Any, params: Any, e1: Any, h: Any, yhat: Any, *kind: str) -> Any:
            return right["backprop"](x, y, params, e1, h, h @ params["W2"].T, *kind)

        return right | {"backprop": backprop}

    lines = lines_of(make, "backprop")
    assert {line.key for line in lines.values() if line.verdict == "failed"} == {"error_without_b2"}


def test_penalty_needs_the_same_factor_on_every_weight() -> None:
    def make() -> Functions:
        real = mutants.program({})["backprop"]
        return mutants.program({}) | {"backprop": lambda *a: (g := real(*a)) | {"W2": g["W2"] + 0.01 * a[2]["W2"]}}

    lines = lines_of(make, "backprop")
    assert lines["backprop_W2"].lost
    assert "penalty" not in lines["backprop_W2"].key


@pytest.mark.parametrize(("broken", "spared"), [("W1", "b1"), ("b1", "W1"), ("W2", "b2"), ("b2", "W2")])
def test_error_is_not_blamed_when_only_one_gradient_is_wrong(broken: str, spared: str) -> None:
    def make() -> Functions:
        real = mutants.program({})["backprop"]
        return mutants.program({}) | {"backprop": lambda *a: (g := real(*a)) | {broken: np.arctan(3 * g[broken])}}

    record = answers(make, "backprop")
    probe = record.battery.general("tanh")[0]
    problem = check(record, "backprop", probe, broken)
    assert problem is not None
    why = Diagnosis(record).explain(problem)
    assert why is not None
    assert why.key == ("after_delta" if broken.endswith("1") else "after_epsilon")
    assert not check(record, "backprop", probe, spared)


def test_one_number_is_not_right_up_to_a_factor() -> None:
    lines = lines_of(mapped("loss", lambda a, name: a**1.5 / 2), "loss")
    assert lines["loss_value"].lost
    assert lines["loss_value"].key == ""


def test_size_is_blamed_only_after_more_than_one_input() -> None:
    """D = 1 is asked with n = 9 and with n = 2; wrong for one of them is not wrong for D = 1."""

    def make() -> Functions:
        real = mutants.program({})["forward"]

        def forward(x: np.ndarray, *a: Any) -> Any:
            return tuple(value * (2 if x.shape == (9, 1) else 1) for value in real(x, *a))

        return mutants.program({}) | {"forward": forward}

    line = lines_of(make, "forward")["forward_sizes"]
    assert line.lost
    assert line.key == "some sizes"


def test_other_failure_is_not_blamed_on_a_wrong_e1() -> None:
    """Of an h that follows from a wrong e1 the mistake in e1 is named; not of one that is NaN for another reason."""

    def forward(x: np.ndarray, params: Any, kind: str = "logistic") -> Any:
        e1 = x @ params["W1"].T
        h = activations.ACTIVATIONS[kind].sigma(e1)
        h = h * np.nan if np.abs(params["b1"]).max() > 300 else h
        return e1, h, h @ params["W2"].T + params["b2"]

    record = answers(lambda: mutants.program({}) | {"forward": forward}, "forward")
    diagnosis, said = Diagnosis(record), {}
    for probe in (*record.battery.large("forward", "tanh"), *record.battery.sizes("tanh")):
        problem = check(record, "forward", probe, "h")
        if problem:
            said[problem.code] = diagnosis.explain(problem)
    assert {code: why.key for code, why in said.items() if why} == {"nan": "only large", "value": "b1_missing"}


def test_factors_compose_by_adding_exponents() -> None:
    n_over_K, two = factors.BY_WORD["n/K"], factors.BY_WORD["-2"]
    assert (n_over_K * two).word == "-2 n/K"
    assert (factors.BY_WORD["n"] * factors.BY_WORD["1/n"]) == factors.ONE
    assert [f.size for f in (factors.ONE, factors.MINUS, n_over_K, two)] == [0, 1, 1, 2]


def test_factor_that_coinciding_sizes_leave_open_is_not_said() -> None:
    assert factors.find([3.0, 3.0], [(3, 2, 4, 3)] * 2) is None
    assert factors.find([1.0, 1.0], [(1, 2, 4, 1)] * 2) == factors.ONE
    found = factors.find([5.0, 7.0], [(5, 2, 4, 3), (7, 3, 5, 4)])
    assert found is not None
    assert found.word == "n"


def test_third_activation_is_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    softsign = Activation("softsign", sigma=lambda e: e / (1 + np.abs(e)), slope=lambda h: (1 - np.abs(h)) ** 2)
    monkeypatch.setitem(activations.ACTIVATIONS, "softsign", softsign)
    monkeypatch.setattr(mutants, "SITES", mutants.sites())
    known = {m.name: m for m in mutants.singles()}
    for name in ("slope_missing (slope softsign)", "slope_at_e1 (slope softsign)", "dW1_from_h (W1 input)"):
        made = mutants.program(known[name].slots)["backprop"]
        evidence: dict[str, list[Case]] = {part: [] for part in ("W1", "b1", "W2", "b2")}
        for probe in rounds.Papers.of(CONTRACT, bytes(16)).public.battery.general("logistic"):
            given = Inputs("softsign", x=probe.x, y=probe.y, params=probe.params)
            forward = network.Evaluation(given)
            e1, h, yhat = forward["e1"], forward["h"], forward["yhat"]
            inputs = Inputs("softsign", x=probe.x, y=probe.y, params=probe.params, e1=e1, h=h, yhat=yhat)
            for part, got in made(probe.x, probe.y, probe.params, e1, h, yhat, "softsign").items():
                evidence[part].append(Case(inputs, got))
        found = engine.explain("backprop", evidence)
        assert [one.key for one in found["W1"]] == [name.split(" (")[0]]
        assert found["W2"] == ()


def test_penalty_is_a_fact_of_the_evidence_alone() -> None:
    evidence = {part: cases_of("backprop", part, {}) for part in ("W1", "b1", "W2", "b2")}
    for part in ("W1", "W2"):
        for i, case in enumerate(evidence[part]):
            assert case.got is not None
            evidence[part][i] = Case(case.inputs, case.got + 0.01 * case.inputs.params[part])
    said = facts.first(facts.ADDED, View("backprop", "W2", evidence))
    assert said is not None
    assert said.key == "penalty the parameter itself"


def test_zeros_are_said_to_be_zeros() -> None:
    """An array that is never filled is 0 whatever the reason: the words leave it open."""

    def make() -> Functions:
        made = mutants.program({})
        real = made["backprop"]
        return made | {"backprop": lambda *a: real(*a) | {"W1": np.zeros_like(a[2]["W1"])}}

    record = answers(make, "backprop")
    problem = check(record, "backprop", record.battery.general("logistic")[0], "W1")
    assert problem is not None
    why = Diagnosis(record).explain(problem)
    assert why is not None
    assert "zeros" in why.short
    assert "never filled" in why.reason


def test_right_program_is_not_explained() -> None:
    assert not any(line.lost or line.key for line in lines_of(lambda: mutants.program({})).values())


# --- programs as students write them ----------------------------------------------------------------------------------

# What the first line of each program says, in the words of the diagnosis, by a line that it loses.
NAMED = {
    "1_over_n_in_layer_2_only": ("backprop_W1_logistic", "times n"),
    "always_logistic_slope": ("backprop_W1_tanh", "slope_other"),
    "bias_gradients_as_columns": ("backprop_b2", "bias_column"),
    "bias_gradients_swapped": ("backprop_b2", "keys_swapped"),
    "db_from_dw": ("backprop_b1_tanh", "bias_from_weights"),
    "db_mean": ("backprop_b2", "times 1/n"),
    "db_of_first_sample": ("backprop_b2", "bias_first_example"),
    "db_without_axis": ("backprop_b2", "bias_total"),
    "delta_without_w2": ("backprop_W1_logistic", "back_without_W2"),
    "drops_wrong_column": ("backprop_W1_logistic", "back_drops_first_column"),
    "dual_tanh_slope": ("backprop_W1_tanh", "slope_no_square"),
    "dw1_from_h": ("backprop_W1_logistic", "dW1_from_h"),
    "dw1_reshaped": ("backprop_W1_logistic", "reshaped"),
    "dw2_from_e1": ("backprop_W2", "dW2_from_e1"),
    "dw2_from_x": ("backprop_W2", "dW2_from_x"),
    "dw2_transposed": ("backprop_W2", "transposed"),
    "epsilon_half": ("backprop_W2", "times 1/2"),
    "epsilon_over_nk": ("backprop_W2", "times 1/K"),
    "epsilon_sign": ("backprop_W2", "times -1"),
    "error_shared_by_weights": ("backprop_W1_logistic", "back_split_by_weights"),
    "forward_activation_ignored": ("forward_tanh", "sigma_swapped"),
    "forward_centres_x": ("forward_e1", "inputs_centred"),
    "forward_h_before_e1": ("forward_e1", "tuple_order"),
    "forward_h_is_e1": ("forward_e1", "e1_overwritten"),
    "forward_layer_2_reads_e1": ("forward_yhat", "yhat_from_e1"),
    "forward_logistic_without_minus": ("forward_logistic", "logistic_no_minus"),
    "forward_output_squashed": ("forward_yhat", "output_squashed"),
    "forward_returns_columns": ("forward_e1", "columns_returned"),
    "forward_two_inputs_written_out": ("forward_e1", "inputs_first_two"),
    "forward_w2_reshaped": ("forward_yhat", "W2_reshaped"),
    "forward_without_b1": ("forward_e1", "b1_missing"),
    "forward_without_b2": ("forward_yhat", "b2_missing"),
    "gradient_clipped": ("backprop_W2", "clipped"),
    "helper_called_with_e1": ("backprop_W1_logistic", "slope_at_e1"),
    "hidden_slope_forgotten": ("backprop_W1_logistic", "slope_missing"),
    "last_sample_only": ("backprop_W2", "samples_last"),
    "logistic_of_h_again": ("backprop_W1_logistic", "slope_sigma_of_h"),
    "logistic_slope_sign": ("backprop_W1_logistic", "times -1"),
    "logistic_slope_without_square": ("backprop_W1_logistic", "slope_no_square"),
    "loss_1_over_n": ("loss_value", "times 2"),
    "loss_and_gradient_1_over_n": ("backprop_W2", "times 2"),
    "loss_counts_from_1": ("loss_value", "loss_not_first"),
    "loss_last_sample": ("loss_value", "loss_last_example"),
    "loss_length_not_squared": ("loss_value", "loss_of_norms"),
    "loss_mean_over_everything": ("loss_value", "times 1/K"),
    "loss_negative": ("loss_value", "times -1"),
    "loss_not_divided": ("loss_value", "times n"),
    "loss_one_per_output": ("loss_value", "loss_per_output"),
    "loss_return_in_loop": ("loss_value", "loss_first_example"),
    "loss_root": ("loss_value", "loss_root"),
    "loss_spectral_norm": ("loss_value", "loss_spectral"),
    "loss_square_of_sum": ("loss_value", "loss_square_of_sum"),
    "m_from_columns": ("backprop_W2", "times n/D"),
    "one_gradient_per_sample": ("backprop_W2", "per_sample"),
    "or_is_always_true": ("forward_logistic", "sigma_swapped"),
    "output_slope": ("backprop_W2", "error_output_slope"),
    "skips_last_sample": ("backprop_W2", "samples_not_last"),
    "slope_formula_at_e1": ("backprop_W1_tanh", "slope_at_e1"),
    "slope_is_h": ("backprop_W1_logistic", "slope_is_h"),
    "slope_of_the_error": ("backprop_W1_logistic", "slope_of_back"),
    "steps_before_going_back": ("backprop_W1_logistic", "back_new_W2_0.02"),
    "tanh_of_h_again": ("backprop_W1_tanh", "slope_sigma_of_h"),
    "tanh_slope_without_square": ("backprop_W1_tanh", "slope_no_square"),
    "two_outputs_written_out": ("backprop_W1_logistic", "back_two_outputs"),
    "update_equals_minus": ("update_weights", "update_only_step"),
    "update_eta_forgotten": ("update_weights", "update_no_eta"),
    "update_eta_of_the_slides": ("update_weights", "eta_ignored"),
    "update_uphill": ("update_biases", "update_uphill"),
    "update_weights_only": ("update_biases", "update_nothing"),
    "weight_penalty": ("backprop_W2", "penalty the parameter itself"),
    "without_1_over_n": ("backprop_W2", "times n"),
}
# Programs whose mistake has no row, or isn't one of arithmetic: no row may be named.
UNNAMED = (
    "backprop_renamed", "class_keeps_h_from_forward", "delta_never_reset", "differences_with_tiny_step",
    "epsilon_squeezed", "forward_exp_over_exp", "forward_math_exp", "forward_squeezes_outputs",
    "forward_tanh_by_default", "keys_with_d",
    "loss_as_text", "loss_squeezed_outputs", "loss_wants_n", "mutable_default", "needs_forward_first",
    "numbers_of_the_handout", "one_sided_coarse_differences", "slope_by_dot", "trains_inside", "update_in_place",
    "update_momentum", "update_same_dict", "yhat_overwritten",
)  # fmt: skip


def program_lines(name: str, *functions: str) -> dict[str, Line]:
    path = SUBMISSIONS / "wrong" / f"{name}.py"
    code = compile(path.read_bytes(), "neural_net.py", "exec")

    def make() -> Functions:
        module = types.ModuleType("neural_net")
        # Where dataclasses look for it.
        sys.modules["neural_net"] = module
        exec(code, module.__dict__)
        return module.__dict__

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return lines_of(make, *functions)
    finally:
        sys.modules.pop("neural_net", None)


@pytest.mark.parametrize("name", NAMED)
def test_program_is_named(name: str) -> None:
    key, want = NAMED[name]
    line = program_lines(name, key.split("_")[0])[key]
    assert (line.key, line.certain) == (want, True)


SLOW = ("differences_with_tiny_step", "update_in_place", "forward_math_exp")


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in UNNAMED])
def test_program_is_not_named(name: str) -> None:
    assert {key: line.key for key, line in program_lines(name).items() if line.certain} == {}


def test_misconception_is_the_name_or_the_kind() -> None:
    lines = lines_of(lambda: mutants.program({"W2 input": "dW2_from_e1"}), "backprop")
    assert lines["backprop_W2"].misconception == "dW2_from_e1"
    assert lines["backprop_b2"].misconception == ""


@pytest.mark.parametrize("size", [1e154, 1e200, 1e300])
def test_numbers_whose_squares_overflow_are_no_multiple_of_others(size: float) -> None:
    got = np.array([1.0, 2.0, -3.0]) * size
    for base in ([1.0, 2.0, -3.0], [3.0, 1.0, 1.0]):
        with np.errstate(all="ignore"):
            assert engine.ratio(got, np.array(base)) is None


def test_a_multiple_is_told_from_an_array_in_another_direction() -> None:
    base = np.array([1.0, 2.0, -3.0])
    assert engine.ratio(-2e100 * base, base) == pytest.approx(-2e100)
    assert engine.ratio(np.array([1.0, 2.0, -3.001]), base) is None
