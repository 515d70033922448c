"""The catalogue: each function as a few choices, with the right one first and the known wrong ones after it.

A choice is a formula in the lecture's names, and says what a student who made it should read.  Choices compose, and a
constant factor composes with all of them (SCALES), so a few dozen rows stand for thousands of wrong programs.
diagnose.py searches them; the words are for students.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.asking.battery import Array, Probe


@dataclass(frozen=True)
class Choice:
    """One way to do one thing.  A row without words is the right way."""

    key: str
    formula: Callable[..., Any]
    short: str = ""
    reason: str = ""
    nudge: str = ""


def sigmoid(e: Array) -> Array:
    """1 / (1 + exp(-e)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(e / 2)))


class Inputs:
    """A probe's arrays under the lecture's names."""

    def __init__(self, probe: Probe) -> None:
        self.x, self.y, self.e1, self.h, self.yhat = probe.x, probe.y, probe.e1, probe.h, probe.yhat
        self.W1, self.b1, self.W2, self.b2 = (probe.params[k] for k in ("W1", "b1", "W2", "b2"))
        self.params, self.grads, self.eta = probe.params, probe.grads, probe.eta
        self.tanh = probe.activation == "tanh"
        self.n, self.D = self.x.shape
        self.K, self.N = self.W2.shape
        self.slope = 1 - self.h**2 if self.tanh else self.h * (1 - self.h)

    def sigma(self, e: Array) -> Array:
        return np.tanh(e) if self.tanh else sigmoid(e)

    def sizes(self) -> tuple[int, int, int, int]:
        return self.n, self.D, self.N, self.K


# --- constant factors, relative to what is right ----------------------------------------------------------------------

Scale = Callable[[int, int, int, int], float]


def _scales() -> dict[str, Scale]:
    """Factors in the sizes, by the words for them; small ones first."""
    plain: dict[str, Scale] = {
        "n": lambda n, D, N, K: n,
        "1/n": lambda n, D, N, K: 1 / n,
        "K": lambda n, D, N, K: K,
        "1/K": lambda n, D, N, K: 1 / K,
        "N": lambda n, D, N, K: N,
        "1/N": lambda n, D, N, K: 1 / N,
        "D": lambda n, D, N, K: D,
        "1/D": lambda n, D, N, K: 1 / D,
        "n/D": lambda n, D, N, K: n / D,
        "n/N": lambda n, D, N, K: n / N,
        "n/K": lambda n, D, N, K: n / K,
        "n/(n-1)": lambda n, D, N, K: n / (n - 1) if n > 1 else np.nan,
        "n/(n+1)": lambda n, D, N, K: n / (n + 1),
        "1/n^2": lambda n, D, N, K: 1 / n**2,
        "n^2": lambda n, D, N, K: n**2,
        "1/(n K)": lambda n, D, N, K: 1 / (n * K),
        "n K": lambda n, D, N, K: n * K,
    }
    scales: dict[str, Scale] = {"1": lambda n, D, N, K: 1.0}
    for word, factor in (("2", 2.0), ("1/2", 0.5), ("4", 4.0), ("1/4", 0.25)):
        scales[word] = lambda n, D, N, K, factor=factor: factor  # type: ignore[misc]
    scales |= plain
    for word, f in plain.items():
        scales[f"2 {word}"] = lambda n, D, N, K, f=f: 2 * f(n, D, N, K)  # type: ignore[misc]
        scales[f"1/2 {word}"] = lambda n, D, N, K, f=f: f(n, D, N, K) / 2  # type: ignore[misc]
    return scales


SCALES = _scales()

# --- forward -----------------------------------------------------------------------------------------------------------

# e1 = product + bias
E1_PRODUCT = [
    Choice("", lambda p: p.x @ p.W1.T),
    Choice("W1_not_transposed", lambda p: p.x @ p.W1, "W1 without .T", "e1 was computed as x @ W1, without the transpose.",
           "Write the shapes (n, D) and (N, D) beside the product: which axis do you sum over?"),
    Choice("W1_reshaped", lambda p: p.x @ p.W1.reshape(p.D, p.N), "W1 reshaped", "W1 was brought to the shape (D, N) with reshape. reshape keeps the order in memory and mixes the weights of different units.",
           "Swapping the two axes is what .T does; reshape does something else."),
    Choice("inputs_first_two", lambda p: p.x[:, :2] @ p.W1[:, :2].T, "only two inputs", "Only the first two inputs are used; D may be any number.",
           "Sum over all columns of x."),
    Choice("inputs_first", lambda p: p.x[:, :1] @ p.W1[:, :1].T, "only the first input", "Only the first input is used.", "Sum over all columns of x."),
    Choice("inputs_not_last", lambda p: p.x[:, :-1] @ p.W1[:, :-1].T, "the last input left out", "The last input is left out of the sum.", "Does your loop stop one too early?"),
    Choice("inputs_not_first", lambda p: p.x[:, 1:] @ p.W1[:, 1:].T, "the first input left out", "The first input is left out of the sum.", "Python counts from 0."),
    Choice("inputs_centred", lambda p: (p.x - p.x.mean(0)) @ p.W1.T, "inputs centred", "The mean over the examples was taken off the inputs first.", "Use x as it is given."),
    Choice("inputs_scaled", lambda p: (p.x / np.linalg.norm(p.x, axis=1, keepdims=True)) @ p.W1.T, "inputs normalised", "Each input vector was divided by its length first.", "Use x as it is given."),
    Choice("inputs_standard", lambda p: ((p.x - p.x.mean(0)) / p.x.std(0)) @ p.W1.T, "inputs standardised", "The inputs were standardised (mean 0, variance 1) first.", "Use x as it is given."),
    Choice("no_product", lambda p: np.zeros((p.n, p.N)), "no product", "Only the bias is in e1: the product with the weights is left out, or it is 0 because an array is never filled or is cut to whole numbers.", "e1 adds the weighted inputs to the bias."),
    Choice("W1_absolute", lambda p: p.x @ np.abs(p.W1).T, "absolute weights", "The absolute values of the weights are used.", "Weights keep their sign."),
]  # fmt: skip


