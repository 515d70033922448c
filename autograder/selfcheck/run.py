"""The grader's proof of itself: what is right passes, what is wrong is caught where it must be, what is said is true.

Wrong programs are made from the tables of mistakes (catalogue.py) and graded in this process, without a worker each; a
sample of them, and every program below tests/submissions, goes through the real boundary too.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import multiprocessing
import os
import re
import tempfile
import time
import unittest
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from autograder import grade as grading
from autograder import hidden_tests, rubric
from autograder import result as results
from autograder.asking import checks
from autograder.asking.checks import PARTS, Problem
from autograder.asking.exam import FLAT, Exam
from autograder.asking.paper import FUNCTIONS, KINDS
from autograder.asking.probes import NAMES, Probe
from autograder.diagnosis import diagnose
from autograder.rubric import Rubric
from autograder.sandbox import client as sandbox
from autograder.sandbox import frames as channel
from autograder.sandbox.client import ROOT, Answer, Questions, Sandbox
from autograder.sandbox.worker.runner import Runner
from autograder.selfcheck import catalogue
from autograder.selfcheck.catalogue import Functions, Mistake
from autograder.submission import NAME

SUBMISSIONS = ROOT / "tests" / "submissions"
OTHER_SEED = 271828
REPEATS = 100


class InProcessSandbox:
    """A trusted program in this process, with the interface of a Sandbox.  The worker's own code makes the calls, and
    what comes back goes through the channel's frames."""

    def __init__(self, make: Callable[[], Functions]) -> None:
        self._make = make
        self.layers: list[str] = []
        self.deaths = 0
        self._next = 0
        self.close()

    def close(self) -> None:
        """Forget everything, as a new worker would."""
        self._runner = Runner(scratch="\0")
        self._runner.module.__dict__.update(self._make())

    def load(self) -> Answer:
        return Answer("returned", rest={"found": {}, "names": list(FUNCTIONS), "errors": []})

    def call(self, name: str, *args: Any, **options: Any) -> Answer:
        return self._answer("call", {"name": name, "args": [_copied(a) for a in args], "kwargs": {}} | options)

    def several(self, questions: Questions) -> list[Answer]:
        answers: list[Answer] = []
        for ask in questions.asks:
            ask = ask | {"args": [_copied(a) for a in ask.get("args", [])]}
            answers.append(self._answer(ask["op"], ask))
        return answers

    def recall(self, answer: Answer) -> Answer:
        return self._answer("recall", {"of": answer.id})

    def train(self, **question: Any) -> Answer:
        return self._answer("train", {k: _copied(v) for k, v in question.items()})

    def _answer(self, op: str, ask: dict[str, Any]) -> Answer:
        self._next += 1
        self._runner.id = ask.get("id", self._next)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            reply = getattr(self._runner, op)(ask)
        return Answer(
            status=reply["status"],
            value=_carried(reply.get("value")),
            args=tuple(reply.get("args", ())),
            error=reply.get("error", {}),
            id=self._runner.id,
            rest={k: v for k, v in reply.items() if k in ("marks", "losses", "step", "doing")},
        )


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    return np.array(value, order="C") if isinstance(value, np.ndarray) else value


def _carried(value: Any) -> Any:
    """A value as it is after its way over the channel."""
    frame = channel.pack(value)
    head = int.from_bytes(frame[:4], "little")
    return channel.unpack(frame[8 : 8 + head], frame[8 + head :])


class Recorder(Exam):
    """An exam that keeps the largest error it saw."""

    def __init__(self, contract: Rubric, box: Any) -> None:
        super().__init__(grading.load_paper(contract), box)
        self.largest = 0.0

    def check(self, function: str, probe: Probe, part: str) -> Problem | None:
        problem = super().check(function, probe, part)
        if problem is None:
            self.largest = max(self.largest, self._error(self.reply(function, probe), part))
        return problem


@dataclass(frozen=True)
class Line:
    """What became of one line: its verdict, the problem's kind and place, the name given, and the error."""

    verdict: str
    kind: str = ""
    part: str = ""
    activation: str = ""
    key: str = ""
    certain: bool = False
    error: float = 0.0

    @property
    def lost(self) -> bool:
        return self.verdict != "passed"

    @property
    def misconception(self) -> str:
        return self.key if self.certain else self.kind


