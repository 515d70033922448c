"""What a class of honest submissions costs, against the least that it could cost.

    .venv/bin/python benchmarks/warm.py [SUBMISSIONS [ROUNDS]]

In every round each row grades the same class, in turn, and its costs are divided by those of the floor in the same
round; a row shows the medians.  The class is the reference solution and the correct programs of the tests that are one
plain file, again and again.  Two are graded at a time, but for the floor: one warm process that does the arithmetic of
a grading and no more.  CPU is user and system time of everything that was started.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from autograder.environment import ENVIRONMENT  # noqa: E402

JOBS = 2
PYTHON = [sys.executable, "-s", "-W", "ignore"]
FLOOR = """
import sys
sys.path.insert(0, sys.argv[1] + "/benchmarks")
import floor
for path in sys.argv[2:]:
    try:
        floor.main(path, sys.argv[1])
    except SystemExit:
        sys.exit("a program ended the process")
"""


def plain() -> list[bytes]:
    """Correct programs that the other rows can grade too, quick ones."""
    paths = [ROOT / "solution" / "neural_net.py", *sorted((ROOT / "tests/submissions/correct").glob("*.py"))]
    kept = []
    for path in paths:
        before = children()
        runs = [[*PYTHON, "-c", FLOOR, str(ROOT), str(path)], [*PYTHON, "benchmarks/inprocess.py", str(path)]]
        fails = any(subprocess.run(run, env=ENVIRONMENT, cwd=ROOT, capture_output=True).returncode for run in runs)
        # Loops over every number are right too; a class of them would hide what the grader costs.
        if not fails and children() - before < 0.6:
            kept.append(path.read_bytes())
    return kept


def children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def cost(run: list[list[str]], at_a_time: int) -> tuple[float, float]:
    """CPU and wall seconds of some commands."""
    begun, before = time.perf_counter(), children()
    with ThreadPoolExecutor(at_a_time) as pool:
        for done in pool.map(lambda c: subprocess.run(c, env=ENVIRONMENT, cwd=ROOT, stdout=-3, stderr=-3), run):
            if done.returncode:
                sys.exit(f"failed: {' '.join(done.args)[:200]}")
    return children() - before, time.perf_counter() - begun


def main(count: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        texts, place = plain(), Path(folder, "class")
        place.mkdir()
        paths = [place / f"s{i:05}.py" for i in range(count)]
        for i, path in enumerate(paths):
            path.write_bytes(texts[i % len(texts)])
        rows: dict[str, list[tuple[float, float]]] = {}
        for nth in range(rounds):
            batch = [*PYTHON, "-m", "autograder", "batch", str(place), "--out", f"{folder}/{nth}", "--no-reports"]
            commands = {
                "floor: one warm process, no grader": ([[*PYTHON, "-c", FLOOR, str(ROOT), *map(str, paths)]], 1),
                "python -m autograder batch --no-reports": ([[*batch, "--jobs", str(JOBS), "--quiet"]], 1),
                "gradescope-utils, a process each": (
                    [[*PYTHON, "benchmarks/inprocess.py", str(path)] for path in paths], JOBS,
                ),
            }  # fmt: skip
            for name, command in commands.items():
                rows.setdefault(name, []).append(cost(*command))
        floor = rows["floor: one warm process, no grader"]
        heads = ("CPU ms each", "a second", "CPU ratio")
        print(f"{f'{count} submissions, {len(texts)} programs':42}" + "".join(f"{head:>13}" for head in heads))
        for name, costs in rows.items():
            cpu, wall = (statistics.median(c[i] for c in costs) for i in (0, 1))
            ratio = statistics.median(c[0] / f[0] for c, f in zip(costs, floor, strict=True))
            print(f"{name:42}{1000 * cpu / count:13.1f}{count / wall:13.1f}{ratio:13.2f}")


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["1000", "3"][len(sys.argv) - 1 :])))
