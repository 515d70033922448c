"""Lines 4: one step of gradient descent; the step is compared, not where it ends."""

from autograder.hidden_tests import HiddenTest, line


class TestUpdate(HiddenTest):
    @line("update_weights")
    def test_weights(self) -> None:
        self.judge("update", ["W1", "W2"], self.exam.probes.general("logistic") + self.exam.probes.sizes("logistic"))

    @line("update_biases")
    def test_biases(self) -> None:
        self.judge("update", ["b1", "b2"], self.exam.probes.general("logistic") + self.exam.probes.sizes("logistic"))

    @line("update_alone")
    def test_alone(self) -> None:
        self.alone("update")
