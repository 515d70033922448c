"""Find the reasons of the problems in a record: from its answers to the engine's evidence, and back to each problem.

Nothing is asked here and nothing is kept: the record's answers are all there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from autograder.asking.battery import ACTIVATIONS, Probe
from autograder.asking.failures import Problem, Raised
from autograder.asking.reading import PARTS
from autograder.asking.transcript import PublicTranscript
from autograder.diagnosis import engine, facts
from autograder.diagnosis.engine import Case, Explanation
from autograder.diagnosis.facts import View
from autograder.hidden_tests.judging import check
from autograder.mistakes.network import Inputs

EXPLAINED = ("value", "shape", "nan", "raised")
SATURATED = frozenset({"large excitations", "saturated units"})
RANDOM = Explanation(
    "random", "random numbers", "The result depends on random numbers: with another seed it is another.",
    "Nothing here is random: compute the result from the arguments alone.",
)  # fmt: skip
UNSTEADY = Explanation(
    "unsteady", "another result each time",
    "The same call gives different results, as with random numbers, the time, or something that is kept from earlier "
    "calls.",
    "Compute the result from the arguments alone.",
)  # fmt: skip
LAYOUTS = frozenset({"Fortran order", "no activation given", "read-only arrays"})


def explain_all(record: PublicTranscript, problems: Mapping[str, Problem]) -> dict[str, Explanation | None]:
    """The reason of each problem, by the problems' keys; None where nothing can be said that is certainly true.

    Parameters
    ----------
    record : the answers to the public battery
    problems : such as the problem of each lost criterion, by the criterion's key
    """
    diagnosis = Diagnosis(record)
    return {key: diagnosis.explain(problem) for key, problem in problems.items()}


class Diagnosis:
    """The reasons of one submission's problems.  Every function is searched once."""

    def __init__(self, record: PublicTranscript, lines: Sequence[str] = ()) -> None:
        draws = any("random" in line for line in lines)
        self._functions = {function: _Function(record, function, draws) for function in PARTS}

    def explain(self, problem: Problem) -> Explanation | None:
        """The reason of a problem; None where nothing can be said that is certainly true."""
        function = self._functions.get(problem.function)
        return function.explain(problem) if function else None


