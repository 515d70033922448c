"""Call a function of neural_net.py, compare what it gives, and say in words what is wrong."""

import numpy as np
import pytest

from checking.examples import strange_layout

try:
    import neural_net
except SystemExit:
    words = "neural_net.py ends the program when it is imported: put exit() below  if __name__ == '__main__':"
    raise ImportError(words) from None

NAMES = ["W1", "b1", "W2", "b2"]
TOLERANCE = 1e-6
__tracebackhide__ = True  # pytest shows your lines, not these


def fail(words):
    """Fail with these words and no traceback."""
    pytest.fail(words, pytrace=False)


# Call -----------------------------------------------------------------------------------------------------------------


def run(name, *arguments):
    """Call one function on copies of the arguments, so that no test can spoil the next."""
    function = getattr(neural_net, name, None)
    if function is None:
        fail(f"neural_net.py has no function {name}. Was it renamed?")
    return function(*copied(arguments))


def copied(value):
    """Copy arrays, and dicts and tuples of them, into plain ones."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(map(copied, value))
    return value.copy() if isinstance(value, np.ndarray) else value


def forward(*arguments):
    """Call forward and see that three things come back."""
    result = run("forward", *arguments)
    if not isinstance(result, tuple) or len(result) != 3:
        fail(f"forward returned {kind(result)}, expected the tuple (e1, h, yhat).{no_return(result)}")
    return result


def loss(*arguments):
    """Call loss."""
    return run("loss", *arguments)


def backprop(*arguments):
    """Call backprop and see that the four gradients come back."""
    return four("backprop", run("backprop", *arguments))


def update(*arguments):
    """Call update and see that the four parameters come back."""
    return four("update", run("update", *arguments))


def four(function, result):
    """See that the result is a dict with the keys W1, b1, W2, b2."""
    if not isinstance(result, dict):
        fail(f"{function} returned {kind(result)}, expected a dict.{no_return(result)}")
    missing = [name for name in NAMES if name not in result]
    if missing:
        fail(f"{function}: the dict has no {' and no '.join(missing)}; its keys are {list(result)}.")
    return result


# Compare --------------------------------------------------------------------------------------------------------------


def check(what, received, expected, formula, slips=None):
    """See that an array is right: type, shape, finite, values.

    formula says how it is found; slips maps what may have gone wrong to the numbers that this would give.
    """
    if not isinstance(received, np.ndarray):
        fail(f"{what} is {kind(received)}, expected an array of shape {expected.shape}.{no_return(received)}")
    if received.shape != expected.shape:
        turned = received.shape == expected.shape[::-1]
        hint = "\nIt is transposed: rows are examples, and a gradient has its parameter's shape." if turned else ""
        fail(f"{what} has shape {received.shape}, expected {expected.shape}.{hint}")
    if received.dtype != np.float64:
        fail(f"{what} holds {received.dtype}, expected float64.")
    size = np.linalg.norm(expected) or 1.0
    difference = np.abs(received - expected)
    if np.linalg.norm(difference) <= TOLERANCE * size:
        return
    wrong = np.sum(~(difference <= TOLERANCE * size / np.sqrt(difference.size)))
    worst = np.argmax(np.where(np.isfinite(difference), difference, np.inf))
    index = [int(i) for i in np.unravel_index(worst, difference.shape)]
    fail(
        f"{what} is wrong in {wrong} of {difference.size} entries. The worst is {index}:\n"
        f"    received  {received.flat[worst]:.6g}\n"
        f"    expected  {expected.flat[worst]:.6g}\n" + likely(received, expected, formula, slips)
    )


def check_number(what, received, expected, formula, slips=None):
    """See that a float is right, and give it back."""
    if not isinstance(received, (float, np.floating)):
        fail(f"{what} is {kind(received)}, expected a float.{no_return(received)}")
    if not abs(received - expected) <= TOLERANCE * abs(expected):
        fail(
            f"{what} is wrong:\n    received  {received:.6g}\n    expected  {expected:.6g}\n"
            + likely(np.array(received), np.array(expected), formula, slips)
        )
    return float(received)


def check_strange_layout(name, *arguments):
    """See that read-only arrays in Fortran order get the same answer."""
    plain = run(name, *arguments)
    strange = getattr(neural_net, name)(*strange_layout(arguments))
    if not same(plain, strange, exact=False):
        fail(
            f"{name}: another answer for read-only arrays in Fortran order. Look for ravel, reshape, view and strides."
        )


def check_leaves_alone(name, *arguments):
    """See that a call does not change what it was given."""
    given = copied(arguments)
    getattr(neural_net, name)(*given)
    for position, (before, after) in enumerate(zip(arguments, given, strict=True), start=1):
        for key in before if isinstance(before, dict) else [None]:
            old, new = (before, after) if key is None else (before[key], after.get(key))
            if not np.array_equal(old, new):
                which = f"argument {position}" + ("" if key is None else f", entry {key!r}")
                fail(f"{name} changed its {which}. Look for +=, -=, *= and out=; make a new array instead.")


def check_repeats(name, arguments, others):
    """See that an answer does not depend on earlier calls, and is not changed by later ones."""
    first = run(name, *arguments)
    kept = copied(first)
    run(name, *others)
    if not same(first, kept):
        fail(f"{name}: its result was changed by a later call. Make a new array or dict in every call.")
    if not same(run(name, *arguments), kept):
        fail(f"{name}: with the same arguments, another result. Is something kept between calls, or random?")


# Words ----------------------------------------------------------------------------------------------------------------


def likely(received, expected, formula, slips):
    """Name the slip that gives exactly these numbers; if none does, recall the formula."""
    if not np.all(np.isfinite(received)):
        return f"Not finite: something overflowed, or was divided by 0.\nThe formula: {formula}."
    for slip, numbers in (slips or {}).items():
        if np.allclose(received, np.reshape(numbers, received.shape), rtol=1e-6, atol=1e-8):
            return f"Likely reason: {slip}.\nThe formula: {formula}."
    words = f"The formula: {formula}."
    if np.any(expected):
        factor = float(np.sum(received * expected) / np.sum(expected * expected))
        if factor and np.allclose(received, factor * expected, rtol=1e-6, atol=1e-9):
            words = f"It is {factor:.6g} times the right one: look at sign and factors, such as 1/n.\n{words}"
    return words


def kind(value):
    """Name what came back."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)} items"
    return f"of type {type(value).__name__}"


def no_return(value):
    """Recall the return line."""
    return " Is the line with return missing?" if value is None else ""


def same(one, other, exact=True):
    """Compare two results of one function, whatever they are made of."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key], exact) for key in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(same(*pair, exact) for pair in zip(one, other, strict=True))
    return np.array_equal(one, other) if exact else np.allclose(one, other, rtol=1e-9, atol=1e-12)
