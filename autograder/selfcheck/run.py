"""Test the grader by mutation: correct programs pass, every mutant is caught where it must be, every name is true.

Mutants are graded in this process, without a worker each (`bench`); a sample of them, and every program in
tests/submissions, goes through the sandbox too.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from autograder import grade as grading
from autograder import result as results
from autograder import rounds, rubric, submission
from autograder.asking.battery import ACTIVATIONS, FUNCTIONS
from autograder.asking.reading import PARTS
from autograder.asking.reference import SOLUTION
from autograder.asking.secret import load_secret
from autograder.asking.session import LiveSession
from autograder.asking.transcript import Transcript
from autograder.hidden_tests import carried, gradients, judging
from autograder.rubric import Rubric
from autograder.sandbox.client import Sandbox
from autograder.sandbox.limits import GraderFault
from autograder.sandbox.server import ROOT
from autograder.selfcheck import behaviors, mutants
from autograder.selfcheck.behaviors import BEHAVIORS
from autograder.selfcheck.bench import InProcessSandbox, Line, ask, examine
from autograder.selfcheck.mutants import Mutant
from autograder.submission import NAME

SUBMISSIONS = ROOT / "tests" / "submissions"
OTHER_SECRET = bytes(range(16))
REPEATS = 100
# What a mutant that is handed in needs beside its module.
HANDED_IN = ("selfcheck/mutants.py", "selfcheck/behaviors.py", "diagnosis/network.py", "diagnosis/operators")


# --- one mutant -------------------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """One mutant: its criteria, what is wrong with how it was graded (`faults`), and how it was named."""

    name: str
    function: str
    lines: dict[str, Line] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    right: int = 0
    silent: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    training: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def killed(self) -> bool:
        return any(line.lost for line in self.lines.values())


def names(key: str) -> list[frozenset[str]]:
    """The sets of mistakes that a name in a result stands for: one, or two that give the same numbers."""
    return [frozenset(_plain(word) for word in one.split(" + ")) for one in key.split(" | ")]


def _plain(word: str) -> str:
    """The first name of an operator that has several."""
    return next((min(group) for group in mutants.SAME if word in group), word)


def judge(mutant: Mutant, contract: Rubric, whole: bool = True) -> Outcome:
    """Grade a mutant and compare the result with its declaration; `whole`: training too."""
    begun = time.process_time()
    box = InProcessSandbox(lambda: behaviors.functions(mutant))
    lines, transcript = examine(box, contract, None if whole else mutant.function.split(", "))
    out = Outcome(mutant.name, mutant.function, lines)
    lost = {key for key, line in lines.items() if line.lost}
    out.training = tuple(sorted(key for key in lost if contract.by_key[key].function == "training"))
    for key in sorted(mutant.lines - lost):
        if key in contract.by_key:
            out.faults.append(f"{mutant.name}: line {key} must be lost and is passed")
    more = lost - mutant.lines - mutant.may
    for key in sorted(more - _allowed(mutant, transcript, whole) if more else ()):
        out.faults.append(f"{mutant.name}: line {key} must be passed and is lost ({lines[key].kind})")
    for key, line in lines.items():
        if line.verdict == "fault":
            out.faults.append(f"{mutant.name}: line {key} could not be judged")
        elif line.verdict == "failed" and contract.by_key[key].function != "training":
            _check_name(mutant, key, line, out)
    out.seconds = time.process_time() - begun
    return out


def _allowed(mutant: Mutant, transcript: Transcript, whole: bool) -> set[str]:
    """The criteria that a mutant may lose besides those it declares, because of what it answered."""
    own, criteria, paper = mutant.function.split(", "), transcript.paper.rubric.by_key, transcript.paper
    may: set[str] = set()
    for function in own:
        probes = [p for a in ACTIVATIONS for p in transcript.battery.general(a)][: 3 if function == "update" else 6]
        readings = [transcript.reading(function, p) for p in probes]
        if any(r.failure for r in readings) or not judging.earned(transcript, function):
            # A call that returns nothing useful loses all criteria of its function.
            may |= {key for key, line in criteria.items() if line.function == function}
        if function == "forward":
            # If its own e1 or h can't show whether what follows is right, that is lost too.
            for probe, reading in zip(probes, readings, strict=True):
                e1, h = reading.parts.get("e1"), reading.parts.get("h")
                if e1 is not None and not carried.tells_sigma(paper, e1, probe.activation):
                    may |= {"forward_logistic", "forward_tanh"}
                if h is not None and not carried.tells_product(h, probe):
                    may |= {"forward_yhat"}
        if function == "backprop":
            # So are gradients that follow from its own dW2 or dW1 where those can't show that they rightly do.
            for part, activation in product(("b2", "W1", "b1"), ACTIVATIONS):
                shown = [r for p, r in zip(probes, readings, strict=True) if p.activation == activation]
                follows = any(gradients.follows(paper, reading, part) for reading in shown)
                if follows and not gradients.tells(paper, shown, part):
                    may |= {*mutants.criteria(function, part, [activation])}
    if whole and (judging.unwritten(transcript) or not judging.failing(transcript) or len(own) > 1):
        # The reference stands in only for one function that fails where training asks.
        may |= {key for key, line in criteria.items() if line.function == "training"}
    return may


def _check_name(mutant: Mutant, key: str, line: Line, out: Outcome) -> None:
    """Compare the name that a criterion was given with the mutations that are there."""
    if not mutant.slots:
        if mutant.called and line.key == mutant.called:
            out.right += key in mutant.lines
        elif line.certain:
            out.false.append(f"{mutant.name}: line {key} is called {line.key!r}")
        elif key in mutant.lines and mutant.called:
            out.silent.append(f"{mutant.name}: line {key} is not named")
        return
    # Behavior may be lost by a part that follows from the one that is wrong.
    own = line.part and not key.endswith(("_large", "_sizes"))
    rows = mutant.names(line.part, line.activation) if own else mutant.rows
    want = {_plain(word) for word in rows}
    if not line.certain:
        if key in mutant.lines:
            out.silent.append(f"{mutant.name}: line {key} ({line.kind}) is not named")
    elif any(found <= want or found == mutants.EQUAL.get(frozenset(want)) for found in names(line.key)):
        # Fewer than there are: the others change no number beside them.
        out.right += 1
    else:
        out.false.append(f"{mutant.name}: line {key} is called {line.key!r}, not {' + '.join(sorted(want))!r}")


# --- equivalent mutants -----------------------------------------------------------------------------------------------


def fingerprint(mutant: Mutant, contract: Rubric) -> tuple[tuple[Any, ...], np.ndarray[Any, Any]]:
    """Everything that a mutant answers: the forms of the answers, and all their numbers."""
    box = InProcessSandbox(lambda: behaviors.functions(mutant))
    forms: list[Any] = []
    numbers = [np.zeros(1)]
    own = mutant.function.split(", ")
    transcript = ask(LiveSession(box), rounds.Papers.of(contract, load_secret()), own)
    for reading in transcript.readings.values():
        for part in PARTS[reading.question.function]:
            got, failure = reading.raw(part), reading.failure_of(part)
            forms.append((failure.code if failure else "", None if got is None else got.shape))
            if got is not None:
                numbers.append(np.array(got).ravel())
    if not mutant.slots:
        behaviors_ = [judging.purity(transcript, function) for function in own]
        forms += [problem.code if problem else "" for problem in behaviors_]
    return (mutant.function, *forms), np.concatenate(numbers)


def alike(made: Sequence[tuple[str, tuple[Any, ...], np.ndarray[Any, Any]]]) -> list[tuple[str, str]]:
    """The pairs of names whose forms and numbers are the same."""
    groups: dict[tuple[Any, ...], list[tuple[str, np.ndarray[Any, Any]]]] = {}
    for name, form, numbers in made:
        groups.setdefault(form, []).append((name, numbers))
    return [
        (name, other)
        for group in groups.values()
        for i, (name, numbers) in enumerate(group)
        for other, more in group[i + 1 :]
        if np.allclose(numbers, more, rtol=1e-7, atol=1e-10)
    ]


# --- programs that go through the sandbox -----------------------------------------------------------------------------


@dataclass
class Program:
    """A submission: its header, its points, its criteria, and what is wrong with how it was graded."""

    name: str
    said: Mapping[str, str]
    score: float
    lines: dict[str, Line]
    faults: list[str] = field(default_factory=list)
    hint: str = ""  # "right", "wrong", or "silent" where the header says a line and none is shown


def programs(kind: str) -> list[Path]:
    """The submissions of a kind, "correct" or "wrong"; none if the tests are not installed."""
    folder = SUBMISSIONS / kind
    found = [p for p in folder.iterdir() if p.suffix == ".py" or (p / NAME).is_file()] if folder.is_dir() else []
    return sorted(found)


def header(path: Path) -> dict[str, str]:
    """The `# key: value` lines at the top of a submission."""
    text = (path / NAME if path.is_dir() else path).read_bytes()[:4000].decode("latin-1")
    known = "correct|forgiven|wrong|functions|line"
    return dict(re.findall(rf"^(?:\xef\xbb\xbf)?# ({known}): (.+?)\s*$", text, re.MULTILINE))


def behind(path: Path, contract: Rubric) -> Program:
    """Grade a correct submission in the sandbox, and keep the largest error of each criterion."""
    with Sandbox(submission.read(path).files, NAME, contract.limits) as box:
        lines = examine(box, contract).lines
    score = sum(contract.by_key[key].points for key, line in lines.items() if not line.lost)
    out = Program(path.stem, header(path), score, lines)
    for key, line in lines.items():
        if line.lost:
            out.faults.append(f"{path.name} is right and loses line {key} ({line.kind}, error {line.error:.1e})")
    return out


def graded(path: Path, contract: Rubric) -> Program:
    """Grade a submission with one mistake: it loses points in the functions its header names, and in training."""
    result = grading.grade(path, contract, pictures=False)
    lines = {r.criterion.key: Line(r.verdict, key=r.misconception) for r in result.rows}
    out = Program(path.stem, header(path), result.score, lines)
    own = {*out.said.get("functions", "").split(", "), "training"}
    if result.faulty:
        out.faults.append(f"{path.name}: the grader failed: {result.fault or result.staff[0]}")
    said = {int(number) for number in out.said["line"].split(", ")} if "line" in out.said else set()
    shown = {number for row in result.rows for number, _, meant in row.excerpt if meant}
    out.hint = ("right" if said and said <= shown else "wrong") if shown else "silent" if said else ""
    if out.hint == "wrong":
        out.faults.append(f"{path.name}: the hint is of lines {sorted(shown)}, not {sorted(said)}")
    lost = {key: line for key, line in lines.items() if line.lost}
    if not lost:
        out.faults.append(f"{path.name} is wrong and loses nothing")
    if "module" not in own:
        hit = {contract.by_key[key].function for key in lost}
        for key, line in lost.items():
            if contract.by_key[key].function not in own:
                out.faults.append(f"{path.name}: line {key} must be passed and is lost ({line.key})")
        out.faults += [f"{path.name}: no line of {function} is lost" for function in own - {"training"} - hit]
    return out


def written(mutant: Mutant, folder: Path) -> Path:
    """Write a mutant as a submission, with the network and the operators beside it as flat modules."""
    here = Path(__file__).parent.parent
    for name in HANDED_IN:
        for path in sorted((here / name).glob("*.py")) or [here / name]:
            text = re.sub(r"from autograder(\.\w+)*\.(\w+) import", r"from \2 import", path.read_text("utf-8"))
            stem = path.parent.name if path.stem == "__init__" else path.stem
            if path.stem == "__init__":
                text = text.replace(f"from {stem} import", "import")
            (folder / f"{stem}.py").write_text(text, "utf-8")
    make = f"mutants.program({dict(mutant.slots)!r})" if mutant.slots else f"behaviors.spoiled({mutant.name!r})"
    text = f"import behaviors\nimport mutants\n\nmade = {make}\n"
    text += "".join(f"{name} = made[{name!r}]\n" for name in FUNCTIONS)
    (folder / NAME).write_text(text, "utf-8")
    return folder


def crossed(mutant: Mutant, contract: Rubric) -> list[str]:
    """The differences between how a mutant is graded in this process and in the sandbox."""
    here = judge(mutant, contract)
    with tempfile.TemporaryDirectory(prefix="selfcheck-") as folder:
        result = grading.grade(written(mutant, Path(folder)), contract, pictures=False)
    faults = []
    for row in result.rows:
        key = row.criterion.key
        line = here.lines[key]
        if (row.verdict, row.misconception) != (line.verdict, line.misconception):
            mine, theirs = f"{line.verdict} {line.misconception}", f"{row.verdict} {row.misconception}"
            faults.append(f"{mutant.name}: line {key} is {theirs!r} behind the boundary and {mine!r} here")
    return faults


def again(path: Path, count: int, contract: Rubric) -> set[bytes]:
    """The results of grading a submission `count` times, without the time that it took."""
    found = set()
    for _ in range(count):
        page = results.gradescope(grading.grade(path, contract, pictures=False))
        del page["execution_time"]
        found.add(json.dumps(page, sort_keys=True).encode())
    return found


# --- the whole selfcheck ----------------------------------------------------------------------------------------------


@dataclass
class Proof:
    """Everything that was found."""

    contract: Rubric
    quick: bool = False
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    singles: list[Outcome] = field(default_factory=list)
    pairs: list[Outcome] = field(default_factory=list)
    declared: dict[str, Mutant] = field(default_factory=dict)
    correct: list[Program] = field(default_factory=list)
    wrong: list[Program] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

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


_contract: Rubric | None = None


def _ready(contract: Rubric) -> None:
    global _contract
    _contract = contract


def _do(task: tuple[Any, ...]) -> Any:
    """One piece of work, in whatever process."""
    work, *arguments = task
    assert _contract is not None
    return work(*arguments, *(() if isinstance(arguments[-1], Rubric) else (_contract,)))


def _pair(mutant: Mutant, contract: Rubric) -> Outcome:
    return judge(mutant, contract, whole=False)


Each = Callable[[Sequence[tuple[Any, ...]], int], list[Any]]


@contextlib.contextmanager
def helpers(contract: Rubric, jobs: int) -> Iterator[Each]:
    """A way to do many pieces of work in `jobs` processes, or in this one."""
    if jobs == 1:
        _ready(contract)
        yield lambda tasks, size: [_do(task) for task in tasks]
        return
    # Spawned, so that no process inherits another's server.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _ready, (contract,)) as pool:
        yield lambda tasks, size: list(pool.map(_do, tasks, chunksize=size))


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    contract: Rubric | None = None, quick: bool = False, jobs: int = 0, say: Callable[[str], None] = print
) -> Proof:
    """The whole selfcheck; `quick`: a sample of it.  Raises RubricError and GraderFault."""
    begun = time.monotonic()
    proof = Proof(contract or rubric.load(), quick)
    with helpers(proof.contract, jobs or cores()) as each:
        for title, part in (
            ("skeleton and solution", _ends), ("correct programs", _correct), ("single mutants", _singles),
            ("pairs of mutations", _pairs), ("equivalent mutants", _apart), ("wrong programs", _wrong),
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


def _ends(proof: Proof, each: Each) -> str:
    """The skeleton earns nothing and the solution everything, with the rubric's hidden numbers and with others."""
    ends = ((0, ROOT / "student" / NAME), (rubric.TOTAL, SOLUTION))
    tasks = [(_end, points, path, secret) for secret in (load_secret(), OTHER_SECRET) for points, path in ends]
    for points, score, faults in each(tasks, 1):
        proof.faults += faults
        if score != points:
            proof.faults.append(f"the {'solution' if points else 'skeleton'} earns {score:g} points, not {points}")
    return f"{len(tasks)} grades"


