"""The hidden tests: unittest cases with gradescope-utils' decorators, one method for each criterion of the rubric.

A method says with @criterion which one it decides.  `judge` runs them once, over a transcript, with gradescope-utils'
JSONTestRunner; the rows that the runner makes are the rows of the result.  Imports asking, and nothing above it.
"""

from __future__ import annotations

import functools
import importlib
import io
import unittest
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from gradescope_utils.autograder_utils.decorators import number, partial_credit, visibility, weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestResult, JSONTestRunner

from autograder.asking.battery import ACTIVATIONS, Probe
from autograder.asking.failures import Problem
from autograder.asking.transcript import Transcript
from autograder.hidden_tests import judging
from autograder.rubric import Criterion, RubricError

MODULES = ("forward", "loss", "backprop", "update", "training")
Test = TypeVar("Test", bound=Callable[..., None])


class Lost(AssertionError):
    """The criterion is lost, for this reason."""

    verdict = "failed"

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.function}: {problem.code}")
        self.problem = problem


class NotChecked(Lost):
    """The criterion can't be judged, for this reason."""

    verdict = "not checked"


@dataclass(frozen=True)
class Verdict:
    """What became of one criterion: "passed", "failed", "not checked" or "fault" (then `fault` says why)."""

    criterion: Criterion
    verdict: str
    score: float = 0.0
    problem: Problem | None = None
    fault: str = ""


def criterion(key: str, partial: bool = False) -> Callable[[Test], Test]:
    """Say which criterion a test decides; `partial`: it calls set_score with a share of the points, 0 to 1."""

    def mark(test: Test) -> Test:
        test.criterion_key, test.criterion_partial = key, partial  # type: ignore[attr-defined]
        return test

    return mark


class HiddenTest(unittest.TestCase):
    """What the hidden tests are written with."""

    transcript: ClassVar[Transcript]

    def judge(self, function: str, parts: Iterable[str], probes: Iterable[Probe]) -> None:
        """Fail with the first problem in these parts of the answers to these probes."""
        parts = tuple(parts)
        for probe in probes:
            for part in parts:
                problem = judging.lost(self.transcript, function, probe, part)
                if problem:
                    raise Lost(problem)

    def behavior(self, function: str, probes: Iterable[Probe]) -> None:
        """Fail with the first problem in the answers to these probes, looking at the parts that are earned."""
        self._lose(judging.check_behavior(self.transcript, function, list(probes)))

    def purity(self, function: str) -> None:
        """Fail if the function changes its arguments, or depends on anything but them."""
        self._lose(judging.check_behavior(self.transcript, function, []))
        self._lose(judging.purity(self.transcript, function))

    def _lose(self, problem: Problem | None) -> None:
        if problem:
            raise (NotChecked if problem.code == "not_earned" else Lost)(problem)

    def both(self, probes: Callable[[str], list[Probe]]) -> list[Probe]:
        """The probes for both activations."""
        return [probe for activation in ACTIVATIONS for probe in probes(activation)]


class _Result(JSONTestResult):  # type: ignore[misc]
    """A row holds, beside what gradescope-utils puts there, the verdict that the test's exception carries."""

    def processResult(self, test: Any, err: Any = None) -> None:
        if isinstance(test, unittest.TestCase):
            super().processResult(test, err)
        else:  # setUpClass or tearDownClass failed: unittest reports that under the name of the class
            self.results.append({"class": str(test), "fault": f"{type(err[1]).__name__}: {err[1]}"})

    def buildResult(self, test: Any, err: Any = None) -> dict[str, Any]:
        row: dict[str, Any] = super().buildResult(test, err)
        method = getattr(test, test._testMethodName)
        error = err[1] if err else None
        row |= {"criterion": method.criterion_key, "class": type(test).__name__}
        if isinstance(error, Lost):
            row |= {"verdict": error.verdict, "problem": error.problem}
        elif error is not None:  # the grader's fault: no score, which would be a zero
            row = {k: v for k, v in row.items() if k not in ("score", "max_score", "status")}
            row |= {"verdict": "fault", "fault": f"{type(error).__name__}: {error}"}
        else:
            row["verdict"] = "passed"
        return row


