"""Call your functions, and see that they return what they should: types, keys and shapes."""

import copy

import numpy as np

from checking import student_code
from checking.explain import describe, letters, written
from checking.public_inputs import LETTERED
from checking.student_code import Problem

NAMES = ["W1", "b1", "W2", "b2"]
SHAPES = {"e1": "nN", "h": "nN", "yhat": "nK", "W1": "ND", "b1": "N", "W2": "KN", "b2": "K"}
EACH = {"n": "example", "D": "input", "N": "hidden unit", "K": "output"}


def forward(*arguments):
    """Call forward; see that three arrays of the right shapes come back."""
    result = student_code.call("forward", *arguments)
    if not isinstance(result, tuple) or len(result) != 3:
        raise Problem(f"forward returned {describe(result)}, expected the tuple (e1, h, yhat).{no_return(result)}")
    see_shapes("forward", arguments, dict(zip(["e1", "h", "yhat"], result, strict=True)))
    return result


def loss(*arguments):
    """Call loss; see that a float comes back."""
    result = student_code.call("loss", *arguments)
    if not isinstance(result, (float, np.floating)):
        raise Problem(f"loss returned {describe(result)}, expected a float.{no_return(result)}")
    return float(result)


def backprop(*arguments, parts=NAMES):
    """Call backprop; see that these gradients come back."""
    return four("backprop", arguments, parts)


def update(*arguments):
    """Call update; see that the four parameters come back."""
    return four("update", arguments, NAMES)


def four(function, arguments, parts):
    """Call a function; see that a dict with these keys comes back, with arrays of the right shapes."""
    result = student_code.call(function, *arguments)
    if not isinstance(result, dict):
        raise Problem(f"{function} returned {describe(result)}, expected a dict.{no_return(result)}")
    missing = [part for part in parts if part not in result]
    if missing:
        keys = ", ".join(map(repr, result)) or "none"
        raise Problem(f"{function}: the dict has no {' and no '.join(missing)}. Its keys: {keys}.")
    see_shapes(function, arguments, {part: result[part] for part in parts})
    return result


def no_return(value):
    """Recall the return line."""
    return " Is the line with return missing?" if value is None else ""


def see_shapes(function, arguments, parts):
    """See that every part is an array of float64 with its shape."""
    sizes = student_code.sizes_of(function, arguments)
    for part, received in parts.items():
        expected = tuple(sizes[letter] for letter in SHAPES[part])
        if not isinstance(received, np.ndarray):
            hint = "\nDoes a sum lack its axis?" if isinstance(received, np.number) else ""
            raise Problem(f"{function}: {part} is {describe(received)}, expected an array of shape {expected}.{hint}")
        if received.shape != expected:
            raise Problem(wrong_shape(function, arguments, part, received.shape, expected))
        if received.dtype != np.float64:
            raise Problem(f"{function}: {part} holds {received.dtype}, expected float64.")


def wrong_shape(function, arguments, part, received, expected):
    """Say which shape came back instead, in letters where they fit."""
    words = received_letters(function, arguments, part)
    said = f", that is {written(words)}" if words and len(words) == len(received) else ""
    lines = [f"{function}: {part} has shape {received}{said}; expected {expected}, that is {written(SHAPES[part])}."]
    one, other = ([size for size in shape if size != 1] for shape in (received, expected))
    if words and len(words) == 2 and words == list(SHAPES[part])[::-1]:
        lines.append("It is transposed: rows are examples, and a gradient has the shape of its parameter.")
    elif words and len(words) == len(SHAPES[part]) == 1 and words[0] in EACH:
        has, wanted = EACH[words[0]], EACH[SHAPES[part]]
        lines.append(f"It has one number for each {has}, not for each {wanted}. Does a sum run over the wrong axis?")
    elif received == ():
        lines.append("It is a single number. Does a sum lack its axis?")
    elif one == other:
        lines.append(f"An axis of size 1 is {'missing' if len(received) < len(expected) else 'too many'}.")
    return "\n".join(lines)


def received_letters(function, arguments, part):
    """Find the shape of a part in letters, by a call with four different sizes; None when they don't fit."""
    try:
        result = student_code.call(function, *copy.deepcopy(student_code.lettered(function, arguments)))
        if isinstance(result, tuple):
            result = dict(zip(["e1", "h", "yhat"], result, strict=True))
        return letters(np.shape(result[part]), LETTERED.sizes)
    except (Problem, LookupError, TypeError, ValueError):
        return None
