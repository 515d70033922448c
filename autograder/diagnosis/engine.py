"""Explain wrong numbers by the smallest set of known mistakes that reproduces them on every input.

The search runs over all parts of a function at once, fewest mistakes first, in stages: the gradients of W2 and b2
settle what epsilon is before delta is searched.  It is pure: it asks nothing and keeps nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

import numpy as np

from autograder.mistakes.activations import Array
from autograder.mistakes.network import NODES, OUTPUTS, Evaluation, Inputs, Operator
from autograder.mistakes.operators import OPERATORS, factors
from autograder.mistakes.operators.factors import ONE, Factor

EXACT = 1e-8  # relative: the same formula in another order of sums is closer than that
ZERO = 1e-12
ENOUGH = 3  # inputs that a claim about numbers must hold on
MOST = 2  # mistakes in one part of an answer, besides a factor
Choices = dict[str, Operator]
Values = Mapping[str, Any]
NONE: Values = {}
SCALED = {name for name, node in NODES.items() if any(slot.endswith("factor") for slot in node.slots)}


@dataclass(frozen=True)
class Case:
    """One question and what came back for one part.

    got : the array, whatever its shape; None where there is none
    raised : whether the call ended with an error of shapes; what explains it must not fit either
    parts : the parts of the same answer that have the contract's shapes
    """

    inputs: Inputs
    got: Array | None
    raised: bool = False
    parts: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """A mistake that reproduces the answers exactly (`certain`), or what can be said without naming one."""

    key: str
    short: str
    reason: str
    hint: str = ""
    equation: int = 0
    certain: bool = True


@dataclass(frozen=True)
class Found:
    """A set of mistakes: operators by slot, and a factor."""

    choices: tuple[tuple[str, Operator], ...] = ()
    factor: Factor = ONE

    @property
    def size(self) -> int:
        return len(self.choices) + self.factor.size

    @property
    def key(self) -> str:
        words = sorted(operator.key for _, operator in self.choices)
        return " + ".join(words + [f"times {self.factor.word}"] * (self.factor != ONE))

    def __add__(self, other: Found) -> Found:
        more = [choice for choice in other.choices if choice not in self.choices]
        return Found((*self.choices, *more), self.factor * other.factor)


NOTHING = Found()
Evidence = Mapping[str, Sequence[Case]]


def explain(function: str, evidence: Evidence) -> dict[str, tuple[Explanation, ...]]:
    """The smallest sets of mistakes for each part: one, or two that give the same numbers, or none.

    Parameters
    ----------
    function : one of the contract's four
    evidence : the cases of each part; a part without cases is not explained
    """
    known = {part: cases for part, cases in evidence.items() if is_enough(cases)}
    search = _backprop if function == "backprop" else _apart
    found = search(function, known)
    for part in known.keys() - found.keys() - {"loss"}:
        # What was done to an array that is right otherwise.
        cases, node = [case for case in known[part] if case.got is not None], OUTPUTS[function][part]
        found[part] = _smallest(follow(cases, node, ["array"], [{}] * len(cases), {}, 1))
    return {part: _said(OUTPUTS[function][part], sets) for part, sets in found.items()}


def is_enough(cases: Sequence[Case]) -> bool:
    """Whether a name may be given at all: what came back, or ended with an error of shapes, for several inputs."""
    answers = sum(case.got is not None for case in cases)
    return answers >= 2 and answers + sum(case.raised for case in cases) >= ENOUGH


def reproduces(got: Array | None, want: Array) -> bool:
    """Whether an array is another, up to the grader's tolerance."""
    if got is None or got.shape != want.shape:
        return False
    return float(np.linalg.norm(got - want)) <= 1e-6 * (float(np.linalg.norm(want)) or 1.0)


# --- does a set of mistakes give what came back? ----------------------------------------------------------------------


