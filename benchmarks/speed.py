"""What grading costs, next to the least that it could cost and to other ways to run the same homework.

    .venv/bin/python benchmarks/speed.py [--rounds N] [--class N] [--peers]

In every round each row runs once, in turn. Its cost is divided by that of its floor in the same round, and the table
shows the medians. CPU is user and system time of everything that was started; wall is the clock's. The environment is
that of run_autograder. Seconds belong to this machine; ratios carry over better.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from autograder import rounds, rubric  # noqa: E402
from autograder.asking.secret import load_secret  # noqa: E402
from autograder.environment import ENVIRONMENT  # noqa: E402
from benchmarks import peers  # noqa: E402

PYTHON = [sys.executable, "-s", "-W", "ignore"]
GRADER = [*PYTHON, "-m", "autograder"]
SOLUTION = str(ROOT / "solution" / "neural_net.py")
PR_SET_CHILD_SUBREAPER = 36
JOBS = 2  # submissions at a time in a batch; the floor has one process


class Row(NamedTuple):
    """One line of the table: the commands of one run, how many at a time, and the row that it is divided by."""

    name: str
    commands: list[list[str]]
    floor: str
    at_a_time: int = 1


def plan() -> dict[str, object]:
    """The calls that the grader makes of a correct submission: what the floor does too."""
    papers = rounds.Papers.of(rubric.load(), load_secret())
    questions = papers.public.battery.opening + papers.hidden.battery.questions
    settings = rubric.load().training
    return {
        "asks": [(q.function, *q.probe.sizes.values(), q.probe.activation) for q in questions],
        "units": settings.hidden_units, "eta": settings.eta, "steps": settings.steps, "path": settings.path_steps,
    }  # fmt: skip


def adopt() -> None:
    """Become the parent of whatever loses its own, so that its processor time is counted: see prctl(2)."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        sys.exit("This kernel has no subreapers; without them, a batch seems to cost half of what it does.")


