"""What every submission is asked, and the right answers: made once for a rubric, whoever hands in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from autograder.asking import checks
from autograder.asking.checks import PARTS
from autograder.asking.probes import NAMES, Array, Params, Probe, Probes
from autograder.rubric import Rubric
from autograder.sandbox.client import Answer, Questions

FUNCTIONS = ("forward", "loss", "backprop", "update")
KINDS = ("logistic", "tanh")
Key = tuple[str, str, str]  # function, name of the probe, and which turn it is where one is asked again


class Sheet:
    """Questions that are asked in one go, with their right answers.  `keys` are in the order of the answers."""

    def __init__(self, limit: float, tolerance: float) -> None:
        self.keys: list[Key] = []
        self.questions = Questions(limit)
        self._tolerance = tolerance
        self._wants: list[dict[str, Array]] = []
        self._sizes: list[float] = []

    def add(self, function: str, probe: Probe, turn: str, want: dict[str, Array]) -> None:
        if turn == "recall":
            self.questions.recall(self.keys.index((function, probe.name, "same")))
        else:
            layout = {"fortran": probe.fortran, "readonly": probe.readonly, "back": turn == "same"}
            self.questions.call(function, *probe.arguments(function), **layout)
        self.keys.append((function, probe.name, turn))
        self._wants.append({part: want[part] for part in PARTS[function]})
        # Of update the step is judged, not where it ends.
        before = probe.params if function == "update" else dict.fromkeys(want, 0.0)
        steps = {part: want[part] - before[part] for part in PARTS[function]}
        self._sizes += [float(step.ravel() @ step.ravel()) or 1.0 for step in steps.values()]

    @cached_property
    def _known(self) -> tuple[Array, np.ndarray[Any, np.dtype[np.intp]], Array]:
        """All right answers in a row, where each part begins, and the square of how far off it may be."""
        parts = [part.ravel() for want in self._wants for part in want.values()]
        begins = np.cumsum([0] + [part.size for part in parts[:-1]])
        return np.concatenate(parts), begins, np.array(self._sizes) * self._tolerance**2

    def right(self, answers: list[Answer]) -> list[dict[str, Array] | None]:
        """The parts of every answer that is right and of the plainest form.  None: it must be read with care."""
        found, row = [], []
        for i, want in enumerate(self._wants):
            parts = _plain(self.keys[i][0], answers[i]) if i < len(answers) else None
            if parts is not None and not all(_like(parts[part], want[part]) for part in want):
                parts = None
            found.append(parts)
            row += [(parts or want)[part].ravel() for part in want]
        wants, begins, most = self._known
        with np.errstate(all="ignore"):
            off = np.add.reduceat((np.concatenate(row) - wants) ** 2, begins) <= most
        ends = np.cumsum([len(want) for want in self._wants])
        return [
            parts if parts is not None and off[end - len(want) : end].all() else None
            for parts, want, end in zip(found, self._wants, ends, strict=True)
        ]


def _plain(function: str, answer: Answer) -> dict[str, Any] | None:
    """The parts of an answer that is what the contract says, as far as its outer form goes."""
    value = answer.value
    if answer.status != "returned":
        return None
    if function == "forward":
        return dict(zip(PARTS[function], value, strict=True)) if type(value) is tuple and len(value) == 3 else None
    if function == "loss":
        return {"loss": np.asarray(value)} if type(value) is float else None
    return value if type(value) is dict and all(name in value for name in NAMES) else None


def _like(part: Any, want: Array) -> bool:
    return type(part) is np.ndarray and part.dtype == want.dtype and part.shape == want.shape


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
    def public(self) -> list[Sheet]:
        """The questions whose answers may be shown."""
        return self._apart([(f, self.probes.general(kind)[0], "") for f in FUNCTIONS for kind in KINDS])

    @cached_property
    def hidden(self) -> list[Sheet]:
        """All others that a submission is asked which makes no mistake, function by function.

        Nothing depends on this list: what is not in it is asked when it is needed.
        """
        return self._apart([turn for function in FUNCTIONS for turn in self._turns(function)])

    def _apart(self, turns: list[tuple[str, Probe, str]]) -> list[Sheet]:
        """forward by itself and first: its answers are among the arguments of the others."""
        sheets = [Sheet(self.rubric.limits.call, self.rubric.tolerance.values) for _ in range(2)]
        for function, probe, turn in turns:
            sheets[function != "forward"].add(function, probe, turn, self.right(function, probe))
        return sheets

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
