"""Say in plain words why a call stopped: the line, the shapes that met in it, and what to try.

Nothing here is a list of known mistakes.  The words come from the exception, from the line where it happened, and from
the values in that line, which are worked out again part by part until the same exception comes.
"""

import ast
import builtins
import difflib
import inspect
import itertools
import traceback
from typing import NamedTuple

import numpy as np

SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@"}
PRODUCTS = ("dot", "matmul")
HARMLESS = {abs, bool, dict, enumerate, float, int, len, list, max, min, range, sum, tuple, zip}
WRITES = {"fill", "itemset", "partition", "put", "resize", "setfield", "setflags", "sort", "copyto", "place", "putmask"}


class Part(NamedTuple):
    """The smallest part of a line that stops: its operands as they are written, their values, and the operation."""

    node: ast.expr
    operands: list  # pairs of text and value
    symbol: str  # "@", "+", ... ; "" when it is none of these


def exception(error, file, sizes=None, repeat=None):
    """Explain an exception that came out of a file.

    sizes tells n, D, N, K of the call.  repeat makes the call again with four different sizes; it gives the exception
    of that call and its sizes.  With them every number in a shape is one letter.
    """
    frame, line = last_place(error, file)
    if frame is None:
        hint = "\nLeave the def lines as they are in the hand-out." if "argument" in str(error) else ""
        return f"{type(error).__name__}: {first_line(error)}.{hint}"
    text = source_line(file, line)
    part = failing_part(frame, line, error, file)
    words = explain_type(error, frame, part)
    if words is None and part is not None and any(isinstance(value, np.ndarray) for _, value in part.operands):
        words = explain_shapes(error, part, other_part(error, line, file, repeat), sizes)
    if words is None:
        words = plain(error, part)
    return f"In line {line} of {file.name}:\n    {text}\n{words}"


def syntax_error(error, name):
    """Say what Python can't read, in one sentence with the line, and quote the line."""
    where = f", line {error.lineno}" if error.lineno else ""
    quoted = f"\n    {error.text.strip()}" if error.text and error.text.strip() else ""
    return f"Python can't read {name}{where}: {error.msg}.{quoted}"


def first_line(error):
    """Give the first line of an exception's message."""
    text = str(error).strip()
    if "does not have enough dimensions (has 0" in text:
        return "one side of @ is not an array: it is a number, or None from a function without return"
    return text.splitlines()[0] if text else "no message"


# The place ------------------------------------------------------------------------------------------------------------


def last_place(error, file):
    """Find the last frame of this file that an exception came through, and its line."""
    places = [(f, n) for f, n in traceback.walk_tb(error.__traceback__) if f.f_code.co_filename == str(file)]
    return places[-1] if places else (None, None)


def source_line(file, number):
    """Give one line of a file."""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def failing_part(frame, line, error, file):
    """Work out the parts of a line again, the inner ones first; give the first that stops with the same exception."""
    source = file.read_bytes()
    for node in expressions(ast.parse(source), line):
        if not is_harmless(node, frame):
            continue
        try:
            evaluate(node, frame)
        except Exception as again:
            same_words = str(again) == str(error) or hasattr(node, "in_place")
            if type(again) is type(error) and same_words:
                return part_of(node, frame, source.decode("utf-8", "replace"))
    return None


def expressions(tree, line):
    """Give the expressions of the statement at a line, the inner ones before the outer ones."""
    around = [n for n in ast.walk(tree) if isinstance(n, ast.stmt) and n.lineno <= line <= (n.end_lineno or n.lineno)]
    if not around:
        return []
    statement = min(around, key=lambda n: (n.end_lineno or n.lineno) - n.lineno)
    found = []

    def visit(node):
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.stmt):
                visit(child)
        if isinstance(node, ast.expr):
            found.append(node)

    visit(statement)
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, (ast.Name, ast.Subscript)):
        whole = ast.BinOp(statement.target, statement.op, statement.value)
        whole.in_place = True  # NumPy's words for u += v differ a little from those for u + v
        found.append(ast.copy_location(whole, statement))
    return found