def examine(exam: Recorder, functions: Iterable[str] | None = None, explain: bool = True) -> dict[str, Line]:
    """Every line of the rubric, or those of some functions."""
    contract = exam.rubric
    suite, verdicts = hidden_tests.suite(contract, exam)
    wanted = None if functions is None else set(functions)
    lines = {}
    for test in suite:
        assert isinstance(test, unittest.TestCase)
        key = getattr(test, test._testMethodName).line_key
        if wanted is not None and contract.by_key[key].function not in wanted:
            continue
        exam.largest = 0.0
        with np.errstate(all="ignore"):
            test.run(unittest.TestResult())
        verdict, problem = verdicts.get(key, ("fault", None))
        if problem is None:
            lines[key] = Line(verdict, error=exam.largest if verdict == "passed" else 0.0)
            continue
        why = diagnose.explain(exam, problem) if explain else None
        lines[key] = Line(
            verdict, problem.kind, problem.part, problem.probe.activation if problem.probe else "",
            why.key if why else "", bool(why and why.certain), float(problem.data.get("error", np.inf)),
        )  # fmt: skip
    if "training" in exam.__dict__ and "training_path" in lines and not lines["training_path"].lost:
        lines["training_path"] = Line("passed", error=_path_error(exam))
    return {key: lines[key] for key in contract.by_key if key in lines}


def _path_error(exam: Exam) -> float:
    training = exam.training
    return max(
        checks.error(
            training.params[step][name] - training.start[name], exam.paper.path[step][name] - training.start[name]
        )
        for step in exam.rubric.training.path_steps
        for name in NAMES
    )


# --- one wrong program of the catalogue -------------------------------------------------------------------------------


@dataclass
class Outcome:
    """One wrong program: its lines, what is off (`faults`), and how its value lines were named."""

    name: str
    function: str
    lines: dict[str, Line] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    right: int = 0
    silent: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    training: tuple[str, ...] = ()
    seconds: float = 0.0


def names(key: str) -> list[frozenset[str]]:
    """The sets of mistakes that a name in a result stands for: one, or two that give the same numbers."""
    return [frozenset(_plain(word) for word in one.split(" + ")) for one in key.split(" | ")]


def _plain(word: str) -> str:
    """The first name of a mistake that has several."""
    for group in catalogue.SAME:
        if word in group:
            return min(group)
    return word


def judge(mistake: Mistake, contract: Rubric, whole: bool = True) -> Outcome:
    """Grade a wrong program of the catalogue and hold it against its declaration; `whole`: training too."""
    begun = time.process_time()
    exam = Recorder(contract, InProcessSandbox(lambda: catalogue.functions(mistake)))
    own = mistake.function.split(", ")
    lines = examine(exam, None if whole else own)
    out = Outcome(mistake.name, mistake.function, lines)
    may = set(mistake.may)
    for function in own:
        general = [exam.reply(function, p) for kind in KINDS for p in exam.probes.general(kind)]
        if any(r.problem for r in general):
            # A call that gives nothing back takes all lines of its function with it.
            may |= {key for key, line in contract.by_key.items() if line.function == function}
        if function == "forward" and any(np.ptp(r.parts["e1"]) <= FLAT for r in general if "e1" in r.parts):
            # Of an e1 that is the same everywhere h tells nothing of sigma.
            may |= {"forward_logistic", "forward_tanh"}
    if whole:
        seen = exam.failing() and not exam.unwritten()
        if not seen or len(own) > 1:
            # Training is only shielded from a mistake that shows where training asks.
            may |= {key for key, line in contract.by_key.items() if line.function == "training"}
    lost = {key for key, line in lines.items() if line.lost}
    out.training = tuple(sorted(key for key in lost if contract.by_key[key].function == "training"))
    for key in sorted(mistake.lines - lost):
        if key in contract.by_key:
            out.faults.append(f"{mistake.name}: line {key} must be lost and is passed")
    for key in sorted(lost - mistake.lines - may):
        out.faults.append(f"{mistake.name}: line {key} must be passed and is lost ({lines[key].kind})")
    for key, line in lines.items():
        if line.verdict == "fault":
            out.faults.append(f"{mistake.name}: line {key} could not be judged")
        elif line.lost and contract.by_key[key].function != "training":
            _name(mistake, key, line, out)
    out.seconds = time.process_time() - begun
    return out


