"""Lines 1: e1, h and yhat of forward.  Each is judged on the one before it as the submission has it."""

from autograder.hidden_tests import HiddenTest, line


class TestForward(HiddenTest):
    @line("forward_e1")
    def test_e1(self) -> None:
        self.judge("forward", ["e1"], self.every(self.exam.probes.general))

    @line("forward_logistic")
    def test_logistic(self) -> None:
        self.judge("forward", ["h"], self.exam.probes.general("logistic"))

    @line("forward_tanh")
    def test_tanh(self) -> None:
        self.judge("forward", ["h"], self.exam.probes.general("tanh"))

    @line("forward_yhat")
    def test_yhat(self) -> None:
        self.judge("forward", ["yhat"], self.every(self.exam.probes.general))

    @line("forward_large")
    def test_large(self) -> None:
        probes = self.exam.probes
        self.judge("forward", ["e1", "h", "yhat"], self.every(lambda kind: probes.large("forward", kind)))

    @line("forward_sizes")
    def test_sizes(self) -> None:
        self.judge("forward", ["e1", "h", "yhat"], self.every(self.exam.probes.sizes))

    @line("forward_alone")
    def test_alone(self) -> None:
        self.alone("forward")
