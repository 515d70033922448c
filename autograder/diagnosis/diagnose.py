"""Find the reasons of the problems in a record: from its answers to the engine's evidence, and back to each problem.

Nothing is asked here and nothing is kept: the record's answers are all there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from autograder.asking.checks import PARTS, Problem
from autograder.asking.probes import Probe
from autograder.diagnosis import engine, facts
from autograder.diagnosis.engine import Case, Explanation
from autograder.diagnosis.facts import View
from autograder.diagnosis.network import Inputs

__all__ = ["Explanation", "explain", "explain_all"]

EXPLAINED = ("value", "shape", "nan", "raised")
ACTIVATIONS = ("logistic", "tanh")


def explain(record: Any, problem: Problem) -> Explanation | None:
    """The reason of one problem; None where nothing can be said that is certainly true."""
    return explain_all(record, {"": problem})[""]


def explain_all(record: Any, problems: Mapping[str, Problem]) -> dict[str, Explanation | None]:
    """The reason of each problem, by the problems' keys.  Every function is searched once.

    Parameters
    ----------
    record : the answers, with the methods reply, right and check, and the probes that were asked
    problems : such as the problem of each lost criterion, by the criterion's key
    """
    made = {function: _Function(record, function) for function in {p.function for p in problems.values()} & set(PARTS)}
    return {key: made[p.function].reason(p) if p.function in made else None for key, p in problems.items()}


class _Function:
    """What is found about one function of a submission."""

    def __init__(self, record: Any, function: str) -> None:
        self.record = record
        self.function = function
        self.probes = record.probes
        # update is asked with the logistic only: it knows no activation.
        self.activations = ACTIVATIONS[: 1 if function == "update" else 2]

    def reason(self, problem: Problem) -> Explanation | None:
        if problem.probe is None or problem.kind not in EXPLAINED:
            return None
        if not any(problem.probe.name == p.name for p in self.general):
            special = self._special(problem, problem.probe)
            if special or problem.kind == "nan" or not self.wrong:
                return special
        if problem.kind == "raised":
            return self._only_with_one(problem, problem.probe) or self._raised(problem.probe)
        return None if problem.kind == "nan" else self._named(problem.part, problem.probe.activation)

    # --- evidence ----------------------------------------------------------------------------------------------------

    @cached_property
    def general(self) -> list[Probe]:
        return [probe for kind in self.activations for probe in self.probes.general(kind)]

    @cached_property
    def wrong(self) -> dict[str, set[str]]:
        """The parts that are wrong with general inputs, by activation."""
        wrong = {
            kind: {
                part
                for part in PARTS[self.function]
                for probe in self.probes.general(kind)
                if self.record.check(self.function, probe, part)
            }
            for kind in self.activations
        }
        return {kind: parts for kind, parts in wrong.items() if parts}

    def _case(self, part: str, probe: Probe) -> Case:
        reply = self.record.reply(self.function, probe)
        raised = reply.problem is not None and reply.problem.data.get("type") == "ValueError"
        return Case(self._inputs(probe), reply.raw(part), raised, reply.parts, probe.public)

    def _inputs(self, probe: Probe) -> Inputs:
        known: Inputs = self._made.setdefault(probe.name, Inputs.of(probe))
        return known

    @cached_property
    def _made(self) -> dict[str, Inputs]:
        return {}

    def _cases(self, part: str, activation: str) -> list[Case]:
        """The general probes, and square ones where those give fewer than two answers."""
        general = [self._case(part, probe) for probe in self.probes.general(activation)]
        found = [case for case in general if case.got is not None]
        if len(found) >= 2 or self.function in ("loss", "update"):
            return found
        plain = [p for p in self.probes.sizes(activation) if min(p.sizes.values()) > 1 and not p.tags]
        more = [case for case in (self._case(part, probe) for probe in plain) if case.got is not None]
        return [*found, *more, *(case for case in general if case.raised)] if more else found

    def _evidence(self, activation: str) -> dict[str, list[Case]]:
        return {part: self._cases(part, activation) for part in PARTS[self.function]}

    @cached_property
    def evidence(self) -> dict[str, dict[str, list[Case]]]:
        """The cases of each part by activation; with "" for all together."""
        alone = {kind: self._evidence(kind) for kind in self.activations}
        return alone | {"": {part: [c for one in alone.values() for c in one[part]] for part in PARTS[self.function]}}

    # --- answers that are wrong with general inputs ------------------------------------------------------------------

    @cached_property
    def _found(self) -> dict[str, dict[str, tuple[Explanation, ...]]]:
        """What the engine finds, by activation; "" for all activations together."""
        if self.function in ("loss", "update"):
            return dict.fromkeys(self.activations, engine.explain(self.function, self.evidence[""]))
        found = {kind: engine.explain(self.function, self.evidence[kind]) for kind in self.wrong}
        if len(found) == 2 and len({frozenset(parts) for parts in self.wrong.values()}) == 1:
            # Where each activation has a cause of its own, one cause for both comes before two.
            one, other = ({part: {w.key for w in said} for part, said in f.items() if said} for f in found.values())
            if one != other or any(len(keys) > 1 for keys in one.values()):
                joint = engine.explain(self.function, self.evidence[""])
                found = {kind: said | {p: w for p, w in joint.items() if w} for kind, said in found.items()}
        return found

    def _named(self, part: str, activation: str) -> Explanation | None:
        alike = self.function in ("loss", "update")
        of = View(self.function, part, self.evidence["" if alike else activation])
        return (
            facts.first(facts.IN_ANOTHER_PLACE, of)
            or engine.either(self._found.get(activation, {}).get(part, ()))
            or facts.first(facts.ADDED, of)
            or facts.first(facts.WITHOUT_NAME, of)
            or self._only_with(part, activation)
            or facts.first(facts.IN_ONE_PLACE, of)
        )

    def _only_with(self, part: str, activation: str) -> Explanation | None:
        if self.function not in ("forward", "backprop"):
            return None
        other = next(kind for kind in self.activations if kind != activation)
        rights = [*self.probes.general(other), *self.probes.sizes(other)]
        wrongs = [p for p in self.probes.general(activation) if self.record.check(self.function, p, part)]
        if len(wrongs) < 2 or any(self.record.check(self.function, p, part) for p in rights):
            return None
        return Explanation(
            f"only {activation}", f"only with {activation}",
            f'{part} is right with "{other}" and wrong only with "{activation}".',
            "Compare what the two nonlinearities do in your code.", 0, False,
        )  # fmt: skip

    # --- calls that end with an error --------------------------------------------------------------------------------

    def _only_with_one(self, problem: Problem, probe: Probe) -> Explanation | None:
        failing = [p for p in self.general if self.record.reply(self.function, p).problem]
        if self.function not in ("forward", "backprop") or not any(p.name == probe.name for p in self.general):
            return None
        kind = probe.activation
        if [p.name for p in failing] != [p.name for p in self.general if p.activation == kind]:
            return None
        return Explanation(f"only {kind}", f"only with {kind}", f'It happens only with "{kind}".', "", 2, False)

    def _raised(self, probe: Probe) -> Explanation | None:
        """An error that square weights don't raise: what is wrong with them may have a name."""
        if self.function not in ("forward", "backprop"):
            return None
        kind = probe.activation
        squares = (p for p in self.probes.sizes(kind) if _square(p))
        square = next((p for p in squares if not self.record.reply(self.function, p).problem), None)
        if square is None:
            return None
        for part in PARTS[self.function]:
            problem = self.record.check(self.function, square, part)
            if problem is not None and problem.kind == "value":
                found = self._named(part, kind)
                if found and found.certain:
                    return found
        return None

    # --- answers that are wrong with special inputs only -------------------------------------------------------------

    def _special(self, problem: Problem, probe: Probe) -> Explanation | None:
        """Where general inputs give right answers: which inputs don't."""
        if self.wrong:
            return None
        if "large" in probe.tags:
            return _large(problem)
        if probe.tags:
            tag = ", ".join(sorted(probe.tags))
            reason = f"The same inputs are right otherwise; it is wrong only for: {tag}."
            return Explanation(f"only {tag}", f"only for: {tag}", reason, "", 0, False)
        plain = [p for p in self.probes.sizes(probe.activation) if not p.tags]
        bad = [p for p in plain if any(self.record.check(self.function, p, part) for part in PARTS[self.function])]
        return self._only_when_one(plain, bad) or _some_sizes(bad)

    def _only_when_one(self, plain: list[Probe], bad: list[Probe]) -> Explanation | None:
        """Sizes at which being 1 is what all wrong inputs have in common, and no right one."""
        names = {"loss": "nK", "update": "DNK"}.get(self.function, "nDNK")
        wrong = {p.name for p in bad}
        ones = {k: {p.name for p in plain if p.sizes[k] == 1} for k in names}
        letters = [k for k, having in ones.items() if len(having) >= 2 and having <= wrong]
        if not letters or wrong != set().union(*(ones[k] for k in letters)):
            return None
        when = " or ".join(f"{k} = 1" for k in letters)
        return Explanation(
            f"only {when}", f"only for {when}", f"It is right for other sizes and wrong only when {when}.",
            "squeeze, reshape and indexing drop an axis of length 1, and (n, 1) with (n,) gives (n, n). "
            "Keep two dimensions.", 0, False,
        )  # fmt: skip