def _name(mistake: Mistake, key: str, line: Line, out: Outcome) -> None:
    """Hold the name that a line was given against the mistakes that are there."""
    if not mistake.slots:
        if mistake.called and line.key == mistake.called:
            out.right += key in mistake.lines
        elif line.certain:
            out.false.append(f"{mistake.name}: line {key} is called {line.key!r}")
        elif key in mistake.lines and mistake.called:
            out.silent.append(f"{mistake.name}: line {key} is not named")
        return
    rows = mistake.names(line.part, line.activation) if line.part else mistake.rows
    want = {_plain(word) for word in rows}
    if not line.certain:
        if key in mistake.lines:
            out.silent.append(f"{mistake.name}: line {key} ({line.kind}) is not named")
    elif any(found <= want or found == catalogue.EQUAL.get(frozenset(want)) for found in names(line.key)):
        # Fewer than there are: the others change no number beside them.
        out.right += 1
    else:
        out.false.append(f"{mistake.name}: line {key} is called {line.key!r}, not {' + '.join(sorted(want))!r}")


# --- numbers that tell mistakes apart ---------------------------------------------------------------------------------


def fingerprint(mistake: Mistake, contract: Rubric) -> tuple[tuple[Any, ...], np.ndarray[Any, Any]]:
    """Everything that a wrong program answers: the forms of the answers, and all their numbers."""
    exam = Recorder(contract, InProcessSandbox(lambda: catalogue.functions(mistake)))
    forms: list[Any] = []
    numbers = [np.zeros(1)]
    for function in mistake.function.split(", "):
        probes = [p for kind in KINDS for p in exam.probes.general(kind) + exam.probes.sizes(kind)]
        if function in ("forward", "backprop"):
            probes += [p for kind in KINDS for p in exam.probes.large(function, kind)]
        for probe in [*probes, exam.probes.perfect()]:
            reply = exam.reply(function, probe)
            for part in PARTS[function]:
                got = reply.raw(part)
                problem = reply.problem or reply.problems.get(part)
                forms.append((problem.kind if problem else "", None if got is None else got.shape))
                if got is not None:
                    numbers.append(np.array(got).ravel())
        if not mistake.slots:
            behaviour = exam.alone(function)
            forms.append(behaviour.kind if behaviour else "")
    return (mistake.function, *forms), np.concatenate(numbers)


def alike(made: Sequence[tuple[str, tuple[Any, ...], np.ndarray[Any, Any]]]) -> list[tuple[str, str]]:
    """The pairs of names whose forms and numbers are the same."""
    groups: dict[tuple[Any, ...], list[tuple[str, np.ndarray[Any, Any]]]] = {}
    for name, form, numbers in made:
        groups.setdefault(form, []).append((name, numbers))
    found = []
    for group in groups.values():
        for i, (name, numbers) in enumerate(group):
            found += [
                (name, other) for other, more in group[i + 1 :] if np.allclose(numbers, more, rtol=1e-7, atol=1e-10)
            ]
    return found


# --- programs that go through the boundary ----------------------------------------------------------------------------


@dataclass
class Program:
    """A submission: what its first lines say of it, its points, its lines, and what is off."""

    name: str
    said: Mapping[str, str]
    score: float
    lines: dict[str, Line]
    faults: list[str] = field(default_factory=list)


def programs(kind: str) -> list[Path]:
    """The submissions of a kind, "correct" or "wrong"; none where the tests are not here."""
    folder = SUBMISSIONS / kind
    found = [p for p in folder.iterdir() if p.suffix == ".py" or (p / NAME).is_file()] if folder.is_dir() else []
    return sorted(found)


def header(path: Path) -> dict[str, str]:
    """The `# key: value` lines at the top of a submission."""
    text = (path / NAME if path.is_dir() else path).read_bytes()[:4000].decode("latin-1")
    return dict(re.findall(r"^(?:\xef\xbb\xbf)?# (correct|forgiven|wrong|functions): (.+?)\s*$", text, re.MULTILINE))


def behind(path: Path, contract: Rubric) -> Program:
    """A submission that is meant to be right, behind the boundary: its lines and their largest errors."""
    from autograder import submission

    files = submission.read(path).files
    with Sandbox(files, NAME, contract.limits) as box:
        box.load()
        lines = examine(Recorder(contract, box))
    score = sum(contract.by_key[key].points for key, line in lines.items() if not line.lost)
    out = Program(path.stem, header(path), score, lines)
    for key, line in lines.items():
        if line.lost:
            out.faults.append(f"{path.name} is right and loses line {key} ({line.kind}, error {line.error:.1e})")
    return out


