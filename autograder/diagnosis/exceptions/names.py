"""Names, modules and variables that aren't there."""

from __future__ import annotations

import ast
import re

from autograder.asking.failures import ErrorInfo
from autograder.diagnosis.exceptions import library
from autograder.diagnosis.exceptions.failed import Failed, sentence, spelled
from autograder.diagnosis.exceptions.source import parameters, scope, stored

_PYTHON_2 = {"xrange": "range", "raw_input": "input", "unicode": "str", "long": "int"}


def module(failed: Failed) -> str:
    if failed.error.is_a("ImportError"):
        return library.missing_module(failed.error.message)
    match = failed.find(r"module '(numpy[\w.]*)' has no attribute '(\w+)'")
    match = match or failed.find(r"^`(np)\.(\w+)` was removed")
    if match:
        return library.numpy_name(match[1].replace("numpy", "np"), match[2])
    match = failed.find(r"module '([\w.]+)' has no attribute '(\w+)'")
    if match and library.is_module(f"{match[1]}.{match[2]}"):
        return f"{match[1]}.{match[2]} is a module of its own. Write `import {match[1]}.{match[2]}`."
    return library.nothing_named(match[1], match[2]) if match else ""


def name(failed: Failed) -> str:
    match = failed.find(r"^name '(\w{1,40})' is not defined")
    if not match or not failed.is_here:
        return ""
    name, source, at = match[1], failed.source, failed.error.line or 0
    lost = lost_to(failed)
    if lost:
        line = f"line {lost.statement or lost.line}"
        cause = library.missing_module(lost.message) if lost.is_a("ImportError") else ""
        text = f"{name} should come from {line}, which failed when the file was imported ({lost.type})."
        return f"{text} {sentence(cause)}" if cause else text
    if name in library.NOTEBOOK:
        return f"{name} exists only in a notebook. Remove this line."
    if source.behind_main(name):
        return f'{name} is set only under `if __name__ == "__main__"`, which does not run when the file is imported.'
    bound = source.binding(name)
    if bound is not None and failed.function:  # the import is over
        return (f"{name} has no value after the import. Line {bound}, which would give it one, did not run then or did "
                f"not succeed, or {name} was deleted again.")  # fmt: skip
    if bound is not None:
        late = bound > (failed.error.statement or at)
        return f"{name} is defined in line {bound}, which had not run yet at that point." if late else ""
    if re.match(rf"\s*{name}\s*==", failed.line):
        return f"{name} has no value here. == compares; one = gives a value."
    if name in _PYTHON_2:
        return f"{name} is Python 2; in Python 3 it is {_PYTHON_2[name]}."
    if name in library.ALIASES:
        return f"{name} is not imported. Write `{library.ALIASES[name]}` at the top of the file."
    return _elsewhere(failed, name, at)


def _elsewhere(failed: Failed, name: str, at: int) -> str:
    """Whose a name is that nothing at the top level binds."""
    source = failed.source
    owner = next((one for one in source.owners(name) if one.name != failed.error.where), None)
    if isinstance(owner, ast.ClassDef):
        return f"{name} belongs to the class {owner.name}: write self.{name} in its methods, or {owner.name}.{name}."
    if owner and any(isinstance(node, ast.Global) and name in node.names for node in scope(owner)):
        return f"{name} gets a value only when {owner.name} is called."
    if owner:
        return f"{name} is a variable of {owner.name}; no other function sees it. Pass it on, or compute it here."
    passing = min(source.passing(name), key=lambda one: abs(one[0] - at), default=None)
    if passing:
        return f"the {name} in line {passing[0]} exists only within that {passing[1]}."
    near = spelled(name, source.names(failed.error.where, at))
    if source.whole is None:  # what is broken may define it
        return near and f"{name} has no value here.{near}"
    return f"nothing named {name} is defined in the file.{near or ' A cell of a notebook may have defined it for you.'}"


def lost_to(failed: Failed) -> ErrorInfo | None:
    """The error while the file was imported that took the definition of the missing name with it."""
    match = failed.find(r"^name '(\w{1,40})' is not defined")
    if not match or not failed.is_here:
        return None
    others = [error for error in failed.loading if error != failed.error]
    return failed.source.dropped(match[1], others)


def unbound(failed: Failed) -> str:
    match = failed.find(r"variable '?(\w{1,40})'? (?:referenced before|where it is not associated)")
    function = failed.source.function(failed.error.where, failed.error.line) if failed.is_here else None
    if match is None or function is None:
        return ""
    name, at = match[1], failed.error.line or 0
    found = [node for node in stored(function) if node.id == name]
    lines = sorted({node.lineno for node in found})
    added = {node.target for node in scope(function) if isinstance(node, ast.AugAssign)}
    deleted = [node.lineno for node in scope(function) if isinstance(node, ast.Name) and node.id == name
               and isinstance(node.ctx, ast.Del)]  # fmt: skip
    if deleted:
        return f"line {min(deleted)} deletes {name}."
    if not lines or name in parameters(function.args):
        return ""
    if failed.source.binding(name) is not None:
        return (f"line {lines[0]} assigns to {name}, so Python takes it for a local variable everywhere in "
                f"{function.name}; the {name} outside is another one. Pass it as an argument.")  # fmt: skip
    if all(node in added for node in found):
        return f"line {lines[0]} adds to {name}, which has no value yet. Set it before, for example to 0."
    if lines[0] >= at:
        return f"{name} gets its first value in line {lines[0]}, after it is used here."
    block = next((node for node in scope(function) if isinstance(node, (ast.If, ast.For, ast.While, ast.Try))
                  and node.lineno <= lines[0] and lines[-1] <= (node.end_lineno or 0)), None)  # fmt: skip
    inside = f", inside the block that begins in line {block.lineno}" if block else ""
    where = f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}"
    return f"{name} gets a value only in {where}{inside}, and that did not happen in this call."
