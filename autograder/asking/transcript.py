"""Everything that a submission answered to one battery, read and frozen.  Judging and explaining see nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.asking.battery import Array, Battery, Params, Probe, Question
from autograder.asking.failures import Problem, Skipped
from autograder.asking.reading import Key, Loading, Reading
from autograder.asking.reference import descend, expected, loss_of, training_steps
from autograder.rubric import Rubric
from autograder.sandbox.client import Questions

if TYPE_CHECKING:
    from autograder.asking.hints import Hint


class Paper:
    """The questions of a rubric for a key, with the right answers: made once, whoever submits."""

    def __init__(self, rubric: Rubric, battery: Battery, reference: ModuleType, data: Mapping[str, Array]) -> None:
        self.rubric, self.battery, self.reference, self.data = rubric, battery, reference, data
        self._expected: dict[tuple[str, str], Mapping[str, Array]] = {}
        self._scripts: dict[tuple[Key, ...], Questions] = {}

    def expected(self, function: str, probe: Probe) -> Mapping[str, Array]:
        """The right answer to a question, by its parts."""
        key = (function, probe.name)
        if key not in self._expected:
            self._expected[key] = expected(self.reference, function, probe)
        return self._expected[key]

    def script(self, questions: Sequence[Question], keep: bool) -> Questions:
        """The questions as the sandbox is asked them; `keep` them for the next submission."""
        keys = tuple(question.key for question in questions)
        script = self._scripts.get(keys)
        if script is None:
            script = Questions(self.rubric.limits.call)
            filled = 0
            for place, (function, probe, turn) in enumerate(questions):
                filled = place if turn == "same" else filled
                if turn in ("recall", "late"):
                    script.recall(keys.index((function, probe.name, "same")))
                elif turn == "refilled":
                    script.refill(filled, function, *probe.arguments(function))
                else:
                    layout = {"fortran": probe.fortran, "readonly": probe.readonly, "reseed": turn == "reseed"}
                    script.call(function, *probe.arguments(function), back=turn == "same", **layout)
            if keep:
                self._scripts[keys] = script
        return script

    @cached_property
    def path(self) -> dict[int, Params]:
        """The reference's parameters at the steps of the path that are compared."""
        settings = self.rubric.training
        steps = descend(self.reference, self.battery.start(), self.data["x"], self.data["y"], settings.eta)
        wanted = {0, *settings.path_steps}
        return {step: params for step, params in zip(range(max(wanted) + 1), steps, strict=False) if step in wanted}

    @cached_property
    def course(self) -> dict[str, dict[str, Array]]:
        """The reference's training: what forward, backprop and update return, each array with all steps as its rows."""
        settings = self.rubric.training
        steps = training_steps(self.reference, self.battery.start(), self.data["x"], self.data["y"], settings.eta)
        taken = list(islice(steps, settings.steps))
        return {name: {part: np.array([s[name][part] for s in taken]) for part in taken[0][name]} for name in taken[0]}

    @cached_property
    def losses(self) -> list[float]:
        """The reference's loss before its training and after every step of it."""
        update = self.course["update"]
        path = [
            self.battery.start(),
            *({k: v[i] for k, v in update.items()} for i in range(self.rubric.training.steps)),
        ]
        return [loss_of(self.reference, params, self.data["x"], self.data["y"]) for params in path]

    @cached_property
    def marks(self) -> tuple[int, ...]:
        """The steps whose parameters are judged."""
        settings = self.rubric.training
        return tuple(sorted({*settings.path_steps, settings.steps}))

    @cached_property
    def snapshots(self) -> tuple[int, ...]:
        """The steps whose parameters come back: those that are judged, and about 25 for the picture of the loss."""
        steps = self.rubric.training.steps
        return tuple(sorted({*range(0, steps, max(steps // 25, 1)), *self.marks} - {0}))


@dataclass(frozen=True)
class TrainingRun:
    """Gradient descent from the battery's start: the parameters at some steps, and why it ended early if it did.

    stands_in names the function in whose place the reference answered.
    """

    params: Mapping[int, Params]
    problem: Problem | None = None
    stands_in: str = ""


@dataclass(frozen=True)
class Transcript:
    """The answers of one submission to one battery.

    modes says of a function that keeps state how it was asked: "fresh", each question of a new worker, "primed", right
    after forward with the same inputs, or "later", as all others, but its first answers were wrong.
    """

    paper: Paper
    loading: Loading
    readings: Mapping[Key, Reading]
    modes: Mapping[str, str] = field(default_factory=dict)
    training: TrainingRun | None = None
    unaided: TrainingRun | None = None  # the four functions by themselves, for pictures
    judged: dict[tuple[Key, str], Problem | None] = field(default_factory=dict, compare=False, repr=False)  # a cache
    found: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)  # another, of what follows from it

    @property
    def battery(self) -> Battery:
        return self.paper.battery

    def reading(self, function: str, probe: Probe, turn: str = "") -> Reading:
        """The answer to a question; one that was not asked was skipped."""
        found = self.readings.get((function, probe.name, turn))
        return found or Reading(Question(function, probe, turn), failure=Skipped("loss of the worker"))

    def prints(self, function: str) -> str:
        """What a function printed first for public inputs."""
        opening = (self.reading(q.function, q.probe) for q in self.battery.opening if q.function == function)
        return next((reading.prints for reading in opening if reading.prints), "")

    def notes(self, function: str) -> list[str]:
        """What was accepted of a function though the contract says otherwise, each once."""
        found = (note for (f, _, _), reading in self.readings.items() if f == function for note in reading.notes)
        return list(dict.fromkeys(found))

    def losses(self, run: TrainingRun) -> dict[int, float]:
        """The loss on the points trained on, at every step whose parameters came back."""
        data = self.paper.data
        return {s: loss_of(self.paper.reference, p, data["x"], data["y"]) for s, p in sorted(run.params.items())}


@dataclass(frozen=True)
class PublicTranscript(Transcript):
    """Answers to the public battery.  Messages and pictures accept nothing else.

    hints holds where functions can be repaired, if that was looked for and found.
    """

    hints: Mapping[str, Hint] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.battery.public:
            raise ValueError("only answers to public inputs may be shown")
