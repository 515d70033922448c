"""One submission, end to end: ask, judge, explain.

    submission -> ask -> transcript -> judge -> verdicts -> explain -> result

Only asking talks to the submission.  Everything after it is a pure function of what was recorded.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder import rounds, rubric, submission
from autograder.asking.battery import FUNCTIONS, PUBLIC_KEY, Question, blake2b
from autograder.asking.failures import Mismatch, Problem
from autograder.asking.reading import read
from autograder.asking.reference import SOLUTION
from autograder.asking.secret import is_published, load_secret
from autograder.asking.session import LiveSession, ReplayedSession, Session, SessionError
from autograder.asking.transcript import PublicTranscript, TrainingRun, Transcript
from autograder.hidden_tests import Verdict, judge, judging
from autograder.result import FAULT, Result, Row, clean
from autograder.rubric import Rubric
from autograder.sandbox.client import ROOT, Answer, GraderFault, Sandbox
from autograder.sandbox.control import Control
from autograder.sandbox.layers import python

if TYPE_CHECKING:
    from autograder.diagnosis.explanation import Explained

VERSION = "2.0.0"
# The criterion of each gradient, for the picture of the first that is wrong.
GRADIENTS = (
    ("backprop_W2", "W2", "logistic"),
    ("backprop_b2", "b2", "logistic"),
    ("backprop_W1_logistic", "W1", "logistic"),
    ("backprop_b1_logistic", "b1", "logistic"),
    ("backprop_W1_tanh", "W1", "tanh"),
    ("backprop_b1_tanh", "b1", "tanh"),
)


def grade(
    work: Path | submission.Submission,
    contract: Rubric | None = None,
    pictures: bool = True,
    record: Path | None = None,
) -> Result:
    """Grade a file or a folder, or what was read of one.

    Parameters
    ----------
    pictures : also keep what the pictures of the report are drawn from
    record : write the session to this file, for regrade

    Returns
    -------
    Result
        Always: what is wrong with the submission is in its rows, what is wrong with the grader in its `fault`.

    Raises
    ------
    UserError
        There is nothing at that path.
    """
    submitted = work if isinstance(work, submission.Submission) else submission.read(work)

    def run(result: Result, contract: Rubric) -> None:
        result.notes += submitted.notes
        if submitted.refused:
            _refuse(result, contract, submitted.refused)
            return
        with Sandbox(submitted.files, submission.NAME, contract.limits, control(contract)) as box:
            session = LiveSession(box, record is not None)
            examine(result, contract, session, submitted.files[submission.NAME], pictures)
        if record is not None:
            from autograder.asking import recording

            assert session.entries is not None
            student = work.name if isinstance(work, Path) else "this submission"
            questions = recording.digest_of(_papers(contract))
            kept = recording.Recording(student, submitted.files, questions, pictures, submitted.notes, session.entries)
            recording.write(kept, record)

    return _guarded(run, contract)


def regrade(path: Path, contract: Rubric | None = None) -> Result:
    """Judge and explain a recorded session again.

    Raises
    ------
    recording.RecordingError
        The recording was cut, edited, or asked other questions.
    session.SessionError
        A question isn't in it.
    """
    from autograder.asking import recording

    contract = contract or rubric.load()
    recorded = recording.read(path)
    if recorded.questions != recording.digest_of(_papers(contract)):
        raise recording.RecordingError(
            f"{path} answers other questions: of another version, secret or training. Grade the submission again."
        )

    def run(result: Result, contract: Rubric) -> None:
        result.notes += recorded.notes
        session = ReplayedSession(recorded.entries, recorded.student)
        examine(result, contract, session, recorded.files[submission.NAME], recorded.pictures)

    return _guarded(run, contract)


def _papers(contract: Rubric) -> rounds.Papers:
    return rounds.Papers.of(contract, load_secret())


def _guarded(run: Callable[[Result, Rubric], None], contract: Rubric | None) -> Result:
    """Fill a result; whatever goes wrong in that is the grader's fault."""
    begun = time.monotonic()
    result = Result("")
    try:
        contract = contract or rubric.load()
        result.title, result.stdout_visibility = contract.title, contract.stdout_visibility
        result.versions, result.fingerprint = versions(), fingerprint()
        with np.errstate(all="ignore"):  # a wrong submission's numbers may overflow anywhere
            run(result, contract)
    except SessionError:
        raise
    except (GraderFault, rubric.RubricError) as error:
        result.fault, result.in_use = str(error), False  # the machine's, or the rubric's
        result.staff.append(str(error))
    except Exception as error:
        # Whatever else goes wrong is the grader's fault too, and never the student's zero.
        result.fault = f"{type(error).__name__}: {error}"
        result.staff.append(f"The grader failed: {_where(error)}")
    result.seconds = time.monotonic() - begun
    return result


