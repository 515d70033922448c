"""The zips hold all that is needed and nothing that is hidden, and are the same bytes each time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import packaging as build
from autograder.packaging import BuildError, skeleton
from tests.support import GRADER, SECRET, SHIPPED, copy_grader, with_secret

SOLUTION = build.ROOT / "solution/neural_net.py"
FUNCTIONS = ["forward", "loss", "backprop", "update"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of all that goes out, to break."""
    return with_secret(copy_grader(tmp_path / "tree", *SHIPPED))


@pytest.fixture
def zips(tree: Path, tmp_path: Path) -> dict[str, Path]:
    """Both zips, unpacked, by their name."""
    folders = {}
    for path in build.build(tmp_path / "out", tree):
        folders[path.stem] = tmp_path / path.stem
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folders[path.stem])
    return folders


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this Python in a folder, seeing nothing of the project's own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-B", *arguments],
        cwd=folder,
        env={**environment, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_hand_out_has_the_solution_without_its_bodies() -> None:
    assert (build.ROOT / build.SKELETON).read_text() == skeleton(SOLUTION.read_text())


def test_exactly_the_four_functions_are_stubs_that_say_their_own_name() -> None:
    space: dict[str, Callable[..., object]] = {}
    exec(skeleton(SOLUTION.read_text()), space)
    for name in FUNCTIONS:
        arguments = space[name].__code__.co_argcount
        with pytest.raises(NotImplementedError, match=f"^{name} is not written yet$"):
            space[name](*[None] * arguments)
    assert skeleton(SOLUTION.read_text()).count("NotImplementedError") == len(FUNCTIONS)


def test_nothing_but_the_marked_lines_changes() -> None:
    before = 'import x\r\ndef f(a):\r\n\t"""Doc."""\r\n\t# BEGIN SOLUTION\r\n\treturn 1\r\n\t# END SOLUTION\r\n# end'
    after = 'import x\r\ndef f(a):\r\n\t"""Doc."""\r\n\traise NotImplementedError("f is not written yet")\r\n# end'
    assert skeleton(before) == after


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f():\n    # BEGIN SOLUTION\n    pass\n", "line 2: # BEGIN SOLUTION without an # END SOLUTION"),
        ("def f():\n    # END SOLUTION\n", "line 2: # END SOLUTION without a # BEGIN SOLUTION"),
        ("def f():\n    # BEGIN SOLUTION\n    # BEGIN SOLUTION\n", "line 3: # BEGIN SOLUTION again"),
        ("# BEGIN SOLUTION\n# END SOLUTION\n", "line 1: # BEGIN SOLUTION is not inside a function"),
        ("def f(): pass\n# BEGIN SOLUTION\n# END SOLUTION\n", "line 2: # BEGIN SOLUTION is not inside a function"),
    ],
)
def test_markers_that_do_not_pair_up_inside_a_function_are_refused(source: str, words: str) -> None:
    with pytest.raises(BuildError, match=words):
        skeleton(source)


@pytest.mark.slow
def test_the_zips_are_the_same_bytes_whatever_the_dates_modes_line_ends_and_caches(tree: Path, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in build.build(tmp_path / "first", tree)]
    for path in tree.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
            path.chmod(0o600)
            os.utime(path, (1e9, 1e9))
    (tree / "student/__pycache__").mkdir()
    for made in (".DS_Store", "__pycache__/neural_net.cpython-311.pyc", "saved/train.png", ".venv/a.py"):
        (tree / "student" / made).parent.mkdir(exist_ok=True)
        (tree / "student" / made).write_bytes(b"made by a program")
    zips = build.build(tmp_path / "second", tree)
    assert first == [path.read_bytes() for path in zips]
    for path in zips:
        with zipfile.ZipFile(path) as archive:
            assert archive.namelist() == sorted(archive.namelist())
            assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


@pytest.mark.slow
def test_the_autograder_zip_starts_with_its_two_scripts_executable_and_with_unix_line_ends(
    tree: Path, tmp_path: Path
) -> None:
    (tree / "setup.sh").write_bytes((tree / "setup.sh").read_bytes().replace(b"\n", b"\r\n"))
    with zipfile.ZipFile(build.build(tmp_path, tree)[0]) as archive:
        for entry in archive.infolist():
            script = entry.filename in ("setup.sh", "run_autograder")
            assert entry.create_system == 3
            mode = 0o755 if script else 0o600 if entry.filename == "autograder/secret" else 0o644
            assert entry.external_attr >> 16 == 0o100000 | mode, entry.filename
            assert not script or archive.read(entry).startswith(b"#!/bin/sh\n")
        assert {"setup.sh", "run_autograder"} <= set(archive.namelist())


@pytest.mark.slow
def test_the_autograder_zip_grades_by_itself_and_has_nothing_of_the_hand_out(
    zips: dict[str, Path], tmp_path: Path
) -> None:
    folder = zips["autograder"]
    assert not (folder / "autograder/course").exists()
    assert {name.split("/")[0] for name in names(folder)} == {*GRADER, *SHIPPED} - {"student"}
    (tmp_path / "submission").mkdir()
    shutil.copy(SOLUTION, tmp_path / "submission")
    ran = run(folder, "-m", "autograder", "gradescope", "--root", str(tmp_path))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert '"score": 100' in (tmp_path / "results/results.json").read_text()


