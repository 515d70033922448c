"""Ask a submission everything that a line needs, each question once, and judge the answers one function at a time.

A function that answers wrongly is asked again alone in a fresh worker, and again right after forward on the same data:
one that keeps state, or needs what forward left behind, loses the line that says so and not every line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from autograder.asking import checks
from autograder.asking.checks import ARGUMENTS, PARTS, Problem, Reply
from autograder.asking.paper import FUNCTIONS, KINDS, Key, Paper, Sheet
from autograder.asking.probes import Array, Probe
from autograder.asking.training import Training
from autograder.sandbox.client import Answer, Sandbox
from autograder.sandbox.frames import Opaque

FLAT = 0.1  # so little must every e1 not differ, or h tells nothing of sigma
# Problems that show with public numbers too; and of the others' data what no submission can put a number into.
ASKED_AGAIN = ("raised", "none", "structure", "keys", "type", "shape", "nan", "value")
TELLS_NOTHING = ("why", "exit", "signal", "what")


class Exam:
    """One submission's answers."""

    def __init__(self, paper: Paper, box: Sandbox) -> None:
        self.paper = paper
        self.rubric, self.reference = paper.rubric, paper.reference
        self.probes, self.data, self.right = paper.probes, paper.data, paper.right
        self.box = box
        self.notes: dict[str, list[str]] = {}
        self.prints: dict[str, str] = {}
        self.modes: dict[str, str] = {}
        self.explained: dict[Any, Any] = {}  # what diagnose has found out already
        self._replies: dict[tuple[str, str], Reply] = {}
        # Answers to what was asked in one go, with their parts where they are right.
        self._ahead: dict[Key, tuple[Answer, dict[str, Array] | None]] = {}
        self._fine: set[tuple[str, str]] = set()  # where every part is right
        self._open: dict[tuple[str, str], Reply] = {}
        self._asked = 0
        self._told = False  # whether this worker has seen a hidden number
        self._stage = 0  # 1 when what is public was asked, 2 when the rest was
        self.early: Answer | None = None  # a training of the four functions, when they are right where all may look

    # --- one question ------------------------------------------------------------------------------------------------

    def reply(self, function: str, probe: Probe) -> Reply:
        """The submission's parts for a probe."""
        if not self._stage:
            self._public_first()
        key = (function, probe.name)
        if key not in self._replies:
            reply = self._ask(function, probe, self.modes.get(function, ""))
            if self._wrong(reply):
                reply = reply if function in self.modes else self._again(function, probe, reply)
            else:
                self._fine.add(key)
            self._replies[key] = reply
            for note in reply.notes:
                if note not in self.notes.setdefault(function, []):
                    self.notes[function].append(note)
            if probe.public and reply.answer.prints:
                self.prints.setdefault(function, reply.answer.prints)
        return self._replies[key]

    def _public_first(self) -> None:
        """Ask everything of which more than a verdict is shown before anything hidden.

        What a submission prints, says in an exception or returns can then hold nothing that it should keep to itself.
        """
        self._stage = 1
        self._ask_ahead(self.paper.public)
        public = [(f, self.probes.general(kind)[0]) for f in FUNCTIONS for kind in KINDS]
        if not any(self._wrong(self.reply(f, probe)) for f, probe in public):
            self.early = Training.ask(self, [])

    def _ask_ahead(self, sheets: list[Sheet]) -> None:
        """Ask in a few goes what will be needed, of a submission that has given no trouble yet."""
        for sheet in sheets:
            if not self.box.deaths:
                self._told |= self._stage > 1
                answers = self.box.several(sheet.questions)
                self._asked += len(answers)
                self._ahead |= zip(sheet.keys, zip(answers, sheet.right(answers), strict=False), strict=False)

    def _ask(self, function: str, probe: Probe, mode: str = "", turn: str = "") -> Reply:
        if self._stage == 1 and (turn or not probe.public):
            self._stage = 2
            self._ask_ahead(self.paper.hidden)
        known, parts = self._ahead.pop((function, probe.name, turn), (None, None))
        if known and not mode:
            if parts is not None:
                return Reply(function, probe, known, parts, right=True)
            return checks.read(function, probe, known, self.right(function, probe))
        if mode == "fresh":
            self._fresh()
        self._told |= not probe.public
        if mode == "primed":
            self.box.call("forward", *probe.arguments("forward"), back=False)
        self._asked += 1
        arguments = probe.arguments(function)
        back = turn == "same"
        answer = self.box.call(function, *arguments, fortran=probe.fortran, readonly=probe.readonly, back=back)
        return checks.read(function, probe, answer, self.right(function, probe))

    def _fresh(self) -> None:
        """Go on with a worker that has seen nothing, and so can tell nothing."""
        self.box.close()
        self._asked = 0
        self._told = False

    def _again(self, function: str, probe: Probe, first: Reply) -> Reply:
        if first.problem and first.problem.kind not in ("raised", "none", "structure", "keys"):
            return first
        for mode in ("fresh", "primed"):
            if mode == "fresh" and self._asked == 1:
                continue
            if mode == "primed" and function == "forward":
                continue
            if mode == "primed":
                # In a fresh worker, so that nothing else that was called before can explain it.
                self.box.close()
            reply = self._ask(function, probe, mode)
            if not self._wrong(reply):
                self.modes[function] = mode
                return reply
        self.modes[function] = ""
        return first

    def _wrong(self, reply: Reply) -> bool:
        if reply.right:
            return False
        if reply.problem or reply.problems:
            return True
        return any(self._error(reply, part) > self.rubric.tolerance.values for part in PARTS[reply.function])

    # --- judging a part ----------------------------------------------------------------------------------------------

    def check(self, function: str, probe: Probe, part: str) -> Problem | None:
        """Judge one part of one answer; None when it is right."""
        reply = self.reply(function, probe)
        return None if (function, probe.name) in self._fine else self._judged(reply, part)

    def _judged(self, reply: Reply, part: str) -> Problem | None:
        problem = reply.problem or reply.problems.get(part)
        if problem:
            return problem
        error = self._error(reply, part)
        if error <= self.rubric.tolerance.values:
            return None
        want = self.right(reply.function, reply.probe)[part]
        return Problem(
            "value", reply.function, reply.probe, part, {"error": error, "got": reply.parts[part], "want": want}
        )

    def openly(self, problem: Problem) -> Problem:
        """A problem with what may be told of it: how it shows with numbers that everybody may know.

        A submission can put the hidden numbers that it was asked with into whatever comes back: into the line of an
        error, a shape, how far a value is off.  So a worker that has seen none of them is asked again.
        """
        if problem.probe is None or problem.probe.public:
            return problem
        told = _bare(problem.data)
        if problem.kind in ASKED_AGAIN:
            key = (problem.function, problem.probe.name)
            if key not in self._open:
                if self._told:
                    self._fresh()
                self._open[key] = self._ask(problem.function, self.probes.openly(problem.probe))
            part = problem.part or PARTS[problem.function][0]
            found = self._judged(self._open[key], part)
            if found and found.kind == problem.kind:
                told |= found.data
        return replace(problem, data=told)

    def _error(self, reply: Reply, part: str) -> float:
        """How far a part is from right.  h follows from the submission's own e1, and yhat from its own h, where those
        are wrong: a mistake in one costs the next nothing.  For update the step is compared, not where it ends."""
        got, probe = reply.parts[part], reply.probe
        want = self.right(reply.function, probe)[part]
        if reply.function == "update":
            return checks.way_error(got, want, probe.params[part])
        found = checks.error(got, want)
        if reply.function == "forward" and part != "e1" and found > self.rubric.tolerance.values:
            for other in self._follows(reply, part):
                found = min(found, checks.error(got, other))
        return found

    def _follows(self, reply: Reply, part: str) -> Iterable[Array]:
        probe, parts = reply.probe, reply.parts
        # What h is where every e1 is nearly 0 takes no knowledge of sigma: a straight line does.
        if part == "h" and "e1" in parts and checks.error(parts["e1"], probe.e1) > 1e-9 and np.ptp(parts["e1"]) > FLAT:
            yield self._sigma(parts["e1"], probe.activation)
        if part == "yhat" and {"e1", "h"} <= parts.keys():
            swapped = self._sigma(parts["h"], probe.activation)
            if checks.error(parts["e1"], swapped) <= self.rubric.tolerance.values:
                yield parts["e1"] @ probe.params["W2"].T + probe.params["b2"]
        if part == "yhat" and "h" in parts:
            yield parts["h"] @ probe.params["W2"].T + probe.params["b2"]

    def _sigma(self, e1: Array, activation: str) -> Array:
        N = e1.shape[1]
        eye = {"W1": np.eye(N), "b1": np.zeros(N), "W2": np.zeros((1, N)), "b2": np.zeros(1)}
        h: Array = self.reference.forward(e1, eye, activation)[1]
        return h

    # --- judging a function's behaviour -----------------------------------------------------------------------------

    def alone(self, function: str) -> Problem | None:
        """Whether a function leaves its arguments alone and answers by them and nothing else."""
        mode = self.modes.get(function, "")
        one, other = self.probes.general("logistic")[:2]
        first = self.reply(function, one)
        if first.problem:
            return first.problem
        if mode:
            return Problem("primed" if mode == "primed" else "state", function, one)
        same = self._ask(function, one, turn="same")
        if same.problem or self._changed(function, one, same.answer):
            return self._second(function, one, same.problem)
        kept = same.answer
        locked = self.reply(function, self.probes.readonly())
        if locked.problem:
            return locked.problem
        self._ask(function, other, turn="other")
        looked = self._ahead.pop((function, one.name, "recall"), (None,))[0] or self.box.recall(kept)
        recalled = checks.read(function, one, looked, self.right(function, one))
        again = self._ask(function, one, turn="again")
        if recalled.problem is None and _differ(same, recalled):
            return Problem("shared", function, one)
        if _differ(first, same) or _differ(same, again):
            return Problem("unstable", function, one)
        twin = self._ask(function, self.probes.twin(), turn="twin")
        if not twin.problem and twin.parts and not _differ(same, twin):
            return Problem("constant", function, one)
        if first.problems and not twin.problem and not twin.parts and _alike(same.answer.value, twin.answer.value):
            # An answer of which no part can be used is not the same every time, it is none.
            return next(iter(first.problems.values()))
        return None

    def _second(self, function: str, one: Probe, problem: Problem | None) -> Problem:
        """What is wrong with a second call, told by a worker that has seen no hidden number in between."""
        if problem and problem.kind not in ASKED_AGAIN:
            return Problem(problem.kind, function, one, data=_bare(problem.data))
        self._fresh()
        self._ask(function, one)
        same = self._ask(function, one, turn="same")
        if same.problem:
            return same.problem
        if changed := self._changed(function, one, same.answer):
            return Problem("changed", function, one, data={"what": changed})
        return Problem("unstable", function, one)

    def _changed(self, function: str, probe: Probe, answer: Answer) -> list[str]:
        """Name the arguments that are not what they were before the call."""
        changed = []
        for name, before, after in zip(ARGUMENTS[function], probe.arguments(function), answer.args, strict=False):
            if isinstance(before, dict):
                for key, array in before.items():
                    now = after.get(key) if isinstance(after, dict) else None
                    if not _same(array, now):
                        changed.append(f'{name}["{key}"]')
                if isinstance(after, dict) and set(after) - set(before):
                    changed.append(name)
            elif isinstance(before, np.ndarray) and not _same(before, after):
                changed.append(name)
        return changed

    # --- training ----------------------------------------------------------------------------------------------------

    def failing(self) -> list[str]:
        """The functions that answer wrongly where training asks them: with the logistic and two outputs."""
        probe = self.probes.trained()
        return [f for f in FUNCTIONS if any(self.check(f, probe, part) for part in PARTS[f])]

    def unwritten(self) -> list[str]:
        """The functions that are stubs; and those that are missing, where more than one is (one may be misspelled)."""
        replies = {f: self.reply(f, self.probes.trained()).problem for f in FUNCTIONS}
        kinds = {f: p.kind if p else "" for f, p in replies.items()}
        absent = [f for f, kind in kinds.items() if kind == "missing"]
        return [f for f, kind in kinds.items() if kind == "stub" or (f in absent and len(absent) > 1)]

    @cached_property
    def training(self) -> Training:
        """A training from the grader's start, with the reference standing in for one function that fails."""
        return Training(self)


def _bare(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name in TELLS_NOTHING}


def _same(a: Array, b: Any) -> bool:
    return isinstance(b, np.ndarray) and a.shape == b.shape and np.array_equal(a, b, equal_nan=True)


def _differ(a: Reply, b: Reply) -> bool:
    """Whether two readings of the same answer differ by more than the order of a sum may explain."""
    if set(a.parts) != set(b.parts) or bool(a.problem) != bool(b.problem):
        return True
    return any(a.parts[k].shape != b.parts[k].shape or checks.error(b.parts[k], a.parts[k]) > 1e-9 for k in a.parts)


def _alike(a: Any, b: Any) -> bool:
    """Whether two answers as they came are the same, as far as one can see."""
    if isinstance(a, Opaque) or isinstance(b, Opaque):
        return True
    if isinstance(a, dict) and isinstance(b, dict):
        return set(a) == set(b) and all(_alike(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    return type(a) is type(b) and not isinstance(a, np.ndarray) and bool(a == b or (a != a and b != b))
