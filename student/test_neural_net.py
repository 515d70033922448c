"""Tests to learn from: type  python -m pytest -x  in this folder.

They come in the order of the work, and -x stops at the first one that fails: make it pass, then run again.
The right numbers do not come from your code: they are the worked example of math.md, a larger example, and slopes
measured on a loss of their own (see the folder checking).
"""

import copy
import math

import numpy as np
import pytest

from checking import judge
from checking.examples import (
    KNOTS_X,
    KNOTS_Y,
    LARGER,
    LOSS_AFTER,
    PARAMS,
    START,
    WORKED,
    mistakes_in_delta,
    with_sizes_of_one,
)
from checking.judge import (
    backprop,
    check,
    check_keeps_arguments,
    check_loss,
    check_number,
    check_public_input,
    check_repeats,
    check_strange_layout,
    forward,
    update,
)
from checking.slopes import measured_slopes, true_loss

LOGISTIC, TANH = WORKED["logistic"], WORKED["tanh"]
SIZES = "sizes come from the arrays; a size of 1 keeps its axis"
both_activations = pytest.mark.parametrize("activation", ["logistic", "tanh"])


# forward --------------------------------------------------------------------------------------------------------------


def test_forward_e1():
    """Equation (1), worked example."""
    e1, _, _ = forward(LOGISTIC.x, PARAMS)
    check(
        "forward", "e1", e1, LOGISTIC.e1,
        formula="every row of x with every row of W1, plus b1: equation (1)",
        mistakes={"b1 is not added": LOGISTIC.e1 - PARAMS["b1"], "b1 is added twice": LOGISTIC.e1 + PARAMS["b1"]},
        arguments=(LOGISTIC.x, PARAMS),
    )  # fmt: skip


def test_forward_h_logistic():
    """Equation (2) with the logistic, worked example."""
    _, h, _ = forward(LOGISTIC.x, PARAMS, "logistic")
    check(
        "forward", "h", h, LOGISTIC.h,
        formula="1 / (1 + exp(-e1)): equation (2)",
        mistakes={
            "the minus in exp(-e) is missing": [[0.5, 0.25, 0.75], [0.25, 0.5, 0.25]],
            "this is tanh": TANH.h,
            "h is still e1; sigma is not applied": LOGISTIC.e1,
        },
        arguments=(LOGISTIC.x, PARAMS, "logistic"),
        note="logistic",
    )  # fmt: skip


def test_forward_h_tanh():
    """Equation (2) with tanh, worked example."""
    _, h, _ = forward(TANH.x, PARAMS, "tanh")
    check(
        "forward", "h", h, TANH.h,
        formula='tanh(e1) when activation is "tanh": equation (2)',
        mistakes={
            "this is the logistic; the argument activation is not used": LOGISTIC.h,
            "h is still e1; sigma is not applied": TANH.e1,
        },
        arguments=(TANH.x, PARAMS, "tanh"),
        note="tanh",
    )  # fmt: skip


def test_forward_yhat():
    """Equation (3), worked example."""
    _, _, yhat = forward(LOGISTIC.x, PARAMS)
    check(
        "forward", "yhat", yhat, LOGISTIC.yhat,
        formula="every row of h with every row of W2, plus b2: equation (3)",
        mistakes={
            "b2 is not added": LOGISTIC.yhat - PARAMS["b2"],
            "sigma is applied to the outputs; they are linear": [[0.62245933, 0.62245933], [0.32082130, 0.92414182]],
            "tanh is applied to the outputs; they are linear": np.tanh(LOGISTIC.yhat),
        },
        arguments=(LOGISTIC.x, PARAMS),
    )  # fmt: skip


@both_activations
def test_forward_other_sizes(activation):
    """The larger example: n = 5, D = 4, N = 2, K = 3."""
    example = LARGER[activation]
    arguments = example.x, example.params, activation
    for part, received in zip(["e1", "h", "yhat"], forward(*arguments), strict=True):
        expected = getattr(example, part)
        check("forward", part, received, expected, f"equations (1) to (3); {SIZES}", None, arguments, activation)


