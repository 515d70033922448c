"""Tests to learn from: type  python -m pytest -x  in this folder.

They come in the order of the work, and -x stops at the first one that fails: make it pass, then run again.
They judge by numbers that do not come from your code: the pencil example of the README, a larger example, and
slopes measured on a loss of their own (see the folder checking).
"""

import math

import numpy as np
import pytest

from checking import judge
from checking.examples import BIG, KNOTS_X, KNOTS_Y, LOSS_AFTER, PARAMS, PENCIL, START, slips, with_sizes_of_one
from checking.judge import (
    backprop,
    check,
    check_leaves_alone,
    check_number,
    check_repeats,
    check_strange_layout,
    forward,
    loss,
    update,
)
from checking.slopes import measured_slopes, true_loss

LOGISTIC, TANH = PENCIL["logistic"], PENCIL["tanh"]
AXES = "a size of 1 keeps its axis; look for squeeze, reshape, flatten and sums without axis"
both_activations = pytest.mark.parametrize("activation", ["logistic", "tanh"])


# forward --------------------------------------------------------------------------------------------------------------


def test_forward_e1():
    """Equation 1, on the pencil example."""
    e1, _, _ = forward(LOGISTIC.x, PARAMS)
    found = {"b1 is not added": LOGISTIC.e1 - PARAMS["b1"], "b1 is added twice": LOGISTIC.e1 + PARAMS["b1"]}
    check("forward: e1", e1, LOGISTIC.e1, "every row of x with every row of W1, plus b1: equation (1)", found)


def test_forward_h_logistic():
    """Equation 2 with the logistic, on the pencil example."""
    _, h, _ = forward(LOGISTIC.x, PARAMS, "logistic")
    found = {
        "the minus in exp(-e) is missing": [[0.5, 0.25, 0.75], [0.25, 0.5, 0.25]],
        "this is tanh": TANH.h,
        "h is still e1; sigma is not applied": LOGISTIC.e1,
    }
    check("forward: h (logistic)", h, LOGISTIC.h, "1 / (1 + exp(-e1)): equation (2)", found)


def test_forward_h_tanh():
    """Equation 2 with tanh, on the pencil example."""
    _, h, _ = forward(TANH.x, PARAMS, "tanh")
    found = {
        "this is the logistic; the argument activation is not used": LOGISTIC.h,
        "h is still e1; sigma is not applied": TANH.e1,
    }
    check("forward: h (tanh)", h, TANH.h, "tanh(e1) when activation is 'tanh': equation (2)", found)


def test_forward_yhat():
    """Equation 3, on the pencil example."""
    _, _, yhat = forward(LOGISTIC.x, PARAMS)
    found = {
        "b2 is not added": LOGISTIC.yhat - PARAMS["b2"],
        "sigma is applied to the outputs; they are linear": [[0.62245933, 0.62245933], [0.32082130, 0.92414182]],
        "tanh is applied to the outputs; they are linear": [[0.46211716, 0.46211716], [-0.63514895, 0.98661430]],
    }
    check("forward: yhat", yhat, LOGISTIC.yhat, "every row of h with every row of W2, plus b2: equation (3)", found)


@both_activations
def test_forward_other_sizes(activation):
    """The larger example: n = 5, D = 4, N = 2, K = 3."""
    example = BIG[activation]
    why = "equations (1) to (3); sizes come from the arrays, none is written into the code"
    for name, received in zip(["e1", "h", "yhat"], forward(example.x, example.params, activation), strict=True):
        check(f"forward: {name} ({activation})", received, getattr(example, name), why)


@pytest.mark.parametrize("size", ["n = 1", "N = 1", "K = 1"])
def test_forward_sizes_of_one(size):
    """The pencil example cut down (its D is 1 already)."""
    example = with_sizes_of_one()[size]
    for name, received in zip(["e1", "h", "yhat"], forward(example.x, example.params), strict=True):
        check(f"forward with {size}: {name}", received, getattr(example, name), AXES)


