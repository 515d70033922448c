"""Mistakes in the loss.  A formula gives 2n times the loss, from d = y - yhat; constant factors are found beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.mistakes.activations import Array
from autograder.mistakes.network import Operator
from autograder.mistakes.operators.families import changed, kept

SQUARES = "The equation has squares: subtract, square, then sum."
NO_ROOT = "The equation has no root, and 1/(2n)."
DIFFERENCE = "The error is y - yhat."


def root(mean: Callable[[Array, int], Any]) -> Callable[..., Any]:
    """The formula of a loss that is the root of some mean."""
    return lambda p, d: 2 * p.n * np.sqrt(mean(d * d, p.n))


def median(a: Array) -> float:
    """The median; np.median would import numpy.ma, which takes longer than a whole diagnosis."""
    ordered = np.sort(a)
    return float(ordered[(len(a) - 1) // 2] + ordered[len(a) // 2]) / 2


def of_either_sign(key: str, formula: Callable[..., Any], short: str, reason: str) -> list[Operator]:
    """A mistake that has no right sign, since it is odd in y - yhat: one mistake with either."""
    formulas = {key: formula, f"{key}_negative": lambda p, d: -formula(p, d)}
    return [Operator(name, one, short, reason, SQUARES) for name, one in formulas.items()]


LOSS = [
    Operator(key="loss_of_norms", formula=lambda p, d: np.sqrt((d * d).sum(1)).sum(), short="lengths, not squared",
             reason="The lengths of the errors are summed, not their squares.", hint=SQUARES),
    Operator(key="loss_of_norm", formula=lambda p, d: np.sqrt((d * d).sum()), short="the norm, not squared",
             reason="The square of the norm is missing: np.linalg.norm takes a root.", hint=SQUARES),
    Operator(key="loss_root", formula=root(lambda squares, n: squares.sum() / (2 * n)), short="the root of the loss",
             reason="The root of the loss is returned.", hint=NO_ROOT),
    Operator(key="loss_rmse", formula=root(lambda squares, n: squares.sum() / n), short="RMSE", hint=NO_ROOT,
             reason="The root of the mean squared error (RMSE) is returned."),
    Operator(key="loss_rmse_all", formula=root(lambda squares, n: squares.mean()), short="RMSE", hint=NO_ROOT,
             reason="The root of the mean over all n K squares (RMSE) is returned."),
    *changed("the errors", {"absolute": "loss_absolute"}, lambda f: lambda p, d: f(d).sum(), SQUARES),
    Operator(key="loss_square_of_sum", formula=lambda p, d: d.sum() ** 2, short="the square of the sum",
             reason="The errors are summed first and squared then.", hint=SQUARES),
    Operator(key="loss_rows_summed_first", formula=lambda p, d: (d.sum(1) ** 2).sum(), hint=SQUARES,
             short="the square of each row's sum",
             reason="The errors of one example are summed over k before they are squared (or all of d d^T is summed)."),
    Operator(key="loss_columns_summed_first", formula=lambda p, d: (d.sum(0) ** 2).sum(), hint=SQUARES,
             short="the square of each column's sum",
             reason="The errors are summed over the examples before they are squared (or all of d^T d is summed)."),
    *kept(
        "example", {"first": "loss_first_example", "last": "loss_last_example", "not_first": "loss_not_first",
                    "not_last": "loss_not_last"},
        lambda s: lambda p, d: (d[s] ** 2).sum(),
    ),
    *kept(
        "output", {"first": "loss_first_output", "last": "loss_last_output", "not_last": "loss_not_last_output",
                   "not_first": "loss_not_first_output", "first_two": "loss_two_outputs"},
        lambda s: lambda p, d: (d[:, s] ** 2).sum(),
    ),
    *of_either_sign("loss_not_squared", lambda p, d: d.sum(), short="not squared",
                    reason="The errors are not squared."),
    Operator(key="loss_cubed", formula=lambda p, d: (np.abs(d) ** 3).sum(), short="cubes",
             reason="Third powers are summed.", hint=SQUARES),
    Operator(key="loss_fourth", formula=lambda p, d: (d**4).sum(), short="squared twice", hint=SQUARES,
             reason="The errors are squared twice."),
    Operator(key="loss_largest", formula=lambda p, d: (d * d).max(), short="the largest error",
             reason="Only the largest square counts.", hint="Sum over all examples and outputs."),
    Operator(key="loss_product", formula=lambda p, d: (d * d).prod(), short="a product of the squares",
             reason="The squares are multiplied where they must be added.", hint="np.sum adds; np.prod multiplies."),
    Operator(key="loss_spectral", formula=lambda p, d: np.linalg.norm(d, 2) ** 2, short="a matrix norm",
             reason="np.linalg.norm(..., 2) of a matrix is its largest singular value, not the root of the sum of "
                    "squares.", hint="Sum the squares, or give norm an axis."),
    Operator(key="loss_sum_signs", formula=lambda p, d: ((p.y + p.yhat) ** 2).sum(), short="y + yhat", hint=DIFFERENCE,
             reason="y and yhat are added where the difference belongs."),
    *of_either_sign("loss_squares_apart", lambda p, d: (p.y**2 - p.yhat**2).sum(), short="y^2 - yhat^2",
                    reason="y and yhat are squared before they are subtracted."),
    Operator(key="loss_of_products", formula=lambda p, d: (p.y * p.yhat).sum(), short="y times yhat", hint=DIFFERENCE,
             reason="y and yhat are multiplied with each other."),
    Operator(key="loss_of_yhat", formula=lambda p, d: (p.yhat**2).sum(), short="y left out", hint=DIFFERENCE,
             reason="The targets y are left out."),
    Operator(key="loss_of_y", formula=lambda p, d: (p.y**2).sum(), short="yhat left out", hint=DIFFERENCE,
             reason="The outputs yhat are left out."),
    Operator(key="loss_plus_one", formula=lambda p, d: (d * d).sum() + 1, short="a sum that begins at 1",
             reason="The sum of the squares begins at 1.", hint="A sum begins at 0."),
    Operator(key="loss_median", formula=lambda p, d: median((d * d).sum(1)), short="the median",
             reason="The median over the examples is taken.", hint="Sum over all examples."),
    Operator(key="loss_truncated", formula=lambda p, d: 2 * p.n * np.trunc((d * d).sum() / (2 * p.n)),
             short="a whole number", reason="The loss is cut to a whole number.",
             hint="// and int() cut; / keeps the digits."),
    *changed("the errors", {"truncated": "loss_floats_in_parts"}, lambda f: lambda p, d: (f(d) ** 2).sum()),
    *changed("the errors", {"centred": "loss_variance"}, lambda f: lambda p, d: (f(d) ** 2).sum()),
    Operator(key="loss_variance_all", formula=lambda p, d: ((d - d.mean()) ** 2).sum(), short="the variance",
             reason="The mean error is subtracted first: this is a variance.", hint="Use the errors as they are."),
]  # fmt: skip

OPERATORS = {"loss": LOSS}
