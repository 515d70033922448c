"""A class is graded whatever happens: nothing is lost, nothing is done twice, and nobody gets a zero for a fault."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import submission
from autograder.course import batch, intake
from autograder.course.pool import AHEAD, Done, Grader, Local, Task
from autograder.grade import grade
from autograder.result import gradescope

ROOT = Path(__file__).resolve().parent.parent
SUBMISSIONS = ROOT / "tests" / "submissions"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="grading is for Linux"),
]

SOLUTION = (ROOT / "solution" / "neural_net.py").read_text("utf-8")
SLOW = SOLUTION + "\nimport time\ntime.sleep(0.4)\n"
SLEEPS = SOLUTION + "\nimport time\ntime.sleep(60)\n"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The grader in a place of its own, so that its processes can be told from all others."""
    return copy(tmp_path_factory.mktemp("grader"))


def copy(place: Path) -> Path:
    for name in ("autograder", "solution", "data"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    (place / "student").mkdir()
    shutil.copy(ROOT / "student" / "neural_net.py", place / "student")
    return place


def hurried(place: Path) -> Path:
    """One that waits less for what hangs."""
    rubric = copy(place) / "autograder" / "rubric.toml"
    text = rubric.read_text("utf-8")
    for name, seconds in (("load", 2.0), ("call", 1.0), ("whole", 6.0)):
        text, count = re.subn(rf"^{name} = \S+", f"{name} = {seconds}", text, count=1, flags=re.M)
        assert count == 1
    rubric.write_text(text, "utf-8")
    return place


def class_of(folder: Path, **programs: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, program in programs.items():
        (folder / f"{name}.py").write_text(program, "utf-8")
    return folder


def run(tree: Path, *arguments: Any, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-s", "-m", "autograder", "batch", *map(str, arguments)],
        cwd=tree, capture_output=True, text=True, check=False, timeout=300, **more,
    )  # fmt: skip


def start(tree: Path, *arguments: Any, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-s", "-m", "autograder", "batch", *map(str, arguments)],
        cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **more,
    )  # fmt: skip


def pages(out: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((out / "results").glob("*.json"))}


def untimed(page: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in page.items() if name != "execution_time"}


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stderr.startswith("autograder: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def processes(tree: Path) -> dict[int, str]:
    """What runs of this tree: the command lines by process id."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
                if str(tree) in words:
                    found[int(entry.name)] = words
    return found


def graders(tree: Path) -> list[int]:
    return [pid for pid, words in processes(tree).items() if "pool import serve" in words]


def eventually(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def nothing_left(tree: Path, out: Path) -> None:
    eventually(lambda: not processes(tree), 15)
    assert not [p for p in out.rglob(".*") if p.name != ".lock"]


# --- what comes out --------------------------------------------------------------------------------------------------


def test_a_class_is_graded_and_everything_is_written(tree: Path, tmp_path: Path) -> None:
    wrong = (SUBMISSIONS / "wrong" / "always_logistic_slope.py").read_text("utf-8")
    place = class_of(tmp_path / "class", ada=SOLUTION, grace=wrong, eve="")
    done = run(tree, place, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    out = tmp_path / "out"
    assert sorted(p.name for p in (out / "results").iterdir()) == ["ada.json", "eve.json", "grace.json"]
    assert sorted(p.name for p in (out / "reports").iterdir()) == ["ada.html", "eve.html", "grace.html"]
    assert {p.name for p in out.iterdir()} >= {"grades.csv", "canvas.csv", "moodle.csv", "results", "reports"}
    assert out.stat().st_mode & 0o777 == 0o700
    scores = {name: page["score"] for name, page in pages(out).items()}
    assert scores["ada"] == 100
    assert scores["eve"] == 0
    assert 0 < scores["grace"] < 100
    assert "empty" in pages(out)["eve"]["output"]
    about = pages(out)["ada"]["extra_data"]["submission"]
    assert (about["id"], about["file"], about["students"][0]["name"]) == ("ada", "ada.py", "ada")
    assert re.fullmatch(r"[0-9a-f]{64}", about["digest"])
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        assert {row["id"]: float(row["score"]) for row in csv.DictReader(file)} == scores
    assert done.stdout.count("\n") == 1
    assert f"3 submissions. Mean {sum(scores.values()) / 3:.1f} of 100, lowest 0 (eve)." in done.stdout
    nothing_left(tree, out)


def test_a_grade_in_a_class_is_the_grade_alone(tmp_path: Path) -> None:
    """Same submission, same grade, same words, whichever way it is graded."""
    place = tmp_path / "class"
    place.mkdir()
    for name in ("always_logistic_slope", "backprop_renamed"):
        shutil.copy(SUBMISSIONS / "wrong" / f"{name}.py", place)
    assert batch.run(place, tmp_path / "out", reports=False, quiet=True) == 0
    for entry in intake.find(place):
        alone = gradescope(grade(entry.read(), pictures=False))
        together = pages(tmp_path / "out")[entry.id]
        del together["extra_data"]["submission"]
        assert untimed(together) == untimed(json.loads(json.dumps(alone)))


def test_hostile_names_go_through_and_do_nothing(tree: Path, tmp_path: Path) -> None:
    names = ["=cmd|'calc'!A1", "<script>alert(1)</script>", "x" * 200, "CON", "Ada", "ada", "two\nlines", ""]
    one = "submission_{}:\n  :submitters:\n  - :name: {}\n    :sid: '-1+1'\n    :email: {}\n"
    rows = "".join(one.format(i, json.dumps(name), json.dumps(name)) for i, name in enumerate(names))
    place = tmp_path / "export"
    for i in range(len(names)):
        (place / f"submission_{i}").mkdir(parents=True)
        (place / f"submission_{i}" / "neural_net.py").write_text(SOLUTION)
    (place / "submission_metadata.yml").write_text(rows)
    done = run(tree, place, "--out", tmp_path / "out", "--no-reports")
    assert (done.returncode, done.stderr) == (0, "")
    for table in ("grades.csv", "canvas.csv", "moodle.csv"):
        with open(tmp_path / "out" / table, encoding="utf-8-sig", newline="") as file:
            found = list(csv.reader(file))
        assert len(found) == len(names) + (2 if table == "canvas.csv" else 1)
        assert not [cell for row in found for cell in row if cell.lstrip()[:1] in ("=", "+", "-", "@") and cell.strip()]
    assert "<script>alert" not in (tmp_path / "out" / "class.html").read_text("utf-8")


def test_quiet_and_no_reports_are_that(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION)
    done = run(tree, place, "--out", tmp_path / "out", "--quiet", "--no-reports")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list((tmp_path / "out" / "reports").iterdir()) == []


def test_the_processes_have_the_graders_environment_and_nothing_of_the_callers(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SLEEPS)
    mine = {**os.environ, "SECRET": "hush", "OMP_NUM_THREADS": "7"}
    process = start(tree, place, "--out", tmp_path / "out", env=mine)
    try:
        (pid,) = eventually(lambda: graders(tree))
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        assert b"OMP_NUM_THREADS=1" in variables
        assert b"OPENBLAS_NUM_THREADS=1" in variables
        assert not [v for v in variables if v.startswith(b"SECRET")]
    finally:
        process.kill()
        process.communicate()


def test_a_terminal_gets_a_bar_with_the_time_left(tree: Path, tmp_path: Path) -> None:
    pytest.importorskip("tqdm")
    place = class_of(tmp_path / "class", **{f"s{i}": SOLUTION for i in range(4)})
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    arguments = [sys.executable, "-s", "-m", "autograder", "batch", place, "--out", tmp_path / "out", "--no-reports"]
    done = subprocess.Popen(arguments, cwd=tree, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(mine, 4096):
            said += chunk
    os.close(mine)
    assert done.wait() == 0
    assert b"graded: 100%" in said
    assert re.search(rb"4/4 \[\d\d:\d\d<\d\d:\d\d", said)


# --- again and on ----------------------------------------------------------------------------------------------------


def stamps(out: Path) -> dict[str, tuple[int, int]]:
    return {p.stem: (p.stat().st_ino, p.stat().st_mtime_ns) for p in (out / "results").glob("*.json")}


def test_what_is_done_is_not_done_again(tree: Path, tmp_path: Path) -> None:
    place, out = class_of(tmp_path / "class", ada=SOLUTION, grace=SOLUTION, mary=SOLUTION), tmp_path / "out"
    assert run(tree, place, "--out", out, "--no-reports").returncode == 0
    before = stamps(out)
    done = run(tree, place, "--out", out, "--no-reports")
    assert "3 submissions, 3 of them graded before." in done.stdout
    assert stamps(out) == before
    # One is handed in again, one is new, one is taken out.
    class_of(place, ada=SOLUTION + "#\n", zoe=SOLUTION)
    (place / "mary.py").unlink()
    done = run(tree, place, "--out", out, "--no-reports")
    after = stamps(out)
    assert after["grace"] == before["grace"]
    assert after["ada"] != before["ada"]
    assert "4 submissions, 1 of them graded before." in done.stdout
    assert "1 of them were in" in done.stdout
    # Pages are wanted now.
    done = run(tree, place, "--out", out)
    assert len(list((out / "reports").iterdir())) == 3
    (out / "reports" / "ada.html").unlink()
    before = stamps(out)
    run(tree, place, "--out", out)
    assert [name for name, stamp in stamps(out).items() if stamp != before[name]] == ["ada"]


@pytest.mark.parametrize("damage", ["", "{", '{"score": 100}', "[]", "\udcff", None])
def test_a_damaged_result_is_graded_again(damage: str | None, tree: Path, tmp_path: Path) -> None:
    place, out = class_of(tmp_path / "class", ada=SOLUTION), tmp_path / "out"
    assert run(tree, place, "--out", out, "--no-reports").returncode == 0
    path = out / "results" / "ada.json"
    whole = untimed(json.loads(path.read_text("utf-8")))
    text = path.read_text("utf-8")[:-100] if damage is None else damage
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert run(tree, place, "--out", out, "--no-reports").returncode == 0
    assert untimed(json.loads(path.read_text("utf-8"))) == whole


def test_a_name_that_is_set_right_costs_no_grading(tree: Path, tmp_path: Path) -> None:
    place, out = tmp_path / "export", tmp_path / "out"
    (place / "submission_1").mkdir(parents=True)
    (place / "submission_1" / "neural_net.py").write_text(SOLUTION)
    metadata = "submission_1:\n  :submitters:\n  - :name: {}\n    :email: a@b.c\n  :created_at: 2026-04-17 12:00:00 Z\n"
    (place / "submission_metadata.yml").write_text(metadata.format("Augusta Byron"))
    assert run(tree, place, "--out", out).returncode == 0
    before = pages(out)["submission_1"]
    (place / "submission_metadata.yml").write_text(metadata.format("Ada Lovelace"))
    done = run(tree, place, "--out", out)
    assert "1 of them graded before" in done.stdout
    after = pages(out)["submission_1"]
    assert after["extra_data"]["submission"]["students"][0]["name"] == "Ada Lovelace"
    assert after["extra_data"]["submission"]["created_at"] == "2026-04-17T12:00:00+00:00"
    after["extra_data"]["submission"]["students"] = before["extra_data"]["submission"]["students"]
    assert after == before
    assert "Ada Lovelace" in (out / "canvas.csv").read_text("utf-8")


def test_results_of_another_grader_are_not_mixed(tmp_path: Path) -> None:
    tree = copy(tmp_path / "tree")
    place, out = class_of(tmp_path / "class", ada=SOLUTION, grace=SOLUTION), tmp_path / "out"
    assert run(tree, place, "--out", out, "--no-reports").returncode == 0
    old = {page["extra_data"]["fingerprint"] for page in pages(out).values()}
    (place / "grace.py").unlink()
    with open(tree / "autograder" / "rubric.toml", "a", encoding="utf-8") as file:
        file.write("# changed\n")
    before = stamps(out)
    line = one_line(run(tree, place, "--out", out, "--no-reports"))
    assert "another grader" in line
    assert "another folder" in line
    assert stamps(out) == before
    assert run(tree, place, "--out", tmp_path / "new", "--no-reports").returncode == 0
    assert run(tree, class_of(place, grace=SOLUTION), "--out", out, "--no-reports", "--again").returncode == 0
    new = {page["extra_data"]["fingerprint"] for page in pages(out).values()}
    assert len(new) == 1
    assert new != old


def test_grading_anew_goes_on_too_where_it_was_stopped(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", **{f"s{i}": SLOW + f"# {i}\n" for i in range(8)})
    out = tmp_path / "out"
    assert run(tree, place, "--out", out, "--no-reports").returncode == 0
    first = stamps(out)
    process = start(tree, place, "--out", out, "--no-reports", "--again")
    eventually(lambda: len([name for name, stamp in stamps(out).items() if stamp != first[name]]) >= 2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    second = stamps(out)
    renewed = {name for name, stamp in second.items() if stamp != first[name]}
    assert 2 <= len(renewed) < 8
    assert f"{len(renewed)} of them graded before" in run(tree, place, "--out", out, "--no-reports", "--again").stdout
    third = stamps(out)
    assert {name for name, stamp in third.items() if stamp == second[name]} == renewed
    assert not [name for name, stamp in third.items() if stamp == first[name]]
    # It came to its end, so the next time means everything.
    run(tree, place, "--out", out, "--no-reports", "--again")
    assert not [name for name, stamp in stamps(out).items() if stamp == third[name]]


# --- stopped and killed ----------------------------------------------------------------------------------------------


def test_killed_in_the_middle_it_goes_on_without_losing_or_repeating(tree: Path, tmp_path: Path) -> None:
    """SIGKILL: no chance to tidy up.  What was done stays untouched, and in the end all is as if nothing had been."""
    place = class_of(tmp_path / "class", **{f"s{i:02}": SLOW + f"# {i}\n" for i in range(12)})
    out = tmp_path / "out"
    for least in (2, 5):
        process = start(tree, place, "--out", out)
        eventually(lambda least=least: len(stamps(out)) >= least if (out / "results").is_dir() else False)
        process.kill()
        process.communicate()
        eventually(lambda: not processes(tree), 15)
        before = stamps(out)
        assert len(before) < 12
        for path in (out / "results").glob("*.json"):
            json.loads(path.read_text("utf-8"))
    done = run(tree, place, "--out", out)
    assert done.returncode == 0
    assert f"12 submissions, {len(before)} of them graded before." in done.stdout
    after = stamps(out)
    assert all(after[name] == stamp for name, stamp in before.items())
    nothing_left(tree, out)
    assert run(tree, place, "--out", tmp_path / "at once").returncode == 0
    assert {n: untimed(p) for n, p in pages(out).items()} == {
        n: untimed(p) for n, p in pages(tmp_path / "at once").items()
    }
    for table in ("grades.csv", "canvas.csv", "moodle.csv"):
        assert (out / table).read_bytes() == (tmp_path / "at once" / table).read_bytes()


def test_killed_it_takes_what_is_under_way_with_it(tree: Path, tmp_path: Path) -> None:
    process = start(tree, class_of(tmp_path / "class", a=SLEEPS, b=SLEEPS), "--out", tmp_path / "out")
    eventually(lambda: sum("worker.worker import" in words for words in processes(tree).values()) >= 4)
    process.kill()
    process.communicate()
    # Not after the many seconds that a submission may sleep.
    eventually(lambda: not processes(tree), 6)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_it_says_how_to_go_on_and_leaves_nothing(
    number: signal.Signals, status: int, tree: Path, tmp_path: Path
) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION, **{f"s{i}": SLEEPS for i in range(4)})
    out = tmp_path / "out"
    process = start(tree, place, "--out", out)
    eventually(lambda: (out / "results" / "ada.json").exists())
    # As a terminal does: to the whole group.
    os.killpg(process.pid, number)
    said, error = process.communicate(timeout=20)
    assert process.returncode == status
    assert said == ""
    assert error == "autograder: stopped after 1 of 5. To go on, give the same command again.\n"
    nothing_left(tree, out)


def test_stopped_before_it_began_it_is_clean_too(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", **{f"s{i}": SLEEPS for i in range(4)})
    for delay in (0.1, 0.25, 0.4, 0.6, 0.9):
        process = start(tree, place, "--out", tmp_path / "out")
        time.sleep(delay)
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=20)
        assert process.returncode in (143, -signal.SIGTERM)
        assert "Traceback" not in error
    nothing_left(tree, tmp_path / "out")


def test_a_killed_process_costs_a_retry_and_nothing_else(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", **{f"s{i}": SLOW + f"# {i}\n" for i in range(8)})
    process = start(tree, place, "--out", tmp_path / "out", "--jobs", "2")
    for _ in range(2):
        pids = eventually(lambda: len(graders(tree)) == 2 and graders(tree))
        eventually(lambda: len(stamps(tmp_path / "out")) >= 1)
        os.kill(pids[0], signal.SIGKILL)
        eventually(lambda pids=pids: pids[0] not in graders(tree))
    said, error = process.communicate(timeout=120)
    assert (process.returncode, error) == (0, "")
    assert {page["score"] for page in pages(tmp_path / "out").values()} == {100}
    assert "8 submissions. Mean 100.0" in said
    nothing_left(tree, tmp_path / "out")


def test_a_submission_over_which_processes_die_is_a_fault_no_zero_and_tried_again(tree: Path, tmp_path: Path) -> None:
    place, out = class_of(tmp_path / "class", a=SLEEPS, b=SOLUTION, c=SOLUTION), tmp_path / "out"
    process = start(tree, place, "--out", out, "--jobs", "1")
    for _ in range(2):
        # At its worker, so at the submission that sleeps.
        def at_work() -> int:
            pids = graders(tree)
            servers = [pid for pid, words in processes(tree).items() if "worker.worker import" in words]
            return pids[0] if pids and len(servers) >= 2 else 0

        pid = eventually(at_work)
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        eventually(lambda pid=pid: pid not in graders(tree))
    said, error = process.communicate(timeout=120)
    assert process.returncode == 1
    assert re.fullmatch(r"autograder: 1 without a grade, for a fault of the grader, in .*: a\. .*again\.\n", error)
    found = pages(out)
    assert (found["b"]["score"], found["c"]["score"]) == (100, 100)
    fault = found["a"]["extra_data"]["grader_fault"]
    assert "died 2 times" in fault
    assert "signal 9" in fault
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        assert [row["score"] for row in csv.DictReader(file)] == ["", "100", "100"]
    assert "Mean 100.0" in said
    before = stamps(out)
    class_of(place, a=SOLUTION)
    assert run(tree, place, "--out", out).returncode == 0
    after = stamps(out)
    assert pages(out)["a"]["score"] == 100
    assert after["b"] == before["b"]
    nothing_left(tree, out)


def test_a_fault_is_tried_again_although_nothing_changed(tree: Path, tmp_path: Path) -> None:
    place, out = class_of(tmp_path / "class", a=SOLUTION), tmp_path / "out"
    assert run(tree, place, "--out", out, "--no-reports").returncode == 0
    path = out / "results" / "a.json"
    page = json.loads(path.read_text("utf-8"))
    page["extra_data"]["grader_fault"] = "some lines"
    path.write_text(json.dumps(page))
    assert run(tree, place, "--out", out, "--no-reports").returncode == 0
    assert "grader_fault" not in pages(out)["a"]["extra_data"]


def test_what_hangs_and_crashes_costs_nobody_else(tmp_path: Path) -> None:
    tree = hurried(tmp_path / "tree")
    good = {f"good{i}": SOLUTION + f"# {i}\n" for i in range(4)}
    bad = {
        "hangs_at_import": SOLUTION + "\nwhile True: pass\n",
        "hangs_in_forward": SOLUTION + "\ndef forward(x, params, activation='logistic'):\n    while True: pass\n",
        "crashes": SOLUTION + "\nimport os\nos.kill(os.getpid(), 11)\n",
        "exits": SOLUTION + "\nimport os\nos._exit(3)\n",
        "eats_memory": SOLUTION + "\nx = bytearray(1 << 34)\n",
        "kills_its_parent": SOLUTION + "\nimport os\nos.kill(os.getppid(), 9)\n",
        "floods": SOLUTION + "\nprint('=' * 10**7)\n",
    }
    place = class_of(tmp_path / "class", **good, **bad)
    done = run(tree, place, "--out", tmp_path / "out")
    found = pages(tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(found) == len(good) + len(bad)
    assert {found[name]["score"] for name in good} == {100}
    assert all("grader_fault" not in page["extra_data"] for page in found.values())
    assert found["hangs_at_import"]["score"] < 100
    nothing_left(tree, tmp_path / "out")


# --- refused ---------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_for_this_is_refused(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION)
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("x")
    for out, said in (("class/out", "in one another"), (".", "in one another"), ("file", "a file"), ("full", "other")):
        assert said in one_line(run(tree, place, "--out", tmp_path / out))
    assert [p.name for p in place.iterdir()] == ["ada.py"]
    assert os.listdir(tmp_path / "full") == ["thesis.tex"]
    assert "nothing to grade" in one_line(run(tree, tmp_path / "full", "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_two_at_once_into_one_folder_are_refused(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SLEEPS)
    first = start(tree, place, "--out", tmp_path / "out")
    try:
        eventually(lambda: (tmp_path / "out" / ".lock").exists() and graders(tree))
        assert "Another batch" in one_line(run(tree, place, "--out", tmp_path / "out"))
    finally:
        first.kill()
        first.communicate()


def test_what_cannot_be_written_is_one_line(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION, grace=SOLUTION)
    (tmp_path / "out" / "results" / "ada.json" / "x").mkdir(parents=True)
    line = one_line(run(tree, place, "--out", tmp_path / "out"))
    assert "ada.json" in line
    eventually(lambda: not processes(tree), 15)


def test_a_grader_that_cannot_start_is_one_line(tmp_path: Path) -> None:
    tree = copy(tmp_path / "tree")
    with open(tree / "autograder" / "report.py", "a", encoding="utf-8") as file:
        file.write("\nraise RuntimeError('broken on purpose')\n")
    place = class_of(tmp_path / "class", ada=SOLUTION)
    line = one_line(run(tree, place, "--out", tmp_path / "out"))
    assert "can't start" in line
    assert "broken on purpose" in line


@pytest.mark.parametrize(("module", "said"), [("yaml", "install pyyaml"), ("distributed", "install distributed")])
def test_a_package_that_is_missing_is_one_line(module: str, said: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "export" / "submission_1").mkdir(parents=True)
    (tmp_path / "export" / "submission_metadata.yml").write_text("submission_1: {}")
    more = ["--scheduler", "tcp://127.0.0.1:1"] if module == "distributed" else []
    place = tmp_path / "export" if module == "yaml" else class_of(tmp_path / "class", ada=SOLUTION)
    arguments = ["batch", str(place), "--out", str(tmp_path / "out"), *more]
    code = f"import sys; sys.modules[{module!r}] = None; from autograder import cli; sys.exit(cli.run({arguments!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tree, capture_output=True, text=True, check=False)
    assert said in one_line(done)


@pytest.mark.parametrize("jobs", ["0", "-1", "many", "1.5", ""])
def test_a_wrong_number_of_jobs_is_a_wrong_call(jobs: str, tree: Path, tmp_path: Path) -> None:
    done = run(tree, tmp_path, "--out", tmp_path / "out", "--jobs", jobs)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


# --- the pool itself -------------------------------------------------------------------------------------------------


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Local]:
    (tmp_path / "results").mkdir()
    local = Local(2, tmp_path)
    yield local
    local.close()


def task(name: str, program: str = SOLUTION) -> Task:
    return Task(name, submission.choose({submission.NAME: program.encode()}), {"id": name}, reports=False)


def test_submissions_are_read_when_there_is_room_and_not_before(pool: Local) -> None:
    """So memory does not grow with the class."""
    read = done = most = 0

    def tasks() -> Iterator[Task]:
        nonlocal read
        for i in range(20):
            read += 1
            yield task(f"t{i}")

    for _ in pool.map(tasks()):
        done += 1
        most = max(most, read - done)
    assert done == 20
    assert most <= 2 * AHEAD


def test_a_process_that_has_grown_is_replaced(pool: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.course import pool as module

    monkeypatch.setattr(module, "GROWTH", -1)
    pool.jobs = 1
    seen: list[int] = []

    def watch(done: Done) -> None:
        seen.extend(g.process.pid for g in pool.graders)

    for done in pool.map(task(f"t{i}") for i in range(5)):
        watch(done)
    assert len(set(seen)) > 1


def test_one_that_is_late_is_killed(pool: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit of the grader's own should ever let it come so far."""
    from autograder.course import pool as module

    monkeypatch.setattr(module, "DEADLINE", 3.0)
    found = {done.task.id: done.faulty for done in pool.map(iter([task("a", SLEEPS), task("b")]))}
    assert found == {"a": True, "b": False}


def test_a_process_ends_with_its_caller(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    grader = Grader(tmp_path)
    try:
        assert grader.take() is None
        assert grader.identity is not None
        grader.pipe.close()
        assert grader.process.wait(10) == 0
    finally:
        grader.end()