def graded(path: Path, contract: Rubric) -> Program:
    """A submission with one mistake, graded as ever: points are lost in the functions it names, and training."""
    result = grading.grade(path, contract, pictures=False)
    lines = {r.criterion.key: Line(r.verdict, key=r.misconception) for r in result.rows}
    out = Program(path.stem, header(path), result.score, lines)
    own = {*out.said.get("functions", "").split(", "), "training"}
    if result.faulty:
        out.faults.append(f"{path.name}: the grader failed: {result.fault or result.staff[0]}")
    if not any(line.lost for line in lines.values()):
        out.faults.append(f"{path.name} is wrong and loses nothing")
    if "module" not in own:
        for key, line in lines.items():
            if line.lost and contract.by_key[key].function not in own:
                out.faults.append(f"{path.name}: line {key} must be passed and is lost ({line.key})")
        for function in own - {"training"}:
            if not any(line.lost for key, line in lines.items() if contract.by_key[key].function == function):
                out.faults.append(f"{path.name}: no line of {function} is lost")
    return out


def written(mistake: Mistake, folder: Path) -> Path:
    """Write a wrong program of the catalogue as a submission, tables and all."""
    here = Path(__file__).parent.parent
    for name in ("selfcheck/catalogue", "diagnosis/mistakes", "asking/probes"):
        text = (here / f"{name}.py").read_text("utf-8")
        text = re.sub(r"from autograder\.\w+ import", "import", text)
        text = re.sub(r"from autograder\.\w+\.", "from ", text)
        (folder / Path(name).name).with_suffix(".py").write_text(text, "utf-8")
    make = f"program({dict(mistake.slots)!r})" if mistake.slots else f"conduct({mistake.name!r})"
    text = f"import catalogue\n\nmade = catalogue.{make}\n"
    text += "".join(f"{name} = made[{name!r}]\n" for name in FUNCTIONS)
    (folder / NAME).write_text(text, "utf-8")
    return folder


def crossed(mistake: Mistake, contract: Rubric) -> list[str]:
    """Whether a wrong program gets the same lines and names in this process and behind the boundary."""
    here = judge(mistake, contract)
    with tempfile.TemporaryDirectory(prefix="selfcheck-") as folder:
        result = grading.grade(written(mistake, Path(folder)), contract, pictures=False)
    faults = []
    for row in result.rows:
        line = here.lines[row.criterion.key]
        if (row.verdict, row.misconception) != (line.verdict, line.misconception):
            mine, theirs = f"{line.verdict} {line.misconception}", f"{row.verdict} {row.misconception}"
            faults.append(f"{mistake.name}: line {row.criterion.key} is {theirs!r} behind the boundary and {mine!r} here")
    return faults


def again(path: Path, count: int, contract: Rubric) -> set[bytes]:
    """The results of grading a submission `count` times, without the time that it took."""
    found = set()
    for _ in range(count):
        page = results.gradescope(grading.grade(path, contract, pictures=False))
        del page["execution_time"]
        found.add(json.dumps(page, sort_keys=True).encode())
    return found


# --- the whole --------------------------------------------------------------------------------------------------------


@dataclass
class Proof:
    """Everything that was found."""

    contract: Rubric
    quick: bool = False
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    singles: list[Outcome] = field(default_factory=list)
    pairs: list[Outcome] = field(default_factory=list)
    declared: dict[str, Mistake] = field(default_factory=dict)
    correct: list[Program] = field(default_factory=list)
    wrong: list[Program] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def errors(self, key: str) -> tuple[float, float | None, float]:
        """For a line: the largest error of what is right, the tolerance, and the smallest error of what is wrong."""
        right = [p.lines[key].error for p in self.correct if key in p.lines and not p.lines[key].lost]
        wrong = [
            o.lines[key].error
            for o in self.singles + self.pairs
            if key in o.lines and o.lines[key].kind in ("value", "path")
        ]
        tolerance: float | None = (
            self.contract.tolerance.path if key == "training_path" else self.contract.tolerance.values
        )
        if key.endswith("_alone") or (key.startswith("training") and key != "training_path"):
            tolerance = None
        return max(right, default=0.0), tolerance, min((e for e in wrong if np.isfinite(e)), default=float("nan"))