@both_activations
def test_forward_large_excitations(activation):
    """At e1 = 1000 and -1000 exp may overflow; sigma is 1 and 0, tanh is 1 and -1."""
    params = {"W1": np.array([[1000.0]]), "b1": np.zeros(1), "W2": np.ones((1, 1)), "b2": np.zeros(1)}
    low = 0.0 if activation == "logistic" else -1.0
    with np.errstate(all="ignore"):
        _, h, _ = forward(np.array([[1.0], [-1.0]]), params, activation)
    why = "1 / (1 + exp(-e)) and np.tanh(e) get this right; forms that divide one exp by another do not"
    check(f"forward: h ({activation}) at e1 = 1000 and -1000", h, np.array([[1.0], [low]]), why)


def test_forward_other_layouts():
    """Read-only arrays, columns one after another in memory: same numbers, same answer."""
    check_strange_layout("forward", LOGISTIC.x, PARAMS)
    check_strange_layout("forward", BIG["tanh"].x, BIG["tanh"].params, "tanh")


def test_forward_keeps_its_hands_clean():
    """Arguments stay as they are; the same question gets the same answer."""
    check_leaves_alone("forward", LOGISTIC.x, PARAMS, "logistic")
    others = BIG["tanh"]
    check_repeats("forward", (LOGISTIC.x, PARAMS, "logistic"), (others.x, others.params, "tanh"))


# loss -----------------------------------------------------------------------------------------------------------------


def test_loss_pencil():
    """Equation 4 on the pencil example: (4 + 16 + 36 + 4) / 4 = 15."""
    found = {
        "the factor is 1/n; the lecture has 1/(2n)": 30.0,
        "the sum is not divided by 2n": 60.0,
        "the errors are not squared": 2.5,
        "the errors are not squared, and the sign is wrong": -2.5,
        "the errors are added up before they are squared": 17.0,
        "the root is taken; the loss has none": math.sqrt(15),
        "the sign is wrong": -15.0,
    }
    check_number("loss", loss(LOGISTIC.yhat, LOGISTIC.y), 15.0, "all squared errors added up, over 2n", found)


def test_loss_other_sizes():
    """Five examples with three outputs; the errors are 1, -2 and 3 in each: (1 + 4 + 9) / 2 = 7."""
    found = {
        "the factor is 1/n; the lecture has 1/(2n)": 14.0,
        "the sum is divided by nK; the lecture divides by 2n": 14 / 3,
        "the sum is divided by 2nK; the lecture divides by 2n": 7 / 3,
        "only one example is counted": 1.4,
        "the first or the last example is left out": 5.6,
        "the errors are added up before they are squared": 2.0,
    }
    y = BIG["logistic"].y
    yhat = y + np.array([1.0, -2.0, 3.0])
    check_number("loss", loss(yhat, y), 7.0, "all squared errors added up, over 2n; n is the number of rows", found)


def test_loss_sizes_of_one():
    """n = 1: (0 + 4 + 9) / 2 = 6.5.  K = 1: (1 + 4 + 25) / 6 = 5."""
    one = loss(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 4.0, 6.0]]))
    check_number("loss with n = 1", one, 6.5, "all squared errors added up, over 2n")
    found = {"one of yhat and y lost an axis, so NumPy subtracted every y from every yhat": 109 / 6}
    one = loss(np.array([[1.0], [2.0], [6.0]]), np.array([[0.0], [4.0], [1.0]]))
    check_number("loss with K = 1", one, 5.0, AXES, found)


def test_loss_of_a_perfect_fit():
    """When yhat is y, the loss is 0."""
    check_number("loss of a perfect fit", loss(LOGISTIC.y, LOGISTIC.y), 0.0, "all squared errors added up, over 2n")


def test_loss_keeps_its_hands_clean():
    """Arguments stay as they are; the same question gets the same answer."""
    check_leaves_alone("loss", LOGISTIC.yhat, LOGISTIC.y)
    check_repeats("loss", (LOGISTIC.yhat, LOGISTIC.y), (TANH.yhat, TANH.y))


# backprop -------------------------------------------------------------------------------------------------------------


