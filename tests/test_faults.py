"""What is promised when things go wrong: a whole results.json at every moment, nothing left behind, no false zero."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import rubric, submission
from tests.support import (
    IS_ROOT,
    ROOT,
    SOLUTION,
    Done,
    as_root,
    by_profile,
    children,
    copy_grader,
    on_linux,
    scratch_folders,
    wait_until,
)

LINES = len(rubric.load().criteria)
OVERFLOWS = """def forward(x, params, activation="logistic"):
    np.exp(1000 + 0 * x)  # a warning, and no error
    return right(x, params, activation)
"""
MOMENTS = by_profile(quick=3, ci=10, full=300)


# --- a grader, and what it has started -------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folders as Gradescope makes them, with the correct submission."""
    (tmp_path / "submission").mkdir()
    (tmp_path / "results").mkdir()
    shutil.copy(SOLUTION, tmp_path / "submission")
    (tmp_path / "submission_metadata.json").write_text("{}")
    return tmp_path


def start(root: Path, *before: str, tree: Path = ROOT) -> subprocess.Popen[bytes]:
    command = [*before, sys.executable, "-s", "-m", "autograder", "gradescope", "--root", str(root)]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # half a file of byte code breaks every later start
    return subprocess.Popen(
        command, cwd=tree, env=environment, stdout=-1, stderr=-1, stdin=subprocess.DEVNULL, start_new_session=True
    )


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Its exit status and what it said; nothing that it started is left."""
    started: set[int] = set()
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        started |= set(children(process.pid))
        time.sleep(0.02)
    out, err = process.communicate(timeout=1)
    assert gone(sorted(started))
    return process.returncode, (out + err).decode(errors="replace")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(pids: list[int]) -> bool:
    """Whether all have ended within a moment."""
    end = time.monotonic() + 5
    while any(map(alive, pids)):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def page_of(root: Path) -> dict[str, Any]:
    page: dict[str, Any] = json.loads((root / "results/results.json").read_text())
    return page


def whole(page: dict[str, Any]) -> bool:
    """A real grade: every line with a score."""
    return len(page["tests"]) == LINES and all("score" in test for test in page["tests"])


def unfinished(page: dict[str, Any]) -> bool:
    """No grade, and it says so: to the student kindly, to staff in a hidden entry that hides the total."""
    told = "not a mistake of yours" in page["output"]
    return told and "grader_fault" in page["extra_data"] and any(t.get("visibility") == "hidden" for t in page["tests"])


def moments(seed: int, longest: float) -> Iterator[float]:
    dice = random.Random(seed)
    for _ in range(MOMENTS):
        yield dice.uniform(0, longest)


@on_linux
@as_root  # nobody else may see the folder that a worker is in
def test_a_grading_leaves_no_process_and_no_folder_behind(root: Path) -> None:
    (root / "submission/neural_net.py").write_text(SOLUTION.read_text() + "\nopen('note', 'w').write('x')\n")
    process = start(root)
    folders = wait_until(lambda: scratch_folders(children(process.pid)))
    status, said = finish(process)
    assert status == 0, said
    assert page_of(root)["score"] == 100
    assert not any(map(os.path.exists, folders))


# --- killed at any instant -------------------------------------------------------------------------------------------


@on_linux
@on_linux
@pytest.mark.parametrize(
    "text",
    [
        "import os; os.environ['SET_AT_THE_START'] = '1'",
        "import warnings; warnings.simplefilter('error')",
        "import numpy; numpy.seterr(all='raise')",
    ],
)
def test_what_an_interpreter_does_when_it_starts_changes_no_grade(text: str, tmp_path: Path) -> None:
    python = tmp_path / "bin/python"
    packages = tmp_path / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    venv.create(tmp_path, symlinks=True)
    (packages / "first.pth").write_text(f"{Path(np.__file__).parents[1]}\n")
    (packages / "second.pth").write_text(f"{text}\n")
    overflows = SOLUTION.read_text() + "\n\nright = forward\n\n\n" + OVERFLOWS
    (tmp_path / "neural_net.py").write_text(overflows)
    command = [python, "-s", ROOT / "autograder", "grade", tmp_path / "neural_net.py", "--quiet"]
    command += ["--results", tmp_path / "results.json", "--no-report"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((tmp_path / "results.json").read_text())["score"] == rubric.TOTAL


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_grader_that_is_ended_at_any_instant_leaves_a_result_and_nothing_else(
    number: signal.Signals, root: Path
) -> None:
    outcomes = set()
    for moment in [None, *moments(number, 1.2)]:
        (root / "results/results.json").unlink(missing_ok=True)
        process = start(root)
        if moment is None:  # one that has certainly begun and has not ended
            wait_until((root / "results/results.json").exists, pause=0.001)
        time.sleep(moment or 0)
        started = children(process.pid)
        folders = scratch_folders(started)
        process.send_signal(number)
        finish(process)
        assert gone(started)
        wait_until(lambda folders=folders: not any(map(os.path.exists, folders)))
        if (root / "results/results.json").exists():
            page = page_of(root)
            assert whole(page) or unfinished(page)
            outcomes.add(whole(page))
        else:
            outcomes.add(None)  # not even Python had started: run_autograder's own is there by then
        if number == signal.SIGTERM:
            assert not [path for path in (root / "results").iterdir() if path.name != "results.json"]
    assert False in outcomes


@on_linux
@pytest.mark.slow
def test_a_worker_that_is_killed_at_any_instant_costs_nothing(root: Path) -> None:
    killed = 0
    for moment in [0.0, *moments(1, 0.5)]:
        process = start(root)
        end = time.monotonic() + 10
        workers: list[int] = []
        while not workers and process.poll() is None and time.monotonic() < end:
            workers = children(process.pid)[1:]  # the first is the server
        time.sleep(moment / 4)
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
                killed += 1
        status, said = finish(process)
        page = page_of(root)
        assert "Traceback" not in said
        if "grader_fault" in page["extra_data"]:  # it was the control's: nobody is graded
            assert "worker" in said
            continue
        assert whole(page), said
        assert status == 0
        assert page["score"] == rubric.TOTAL, [test for test in page["tests"] if test["score"] < test["max_score"]]
    assert killed


@on_linux
@pytest.mark.slow
def test_a_server_that_is_killed_at_any_instant_is_started_again(root: Path) -> None:
    outcomes = set()
    for moment in [0.0, *moments(2, 0.2)]:
        process = start(root)
        end = time.monotonic() + 10
        servers: list[int] = []
        while not servers and process.poll() is None and time.monotonic() < end:
            servers = children(process.pid)[:1]
        time.sleep(moment)
        for server in servers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(server, signal.SIGKILL)
        status, said = finish(process)
        page = page_of(root)
        assert whole(page) or unfinished(page)
        assert (status == 0) == whole(page), said
        assert "Traceback" not in said
        outcomes.add(whole(page))
    assert outcomes == {True}


# --- a grader that is broken -----------------------------------------------------------------------------------------

TEST = 'self.judge("loss", ["loss"], [*self.both(battery.general), *battery.magnitudes("logistic")])'
BROKEN = {
    "a hidden test that raises": ("autograder/hidden_tests/test_loss.py", TEST, "raise RuntimeError('broken here')"),
    "a hidden test that exits": ("autograder/hidden_tests/test_loss.py", TEST, "raise SystemExit(0)"),
    "a hidden test that ends the process": ("autograder/hidden_tests/test_loss.py", TEST, "__import__('os')._exit(3)"),
    "a hidden test that is no Python": ("autograder/hidden_tests/test_loss.py", TEST, "=="),
    "no hidden test": ("autograder/hidden_tests/test_loss.py", None, None),
    "no solution": ("solution/neural_net.py", None, None),
    "a solution that is no Python": ("solution/neural_net.py", "def loss", "def def loss"),
    "a solution without a function": ("solution/neural_net.py", "def loss", "def los"),
    "no rubric": ("autograder/rubric.toml", None, None),
    "a rubric that is no TOML": ("autograder/rubric.toml", "[limits]", "[limits"),
    "no data": ("data/semicircle.csv", None, None),
}


@pytest.mark.slow
@on_linux
@pytest.mark.parametrize("what", BROKEN)
def test_a_grader_that_is_broken_gives_nobody_a_zero_and_tells_staff(what: str, root: Path) -> None:
    file, old, new = BROKEN[what]
    tree = copy_grader(root / "source")
    if old is None or new is None:
        (tree / file).unlink()
    else:
        text = (tree / file).read_text()
        assert old in text
        (tree / file).write_text(text.replace(old, new, 1))
    status, said = finish(start(root, tree=tree))
    page = page_of(root)
    assert status != 0
    assert "Traceback" not in said + json.dumps(page)
    assert unfinished(page)
    staff = [test["output"] for test in page["tests"] if test["visibility"] == "hidden"]
    if what != "a hidden test that ends the process":
        # By its file, or by the line or the module that it is.
        assert any(name in staff[0] for name in (Path(file).stem, "loss_value", "reference"))
    if what in ("a hidden test that raises", "a hidden test that exits"):
        scores = [test.get("score") for test in page["tests"] if "number" in test]
        assert len(scores) == LINES
        assert scores.count(None) == 1  # all other lines are graded


# --- no room, no right, no sense -------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="install util-linux, for prlimit")
@pytest.mark.parametrize("size", [0, 100, 2000, 6000, 20_000])
def test_a_disk_that_is_full_leaves_what_was_there(size: int, root: Path) -> None:
    """A limit on the size of files fails where a full disk does: in the middle of writing."""
    before = {"score": 0, "tests": [], "output": "from before"}
    (root / "results/results.json").write_text(json.dumps(before))
    status, said = finish(start(root, "prlimit", f"--fsize={size}", "--"))
    left = [path.name for path in (root / "results").iterdir()]
    assert left in ([], ["results.json"])  # an older one would pass for this submission's
    page = page_of(root) if left else {"tests": []}
    assert not left or whole(page) or unfinished(page)
    assert (status == 0) == whole(page)
    assert "Traceback" not in said


def test_a_folder_that_is_read_only_is_one_clear_line(root: Path) -> None:
    if not IS_ROOT:
        (root / "results").chmod(0o500)
    elif subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", root / "results"], capture_output=True).returncode:
        pytest.skip("this kernel or container does not let root mount, and root can write everywhere else")
    try:
        status, said = finish(start(root))
    finally:
        subprocess.run(["umount", root / "results"], capture_output=True)
    assert status == 1
    assert said.count("\n") == 1
    assert "results" in said
    assert "Traceback" not in said


def test_a_folder_that_is_a_file_is_one_clear_line(root: Path) -> None:
    (root / "results").rmdir()
    (root / "results").write_text("")
    status, said = finish(start(root))
    assert status == 1
    assert said.count("\n") == 1
    assert "Traceback" not in said


# What else may be in it: test_policies.
SENSELESS = [
    None, "[" * 100_000,
    '{"id": NaN, "created_at": "2026-02-30T99:00:00Z", "users": [{"name": "\\ud800", "email": NaN, "id": []}, null]}',
    '{"created_at": "2026-10-05T14:03:11", "assignment": {"due_date": 5, "late_due_date": "x", "total_points": null},'
    ' "previous_submissions": [{"score": "NaN"}, 7, {"results": {"tests": 1}}]}',
]  # fmt: skip


@on_linux
def test_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "results"
    os.mkfifo(pipe)
    command = [sys.executable, "-s", ROOT / "autograder", "grade", SOLUTION, "--no-report", "--quiet"]
    command += ["--results", pipe]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(f"autograder: {pipe}: it is not a regular file, and would be replaced by one.")
    assert done.stderr.count("\n") == 1
    assert pipe.is_fifo()


@pytest.mark.parametrize("text", SENSELESS)
def test_metadata_that_makes_no_sense_costs_nobody_anything(
    text: str | None, root: Path, run_cli: Callable[..., Done]
) -> None:
    path = root / "submission_metadata.json"
    path.unlink()
    if text is not None:
        path.write_text(text)
    done = run_cli("gradescope", "--root", root)
    assert done.returncode == 0, done.stdout
    assert page_of(root)["score"] == 100


# --- a folder of anything --------------------------------------------------------------------------------------------

names = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=20
).filter(lambda name: name not in (".", "..") and len(name.encode()) < 200) | st.sampled_from(
    ["neural_net.py", "neural_net (1).py", "Neural_Net.PY", "net.ipynb", "a.zip", "x.py", "-r.py", "é.py"]
)
kinds = st.sampled_from(["file", "file", "file", "folder", "link", "pipe", "loop", "outside"])
contents = st.binary(max_size=50) | st.just(b"def forward(): pass\n") | st.just(b"x" * (submission.MAX_FILE + 1))
folders = st.lists(st.tuples(st.lists(names, min_size=1, max_size=3), kinds, contents), max_size=12)


@on_linux
@given(folders)
def test_a_folder_of_anything_is_read_or_refused(entries: list[tuple[list[str], str, bytes]]) -> None:
    """Regular files only, small and few, with names that stay inside; nothing is followed and nothing waited for."""
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        outside = Path(place) / "outside.py"
        outside.write_bytes(b"SECRET = 1")
        folder = Path(place) / "submission"
        folder.mkdir()
        for path, kind, content in entries:
            with contextlib.suppress(OSError):
                target = folder.joinpath(*path)
                target.parent.mkdir(parents=True, exist_ok=True)
                if os.path.lexists(target):
                    continue  # a pipe, maybe, that nobody reads
                if kind == "file":
                    target.write_bytes(content)
                elif kind == "folder":
                    target.mkdir()
                elif kind == "link":
                    target.symlink_to(folder / "neural_net.py")
                elif kind == "loop":
                    target.symlink_to(target.parent)
                elif kind == "outside":
                    target.symlink_to(outside)
                else:
                    os.mkfifo(target)
        read = submission.read(folder)
        assert bool(read.files) != bool(read.refused)
        assert len(read.files) <= submission.MAX_FILES + 1
        assert sum(map(len, read.files.values())) <= submission.MAX_TOTAL + submission.MAX_FILE
        for name, content in read.files.items():
            assert b"SECRET" not in content
            assert len(content) <= submission.MAX_FILE
            assert not name.startswith("/")
            assert ".." not in name.split("/")
        for text in (read.refused, *read.notes):
            assert text.isprintable()
            assert len(text) < 2000