@pytest.mark.parametrize("size", ["n = 1", "N = 1", "K = 1"])
def test_forward_sizes_of_one(size):
    """The worked example cut down (its D is 1 already)."""
    example = with_sizes_of_one()[size]
    for part, received in zip(["e1", "h", "yhat"], forward(example.x, example.params), strict=True):
        check("forward", part, received, getattr(example, part), SIZES, note=size)


@both_activations
def test_forward_large_excitations(activation):
    """At e1 = 1000 and -1000 exp may overflow; the logistic is 1 and 0 there, tanh is 1 and -1."""
    params = {"W1": np.array([[1000.0]]), "b1": np.zeros(1), "W2": np.ones((1, 1)), "b2": np.zeros(1)}
    low = 0.0 if activation == "logistic" else -1.0
    arguments = np.array([[1.0], [-1.0]]), params, activation
    _, h, _ = forward(*arguments)
    formula = "1 / (1 + exp(-e)) and np.tanh(e) get this right; forms that divide one exp by another do not"
    expected = np.array([[1.0], [low]])
    check("forward", "h", h, expected, formula, None, arguments, f"{activation}, e1 = 1000 and -1000")


def test_forward_other_layouts():
    """Read-only arrays, columns one after another in memory: same numbers, same answer."""
    check_strange_layout("forward", LOGISTIC.x, PARAMS)
    check_strange_layout("forward", LARGER["tanh"].x, LARGER["tanh"].params, "tanh")


def test_forward_has_no_side_effects():
    """Arguments stay as they are; the same question gets the same answer."""
    check_keeps_arguments("forward", LOGISTIC.x, PARAMS)
    check_repeats("forward", (LOGISTIC.x, PARAMS), (LARGER["tanh"].x, LARGER["tanh"].params, "tanh"))


# loss -----------------------------------------------------------------------------------------------------------------


def test_loss_worked_example():
    """Equation (4), worked example: (4 + 16 + 36 + 4) / 4 = 15."""
    check_loss(
        (LOGISTIC.yhat, LOGISTIC.y), 15.0,
        formula="all squared errors added up, over 2n",
        mistakes={
            "the errors are not squared": 2.5,
            "the errors are not squared, and the sign is wrong": -2.5,
            "the errors are added up before they are squared": 17.0,
            "the root is taken; the loss has none": math.sqrt(15),
        },
    )  # fmt: skip


def test_loss_other_sizes():
    """Five examples with three outputs; the errors are 1, -2 and 3 in each: (1 + 4 + 9) / 2 = 7."""
    y = LARGER["logistic"].y
    check_loss(
        (y + np.array([1.0, -2.0, 3.0]), y), 7.0,
        formula="all squared errors added up, over 2n; n is the number of rows",
        mistakes={
            "only one example is counted": 1.4,
            "the first or the last example is left out": 5.6,
            "the errors are added up before they are squared": 2.0,
        },
    )  # fmt: skip


def test_loss_sizes_of_one():
    """n = 1: (0 + 4 + 9) / 2 = 6.5.  K = 1: (1 + 4 + 25) / 6 = 5."""
    formula = "all squared errors added up, over 2n"
    check_loss((np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 4.0, 6.0]])), 6.5, formula, note="n = 1")
    mistakes = {"one of yhat and y lost an axis, so NumPy subtracted every y from every yhat": 109 / 6}
    arguments = np.array([[1.0], [2.0], [6.0]]), np.array([[0.0], [4.0], [1.0]])
    check_loss(arguments, 5.0, f"{formula}; {SIZES}", mistakes, note="K = 1")


def test_loss_of_a_perfect_fit():
    """When yhat is y, the loss is 0."""
    check_loss((LOGISTIC.y, LOGISTIC.y), 0.0, "all squared errors added up, over 2n", note="yhat equals y")


def test_loss_has_no_side_effects():
    """Arguments stay as they are; the same question gets the same answer."""
    check_keeps_arguments("loss", LOGISTIC.yhat, LOGISTIC.y)
    check_repeats("loss", (LOGISTIC.yhat, LOGISTIC.y), (TANH.yhat, TANH.y))


