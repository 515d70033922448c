"""What an exception or a broken file is said to mean: from the student's line, and whose value it is."""

from __future__ import annotations

import gzip
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.asking.failures import ErrorInfo, Operand
from autograder.asking.reading import read_error
from autograder.diagnosis.exceptions import Failed, exception
from autograder.diagnosis.exceptions.calls import misordered
from autograder.diagnosis.exceptions.fitting import fixes
from autograder.diagnosis.exceptions.shapes import failed_operation, lettered
from autograder.diagnosis.exceptions.source import Source, elsewhere, no_return, readable
from autograder.diagnosis.exceptions.syntax import file_kind, syntax
from autograder.sandbox import replies
from autograder.sandbox.worker import evidence
from autograder.sandbox.worker.loader import decode, lines_of
from autograder.sandbox.worker.runner import Runner
from tests.support import SOLUTION

SIZES = {"n": 11, "D": 6, "N": 8, "K": 3}
HEAD = "import numpy as np\n"
FORWARD = "\ndef forward(x, params, activation='logistic'):\n    W1, b1, W2, b2 = (params[k] for k in params)\n"
BACKPROP = "\ndef backprop(x, y, params, e1, h, yhat, activation='logistic'):\n    epsilon = yhat - y\n"


def arguments() -> dict[str, list[Any]]:
    n, D, N, K = SIZES.values()
    params = {"W1": np.ones((N, D)), "b1": np.ones(N), "W2": np.ones((K, N)), "b2": np.ones(K)}
    x, y, h = np.ones((n, D)), np.ones((n, K)), np.ones((n, N))
    return {"forward": [x, params, "logistic"], "backprop": [x, y, params, h, h, y, "logistic"]}


class Tried:
    """A program that was loaded and called as a worker does it, and its errors as the grader reads them."""

    def __init__(self, folder: Path, program: str | bytes, function: str = "") -> None:
        data = program.encode() if isinstance(program, str) else program
        runner = Runner(str(folder))
        runner.files({"files": [["neural_net.py", np.frombuffer(data, np.uint8)]], "main": "neural_net.py"})
        loaded = runner.load({})
        self.found: dict[str, int] = loaded["found"]
        self.source = Source(lines_of(decode(data)[0]))
        self.loading = [read_error(replies.typed_error(error)) for error in loaded["errors"]]
        self.error = ErrorInfo()
        self.function = function or ("backprop" if b"def backprop" in data else "forward")
        answer = runner.call({"name": self.function, "args": arguments()[self.function]})
        if "error" in answer:
            self.error = read_error(replies.typed_error(answer["error"]))

    @property
    def meaning(self) -> str:
        return exception(Failed(self.error, self.source, SIZES, self.function, self.loading))

    @property
    def broken(self) -> str:
        return syntax(self.loading[0], self.source.lines)


@pytest.fixture(autouse=True)
def _path_and_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "argv", ["neural_net.py"])  # as the worker has it
    path, modules = list(sys.path), sys.modules.get("neural_net")
    yield
    sys.path[:] = path
    sys.modules.pop("neural_net", None)
    if modules is not None:
        sys.modules["neural_net"] = modules


# --- whose function, key, name or value it is ------------------------------------------------------------------------

