"""Source mutants: a program with one change in its text, or with one function that is wrong for some inputs only.

The operators work on Python's syntax tree, so that they reach mistakes that the network of the diagnosis can't hold.
Loops carry a step counter that ends them.  Guards and states are put around a whole function.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np

from autograder.asking.battery import FUNCTIONS
from autograder.sandbox.worker.runner import MODULE
from autograder.selfcheck import spoilers
from autograder.selfcheck.checker import TooManySteps
from autograder.selfcheck.mutants import Functions

MAX_STEPS = 300_000  # of all loops and calls of a program's functions, between two calls from outside
KEYS = {"W1": ("W2", "b1"), "W2": ("W1", "b2"), "b1": ("b2", "W1"), "b2": ("b1", "W2")}
WORDS = {"logistic": "tanh", "tanh": "logistic"}
SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add), ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,), ast.Pow: (ast.Mult,), ast.FloorDiv: (ast.Div,), ast.Mod: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.And: (ast.Or,), ast.Or: (ast.And,),
}  # fmt: skip
UFUNCS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
CASTS = ("float", "int", "array", "asarray", "copy", "deepcopy", "astype", "float64", "atleast_2d")


class Counter:
    """Counts the steps of a program's loops and functions."""

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def __call__(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooManySteps


@dataclass(frozen=True)
class Place:
    """Where a node stands in its parent, the outermost function around it, and the names known there."""

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    function: str
    names: list[str]

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


@dataclass(frozen=True)
class SourceMutant:
    """One change: in which program and function, by which operator, and what it is.

    place, changed : where in the tree, and what is put there
    wrap : what is put around the function, for guards and states; `said` describes it
    """

    program: str
    tree: ast.Module
    function: str = ""
    operator: str = ""
    place: Place | None = None
    changed: ast.AST | None = None
    said: str = ""
    wrap: Callable[[Any], Any] | None = None

    @property
    def change(self) -> str:
        """What is changed, for people."""
        return self.said or (_shown(self.place.node, self.changed) if self.place and self.changed else "")

    @functools.cached_property
    def _code(self) -> CodeType:
        if not self.place or not self.changed:
            return compile(self.tree, self.program, "exec")
        self.place.put(ast.copy_location(self.changed, self.place.node))
        try:
            return compile(ast.fix_missing_locations(self.tree), self.program, "exec")
        finally:
            self.place.put(self.place.node)

    def make(self) -> Functions:
        """Run the program: everything it defines.  Raises what the program raises."""
        counter, module = Counter(), types.ModuleType(MODULE)
        space = module.__dict__
        space |= {"__file__": f"/nowhere/{MODULE}.py", "_count": counter, "_np": np}
        before, sys.modules[MODULE] = sys.modules.get(MODULE), module  # dataclasses look for it
        try:
            with contextlib.suppress(SystemExit):
                exec(self._code, space)
        finally:
            if before is None:
                del sys.modules[MODULE]
            else:
                sys.modules[MODULE] = before
        if self.wrap:
            space[self.function] = self.wrap(space[self.function])
        for name in FUNCTIONS:
            if callable(space.get(name)):
                space[name] = _counted(space[name], counter)
        return space


def _counted(function: Any, counter: Counter) -> Any:
    """A function with all its steps for every call."""

    def call(*arguments: Any) -> Any:
        counter.left = MAX_STEPS
        return function(*arguments)

    return call


class _Nothing(io.TextIOBase):
    """Takes what a program prints."""

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Print nothing in this block."""
    kept = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = _Nothing()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = kept


# --- operators --------------------------------------------------------------------------------------------------------

Operator = Callable[[Any, list[str]], Iterator[ast.AST]]
OPERATORS: dict[type[ast.AST], list[tuple[str, Operator]]] = {}


def operator(name: str, *kinds: type[ast.AST]) -> Callable[[Operator], Operator]:
    """Declare what an operator makes of a node of these kinds, with the names of its function."""

    def declare(make: Operator) -> Operator:
        for kind in kinds:
            OPERATORS.setdefault(kind, []).append((name, make))
        return make

    return declare


def like(node: Any, **changes: Any) -> Any:
    """A copy of a node with some fields changed; all others are shared."""
    return type(node)(**{**dict(ast.iter_fields(node)), **changes})


def named(text: str, **nodes: ast.expr) -> ast.expr:
    """An expression from a text, with nodes in the place of names."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return nodes.get(node.id, node)

    put: ast.expr = Put().visit(ast.parse(text, mode="eval").body)
    return put


@operator("arithmetic", ast.BinOp, ast.AugAssign, ast.UnaryOp)
def arithmetic(node: Any, names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.UnaryOp):
        yield node.operand
        return
    yield from (like(node, op=other()) for other in SWAPS.get(type(node.op), ()))
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)
    else:
        yield from (node.left, node.right)
        if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult)):
            yield like(node, left=node.right, right=node.left)


