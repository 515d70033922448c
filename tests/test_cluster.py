"""On a cluster: a real scheduler and real workers on this machine, and the same results as without."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import copy_grader, on_linux, one_error_line, wait_until
from tests.test_batch import SOLUTION, WRONG, class_of, ended, everything, run, start
from tests.test_batch import tree as tree

installed = importlib.util.find_spec("distributed") is not None
pytestmark = [on_linux, pytest.mark.skipif(not installed, reason="distributed is not installed: setup.sh dev")]
slow = pytest.mark.slow


class Dask:
    """A scheduler and its workers, each a process of its own, on ports that are free."""

    def __init__(self, place: Path, tree: Path) -> None:
        self.place, self.tree = place, tree
        self.workers: list[subprocess.Popen[bytes]] = []
        file = place / "scheduler.json"
        self.scheduler = self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)
        )
        self.address: str = wait_until(
            lambda: file.exists() and file.read_text() and json.loads(file.read_text())["address"]
        )

    def _start(self, what: str, *arguments: str, tree: Path | None = None) -> subprocess.Popen[bytes]:
        with open(self.place / f"{what}.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{what}", *arguments],
                cwd=self.place, env=os.environ | {"PYTHONPATH": str(tree or self.tree)}, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def worker(self, *options: str, tree: Path | None = None) -> subprocess.Popen[bytes]:
        place = ("--local-directory", str(self.place), "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard")
        self.workers.append(self._start("dask_worker", self.address, *place, *options, tree=tree))
        return self.workers[-1]

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def dask(tmp_path: Path, tree: Path) -> Iterator[Dask]:
    (tmp_path / "dask").mkdir()
    cluster = Dask(tmp_path / "dask", tree)
    yield cluster
    cluster.close()


def count(out: Path) -> int:
    return len(list((out / "results").glob("*.json"))) if (out / "results").is_dir() else 0


@slow
def test_a_cluster_that_loses_a_worker_grades_the_same(dask: Dask, tree: Path, tmp_path: Path) -> None:
    dask.worker("--no-nanny")
    dask.worker()
    slow = SOLUTION + "\nimport time\ntime.sleep(0.3)\n"
    good = {f"s{i:02}": slow + f"# {i}\n" for i in range(6)}
    place = class_of(tmp_path / "class", **good, wrong=WRONG, empty="")
    process = start(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address, "--no-reports")
    wait_until(lambda: count(tmp_path / "out") >= 2)
    dask.workers[0].kill()
    assert count(tmp_path / "out") < 6
    done = ended(process)
    assert (done.returncode, done.stderr) == (0, "")
    done = run(tree, place, "--out", tmp_path / "out", "--no-reports")
    assert "8 submissions, 8 of them graded before." in done.stdout
    assert run(tree, place, "--out", tmp_path / "local", "--no-reports").returncode == 0
    assert everything(tmp_path / "out") == everything(tmp_path / "local")


@slow
def test_a_worker_with_another_grader_is_refused(dask: Dask, tree: Path, tmp_path: Path) -> None:
    other = copy_grader(tmp_path / "other", "student/neural_net.py")
    with open(other / "autograder" / "rubric.toml", "a", encoding="utf-8") as file:
        file.write("# another\n")
    dask.worker("--no-nanny", tree=other)
    done = run(tree, class_of(tmp_path / "class", ada=""), "--out", tmp_path / "out", "--scheduler", dask.address)
    assert re.search(r"worker at tcp://127\.0\.0\.1:\d+ has another grader", one_error_line(done))
    assert count(tmp_path / "out") == 0


@slow
def test_a_scheduler_without_workers_is_one_line(dask: Dask, tree: Path, tmp_path: Path) -> None:
    done = run(tree, class_of(tmp_path / "class", ada=""), "--out", tmp_path / "out", "--scheduler", dask.address)
    assert "has no workers" in one_error_line(done)


@slow
def test_a_scheduler_that_goes_away_is_one_line(dask: Dask, tree: Path, tmp_path: Path) -> None:
    dask.worker("--no-nanny")
    place = class_of(tmp_path / "class", **{f"s{i}": f"#{i}" for i in range(40)})
    process = start(tree, place, "--out", tmp_path / "out", "--scheduler", dask.address, "--no-reports")
    wait_until(lambda: count(tmp_path / "out") >= 2)
    dask.scheduler.kill()
    assert "is gone. To go on, give the same command again." in one_error_line(ended(process))


def test_a_machine_that_is_too_busy_for_dask_is_one_line(
    run_cli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask waits 10 seconds for its own thread, and then asserts that it runs."""
    import distributed

    def late(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(distributed.utils.LoopRunner, "_start_unlocked", late)
    done = run_cli("batch", class_of(tmp_path / "class", ada=""), "--out", tmp_path / "out", "--scheduler", "x")
    assert "this machine is too busy. Is it running?" in one_error_line(done)


@pytest.mark.parametrize("address", [pytest.param("tcp://127.0.0.1:1", marks=slow), "nonsense://x", "x", ""])
def test_a_scheduler_that_is_not_there_is_one_line(address: str, run_cli: Callable[..., Any], tmp_path: Path) -> None:
    place = class_of(tmp_path / "class", ada="")
    done = run_cli("batch", place, "--out", tmp_path / "out", "--scheduler", address)
    assert "No Dask scheduler answers" in one_error_line(done)