MEANINGS = {
    "own helper": ("def sigma(e, kind):\n    return e\n" + FORWARD + "    return sigma(x)",
                   "your own function sigma is called in another way than line 2 defines it: sigma(e, kind)."),
    "own helper, keyword": ("def sigma(e, kind):\n    return e\n" + FORWARD + "    return sigma(x, activation='tanh')",
                            "your own function sigma"),
    "NumPy's keyword": (FORWARD + "    return np.sum(x, keepdim=True)", "Is keepdims= meant?"),
    "NumPy's arguments": (FORWARD + "    return np.maximum(x)", "np.maximum of NumPy is called in a way"),
    "the contract's": ("def forward(x, W1, b1, W2, b2):\n    return x", "your forward has other arguments than"),
    "all of NumPy's arguments": (FORWARD + "    return np.sum(x, dim=0)", "dtype, out, keepdims, initial, where."),
    "another version's": (FORWARD + "    import math\n    return math.tau2", "the module math of Python 3."),
    "zeros of two sizes": (FORWARD + "    return np.zeros(3, 4)", "np.zeros((N, D))"),
    "a dict called": (FORWARD + "    return params('W1')", "params is a dict, and is called like a function"),
    "== for =": (FORWARD + "    new == {}\n    return new", "new has no value here. == compares; one = gives a value."),
    "Python 2": (FORWARD + "    return xrange(3)", "xrange is Python 2; in Python 3 it is range."),
    "a power": (FORWARD + "    return x ^ 2", "^ is no power in Python: write ** for it."),
    "a number named sum": (FORWARD + "    sum = 0\n    return sum(x)", "the name of Python's own function was given a"),
    "an array called": (FORWARD + "    return x(W1)", "Is an operator missing"),
    "own dict": ("ACT = {'sigmoid': 1}\n" + FORWARD + "    return ACT[activation]",
                 'ACT, a dict of your own, has no key "logistic". It has "sigmoid". The grader asks with'),
    "a key that is a number": (FORWARD + "    return {3: 1}[len(b1)]", "the dict in this line has no key 8."),
    "a module's dict": ("import sys\n" + FORWARD + "    return sys.modules['co']", 'sys.modules has no key "co".'),
    "the environment": ("import os\n" + FORWARD + "    return os.environ['HW']", 'os.environ has no key "HW".'),
    "keys for pairs": (FORWARD + "    for k, v in params:\n        return params[k]", "write params.items()."),
    "text for a number": (FORWARD + "    return activation - x", "activation is text, not a number or an array."),
    "a dict in the line": (FORWARD + "    return {'relu': 1}[activation]", 'the dict in this line has no key'),
    "params": (FORWARD + "    return params['w1']", 'and no "w1". Is "W1" meant?'),
    "empty cache": ("cache = {}\n" + FORWARD + "    return cache['h']", "cache is an empty dict here"),
    "argv": (FORWARD + "    import sys\n    return sys.argv[1]", "no command-line arguments"),
    "an index": (FORWARD + "    return b1[8]", "axis 0 has 8 (N) entries: its indices go from 0 to 7"),
    "an axis too many": (FORWARD + "    return b1.shape[1]", "b1 has shape (8,), which is (N,)"),
    "two indices": (FORWARD + "    return b1[0, 0]", "b1 has shape (8,)"),
    "missing file": (FORWARD + "    return np.loadtxt('data.csv')", "that file or folder is not on the grader"),
    "misspelled": (FORWARD + "    return np.Tanh(x)", "Is np.tanh meant?"),
    "misspelled in linalg": (FORWARD + "    return np.linalg.nrom(x)", "Is np.linalg.norm meant?"),
    "removed": (FORWARD + "    return np.float(1)", "it was removed. Use np.float64."),
    "an attribute": (FORWARD + "    return x.exp()", "NumPy has np.exp(...)."),
    "a dict's attribute": (FORWARD + "    return params.W1", 'Write params["W1"].'),
    "None and its attribute": ("def f(e):\n    y = e\n" + FORWARD + "    h = f(x)\n    return h.T",
                               "h is None, and has no .T. It comes from f: f has no return statement"),
    "None": (FORWARD + "    h = None\n    return h.shape", "h is None, and has no .shape."),
    "None from a helper": ("def f(e):\n    y = e\n" + FORWARD + "    h = f(x)\n    return h @ x",
                           "h is None here. It comes from f: f has no return statement"),
    "not a number": (FORWARD + "    return x - params", "params is a dict, not a number or an array."),
    "an entry gets many": (FORWARD + "    W = b1.copy()\n    W[0] = [1, 2]", "gets more than one number"),
    "unequal rows": (FORWARD + "    return np.array([[1], [1, 2]])", "the parts have different shapes"),
    "a list with two indices": (FORWARD + "    a = [[1]]\n    return a[0, 0]", "one index in each bracket"),
    "a list as a dict": (FORWARD + "    a = [1]\n    return a['W1']", "is used like a dict"),
    "a fraction as a size": (FORWARD + "    return list(range(4 / 2))", "/ gives a fraction"),
    "a shape as a size": (FORWARD + "    return list(range(x.shape))", "a whole number is needed here."),
    "a deep recursion": ("def f(n):\n    return n and f(n - 1)\n" + FORWARD + "    return f(5000)", "too many times"),
    "a shared array": (FORWARD + "    np.broadcast_to(b1, (2, 8))[0] = 1", "what np.broadcast_to gives is shared"),
    "whole numbers": (FORWARD + "    W = np.ones(3, int)\n    W -= 0.5", "the array holds whole numbers"),
    "not imported": (FORWARD.replace("np", "") + "    return math.exp(1)", "math is not imported. Write `import math`"),
    "misspelled name": ("def sigmoid(e):\n    return e\n" + FORWARD + "    return sigmod(x)", "Is sigmoid meant?"),
    "another function's": ("def g():\n    eps = 1\n    return eps\n" + FORWARD + "    return eps",
                           "eps is a variable of g; no other function sees it."),
    "behind main": (FORWARD + "    return ETA\nif __name__ == '__main__':\n    ETA = 1", "does not run when the"),
    "lost to an error": ("A = open('data.csv')\n" + FORWARD + "    return A",
                         "A should come from line 2, which failed when the file was imported (FileNotFoundError)."),
    "lost with a module": ("from nowhere import g as f\n" + FORWARD + "    return f(x)",
                           "The module nowhere is not on the grader"),
    "one branch": (FORWARD + "    if activation == 'x':\n        s = 1\n    return s",
                   "s gets a value only in line 6, inside the block that begins in line 5, and"),
    "assigned later": (FORWARD + "    a = s\n    s = 1\n    return a", "s gets its first value in line 6, after"),
    "a global": ("count = 0\n" + FORWARD + "    count += 1\n    return count", "takes it for a local variable"),
    "a sum without a start": (FORWARD + "    s += 1\n    return s", "adds to s, which has no value yet"),
    "unpacking a shape": (FORWARD + "    n, D, z = x.shape", "x has shape (11, 6), which is (n, D): 2 numbers, not 3."),
    "unpacking a helper": ("def f(s):\n    return 1, 2, 3\n" + FORWARD + "    n, D = f(x.shape)",
                           "the number of names on the left differs from the number of values on the right."),
    "own helper, handed on": ("def f(e):\n    return e\n" + FORWARD + "    return list(map(f, x, [1] * 11))",
                              "your own function f is called in another way than line 2 defines it: f(e)."),
    "own helper, handed to NumPy": ("def f(e):\n    return e\n" + FORWARD + "    np.apply_along_axis(f, 1, x, 2)",
                                    "your own function f is called in another way than line 2 defines it: f(e)."),
    "own helper, wrapped": ("def f(e):\n    return e\n" + FORWARD + "    g = map(f, x, x)\n    return list(g)",
                            "f is called with arguments that it does not take."),
    "own class": ("class A:\n    def __init__(self, b):\n        self.b = b\n" + FORWARD + "    return A()",
                  "A is called with arguments that it does not take."),
    "another than the shapes that fit": (FORWARD + "    return np.where(x > 0, x[0], b2)", ": (11, 6), and (3,)."),
    "no place for an array": (FORWARD + "    b1 += x[:, :1]", "shape (11, 8) can't be stored in one of shape (8,)."),
    "no place in a row": (FORWARD + "    np.ones(8)[:] = x", "shape (11, 6) can't be stored in one of shape (8,)."),
    "sizes of another product": (FORWARD + "    np.linalg.solve(x.T @ x, x)",
                                 "two sizes that must be the same differ: 6 (D) and 11 (n)."),
    "two indices on a sum": (FORWARD + "    return x.sum(axis=1)[0, 0] + b1[0]",
                             "an array of 1 dimension is indexed as if it had 2."),
    "a set": (FORWARD + "    return {activation}.remove('W1')", ""),
    "a failed try": (FORWARD + "    try:\n        h = x.y\n    except AttributeError:\n        pass\n    return h",
                     "h gets a value only in line 6, inside the block that begins in line 5, and that did not happen"),
    "two branches": (FORWARD + "    if b1 is x:\n        s = 1\n    elif b1 is b2:\n        s = 2\n    return s",
                     "s gets a value only in lines 6, 8, inside the block that begins in line 5, and that did not"),
    "deleted": (FORWARD + "    del x\n    return x", "line 5 deletes x."),
    "a name of a class": ("class A:\n    s = 1\n    def f(self):\n        return s\n" + FORWARD + "    return A().f()",
                          "s belongs to the class A: write self.s in its methods, or A.s."),
    "of a comprehension": (FORWARD + "    [s for s in x]\n    return s",
                           "the s in line 5 exists only within that comprehension."),
    "of a lambda": (FORWARD + "    f = lambda s: s\n    return s", "the s in line 5 exists only within that lambda."),
    "a global of another function": ("def f():\n    global s\n    s = 1\n" + FORWARD + "    return s",
                                     "s gets a value only when f is called."),
    "deleted at the top": (FORWARD + "    return S\nS = 1\ndel S", "or did not succeed, or S was deleted again."),
    "never reached at the top": (FORWARD + "    return S\nif len(np.__name__) == 0:\n    S = 1",
                                 "S has no value after the import. Line 7, which would give it one, did not run"),
    "a local variable of a broken function": ("def g(a)\n    dlt = 1\n" + FORWARD + "    delta = 1\n    return dlt",
                                              "dlt has no value here. Is delta meant?"),
    "a submodule": ("import wsgiref\n" + FORWARD + "    return wsgiref.handlers",
                    "wsgiref.handlers is a module of its own. Write `import wsgiref.handlers`."),
    "an existing folder": (FORWARD + "    import os\n    os.mkdir('/tmp')",
                           "that file or folder exists already, perhaps from an earlier call."),
    "a folder for a file": (FORWARD + "    return open('/tmp')", ""),
    "a folder that is missing": (FORWARD + "    open('logs/a', 'w')", "that file or folder is not on the grader"),
    "a tuple with two indices": (FORWARD + "    a = (1,), 2\n    return a[0, 0]", "a list or a tuple has one index"),
    "a tuple as a dict": (FORWARD + "    a = 1, 2\n    return a['W1']", "a list, a tuple or a text is used like"),
    "no overflow allowed": (FORWARD + "    with np.errstate(all='raise'):\n        return np.exp(x * 1000)",
                            "NumPy is told (np.seterr, np.errstate) to raise an error where it would go on."),
    "warnings as errors": ("import warnings\n" + FORWARD + "    warnings.simplefilter('error')\n    np.exp(x * 1000)",
                           "the program turns warnings into errors"),
    "an own KeyError": (FORWARD + "    raise KeyError(activation)", 'the grader asks with "logistic", "tanh".'),
    "an own OSError": (FORWARD + "    raise OSError('wrong sizes')", ""),
    "an own ZeroDivisionError": (FORWARD + "    raise ZeroDivisionError('no examples')", ""),
    "math on arrays": (FORWARD + "    import math\n    return math.exp(x)", "Use the function of NumPy."),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGS)
