"""One fingerprint for one grader: of everything that decides a grade, of nothing else, the same wherever it runs."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import grade as grading
from autograder import packaging as build
from autograder.sandbox.layers import python
from tests.support import SHIPPED, copy_grader, with_secret


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_grader(tmp_path / "tree")


@pytest.fixture
def print_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], str]:
    def of(tree: Path) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(grading, "ROOT", tree)
            return grading.fingerprint.__wrapped__()

    return of


def test_it_is_64_bits_in_hex(grader_copy: Path, print_of: Callable[[Path], str]) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", print_of(grader_copy))


@pytest.mark.parametrize(
    "name",
    ["autograder/rubric.toml", "autograder/hidden_tests/test_loss.py", "autograder/sandbox/worker/runner.py",
     "autograder/asking/reading.py", "solution/neural_net.py", "data/semicircle.csv"],
)  # fmt: skip
def test_every_change_of_what_decides_a_grade_changes_it(
    name: str, grader_copy: Path, tree: Path, print_of: Callable[[Path], str]
) -> None:
    with (tree / name).open("a") as file:
        file.write(" ")
    assert print_of(tree) != print_of(grader_copy)


def test_a_text_that_moves_to_another_file_changes_it(
    grader_copy: Path, tree: Path, print_of: Callable[[Path], str]
) -> None:
    path = tree / "autograder" / "asking" / "reading.py"
    path.rename(path.with_name("other.py"))
    assert print_of(tree) != print_of(grader_copy)


@pytest.mark.parametrize("package", ["numpy", "kiwisolver"])
def test_every_version_that_a_submission_sees_changes_it(
    package: str, grader_copy: Path, print_of: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, versions = print_of(grader_copy), python.versions()
    monkeypatch.setattr(python, "versions", lambda: versions | {package: "0"})
    assert print_of(grader_copy) != before


def test_what_decides_no_grade_leaves_it_as_it_is(
    grader_copy: Path, tree: Path, print_of: Callable[[Path], str]
) -> None:
    for name in ("autograder/course/store.py", "autograder/__pycache__/x.py", "autograder/.checks.py",
                 "autograder/secret",
                 "data/noisy.csv", "data/README.md", "autograder/notes.txt"):  # fmt: skip
        (tree / name).parent.mkdir(exist_ok=True)
        with (tree / name).open("a") as file:
            file.write("x")
    assert print_of(tree) == print_of(grader_copy)


def test_the_line_ends_of_a_checkout_leave_it_as_it_is(
    grader_copy: Path, tree: Path, print_of: Callable[[Path], str]
) -> None:
    for path in [*tree.rglob("*.py"), *tree.rglob("*.toml"), *tree.rglob("*.csv")]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert print_of(tree) == print_of(grader_copy)


@pytest.mark.slow
def test_the_zip_has_the_fingerprint_of_the_tree(tmp_path: Path) -> None:
    tree = with_secret(copy_grader(tmp_path / "tree", *SHIPPED))
    grader, _ = build.build(tmp_path, tree)
    with zipfile.ZipFile(grader) as archive:
        archive.extractall(tmp_path / "source")
    prints = set()
    for place in (tree, tmp_path / "source"):
        code = "from autograder.grade import fingerprint; print(fingerprint())"
        done = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True)
        prints.add(done.stdout)
    assert len(prints) == 1


def test_without_the_private_module_hashlib_gives_the_same(
    grader_copy: Path, print_of: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = print_of(grader_copy)
    monkeypatch.setitem(sys.modules, "_blake2", None)
    assert print_of(grader_copy) == quick