def _bias(name: str, where: str) -> list[Choice]:
    """What may be done with the bias `name` in the formula of `where`."""

    def b(p: Inputs) -> Array:
        array: Array = getattr(p, name)
        return array

    return [
        Choice("", lambda p: b(p)),
        Choice(f"{name}_missing", lambda p: 0 * b(p), f"{name} missing", f"The bias {name} is not added in {where}.",
               "Compare your line with the equation, term by term."),
        Choice(f"{name}_subtracted", lambda p: -b(p), f"{name} subtracted", f"The bias {name} is subtracted in {where}; it must be added.",
               "Look at the sign before the bias."),
        Choice(f"{name}_twice", lambda p: 2 * b(p), f"{name} added twice", f"The bias {name} is added twice in {where}.",
               "Perhaps a copied line, or a bias folded into the product as well."),
        Choice(f"{name}_first", lambda p: np.full_like(b(p), b(p)[0]), f"only {name}[0]", f"Only the first bias, {name}[0], is added to every unit.",
               f"{name} is a vector: each unit has its own bias."),
        Choice(f"{name}_mean", lambda p: np.full_like(b(p), b(p).mean()), f"mean of {name}", f"The mean of {name} is added to every unit.",
               f"{name} is a vector: each unit has its own bias."),
        Choice(f"{name}_sum", lambda p: np.full_like(b(p), b(p).sum()), f"sum of {name}", f"The sum of {name} is added to every unit.",
               f"{name} is a vector: each unit has its own bias."),
        Choice(f"{name}_reversed", lambda p: b(p)[::-1], f"{name} reversed", f"{name} is added in reversed order.", "Unit j has bias j."),
        Choice(f"{name}_times_n", lambda p: p.n * b(p), f"{name} added n times", f"The bias {name} is added once for each example, n times in all.",
               "Add the bias once, outside the loop over the sum."),
        Choice(f"{name}_in_sum", lambda p: (p.D if name == "b1" else p.N) * b(p), f"{name} inside the sum", f"The bias {name} is added inside the sum, once for each term.",
               "The bias stands outside the sum: add it once."),
    ]  # fmt: skip


E1_BIAS = _bias("b1", "e1")

# h from an excitation e; right by the probe's nonlinearity
ACTIVATION = [
    Choice("", lambda p, e: p.sigma(e)),
    Choice("sigma_swapped", lambda p, e: sigmoid(e) if p.tanh else np.tanh(e), "the other nonlinearity", "The other nonlinearity is used here: logistic for \"tanh\", or tanh for \"logistic\".",
           "Check the test on activation: `if kind == \"a\" or \"b\"` is always true, and an argument that is never read changes nothing."),
    Choice("logistic_no_minus", lambda p, e: sigmoid(-e) if not p.tanh else None, "exp(e) for exp(-e)", "The logistic has exp(e) where exp(-e) belongs, so it falls where it should rise.",
           "What must h be for a large positive e?"),
    Choice("tanh_negative", lambda p, e: np.tanh(-e) if p.tanh else None, "tanh with the wrong sign", "tanh has the wrong sign.", "What must h be for a large positive e?"),
    Choice("identity", lambda p, e: e, "no nonlinearity", "h is e1 itself: the nonlinearity is not applied.", "h = sigma(e1)."),
    Choice("sigma_twice", lambda p, e: p.sigma(p.sigma(e)), "the nonlinearity twice", "The nonlinearity is applied twice.", "h = sigma(e1), once."),
    Choice("sigma_of_absolute", lambda p, e: p.sigma(np.abs(e)), "|e1|", "The nonlinearity is applied to the absolute value of e1.", "sigma needs the sign of e1."),
    Choice("slope_for_sigma", lambda p, e: 1 - np.tanh(e) ** 2 if p.tanh else sigmoid(e) * (1 - sigmoid(e)), "the slope for the value", "h holds the slope sigma'(e1) instead of sigma(e1).", "The slope belongs to backprop."),
    Choice("sigma_half", lambda p, e: p.sigma(e / 2), "e1 / 2", "The nonlinearity is applied to e1 / 2.", "logistic(e) = (1 + tanh(e/2)) / 2: which of the two did you mean?"),
    Choice("sigma_double", lambda p, e: p.sigma(2 * e), "2 e1", "The nonlinearity is applied to 2 e1.", "tanh(e) = 2 logistic(2e) - 1: which of the two did you mean?"),
    Choice("relu", lambda p, e: np.maximum(e, 0), "ReLU", "h is max(e1, 0), the ReLU; this network has the logistic or tanh.", "Use the nonlinearity that the argument activation names."),
    Choice("step", lambda p, e: (e > 0) * 1.0, "the unit step", "h is the unit step (0 or 1).", "The logistic is the smooth form of the step."),
    Choice("signum", lambda p, e: np.sign(e), "the signum", "h is the sign of e1 (-1, 0 or 1).", "tanh is the smooth form of the signum."),
    Choice("exp", lambda p, e: np.exp(np.minimum(e, 700.0)), "exp(e1)", "h is exp(e1).", "1 / (1 + exp(-e1)) needs all its parts, and its brackets."),
    Choice("logistic_precedence", lambda p, e: 1 + np.exp(-e) if not p.tanh else None, "missing brackets", "h is 1 / 1 + exp(-e1): without brackets Python divides first.", "Put 1 + exp(-e1) in brackets."),
    Choice("logistic_one_minus", lambda p, e: 1 / (1 - np.exp(-e)) if not p.tanh else None, "1 - exp(-e)", "The logistic has 1 - exp(-e1) in the denominator; it must be 1 + exp(-e1).", "What must h be for e1 = 0?"),
    Choice("tanh_logistic_shift", lambda p, e: None if p.tanh else 2 * sigmoid(e) - 1, "2 logistic(e) - 1", "h is 2 logistic(e1) - 1, which is tanh(e1 / 2).", "tanh(e) = 2 logistic(2e) - 1."),
    Choice("tanh_inverted", lambda p, e: 1 / np.tanh(e) if p.tanh else None, "the inverse", "h is 1 / tanh(e1).", "Numerator and denominator are exchanged."),
    Choice("tanh_no_division", lambda p, e: np.sinh(e) * 2 if p.tanh else None, "only the numerator", "h is e^e - e^-e: the division by e^e + e^-e is missing.", "tanh is a quotient."),
    Choice("softmax", lambda p, e: np.exp(e - e.max(1, keepdims=True)) / np.exp(e - e.max(1, keepdims=True)).sum(1, keepdims=True), "softmax", "h is a softmax over the units.", "Each unit has its own sigma(e1), whatever the others do."),
    Choice("arctan", lambda p, e: np.arctan(e), "arctan", "h is arctan(e1).", "tanh is np.tanh."),
    Choice("tan", lambda p, e: np.tan(e), "tan", "h is tan(e1).", "tanh is np.tanh."),
    Choice("h_rounded", lambda p, e: np.round(p.sigma(e)), "rounded", "h is rounded to whole numbers.", "Are your arrays integers? Use float64."),
    Choice("h_truncated", lambda p, e: np.trunc(p.sigma(e)), "whole numbers", "h is cut to whole numbers, as an integer array does, or its array is never filled.", "Make buffers with np.zeros(...), which are float64."),
]  # fmt: skip

