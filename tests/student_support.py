"""A student's copy of the hand-out, used in this process: what test_student.py and test_pictures.py share."""

from __future__ import annotations

import ast
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.packaging import skeleton

ROOT = Path(__file__).resolve().parent.parent
STUDENT = ROOT / "student"
SOLUTION = (ROOT / "solution" / "neural_net.py").read_text(encoding="utf-8")
FUNCTIONS = ["forward", "loss", "backprop", "update"]
OWN = ("checking", "pictures", "neural_net", "test_neural_net", "train", "explore")


def with_written(*functions_named: str) -> str:
    """The skeleton with the bodies of some functions put in."""
    text = skeleton(SOLUTION)
    bodies, stubs = functions(SOLUTION), functions(text)
    for name in functions_named:
        text = text.replace(stubs[name], bodies[name])
    return text


def functions(source: str) -> dict[str, str]:
    """The text of each function of a file."""
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.get_source_segment(source, node) or "" for node in nodes}


def changed(function: str, right: str, wrong: str) -> str:
    """The solution with something replaced in the body of one function; with "" anywhere in the file."""
    if not function:
        assert right in SOLUTION
        return SOLUTION.replace(right, wrong)
    begin = SOLUTION.index(f"def {function}")
    body = SOLUTION[SOLUTION.index("# BEGIN", begin) : SOLUTION.index("# END", begin)]
    assert right in body, right
    return SOLUTION.replace(body, body.replace(right, wrong))


class HandOut:
    """The packages of the hand-out, working on a neural_net.py in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "neural_net.py"
        self.code = self.module("checking.student_code")
        self.code.FILE = self.file
        self._writes = 0

    def module(self, name: str):
        return importlib.import_module(name)

    def write(self, text: str) -> None:
        """Write neural_net.py, with another date each time: it is read anew only when it has changed."""
        self._writes += 1
        self.file.write_text(text, encoding="utf-8")
        os.utime(self.file, ns=(self._writes, self._writes))

    def first_failure(self, text: str) -> tuple[str, str]:
        """The name of the first test that fails with this neural_net.py, and its message."""
        return next(iter(self.failures(text, stop=True).items()), ("", ""))

    def failures(self, text: str, stop: bool = False) -> dict[str, str]:
        """The tests that fail with this neural_net.py, and their messages."""
        self.write(text)
        found: dict[str, str] = {}
        for name, test in vars(self.module("test_neural_net")).items():
            if not name.startswith("test_") or name == "test_public_input":
                continue
            marks = [mark.args for mark in getattr(test, "pytestmark", [])]
            for options in [{marks[0][0]: value} for value in marks[0][1]] if marks else [{}]:
                try:
                    test(**options)
                except pytest.fail.Exception as failure:
                    found.setdefault(name, str(failure))
                if found and stop:
                    return found
        return found


@contextmanager
def hand_out(folder: Path, kind: type[HandOut] = HandOut) -> Iterator[HandOut]:
    """Make the packages of the hand-out importable, and forget them afterwards."""
    assert not any(name in sys.modules for name in OWN)
    sys.path.insert(0, str(STUDENT))
    try:
        yield kind(folder)
    finally:
        sys.path.remove(str(STUDENT))
        for name in [name for name in sys.modules if name.split(".")[0] in OWN]:
            del sys.modules[name]
