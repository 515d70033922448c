"""Grade source mutants in this process, until the first lost criterion, and let the checker say which are wrong."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from autograder.asking.battery import FUNCTIONS
from autograder.rubric import Rubric
from autograder.selfcheck import checker
from autograder.selfcheck.bench import brief, first_lost
from autograder.selfcheck.source_mutants import SourceMutant, silent, source_mutants

EVERY, SAMPLE, QUICK = (8000, 1000), (300, 26), (24, 3)  # source mutants in all, and of how many programs at most
SLOW = 3.0  # seconds of a program's own that make its mutants take too long
MEMORY = 3 << 30  # bytes that a mutant may use


class Judged(NamedTuple):
    """A source mutant: the criterion that it loses, or the function that it loses one of ("" for none), and what the
    checker says of it."""

    program: str
    function: str
    operator: str
    change: str
    lost: str
    verdict: str

    @property
    def wrong(self) -> bool:
        return self.verdict == checker.WRONG

    @property
    def right(self) -> bool:
        return self.verdict == checker.RIGHT

    @property
    def plain(self) -> bool:
        """Whether the text of the program was changed; otherwise it is a guard or a state."""
        return _is_plain(self.operator)


def _is_plain(operator: str) -> bool:
    return operator != "state" and not operator.startswith("guard:")


def shares(paths: Sequence[Path], total: int) -> list[tuple[Path, int, int]]:
    """How many mutants of each program are judged, and which comes first."""
    return [(path, max(total // len(paths), 1), i) for i, path in enumerate(paths)]


def judge_program(task: tuple[Path, int, int], contract: Rubric) -> tuple[list[Judged], str]:
    """Judge a share of the mutants of a program, with the first steps of the training; a note if there are none."""
    path, count, first = task
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, before[1]))
    try:
        with silent():
            return _judge_share(path, count, first, brief(contract))
    except (SyntaxError, ValueError) as error:
        return [], f"No source mutants of {path.name}: {type(error).__name__}."
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _judge_share(path: Path, count: int, first: int, contract: Rubric) -> tuple[list[Judged], str]:
    original, *found = source_mutants(path.name, path.read_bytes())
    begun = time.process_time()
    lost, seconds = first_criterion(original, contract), time.process_time() - begun
    checked = checker.verdict(original.make)
    if lost or seconds > SLOW or checked != checker.RIGHT:
        slow = f"it takes {seconds:.0f} s" if seconds > SLOW else f"in the stated ranges it is {checked}"
        return [], f"No source mutants of {path.name}: {f'it loses {_named(lost)}' if lost else slow}."
    step = max(len(found) // count, 1)
    return [judge(mutant, contract) for mutant in found[first % step :: step]], ""


def judge(mutant: SourceMutant, contract: Rubric) -> Judged:
    """Judge one mutant."""
    about = (mutant.program, mutant.function, mutant.operator, mutant.change)
    return Judged(*about, first_criterion(mutant, contract), checker.verdict(mutant.make))


def first_criterion(mutant: SourceMutant, contract: Rubric) -> str:
    """What a mutant loses: see first_lost."""
    try:
        mutant.make()
    except (Exception, checker.TooManySteps):
        return "training_file"
    return first_lost(mutant.make, contract, mutant.function if mutant.function in FUNCTIONS else "")


def share(judged: Iterable[Judged]) -> str:
    """The mutation score: how many of the wrong ones lose a criterion."""
    wrong = [one for one in judged if one.wrong]
    return f"{sum(bool(one.lost) for one in wrong)} of {len(wrong)}"


def faults(judged: Iterable[Judged]) -> list[str]:
    """What is wrong with how they were graded."""
    found = []
    for one in judged:
        what = f"source mutant of {one.program} ({one.operator} in {one.function}: {one.change})"
        if one.right and one.lost:
            found.append(f"{what}: equivalent, and loses {_named(one.lost)}")
        if one.wrong and not one.lost and one.plain:
            found.append(f"{what}: wrong, and loses nothing")
    return found


def _named(lost: str) -> str:
    return f"a criterion of {lost}" if lost in FUNCTIONS else f"line {lost}"


def by_operator(judged: Sequence[Judged]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The mutation score as a table: the functions, and for each operator the scores."""
    functions = [f for f in (*FUNCTIONS, "helpers") if any(one.function == f for one in judged)]
    rows = []
    for operator in sorted({one.operator for one in judged}, key=lambda o: (not _is_plain(o), o)):
        cells = [[o for o in judged if (o.operator, o.function) == (operator, function)] for function in functions]
        rows.append((operator, [share(cell) if any(o.wrong for o in cell) else "" for cell in cells]))
    return functions, rows