# yhat = squash(product + bias) from h (or from e1)
YHAT_PRODUCT = [
    Choice("", lambda p, e, h: h @ p.W2.T),
    Choice("W2_not_transposed", lambda p, e, h: h @ p.W2, "W2 without .T", "yhat was computed as h @ W2, without the transpose.", "Write the shapes (n, N) and (K, N) beside the product."),
    Choice("W2_reshaped", lambda p, e, h: h @ p.W2.reshape(p.N, p.K), "W2 reshaped", "W2 was brought to the shape (N, K) with reshape. reshape keeps the order in memory and mixes the weights.", "Swapping the two axes is what .T does; reshape does something else."),
    Choice("yhat_from_e1", lambda p, e, h: e @ p.W2.T, "e1 for h", "The second layer is fed with e1 instead of h.", "The output layer sees the activations h."),
    Choice("units_not_last", lambda p, e, h: h[:, :-1] @ p.W2[:, :-1].T, "the last unit left out", "The last hidden unit is left out of the sum.", "Does your loop stop one too early?"),
    Choice("units_not_first", lambda p, e, h: h[:, 1:] @ p.W2[:, 1:].T, "the first unit left out", "The first hidden unit is left out of the sum.", "Python counts from 0."),
    Choice("W2_absolute", lambda p, e, h: h @ np.abs(p.W2).T, "absolute weights", "The absolute values of the weights are used.", "Weights keep their sign."),
    Choice("no_W2_product", lambda p, e, h: np.zeros((p.n, p.K)), "no product", "Only the bias is in yhat: the product with W2 is left out, or it is 0 because an array is never filled or is cut to whole numbers.", "yhat adds the weighted activations to the bias."),
    Choice("units_mean", lambda p, e, h: h @ p.W2.T / p.N, "mean over the units", "The mean over the hidden units is taken where the sum belongs.", "Sum over j, without dividing by N."),
    Choice("h_sigma_again", lambda p, e, h: p.sigma(h) @ p.W2.T, "sigma(h)", "The nonlinearity is applied to h once more before the second layer.", "The output layer sees h itself."),
    Choice("h_centred", lambda p, e, h: (h - h.mean(0)) @ p.W2.T, "h centred", "The mean over the examples is taken off h.", "Use h as it is."),
]  # fmt: skip
YHAT_BIAS = _bias("b2", "yhat")
YHAT_SQUASH = [
    Choice("", lambda p, o: o),
    Choice("output_squashed", lambda p, o: p.sigma(o), "a nonlinear output", "The nonlinearity is applied to the output as well; output nodes are linear here.", "yhat = e2, as it is."),
    Choice("output_logistic", lambda p, o: sigmoid(o) if p.tanh else None, "a logistic output", "The logistic is applied to the output; output nodes are linear here.", "yhat = e2, as it is."),
    Choice("output_softmax", lambda p, o: np.exp(o - o.max(1, keepdims=True)) / np.exp(o - o.max(1, keepdims=True)).sum(1, keepdims=True), "a softmax output", "A softmax is applied to the output; output nodes are linear here.", "yhat = e2, as it is."),
    Choice("output_relu", lambda p, o: np.maximum(o, 0), "a ReLU output", "Negative outputs are set to 0; output nodes are linear here.", "yhat = e2, as it is."),
    Choice("output_absolute", lambda p, o: np.abs(o), "absolute outputs", "The absolute value of the output is returned.", "Outputs keep their sign."),
    Choice("output_clipped", lambda p, o: np.clip(o, -1, 1), "clipped outputs", "Outputs are clipped to -1 and 1.", "yhat = e2, as it is."),
    Choice("output_clipped_01", lambda p, o: np.clip(o, 0, 1), "clipped outputs", "Outputs are clipped to 0 and 1.", "yhat = e2, as it is."),
    Choice("output_truncated", lambda p, o: np.trunc(o), "whole numbers", "Outputs are cut to whole numbers, as an integer array does.", "Make buffers with np.zeros(...), which are float64."),
    Choice("output_rounded", lambda p, o: np.round(o), "rounded", "Outputs are rounded to whole numbers.", "Keep all digits."),
    Choice("output_normalised", lambda p, o: o / np.linalg.norm(o, axis=1, keepdims=True), "normalised outputs", "Each output vector is divided by its length.", "yhat = e2, as it is."),
]  # fmt: skip

# --- loss --------------------------------------------------------------------------------------------------------------

# a number that is 2n times the loss where it is right; a constant factor is found beside it
LOSS = [
    Choice("", lambda p, d: (d * d).sum()),
    Choice("loss_of_norms", lambda p, d: np.sqrt((d * d).sum(1)).sum(), "lengths, not squared", "The lengths of the errors are summed, not their squares.", "The equation has the square of the norm."),
    Choice("loss_of_norm", lambda p, d: np.sqrt((d * d).sum()), "the norm, not squared", "The square of the norm is missing: np.linalg.norm takes a root.", "The equation has the square of the norm."),
    Choice("loss_root", lambda p, d: 2 * p.n * np.sqrt((d * d).sum() / (2 * p.n)), "the root of the loss", "The root of the loss is returned.", "The equation has no root."),
    Choice("loss_rmse", lambda p, d: 2 * p.n * np.sqrt((d * d).sum() / p.n), "RMSE", "The root of the mean squared error (RMSE) is returned.", "The equation has no root, and 1/(2n)."),
    Choice("loss_rmse_all", lambda p, d: 2 * p.n * np.sqrt((d * d).mean()), "RMSE", "The root of the mean over all n K squares (RMSE) is returned.", "The equation has no root, and 1/(2n)."),
    Choice("loss_absolute", lambda p, d: np.abs(d).sum(), "absolute errors", "The absolute errors are summed, not their squares.", "The equation has squares."),
    Choice("loss_square_of_sum", lambda p, d: d.sum() ** 2, "the square of the sum", "The errors are summed first and squared then.", "Square each error, then sum."),
    Choice("loss_rows_summed_first", lambda p, d: (d.sum(1) ** 2).sum(), "the square of each row's sum", "The errors of one example are summed over k before they are squared (or all of d d^T is summed, with its cross terms).", "Square each error, then sum."),
    Choice("loss_columns_summed_first", lambda p, d: (d.sum(0) ** 2).sum(), "the square of each column's sum", "The errors are summed over the examples before they are squared (or all of d^T d is summed, with its cross terms).", "Square each error, then sum."),
    Choice("loss_first_example", lambda p, d: (d[0] ** 2).sum(), "only the first example", "Only the first example counts: perhaps the return stands inside the loop.", "Look at the indentation of return."),
    Choice("loss_last_example", lambda p, d: (d[-1] ** 2).sum(), "only the last example", "Only the last example counts: perhaps = stands where += belongs.", "The loss sums over all examples."),
    Choice("loss_not_first", lambda p, d: (d[1:] ** 2).sum(), "the first example left out", "The first example is left out.", "Python counts from 0."),
    Choice("loss_not_last", lambda p, d: (d[:-1] ** 2).sum(), "the last example left out", "The last example is left out.", "range(n) already stops before n."),
    Choice("loss_first_output", lambda p, d: (d[:, 0] ** 2).sum(), "only the first output", "Only the first output counts.", "Sum over all outputs k."),
    Choice("loss_last_output", lambda p, d: (d[:, -1] ** 2).sum(), "only the last output", "Only the last output counts.", "Sum over all outputs k."),
    Choice("loss_not_last_output", lambda p, d: (d[:, :-1] ** 2).sum(), "the last output left out", "The last output is left out.", "Sum over all outputs k."),
    Choice("loss_not_first_output", lambda p, d: (d[:, 1:] ** 2).sum(), "the first output left out", "The first output is left out.", "Python counts from 0."),
    Choice("loss_two_outputs", lambda p, d: (d[:, :2] ** 2).sum(), "only two outputs", "Only the first two outputs count; K may be any number.", "Sum over all outputs k."),
    Choice("loss_not_squared", lambda p, d: d.sum(), "not squared", "The errors are not squared.", "The equation has squares."),
    Choice("loss_cubed", lambda p, d: (np.abs(d) ** 3).sum(), "cubes", "The third power is taken.", "The equation has squares."),
    Choice("loss_fourth", lambda p, d: (d**4).sum(), "squared twice", "The errors are squared twice.", "Square once."),
    Choice("loss_largest", lambda p, d: (d * d).max(), "the largest error", "Only the largest square counts.", "Sum over all examples and outputs."),
    Choice("loss_spectral", lambda p, d: np.linalg.norm(d, 2) ** 2, "a matrix norm", "np.linalg.norm(..., 2) of a matrix is its largest singular value, not the root of the sum of squares.", "Sum the squares, or give norm an axis."),
    Choice("loss_sum_signs", lambda p, d: ((p.y + p.yhat) ** 2).sum(), "y + yhat", "y and yhat are added where the difference belongs.", "The error is y - yhat."),
    Choice("loss_squares_apart", lambda p, d: (p.y**2 - p.yhat**2).sum(), "y^2 - yhat^2", "y and yhat are squared apart from each other.", "Take the difference first, then square it."),
    Choice("loss_of_yhat", lambda p, d: (p.yhat**2).sum(), "y left out", "The targets y are left out.", "The error is y - yhat."),
    Choice("loss_of_y", lambda p, d: (p.y**2).sum(), "yhat left out", "The outputs yhat are left out.", "The error is y - yhat."),
    Choice("loss_median", lambda p, d: np.median((d * d).sum(1)), "the median", "The median over the examples is taken.", "Sum over all examples."),
    Choice("loss_truncated", lambda p, d: 2 * p.n * np.trunc((d * d).sum() / (2 * p.n)), "a whole number", "The loss is cut to a whole number.", "// and int() cut; / keeps the digits."),
    Choice("loss_floats_in_parts", lambda p, d: (np.trunc(d) ** 2).sum(), "whole numbers", "The errors are cut to whole numbers.", "Keep all digits."),
    Choice("loss_variance", lambda p, d: ((d - d.mean(0)) ** 2).sum(), "the variance", "The mean error is taken off first: this is a variance.", "The equation has the errors themselves."),
    Choice("loss_variance_all", lambda p, d: ((d - d.mean()) ** 2).sum(), "the variance", "The mean error is taken off first: this is a variance.", "The equation has the errors themselves."),
]  # fmt: skip

