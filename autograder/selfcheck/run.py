"""Test the grader by mutation: correct programs pass, every mutant is caught where it must be, every name is true.

Mutants are graded in this process, without a worker each (`bench`); a sample of them, and all programs that are given,
go through the sandbox.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from autograder import grade as grading
from autograder import result as results
from autograder import rubric, submission
from autograder.asking.reference import SOLUTION
from autograder.asking.secret import load_secret
from autograder.asking.session import LiveSession
from autograder.rubric import Rubric
from autograder.sandbox.client import ROOT, GraderFault, Sandbox
from autograder.selfcheck import mutants, programs, sources
from autograder.selfcheck.behaviors import BEHAVIORS
from autograder.selfcheck.bench import brief, examine, papers_of
from autograder.selfcheck.mutants import Mutant
from autograder.selfcheck.outcomes import Outcome, alike, crossed, judge, written
from autograder.selfcheck.programs import Claim, Program
from autograder.submission import NAME

OTHER_SECRET = bytes(range(16))
REPEATS = 24
NAMED = 4  # of so many pairs of mutations, one is named: that takes six times as long as to judge it


@dataclass
class Proof:
    """Everything that was found.

    claims : the programs that were given
    """

    contract: Rubric
    quick: bool = False
    every: bool = False
    claims: list[Claim] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    singles: list[Outcome] = field(default_factory=list)
    pairs: list[Outcome] = field(default_factory=list)
    declared: dict[str, Mutant] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)
    sources: list[sources.Judged] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def correct(self) -> list[Program]:
        return [p for p in self.programs if p.claim.correct]

    @property
    def wrong(self) -> list[Program]:
        return [p for p in self.programs if not p.claim.correct]

    def errors(self, key: str) -> tuple[float, float | None, float]:
        """For a criterion: the largest error of correct programs, the tolerance, the smallest error of mutants."""
        right = [p.lines[key].error for p in self.correct if key in p.lines and not p.lines[key].lost]
        mutated = [o.lines[key] for o in self.singles + self.pairs if key in o.lines]
        wrong = [line.error for line in mutated if line.kind in ("value", "path") and np.isfinite(line.error)]
        tolerance: float | None = self.contract.tolerance.values
        if key == "training_path":
            tolerance = self.contract.tolerance.path
        elif key.endswith("_alone") or key.startswith("training"):
            tolerance = None
        return max(right, default=0.0), tolerance, min(wrong, default=float("nan"))


Each = Callable[..., list[Any]]  # each(work, items, size): work(item, contract) for every item


@contextmanager
def helpers(contract: Rubric, jobs: int) -> Iterator[Each]:
    """A way to do many pieces of work in `jobs` processes, or in this one."""
    if jobs == 1:
        yield lambda work, items, size: [work(item, contract) for item in items]
        return
    # Spawned, so that no process inherits another's server.
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        yield lambda work, items, size: list(pool.map(work, items, itertools.repeat(contract), chunksize=size))


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    contract: Rubric | None = None, quick: bool = False, jobs: int = 0, say: Callable[[str], None] = print,
    folders: Sequence[Path] = (), every: bool = False,
) -> Proof:  # fmt: skip
    """The whole selfcheck.

    Parameters
    ----------
    quick : a small sample of it, in which every criterion and every place for a mutation occurs
    folders : of programs that say what they must lose
    every : all pairs of mutations, and far more source mutants

    Raises
    ------
    RubricError, GraderFault
        The grader can't work.
    UserError
        A folder can't be read, or a program doesn't say what it must lose.
    """
    begun = time.monotonic()
    contract = contract or rubric.load()
    claims = [programs.claim(path, contract) for folder in folders for path in programs.in_folder(folder)]
    proof = Proof(contract, quick, every, claims)
    with helpers(contract, jobs or cores()) as each:
        for title, part in (
            ("skeleton and solution", _ends), ("programs", _programs), ("single mutants", _singles),
            ("pairs of mutations", _pairs), ("equivalent mutants", _apart), ("source mutants", _sources),
            ("the sandbox", _boundary), ("the same grade every time", _repeats),
        ):  # fmt: skip
            started, had = time.monotonic(), len(proof.faults)
            try:
                found = part(proof, each)
            except (rubric.RubricError, GraderFault):
                raise
            except Exception as error:
                found = "could not be checked"
                proof.faults.append(f"{title} could not be checked: {type(error).__name__}: {error}")
            mark = "✗" if len(proof.faults) > had else "✓"
            say(f"{mark} {title}: {found} ({time.monotonic() - started:.0f} s)")
    _measure(proof)
    proof.seconds = time.monotonic() - begun
    return proof


def _spread(found: Sequence[Any], most: int) -> list[Any]:
    """At most so many, at equal distances."""
    count = min(most, len(found))
    return [found[i * len(found) // count] for i in range(count)]


# --- the parts --------------------------------------------------------------------------------------------------------


def _ends(proof: Proof, each: Each) -> str:
    """The skeleton earns nothing and the solution everything, with the rubric's hidden numbers and with others."""
    ends = ((0, ROOT / "student" / NAME), (rubric.TOTAL, SOLUTION))
    tasks = [(points, path, secret) for secret in (load_secret(), OTHER_SECRET) for points, path in ends]
    for (points, _, _), (score, lost) in zip(tasks, each(_end, tasks, 1), strict=True):
        proof.faults += [f"the solution loses line {key}" for key in lost if points]
        if score != points:
            proof.faults.append(f"the {'solution' if points else 'skeleton'} earns {score:g} points, not {points}")
    return f"{len(tasks)} grades"