def _end(points: float, path: Path, secret: bytes, contract: Rubric) -> tuple[float, float, list[str]]:
    with Sandbox(submission.read(path).files, NAME, contract.limits) as box:
        lines = examine(box, contract, secret=secret).lines
    lost = [key for key, line in lines.items() if line.lost]
    score = sum(contract.by_key[key].points for key in lines if key not in lost)
    return points, score, [f"the solution loses line {key}" for key in lost if points]


def _some(found: Sequence[Any], quick: bool, step: int) -> list[Any]:
    return list(found[::step] if quick else found)


def _correct(proof: Proof, each: Each) -> str:
    paths = _some(programs("correct"), proof.quick, 8)
    if not paths:
        proof.notes.append("tests/submissions is not installed: correct and wrong programs are not checked.")
    proof.correct = each([(behind, path) for path in (SOLUTION, *paths)], 2)
    proof.faults += [fault for one in proof.correct for fault in one.faults]
    return f"{sum(not p.faults for p in proof.correct)} of {len(proof.correct)} earn everything"


def _all() -> list[Mutant]:
    return [*BEHAVIORS.values(), *mutants.singles()]


def _singles(proof: Proof, each: Each) -> str:
    found = _some(_all(), proof.quick, 4)
    proof.declared = {m.name: m for m in found}
    proof.singles = each([(judge, mutant) for mutant in found], 4)
    if not proof.quick:
        for key in proof.contract.by_key:
            if not key.startswith("training") and not any(key in m.lines for m in found):
                proof.faults.append(f"line {key}: no mutant is declared to lose it")
    return _as_declared(proof, proof.singles)