def test_backprop_W2():
    """Equations 5 and 6, on the pencil example."""
    grads = backprop(*LOGISTIC.backprop_arguments)
    why = "epsilon is (yhat - y) / n, and dL/dW2[k, j] adds up epsilon[i, k] h[i, j]: equations (5) and (6)"
    found = {"x stands where h should be": [[5.0] * 3, [4.0] * 3]}
    check("backprop: W2", grads["W2"], LOGISTIC.grads["W2"], why, found)


def test_backprop_b2():
    """Equation 7, on the pencil example."""
    grads = backprop(*LOGISTIC.backprop_arguments)
    found = {
        "this is the mean over the examples, but 1/n is in epsilon already": [1.0, 1.5],
        "the sum runs over the outputs; it should run over the examples": [1.0, 4.0],
    }
    why = "dL/db2[k] adds up epsilon[i, k] over the examples i: equation (7)"
    check("backprop: b2", grads["b2"], LOGISTIC.grads["b2"], why, found)


def test_backprop_W1_logistic():
    """Equations 8 and 9 with the logistic, on the pencil example."""
    grads = backprop(*LOGISTIC.backprop_arguments)
    why = "delta is sigma'(e1) times the sum over k of epsilon[i, k] W2[k, j]: equations (8) and (9)"
    check("backprop: W1 (logistic)", grads["W1"], LOGISTIC.grads["W1"], why, slips("logistic", "W1"))


def test_backprop_b1_logistic():
    """Equation 10 with the logistic, on the pencil example."""
    grads = backprop(*LOGISTIC.backprop_arguments)
    why = "dL/db1[j] adds up delta[i, j] over the examples i: equation (10)"
    check("backprop: b1 (logistic)", grads["b1"], LOGISTIC.grads["b1"], why, slips("logistic", "b1"))


def test_backprop_layer_2_with_tanh():
    """Equations 5 to 7 with tanh: nothing changes but the numbers in h."""
    grads = backprop(*TANH.backprop_arguments)
    for name in ["W2", "b2"]:
        check(f"backprop: {name} (tanh)", grads[name], TANH.grads[name], "equations (5) to (7) know no sigma'")


def test_backprop_W1_tanh():
    """Equations 8 and 9 with tanh, on the pencil example."""
    grads = backprop(*TANH.backprop_arguments)
    why = "with tanh, sigma' is 1 - h^2: equations (8) and (9)"
    check("backprop: W1 (tanh)", grads["W1"], TANH.grads["W1"], why, slips("tanh", "W1"))


def test_backprop_b1_tanh():
    """Equation 10 with tanh, on the pencil example."""
    grads = backprop(*TANH.backprop_arguments)
    why = "with tanh, sigma' is 1 - h^2: equations (8) and (10)"
    check("backprop: b1 (tanh)", grads["b1"], TANH.grads["b1"], why, slips("tanh", "b1"))


@both_activations
def test_backprop_gradient_check(activation):
    """Every gradient against measured slopes, on the larger example: n = 5, D = 4, N = 2, K = 3."""
    example = BIG[activation]
    grads = backprop(*example.backprop_arguments)
    why = "equations (5) to (10); sizes come from the arrays, none is written into the code"
    for name in ["W2", "b2", "W1", "b1"]:
        slopes = measured_slopes(name, example.x, example.y, example.params, activation)
        check(f"backprop: {name} ({activation}) against measured slopes", grads[name], slopes, why)


@pytest.mark.parametrize("size", ["n = 1", "N = 1", "K = 1"])
def test_backprop_sizes_of_one(size):
    """The pencil example cut down (its D is 1 already), against measured slopes."""
    example = with_sizes_of_one()[size]
    grads = backprop(*example.backprop_arguments)
    for name in ["W2", "b2", "W1", "b1"]:
        slopes = measured_slopes(name, example.x, example.y, example.params, "logistic")
        check(f"backprop with {size}: {name}", grads[name], slopes, AXES)