class _Function:
    """What is found about one function of a submission."""

    def __init__(self, record: PublicTranscript, function: str, draws: bool) -> None:
        self.record = record
        self.function = function
        self.draws = draws  # whether the file draws random numbers
        self.battery = record.battery
        # update is asked with the logistic only: it knows no activation.
        self.activations = ACTIVATIONS[:1] if function == "update" else ACTIVATIONS
        self._inputs: dict[str, Inputs] = {}

    def explain(self, problem: Problem) -> Explanation | None:
        if problem.probe is None or problem.code not in EXPLAINED:
            return None
        is_general = any(problem.probe.name == probe.name for probe in self.general)
        if not is_general and self._is_right_in_general(problem.part, problem.probe.activation):
            before = self._before(problem.part, problem.probe)
            return self._named(before, problem.probe.activation) if before else self._special(problem, problem.probe)
        if problem.code == "raised":
            return (self._only_with_one(problem.probe) if is_general else None) or self._raised(problem.probe)
        return None if problem.code == "nan" else self._named(problem.part, problem.probe.activation)

    def _before(self, part: str, probe: Probe) -> str:
        """The wrong part that h or yhat rightly follows from, where the numbers are too few to show that it does."""
        if self.function != "forward" or part not in ("h", "yhat") or not engine.follows(self._case(part, probe), part):
            return ""
        earlier = PARTS["forward"][: PARTS["forward"].index(part)]
        return next((p for p in earlier if p in self.wrong.get(probe.activation, ())), "")

    def _wrong(self, probe: Probe, part: str = "") -> bool:
        """Whether a part of an answer is wrong, or any part."""
        return any(check(self.record, self.function, probe, p) for p in ([part] if part else PARTS[self.function]))

    def _is_right_in_general(self, part: str, activation: str) -> bool:
        kinds = [activation] if part and self.function in ("forward", "backprop") else self.activations
        return not any(self.wrong.get(kind, set()) & ({part} if part else set(PARTS[self.function])) for kind in kinds)

    # --- evidence ----------------------------------------------------------------------------------------------------

    @cached_property
    def general(self) -> list[Probe]:
        return [probe for kind in self.activations for probe in self.battery.general(kind)]

    @cached_property
    def wrong(self) -> dict[str, set[str]]:
        """The parts that are wrong with general inputs, by activation."""
        wrong = {
            kind: {p for p in PARTS[self.function] for probe in self.battery.general(kind) if self._wrong(probe, p)}
            for kind in self.activations
        }
        return {kind: parts for kind, parts in wrong.items() if parts}

    def _case(self, part: str, probe: Probe) -> Case:
        reading = self.record.reading(self.function, probe)
        raised = isinstance(reading.failure, Raised) and reading.failure.error.type == "ValueError"
        if probe.name not in self._inputs:
            self._inputs[probe.name] = Inputs.of(probe)
        return Case(self._inputs[probe.name], reading.raw(part), raised, reading.parts)

    def _cases(self, part: str, activation: str) -> list[Case]:
        """The general probes, and square ones where those give fewer than two answers."""
        # All sizes of training are even but n: what is done for odd sizes only has no name.
        probes = [*self.battery.general(activation), self.battery.trained(activation)]
        general = [self._case(part, probe) for probe in probes]
        found = [case for case in general if case.got is not None]
        if len(found) >= 2 or self.function in ("loss", "update"):
            return found
        plain = [p for p in self.battery.sizes(activation) if min(p.sizes.values()) > 1 and not p.tags]
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
        if self.record.modes.get(self.function, "later") == "later":  # otherwise each call had a worker of its own
            if self._changes(part, "same", "again"):
                return UNSTEADY
            if self._changes(part, "same", "reseed"):
                return RANDOM if self.draws else UNSTEADY
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

    def _changes(self, part: str, *turns: str) -> bool:
        """Whether two calls with the same arguments differ in a part of their answers."""
        one = self.battery.general("logistic")[0]
        first, second = (self.record.reading(self.function, one, turn) for turn in turns)
        return part in first.parts and part in second.parts and first.differs_in(part, second)

    def _only_with(self, part: str, activation: str) -> Explanation | None:
        if self.function not in ("forward", "backprop"):
            return None
        other = next(kind for kind in self.activations if kind != activation)
        rights = [*self.battery.general(other), *self.battery.sizes(other)]
        wrongs = [p for p in self.battery.general(activation) if self._wrong(p, part)]
        if len(wrongs) < 2 or any(self._wrong(p, part) for p in rights):
            return None
        return Explanation(
            f"only {activation}", f"only with {activation}",
            f'{part} is right with "{other}" and wrong only with "{activation}".',
            "Compare what the two nonlinearities do in your code.", 0, False,
        )  # fmt: skip

    # --- calls that end with an error --------------------------------------------------------------------------------

    def _only_with_one(self, probe: Probe) -> Explanation | None:
        if self.function not in ("forward", "backprop"):
            return None
        kind = probe.activation
        failing = [p.name for p in self.general if self.record.reading(self.function, p).failure]
        if failing != [p.name for p in self.battery.general(kind)]:
            return None
        return Explanation(f"only {kind}", f"only with {kind}", f'It happens only with "{kind}".', "", 2, False)

    def _raised(self, probe: Probe) -> Explanation | None:
        """An error that square weights don't raise: what is wrong with them may have a name."""
        if self.function not in ("forward", "backprop"):
            return None
        squares = (p for p in self.battery.sizes(probe.activation) if _square(p))
        square = next((p for p in squares if not self.record.reading(self.function, p).failure), None)
        if square is None:
            return None
        for part in PARTS[self.function]:
            problem = check(self.record, self.function, square, part)
            if problem is not None and problem.code == "value":
                found = self._named(part, probe.activation)
                if found and found.certain:
                    return found
        return None

    # --- answers that are wrong with special inputs only -------------------------------------------------------------

    def _special(self, problem: Problem, probe: Probe) -> Explanation | None:
        """Where ordinary inputs give right answers: which inputs don't."""
        if probe.tags & SATURATED and self.function in ("forward", "backprop"):
            return _saturated(problem)
        if probe.tags:
            tag = ", ".join(sorted(probe.tags))
            right = "The same inputs are right otherwise" if probe.tags <= LAYOUTS else "Ordinary inputs are right"
            return Explanation(f"only {tag}", f"only for: {tag}", f"{right}; it is wrong for: {tag}.", "", 0, False)
        plain = [p for p in self.battery.sizes(probe.activation) if not p.tags]
        bad = [p for p in plain if self._wrong(p, problem.part)]
        return self._only_when_one(plain, bad, problem.code) or _some_sizes(bad)

    def _only_when_one(self, plain: list[Probe], bad: list[Probe], code: str) -> Explanation | None:
        """Sizes at which being 1 is what all wrong inputs have in common, and no right one."""
        names = {"loss": "nK", "update": "DNK"}.get(self.function, "nDNK")
        wrong = {p.name for p in bad}
        ones = {k: {p.name for p in plain if p.sizes[k] == 1} for k in names}
        letters = [k for k, having in ones.items() if len(having) >= engine.ENOUGH and having <= wrong]
        if not letters or wrong != set().union(*(ones[k] for k in letters)):
            return None
        when = " or ".join(f"{k} = 1" for k in letters)
        hint = "Is this size treated in a special way, or an axis of length 1 dropped (squeeze, reshape, indexing)?"
        if code == "shape":
            hint = "squeeze, reshape and indexing drop an axis of length 1, and (n, 1) with (n,) gives (n, n). "
            hint += "Keep two dimensions."
        return Explanation(
            f"only {when}", f"only for {when}", f"It is right for other sizes and wrong only when {when}.",
            hint, 0, False,
        )  # fmt: skip


def _saturated(problem: Problem) -> Explanation:
    overflow = isinstance(problem.failure, Raised) and problem.failure.error.type == "OverflowError"
    if problem.code == "nan" or overflow:
        reason = "It is right for moderate excitations and fails for large ones, where exp overflows and h can be 0 "
        reason += "or 1: inf / inf, inf - inf, 0 / 0 and 0 * inf are NaN."
        hint = "Find a form in which exp never sees a large positive number, and nothing is divided by h or 1 - h."
        return Explanation("only large", "only for large excitations", reason, hint, 2, False)
    return Explanation(
        "only large", "only for large excitations", "It is right for moderate excitations and wrong for large ones.",
        "" if problem.code == "raised" else "Is something clipped or replaced when it is large?", 0, False,
    )  # fmt: skip


def _some_sizes(bad: list[Probe]) -> Explanation:
    sizes = "; ".join(", ".join(f"{k} = {v}" for k, v in p.sizes.items()) for p in bad[:2])
    return Explanation(
        "some sizes", "only for some inputs", f"It is right for ordinary inputs and wrong for some others: {sizes}.",
        "Does the code treat some sizes or some numbers in a special way?", 0, False,
    )  # fmt: skip


def _square(probe: Probe) -> bool:
    """Whether a transposed matrix would go unnoticed in one of the products."""
    sizes = probe.sizes
    return sizes["n"] > 1 and sizes["D"] > 1 and sizes["K"] > 1 and sizes["N"] in (sizes["K"], sizes["D"])