def ratio(got: Array, base: Any) -> float | None:
    """The number that `base` must be multiplied by to give `got` exactly."""
    base = np.asarray(base, np.float64)
    if base.shape != got.shape:
        return None
    flat, want = base.ravel(), got.ravel()
    square, along, size = float(flat @ flat), float(want @ flat), float(want @ want)
    if not (math.isfinite(square) and math.isfinite(size)):
        return None
    if square <= ZERO**2:
        # Zeros of the same kind: none of rounding, or both.
        return 1.0 if is_zero(got) and bool(base.any()) == bool(got.any()) else None
    if abs(along) < (1 - 5e-10) * math.sqrt(square) * math.sqrt(size):
        return None  # not in the same direction: most are ruled out here
    number = along / square
    close = np.linalg.norm(number * base - got) <= EXACT * np.linalg.norm(got)
    return number if close and number != 0 else None


def is_zero(array: Array) -> bool:
    """Whether an array holds nothing but zeros, and what rounding leaves of them."""
    return float(np.linalg.norm(array)) <= ZERO


def evaluate(case: Case, node: str, choices: Choices, given: Values = NONE, filled: Values = NONE) -> Any:
    """What a node is with these operators; None where the shapes don't fit."""
    if given and any(value is None for value in given.values()):
        return None
    try:
        value = Evaluation(case.inputs, choices, given, filled)[node]
        return choices["array"].formula(case.inputs, value) if "array" in choices else value
    except (ValueError, IndexError, ZeroDivisionError, np.linalg.LinAlgError):
        return None


def _ratio(case: Case, node: str, base: Any, scaled: bool) -> float | None:
    assert case.got is not None
    got = case.got
    if node.startswith("step "):
        # The step is compared, not where it ends.
        start = case.inputs.params[node.removeprefix("step ")]
        if np.shape(base) != got.shape:
            return None
        step = base - start if got.shape == start.shape else base
        off = float(np.linalg.norm(got - base))
        return 1.0 if off <= EXACT * max(float(np.linalg.norm(step)), 1e-3) else None
    number = ratio(got, base)
    return None if number is None or (not scaled and abs(number - 1) > EXACT) else number


def fit(cases: Sequence[Case], node: str, choices: Choices, given: Sequence[Values]) -> Factor | None:
    """The factor by which the operators give what came back in every case; None where they don't.

    Parameters
    ----------
    given : for each case the values of nodes that are known already
    """
    scaled = node in SCALED
    numbers, sizes = [], []
    for case, values in zip(cases, given, strict=True):
        base = evaluate(case, node, choices, values)
        if case.raised and base is None:
            continue
        number = None if case.raised or base is None else _ratio(case, node, base, scaled)
        if number is None:
            return None
        numbers.append(number)
        sizes.append(case.inputs.sizes())
    return factors.find(numbers, sizes) if numbers else None


def operators(slot: str, cases: Sequence[Case]) -> list[Operator]:
    """The operators of a slot that change something in these cases."""
    names = {case.inputs.activation.name for case in cases}
    return [o for o in OPERATORS.get(slot, ()) if any(map(o.applies, names)) and (len(names) > 1 or not o.joint)]


def follow(cases: Sequence[Case], node: str, slots: Iterable[str], given: Sequence[Values], before: Choices,
           most: int) -> list[Found]:  # fmt: skip
    """The smallest sets of mistakes in `slots` by which a part follows from what is given."""
    tables = {slot: operators(slot, cases) for slot in slots}
    found: list[Found] = []
    for count in range(most + 1):
        # A factor counts as well: as many operators may still be as few mistakes.
        if found and count > min(f.size for f in found):
            break
        for places in combinations(tables, count):
            for picks in product(*(tables[slot] for slot in places)):
                choices = dict(zip(places, picks, strict=True))
                factor = fit(cases, node, before | choices, given)
                if factor is not None:
                    found.append(Found(tuple(choices.items()), factor))
    least = min((f.size for f in found), default=0)
    return [f for f in found if f.size == least]


# --- functions whose parts are searched one by one --------------------------------------------------------------------