@operator("comparison", ast.Compare, ast.BoolOp, ast.If, ast.IfExp, ast.While)
def comparison(node: Any, names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        yield from (like(node, ops=[other()]) for other in SWAPS.get(type(node.ops[0]), ()) if len(node.ops) == 1)
    elif isinstance(node, ast.BoolOp):
        yield from (like(node, op=other()) for other in SWAPS[type(node.op)])
    else:
        yield from (like(node, test=ast.Constant(value)) for value in (True, False))


@operator("constants", ast.Constant)
def constants(node: ast.Constant, names: list[str]) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, (int, float)):
        yield from (ast.Constant(v) for v in dict.fromkeys((value + 1, value - 1, 2 * value, -value, 0)) if v != value)
    elif value in WORDS:
        yield ast.Constant(WORDS[value])


@operator("axis", ast.Call)
def axis(node: ast.Call, names: list[str]) -> Iterator[ast.AST]:
    for i, keyword in enumerate(node.keywords):
        others = node.keywords[:i] + node.keywords[i + 1 :]
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            other = ast.keyword("axis", ast.Constant(1 if keyword.value.value == 0 else 0))
            yield from (like(node, keywords=others), like(node, keywords=[*others, other]))
        elif keyword.arg == "keepdims":
            yield like(node, keywords=others)


@operator("transpose", ast.Attribute, ast.BinOp)
def transpose(node: Any, names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield from (like(node, **{side: named("a.T", a=getattr(node, side))}) for side in ("left", "right"))


@operator("names", ast.Name)
def other_names(node: ast.Name, names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node.ctx, ast.Load) and node.id in names:
        at = names.index(node.id)
        others = (names[at - 1], names[(at + 1) % len(names)], names[(at + 3) % len(names)])
        yield from (ast.Name(other, ast.Load()) for other in dict.fromkeys(others) if other != node.id)


@operator("keys", ast.Constant)
def keys(node: ast.Constant, names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node.value, str):
        yield from (ast.Constant(key) for key in KEYS.get(node.value, ()))


@operator("statements", ast.Assign, ast.AugAssign, ast.Expr, ast.For, ast.If, ast.Return)
def statements(node: Any, names: list[str]) -> Iterator[ast.AST]:
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):  # a docstring
        yield ast.Pass()


