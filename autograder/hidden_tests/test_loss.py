"""Criteria 2: the loss."""

from autograder.hidden_tests import HiddenTest, criterion


class TestLoss(HiddenTest):
    @criterion("loss_value")
    def test_value(self) -> None:
        battery = self.transcript.battery
        self.judge("loss", ["loss"], [*self.both(battery.general), *battery.magnitudes("logistic")])

    @criterion("loss_sizes")
    def test_sizes(self) -> None:
        battery = self.transcript.battery
        self.behavior("loss", [*battery.sizes("logistic"), battery.perfect()])

    @criterion("loss_alone")
    def test_purity(self) -> None:
        self.purity("loss")