def test_the_meaning_names_whose_fault_it_is(tmp_path: Path, name: str) -> None:
    program, said = MEANINGS[name]
    assert is_said(said, Tried(tmp_path, HEAD + program))


def is_said(said: str, tried: Tried) -> bool:
    return said in tried.meaning if said else tried.error.type != "an error" and not tried.meaning


@pytest.mark.parametrize("name", MEANINGS)
def test_the_meaning_needs_no_positions_of_3_11(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_span", lambda *_: None)
    program, said = MEANINGS[name]
    assert is_said(said, Tried(tmp_path, HEAD + program))


def test_a_helper_is_not_blamed_for_none_of_a_later_line(tmp_path: Path) -> None:
    helper = "def f(e):\n    if e is not None:\n        return e\n"
    program = HEAD + helper + FORWARD + "    h = f(x)\n    h = h.sort()\n    return x * h"
    assert Tried(tmp_path, program).meaning == "h is None here."


def test_a_removed_name_of_numpy_has_its_successor(tmp_path: Path) -> None:
    successors = {"product": "prod", "Inf": "inf", "float_": "float64", "bool8": "bool_", "alltrue": "all"}
    for name, successor in successors.items():
        if not hasattr(np, name):
            assert f"Use np.{successor}." in Tried(tmp_path, f"{HEAD}{FORWARD}    return np.{name}").meaning


def test_a_line_of_another_function_is_not_blamed(tmp_path: Path) -> None:
    program = HEAD + "def forward(x):\n    return x\n" + BACKPROP + "    return forward(x, params)"
    tried = Tried(tmp_path, program)
    assert "your own function forward is called" in tried.meaning
    assert "hand-out" not in tried.meaning


# --- shapes ----------------------------------------------------------------------------------------------------------

FITS = {
    "a .T missing": (FORWARD + "    return x @ W1", ["x @ W1.T"]),
    "a .T too many": (BACKPROP + "    return epsilon @ params['W2'].T", ['epsilon @ params["W2"]']),
    "of dot": (FORWARD + "    return np.dot(x, W1)", ["x @ W1.T"]),
    "another matrix": (FORWARD + "    return x @ W2.T", []),
    "entry by entry": (BACKPROP + "    return epsilon.T * h", ["epsilon.T @ h (a product of matrices)"]),
    "a kept axis": (BACKPROP + "    return h / np.sum(h, axis=1)",
                    ["h / np.sum(h, axis=1, keepdims=True)", "h / np.sum(h, axis=0)"]),
    "columns": (FORWARD + "    return W1 @ x.T + b1", []),
    "another bias": (FORWARD + "    return x @ W1.T + b2", []),
}  # fmt: skip


@pytest.mark.parametrize("name", FITS)
def test_only_what_makes_the_shapes_fit_is_suggested(tmp_path: Path, name: str) -> None:
    program, expected = FITS[name]
    tried = Tried(tmp_path, HEAD + program)
    expression = tried.source.expression(tried.error)
    assert expression is not None
    operation = failed_operation(expression, tried.error)
    assert operation is not None
    assert fixes(operation) == expected
    for text in expected:
        assert text in tried.meaning


def test_examples_in_columns_are_told_to_be_rows(tmp_path: Path) -> None:
    assert "Examples are rows here" in Tried(tmp_path, HEAD + FORWARD + "    return W1 @ x").meaning
    assert "Examples" not in Tried(tmp_path, HEAD + FORWARD + "    return x @ W1").meaning


def test_what_is_kept_between_calls_gets_no_letters(tmp_path: Path) -> None:
    said = Tried(tmp_path, f"{HEAD}S = np.ones((6, 11))\n{BACKPROP}    return h * S").meaning
    assert "S has shape (6, 11). If an earlier call has set S, its shape may be that of other inputs." in said
    assert "h has shape (11, 8), which is (n, N)" in said


def test_arguments_in_another_order_are_pointed_out() -> None:
    def said(taken: str) -> str:
        return misordered(Source([f"def forward({taken}):", "    return 1"]), "forward")

    assert "line 1 defines forward(params, X), but it is called as forward(x, params, activation)" in said("params, X")
    assert misordered(Source(["def forward(p, x):", "    return 1", "forward = turned"]), "forward") == ""
    assert said("X, p, kind") == said("x, params") == said("x, params, activation='logistic'") == ""


def test_a_size_near_another_gets_no_letter() -> None:
    assert lettered((8, 6), SIZES) == ", which is (N, D)"
    assert lettered((9, 6), SIZES) == ""
    assert lettered((4, 3), {"n": 4, "D": 3, "N": 9, "K": 6}) == ""


# --- files that can't be read ----------------------------------------------------------------------------------------

FILES = {
    "RTF": b"{\\rtf1\\ansi\n}", "a PDF": b"%PDF-1.7\n", "a zip archive": b"PK\x03\x04\x14\0",
    "an archive": b"Rar!\x1a\x07\0", "Git LFS": b"version https://git-lfs.github.com/spec/v1\n",
    "a web page": b"\n<!DOCTYPE html>\n<html>",
    "a patch": b"+a = 1\n+b = 2\n-c = 3\n+d = 4", "line numbers": b"1  a = 1\n2\n3  b = 2\n4  c = 3",
    "from an interpreter": b">>> a = 1\n>>> def f():\n...     return 1\n...",
    "a notebook": b'{\n "cells": [], "nbformat": 4}', "only zero bytes": bytes(4000), "empty": b"\n\n",
}  # fmt: skip
LINES = {
    "%matplotlib inline": "a command of a notebook", "!pip install numpy": "a command of a notebook",
    "print 'x'": "print needs parentheses", "s = \u201ca\u201d": "typographic quotes",
    "def g():\n    a = 1\n\tb = 2": "tabs and spaces are mixed", "<<<<<<< HEAD": "a merge conflict",
    "forward?": "a command of a notebook", "for a in b:\n>>>>>>> c": "the line below ends this block: this is a mark",
    "for a in b:\nc = 1": "a line that ends with : opens a block",
    "if 1:\n    if 2:\n        a = 1\n   else:\n        a = 2": "the lines of a block must start in the same column",
    "s = (1]": "a bracket is closed that was not opened, or another kind was",
    "def g(a)\n    return a": "a colon is missing at the end of the line.",
    "if 1:\n    a = 1\nelse\n    a = 2": "a colon is missing at the end of the line.",
    "if 1:\n    a = 1\nelse a = 2": "a colon is missing in this line, or something stands before it",
    "def g(a) return a": "a colon is missing in this line, or something stands before it",
    "def g(a): {\n    b = 1;\n}": "that can't be done here. A comparison is ==. Or is a bracket above opened",
    "if a['k'] = 3:\n    a": "that can't be done here",
    "f(a) = 3": "Only a name, or a part of an array or dict, can stand on the left.",
    "s = (1, 2": "a bracket is opened and not closed", "try:\n    pass\nexcept A, e:\n    pass": "Python 2",
}  # fmt: skip
NEWER = {
    (3, 11): "try:\n    pass\nexcept* ValueError:\n    pass",
    (3, 12): "def g[T](x: T) -> T:\n    return x\ntype X = int\n"
             "s = f\"{dict(a=1)[\"a\"]}\"\ndef h():\n    return f'{\n    1}'",
    (3, 14): "s = t'{1}'",
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_another_kind_is_named(kind: str) -> None:
    assert kind in file_kind(lines_of(decode(FILES[kind])[0]))


def test_a_compressed_file_is_named_and_a_program_is_not() -> None:
    assert "archive" in file_kind(lines_of(decode(gzip.compress(b"x"))[0]))
    assert file_kind(SOLUTION.read_text().split("\n")) == ""


@pytest.mark.parametrize("line", LINES)
def test_a_broken_line_has_its_meaning(tmp_path: Path, line: str) -> None:
    assert LINES[line] in Tried(tmp_path, f"{line}\n\ndef forward(x, params, a):\n    return 1\n").broken


@pytest.mark.parametrize("version", NEWER)
def test_newer_syntax_names_both_versions(tmp_path: Path, version: tuple[int, int]) -> None:
    tried = Tried(tmp_path, NEWER[version])
    running = ".".join(map(str, sys.version_info[:2]))
    for error in tried.loading:
        said = syntax(error, tried.source.lines)
        assert f"needs Python {version[0]}.{version[1]}; the grader runs Python {running}" in said
    assert bool(tried.loading) == (version > sys.version_info[:2])


def test_arguments_in_square_brackets_are_no_newer_syntax(tmp_path: Path) -> None:
    for definition in ("def g[a, b]", "def g[a, b=1]"):
        said = Tried(tmp_path, f"{definition}:\n    return a\n").broken
        assert said == ("" if sys.version_info < (3, 11) else "a function's arguments follow its name in "
                        "parentheses, as in `def f(a, b):`.")  # fmt: skip


@pytest.mark.parametrize(
    "tear", ["<<<<<<< HEAD\n    return 1\n=======\n    return 2\n>>>>>>> b", "e2 = e @\n    return 1"]
)
def test_half_a_function_is_not_graded_as_a_whole(tmp_path: Path, tear: str) -> None:
    tried = Tried(tmp_path, f"def forward(x, p, a):\n    e = 1\n{tear}\n\ndef loss(a, b):\n    return 1\n")
    assert list(tried.found) == ["loss"]
    assert tried.loading[0].where == "forward"


def test_a_whole_function_before_a_broken_line_is_kept(tmp_path: Path) -> None:
    broken = "def forward(x, p, a):\n    return 1\nz = dict(a=1\n    b=2)\n"
    assert list(Tried(tmp_path, broken).found) == ["forward"]


# --- functions without an answer, or elsewhere -----------------------------------------------------------------------


def test_no_return_is_said_only_of_a_function_without_one() -> None:
    def said(body: str) -> str:
        return no_return(Source(f"def loss(yhat, y):\n{body}".split("\n")), "loss")

    assert "has no return statement" in said("    a = 1")
    assert "has no return statement" in said("    def inner():\n        return 1")
    assert "reaches none, or gets None" in said("    if y is None:\n        return y")
    assert "without a value" in said("    return")
    assert "line 2 is None. .update(...) changes something and gives None." in said("    return {}.update(a=1)")
    assert said("    return y") == "what loss returns in line 2 is None."
    assert "reaches none with a value" in said("    if y is None:\n        return y + 1")
    wrapped = Source(["@timed", "def loss(yhat, y):", "    return 1"])
    assert no_return(wrapped, "loss") == "loss is wrapped by @timed. Does the wrapper return what loss returns?"


def test_work_elsewhere_is_found() -> None:
    def said(text: str, function: str = "forward") -> str:
        return next(elsewhere(function, Source(text.split("\n")), ()), "")

    assert "forward_propagation in line 1 may be" in said("def forward_propagation(x):\n    return x")
    assert "method of class Net" in said("class Net:\n    def forward(self, x):\n        return x")
    assert "inside of def main" in said("def main():\n    def forward(x):\n        return x")
    assert "__main__" in said("if __name__ == '__main__':\n    def forward(x):\n        return x")
    assert said("def loss_derivative(e):\n    return e", "loss") == ""
    assert "compute_cost" in said("def compute_cost(e):\n    return e", "loss")


# --- what a worker may say -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operand", [
    {"name": "x" * 41, "kind": "array"}, {"name": "x y", "kind": "array"}, {"name": "x", "kind": "secret 0.123"},
    {"name": 3, "kind": "array"}, {"name": "x", "kind": ["array"]}, "x", None,
])  # fmt: skip
def test_an_operand_that_is_none_is_dropped(operand: object) -> None:
    assert replies.typed_error({"operands": [operand]})["operands"] == []


