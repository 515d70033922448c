"""The judge's side of the boundary: ask a submission, within a time, and take only typed values for an answer."""

from __future__ import annotations

import atexit
import itertools
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.environment import ENVIRONMENT
from autograder.sandbox import frames as channel
from autograder.sandbox import layers

if TYPE_CHECKING:
    import subprocess

ROOT = Path(__file__).resolve().parents[2]
GRACE = 3.0  # seconds that a worker has to start, and an answer to travel


class GraderFault(Exception):
    """The grader can't do its work here; the text says why, for staff.  Never a student's fault."""


@dataclass(frozen=True)
class Limits:
    """Seconds that a submission may take.  `cpu` is its own time, `wall` the clock's, which also counts sleeping."""

    load: float = 6.0
    call: float = 3.0
    train: float = 20.0
    wall: float = 2.5  # times the limit, plus GRACE: Gradescope's smallest machine has half a processor
    whole: float = 50.0  # for everything that is waited for in vain
    deaths: int = 12  # workers that may be lost before the rest is left unchecked


@dataclass(frozen=True)
class Answer:
    """What came back from one question.

    status is "returned", "raised", "stuck" (out of time), "died", "missing" (no such function) or "skipped" (not asked,
    because too much was lost before).
    """

    status: str
    value: Any = None
    args: tuple[Any, ...] = ()
    prints: str = ""
    error: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    rest: Mapping[str, Any] = field(default_factory=dict)


class Questions:
    """Calls that are asked in one go.  They are packed once, for every submission that is asked them."""

    _numbers = itertools.count(1 << 32)

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.asks: list[dict[str, Any]] = []

    def call(self, name: str, *args: Any, **layout: bool) -> None:
        """Add a call; the same as Sandbox.call."""
        self._add({"op": "call", "name": name, "args": list(args), "kwargs": {}} | layout)

    def recall(self, place: int) -> None:
        """Add a look at what the call at this place of the list returned."""
        self._add({"op": "recall", "of": self.asks[place]["id"]})

    def _add(self, ask: dict[str, Any]) -> None:
        self.asks.append(ask | {"limit": self.limit, "id": next(self._numbers)})

    @cached_property
    def frame(self) -> bytes:
        """All of it, with every argument once: an ask takes its own from `shared` by their places."""
        places: dict[int, int] = {}
        shared: list[Any] = []
        asks = []
        for ask in self.asks:
            taken = []
            for value in ask.get("args", ()):
                if id(value) not in places:
                    places[id(value)] = len(shared)
                    shared.append(value)
                taken.append(places[id(value)])
            asks.append({name: value for name, value in ask.items() if name != "args"} | {"take": taken})
        return channel.pack({"op": "several", "shared": shared, "asks": asks})


class Server:
    """A warm process that forks workers and holds no secret."""

    def __init__(self, control: socket.socket, process: subprocess.Popen[bytes] | int | None) -> None:
        self._control = control
        self._process = process

    @classmethod
    def start(cls) -> Server:
        """Start one as a process of its own, with a clean environment."""
        import subprocess

        mine, theirs = socket.socketpair()
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from autograder.sandbox.worker import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-s", "-c", code, str(theirs.fileno())],
            env=ENVIRONMENT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            cwd="/",
        )
        theirs.close()
        return cls(mine, process)

    @classmethod
    def split(cls) -> Server:
        """Fork one from this process, which must hold NumPy and not yet a secret: saves importing NumPy twice."""
        from autograder.sandbox import worker

        mine, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                mine.close()
                layers.not_dumpable()
                worker.serve(theirs)
            finally:
                os._exit(0)
        theirs.close()
        return cls(mine, pid)

    def fork(self) -> tuple[socket.socket, int, list[str]]:
        """Start a worker: its channel, its process id, and the layers that hold.  Raises GraderFault."""
        for _ in range(2):  # a worker that the machine ends before it can say anything is tried once more
            mine, pid = self._fork()
            try:
                held = channel.receive(mine, time.monotonic() + 10 * GRACE)["layers"]
            except channel.ChannelError:
                mine.close()
                self.end(pid)
                continue
            lacking = layers.missing(held)
            if not lacking:
                return mine, pid, held
            self.end(pid)
            mine.close()
            raise GraderFault(
                f"this machine lacks what keeps a submission from the grade: {', '.join(lacking)}. Nothing was graded."
            )
        raise GraderFault("a worker ends before it has begun, twice. Is there memory left on this machine?")

    def _fork(self) -> tuple[socket.socket, int]:
        mine, theirs = socket.socketpair()
        try:
            with theirs:
                deadline = time.monotonic() + 10 * GRACE
                channel.send(self._control, {"fork": True}, deadline)
                socket.send_fds(self._control, [b"."], [theirs.fileno()])
                reply = channel.receive(self._control, deadline)
        except (channel.ChannelError, OSError) as error:
            mine.close()
            raise GraderFault(f"the process that starts workers does not answer ({error or 'too late'})") from None
        if "fault" in reply:
            mine.close()
            raise GraderFault(reply["fault"])
        return mine, int(reply["pid"])

    def end(self, pid: int) -> int:
        """Kill a worker if it lives, clear away its folder, and give its wait status."""
        try:
            deadline = time.monotonic() + 10 * GRACE
            channel.send(self._control, {"end": pid}, deadline)
            status = channel.receive(self._control, deadline)["status"]
        except channel.ChannelError as error:
            raise GraderFault(f"the process that starts workers is gone ({error})") from None
        assert isinstance(status, int)
        return status

    def close(self) -> None:
        """End it and everything it started."""
        self._control.close()
        process, self._process = self._process, None
        if isinstance(process, int):
            os.waitpid(process, 0)
        elif process is not None:
            process.wait()


