"""Keys, indices, attributes and files that aren't there, and values of a kind that doesn't fit."""

from __future__ import annotations

import ast
import errno

import numpy as np

from autograder.asking.battery import ACTIVATIONS, NAMES
from autograder.diagnosis.exceptions.failed import Failed, code_of, is_type, quoted, spelled, what
from autograder.diagnosis.exceptions.shapes import lettered, operands, sized
from autograder.diagnosis.exceptions.source import always_returns, no_return, parameters, scope, stored
from autograder.sandbox.worker.evidence import parsed

# What may go wrong with a file anywhere: another kind of thing than was meant, or one that is closed.
_FAULTS = {str(number) for number in (errno.EBADF, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.ENOTEMPTY)}


def key(failed: Failed) -> str:
    if failed.error.type != "KeyError":
        return ""
    said = failed.error.message[:42].replace("'", '"')  # quoted if the key is a text
    key = said.strip('"')
    note = f" The grader asks with {quoted(ACTIVATIONS)}." if key in ACTIVATIONS else ""
    subscripts = [node for node in failed.nodes(ast.Subscript) if isinstance(node, ast.Subscript)]
    for node in subscripts:
        base = node.value
        one = failed.operand(base) if str(getattr(node.slice, "value", key)) == key else None
        if one and one.kind == "dict" and key not in one.keys:
            if set(NAMES) <= set(one.keys):
                meant = spelled(key, NAMES, '"{}"') or _of_pairs(failed, one.name)
                return f"{code_of(one)} has the keys {quoted(NAMES)}, and no {said}.{meant}"
            if _is_of_module(failed, base):
                break  # sys.modules
            if not one.shape or not one.shape[0]:
                return f"{code_of(one)} is an empty dict here: nothing was put in before this call."
            has = f" It has {quoted(one.keys[:8])}." if one.keys else ""
            return f"{code_of(one)}, a dict of your own, has no key {said}.{has}{note}"
        if isinstance(base, ast.Dict):
            keys = [k.value for k in base.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)]
            return f"the dict in this line has no key {said}. It has {quoted(keys[:8])}.{note}"
    with_it = [n.value for n in subscripts if isinstance(n.slice, ast.Constant) and str(n.slice.value) == key]
    asked = {ast.unparse(value)[:40] for value in with_it}
    return f"{asked.pop()} has no key {said}.{note}" if len(asked) == 1 else ""