# --- backprop ----------------------------------------------------------------------------------------------------------

# n epsilon, before any factor
ERROR = [
    Choice("", lambda p: p.yhat - p.y),
    Choice("error_yhat_only", lambda p: p.yhat, "y left out", "The error is yhat itself: y is left out.", "epsilon compares yhat with y."),
    Choice("error_y_only", lambda p: p.y, "yhat left out", "The error is y itself: yhat is left out.", "epsilon compares yhat with y."),
    Choice("error_sum", lambda p: p.yhat + p.y, "y + yhat", "y and yhat are added where the difference belongs.", "epsilon = (yhat - y) / n."),
    Choice("error_squared", lambda p: (p.yhat - p.y) ** 2, "the squared error", "The error is squared: that is the loss, not its derivative.", "Differentiate the square."),
    Choice("error_absolute", lambda p: np.abs(p.yhat - p.y), "the absolute error", "The absolute error is used; its sign is lost.", "epsilon keeps its sign."),
    Choice("error_sign", lambda p: np.sign(p.yhat - p.y), "the sign of the error", "Only the sign of the error is used.", "epsilon is the error itself, divided by n."),
    Choice("error_output_slope", lambda p: (p.yhat - p.y) * (1 - p.yhat**2 if p.tanh else p.yhat * (1 - p.yhat)), "a slope at the output", "The error is multiplied by sigma' of the output yhat; the output is linear, so its slope is 1.", "Look at equation (3): is there a sigma?"),
    Choice("error_output_slope_e2", lambda p: (p.yhat - p.y) * (1 - np.tanh(p.yhat) ** 2 if p.tanh else sigmoid(p.yhat) * (1 - sigmoid(p.yhat))), "a slope at the output", "The error is multiplied by a slope of the output; the output is linear, so its slope is 1.", "Look at equation (3): is there a sigma?"),
    Choice("error_softmax", lambda p: np.exp(p.yhat) / np.exp(p.yhat).sum(1, keepdims=True) - p.y, "softmax minus y", "A softmax is applied to yhat; the output is linear.", "epsilon = (yhat - y) / n."),
    Choice("error_sigma_yhat", lambda p: p.sigma(p.yhat) - p.y, "sigma(yhat) - y", "The nonlinearity is applied to yhat; the output is linear.", "epsilon = (yhat - y) / n."),
    Choice("error_rows_meaned", lambda p: np.repeat((p.yhat - p.y).mean(1, keepdims=True), p.K, 1), "the mean over the outputs", "The errors of one example are averaged over the outputs.", "Each output k has its own epsilon."),
    Choice("error_normalised", lambda p: (p.yhat - p.y) / np.linalg.norm(p.yhat - p.y), "the error divided by its length", "The error is divided by its own length, as the derivative of a norm without square would be.", "The loss has the square of the norm."),
    Choice("error_rows_normalised", lambda p: (p.yhat - p.y) / np.linalg.norm(p.yhat - p.y, axis=1, keepdims=True), "each error divided by its length", "Each example's error is divided by its own length.", "The loss has the square of the norm."),
    Choice("error_brackets", lambda p: p.n * p.yhat - p.y, "missing brackets", "Only y is divided by n: yhat - y / n needs brackets.", "(yhat - y) / n."),
    Choice("error_brackets_yhat", lambda p: p.yhat - p.n * p.y, "missing brackets", "Only yhat is divided by n: yhat / n - y needs brackets.", "(yhat - y) / n."),
    Choice("error_centred", lambda p: (p.yhat - p.y) - (p.yhat - p.y).mean(0), "the error centred", "The mean error over the examples is taken off.", "epsilon = (yhat - y) / n."),
    Choice("error_clipped", lambda p: np.clip(p.yhat - p.y, -1, 1), "the error clipped", "The error is clipped to -1 and 1.", "epsilon = (yhat - y) / n."),
]  # fmt: skip

# which examples count: weights of the rows
SAMPLES = [
    Choice("", lambda p: slice(None)),
    Choice("samples_not_last", lambda p: slice(0, -1), "the last example left out", "The last example is left out of the sum.", "range(n) already stops before n."),
    Choice("samples_not_first", lambda p: slice(1, None), "the first example left out", "The first example is left out of the sum.", "Python counts from 0."),
    Choice("samples_last", lambda p: slice(-1, None), "only the last example", "Only the last example counts: perhaps = stands where += belongs.", "The gradient sums over all examples."),
    Choice("samples_first", lambda p: slice(0, 1), "only the first example", "Only the first example counts: perhaps the return stands inside the loop.", "The gradient sums over all examples."),
]  # fmt: skip

