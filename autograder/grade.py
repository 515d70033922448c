"""One submission, end to end: read, run behind the boundary, judge, explain."""

from __future__ import annotations

import functools
import importlib.util
import io
import os
import sys
import time
import unittest
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder import hidden_tests, rubric, submission
from autograder.asking.checks import Problem
from autograder.asking.exam import Exam
from autograder.asking.paper import Paper
from autograder.diagnosis import words
from autograder.results import FAULT, LineResult, Result, clean
from autograder.sandbox.client import ROOT, GraderFault, Sandbox

if TYPE_CHECKING:
    import hashlib

    from autograder.diagnosis import diagnose

SOLUTION = ROOT / "solution" / "neural_net.py"
VERSION = "1.0"


def grade(
    work: Path | submission.Submission, contract: rubric.Rubric | None = None, pictures: bool = True
) -> Result:
    """Grade a file or a folder, or what was read of one; `pictures`: and keep what they are drawn from.

    Always gives a Result: what is wrong with the submission is in its lines, what is wrong with the grader in its
    `fault`.  Raises UserError where there is nothing at that path.
    """
    begun = time.monotonic()
    handed_in = work if isinstance(work, submission.Submission) else submission.read(work)
    result = Result("")
    try:
        contract = contract or rubric.load()
        result.title, result.stdout_visibility = contract.title, contract.stdout_visibility
        result.versions, result.fingerprint = versions(), fingerprint()
        result.notes += handed_in.notes
        if handed_in.refused:
            _refuse(result, contract, handed_in.refused)
        else:
            _examine(result, contract, handed_in, pictures)
    except (GraderFault, rubric.RubricError) as error:
        result.fault = str(error)
        result.staff.append(str(error))
    except Exception as error:
        # Whatever else goes wrong is the grader's fault too, and never the student's zero.
        result.fault = f"{type(error).__name__}: {error}"
        result.staff.append(f"The grader failed: {_where(error)}")
    result.seconds = time.monotonic() - begun
    return result


def _refuse(result: Result, contract: rubric.Rubric, reason: str) -> None:
    """No line can be earned, for one reason."""
    result.refused = reason
    result.notes.append(reason)
    result.lines = [LineResult(line, "failed", words=[("", reason)]) for line in contract.lines]


def _examine(result: Result, contract: rubric.Rubric, handed_in: submission.Submission, pictures: bool) -> None:
    from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner

    paper = load_paper(contract)
    with Sandbox(handed_in.files, submission.NAME, contract.limits) as box:
        loaded = box.load()
        exam = Exam(paper, box)
        suite, verdicts = hidden_tests.suite(contract, exam)
        ran: dict[Any, dict[str, Any]] = {}

        def take(page: dict[str, Any]) -> None:
            ran.update({row.get("number"): row for row in page.pop("tests")})

        for test in suite:
            # One run for each, so that whatever breaks in one costs the others nothing.
            try:
                JSONTestRunner(
                    stream=io.StringIO(), visibility="visible", failure_prefix="", post_processor=take
                ).run(unittest.TestSuite([test]))
            except GraderFault:
                raise
            except Exception as error:
                result.staff.append(f"A hidden test could not be run: {_where(error)}")
        teller = words.Teller(exam, handed_in.files[submission.NAME])
        said: set[str] = set()
        # All reasons before the first word: what words are made of is asked of a worker that sees nothing hidden.
        whys = {key: _explain(exam, problem, result) for key, (_, problem) in verdicts.items() if problem}
        for line in contract.lines:
            row = _line(line, ran.get(line.number), verdicts.get(line.key))
            problem = verdicts.get(line.key, ("fault", None))[1]
            if row.verdict == "fault":
                row.words = [("", FAULT)]
                said_of_it = _output(ran.get(line.number))
                result.staff.append(f"Line {line.number} ({line.key}) could not be judged: {said_of_it}")
            elif problem is not None:
                why = whys[line.key]
                row.words = teller.tell(line.number, problem, why)
                row.misconception = why.key if why and why.certain else problem.kind
                row.reason = why.reason if why and why.certain else ""
            if line.function not in said:
                said.add(line.function)
                row.words += _remarks(exam, line.function)
            result.lines.append(row)
        result.notes += teller.loading(loaded)
        if contract.leaderboard.on:
            _race(result, paper, loaded.rest.get("race"))
        result.staff.append(f"The layers that held: {', '.join(box.layers) or 'none'}.")
        if pictures:
            result.curves = _curves(exam, verdicts)


def _race(result: Result, paper: Paper, proposed: Any) -> None:
    """Enter a program that trains on the leaderboard; a failure in that costs the entry and nothing else."""
    if proposed is None or result.faulty:
        return
    if any(row.line.key == "training_fit" and row.verdict != "passed" for row in result.lines):
        result.notes.append("Not on the leaderboard: that is for programs that train, with all points for the fit.")
        return
    try:
        from autograder.policies import race

        result.leaderboard, note = race.enter(proposed, paper.rubric, paper.reference, paper.data)
        result.notes += [note]
    except Exception as error:
        result.staff.append(f"The race could not be run: {_where(error)}")


def _line(line: rubric.Line, test: dict[str, Any] | None, verdict: tuple[str, Problem | None] | None) -> LineResult:
    """What the runner wrote for a line and what the line's test decided must agree; otherwise it is a fault."""
    if test is None or verdict is None or test.get("max_score") != line.points:
        return LineResult(line, "fault")
    score = test.get("score")
    if not isinstance(score, (int, float)) or not 0 <= score <= line.points:
        return LineResult(line, "fault")
    passed = score == line.points and test["status"] == "passed"
    # A line that is worth nothing passes and fails with the same score.
    if verdict[0] == "fault" or ((verdict[0] == "passed") != passed and line.points > 0):
        return LineResult(line, "fault")
    return LineResult(line, verdict[0], float(score))


