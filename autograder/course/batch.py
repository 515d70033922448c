"""Grade a class: find, read once, hand out, keep; stop and go on at any moment."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from autograder import files, rubric
from autograder import result as results
from autograder.course import course, export, intake, pool
from autograder.course.pool import Done, Task
from autograder.submission import Submission, Unreadable, shown

RESULTS, REPORTS = course.FOLDER, "reports"
AGAIN = ".again"  # there from the begin to the end of grading anew


class Graders(Protocol):
    """What grades: processes here, or a cluster."""

    def map(self, tasks: Iterator[Task]) -> Iterator[Done]: ...
    def close(self) -> None: ...


def run(
    path: Path,
    out: Path,
    jobs: int | None = None,
    scheduler: str | None = None,
    reports: bool = True,
    quiet: bool = False,
    again: bool = False,
) -> int:
    """Grade the class at `path` into the folder `out`: 0 when everything there has a grade.

    Raises Unreadable, GraderFault, rubric.RubricError or OSError where it can't be begun or go on; what was graded is
    kept, and the same call goes on from there.
    """
    contract = rubric.load()
    found = intake.find(path)
    _prepare(path, out)
    with _alone(out):
        if not again:
            _same_grader(out)
        batch = _Batch(found, out, contract, reports, _since(out) if again else 0, quiet)
        graders: Graders
        if scheduler is None:
            graders = pool.Local(jobs or cores(), out)
        else:
            from autograder.course import cluster

            graders = cluster.Cluster(scheduler)
        try:
            batch.run(graders)
        except (KeyboardInterrupt, SystemExit) as stop:
            graders.close()
            batch.progress.close()
            print(f"autograder: stopped after {batch.sofar()}. To go on, give the same command again.", file=sys.stderr)
            return 130 if isinstance(stop, KeyboardInterrupt) else int(stop.code or 0)
        finally:
            graders.close()
            batch.progress.close()
        (out / AGAIN).unlink(missing_ok=True)
        return _close(out, contract, batch, quiet)


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# --- the folder that is written --------------------------------------------------------------------------------------


def _prepare(path: Path, out: Path) -> None:
    """Make the folder, closed to other users.  Raises Unreadable for one that belongs to something else."""
    here, there = out.resolve(), path.resolve()
    if here == there or there in here.parents or here in there.parents:
        raise Unreadable(f"{shown(str(out))} and {shown(str(path))} lie in one another. Choose another --out.")
    if out.exists() and not out.is_dir():
        raise Unreadable(f"{shown(str(out))} is a file. Choose another --out.")
    if out.is_dir() and not (out / RESULTS).is_dir() and any(out.iterdir()):
        raise Unreadable(f"{shown(str(out))} has other things in it. Choose an empty folder, or a new one.")
    for folder in (out, out / RESULTS, out / REPORTS):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(out, 0o700)


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Only one at a time writes here.  What one that was killed left half written is taken away."""
    descriptor = os.open(out / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Unreadable(f"Another batch is writing into {shown(str(out))}. Wait for it, or stop it.") from None
        for folder in (out, out / RESULTS, out / REPORTS):
            with os.scandir(folder) as rows:
                for row in rows:
                    if re.fullmatch(r"\..+\.(json|html|csv)\.\d+", row.name):
                        os.unlink(row.path)
        yield
    finally:
        os.close(descriptor)


def _same_grader(out: Path) -> None:
    """Raises Unreadable where another grader's results are here."""
    mine = pool.identity()
    for path in (out / RESULTS).iterdir():
        page = _page(path)
        extra = page.get("extra_data", {})
        if extra.get("fingerprint") and (extra["fingerprint"], extra.get("versions")) != mine:
            theirs = ", ".join(f"{k} {v}" for k, v in extra.get("versions", {}).items())
            raise Unreadable(
                f"{shown(str(out))} has results of another grader ({extra['fingerprint']}, {theirs}; this one is "
                f"{mine[0]}, {', '.join(f'{k} {v}' for k, v in mine[1].items())}). Grade into another folder, so that "
                "the two can be compared, or give --again to grade everything here anew."
            )


def _since(out: Path) -> int:
    """When grading anew began: what is older is graded, what came since is not, however often it was stopped."""
    mark = out / AGAIN
    if not mark.exists():
        mark.touch(mode=0o600)
    return mark.stat().st_mtime_ns


def _page(path: Path) -> dict[str, Any]:
    """What stands in a results.json; {} where that is nothing whole."""
    try:
        page = json.loads(path.read_text("utf-8"))
        course.parse(page, path.stem)
        return page if isinstance(page, dict) else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def digest(work: Submission) -> str:
    """One number for everything that was handed in."""
    whole = hashlib.sha256()
    for part in (*work.notes, work.refused):
        whole.update(f"{len(part.encode('utf-8', 'surrogatepass'))}:".encode() + part.encode("utf-8", "surrogatepass"))
    for name, content in sorted(work.files.items()):
        said = name.encode("utf-8", "surrogatepass")
        whole.update(f"{len(said)},{len(content)}:".encode() + said + content)
    return whole.hexdigest()


# --- the run ---------------------------------------------------------------------------------------------------------


class _Batch:
    """One run over a class."""

    def __init__(
        self, found: intake.Found, out: Path, contract: rubric.Rubric, reports: bool, since: int, quiet: bool
    ) -> None:
        self.found, self.out, self.late, self.reports, self.since = found, out, contract.late, reports, since
        self.identity = pool.identity()
        self.graded = self.kept = 0
        self.progress = _Progress(found.total, quiet)

    def run(self, graders: Graders) -> None:
        for done in graders.map(self.tasks()):
            if done.text is not None:
                pool.put(self.out, done.task.id, done.text, done.page)
            self.graded += 1
            self.progress.step()

    def sofar(self) -> str:
        return f"{self.graded + self.kept} of {self.found.total}"

    def tasks(self) -> Iterator[Task]:
        """What is to do, read when it is asked for."""
        for entry in self.found:
            about: dict[str, Any] = {
                "id": entry.id, "students": list(entry.students), "created_at": entry.created_at, "file": entry.file,
            }  # fmt: skip
            if entry.notes:
                about["notes"] = list(entry.notes)
            try:
                work = entry.read()
            except Unreadable as error:
                pool.put(self.out, entry.id, pool.fault_result("", about, str(error)), None)
                self.graded += 1
                self.progress.step()
                continue
            about["digest"] = digest(work)
            if self._is_done(about):
                self.kept += 1
                self.progress.skip()
                continue
            yield Task(entry.id, work, about, self.reports, self.late)

    def _is_done(self, about: dict[str, Any]) -> bool:
        """Whether it was graded before; who it is of, and when it came, is set right where that has changed."""
        path = self.out / RESULTS / f"{about['id']}.json"
        page = _page(path)
        extra = page.get("extra_data", {})
        before = extra.get("submission", {})
        if before.get("digest") != about["digest"] or "grader_fault" in extra:
            return False
        if (extra.get("fingerprint"), extra.get("versions")) != self.identity or path.stat().st_mtime_ns < self.since:
            return False
        if self.late is not None and before.get("created_at") != about["created_at"]:
            return False
        if self.reports and not (self.out / REPORTS / f"{about['id']}.html").is_file():
            return False
        now = about | ({"sketch": before["sketch"]} if "sketch" in before else {})
        if before != now:
            extra["submission"] = now
            files.put(path, results.text_of(page))
        return True


class _Progress:
    """How far it is and how long it will take, on standard error: a bar on a terminal, else a line now and then."""

    EVERY = 60.0  # seconds between lines

    def __init__(self, total: int, quiet: bool) -> None:
        self.total, self.quiet = total, quiet
        self.count = self.skipped = 0
        self.begun = self.said = time.monotonic()
        self.bar: Any = None
        if not quiet and sys.stderr.isatty():
            try:
                from tqdm import tqdm
            except ImportError:
                return
            self.bar = tqdm(total=total, unit="", dynamic_ncols=True, desc="graded", smoothing=0.05)

    def step(self) -> None:
        self.count += 1
        if self.bar is not None:
            self.bar.update()
        elif not self.quiet and time.monotonic() - self.said > self.EVERY:
            self.said = time.monotonic()
            left = self.total - self.skipped - self.count
            seconds = (self.said - self.begun) / self.count * max(left, 0)
            print(f"{self.count + self.skipped} of {self.total}, {_time(seconds)} left", file=sys.stderr, flush=True)

    def skip(self) -> None:
        """One that was done before: it says nothing about how long the others take."""
        self.skipped += 1
        if self.bar is not None:
            self.bar.total -= 1

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"about {minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"about {max(minutes, 1)} min"


# --- the end ---------------------------------------------------------------------------------------------------------


def _close(out: Path, contract: rubric.Rubric, batch: _Batch, quiet: bool) -> int:
    summary = export.write(out, contract.title, round(sum(line.points for line in contract.criteria), 2))
    problem = _class_page(out)
    if not quiet:
        print(_words(out, batch, summary, problem))
    if problem:
        print(f"autograder: {problem}", file=sys.stderr)
    if summary.faulty:
        more = f" and {summary.faulty - len(summary.faults)} more" if summary.faulty > len(summary.faults) else ""
        print(
            f"autograder: {summary.faulty} without a grade, for a fault of the grader, in {shown(str(out / RESULTS))}: "
            f"{', '.join(summary.faults)}{more}. The same command tries them again.",
            file=sys.stderr,
        )
    return 1 if summary.faulty else 0


def _class_page(out: Path) -> str:
    """Write class.html; what went wrong.  The grades are in their places, and nothing here takes one away."""
    try:
        from autograder.course import reports

        reports.write_class(out, out / "class.html")
    except Exception as error:
        return f"the class report could not be made: {type(error).__name__}: {results.clean(str(error), 200)}"
    return ""


def _words(out: Path, batch: _Batch, summary: export.Summary, problem: str) -> str:
    place = shown(str(out))
    said = [f"{summary.count} submissions"]
    if batch.kept:
        said.append(f"{batch.kept} of them graded before")
    text = ", ".join(said) + "."
    if summary.graded:
        text += (
            f" Mean {summary.mean:.1f} of {summary.points:g}, lowest {summary.lowest:g} ({summary.lowest_id})."
            if summary.lowest is not None
            else ""
        )
    if summary.count > batch.found.total:
        others = summary.count - batch.found.total
        text += f" {others} of them were in {place} before, and are not in this class any more."
    left = batch.found.left_out
    if left:
        names = ", ".join(left[:3]) + (f" and {len(left) - 3} more" if len(left) > 3 else "")
        text += f" Left out, being no submissions: {names}."
    report = "" if problem else f" The class at a glance: {place}/class.html."
    pages = f" A page for each student: {place}/{REPORTS}/." if batch.reports else ""
    return f"{text}{report} Grades: {place}/grades.csv, for imports canvas.csv and moodle.csv.{pages}"
