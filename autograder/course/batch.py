"""Grade a class: find, read, grade, write; stop and resume at any moment."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from autograder import files, rubric
from autograder import result as results
from autograder.course import decisions, executor, export, importers, roster, similarity, store
from autograder.course.executor import Done, Task
from autograder.course.store import EARLIER, FOLDER, REPORTS, STAFF, Manifest, Row, Status
from autograder.errors import UserError
from autograder.submission import Submission, shown_path

AGAIN = ".again"  # there from the beginning to the end of grading anew
SAVED = 5.0  # seconds between saves of the manifest


@dataclasses.dataclass(frozen=True)
class Options:
    """What `batch` is asked for."""

    path: Path
    out: Path
    jobs: int | None = None  # submissions at a time; all processors without it
    scheduler: str | None = None  # address of a Dask scheduler to grade on
    reports: bool = True
    quiet: bool = False
    again: bool = False  # grade everything anew
    form: str | None = None  # of the class, if it isn't to be detected
    pattern: str | None = None
    roster: Path | None = None
    column: str | None = None  # of the roster, for the grade
    decisions: Path | None = None  # decisions.toml in `out` without it
    earlier: Sequence[Path] = ()  # classes of earlier terms, to find similar submissions in


def run(path: Path, out: Path, **options: Any) -> int:
    """Grade the class at `path` into the folder `out`; `options` are those of Options.  0 if everybody has a grade.

    Raises UserError, GraderFault, rubric.RubricError and OSError if it can't begin or go on; what was graded is kept,
    and the same call goes on from there.
    """
    asked = Options(path, out, **options)
    batch = Batch(asked)
    with _locked(out):
        batch.plan()
        grader = executor.Cluster(asked.scheduler) if asked.scheduler is not None else executor.Local(asked.jobs)
        try:
            batch.grade(grader)
        except (KeyboardInterrupt, SystemExit) as stop:
            done = f"{batch.graded + batch.kept} of {len(batch.found.entries)}"
            print(f"autograder: stopped after {done}. To go on, give the same command again.", file=sys.stderr)
            return 130 if isinstance(stop, KeyboardInterrupt) else int(stop.code or 0)
        finally:
            grader.close()
            batch.manifest.save(out)
        (out / AGAIN).unlink(missing_ok=True)
        return batch.finish()


# --- the folder that is written --------------------------------------------------------------------------------------


def _prepare(path: Path, out: Path) -> None:
    """Make the folder, closed to other users.  Raises UserError for one that belongs to something else."""
    here, there = out.resolve(), path.resolve()
    if here == there or there in here.parents or here in there.parents:
        raise UserError(
            f"The output folder {shown_path(out)} must not be inside the class folder {shown_path(path)}, nor the "
            "other way round. Choose another --out."
        )
    if out.exists() and not out.is_dir():
        raise UserError(f"{shown_path(out)} is a file. Choose another --out.")
    known = out.is_dir() and ((out / FOLDER).is_dir() or (out / store.MANIFEST).is_file())
    if out.is_dir() and not known and {name.name for name in out.iterdir()} - {decisions.FILE, ".lock"}:
        raise UserError(f"{shown_path(out)} has other things in it. Choose an empty folder, or a new one.")
    for folder in (out, out / FOLDER, out / REPORTS, out / STAFF):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(out, 0o700)


@contextlib.contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Let one batch at a time write here, and remove what a killed one left half written."""
    with open(out / ".lock", "ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(f"Another batch is writing into {shown_path(out)}. Wait for it, or stop it.") from None
        for folder in (out, out / FOLDER, out / REPORTS, out / STAFF):
            for path in folder.iterdir():
                if re.fullmatch(r"\..+\.(json|html|csv|py|zip)\.\d+", path.name):
                    path.unlink()
        yield


def sketches(path: Path) -> list[tuple[str, list[int]]]:
    """The sketches of an earlier term's class: a folder that `batch` wrote, or the submissions.  Raises UserError."""
    if (path / FOLDER).is_dir():
        return [(f"{path.name}/{one.id}", one.sketch) for _, one in store.read(path) if one]
    entries = importers.find(path).entries
    return [(f"{path.name}/{entry.id}", similarity.sketch(entry.read().files)) for entry in entries]


def digest(work: Submission) -> str:
    """One number for everything that was handed in."""
    everything = work.notes, work.refused, sorted(work.files.items())
    return hashlib.sha256(repr(everything).encode()).hexdigest()


# --- a run ------------------------------------------------------------------------------------------------------------


class Batch:
    """One run over a class.  Everything that may be wrong with what was given is found before grading begins."""

    def __init__(self, asked: Options) -> None:
        self.asked, self.out = asked, asked.out
        if asked.column and not asked.roster:
            raise UserError("--column is the heading of a column of the roster: give --roster, too.")
        if asked.form and asked.pattern:
            raise UserError("Give --form or --pattern, not both.")
        self.contract = rubric.load()
        self.found = importers.find(asked.path, asked.form, asked.pattern)
        self.roster = roster.load(asked.roster, self.contract.title, asked.column) if asked.roster else None
        self.before = [one for path in asked.earlier for one in sketches(path)]
        _prepare(asked.path, asked.out)
        fingerprint, versions, secret = executor.identity()
        self.manifest = Manifest(self.found.form, fingerprint, versions, secret=secret)
        for entry in self.found.entries:
            self.manifest.rows[entry.id] = Row(
                entry.id, [dict(who) for who in entry.students], entry.file,
                Status.NO_FILES if entry.missing else Status.PENDING, entry.attempt, entry.attempts, entry.created_at,
                notes=[*entry.notes, *filter(None, [entry.missing])], upload=entry.upload,
            )  # fmt: skip
        roster.refuse_two(self.manifest.rows.values())
        self.decided: dict[str, list[decisions.Decision]] = {}
        is_plain = self.found.form == importers.PLAIN.title
        absent = self.roster.join(self.manifest.rows.values(), is_plain) if self.roster else []
        for who in absent:
            id = export.absent_id(who)
            self.manifest.rows[id] = Row(id, [who], status=Status.NOT_SUBMITTED)
        self.edited: list[str] = []
        self.faults: Counter[str] = Counter()  # why submissions have no grade
        self.graded = self.kept = self.since = 0

    def plan(self) -> None:
        """Take up the run before, and put aside what is stale.  Raises UserError."""
        before = Manifest.load(self.out)
        if before and not self.asked.again:
            self._refuse_other_grader(before)
        problems = [*self._decide(), *self._missing_words(before)]
        if self.asked.again:
            if not (self.out / AGAIN).exists():
                (self.out / AGAIN).touch(mode=0o600)
            self.since = (self.out / AGAIN).stat().st_mtime_ns
        for problem in problems:
            print(f"autograder: {problem}", file=sys.stderr)
        self.edited = before.edited(self.out) if before else []
        store.set_aside(self.out, (store.ids_in(self.out) - self.manifest.rows.keys()) | set(self.edited))
        self.manifest.save(self.out)
        if not self.asked.quiet:
            print(self._found_words(), flush=True)

    def _decide(self) -> list[str]:
        """Read decisions.toml and give everybody what is theirs; what is to be said about it.  Raises UserError."""
        path, rows = self.asked.decisions or self.out / decisions.FILE, self.manifest.rows
        if self.asked.decisions is None and not path.is_file():
            return []
        every, is_complete = decisions.load(path, self.contract), self.roster is not None
        self.decided, said = decisions.assign(path, every, rows, self.contract.late, is_complete)
        return said

    def _missing_words(self, before: Manifest | None) -> list[str]:
        """Who is not in the roster, and who was in the run before and is not in this one."""
        said, rows = [], self.manifest.rows
        if self.roster and self.roster.unknown:
            said.append(f"Not in the roster: {_list(self.roster.unknown, 10)}.")
        known = {key for row in rows.values() for who in row.students for key in roster.keys_of(who)}
        gone = [
            id for id, row in (before.rows.items() if before else ())
            if id not in rows and not id.startswith(export.ABSENT)
            and any(known.isdisjoint(roster.keys_of(who)) for who in row.students or [{}])
        ]  # fmt: skip
        if gone:
            are = "is" if len(gone) == 1 else "are"
            said.append(
                f"{_count(len(gone), 'submission')} of the last run {are} not in this class any more: {_list(gone)}. "
                f"What was graded is kept in {shown_path(self.out / EARLIER)}."
            )
        return said

    def _refuse_other_grader(self, before: Manifest) -> None:
        if not any(row.result for row in before.rows.values()):
            return
        advice = (
            "Grade into another folder, so that the two can be compared, or give --again to grade everything here anew."
        )
        mine = self.manifest.fingerprint, self.manifest.versions
        if (before.fingerprint, before.versions) != mine:
            theirs, ours = (
                ", ".join(f"{name} {version}" for name, version in versions.items())
                for versions in (before.versions, self.manifest.versions)
            )
            raise UserError(
                f"{shown_path(self.out)} has results of another grader ({before.fingerprint}, {theirs}; this one is "
                f"{mine[0]}, {ours}). {advice}"
            )
        if before.secret not in ("", self.manifest.secret):
            raise UserError(
                f"{shown_path(self.out)} was graded on other hidden inputs: autograder/secret was another one. {advice}"
            )

    def grade(self, grader: executor.Executor) -> None:
        """Grade what is open.  Raises UserError, GraderFault and OSError."""
        saved = time.monotonic()
        with _progress(len(self.found.entries), self.asked.quiet) as step:
            identity = self.manifest.fingerprint, self.manifest.versions, self.manifest.secret
            for task, done in executor.run(grader, self._tasks(step), identity):
                self._put(task.id, done)
                step()
                if time.monotonic() - saved > SAVED:
                    self.manifest.save(self.out)
                    saved = time.monotonic()

    def _tasks(self, step: Callable[[], object]) -> Iterator[Task]:
        """What is to do, read when there is room for it."""
        for entry in self.found.entries:
            if (task := self._task(entry)) is not None:
                yield task
            else:
                step()

    def _task(self, entry: importers.Entry) -> Task | None:
        """What is to do for a submission; None if nothing is."""
        row, decided = self.manifest.rows[entry.id], tuple(self.decided.get(entry.id, ()))
        if row.status in (Status.NO_FILES, Status.EXCUSED):
            store.set_aside(self.out, [entry.id])
            return None
        about: dict[str, Any] = {
            "id": entry.id, "students": row.students, "created_at": entry.created_at, "file": entry.file,
            "attempts": entry.attempts,
        }  # fmt: skip
        about |= {name: value for name, value in (("notes", row.notes), ("decided", row.decided)) if value}
        try:
            work = entry.read()
        except UserError as error:
            self._put(entry.id, executor.fault(about, str(error)))
            return None
        row.digest = about["digest"] = digest(work)
        late = decisions.late_for(self.contract.late, decided)
        about |= {"due": str(late.due)} if late and late.due else {}
        if self._is_done(row, about):
            self.kept += 1
            return None
        return Task(entry.id, work, about, self.asked.reports, late, decided)

    def _put(self, id: str, done: Done) -> None:
        """Write what came of a submission: the result last, as it is what says that it is done."""
        row = self.manifest.rows[id]
        if done.report is not None and done.staff is not None:
            files.put(self.out / REPORTS / f"{id}.html", done.report)
            files.put(self.out / STAFF / f"{id}.html", done.staff)
        files.put(self.out / FOLDER / f"{id}.json", done.results_json)
        row.result = store.digest_of(self.out, id)
        row.status, row.score = (Status.FAULT, None) if done.fault else (Status.GRADED, done.score)
        if done.fault:
            self.faults[done.fault] += 1
        self.graded += 1

    def _is_done(self, row: Row, about: dict[str, Any]) -> bool:
        """Whether exactly this was graded before, by this grader, and its result is as it was written."""
        path = self.out / FOLDER / f"{row.id}.json"
        try:
            graded = store.load(path, row.id)
            since = path.stat().st_mtime_ns
        except (UserError, OSError):
            return False
        before = {name: value for name, value in graded.about.items() if name not in ("sketch", "feedback", "secret")}
        if before.get("digest") != row.digest:
            store.set_aside(self.out, [row.id])
            return False
        if graded.fault or before != about or since < self.since:
            return False
        if (graded.fingerprint, graded.versions) != (self.manifest.fingerprint, self.manifest.versions):
            return False
        if graded.about.get("secret", self.manifest.secret) != self.manifest.secret:
            return False
        if self.asked.reports and not (self.out / REPORTS / f"{row.id}.html").is_file():
            return False
        row.result, row.status, row.score = store.digest_of(self.out, row.id), Status.GRADED, graded.score
        return True

    # --- the end ------------------------------------------------------------------------------------------------------

    def finish(self) -> int:
        """Write the tables and the class report, and say what came out."""
        export.write(self.out, self.contract)
        points = round(sum(one.points for one in self.contract.criteria), 2)
        said = [self._summary(points)]
        warnings: list[str] = []
        if self.roster:
            is_filled = self.roster.grade is not None or self.roster.kind == "other"
            (said if is_filled else warnings).extend(self.roster.fill(self.out, points))
        for path, missing in export.feedback_zips(self.out, self.found.form).items():
            without = f", without {_count(len(missing), 'submission')}: {_list(missing)}" if missing else ""
            said.append(f"Feedback to upload: {shown_path(path)}{without}")
        said += self._earlier_words()
        problem = _class_page(self.out)
        place = shown_path(self.out)
        report = "" if problem else f"The class at a glance: {place}/class.html. "
        pages = f" Pages for students: {place}/{REPORTS}/, for staff: {place}/{STAFF}/." if self.asked.reports else ""
        said.append(f"{report}Grades: {place}/grades.csv, for imports canvas.csv and moodle.csv.{pages}")
        if not self.asked.quiet:
            print("\n".join(said))
        warnings += [problem] if problem else []
        if self.edited:
            warnings.append(
                f"edited by hand and graded again: {', '.join(self.edited)}. What you wrote is in "
                f"{shown_path(self.out / EARLIER / FOLDER)}. Put corrections into {decisions.FILE}."
            )
        faulty = [row.id for row in self.manifest.rows.values() if row.status is Status.FAULT]
        if faulty:
            warnings.append(
                f"{_count(len(faulty), 'submission')} could not be graded (grader error): {_list(faulty)}. "
                f"Run the same command to retry. {self._reason()}".rstrip()
            )
        for warning in warnings:
            print(f"autograder: {warning}", file=sys.stderr)
        return 1 if faulty else 0

    def _reason(self) -> str:
        """Why submissions could not be graded, in a line: the most frequent reason."""
        if not self.faults:
            return ""
        ((reason, _),) = self.faults.most_common(1)
        return f"{'Why' if len(self.faults) == 1 else 'Why, mostly'}: {results.clean(reason, 300)}"

    def _summary(self, points: float) -> str:
        """How many there are of each kind, the mean and the lowest, in a line."""
        kinds = Counter(str(row.status) for row in self.manifest.rows.values())
        said = [_count(kinds.pop("graded", 0) + kinds.pop("fault", 0), "submission")]
        said += [f"{self.kept} of them graded before"] if self.kept else []
        said += [f"{number} {status}" for status, number in sorted(kinds.items())]
        text = ", ".join(said) + "."
        scores = [(row.score, row.id) for row in self.manifest.rows.values() if row.score is not None]
        if scores:
            mean, (lowest, id) = sum(score for score, _ in scores) / len(scores), min(scores)
            text += f" Mean {mean:.1f} of {points:g}, lowest {lowest:g} ({id})."
        return text

    def _earlier_words(self) -> list[str]:
        """What in this class is like something of an earlier term."""
        if not self.asked.earlier:
            return []
        now = [(one.id, one.sketch) for _, one in store.read(self.out) if one]
        links = similarity.against(now, self.before)
        said = [f"Like a submission of an earlier term: {len(links)}. Likeness is no proof: read them side by side."]
        return said + [f"  {link.b} and {link.a}: {similarity.LEVELS[link.level]}" for link in links]

    def _found_words(self) -> str:
        text = f"{self.found.form}: {_count(len(self.found.entries), 'submission')}"
        if skipped := self.found.skipped:
            text += f", {len(skipped)} skipped (not submissions): {_list(skipped)}"
        text += "."
        if several := [entry.id for entry in self.found.entries if entry.attempts > 1]:
            text += f"\nThe newest attempt counts: {_count(len(several), 'student')} handed in more than once "
            text += f"({_list(several)})."
        if absent := [entry.id for entry in self.found.entries if entry.missing]:
            text += f"\n{_count(len(absent), 'submission')} without files, not graded: {_list(absent)}."
        return text


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _list(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


@contextlib.contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[], object]]:
    """A bar on a terminal, nothing elsewhere."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda: None
        return
    with tqdm(total=total, unit="", dynamic_ncols=True, desc="graded", disable=True if quiet else None) as bar:
        yield bar.update


def _class_page(out: Path) -> str:
    """Write class.html and say what went wrong: the grades are in their places, and no failure here takes one away."""
    try:
        from autograder.course import reports

        reports.write_class(out, out / "class.html")
    except Exception as error:
        return f"the class report could not be made: {type(error).__name__}: {results.clean(str(error), 200)}"
    return ""