# what the second layer's error is multiplied with
W2_INPUT = [
    Choice("", lambda p: p.h),
    Choice("dW2_from_e1", lambda p: p.e1, "e1 for h", "The gradient of W2 is made with e1 where h belongs.", "W2 multiplies h in equation (3)."),
    Choice("dW2_from_x", lambda p: p.x, "x for h", "The gradient of W2 is made with x, the input of the first layer, where h belongs.", "W2 multiplies h in equation (3)."),
    Choice("dW2_from_slope", lambda p: p.slope, "sigma' for h", "The gradient of W2 is made with the slope sigma' where h belongs.", "No sigma stands between W2 and the output."),
    Choice("dW2_from_h_slope", lambda p: p.h * p.slope, "h sigma' for h", "The gradient of W2 is multiplied by the slope sigma' as well.", "No sigma stands between W2 and the output."),
    Choice("dW2_from_sigma_h", lambda p: p.sigma(p.h), "sigma(h) for h", "The nonlinearity is applied to h once more.", "Use h as it is given."),
    Choice("dW2_from_one", lambda p: np.ones_like(p.h), "h left out", "h is left out of the gradient of W2.", "W2 multiplies h in equation (3)."),
    Choice("dW2_from_h_squared", lambda p: p.h**2, "h^2 for h", "h is squared in the gradient of W2.", "W2 multiplies h in equation (3)."),
    Choice("dW2_from_h_centred", lambda p: p.h - p.h.mean(0), "h centred", "The mean over the examples is taken off h.", "Use h as it is given."),
]  # fmt: skip

# how a product of errors (n, A) with inputs (n, B) becomes a gradient (A, B)
PRODUCT = [
    Choice("", lambda err, inp: err.T @ inp),
    Choice("transposed", lambda err, inp: inp.T @ err, "the transposed gradient", "The gradient is transposed.", "A gradient has the shape of its parameter."),
    Choice("reshaped", lambda err, inp: (inp.T @ err).reshape(err.shape[1], inp.shape[1]), "reshape for transpose", "The transposed gradient was brought to the right shape with reshape, which mixes its entries.", "Swapping the two axes is what .T does; reshape does something else."),
    Choice("per_sample", lambda err, inp: err[:, :, None] * inp[:, None, :], "one gradient per example", "There is one gradient for each example; they are not summed.", "The gradient sums over the examples i."),
    Choice("of_sums", lambda err, inp: np.outer(err.sum(0), inp.sum(0)), "a product of sums", "Errors and inputs are summed over the examples before they are multiplied.", "Multiply for each example, then sum."),
    Choice("of_sum_and_mean", lambda err, inp: np.outer(err.sum(0), inp.mean(0)), "a product with the mean", "The summed error is multiplied with the mean input.", "Multiply for each example, then sum."),
    Choice("absolute", lambda err, inp: np.abs(err.T @ inp), "absolute values", "The absolute value of the gradient is returned.", "Gradients keep their sign."),
    Choice("largest", lambda err, inp: (err[:, :, None] * inp[:, None, :]).max(0), "the largest over the examples", "The largest contribution is taken, not the sum.", "The gradient sums over the examples i."),
]  # fmt: skip

# how errors (n, A) become a bias gradient (A,)
BIAS = [
    Choice("", lambda err, inp: err.sum(0)),
    Choice("bias_total", lambda err, inp: err.sum(), "one total", "All errors are summed to one number: the axis is missing in the sum.", "Sum over the examples only: one number for each unit."),
    Choice("bias_total_filled", lambda err, inp: np.full(err.shape[1], err.sum()), "one total for all", "Every bias gets the same total: the axis is missing in the sum.", "Sum over the examples only: one number for each unit."),
    Choice("bias_wrong_axis", lambda err, inp: err.sum(1), "the wrong axis", "The errors are summed over the units, not over the examples.", "Which axis are the examples?"),
    Choice("bias_column", lambda err, inp: err.sum(0)[:, None], "a column", "The bias gradient is a column of shape (units, 1).", "A bias is a vector; leave keepdims out, or sum over axis 0."),
    Choice("bias_row", lambda err, inp: err.sum(0)[None, :], "a row", "The bias gradient is a row of shape (1, units): keepdims is set.", "A bias is a vector; leave keepdims out."),
    Choice("bias_not_summed", lambda err, inp: err, "not summed", "The errors are not summed over the examples.", "The bias gradient is the sum over i."),
    Choice("bias_from_weights", lambda err, inp: (err.T @ inp).sum(1), "from the weight gradient", "The bias gradient is made from the weight gradient by summing its rows.", "A bias has the input 1: its gradient is the sum of the errors."),
    Choice("bias_from_weights_mean", lambda err, inp: (err.T @ inp).mean(1), "from the weight gradient", "The bias gradient is made from the weight gradient by the mean of its rows.", "A bias has the input 1: its gradient is the sum of the errors."),
    Choice("bias_first_weight", lambda err, inp: (err.T @ inp)[:, 0], "a column of the weight gradient", "The bias gradient is the first column of the weight gradient.", "A bias has the input 1: its gradient is the sum of the errors."),
    Choice("bias_last_weight", lambda err, inp: (err.T @ inp)[:, -1], "a column of the weight gradient", "The bias gradient is the last column of the weight gradient.", "A bias has the input 1: its gradient is the sum of the errors."),
    Choice("bias_absolute", lambda err, inp: np.abs(err.sum(0)), "absolute values", "The absolute value of the bias gradient is returned.", "Gradients keep their sign."),
    Choice("bias_of_absolute", lambda err, inp: np.abs(err).sum(0), "sum of absolute values", "Absolute errors are summed.", "Errors keep their sign in the sum."),
    Choice("bias_squared", lambda err, inp: (err**2).sum(0), "sum of squares", "Squared errors are summed.", "The bias gradient is the sum of the errors themselves."),
    Choice("bias_largest", lambda err, inp: err.max(0), "the largest", "The largest error is taken, not the sum.", "The bias gradient is the sum over i."),
    Choice("bias_cumulated", lambda err, inp: np.cumsum(err.sum(0)), "a running sum", "Each bias also gets the sum of those before it: a variable is not set back to 0.", "Set the sum to 0 for each unit."),
    Choice("bias_zero", lambda err, inp: np.zeros(err.shape[1]), "zero", "The bias gradient is zero.", "The bias gradient is the sum of the errors."),
    Choice("bias_last_example", lambda err, inp: err[-1], "only the last example", "Only the last example counts: perhaps = stands where += belongs.", "The bias gradient is the sum over i."),
    Choice("bias_first_example", lambda err, inp: err[0], "only the first example", "Only the first example counts.", "The bias gradient is the sum over i."),
]  # fmt: skip

