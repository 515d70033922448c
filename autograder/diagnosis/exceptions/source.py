"""A submission's own text, read as far as it can be read: which names it binds, where, and what its functions hold."""

from __future__ import annotations

import ast
import difflib
import itertools
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property

from autograder.asking.failures import ErrorInfo
from autograder.sandbox.worker.evidence import parsed, text_of
from autograder.sandbox.worker.loader import UNUSABLE, starts

MAX_TEXT = 100_000  # characters
MAX_LINES = 3000
MAX_LINE = 400  # characters
Definition = (ast.FunctionDef, ast.AsyncFunctionDef)
Scopes = (*Definition, ast.Lambda, ast.ClassDef)


def readable(lines: Sequence[str]) -> list[str]:
    """As much of a text as may be parsed here, outside the sandbox: more would cost the grader time and memory."""
    kept = [line[:MAX_LINE] for line in lines[:MAX_LINES]]
    sizes = itertools.accumulate(len(line) + 1 for line in kept)
    return kept[: sum(size <= MAX_TEXT for size in sizes)]


class Source:
    """The text of neural_net.py.

    Parameters
    ----------
    lines : its lines
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines

    # --- statements --------------------------------------------------------------------------------------------------

    @cached_property
    def whole(self) -> ast.Module | None:
        """The tree of the file; None if it is broken."""
        return _tree("\n".join(self.lines))

    @cached_property
    def body(self) -> list[ast.stmt]:
        """The statements at the top level; of a broken file, those that are whole."""
        if self.whole is not None:
            return self.whole.body
        pieces = (_tree("\n" * begin + "\n".join(self.lines[begin:end])) for begin, end in self._pieces)
        return [statement for piece in pieces if piece for statement in piece.body]

    @cached_property
    def _pieces(self) -> list[tuple[int, int]]:
        """The lines at which pieces at the top level begin and end."""
        begins = starts(list(self.lines))
        return list(zip(begins, [*begins[1:], len(self.lines)], strict=True))

    def function(self, name: str, line: int | None = None) -> ast.FunctionDef | None:
        """The function of a name: the innermost that holds a line, or the one that the name has at the top level."""
        if line is None:
            found = [node for node in self.body if isinstance(node, ast.FunctionDef) and node.name == name]
            return found[-1] if found and not self.replaced(name) else None
        around = [
            node for top in self.body if top.lineno <= line <= (top.end_lineno or 0) for node in ast.walk(top)
            if isinstance(node, ast.FunctionDef) and node.name == name and node.lineno <= line <= (node.end_lineno or 0)
        ]  # fmt: skip
        return around[-1] if around else None

    def expression(self, error: ErrorInfo) -> ast.AST | None:
        """The expression that failed, or its whole line if it isn't known which."""
        if error.file not in ("neural_net.py", "", None) or error.line is None or not 0 < error.line <= len(self.lines):
            return None
        exact = text_of(error.span, self.lines) if error.span else ""
        return (parsed(exact) if 0 < len(exact) <= MAX_LINE else None) or parsed(self.lines[error.line - 1])

    # --- names -------------------------------------------------------------------------------------------------------

    def binding(self, name: str) -> int | None:
        """The first line at the top level, or in a block there such as an if, that binds a name."""
        lines = [line for top in self.body for bound, line in _bound(top) if bound == name]
        return min(lines, default=None)

    def defined(self, name: str) -> list[int]:
        """The lines at which the top level defines a function."""
        return [top.lineno for top in self.body if isinstance(top, ast.FunctionDef) and top.name == name]

    def replaced(self, name: str) -> tuple[int, ast.stmt] | None:
        """The line of a function at the top level, and a later statement that may give its name to something else."""
        at = max((top.lineno for top in self.body if isinstance(top, ast.FunctionDef) and top.name == name), default=0)
        tops = (top for top in self.body if top.lineno > at and not _is_main(top))
        later = next((top for top in tops if any(bound == name for bound, _ in _bound(top))), None)
        return (at, later) if at and later else None

    def names(self, where: str, line: int) -> set[str]:
        """The names that a function and the file bind."""
        function = self.function(where, line)
        local = _bound(function, inside=True) if function else ()
        return {name for name, _ in local} | {name for top in self.body for name, _ in _bound(top)}

    def owners(self, name: str) -> list[ast.FunctionDef | ast.ClassDef]:
        """The functions and classes that have a name of their own."""
        nodes = (node for top in self.body for node in ast.walk(top))
        owners = (node for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef)))
        return [node for node in owners if any(bound == name for bound, _ in _bound(node, True))]

    def passing(self, name: str) -> Iterator[tuple[int, str]]:
        """The parts of functions that have a name for themselves: their lines, and what they are."""
        for node in (node for top in self.body for node in ast.walk(top)):
            if isinstance(node, ast.comprehension) and any(one.id == name for one in stored(node.target)):
                yield node.target.lineno, "comprehension"
            elif isinstance(node, ast.Lambda) and name in parameters(node.args):
                yield node.lineno, "lambda"
            elif isinstance(node, ast.ExceptHandler) and node.name == name:
                yield node.lineno, "except"

    def behind_main(self, name: str) -> bool:
        """Whether a name is bound only where `if __name__ == "__main__"` keeps it from an import."""
        tests = [top for top in self.body if any(bound == name for bound, _ in _bound(top))]
        return bool(tests) and all(map(_is_main, tests))

    def dropped(self, name: str, errors: Sequence[ErrorInfo]) -> ErrorInfo | None:
        """The error while the file was loaded that took the definition of a name with it."""
        word = re.escape(name)
        # No two neighboring repetitions match the same characters: a hostile line would take very long.
        binds = re.compile(rf"\s*(?:def|class)\s+{word}\b|(?:[\w\s,]*,)?\s*{word}\s*(?:,[\w\s,]*)?(?::[^=]*)?=(?!=)"
                           rf"|\s*(?:from\s.*)?import\s(?:.*[\s,(])?{word}\b")  # fmt: skip
        for error in errors:
            if error.type == "Encoding" or error.file not in ("neural_net.py", "", None):
                continue
            line = error.statement or error.line or 0
            text = next((self.lines[begin:end] for begin, end in self._pieces if begin < line <= end), [])
            if text and re.match(r"@|(async|def|class)\b", text[0]):  # what is inside is its own
                text = [one for one in text if not one[:1].isspace()]
            if error.where == name or any(binds.match(one) for one in text):
                return error
        return None

    def definitions(self) -> Iterator[tuple[str, int, str]]:
        """Every `def` of a text, even a broken one: its name, its line, and what holds it, such as "class Network"."""
        holders: list[tuple[int, str]] = []
        for number, line in enumerate(self.lines, 1):
            match = re.match(r"(\s*)(?:async\s+)?(def|class|if|try)\b\s*(\w{0,40})", line)
            if not match:
                continue
            depth = len(match[1].expandtabs())
            holders = [held for held in holders if held[0] < depth]
            if match[2] == "def":
                yield match[3], number, holders[-1][1] if holders else ""
            holders.append((depth, f"{match[2]} {match[3]}".strip()))


