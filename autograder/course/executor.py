"""Processes that grade: Pebble's pool on this machine, or the workers of a Dask cluster, behind one loop over futures.

A process that dies or hangs costs a retry of the submission it was at, and nothing else.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import hashlib
import importlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

from autograder import policies, rubric
from autograder import result as results
from autograder.course import decisions, export, similarity
from autograder.environment import ENVIRONMENT, KEPT
from autograder.errors import UserError
from autograder.policies import late_days
from autograder.result import Result
from autograder.sandbox.client import GraderFault
from autograder.submission import NAME, Submission, shown

MAX_CRASHES = 2  # of a process over the same submission
DEADLINE = 600.0  # seconds for one submission; every limit of the grader's own is far below
RECYCLE = 500  # submissions until a process is replaced, so that none grows without end
AHEAD = 2  # submissions under way for each process, so that none waits
WAIT = 10.0  # seconds for a scheduler, and for its first worker

Identity = tuple[str, dict[str, str], str]  # fingerprint, versions, secret's mark: equal ones give equal grades


@dataclass
class Task:
    """One submission to grade, and what is known about it."""

    id: str
    work: Submission
    about: dict[str, Any]
    html: bool = True
    late: rubric.Late | None = None
    decided: tuple[decisions.Decision, ...] = ()
    crashes: int = 0


@dataclass
class Done:
    """What came of a task: results.json, and the pages for the student and for staff, where they are wanted.

    fault : why there is no grade, if there is none
    """

    results_json: str
    score: float = 0.0
    fault: str = ""
    report: str | None = None
    staff: str | None = None


def run(executor: Executor, tasks: Iterator[Task], expected: Identity) -> Iterator[tuple[Task, Done]]:
    """Grade all tasks, in any order; each is taken when there is room for it.

    Raises GraderFault if no process can be started, and UserError if the cluster is gone or has another grader.
    """
    running: dict[Future[Any], Task] = {}
    first = next(tasks, None)
    if first is None:
        return
    executor.check(expected)
    left: Iterator[Task] = chain([first], tasks)
    while True:
        while len(running) < executor.capacity and (task := next(left, None)):
            running[executor.submit(grade_task, task)] = task
        if not running:
            return
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            task = running.pop(future)
            try:
                yield task, future.result()
            except (UserError, GraderFault):
                raise  # of a worker that joined later, and has another grader
            except CancelledError:
                raise UserError("The scheduler is gone. To go on, give the same command again.") from None
            except Exception as error:
                task.crashes += 1
                if task.crashes < MAX_CRASHES:
                    left = chain(left, [task])
                    continue
                said = f"The process that graded this died {task.crashes} times ({_why(error)})"
                command = ".venv/bin/autograder grade FILE"
                yield task, fault(task.about, f"{said}. Grade it alone to see more: {command}")


def _why(error: Exception) -> str:
    """How a process ended."""
    code = getattr(error, "exitcode", None)
    if isinstance(code, int):
        return f"it was ended by signal {-code}" if code < 0 else f"it ended with status {code}"
    if isinstance(error, TimeoutError):
        return f"it took more than {DEADLINE:g} s"
    return results.clean(f"{type(error).__name__}: {error}".split("\n")[0], 300)


def fault(about: dict[str, Any], why: str) -> Done:
    """The result of a submission without a grade, for a reason that is not the student's."""
    result = Result("", fault=why, staff=[why], about=about)
    with contextlib.suppress(rubric.RubricError):
        result.title = rubric.load().title
    result.fingerprint, result.versions, _ = identity()
    return Done(results.text_of(results.gradescope(result)), fault=why)


# --- inside a process -------------------------------------------------------------------------------------------------


def identity() -> Identity:
    """What grades here.  The mark tells secrets apart, and nothing about them."""
    from autograder.asking.secret import load_secret
    from autograder.grade import fingerprint, versions

    return fingerprint(), versions(), hashlib.blake2b(b"mark", key=load_secret(), digest_size=8).hexdigest()


def grade_task(task: Task) -> Done:
    """Grade a submission by the policies of the course and what was decided by hand."""
    from autograder.grade import grade

    result = grade(task.work, pictures=task.html)
    decisions.correct_criteria(result, task.decided)
    if task.late is not None:
        contract = dataclasses.replace(rubric.load(), attempts=None)  # other submissions are not known here
        policies.apply(result, contract, late_days.exported(task.about.get("created_at") or None, task.late))
    decisions.correct_total(result, task.decided)
    result.about = task.about | {"feedback": export.feedback(result), "secret": identity()[2]}
    with contextlib.suppress(Exception):  # a failure in it costs nothing else
        result.about["sketch"] = [] if task.work.refused else similarity.sketch(task.work.files)
    why = (result.fault or "a criterion can't be judged") if result.faulty else ""
    done = Done(results.text_of(results.gradescope(result)), result.total, why)
    if task.html:
        from autograder.rendering import figures, html

        pictures, problem = figures.draw(result)
        code = task.work.files.get(NAME, b"").decode("utf-8", "replace")
        done.report = html.student_page(result, pictures)
        done.staff = html.staff_page(result, pictures, problem, code)
    return done


