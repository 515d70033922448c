"""What stood in the expression that failed: names, kinds and shapes, never the values of arrays.

Nothing of the submission is run: only plain objects are looked into, and only as far as names and constants lead.
"""

from __future__ import annotations

import ast
import builtins
import textwrap
import types
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.sandbox.worker.loader import Message

MOST = 8  # operands of one expression
MAX_NAME = 40
ABSENT = object()
Span = tuple[int, int, int, int]  # first line, first byte, last line, last byte


def gather(trace: types.TracebackType, lines: Sequence[str], own: Mapping[str, Any], main: str) -> Message:
    """Describe the operands of the expression that failed in a frame.

    Parameters
    ----------
    trace : the traceback's entry of that frame
    lines : the source of the frame's file
    own : the contract's functions
    main : the name of the submission's file
    """
    frame = trace.tb_frame
    found: dict[str, Message] = {}
    span = _span(frame.f_code, trace.tb_lasti)
    texts = [text_of(span, lines)] if span else []
    texts.append(lines[trace.tb_lineno - 1] if trace.tb_lineno <= len(lines) else "")
    for node in (node for text in texts for node in operands(text)):
        name = ast.unparse(node)
        value = _value(node, frame)
        if value is not ABSENT and len(name) <= MAX_NAME and len(found) < MOST:
            found.setdefault(name, _described(value, own, main) | {"kept": _is_kept(node, frame)})
    return {"span": list(span) if span else [], "operands": [{"name": name, **one} for name, one in found.items()]}


def _span(code: types.CodeType, instruction: int) -> Span | None:
    """The part of the source that an instruction comes from.  Python tells it from 3.11 on."""
    positions = getattr(code, "co_positions", None)
    if positions is None:
        return None
    for place, (first, last, start, end) in enumerate(positions()):
        if place == instruction // 2:
            whole = None not in (first, last, start, end)
            return (first, start, last, end) if whole else None
    return None


def text_of(span: Span, lines: Sequence[str]) -> str:
    """The text of a span; its columns count the bytes of UTF-8."""
    first, start, last, end = span
    taken = [line.encode("utf-8", "replace") for line in lines[first - 1 : last]]
    if not taken:
        return ""
    taken[-1] = taken[-1][:end]
    taken[0] = taken[0][start:]
    return b"\n".join(taken).decode("utf-8", "replace")


def parsed(text: str) -> ast.AST | None:
    """The tree of an expression or of the first line of a statement; None if it can't be read alone."""
    text = textwrap.dedent(text).strip()
    for attempt in (f"({text}\n)", text, text + " pass", text.removeprefix("el") + " pass"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the submission's text
                return ast.parse(attempt)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def operands(text: str) -> Iterator[ast.expr]:
    """The names of an expression, and what is reached from them by attributes and constant keys."""
    tree = parsed(text)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and _is_simple(node):
            yield node


def _is_simple(node: ast.expr) -> bool:
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Subscript):
            if not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, (str, int))):
                return False
        elif not isinstance(node, ast.Attribute):
            return False
        node = node.value
    return True


def _value(node: ast.expr, frame: types.FrameType) -> Any:
    if isinstance(node, ast.Name):
        spaces = (frame.f_locals, frame.f_globals, vars(builtins))
        return next((space[node.id] for space in spaces if node.id in space), ABSENT)
    if isinstance(node, ast.Attribute):
        base = _value(node.value, frame)
        if type(base) is np.ndarray and node.attr in ("T", "shape"):
            return base.T if node.attr == "T" else base.shape
        plain = type(base) is types.ModuleType or "__getattribute__" not in vars(type(base))
        return getattr(base, "__dict__", {}).get(node.attr, ABSENT) if plain else ABSENT
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        base, key = _value(node.value, frame), node.slice.value
        if type(base) is dict or (type(base) in (list, tuple) and type(key) is int and 0 <= key < len(base)):
            return base.get(key, ABSENT) if type(base) is dict else base[key]
    return ABSENT


def _is_kept(node: ast.expr, frame: types.FrameType) -> bool:
    """Whether a value is in a global variable or in an object, so that an earlier call may have left it there."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Attribute) and type(_value(node.value, frame)) not in (np.ndarray, types.ModuleType):
            return True
        node = node.value
    return isinstance(node, ast.Name) and node.id not in frame.f_locals


def _described(value: Any, own: Mapping[str, Any], main: str) -> Message:
    """The kind of a value, its shape, and a dict's keys."""
    kind = type(value)
    if kind is np.ndarray:
        return {"kind": "array", "shape": list(value.shape)}
    if kind in (list, tuple):
        return {"kind": kind.__name__, "shape": [len(value)]}
    if kind is dict:
        keys = [key for key in list(value)[:12] if type(key) is str and len(key) <= MAX_NAME]
        return {"kind": "dict", "shape": [len(value)], "keys": keys}
    if any(value is function for function in own.values()):
        return {"kind": "contract's function"}
    if kind is types.FunctionType and value.__code__.co_filename == main:
        return {"kind": "own function"}
    if kind is np.ufunc or (callable(value) and str(getattr(value, "__module__", "")).startswith("numpy")):
        return {"kind": "NumPy function"}
    return {"kind": next((name for types_, name in _KINDS if isinstance(value, types_)), "object")}


_KINDS: tuple[tuple[Any, str], ...] = (
    (type(None), "None"),
    ((int, float, complex, np.number, np.bool_), "number"),
    (str, "text"),
    (types.ModuleType, "module"),
    (type, "class"),
    ((types.FunctionType, types.BuiltinFunctionType, types.MethodType), "function"),
)
