"""Processes that grade, each with a warm server of its own.

A process is started by exec in the grader's own environment, takes one task after the other, and ends when its
caller does.  One that dies costs a retry of the task it was at, and nothing else.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any

from autograder import files, rubric
from autograder import result as results
from autograder.environment import ENVIRONMENT, KEPT
from autograder.result import Result
from autograder.sandbox import client as sandbox
from autograder.sandbox.client import ROOT, GraderFault
from autograder.submission import Submission

DEATHS = 2  # of a process over the same submission
MISSES = 3  # processes in a row that may fail to start
DEADLINE = 600.0  # seconds; every limit of the grader's own is far below
AHEAD = 2  # tasks that a process is given, so that it never waits for the next
GROWTH = 256 << 20  # bytes that a process may grow by before another takes its place


@dataclass
class Task:
    """One submission to grade, and what is known about it."""

    id: str
    work: Submission
    about: dict[str, Any]
    reports: bool = True
    late: rubric.Late | None = None
    deaths: int = 0


@dataclass
class Done:
    """What came of a task.  The texts are None where the process has put them in their places itself."""

    task: Task
    text: str | None
    page: str | None
    faulty: bool


@dataclass
class _Reply:
    faulty: bool
    text: str | None
    page: str | None
    memory: int
    error: str = ""  # the files could not be written


def identity() -> tuple[str, dict[str, str]]:
    """The grader's fingerprint and versions: equal ones give equal grades."""
    from autograder.grade import fingerprint, versions

    return fingerprint(), versions()


# --- inside a process ------------------------------------------------------------------------------------------------


def work(task: Task) -> tuple[str, str | None, bool]:
    """Grade: results.json, the page where it is wanted, and whether a grade was not reached."""
    from autograder.grade import grade
    from autograder.policies import terms
    from autograder.rendering import figures, html

    result = grade(task.work, pictures=task.reports)
    if task.late is not None:
        contract = dataclasses.replace(rubric.load(), attempts=None)  # of other submissions nothing is known here
        terms.apply(result, contract, terms.exported(task.about.get("created_at") or None, task.late))
    result.about = task.about | _sketch(task.work)
    page = html.student_page(result, figures.draw(result)[0]) if task.reports else None
    return results.text_of(results.gradescope(result)), page, result.faulty


def _sketch(work: Submission) -> dict[str, Any]:
    """What shows whether two submissions are alike; a failure in it costs nothing else."""
    try:
        from autograder.course import similar

        return {"sketch": similar.sketch(work.files)} if not work.refused else {}
    except Exception:
        return {}


def serve(descriptor: int, out: str | None) -> None:
    """Be such a process: grade what comes, put the files below `out` or send them back, until the caller is gone."""
    _die_with_parent()
    pipe = Connection(descriptor)
    import autograder.grade
    import autograder.hidden_tests
    import autograder.rendering.html  # noqa: F401

    gc.collect()
    gc.freeze()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        pipe.send(identity())
        while True:
            task: Task = pipe.recv()
            text, page, faulty = work(task)
            reply = _Reply(faulty, text, page, _memory())
            if out is not None:
                try:
                    put(Path(out), task.id, text, page)
                except OSError as error:
                    reply.error = f"{error.filename or out}: {error.strerror}"
                reply.text = reply.page = None
            pipe.send(reply)
    sandbox.close()
    os._exit(0)


def put(out: Path, id: str, text: str, page: str | None) -> None:
    """The page first: a submission is done when its results are there."""
    if page is not None:
        files.put(out / "reports" / f"{id}.html", page)
    files.put(out / "results" / f"{id}.json", text)


def _die_with_parent() -> None:
    """Where the kernel can: end with the process that started this one, also when that is killed."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _memory() -> int:
    """Bytes of memory that this process holds now."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


# --- outside ---------------------------------------------------------------------------------------------------------


class Dead(Exception):
    """The process is gone; the text says what it left."""