def _pairs(proof: Proof, each: Each) -> str:
    found = _some(list(mutants.pairs(mutants.singles())), proof.quick, 40)
    proof.pairs = each([(_pair, mutant) for mutant in found], 20)
    return _as_declared(proof, proof.pairs)


def _as_declared(proof: Proof, outcomes: list[Outcome]) -> str:
    for one in outcomes:
        proof.faults += one.faults
        proof.faults += [f"a false name: {text}" for text in one.false]
    return f"{sum(not o.faults for o in outcomes)} of {len(outcomes)} lose what they are declared to lose"


def _apart(proof: Proof, each: Each) -> str:
    found = _some(_all(), proof.quick, 4)
    made = [(m.name, *f) for m, f in zip(found, each([(fingerprint, m) for m in found], 8), strict=True)]
    declared = 0
    for a, b in alike(made):
        keys = {a.split(" (")[0], b.split(" (")[0]}
        if len(keys) == 1 or any(keys <= group for group in mutants.SAME):
            declared += 1
        else:
            proof.faults.append(f"{a} and {b} give the same answers to every question, and are not declared equivalent")
    return f"{len(found)} mutants; {declared} pairs are declared equivalent"


def _wrong(proof: Proof, each: Each) -> str:
    proof.wrong = each([(graded, path) for path in _some(programs("wrong"), proof.quick, 10)], 2)
    proof.faults += [fault for one in proof.wrong for fault in one.faults]
    hints = [f"{sum(p.hint == word for p in proof.wrong)} {word}" for word in ("right", "wrong", "silent")]
    sound = sum(not p.faults for p in proof.wrong)
    return f"{sound} of {len(proof.wrong)} lose points in the wrong functions only; hints: {', '.join(hints)}"