def test_an_operand_carries_names_and_sizes_only() -> None:
    lie = {"name": "x", "kind": "dict", "shape": [1.5], "keys": ["ok", "0.25", 7, "k" * 50], "value": [1.0]}
    error = replies.typed_error({"operands": [lie] * 20, "span": [1, 2, 3, "4"], "statement": "7"})
    assert error == {
        "operands": [{"name": "x", "kind": "dict", "shape": None, "keys": ["ok"], "kept": False}]
        * replies.MOST_OPERANDS
    }


def test_no_number_of_an_array_is_in_the_evidence(tmp_path: Path) -> None:
    tried = Tried(tmp_path, HEAD + FORWARD + "    z = x * 0.123456 @ W1")
    assert tried.error.operands
    assert "123" not in repr(tried.error.operands)


# --- the whole way ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("program", "said"), [
    ("class Net:\n    def forward(self, x):\n        return x\n", "method of class Net"),
    (HEAD + "def sigma(e, k):\n    return e\ndef forward(x, params, activation='logistic'):\n    return sigma(x)\n",
     "your own function sigma"),
    (HEAD + "def forward(x, params, activation='logistic'):\n    return x @ params['W1']\n", 'x @ params["W1"].T'),
    ("<!DOCTYPE html>\n<html>\n", "a web page"),
    ("def forward(x, params, activation):\n<<<<<<< HEAD\n    return 1\n=======\n    return 2\n", "a merge conflict"),
])  # fmt: skip
def test_a_graded_program_is_told_the_meaning(tmp_path: Path, program: str, said: str) -> None:
    from autograder.grade import grade
    from autograder.result import gradescope

    (tmp_path / "neural_net.py").write_text(program)
    page = gradescope(grade(tmp_path, pictures=False))
    texts = page["output"] + " ".join(test["output"] for test in page["tests"])
    assert said in texts.replace("&quot;", '"').replace("&#34;", '"')


