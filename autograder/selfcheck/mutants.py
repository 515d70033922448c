"""Mutants: programs with operators in the slots of the network, and the criteria that each of them must lose.

Which criteria a mutant loses follows from its slots, never from a run.  `SAME` and `EQUAL` declare the equivalent
mutants, which no numbers can tell apart.  This file needs NumPy, the network and its operators only, so that it can be
handed in as a submission.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.mistakes.activations import ACTIVATIONS, Array
from autograder.mistakes.network import NODES, OUTPUTS, SOURCE, Evaluation, Inputs, Operator
from autograder.mistakes.operators import OPERATORS, factors

Functions = dict[str, Callable[..., Any]]
Params = dict[str, Array]
NAMES = ("W1", "b1", "W2", "b2")
BY_ACTIVATION = ("h", "slope")  # slots with one filling for each activation
# Factors that people make mistakes with; most slots get the first five.
FACTORS = ("-1", "n", "1/n", "2", "1/2", "1/K", "n/K", "n/D", "n/N", "n/(n-1)", "2 1/n", "-2")
LOSS_FACTORS = ("2", "n", "1/2", "1/n", "-1", "1/K", "2 1/K", "2 n", "n/(n-1)", "K")
# Slots that one misconception fills together.
TOGETHER = (
    *((f"{slot} logistic", f"{slot} tanh") for slot in BY_ACTIVATION),
    ("W2 product", "W1 product"), ("b2 sum", "b1 sum"), ("update weights", "update biases"),
    ("b2 factor", "b1 factor"), ("W2 factor", "W1 factor"),
)  # fmt: skip

# Operators that are the same arithmetic: sigma(e) rounds to 1 just where e > 0.
SAME = (frozenset({"step", "h_rounded"}),)
# Pairs that are the same arithmetic as something else, by what the diagnosis calls both.
EQUAL = {
    frozenset(pair): frozenset(other)
    for pair, other in (
        [({"of_sum_and_mean", "times n"}, {"of_sums"}), ({"of_sums", "times 1/n"}, {"of_sum_and_mean"}),
         ({"back_sample_mean", "times n"}, {"back_sample_sum"}),
         ({"back_sample_sum", "times 1/n"}, {"back_sample_mean"}),
         ({"back_without_W2", "times 1/K"}, {"back_mean_without_W2"}),
         ({"back_W2_summed", "times 1/K"}, {"back_W2_mean"}),
         ({"error_rows_meaned", "back_split_by_units"}, {"back_mean_without_W2"})]
        # h (1 - h) and 1 - h^2 are 0 at 1.
        + [({"back_ones", row}, {"slope_zero"}) for row in ("slope_of_back", "slope_times_back_at_back")]
        # A sign is lost in an absolute value, and a factor is squared with what it multiplies.
        + [({row, "times -2"}, {row, "times 2"}) for row in ("absolute", "bias_absolute", "bias_of_absolute")]
        + [({"bias_squared", f"times {word}"}, {"bias_squared", f"times {square}"})
           for word, square in (("n", "n^2"), ("1/n", "1/n^2"), ("2", "4"), ("1/2", "1/4"), ("-2", "4"))]
    )
}  # fmt: skip


# The criteria that look at other inputs than the ordinary ones.
BEHAVIOR = {
    "forward": {"forward_large", "forward_sizes"}, "loss": {"loss_sizes"},
    "backprop": {"backprop_large", "backprop_sizes"}, "update": set[str](),
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A place for a mutation: a slot, for one activation where it has a filling for each.

    parts : the parts of the function's answer that it decides
    """

    name: str
    slot: str
    function: str
    parts: tuple[str, ...]
    activations: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What may be put there: keys of operators, or words of factors."""
        if self.slot.endswith("factor"):
            return {"loss": LOSS_FACTORS, "epsilon": FACTORS}.get(self.slot.split()[0], FACTORS[:5])
        return tuple(o.key for o in OPERATORS[self.slot] if any(map(o.applies, self.activations)))

    def joint(self, key: str) -> bool:
        """Whether an operator is a mutation only if it is made for all activations."""
        return any(o.key == key and o.joint for o in OPERATORS.get(self.slot, ()))

    def operator(self, key: str) -> Operator:
        if self.slot.endswith("factor"):
            return factors.operator(factors.BY_WORD[key], self.slot)
        return next(o for o in OPERATORS[self.slot] if o.key == key)

    def word(self, key: str) -> str:
        """What the diagnosis calls a mutation here."""
        return f"times {key}" if self.slot.endswith("factor") else key


@functools.cache
def _slots(node: str) -> tuple[str, ...]:
    """The slots that decide a node, those of the error that it is made from among them."""
    after = NODES[node].after
    return (*(_slots(after) if after else ()), *NODES[node].slots)


def sites() -> dict[str, Site]:
    """All places for mutations, by name."""
    found: dict[str, Site] = {}
    for function, outputs in OUTPUTS.items():
        # Layer 2 first, as backprop goes.
        for node in sorted(outputs.values(), key=lambda node: NODES[node].equation):
            for slot in _slots(node):
                parts = tuple(part for part, other in outputs.items() if slot in _slots(other))
                for kinds in [(kind,) for kind in ACTIVATIONS] if slot in BY_ACTIVATION else [tuple(ACTIVATIONS)]:
                    name = f"{slot} {kinds[0]}" if slot in BY_ACTIVATION else slot
                    found.setdefault(name, Site(name, slot, function, parts, kinds))
    return found


SITES = sites()


@dataclass(frozen=True)
class Mutant:
    """A wrong program.

    slots : the key of the operator in each site
    lines : the criteria that it must lose
    may : others that it may lose
    called : what the diagnosis calls it, for mutants without slots ("" for no name)
    """

    name: str
    function: str
    slots: Mapping[str, str] = field(default_factory=dict)
    lines: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    called: str = ""

    def names(self, part: str, activation: str) -> frozenset[str]:
        """The mutations that a part of an answer is wrong by."""
        places = [(SITES[name], key) for name, key in self.slots.items()]
        return frozenset(s.word(key) for s, key in places if part in s.parts and activation in s.activations)

    @property
    def rows(self) -> frozenset[str]:
        """All mutations, as the diagnosis calls them."""
        return frozenset(SITES[name].word(key) for name, key in self.slots.items())

    def __add__(self, other: Mutant) -> Mutant:
        function = self.function if self.function == other.function else f"{self.function}, {other.function}"
        slots, lines, may = {**self.slots, **other.slots}, self.lines | other.lines, self.may | other.may
        if self.slots and other.slots:  # together they may cost more than each alone
            lines, may = declared(slots)
        return Mutant(f"{self.name} & {other.name}", function, slots, lines, may)


def criteria(function: str, part: str, activations: Iterable[str]) -> list[str]:
    """The criteria that a part of an answer decides, besides those for sizes and large excitations."""
    if function == "loss":
        return ["loss_value"]
    if function == "update":
        return ["update_weights" if part.startswith("W") else "update_biases"]
    if (function == "backprop" and part.endswith("1")) or part == "h":
        return [f"{function}_{a}" if part == "h" else f"{function}_{part}_{a}" for a in activations]
    return [f"{function}_{part}"]


def declared(slots: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """The criteria that mutations in these sites must lose, and those that they may."""
    lines: set[str] = set()
    may: set[str] = set()
    for function in {SITES[name].function for name in slots}:
        may |= BEHAVIOR[function]
        for activation in ACTIVATIONS:
            chosen = {SITES[name].slot: key for name, key in slots.items() if activation in SITES[name].activations}
            for part in OUTPUTS[function]:
                if _is_lost(function, part, chosen):
                    lines |= set(criteria(function, part, [activation]))
        every = {c for part in OUTPUTS[function] for c in criteria(function, part, ACTIVATIONS)}
        if every <= lines:
            # Behavior is judged of parts that are right; here none is.
            lines |= BEHAVIOR[function] | {f"{function}_alone"}
    return frozenset(lines), frozenset(may)


def _is_lost(function: str, part: str, chosen: Mapping[str, str]) -> bool:
    """Whether mutations cost a part: those of its own slots do, and those before it if they can't be carried forward.

    A gradient shows what the next one follows from unless the slots between that error and itself are wrong.
    """
    source = SOURCE.get((function, part))
    own, before = ({*_slots(OUTPUTS[function][p])} if p else set() for p in (part, source))
    mine, others = ({chosen[s] for s in slots if s in chosen} for slots in (own - before, before - own))
    if mine == others and mine <= {*FACTORS}:  # one factor in both is one of their error
        return False
    return bool(mine or (others and own & before & chosen.keys()))


def _mutant(key: str, *names: str) -> Mutant:
    slots = dict.fromkeys(names, key)
    return Mutant(f"{key} ({', '.join(names)})", SITES[names[0]].function, slots, *declared(slots))


def singles() -> list[Mutant]:
    """Every operator in every site that it fits in, alone or in the sites it is made in together."""
    found = []
    partners = dict(TOGETHER)
    for name, site in SITES.items():
        for key in site.keys:
            if (name, key) == ("update biases", "update_transposed"):
                continue  # a vector is its own transpose
            other = partners.get(name)
            if other and key in SITES[other].keys and key != "update_transposed":
                found.append(_mutant(key, name, other))
            if not site.joint(key):
                found.append(_mutant(key, name))
    return found


def pairs(alone: list[Mutant]) -> Iterator[Mutant]:
    """All pairs of mutations that meet in a part of an answer, at most one of them a factor.  Two that don't meet can't
    change each other's numbers.  A nonlinearity or slope is wrong for all activations here."""
    joint = [{f"{slot} {a}" for a in ("logistic", "tanh")} for slot in BY_ACTIVATION]
    single = [
        m for m in alone if set(m.slots) in joint or (len(m.slots) == 1 and not any(j & set(m.slots) for j in joint))
    ]
    for i, a in enumerate(single):
        for b in single[i + 1 :]:
            if a.function == b.function and not set(a.slots) & set(b.slots) and _meet(a, b):
                yield a + b


