"""The judge's side of a repair: which questions a search gets, and whether its repair is one.

One worker searches, next to the submission, and sees public questions only.  A second one makes the edit with the
grader's code before any code of the submission runs, loads the edited program, and answers other public questions.
Only what that one answers counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from autograder.asking.battery import FUNCTIONS, Probe, Question
from autograder.asking.hints import Hint, read_hint, read_repairs, read_used
from autograder.asking.session import Session
from autograder.asking.transcript import Paper, PublicTranscript, Transcript
from autograder.hidden_tests import judging

REPAIR_KEY = b"two-layer network, repairs"  # published: other numbers than the public inputs'
# The counts of one function, about 2 s of processor time; a submission has twice that.
EDITS, STEPS = 3000, 600_000
LEADING = 8  # questions that every edit is asked first; so many of them at most fail
FAILING = 5
TRIES = 3  # repairs that are verified until one holds
MOST_STEPS = 20_000  # of one call of a program of loops, about
HERE = Path(__file__).parent


def code() -> dict[str, Any]:
    """The text of what runs in the workers."""
    names = {f"autograder.repair.{name}": HERE / f"{name}.py" for name in ("edits", "search")}
    return {name: np.frombuffer(path.read_bytes(), np.uint8) for name, path in names.items()}


def find(
    session: Session, public: PublicTranscript, other: Paper, functions: Iterable[str], lines: int
) -> dict[str, Hint]:
    """The hints for some functions.

    Parameters
    ----------
    public : the answers to the public battery
    other : other public questions, which verify a repair
    lines : of the submission's file
    """
    found: dict[str, Hint] = {}
    edits, steps, modules = 2 * EDITS, 2 * STEPS, code()
    for function in functions:
        if function in public.modes:  # it keeps state
            continue
        session.fresh()
        limits = {"edits": min(edits, EDITS), "steps": min(steps, STEPS)}
        asked = questions(public, function)
        answer = session.repair("search", function, code=modules, questions=asked, **limits)
        edits -= read_used(answer, "edits")
        steps -= read_used(answer, "steps")
        repairs = read_repairs(answer)
        if not repairs:
            if answer.status != "returned" or edits <= 0 or steps <= 0:
                break
            continue
        hint = _verified(session, public, other, function, modules, repairs, lines)
        if hint is not None:
            found[function] = hint
    return found


def questions(public: PublicTranscript, function: str) -> list[dict[str, Any]]:
    """All first calls of a function, with the answers; first those that tell the most: failing, of both activations."""
    paper = public.paper
    asked = [q.probe for q in paper.battery.questions if q.function == function and not q.turn]
    probes = [probe for probe in asked if not probe.fortran and not probe.readonly]
    # Small ones first, which loops answer soon; sizes of 1 hide mistakes.
    small = sorted(probes, key=lambda p: (min(p.sizes.values()) == 1, _steps(p)))
    wrong = [p for p in small if not judging.is_correct(paper, public.reading(function, p))]
    if any(_steps(p) <= MOST_STEPS for p in wrong):
        # What takes loops too long is for the second worker.
        probes, wrong = ([p for p in some if _steps(p) <= MOST_STEPS] for some in (probes, wrong))
    one_each = {probe.activation: probe for probe in reversed(wrong)}
    order = {p.name: p for p in (*one_each.values(), *wrong)}
    leading = list(order)[:FAILING]
    leading += [p.name for p in probes if p.name not in order][: LEADING - len(leading)]
    order |= {p.name: p for p in probes}
    names = [*leading, *(name for name in order if name not in leading)]
    return [_question(paper, function, order[name], name in leading) for name in names]


def _steps(probe: Probe) -> int:
    """How many steps four nested loops take."""
    return math.prod(probe.sizes.values())


def _question(paper: Paper, function: str, probe: Probe, leads: bool) -> dict[str, Any]:
    expected = dict(paper.expected(function, probe))
    moved = {part: want - probe.params[part] if function == "update" else want for part, want in expected.items()}
    tolerance = paper.rubric.tolerance.values
    within = {part: tolerance * float(np.linalg.norm(array) or 1.0) for part, array in moved.items()}
    return {"args": list(probe.arguments(function)), "expected": expected, "within": within, "leads": leads}


def _verified(
    session: Session, public: PublicTranscript, other: Paper, function: str, modules: dict[str, Any],
    repairs: list[list[int]], lines: int,
) -> Hint | None:  # fmt: skip
    """The hint of some repairs, the first of which a second worker has verified; one that fails there is none."""
    for tried in range(min(TRIES, len(repairs))):
        session.fresh()
        answer = session.repair("edit", function, code=modules, repairs=repairs[tried:])
        if answer.status == "returned" and _is_verified(session, public, other, function):
            return read_hint(answer, lines)
    return None


def _is_verified(session: Session, public: PublicTranscript, other: Paper, function: str) -> bool:
    """Whether the edited program answers all of another battery, and whether what was right is right still."""
    battery = other.battery
    asked = [q for q in battery.questions if q.function == function]
    kept = [Question(f, battery.general("logistic")[1]) for f in FUNCTIONS if f != function and _right(public, f)]
    readings = session.ask(other, [*asked, *kept], keep=False)
    transcript = Transcript(other, public.loading, readings)
    right = all(judging.is_correct(other, readings[q.key]) for q in (*asked, *kept) if not q.turn)
    return right and judging.purity(transcript, function) is None


def _right(public: PublicTranscript, function: str) -> bool:
    return judging.is_correct(public.paper, public.reading(function, public.battery.general("logistic")[1]))
