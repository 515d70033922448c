"""The judge's handle on the warm server, which forks workers: start it, ask it, restart it when it is gone."""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from autograder.environment import ENVIRONMENT, open_standard_descriptors
from autograder.sandbox import frames, layers
from autograder.sandbox.limits import GRACE, GraderFault

if TYPE_CHECKING:
    import subprocess

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 10 * GRACE  # seconds that the server has for an answer; it is not a submission's, so slow means broken
CPUCLOCK_SCHED = 2  # linux/posix-timers.h: the processor time of a process, by its id


class ServerGone(GraderFault):
    """The server has ended; a new one can be started."""


class Ended(NamedTuple):
    """How a worker ended: its wait status, its processor time in seconds, and whether its folder was too full."""

    status: int
    cpu: float = 0.0
    overfull: bool = False


class Server:
    """A warm process that forks workers and holds no secret."""

    def __init__(self, control: socket.socket, process: subprocess.Popen[bytes] | int | None, home: str) -> None:
        self._control = control
        self._process = process
        self._home = home
        reply = self._ask(None)
        if "fault" in reply:
            self.close()
            raise GraderFault(f"{reply['fault']}. Nothing was graded. What to do: {_WORKERS}.")

    @classmethod
    def start(cls) -> Server:
        """Start one as a process of its own, with a clean environment.  Raises GraderFault."""
        import subprocess

        with _machine("the process that starts workers can't be started"):
            mine, theirs, home = _prepared()
            code = "import sys; sys.path[:0] = [sys.argv[3]]; from autograder.sandbox.worker import serve; serve.main()"
            with theirs:
                process = subprocess.Popen(
                    [sys.executable, "-s", "-c", code, str(theirs.fileno()), home, str(ROOT)],
                    env=ENVIRONMENT,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    cwd="/",
                )
        return cls(mine, process, home)

    @classmethod
    def split(cls) -> Server:
        """Fork one from this process, which must hold NumPy and not yet a secret: saves importing NumPy twice.

        Raises GraderFault.
        """
        from autograder.sandbox.worker import serve

        with _machine("the process that starts workers can't be forked"):
            mine, theirs, home = _prepared()
            pid = os.fork()
        if pid == 0:
            try:
                mine.close()
                layers.process.not_dumpable()
                serve.serve(theirs, home)
            finally:
                os._exit(0)
        theirs.close()
        return cls(mine, pid, home)

    def fork(self, cpu: int = 300) -> tuple[socket.socket, int, list[str]]:
        """Start a worker with a hard limit of `cpu` seconds of processor time.

        Returns
        -------
        tuple
            Its channel, its process id, and the layers that hold.

        Raises
        ------
        GraderFault
            If this machine can't start a worker in which every required layer holds.
        """
        mine, pid = self._fork(cpu)
        try:
            held = frames.receive(mine, frames.Deadline(PATIENCE))["layers"]
        except frames.ChannelError:
            mine.close()
            self.end(pid)
            raise GraderFault(f"a worker ends before it has begun. {MEMORY}") from None
        lacking = layers.missing(held)
        if lacking:
            mine.close()
            self.end(pid)
            names = ", ".join(lacking)
            raise GraderFault(
                f"this machine lacks what keeps a submission from the grade: {names}. Nothing was graded. "
                f"What to do: {layers.advice(lacking)}."
            )
        return mine, pid, held

    def _fork(self, cpu: int) -> tuple[socket.socket, int]:
        with _machine("a worker can't be given a channel"):
            mine, theirs = socket.socketpair()
        try:
            with theirs:
                reply = self._ask({"fork": cpu}, theirs)
        except GraderFault:
            mine.close()
            raise
        if "fault" in reply:
            mine.close()
            raise GraderFault(f"{reply['fault']}. Nothing was graded. What to do: {_WORKERS}.")
        return mine, int(reply["pid"])

    def end(self, pid: int, patience: float = 0.0) -> Ended:
        """Kill a worker if it lives, remove its folder, and tell how it ended.  Raises GraderFault.

        `patience`: seconds to let one that has closed its channel come to its own end.
        """
        reply = self._ask({"end": pid, "wait": patience})
        if "fault" in reply:
            raise GraderFault(f"{reply['fault']}. Nothing was graded. What to do: {_WORKERS}.")
        return Ended(**reply)

    def _ask(self, question: dict[str, Any] | None, attached: socket.socket | None = None) -> dict[str, Any]:
        deadline = frames.Deadline(PATIENCE)
        try:
            if question is not None:
                frames.send(self._control, question, deadline)
            if attached is not None:
                with _machine("a worker can't be given a channel"):
                    socket.send_fds(self._control, [b"."], [attached.fileno()])
            reply = frames.receive(self._control, deadline)
        except (frames.ChannelError, OSError):
            raise ServerGone(f"the process that starts workers is gone. {MEMORY}") from None
        return dict(reply)

    def close(self) -> None:
        """End it and everything it started, and remove what it left."""
        self._control.close()
        process, self._process = self._process, None
        if isinstance(process, int):
            with contextlib.suppress(OSError):
                os.waitpid(process, 0)
        elif process is not None:
            with contextlib.suppress(OSError):
                process.wait()
        if os.path.isdir(self._home):  # it was killed
            with contextlib.suppress(OSError):
                layers.scratch.clear(self._home)


MEMORY = "Nothing was graded. What to do: give the container at least 768 MB of memory."
_WORKERS = "give the container at least 4 processes and Docker's default capabilities (CHOWN, KILL, SETUID, SETGID)"


@contextlib.contextmanager
def _machine(what: str) -> Any:
    """Turn what the machine refuses into one clear line."""
    try:
        yield
    except ConnectionError:
        raise  # it is not refused: the other side is gone
    except OSError as error:
        reason = error.strerror or str(error)
        raise GraderFault(f"{what}: {reason}. Nothing was graded. What to do: {_WORKERS}, and disk space.") from None


def _prepared() -> tuple[socket.socket, socket.socket, str]:
    """Both ends of a channel to a new server, and the folder for its scratch folders.  Raises OSError."""
    open_standard_descriptors()
    home = layers.scratch.make_home()
    try:
        return (*socket.socketpair(), home)
    except OSError:
        os.rmdir(home)
        raise


def processor_time(pid: int) -> float:
    """Seconds of processor time that another process has used so far; 0 where the kernel doesn't say."""
    with contextlib.suppress(OSError):
        return time.clock_gettime(~pid << 3 | CPUCLOCK_SCHED)
    return 0.0


def waiting_time(pid: int) -> float:
    """Seconds for which another process has waited for a processor so far; 0 where the kernel doesn't say."""
    with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[1]) / 1e9
    return 0.0


# --- the one server of this process ----------------------------------------------------------------------------------

_server: Server | None = None


def server() -> Server:
    """The server of this process; started at the first use.  Raises GraderFault."""
    global _server
    if _server is None:
        use(Server.start())
    assert _server is not None
    return _server


def use(one: Server) -> None:
    """Make `one` the server of this process."""
    global _server
    _server = one
    atexit.register(close)


def close() -> None:
    """End the server of this process.  The next use starts a new one."""
    global _server
    if _server is not None:
        _server.close()
        _server = None