def prepare() -> None:
    """Start a process with the grader's environment alone, and end it with the process that started it."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    os.environ.clear()
    os.environ.update(ENVIRONMENT | kept)
    os.setsid()  # Ctrl-C is for the caller
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)


# --- on this machine --------------------------------------------------------------------------------------------------


class Local:
    """A pool of processes on this machine.  Raises UserError without Pebble, GraderFault if none can start."""

    def __init__(self, jobs: int | None = None) -> None:
        try:
            from pebble import ProcessPool
        except ImportError:
            raise UserError("Grading a class needs Pebble: pip install pebble") from None
        context = multiprocessing.get_context("spawn")
        cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
        jobs = jobs or len(cores)
        self.pool: Any = ProcessPool(jobs, max_tasks=RECYCLE, initializer=prepare, context=context)
        self.capacity = AHEAD * jobs

    def check(self, expected: Identity) -> None:
        """See whether processes start at all.  Raises GraderFault."""
        try:
            self.submit(_load).result()
        except Exception as error:
            raise GraderFault(f"The processes that grade can't start: {_why(error)}.") from None

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = self.pool.schedule(function, args=arguments, timeout=DEADLINE)
        return future

    def close(self) -> None:
        """End all processes now."""
        self.pool.stop()
        self.pool.join()


def _load() -> Identity:
    """Import all that grading needs, so that an error there is told before anything is graded."""
    import autograder.hidden_tests
    import autograder.rendering.html  # noqa: F401

    return identity()


# --- on a cluster -----------------------------------------------------------------------------------------------------


class Cluster:
    """The workers of a Dask scheduler, each with a pool of its own.  Raises UserError if none answers."""

    def __init__(self, address: str) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError:
            raise UserError("Grading on a cluster needs Dask: pip install distributed") from None
        import asyncio
        import logging
        import warnings

        self.address = shown(address)
        for name in ("asyncio", *(n for n in logging.root.manager.loggerDict if n.startswith("distributed"))):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # one clear line says it
        self.timeouts = (asyncio.TimeoutError, OSError)  # which are not one before Python 3.11
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # versions that differ are refused in `check`
                self.client: Any = distributed.Client(address, timeout=WAIT, set_as_default=False)
        # The last one: the thread that Dask starts gets no processor for 10 seconds.
        except (*self.timeouts, ValueError, TypeError, ImportError, AssertionError) as error:
            said = shown(str(error).split("\n")[0] or "this machine is too busy")
            raise UserError(f"No Dask scheduler answers at {self.address}: {said}. Is it running?") from None
        self.executor: Any = self.client.get_executor(pure=False)

    @property
    def capacity(self) -> int:
        """Read again each time, so that workers that join later get tasks, too."""
        try:
            return (AHEAD + 1) * max(int(sum(self.client.nthreads().values())), 1)
        except self.timeouts:
            raise UserError(
                f"The scheduler at {self.address} is gone. To go on, give the same command again."
            ) from None

    def check(self, expected: Identity) -> None:
        """See whether every worker grades as this machine does.  Raises UserError."""
        self.expected = expected
        try:
            self.client.wait_for_workers(1, timeout=WAIT)
        except self.timeouts:
            raise UserError(
                f"The scheduler at {self.address} has no workers. Start some: dask worker ADDRESS"
            ) from None
        answers = self.client.run(on_worker, _load, (), expected, on_error="return")
        for worker, answer in sorted(answers.items()):
            if isinstance(answer, UserError):
                raise UserError(str(answer).replace("This worker", f"The worker at {worker}", 1))
            if isinstance(answer, BaseException):
                text = shown(str(answer).split("\n")[0])
                raise UserError(
                    f"The worker at {worker} can't grade ({text}). Start the scheduler and the workers in this "
                    "project's folder, with PYTHONPATH=. and the packages of requirements.txt."
                )

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = self.executor.submit(on_worker, function, arguments, self.expected)
        return future

    def close(self) -> None:
        """Take back what is under way, and leave the cluster as it was."""
        with contextlib.suppress(Exception):
            self.executor.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(Exception):
            self.client.close(timeout=5)


Executor: TypeAlias = Local | Cluster
_pools: dict[int, Local] = {}  # by thread of a worker


def on_worker(function: Callable[..., Any], arguments: tuple[Any, ...], expected: Identity) -> Any:
    """Run a task in a process beside the worker.  Raises UserError if the grader here is another one."""
    mine = identity()
    if mine != expected:
        raise UserError(
            f"This worker has another grader, {mine}; here it is {expected}. Grades would not be comparable: use the "
            "same files, Python and NumPy everywhere."
        )
    # A worker with a nanny is a daemon, which multiprocessing allows no children; `prepare` ends them with it.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    pool = _pools.setdefault(threading.get_ident(), Local(1))
    return pool.submit(function, *arguments).result()
