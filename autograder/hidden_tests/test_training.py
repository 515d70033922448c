"""Lines 5: the four functions together.  Every loss is computed here, from the parameters that came back."""

from collections.abc import Callable
from itertools import pairwise

from autograder.asking import checks
from autograder.asking.checks import Problem
from autograder.asking.probes import NAMES
from autograder.asking.training import Training
from autograder.hidden_tests import HiddenTest, Lost, NotChecked, line


class TestTraining(HiddenTest):
    def trained(self, steps: int) -> Training:
        """The training, when it came as far as `steps`."""
        training = self.exam.training
        if steps not in training.params:
            assert training.problem is not None
            raise (NotChecked if training.problem.kind == "prerequisite" else Lost)(training.problem)
        return training

    @line("training_decreases")
    def test_decreases(self) -> None:
        training = self.trained(max(self.exam.rubric.training.path_steps))
        losses = training.losses()
        steps = sorted(losses)
        for before, after in pairwise(steps):
            if not losses[after] < losses[before]:
                data = {"before": before, "after": after, "losses": losses}
                raise Lost(Problem("increases", "training", data=data))

    @line("training_path")
    def test_path(self) -> None:
        settings = self.exam.rubric.training
        for step in settings.path_steps:
            training = self.trained(step)
            want, start = self.exam.paper.path[step], training.start
            for name in NAMES:
                error = checks.way_error(training.params[step][name], want[name], start[name], step)
                if not error <= self.exam.rubric.tolerance.path:
                    raise Lost(Problem("path", "training", part=name, data={"step": step, "error": error}))

    @line("training_fit", partial=True)
    def test_fit(self, set_score: Callable[[float], None]) -> None:
        settings = self.exam.rubric.training
        training = self.trained(settings.steps)
        fit = training.loss(training.params[settings.steps], self.exam.data["hidden_x"], self.exam.data["hidden_y"])
        reached = sum(fit <= rung for rung in settings.ladder)
        set_score(reached / len(settings.ladder))
        if reached < len(settings.ladder):
            raise Lost(Problem("fit", "training", data={"fit": fit, "ladder": settings.ladder, "reached": reached}))

    @line("training_file")
    def test_file(self) -> None:
        unwritten = self.exam.unwritten()
        if unwritten:
            raise NotChecked(Problem("prerequisite", "training", data={"failing": [], "unwritten": unwritten}))
        loaded = self.exam.box.load()
        if loaded.status != "returned":
            raise Lost(Problem(loaded.status, "training", data={**loaded.rest, **loaded.error}))
        # exit() at the end ends nothing here, and an unusual encoding was read all the same.
        errors = [e for e in loaded.rest.get("errors", []) if e.get("type") not in ("SystemExit", "Encoding")]
        if errors:
            raise Lost(Problem("file", "training", data=errors[0]))
