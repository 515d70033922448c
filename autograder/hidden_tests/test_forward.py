"""Criteria 1: e1, h and yhat of forward.  Each is judged on the one before it as the submission has it."""

from autograder.hidden_tests import HiddenTest, criterion


class TestForward(HiddenTest):
    @criterion("forward_e1")
    def test_e1(self) -> None:
        self.judge("forward", ["e1"], self.both(self.transcript.battery.general))

    @criterion("forward_logistic")
    def test_logistic(self) -> None:
        self.judge("forward", ["h"], self.transcript.battery.general("logistic"))

    @criterion("forward_tanh")
    def test_tanh(self) -> None:
        self.judge("forward", ["h"], self.transcript.battery.general("tanh"))

    @criterion("forward_yhat")
    def test_yhat(self) -> None:
        self.judge("forward", ["yhat"], self.both(self.transcript.battery.general))

    @criterion("forward_large")
    def test_large(self) -> None:
        battery = self.transcript.battery
        self.behavior("forward", self.both(lambda activation: battery.large("forward", activation)))

    @criterion("forward_sizes")
    def test_sizes(self) -> None:
        self.behavior("forward", self.both(self.transcript.battery.sizes))

    @criterion("forward_alone")
    def test_purity(self) -> None:
        self.purity("forward")