# What else students call the four functions, in lower case and without underscores.
_ALSO = {
    "forward": r"forward|^(predict|feed)$",
    "loss": r"^(?!.*(deriv|prime|grad|back)).*(loss|cost|mse)",
    "backprop": r"backprop|backward|backpass|^(compute|calculate|get)?(gradients?|grads?)$",
    "update": r"update|descent|sgd|^step$",
}


def elsewhere(function: str, source: Source, names: Sequence[str]) -> Iterator[str]:
    """Where the work of a missing function seems to be: inside something else, or under another name."""
    found = [one for one in source.definitions() if one[0] not in _ALSO or one[0] == function]
    plain = {name: re.sub("[^a-z0-9]", "", name.lower()) for name, _, _ in found}
    near = difflib.get_close_matches(function, names, 1, 0.6)
    ranks = (
        {function},
        {name for name in plain if plain[name] == function},
        {name for name in plain if re.search(_ALSO[function], plain[name])},
        set(near),
    )
    for fitting in ranks:
        for name, line, holder in found:
            if name not in fitting or (name == function and not holder):
                continue
            rename = "" if name == function else f", and name it {function}"
            if holder.startswith("class "):
                yield f"{name} in line {line} is a method of {holder}. Make it a function of its own{rename}."
            elif holder.startswith("if __name__"):
                yield f'{name} in line {line} stands under `if __name__ == "__main__"`. Move it out of there{rename}.'
            elif holder:
                yield f"{name} in line {line} is inside of {holder}. Move it to the top level of the file{rename}."
            else:
                yield f"{name} in line {line} may be what was meant: then rename it to {function}."


