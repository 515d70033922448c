"""The judge's side of the sandbox: ask a submission, within its budget, and take only typed values for an answer."""

from __future__ import annotations

import os
import signal
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from autograder.sandbox import frames
from autograder.sandbox.limits import GRACE, Budget, GraderFault, Limits, OverBudget
from autograder.sandbox.questions import Questions
from autograder.sandbox.replies import Answer, read
from autograder.sandbox.server import (
    MEMORY,
    ROOT,
    Ended,
    Server,
    ServerGone,
    close,
    processor_time,
    server,
    use,
    waiting_time,
)

if TYPE_CHECKING:
    import socket

    from autograder.sandbox.control import Control

__all__ = ["GRACE", "MEMORY", "ROOT", "Answer", "Ended", "GraderFault", "Limits", "Questions", "Sandbox", "Server",
           "close", "server", "use"]  # fmt: skip

RESTARTS = 3  # servers that may be lost during one submission
MAX_LOSSES = 3  # workers that one function may cost before it is not called again
LOST = ("stuck", "died")  # what an answer says when its worker is gone
CHANCES = 2  # times that a submission is asked again what may have failed for want of the machine's memory
LAST_WORDS = 0.2  # seconds that a worker which has closed its channel has to end

T = TypeVar("T")


class _AskAgain(Exception):
    """The worker has gone, and the machine may be why."""


class Worker:
    """One worker process: its channel and its clocks."""

    def __init__(self, sock: socket.socket, pid: int, layers: list[str]) -> None:
        self.sock = sock
        self.pid = pid
        self.layers = layers
        self.charged = 0.0  # seconds of its budget that were spent on it
        self._waited = 0.0

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        return processor_time(self.pid)

    def delay(self) -> float:
        """Seconds for which it waited for a processor since this was last asked."""
        before, self._waited = self._waited, max(waiting_time(self.pid), self._waited)
        return self._waited - before