def covering(every: Iterable[Mutant]) -> list[Mutant]:
    """A few of the pairs, which still combine each mutation with one in every other place where that is possible."""
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    found = {tuple(pair.name.split(" & ")): pair for pair in every}
    for names, pair in found.items():
        groups.setdefault(tuple(pair.slots), []).append(names)
    few = []
    for pairs in groups.values():  # all of one place with all of another: of these, diagonals
        rows, columns = (list(dict.fromkeys(names)) for names in zip(*pairs, strict=True))
        least = min(len(rows), len(columns))
        few += [found[a, b] for a, b in pairs if (rows.index(a) - columns.index(b)) % least == 0]
    return few


def _meet(a: Mutant, b: Mutant) -> bool:
    first, second = ([SITES[s] for s in m.slots] for m in (a, b))
    if all(site.slot.endswith("factor") for site in (*first, *second)):
        return False
    return any(
        set(s.parts) & set(t.parts) and set(s.activations) & set(t.activations) for s in first for t in second
    )


def program(slots: Mapping[str, str]) -> Functions:
    """The four functions with these mutations, by site, and right otherwise."""
    chosen = [(SITES[name], SITES[name].operator(key)) for name, key in slots.items()]
    every = {a: {site.slot: operator for site, operator in chosen if a in site.activations} for a in ACTIVATIONS}

    def forward(x: Array, params: Params, activation: str = "logistic") -> Any:
        v = Evaluation(Inputs(activation, x=x, params=params), every[activation])
        return v["e1"], v["h"], v["yhat"]

    def loss(yhat: Array, y: Array) -> Any:
        return float(Evaluation(Inputs(y=y, yhat=yhat), every["logistic"])["loss"])

    def backprop(
        x: Array, y: Array, params: Params, e1: Array, h: Array, yhat: Array, activation: str = "logistic"
    ) -> Any:
        v = Evaluation(Inputs(activation, x=x, y=y, params=params, e1=e1, h=h, yhat=yhat), every[activation])
        return {name: v[f"d{name}"] for name in NAMES}

    def update(params: Params, grads: Params, eta: float) -> Any:
        v = Evaluation(Inputs(params=params, grads=grads, eta=eta), every["logistic"])
        return {name: np.array(v[f"step {name}"]) for name in NAMES}

    return {"forward": forward, "loss": loss, "backprop": backprop, "update": update}