def _end(task: tuple[float, Path, bytes], contract: Rubric) -> tuple[float, list[str]]:
    _, path, secret = task
    with Sandbox(submission.read(path).files, NAME, contract.limits) as box:
        lines = examine(LiveSession(box), papers_of(contract, secret)).lines
    return sum(line.score for line in lines.values()), [key for key, line in lines.items() if line.lost]


def _programs(proof: Proof, each: Each) -> str:
    if not proof.claims:
        proof.notes.append("No programs were given (--programs FOLDER): only the solution was graded.")
    hinted = [claim for claim in proof.claims if claim.line][:1]
    asked = [*_spread(proof.claims, 8), *hinted] if proof.quick else proof.claims
    asked = [Claim(SOLUTION, "the solution"), *dict.fromkeys(asked)]
    proof.programs = each(programs.grade, asked, 1)
    proof.faults += [fault for one in proof.programs for fault in one.faults]
    hints = [f"{sum(p.hint == word for p in proof.programs)} {word}" for word in ("right", "wrong", "silent")]
    return f"{sum(not p.faults for p in proof.programs)} of {len(asked)} lose what they say; hints: {', '.join(hints)}"


def _all() -> list[Mutant]:
    return [*BEHAVIORS.values(), *mutants.singles()]


def _singles(proof: Proof, each: Each) -> str:
    found = _touching(_all()) if proof.quick else _all()
    proof.declared = {m.name: m for m in found}
    proof.singles = each(judge, found, 4)
    for key in proof.contract.by_key:
        if not key.startswith("training") and not any(key in m.lines for m in found):
            proof.faults.append(f"line {key}: no mutant is declared to lose it")
    proof.faults += too_expensive(proof.singles, proof.contract)
    return _as_declared(proof, proof.singles)


def _touching(found: Sequence[Mutant]) -> list[Mutant]:
    """Few mutants in which every criterion that is lost, every place and every function that is left out occurs."""
    few: list[Mutant] = []
    seen: set[str] = set()
    for mutant in found:
        left_out = {mutant.name} if mutant.name.endswith(LEFT_OUT) else set()
        new = {*mutant.lines, *mutant.slots} - seen
        if left_out or new:
            few.append(mutant)
            seen |= new
    return few


LEFT_OUT = ": not written"


def too_expensive(singles: Sequence[Outcome], contract: Rubric) -> list[str]:
    """The mutants that cost more than to leave their function out."""
    most = {o.function: o.points(contract) for o in singles if o.name.endswith(LEFT_OUT)}
    return [
        f"{o.name} costs {o.points(contract):g} points, more than to leave out {o.function} ({most[o.function]:g})"
        for o in singles if o.points(contract) > most.get(o.function, rubric.TOTAL) + 1e-9
    ]  # fmt: skip


def _pairs(proof: Proof, each: Each) -> str:
    every = list(mutants.pairs(mutants.singles()))
    found = every if proof.every else mutants.covering(every)
    found = _spread(found, 24) if proof.quick else found
    step = 1 if proof.quick else NAMED
    proof.pairs = each(_pair, [(mutant, i % step == 0) for i, mutant in enumerate(found)], 4)
    shown = sum(o.named for o in proof.pairs)
    proof.notes.append(f"{len(found)} of {len(every)} pairs of mutations were judged, and {shown} of them named.")
    return _as_declared(proof, proof.pairs)