class _Runner(JSONTestRunner):  # type: ignore[misc]
    resultclass = _Result


def judge(transcript: Transcript) -> list[Verdict]:
    """Run the hidden tests over a transcript: one verdict for each criterion, in the rubric's order.

    Raises RubricError for a criterion without a test.
    """
    rubric = transcript.paper.rubric
    rows: list[dict[str, Any]] = []
    _Runner(stream=io.StringIO(), post_processor=lambda page: rows.extend(_taken(page))).run(_suite(transcript))
    by_key = {row["criterion"]: row for row in rows if "criterion" in row}
    broken = {row["class"]: row["fault"] for row in rows if "criterion" not in row}
    return [_verdict(c, by_key.get(c.key), broken) for c in rubric.criteria]


def _taken(page: dict[str, Any]) -> list[dict[str, Any]]:
    """Take the rows out of what the runner would write."""
    rows, page["tests"] = page["tests"], []
    return list(rows)


def _verdict(criterion: Criterion, row: dict[str, Any] | None, broken: dict[str, str]) -> Verdict:
    """The verdict of a row; `broken` are the classes that failed as a whole, as unittest describes them."""
    name = row["class"] if row else f"Test{criterion.function.capitalize()}"
    for where, error in broken.items():
        if where.endswith(f".{name})"):
            return Verdict(criterion, "fault", fault=f"{where}: {error}")
    if row is None:
        return Verdict(criterion, "fault", fault="its test did not run")
    if row["verdict"] == "fault":
        return Verdict(criterion, "fault", fault=row["fault"])
    score = float(row["score"])
    if row.get("max_score") != criterion.points or not 0 <= score <= criterion.points:
        return Verdict(criterion, "fault", fault=f"its test gave {score:g} of {row.get('max_score')} points")
    return Verdict(criterion, row["verdict"], score, row.get("problem"))


def _suite(transcript: Transcript) -> unittest.TestSuite:
    rubric = transcript.paper.rubric
    tests, have = unittest.TestSuite(), set()
    for case, name, test in _tests():
        key = test.criterion_key
        have.add(key)
        if key in rubric.by_key:
            # A class of its own for every run: what the decorators keep is never another submission's.
            members = {name: _decorated(test, rubric.by_key[key]), "transcript": transcript}
            tests.addTest(type(case.__name__, (case,), members)(name))
    lacking = [key for key in rubric.by_key if key not in have]
    if lacking:
        raise RubricError(
            f"rubric.toml: no hidden test decides the criterion {lacking[0]!r}. Write one, or remove the criterion."
        )
    return tests


def _tests() -> Iterator[tuple[type[HiddenTest], str, Any]]:
    for module in MODULES:
        for case in vars(importlib.import_module(f"autograder.hidden_tests.test_{module}")).values():
            if isinstance(case, type) and issubclass(case, HiddenTest) and case is not HiddenTest:
                yield from ((case, name, test) for name, test in vars(case).items() if hasattr(test, "criterion_key"))


def _decorated(test: Any, row: Criterion) -> Any:
    """The test with gradescope-utils' decorators, from the rubric's values, so that points stand in one place."""

    @functools.wraps(test)
    def run(self: HiddenTest, set_score: Callable[[float], None] | None = None) -> None:
        def share(value: float) -> None:
            assert set_score is not None
            set_score(round(min(max(float(value), 0.0), 1.0) * row.points, 2))

        test(self, share) if test.criterion_partial else test(self)

    run.__doc__ = row.title
    decorate = partial_credit(row.points) if test.criterion_partial else weight(row.points)
    return visibility(row.visibility)(number(row.number)(decorate(run)))