def _large(problem: Problem) -> Explanation:
    if problem.kind == "nan" or problem.data.get("type") == "OverflowError":
        reason = "It is right for moderate excitations and fails for large ones: exp of a large number overflows, and "
        reason += "inf / inf or inf - inf is NaN."
        hint = "Find a form of the nonlinearity in which exp never sees a large positive number."
        return Explanation("only large", "only for large excitations", reason, hint, 2, False)
    return Explanation(
        "only large", "only for large excitations", "It is right for moderate excitations and wrong for large ones.",
        "Is something clipped or replaced when it is large?", 0, False,
    )  # fmt: skip


def _some_sizes(bad: list[Probe]) -> Explanation:
    sizes = "; ".join(", ".join(f"{k} = {v}" for k, v in p.sizes.items()) for p in bad[:2])
    return Explanation(
        "some sizes", "only for some inputs", f"It is right for general inputs and wrong for some others: {sizes}.",
        "Does the code treat some sizes or some numbers in a special way?", 0, False,
    )  # fmt: skip


def _square(probe: Probe) -> bool:
    """Whether a transposed matrix would go unnoticed in one of the products."""
    sizes = probe.sizes
    return sizes["n"] > 1 and sizes["D"] > 1 and sizes["K"] > 1 and sizes["N"] in (sizes["K"], sizes["D"])
