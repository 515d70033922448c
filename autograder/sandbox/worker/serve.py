"""The warm server: a process that holds NumPy and nothing secret, and forks a worker for every request.

A worker locks itself in (layers), says which layers hold, and only then is sent a submission.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import time
import warnings
from typing import Any

import numpy as np

from autograder.sandbox import frames, layers
from autograder.sandbox.layers import jail, python, scratch, user
from autograder.sandbox.worker.runner import MODULE, Runner

PERIOD = 0.2  # seconds between two looks at what workers have written


def work(sock: socket.socket, folder: str, policy: layers.Policy) -> None:
    """Be the worker: lock in, say which layers hold, and answer until the other side hangs up."""
    frames.send(sock, {"layers": layers.lock(policy, sock.fileno(), folder)})
    send, receive = frames.send, frames.receive
    runner = Runner(os.getcwd(), lambda reply: send(sock, reply))
    runner.run(lambda: receive(sock))


class Forker:
    """Forks workers, ends them, and keeps them from filling the disk.

    Requests are one frame each: {"fork": CPU seconds} with the worker's end of a socket pair attached, answered by its
    process id; {"end": pid, "wait": seconds}, answered by its wait status and its processor time once it is dead and
    its folder is gone.  An answer {"fault": text} names what this machine refuses.
    """

    def __init__(self, control: socket.socket, home: str) -> None:
        self.control = control
        self.home = home
        self.folders: dict[int, str] = {}
        self.overfull: set[int] = set()
        self.jail = jail.make(home) if jail.needed() else None

    def fork(self, sock: socket.socket, cpu: int) -> int:
        """Fork a worker; its process id.  Raises OSError."""
        policy = layers.Policy(os.getpid(), user.new_uid(), cpu=cpu, jail=self.jail)
        folder = scratch.make(policy, self.jail + jail.TMP if self.jail else self.home)
        try:
            pid = os.fork()
        except OSError:
            scratch.clear(folder)
            raise
        if pid == 0:
            try:
                self.control.close()
                gc.enable()
                work(sock, folder, policy)
            finally:
                os._exit(0)
        self.folders[pid] = folder
        return pid

    def end(self, pid: int, patience: float = 0.0) -> dict[str, Any]:
        """Kill a worker if it lives, remove its folder, and tell how it ended.  Raises OSError.

        `patience`: seconds to let one that has closed its channel come to its own end, which tells the reason.
        """
        os.kill(pid, 0)  # a machine that forbids killing is noticed now, not only at the first worker that hangs
        until = time.monotonic() + patience
        status, used = 0, None
        while used is None:
            found, status, usage = os.wait4(pid, os.WNOHANG)
            if found:
                used = usage
            elif time.monotonic() >= until:
                os.kill(pid, signal.SIGKILL)
                _, status, used = os.wait4(pid, 0)
            else:
                time.sleep(0.002)
        with contextlib.suppress(OSError):
            scratch.clear(self.folders.pop(pid))
        return {"status": status, "cpu": used.ru_utime + used.ru_stime, "overfull": pid in self.overfull}

    def wait(self) -> None:
        """Wait for the judge; meanwhile no worker fills the disk."""
        while not select.select([self.control], [], [], PERIOD if self.folders else None)[0]:
            for pid, folder in self.folders.items():
                if scratch.overfull(folder):
                    self.overfull.add(pid)
                    os.kill(pid, signal.SIGKILL)

    def answer(self, ask: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked."""
        try:
            if "end" in ask:
                return self.end(ask["end"], ask["wait"])
            received = socket.recv_fds(self.control, 1, 1)[1]
            if not received:
                raise frames.ChannelError("no channel came")
            with socket.socket(fileno=received[0]) as sock:
                return {"pid": self.fork(sock, ask["fork"])}
        except OSError as error:
            done = "ended" if "end" in ask else "started"
            return {"fault": f"a worker can't be {done}: {error.strerror or error}"}

    def close(self) -> None:
        """End every worker.  One that can't be killed from here dies with this process."""
        for pid in list(self.folders):
            with contextlib.suppress(OSError):
                self.end(pid)
        with contextlib.suppress(OSError):
            scratch.clear(self.home)


def _as_python_begins() -> None:
    """Undo what this machine's Python may have changed when it started (sitecustomize, .pth), for all workers."""
    layers.process.default_signals()
    warnings.resetwarnings()
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)
    np.seterr(divide="warn", over="warn", under="ignore", invalid="warn")
    sys.setrecursionlimit(1000)
    if hasattr(sys, "set_int_max_str_digits"):  # since 3.10.7
        sys.set_int_max_str_digits(4300)
    socket.setdefaulttimeout(None)


def serve(control: socket.socket, home: str) -> None:
    """Answer requests until the judge hangs up, then leave nothing behind."""
    _as_python_begins()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o022)
    os.environ["MPLBACKEND"] = "Agg"
    forker = None
    try:
        layers.prepare()
        python.narrow(MODULE + ".py")
        gc.freeze()  # what is there stays: collecting in a worker copies no page of it
        forker = Forker(control, home)
        frames.send(control, {"ready": True})
        while True:
            forker.wait()
            frames.send(control, forker.answer(frames.receive(control)))
    except frames.ChannelError:
        pass
    except OSError as error:
        frames.send(control, {"fault": f"the process that starts workers fails: {error.strerror or error}"})
    finally:
        if forker is not None:
            forker.close()


def main() -> None:
    """Be a server on the inherited socket: arguments are its descriptor and the folder for scratch folders."""
    with contextlib.suppress(frames.ChannelError):  # the judge has gone
        serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