def exchanged(parts: Mapping[str, Array], inputs: Inputs) -> bool:
    """Whether e1 and h stand in each other's place, right or not."""
    e1, h = parts.get("e1"), parts.get("h")
    if e1 is None or h is None:
        return False
    return reproduces(e1, inputs.sigma(h)) and not reproduces(h, inputs.sigma(e1))


def own(case: Case) -> dict[str, Array]:
    """The submission's own e1 and h, from which its h and yhat must follow."""
    names = {"e1": "h", "h": "e1"} if exchanged(case.parts, case.inputs) else {"e1": "e1", "h": "h"}
    right = {"e1": case.inputs.e1, "h": case.inputs.h}
    return {name: case.parts.get(place, right[name]) for name, place in names.items()}


def follows(case: Case, part: str) -> bool:
    """Whether h or yhat is right for the submission's own e1 or h."""
    given = {name: array for name, array in own(case).items() if name != part}
    return reproduces(case.got, np.asarray(Evaluation(case.inputs, given=given)[part]))


def _apart(function: str, evidence: Evidence) -> dict[str, list[Found]]:
    found = {}
    for part, cases in evidence.items():
        node = OUTPUTS[function][part]
        given: list[Values] = [{}] * len(cases)
        if function == "forward":
            values = [own(case) for case in cases]
            given = [{name: v for name, v in one.items() if name != part and part != "e1"} for one in values]
        sets = _smallest(follow(cases, node, NODES[node].slots, given, {}, MOST))
        if sets:
            found[part] = sets
    return found


# --- backprop: two layers, each from an error that no answer shows ----------------------------------------------------


@dataclass(frozen=True)
class Layer:
    """One way to explain a layer: the mistakes in its error, and in each of its parts."""

    shared: Found = NOTHING
    parts: Mapping[str, Found] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.shared.size + sum(found.size for found in self.parts.values())


def _backprop(function: str, evidence: Evidence) -> dict[str, list[Found]]:
    second = _layer("epsilon", ("W2", "b2"), evidence, NOTHING)
    found = {part: _smallest(layer.shared + layer.parts[part] for layer in second if part in layer.parts)
             for part in ("W2", "b2")}  # fmt: skip
    # What is wrong in epsilon goes on into delta; but layer 1 may also be right by itself.
    befores = [layer.shared for layer in second if len(layer.parts) == 2 or layer.shared.size][:2]
    befores += [NOTHING] * (NOTHING not in befores)
    first = [(before, layer) for before in befores for layer in _layer("delta", ("W1", "b1"), evidence, before)]
    for part in ("W1", "b1"):
        mine = [(before, layer.shared + layer.parts[part]) for before, layer in first if part in layer.parts]
        # What layer 2 shows of epsilon costs nothing here.
        least = min((more.size for _, more in mine), default=0)
        found[part] = _smallest(before + more for before, more in mine if more.size == least)
    for part, sets in found.items():
        if sets and _is_blank(evidence[part]):  # any factor fits zeros
            found[part] = _smallest(Found(one.choices) for one in sets)
    return {part: sets for part, sets in found.items() if sets and not _all_zero(evidence, part)}


def _all_zero(evidence: Evidence, part: str) -> bool:
    """Whether zeros came back here and for W2, so that nothing is known of epsilon or delta."""
    return not any(c.got is None or c.got.any() for name in (part, "W2") for c in evidence.get(name, ()))


def _is_blank(cases: Sequence[Case]) -> bool:
    return all(case.got is not None and is_zero(case.got) for case in cases)