def _pair(task: tuple[Mutant, bool], contract: Rubric) -> Outcome:
    mutant, named = task
    return judge(mutant, contract, whole=False, named=named)


def _as_declared(proof: Proof, outcomes: list[Outcome]) -> str:
    for one in outcomes:
        proof.faults += one.faults
        proof.faults += [f"a false name: {text}" for text in one.false]
    return f"{sum(not o.faults for o in outcomes)} of {len(outcomes)} lose what they are declared to lose"


def _apart(proof: Proof, each: Each) -> str:
    declared = 0
    for a, b in alike(proof.singles):
        keys = {a.split(" (")[0], b.split(" (")[0]}
        if len(keys) == 1 or any(keys <= group for group in mutants.SAME):
            declared += 1
        else:
            proof.faults.append(f"{a} and {b} give the same answers to every question, and are not declared equivalent")
    return f"{len(proof.singles)} mutants; {declared} pairs are declared equivalent"


def _sources(proof: Proof, each: Each) -> str:
    paths = [SOLUTION, *(c.path for c in proof.claims if c.correct and c.path.suffix == ".py")]
    total, of = sources.EVERY if proof.every else sources.QUICK if proof.quick else sources.SAMPLE
    asked = sources.shares(_spread(paths, of), total)
    for judged, note in each(sources.judge_program, asked, 1):
        proof.sources += judged
        proof.notes += [note] if note else []
    proof.faults += sources.faults(proof.sources)
    n_programs = len({one.program for one in proof.sources})
    return f"{sources.share(proof.sources)} wrong ones of {n_programs} programs lose a criterion"


def _boundary(proof: Proof, each: Each) -> str:
    pairs = _spread(list(mutants.pairs(mutants.singles())), 4)
    found = [_all()[40]] if proof.quick else [*_spread(_all(), 12), *pairs]
    for faults in each(crossed, found, 1):
        proof.faults += faults
    proof.notes.append(f"Also graded in the sandbox: {len(found)} of the mutants.")
    return f"{len(found)} mutants, graded in the sandbox too"


def _repeats(proof: Proof, each: Each) -> str:
    count = 4 if proof.quick else REPEATS
    share = max(count // 4, 1)
    mutant = next(m for m in mutants.singles() if m.function == "backprop")
    with tempfile.TemporaryDirectory(prefix="selfcheck-") as folder:
        paths = (SOLUTION, written(mutant, Path(folder)))
        found = each(again, [(path, share) for path in paths for _ in range(2)], 1)
    for nth in (0, 2):
        if len(found[nth] | found[nth + 1]) != 1:
            proof.faults.append("grading the same submission again gives another result")
    return f"{4 * share} grades"


def again(task: tuple[Path, int], contract: Rubric) -> set[bytes]:
    """The results of grading a submission several times, without the time that it took."""
    path, count = task
    found = set()
    for _ in range(count):
        page = results.gradescope(grading.grade(path, brief(contract), pictures=False))
        del page["execution_time"]
        found.add(json.dumps(page, sort_keys=True).encode())
    return found


def _measure(proof: Proof) -> None:
    """The figures that the grader is measured by."""

    def share(title: str, found: Sequence[bool]) -> None:
        if found:
            part, whole = sum(found), len(found)
            proof.figures.append((title, f"{part} of {whole} ({100 * part / whole:.1f} %)"))

    share("correct programs that lose a point", [p.score < rubric.TOTAL for p in proof.correct])
    for title, outcomes in (("single mutants", proof.singles), ("pairs of mutations", proof.pairs)):
        share(f"mutation score: {title} that lose a criterion", [o.killed for o in outcomes])
        share(f"{title} that lose exactly the declared criteria", [not o.faults for o in outcomes])
        named = [o for o in outcomes if o.named]
        share(f"{title} named", [not o.silent and not o.false for o in named])
        share(f"{title} with a false name", [bool(o.false) for o in named])
    for title, plain in (("changes of the text", True), ("guards and states", False)):
        found = [one for one in proof.sources if one.plain == plain]
        share(f"source mutants, {title}: wrong ones that lose a criterion", [bool(o.lost) for o in found if o.wrong])
        share(f"source mutants, {title}: right ones that lose a criterion", [bool(o.lost) for o in found if o.right])
    share("wrong programs that lose nothing", [not any(line.lost for line in p.lines.values()) for p in proof.wrong])
    share("wrong programs that lose points in the wrong functions only", [not p.faults for p in proof.wrong])