def _explain(exam: Exam, problem: Problem, result: Result) -> diagnose.Explanation | None:
    """The reason of a problem; a failure in finding one costs the reason and nothing else."""
    try:
        from autograder.diagnosis import diagnose  # only where there is something to explain

        return diagnose.explain(exam, problem)
    except Exception as error:
        result.staff.append(f"No reason was found for {problem.function}, {problem.kind}: {_where(error)}")
        return None


def _output(test: dict[str, Any] | None) -> str:
    return clean(str((test or {}).get("output", "its test did not run")), 2000).strip()


def _remarks(exam: Exam, function: str) -> list[tuple[str, str]]:
    """What is said about a function beside its lines: what was forgiven, and what it printed for public inputs."""
    remarks = [("Note", f"{note} Accepted.") for note in exam.notes.get(function, [])]
    prints = clean(exam.prints.get(function, ""), 3000).rstrip()
    if prints:
        remarks.append((f"{function} printed", prints))
    if function == "training" and exam.training.stands_in:
        remarks.append(("Note", f"{exam.training.stands_in} fails alone, so the grader's own took its place here."))
    return remarks


def _curves(exam: Exam, verdicts: dict[str, tuple[str, Problem | None]]) -> dict[str, Any]:
    """What the pictures are drawn from: the training, on public data, and the first gradient that is wrong for public
    inputs.  Every array came from a function, so it is of the right shape and finite."""
    curves: dict[str, Any] = {}
    for line in exam.rubric.lines:
        _, problem = verdicts.get(line.key, ("", None))
        if line.function != "backprop" or problem is None or problem.kind != "value":
            continue
        if problem.probe is not None and problem.probe.public:
            curves["gradient"] = {
                "key": line.key, "part": problem.part, "activation": problem.probe.activation,
                "got": problem.data["got"], "want": problem.data["want"],
            }  # fmt: skip
            break
    if "training" not in exam.__dict__:
        return curves
    training = exam.training
    params = training.own()
    if len(params) < 2:
        return curves
    last = max(params)
    with np.errstate(all="ignore"):
        yhat = exam.reference.forward(training.x, params[last], "logistic")[2]
        losses = {step: training.loss(p, training.x, training.y) for step, p in params.items()}
    return curves | {
        "theta": exam.data["theta"],
        "y": training.y,
        "yhat": yhat,
        "step": last,
        "losses": losses,
        "stands_in": training.stands_in,
        "start": training.start,
        "eta": exam.rubric.training.eta,
        "steps": exam.rubric.training.steps,
    }


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
def load_reference() -> ModuleType:
    """The reference solution.  Raises GraderFault."""
    spec = importlib.util.spec_from_file_location("reference_solution", SOLUTION)
    try:
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:
        raise GraderFault(f"the reference solution can't be loaded: {type(error).__name__}: {error}") from None
    return module


@functools.lru_cache(maxsize=4)
def load_paper(contract: rubric.Rubric) -> Paper:
    """What a rubric asks of every submission.  Raises GraderFault."""
    return Paper(contract, load_reference(), load_data())


@functools.cache
def load_data() -> dict[str, Any]:
    """The angles trained on and the hidden ones.  Raises GraderFault."""
    data: dict[str, Any] = {}
    for prefix, name in (("", "semicircle.csv"), ("hidden_", "hidden_angles.csv")):
        try:
            data |= table((ROOT / "data" / name).read_text("ascii"), prefix)
        except (OSError, ValueError, IndexError) as error:
            raise GraderFault(f"data/{name} can't be read: {error}") from None
    return data


def table(text: str, prefix: str = "") -> dict[str, Any]:
    """A file of data taken apart.  Raises ValueError and IndexError."""
    rows = np.array([[float(v) for v in row.split(",")] for row in text.split("\n")[1:] if row])
    return {f"{prefix}theta": rows[:, 0], f"{prefix}x": rows[:, 1:3], f"{prefix}y": rows[:, 3:5]}


@functools.cache
def versions() -> dict[str, str]:
    """What a grade may depend on."""
    return {"autograder": VERSION, "python": ".".join(map(str, sys.version_info[:3])), "numpy": np.__version__}


@functools.cache
def fingerprint() -> str:
    """64 bits, in hex, of everything that decides a grade: the grader's text, the rubric, the solution and the data.

    The same in the zip as in the tree, and in every checkout, whatever its line ends.
    """
    names = ["solution/neural_net.py", "data/semicircle.csv", "data/hidden_angles.csv"]
    for folder, inside, here in os.walk(ROOT / "autograder"):
        # What a class needs grades nothing; caches and hidden files are nobody's text.
        inside[:] = [name for name in inside if name not in ("course", "__pycache__") and not name.startswith(".")]
        place = Path(folder).relative_to(ROOT).as_posix()
        names += [f"{place}/{n}" for n in here if n.endswith((".py", ".toml")) and not n.startswith(".")]
    digest = _hash()
    for name in sorted(names):
        path = ROOT / name
        text = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b""
        digest.update(b"%s\0%d\0" % (name.encode(), len(text)))
        digest.update(text)
    return digest.hexdigest()


def _hash() -> hashlib.blake2b:
    """BLAKE2b, which is a module of its own; the one of hashlib is the same and takes OpenSSL to load, some ms."""
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return blake2b(digest_size=8)
