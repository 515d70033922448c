"""What an exception means: from the student's line, the name in the message, and whose value it is."""

from __future__ import annotations

import ast
from collections.abc import Callable

from autograder.asking.battery import ACTIVATIONS
from autograder.diagnosis.exceptions import calls, fitting, names, values
from autograder.diagnosis.exceptions.failed import Failed as Failed
from autograder.diagnosis.exceptions.failed import quoted


def exception(failed: Failed) -> str:
    """What an exception means; empty if nothing is known about it."""
    try:
        if failed.nodes(ast.Raise) and not failed.error.is_a("NameError"):  # it says what the program wants it to say
            asks = any(activation in failed.error.message for activation in ACTIVATIONS)
            return f"the grader asks with {quoted(ACTIVATIONS)}." if asks else ""
        found = (family(failed) for family in _FAMILIES)
        return next((text for text in found if text), "") or _BY_TYPE.get(failed.error.type, "")
    except (RecursionError, MemoryError):  # an expression too deep to be read
        return ""


def _by_message(failed: Failed) -> str:
    return next((meaning for pattern, meaning in _BY_MESSAGE if failed.find(pattern)), "")


_FAMILIES: tuple[Callable[[Failed], str], ...] = (
    names.module,
    names.name,
    names.unbound,
    calls.arguments,
    calls.not_callable,
    values.key,
    values.index,
    values.attribute,
    values.file,
    values.unpacked,
    values.operand,
    fitting.misfit,
    _by_message,
)
_BY_MESSAGE = (
    (r"destination is read-only|output array is read-only",
     "this array can't be written into: the arguments must stay as they are, and what np.broadcast_to gives is shared. "
     "Make a new array instead."),
    (r"truth value of an array",
     "an array can't be true or false as a whole. For a choice entry by entry use np.where."),
    (r"only (length-1|size-1|0-dimensional) arrays",
     "a function for one number, such as math.exp or float, gets an array. Use the function of NumPy."),
    (r"Cannot cast ufunc.* to dtype\('u?int",
     "the array holds whole numbers and can't take fractions. Make it of floats, or make a new array."),
    (r"cannot reshape array", "a reshape must keep the number of entries."),
    (r"bitwise_xor' not supported|unsupported operand type\(s\) for \^",
     "^ is no power in Python: write ** for it."),
    (r"unsupported format string passed to numpy.ndarray", "a format such as :.3f takes one number, not an array."),
    (r"unhashable type: 'numpy.ndarray'", "an array can't be a key of a dict or an argument of a cached function."),
    (r"can't start new thread", "a submission can't start threads or processes. Compute it in the function itself."),
    (r"NoneType", "a value is None where a number or an array is needed, often from a function without a return."),
    (r"inhomogeneous", "the parts have different shapes, so they make no array."),
    (r"setting an array element with a sequence", "one place of an array gets more than one number."),
    (r"Cannot interpret '.*' as a data type", "a shape is one tuple: np.zeros((N, D))."),
    (r"axis -?\d+ is out of bounds", "the array has fewer axes than that axis needs."),
    (r"float\w*' object cannot be interpreted as an integer|indices must be of integer|indices must be .* not \S*float",
     "a whole number is needed here; / gives a fraction, // a whole number."),
    (r"cannot be interpreted as an integer|expected a sequence of integers", "a whole number is needed here."),
    (r"only integers, slices", "an array is indexed with whole numbers and slices."),
    (r"except for the concatenation axis",
     "the arrays differ in size along another axis than the one they are joined at."),
    (r"(list|tuple) indices must be integers.* not tuple",
     "a list or a tuple has one index in each bracket: a[i][j]. An array has a[i, j]."),
    (r"(list|tuple|string) indices must be integers.* not '?str",
     "a list, a tuple or a text is used like a dict."),
)  # fmt: skip
_BY_TYPE = {
    "UnboundLocalError": "a variable is used that has no value at that point.",
    "FloatingPointError": "NumPy is told (np.seterr, np.errstate) to raise an error where it would go on. Otherwise an "
                          "overflow in np.exp gives inf, and 1 / (1 + inf) is 0, as it should be.",
    "RuntimeWarning": "the program turns warnings into errors; otherwise this one would only be printed.",
    "OverflowError": "a number is too large for Python's own numbers, as in math.exp. np.exp gives inf instead, and "
                     "1 / (1 + inf) is 0, as it should be.",
    "MemoryError": "the program asked for more memory than it may use (512 MB).",
    "RecursionError": "a function calls itself without end, or too many times: about 1,000 are allowed.",
    "SystemExit": "the function ends the program with exit(). It must return instead.",
    "EOFError": "the program asks for input, and nobody is there to type it.",
    "AssertionError": "an assert did not hold.",
    "ZeroDivisionError": "something is divided by the number 0.",
}  # fmt: skip
