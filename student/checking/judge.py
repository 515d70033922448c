"""Call your functions, compare what they return, and say in plain words what is wrong."""

import copy
import itertools
import math

import numpy as np
import pytest

from checking import results, student_code
from checking.explain import last_place
from checking.public_inputs import LETTERED, draw, laid_out
from checking.slopes import measured_slopes
from checking.student_code import Problem

__tracebackhide__ = True  # pytest shows your lines, not these
ARGUMENTS = {
    "forward": ("x", "params", "activation"),
    "loss": ("yhat", "y"),
    "backprop": ("x", "y", "params", "e1", "h", "yhat", "activation"),
    "update": ("params", "grads", "eta"),
}
TOLERANCE = 1e-6
ROUNDING = 1e-14  # what may be left of numbers that cancel; no right answer is as small but 0


def fail(words):
    """Fail with these words and no traceback."""
    raise pytest.fail.Exception(words, pytrace=False) from None


# Call -----------------------------------------------------------------------------------------------------------------


def without_traceback(function, *arguments, **options):
    """Call a function; fail with the words of a Problem."""
    try:
        return function(*arguments, **options)
    except Problem as problem:
        fail(str(problem))


def call(name, *arguments):
    """Call one function of neural_net.py with these very arguments."""
    return without_traceback(student_code.call, name, *arguments)


# These call a function on copies of the arguments, so that no test can spoil the next.


def forward(*arguments):
    """Call forward; see that three arrays of the right shapes come back."""
    return without_traceback(results.forward, *copy.deepcopy(arguments))


def loss(*arguments):
    """Call loss; see that a float comes back."""
    return without_traceback(results.loss, *copy.deepcopy(arguments))


def backprop(*arguments, parts=results.NAMES):
    """Call backprop; see that these gradients come back."""
    return without_traceback(results.backprop, *copy.deepcopy(arguments), parts=parts)


def update(*arguments):
    """Call update; see that the four parameters come back."""
    return without_traceback(results.update, *copy.deepcopy(arguments))


# Compare --------------------------------------------------------------------------------------------------------------


def check(function, part, received, expected, formula, mistakes=None, arguments=(), note=""):
    """See that the numbers of an array are right.

    formula says how they are found.  mistakes maps what may have gone wrong to the numbers that it gives.  With the
    arguments of the call more can be said about a wrong result.
    """
    size = np.linalg.norm(expected) or 1.0
    difference = np.abs(received - expected)
    if np.linalg.norm(difference) <= max(TOLERANCE * size, ROUNDING):
        return
    wrong = np.sum(~(difference <= TOLERANCE * size / np.sqrt(difference.size)))
    worst = np.argmax(np.where(np.isfinite(difference), difference, np.inf))
    index = ", ".join(str(int(i)) for i in np.unravel_index(worst, difference.shape))
    fail(
        f"{function}: {part}{f' ({note})' if note else ''} is wrong in {wrong} of {difference.size} entries.\n"
        f"    entry     [{index}]\n"
        f"    received  {received.flat[worst]:.6g}\n"
        f"    expected  {expected.flat[worst]:.6g}\n"
        + (reason(function, received, expected, mistakes, arguments) or "")
        + f"The formula: {formula}."
    )


def check_loss(arguments, expected, formula, mistakes=None, note=""):
    """Call loss; see that its float is right."""
    received = loss(*arguments)
    check_number(f"loss{f' ({note})' if note else ''}", received, expected, formula, mistakes, arguments)
    return received


def check_number(what, received, expected, formula, mistakes=None, arguments=()):
    """See that a float is right."""
    if abs(received - expected) <= TOLERANCE * abs(expected):
        return
    why = reason("loss", np.array(received), np.array(expected), mistakes, arguments)
    fail(
        f"{what} is wrong.\n    received  {received:.6g}\n    expected  {expected:.6g}\n{why or ''}"
        f"The formula: {formula}."
    )


def check_strange_layout(name, *arguments):
    """See that read-only arrays in Fortran order get the same answer."""
    plain = call(name, *copy.deepcopy(arguments))
    try:
        strange = student_code.call(name, *laid_out(arguments))
    except Problem as problem:
        fail(f"With read-only arrays in Fortran order (columns one after another in memory) {problem}")
    if not same(plain, strange, exact=False):
        fail(f"{name}: another answer for arrays in Fortran order. Look for ravel, reshape, view and strides.")


def check_keeps_arguments(name, *arguments):
    """See that a call does not change what it was given."""
    given = copy.deepcopy(arguments)
    call(name, *given)
    for argument, before, after in zip(ARGUMENTS[name], arguments, given, strict=False):  # activation may be left out
        for key in before if isinstance(before, dict) else [None]:
            old, new = (before, after) if key is None else (before[key], after.get(key))
            if not np.array_equal(old, new):
                which = argument if key is None else f'{argument}["{key}"]'
                fail(f"{name} changed {which}. Look for +=, -=, *= and out=; make a new array instead.")


def check_repeats(name, arguments, others):
    """See that an answer does not depend on earlier calls, and that no later call changes it."""
    first = call(name, *copy.deepcopy(arguments))
    kept = copy.deepcopy(first)
    call(name, *copy.deepcopy(others))
    if not same(first, kept):
        fail(f"{name}: a later call changed its result. Make a new array or dict in every call.")
    if not same(call(name, *copy.deepcopy(arguments)), kept):
        fail(f"{name}: another result for the same arguments. Is something kept between calls, or random?")