def _is_of_module(failed: Failed, node: ast.expr | None) -> bool:
    """Whether a value is reached through a module, as sys.modules is."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    root = failed.operand(node)
    return root is not None and root.kind == "module"


def _of_pairs(failed: Failed, name: str) -> str:
    """Advice where a loop takes each key of a dict for a pair."""
    function = failed.source.function(failed.error.where, failed.error.line)
    loops = [node for node in scope(function) if isinstance(node, (ast.For, ast.comprehension))] if function else []
    pairs = any(isinstance(loop.target, ast.Tuple) and ast.unparse(loop.iter) == name for loop in loops)
    return f" A loop over {name} gives its keys only: for keys and values write {name}.items()." if pairs else ""


def index(failed: Failed) -> str:
    if "sys.argv" in failed.line and failed.error.is_a("IndexError"):
        return "there are no command-line arguments on the grader: sys.argv holds the name of the program only."
    match = failed.find(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)")
    if match:
        size, last = int(match[3]), int(match[3]) - 1
        if not size:
            return f"axis {match[2]} is empty, so there is no index {match[1]}."
        if size == 1:
            return f"axis {match[2]} has one entry: its only index is 0, so {match[1]} is outside."
        entries = sized(size, failed.sizes)
        return f"axis {match[2]} has {entries} entries: its indices go from 0 to {last}, so {match[1]} is outside."
    match = failed.find(r"array is (\d)-dimensional, but (\d) were indexed")
    if match:
        arrays = {one for node in failed.nodes(ast.Subscript) if isinstance(node, ast.Subscript)
                  if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == int(match[2])
                  if (one := failed.operand(node.value)) and len(one.shape or ()) == int(match[1])}  # fmt: skip
        which = "".join(f" {code_of(one)} has shape {one.shape}." for one in arrays) if len(arrays) == 1 else ""
        dimensions = f"{match[1]} dimension{'s' * (match[1] != '1')}"
        return f"an array of {dimensions} is indexed as if it had {match[2]}.{which}"
    if failed.find("tuple index out of range"):
        for node in failed.nodes(ast.Attribute):
            one = failed.operand(node.value) if isinstance(node, ast.Attribute) and node.attr == "shape" else None
            if one and one.kind == "array":
                letters = lettered(one.shape or (), failed.sizes)
                return f"{code_of(one)} has shape {one.shape}{letters}: fewer axes than are used here."
    return ""


def attribute(failed: Failed) -> str:
    match = failed.find(r"^'([\w.]+)' object has no attribute '(\w+)'")
    if not match:
        return ""
    nodes = [node for node in failed.nodes(ast.Attribute) if isinstance(node, ast.Attribute)]
    bases = [node.value for node in nodes if node.attr == match[2]]
    one = next((one for base in bases if (one := failed.operand(base)) and is_type(one, match[1])), None)
    near = ""
    if one is None:
        return ""
    if one.kind == "array":
        near = spelled(match[2], dir(np.ndarray), ".{}")
        if not near and hasattr(np, match[2]):
            near = f" NumPy has np.{match[2]}(...)."
    elif one.kind == "dict" and match[2] in one.keys:
        near = f' Write {code_of(one)}["{match[2]}"].'
    elif one.kind == "None":
        near = _given_by(failed, one.name)
    return f"{code_of(one)} is {what(one, failed.sizes)}, and has no .{match[2]}.{near}"


def file(failed: Failed) -> str:
    if not failed.error.is_a("OSError"):
        return ""
    if failed.error.is_a("FileNotFoundError") or failed.find(r"not found\.$"):
        return ("that file or folder is not on the grader: only what you hand in is there. Use files only under "
                '`if __name__ == "__main__"`.')  # fmt: skip
    if failed.error.is_a("FileExistsError"):
        return "that file or folder exists already, perhaps from an earlier call."
    number = failed.find(r"\[Errno (-?\d+)\]")
    refused = number and number[1] not in _FAULTS
    return "the grader allows no such use of files, other processes or the network." if refused else ""


def operand(failed: Failed) -> str:
    """An operand that is None, or anything else that is neither a number nor an array."""
    if not failed.find(r"NoneType|(unsupported|bad) operand|loop of ufunc|matching types|must be real|enough dim"):
        return ""
    for node in _direct(failed):
        one = failed.operand(node)
        if one is not None and one.kind == "None":
            return f"{code_of(one)} is None here.{_given_by(failed, one.name)}"
        if one is not None and one.kind not in ("number", "array", "object"):
            return f"{code_of(one)} is {what(one, failed.sizes)}, not a number or an array."
        if failed.find("NoneType|enough dim") and isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            function = failed.source.function(node.func.id)
            if function is not None and not always_returns(function):
                return f"{node.func.id} gives None here: {no_return(failed.source, node.func.id)}"
    return ""


def _direct(failed: Failed) -> list[ast.expr]:
    """The operands of the operation that failed, and not what they are made of."""
    expression = failed.expression
    nodes = list(ast.walk(expression)) if expression is not None else []
    if failed.error.span:
        whole = ast.Module, ast.Expr
        nodes = [node for node in nodes if not isinstance(node, whole)][:1]
    found: list[ast.expr] = []
    for node in nodes:
        parts = operands(node)
        if parts:
            found += parts[1:]
        elif isinstance(node, ast.Call) and (called := failed.operand(node.func)) and called.kind == "NumPy function":
            found += node.args
        elif isinstance(node, ast.UnaryOp):
            found.append(node.operand)
    return found


def _given_by(failed: Failed, name: str) -> str:
    """The function of their own that a variable got None from."""
    function = failed.source.function(failed.error.where, failed.error.line)
    if function is None or name in parameters(function.args) or [one.id for one in stored(function)].count(name) != 1:
        return ""  # it may come from elsewhere
    for node in scope(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):
            given = failed.source.function(node.value.func.id)
            if [ast.unparse(target) for target in node.targets] == [name] and given and not always_returns(given):
                return f" It comes from {given.name}: {no_return(failed.source, given.name)}"
    return ""


def unpacked(failed: Failed) -> str:
    """More or fewer names than values."""
    nodes = list(ast.walk(parsed(failed.line) or ast.Pass()))
    unpacks = any(isinstance(node, (ast.Tuple, ast.List)) and isinstance(node.ctx, ast.Store) for node in nodes)
    if not failed.find(r"values to unpack") or not unpacks:
        return ""
    values = [node.value for node in nodes if isinstance(node, ast.Assign)]
    value = values[0] if len(values) == 1 else None
    one = failed.operand(value.value) if isinstance(value, ast.Attribute) and value.attr == "shape" else None
    if one and one.kind == "array":
        shape, names = one.shape or (), failed.find(r"expected (\d+)")
        letters, wanted = lettered(shape, failed.sizes), f", not {names[1]}" if names else ""
        return f"{code_of(one)} has shape {shape}{letters}: {len(shape)} numbers{wanted}."
    return "the number of names on the left differs from the number of values on the right."