@functools.lru_cache(maxsize=4)
def control(contract: Rubric) -> Control:
    """The control run: the reference, asked one public question of each function in a worker.  Raises GraderFault."""
    paper = rounds.paper_for(contract, PUBLIC_KEY)
    questions = [Question(function, paper.battery.general("logistic")[0]) for function in FUNCTIONS]

    def is_correct(answers: list[Answer]) -> bool:
        readings = [read(question, answer) for question, answer in zip(questions, answers, strict=True)]
        return all(judging.is_correct(paper, reading) for reading in readings)

    return Control({submission.NAME: SOLUTION.read_bytes()}, submission.NAME, paper.script(questions, True), is_correct)


def examine(result: Result, contract: Rubric, session: Session, source: bytes, pictures: bool) -> None:
    """Ask, judge and explain one submission; `source` is its neural_net.py."""
    papers = _papers(contract)
    opening = rounds.ask_opening(session, papers, pictures)
    result.in_use = True
    hidden = rounds.ask_hidden(session, papers, opening)
    verdicts = judge(hidden)
    if all(verdict.verdict == "passed" for verdict in verdicts):
        public = rounds.opening_only(papers, opening)
    else:
        lost = {v.criterion.key for v in verdicts if v.verdict != "passed" and v.criterion.function == "training"}
        train = bool(lost - {"training_file"})  # that one needs no training
        public = rounds.ask_public(session, papers, opening, hidden, train, pictures)
    explained = explain(public, verdicts, source)
    public = repaired(session, public, explained, result)
    result.rows = rows_of(verdicts, public, explained, result)
    if contract.leaderboard.on:
        _race(result, papers, hidden, opening.loading.race)
    if pictures:
        result.curves = _curves(public)
    result.staff += _differences(hidden)
    result.staff.append(f"The layers that held: {', '.join(session.layers) or 'none'}.")
    if is_published(load_secret()):
        result.staff.append("Graded with the published test secret: `.venv/bin/autograder term` makes one for a term.")


def explain(public: PublicTranscript, verdicts: list[Verdict], source: bytes) -> Explained | None:
    """The texts for what is lost, from the answers to public inputs alone; None where there is nothing to say."""
    loading = public.loading
    if all(v.verdict == "passed" for v in verdicts) and not (loading.failure or loading.errors or loading.prints):
        return None
    # A correct submission needs none of these imports.
    from autograder.diagnosis.exceptions.source import readable
    from autograder.diagnosis.explanation import explain_all
    from autograder.sandbox.worker.loader import decode, lines_of

    return explain_all(public, verdicts, readable(lines_of(decode(source)[0])))


def rows_of(
    verdicts: list[Verdict], public: PublicTranscript, explained: Explained | None, result: Result
) -> list[Row]:
    """The rows of the result: verdicts, texts, and what is said about a function beside its criteria."""
    if explained is not None:
        explained.add_hints(public.hints)
        result.notes += explained.notes
        result.staff += explained.faults
    rows: list[Row] = []
    said: set[str] = set()
    lost = {verdict.criterion.function for verdict in verdicts if verdict.verdict != "passed"}
    for verdict in verdicts:
        criterion = verdict.criterion
        row = Row(criterion, verdict.verdict, verdict.score, fault=verdict.fault)
        if verdict.verdict == "fault":
            row.texts = [("", FAULT)]
            result.staff.append(f"{criterion.number} ({criterion.key}) could not be judged: {verdict.fault}")
        elif verdict.verdict != "passed":
            assert explained is not None
            row.texts, row.misconception, row.reason = explained.rows[criterion.key]
            row.excerpt = explained.excerpts.get(criterion.key, ())
        if criterion.function not in said:
            said.add(criterion.function)
            row.texts += _remarks(public, criterion.function, criterion.function not in lost)
        rows.append(row)
    return rows


def _differences(transcript: Transcript) -> list[str]:
    """A note for staff where backprop calls forward as often as there are parameters."""
    for reading in transcript.readings.values():
        if reading.forwards and reading.forwards >= sum(a.size for a in reading.question.probe.params.values()):
            # No numbers: what a submission counts may be a hidden input.
            return ["backprop calls forward as often as there are parameters: it may take finite differences."]
    return []


def repaired(
    session: Session, public: PublicTranscript, explained: Explained | None, result: Result
) -> PublicTranscript:
    """Ask where functions can be repaired; whatever fails in that costs the hints and nothing else."""
    if explained is None or not explained.unknown or public.paper.rubric.hints != "line":
        return public
    try:
        public = rounds.ask_repair(session, public, list(explained.unknown), len(explained.lines))
        result.staff += [f"A repair of {function}:\n{hint.edit}" for function, hint in public.hints.items()]
    except Exception as error:
        result.staff.append(f"No repairs were looked for: {_where(error)}")
    return public