@operator("ranges", ast.Call, ast.Subscript)
def ranges(node: Any, names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range" and node.args:
        *first, last = node.args[:2]
        for text in ("last - 1", "last + 1"):
            yield like(node, args=[*first, named(text, last=last), *node.args[2:]])
        yield like(node, args=[*(named("first + 1", first=f) for f in first or [ast.Constant(0)]), last])
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
        yield like(node, slice=ast.Slice(ast.Constant(1), node.slice.upper, node.slice.step))
        yield like(node, slice=ast.Slice(node.slice.lower, ast.Constant(-1), node.slice.step))


@operator("casts", ast.BinOp, ast.Call)
def casts(node: Any, names: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        yield from (named(f"_np.{kind}(x)", x=node) for kind in ("rint", "float32", "float16", "abs"))
        yield named("_np.asarray(x).astype(int)", x=node)
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in CASTS:
        inner = node.func.value if name in ("copy", "astype") and not _is_module(node.func) else None
        if inner is not None or node.args:
            yield inner or node.args[0]


def _is_module(function: ast.expr) -> bool:
    return not isinstance(function, ast.Attribute) or getattr(function.value, "id", "") in ("np", "numpy", "copy")


@operator("early return", ast.For, ast.While, ast.FunctionDef)
def early_return(node: Any, names: list[str]) -> Iterator[ast.AST]:
    if not isinstance(node, ast.FunctionDef):
        yield from (like(node, body=[*node.body, ast.Break()]), like(node, body=[*node.body[:1], ast.Continue()]))
        return
    *before, last = node.body
    if isinstance(last, ast.Return) and before and isinstance(before[-1], ast.For):
        yield like(node, body=[*before[:-1], like(before[-1], body=[*before[-1].body, last]), last])


@operator("in place", ast.BinOp)
def in_place(node: ast.BinOp, names: list[str]) -> Iterator[ast.AST]:
    function = UFUNCS.get(type(node.op))
    if function and isinstance(node.left, (ast.Name, ast.Subscript)):
        yield named(f"_np.{function}(a, b, out=a)", a=node.left, b=node.right)
    if function in ("add", "multiply") and isinstance(node.right, (ast.Name, ast.Subscript)):
        yield named(f"_np.{function}(a, b, out=b)", a=node.left, b=node.right)


# --- a program --------------------------------------------------------------------------------------------------------


class _Counting(ast.NodeTransformer):
    """Puts the step counter into every loop and function."""

    def count(self, node: Any) -> Any:
        self.generic_visit(node)
        docstring = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
        step = ast.parse("_count()").body[0]
        step.skipped = True  # type: ignore[attr-defined]
        node.body.insert(int(docstring), step)
        return node

    visit_For = visit_While = visit_FunctionDef = count


def places(tree: ast.Module) -> Iterator[Place]:
    """Every node inside a function, and every constant and statement outside."""

    def below(parent: ast.AST, function: str, names: list[str]) -> Iterator[Place]:
        for field, value in ast.iter_fields(parent):
            if field in ("decorator_list", "annotation", "returns"):
                continue
            for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(node, ast.AST) or hasattr(node, "skipped") or _is_main(node):
                    continue
                inner, known = function, names
                if isinstance(node, (ast.FunctionDef, ast.Lambda)):
                    inner = function or getattr(node, "name", "")
                    known = [*dict.fromkeys([*names, *_known(node)])]
                if inner:
                    yield Place(node, parent, field, index, inner, known)
                yield from below(node, inner, known)

    return below(tree, "", [])


def _is_main(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _known(node: Any) -> list[str]:
    """The names that a function gives values to."""
    found = [a.arg for a in node.args.args]
    found += [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return found


def source_mutants(program: str, text: str | bytes) -> list[SourceMutant]:
    """All source mutants of a program; the first is the program itself, with no operator.  Raises SyntaxError."""
    tree = ast.fix_missing_locations(_Counting().visit(ast.parse(text)))
    found = [SourceMutant(program, tree)]
    for place in places(tree):
        function = place.function if place.function in FUNCTIONS else "helpers"
        for name, make in OPERATORS.get(type(place.node), []):
            found += [SourceMutant(program, tree, function, name, place, new) for new in make(place.node, place.names)]
    found += [SourceMutant(program, tree, f, name, said=said, wrap=wrap) for name, f, said, wrap in spoilers.all_of()]
    return found


def _shown(node: ast.AST, changed: ast.AST) -> str:
    before, after = (ast.unparse(ast.fix_missing_locations(n)).replace("_count()", "") for n in (node, changed))
    return f"line {getattr(node, 'lineno', '?')}: {_short(before)} -> {_short(after)}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
