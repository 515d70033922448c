"""The hidden tests: unittest cases for gradescope-utils' runner, one method for each line of the rubric.

A method says with @line which line it decides.  suite(rubric, exam) then puts gradescope-utils' decorators (weight,
number, visibility) on it with the rubric's values, so that points stand in one place only.
"""

from __future__ import annotations

import functools
import importlib
import unittest
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from gradescope_utils.autograder_utils.decorators import number, partial_credit, visibility, weight

from autograder.asking.checks import Problem
from autograder.asking.exam import Exam
from autograder.asking.paper import KINDS
from autograder.asking.probes import Probe
from autograder.rubric import Rubric, RubricError

MODULES = ("forward", "loss", "backprop", "update", "training")
Test = TypeVar("Test", bound=Callable[..., None])


class Lost(AssertionError):
    """The line is lost, for this reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.function}: {problem.kind}")
        self.problem = problem


class NotChecked(Lost):
    """The line can't be judged, for this reason."""


def line(key: str, partial: bool = False) -> Callable[[Test], Test]:
    """Say which line of the rubric a test decides; `partial`: it calls set_score with a share of the points, 0 to 1."""

    def mark(test: Test) -> Test:
        test.line_key, test.line_partial = key, partial  # type: ignore[attr-defined]
        return test

    return mark


class HiddenTest(unittest.TestCase):
    """What the hidden tests are written with."""

    exam: ClassVar[Exam]
    verdicts: ClassVar[dict[str, tuple[str, Problem | None]]]

    def judge(self, function: str, parts: Iterable[str], probes: Iterable[Probe]) -> None:
        """Fail with the first problem in these parts of the answers to these probes."""
        parts = tuple(parts)
        for probe in probes:
            for part in parts:
                problem = self.exam.check(function, probe, part)
                if problem:
                    raise Lost(problem)

    def alone(self, function: str) -> None:
        """Fail unless the function leaves its arguments alone and answers by nothing else."""
        problem = self.exam.alone(function)
        if problem:
            raise Lost(problem)

    def every(self, probes: Callable[[str], list[Probe]]) -> list[Probe]:
        """The probes for both nonlinearities."""
        return [probe for kind in KINDS for probe in probes(kind)]


def suite(rubric: Rubric, exam: Exam) -> tuple[unittest.TestSuite, dict[str, tuple[str, Problem | None]]]:
    """The tests of all lines, and the verdicts that they will leave by key.

    Raises RubricError for a line without a test.
    """
    tests, have = unittest.TestSuite(), set()
    verdicts: dict[str, tuple[str, Problem | None]] = {}
    for name in MODULES:
        module = importlib.import_module(f"autograder.hidden_tests.test_{name}")
        for case in vars(module).values():
            if isinstance(case, type) and issubclass(case, HiddenTest) and case is not HiddenTest:
                # A class of its own for every run: what the decorators keep is never another submission's.
                methods = {n: _decorated(m, rubric) for n, m in vars(case).items() if hasattr(m, "line_key")}
                have |= {m.line_key for m in methods.values()}
                own = type(case.__name__, (case,), methods | {"exam": exam, "verdicts": verdicts})
                tests.addTests(own(n) for n in methods if methods[n].line_key in rubric.by_key)
    lacking = [key for key in rubric.by_key if key not in have]
    if lacking:
        advice = "Write one, or take the line out."
        raise RubricError(f"rubric.toml: no hidden test decides the line {lacking[0]!r}. {advice}")
    return tests, verdicts


def _decorated(test: Any, rubric: Rubric) -> Any:
    """A test as gradescope-utils runs it, that also leaves its verdict."""
    key, partial = test.line_key, test.line_partial
    row = rubric.by_key.get(key)

    @functools.wraps(test)
    def run(self: HiddenTest, set_score: Callable[[float], None] | None = None) -> None:
        share = 1.0

        def score(value: float) -> None:
            nonlocal share
            share = min(max(float(value), 0.0), 1.0)

        self.verdicts[key] = ("fault", None)
        try:
            test(self, score) if partial else test(self)
            self.verdicts[key] = ("passed", None)
        except NotChecked as lost:
            self.verdicts[key] = ("not checked", lost.problem)
            share = 0.0
            raise
        except Lost as lost:
            self.verdicts[key] = ("failed", lost.problem)
            share = share if partial and share < 1 else 0.0
            raise
        finally:
            if set_score and row:
                set_score(round(share * row.points, 2))

    if row:
        run.__doc__ = row.title
        decorate = partial_credit(row.points) if partial else weight(row.points)
        run = visibility(row.visibility)(number(row.number)(decorate(run)))
    return run
