"""Criteria 3: the four gradients, each compared with the reference's in the norm."""

from autograder.hidden_tests import HiddenTest, criterion


class TestBackprop(HiddenTest):
    @criterion("backprop_W2")
    def test_W2(self) -> None:
        self.judge("backprop", ["W2"], self.both(self.transcript.battery.general))

    @criterion("backprop_b2")
    def test_b2(self) -> None:
        self.judge("backprop", ["b2"], self.both(self.transcript.battery.general))

    @criterion("backprop_W1_logistic")
    def test_W1_logistic(self) -> None:
        self.judge("backprop", ["W1"], self.transcript.battery.general("logistic"))

    @criterion("backprop_b1_logistic")
    def test_b1_logistic(self) -> None:
        self.judge("backprop", ["b1"], self.transcript.battery.general("logistic"))

    @criterion("backprop_W1_tanh")
    def test_W1_tanh(self) -> None:
        self.judge("backprop", ["W1"], self.transcript.battery.general("tanh"))

    @criterion("backprop_b1_tanh")
    def test_b1_tanh(self) -> None:
        self.judge("backprop", ["b1"], self.transcript.battery.general("tanh"))

    @criterion("backprop_large")
    def test_large(self) -> None:
        battery = self.transcript.battery
        self.behavior("backprop", self.both(lambda activation: battery.large("backprop", activation)))

    @criterion("backprop_sizes")
    def test_sizes(self) -> None:
        battery = self.transcript.battery
        self.behavior("backprop", [*self.both(battery.sizes), battery.perfect()])

    @criterion("backprop_alone")
    def test_purity(self) -> None:
        self.purity("backprop")
