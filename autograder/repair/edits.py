"""Small edits of a program: one for each place of its syntax tree and each way to change what stands there.

The list depends on the program's text alone, so a number means the same edit in every worker.  This runs in workers,
from its text: it imports nothing of the grader.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

# What may be said of an edit.  An edit of another kind has the kind "".
KINDS = ("name", "transpose", "axis", "operator", "sign", "factor", "term", "power", "brackets", "bound", "in place",
         "indentation", "key")  # fmt: skip
OPERATORS: tuple[type[ast.operator], ...] = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult)
# NumPy functions that are taken for one another.
FAMILIES = (("sum", "mean"), ("dot", "matmul", "multiply", "outer"), ("exp", "tanh"), ("abs", "square", "sqrt"))
PARAMETERS = ("W1", "b1", "W2", "b2")
ACTIVATIONS = ("logistic", "tanh")
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.GtE: ast.Lt,
}  # fmt: skip
LOOPS = (ast.For, ast.While)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Change(NamedTuple):
    """Put `new` in the place of `old` in a field of `owner`; in a list of statements, several or none."""

    owner: ast.AST
    field: str
    old: ast.AST
    new: Any

    def apply(self) -> tuple[ast.AST, str, Any] | None:
        """Do it; what undoes it, or None where `old` is gone."""
        before = getattr(self.owner, self.field)
        if not isinstance(before, list):
            if before is not self.old:
                return None
            after = self.new
        else:
            at = next((i for i, one in enumerate(before) if one is self.old), None)
            if at is None:
                return None
            new = self.new if isinstance(self.new, list) else [self.new]
            after = [*before[:at], *new, *before[at + 1 :]]
            if isinstance(self.old, ast.stmt) and not after:
                after = [ast.Pass()]
        for one in after if isinstance(after, list) else [after]:
            if not hasattr(one, "lineno"):
                ast.copy_location(one, self.old)
                ast.fix_missing_locations(one)
        setattr(self.owner, self.field, after)
        return self.owner, self.field, before


class Edit(NamedTuple):
    """One edit.

    kind : one of KINDS, or ""
    label : the same for the same edit at another place
    function : the first line of the function it is in, decorators included
    lines : the first and the last line of what is edited
    alike : names whose values must be of one kind; sizes : names that must hold a number
    resizes : names that it gives another size to: such a name must not hold n or another of the sizes
    """

    kind: str
    label: str
    changes: tuple[Change, ...]
    function: int
    lines: tuple[int, int]
    alike: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    resizes: tuple[str, ...] = ()


def apply(edits: Iterable[Edit]) -> list[tuple[ast.AST, str, Any]] | None:
    """Put edits into the tree they were made for: what `undo` needs, or None where they exclude one another."""
    done: list[tuple[ast.AST, str, Any]] = []
    for edit in edits:
        for change in edit.changes:
            before = change.apply()
            if before is None:
                undo(done)
                return None
            done.append(before)
    return done


def undo(done: list[tuple[ast.AST, str, Any]]) -> None:
    """Take edits out again."""
    for owner, field, before in reversed(done):
        setattr(owner, field, before)


def edit(text: str, repairs: Sequence[Sequence[int]]) -> tuple[str, dict[str, Any]]:
    """The program with the first of some repairs, and what may be told of all of them.

    Parameters
    ----------
    text : the program
    repairs : each the numbers of the edits that it takes together

    Raises
    ------
    IndexError
        There is no edit of such a number.
    ValueError
        The edits of the first repair exclude one another.
    """
    tree = ast.parse(text)
    found = all_edits(tree)
    chosen = [[found[number] for number in repair] for repair in repairs]
    spans = [sorted({one.lines for one in repair}) for repair in chosen]
    kinds = [repair[0].kind if len({one.kind for one in repair}) == 1 else "" for repair in chosen]
    before = ast.unparse(tree).split("\n")
    if apply(chosen[0]) is None:
        raise ValueError("these edits exclude one another")
    after = ast.unparse(tree)
    told = {"spans": [[list(span) for span in one] for one in spans], "kinds": kinds}
    return after, told | {"edit": _difference(before, after.split("\n"))}


def _difference(before: list[str], after: list[str]) -> list[str]:
    """The lines that differ, with - and + in front, for staff."""
    import difflib

    lines = itertools.islice(difflib.unified_diff(before, after, n=0, lineterm=""), 2, None)
    return [line[:200] for line in lines if not line.startswith("@@")][:20]


# --- the list ---------------------------------------------------------------------------------------------------------


def all_edits(tree: ast.Module) -> list[Edit]:
    """Every edit of every function of a program, in the order of its text."""
    defined = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
    helpers = {one.name: len(one.args.args) - len(one.args.defaults) for one in defined}
    aliases = [alias.asname or alias.name for one in ast.walk(tree) if isinstance(one, ast.Import)
               for alias in one.names if alias.name == "numpy"]  # fmt: skip
    numpy = aliases[0] if aliases else ""
    return [edit for node in ast.walk(tree) if isinstance(node, Function) for edit in _Editor(node, helpers, numpy)]


def first_line(function: Function) -> int:
    """The line that a function's code object begins at."""
    decorators = getattr(function, "decorator_list", [])
    return int(min([function.lineno, *(one.lineno for one in decorators)]))


