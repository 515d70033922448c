"""What the sandbox costs a submission: a worker with every layer, one with none, and the control run.

    python benchmarks/layers.py [TIMES]

Workers are forked from one warm server, by turns, and ended again.  `wall` is what the judge waits until the worker
says hello, and until it is ended and its folder is gone; `cpu` is the worker's own.  The control's `cpu` is that of the
worker, the server and the judge together: once in a process, so a batch pays it once.
"""

from __future__ import annotations

import os
import resource
import socket
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np  # noqa: F401  what a server holds

from autograder import rubric
from autograder.sandbox import layers
from autograder.sandbox.client import Server, close, use

Row = tuple[float, float, float, list[str]]
HOME = layers.scratch.make_home()


def one(lock: Callable[[socket.socket, layers.Policy, str], list[str]]) -> Row:
    """Fork a worker, wait for its hello, end it: seconds until then, seconds in all, its processor time, its layers."""
    mine, theirs = socket.socketpair()
    begun = time.perf_counter()
    policy = layers.Policy(os.getpid(), layers.user.new_uid())
    folder = layers.scratch.make(policy, HOME)
    pid = os.fork()
    if pid == 0:
        mine.close()
        held = lock(theirs, policy, folder)
        theirs.sendall(" ".join(held or ["none"]).encode())
        theirs.recv(1)
        os._exit(0)
    theirs.close()
    held = mine.recv(4096).decode().split()
    hello = time.perf_counter() - begun
    mine.close()
    used = os.wait4(pid, 0)[2]
    layers.scratch.clear(folder)
    return hello, time.perf_counter() - begun, used.ru_utime + used.ru_stime, held


def apart() -> dict[str, float]:
    """Seconds of each layer by itself, in a child that puts on all of them."""
    mine, theirs = socket.socketpair()
    policy = layers.Policy(os.getpid(), layers.user.new_uid())
    folder = layers.scratch.make(policy, HOME)
    pid = os.fork()
    if pid == 0:
        took = []
        for name, put_on in layers.steps(policy, theirs.fileno(), folder):
            begun = time.perf_counter()
            put_on()
            took.append(f"{name}={time.perf_counter() - begun}")
        theirs.sendall(" ".join(took).encode())
        os._exit(0)
    theirs.close()
    text = mine.recv(4096).decode()
    os.waitpid(pid, 0)
    layers.scratch.clear(folder)
    return {name: float(seconds) for name, seconds in (pair.split("=") for pair in text.split())}


def used() -> float:
    """Seconds of processor time of this process and of those that it has ended."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in both)


def control(times: int) -> tuple[float, float]:
    """Median wall, and mean processor time, of a control run in seconds."""
    from autograder.grade import control as make

    before = used()
    use(Server.split())
    close()
    idle = used() - before  # of a server that is started and ended
    use(Server.split())
    one, walls = make(rubric.load()), []
    before = used()
    for _ in range(times):
        begun = time.perf_counter()
        one.run()
        walls.append(time.perf_counter() - begun)
    close()
    return statistics.median(walls), (used() - before - idle) / times


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    layers.prepare()
    with_all = lambda sock, policy, folder: layers.lock(policy, sock.fileno(), folder)  # noqa: E731
    with_none = lambda sock, policy, folder: []  # noqa: E731
    rows: dict[str, list[Row]] = {"no layer": [], "every layer": []}
    for _ in range(times):
        rows["no layer"].append(one(with_none))
        rows["every layer"].append(one(with_all))
    print(f"{times} workers each; milliseconds\n")
    for words, part in (("medians", 0.5), ("the quickest tenth, for a busy machine", 0.1)):
        print(f"{words}\n{'':14}{'wall to hello':>14}{'wall in all':>14}{'cpu':>8}")
        table = {}
        for name, found in rows.items():
            table[name] = [1000 * sorted(row[i] for row in found)[int(part * times)] for i in range(3)]
        table["the layers"] = [a - b for a, b in zip(table["every layer"], table["no layer"], strict=True)]
        for name, (hello, whole, cpu) in table.items():
            print(f"{name:14}{hello:14.2f}{whole:14.2f}{cpu:8.2f}")
        print()
    alone = [apart() for _ in range(times)]
    each = ", ".join(f"{name} {1000 * statistics.median(f[name] for f in alone):.2f}" for name in alone[0])
    print(f"wall of each: {each}")
    print(f"held: {', '.join(rows['every layer'][-1][3])}")
    wall, cpu = control(times)
    print(f"the control run: wall {1000 * wall:.2f} (median), cpu {1000 * cpu:.2f} (mean)")
    print(f"the worker's memory: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB")
    layers.scratch.clear(HOME)


if __name__ == "__main__":
    main()
