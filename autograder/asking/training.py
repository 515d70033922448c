"""A training run with the submission's functions: what became of the parameters, step by step."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.asking import checks
from autograder.asking.checks import Problem
from autograder.asking.paper import FUNCTIONS
from autograder.asking.probes import Array, Params
from autograder.sandbox.client import Answer
from autograder.sandbox.frames import Was

if TYPE_CHECKING:
    from autograder.asking.exam import Exam

CURVE = 25  # about how many points the picture of the loss has


class Training:
    """A training run: the parameters at some steps, judged by nothing but those parameters."""

    def __init__(self, exam: Exam) -> None:
        self.exam = exam
        self.start = exam.probes.start()
        self.x, self.y = exam.data["x"], exam.data["y"]
        self.marks, self.between = self.steps(exam)
        self._came: Any = None  # all parameters that came back of the four functions, as they came
        self.problem: Problem | None = None
        self.stands_in = ""
        self.params: dict[int, Params] = {0: self.start}
        failing, stubs = exam.failing(), exam.unwritten()
        if stubs or len(failing) > 1:
            self.problem = Problem("prerequisite", "training", data={"failing": failing, "unwritten": stubs})
        elif failing and failing != ["loss"]:
            self.stands_in = failing[0]
            self._with_stand_in(failing[0])
        else:
            # A loss that fails alone is not asked: no step depends on it.
            self.stands_in = "".join(failing)
            self._alone(without=failing)

    @staticmethod
    def steps(exam: Exam) -> tuple[list[int], set[int]]:
        """The steps whose parameters are judged, and those that only the picture of the loss shows."""
        settings = exam.rubric.training
        marks = sorted({*settings.path_steps, settings.steps})
        return marks, set(range(0, settings.steps, max(settings.steps // CURVE, 1))) - {0, *marks}

    @staticmethod
    def ask(exam: Exam, without: list[str]) -> Answer:
        """Have the submission train with its own functions, but for those that no step depends on."""
        settings, (marks, between) = exam.rubric.training, Training.steps(exam)
        if exam._told:  # the parameters that come back are shown in pictures
            exam._fresh()
        return exam.box.train(
            params=exam.probes.start(), x=exam.data["x"], y=exam.data["y"], eta=settings.eta, activation="logistic",
            steps=settings.steps, marks=[*marks, *between], without=without,
        )  # fmt: skip

    def _alone(self, without: list[str]) -> None:
        early = self.exam.early if not without else None
        answer = early or self.ask(self.exam, without)
        marks = answer.rest.get("marks")
        for step in self.marks:
            params = marks.get(step) if isinstance(marks, dict) else None
            if params is None or not self._keep(step, params):
                break
        self._came = marks
        if answer.status != "returned" and len(self.params) <= len(self.marks):
            kind = answer.status if answer.status in ("raised", "stuck", "died", "skipped") else "died"
            function = answer.rest.get("doing")
            where = function if function in FUNCTIONS else "training"
            self.problem = Problem(kind, where, data={**answer.rest, **answer.error})

    def _keep(self, step: int, params: Any) -> bool:
        """Take the parameters of a step, where they are that."""
        if not isinstance(params, dict):
            return False
        taken = {}
        for name, before in self.start.items():
            part, _, fault = checks.array(params.get(name), before)
            if fault:
                self.problem = Problem(fault.pop("kind"), "training", part=name, data=fault | {"step": step})
                return False
            taken[name] = part
        self.params[step] = taken
        return True

    def _look(self) -> dict[int, Params]:
        """Take the parameters for the picture, where they are that."""
        seen, wanted = {}, {*self.marks, *self.between}
        for step, params in self._came.items() if isinstance(self._came, dict) else ():
            if isinstance(params, dict) and step in wanted:
                parts = {name: checks.array(params.get(name), before) for name, before in self.start.items()}
                if not any(fault for _, _, fault in parts.values()):
                    seen[step] = {name: part for name, (part, _, _) in parts.items()}
        return seen

    def _with_stand_in(self, function: str) -> None:
        exam, settings = self.exam, self.exam.rubric.training
        if exam._told:
            exam._fresh()
        params: Any = self.start
        begun = time.monotonic()

        def ask(name: str, *arguments: Any) -> Any:
            if name == function:
                return getattr(exam.reference, name)(*arguments)
            answer = exam.box.call(name, *arguments, back=False)
            if answer.status != "returned":
                self.problem = Problem(answer.status, name, data={**answer.rest, **answer.error})
                raise _Stop
            return answer.value

        try:
            for step in range(settings.steps + 1):
                if step in self.marks and not self._keep(step, params):
                    return
                if time.monotonic() - begun > exam.rubric.limits.train:
                    self.problem = Problem("stuck", "training", data={"step": step})
                    return
                if step < settings.steps:
                    reply = ask("forward", self.x, params, "logistic")
                    e1, h, yhat = (v.value if isinstance(v, Was) else v for v in reply)
                    grads = ask("backprop", self.x, self.y, params, e1, h, yhat, "logistic")
                    params = ask("update", params, grads, settings.eta)
        except _Stop:
            pass
        except (TypeError, ValueError, KeyError):
            self.problem = Problem("structure", "training", data={"got": "something that the next function can't use"})

    def loss(self, params: Params, x: Array, y: Array) -> float:
        """The loss of some parameters, by the reference."""
        reference = self.exam.reference
        with np.errstate(all="ignore"):
            return float(reference.loss(reference.forward(x, params, "logistic")[2], y))

    def losses(self) -> dict[int, float]:
        """The loss at every step whose parameters came back."""
        return {step: self.loss(params, self.x, self.y) for step, params in self.params.items()}

    def own(self) -> dict[int, Params]:
        """Where the submission's four functions come unaided, by step.  For the pictures: nothing is judged by it."""
        failing = self.exam.failing()
        if failing and not self._look():
            problems = [self.exam.reply(f, self.exam.probes.trained()).problem for f in failing]
            if any(problems):
                return {}
            self._came = self.ask(self.exam, []).rest.get("marks")
        return dict(sorted(({0: self.start} | self._look()).items()))


class _Stop(Exception):
    """The training can't go on; the problem is recorded."""