class _Editor:
    """The edits of one function."""

    def __init__(self, function: Function, helpers: dict[str, int], numpy: str) -> None:
        self.function = function
        own = getattr(function, "name", "")
        self.helpers = [name for name, wanted in helpers.items() if wanted == 1 and name != own]
        self.callable = [name for name in helpers if name not in ("forward", "loss", "backprop", "update")]
        self.numpy = numpy
        arguments = [one.arg for one in function.args.args]
        stored = [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and not _is_read(node)]
        self.names = list(dict.fromkeys(arguments + stored))
        constants = (node.slice for node in ast.walk(function) if isinstance(node, ast.Subscript))
        texts = [node.value for node in constants if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        self.keys = list(dict.fromkeys([*PARAMETERS, *texts]))
        self.first = first_line(function)
        # n and K, where no name holds them.
        self.shapes = [f"{name}.shape[{axis}]" for axis, name in enumerate(arguments[:2])] if len(arguments) > 1 else []

    def __iter__(self) -> Iterator[Edit]:
        if isinstance(self.function, ast.Lambda):
            yield from self._expressions(self.function, "body")
        else:
            yield from self._block(self.function, "body", None)

    # --- statements --------------------------------------------------------------------------------------------------

    def _block(self, owner: ast.AST, field: str, outer: tuple[ast.AST, str] | None) -> Iterator[Edit]:
        body: list[ast.stmt] = getattr(owner, field)
        for place, statement in enumerate(body):
            lines = _lines(statement)
            after = body[place + 1] if place + 1 < len(body) else None
            for kind, label, *changes in self._moved(owner, field, statement, after, outer):
                yield Edit(kind, label, tuple(changes), self.first, lines)
            for kind, label, *new in self._replaced(statement):
                yield Edit(kind, label, (Change(owner, field, statement, new),), self.first, lines)
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from self._expressions(statement, "")
                for inner in ("body", "orelse"):
                    if isinstance(getattr(statement, inner, None), list):
                        yield from self._block(statement, inner, (owner, field))

    def _moved(
        self, owner: ast.AST, field: str, one: ast.stmt, after: ast.stmt | None, outer: tuple[ast.AST, str] | None
    ) -> Iterator[tuple[str, str, Change, Change]]:
        """A statement out of a loop or into one; `outer` holds the loop."""
        gone = Change(owner, field, one, [])
        if isinstance(owner, LOOPS) and outer is not None and after is None:
            yield "indentation", "out", gone, Change(*outer, owner, [owner, one])
        if isinstance(one, LOOPS) and after is not None and not isinstance(after, ast.Return):
            last = one.body[-1]
            yield "indentation", "in", Change(owner, field, after, []), Change(one, "body", last, [last, after])
        if isinstance(one, ast.Assign) and isinstance(after, LOOPS):
            for loop in [node for node in ast.walk(after) if isinstance(node, LOOPS)]:
                yield "", "into", gone, Change(loop, "body", loop.body[0], [one, loop.body[0]])

    def _replaced(self, one: ast.stmt) -> Iterator[tuple[Any, ...]]:
        """Other statements in the place of one."""
        if isinstance(one, (ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.Assert, ast.Raise)) and not _is_text(one):
            yield "", "delete"
        if isinstance(one, ast.If):
            yield "", "always", *one.body
        elif isinstance(one, ast.AugAssign):
            read = ast.parse(ast.unparse(one.target), mode="eval").body
            yield "in place", "a = a + b", ast.Assign([one.target], ast.BinOp(read, one.op, one.value))
            yield "operator", "a = b", ast.Assign([one.target], one.value)
            for kind, operator in _others(one.op, OPERATORS[:4]):
                yield kind, f"{operator.__name__}=", ast.AugAssign(one.target, operator(), one.value)
        elif isinstance(one, ast.Assign):
            if isinstance(one.targets[0], (ast.Name, ast.Subscript)):
                yield "operator", "a += b", ast.AugAssign(one.targets[0], ast.Add(), one.value)
            if isinstance(one.value, (ast.Name, ast.Subscript)):
                copied = _call(ast.Attribute(one.value, "copy", ast.Load()))
                yield "in place", "copy", ast.Assign(one.targets, copied)
        elif isinstance(one, ast.Return) and isinstance(one.value, ast.Tuple) and len(one.value.elts) == 3:
            for order in list(itertools.permutations(one.value.elts))[1:]:
                yield "", "returned", ast.Return(ast.Tuple(list(order), ast.Load()))

    # --- expressions -------------------------------------------------------------------------------------------------

    def _expressions(self, owner: ast.AST, only: str) -> Iterator[Edit]:
        resized = _target(owner)
        for parent, field, node, role in _walk(owner, only, "term"):
            for kind, label, new, *needs in self._expression(parent, node, role):
                alike, sizes = (tuple(needs), ()) if label.startswith("name ") else ((), tuple(needs))
                chooses = kind == "name" or label.startswith(("name ", "place "))
                names = tuple(resized) if not chooses else ()
                here = (node.lineno, node.end_lineno or node.lineno)
                kind = kind if role != "test" else ""  # what a condition lets through says little about it
                yield Edit(kind, label, (Change(parent, field, node, new),), self.first, here, alike, sizes, names)

    def _expression(self, parent: ast.AST, node: ast.expr, role: str) -> Iterator[tuple[Any, ...]]:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            return
        if role == "function":
            yield from self._called(node)
            return
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is not None:
            yield from method(parent, node)
        if role in ("term", "factor") and self._is_value(node):
            yield from self._wrapped(parent, node, role)

    def _is_value(self, node: ast.expr) -> bool:
        """Whether an expression may stand for an array or a number."""
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Attribute):
            return node.attr == "T"
        if isinstance(node, ast.Subscript):
            return not isinstance(node.value, ast.Attribute)
        return isinstance(node, (ast.BinOp, ast.Call, ast.UnaryOp))

    def _wrapped(self, parent: ast.AST, node: ast.expr, role: str) -> Iterator[tuple[Any, ...]]:
        """What may be missing around an expression."""
        if not isinstance(parent, ast.Attribute) and not isinstance(node, (ast.UnaryOp, ast.Attribute)):
            yield "transpose", "T", ast.Attribute(node, "T", ast.Load())
        if not isinstance(node, ast.UnaryOp) and not isinstance(getattr(parent, "op", None), ast.Pow):
            yield "power", "square", ast.BinOp(node, ast.Pow(), ast.Constant(2))
        if role != "term" or isinstance(parent, (ast.Tuple, ast.Dict)):
            return
        if isinstance(node, (ast.Name, ast.Subscript)):
            column = ast.Tuple([ast.Slice(), ast.Constant(None)], ast.Load())
            yield "", "[:, None]", ast.Subscript(node, column, ast.Load())
        yield "sign", "minus", ast.UnaryOp(ast.USub(), node)
        for name in self.names:
            for operator in (ast.Mult, ast.Div):
                yield "factor", f"{operator.__name__} {name}", ast.BinOp(node, operator(), _name(name)), name
        for number in ("2", *self.shapes):
            for operator in (ast.Mult, ast.Div):
                factor = ast.parse(number, mode="eval").body
                yield "factor", f"{operator.__name__} {number}", ast.BinOp(node, operator(), factor)
        for helper in self.helpers:
            yield "", f"call {helper}", _call(_name(helper), node)
        if self.numpy:
            for function in ("exp", "tanh", "sqrt", "sum"):
                yield "", f"call {function}", _call(ast.Attribute(_name(self.numpy), function, ast.Load()), node)
            summed = _call(ast.Attribute(_name(self.numpy), "sum", ast.Load()), node)
            summed.keywords = [ast.keyword("axis", ast.Constant(0))]
            yield "", "sum over axis 0", summed

    def _name(self, parent: ast.AST, node: ast.Name) -> Iterator[tuple[Any, ...]]:
        if node.id in self.names:
            for other in self.names:
                if other != node.id:
                    yield "name", f"name {node.id} {other}", _name(other), node.id, other

    def _binop(self, parent: ast.AST, node: ast.BinOp) -> Iterator[tuple[Any, ...]]:
        left, right, own = node.left, node.right, type(node.op)
        dropped = {ast.Add: "term", ast.Sub: "term", ast.Pow: "power"}.get(own, "factor")
        yield dropped, "drop right", left
        if own is not ast.Pow:
            yield dropped, "drop left", right if own is not ast.Sub else ast.UnaryOp(ast.USub(), right)
            for kind, operator in _others(node.op, OPERATORS):
                yield kind, f"{own.__name__} {operator.__name__}", ast.BinOp(left, operator(), right)
        if own in (ast.Sub, ast.Div, ast.MatMult):
            yield ("sign" if own is ast.Sub else ""), "exchange", ast.BinOp(right, node.op, left)
        if own is ast.MatMult:
            yield from _transposed(left, right)
        # a - b * c is a - (b * c): the other bracket, on either side.
        if isinstance(right, ast.BinOp):
            yield "brackets", "left", ast.BinOp(ast.BinOp(left, node.op, right.left), right.op, right.right)
        if isinstance(left, ast.BinOp):
            yield "brackets", "right", ast.BinOp(left.left, left.op, ast.BinOp(left.right, node.op, right))

    def _unaryop(self, parent: ast.AST, node: ast.UnaryOp) -> Iterator[tuple[Any, ...]]:
        if isinstance(node.op, (ast.USub, ast.Not)):
            yield ("sign" if isinstance(node.op, ast.USub) else ""), "drop minus", node.operand

    def _call(self, parent: ast.AST, node: ast.Call) -> Iterator[tuple[Any, ...]]:
        called = node.func
        if isinstance(called, ast.Attribute) and not self._is_numpy(called):
            kind = {"copy": "in place", "transpose": "transpose"}.get(called.attr, "")
            yield kind, f"drop {called.attr}", called.value
        elif node.args and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp)):
            yield "", "drop call", node.args[0]
        named = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if named in ("sum", "mean"):
            yield from self._axes(node)
        if named == "where" and len(node.args) == 3:
            yield from (("", "one branch", branch) for branch in node.args[1:])
        if named == "range":
            yield from _ranges(node)

    def _axes(self, node: ast.Call) -> Iterator[tuple[Any, ...]]:
        others = [one for one in node.keywords if one.arg != "axis"]
        has = {one.value.value for one in node.keywords if one.arg == "axis" and isinstance(one.value, ast.Constant)}
        for axis in (0, 1, None):
            if axis not in (has or {None}):
                more = [ast.keyword("axis", ast.Constant(axis))] if axis is not None else []
                yield "axis", f"axis {axis}", ast.Call(node.func, node.args, [*others, *more])
        for one in others:
            yield "", f"drop {one.arg}", ast.Call(node.func, node.args, [k for k in node.keywords if k is not one])

    def _called(self, node: ast.expr) -> Iterator[tuple[Any, ...]]:
        """Another function in the place of one that is called."""
        if isinstance(node, ast.Attribute):
            family = next((names for names in FAMILIES if node.attr in names), ())
            for name in family:
                if name != node.attr:
                    yield "", f"function {name}", ast.Attribute(node.value, name, ast.Load())
        elif isinstance(node, ast.Name) and node.id in self.callable:
            for name in self.callable:
                if name != node.id:
                    yield "", f"function {name}", _name(name)

    def _is_numpy(self, node: ast.Attribute) -> bool:
        return isinstance(node.value, ast.Name) and node.value.id not in self.names

    def _attribute(self, parent: ast.AST, node: ast.Attribute) -> Iterator[tuple[Any, ...]]:
        if node.attr == "T":
            yield "transpose", "drop T", node.value

    def _subscript(self, parent: ast.AST, node: ast.Subscript) -> Iterator[tuple[Any, ...]]:
        if isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name):
            yield ("bound" if isinstance(node.slice, ast.Slice) else ""), "drop [...]", node.value
        if isinstance(node.slice, ast.Slice):
            for field in ("lower", "upper", "step"):
                if getattr(node.slice, field) is not None:
                    parts = {name: getattr(node.slice, name) for name in ("lower", "upper", "step")} | {field: None}
                    yield "bound", f"drop {field}", ast.Subscript(node.value, ast.Slice(**parts), node.ctx)

    def _constant(self, parent: ast.AST, node: ast.Constant) -> Iterator[tuple[Any, ...]]:
        value = node.value
        if isinstance(value, str):
            family = ACTIVATIONS if value in ACTIVATIONS else self.keys if value in self.keys else ()
            for other in family:
                if other != value:
                    yield ("key" if family is self.keys else ""), f"place {value} {other}", ast.Constant(other)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            label = "place" if isinstance(parent, ast.Subscript) else "number"
            power = "power" if isinstance(getattr(parent, "op", None), ast.Pow) else ""
            kind = "axis" if _is_axis(parent) else "bound" if isinstance(parent, ast.Slice) else power
            for number in dict.fromkeys((0, 1, 2, value + 1, value - 1, 2 * value, value / 2, 1 - value)):
                if number != value:
                    yield kind, f"{label} {value} {number}", ast.Constant(number)

    def _compare(self, parent: ast.AST, node: ast.Compare) -> Iterator[tuple[Any, ...]]:
        opposite = OPPOSITES.get(type(node.ops[0]))
        if len(node.ops) == 1 and opposite is not None:
            yield "", "opposite", ast.Compare(node.left, [opposite()], node.comparators)

    def _ifexp(self, parent: ast.AST, node: ast.IfExp) -> Iterator[tuple[Any, ...]]:
        yield from (("", "one branch", branch) for branch in (node.body, node.orelse))