# backprop -------------------------------------------------------------------------------------------------------------


def check_gradient(part, example, formula, mistakes=None):
    """Check one gradient of the worked example."""
    arguments = example.backprop_arguments
    received = backprop(*arguments, parts=[part])[part]
    check("backprop", part, received, example.grads[part], formula, mistakes, arguments, example.activation)


def test_backprop_W2():
    """Equations (5) and (6), worked example."""
    check_gradient(
        "W2", LOGISTIC,
        formula="epsilon is (yhat - y) / n, and dL/dW2[k, j] adds up epsilon[i, k] h[i, j]: equations (5) and (6)",
        mistakes={"x stands where h should be": [[5.0] * 3, [4.0] * 3]},
    )  # fmt: skip


def test_backprop_b2():
    """Equation (7), worked example."""
    check_gradient(
        "b2", LOGISTIC,
        formula="dL/db2[k] adds up epsilon[i, k] over the examples i: equation (7)",
        mistakes={
            "a mean over the examples, but 1/n is in epsilon already": [1.0, 1.5],
            "a sum over the outputs; it should run over the examples": [1.0, 4.0],
        },
    )  # fmt: skip


def test_backprop_W1_logistic():
    """Equations (8) and (9) with the logistic, worked example."""
    formula = "delta is sigma'(e1) times the sum over k of epsilon[i, k] W2[k, j]: equations (8) and (9)"
    check_gradient("W1", LOGISTIC, formula, mistakes_in_delta("logistic", "W1"))


def test_backprop_b1_logistic():
    """Equation (10) with the logistic, worked example."""
    formula = "dL/db1[j] adds up delta[i, j] over the examples i: equation (10)"
    check_gradient("b1", LOGISTIC, formula, mistakes_in_delta("logistic", "b1"))


@pytest.mark.parametrize("part", ["W2", "b2"])
def test_backprop_layer_2_tanh(part):
    """Equations (5) to (7) with tanh: nothing changes but the numbers in h."""
    check_gradient(part, TANH, "equations (5) to (7), which have no sigma' in them")


def test_backprop_W1_tanh():
    """Equations (8) and (9) with tanh, worked example."""
    formula = "with tanh, sigma' is 1 - h^2: equations (8) and (9)"
    check_gradient("W1", TANH, formula, mistakes_in_delta("tanh", "W1"))


def test_backprop_b1_tanh():
    """Equation (10) with tanh, worked example."""
    formula = "with tanh, sigma' is 1 - h^2: equations (8) and (10)"
    check_gradient("b1", TANH, formula, mistakes_in_delta("tanh", "b1"))


@both_activations
def test_backprop_gradient_check(activation):
    """Every gradient against measured slopes, on the larger example: n = 5, D = 4, N = 2, K = 3."""
    example = LARGER[activation]
    arguments = example.backprop_arguments
    grads = backprop(*arguments)
    for part in ["W2", "b2", "W1", "b1"]:
        slopes = measured_slopes(part, example.x, example.y, example.params, activation)
        note = f"{activation}, against measured slopes"
        check("backprop", part, grads[part], slopes, f"equations (5) to (10); {SIZES}", None, arguments, note)


@pytest.mark.parametrize("size", ["n = 1", "N = 1", "K = 1"])
def test_backprop_sizes_of_one(size):
    """The worked example cut down (its D is 1 already), against measured slopes."""
    example = with_sizes_of_one()[size]
    grads = backprop(*example.backprop_arguments)
    for part in ["W2", "b2", "W1", "b1"]:
        slopes = measured_slopes(part, example.x, example.y, example.params, "logistic")
        check("backprop", part, grads[part], slopes, SIZES, note=size)


