"""A class is graded whatever happens: nothing is lost, nothing is done twice, and nobody gets a zero for a fault."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import json
import os
import pty
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import submission
from autograder.asking.secret import load_secret
from autograder.course import batch, executor, importers
from autograder.course.executor import Local, Task
from autograder.environment import ENVIRONMENT
from autograder.errors import UserError
from autograder.grade import grade
from autograder.result import gradescope
from tests import classroom
from tests.support import SOLUTION as SOLUTION_FILE
from tests.support import SUBMISSIONS, copy_grader, on_linux, one_error_line, wait_until, with_setting

pytestmark = on_linux
slow = pytest.mark.slow

SOLUTION = SOLUTION_FILE.read_text("utf-8")
WRONG = (SUBMISSIONS / "wrong" / "always_logistic_slope.py").read_text("utf-8")
SLOW = SOLUTION + "\nimport time\ntime.sleep(0.4)\n"
SLEEPS = SOLUTION + "\nimport time\ntime.sleep(60)\n"
TABLES = ("grades.csv", "canvas.csv", "moodle.csv")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The grader in a place of its own, so that its processes can be told from all others."""
    return copy_grader(tmp_path_factory.mktemp("grader"), "student/neural_net.py")


def class_of(folder: Path, **programs: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, program in programs.items():
        (folder / f"{name}.py").write_text(program, "utf-8")
    return folder


def start(tree: Path, *arguments: Any, **more: Any) -> subprocess.Popen[str]:
    """Begin `batch` of this tree in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-s", "-m", "autograder", "batch", *map(str, arguments)],
        cwd=tree, text=True, start_new_session=True, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
    )  # fmt: skip


def ended(process: subprocess.Popen[str], seconds: float = 120) -> subprocess.CompletedProcess[str]:
    said, error = process.communicate(timeout=seconds)
    return subprocess.CompletedProcess([], process.returncode, said, error)


def run(tree: Path, *arguments: Any) -> subprocess.CompletedProcess[str]:
    return ended(start(tree, *arguments), 300)


def results_of(out: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((out / "results").glob("*.json"))}


def untimed(page: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in page.items() if name != "execution_time"}


def everything(out: Path) -> dict[str, Any]:
    """All that tables, pages and comparisons read, but for the seconds."""
    found: dict[str, Any] = {name: untimed(page) for name, page in results_of(out).items()}
    found |= {name: (out / name).read_text("utf-8") for name in (*TABLES, "class.html")}
    found["pages"] = sorted(
        f"{p.parent.name}/{p.name}" for folder in ("reports", "staff") for p in (out / folder).iterdir()
    )
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    found["manifest"] = [{k: v for k, v in row.items() if k != "result"} for row in manifest["submissions"]]
    return found


def table(out: Path, name: str = "grades.csv") -> list[dict[str, str]]:
    with open(out / name, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def graded(place: Path, out: Path, **options: Any) -> int:
    """Grade in this process, as the command does."""
    return batch.run(place, out, **{"jobs": 2, "reports": False, "quiet": True, **options})


def processes(tree: Path) -> dict[int, str]:
    """What runs of this tree, or in it: the command lines by process id."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
                if str(tree) in words or os.readlink(entry / "cwd") == str(tree):
                    found[int(entry.name)] = words
    return found


def graders(tree: Path) -> list[int]:
    """The processes of the pool."""
    return [pid for pid, words in processes(tree).items() if "spawn_main" in words]


def busy(tree: Path) -> bool:
    """Whether a submission is under way: a server has started a worker."""
    return sum("sandbox.worker import" in words for words in processes(tree).values()) >= 2


def nothing_left(tree: Path, out: Path) -> None:
    wait_until(lambda: not processes(tree), 15)
    assert not [p for p in out.rglob(".*") if p.name not in (".lock", ".again")]


def stamps(out: Path) -> dict[str, tuple[int, int]]:
    return {p.stem: (p.stat().st_ino, p.stat().st_mtime_ns) for p in (out / "results").glob("*.json")}


# --- what comes out --------------------------------------------------------------------------------------------------


@slow
def test_a_class_is_graded_and_everything_is_written(tree: Path, tmp_path: Path) -> None:
    place, out = class_of(tmp_path / "class", ada=SOLUTION, grace=WRONG, eve=""), tmp_path / "out"
    (place / "notes.txt").write_text("x")
    done = run(tree, place, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(p.name for p in (out / "reports").iterdir()) == ["ada.html", "eve.html", "grace.html"]
    assert {p.name for p in (out / "staff").iterdir()} >= {"ada.html"}
    assert {p.name for p in out.iterdir()} >= {*TABLES, "class.html", "manifest.json", "results"}
    assert out.stat().st_mode & 0o777 == 0o700
    scores = {name: page["score"] for name, page in results_of(out).items()}
    assert (scores["ada"], scores["eve"]) == (100, 0)
    assert 0 < scores["grace"] < 100
    assert {row["id"]: float(row["score"]) for row in table(out)} == scores
    first, second, _ = done.stdout.split("\n", 2)
    assert first == "Plain class: 3 submissions, 1 skipped (not submissions): notes.txt."
    assert second == f"3 submissions. Mean {sum(scores.values()) / 3:.1f} of 100, lowest 0 (eve)."
    nothing_left(tree, out)


@pytest.mark.slow
def test_a_grade_in_a_class_is_the_grade_alone(tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION, grace=WRONG)
    assert graded(place, tmp_path / "out") == 0
    for entry in importers.find(place).entries:
        alone = gradescope(grade(entry.read(), pictures=False))
        together = results_of(tmp_path / "out")[entry.id]
        del together["extra_data"]["submission"]
        assert untimed(together) == untimed(json.loads(json.dumps(alone)))


def test_hostile_names_go_through_and_do_nothing(tmp_path: Path) -> None:
    names = ["=cmd|'calc'!A1", "<script>alert(1)</script>", "x" * 200, "CON", "Ada", "ada", "two\nlines", ""]
    one = "submission_{}:\n  :submitters:\n  - :name: {}\n    :sid: ''\n    :email: {}\n"
    place = tmp_path / "export"
    for i in range(len(names)):
        (place / f"submission_{i}").mkdir(parents=True)
        (place / f"submission_{i}" / "neural_net.py").write_text("")
    rows = "".join(one.format(i, json.dumps(name), json.dumps(f"{name}{i}")) for i, name in enumerate(names))
    (place / "submission_metadata.yml").write_text(rows)
    assert graded(place, tmp_path / "out") == 0
    for name in TABLES:
        with open(tmp_path / "out" / name, encoding="utf-8-sig", newline="") as file:
            cells = list(csv.reader(file))
        assert len(cells) == len(names) + (2 if name == "canvas.csv" else 1)
        assert not [c for row in cells for c in row if c.lstrip()[:1] in ("=", "+", "-", "@") and c.strip()]
    assert "<script>alert" not in (tmp_path / "out" / "class.html").read_text("utf-8")


def test_quiet_and_no_reports_are_that(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada="")
    done = run_cli("batch", place, "--out", tmp_path / "out", "--jobs", "1", "--quiet", "--no-reports")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list((tmp_path / "out" / "reports").iterdir()) == []


@slow
def test_what_was_graded_and_who_is_not_in_the_roster_is_said_in_any_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, out, known = class_of(tmp_path / "class", ada="", eve="", x17=""), tmp_path / "out", tmp_path / "roster.csv"
    known.write_text("name,login,sid\nAda,ada,1\nX,x17,2\n")
    graded(place, out, roster=known)
    assert capsys.readouterr().err == "autograder: Not in the roster: eve (eve.py).\n"
    assert [row["name"] for row in table(out)] == ["Ada", "eve", "X"]
    for name in ("eve", "x17"):
        (place / f"{name}.py").unlink()
    graded(place, out)
    assert capsys.readouterr().err == (
        "autograder: 2 submissions of the last run are not in this class any more: eve, x17. "
        f"What was graded is kept in {out}/earlier.\n"
    )
    graded(place, out)
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_terminal_gets_a_bar_with_the_time_left(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", **{f"s{i}": "" for i in range(4)})
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    done = start(tree, place, "--out", tmp_path / "out", "--no-reports", stderr=theirs)
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(mine, 4096):
            said += chunk
    os.close(mine)
    assert ended(done).returncode == 0
    assert b"graded: 100%" in said
    assert re.search(rb"4/4 \[\d\d:\d\d<\d\d:\d\d", said)


@pytest.mark.slow
def test_a_copy_from_an_earlier_term_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Among the submissions of that term, or in the folder that `batch` wrote then."""
    mine, own, other = (classroom.write(random.Random(seed)) for seed in ("mine", "own", "other"))
    last = class_of(tmp_path / "last term", ada=mine, eve=other)
    assert graded(last, tmp_path / "graded then") == 0
    now = class_of(tmp_path / "now", grace=classroom._renamed(mine), mary=own)
    for earlier in (last, tmp_path / "graded then"):
        assert graded(now, tmp_path / "out", quiet=False, earlier=[earlier]) == 0
        said = [line for line in capsys.readouterr().out.split("\n") if line.startswith(("Like a", "  "))]
        assert said == [
            "Like a submission of an earlier term: 1. Likeness is no proof: read them side by side.",
            f"  grace and {earlier.name}/ada: the same but for names, comments, spaces and the order of the functions",
        ]


# --- again and on ----------------------------------------------------------------------------------------------------

METADATA = "submission_{0}:\n  :submitters:\n  - :name: {1}\n    :email: {2}\n  :created_at: 2026-04-17 12:00:00 Z\n"


def export(place: Path, *rows: tuple[int, str, str, str]) -> Path:
    """A Gradescope export: number, name, email and program of each submission."""
    shutil.rmtree(place, ignore_errors=True)
    for number, _, _, program in rows:
        (place / f"submission_{number}").mkdir(parents=True)
        (place / f"submission_{number}" / "neural_net.py").write_text(program, "utf-8")
    text = "".join(METADATA.format(*row[:3]) for row in rows)
    (place / "submission_metadata.yml").write_text(text, "utf-8")
    return place


ADA, EVE = (101, "Ada Lovelace", "ada@x.edu", ""), (102, "Eve", "eve@x.edu", "#")
CHANGES = {
    "a resubmission": ((201, "Ada Lovelace", "ada@x.edu", WRONG), EVE),
    "a withdrawal": (EVE,),
    "another name": ((101, "Ada Byron", "ada@x.edu", ""), EVE),
    "a newcomer": (ADA, EVE, (103, "ada lovelace", "al@x.edu", "##")),
}


@slow
@pytest.mark.parametrize("change", CHANGES)
def test_a_second_run_gives_what_a_fresh_one_gives(change: str, tmp_path: Path) -> None:
    place, out = tmp_path / "class", tmp_path / "out"
    assert graded(export(place, ADA, EVE), out, reports=True) == 0
    before = stamps(out)
    export(place, *CHANGES[change])
    assert graded(place, out, reports=True) == 0
    assert graded(place, tmp_path / "fresh", reports=True) == 0
    assert everything(out) == everything(tmp_path / "fresh")
    assert stamps(out)["submission_102"] == before["submission_102"], "it was graded again for nothing"
    stale = out / "earlier" / "results" / "submission_101.json"
    assert stale.is_file() == (change in ("a resubmission", "a withdrawal"))


@slow
def test_a_student_who_submits_again_is_not_missed_and_one_in_two_groups_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, out, again = tmp_path / "class", tmp_path / "out", (201, "A. Lovelace", "ada@x.edu", "")
    graded(export(place, ADA, EVE), out)
    graded(export(place, again, EVE), out)
    assert capsys.readouterr().err == ""
    with pytest.raises(UserError, match=r"A\. Lovelace has two submissions: submission_101 and submission_201"):
        graded(export(place, ADA, again), out)


def test_a_submission_without_files_can_be_excused(tmp_path: Path) -> None:
    place = export(tmp_path / "class", ADA, EVE)
    shutil.rmtree(place / "submission_102")
    (tmp_path / "decisions.toml").write_text("[[excused]]\nstudent = 'eve@x.edu'\n")
    for options, status in (({}, "no files"), ({"decisions": tmp_path / "decisions.toml"}, "excused")):
        graded(place, tmp_path / "out", **options)
        assert [row["status"] for row in table(tmp_path / "out")] == ["graded", status]


def test_canvas_gets_feedback_under_the_name_that_it_gave(tmp_path: Path) -> None:
    name = f"lovelace{'a' * 80}_4711_98765_neural_net"
    graded(class_of(tmp_path / "class", **{name: ""}), tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / "canvas-feedback.zip") as archive:
        assert archive.namelist() == [f"{name}.py"]


@pytest.mark.slow
def test_an_id_stays_when_the_class_grows(tmp_path: Path) -> None:
    place, out = class_of(tmp_path / "class", ada="", Zoë=""), tmp_path / "out"
    graded(place, out)
    before = stamps(out)
    assert "ada" in before
    graded(class_of(place, Ada="", ADA="", **{"Zoe": ""}), out)
    after = stamps(out)
    assert before.items() <= after.items()
    assert len({id.lower() for id in after}) == 5
    assert len(table(out)) == 5


@pytest.mark.slow
def test_a_result_edited_by_hand_is_named_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, out = class_of(tmp_path / "class", ada=WRONG, eve=""), tmp_path / "out"
    graded(place, out)
    path = out / "results" / "ada.json"
    right = untimed(json.loads(path.read_text("utf-8")))
    path.write_text(path.read_text("utf-8").replace('"score": ', '"score": 1'), "utf-8")
    edited = path.read_bytes()
    assert graded(place, out) == 0
    said = capsys.readouterr().err
    assert "edited by hand and graded again: ada." in said
    assert "decisions.toml" in said
    assert untimed(results_of(out)["ada"]) == right
    assert (out / "earlier" / "results" / "ada.json").read_bytes() == edited
    graded(place, out)
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_damaged_result_is_graded_again(tmp_path: Path) -> None:
    place, out = class_of(tmp_path / "class", eve=""), tmp_path / "out"
    graded(place, out)
    path = out / "results" / "eve.json"
    whole = untimed(results_of(out)["eve"])
    for damaged in (b"", b"{", b'{"score": 100}', b"[]", b"\xff", path.read_bytes()[:-100]):
        path.write_bytes(damaged)
        assert graded(place, out) == 0
        assert untimed(results_of(out)["eve"]) == whole, damaged


@pytest.mark.slow
def test_pages_that_are_missing_are_made(tmp_path: Path) -> None:
    place, out = class_of(tmp_path / "class", ada="", eve="#"), tmp_path / "out"
    graded(place, out)
    graded(place, out, reports=True)
    before = stamps(out)
    (out / "reports" / "ada.html").unlink()
    graded(place, out, reports=True)
    assert [name for name, stamp in stamps(out).items() if stamp != before[name]] == ["ada"]


@pytest.mark.slow
def test_results_of_another_grader_are_not_mixed(tmp_path: Path) -> None:
    place, out = class_of(tmp_path / "class", ada="", eve="#"), tmp_path / "out"
    graded(place, out)
    path = out / "manifest.json"
    path.write_text(path.read_text("utf-8").replace(executor.identity()[0], "0123456789abcdef"), "utf-8")
    before = stamps(out)
    with pytest.raises(UserError, match=r"another grader .*another folder"):
        graded(place, out)
    assert stamps(out) == before
    assert graded(place, out, again=True) == 0
    assert not set(stamps(out).values()) & set(before.values())
    assert graded(place, out) == 0


@slow
def test_grades_of_two_secrets_are_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where the manifest is gone.  One of an older grader, without the mark of its secret, is taken as it is."""
    place, out = class_of(tmp_path / "class", ada=""), tmp_path / "out"
    assert graded(place, out) == 0
    before, text = stamps(out), (out / "manifest.json").read_text("utf-8")
    assert load_secret().hex() not in text + (out / "results" / "ada.json").read_text("utf-8")
    old = json.loads(text)
    assert old.pop("secret")
    (out / "manifest.json").write_text(json.dumps(old), "utf-8")
    assert graded(place, out) == 0
    assert stamps(out) == before
    monkeypatch.setattr("autograder.asking.secret.load_secret", lambda: b"b" * 16)
    with pytest.raises(UserError, match=r"other hidden inputs: autograder/secret was another one\. .*another folder"):
        graded(place, out)
    assert stamps(out) == before
    (out / "manifest.json").unlink()
    assert graded(place, out) == 0
    assert stamps(out) != before


@slow
def test_grading_anew_resumes_too(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", **{f"s{i}": SLOW + f"# {i}\n" for i in range(6)})
    out = tmp_path / "out"
    assert run(tree, place, "--out", out, "--no-reports").returncode == 0
    first = stamps(out)
    process = start(tree, place, "--out", out, "--no-reports", "--again")
    wait_until(lambda: len([name for name, stamp in stamps(out).items() if stamp != first[name]]) >= 2)
    process.send_signal(signal.SIGTERM)
    ended(process, 20)
    second = stamps(out)
    renewed = {name for name, stamp in second.items() if stamp != first[name]}
    assert 2 <= len(renewed) < 6
    assert f"{len(renewed)} of them graded before" in run(tree, place, "--out", out, "--no-reports", "--again").stdout
    third = stamps(out)
    assert {name for name, stamp in third.items() if stamp == second[name]} == renewed
    assert not [name for name, stamp in third.items() if stamp == first[name]]


# --- stopped and killed ----------------------------------------------------------------------------------------------


@slow
def test_killed_it_resumes_without_losing_or_repeating(tree: Path, tmp_path: Path) -> None:
    """SIGKILL: no chance to tidy up.  What was done stays untouched, and in the end all is as if nothing had been."""
    place = class_of(tmp_path / "class", **{f"s{i:02}": SLOW + f"# {i}\n" for i in range(8)})
    out = tmp_path / "out"
    process = start(tree, place, "--out", out)
    wait_until(lambda: len(stamps(out)) >= 2)
    process.kill()
    process.communicate()
    wait_until(lambda: not processes(tree), 15)
    before = stamps(out)
    assert len(before) < 8
    done = run(tree, place, "--out", out)
    assert done.returncode == 0
    assert f"8 submissions, {len(before)} of them graded before." in done.stdout
    assert before.items() <= stamps(out).items()
    nothing_left(tree, out)
    assert run(tree, place, "--out", tmp_path / "at once").returncode == 0
    assert everything(out) == everything(tmp_path / "at once")


@pytest.mark.slow
def test_killed_it_takes_what_is_under_way_with_it(tree: Path, tmp_path: Path) -> None:
    process = start(tree, class_of(tmp_path / "class", a=SLEEPS, b=SLEEPS), "--out", tmp_path / "out")
    wait_until(lambda: busy(tree))
    process.kill()
    process.communicate()
    # Not after the many seconds that a submission may sleep.
    wait_until(lambda: not processes(tree), 6)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.unmeasured
def test_stopped_it_says_how_to_go_on(number: signal.Signals, status: int, tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION, **{f"s{i}": SLEEPS for i in range(4)})
    out = tmp_path / "out"
    process = start(tree, place, "--out", out)
    wait_until(lambda: (out / "results" / "ada.json").exists())
    # As a terminal does: to the whole group.
    os.killpg(process.pid, number)
    done = ended(process, 20)
    assert (done.returncode, done.stdout) == (status, "Plain class: 5 submissions.\n")
    assert done.stderr == "autograder: stopped after 1 of 5. To go on, give the same command again.\n"
    nothing_left(tree, out)


@pytest.mark.slow
@pytest.mark.unmeasured
def test_stopped_before_it_began_it_is_clean_too(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", **{f"s{i}": SLEEPS for i in range(4)})
    for delay in (0.2, 0.6, 1.2):
        process = start(tree, place, "--out", tmp_path / "out")
        time.sleep(delay)
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=20)
        assert process.returncode in (143, -signal.SIGTERM)
        assert "Traceback" not in error
    nothing_left(tree, tmp_path / "out")


@slow
@pytest.mark.unmeasured
def test_a_killed_process_costs_one_retry(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", **{f"s{i}": SLOW + f"# {i}\n" for i in range(8)})
    process = start(tree, place, "--out", tmp_path / "out", "--jobs", "2")
    for _ in range(2):
        pids = wait_until(lambda: len(graders(tree)) == 2 and graders(tree))
        wait_until(lambda: len(stamps(tmp_path / "out")) >= 1)
        os.kill(pids[0], signal.SIGKILL)
        wait_until(lambda pids=pids: pids[0] not in graders(tree))
    said, error = process.communicate(timeout=120)
    assert (process.returncode, error) == (0, "")
    assert {page["score"] for page in results_of(tmp_path / "out").values()} == {100}
    assert "8 submissions. Mean 100.0" in said
    nothing_left(tree, tmp_path / "out")


@slow
@pytest.mark.unmeasured
def test_a_submission_over_which_processes_die_is_no_zero(tree: Path, tmp_path: Path) -> None:
    place, out = class_of(tmp_path / "class", b=SOLUTION), tmp_path / "out"
    assert run(tree, place, "--out", out).returncode == 0
    process = start(tree, class_of(place, a=SLEEPS), "--out", out, "--jobs", "1")
    for _ in range(2):
        # At its worker, so at the submission that sleeps.
        pid = wait_until(lambda: busy(tree) and graders(tree))[0]
        time.sleep(0.5)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: pid not in graders(tree) and not busy(tree))
    _, error = process.communicate(timeout=120)
    assert process.returncode == 1
    assert error.startswith(
        "autograder: 1 submission could not be graded (grader error): a. Run the same command to retry. "
        "Why: The process that graded this died 2 times (it was ended by signal 9)."
    )
    assert error.count("\n") == 1
    found = results_of(out)
    assert found["b"]["score"] == 100
    assert "died 2 times (it was ended by signal 9)" in found["a"]["extra_data"]["grader_fault"]
    assert [row["score"] for row in table(out)] == ["", "100"]
    before = stamps(out)
    class_of(place, a=SOLUTION)
    assert run(tree, place, "--out", out).returncode == 0
    assert results_of(out)["a"]["score"] == 100
    assert stamps(out)["b"] == before["b"]
    nothing_left(tree, out)


@slow
def test_what_hangs_and_crashes_costs_nobody_else(tmp_path: Path) -> None:
    tree = copy_grader(tmp_path / "tree", "student/neural_net.py")
    path = tree / "autograder" / "rubric.toml"
    text = path.read_text("utf-8")
    for name, seconds in (("load", "2.0"), ("call", "1.0"), ("whole", "6.0")):  # wait less for what hangs
        text = with_setting(text, name, seconds)
    path.write_text(text, "utf-8")
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
    found = results_of(tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(found) == len(good) + len(bad)
    assert {found[name]["score"] for name in good} == {100}
    assert all("grader_fault" not in page["extra_data"] for page in found.values())
    assert found["hangs_at_import"]["score"] < 100
    nothing_left(tree, tmp_path / "out")


# --- refused ---------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_for_this_is_refused(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION)
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("x")
    refusals = {"class/out": "must not be inside", ".": "must not be inside", "file": "a file", "full": "other"}
    for out, said in refusals.items():
        assert said in one_error_line(run_cli("batch", place, "--out", tmp_path / out))
    assert [p.name for p in place.iterdir()] == ["ada.py"]
    assert os.listdir(tmp_path / "full") == ["thesis.tex"]
    assert "nothing to grade" in one_error_line(run_cli("batch", tmp_path / "full", "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--column", "HW 7"], "give --roster"), (["--form", "plain", "--pattern", "(?P<id>.+)"], "not both"),
        (["--earlier", "nosuch"], "no file or folder nosuch"),
    ],
)  # fmt: skip
def test_what_would_be_ignored_or_is_missing_is_told_first(
    arguments: list[str], said: str, run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION)
    assert said in one_error_line(run_cli("batch", place, "--out", tmp_path / "out", *arguments))
    assert not (tmp_path / "out").exists()


def test_two_at_once_into_one_folder_are_refused(tree: Path, run_cli: Callable[..., Any], tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SLEEPS)
    first = start(tree, place, "--out", tmp_path / "out")
    try:
        wait_until(lambda: (tmp_path / "out" / ".lock").exists() and graders(tree))
        assert "Another batch" in one_error_line(run_cli("batch", place, "--out", tmp_path / "out"))
    finally:
        first.kill()
        first.communicate()


@slow
@pytest.mark.unmeasured
def test_what_cannot_be_written_is_one_line(tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION, grace=SOLUTION)
    (tmp_path / "out" / "results" / "ada.json" / "x").mkdir(parents=True)
    assert "ada.json" in one_error_line(run(tree, place, "--out", tmp_path / "out"))
    wait_until(lambda: not processes(tree), 15)


@slow
def test_a_grader_that_cannot_start_is_one_line(tmp_path: Path) -> None:
    tree = copy_grader(tmp_path / "tree", "student/neural_net.py")
    with open(tree / "autograder" / "hidden_tests" / "__init__.py", "a", encoding="utf-8") as file:
        file.write("\nimport multiprocessing\nassert not multiprocessing.parent_process(), 'on purpose'\n")
    line = one_error_line(run(tree, class_of(tmp_path / "class", ada=SOLUTION), "--out", tmp_path / "out"))
    assert "can't start" in line
    assert "on purpose" in line


@pytest.mark.parametrize(("module", "said"), [("yaml", "install pyyaml"), ("distributed", "install distributed")])
def test_a_package_that_is_missing_is_one_line(
    module: str, said: str, run_cli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # type: ignore[arg-type]
    (tmp_path / "export" / "submission_1").mkdir(parents=True)
    (tmp_path / "export" / "submission_metadata.yml").write_text("submission_1: {}")
    more = ["--scheduler", "tcp://127.0.0.1:1"] if module == "distributed" else []
    place = tmp_path / "export" if module == "yaml" else class_of(tmp_path / "class", ada=SOLUTION)
    assert said in one_error_line(run_cli("batch", place, "--out", tmp_path / "out", *more))


@pytest.mark.parametrize("jobs", ["0", "-1", "many", "1.5", ""])
def test_a_wrong_number_of_jobs_is_a_wrong_call(jobs: str, run_cli: Callable[..., Any], tmp_path: Path) -> None:
    done = run_cli("batch", tmp_path, "--out", tmp_path / "out", "--jobs", jobs)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


# --- the pool itself -------------------------------------------------------------------------------------------------


@pytest.fixture
def pool() -> Iterator[Local]:
    local = Local(1)
    yield local
    local.close()


def task(name: str, program: str = SOLUTION) -> Task:
    return Task(name, submission.choose({submission.NAME: program.encode()}), {"id": name}, html=False)


def run_all(pool: Local, tasks: Iterator[Task]) -> Iterator[tuple[Task, executor.Done]]:
    return executor.run(pool, tasks, executor.identity())


def test_submissions_are_read_when_there_is_room(pool: Local) -> None:
    """So memory does not grow with the class."""
    read = done = most = 0

    def tasks() -> Iterator[Task]:
        nonlocal read
        for i in range(8):
            read += 1
            yield task(f"t{i}", "")

    for _ in run_all(pool, tasks()):
        done += 1
        most = max(most, read - done)
    assert done == 8
    assert most <= pool.capacity


@slow
def test_a_submission_that_takes_too_long_is_a_fault(pool: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit of the grader's own should ever let it come so far."""
    assert pool.submit(executor.identity).result() == executor.identity()
    monkeypatch.setattr(executor, "DEADLINE", 4.0)
    found = {task.id: bool(done.fault) for task, done in run_all(pool, iter([task("a", SLEEPS), task("b", "")]))}
    assert found == {"a": True, "b": False}


def test_processes_have_the_graders_environment_alone(pool: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hush")
    assert {name: pool.submit(os.getenv, name).result() for name in ENVIRONMENT} == ENVIRONMENT
    assert pool.submit(os.getenv, "SECRET").result() is None
