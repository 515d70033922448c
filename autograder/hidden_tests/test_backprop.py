"""Lines 3: the four gradients, each compared with the reference's in the norm."""

from autograder.asking.probes import NAMES
from autograder.hidden_tests import HiddenTest, line


class TestBackprop(HiddenTest):
    @line("backprop_W2")
    def test_W2(self) -> None:
        self.judge("backprop", ["W2"], self.every(self.exam.probes.general))

    @line("backprop_b2")
    def test_b2(self) -> None:
        self.judge("backprop", ["b2"], self.every(self.exam.probes.general))

    @line("backprop_W1_logistic")
    def test_W1_logistic(self) -> None:
        self.judge("backprop", ["W1"], self.exam.probes.general("logistic"))

    @line("backprop_b1_logistic")
    def test_b1_logistic(self) -> None:
        self.judge("backprop", ["b1"], self.exam.probes.general("logistic"))

    @line("backprop_W1_tanh")
    def test_W1_tanh(self) -> None:
        self.judge("backprop", ["W1"], self.exam.probes.general("tanh"))

    @line("backprop_b1_tanh")
    def test_b1_tanh(self) -> None:
        self.judge("backprop", ["b1"], self.exam.probes.general("tanh"))

    @line("backprop_large")
    def test_large(self) -> None:
        probes = self.exam.probes
        self.judge("backprop", NAMES, self.every(lambda kind: probes.large("backprop", kind)))

    @line("backprop_sizes")
    def test_sizes(self) -> None:
        self.judge("backprop", NAMES, [*self.every(self.exam.probes.sizes), self.exam.probes.perfect()])

    @line("backprop_alone")
    def test_alone(self) -> None:
        self.alone("backprop")
