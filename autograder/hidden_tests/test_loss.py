"""Lines 2: the loss."""

from autograder.hidden_tests import HiddenTest, line


class TestLoss(HiddenTest):
    @line("loss_value")
    def test_value(self) -> None:
        self.judge("loss", ["loss"], self.every(self.exam.probes.general))

    @line("loss_sizes")
    def test_sizes(self) -> None:
        self.judge("loss", ["loss"], [*self.exam.probes.sizes("logistic"), self.exam.probes.perfect()])

    @line("loss_alone")
    def test_alone(self) -> None:
        self.alone("loss")
