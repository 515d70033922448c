"""The same grading on the workers of a Dask cluster, for a class that outgrows a machine.

A worker hands every task to a process of its own like those of one machine (pool.Grader), so that its results are the
same bytes but for the seconds.  A worker that is lost costs its tasks a retry.  One whose grader, Python or NumPy
differs is refused: equal work gets equal grades.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import itertools
import logging
import pickle
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

from autograder.course import pool
from autograder.course.pool import Dead, Done, Grader, Task
from autograder.submission import Unreadable, shown

WAIT = 10.0  # seconds for a scheduler, and for its first worker
LOOK = 10.0  # seconds between looks at how many workers there are
AHEAD = 3  # parcels under way for each thread of a worker: the rest is read when there is room
PARCEL = 16  # submissions in one, at most
_CALL = "__import__('autograder.course.cluster', fromlist=['cluster']).{}"
_mine = threading.local()


# --- on a worker -----------------------------------------------------------------------------------------------------


class OtherGrader(Exception):
    """This worker would grade by something else."""


def introduce() -> tuple[str, dict[str, str]]:
    """What grades here, as its process says; so it is known to start, too."""
    grader = Grader()
    try:
        if not grader.pipe.poll(60):
            raise Dead("it does not answer")
        grader.take()
        assert grader.identity is not None
        return grader.identity
    finally:
        grader.end()


def grade(payload: bytes) -> list[tuple[str, str | None, bool]]:
    """Grade some tasks: of each results.json, the page, and whether a grade was not reached."""
    tasks, expected = pickle.loads(payload)
    return [_grade(task, expected) for task in tasks]


def _grade(task: Task, expected: object) -> tuple[str, str | None, bool]:
    while True:
        grader: Grader | None = getattr(_mine, "grader", None)
        if grader is None or grader.grown:
            if grader is not None:
                grader.finish()
            grader = _mine.grader = Grader()
        try:
            return _ask(grader, task, expected)
        except Dead as dead:
            grader.end()
            _mine.grader = None
            task.deaths += 1
            if task.deaths >= pool.DEATHS:
                return pool.dead_result(task, str(dead)), None, True


def _ask(grader: Grader, task: Task, expected: object) -> tuple[str, str | None, bool]:
    """One task by one process.  Raises Dead, OtherGrader."""
    given = False
    while True:
        if grader.identity is not None and not given:
            if grader.identity != expected:
                raise OtherGrader(f"{grader.identity}")
            grader.tasks.clear()
            grader.give(task)
            given = True
        if not grader.pipe.poll(pool.DEADLINE):
            grader.process.kill()
        done = grader.take()
        if done is not None:
            assert done.text is not None
            return done.text, done.page, done.faulty


# --- here ------------------------------------------------------------------------------------------------------------


class Cluster:
    """The workers of a scheduler."""

    def __init__(self, scheduler: str) -> None:
        try:
            dask: Any = importlib.import_module("distributed")
        except ImportError:
            raise Unreadable("Grading on a cluster needs Dask: pip install distributed") from None
        self.address = shown(scheduler)
        self.identity = pool.identity()
        for name in ("asyncio", *(n for n in logging.root.manager.loggerDict if n.startswith("distributed"))):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # one clear line says it
        self.dask = dask
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what differs is looked at here, and refused
                self.client: Any = dask.Client(scheduler, timeout=WAIT, set_as_default=False)
        except (asyncio.TimeoutError, OSError, ValueError, TypeError, ImportError) as error:
            said = shown(str(error).split("\n")[0])
            raise Unreadable(f"No Dask scheduler answers at {self.address}: {said}. Is it running?") from None
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        """Raises Unreadable unless every worker grades as this machine does."""
        try:
            self.client.wait_for_workers(1, timeout=WAIT)
        except (asyncio.TimeoutError, OSError):  # which are not one before Python 3.11
            raise Unreadable(f"The scheduler at {self.address} has no workers: dask worker ADDRESS") from None
        said = self.client.run(eval, _CALL.format("introduce()"), on_error="return")
        for worker, answer in sorted(said.items()):
            if isinstance(answer, BaseException):
                text = shown(str(answer).split("\n")[0])
                raise Unreadable(
                    f"The worker at {worker} can't grade ({text}). Start it in this project's folder, with the "
                    "packages of requirements.txt."
                )
            if answer != self.identity:
                raise Unreadable(self._other(worker, answer))

    def _other(self, worker: str, theirs: object) -> str:
        return (
            f"The worker at {worker} has another grader, {theirs}; here it is {self.identity}. Grades would not be "
            "comparable: give all the same files, Python and NumPy."
        )

    def map(self, tasks: Iterator[Task]) -> Iterator[Done]:
        """Grade them all, in any order, holding a few for each worker.

        Dask's own work is for each parcel, so there are several in one, once it is clear that there are many.
        """
        finished = self.dask.as_completed(with_results=True, raise_errors=False, loop=self.client.loop)
        under_way: dict[Any, list[Task]] = {}
        again: list[Task] = []
        threads, sent, looked = 1, 0, -LOOK
        while True:
            if time.monotonic() - looked > LOOK:
                threads, looked = max(sum(self._call(self.client.nthreads).values()), 1), time.monotonic()
            while len(under_way) < AHEAD * threads:
                # One that failed goes alone, so that it takes no other with it.
                some = min(1 + sent // (10 * threads), PARCEL)
                parcel = [again.pop()] if again else list(itertools.islice(tasks, some))
                if not parcel:
                    break
                sent += len(parcel)
                self._submit(parcel, under_way, finished)
            if not under_way:
                return
            future, result = next(finished)
            parcel = under_way.pop(future.key)
            if future.status == "finished":
                for task, (text, page, faulty) in zip(parcel, result, strict=True):
                    yield Done(task, text, page, faulty)
            else:
                why = self._failure(future, result)
                for task in parcel:
                    task.deaths += 1
                    if task.deaths < pool.DEATHS:
                        again.append(task)
                    else:
                        yield Done(task, pool.dead_result(task, why), None, True)
            future.release()

    def _submit(self, parcel: list[Task], under_way: dict[Any, list[Task]], finished: Any) -> None:
        # By name and as bytes: neither Dask nor its scheduler needs to have the grader.
        payload = pickle.dumps((parcel, self.identity))
        future = self.client.submit(eval, _CALL.format("grade(payload)"), {"payload": payload}, pure=False)
        under_way[future.key] = parcel
        finished.add(future)

    def _failure(self, future: Any, result: Any) -> str:
        """Why a parcel failed.  Raises Unreadable where it is the cluster that fails."""
        if future.status == "cancelled":
            raise self._gone()
        error = result[1] if isinstance(result, tuple) else result
        if isinstance(error, OtherGrader):
            raise Unreadable(self._other("an address that joined later", error))
        return shown(f"{type(error).__name__}: {error}".split("\n")[0])

    def _call(self, function: Any) -> Any:
        try:
            return function()
        except (asyncio.TimeoutError, OSError):
            raise self._gone() from None

    def _gone(self) -> Unreadable:
        return Unreadable(f"The scheduler at {self.address} is gone. To go on, give the same command again.")

    def close(self) -> None:
        """Take back what is under way, and leave the cluster as it was."""
        with contextlib.suppress(Exception):
            self.client.close(timeout=5)