_contract: Rubric | None = None


def _ready(contract: Rubric) -> None:
    global _contract
    _contract = contract


def _do(task: tuple[Any, ...]) -> Any:
    """One piece of work, in whatever process."""
    work, *arguments = task
    assert _contract is not None
    return work(*arguments, *(() if isinstance(arguments[-1], Rubric) else (_contract,)))


def _pair(mistake: Mistake, contract: Rubric) -> Outcome:
    return judge(mistake, contract, whole=False)


@contextlib.contextmanager
def helpers(contract: Rubric, jobs: int) -> Iterator[Callable[[Sequence[tuple[Any, ...]], int], list[Any]]]:
    """A way to do many pieces of work, in `jobs` processes; with one, in this process."""
    if jobs == 1:
        _ready(contract)
        yield lambda tasks, size: [_do(task) for task in tasks]
        return
    # Processes of their own, so that none inherits another's server.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _ready, (contract,)) as pool:
        yield lambda tasks, size: list(pool.map(_do, tasks, chunksize=size))


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    contract: Rubric | None = None, quick: bool = False, jobs: int = 0, say: Callable[[str], None] = print
) -> Proof:
    """The whole proof; `quick`: a sample of it.  Raises RubricError and GraderFault."""
    begun = time.monotonic()
    contract = contract or rubric.load()
    proof = Proof(contract, quick)
    with helpers(contract, jobs or cores()) as each:
        for title, part in (
            ("skeleton and solution", _ends), ("correct programs", _correct), ("single mistakes", _singles),
            ("pairs of mistakes", _pairs), ("mistakes told apart", _apart), ("wrong programs", _wrong),
            ("the boundary", _boundary), ("the same grade every time", _repeats),
        ):  # fmt: skip
            started, had = time.monotonic(), len(proof.faults)
            try:
                told = part(proof, each)
            except (rubric.RubricError, sandbox.GraderFault):
                raise
            except Exception as error:
                told = "could not be done"
                proof.faults.append(f"{title} could not be checked: {type(error).__name__}: {error}")
            mark = "✗" if len(proof.faults) > had else "✓"
            say(f"{mark} {title}: {told} ({time.monotonic() - started:.0f} s)")
    _measure(proof)
    proof.seconds = time.monotonic() - begun
    return proof


Each = Callable[[Sequence[tuple[Any, ...]], int], list[Any]]


def _ends(proof: Proof, each: Each) -> str:
    """The skeleton earns nothing, the solution everything, with the rubric's hidden numbers and with others."""
    contract = proof.contract
    skeleton = ROOT / "student" / NAME
    for seed in (contract.seed, OTHER_SEED):
        one = dataclasses.replace(contract, seed=seed)
        tasks = [(points, path, one) for points, path in ((0, skeleton), (rubric.TOTAL, grading.SOLUTION))]
        for points, score, faults in each([(_end, *task) for task in tasks], 1):
            proof.faults += faults
            if score != points:
                name = "skeleton" if points == 0 else "solution"
                proof.faults.append(f"the {name} earns {score:g} points, not {points} (seed {seed})")
    return f"{2 * 2} grades"


def _end(points: float, path: Path, contract: Rubric) -> tuple[float, float, list[str]]:
    result = grading.grade(path, contract, pictures=False)
    faults = [f"the grader failed: {result.fault or result.staff[0]}"] if result.faulty else []
    faults += [f"line {r.criterion.key} of the solution: {r.text}" for r in result.rows if points and r.verdict != "passed"]
    return points, result.score, faults


def _some(found: Sequence[Any], quick: bool, step: int) -> list[Any]:
    return list(found[::step] if quick else found)


def _correct(proof: Proof, each: Each) -> str:
    paths = _some(programs("correct"), proof.quick, 8)
    if not paths:
        proof.notes.append("tests/submissions is not here: correct and wrong programs are not checked.")
    proof.correct = each([(behind, path) for path in (grading.SOLUTION, *paths)], 2)
    for one in proof.correct:
        proof.faults += one.faults
    return f"{sum(not p.faults for p in proof.correct)} of {len(proof.correct)} earn everything"


def _catalogue() -> list[Mistake]:
    return [*catalogue.CONDUCT.values(), *catalogue.singles()]


