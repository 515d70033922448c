"""An exception and what is known of the place where it happened."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.asking.failures import ErrorInfo, Operand
from autograder.diagnosis.exceptions.shapes import NAMES, lettered
from autograder.diagnosis.exceptions.source import Source

_WORDS = frozenset({"a", "an", "arrays", "axis", "nothing", "perhaps", "something", "tabs", "that",
                    "the", "there", "these", "this", "using"})  # fmt: skip


@dataclass(frozen=True)
class Failed:
    """An exception, and what is known of where it happened.

    sizes : of the inputs, by letter
    function : the contract's function that was called
    loading : the errors while the file was loaded
    """

    error: ErrorInfo
    source: Source
    sizes: Mapping[str, int] = field(default_factory=dict)
    function: str = ""
    loading: Sequence[ErrorInfo] = ()

    def find(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.error.message)

    @property
    def expression(self) -> ast.AST | None:
        return self.source.expression(self.error)

    @property
    def is_here(self) -> bool:
        """Whether it happened in neural_net.py, and not in another file that was handed in."""
        return self.error.file in ("neural_net.py", "", None)

    @property
    def line(self) -> str:
        at = self.error.line or 0
        return self.source.lines[at - 1] if self.is_here and 0 < at <= len(self.source.lines) else ""

    def operand(self, node: ast.AST | None) -> Operand | None:
        """The operand that a node names, if it is a name, or what is reached from one."""
        name = ast.unparse(node) if isinstance(node, NAMES) else ""
        return next((one for one in self.error.operands if one.name == name), None)

    def nodes(self, kind: type[ast.AST]) -> list[ast.AST]:
        return [node for node in ast.walk(self.expression or ast.Pass()) if isinstance(node, kind)]


def close(name: str, names: Collection[str]) -> str:
    """The name that was probably meant; first the same one in other letters, upper or lower case."""
    same = [one for one in names if one.lower() == name.lower() and one != name]
    near = same or difflib.get_close_matches(name, [one for one in names if one != name], 1, 0.75)
    return near[0] if near else ""


def spelled(name: str, names: Collection[str], form: str = "{}") -> str:
    near = close(name, names)
    return f" Is {form.format(near)} meant?" if near else ""


def sentence(text: str) -> str:
    """A text with a capital letter at its beginning, unless it may begin with a name of the program."""
    return text[:1].upper() + text[1:] if text.split(" ")[0] in _WORDS else text


def quoted(keys: Collection[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)


def what(operand: Operand, sizes: Mapping[str, int]) -> str:
    if operand.kind == "array":
        shape = operand.shape or ()
        return f"an array of shape {shape}{lettered(shape, sizes)}"
    kinds = {"None": "None", "text": "text", "object": "an object", "own function": "a function of your own",
             "NumPy function": "a function of NumPy", "contract's function": "one of the four functions"}  # fmt: skip
    return kinds.get(operand.kind, f"a {operand.kind}")


def is_type(operand: Operand, type_: str) -> bool:
    """Whether an operand may be of the type that a message names."""
    kinds = {"NoneType": "None", "numpy.ndarray": "array", "ndarray": "array", "str": "text"}
    kinds |= {kind: kind for kind in ("dict", "list", "tuple", "module")}
    if type_ in kinds:
        return operand.kind == kinds[type_]
    if type_.endswith(("function", "ufunc", "method")):
        return "function" in operand.kind
    return operand.kind == ("number" if re.match(r"(numpy\.)?(float|int|bool)", type_) else "object")


def code_of(operand: Operand) -> str:
    return operand.name.replace("'", '"')