# the way back through W2: errors (n, K) to (n, N)
BACK = [
    Choice("", lambda p, eps: eps @ p.W2),
    Choice("back_W2_transposed", lambda p, eps: eps @ p.W2.T, "W2 transposed", "W2 is transposed on the way back; with rows as examples epsilon @ W2 needs no .T.", "Write the shapes (n, K) and (K, N) beside the product."),
    Choice("back_W2_reshaped", lambda p, eps: eps @ p.W2.T.reshape(p.K, p.N), "W2 reshaped", "W2 is brought to its shape with reshape, which mixes the weights.", "Use .T where axes are to be swapped."),
    Choice("back_without_W2", lambda p, eps: np.repeat(eps.sum(1, keepdims=True), p.N, 1), "W2 left out", "Every hidden unit gets the plain sum of the output errors: W2 is left out.", "Unit j is to blame by its weight: W2[k, j]."),
    Choice("back_mean_without_W2", lambda p, eps: np.repeat(eps.mean(1, keepdims=True), p.N, 1), "W2 left out", "Every hidden unit gets the mean output error: W2 is left out.", "Unit j is to blame by its weight: W2[k, j]."),
    Choice("back_first_output", lambda p, eps: eps[:, :1] @ p.W2[:1], "only the first output", "Only the first output's error goes back.", "Sum over all outputs k."),
    Choice("back_last_output", lambda p, eps: eps[:, -1:] @ p.W2[-1:], "only the last output", "Only the last output's error goes back: perhaps = stands where += belongs.", "Sum over all outputs k."),
    Choice("back_two_outputs", lambda p, eps: eps[:, :2] @ p.W2[:2], "only two outputs", "Only the first two outputs' errors go back; K may be any number.", "Sum over all outputs k."),
    Choice("back_not_last_output", lambda p, eps: eps[:, :-1] @ p.W2[:-1], "the last output left out", "The last output's error does not go back.", "range(K) already stops before K."),
    Choice("back_not_first_output", lambda p, eps: eps[:, 1:] @ p.W2[1:], "the first output left out", "The first output's error does not go back.", "Python counts from 0."),
    Choice("back_drops_first_column", lambda p, eps: eps @ np.c_[p.W2[:, 1:], p.b2], "the wrong column of [W2 b2]", "The first column of [W2 b2] is dropped where the bias column must be.", "Which column holds the bias?"),
    Choice("back_split_by_weights", lambda p, eps: eps @ (p.W2 / p.W2.sum(1, keepdims=True)), "errors split by w / sum w", "Each error is split among the units in proportion to the weights.", "The chain rule multiplies by the weight itself."),
    Choice("back_split_by_units", lambda p, eps: eps @ (p.W2 / p.W2.sum(0, keepdims=True)), "errors split by w / sum w", "Each error is split in proportion to the weights of a unit.", "The chain rule multiplies by the weight itself."),
    Choice("back_absolute_W2", lambda p, eps: eps @ np.abs(p.W2), "absolute weights", "The absolute values of W2 are used on the way back.", "Weights keep their sign."),
    Choice("back_squared_W2", lambda p, eps: eps @ p.W2**2, "squared weights", "W2 is squared on the way back.", "The chain rule multiplies by the weight itself."),
    Choice("back_W2_summed", lambda p, eps: eps.sum(1, keepdims=True) * p.W2.sum(0), "a product of sums", "Errors and weights are each summed over the outputs before they are multiplied.", "Multiply for each output k, then sum."),
    Choice("back_W2_mean", lambda p, eps: eps.sum(1, keepdims=True) * p.W2.mean(0), "a product with the mean", "The summed errors are multiplied with the mean weight.", "Multiply for each output k, then sum."),
    Choice("back_ones", lambda p, eps: np.ones((p.n, p.N)), "no error goes back", "The errors of the output do not go back at all.", "delta begins with epsilon."),
    Choice("back_weights_only", lambda p, eps: np.repeat(p.W2.sum(0)[None], p.n, 0), "no error goes back", "Only the weights go back, without the errors.", "delta begins with epsilon."),
    Choice("back_sample_sum", lambda p, eps: np.repeat((eps.sum(0) @ p.W2)[None], p.n, 0), "errors summed too early", "The errors are summed over the examples before they go back.", "Each example has its own delta."),
    Choice("back_sample_mean", lambda p, eps: np.repeat((eps.mean(0) @ p.W2)[None], p.n, 0), "errors averaged too early", "The errors are averaged over the examples before they go back.", "Each example has its own delta."),
    Choice("back_cumulated", lambda p, eps: np.cumsum(eps @ p.W2, axis=1), "a running sum over the units", "Each hidden unit also gets the sum of those before it: the sum over the outputs is not set back to 0 for the next unit.", "Set the sum to 0 for each unit."),
    Choice("back_plus_b2", lambda p, eps: eps @ p.W2 + (eps @ p.b2)[:, None], "b2 on the way back", "b2 takes part on the way back; only W2 connects to the hidden units.", "Differentiate equation (3) with respect to h."),
    *[Choice(f"back_new_W2_{eta:g}", lambda p, eps, eta=eta: eps @ (p.W2 - eta * eps.T @ p.h), "W2 updated first", f"W2 is changed by a step (eta = {eta:g}) before the error goes back through it.", "backprop changes nothing: it uses the W2 that forward used.") for eta in (0.02, 0.01, 0.1, 0.05, 0.2, 0.5, 1.0, 0.001)],
]  # fmt: skip

