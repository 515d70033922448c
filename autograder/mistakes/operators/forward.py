"""Mistakes in forward: the excitation e1, the activation h, the output yhat."""

from __future__ import annotations

import numpy as np

from autograder.mistakes.activations import Array, sigmoid
from autograder.mistakes.network import Inputs, Operator
from autograder.mistakes.operators.families import Formula, Other, changed, instead, kept, softmax

BRING_SHAPES = "Write the shapes of both matrices beside the product: which axis do you sum over?"
RESHAPE = "Swapping the two axes is what .T does; reshape keeps the order in memory and mixes the weights."
EMPTY = "or it is 0 because an array is never filled or is cut to whole numbers."

E1_PRODUCT = [
    Operator(key="W1_not_transposed", formula=lambda p: p.x @ p.W1, short="W1 without .T", hint=BRING_SHAPES,
             reason="e1 is computed as x @ W1, without the transpose."),
    Operator(key="W1_reshaped", formula=lambda p: p.x @ p.W1.reshape(p.D, p.N), short="W1 reshaped", hint=RESHAPE,
             reason="W1 is brought to the shape (D, N) with reshape."),
    *kept(
        "input", {"first_two": "inputs_first_two", "first": "inputs_first", "not_last": "inputs_not_last",
                  "not_first": "inputs_not_first"},
        lambda s: lambda p: p.x[:, s] @ p.W1[:, s].T,
    ),
    *changed(
        "x", {"centred": "inputs_centred", "rows_normalised": "inputs_scaled", "standard": "inputs_standard"},
        lambda f: lambda p: f(p.x) @ p.W1.T,
    ),
    Operator(key="no_product", formula=lambda p: np.zeros((p.n, p.N)), short="no product",
             reason=f"Only the bias is in e1: the product with W1 is left out, {EMPTY}",
             hint="e1 adds the weighted inputs to the bias."),
    *changed("W1", {"absolute": "W1_absolute"}, lambda f: lambda p: p.x @ f(p.W1).T),
    Operator(key="W1_product_subtracted", formula=lambda p: -(p.x @ p.W1.T), short="the product subtracted",
             reason="The product with W1 has the wrong sign.", hint="Look at the sign before the product."),
]  # fmt: skip


def bias(name: str, where: str) -> list[Operator]:
    """What may be done with the bias `name` in the equation of `where`."""

    def b(p: Inputs) -> Array:
        array: Array = getattr(p, name)
        return array

    def filled(key: str, what: str, number: Formula) -> Operator:
        return Operator(
            key=f"{name}_{key}", formula=lambda p: np.full_like(b(p), number(b(p))), short=f"{what} for all",
            reason=f"{what} is added to every unit.", hint=f"{name} is a vector: each unit has its own bias.",
        )  # fmt: skip

    def times(key: str, times: str, number: Formula, hint: str) -> Operator:
        return Operator(
            key=f"{name}_{key}", formula=lambda p: number(p) * b(p), short=f"{name} {times}", hint=hint,
            reason=f"The bias {name} is {times} in {where}.",
        )  # fmt: skip

    once = "Add the bias once, outside the loop over the sum."
    return [
        times("missing", "not added", lambda p: 0, "Compare your line with the equation, term by term."),
        times("subtracted", "subtracted", lambda p: -1, "Look at the sign before the bias."),
        times("twice", "added twice", lambda p: 2, "Is a line copied, or is the bias part of the product as well?"),
        filled("first", f"{name}[0]", lambda b: b[0]),
        filled("mean", f"The mean of {name}", lambda b: b.mean()),
        filled("sum", f"The sum of {name}", lambda b: b.sum()),
        Operator(key=f"{name}_reversed", formula=lambda p: b(p)[::-1], short=f"{name} reversed",
                 reason=f"{name} is added in reversed order.", hint="Unit j has bias j."),
        times("times_n", "added n times, once for each example,", lambda p: p.n, once),
        times("in_sum", "added inside the sum, once for each term,", lambda p: p.D if name == "b1" else p.N, once),
    ]  # fmt: skip


SIGN = "What must h be for a large positive e1?"
NAMED = "Use the nonlinearity that the argument activation names."
LOGISTIC, TANH = ("logistic",), ("tanh",)