def same(one, other, exact=True):
    """Compare two results of one function, whatever they are made of."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key], exact) for key in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(same(*pair, exact) for pair in zip(one, other, strict=True))
    return np.array_equal(one, other) if exact else np.allclose(one, other, rtol=1e-9, atol=1e-12)


# Reasons --------------------------------------------------------------------------------------------------------------


def reason(function, received, expected, mistakes, arguments):
    """Say what is known about wrong numbers, or None.  Each sentence is checked before it is said."""
    if not np.all(np.isfinite(received)):
        return not_finite(function, received, arguments)
    if function == "loss" and arguments and (factor := factor_of_the_loss(received, expected, arguments)):
        return factor
    for mistake, numbers in (mistakes or {}).items():
        if np.allclose(received, np.reshape(numbers, received.shape), rtol=1e-6, atol=1e-8):
            return f"The numbers fit this mistake: {mistake}.\n"
    if arguments and (stopped := stops_at_other_sizes(function, arguments)):
        return stopped
    if np.count_nonzero(expected) > 1:
        factor = float(np.sum(received * expected) / np.sum(expected * expected))
        if factor and np.allclose(received, factor * expected, rtol=1e-6, atol=1e-9):
            return f"Every entry is {factor:.6g} times the expected one: look at the sign and at factors such as 1/n.\n"
    return None


def not_finite(function, received, arguments):
    """Say that there is nan or infinity, and in which line it comes up first."""
    words = f"{np.sum(~np.isfinite(received))} of {received.size} entries are nan or infinite.\n"
    for kind in ("invalid", "over", "divide") if arguments else ():
        try:
            with np.errstate(**{"all": "ignore", kind: "raise"}):
                getattr(student_code.module(), function)(*copy.deepcopy(arguments))
        except FloatingPointError as error:
            _, line = last_place(error, student_code.FILE)
            return f"{words}It begins in line {line} of neural_net.py: {error}.\n" if line else words
        except Exception:
            return words
    return words


def stops_at_other_sizes(function, arguments):
    """Say so when the function stops as soon as all four sizes differ."""
    try:
        student_code.call(function, *copy.deepcopy(student_code.lettered(function, arguments)))
    except Problem as problem:
        sizes = ", ".join(f"{letter} = {size}" for letter, size in LETTERED.sizes.items())
        return f"And with {sizes}: {problem}\n"
    return None


def factor_of_the_loss(received, expected, arguments):
    """Say so when the loss is always the same factor times the right one, also for other numbers and sizes."""
    n, K = np.shape(arguments[1])
    if not expected or not received:
        return None
    factor = float(received / expected)
    inputs = [draw(f"other {i}", (n, 1, 1, K), "logistic") for i in range(3)]
    others = [(one.arguments("loss"), factor) for one in inputs]
    sizes = {"n": n, "K": K}, {letter: LETTERED.sizes[letter] for letter in "nK"}
    for c, a, b in itertools.product((1, 2, 0.5, -1), (0, 1, -1), (0, 1, -1)):
        here, there = (c * one["n"] ** a * one["K"] ** b for one in sizes)
        everywhere = [*others, (LETTERED.arguments("loss"), there)]
        if math.isclose(here, factor, rel_tol=1e-6) and all(is_times(one, times) for one, times in everywhere):
            return f"It is always {monomial(c, a, b)} times the right number.\n"
    return None


def monomial(c, a, b):
    """Write c n^a K^b for powers from -1 to 1, such as 2n/K."""
    above = [letter for letter, power in (("n", a), ("K", b)) if power > 0]
    below = [letter for letter, power in (("n", a), ("K", b)) if power < 0]
    number = f"{c:g}" if abs(c) != 1 or not above else "-" * (c < 0)
    return number + " ".join(above) + (f"/({' '.join(below)})" if len(below) > 1 else "".join(f"/{x}" for x in below))


def is_times(arguments, factor):
    """Tell whether the loss of some other arguments is this factor times the right one."""
    yhat, y = arguments
    right = math.fsum(((yhat - y) ** 2).flat) / (2 * yhat.shape[0])
    try:
        return math.isclose(student_code.call("loss", yhat, y), factor * right, rel_tol=1e-6)
    except (Problem, TypeError):
        return False


# Public inputs --------------------------------------------------------------------------------------------------------


def check_public_input(function, made):
    """Compare all that one function returns for a public input with right numbers."""
    arguments = made.arguments(function)
    note = f"{made.name}: " + ", ".join(f"{letter} = {size}" for letter, size in made.sizes.items())
    plain = copy.deepcopy(arguments)
    if function == "forward":
        for part, received, expected in zip(["e1", "h", "yhat"], forward(*arguments), made.forward(), strict=True):
            check("forward", part, received, expected, "equations (1) to (3)", None, plain, note)
    elif function == "loss":
        expected = math.fsum(((arguments[0] - arguments[1]) ** 2).flat) / (2 * len(arguments[1]))
        check_loss(arguments, expected, "equation (4)", None, note)
    elif function == "backprop":
        grads = backprop(*arguments)
        for part in ["W2", "b2", "W1", "b1"]:
            entries = some_entries(made, part)
            expected = measured_slopes(part, made.x, made.y, made.params, made.activation, entries)
            received = grads[part]
            if len(entries) < received.size:
                chosen = tuple(np.transpose(entries))
                received, expected = received[chosen], expected[chosen]
            check("backprop", part, received, expected, "equations (5) to (10)", None, plain, note)
    else:
        for part, received in update(*arguments).items():
            expected = made.params[part] - made.eta * made.grads[part]
            check("update", part, received, expected, "equation (11)", None, plain, note)


def some_entries(made, part):
    """Choose the entries whose slopes are measured: all of a small array, 20 of a large one, as each takes a while."""
    entries = list(np.ndindex(made.params[part].shape))
    return entries if len(entries) <= 60 else entries[:: len(entries) // 20]