def _transposed(left: ast.expr, right: ast.expr) -> Iterator[tuple[Any, ...]]:
    """Both factors of a product transposed or not, in both orders."""
    plain = [
        (one.value, True) if isinstance(one, ast.Attribute) and one.attr == "T" else (one, False)
        for one in (left, right)
    ]
    for flags in itertools.product((False, True), repeat=2):
        if (flags[0] != plain[0][1]) and (flags[1] != plain[1][1]):
            yield "transpose", "both T", _product(plain, flags)
        if flags != (plain[1][1], plain[0][1]):
            yield "", "exchange and T", _product(plain[::-1], flags)


def _product(plain: Sequence[tuple[Any, bool]], flags: Sequence[bool]) -> ast.BinOp:
    sides = [ast.Attribute(one, "T", ast.Load()) if flag else one for (one, _), flag in zip(plain, flags, strict=True)]
    return ast.BinOp(sides[0], ast.MatMult(), sides[1])


def _ranges(node: ast.Call) -> Iterator[tuple[Any, ...]]:
    """One more or one less, and from the beginning."""
    last = node.args[0] if len(node.args) == 1 else node.args[1] if len(node.args) > 1 else None
    if last is None:
        return
    for operator in (ast.Add, ast.Sub):
        end = ast.BinOp(last, operator(), ast.Constant(1))
        arguments = [end if argument is last else argument for argument in node.args]
        yield "bound", f"end {operator.__name__}", ast.Call(node.func, arguments, [])
    if len(node.args) == 2:
        yield "bound", "drop start", ast.Call(node.func, [last], [])