ACTIVATION = [
    Operator(key="sigma_swapped", formula=lambda p, e: p.other.sigma(e), short="the other nonlinearity",
             reason='The other nonlinearity is used: logistic for "tanh", or tanh for "logistic".',
             hint='Check the test on activation: `if kind == "a" or "b"` is always true.'),
    Operator(key="logistic_no_minus", formula=lambda p, e: sigmoid(-e), activations=LOGISTIC,
             short="exp(e) for exp(-e)",
             reason="h is 1 - logistic(e1), as with exp(e1) for exp(-e1): it falls where it should rise.", hint=SIGN),
    Operator(key="tanh_negative", formula=lambda p, e: np.tanh(-e), activations=TANH, short="tanh with the wrong sign",
             reason="tanh has the wrong sign.", hint=SIGN),
    Operator(key="identity", formula=lambda p, e: e, short="no nonlinearity", hint="h = sigma(e1).",
             reason="h is e1 itself: the nonlinearity is not applied."),
    Operator(key="sigma_twice", formula=lambda p, e: p.sigma(p.sigma(e)), short="the nonlinearity twice",
             reason="The nonlinearity is applied twice.", hint="h = sigma(e1), once."),
    Operator(key="sigma_of_absolute", formula=lambda p, e: p.sigma(np.abs(e)), short="|e1| for e1",
             reason="The nonlinearity is applied to the absolute value of e1.", hint="sigma needs the sign of e1."),
    Operator(key="slope_for_sigma", formula=lambda p, e: p.slope(p.sigma(e)), short="the slope for the value",
             reason="h holds the slope sigma'(e1) in place of sigma(e1).", hint="The slope belongs to backprop."),
    Operator(key="sigma_half", formula=lambda p, e: p.sigma(e / 2), short="e1 / 2 for e1",
             reason="The nonlinearity is applied to e1 / 2.",
             hint="logistic(e) = (1 + tanh(e/2)) / 2: which did you mean?"),
    Operator(key="sigma_double", formula=lambda p, e: p.sigma(2 * e), short="2 e1 for e1",
             reason="The nonlinearity is applied to 2 e1.", hint="tanh(e) = 2 logistic(2e) - 1: which did you mean?"),
    Operator(key="relu", formula=lambda p, e: np.maximum(e, 0), short="ReLU", reason="h is max(e1, 0), the ReLU.",
             hint=NAMED),
    Operator(key="step", formula=lambda p, e: (e > 0) * 1.0, short="the unit step",
             reason="h is the unit step (0 or 1).", hint="The logistic is the smooth form of the step."),
    Operator(key="signum", formula=lambda p, e: np.sign(e), short="the signum",
             reason="h is the sign of e1 (-1, 0 or 1).", hint="tanh is the smooth form of the signum."),
    Operator(key="exp", formula=lambda p, e: np.exp(np.minimum(e, 700.0)), short="exp(e1)", reason="h is exp(e1).",
             hint="1 / (1 + exp(-e1)) needs all its parts, and its brackets."),
    Operator(key="logistic_precedence", formula=lambda p, e: 1 + np.exp(-e), activations=LOGISTIC,
             short="missing brackets", reason="h is 1 + exp(-e1), which is what Python makes of 1 / 1 + exp(-e1).",
             hint="Put 1 + exp(-e1) in brackets."),
    Operator(key="logistic_one_minus", formula=lambda p, e: 1 / (1 - np.exp(-e)), activations=LOGISTIC,
             short="1 - exp(-e)", reason="The logistic has 1 - exp(-e1) in the denominator; it must be 1 + exp(-e1).",
             hint="What must h be for e1 = 0?"),
    Operator(key="logistic_exp2", formula=lambda p, e: 1 / (1 + np.exp2(-e)), activations=LOGISTIC,
             short="2^(-e) for e^(-e)", reason="The logistic has a power of 2 where a power of e belongs.",
             hint="np.exp is the exponential function."),
    Operator(key="tanh_logistic_shift", formula=lambda p, e: 2 * sigmoid(e) - 1, activations=LOGISTIC,
             short="2 logistic(e) - 1", reason="h is 2 logistic(e1) - 1, which is tanh(e1 / 2).",
             hint="tanh(e) = 2 logistic(2e) - 1."),
    Operator(key="tanh_inverted", formula=lambda p, e: 1 / np.tanh(e), activations=TANH, short="1 / tanh",
             reason="h is 1 / tanh(e1).", hint="Numerator and denominator are exchanged."),
    Operator(key="tanh_no_division", formula=lambda p, e: np.sinh(e) * 2, activations=TANH, short="only the numerator",
             reason="h is e^e1 - e^-e1: the division by e^e1 + e^-e1 is missing.", hint="tanh is a quotient."),
    Operator(key="softmax", formula=lambda p, e: softmax(e), short="softmax", reason="h is a softmax over the units.",
             hint="Each unit has its own sigma(e1), whatever the others do."),
    Operator(key="arctan", formula=lambda p, e: np.arctan(e), short="arctan", reason="h is arctan(e1).", hint=NAMED),
    Operator(key="tan", formula=lambda p, e: np.tan(e), short="tan", reason="h is tan(e1).", hint=NAMED),
    *changed("h", {"rounded": "h_rounded", "truncated": "h_truncated"}, lambda f: lambda p, e: f(p.sigma(e))),
]  # fmt: skip

