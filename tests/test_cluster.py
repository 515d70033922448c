"""On a cluster: a real scheduler and real workers on this machine, and the same results as without."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="grading is for Linux"),
]

ROOT = Path(__file__).resolve().parent.parent
SOLUTION = (ROOT / "solution" / "neural_net.py").read_text("utf-8")
WRONG = (ROOT / "tests" / "submissions" / "wrong" / "always_logistic_slope.py").read_text("utf-8")
SLOW = SOLUTION + "\nimport time\ntime.sleep(0.5)\n"


def copy(place: Path) -> Path:
    for name in ("autograder", "solution", "data"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    (place / "student").mkdir()
    shutil.copy(ROOT / "student" / "neural_net.py", place / "student")
    return place


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The grader in a place of its own, so that its processes can be told from all others."""
    return copy(tmp_path_factory.mktemp("grader"))


def eventually(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen")


class Dask:
    """A scheduler and its workers, each a process of its own, on ports that are free."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.workers: list[subprocess.Popen[bytes]] = []
        file = place / "scheduler.json"
        # Somewhere else and without the grader: a scheduler need not have it.
        self.scheduler = self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0",
            "--scheduler-file", str(file), tree=None,
        )  # fmt: skip
        eventually(lambda: file.exists() and file.read_text())
        self.address: str = eventually(lambda: json.loads(file.read_text())["address"])

    def _start(self, what: str, *arguments: str, tree: Path | None) -> subprocess.Popen[bytes]:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        environment |= {"PYTHONPATH": str(tree)} if tree else {}
        environment |= {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "30s"}
        with open(self.place / f"{what}.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{what}", *arguments],
                cwd=self.place, env=environment, stdout=log, stderr=log,
            )  # fmt: skip

    def worker(self, tree: Path | None, threads: int = 1) -> subprocess.Popen[bytes]:
        self.workers.append(
            self._start(
                "dask_worker", self.address, "--nthreads", str(threads), "--no-nanny", "--no-dashboard",
                "--local-directory", str(self.place), "--host", "127.0.0.1", tree=tree,
            )
        )  # fmt: skip
        return self.workers[-1]

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    (tmp_path / "dask").mkdir()
    cluster = Dask(tmp_path / "dask")
    yield cluster
    cluster.close()


def start(tree: Path, *arguments: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-s", "-W", "error", "-m", "autograder", "batch", *map(str, arguments)],
        cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(tree: Path, *arguments: Any) -> tuple[int, str, str]:
    process = start(tree, *arguments)
    said, error = process.communicate(timeout=300)
    return process.returncode, said, error


def one_line(done: tuple[int, str, str]) -> str:
    status, _, error = done
    assert status == 1
    assert error.startswith("autograder: ")
    assert error.count("\n") == 1, error
    return error


def outcome(out: Path) -> dict[str, Any]:
    """Everything that was written, but for the seconds."""
    found: dict[str, Any] = {}
    for path in sorted((out / "results").glob("*.json")):
        page = json.loads(path.read_text("utf-8"))
        assert page.pop("execution_time") >= 0
        found[path.name] = page
    for path in sorted((out / "reports").glob("*.html")):
        found[path.name] = re.sub(r"(<dt>seconds</dt><dd>)[\d.]+", r"\1", path.read_text("utf-8"))
    return found | {name: (out / name).read_text("utf-8") for name in ("grades.csv", "canvas.csv", "moodle.csv")}


def class_of(folder: Path, **programs: str) -> Path:
    folder.mkdir()
    for name, program in programs.items():
        (folder / f"{name}.py").write_text(program, "utf-8")
    return folder


def count(out: Path) -> int:
    return len(list((out / "results").glob("*.json"))) if (out / "results").is_dir() else 0


def test_a_cluster_that_loses_a_worker_grades_as_one_machine_does(dask: Dask, tree: Path, tmp_path: Path) -> None:
    dask.worker(tree)
    dask.worker(tree, threads=2)
    good = {f"s{i:02}": SLOW + f"# {i}\n" for i in range(12)}
    place = class_of(tmp_path / "class", **good, wrong=WRONG, empty="", dies=SOLUTION + "\nimport os\nos._exit(1)\n")
    process = start(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address)
    eventually(lambda: count(tmp_path / "out") >= 3)
    dask.workers[0].kill()
    assert count(tmp_path / "out") < 12
    said, error = process.communicate(timeout=300)
    assert (process.returncode, error) == (0, "")
    assert said.startswith("15 submissions. ")
    assert run(tree, place, "--out", tmp_path / "local")[0] == 0
    assert outcome(tmp_path / "out") == outcome(tmp_path / "local")
    # And what one began, the other goes on with.
    assert "15 of them graded before" in run(tree, place, "--out", tmp_path / "out")[1]


def test_a_process_that_dies_on_a_worker_costs_a_retry(dask: Dask, tree: Path, tmp_path: Path) -> None:
    dask.worker(tree)
    place = class_of(tmp_path / "class", **{f"s{i}": SLOW + f"# {i}\n" for i in range(4)})
    process = start(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address, "--no-reports")
    eventually(lambda: count(tmp_path / "out") >= 1)
    (pid,) = eventually(lambda: graders(tree))
    os.kill(pid, signal.SIGKILL)
    _, error = process.communicate(timeout=300)
    assert (process.returncode, error) == (0, "")


def graders(tree: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
                if str(tree) in words and "pool import serve" in words:
                    found.append(int(entry.name))
    return found


def test_without_any_worker_left_nothing_is_lost(dask: Dask, tree: Path, tmp_path: Path) -> None:
    """A new worker takes over where the old one was."""
    dask.worker(tree)
    place = class_of(tmp_path / "class", **{f"s{i}": SLOW + f"# {i}\n" for i in range(6)})
    process = start(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address, "--no-reports")
    eventually(lambda: count(tmp_path / "out") >= 1)
    dask.workers[0].kill()
    dask.workers[0].wait()
    dask.worker(tree)
    _, error = process.communicate(timeout=300)
    assert (process.returncode, error) == (0, "")
    assert count(tmp_path / "out") == 6


def test_stopped_it_takes_its_work_back(dask: Dask, tree: Path, tmp_path: Path) -> None:
    dask.worker(tree)
    place = class_of(tmp_path / "class", **{f"s{i}": SLOW + f"# {i}\n" for i in range(20)})
    process = start(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address, "--no-reports")
    eventually(lambda: count(tmp_path / "out") >= 1)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert re.fullmatch(r"autograder: stopped after \d+ of 20\. To go on, give the same command again\.\n", error)
    assert run(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address, "--no-reports")[0] == 0


def test_a_worker_with_another_grader_is_refused_with_its_address(dask: Dask, tree: Path, tmp_path: Path) -> None:
    other = copy(tmp_path / "other")
    with open(other / "autograder" / "rubric.toml", "a", encoding="utf-8") as file:
        file.write("# another\n")
    dask.worker(other)
    place = class_of(tmp_path / "class", ada=SOLUTION)
    line = one_line(run(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address))
    assert re.search(r"worker at tcp://127\.0\.0\.1:\d+ has another grader", line)
    assert count(tmp_path / "out") == 0


def test_a_worker_with_another_grader_that_joins_later_grades_nothing(dask: Dask, tree: Path, tmp_path: Path) -> None:
    other = copy(tmp_path / "other")
    with open(other / "autograder" / "rubric.toml", "a", encoding="utf-8") as file:
        file.write("# another\n")
    dask.worker(tree)
    place = class_of(tmp_path / "class", **{f"s{i:02}": SLOW + f"# {i}\n" for i in range(40)})
    process = start(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address, "--no-reports")
    eventually(lambda: count(tmp_path / "out") >= 1)
    dask.worker(other)
    said, error = process.communicate(timeout=300)
    line = one_line((process.returncode, said, error))
    assert "has another grader" in line
    pages = [json.loads(p.read_text("utf-8")) for p in (tmp_path / "out" / "results").glob("*.json")]
    assert len({page["extra_data"]["fingerprint"] for page in pages}) == 1


def test_a_worker_without_the_grader_is_refused_with_its_address(dask: Dask, tree: Path, tmp_path: Path) -> None:
    dask.worker(None)
    place = class_of(tmp_path / "class", ada=SOLUTION)
    line = one_line(run(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address))
    assert re.search(r"worker at tcp://127\.0\.0\.1:\d+ can't grade \(No module named 'autograder'\)", line)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "tcp://no.such.host.invalid:8786", "x", ""])
def test_a_scheduler_that_is_not_there_is_one_line(address: str, tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION)
    line = one_line(run(tree, place, "--out", tmp_path / "out", "--scheduler", address))
    assert "No Dask scheduler answers" in line


def test_a_scheduler_without_workers_is_one_line(dask: Dask, tree: Path, tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada=SOLUTION)
    line = one_line(run(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address))
    assert "no workers" in line


def test_a_scheduler_that_goes_away_is_one_line_and_nothing_is_lost(dask: Dask, tree: Path, tmp_path: Path) -> None:
    dask.worker(tree)
    place = class_of(tmp_path / "class", **{f"s{i}": SLOW + f"# {i}\n" for i in range(20)})
    process = start(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address, "--no-reports")
    eventually(lambda: count(tmp_path / "out") >= 2)
    dask.scheduler.kill()
    said, error = process.communicate(timeout=120)
    line = one_line((process.returncode, said, error))
    assert "is gone. To go on, give the same command again." in line
    kept = count(tmp_path / "out")
    assert f"{kept} of them graded before" in run(tree, place, "--out", tmp_path / "out", "--no-reports")[1]