def always_returns(function: ast.FunctionDef) -> bool:
    """Whether the last statement of a function returns a value, so that it can't give None by omission."""
    last = function.body[-1]
    return isinstance(last, ast.Return) and last.value is not None


_IN_PLACE = ("update", "append", "extend", "sort", "fill", "insert", "reverse", "shuffle")
_VALUES = (ast.Dict, ast.DictComp, ast.Tuple, ast.List, ast.BinOp)  # are never None


def no_return(source: Source, name: str) -> str:
    """Why a call of a function gave None, as far as its text tells."""
    function = source.function(name)
    if function is None:
        return "the call reaches no `return` with a value, so Python returns None."
    if function.decorator_list:
        by = ast.unparse(function.decorator_list[0])[:40]
        return f"{name} is wrapped by @{by}. Does the wrapper return what {name} returns?"
    found = [node for node in scope(function) if isinstance(node, ast.Return)]
    if not found:
        return f"{name} has no return statement, so Python returns None."
    lines = ", ".join(str(line) for line in sorted(node.lineno for node in found)[:4])
    if all(node.value is None for node in found):
        return f"{name} has a return (line {lines}) without a value, so Python returns None."
    if always_returns(function) and len(found) == 1:
        of = found[0].value.func if isinstance(found[0].value, ast.Call) else None
        method = of.attr if isinstance(of, ast.Attribute) and of.attr in _IN_PLACE else ""
        advice = f" .{method}(...) changes something and gives None." if method else ""
        return f"what {name} returns in line {lines} is None.{advice}"
    where = f"line{'s' * (len(found) > 1)} {lines}"
    values = all(isinstance(node.value, _VALUES) for node in found)
    reached = "reaches none with a value" if values else "reaches none, or gets None there"
    return f"{name} has a return in {where}, but this call {reached}. Is it inside an if or a loop?"


def scope(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's own scope."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Scopes):
            waiting += ast.iter_child_nodes(node)


def stored(node: ast.AST) -> Iterator[ast.Name]:
    """The names that are assigned to in a node's own scope."""
    nodes = [node, *scope(node)]
    inner = {part for one in nodes if isinstance(one, ast.comprehension) for part in ast.walk(one.target)}
    for part in nodes:
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part not in inner:
            yield part


def parameters(of: ast.arguments) -> list[str]:
    more = [one for one in (of.vararg, of.kwarg) if one]
    return [one.arg for one in (*of.posonlyargs, *of.args, *of.kwonlyargs, *more)]


def _is_main(top: ast.stmt) -> bool:
    return isinstance(top, ast.If) and "__main__" in ast.unparse(top.test)


def _bound(node: ast.AST, inside: bool = False) -> Iterator[tuple[str, int]]:
    """Names and the lines at which a statement binds them; of a function, those of its own scope if `inside`."""
    if isinstance(node, (*Definition, ast.ClassDef)) and not inside:
        yield node.name, node.lineno
        return
    if isinstance(node, Definition):
        yield from ((name, node.lineno) for name in parameters(node.args))
    yield from ((name.id, name.lineno) for name in stored(node))
    for part in (node, *scope(node)):
        if isinstance(part, (*Definition, ast.ClassDef)) and part is not node:
            yield part.name, part.lineno
        elif isinstance(part, (ast.Import, ast.ImportFrom)):
            for alias in part.names:
                yield (alias.asname or alias.name.split(".")[0]), part.lineno


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the submission's text: "\\d" in a string
            return ast.parse(text)
    except UNUSABLE:
        return None
