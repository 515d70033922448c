"""Read a submission's file as far as it can be read: broken text, other encodings, statements that fail or hang."""

from __future__ import annotations
import __future__

import ast
import re
import types
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]
Code = types.CodeType
Statement = tuple[int, int, Code]  # its first line, its last, and itself
Describe = Callable[[BaseException], Message]
UNUSABLE = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError)
MAX_QUOTES = 500  # triple quotes of a broken text: from each that isn't closed, a search goes through all the rest
MAX_TIMEOUTS = 2  # interruptions of a file that is being loaded; at the next one the worker ends


class TimedOut(BaseException):
    """Raised in the submission's code when loading its file takes too long."""


class Source:
    """A file, run as a whole if it can be, otherwise statement by statement; and what was wrong with it."""

    def __init__(self, source: bytes, name: str, describe: Describe) -> None:
        self.source = source
        self.name = name
        self.describe = describe
        self.errors: list[Message] = []
        self.slow: list[int] = []  # lines of the statements that took too long
        self._flags = 0

    def run(self, namespace: dict[str, Any], skip: list[int]) -> None:
        """Run the file; a statement that fails or takes too long does not take the definitions around it with it.

        `skip` holds the lines of statements that took too long in an earlier worker.
        """
        done = 0  # the line up to which it has been run
        try:
            whole = None if skip else compile(self.source, self.name, "exec", dont_inherit=True)
        except UNUSABLE:
            whole = None
        if whole is not None:
            failed = self._try(whole, namespace)
            if failed is None:
                return
            done = failed
        for first, last, code in self._statements():
            if last < done or first in skip:
                continue
            if first <= done or self._try(code, namespace) is not None:
                self._finish(first)
            if len(self.slow) >= MAX_TIMEOUTS:
                break
        self.errors.sort(key=lambda e: e["line"] or 0)

    def _try(self, code: Code, namespace: dict[str, Any]) -> int | None:
        """Run some code: None, or the line at the top level of the file that an exception came from."""
        try:
            exec(code, namespace)
        except BaseException as error:
            trace = error.__traceback__.tb_next if error.__traceback__ else None  # the first is this function's
            line = trace.tb_lineno if trace else 0
            self.errors.append(self.describe(error) | {"statement": line})
            return line
        return None

    def _finish(self, first: int) -> None:
        """Note that the last error is of the statement at this line."""
        if self.errors[-1]["type"] == TimedOut.__name__:
            self.errors[-1] |= {"line": first, "where": ""}
            self.slow.append(first)

    def _statements(self) -> list[Statement]:
        try:
            return self._compiled(ast.parse(self.source, self.name))
        except UNUSABLE as error:
            whole = self.describe(error)
        text, encoding = decode(self.source)
        try:
            statements = self._compiled(ast.parse(text, self.name))
        except UNUSABLE as error:
            return self._pieces(text, self.describe(error))
        self.errors.append(whole | {"type": "Encoding", "kinds": ["Encoding"], "message": encoding, "line": None})
        return statements

    def _pieces(self, text: str, whole: Message) -> list[Statement]:
        """The statements of a broken text that are whole by themselves."""
        statements: list[Statement] = []
        broken = []
        before = None  # the piece before, if it is whole
        lines = lines_of(text.replace("\0", ""))
        begins = starts(lines)
        for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True):
            # Blank lines in front keep the line numbers of the file.
            piece = "\n" * begin + "\n".join(lines[begin:end]) + "\n"
            try:
                tree = ast.parse(piece, self.name)
                statements += self._compiled(tree)
                before = (tree, lines[begin:end])
            except UNUSABLE as error:
                where = _defined(lines[begin:end])
                if before and not where and _torn(before[0], lines[begin:end]):
                    # What was broken is the function above: its first half is no function.
                    where = _defined(before[1])
                    statements = [one for one in statements if one[0] <= begin - len(before[1])]
                broken.append(self.describe(error) | {"where": where, "statement": begin + 1})
                before = None
        self.errors += broken or [whole]
        return statements

    def _compiled(self, tree: ast.Module) -> list[Statement]:
        statements = []
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                for alias in node.names:
                    self._flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
            code = compile(ast.Module([node], []), self.name, "exec", self._flags, dont_inherit=True)
            statements.append((node.lineno, node.end_lineno or node.lineno, code))
        return statements


def lines_of(text: str) -> list[str]:
    """The lines of a text as Python counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def decode(source: bytes) -> tuple[str, str]:
    """Read a file that Python does not accept as it is: its text, and the encoding that it seems to have."""
    if b"\0" in source[:2]:
        source = (b"\xfe\xff" if source[0] == 0 else b"\xff\xfe") + source
    if source[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return source.decode("utf-16", "replace"), "UTF-16"
    source = source.removeprefix(b"\xef\xbb\xbf")
    try:
        return source.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return source.decode("latin-1"), "Latin-1"


# A comment, or a text in quotes of any kind.
_TEXTS = re.compile(r"""#[^\n]*|(\"{3}|'{3})(?:\\.|[^\\])*?\1|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def starts(lines: list[str]) -> list[int]:
    """Lines at which a statement at the top level may begin."""
    # What stands inside a text of several lines, such as a docstring, begins nothing.
    text = "\n".join(lines)
    if len(re.findall("\"{3}|'{3}", text)) <= MAX_QUOTES:
        lines = _TEXTS.sub(lambda found: found[0].replace("\n", "\n "), text).split("\n")
    starts = [0]
    joined = ("else", "elif", "except", "finally", ")", "]", "}")
    for i, line in enumerate(lines[1:], 1):
        if line[:1].strip() and line[0] not in "#\\" and not line.startswith(joined):
            if lines[starts[-1]].startswith("@") and line.startswith(("@", "def", "class", "async")):
                continue
            starts.append(i)
    return starts


def _torn(tree: ast.Module, after: list[str]) -> bool:
    """Whether a broken piece of text tears the definition in front of it, so that only its first half is whole."""
    if not tree.body or not isinstance(tree.body[-1], (ast.FunctionDef, ast.ClassDef)) or _ends(tree.body[-1].body):
        return False
    return after[0].startswith(("<<<<<<<", "=======", ">>>>>>>")) or any(line[:1] in (" ", "\t") for line in after[1:])


def _ends(body: list[ast.stmt]) -> bool:
    """Whether the last of some statements returns or raises whatever happens."""
    last = body[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and _ends(last.body) and _ends(last.orelse)
    return isinstance(last, (ast.Return, ast.Raise)) or (isinstance(last, ast.With) and _ends(last.body))


def _defined(lines: list[str]) -> str:
    """The function that a broken piece of text was to define."""
    found = (re.match(r"(?:async\s+)?def\s+(\w{1,80})", line) for line in lines)
    return next((match[1] for match in found if match), "")