def _singles(proof: Proof, each: Each) -> str:
    found = _some(_catalogue(), proof.quick, 4)
    proof.declared = {m.name: m for m in found}
    proof.singles = each([(judge, mistake) for mistake in found], 4)
    _hold(proof, proof.singles)
    if not proof.quick:
        for key in proof.contract.by_key:
            if not key.startswith("training") and not any(key in m.lines for m in found):
                proof.faults.append(f"line {key}: no mistake of the catalogue is declared to lose it")
    return f"{sum(not o.faults for o in proof.singles)} of {len(proof.singles)} lose what they are declared to lose"


def _pairs(proof: Proof, each: Each) -> str:
    found = _some(list(catalogue.pairs(catalogue.singles())), proof.quick, 40)
    proof.pairs = each([(_pair, mistake) for mistake in found], 20)
    _hold(proof, proof.pairs)
    return f"{sum(not o.faults for o in proof.pairs)} of {len(proof.pairs)} lose what they are declared to lose"


def _hold(proof: Proof, outcomes: list[Outcome]) -> None:
    for one in outcomes:
        proof.faults += one.faults
        proof.faults += [f"a false name: {text}" for text in one.false]


def _apart(proof: Proof, each: Each) -> str:
    found = _some(_catalogue(), proof.quick, 4)
    made = [(m.name, *f) for m, f in zip(found, each([(fingerprint, m) for m in found], 8), strict=True)]
    same = alike(made)
    declared = 0
    for a, b in same:
        if any({_base(a), _base(b)} <= group for group in catalogue.SAME) or _base(a) == _base(b):
            declared += 1
        else:
            proof.faults.append(
                f"{a} and {b} give the same answers to everything that is asked, and are not declared the same"
            )
    return f"{len(found)} mistakes; {declared} pairs are declared the same"


def _base(name: str) -> str:
    return name.split(" (")[0]


def _wrong(proof: Proof, each: Each) -> str:
    proof.wrong = each([(graded, path) for path in _some(programs("wrong"), proof.quick, 10)], 2)
    for one in proof.wrong:
        proof.faults += one.faults
    return f"{sum(not p.faults for p in proof.wrong)} of {len(proof.wrong)} lose points in the functions at fault only"


def _boundary(proof: Proof, each: Each) -> str:
    found = _some(_catalogue()[::12] + list(catalogue.pairs(catalogue.singles()))[::800], proof.quick, 8)
    for faults in each([(crossed, mistake) for mistake in found], 2):
        proof.faults += faults
    return f"{len(found)} programs of the catalogue, graded behind the boundary too"


def _repeats(proof: Proof, each: Each) -> str:
    count = 4 if proof.quick else REPEATS
    share = max(count // 4, 1)
    mistake = next(m for m in catalogue.singles() if m.function == "backprop")
    with tempfile.TemporaryDirectory(prefix="selfcheck-") as folder:
        paths = (grading.SOLUTION, written(mistake, Path(folder)))
        found = each([(again, path, share) for path in paths for _ in range(2)], 1)
    for nth in (0, 2):
        if len(found[nth] | found[nth + 1]) != 1:
            proof.faults.append("grading the same submission again gives another result")
    return f"{4 * share} grades"


def _measure(proof: Proof) -> None:
    """The figures that the grader is measured by."""

    def share(part: int, whole: int) -> str:
        return f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")

    figures = proof.figures
    if proof.correct:
        figures.append(
            (
                "correct programs that lose a point",
                share(sum(p.score < rubric.TOTAL for p in proof.correct), len(proof.correct)),
            )
        )
    for title, outcomes in (("single mistakes", proof.singles), ("pairs of mistakes", proof.pairs)):
        count = len(outcomes)
        figures += [
            (
                f"{title} with full points",
                share(sum(not any(line.lost for line in o.lines.values()) for o in outcomes), count),
            ),
            (f"{title} that lose exactly the declared lines", share(sum(not o.faults for o in outcomes), count)),
            (f"{title} named", share(sum(not o.silent and not o.false for o in outcomes), count)),
            (f"{title} with a false name", share(sum(bool(o.false) for o in outcomes), count)),
        ]
    if proof.wrong:
        count = len(proof.wrong)
        figures += [
            ("wrong programs with full points", share(sum(p.score >= rubric.TOTAL for p in proof.wrong), count)),
            (
                "wrong programs that lose points in the functions at fault only",
                share(sum(not p.faults for p in proof.wrong), count),
            ),
        ]