# --- what a hostile text costs the grader ----------------------------------------------------------------------------

HOSTILE = {
    "a million bytes of statements": "0" + ";1" * 500_000,
    "many pieces of a broken text": "a = 1\n" * 150_000 + ")",
    "quotes that never end": "'" + "\\'''" * 200_000 + "\n)",
    "a line of commas": "x = " + " , " * 300_000,
    "a line of imports": "from " + "from import " * 80_000,
    "lines of names": ("loss , " * 60 + "\n") * 2000 + ")",
    "lines of quotes and brackets": ("f'" + "{\\" * 190 + "\n") * 2000,
    "a long sum": "z = x" + " + x" * 95 + " + y",
    "a longer sum": "z = x" + "+x" * 195 + "+y",
    "transposed again and again": "z = x" + ".T" * 190 + " + y",
    "a sum in many lines": "z = (x\n" + "+x\n" * 3000 + "+ y)",
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_text_costs_the_grader_little(hostile: str) -> None:
    operands = [Operand(name, "array", shape, (), False) for name, shape in (("x", (3, 4)), ("y", (5, 6)))]
    message = "operands could not be broadcast together with shapes (3,4) (5,6) "
    lines = readable(lines_of(decode(HOSTILE[hostile].encode())[0]))
    begun = time.process_time()
    source = Source(lines)
    source.names("loss", 1), source.function("loss"), source.binding("loss"), file_kind(lines)
    for line in (1, 2, len(lines)):
        span = (1, 4, len(lines), 400)
        failed = ErrorInfo("ValueError", ("ValueError",), message, line, "loss", None, line, span, tuple(operands))
        exception(Failed(failed, source))
        syntax(failed, lines)
        source.dropped("loss", [failed])
    assert time.process_time() - begun < 4


def test_the_tree_of_a_hostile_text_takes_little_memory() -> None:
    lines = readable(lines_of(HOSTILE["a million bytes of statements"]))
    tracemalloc.start()
    assert Source(lines).body is not None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 << 20


def test_an_ordinary_file_is_read_as_a_whole() -> None:
    lines = lines_of(SOLUTION.read_text("utf-8"))
    assert readable(lines) == lines