@pytest.mark.slow
def test_the_student_zip_has_all_that_a_student_needs(zips: dict[str, Path]) -> None:
    student = zips["student"] / "student"
    shutil.copy(SOLUTION, student)
    ran = run(student, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert ran.returncode == 0, ran.stdout
    ran = run(student, "train.py", "--steps", "5")
    assert ran.returncode == 0, ran.stderr


def test_the_student_zip_has_no_line_of_the_solution_and_nothing_hidden(zips: dict[str, Path]) -> None:
    folder = zips["student"]
    assert {name.split("/")[0] for name in names(folder)} == {"student"}
    assert not [name for name in names(folder) if "hidden" in name or "make_data" in name or "solution" in name]
    text = "\n".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    for secret in ("x @ params", "1 - h**2", "epsilon @", "delta.T", "eta * grads", "SOLUTION"):
        assert secret not in text
    assert SECRET not in text


def leak_reindented(tree: Path) -> None:
    with (tree / "student/train.py").open("a") as file:
        file.write("\nif True:\n  e1=x@params['W1'].T \\\n    + params['b1']\n")


def leak_in_a_notebook(tree: Path) -> None:
    (tree / "student/notes.ipynb").write_text(r'"source": ["e1 = x @ params[\"W1\"].T + params[\"b1\"]\n"]')


def leak_solution(tree: Path) -> None:
    shutil.copy(tree / "solution/neural_net.py", tree / "student/answer.py")


def leak_markers(tree: Path) -> None:
    (tree / "student/notes.md").write_text("write between # BEGIN SOLUTION and ...")


def leak_secret(tree: Path) -> None:
    (tree / "student/notes.md").write_text(f"the inputs come from {SECRET}")


def leak_hidden_test(tree: Path) -> None:
    shutil.copy(tree / "autograder/hidden_tests/test_loss.py", tree / "student/test_more.py")


def leak_by_a_link(tree: Path) -> None:
    (tree / "student/notes.md").symlink_to(tree / "solution/neural_net.py")


def leak_by_a_linked_folder(tree: Path) -> None:
    (tree / "student/more").symlink_to(tree / "solution")


def stray_file(tree: Path) -> None:
    (tree / "student/neural_net.py~").write_text("an editor's copy")


def broken_python(tree: Path) -> None:
    (tree / "autograder/hidden_tests/test_loss.py").write_text("def f(:\n")


def no_markers(tree: Path) -> None:
    path = tree / "solution/neural_net.py"
    path.write_text(path.read_text().replace("SOLUTION", "ANSWER"))


def not_text(tree: Path) -> None:
    (tree / "solution/neural_net.py").write_bytes(b"\xff\xfe")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (leak_reindented, "student/train.py gives away the solution"),
        (leak_in_a_notebook, "student/notes.ipynb gives away the solution"),
        (leak_solution, "student/answer.py gives away the solution"),
        (leak_markers, "student/notes.md gives away the solution"),
        (leak_secret, "student/notes.md gives away autograder/secret"),
        (leak_hidden_test, "student/test_more.py is a hidden test"),
        (leak_by_a_link, "student/notes.md is a link"),
        (leak_by_a_linked_folder, "student/more is a link"),
        (stray_file, "student/neural_net.py~ is not a kind of file that goes out"),
        (broken_python, "autograder/hidden_tests/test_loss.py, line 1, is not valid Python"),
        (no_markers, "solution/neural_net.py has no # BEGIN SOLUTION"),
        (not_text, "solution/neural_net.py is not UTF-8"),
    ],
)
def test_a_tree_that_must_not_go_out_is_refused_in_one_line_and_no_zip_is_written(
    damage: Callable[[Path], None], words: str, tree: Path, tmp_path: Path
) -> None:
    damage(tree)
    with pytest.raises(BuildError, match=words) as caught:
        build.build(tmp_path / "out", tree)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name",
    [*build.AUTOGRADER_FILES, *build.STUDENT_FILES, *build.AUTOGRADER_MUST, *build.STUDENT_MUST[1:]],
)
def test_a_missing_file_is_named(name: str, tree: Path, tmp_path: Path) -> None:
    (tree / name).unlink()
    with pytest.raises(BuildError, match=f"^{name} is missing.$"):
        build.build(tmp_path / "out", tree)


@pytest.mark.slow
def test_the_terms_secret_goes_to_gradescope_alone(tree: Path, tmp_path: Path) -> None:
    (tree / "autograder" / "secret").write_text(f"{'ab' * 16}\n")
    (tree / "autograder" / "secret.previous").write_text(f"{'cd' * 16}\n")
    grader, student = (zipfile.ZipFile(path) for path in build.build(tmp_path / "out", tree))
    assert grader.read("autograder/secret") == f"{'ab' * 16}\n".encode()
    every = [*(grader.read(name) for name in grader.namelist()), *(student.read(name) for name in student.namelist())]
    assert not any(b"cdcd" * 4 in content for content in every)
    assert not any(b"abab" * 4 in student.read(name) for name in student.namelist())


def test_a_folder_that_can_not_be_written_is_named(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file is in the way")
    with pytest.raises(BuildError, match=r"can't write into .*out"):
        build.build(tmp_path / "out", tree)


def test_the_hand_out_is_made_anew_from_the_solution(tree: Path, tmp_path: Path) -> None:
    before = (tree / build.SKELETON).read_text()
    (tree / build.SKELETON).write_text("old")
    build.build(tmp_path / "out", tree)
    assert (tree / build.SKELETON).read_text() == before