def _layer(error: str, parts: Sequence[str], evidence: Evidence, before: Found) -> list[Layer]:
    """The errors from which all known parts of a layer follow with the fewest mistakes.

    Where there are none, each part is explained alone: by a plain factor, or by one mistake that leaves the other part,
    which is made from the same error, wrong for a reason of its own.
    """
    known = [part for part in parts if part in evidence]
    whole: list[Layer] = []
    plain: list[Layer] = []
    alone: list[Layer] = []
    right: set[str] = set()
    for choices in _hypotheses(error, known, evidence, before):
        shared = Found(tuple(choices.items()))
        sets = {part: _ways(error, part, evidence[part], before, shared) for part in known}
        if all(sets.values()):
            blank = {part for part in known if _is_blank(evidence[part])}
            whole += [_joined(shared, dict(zip(known, one, strict=True)), blank) for one in product(*sets.values())]
            continue
        if not choices:
            plain = [Layer(NOTHING, {part: f}) for part in known for f in sets[part] if not f.choices]
            right = {part for part in known if NOTHING in sets[part]}
        alone += [Layer(shared, {part: f}) for part in known for f in sets[part] if shared.size + f.size == 1]
    if not whole:
        # A factor of the error that is not one of every part: squares and products change it.
        for shared in {Found((), f.factor) for way in plain for f in way.parts.values() if f.factor != ONE}:
            sets = {part: _ways(error, part, evidence[part], before, shared) for part in known}
            whole += [Layer(shared, dict(zip(known, one, strict=True))) for one in product(*sets.values())]
    if whole:
        return _least(whole)
    # Where one part is right, so is the error.
    alone = [way for way in alone if not right or not way.shared.size]
    apart = ([w for w in plain if part in w.parts] or [w for w in alone if part in w.parts] for part in known)
    return [way for ways in apart for way in _least(ways)]


def _ways(error: str, part: str, cases: Sequence[Case], before: Found, shared: Found) -> list[Found]:
    """The smallest sets of mistakes by which a part follows from an error with the mistakes in `shared`."""
    base = dict(before.choices) | dict(shared.choices)
    factored = _with_factor(before, base)
    if shared.factor != ONE:
        factored = factored | {f"{error} factor": factors.operator(shared.factor, error)}
    given = [{error: evaluate(case, error, factored)} for case in cases]
    if any(values[error] is None and not case.raised for values, case in zip(given, cases, strict=True)):
        return []
    slots = [slot for slot in NODES[f"d{part}"].slots if slot != "samples"]
    return follow(cases, f"d{part}", slots, given, base, 1 if shared.size else MOST)


def _with_factor(before: Found, choices: Choices) -> Choices:
    """The operators, with the factor of what came before in epsilon's slot."""
    return choices | {"epsilon factor": factors.operator(before.factor, "epsilon")} if before.factor != ONE else choices


def _joined(shared: Found, parts: dict[str, Found], blank: set[str]) -> Layer:
    """A factor that all parts have is the error's own; a part that is 0 everywhere has any."""
    common = {found.factor for part, found in parts.items() if part not in blank}
    if len(parts) < 2 or len(common) != 1:
        return Layer(shared, parts)
    return Layer(Found(shared.choices, common.pop()), {part: Found(found.choices) for part, found in parts.items()})


def _least(ways: Sequence[Layer]) -> list[Layer]:
    least = min((way.size for way in ways), default=0)
    return [way for way in ways if way.size == least]


def _hypotheses(error: str, parts: Sequence[str], evidence: Evidence, before: Found) -> Iterator[Choices]:
    """No mistake in an error, then those from which the first case of some part follows rightly up to a factor.

    With at most two mistakes in a layer one of its parts follows rightly from a wrong error.  All fillings of the
    error's first slot are tried at once.
    """
    yield {}
    first, *others = [slot for slot in NODES[error].slots if not slot.endswith("factor")]
    others += ["samples"] * ("samples" not in dict(before.choices))
    cases = {part: next(c for c in evidence[part] if c.got is not None) for part in parts}
    if not cases:
        return
    every = [case for part in parts for case in evidence[part]]
    table = operators(first, every)
    seconds: list[Choices] = [{}, *({slot: o} for slot in others for o in operators(slot, every))]
    base = _with_factor(before, dict(before.choices))
    stacks = {part: _stack(case, error, first, table, base) for part, case in cases.items()}
    for second in seconds:
        found = [_proportional(case, f"d{part}", base | second, {first: stacks[part]}) for part, case in cases.items()]
        for i in np.flatnonzero(np.any(found, axis=0)):
            choices = ({first: table[i - 1]} if i else {}) | second
            if choices:
                yield choices