class Sandbox:
    """One submission in the sandbox.  A worker that dies costs its call; the next call gets a new one.
    What the machine may have ended (SIGKILL), or had no memory for, is asked again a few times.

    Parameters
    ----------
    files : mapping
        The submission's files by name.
    main : str
        The name of the file that is run.
    limits : Limits, optional
    control : Control, optional
        Tells a fault of the machine from one of the submission: its program is run before the first submission, and
        whenever a worker dies for no reason of its own.
    """

    def __init__(
        self, files: Mapping[str, bytes], main: str, limits: Limits | None = None, control: Control | None = None
    ) -> None:
        # Pairs: a dict of a frame has few keys, and short ones.
        self.files = [[name, np.frombuffer(data, np.uint8)] for name, data in files.items()]
        self.main = main
        self.limits = limits or Limits()
        self.control = control
        self.budget = Budget(self.limits)
        self.layers: list[str] = []
        self.loaded: Answer | None = None
        self.worker: Worker | None = None
        self._names = {os.path.basename(name) for name in (main, *files)}
        self._slow: list[int] = []  # lines of statements that took too long to be run again
        self._losses: Counter[str] = Counter()  # workers that each function has cost
        self._spent: dict[str, float] = defaultdict(float)  # seconds that each function has cost
        self._fastest: dict[str, float] = {}  # seconds of the fastest call of each
        self._chances = CHANCES
        self._next = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        if self.worker is not None:
            try:
                self._end()
            except ServerGone:
                close()

    # --- asking ------------------------------------------------------------------------------------------------------

    def load(self) -> Answer:
        """Load the submission: what it defines and what went wrong, as the worker tells it (Answer.rest)."""
        if self.loaded is None:
            if self.control is not None:
                self.control.require()
            self.loaded = self._restarting(self._start)
        return self.loaded

    def call(self, name: str, *args: Any, back: bool = True, **layout: bool) -> Answer:
        """Call a function of the submission, with arrays laid out as asked; `back`: its arguments come back too."""
        if why := self.given_up(name):
            return Answer("skipped", rest={"why": why})
        question = {"op": "call", "name": name, "args": list(args), "back": back, "limit": self.limits.call}
        before = self.budget.seconds
        answer = self._ask(question | layout)
        self._count(name, answer, before)
        return answer

    def given_up(self, name: str) -> str:
        """Why a function is not called again: it "hung" and cost workers, or was "slow"; empty if it may be called."""
        if self._losses[name] >= MAX_LOSSES:
            return "hung"
        return "slow" if self._spent[name] > self.limits.each else ""

    def _count(self, name: str, answer: Answer, before: float) -> None:
        """What a call has cost; `before`: the seconds that were used before it."""
        seconds = self.budget.seconds - before
        self._losses[name] += answer.status in LOST
        self._spent[name] += seconds
        self._fastest[name] = min(seconds, self._fastest.get(name, seconds))

    def several(self, questions: Questions) -> list[Answer]:
        """Ask in one go.  There are fewer answers than questions where the worker was lost on the way; none where there
        is no worker and will be none."""
        return self._restarting(lambda: self._several(questions))

    def _several(self, questions: Questions) -> list[Answer]:
        answers: list[Answer] = []
        if self._ready().status != "returned":
            return answers
        frame: bytes | None = questions.frame
        for ask in questions.asks:
            before = self.budget.seconds
            try:
                answers.append(self._exchange(frame, ask["id"], questions.limit))
            except (ServerGone, _AskAgain) as error:
                if not answers:
                    raise
                if isinstance(error, ServerGone):
                    self._forget()
                break
            frame = None
            if ask["op"] == "call":
                self._count(ask["name"], answers[-1], before)
            if self.worker is not None and self.given_up(ask["name"]):
                self._end()
            if self.worker is None:
                break
        return answers

    def train(self, **question: Any) -> Answer:
        """Train with the submission's four functions; see worker.runner.  marks and losses are in Answer.rest.

        It is skipped, as "long", if even the fastest calls so far would make it take twice the time that it may.
        """
        step = sum(seconds for name, seconds in self._fastest.items() if name not in question.get("without", ()))
        if question["steps"] * step > 2 * self.limits.train:
            return Answer("skipped", rest={"why": "long"})
        return self._ask({"op": "train", "limit": self.limits.train} | question)

    def follow(self, **question: Any) -> Answer:
        """Take some steps of training with what one function returns told; see worker.runner."""
        return self._ask({"op": "follow", "limit": self.limits.call} | question)

    def repair(self, what: str, **question: Any) -> Answer:
        """Search for a repair next to the submission ("search"), or go on with an edited submission ("edit").

        Of an edit, what is answered was said before any of the submission's code ran.
        """
        question = {"op": what, "limit": self.limits.train} | question
        if what == "search":
            return self._ask(question)
        self.close()
        if self.loaded is None or self.loaded.status != "returned" or self._slow:
            return Answer("skipped", rest={"why": "load"})
        return self._restarting(lambda: self._start(question))

    def touch(self, size: int) -> Answer:
        """Let a program of the grader's own use so many bytes of memory."""
        return self._ask({"op": "touch", "bytes": size, "limit": self.limits.train})

    # --- workers -----------------------------------------------------------------------------------------------------

    def _ask(self, question: dict[str, Any]) -> Answer:
        def once() -> Answer:
            started = self._ready()
            return self._question(question) if started.status == "returned" else started

        return self._restarting(once)

    def _restarting(self, ask: Callable[[], T]) -> T:
        """Ask, and again where the server was lost on the way, or the machine may have ended the worker."""
        lost = 0
        while lost < RESTARTS:
            try:
                return ask()
            except _AskAgain:
                continue
            except ServerGone:
                self._forget()
                lost += 1
        raise GraderFault(f"the process that starts workers ends again and again. {MEMORY}")

    def _forget(self) -> None:
        """Give up a worker whose server is gone; it died with it."""
        if self.worker is not None:
            self.worker.sock.close()
            self.worker = None
        close()

    def _ready(self) -> Answer:
        """Make sure that there is a worker; "returned" if there is."""
        if self.loaded is None:
            self.load()
        why = self.budget.exceeded
        if why and self.worker is not None:
            self._end()
        if self.worker is not None:
            return Answer("returned")
        if self.loaded is not None and self.loaded.status != "returned":
            return Answer("skipped", rest={"why": self.loaded.rest.get("why", "load")})
        return self._start()

    def _start(self, edit: dict[str, Any] | None = None) -> Answer:
        """Start a worker and load the submission in it; with `edit`, an edited one."""
        if why := self.budget.exceeded:
            return Answer("skipped", rest={"why": why})
        self.worker = Worker(*server().fork(self.budget.cpu))
        self.layers = self.worker.layers
        files = {"op": "files", "files": self.files, "main": self.main, "limit": self.limits.load}
        written = self._question(files)
        if written.status != "returned":
            # None of the submission's code has run, so what it says is true.
            if written.status == "skipped":  # the last of the budget went
                return written
            if written.status == "died":
                raise GraderFault(f"a worker ends before it has begun. {MEMORY}")
            if self.worker is not None:
                self._end()
            reason = written.error.get("message") or written.status
            raise GraderFault(f"a submission's files can't be written: {reason}. Nothing was graded. {ROOM}")
        edited = self._question(edit) if edit else None
        if edited is not None and edited.status != "returned":
            return edited
        loaded = self._question({"op": "load", "skip": self._slow, "limit": self.limits.load})
        if edited is not None:
            return edited if loaded.status == "returned" else loaded
        self._slow += [line for line in loaded.rest.get("slow", []) if line not in self._slow]
        return loaded

    def _end(self, patience: float = 0.0) -> Ended:
        """End the worker; the processor time that was not waited for counts too."""
        worker, self.worker = self.worker, None
        assert worker is not None
        worker.sock.close()
        ended = server().end(worker.pid, patience)
        self.budget.seconds += max(ended.cpu - worker.charged, 0.0)
        return ended

    # --- one question and its answer ---------------------------------------------------------------------------------

    def _question(self, question: dict[str, Any]) -> Answer:
        self._next += 1
        try:
            frame = frames.pack(question | {"id": self._next})
        except frames.ChannelError as error:
            # What a submission returned may be asked about again, and be too large for that.
            return self._lost(Answer("died", error={"message": str(error)}))
        return self._exchange(frame, self._next, question["limit"])

    def _exchange(self, frame: bytes | None, number: int, limit: float) -> Answer:
        """Send a frame, if there is one, and wait for the answer with this number."""
        worker = self.worker
        assert worker is not None
        allowed = limit * self.limits.wall + GRACE
        lost, idle, used = Answer(""), False, worker.cpu
        deadline = frames.Deadline(
            min(allowed, self.budget.left), worker.delay, lambda: worker.cpu - used > limit + GRACE
        )
        try:
            if frame:
                frames.send_frame(worker.sock, frame, deadline)
            reply = frames.receive(worker.sock, deadline, self.budget.receive)
            if not isinstance(reply, dict) or type(reply.get("id")) is not int or reply["id"] != number:
                raise frames.ChannelError("not an answer to the question")
        except frames.TimedOut:
            idle = worker.cpu - used < limit  # it slept, or the machine was busy: it did not compute for too long
            cut = deadline.elapsed >= self.budget.left
            lost = Answer("skipped", rest={"why": "time"}) if cut else Answer("stuck")
        except OverBudget:
            lost = Answer("skipped", rest={"why": "memory"})
        except frames.ChannelError as error:
            lost = Answer("died", error={"message": str(error)})
        deadline.look()
        worker.charged += deadline.elapsed
        try:
            answer = lost if lost.status else read(reply, number, self._names)
            if lost.status or answer.status in LOST:
                answer = self._lost(answer, idle)
                self.budget.deaths += 1
            elif "MemoryError" in answer.error.get("kinds", ()) and self._chances:
                self._end()
                self._give_another_chance()
            return answer
        finally:
            self.budget.charge(deadline, idle)

    def _lost(self, answer: Answer, idle: bool = False) -> Answer:
        """End the worker after an answer that it can't go on from, and find out whose fault that is."""
        assert self.worker is not None
        ended = self._end(LAST_WORDS if answer.status == "died" else 0.0)
        if answer.status != "died":
            if idle and answer.status == "stuck" and self.control is not None:
                self.control.run()  # asleep, or on a machine that is too busy
            return answer
        number = os.WTERMSIG(ended.status) if os.WIFSIGNALED(ended.status) else 0
        if number == signal.SIGXCPU:
            return Answer("stuck", rest=answer.rest)
        if number == signal.SIGKILL and not ended.overfull:
            self._give_another_chance()
        elif number not in (0, signal.SIGSYS) and not ended.overfull and self.control is not None:
            self.control.run()
        how: dict[str, int] = {"signal": number} if number else {"exit": os.WEXITSTATUS(ended.status)}
        if ended.overfull:
            how["overfull"] = True
        return Answer("died", error=dict(answer.error) | how, rest=answer.rest)

    def _give_another_chance(self) -> None:
        """Let what was asked be asked again, a few times: the machine may have had too little memory for a moment."""
        if self.control is not None:
            self.control.run(touch=True)
        if self._chances:
            self._chances -= 1
            raise _AskAgain


ROOM = "What to do: make room on the disk for temporary files."
