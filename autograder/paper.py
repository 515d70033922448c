"""What every submission is asked, and the right answers: made once for a rubric, whoever hands in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from types import ModuleType

from autograder import checks
from autograder.probes import Array, Params, Probe, Probes
from autograder.rubric import Rubric
from autograder.sandbox import Questions

FUNCTIONS = ("forward", "loss", "backprop", "update")
KINDS = ("logistic", "tanh")
Key = tuple[str, str, str]  # function, name of the probe, and which turn it is where one is asked again


class Paper:
    """The questions of a rubric and the reference's answers.  `data`: the angles of training, and the hidden ones."""

    def __init__(self, rubric: Rubric, reference: ModuleType, data: dict[str, Array]) -> None:
        self.rubric = rubric
        self.reference = reference
        self.data = data
        tolerance = rubric.tolerance
        units = rubric.training.hidden_units
        self.probes = Probes(rubric.seed, reference, tolerance.finite_e1, tolerance.finite_slope, units)
        self._rights: dict[tuple[str, str], dict[str, Array]] = {}

    def right(self, function: str, probe: Probe) -> dict[str, Array]:
        """The reference's parts for a probe."""
        key = (function, probe.name)
        if key not in self._rights:
            self._rights[key] = checks.right(function, probe, self.reference)
        return self._rights[key]

    @cached_property
    def path(self) -> dict[int, Params]:
        """The reference's parameters at the steps of the path, from the start on."""
        settings, reference, x, y = self.rubric.training, self.reference, self.data["x"], self.data["y"]
        params = self.probes.start()
        path = {0: params}
        for step in range(1, max(settings.path_steps) + 1):
            e1, h, yhat = reference.forward(x, params, "logistic")
            params = reference.update(params, reference.backprop(x, y, params, e1, h, yhat, "logistic"), settings.eta)
            if step in settings.path_steps:
                path[step] = params
        return path

    @cached_property
    def public(self) -> list[tuple[list[Key], Questions]]:
        """The questions whose answers may be shown."""
        return self._apart([(f, self.probes.general(kind)[0], "") for f in FUNCTIONS for kind in KINDS])

    @cached_property
    def hidden(self) -> list[tuple[list[Key], Questions]]:
        """All others that a submission is asked which makes no mistake, function by function.

        Nothing depends on this list: what is not in it is asked when it is needed.
        """
        return self._apart([turn for function in FUNCTIONS for turn in self._turns(function)])

    def _apart(self, turns: list[tuple[str, Probe, str]]) -> list[tuple[list[Key], Questions]]:
        """forward by itself and first: its answers are among the arguments of the others."""
        forward = [turn for turn in turns if turn[0] == "forward"]
        return [self._packed(forward), self._packed([turn for turn in turns if turn[0] != "forward"])]

    def _turns(self, function: str) -> Iterator[tuple[str, Probe, str]]:
        probes = self.probes
        kinds = KINDS if function in ("forward", "backprop") else KINDS[:1]
        asked = [p for kind in (KINDS if function == "loss" else kinds) for p in probes.general(kind)[1:]]
        if len(kinds) > 1:
            asked += [p for kind in kinds for p in probes.large(function, kind)]
        asked += [p for kind in kinds for p in probes.sizes(kind)]
        if function in ("loss", "backprop"):
            asked.append(probes.perfect())
        yield from ((function, probe, "") for probe in asked)
        one, other = probes.general("logistic")[:2]
        yield function, one, "same"
        yield function, probes.readonly(), ""
        yield function, other, "other"
        yield function, one, "recall"
        yield function, one, "again"
        yield function, probes.twin(), "twin"

    def _packed(self, turns: list[tuple[str, Probe, str]]) -> tuple[list[Key], Questions]:
        keys = [(function, probe.name, turn) for function, probe, turn in turns]
        questions = Questions(self.rubric.limits.call)
        for function, probe, turn in turns:
            if turn == "recall":
                questions.recall(keys.index((function, probe.name, "same")))
            else:
                layout = {"fortran": probe.fortran, "readonly": probe.readonly, "back": turn == "same"}
                questions.call(function, *probe.arguments(function), **layout)
        return keys, questions