_server: Server | None = None


def server() -> Server:
    """The server of this process; started at the first use."""
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
    """End the server of this process."""
    global _server
    if _server is not None:
        _server.close()
        _server = None


class Sandbox:
    """One submission behind the boundary.  A worker that dies costs its call; the next call gets a new one."""

    def __init__(self, files: Mapping[str, bytes], main: str, limits: Limits | None = None) -> None:
        self.files = {name: np.frombuffer(data, np.uint8) for name, data in files.items()}
        self.main = main
        self.limits = limits or Limits()
        self.layers: list[str] = []
        self.loaded: Answer | None = None
        self.deaths = 0
        self.waited = 0.0
        self._hung: dict[str, int] = {}
        self._sock: socket.socket | None = None
        self._pid = 0
        self._next = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None
            server().end(self._pid)

    def load(self) -> Answer:
        """Load the submission: what it defines and what went wrong, as the worker tells it (Answer.rest)."""
        if self.loaded is None:
            loaded = self._start()
            # Once more where the worker died: the machine may have ended it, and without this there is no grade at all.
            self.loaded = self._start() if loaded.status == "died" else loaded
        return self.loaded

    def call(
        self, name: str, *args: Any, fortran: bool = False, readonly: bool = False, back: bool = True, **kwargs: Any
    ) -> Answer:
        """Call a function of the submission, with arrays laid out as asked; `back`: its arguments come back too."""
        if self._hung.get(name, 0) >= 2:
            return Answer("skipped", rest={"why": "hung"})
        question = {"op": "call", "name": name, "args": list(args), "kwargs": kwargs, "limit": self.limits.call}
        answer = self._ask(question | {"fortran": fortran, "readonly": readonly, "back": back})
        if answer.status == "stuck":
            self._hung[name] = self._hung.get(name, 0) + 1
        return answer

    def recall(self, answer: Answer) -> Answer:
        """Look again at what an earlier call returned.  "missing" where the worker that kept it is gone."""
        return self._ask({"op": "recall", "of": answer.id, "limit": self.limits.call})

    def several(self, questions: Questions) -> list[Answer]:
        """Ask in one go.  There are fewer answers than questions where the worker was lost on the way."""
        answers: list[Answer] = []
        if self._sock is None and (self._start() if self.loaded is not None else self.load()).status != "returned":
            return answers
        frame: bytes | None = questions.frame
        for ask in questions.asks:
            answers.append(self._exchange(frame, ask["id"], questions.limit))
            frame = None
            if answers[-1].status == "stuck" and "name" in ask:
                self._hung[ask["name"]] = self._hung.get(ask["name"], 0) + 1
            if self._sock is None:
                break
        return answers

    def train(self, **question: Any) -> Answer:
        """Train with the submission's four functions; see worker.train.  marks and losses are in Answer.rest."""
        return self._ask({"op": "train", "limit": self.limits.train} | question)

    def _ask(self, question: dict[str, Any]) -> Answer:
        if self._sock is None:
            # A question about what a dead worker kept has no answer; every other one gets a new worker.
            if question["op"] == "recall":
                return Answer("missing")
            started = self._start() if self.loaded is not None else self.load()
            if started.status != "returned":
                return started
        return self._question(question)

    def _start(self) -> Answer:
        if self.loaded is not None and self.loaded.status != "returned":
            return Answer("skipped", rest={"why": "load"})
        if self.deaths >= self.limits.deaths:
            return Answer("skipped", rest={"why": "deaths"})
        if self.waited >= self.limits.whole:
            return Answer("skipped", rest={"why": "time"})
        self._sock, self._pid, self.layers = server().fork()
        return self._question({"op": "load", "files": self.files, "main": self.main, "limit": self.limits.load})

    def _question(self, question: dict[str, Any]) -> Answer:
        self._next += 1
        try:
            frame = channel.pack(question | {"id": self._next})
        except channel.ChannelError as error:
            # What a submission returned may be asked about again, and be too large for that.
            return self._lost(time.monotonic(), Answer("died", error={"message": str(error)}))
        return self._exchange(frame, self._next, question["limit"])

    def _exchange(self, frame: bytes | None, number: int, limit: float) -> Answer:
        """Send a frame, if there is one, and wait for the answer with this number."""
        assert self._sock is not None
        begun = time.monotonic()
        budget = max(self.limits.whole - self.waited, 1.0)
        deadline = begun + min(limit * self.limits.wall + GRACE, budget)
        reply: Any = None
        try:
            if frame:
                channel.send_frame(self._sock, frame, deadline)
            reply = channel.receive(self._sock, deadline)
            if not isinstance(reply, dict) or type(reply.get("id")) is not int or reply["id"] != number:
                raise channel.ChannelError("not an answer to the question")
        except channel.Late:
            return self._lost(begun, Answer("stuck"))
        except channel.ChannelError as error:
            return self._lost(begun, Answer("died", error={"message": str(error)}))
        status = reply.get("status")
        known = isinstance(status, str) and status in ("returned", "raised", "stuck", "missing")
        answer = Answer(
            status=str(status) if known else "died",
            value=reply.get("value"),
            args=tuple(reply["args"]) if isinstance(reply.get("args"), (list, tuple)) else (),
            prints=reply["prints"] if isinstance(reply.get("prints"), str) else "",
            error=self._error(reply.get("error")),
            id=number,
            rest=_typed_rest(reply),
        )
        if answer.status in ("stuck", "died"):
            return self._lost(begun, answer)
        return answer

    def _error(self, error: object) -> dict[str, Any]:
        """An error with a file that the submission has, and not one that it made up."""
        taken = _typed_error(error)
        if "file" in taken and taken["file"] not in {os.path.basename(name) for name in (self.main, *self.files)}:
            del taken["file"]
        return taken

    def _lost(self, begun: float, answer: Answer) -> Answer:
        """Bury the worker.  What it was waited for in vain counts against the whole run."""
        self.waited += time.monotonic() - begun
        self.deaths += 1
        assert self._sock is not None
        self._sock.close()
        self._sock = None
        status = server().end(self._pid)
        if answer.status == "died":
            number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            ended = {"exit": os.WEXITSTATUS(status)} if os.WIFEXITED(status) else {"signal": number}
            if number == signal.SIGXCPU:
                return Answer("stuck", rest=answer.rest)
            return Answer("died", error=dict(answer.error) | ended, rest=answer.rest)
        return answer