@both_activations
def test_backprop_large_excitations(activation):
    """At e1 = 300 and -300 the unit is saturated: sigma' is 0, and so are the gradients of layer 1."""
    params = {"W1": np.array([[300.0]]), "b1": np.zeros(1), "W2": np.array([[2.0]]), "b2": np.zeros(1)}
    x = np.array([[1.0], [-1.0]])
    h = np.array([[1.0], [0.0 if activation == "logistic" else -1.0]])
    y = 2 * h - np.array([[1.0], [3.0]])
    arguments = x, y, params, 300 * x, h, 2 * h, activation
    grads = backprop(*arguments)
    formula = "sigma' is h (1 - h) or 1 - h^2, both 0 here; forms with exp may overflow"
    for part, expected in [("W1", np.zeros((1, 1))), ("b1", np.zeros(1)), ("b2", np.array([2.0]))]:
        note = f"{activation}, e1 = 300 and -300"
        check("backprop", part, grads[part], expected, formula, None, arguments, note)


def test_backprop_of_a_perfect_fit():
    """When yhat is y, nothing can be improved: all gradients are 0."""
    grads = backprop(*LOGISTIC._replace(y=LOGISTIC.yhat).backprop_arguments)
    for part, u in PARAMS.items():
        check("backprop", part, grads[part], np.zeros_like(u), "every sum has epsilon in it", note="yhat equals y")


def test_backprop_other_layouts():
    """Read-only arrays, columns one after another in memory: same numbers, same answer.  The activation is left out."""
    check_strange_layout("backprop", *LOGISTIC.backprop_arguments[:-1])
    check_strange_layout("backprop", *LARGER["tanh"].backprop_arguments)


def test_backprop_has_no_side_effects():
    """Arguments stay as they are; the same question gets the same answer."""
    check_keeps_arguments("backprop", *LOGISTIC.backprop_arguments)
    check_repeats("backprop", LOGISTIC.backprop_arguments, LARGER["tanh"].backprop_arguments)


# update ---------------------------------------------------------------------------------------------------------------


def test_update_worked_example():
    """Equation (11) with eta = 0.1, worked example."""
    arguments = PARAMS, LOGISTIC.grads, 0.1
    params = update(*arguments)
    for part, u in PARAMS.items():
        step = 0.1 * LOGISTIC.grads[part]
        mistakes = {
            "the gradient is added; subtract it to go down": u + step,
            "eta is not used": u - 10 * step,
            "nothing has changed": u,
        }
        check("update", part, params[part], u - step, "u - eta dL/du: equation (11)", mistakes, arguments)


def test_update_makes_new_arrays():
    """The arrays passed in stay as they are, and none of them is handed back."""
    check_keeps_arguments("update", PARAMS, LOGISTIC.grads, 0.1)
    params, grads = copy.deepcopy((PARAMS, LOGISTIC.grads))
    result = judge.call("update", params, grads, 0.1)
    for part in PARAMS:
        if any(np.shares_memory(result[part], given) for given in [*params.values(), *grads.values()]):
            judge.fail(f"update: {part} is an array that was passed in, or a part of one. Make a new array.")
    check_repeats("update", (PARAMS, LOGISTIC.grads, 0.1), (PARAMS, TANH.grads, 0.4))


# training -------------------------------------------------------------------------------------------------------------


@both_activations
def test_training(activation):
    """1000 steps with all four functions on the 9 knots: the loss falls and takes the right values."""
    params, loss_after = copy.deepcopy(START), LOSS_AFTER[activation]
    formula = "if each function passes alone, does one keep something between calls, or change its arguments?"
    before = math.inf
    for step in range(max(loss_after) + 1):
        e1, h, yhat = forward(KNOTS_X, params, activation)
        if step in loss_after:
            right = true_loss(KNOTS_X, KNOTS_Y, params, activation)
            check_number(f"training ({activation}): after {step} steps the loss", right, loss_after[step], formula)
            note = f"training with {activation}, after {step} steps"
            now = check_loss((yhat, KNOTS_Y), right, formula, note=note)
            if not now < before:
                judge.fail(f"training ({activation}): the loss rose from {before:.6g} to {now:.6g}.")
            before = now
        grads = backprop(KNOTS_X, KNOTS_Y, params, e1, h, yhat, activation)
        params = update(params, grads, 0.2)


# Any public input:  python -m pytest --input "forward: general 1 tanh" -----------------------------------------------


def test_public_input(public_input):
    """One call of a report, with the same numbers."""
    check_public_input(*public_input)
