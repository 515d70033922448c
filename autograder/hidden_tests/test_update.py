"""Criteria 4: one step of gradient descent; the step is compared, not where it ends."""

from autograder.asking.battery import Probe
from autograder.hidden_tests import HiddenTest, criterion


class TestUpdate(HiddenTest):
    def probes(self) -> list[Probe]:
        battery = self.transcript.battery
        return [*battery.general("logistic"), *battery.large("update", "logistic"), *battery.sizes("logistic")]

    @criterion("update_weights")
    def test_weights(self) -> None:
        self.judge("update", ["W1", "W2"], self.probes())

    @criterion("update_biases")
    def test_biases(self) -> None:
        self.judge("update", ["b1", "b2"], self.probes())

    @criterion("update_alone")
    def test_purity(self) -> None:
        self.purity("update")