@both_activations
def test_backprop_large_excitations(activation):
    """At e1 = 300 and -300 the unit is saturated: sigma' is 0, and so are the gradients of layer 1."""
    params = {"W1": np.array([[300.0]]), "b1": np.zeros(1), "W2": np.array([[2.0]]), "b2": np.zeros(1)}
    x = np.array([[1.0], [-1.0]])
    h = np.array([[1.0], [0.0 if activation == "logistic" else -1.0]])
    y = 2 * h - np.array([[1.0], [3.0]])
    with np.errstate(all="ignore"):
        grads = backprop(x, y, params, 300 * x, h, 2 * h, activation)
    why = "sigma' is h (1 - h) or 1 - h^2, both 0 here; forms with exp may overflow"
    for name, expected in [("W1", np.zeros((1, 1))), ("b1", np.zeros(1)), ("b2", np.array([2.0]))]:
        check(f"backprop: {name} ({activation}) at e1 = 300 and -300", grads[name], expected, why)


def test_backprop_of_a_perfect_fit():
    """When yhat is y, nothing can be improved: all gradients are 0."""
    grads = backprop(*LOGISTIC._replace(y=LOGISTIC.yhat).backprop_arguments)
    for name, u in PARAMS.items():
        check(f"backprop of a perfect fit: {name}", grads[name], np.zeros_like(u), "every sum has epsilon in it")


def test_backprop_other_layouts():
    """Read-only arrays, columns one after another in memory: same numbers, same answer.  The activation is left out."""
    check_strange_layout("backprop", *LOGISTIC.backprop_arguments[:-1])
    check_strange_layout("backprop", *BIG["tanh"].backprop_arguments)


def test_backprop_keeps_its_hands_clean():
    """Arguments stay as they are; the same question gets the same answer."""
    check_leaves_alone("backprop", *LOGISTIC.backprop_arguments)
    check_repeats("backprop", LOGISTIC.backprop_arguments, BIG["tanh"].backprop_arguments)


# update ---------------------------------------------------------------------------------------------------------------


def test_update_pencil():
    """Equation 11 with eta = 0.1, on the pencil example."""
    params = update(PARAMS, LOGISTIC.grads, 0.1)
    for name, u in PARAMS.items():
        step = 0.1 * LOGISTIC.grads[name]
        found = {
            "the gradient is added; subtract it to go down": u + step,
            "eta is not used": u - 10 * step,
            "eta is written into the code as 0.02": u - step / 5,
            "nothing has changed": u,
        }
        check(f"update: {name}", params[name], u - step, "u - eta dL/du: equation (11)", found)


def test_update_makes_new_arrays():
    """The arrays passed in stay as they are, and none of them is handed back."""
    check_leaves_alone("update", PARAMS, LOGISTIC.grads, 0.1)
    params, grads = judge.copied((PARAMS, LOGISTIC.grads))
    result = judge.four("update", judge.neural_net.update(params, grads, 0.1))
    for name in PARAMS:
        if any(np.shares_memory(result[name], given) for given in [*params.values(), *grads.values()]):
            judge.fail(f"update: {name} is an array that was passed in, or a part of one. Make a new array.")
    check_repeats("update", (PARAMS, LOGISTIC.grads, 0.1), (PARAMS, TANH.grads, 0.4))


# training -------------------------------------------------------------------------------------------------------------


@both_activations
def test_training(activation):
    """1000 steps with all four functions on the 9 knots: the loss falls and takes the right values."""
    params, loss_after = judge.copied(START), LOSS_AFTER[activation]
    why = "if each function passes alone, does one keep something between calls, or change its arguments?"
    before = math.inf
    for step in range(max(loss_after) + 1):
        e1, h, yhat = forward(KNOTS_X, params, activation)
        if step in loss_after:
            what = f"training ({activation}): the loss after {step} steps"
            true = true_loss(KNOTS_X, KNOTS_Y, params, activation)
            check_number(f"{what}, measured on your parameters,", true, loss_after[step], why)
            mine = check_number(f"{what}, by your loss,", loss(yhat, KNOTS_Y), true, why)
            if not mine < before:
                judge.fail(f"training ({activation}): the loss rose from {before:.6g} to {mine:.6g}.")
            before = mine
        grads = backprop(KNOTS_X, KNOTS_Y, params, e1, h, yhat, activation)
        params = update(params, grads, 0.2)