# what the error is multiplied with at the hidden units: sigma'(e1)
SLOPE = [
    Choice("", lambda p, back: p.slope),
    Choice("slope_missing", lambda p, back: np.ones_like(p.h), "sigma' left out", "The slope sigma'(e1) is left out of delta.", "h = sigma(e1): the chain rule needs its derivative."),
    Choice("slope_other", lambda p, back: p.h * (1 - p.h) if p.tanh else 1 - p.h**2, "the other nonlinearity's slope", "The slope is the other nonlinearity's: h (1 - h) for tanh, or 1 - h^2 for the logistic.", "Which nonlinearity does the argument activation name?"),
    Choice("slope_at_e1", lambda p, back: 1 - p.e1**2 if p.tanh else p.e1 * (1 - p.e1), "the formula in h used with e1", "The slope's formula is meant for h, and e1 is put in.", "h (1 - h) and 1 - h^2 take h = sigma(e1)."),
    Choice("slope_other_at_e1", lambda p, back: p.e1 * (1 - p.e1) if p.tanh else 1 - p.e1**2, "the other slope, with e1", "The slope is the other nonlinearity's formula, with e1 put in for h.", "Check formula and argument."),
    Choice("slope_no_square", lambda p, back: 1 - p.h, "1 - h", "The slope is 1 - h: for tanh the square is missing, for the logistic the factor h (or a square in e^-e / (1 + e^-e)^2).", "tanh' = 1 - h^2, logistic' = h (1 - h)."),
    Choice("slope_is_h", lambda p, back: p.h, "h for sigma'", "delta is multiplied by h where the slope sigma'(e1) belongs.", "logistic' = h (1 - h), tanh' = 1 - h^2."),
    Choice("slope_is_h_squared", lambda p, back: p.h**2, "h^2 for sigma'", "delta is multiplied by h^2 where the slope belongs.", "logistic' = h (1 - h), tanh' = 1 - h^2."),
    Choice("slope_is_e1", lambda p, back: p.e1, "e1 for sigma'", "delta is multiplied by e1 where the slope belongs.", "delta needs sigma'(e1)."),
    Choice("slope_sigma_of_h", lambda p, back: 1 - np.tanh(p.h) ** 2 if p.tanh else sigmoid(p.h) * (1 - sigmoid(p.h)), "the slope at h", "The nonlinearity is applied to h once more before the slope is taken: it is sigma'(h), not sigma'(e1).", "h is already sigma(e1)."),
    Choice("slope_squared", lambda p, back: p.slope**2, "sigma' twice", "The slope is applied twice.", "delta has one factor sigma'(e1)."),
    Choice("slope_plus", lambda p, back: 1 + p.h**2 if p.tanh else p.h * (1 + p.h), "a plus for a minus", "The slope has a plus where a minus belongs.", "logistic' = h (1 - h), tanh' = 1 - h^2."),
    Choice("slope_one_minus_squared", lambda p, back: (1 - p.h) ** 2, "(1 - h)^2", "The slope is (1 - h)^2.", "logistic' = h (1 - h), tanh' = 1 - h^2."),
    Choice("slope_h_minus_h_squared_tanh", lambda p, back: p.h - p.h**3 if p.tanh else p.h * (1 - p.h**2), "h (1 - h^2)", "The slope is h (1 - h^2): the two formulas are mixed.", "logistic' = h (1 - h), tanh' = 1 - h^2."),
    Choice("slope_of_back", lambda p, back: (1 - back**2 if p.tanh else back * (1 - back)) / np.where(back == 0, 1, back), "the slope of the error", "The slope is taken of the error that came back, not of e1.", "delta is the error times sigma'(e1)."),
    Choice("slope_at_back", lambda p, back: (1 - np.tanh(back) ** 2 if p.tanh else sigmoid(back) * (1 - sigmoid(back))) / np.where(back == 0, 1, back), "the slope of the error", "The slope is taken of the error that came back, not of e1.", "delta is the error times sigma'(e1)."),
    Choice("slope_times_back_at_back", lambda p, back: 1 - back**2 if p.tanh else back * (1 - back), "the slope at the error", "The slope is taken at the error that came back, not at e1.", "delta is the error times sigma'(e1)."),
    Choice("slope_zero", lambda p, back: np.zeros_like(p.h), "only zeros", "Only zeros come back. The slope may be 0 everywhere (h * 1 - h is 0, because Python multiplies first), or an array is never filled, or cut to whole numbers.", "h * (1 - h) needs its brackets; buffers are made with np.zeros(shape)."),
    Choice("slope_arctan", lambda p, back: 1 / (1 + p.e1**2), "the slope of arctan", "The slope is 1 / (1 + e1^2), that of arctan.", "logistic' = h (1 - h), tanh' = 1 - h^2."),
    Choice("slope_relu", lambda p, back: (p.e1 > 0) * 1.0, "the slope of ReLU", "The slope is that of ReLU (0 or 1).", "This network has the logistic or tanh."),
    Choice("slope_sigma", lambda p, back: p.sigma(p.h), "sigma(h) for sigma'", "sigma is applied where its slope belongs.", "delta needs sigma'(e1)."),
    Choice("slope_inverse", lambda p, back: 1 / p.slope, "divided by sigma'", "The error is divided by the slope; it must be multiplied.", "The chain rule multiplies."),
    Choice("slope_root", lambda p, back: np.sqrt(1 - p.h**2) if p.tanh else np.sqrt(p.h * (1 - p.h)), "the root of the slope", "The root of the slope is taken.", "logistic' = h (1 - h), tanh' = 1 - h^2."),
    Choice("slope_tanh_of_e1_other", lambda p, back: sigmoid(p.e1) * (1 - sigmoid(p.e1)) if p.tanh else 1 - np.tanh(p.e1) ** 2, "the other nonlinearity's slope at e1", "The slope is the other nonlinearity's, computed from e1.", "Which nonlinearity does the argument activation name?"),
    Choice("slope_last_unit", lambda p, back: np.repeat(p.slope[:, -1:], p.N, 1), "one unit's slope for all", "The slope of the last unit is used for all units.", "Each unit has its own slope."),
    Choice("slope_mean", lambda p, back: np.repeat(p.slope.mean(0, keepdims=True), p.n, 0), "a mean slope", "The slope is averaged over the examples.", "Each example has its own slope."),
]  # fmt: skip

# These look at what came back, the others at e1 and h only.
SLOPES_OF_BACK = frozenset({"slope_of_back", "slope_at_back", "slope_times_back_at_back"})

W1_INPUT = [
    Choice("", lambda p: p.x),
    Choice("dW1_from_h", lambda p: p.h, "h for x", "The gradient of W1 is made with h, the input of the second layer, where x belongs.", "W1 multiplies x in equation (1)."),
    Choice("dW1_from_e1", lambda p: p.e1, "e1 for x", "The gradient of W1 is made with e1 where x belongs.", "W1 multiplies x in equation (1)."),
    Choice("dW1_from_sigma_x", lambda p: p.sigma(p.x), "sigma(x) for x", "The nonlinearity is applied to x.", "W1 multiplies x itself."),
    Choice("dW1_from_one", lambda p: np.ones_like(p.x), "x left out", "x is left out of the gradient of W1.", "W1 multiplies x in equation (1)."),
    Choice("dW1_from_x_squared", lambda p: p.x**2, "x^2 for x", "x is squared in the gradient of W1.", "W1 multiplies x in equation (1)."),
    Choice("dW1_from_x_centred", lambda p: p.x - p.x.mean(0), "x centred", "The mean over the examples is taken off x.", "Use x as it is given."),
    Choice("dW1_from_y", lambda p: p.y, "y for x", "The gradient of W1 is made with y where x belongs.", "W1 multiplies x in equation (1)."),
    Choice("dW1_from_x_absolute", lambda p: np.abs(p.x), "absolute inputs", "The absolute values of x are used.", "Inputs keep their sign."),
]  # fmt: skip

# --- update ------------------------------------------------------------------------------------------------------------

