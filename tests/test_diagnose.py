"""What is said about a wrong answer is true, or nothing is said.

The programs run in this process, on the bench of autograder/selfcheck.py.
"""

from __future__ import annotations

import contextlib
import io
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import rubric
from autograder.diagnosis import diagnose, mistakes
from autograder.selfcheck import catalogue
from autograder.selfcheck import run as selfcheck
from autograder.selfcheck.catalogue import Functions, Mistake
from autograder.selfcheck.run import InProcessSandbox, Line, Recorder

SUBMISSIONS = Path(__file__).parent / "submissions"
CONTRACT = rubric.load()
SINGLES = catalogue.singles()
BY_NAME = {m.name: m for m in SINGLES}


def lines_of(make: Callable[[], Functions], *functions: str) -> dict[str, Line]:
    """The lines of a program, of some functions or of all."""
    with np.errstate(all="ignore"):
        return selfcheck.examine(Recorder(CONTRACT, InProcessSandbox(make)), functions or None)


def mapped(function: str, change: Callable[[np.ndarray, str], np.ndarray]) -> Callable[[], Functions]:
    """The right program, but for a change of every array that a function returns."""

    def make() -> Functions:
        right = catalogue.program({})
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


# --- silence is better than a false name ------------------------------------------------------------------------------


def _noise(seed: int, size: float) -> Callable[[np.ndarray, str], np.ndarray]:
    def change(a: np.ndarray, name: str) -> np.ndarray:
        # Another one for every array and every value of it, as unknown mistakes are.
        rng = np.random.default_rng([seed, len(name), a.size, int(1e6 * abs(float(a.sum())))])
        return a + size * (1 + np.abs(a).max()) * rng.normal(size=a.shape)

    return change


