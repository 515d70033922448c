"""Criteria 5: the four functions together.  Every loss is computed here, from the parameters that came back."""

from collections.abc import Callable
from itertools import pairwise

from autograder.asking.failures import BrokenFile, LossIncreases, PoorFit, Prerequisite, Problem
from autograder.asking.reference import loss_of
from autograder.asking.transcript import TrainingRun
from autograder.hidden_tests import HiddenTest, Lost, NotChecked, criterion
from autograder.hidden_tests.judging import off_path, unwritten


class TestTraining(HiddenTest):
    def trained(self, steps: int) -> TrainingRun:
        """The training run, if it came as far as `steps`."""
        run = self.transcript.training
        assert run is not None, "there was no training run"
        if steps not in run.params:
            assert run.problem is not None
            raise (NotChecked if isinstance(run.problem.failure, Prerequisite) else Lost)(run.problem)
        return run

    @criterion("training_decreases")
    def test_decreases(self) -> None:
        settings = self.transcript.paper.rubric.training
        run = self.trained(max(settings.path_steps))
        judged = (0, *self.transcript.paper.marks)
        losses = {step: loss for step, loss in self.transcript.losses(run).items() if step in judged}
        for before, after in pairwise(sorted(losses)):
            if not losses[after] < losses[before]:
                raise Lost(Problem(LossIncreases(before, after, losses), "training"))

    @criterion("training_path")
    def test_path(self) -> None:
        for step in self.transcript.paper.rubric.training.path_steps:
            problem = off_path(self.transcript.paper, self.trained(step), step)
            if problem:
                raise Lost(problem)

    @criterion("training_fit", partial=True)
    def test_fit(self, set_score: Callable[[float], None]) -> None:
        settings, paper = self.transcript.paper.rubric.training, self.transcript.paper
        set_score(0)
        run = self.trained(settings.steps)
        fit = loss_of(paper.reference, run.params[settings.steps], *paper.battery.angles())
        reached = sum(fit <= rung for rung in settings.ladder)
        set_score(reached / len(settings.ladder))
        if reached < len(settings.ladder):
            raise Lost(Problem(PoorFit(fit, reached), "training"))

    @criterion("training_file")
    def test_file(self) -> None:
        stubs = unwritten(self.transcript)
        if stubs:
            raise NotChecked(Problem(Prerequisite((), tuple(stubs)), "training"))
        loading = self.transcript.loading
        if loading.failure:
            raise Lost(Problem(loading.failure, "training"))
        # exit() at the end ends nothing here, and an unusual encoding was read all the same.
        errors = [e for e in loading.errors if e.type not in ("SystemExit", "Encoding")]
        if errors:
            raise Lost(Problem(BrokenFile(errors[0]), "training"))