# the new parameter from u, its gradient g and eta
UPDATE = [
    Choice("", lambda u, g, eta: u - eta * g),
    Choice("update_uphill", lambda u, g, eta: u + eta * g, "a plus", "The gradient is added: that climbs the loss.", "Descent goes against the gradient."),
    Choice("update_no_eta", lambda u, g, eta: u - g, "eta left out", "eta is left out of the step.", "The step is eta times the gradient."),
    Choice("update_uphill_no_eta", lambda u, g, eta: u + g, "a plus, and eta left out", "The gradient is added, and eta is left out.", "u - eta g."),
    Choice("update_nothing", lambda u, g, eta: u, "not updated", "This parameter is returned as it was.", "Every parameter takes a step, biases too."),
    Choice("update_only_step", lambda u, g, eta: -eta * g, "only the step", "The old parameter is left out: only the step is returned.", "The new parameter is the old one plus the step."),
    Choice("update_only_step_plus", lambda u, g, eta: eta * g, "only the step", "Only eta times the gradient is returned.", "The new parameter is the old one minus that."),
    Choice("update_gradient", lambda u, g, eta: g, "the gradient", "The gradient is returned instead of the parameter.", "u - eta g."),
    Choice("update_reversed", lambda u, g, eta: eta * g - u, "the difference reversed", "The difference is reversed.", "u - eta g."),
    Choice("update_eta_divides", lambda u, g, eta: u - g / eta, "divided by eta", "The gradient is divided by eta; it must be multiplied.", "A small eta makes a small step."),
    Choice("update_eta_squared", lambda u, g, eta: u - eta**2 * g, "eta twice", "eta is applied twice.", "One factor eta."),
    Choice("update_brackets", lambda u, g, eta: (u - eta) * g, "missing brackets", "The step is (u - eta) g.", "u - (eta g)."),
    Choice("update_scaled_u", lambda u, g, eta: u * (1 - eta * g), "u times the step", "The step is multiplied by the parameter.", "u - eta g."),
    Choice("update_eta_outside", lambda u, g, eta: eta * (u - g), "eta outside", "eta multiplies the whole difference.", "Only the gradient is multiplied by eta."),
    Choice("update_sign", lambda u, g, eta: u - eta * np.sign(g), "only the sign", "Only the sign of the gradient is used.", "The step is eta times the gradient."),
    Choice("update_absolute", lambda u, g, eta: u - eta * np.abs(g), "the absolute gradient", "The absolute value of the gradient is used.", "Gradients keep their sign."),
    Choice("update_squared", lambda u, g, eta: u - eta * g**2, "the squared gradient", "The gradient is squared.", "The step is eta times the gradient."),
    Choice("update_normalised", lambda u, g, eta: u - eta * g / np.linalg.norm(g), "a gradient of length one", "The gradient is divided by its length.", "The step is eta times the gradient."),
    Choice("update_twice", lambda u, g, eta: u - 2 * eta * g, "two steps", "The step is taken twice.", "One step a call."),
    Choice("update_mean", lambda u, g, eta: u - eta * g.mean(), "a mean gradient", "The mean of the gradient is used for every entry.", "Each entry has its own gradient."),
    Choice("update_sum", lambda u, g, eta: u - eta * g.sum(), "a summed gradient", "The sum of the gradient is used for every entry.", "Each entry has its own gradient."),
    Choice("update_half", lambda u, g, eta: u - eta * g / 2, "half a step", "Half the step is taken.", "The step is eta times the gradient."),
    Choice("update_rows", lambda u, g, eta: u - eta * g / len(g), "divided by a size", "The step is divided by the parameter's first size.", "The step is eta times the gradient; 1/n is in the gradient already."),
    Choice("update_clipped", lambda u, g, eta: u - eta * np.clip(g, -0.5, 0.5), "a clipped gradient", "The gradient is clipped.", "The step is eta times the gradient."),
    Choice("update_transposed", lambda u, g, eta: (u - eta * g).T, "transposed", "The new parameter is transposed.", "It has the shape of the old one."),
    Choice("update_truncated", lambda u, g, eta: np.trunc(u - eta * g), "whole numbers", "The new parameters are cut to whole numbers.", "Keep float64."),
]  # fmt: skip

# --- any array ----------------------------------------------------------------------------------------------------------


def _zeroed(index: Any) -> Callable[[Array], Array]:
    def zeroed(a: Array) -> Array:
        a = a.copy()
        a[index] = 0
        return a

    return zeroed


# what may have been done to an answer that is otherwise right
ALTERED = [
    Choice("truncated", np.trunc, "whole numbers", "The numbers are cut to whole numbers, as an integer array does.", "Make buffers with np.zeros(shape), which are float64; zeros_like takes over the type of its argument."),
    Choice("rounded", np.round, "rounded", "The numbers are rounded to whole numbers.", "Keep all digits."),
    Choice("rounded_3", lambda a: np.round(a, 3), "rounded", "The numbers are rounded to 3 decimals.", "Keep all digits."),
    Choice("rounded_2", lambda a: np.round(a, 2), "rounded", "The numbers are rounded to 2 decimals.", "Keep all digits."),
    Choice("rounded_4", lambda a: np.round(a, 4), "rounded", "The numbers are rounded to 4 decimals.", "Keep all digits."),
    Choice("rounded_1", lambda a: np.round(a, 1), "rounded", "The numbers are rounded to 1 decimal.", "Keep all digits."),
    Choice("absolute_values", np.abs, "absolute values", "The signs are lost: absolute values come back.", "Numbers keep their sign."),
    Choice("zeros", np.zeros_like, "zeros", "Only zeros come back: the array is made and never filled, or always set back.", "Look for a loop that does not run, or an assignment to another name."),
    Choice("last_column_zero", _zeroed((..., -1)), "the last column is not filled", "The last entry along the last axis is 0: a loop stops one too early.", "range(m) already stops before m."),
    Choice("last_row_zero", _zeroed(-1), "the last row is not filled", "The last entry along the first axis is 0: a loop stops one too early.", "range(m) already stops before m."),
    Choice("first_column_zero", _zeroed((..., 0)), "the first column is not filled", "The first entry along the last axis is 0: a loop starts one too late.", "Python counts from 0."),
    Choice("first_row_zero", _zeroed(0), "the first row is not filled", "The first entry along the first axis is 0: a loop starts one too late.", "Python counts from 0."),
    Choice("rows_are_last", lambda a: np.repeat(a[-1:], len(a), 0), "every row is the last", "Every row holds the values of the last one: perhaps one list or row object is used for all.", "Make a new row for each."),
    Choice("rows_are_first", lambda a: np.repeat(a[:1], len(a), 0), "every row is the first", "Every row holds the values of the first one.", "Each row has its own values."),
    Choice("first_row_only", lambda a: a[:1], "only the first row", "Only the first row comes back: perhaps the return stands inside the loop.", "Look at the indentation of return."),
    Choice("reversed_rows", lambda a: a[::-1], "reversed", "The entries come back in reversed order along the first axis.", "Keep the order."),
    Choice("reversed_columns", lambda a: a[..., ::-1], "reversed", "The entries come back in reversed order along the last axis.", "Keep the order."),
    Choice("no_negatives", lambda a: np.maximum(a, 0), "no negative numbers", "Negative numbers are set to 0.", "Numbers keep their sign."),
    Choice("squared", lambda a: a**2, "squared", "The numbers are squared.", "Compare with the equation."),
    Choice("unit_length", lambda a: a / np.linalg.norm(a), "divided by its length", "The array is divided by its own length.", "Return it as it is."),
    Choice("centred", lambda a: a - a.mean(0), "the mean taken off", "The mean along the first axis is taken off.", "Return it as it is."),
    Choice("sign_only", np.sign, "only the signs", "Only the signs come back.", "Return the numbers themselves."),
    Choice("row_added", lambda a: a[None], "an axis too much", "There is an axis of length 1 too much in front.", "Compare the shape with the contract."),
    Choice("column_added", lambda a: a[..., None], "an axis too much", "There is an axis of length 1 too much at the end.", "Compare the shape with the contract."),
    Choice("flattened", lambda a: a.ravel() if a.ndim > 1 else None, "flattened", "The array is flattened to one axis.", "Compare the shape with the contract."),
]  # fmt: skip