CORRUPTIONS: dict[str, Callable[[np.ndarray, str], np.ndarray]] = {
    **{f"noise of {size:g}, {seed}": _noise(seed, size) for size in (1e-4, 1e-2, 1.0) for seed in range(3)},
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

    lines = lines_of(lambda: catalogue.program({}) | {"update": update}, "update")
    assert lines["update_biases"].lost
    assert not any(line.certain for line in lines.values())


# Without those that give an answer for square weights only.
@pytest.mark.parametrize(
    "mistake", [m for m in SINGLES if "W1_not_transposed" not in m.name][::9], ids=lambda m: m.name
)
def test_name_is_given_only_where_it_holds_on_every_probe(mistake: Mistake) -> None:
    """A mistake that comes with a slip of a millionth for one probe of three is another mistake."""

    def make() -> Functions:
        made = catalogue.functions(mistake)
        real = made[mistake.function]

        def slips(*a: Any) -> Any:
            value = real(*a)
            target = a[0]["W2"] if mistake.function == "update" else a[1] if mistake.function == "loss" else a[0]
            # Only the third general probe has five outputs, or six inputs.
            if target.shape[0 if mistake.function == "update" else 1] != (
                5 if mistake.function in ("loss", "update") else 6
            ):
                return value
            if isinstance(value, dict):
                return {k: v * (1 + 1e-6) + 1e-6 for k, v in value.items()}
            return tuple(v * (1 + 1e-6) + 1e-6 for v in value) if isinstance(value, tuple) else value * (1 + 1e-6)

        return made | {mistake.function: slips}

    lines = lines_of(make, mistake.function)
    said = {key: line.key for key, line in lines.items() if key in mistake.lines and line.certain}
    assert said == {}


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", catalogue.FACTORS)
def test_factor_is_said_in_sizes(word: str) -> None:
    lines = lines_of(lambda: catalogue.program({"epsilon factor": word}), "backprop")
    gradients = [key for key in lines if key.split("_")[1] in ("W1", "b1", "W2", "b2")]
    assert {lines[key].key for key in gradients} == {f"times {word}"}
    assert all(lines[key].certain for key in gradients)


@pytest.mark.parametrize("word", catalogue.LOSS_FACTORS)
def test_factor_of_the_loss_is_said_in_sizes(word: str) -> None:
    line = lines_of(lambda: catalogue.program({"loss factor": word}), "loss")["loss_value"]
    assert (line.key, line.certain) == (f"times {word}", True)


@pytest.mark.parametrize("mistake", SINGLES[3::7], ids=lambda m: m.name)
def test_single_mistake_is_named(mistake: Mistake) -> None:
    outcome = selfcheck.judge(mistake, CONTRACT, whole=False)
    assert outcome.false == []
    assert outcome.faults == []
    if mistake.name != "back_W2_transposed (back)":
        assert outcome.silent == []


@pytest.mark.parametrize("mistake", list(catalogue.pairs(SINGLES))[17::160], ids=lambda m: m.name)
def test_two_mistakes_are_named_truly_or_not_at_all(mistake: Mistake) -> None:
    outcome = selfcheck.judge(mistake, CONTRACT, whole=False)
    assert outcome.false == []
    assert outcome.faults == []


@pytest.mark.slow
def test_almost_every_pair_is_named() -> None:
    some = list(catalogue.pairs(SINGLES))[41::160]
    outcomes = [selfcheck.judge(mistake, CONTRACT, whole=False) for mistake in some]
    assert sum(not o.silent for o in outcomes) >= 0.95 * len(outcomes)


def test_two_mistakes_in_one_gradient_are_both_said() -> None:
    slots = {"slope logistic": "slope_missing", "slope tanh": "slope_missing", "W1 input": "dW1_from_x_absolute"}
    lines = lines_of(lambda: catalogue.program(slots), "backprop")
    assert lines["backprop_W1_logistic"].key == "dW1_from_x_absolute + slope_missing"
    assert lines["backprop_b1_logistic"].key == "slope_missing"


def test_what_layer_2_shows_of_epsilon_explains_layer_1_too() -> None:
    slots = {"epsilon": "error_rows_meaned", "back": "back_W2_mean"}  # the second changes nothing after the first
    lines = lines_of(lambda: catalogue.program(slots), "backprop")
    assert lines["backprop_W1_logistic"].key == lines["backprop_W2"].key == "error_rows_meaned"


def test_mistakes_that_give_the_same_numbers_are_both_said_and_more_than_two_are_not() -> None:
    found = [diagnose.Found((choice,)) for choice in mistakes.BACK[1:4]]
    said = diagnose.told(found[:2], "delta", 8)
    assert said is not None
    assert all(choice.reason in said.reason for choice in mistakes.BACK[1:3])
    assert diagnose.told(found, "delta", 8) is None


def test_zeros_are_said_to_be_zeros() -> None:
    """An array that is never filled is 0 whatever the reason: the words leave it open."""

    def make() -> Functions:
        made = catalogue.program({})
        real = made["backprop"]
        return made | {"backprop": lambda *a: real(*a) | {"W1": np.zeros_like(a[2]["W1"])}}

    exam = Recorder(CONTRACT, InProcessSandbox(make))
    problem = exam.check("backprop", exam.probes.general("logistic")[0], "W1")
    assert problem is not None
    why = diagnose.explain(exam, problem)
    assert why is not None
    assert "zeros" in why.short
    assert "never filled" in why.reason


def test_right_program_is_not_explained() -> None:
    assert not any(line.lost or line.key for line in lines_of(lambda: catalogue.program({})).values())


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
    "drops_wrong_column": ("backprop_b1_logistic", "back_drops_first_column"),
    "dual_tanh_slope": ("backprop_W1_tanh", "slope_no_square"),
    "dw1_from_h": ("backprop_W1_logistic", "dW1_from_h"),
    "dw1_reshaped": ("backprop_W1_logistic", "reshaped"),
    "dw2_from_e1": ("backprop_W2", "dW2_from_e1"),
    "dw2_from_x": ("backprop_W2", "dW2_from_x"),
    "dw2_transposed": ("backprop_W2", "transposed"),
    "epsilon_half": ("backprop_W2", "times 1/2"),
    "epsilon_over_nk": ("backprop_W1_tanh", "times 1/K"),
    "epsilon_sign": ("backprop_b2", "times -1"),
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
    "without_1_over_n": ("backprop_b2", "times n"),
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


def program_lines(name: str) -> dict[str, Line]:
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
            return lines_of(make)
    finally:
        sys.modules.pop("neural_net", None)


@pytest.mark.parametrize("name", NAMED)
def test_program_is_named(name: str) -> None:
    key, want = NAMED[name]
    line = program_lines(name)[key]
    assert (line.key, line.certain) == (want, True)


@pytest.mark.parametrize("name", UNNAMED)
def test_program_is_not_named(name: str) -> None:
    assert {key: line.key for key, line in program_lines(name).items() if line.certain} == {}


def test_misconception_is_the_name_or_the_kind() -> None:
    lines = lines_of(lambda: catalogue.program({"W2 input": "dW2_from_e1"}), "backprop")
    assert lines["backprop_W2"].misconception == "dW2_from_e1"
    assert lines["backprop_b2"].misconception == ""
