"""What may have been done to a part of an answer that is right otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes.activations import Array
from autograder.mistakes.network import Operator
from autograder.mistakes.operators.families import BUFFERS, Formula, changed

SHAPE = "Compare the shape with the contract."


def done(key: str, formula: Formula, short: str, reason: str, hint: str = "Return the array as it is.") -> Operator:
    return Operator(key, lambda p, array: formula(array), short, reason, hint)


def zeroed(index: Any) -> Formula:
    def zero(array: Array) -> Array:
        array = array.copy()
        array[index] = 0
        return array

    return zero


def unfilled(end: str, one: str, index: Any) -> Operator:
    late = "Python counts from 0." if end == "first" else "range(m) already stops before m."
    return done(
        key=f"{end}_{one}_zero", formula=zeroed(index), short=f"the {end} {one} is 0", hint=late,
        reason=f"The {end} entry along the {'last' if one == 'column' else 'first'} axis is 0, "
               f"as when a loop or a slice {'starts one too late' if end == 'first' else 'stops one too early'}.",
    )  # fmt: skip


def rounded(digits: int) -> Operator:
    return done(
        key=f"rounded_{digits}", formula=lambda a: np.round(a, digits), short="rounded", hint="Keep all digits.",
        reason=f"The numbers are rounded to {digits} decimal{'s' * (digits > 1)}.",
    )  # fmt: skip


ARRAY = [
    *changed(
        "the array",
        {"truncated": "truncated", "rounded": "rounded", "absolute": "absolute_values", "relu": "no_negatives",
         "squared": "squared", "normalised": "unit_length", "centred": "centred", "sign": "sign_only"},
        lambda f: lambda p, array: f(array),
    ),
    *[rounded(digits) for digits in (3, 2, 4, 1)],
    done(key="zeros", formula=np.zeros_like, short="zeros", hint=f"Look for a loop that does not run. {BUFFERS}",
         reason="Only zeros come back, as from an array that is made and never filled, or always set back."),
    unfilled("last", "column", (..., -1)), unfilled("last", "row", -1),
    unfilled("first", "column", (..., 0)), unfilled("first", "row", 0),
    done(key="rows_are_last", formula=lambda a: np.repeat(a[-1:], len(a), 0), short="every row is the last",
         reason="Every row holds the values of the last one, as when one list or row object is used for all.",
         hint="Make a new row for each."),
    done(key="rows_are_first", formula=lambda a: np.repeat(a[:1], len(a), 0), short="every row is the first",
         reason="Every row holds the values of the first one.", hint="Each row has its own values."),
    done(key="first_row_only", formula=lambda a: a[:1], short="only the first row",
         reason="Only the first row comes back.", hint="Is the return inside the loop?"),
    done(key="reversed_rows", formula=lambda a: a[::-1], short="reversed",
         reason="The entries come back in reversed order along the first axis."),
    done(key="reversed_columns", formula=lambda a: a[..., ::-1], short="reversed",
         reason="The entries come back in reversed order along the last axis."),
    done(key="row_added", formula=lambda a: a[None], short="one axis too many", hint=SHAPE,
         reason="There is an extra axis of length 1 in front."),
    done(key="column_added", formula=lambda a: a[..., None], short="one axis too many", hint=SHAPE,
         reason="There is an extra axis of length 1 at the end."),
    done(key="flattened", formula=lambda a: a.ravel() if a.ndim > 1 else None, short="flattened", hint=SHAPE,
         reason="The array is flattened to one axis."),
]  # fmt: skip

OPERATORS = {"array": ARRAY}