def _typed_rest(reply: dict[Any, Any]) -> dict[str, Any]:
    """Take of the other fields of an answer those of the types they must have: a worker may be anybody."""
    taken: dict[str, Any] = {}
    if isinstance(reply.get("found"), dict):
        found = reply["found"].items()
        taken["found"] = {name: line for name, line in found if type(name) is str and type(line) in (int, type(None))}
    if isinstance(reply.get("race"), dict):
        race = list(reply["race"].items())[:3]
        taken["race"] = {k: v for k, v in race if type(k) is str and type(v) in (int, float) and abs(v) < 1e9}
    if isinstance(reply.get("names"), list):
        taken["names"] = [name for name in reply["names"][:200] if isinstance(name, str)]
    if isinstance(reply.get("errors"), list):
        taken["errors"] = [_typed_error(error) for error in reply["errors"][:20] if isinstance(error, dict)]
    if isinstance(reply.get("marks"), dict):
        marks = reply["marks"].items()
        taken["marks"] = {step: params for step, params in marks if type(step) is int and isinstance(params, dict)}
    if isinstance(reply.get("losses"), list):
        taken["losses"] = [loss for loss in reply["losses"] if isinstance(loss, float)]
    if type(reply.get("step")) is int:
        taken["step"] = reply["step"]
    if isinstance(reply.get("doing"), str):
        taken["doing"] = reply["doing"][:80]
    return taken


def _typed_error(error: object) -> dict[str, Any]:
    """Take of an error what has the types it must have."""
    if not isinstance(error, dict):
        return {}
    taken: dict[str, Any] = {}
    for name in ("type", "message", "where", "file"):
        if isinstance(error.get(name), str):
            taken[name] = error[name][:600]
    if type(error.get("line")) is int:
        taken["line"] = error["line"]
    if isinstance(error.get("kinds"), list):
        taken["kinds"] = [k for k in error["kinds"][:20] if isinstance(k, str)]
    return taken
