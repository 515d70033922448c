"""An instructor's own programs: the first lines of each say what it must lose, and it is graded in the sandbox.

    # correct: STYLE                       must earn every point ("forgiven" is another word for this)
    # wrong: MISTAKE                       must lose
    # loses: backprop_b2, training_path    exactly these criteria; or
    # functions: backprop                  something of each of these functions, and nothing of others but training;
                                           "module" is for a file that can't be loaded
    # line: 23                             where the mistake stands: a hint that is shown must be this line
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder import grade as grading
from autograder import submission
from autograder.asking.battery import FUNCTIONS
from autograder.asking.session import LiveSession
from autograder.errors import UserError
from autograder.rubric import Rubric
from autograder.sandbox.client import Sandbox
from autograder.selfcheck.bench import Line, brief, examine, papers_of
from autograder.submission import NAME, shown_path

HEADER = re.compile(r"^(?:\xef\xbb\xbf)?# (correct|forgiven|wrong|functions|loses|line): (.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Claim:
    """What a program says of itself: its style or its mistake, and what it must lose ("" and nothing if correct)."""

    path: Path
    title: str
    functions: frozenset[str] = frozenset()
    loses: frozenset[str] = frozenset()
    line: str = ""

    @property
    def correct(self) -> bool:
        return not self.functions and not self.loses

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass
class Program:
    """A program that was graded: its points, its criteria, and what is wrong with how it was graded.

    score : without the fit of the training, for a wrong program that says functions and no criteria
    hint : "right", "wrong", or "silent" where its header says a line and none is shown
    """

    claim: Claim
    score: float
    lines: dict[str, Line]
    faults: list[str] = field(default_factory=list)
    hint: str = ""


def header(path: Path) -> dict[str, str]:
    """The `# key: value` lines at the top of a program.  Raises OSError."""
    text = (path / NAME if path.is_dir() else path).read_bytes()[:4000].decode("latin-1")
    return dict(HEADER.findall(text))


def in_folder(folder: Path) -> list[Path]:
    """The programs of a folder: NAME.py, or NAME/neural_net.py.  Raises UserError."""
    try:
        found = sorted(p for p in folder.iterdir() if p.suffix == ".py" or (p / NAME).is_file())
    except OSError as error:
        raise UserError(f"--programs {shown_path(folder)} can't be read: {error.strerror}.") from None
    if not found:
        raise UserError(f"--programs {shown_path(folder)} holds no programs: files *.py, or folders with {NAME}.")
    return found


def claim(path: Path, contract: Rubric) -> Claim:
    """What a program says of itself.  Raises UserError."""
    try:
        said = header(path)
    except OSError as error:
        raise UserError(f"{shown_path(path)} can't be read: {error.strerror}.") from None
    right, wrong = said.get("correct", said.get("forgiven", "")), said.get("wrong", "")
    functions, loses = _words(said.get("functions", "")), _words(said.get("loses", ""))
    if bool(right) == bool(wrong):
        both = "both '# correct: ...' and" if right else "neither '# correct: ...' nor"
        raise UserError(f"{shown_path(path)} begins with {both} '# wrong: ...'. Begin it with one of them.")
    if right and (functions or loses):
        raise UserError(f"{shown_path(path)} is said to be correct, and to lose something. Remove one of the lines.")
    if wrong and bool(functions) == bool(loses):
        raise UserError(f"{shown_path(path)} is wrong: say what it loses, by '# loses: ' or by '# functions: '.")
    _known(path, "criterion", loses, contract.by_key)
    _known(path, "function", functions, (*FUNCTIONS, "module"))
    return Claim(path, right or wrong, functions, loses, said.get("line", ""))


def _words(text: str) -> frozenset[str]:
    return frozenset(filter(None, (word.strip() for word in text.split(","))))


def _known(path: Path, kind: str, words: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for word in sorted(set(words) - set(known)):
        near = difflib.get_close_matches(word, known, 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}."
        raise UserError(f"{shown_path(path)}: there is no {kind} {word!r}. {hint}")


def grade(claim: Claim, contract: Rubric) -> Program:
    """Grade a program in the sandbox and compare what it loses with what it says.  Raises GraderFault."""
    out = _right(claim, contract) if claim.correct else _wrong(claim, contract)
    lines = out.lines
    lost = {key for key, line in lines.items() if line.lost}
    name = claim.path.name
    if not lost and not claim.correct:
        out.faults.append(f"{name} is wrong and loses nothing")
    must, may = _expected(claim, contract)
    for key in sorted(lost - must - may):
        said = f"{name} is right and loses line" if claim.correct else f"{name}: must be passed and is lost: line"
        out.faults.append(f"{said} {key} ({lines[key].misconception or lines[key].key}, error {lines[key].error:.1e})")
    out.faults += [f"{name}: line {key} must be lost and is passed" for key in sorted(must - lost)]
    hit = {contract.by_key[key].function for key in lost}
    missed = sorted(claim.functions - hit - {"module"}) if lost else []
    out.faults += [f"{name}: no line of {function} is lost" for function in missed]
    return out


def _right(claim: Claim, contract: Rubric) -> Program:
    """Grade a correct program, and keep the largest error of each criterion."""
    submitted = submission.read(claim.path)
    if submitted.refused:
        return Program(claim, 0, {key: Line("failed", key="refused") for key in contract.by_key})
    with Sandbox(submitted.files, NAME, contract.limits) as box:
        lines = examine(LiveSession(box), papers_of(contract)).lines
    return Program(claim, sum(line.score for line in lines.values()), lines)


def _wrong(claim: Claim, contract: Rubric) -> Program:
    """Grade a wrong program as a submission, with its hints.

    Where it says functions and no criteria, the training may be lost: then it is cut to its first steps, and its fit is
    not judged.
    """
    result = grading.grade(claim.path, contract if claim.loses else brief(contract), pictures=False)
    lines = {row.criterion.key: Line(row.verdict, key=row.misconception, score=row.score) for row in result.rows}
    out = Program(claim, result.score, lines)
    if result.faulty:
        out.faults.append(f"{claim.path.name}: the grader failed: {result.fault or result.staff[0]}")
    shown = ", ".join(sorted({str(n) for row in result.rows for n, _, meant in row.excerpt if meant}, key=int))
    out.hint = ("right" if shown == claim.line else "wrong") if shown else "silent" if claim.line else ""
    if out.hint == "wrong":
        out.faults.append(f"{claim.path.name}: the hint is line {shown}, not {claim.line or 'any'}")
    return out


def _expected(claim: Claim, contract: Rubric) -> tuple[set[str], set[str]]:
    """The criteria that a program must lose, and others that it may."""
    if claim.correct or claim.loses:
        return set(claim.loses), set()
    own = {*claim.functions, "training"}
    return set(), {key for key, line in contract.by_key.items() if "module" in own or line.function in own}