def _stack(case: Case, error: str, slot: str, table: Sequence[Operator], base: Choices) -> Array:
    """The right filling of a slot and those by the operators of a table, NaN where shapes don't fit."""
    after = NODES[error].after
    evaluation = Evaluation(case.inputs, base)
    arguments = [evaluation[after]] if after else []
    right = np.asarray(evaluation.fill(slot, *arguments))
    rows = [right]
    for operator in table:
        try:
            row = np.asarray(operator.formula(case.inputs, *arguments)) if _active(operator, case) else right
        except (ValueError, IndexError):
            row = np.empty(0)
        rows.append(row if row.shape == right.shape else np.full(right.shape, np.nan))
    return np.array(rows)


def _active(operator: Operator, case: Case) -> bool:
    return operator.applies(case.inputs.activation.name)


def _proportional(case: Case, node: str, choices: Choices, stack: Values) -> Any:
    """Which of a stack of values is what came back, up to a factor."""
    (count,) = {len(values) for values in stack.values()}
    bases, got = evaluate(case, node, choices, filled=stack), case.got
    if bases is None or got is None or bases.shape[1:] != got.shape:
        return np.zeros(count, bool)
    bases, got = bases.reshape(count, -1), got.ravel()
    if is_zero(got):
        return (np.linalg.norm(bases, axis=1) <= ZERO) & (bases.any(1) == got.any())
    numbers = bases @ got / (bases * bases).sum(1)
    return np.linalg.norm(numbers[:, None] * bases - got, axis=1) <= EXACT * np.linalg.norm(got)


# --- words --------------------------------  ------------------------------


def _smallest(found: Iterable[Found]) -> list[Found]:
    """The smallest sets of mistakes, each once."""
    by_key = {f.key: f for f in found if f.size}
    least = min((f.size for f in by_key.values()), default=0)
    return [f for f in by_key.values() if f.size == least]


def _said(node: str, found: Sequence[Found]) -> tuple[Explanation, ...]:
    """The words of one set of mistakes, or of two that give the same numbers; more are none."""
    return tuple(_words(node, one) for one in found) if len(found) <= 2 else ()


def _words(node: str, found: Found) -> Explanation:
    equation, called = NODES[node].equation, NODES[node].called
    operators_ = [operator for _, operator in found.choices]
    if found.factor != ONE:
        operators_.append(factors.operator(found.factor, called))
    places = {slot: n.equation for n in NODES.values() for slot in n.slots if slot not in ("samples",)}
    if len(operators_) == 1 and found.choices:
        equation = places.get(found.choices[0][0], equation)
    many = len(operators_) > 1
    reasons = [o.reason for o in operators_]
    if found.factor != ONE and many:
        reasons[-1] = f"Apart from that, {reasons[-1][0].lower()}{reasons[-1][1:]}"
    text = " ".join(f"({i}) {reason}" if many else reason for i, reason in enumerate(reasons, 1))
    return Explanation(
        found.key, " and ".join(o.short for o in operators_),
        (f"{len(operators_)} mistakes in {called}: " if many else "") + text, operators_[0].hint, equation,
    )  # fmt: skip


def either(explanations: Sequence[Explanation]) -> Explanation | None:
    """Two explanations that give the same numbers as one."""
    if len(explanations) < 2:
        return explanations[0] if explanations else None
    one, other = explanations
    key = " | ".join(sorted((one.key, other.key)))
    reason = f"Either: {one.reason} Or: {other.reason} Both give the same numbers."
    return Explanation(key, f"{one.short}, or {other.short}", reason, one.hint, one.equation)
