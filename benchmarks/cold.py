"""What grading one submission costs, from a cold start, against the least that it could cost.

    .venv/bin/python benchmarks/cold.py [ROUNDS]

In every round each row runs once, in turn, and its costs are divided by those of the floor in the same round; a row
shows the medians.  CPU is user and system time of a process and all of its children, in seconds; wall is the clock's.
The environment is the one of run_autograder.  Absolute times belong to this machine; the ratios carry over better.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from autograder.environment import ENVIRONMENT  # noqa: E402


def cost(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """CPU and wall seconds of one run."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"failed: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime, wall


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = ENVIRONMENT | {"MPLCONFIGDIR": os.path.join(folder, "matplotlib")}
        python = [sys.executable, "-s"]
        submission = str(ROOT / "solution" / "neural_net.py")
        results, page = os.path.join(folder, "results.json"), os.path.join(folder, "report.html")
        grade = [*python, "-m", "autograder", "grade", submission, "--quiet", "--results", results]
        rows = {
            "floor: bare script, same arithmetic": [*python, "benchmarks/floor.py", submission],
            "gradescope-utils in-process, no protection": [*python, "benchmarks/inprocess.py", submission],
            "python -m autograder grade --no-report": [*grade, "--no-report"],
            "python -m autograder grade, with pictures": [*grade, "--report", page],
            "import numpy": [*python, "-c", "import numpy"],
        }
        for command in rows.values():
            cost(command, environment)  # byte code, font lists, disk caches
        seen: dict[str, list[tuple[float, float]]] = {name: [] for name in rows}
        for _ in range(rounds):
            for name, command in rows.items():
                seen[name].append(cost(command, environment))
    floor, *_ = seen.values()
    print(f"{'median of ' + str(rounds):<46}{'CPU s':>8}{'wall s':>8}{'CPU ratio':>11}{'wall ratio':>12}")
    for name, costs in seen.items():
        cpu, wall = (statistics.median(c[i] for c in costs) for i in (0, 1))
        times = (statistics.median(c[i] / f[i] for c, f in zip(costs, floor, strict=True)) for i in (0, 1))
        print(f"{name:<46}{cpu:>8.3f}{wall:>8.3f}{next(times):>11.2f}{next(times):>12.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
