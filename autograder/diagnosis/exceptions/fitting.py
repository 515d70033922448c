"""Shapes that don't fit, and what would make them fit.  Every suggestion is computed before it is made."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator

from autograder.asking.failures import Operand
from autograder.diagnosis.exceptions.failed import Failed, code_of, what
from autograder.diagnosis.exceptions.shapes import (
    Operation,
    Shape,
    Shapes,
    code,
    failed_operation,
    lettered,
    reduction,
    result,
    sized,
)  # fmt: skip

MOST = 3  # suggestions
_SHAPES = (r"mismatch in its core dimension|could not be broadcast together|not aligned|"
           r"does not have enough dimensions|non-broadcastable output|could not broadcast input")  # fmt: skip


def misfit(failed: Failed) -> str:
    if not failed.find(_SHAPES):
        return ""
    expression = failed.expression
    operation = failed_operation(expression, failed.error) if expression is not None else None
    if operation is None:
        return _plain_shapes(failed)
    one, other = code(operation.left), code(operation.right)
    left, right = operation.shapes
    kept = [[code_of(one) for one in _kept(failed, node)] for node in (operation.left, operation.right)]
    letters = [
        "" if names else lettered(shape, failed.sizes) for names, shape in zip(kept, operation.shapes, strict=True)
    ]
    text = (
        f"the shapes don't fit in {one} {operation.symbol} {other}: {one} has shape {left}{letters[0]}; "
        f"{other} has shape {right}{letters[1]}."
    )
    if any(kept):
        return f"{text} If an earlier call has set {(kept[0] + kept[1])[0]}, its shape may be that of other inputs."
    if operation.symbol == "@" and () in operation.shapes:
        return f"{text} A number is multiplied with *."
    fitting = fixes(operation)
    if fitting:
        text += f" They would fit in {', or in '.join(fitting)}."
    elif operation.symbol == "@" and len(left) == len(right) == 2:
        text += " No .T and no other order makes them fit: one of them is another array than the equation has."
    examples = [letter.startswith(", which is (n") for letter in letters]
    if operation.symbol == "@" and examples == [False, True] and left[-1:] == right[-1:]:
        text += " Examples are rows here: an array of examples stands on the left of the product."
    return text


def _kept(failed: Failed, node: ast.expr) -> list[Operand]:
    """The arrays in an operand that aren't the call's own: its shapes may be of other inputs."""
    found = [failed.operand(part) for part in ast.walk(node) if isinstance(part, ast.expr)]
    return [one for one in found if one is not None and one.kept and one.kind == "array"]


def _plain_shapes(failed: Failed) -> str:
    """What the message alone tells."""
    match = failed.find(r"\(size (\d{1,6}) is different from (\d{1,6})\)")
    if match:
        left, right = sized(int(match[2]), failed.sizes), sized(int(match[1]), failed.sizes)
        if failed.find("^matmul:"):
            return f"in a product @ the inner sizes differ: {left} on the left, {right} on the right."
        return f"two sizes that must be the same differ: {left} and {right}."
    found = [tuple(map(int, re.findall(r"\d+", one))) for one in re.findall(r"\([\d, ]{1,30}\)", failed.error.message)]
    if failed.find("^matmul: .* does not have enough dimensions"):
        return "a product @ has a single number on one side. A number is multiplied with *."
    if len(found) > 1 and failed.find("non-broadcastable output|could not broadcast input"):
        source, target = found[1::-1] if failed.find("non-broadcastable") else found[:2]
        return f"an array of shape {source} can't be stored in one of shape {target}."
    is_product = failed.find("not aligned")
    pairs = itertools.combinations(found, 2)
    pair = next((both for both in pairs if result("@" if is_product else "*", *both) is None), None)
    if pair is None or failed.find("remapped"):  # in einsum its letters say what must fit
        return ""
    known = ", and ".join(map(str, pair))
    few = [one for one in failed.error.operands if one.kind in ("tuple", "list") and "." not in one.name]
    if len(few) == 1:
        known += f" ({code_of(few[0])} is {what(few[0], failed.sizes)} here)"
    how = "in a product" if is_product else "entry by entry"
    return f"two shapes don't fit {how}: {known}."


# --- what would fit ---------------------------------------------------------------------------------------------------


def fixes(operation: Operation) -> list[str]:
    """Changes of an operation after which its operands fit, in the student's own words."""
    fitting = (text for text, symbol, left, right in _changes(operation) if result(symbol, left, right) is not None)
    return list(dict.fromkeys(fitting))[:MOST]


def _changes(operation: Operation) -> Iterator[tuple[str, str, Shape, Shape]]:
    symbol, (left, right) = operation.symbol, operation.shapes
    one, other = code(operation.left), code(operation.right)
    both = len(left) == len(right) == 2
    if both or (len(left) == 2 and _is_turned(operation.left)):
        yield f"{_turned(operation.left)} {symbol} {other}", symbol, left[::-1], right
    if both or (len(right) == 2 and _is_turned(operation.right)):
        yield f"{one} {symbol} {_turned(operation.right)}", symbol, left, right[::-1]
    if symbol == "@":
        yield f"{other} @ {one} (the other order)", "@", right, left
        if left == right:
            yield f"{one} * {other} (entry by entry)", "*", left, right
        return
    for node, mine, is_left in ((operation.left, left, True), (operation.right, right, False)):
        for text, shape in _reduced(node, mine, operation.known):
            pair = (shape, right) if is_left else (left, shape)
            yield (f"{text} {symbol} {other}" if is_left else f"{one} {symbol} {text}"), symbol, *pair
    if symbol == "*" and both:
        yield f"{one} @ {other} (a product of matrices)", "@", left, right


def _reduced(node: ast.expr, shape: Shape, known: Shapes) -> Iterator[tuple[str, Shape]]:
    """A sum whose axis is kept, or over the other axis."""
    reduced = reduction(node)
    if len(shape) != 1:
        return
    if reduced is None:
        return
    whole, axis = known.of(reduced[0]), reduced[1] % 2
    if whole is not None and len(whole) == 2:
        text, other = code(node).removesuffix(")"), 1 - axis
        yield f"{text}, keepdims=True)", (*shape, 1) if axis else (1, *shape)
        yield re.sub(r"-?\d+$", str(other), text) + ")", (whole[axis],)


def _is_turned(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "T"


def _turned(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and _is_turned(node):
        return code(node.value)
    return code(node) + ".T"