def evaluate(node, frame):
    """Give the value of an expression where it stopped."""
    loaded = ast.parse(ast.unparse(node), mode="eval")
    with np.errstate(all="ignore"):
        return eval(compile(loaded, "<part>", "eval"), frame.f_globals, frame.f_locals)


def is_harmless(node, frame):
    """Tell whether an expression may be worked out again: it changes nothing and calls nothing of the student's."""
    allowed = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Subscript, ast.Attribute, ast.Name)
    allowed += (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Slice, ast.Call, ast.keyword, ast.Starred)
    inner = (ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context)
    for child in ast.walk(node):
        if isinstance(child, ast.Call):
            try:
                function = evaluate(child.func, frame)
            except Exception:
                continue  # the name is what stops
            if not callable(function):
                continue  # the call is what stops
            method = isinstance(getattr(function, "__self__", None), (np.ndarray, np.generic))
            library = str(getattr(function, "__module__", "")).split(".")[0] in ("numpy", "math")
            numpy = isinstance(function, np.ufunc) or library
            known = method or numpy or (function.__hash__ and function in HARMLESS)
            named = child.func.attr if isinstance(child.func, ast.Attribute) else ""
            if not known or named in WRITES or any(k.arg == "out" for k in child.keywords):
                return False
        elif not isinstance(child, allowed + inner):
            return False
    return True


def part_of(node, frame, source):
    """Take an expression apart into its operands."""
    symbol, inside = "", []
    if isinstance(node, ast.BinOp):
        symbol, inside = SYMBOLS.get(type(node.op), ""), [node.left, node.right]
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        inside = [a for a in node.args if not isinstance(a, ast.Starred)] + [k.value for k in node.keywords]
        if isinstance(node.func, ast.Attribute) and isinstance(evaluate_or_none(node.func.value, frame), np.ndarray):
            inside.insert(0, node.func.value)
        symbol = "@" if name in PRODUCTS and len(inside) == 2 else ""
        if name in ("add", "subtract", "multiply", "divide") and len(inside) >= 2:
            symbol = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}[name]
    elif isinstance(node, (ast.Subscript, ast.Attribute, ast.UnaryOp)):
        inside = [node.operand if isinstance(node, ast.UnaryOp) else node.value]
    texts = [(ast.get_source_segment(source, n) or ast.unparse(n)).strip() for n in inside]
    return Part(node, [(t, evaluate_or_none(n, frame)) for t, n in zip(texts, inside, strict=True)], symbol)


def evaluate_or_none(node, frame):
    """Give the value of an expression; None when it has none."""
    try:
        return evaluate(node, frame)
    except Exception:
        return None


def other_part(error, line, file, repeat):
    """Find the part that stops when the call is made again with four different sizes; give it with these sizes."""
    if repeat is None:
        return None
    again, sizes = repeat()
    if again is None or type(again) is not type(error):
        return None
    frame, where = last_place(again, file)
    part = failing_part(frame, where, again, file) if where == line else None
    return part and (part, sizes)


# Shapes ---------------------------------------------------------------------------------------------------------------


def is_literal(text):
    """Tell whether a text is its own value, such as 2 or None."""
    return isinstance(ast.parse(text, mode="eval").body, ast.Constant)


def letters(shape, sizes):
    """Give a shape in the letters n, D, N, K; None when a size is none of them, or could be two of them."""
    named = [[letter for letter, size in sizes.items() if size == number] for number in shape]
    if any(len(fit) > 1 for fit in named):
        return None
    words = [fit[0] if fit else str(number) if number == 1 else None for fit, number in zip(named, shape, strict=True)]
    return None if None in words else words


def written(words):
    """Write a shape: (n, D) or (N,)."""
    return f"({', '.join(words)}{',' if len(words) == 1 else ''})"