YHAT_PRODUCT = [
    Operator(key="W2_not_transposed", formula=lambda p, e, h: h @ p.W2, short="W2 without .T", hint=BRING_SHAPES,
             reason="yhat is computed as h @ W2, without the transpose."),
    Operator(key="W2_reshaped", formula=lambda p, e, h: h @ p.W2.reshape(p.N, p.K), short="W2 reshaped", hint=RESHAPE,
             reason="W2 is brought to the shape (N, K) with reshape."),
    *instead(
        "h", "yhat", "The output layer sees the activations h themselves.",
        Other(key="yhat_from_e1", by="e1", formula=lambda p, e, h: e @ p.W2.T),
        Other(key="h_sigma_again", by="sigma(h)", formula=lambda p, e, h: p.sigma(h) @ p.W2.T),
    ),
    *kept(
        "hidden unit", {"not_last": "units_not_last", "not_first": "units_not_first"},
        lambda s: lambda p, e, h: h[:, s] @ p.W2[:, s].T,
    ),
    *changed("W2", {"absolute": "W2_absolute"}, lambda f: lambda p, e, h: h @ f(p.W2).T),
    *changed("h", {"centred": "h_centred"}, lambda f: lambda p, e, h: f(h) @ p.W2.T),
    Operator(key="no_W2_product", formula=lambda p, e, h: np.zeros((p.n, p.K)), short="no product",
             reason=f"Only the bias is in yhat: the product with W2 is left out, {EMPTY}",
             hint="yhat adds the weighted activations to the bias."),
    Operator(key="units_mean", formula=lambda p, e, h: h @ p.W2.T / p.N, short="mean over the units",
             reason="The mean over the hidden units is taken where the sum belongs.",
             hint="Sum over j; don't divide by N."),
    Operator(key="W2_product_subtracted", formula=lambda p, e, h: -(h @ p.W2.T), short="the product subtracted",
             reason="The product with W2 has the wrong sign.", hint="Look at the sign before the product."),
]  # fmt: skip

LINEAR = "Output nodes are linear here: yhat is the sum as it is."
YHAT_SQUASH = [
    Operator(key="output_squashed", formula=lambda p, o: p.sigma(o), short="a nonlinear output", hint=LINEAR,
             reason="The nonlinearity is applied to the output as well."),
    Operator(key="output_logistic", formula=lambda p, o: sigmoid(o), activations=TANH, short="a logistic output",
             hint=LINEAR, reason="The logistic is applied to the output."),
    *changed(
        "the output",
        {"softmax": "output_softmax", "relu": "output_relu", "absolute": "output_absolute", "clipped": "output_clipped",
         "clipped_01": "output_clipped_01", "truncated": "output_truncated", "rounded": "output_rounded",
         "rows_normalised": "output_normalised"},
        lambda f: lambda p, o: f(o), LINEAR,
    ),
]  # fmt: skip

OPERATORS = {
    "e1 product": E1_PRODUCT, "e1 bias": bias("b1", "e1"), "h": ACTIVATION, "yhat product": YHAT_PRODUCT,
    "yhat bias": bias("b2", "yhat"), "yhat squash": YHAT_SQUASH,
}  # fmt: skip