def _walk(owner: ast.AST, only: str, role: str) -> Iterator[tuple[ast.AST, str, ast.expr, str]]:
    """Every expression below a node, with what holds it and its role; no statements and no other functions."""
    for field, value in ast.iter_fields(owner):
        if only and field != only:
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.expr) and not isinstance(node, ast.Lambda):
                here = _role(owner, field, role)
                yield owner, field, node, here
                yield from _walk(node, "", here)
            elif isinstance(node, (ast.keyword, ast.comprehension)):
                yield from _walk(node, "", "other" if isinstance(node, ast.comprehension) else role)


def _role(owner: ast.AST, field: str, role: str) -> str:
    """What an expression is in what holds it: a term may be scaled, a factor may be transposed or squared."""
    if role == "test" or field == "test" or isinstance(owner, ast.Compare):
        return "test"
    if isinstance(owner, ast.Call):
        return "function" if field == "func" else "term"
    if isinstance(owner, ast.BinOp):
        return "term" if isinstance(owner.op, (ast.Add, ast.Sub)) and role != "other" else "factor"
    if field in ("slice", "targets", "target", "iter", "generators", "keys") or role == "other":
        return "other"
    if isinstance(owner, (ast.Subscript, ast.Slice)):
        return "other"
    return "factor" if isinstance(owner, (ast.Attribute, ast.UnaryOp)) else "term"


def _lines(statement: ast.stmt) -> tuple[int, int]:
    """The lines of a statement; of one with a block, those of its head."""
    if not hasattr(statement, "body"):
        return statement.lineno, statement.end_lineno or statement.lineno
    heads = [getattr(statement, name) for name in ("test", "iter") if hasattr(statement, name)]
    return statement.lineno, max([statement.lineno, *(head.end_lineno for head in heads)])


def _target(statement: ast.AST) -> list[str]:
    """The names that a statement gives values to, if it does nothing else."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    nodes = [node for one in targets for node in ([one] if not isinstance(one, ast.Tuple) else one.elts)]
    return [node.id for node in nodes if isinstance(node, ast.Name)]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_axis(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg == "axis"


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _others(own: ast.operator, operators: Iterable[type[ast.operator]]) -> Iterator[tuple[str, type[ast.operator]]]:
    """Operators in the place of one, and of what kind that is."""
    for other in operators:
        if type(own) is not other:
            yield ("sign" if {type(own), other} == {ast.Add, ast.Sub} else "operator"), other


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _call(function: ast.expr, *arguments: ast.expr) -> ast.Call:
    return ast.Call(function, list(arguments), [])