def describe(value):
    """Say what a value is."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if value is None or isinstance(value, (bool, type(...))):
        return str(value)
    if isinstance(value, (int, float, complex, np.number)):
        return f"the number {value:.6g}" if not isinstance(value, complex) else "a complex number"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, dict):
        return f"a dict with the keys {', '.join(map(repr, list(value)[:8]))}" if value else "an empty dict"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)} items"
    if callable(value):
        return "a function"
    return f"of type {type(value).__name__}"


def explain_shapes(error, part, other, sizes):
    """Name the shapes that met, in letters where they fit, and say what would fit."""
    lines = []
    named = {}
    for position, (text, value) in enumerate(part.operands):
        if not isinstance(value, np.ndarray):
            lines += [] if is_literal(text) else [f"{text} is {describe(value)}."]
            continue
        in_letters = other and fitting_letters(value, other, position, sizes)
        named[position] = in_letters
        lines.append(f"{text} has shape {value.shape}" + (f", that is {written(in_letters)}." if in_letters else "."))
    arrays = [value for _, value in part.operands if isinstance(value, np.ndarray)]
    if part.symbol == "@" and len(arrays) == 2 and all(array.ndim for array in arrays):
        inner = arrays[0].shape[-1], arrays[1].shape[-2 if arrays[1].ndim > 1 else 0]
        rule = "A product A @ B needs the last size of A to be the first size of B"
        lines.append(f"{rule}; here they are {inner[0]} and {inner[1]}.")
    elif part.symbol and len(arrays) == 2:
        lines.append(f"{part.symbol} works entry by entry. Sizes are compared from the right, and must be equal or 1.")
    else:
        lines.append(f"{type(error).__name__}: {first_line(error)}.")
    tip = advice(part, other, lines_up=all(named.values())) if len(arrays) == 2 and other else None
    return "\n".join([*lines, *([tip] if tip else [])])


def fitting_letters(value, other, position, sizes):
    """Give an operand's shape in letters, if they are right for both calls."""
    part, distinct = other
    same = position < len(part.operands) and np.shape(part.operands[position][1])
    if same is False or len(same) != value.ndim:
        return None
    words = letters(same, distinct)
    known = (sizes or {}) | {"1": 1}
    fits = words and all(known.get(word, number) == number for word, number in zip(words, value.shape, strict=True))
    return words if fits else None


def advice(part, other, lines_up):
    """Find the smallest change after which the operands fit: a transpose, an exchange, @ instead of *."""
    if not (lines_up and part.symbol):
        return None
    (text_a, _), (text_b, _) = part.operands
    (_, a), (_, b) = other[0].operands
    choices = []
    if part.symbol == "@" and a.shape == b.shape:
        shape = written(letters(a.shape, other[1]))
        entrywise = f"{transposed(text_a, 0)} * {transposed(text_b, 0)}, entry by entry"
        return f"What would fit: {entrywise}, which has shape {shape}."
    for symbol in dict.fromkeys([part.symbol, "@"] if part.symbol == "*" else [part.symbol]):
        pairs = [(a, text_a, b, text_b), (b, text_b, a, text_a)][: 2 if symbol == "@" else 1]
        for turned, (left, name, right, other_name) in itertools.product(range(4), pairs):
            one, two = (left.T if turned & 1 else left), (right.T if turned & 2 else right)
            if (turned & 1 and left.ndim < 2) or (turned & 2 and right.ndim < 2):
                continue
            shape = result_shape(symbol, one, two)
            words = shape and letters(shape, other[1])
            if words and "n" not in words[1:]:  # rows are examples
                written_out = f"{transposed(name, turned & 1)} {symbol} {transposed(other_name, turned & 2)}"
                changes = bin(turned).count("1") + 2 * (left is b) + (symbol != part.symbol)
                choices.append((changes, written_out, written(words)))
    if not choices:
        return None
    _, best, shape = min(choices, key=lambda choice: choice[0])
    return f"What would fit: {best}, which has shape {shape}."


def result_shape(symbol, one, two):
    """Give the shape of a product or of a sum; None when there is none."""
    try:
        return np.shape(one @ two) if symbol == "@" else np.broadcast_shapes(one.shape, two.shape)
    except ValueError:
        return None


