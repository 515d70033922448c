"""Functions that are called wrongly, and things that are no functions."""

from __future__ import annotations

import ast
import builtins

from autograder.asking.reading import ARGUMENTS
from autograder.diagnosis.exceptions import library
from autograder.diagnosis.exceptions.failed import Failed, code_of, is_type, what
from autograder.diagnosis.exceptions.shapes import code
from autograder.diagnosis.exceptions.source import Source

_WRONG_CALL = (r"(?:^|\.)(\w+)(?:\.__init__)?\(\) (?:takes|missing|got (?:an unexpected|multiple|some)|expected|"
               r"requires)(?:.*keyword argument '(\w+)')?")  # fmt: skip


def arguments(failed: Failed) -> str:
    match = failed.find(_WRONG_CALL)
    if not match or not failed.error.is_a("TypeError"):
        return ""
    name, keyword = match[1], match[2] or ""
    if failed.error.line is None:
        if not failed.function:
            return ""
        contract = ", ".join(ARGUMENTS.get(failed.function, ()))
        return f"your {failed.function} has other arguments than the hand-out says: {failed.function}({contract})."
    names = [node for node in failed.nodes(ast.expr) if isinstance(node, (ast.Name, ast.Attribute))]
    # A function that is handed on, as to map, is called by another.  Inside of NumPy x.sum is _sum.
    called = next((n for n in names if ast.unparse(n).split(".")[-1] in (name, name.lstrip("_"))), None)
    operand, text = failed.operand(called), code(called)[:40] if called else name
    definition = failed.source.function(name) if not match.start() else None
    if definition and operand and operand.kind in ("own function", "contract's function"):
        takes = ast.unparse(definition.args)[:80]
        at = definition.lineno
        return f"your own function {name} is called in another way than line {at} defines it: {name}({takes})."
    if operand and operand.kind == "NumPy function":
        return f"{text} of NumPy is called in a way it does not allow.{library.keyword(name, keyword)}"
    return f"{text} is called with arguments that it does not take."


def misordered(source: Source, function: str) -> str:
    """What is true of a function that has the contract's arguments in other places.  loss is symmetric."""
    definition, contract = source.function(function), ARGUMENTS.get(function, ())
    if definition is None or function == "loss":
        return ""
    taken = [one.arg for one in (*definition.args.posonlyargs, *definition.args.args)]
    if all(name not in contract or contract.index(name) == place for place, name in enumerate(taken)):
        return ""
    return (f"line {definition.lineno} defines {function}({', '.join(taken)[:80]}), but it is called as "
            f"{function}({', '.join(contract)}): the order counts, not the names.")  # fmt: skip


def not_callable(failed: Failed) -> str:
    match = failed.find(r"^'([\w.]+)' object is not (callable|subscriptable|iterable)")
    if not match:
        return ""
    if match[2] == "callable":
        bases = [node.func for node in failed.nodes(ast.Call) if isinstance(node, ast.Call)]
        operator = " Is an operator missing before the bracket?"
        advice = {"array": operator, "number": operator, "dict": " A key goes in square brackets."}
    else:
        bases = [node.value for node in failed.nodes(ast.Subscript) if isinstance(node, ast.Subscript)]
        advice = {}
    action = {"callable": "called like a function", "subscriptable": "indexed", "iterable": "taken apart"}[match[2]]
    wrong = [one for base in bases if (one := failed.operand(base)) and is_type(one, match[1])]
    if not wrong:
        return ""
    one = wrong[0]
    if match[2] == "callable" and hasattr(builtins, one.name):
        return f"{one.name} is {what(one, failed.sizes)} here: the name of Python's own function was given a value."
    return f"{code_of(one)} is {what(one, failed.sizes)}, and is {action} here.{advice.get(one.kind, '')}"
