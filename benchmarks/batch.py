"""What a class costs as it grows: time, processor time, memory, disk.

    .venv/bin/python benchmarks/batch.py [--most N] [--jobs N] [--reports] [--keep DIR]

Classes of 10, 30, 100, ... submissions, up to N (default 1,000; 100,000 is the whole curve), are graded by
`.venv/bin/autograder batch`.  The submissions are small ones again and again: mostly right, some wrong, each a file of
its own.  CPU is user and system time of everything that was started.  Memory is the largest of each kind of process at
any moment: the one that hands out, the ones that grade, the ones that start workers; and of all of them together what
they don't share (proportional set size, as Linux counts it).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RIGHT, WRONG = 8, 2  # of ten
SIZES = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
SERVER, GRADER = "sandbox.worker import", "spawn_main"


def make(folder: Path, count: int) -> None:
    """A class: files, and the same program under many names."""
    folder.mkdir()
    right = (ROOT / "solution" / "neural_net.py").read_bytes()
    wrong = sorted((ROOT / "tests" / "submissions" / "wrong").glob("*.py"))[:20]
    for i in range(count):
        nth = i % (RIGHT + WRONG)
        text = right if nth < RIGHT else wrong[i // (RIGHT + WRONG) % len(wrong)].read_bytes()
        (folder / f"s{i:06}.py").write_bytes(text)


def memory(root: int) -> dict[str, int]:
    """Kilobytes now: the largest process of each kind, and the sum of what is not shared."""
    parents, words = {}, {}
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                stat = Path(entry.path, "stat").read_text("utf-8", "replace")
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
                words[int(entry.name)] = Path(entry.path, "cmdline").read_bytes().decode("utf-8", "replace")
    found = {"hands out": 0, "grades": 0, "starts": 0, "all": 0}
    for pid in parents:
        above = pid
        while above in parents and above != root:
            above = parents[above]
        if above != root:
            continue
        kind = "grades" if GRADER in words.get(pid, "") else "starts" if SERVER in words.get(pid, "") else "hands out"
        with contextlib.suppress(OSError, ValueError):
            rows = dict(row.split(":") for row in Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n")[1:-1])
            found[kind] = max(found[kind], int(rows["Rss"].split()[0]))
            found["all"] += int(rows["Pss"].split()[0])
    return found


def cost(folder: Path, out: Path, jobs: int, reports: bool) -> dict[str, float]:
    """Grade one class."""
    command = [sys.executable, "-s", "-m", "autograder", "batch", str(folder), "--out", str(out), "--quiet"]
    command += ["--jobs", str(jobs), *([] if reports else ["--no-reports"])]
    begun = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT)
    most: dict[str, float] = {}
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        now = memory(child.pid)
        most = {name: max(most.get(name, 0), value) for name, value in now.items()}
        time.sleep(0.25)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"failed: {' '.join(command)}")
    wall = time.perf_counter() - begun
    disk = sum(path.stat().st_blocks * 512 for path in out.rglob("*"))
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "disk": disk, **most}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=1_000, metavar="N")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), metavar="N")
    parser.add_argument("--reports", action="store_true", help="with a page for each student")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave classes and results there")
    asked = parser.parse_args()
    place = asked.keep or Path(tempfile.mkdtemp(prefix="batch-"))
    place.mkdir(parents=True, exist_ok=True)
    reports = "with" if asked.reports else "without"
    print(f"{asked.jobs} at a time, {reports} reports; memory in MB, disk in KB for each")
    heads = ("submissions", "wall s", "each ms", "CPU ms", "a second", "hands out", "grades", "starts", "all", "disk")
    print("".join(f"{head:>12}" for head in heads), flush=True)
    try:
        for count in [size for size in SIZES if size <= asked.most]:
            folder, out = place / f"class{count}", place / f"out{count}"
            make(folder, count)
            row = cost(folder, out, asked.jobs, asked.reports)
            each = (row["wall"], 1000 * row["wall"] / count, 1000 * row["cpu"] / count, count / row["wall"])
            held = [row.get(name, 0) / 1024 for name in ("hands out", "grades", "starts", "all")]
            print(
                f"{count:>12,}{each[0]:>12.1f}{each[1]:>12.1f}{each[2]:>12.1f}{each[3]:>12.2f}"
                + "".join(f"{value:>12.0f}" for value in held) + f"{row['disk'] / count / 1024:>12.1f}",
                flush=True,
            )  # fmt: skip
            if not asked.keep:
                shutil.rmtree(folder)
                shutil.rmtree(out)
    finally:
        if not asked.keep:
            shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