def transposed(text, turned):
    """Write .T behind an operand, with brackets where they are needed."""
    simple = isinstance(ast.parse(text, mode="eval").body, (ast.Name, ast.Subscript, ast.Attribute, ast.Call))
    text = text if simple else f"({text})"
    if not turned:
        return text
    return text[:-2] if text.endswith(".T") else f"{text}.T"


# Other exceptions -----------------------------------------------------------------------------------------------------


def explain_type(error, frame, part):
    """Explain what is not about shapes: names, keys, attributes, values of the wrong kind."""
    if isinstance(error, NameError):
        return unknown_name(error, frame)
    if isinstance(error, KeyError) and part and isinstance(part.operands[0][1], dict):
        (text, value), wanted = part.operands[0], error.args[0]
        keys = ", ".join(map(repr, value))
        return f"{text} has no key {wanted!r}. Its keys are {keys}.{guess(wanted, value)}"
    if isinstance(error, KeyError):
        return f"A dict has no key {error.args[0] if error.args else None!r}."
    if isinstance(error, AttributeError) and getattr(error, "name", None):
        owner = part.operands[0][0] if part and part.operands else "The value"
        if error.obj is None:
            return f"{owner} is None, and None has no {error.name}. Does a return line miss where it comes from?"
        kind = f"the module {error.obj.__name__}" if inspect.ismodule(error.obj) else describe(error.obj)
        subject = kind[0].upper() + kind[1:] if inspect.ismodule(error.obj) else f"{owner} is {kind}: it"
        return f"{subject} has no {error.name}.{guess(error.name, dir(error.obj))}"
    if part and isinstance(getattr(part.node, "op", None), ast.BitXor):
        return f"{type(error).__name__}: in Python ^ is not a power. Write ** for it."
    if str(error) == "'int' object is not iterable":
        return "A whole number can't be gone through one by one. To count up to it, write range(...)."
    if isinstance(error, TypeError) and part and isinstance(part.node, ast.Call):
        return wrong_call(error, frame, part)
    if "read-only" in str(error):
        return "This line changes an array that was passed in. Leave it as it is and make a new one: u = u - ..."
    return None


def wrong_call(error, frame, part):
    """Explain a call of something that is no function, and of a function of math that got an array."""
    called = ast.unparse(part.node.func)
    function = evaluate_or_none(part.node.func, frame)
    if not callable(function):
        what = describe(function)
        return f"{called} is {what}, and ( ) calls a function. An entry of an array or of a dict is in [ ]."
    if getattr(function, "__module__", "") == "math" and hasattr(np, function.__name__):
        arrays = [text for text, value in part.operands if isinstance(value, np.ndarray)]
        if arrays:
            return f"{called} takes one number, and {arrays[0]} is an array. Use np.{function.__name__}."
    return None


def unknown_name(error, frame):
    """Say which name is unknown, and which known one was perhaps meant."""
    name = getattr(error, "name", None) or first_line(error).split("'")[1]
    if isinstance(error, UnboundLocalError):
        return f"{name} has no value yet: no line that sets it has run before this one. Is it set inside an if?"
    if callable(getattr(np, name, None)) and "np" in frame.f_globals:
        return f"The name {name} is not known here. NumPy's function is np.{name}."
    known = [*frame.f_locals, *frame.f_globals, *filter(str.islower, dir(builtins))]
    return f"The name {name} is not known here.{guess(name, known)}"


def guess(word, known):
    """Guess which known word was meant; nothing when none is near."""
    words = {str(one).lower(): one for one in known if isinstance(one, str)}
    near = difflib.get_close_matches(str(word).lower(), words, n=1, cutoff=0.6)
    return f" Did you mean {words[near[0]]}?" if near else ""


def plain(error, part):
    """Give Python's own words, and say what the operands are."""
    words = f"{type(error).__name__}: {first_line(error)}".rstrip(".") + "."
    named = [(text, value) for text, value in (part.operands if part else []) if not is_literal(text)]
    operands = [f"{text} is {describe(value)}." for text, value in named]
    if any(value is None for _, value in named):
        operands.append("Does a return line miss where the None comes from?")
    return "\n".join([words, *dict.fromkeys(operands)])