def cost(row: Row) -> tuple[float, float]:
    """CPU and wall seconds of one run."""
    before, begun = os.times(), time.perf_counter()

    def run(command: list[str]) -> None:
        done = subprocess.run(command, env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            sys.exit(f"failed: {' '.join(command)[:300]}\n{done.stderr.decode()[-600:]}")

    with ThreadPoolExecutor(row.at_a_time) as pool:
        list(pool.map(run, row.commands))
    with contextlib.suppress(ChildProcessError):
        while True:  # what outlives the command that started it
            os.wait()
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used, time.perf_counter() - begun


def measure(rows: list[Row], rounds_: int) -> None:
    """Print the table of some rows."""
    seen: dict[str, list[tuple[float, float]]] = {row.name: [] for row in rows}
    for nth in range(rounds_ + 1):
        for row in rows:
            paid = cost(row)
            if nth:  # the first round fills caches: byte code, lists of fonts, files
                seen[row.name].append(paid)
    print(f"\n{f'median of {rounds_}':<52}{'CPU s':>9}{'wall s':>9}{'CPU ratio':>11}{'wall ratio':>12}")
    for row in rows:
        costs, floors = seen[row.name], seen[row.floor]
        columns = [statistics.median(c[i] for c in costs) for i in (0, 1)]
        columns += [statistics.median(c[i] / f[i] for c, f in zip(costs, floors, strict=True)) for i in (0, 1)]
        print(f"{row.name:<52}{columns[0]:>9.3f}{columns[1]:>9.3f}{columns[2]:>11.2f}{columns[3]:>12.2f}", flush=True)


def cold(folder: Path, plan_file: str, others: bool) -> list[Row]:
    """One submission, from the start of Python."""
    grade = [*GRADER, "grade", SOLUTION, "--quiet", "--results", str(folder / "results.json")]
    hand_out = shutil.copytree(ROOT / "student", folder / "student")
    shutil.copy(SOLUTION, hand_out / "neural_net.py")
    other_graders = peers.commands(folder, SOLUTION) if others else {}
    bare, drawn = "floor: a bare script", "floor with pictures: NumPy and matplotlib"
    arithmetic = [*PYTHON, "benchmarks/floor.py", plan_file, SOLUTION]
    return [
        Row(bare, [arithmetic], bare),
        Row("grade --no-report", [[*grade, "--no-report"]], bare),
        Row("gradescope-utils in one process, unprotected", [[*PYTHON, "benchmarks/inprocess.py", SOLUTION]], bare),
        Row("pytest: the hand-out's own tests", [[*PYTHON, "-m", "pytest", "-q", f"--rootdir={hand_out}",
                                                  f"{hand_out}/test_neural_net.py"]], bare),
        *(Row(name, [command], bare) for name, command in other_graders.items()),
        Row(drawn, [[*PYTHON, "benchmarks/floor.py", "--draw", SOLUTION]], drawn),
        Row("grade, with the page and its pictures", [[*grade, "--report", str(folder / "report.html")]], drawn),
    ]  # fmt: skip


def batch(folder: Path, plan_file: str, count: int) -> list[Row]:
    """A class, correct and mixed."""
    correct, mixed = folder / "correct", folder / "mixed"
    texts, wrong = quick(plan_file), sorted((ROOT / "tests" / "submissions" / "wrong").glob("*.py"))[:20]
    for place in (correct, mixed):
        place.mkdir()
        for i in range(count):
            source = wrong[i % len(wrong)] if place is mixed and i % 5 == 4 else texts[i % len(texts)]
            (place / f"s{i:05}.py").write_bytes(source.read_bytes())
    paths = sorted(map(str, correct.iterdir()))

    def run(place: Path, *options: str, tree: Path = ROOT) -> list[list[str]]:
        out = folder / f"out {place.name} {len(options)}"
        return [["sh", "-c", 'cd "$1"; rm -rf "$2"; shift 2; exec "$@"', "sh", str(tree), str(out), *GRADER, "batch",
                 str(place), "--out", str(out), "--quiet", "--jobs", str(JOBS), *options]]  # fmt: skip

    warm, drawn = f"floor: one warm process, {count} submissions", "floor with pictures: one warm process draws them"
    return [
        Row(warm, [[*PYTHON, "benchmarks/floor.py", plan_file, *paths]], warm),
        Row("batch --no-reports", run(correct, "--no-reports"), warm),
        Row("... 80 % correct and 20 % wrong, hints off", run(mixed, "--no-reports", tree=hints_off(folder)), warm),
        Row("... 80 % correct and 20 % wrong, hints on", run(mixed, "--no-reports"), warm),
        Row("gradescope-utils in one process, unprotected", [[*PYTHON, "benchmarks/inprocess.py", *paths]], warm),
        Row("gradescope-utils, a process each",
            [[*PYTHON, "benchmarks/inprocess.py", path] for path in paths], warm, JOBS),
        Row(drawn, [[*PYTHON, "benchmarks/floor.py", "--draw", *paths]], drawn),
        Row("batch, with pages", run(correct), drawn),
    ]  # fmt: skip


def hints_off(folder: Path) -> Path:
    """A copy of the grader that gives no hints."""
    tree = folder / "without hints"
    for name in ("autograder", "data", "solution", "student"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    text = (ROOT / "autograder" / "rubric.toml").read_text("utf-8")
    changed = text.replace('\nhints = "line" ', '\nhints = "off" ')
    assert changed != text
    (tree / "autograder" / "rubric.toml").write_text(changed, "utf-8")
    return tree


def quick(plan_file: str) -> list[Path]:
    """Correct programs that every row can grade: plain files that take little time themselves."""
    paths = [Path(SOLUTION), *sorted((ROOT / "tests" / "submissions" / "correct").glob("*.py"))]

    def plain(path: Path) -> bool:
        floor, unprotected = ["benchmarks/floor.py", plan_file, str(path)], ["benchmarks/inprocess.py", str(path)]
        commands = [[*PYTHON, *floor], [*PYTHON, *unprotected]]
        before = os.times().children_user
        fails = any(subprocess.run(c, env=ENVIRONMENT, cwd=ROOT, capture_output=True).returncode for c in commands)
        # Loops over every number are right too, and a class of them would hide what the grader costs.
        return not fails and os.times().children_user - before < 1.0

    return [path for path in paths if plain(path)]


def main(words: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--class", type=int, default=100, metavar="N", dest="count", help="0: single submissions only")
    parser.add_argument("--peers", action="store_true", help="also otter-grader and pytest-prairielearn-grader")
    asked = parser.parse_args(words)
    adopt()
    with tempfile.TemporaryDirectory() as name:
        folder, plan_file = Path(name), f"{name}/plan.json"
        ENVIRONMENT["MPLCONFIGDIR"] = f"{name}/matplotlib"
        Path(plan_file).write_text(json.dumps(plan()))
        measure(cold(folder, plan_file, asked.peers), asked.rounds)
        if asked.count:
            measure(batch(folder, plan_file, asked.count), min(asked.rounds, 3))


if __name__ == "__main__":
    main()
