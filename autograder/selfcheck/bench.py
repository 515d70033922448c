"""Grade a trusted program in this process, without a worker: what selfcheck grades thousands of mutants with."""

from __future__ import annotations

import unittest
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder import grade as grading
from autograder import hidden_tests
from autograder.asking import checks
from autograder.asking.checks import Problem
from autograder.asking.exam import Exam
from autograder.asking.paper import FUNCTIONS
from autograder.asking.probes import NAMES, Probe
from autograder.diagnosis import diagnose
from autograder.rubric import Rubric
from autograder.sandbox import frames, worker
from autograder.sandbox.client import Answer, Questions
from autograder.selfcheck.mutants import Functions


class InProcessSandbox:
    """A trusted program in this process, asked like a submission in its sandbox: the worker's own code makes the
    calls, and every answer is packed into frames and unpacked."""

    def __init__(self, make: Callable[[], Functions]) -> None:
        self._make = make
        self.layers: list[str] = []
        self.deaths = 0
        self._next = 0
        self.close()

    def close(self) -> None:
        """Forget everything, as a new worker would."""
        self._student = worker.Student(None, "\0")  # type: ignore[arg-type]
        self._student.module.__dict__.update(self._make())

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
        self._student.id = ask.get("id", self._next)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            reply = getattr(self._student, op)(ask)
        return Answer(
            status=reply["status"],
            value=_carried(reply.get("value")),
            args=tuple(reply.get("args", ())),
            error=reply.get("error", {}),
            id=self._student.id,
            rest={k: v for k, v in reply.items() if k in ("marks", "losses", "step", "doing")},
        )


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    return np.array(value, order="C") if isinstance(value, np.ndarray) else value


def _carried(value: Any) -> Any:
    """A value as it is after its way over the frames."""
    frame = frames.pack(value)
    head = int.from_bytes(frame[:4], "little")
    return frames.unpack(frame[8 : 8 + head], frame[8 + head :])


class Recorder(Exam):
    """An exam that keeps the largest error of a right answer."""

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
    """What became of one criterion: its verdict, the problem's kind and place, the name given, and the error."""

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
    """Every criterion of the rubric, or those of some functions."""
    contract = exam.rubric
    suite, verdicts = hidden_tests.suite(contract, exam)
    wanted = None if functions is None else set(functions)
    lines: dict[str, Line] = {}
    problems: dict[str, Problem] = {}
    for test in suite:
        assert isinstance(test, unittest.TestCase)
        key = getattr(test, test._testMethodName).line_key
        if wanted is not None and contract.by_key[key].function not in wanted:
            continue
        exam.largest = 0.0
        with np.errstate(all="ignore"):
            test.run(unittest.TestResult())
        verdict, problem = verdicts.get(key, ("fault", None))
        lines[key] = Line(verdict, error=exam.largest if verdict == "passed" else 0.0)
        if problem is not None:
            problems[key] = problem
    whys = diagnose.explain_all(exam, problems) if explain else {}
    for key, problem in problems.items():
        why = whys.get(key)
        lines[key] = Line(
            lines[key].verdict, problem.kind, problem.part, problem.probe.activation if problem.probe else "",
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
