"""One mutant: how it is graded, compared with what it is declared to lose and with the names of its mutations."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from autograder import grade as grading
from autograder.asking.battery import ACTIVATIONS, FUNCTIONS
from autograder.asking.reading import PARTS
from autograder.asking.session import LiveSession
from autograder.asking.transcript import Transcript
from autograder.hidden_tests import carried, gradients, judging
from autograder.rounds import Papers
from autograder.rubric import Rubric
from autograder.selfcheck import behaviors, mutants
from autograder.selfcheck.bench import (
    InProcessSandbox,
    Line,
    MutantSession,
    brief,
    examine,
    examine_public,
    only,
    papers_of,
)
from autograder.selfcheck.mutants import Mutant
from autograder.submission import NAME

# What a mutant that is handed in needs beside its module.
HANDED_IN = ("selfcheck/mutants.py", "selfcheck/behaviors.py", "mistakes/activations.py", "mistakes/network.py",
             "mistakes/operators")  # fmt: skip

Answers = tuple[tuple[Any, ...], np.ndarray[Any, Any]]


@dataclass
class Outcome:
    """One mutant: its criteria, what is wrong with how it was graded (`faults`), and how it was named.

    lines : the criteria of its own functions and of training, by key
    """

    name: str
    function: str
    lines: dict[str, Line] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    right: int = 0
    silent: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    named: bool = True  # whether names were asked for
    answers: Answers = ((), np.zeros(0))  # the forms of all answers, and their numbers

    @property
    def lost(self) -> set[str]:
        return {key for key, line in self.lines.items() if line.lost}

    @property
    def killed(self) -> bool:
        return bool(self.lost)

    def points(self, contract: Rubric) -> float:
        """What it costs."""
        return sum(contract.by_key[key].points - line.score for key, line in self.lines.items())


def names(key: str) -> list[frozenset[str]]:
    """The sets of mistakes that a name in a result stands for: one, or two that give the same numbers."""
    return [frozenset(_plain(word) for word in one.split(" + ")) for one in key.split(" | ")]


def _plain(word: str) -> str:
    """The first name of an operator that has several."""
    return next((min(group) for group in mutants.SAME if word in group), word)


def judge(mutant: Mutant, contract: Rubric, whole: bool = True, named: bool = True) -> Outcome:
    """Grade a mutant and compare the result with its declaration.

    Parameters
    ----------
    whole : by the hidden battery and with training; otherwise its own functions, by the public battery
    named : name its mistakes; otherwise only the values are judged, and not the behavior
    """
    box = InProcessSandbox(lambda: behaviors.functions(mutant))
    trains = bool(mutant.slots) and not any("logistic" in mutants.SITES[name].activations for name in mutant.slots)
    session = MutantSession(box, mutant.function, trains) if behaviors.is_alone(mutant) else LiveSession(box)
    own, papers = tuple(mutant.function.split(", ")), papers_of(contract)
    if whole:
        found = examine(session, Papers(*(only(paper, (*own, "training")) for paper in papers)))
    else:
        found = examine_public(session, only(papers.public, own, named), named)
    lines, transcript = found
    out = Outcome(mutant.name, mutant.function, lines, named=named)
    out.answers = _answers(mutant, transcript) if whole else ((), np.zeros(0))
    for key in sorted((mutant.lines & lines.keys()) - out.lost - _carried(mutant, transcript)):
        out.faults.append(f"{mutant.name}: line {key} must be lost and is passed")
    more = out.lost - mutant.lines - mutant.may
    for key in sorted(more - _allowed(mutant, transcript, whole) if more else ()):
        out.faults.append(f"{mutant.name}: line {key} must be passed and is lost ({lines[key].kind})")
    for key, line in lines.items():
        if line.verdict == "fault":
            out.faults.append(f"{mutant.name}: line {key} could not be judged")
        elif named and line.verdict == "failed" and contract.by_key[key].function != "training":
            _check_name(mutant, key, line, out)
    return out


def _carried(mutant: Mutant, transcript: Transcript) -> set[str]:
    """What two mutations may keep though each alone loses it: a part that follows from one that both made wrong."""
    if len(mutant.slots) < 2 or mutant.function != "backprop":
        return set()
    found = (one for one in judging.earned(transcript, "backprop") if one.carried)
    return {key for one in found for key in mutants.criteria("backprop", one.part, [one.activation])}


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


def _answers(mutant: Mutant, transcript: Transcript) -> Answers:
    """What a mutant's own functions answer to all questions: the forms, and the numbers."""
    forms: list[Any] = []
    numbers = [np.zeros(1)]
    own = mutant.function.split(", ")
    for reading in transcript.readings.values():
        for part in PARTS[reading.question.function] if reading.question.function in own else ():
            got, failure = reading.raw(part), reading.failure_of(part)
            forms.append((failure.code if failure else "", None if got is None else got.shape))
            if got is not None:
                numbers.append(np.array(got).ravel())
    if not mutant.slots:
        found = [judging.purity(transcript, function) for function in own]
        forms += [problem.code if problem else "" for problem in found]
    return (mutant.function, *forms), np.concatenate(numbers)


def alike(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    """The pairs of mutants that give the same answers to every question."""
    groups: dict[tuple[Any, ...], list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(one.answers[0], []).append(one)
    return [
        (one.name, other.name)
        for group in groups.values()
        for i, one in enumerate(group)
        for other in group[i + 1 :]
        if np.allclose(one.answers[1], other.answers[1], rtol=1e-7, atol=1e-10)
    ]


# --- in the sandbox ---------------------------------------------------------------------------------------------------


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
    """The differences between how a mutant is graded as a submission, in this process, and by its own function alone.

    The training is cut to its first steps in all of them.
    """
    contract = brief(contract)
    here = examine(LiveSession(InProcessSandbox(lambda: behaviors.functions(mutant))), papers_of(contract)).lines
    with tempfile.TemporaryDirectory(prefix="selfcheck-") as folder:
        result = grading.grade(written(mutant, Path(folder)), contract, pictures=False)
    theirs = {row.criterion.key: f"{row.verdict} {row.misconception}" for row in result.rows}
    alone = {key: f"{line.verdict} {line.misconception}" for key, line in judge(mutant, contract).lines.items()}
    found = []
    for key, line in here.items():
        mine = f"{line.verdict} {line.misconception}"
        for where, said in (("behind the boundary", theirs[key]), ("by its own questions", alone.get(key, mine))):
            if said != mine:
                found.append(f"{mutant.name}: line {key} is {said!r} {where} and {mine!r} here")
    return found