def _boundary(proof: Proof, each: Each) -> str:
    found = _some(_all()[::12] + list(mutants.pairs(mutants.singles()))[::800], proof.quick, 8)
    for faults in each([(crossed, mutant) for mutant in found], 2):
        proof.faults += faults
    return f"{len(found)} mutants, graded in the sandbox too"


def _repeats(proof: Proof, each: Each) -> str:
    count = 4 if proof.quick else REPEATS
    share = max(count // 4, 1)
    mutant = next(m for m in mutants.singles() if m.function == "backprop")
    with tempfile.TemporaryDirectory(prefix="selfcheck-") as folder:
        paths = (SOLUTION, written(mutant, Path(folder)))
        found = each([(again, path, share) for path in paths for _ in range(2)], 1)
    for nth in (0, 2):
        if len(found[nth] | found[nth + 1]) != 1:
            proof.faults.append("grading the same submission again gives another result")
    return f"{4 * share} grades"


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
        share(f"{title} named", [not o.silent and not o.false for o in outcomes])
        share(f"{title} with a false name", [bool(o.false) for o in outcomes])
    share("wrong programs with full points", [p.score >= rubric.TOTAL for p in proof.wrong])
    share("wrong programs that lose points in the wrong functions only", [not p.faults for p in proof.wrong])
