"""What the boundary costs a submission: a worker forked with every layer, and one forked with none.

    python benchmarks/layers.py [TIMES]

Both are forked from one warm server, by turns, and ended again.  `wall` is what the judge waits for until the
worker says hello, and until it is ended and its folder is gone; `cpu` is the worker's own.
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

from autograder.sandbox import layers


def one(lock: Callable[[socket.socket, layers.Policy, str], list[str]]) -> tuple[float, float, float, list[str]]:
    """Fork a worker, wait for its hello, end it: seconds until then, seconds in all, its processor time, its layers."""
    mine, theirs = socket.socketpair()
    begun = time.perf_counter()
    policy = layers.Policy(os.getpid(), layers.new_uid())
    scratch = layers.make_scratch(policy)
    pid = os.fork()
    if pid == 0:
        mine.close()
        held = lock(theirs, policy, scratch)
        theirs.sendall(" ".join(held or ["none"]).encode())
        theirs.recv(1)
        os._exit(0)
    theirs.close()
    held = mine.recv(4096).decode().split()
    hello = time.perf_counter() - begun
    mine.close()
    used = os.wait4(pid, 0)[2]
    layers.clear(scratch)
    return hello, time.perf_counter() - begun, used.ru_utime + used.ru_stime, held


def steps(policy: layers.Policy, scratch: str, sock: socket.socket) -> dict[str, float]:
    """Seconds of each layer by itself, in a child that puts on all of them; written to the socket."""
    took: dict[str, float] = {}

    def timed(name: str, put_on: Callable[[], object]) -> None:
        begun = time.perf_counter()
        put_on()
        took[name] = time.perf_counter() - begun

    os.chdir(scratch)
    timed("descriptors", lambda: layers.close_descriptors(sock.fileno()))
    timed("session", layers.own_session)
    timed("limits", lambda: layers.set_limits(policy))
    if policy.uid is not None:
        uid = policy.uid
        timed("user", lambda: layers.drop_to(uid))
    timed("no_new_privs", layers.no_new_privs)
    timed("not_dumpable", layers.not_dumpable)
    timed("parent_death", lambda: layers.die_with(policy.parent))
    if layers.landlock_version():
        timed("landlock", lambda: layers.confine_files(os.getcwd()))
    timed("seccomp", layers.filter_calls)
    return took


def apart() -> dict[str, float]:
    mine, theirs = socket.socketpair()
    policy = layers.Policy(os.getpid(), layers.new_uid())
    scratch = layers.make_scratch(policy)
    pid = os.fork()
    if pid == 0:
        took = steps(policy, scratch, theirs)
        theirs.sendall(" ".join(f"{name}={seconds}" for name, seconds in took.items()).encode())
        os._exit(0)
    theirs.close()
    text = mine.recv(4096).decode()
    os.waitpid(pid, 0)
    layers.clear(scratch)
    return {name: float(seconds) for name, seconds in (pair.split("=") for pair in text.split())}


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    layers.prepare()
    with_all = lambda sock, policy, scratch: layers.lock(policy, sock.fileno(), scratch)  # noqa: E731
    with_none = lambda sock, policy, scratch: []  # noqa: E731
    rows: dict[str, list[tuple[float, float, float, list[str]]]] = {"no layer": [], "every layer": []}
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
    print(f"the worker's memory: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