@dataclass
class Grader:
    """A process that grades, seen from outside."""

    out: Path | None = None
    tasks: deque[Task] = field(default_factory=deque)
    since: float = 0.0  # when it began with the first of its tasks
    first: int = 0  # bytes that it held after its first task
    grown: bool = False

    def __post_init__(self) -> None:
        mine, theirs = _socketpair()
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        out = None if self.out is None else str(self.out.resolve())
        code = (
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
            f"from autograder.course.pool import serve; serve({theirs}, {out!r})"
        )
        kept = {k: v for k, v in os.environ.items() if k in KEPT}
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-s", "-c", code],
                env=ENVIRONMENT | kept,
                pass_fds=[theirs],
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=self.log,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the caller
            )
        finally:
            os.close(theirs)
        self.pipe = Connection(mine)
        self.identity: tuple[str, dict[str, str]] | None = None

    def give(self, task: Task) -> None:
        """Send a task.  Raises Dead."""
        if not self.tasks:
            self.since = time.monotonic()
        self.tasks.append(task)
        try:
            self.pipe.send(task)
        except OSError:
            raise Dead(self.last_words()) from None

    def take(self) -> Done | None:
        """What is done; None for its greeting.  Raises Dead."""
        try:
            reply = self.pipe.recv()
        except (EOFError, OSError):
            raise Dead(self.last_words()) from None
        if not isinstance(reply, _Reply):
            self.identity = reply
            self.since = time.monotonic()
            return None
        task = self.tasks.popleft()
        self.since = time.monotonic()
        self.first = self.first or reply.memory
        self.grown = reply.memory > self.first + GROWTH
        if reply.error:
            raise OSError(0, reply.error.rpartition(": ")[2], reply.error.rpartition(": ")[0])
        return Done(task, reply.text, reply.page, reply.faulty)

    @property
    def late(self) -> bool:
        return bool(self.tasks) and time.monotonic() - self.since > DEADLINE

    def last_words(self) -> str:
        """How it ended, once it has."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        with contextlib.suppress(OSError, ValueError):
            self.log.seek(max(self.log.seek(0, os.SEEK_END) - 2000, 0))
            lines = self.log.read().decode("utf-8", "replace").strip().split("\n")
            if lines[-1]:
                return results.clean(lines[-1], 300)
        status = self.process.returncode
        if status is not None and status < 0:
            return f"it was ended by signal {-status}"
        return f"it ended with status {status}"

    def finish(self) -> None:
        """Let it end, with what it started."""
        self.pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.end()

    def end(self) -> None:
        """End it now.  Its server and its worker see it go."""
        self.process.kill()
        self.process.wait()
        self.pipe.close()
        self.log.close()


def _socketpair() -> tuple[int, int]:
    import socket

    mine, theirs = socket.socketpair()
    return mine.detach(), theirs.detach()


def dead_result(task: Task, why: str) -> str:
    """results.json of a submission over which the process that graded it died again and again."""
    try:
        title = rubric.load().title
    except rubric.RubricError:
        title = ""
    said = f"The process that graded this died {task.deaths} times ({why})"
    return fault_result(title, task.about, f"{said}. Grade it alone to see more: python -m autograder grade FILE")


def fault_result(title: str, about: dict[str, Any], why: str) -> str:
    """results.json of a submission without a grade, for a reason that is not the student's."""
    result = Result(title, fault=why, staff=[why], about=about)
    result.fingerprint, result.versions = identity()
    return results.text_of(results.gradescope(result))


class Local:
    """A pool of such processes on this machine."""

    def __init__(self, jobs: int, out: Path) -> None:
        self.jobs, self.out = jobs, out
        self.graders: list[Grader] = []
        self.misses = 0  # processes in a row that did not start

    def map(self, tasks: Iterator[Task]) -> Iterator[Done]:
        """Grade them all, in any order, holding a few at a time."""
        again: deque[Task] = deque()
        more = True
        while True:
            while (more or again) and self._room():
                task = again.popleft() if again else next(tasks, None)
                if task is None:
                    more = False
                    break
                grader = self._free()
                try:
                    grader.give(task)
                except Dead as dead:
                    yield from self._bury(grader, again, str(dead))
            busy = [grader for grader in self.graders if grader.tasks]
            if not busy:
                if more or again:
                    continue
                while self.graders:
                    self.graders.pop().finish()
                return
            ready = wait([grader.pipe for grader in busy], timeout=5.0)
            for grader in busy:
                try:
                    if grader.pipe in ready:
                        done = grader.take()
                        self.misses = 0
                        if done is not None:
                            yield done
                    elif grader.late:
                        grader.process.kill()
                except Dead as dead:
                    yield from self._bury(grader, again, str(dead))

    def _room(self) -> bool:
        """Whether one of them can take a task.  Those that have grown end when they have none."""
        for grader in [g for g in self.graders if g.grown and not g.tasks]:
            self.graders.remove(grader)
            grader.finish()
        return len(self.graders) < self.jobs or any(not g.grown and len(g.tasks) < AHEAD for g in self.graders)

    def _free(self) -> Grader:
        """The one with the least to do; a new one before any has to wait."""
        least = min((g for g in self.graders if not g.grown), key=lambda g: len(g.tasks), default=None)
        if least is None or (least.tasks and len(self.graders) < self.jobs):
            least = Grader(self.out)
            self.graders.append(least)
        return least

    def _bury(self, grader: Grader, again: deque[Task], why: str) -> Iterator[Done]:
        """Another takes its place.  What it was at counts as tried; what waited behind does not."""
        self.graders.remove(grader)
        started = grader.identity is not None
        grader.end()
        self.misses += not started
        if self.misses > MISSES:
            raise GraderFault(f"the processes that grade can't start: {why}")
        if grader.tasks:
            first = grader.tasks.popleft()
            first.deaths += started
            if first.deaths >= DEATHS:
                text = dead_result(first, why)
                put(self.out, first.id, text, None)
                yield Done(first, None, None, True)
            else:
                again.append(first)
        again.extend(grader.tasks)
        grader.tasks.clear()

    def close(self) -> None:
        """End all of them now."""
        for grader in self.graders:
            grader.end()
        self.graders.clear()
