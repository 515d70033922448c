"""Mistakes in backprop: the errors epsilon and delta, and the gradients that are made from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.mistakes.activations import Array
from autograder.mistakes.network import Inputs, Operator
from autograder.mistakes.operators.families import Formula, Other, changed, instead, kept, softmax
from autograder.mistakes.operators.forward import RESHAPE

# --- epsilon, times n -------------------------------------------------------------------------------------------------

EPSILON_IS = "epsilon = (yhat - y) / n."
LINEAR = "The output is linear, so its slope is 1. Look at equation (3): is there a sigma?"


def error(key: str, formula: Formula, short: str, reason: str, hint: str = EPSILON_IS) -> Operator:
    return Operator(key, formula, short, reason, hint)


EPSILON = [
    error(key="error_yhat_only", formula=lambda p: p.yhat, short="y left out", reason="epsilon is made without y."),
    error(key="error_y_only", formula=lambda p: p.y, short="yhat left out", reason="epsilon is made without yhat."),
    error(key="error_sum", formula=lambda p: p.yhat + p.y, short="y + yhat",
          reason="y and yhat are added where the difference belongs."),
    error(key="error_product", formula=lambda p: p.yhat * p.y, short="y times yhat",
          reason="y and yhat are multiplied where the difference belongs."),
    error(key="error_inverted", formula=lambda p: p.n**2 / (p.yhat - p.y), short="n / (yhat - y)",
          reason="n is divided by the error: numerator and denominator are exchanged."),
    error(key="error_without_b2", formula=lambda p: p.yhat - p.b2 - p.y, short="yhat without b2",
          reason="b2 is missing in yhat, as when yhat is computed again without it.", hint="Use the argument yhat."),
    *changed(
        "the error",
        {"squared": "error_squared", "absolute": "error_absolute", "sign": "error_sign", "centred": "error_centred",
         "clipped": "error_clipped", "normalised": "error_normalised", "rows_normalised": "error_rows_normalised"},
        lambda f: lambda p: f(p.yhat - p.y), EPSILON_IS,
    ),
    error(key="error_output_slope", formula=lambda p: (p.yhat - p.y) * p.slope(p.yhat), short="a slope at the output",
          reason="The error is multiplied by sigma' at the output.", hint=LINEAR),
    error(key="error_output_slope_e2", formula=lambda p: (p.yhat - p.y) * p.slope(p.sigma(p.yhat)),
          short="a slope at the output", reason="The error is multiplied by a slope of the output.", hint=LINEAR),
    error(key="error_softmax", formula=lambda p: softmax(p.yhat) - p.y, short="softmax minus y",
          reason="A softmax is applied to yhat; the output is linear."),
    error(key="error_sigma_yhat", formula=lambda p: p.sigma(p.yhat) - p.y, short="sigma(yhat) - y",
          reason="The nonlinearity is applied to yhat; the output is linear."),
    error(key="error_rows_meaned", formula=lambda p: np.repeat((p.yhat - p.y).mean(1, keepdims=True), p.K, 1),
          short="the mean over the outputs", reason="The errors of one example are averaged over the outputs.",
          hint="Each output k has its own epsilon."),
    error(key="error_brackets", formula=lambda p: p.n * p.yhat - p.y, short="missing brackets",
          reason="Only y is divided by n: yhat - y / n needs brackets."),
    error(key="error_brackets_yhat", formula=lambda p: p.yhat - p.n * p.y, short="missing brackets",
          reason="Only yhat is divided by n: yhat / n - y needs brackets."),
]  # fmt: skip

SAMPLES = kept(
    "example", {"not_last": "samples_not_last", "not_first": "samples_not_first", "last": "samples_last",
                "first": "samples_first"},
    lambda s: lambda p: s,
)  # fmt: skip

# --- from an error to the gradients of a layer ------------------------------------------------------------------------

CHAIN = "W2 multiplies h in equation (3), and nothing stands between W2 and the output."
W2_INPUT = [
    *instead(
        "h", "The gradient of W2", CHAIN,
        Other(key="dW2_from_e1", by="e1", formula=lambda p: p.e1),
        Other(key="dW2_from_x", by="x", formula=lambda p: p.x),
        Other(key="dW2_from_slope", by="sigma'", formula=lambda p: p.slope(p.h)),
        Other(key="dW2_from_h_slope", by="h sigma'", formula=lambda p: p.h * p.slope(p.h)),
        Other(key="dW2_from_sigma_h", by="sigma(h)", formula=lambda p: p.sigma(p.h)),
        Other(key="dW2_from_one", by="1", formula=lambda p: np.ones_like(p.h)),
        Other(key="dW2_from_h_squared", by="h^2", formula=lambda p: p.h**2),
    ),
    *changed("h", {"centred": "dW2_from_h_centred"}, lambda f: lambda p: f(p.h)),
]  # fmt: skip
W1_INPUT = [
    *instead(
        "x", "The gradient of W1", "W1 multiplies x in equation (1).",
        Other(key="dW1_from_h", by="h", formula=lambda p: p.h),
        Other(key="dW1_from_e1", by="e1", formula=lambda p: p.e1),
        Other(key="dW1_from_sigma_x", by="sigma(x)", formula=lambda p: p.sigma(p.x)),
        Other(key="dW1_from_one", by="1", formula=lambda p: np.ones_like(p.x)),
        Other(key="dW1_from_x_squared", by="x^2", formula=lambda p: p.x**2),
        Other(key="dW1_from_y", by="y", formula=lambda p: p.y),
    ),
    *changed(
        "x", {"centred": "dW1_from_x_centred", "absolute": "dW1_from_x_absolute"}, lambda f: lambda p: f(p.x)
    ),
]  # fmt: skip

EACH = "Multiply for each example, then sum over the examples."
PRODUCT = [
    Operator(key="transposed", formula=lambda p, err, inp: inp.T @ err, short="the transposed gradient",
             reason="The gradient is transposed.", hint="A gradient has the shape of its parameter."),
    Operator(key="reshaped", formula=lambda p, err, inp: (inp.T @ err).reshape(err.shape[1], inp.shape[1]),
             short="reshape for transpose", hint=RESHAPE,
             reason="The transposed gradient is brought to the right shape with reshape, which mixes its entries."),
    Operator(key="per_sample", formula=lambda p, err, inp: err[:, :, None] * inp[:, None, :],
             short="one gradient per example", hint=EACH,
             reason="There is one gradient for each example; they are not summed."),
    Operator(key="of_sums", formula=lambda p, err, inp: np.outer(err.sum(0), inp.sum(0)), short="a product of sums",
             reason="Errors and inputs are summed over the examples before they are multiplied.", hint=EACH),
    Operator(key="of_sum_and_mean", formula=lambda p, err, inp: np.outer(err.sum(0), inp.mean(0)), hint=EACH,
             short="a product with the mean", reason="The summed error is multiplied by the mean input."),
    *changed("the gradient", {"absolute": "absolute"}, lambda f: lambda p, err, inp: f(err.T @ inp)),
    Operator(key="largest", formula=lambda p, err, inp: (err[:, :, None] * inp[:, None, :]).max(0), hint=EACH,
             short="the largest over the examples", reason="The largest contribution is taken, not the sum."),
    Operator(key="product_plus_one", formula=lambda p, err, inp: err.T @ inp + 1, short="a sum that begins at 1",
             reason="The sum over the examples begins at 1.", hint="A sum begins at 0."),
]  # fmt: skip

OVER_EXAMPLES = "Sum over the examples only: one number for each unit, in a vector."
INPUT_ONE = "A bias has the input 1: its gradient is the sum of the errors."


def total(key: str, formula: Formula, short: str, reason: str, hint: str = OVER_EXAMPLES) -> Operator:
    return Operator(key, formula, short, reason, hint)


BIAS = [
    total(key="bias_total", formula=lambda p, err, inp: err.sum(), short="one total",
          reason="All errors are summed to one number, as when the axis is missing in a sum."),
    total(key="bias_total_filled", formula=lambda p, err, inp: np.full(err.shape[1], err.sum()),
          short="one total for all",
          reason="Every bias gets the sum of all errors, as when the axis is missing in a sum."),
    total(key="bias_wrong_axis", formula=lambda p, err, inp: err.sum(1), short="the wrong axis",
          reason="The errors are summed over the units, not over the examples."),
    total(key="bias_column", formula=lambda p, err, inp: err.sum(0)[:, None], short="a column",
          reason="The bias gradient is a column of shape (units, 1)."),
    total(key="bias_row", formula=lambda p, err, inp: err.sum(0)[None, :], short="a row",
          reason="The bias gradient is a row of shape (1, units), as from keepdims, np.matrix or [None, :]."),
    total(key="bias_not_summed", formula=lambda p, err, inp: err, short="not summed",
          reason="The errors are not summed over the examples."),
    total(key="bias_from_weights", formula=lambda p, err, inp: (err.T @ inp).sum(1), short="from the weight gradient",
          reason="The bias gradient is made from the weight gradient, by summing its rows.", hint=INPUT_ONE),
    total(key="bias_from_weights_mean", formula=lambda p, err, inp: (err.T @ inp).mean(1),
          short="from the weight gradient", hint=INPUT_ONE,
          reason="The bias gradient is made from the weight gradient, by the mean of its rows."),
    total(key="bias_first_weight", formula=lambda p, err, inp: (err.T @ inp)[:, 0],
          short="a column of the weight gradient", hint=INPUT_ONE,
          reason="The bias gradient is the first column of the weight gradient."),
    total(key="bias_last_weight", formula=lambda p, err, inp: (err.T @ inp)[:, -1],
          short="a column of the weight gradient", hint=INPUT_ONE,
          reason="The bias gradient is the last column of the weight gradient."),
    *changed("the bias gradient", {"absolute": "bias_absolute"}, lambda f: lambda p, err, inp: f(err.sum(0))),
    *changed(
        "the errors", {"absolute": "bias_of_absolute", "squared": "bias_squared"},
        lambda f: lambda p, err, inp: f(err).sum(0),
    ),
    total(key="bias_largest", formula=lambda p, err, inp: err.max(0), short="the largest",
          reason="The largest error is taken, not the sum."),
    total(key="bias_product", formula=lambda p, err, inp: err.prod(0), short="a product of the errors",
          reason="The errors are multiplied where they must be added.", hint="np.sum adds; np.prod multiplies."),
    total(key="bias_plus_one", formula=lambda p, err, inp: err.sum(0) + 1, short="a sum that begins at 1",
          reason="The sum over the examples begins at 1.", hint="A sum begins at 0."),
    total(key="bias_cumulated", formula=lambda p, err, inp: np.cumsum(err.sum(0)), short="a running sum",
          reason="Each bias also gets the sum of those before it, as when a variable is not set back to 0.",
          hint="Set the sum to 0 for each unit."),
    total(key="bias_zero", formula=lambda p, err, inp: np.zeros(err.shape[1]), short="zero",
          reason="The bias gradient is zero."),
    *kept(
        "example", {"last": "bias_last_example", "first": "bias_first_example"},
        lambda s: lambda p, err, inp: err[s].sum(0),
    ),
]  # fmt: skip

# --- delta: the error at the hidden units, times the slope ------------------------------------------------------------

WEIGHT = "Hidden unit j is to blame by its weights: multiply by W2[k, j] and sum over the outputs k."
OWN_DELTA = "Each example has its own delta."


def spread(row: Array, rows: int) -> Array:
    """The same row for every example."""
    return np.repeat(row[None], rows, 0)


def back(key: str, formula: Formula, short: str, reason: str, hint: str = WEIGHT) -> Operator:
    return Operator(key, formula, short, reason, hint)


def new_W2(eta: float) -> Operator:
    return back(
        key=f"back_new_W2_{eta:g}", formula=lambda p, eps: eps @ (p.W2 - eta * eps.T @ p.h), short="W2 updated first",
        reason=f"W2 takes a step (eta = {eta:g}) before the error goes back through it.",
        hint="backprop changes nothing: it uses the W2 that forward used.",
    )  # fmt: skip


BACK = [
    back(key="back_W2_transposed", formula=lambda p, eps: eps @ p.W2.T, short="W2 transposed",
         reason="W2 is transposed on the way back; with examples in rows, epsilon @ W2 needs no .T.",
         hint="Write the shapes (n, K) and (K, N) beside the product."),
    back(key="back_W2_reshaped", formula=lambda p, eps: eps @ p.W2.T.reshape(p.K, p.N), short="W2 reshaped",
         reason="W2 is brought to its shape with reshape.", hint=RESHAPE),
    back(key="back_without_W2", formula=lambda p, eps: np.repeat(eps.sum(1, keepdims=True), p.N, 1),
         short="W2 left out", reason="Every hidden unit gets the plain sum of the output errors: W2 is left out."),
    back(key="back_mean_without_W2", formula=lambda p, eps: np.repeat(eps.mean(1, keepdims=True), p.N, 1),
         short="W2 left out", reason="Every hidden unit gets the mean output error: W2 is left out."),
    *kept(
        "output", {"first": "back_first_output", "last": "back_last_output", "first_two": "back_two_outputs",
                   "not_last": "back_not_last_output", "not_first": "back_not_first_output"},
        lambda s: lambda p, eps: eps[:, s] @ p.W2[s],
    ),
    back(key="back_drops_first_column", formula=lambda p, eps: eps @ np.c_[p.W2[:, 1:], p.b2],
         short="the wrong column of [W2 b2]", hint="Which column holds the bias?",
         reason="The first column of [W2 b2] is dropped where the bias column must be."),
    back(key="back_split_by_weights", formula=lambda p, eps: eps @ (p.W2 / p.W2.sum(1, keepdims=True)),
         short="errors split by w / sum w", reason="Each error is split among the units in proportion to the weights."),
    back(key="back_split_by_units", formula=lambda p, eps: eps @ (p.W2 / p.W2.sum(0, keepdims=True)),
         short="errors split by w / sum w", reason="Each error is split in proportion to the weights of a unit."),
    *changed(
        "W2", {"absolute": "back_absolute_W2", "squared": "back_squared_W2"}, lambda f: lambda p, eps: eps @ f(p.W2),
        WEIGHT,
    ),
    back(key="back_W2_summed", formula=lambda p, eps: eps.sum(1, keepdims=True) * p.W2.sum(0),
         short="a product of sums",
         reason="Errors and weights are each summed over the outputs before they are multiplied."),
    back(key="back_W2_mean", formula=lambda p, eps: eps.sum(1, keepdims=True) * p.W2.mean(0),
         short="a product with the mean", reason="The summed errors are multiplied by the mean weight."),
    back(key="back_ones", formula=lambda p, eps: np.ones((p.n, p.N)), short="no error goes back",
         reason="The errors of the output do not go back at all.", hint="delta begins with epsilon."),
    back(key="back_weights_only", formula=lambda p, eps: spread(p.W2.sum(0), p.n), short="no error goes back",
         reason="Only the weights go back, without the errors.", hint="delta begins with epsilon."),
    back(key="back_sample_sum", formula=lambda p, eps: spread(eps.sum(0) @ p.W2, p.n), hint=OWN_DELTA,
         short="errors summed too early", reason="The errors are summed over the examples before they go back."),
    back(key="back_sample_mean", formula=lambda p, eps: spread(eps.mean(0) @ p.W2, p.n), hint=OWN_DELTA,
         short="errors averaged too early", reason="The errors are averaged over the examples before they go back."),
    back(key="back_cumulated", formula=lambda p, eps: np.cumsum(eps @ p.W2, axis=1),
         short="a running sum over the units", hint="Set the sum to 0 for each unit.",
         reason="Each hidden unit also gets the sum of those before it, as when a sum is not set back to 0."),
    back(key="back_plus_b2", formula=lambda p, eps: eps @ p.W2 + (eps @ p.b2)[:, None], short="b2 on the way back",
         reason="b2 takes part on the way back; only W2 connects to the hidden units.",
         hint="Differentiate equation (3) with respect to h."),
    *[new_W2(eta) for eta in (0.02, 0.01, 0.1, 0.05, 0.2, 0.5, 1.0, 0.001)],
]  # fmt: skip

SLOPES = "logistic' = h (1 - h), tanh' = 1 - h^2, with h = sigma(e1)."
WHICH = "Which nonlinearity does the argument activation name?"


def at_hidden(key: str, formula: Callable[[Inputs], Any], short: str, reason: str, hint: str = SLOPES) -> Operator:
    return Operator(key, lambda p, back: formula(p), short, reason, hint)


def of_error(key: str, formula: Callable[[Inputs, Array], Any], divided: bool) -> Operator:
    """A slope that is taken of the error that comes back; `divided`: it is not multiplied by that error as well."""
    return Operator(
        key=key, short="the slope of the error", hint="delta is the error times sigma'(e1).",
        formula=lambda p, back: formula(p, back) / (np.where(back == 0, 1, back) if divided else 1.0),
        reason="The slope is taken of the error that comes back, not of e1.",
    )  # fmt: skip


SLOPE = [
    at_hidden(key="slope_missing", formula=lambda p: np.ones_like(p.h), short="sigma' left out",
              reason="The slope sigma'(e1) is left out of delta.",
              hint="h = sigma(e1): the chain rule needs its derivative."),
    at_hidden(key="slope_other", formula=lambda p: p.other.slope(p.h), short="the other nonlinearity's slope",
              hint=WHICH,
              reason="The slope is the other nonlinearity's: h (1 - h) for tanh, or 1 - h^2 for the logistic."),
    at_hidden(key="slope_at_e1", formula=lambda p: p.slope(p.e1), short="the formula in h used with e1",
              reason="The slope's formula is meant for h, and e1 is put in."),
    at_hidden(key="slope_other_at_e1", formula=lambda p: p.other.slope(p.e1), short="the other slope, with e1",
              reason="The slope is the other nonlinearity's formula, with e1 put in for h.", hint=WHICH),
    at_hidden(key="slope_no_square", formula=lambda p: 1 - p.h, short="1 - h",
              reason="The slope is 1 - h: a square or the factor h is missing."),
    *[
        at_hidden(key=key, formula=formula, short=f"{by} for sigma'", reason=f"{by} stands where the slope belongs.")
        for key, by, formula in (
            ("slope_is_h", "h", lambda p: p.h), ("slope_is_h_squared", "h^2", lambda p: p.h**2),
            ("slope_is_e1", "e1", lambda p: p.e1), ("slope_sigma", "sigma(h)", lambda p: p.sigma(p.h)),
            ("slope_one_minus_squared", "(1 - h)^2", lambda p: (1 - p.h) ** 2),
            ("slope_h_minus_h_squared_tanh", "h (1 - h^2)", lambda p: p.h * (1 - p.h**2)),
        )
    ],
    at_hidden(key="slope_sigma_of_h", formula=lambda p: p.slope(p.sigma(p.h)), short="the slope at h",
              reason="The nonlinearity is applied to h once more before the slope is taken: it is sigma'(h), not "
                     "sigma'(e1)."),
    *[
        at_hidden(key=key, formula=formula, short=f"sigma': {what}", reason=f"The slope is {what}.",
                  hint="The chain rule multiplies by sigma'(e1), once.")
        for key, what, formula in (
            ("slope_squared", "applied twice", lambda p: p.slope(p.h) ** 2),
            ("slope_inverse", "in the denominator", lambda p: 1 / p.slope(p.h)),
            ("slope_root", "under a root", lambda p: np.sqrt(p.slope(p.h))),
        )
    ],
    Operator(key="slope_plus", short="a plus for a minus", reason="The slope has a plus where a minus belongs.",
             hint=SLOPES, formula=lambda p, back: 1 + p.h**2 if p.activation.name == "tanh" else p.h * (1 + p.h),
             activations=("logistic", "tanh")),
    Operator(key="slope_cosh", formula=lambda p, back: 1 / (4 * np.cosh(p.e1) ** 2), activations=("logistic",),
             hint=SLOPES, short="cosh(e1) for cosh(e1 / 2)",
             reason="The slope is 1 / (4 cosh(e1)^2); cosh(e1 / 2) belongs there."),
    of_error(key="slope_of_back", formula=lambda p, back: p.slope(back), divided=True),
    of_error(key="slope_at_back", formula=lambda p, back: p.slope(p.sigma(back)), divided=True),
    of_error(key="slope_times_back_at_back", formula=lambda p, back: p.slope(back), divided=False),
    at_hidden(key="slope_zero", formula=lambda p: np.zeros_like(p.h), short="only zeros",
              reason="Only zeros come back. The slope may be 0 everywhere (h * 1 - h is 0, because Python multiplies "
                     "first), or an array is never filled, or cut to whole numbers.",
              hint="h * (1 - h) needs its brackets; buffers are made with np.zeros(shape)."),
    at_hidden(key="slope_arctan", formula=lambda p: 1 / (1 + p.e1**2), short="the slope of arctan",
              reason="The slope is 1 / (1 + e1^2), that of arctan."),
    at_hidden(key="slope_relu", formula=lambda p: (p.e1 > 0) * 1.0, short="the slope of ReLU",
              reason="The slope is that of ReLU (0 or 1).", hint=WHICH),
    Operator(key="slope_relu_of_h", formula=lambda p, back: (p.h > 0) * 1.0, short="the slope of ReLU", joint=True,
             reason="The slope is that of ReLU, taken at h: it is 1 wherever h > 0.", hint=WHICH),
    at_hidden(key="slope_tanh_of_e1_other", formula=lambda p: p.other.slope(p.other.sigma(p.e1)), hint=WHICH,
              short="the other nonlinearity's slope at e1",
              reason="The slope is the other nonlinearity's, computed from e1."),
    at_hidden(key="slope_last_unit", formula=lambda p: np.repeat(p.slope(p.h)[:, -1:], p.N, 1),
              short="one unit's slope for all", reason="The slope of the last unit is used for all units.",
              hint="Each unit has its own slope."),
    at_hidden(key="slope_mean", formula=lambda p: spread(p.slope(p.h).mean(0), p.n), short="a mean slope",
              reason="The slope is averaged over the examples.", hint="Each example has its own slope."),
]  # fmt: skip

OPERATORS = {
    "epsilon": EPSILON, "samples": SAMPLES, "back": BACK, "slope": SLOPE,
    "W2 input": W2_INPUT, "W2 product": PRODUCT, "b2 sum": BIAS,
    "W1 input": W1_INPUT, "W1 product": PRODUCT, "b1 sum": BIAS,
}  # fmt: skip