def _refuse(result: Result, contract: Rubric, reason: str) -> None:
    """Give no points, for one reason."""
    result.refused = reason
    result.notes.append(reason)
    result.rows = [Row(criterion, "failed", texts=[("", reason)]) for criterion in contract.criteria]


def _remarks(public: PublicTranscript, function: str, right: bool) -> list[tuple[str, str]]:
    """What is said about a function beside its criteria: what was accepted, and what it printed for public inputs."""
    remarks = [("Note", f"{note} Accepted." if right else note) for note in public.notes(function)]
    prints = clean(public.prints(function), 3000).rstrip()
    return remarks + ([(f"{function} printed", "\n" + prints)] if prints else [])


def _race(result: Result, papers: rounds.Papers, hidden: Transcript, proposed: Any) -> None:
    """Enter a program that trains on the leaderboard; a failure in that costs the entry and nothing else."""
    if not proposed or result.faulty:
        return
    unaided = hidden.training is not None and not hidden.training.stands_in
    if not unaided or any(row.criterion.key == "training_fit" and row.verdict != "passed" for row in result.rows):
        result.notes.append("Not on the leaderboard: that is for programs that train, with all points for the fit.")
        return
    try:
        from autograder.policies import leaderboard

        result.leaderboard, note = leaderboard.enter(dict(proposed), *papers)
        result.notes += [note]
    except Exception as error:
        result.staff.append(f"The race could not be run: {_where(error)}")


def _curves(public: PublicTranscript) -> dict[str, Any]:
    """What the pictures are drawn from: the public training, and the first gradient that is wrong for public inputs."""
    from autograder.hidden_tests.judging import check

    curves: dict[str, Any] = {}
    for key, part, activation in GRADIENTS:
        problem: Problem | None = check(public, "backprop", public.battery.general(activation)[0], part)
        if problem and isinstance(problem.failure, Mismatch):
            mismatch = problem.failure
            curves["gradient"] = {
                "key": key, "part": part, "activation": activation, "got": mismatch.got, "want": mismatch.expected,
            }  # fmt: skip
            break
    run: TrainingRun | None = public.unaided
    if run is None or len(run.params) < 2:
        run = public.training
    if run is None or len(run.params) < 2:
        return curves
    data, settings, last = public.paper.data, public.paper.rubric.training, max(run.params)
    yhat = public.paper.reference.forward(data["x"], run.params[last], "logistic")[2]
    return curves | {
        "theta": data["theta"], "x": data["x"], "y": data["y"], "yhat": yhat, "step": last,
        "losses": public.losses(run), "reference_losses": public.paper.losses, "stands_in": run.stands_in,
        "steps": settings.steps,
    }  # fmt: skip


def _where(error: BaseException | None) -> str:
    """An error and where in the grader it happened, for staff, in a line; and the one it came after."""
    import traceback

    said: list[str] = []
    while error is not None and len(said) < 3:
        frames = traceback.extract_tb(error.__traceback__)[-4:]
        places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames)]
        said.append(f"{type(error).__name__}: {error} ({', '.join(places)})")
        error = error.__cause__ or error.__context__
    return ", after ".join(said)


@functools.cache
def versions() -> dict[str, str]:
    """What a grade may depend on."""
    return {"autograder": VERSION, "python": ".".join(map(str, sys.version_info[:3])), "numpy": np.__version__}


@functools.cache
def fingerprint() -> str:
    """64 bits, in hex, of everything that decides a grade: the grader's code, the rubric, the solution, the data, and
    the versions of Python and of all packages that a submission can import.

    The same in the zip as in the tree, and in every checkout, whatever its line ends.  The secret is not part of it.
    """
    names = ["solution/neural_net.py", "data/semicircle.csv"]
    for folder, inside, here in os.walk(ROOT / "autograder"):
        # What a class and selfcheck need grades nothing; caches and hidden files are not code.
        inside[:] = [n for n in inside if n not in ("course", "selfcheck", "__pycache__") and not n.startswith(".")]
        place = os.path.relpath(folder, ROOT).replace(os.sep, "/")
        names += [f"{place}/{n}" for n in here if n.endswith((".py", ".toml")) and not n.startswith(".")]
    digest = blake2b()(digest_size=8)
    for name in sorted(names):
        text = b""
        with contextlib.suppress(FileNotFoundError), open(os.path.join(ROOT, name), "rb") as file:
            text = file.read().replace(b"\r\n", b"\n")
        digest.update(b"%s\0%d\0" % (name.encode(), len(text)))
        digest.update(text)
    digest.update(repr((sys.version_info[:3], python.versions())).encode())
    return str(digest.hexdigest())
