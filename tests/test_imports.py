"""Imports point one way, and nothing reaches where it must not."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# What runs in a worker, or on both sides of the channel.
SANDBOX = ROOT / "autograder" / "sandbox"
WORKER = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for pattern in ("frames.py", "limits.py", "worker/*.py", "layers/*.py")
    for path in sorted(SANDBOX.glob(pattern))
}


def imported(path: Path) -> Iterator[str]:
    """The modules that a file names in its imports, wherever they stand, but for those of type checking alone."""
    todo: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            todo += ast.iter_child_nodes(node)


def modules() -> list[tuple[str, Path]]:
    found = []
    for path in sorted((ROOT / "autograder").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "autograder").with_suffix("").parts)
        name = name.removesuffix(".__init__")
        if name in ("__init__", "worker", "desk"):
            continue
        found.append(("hidden_tests" if name.startswith("hidden_tests") else name, path))
    return found


@pytest.mark.parametrize("path", WORKER.values(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_the_worker_imports_the_standard_library_numpy_and_itself(path: Path) -> None:
    for what in imported(path):
        first = what.split(".")[0]
        inside = what in WORKER or what.rpartition(".")[0] in WORKER or what.startswith("autograder.sandbox.frames")
        assert inside or first == "numpy" or first in sys.stdlib_module_names, f"{path.name} imports {what}"


def test_the_worker_has_no_pickle_and_no_eval() -> None:
    for path in WORKER.values():
        names = {what.split(".")[0] for what in imported(path)}
        assert not names & {"pickle", "marshal", "shelve", "dill", "multiprocessing"}


STUDENTS = [p for p in sorted((ROOT / "student").rglob("*.py")) if "saved" not in p.parts and ".venv" not in p.parts]


@pytest.mark.parametrize("path", STUDENTS, ids=lambda p: str(p.relative_to(ROOT / "student")))
def test_what_students_get_imports_nothing_of_the_grader(path: Path) -> None:
    for what in imported(path):
        assert what.split(".")[0] not in ("autograder", "solution", "tests", "gradescope_utils"), what


def test_the_solution_imports_numpy_alone() -> None:
    assert set(imported(ROOT / "solution" / "neural_net.py")) == {"numpy"}


def test_grading_does_not_import_what_it_may_not_need() -> None:
    """matplotlib only where somebody will see a picture; diagnosis only where something is wrong."""

    def loads(what: str) -> set[str]:
        code = f"import sys; {what}; print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    loaded = loads("from autograder import cli, grade") - loads("import numpy, unittest")
    for name in ("matplotlib", "numpy.ma", "numpy.random", "hashlib", "subprocess", "autograder.diagnosis.diagnose"):
        assert name not in loaded, name
