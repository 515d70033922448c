"""Shapes that don't fit: the operation whose operands they are."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from autograder.asking.failures import ErrorInfo, Operand

Shape = tuple[int, ...]
NAMES = (ast.Name, ast.Attribute, ast.Subscript)  # what an operand's name may be
AXES = ("sum", "mean", "max", "min", "prod", "std", "var")


def lettered(shape: Shape, sizes: Mapping[str, int]) -> str:
    """A shape in the lecture's letters, if its sizes can be told from all others."""
    letters = [_letter(size, sizes) for size in shape]
    if not letters or None in letters:
        return ""
    return f", which is ({', '.join(map(str, letters))}{',' * (len(shape) == 1)})"


def _letter(size: int, sizes: Mapping[str, int]) -> str | None:
    """The letter of a size.  One that is another size, or that plus or minus one, may be either; 1 may be anything."""
    near = [letter for letter, value in sizes.items() if abs(value - size) <= 1]
    return near[0] if size > 1 and len(near) == 1 and sizes[near[0]] == size else None


def sized(number: int, sizes: Mapping[str, int]) -> str:
    letter = _letter(number, sizes)
    return f"{number} ({letter})" if letter else str(number)


@dataclass(frozen=True)
class Operation:
    """Two operands that are combined: `symbol` is "@" for a product of matrices, else an elementwise operation."""

    symbol: str
    left: ast.expr
    right: ast.expr
    shapes: tuple[Shape, Shape]
    known: Shapes


def result(symbol: str, left: Shape, right: Shape) -> Shape | None:
    """The shape of a combination; None if the operands don't fit."""
    try:
        if symbol != "@":
            return tuple(np.broadcast_shapes(left, right))
        if not left or not right or left[-1] != right[-2:][0]:
            return None
        return (*np.broadcast_shapes(left[:-2], right[:-2]), *left[-2:-1], *right[1:][-1:])
    except ValueError:
        return None


class Shapes:
    """The shapes of the parts of an expression, from those of its names."""

    def __init__(self, operands: tuple[Operand, ...]) -> None:
        self.known = {one.name: one for one in operands}
        self._found: dict[ast.expr, Shape | None] = {}  # of parts: an expression asks for them again and again

    def of(self, node: ast.expr) -> Shape | None:
        if node not in self._found:
            self._found[node] = self._of(node)
        return self._found[node]

    def _of(self, node: ast.expr) -> Shape | None:
        known = self.known.get(ast.unparse(node)) if isinstance(node, NAMES) else None
        if known is not None:
            return known.shape if known.kind == "array" else () if known.kind == "number" else None
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return ()
        if isinstance(node, ast.UnaryOp):
            return self.of(node.operand)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            shape = self.of(node.value)
            return None if shape is None else shape[::-1]
        if isinstance(node, ast.Call):
            return self._of_call(node)
        parts = operands(node)
        if parts is None:
            return None
        symbol, left, right = parts[0], self.of(parts[1]), self.of(parts[2])
        return None if left is None or right is None else result(symbol, left, right)

    def _of_call(self, node: ast.Call) -> Shape | None:
        function = self.known.get(ast.unparse(node.func)) if isinstance(node.func, NAMES) else None
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        is_numpy = function is not None and function.kind == "NumPy function"
        if is_numpy and name in ("exp", "tanh", "square", "log", "sqrt", "abs", "negative") and len(node.args) == 1:
            return self.of(node.args[0])
        parts = operands(node)
        if is_numpy and parts and name in ("dot", "matmul"):
            left, right = self.of(parts[1]), self.of(parts[2])
            return None if left is None or right is None else result("@", left, right)
        reduced = reduction(node)
        shape = self.of(reduced[0]) if reduced else None
        if shape is None or reduced is None or not -len(shape) <= reduced[1] < len(shape):
            return None
        kept = list(shape)
        del kept[reduced[1]]
        return tuple(kept)


def reduction(node: ast.expr) -> tuple[ast.expr, int] | None:
    """What np.sum(a, axis=0), or a.sum(0), sums and along which axis; None for anything else."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in AXES):
        return None
    of_numpy = isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "numpy")
    arguments = node.args if of_numpy else [node.func.value, *node.args]
    given = {word.arg: word.value for word in node.keywords}
    axis = given.pop("axis", arguments[1] if len(arguments) == 2 else None)
    if given or not arguments or not isinstance(axis, ast.Constant) or type(axis.value) is not int:
        return None
    return arguments[0], axis.value


def operands(node: ast.AST) -> tuple[str, ast.expr, ast.expr] | None:
    """The symbol and the two operands of an operation."""
    if isinstance(node, ast.BinOp):
        return _symbol(node.op), node.left, node.right
    if isinstance(node, ast.AugAssign):
        return _symbol(node.op), node.target, node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name, arguments = node.func.attr, node.args
        if name in ("dot", "matmul"):
            both = [node.func.value, *arguments] if len(arguments) == 1 else arguments
            return ("@", both[0], both[1]) if len(both) == 2 else None
        if name in ("multiply", "add", "subtract") and len(arguments) == 2:
            return {"multiply": "*", "add": "+", "subtract": "-"}[name], arguments[0], arguments[1]
    return None


def _symbol(operator: ast.operator) -> str:
    symbols = {ast.MatMult: "@", ast.Mult: "*", ast.Add: "+", ast.Sub: "-", ast.Div: "/", ast.Pow: "**"}
    return symbols.get(type(operator), "?")


def failed_operation(expression: ast.AST, error: ErrorInfo) -> Operation | None:
    """The operation in an expression whose operands don't fit; None unless there is exactly one."""
    shapes, found = Shapes(error.operands), []
    for node in ast.walk(expression):
        parts = operands(node)
        if parts is None:
            continue
        symbol, left, right = parts[0], shapes.of(parts[1]), shapes.of(parts[2])
        if left is not None and right is not None and result(symbol, left, right) is None:
            found.append(Operation(symbol, parts[1], parts[2], (left, right), shapes))
    return found[0] if len(found) == 1 else None


def code(node: ast.expr) -> str:
    """An operand as the student may have written it."""
    text = ast.unparse(node).replace("'", '"')
    return f"({text})" if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare)) else text
