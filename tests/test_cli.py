"""The commands: what they print, write and exit with."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder import cli, rubric
from tests.support import (
    IS_ROOT,
    ROOT,
    SOLUTION,
    Done,
    children,
    copy_grader,
    on_linux,
    one_error_line,
    one_point_more,
    run_program,
    wait_until,
    with_setting,
)

pytestmark = on_linux
Cli = Callable[..., Done]


@pytest.mark.slow
def test_grading_prints_the_rubric_and_writes_both_files(tmp_path: Path) -> None:
    done = run_program("grade", ROOT / "solution", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Total: 100/100" in done.stdout
    assert len(re.findall(r"^✓ \d\.\d", done.stdout, re.M)) == len(rubric.load().criteria)
    assert json.loads((tmp_path / "results.json").read_text("utf-8"))["score"] == 100
    assert (tmp_path / "report.html").read_text("utf-8").startswith("<!")
    assert sorted(os.listdir(tmp_path)) == ["report.html", "results.json"]


def test_a_bad_score_is_a_grade_and_exits_with_0(run_cli: Cli, tmp_path: Path) -> None:
    done = run_cli("grade", ROOT / "student" / "neural_net.py", "--no-report", cwd=tmp_path)
    assert done.returncode == 0
    assert "Total: 0/100" in done.stdout
    assert os.listdir(tmp_path) == ["results.json"]


def test_quiet_is_quiet_and_files_go_where_they_are_asked(run_cli: Cli, tmp_path: Path) -> None:
    done = run_cli("grade", SOLUTION, "--quiet", "--results", "a/r.json", "--report", "b/p.html", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "a" / "r.json").exists()
    assert (tmp_path / "b" / "p.html").exists()


def test_a_gradescope_exports_folder_is_graded(run_cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "submission_12345"
    folder.mkdir()
    shutil.copy(SOLUTION, folder / "neural_net.py")
    (folder / "metadata.yml").write_text("x: 1\n")
    assert "Total: 100/100" in run_cli("grade", folder, "--no-report", cwd=tmp_path).stdout


@pytest.mark.parametrize("arguments", [["grade"], [], ["mark", "x"], ["grade", "x", "--loud"]])
def test_a_wrong_call_is_told_how_to_call(arguments: list[str], run_cli: Cli, tmp_path: Path) -> None:
    done = run_cli(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "usage: .venv/bin/autograder" in done.stderr


def test_every_command_has_an_example_that_it_understands(run_cli: Cli) -> None:
    for verb, example in cli.EXAMPLES.items():
        assert cli._parser().parse_args(example.split()).verb == verb
        assert f".venv/bin/autograder {example}" in run_cli(verb, "--help").stdout


def test_without_a_command_all_are_listed(run_cli: Cli) -> None:
    said = run_cli().stderr
    for verb in cli.EXAMPLES:
        assert f"\n    {verb}" in said


def test_a_class_is_no_submission_and_batch_is_suggested(run_cli: Cli, tmp_path: Path) -> None:
    for name in ("ada", "bob"):
        (tmp_path / "class" / name).mkdir(parents=True)
        shutil.copy(SOLUTION, tmp_path / "class" / name)
    done = run_cli("grade", "class", "--no-report", cwd=tmp_path)
    assert "class looks like a class. To grade every submission in it:" in done.stdout
    assert ".venv/bin/autograder batch class --out graded" in done.stdout


def test_nothing_at_the_path_is_one_line_and_leaves_an_old_result_alone(run_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("old")
    line = one_error_line(run_cli("grade", "no such\nfolder", cwd=tmp_path))
    assert "There is no file or folder no such" in line
    assert (tmp_path / "results.json").read_text() == "old"


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("autograder/rubric.toml", one_point_more, "the points add up to 101"),
        ("autograder/rubric.toml", lambda t: with_setting(t, "points", "-6"), "rubric.toml, line "),
        ("autograder/rubric.toml", lambda t: t.replace("loss_alone", "loss_own"), "no hidden test decides"),
        ("autograder/rubric.toml", None, "rubric.toml can't be read"),
        ("solution/neural_net.py", lambda t: t + "\n(", "the reference solution can't be loaded"),
        ("solution/neural_net.py", None, "the reference solution can't be loaded"),
        ("data/semicircle.csv", lambda t: t + "a,b\n", "data/semicircle.csv can't be read"),
        ("autograder/hidden_tests/test_loss.py", lambda t: t + "\n(", "SyntaxError"),
    ],
)
def test_a_broken_grader_reaches_no_grade_and_says_so(name: str, change: Any, words: str, tmp_path: Path) -> None:
    tree = copy_grader(tmp_path / "tree")
    if change:
        (tree / name).write_text(change((tree / name).read_text("utf-8")), "utf-8")
    else:
        (tree / name).unlink()
    done = run_program("grade", SOLUTION, "--no-report", "--quiet", cwd=tmp_path, tree=tree)
    assert words in one_error_line(done)
    page = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert "not a mistake of yours" in page["output"]
    assert page["extra_data"]["grader_fault"]
    assert [t["visibility"] for t in page["tests"]] == ["hidden"]


def test_a_place_that_can_not_be_written_is_one_error_line(run_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    line = one_error_line(run_cli("grade", SOLUTION, "--no-report", "--results", "file/r.json", cwd=tmp_path))
    assert "file" in line
    line = one_error_line(run_cli("grade", SOLUTION, "--no-report", "--results", "/proc/none/r.json", cwd=tmp_path))
    assert "/proc/none" in line


def test_a_failed_write_names_the_file_and_advice_fits_the_error(
    run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r.json").mkdir()
    line = one_error_line(run_cli("grade", SOLUTION, "--no-report", "--results", "r.json", cwd=tmp_path))
    assert line == "autograder: r.json: Is a directory. Give a file.\n"
    assert one_error_line(run_cli("regrade", tmp_path)).endswith("Is a directory. Give a file.\n")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("autograder.files.os.fsync", full)
    line = one_error_line(run_cli("grade", SOLUTION, "--no-report", "--results", "a.json", cwd=tmp_path))
    assert line.startswith("autograder: a.json: No space left on device. Nothing was lost: make room")


def test_a_reader_that_leaves_early_is_no_error(run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("builtins.print", gone)
    done = run_cli("grade", ROOT / "student" / "neural_net.py", "--no-report", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (141, "")
    assert (tmp_path / "results.json").exists()


def test_recordings_of_one_name_do_not_take_each_others_place(run_cli: Cli, tmp_path: Path) -> None:
    line = one_error_line(run_cli("regrade", "a/x.session", "b/x.session", "--out", tmp_path / "out"))
    assert "Two recordings would be" in line
    assert not (tmp_path / "out").exists()


def test_a_stop_from_outside_leaves_a_result_that_says_it_is_no_grade(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "neural_net.py").write_text("import time\ntime.sleep(100)\n")
    for number, status in ((signal.SIGTERM, 143), (signal.SIGINT, 1)):
        command = [sys.executable, "-m", "autograder", "grade", str(folder), "--no-report"]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
        )
        path = tmp_path / "results.json"
        wait_until(lambda pid=process.pid: len(children(pid)) > 1)  # the server has started a worker
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
        assert process.returncode == status, said
        assert "Traceback" not in said
        page = json.loads(path.read_text("utf-8"))
        assert page["extra_data"]["grader_fault"] == "did not finish"
        path.unlink()


def test_the_callers_environment_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('not me')")
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('nor me')")
    hostile = {"PYTHONWARNINGS": "error", "OPENBLAS_NUM_THREADS": "7", "PYTHONHASHSEED": "5", "SECRET": "x"}
    (tmp_path / "in").mkdir()
    text = SOLUTION.read_text("utf-8") + "\nimport os\nprint(sorted(os.environ), os.environ['OPENBLAS_NUM_THREADS'])\n"
    (tmp_path / "in" / "neural_net.py").write_text(text, "utf-8")
    command = [sys.executable, str(ROOT / "autograder" / "__main__.py"), "grade", "in", "--no-report"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | hostile, capture_output=True, text=True, check=False)
    assert "Total: 100/100" in done.stdout, done.stderr
    assert "SECRET" not in done.stdout
    assert "'OPENBLAS_NUM_THREADS'" in done.stdout


def test_gradescopes_verb_grades_and_tells_staff_on_standard_output(run_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "submission").mkdir()
    shutil.copy(SOLUTION, tmp_path / "submission")
    done = run_cli("gradescope", "--root", tmp_path)
    assert done.returncode == 0
    assert json.loads((tmp_path / "results" / "results.json").read_text("utf-8"))["score"] == 100
    assert "The layers that held" in done.stdout
    if IS_ROOT:
        assert (tmp_path / "submission").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "results").stat().st_mode & 0o777 == 0o700


def test_gradescope_with_nothing_handed_in_still_writes_a_result(run_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "submission").mkdir()
    done = run_cli("gradescope", "--root", tmp_path)
    page = json.loads((tmp_path / "results" / "results.json").read_text("utf-8"))
    assert done.returncode == 0
    assert page["score"] == 0
    assert "There is no file in the submission" in page["output"]
