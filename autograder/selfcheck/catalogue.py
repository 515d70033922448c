"""Wrong programs made from the tables of mistakes.py, and what each of them must lose.

A function is a chain of slots; a slot is filled from one table of mistakes.py.  A mistake puts wrong rows into some
slots; programs with several mistakes fill several.  Which lines it loses follows from its slots (SLOTS), never from a
run.  Mistakes that no table holds (a state that is kept, an argument that is changed, a result in another form) stand
in CONDUCT, each with the lines that it must lose.

SAME and EQUAL declare what no probe can tell apart.

This file needs nothing of the grader's but mistakes.py and probes.py, so that it can be handed in as a submission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.asking.probes import NAMES, Array, Params, Probe
from autograder.diagnosis import mistakes
from autograder.diagnosis.mistakes import SCALES, Choice, Inputs

Functions = dict[str, Callable[..., Any]]
BOTH = ("logistic", "tanh")
ALL = ("W2", "b2", "W1", "b1")


@dataclass(frozen=True)
class Slot:
    """A place in a function: the table that fills it (None: a constant factor), and the parts that it has a say in."""

    function: str
    parts: tuple[str, ...]
    table: tuple[Choice, ...] | None = None
    kinds: tuple[str, ...] = BOTH


def _slot(
    function: str, parts: tuple[str, ...], table: Iterable[Choice] | None = None, kinds: tuple[str, ...] = BOTH
) -> Slot:
    return Slot(function, parts, None if table is None else tuple(table), kinds)


SLOTS = {
    "e1 product": _slot("forward", ("e1",), mistakes.E1_PRODUCT),
    "e1 bias": _slot("forward", ("e1",), mistakes.E1_BIAS),
    "h logistic": _slot("forward", ("h",), mistakes.ACTIVATION, ("logistic",)),
    "h tanh": _slot("forward", ("h",), mistakes.ACTIVATION, ("tanh",)),
    "yhat product": _slot("forward", ("yhat",), mistakes.YHAT_PRODUCT),
    "yhat bias": _slot("forward", ("yhat",), mistakes.YHAT_BIAS),
    "yhat squash": _slot("forward", ("yhat",), mistakes.YHAT_SQUASH),
    "loss": _slot("loss", ("loss",), mistakes.LOSS),
    "loss factor": _slot("loss", ("loss",)),
    "epsilon": _slot("backprop", ALL, mistakes.ERROR),
    "samples": _slot("backprop", ALL, mistakes.SAMPLES),
    "epsilon factor": _slot("backprop", ALL),
    "W2 input": _slot("backprop", ("W2",), mistakes.W2_INPUT),
    "W2 product": _slot("backprop", ("W2",), mistakes.PRODUCT),
    "W2 factor": _slot("backprop", ("W2",)),
    "b2 sum": _slot("backprop", ("b2",), mistakes.BIAS),
    "b2 factor": _slot("backprop", ("b2",)),
    "back": _slot("backprop", ("W1", "b1"), mistakes.BACK),
    "slope logistic": _slot("backprop", ("W1", "b1"), mistakes.SLOPE, ("logistic",)),
    "slope tanh": _slot("backprop", ("W1", "b1"), mistakes.SLOPE, ("tanh",)),
    "delta factor": _slot("backprop", ("W1", "b1")),
    "W1 input": _slot("backprop", ("W1",), mistakes.W1_INPUT),
    "W1 product": _slot("backprop", ("W1",), mistakes.PRODUCT),
    "W1 factor": _slot("backprop", ("W1",)),
    "b1 sum": _slot("backprop", ("b1",), mistakes.BIAS),
    "b1 factor": _slot("backprop", ("b1",)),
    "update weights": _slot("update", ("W1", "W2"), mistakes.UPDATE),
    "update biases": _slot("update", ("b1", "b2"), mistakes.UPDATE),
}
# Factors that people make mistakes with.
FACTORS = ("-1", "n", "1/n", "2", "1/2", "1/K", "n/K", "n/D", "n/N", "n/(n-1)", "2 1/n", "-2")
LOSS_FACTORS = ("2", "n", "1/2", "1/n", "-1", "1/K", "2 1/K", "2 n", "n/(n-1)", "K")
# Slots that one misconception fills together.
TOGETHER = (
    ("h logistic", "h tanh"), ("slope logistic", "slope tanh"), ("W2 product", "W1 product"), ("b2 sum", "b1 sum"),
    ("update weights", "update biases"), ("b2 factor", "b1 factor"), ("W2 factor", "W1 factor"),
)  # fmt: skip


# Rows that are the same arithmetic: sigma(e) rounds to 1 just where e > 0.
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


def _lines(function: str, part: str, kinds: Iterable[str]) -> list[str]:
    """The lines of the rubric that a part of an answer decides, besides those for sizes and large excitations."""
    if function == "loss":
        return ["loss_value"]
    if function == "update":
        return ["update_weights" if part.startswith("W") else "update_biases"]
    if (function == "backprop" and part.endswith("1")) or part == "h":
        return [f"{function}_{kind}" if part == "h" else f"{function}_{part}_{kind}" for kind in kinds]
    return [f"{function}_{part}"]


@dataclass(frozen=True)
class Mistake:
    """A wrong program.

    lines: the lines it must lose; may: others that it may lose; names: what the diagnosis may call it, by part and
    nonlinearity, for mistakes of the tables; called: the same for the others ("" for no name).
    """

    name: str
    function: str
    slots: Mapping[str, str] = field(default_factory=dict)
    lines: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    called: str = ""

    def names(self, part: str, kind: str) -> frozenset[str]:
        """The rows that a part of an answer is wrong by."""
        places = [(SLOTS[slot], row) for slot, row in self.slots.items()]
        return frozenset(_word(s, row) for s, row in places if part in s.parts and kind in s.kinds)

    @property
    def rows(self) -> frozenset[str]:
        """All rows, as the diagnosis calls them."""
        return frozenset(_word(SLOTS[slot], row) for slot, row in self.slots.items())

    def __add__(self, other: Mistake) -> Mistake:
        function = self.function if self.function == other.function else f"{self.function}, {other.function}"
        return Mistake(
            f"{self.name} & {other.name}", function, {**self.slots, **other.slots}, self.lines | other.lines,
            self.may | other.may,
        )  # fmt: skip


def _word(slot: Slot, row: str) -> str:
    return row if slot.table is not None else f"times {row}"


def declared(slots: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """The lines that rows in these slots must lose, and those that they may."""
    lines: set[str] = set()
    may: set[str] = set()
    for slot in slots:
        place = SLOTS[slot]
        for part in place.parts:
            lines |= set(_lines(place.function, part, place.kinds))
        may |= {f"{place.function}_sizes"}
        if place.function in ("forward", "backprop"):
            may.add(f"{place.function}_large")
    return frozenset(lines), frozenset(may)


def _mistake(name: str, slots: Mapping[str, str]) -> Mistake:
    return Mistake(name, SLOTS[next(iter(slots))].function, slots, *declared(slots))


def singles() -> list[Mistake]:
    """Every row of every table in every slot that it fits in, alone or in the slots it is made in together."""
    found = []
    joined = dict(pair for pair in TOGETHER) | {b: a for a, b in TOGETHER}
    for slot, place in SLOTS.items():
        rows = [c.key for c in place.table[1:]] if place.table is not None else _factors(slot)
        for row in rows:
            if place.table is not None and slot.startswith("h ") and not _touches(row, place.kinds[0]):
                continue
            if slot == "update biases" and row == "update_transposed":
                continue
            other = joined.get(slot)
            if other and any(pair[0] == slot for pair in TOGETHER):
                both = not slot.startswith("h ") or _touches(row, SLOTS[other].kinds[0])
                if both and not (slot == "update weights" and row == "update_transposed"):
                    found.append(_mistake(f"{row} ({slot}, {other})", {slot: row, other: row}))
            found.append(_mistake(f"{row} ({slot})", {slot: row}))
    return found


def _factors(slot: str) -> tuple[str, ...]:
    if slot == "loss factor":
        return LOSS_FACTORS
    return FACTORS if slot == "epsilon factor" else FACTORS[:5]


def _touches(row: str, kind: str) -> bool:
    """Whether a row of ACTIVATION says anything of a nonlinearity."""
    probe = _probe(
        np.zeros((1, 1)), {"W1": np.zeros((1, 1)), "b1": np.zeros(1), "W2": np.zeros((1, 1)), "b2": np.zeros(1)}, kind
    )
    formula = _row("h " + kind, row).formula
    with np.errstate(all="ignore"):
        return formula(Inputs(probe), np.ones((1, 1))) is not None


def pairs(alone: list[Mistake]) -> Iterator[Mistake]:
    """All pairs of mistakes that meet in a part of an answer, at most one of them a factor.  Two that don't meet can't
    change each other's numbers.  A nonlinearity or slope is wrong for both kinds here."""
    joint = [{"h logistic", "h tanh"}, {"slope logistic", "slope tanh"}]
    single = [
        m for m in alone if set(m.slots) in joint or (len(m.slots) == 1 and not any(j & set(m.slots) for j in joint))
    ]
    for i, a in enumerate(single):
        for b in single[i + 1 :]:
            if a.function == b.function and not set(a.slots) & set(b.slots) and _meet(a, b):
                yield a + b


def _meet(a: Mistake, b: Mistake) -> bool:
    first, second = ([SLOTS[s] for s in m.slots] for m in (a, b))
    if all(s.table is None for s in (*first, *second)):
        return False
    return any(set(s.parts) & set(t.parts) and set(s.kinds) & set(t.kinds) for s in first for t in second)


# --- programs ---------------------------------------------------------------------------------------------------------


def _row(slot: str, key: str) -> Choice:
    table = SLOTS[slot].table
    assert table is not None
    return next(c for c in table if c.key == key)


def _probe(x: Array, params: Params, activation: str, **more: Any) -> Probe:
    n, (K, N) = len(x), params["W2"].shape
    empty = {"y": np.zeros((n, K)), "e1": np.zeros((n, N)), "h": np.zeros((n, N)), "yhat": np.zeros((n, K))}
    return Probe("", activation, x, params=params, grads={}, eta=0.0, **(empty | more))


def program(slots: Mapping[str, str]) -> Functions:
    """The four functions with these rows in these slots and the right ones in all others."""
    row = {slot: _row(slot, slots.get(slot, "")) for slot, place in SLOTS.items() if place.table is not None}

    def times(slot: str, p: Inputs) -> float:
        word = slots.get(slot, "1")
        return (-1.0 if word.startswith("-") else 1.0) * SCALES[word.lstrip("-")](*p.sizes())

    def forward(x: Array, params: Params, activation: str = "logistic") -> Any:
        p = Inputs(_probe(x, params, activation))
        e1 = row["e1 product"].formula(p) + row["e1 bias"].formula(p)
        h = row[f"h {activation}"].formula(p, e1)
        if h is None:
            h = p.sigma(e1)
        output = row["yhat product"].formula(p, e1, h) + row["yhat bias"].formula(p)
        yhat = row["yhat squash"].formula(p, output)
        return e1, h, output if yhat is None else yhat

    def loss(yhat: Array, y: Array) -> Any:
        n, K = y.shape
        params = {"W1": np.zeros((1, 1)), "b1": np.zeros(1), "W2": np.zeros((K, 1)), "b2": np.zeros(K)}
        p = Inputs(_probe(np.zeros((n, 1)), params, "logistic", y=y, yhat=yhat))
        return float(times("loss factor", p) * row["loss"].formula(p, y - yhat) / (2 * n))

    def backprop(
        x: Array, y: Array, params: Params, e1: Array, h: Array, yhat: Array, activation: str = "logistic"
    ) -> Any:
        p = Inputs(_probe(x, params, activation, y=y, e1=e1, h=h, yhat=yhat))
        epsilon = times("epsilon factor", p) * row["epsilon"].formula(p) / p.n
        back = row["back"].formula(p, epsilon)
        delta = times("delta factor", p) * row[f"slope {activation}"].formula(p, back) * back
        rows = row["samples"].formula(p)

        def layer(number: str, error: Array, inputs: Array, right: Array) -> Params:
            W, b = f"W{number}", f"b{number}"
            return {
                W: times(f"{W} factor", p) * row[f"{W} product"].formula(error[rows], inputs[rows]),
                b: times(f"{b} factor", p) * row[f"{b} sum"].formula(error[rows], right[rows]),
            }

        return layer("1", delta, row["W1 input"].formula(p), x) | layer("2", epsilon, row["W2 input"].formula(p), h)

    def update(params: Params, grads: Params, eta: float) -> Any:
        ways = {"W": row["update weights"], "b": row["update biases"]}
        return {k: np.array(ways[k[0]].formula(params[k], grads[k], eta)) for k in NAMES}

    return {"forward": forward, "loss": loss, "backprop": backprop, "update": update}


# --- mistakes in conduct ----------------------------------------------------------------------------------------------


def _is_large(params: Params) -> bool:
    return bool(np.abs(params["b1"]).max() > 100)


def conduct(name: str) -> Functions:
    """The four functions with a mistake of CONDUCT.  Every call makes a program that was never asked anything."""
    right = program({})
    function, way = CONDUCT[name].function, name.split(": ")[1]
    real = right[function]
    kept: list[Any] = []

    def changes(*a: Any) -> Any:
        value = real(*a)
        target = {"forward": a[0], "loss": a[0], "backprop": a[2 % len(a)], "update": a[0]}[function]
        if isinstance(target, dict):
            target["b2"] += 1.0
        else:
            target += 1.0
        return value

    def shared(*a: Any) -> Any:
        value = real(*a)
        kept.append(value)
        if function == "forward":
            if len(kept) > 1:
                kept[-2][2].ravel()[:1] += 1.0
        elif len(kept) > 1:
            kept[-2]["b2"][:1] += 1.0
        return value

    def counts(*a: Any) -> Any:
        kept.append(1)
        return _scaled(real(*a), 1.0 if len(kept) == 1 else 1 + 0.1 * len(kept))

    def one_example(*a: Any) -> Any:
        value = real(*a)
        return _scaled(value, 2.0) if len(a[0] if function != "update" else a[0]["W2"]) == 1 else value

    def fails_on_perfect_fit(*a: Any) -> Any:
        value = real(*a)
        return value / value * value

    def large(*a: Any) -> Any:
        value = real(*a)
        return _scaled(value, np.nan) if _is_large(a[1] if function == "forward" else a[2]) else value

    def another_order(*a: Any) -> Any:
        e1, h, yhat = real(*a)
        return h, e1, yhat

    def columns(*a: Any) -> Any:
        return tuple(u.T for u in real(*a))

    def e1_overwritten(*a: Any) -> Any:
        _, h, yhat = real(*a)
        return h, h, yhat

    def nothing(*a: Any) -> Any:
        real(*a)

    def stub(*a: Any) -> Any:
        raise NotImplementedError

    def a_loss_per_output(yhat: Array, y: Array) -> Any:
        return ((y - yhat) ** 2).sum(0) / (2 * len(y))

    def weights_exchanged(*a: Any) -> Any:
        grads = real(*a)
        return grads | {"W1": grads["W2"], "W2": grads["W1"]}

    def penalty(*a: Any) -> Any:
        grads = real(*a)
        return {k: g + 0.01 * a[2][k] if k.startswith("W") else g for k, g in grads.items()}

    def clipped(*a: Any) -> Any:
        return {k: np.clip(g, -0.05, 0.05) for k, g in real(*a).items()}

    def no_biases(*a: Any) -> Any:
        return {k: v for k, v in real(*a).items() if k.startswith("W")}

    def eta_fixed(params: Params, grads: Params, eta: float) -> Any:
        return real(params, grads, 0.02)

    def momentum(params: Params, grads: Params, eta: float) -> Any:
        kept.append(
            {k: g + (0.9 * kept[-1][k] if kept and kept[-1][k].shape == g.shape else 0) for k, g in grads.items()}
        )
        return real(params, kept[-1], eta)

    def logistic_by_quotient(x: Array, params: Params, activation: str = "logistic") -> Any:
        e1, h, _ = real(x, params, activation)
        with np.errstate(all="ignore"):
            h = np.exp(e1) / (1 + np.exp(e1)) if activation == "logistic" else h
        return e1, h, h @ params["W2"].T + params["b2"]

    def after_forward(*a: Any) -> Any:
        if not kept or not np.array_equal(kept[0], a[0]):
            raise KeyError("h")
        return real(*a)

    def remembers(*a: Any) -> Any:
        kept[:] = [a[0]]
        return right["forward"](*a)

    ways = {
        "changes an argument": changes, "shares its result": shared, "counts its calls": counts,
        "wrong for a size of one": one_example, "NaN for a perfect fit": fails_on_perfect_fit,
        "NaN for large excitations": large, "another order": another_order, "columns": columns,
        "e1 overwritten": e1_overwritten, "returns nothing": nothing, "not written": stub,
        "one loss for each output": a_loss_per_output, "weights exchanged": weights_exchanged,
        "penalty": penalty, "clipped": clipped, "no bias keys": no_biases, "eta fixed": eta_fixed,
        "momentum": momentum, "logistic by a quotient": logistic_by_quotient, "needs forward first": after_forward,
    }  # fmt: skip
    more = {"forward": remembers} if way == "needs forward first" else {}
    return right | more | {function: ways[way]}


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {k: factor * v for k, v in value.items()}
    return tuple(factor * v for v in value) if isinstance(value, tuple) else factor * value


_GRADIENTS = "W2 b2 W1_logistic b1_logistic W1_tanh b1_tanh large sizes alone"
_OWN = {
    "forward": "e1 logistic tanh yhat large sizes alone", "loss": "value sizes alone", "backprop": _GRADIENTS,
    "update": "weights biases alone",
}  # fmt: skip


def _conduct(function: str, way: str, lines: str, may: str = "", called: str = "") -> Mistake:
    def keys(text: str) -> frozenset[str]:
        return frozenset(f"{function}_{word}" for word in text.split())

    return Mistake(f"{function}: {way}", function, {}, keys(lines), keys(may), called)


CONDUCT = {
    m.name: m
    for m in [
        _conduct("forward", "changes an argument", "alone", "sizes"),
        _conduct("forward", "shares its result", "alone"),
        _conduct("forward", "counts its calls", "alone"),
        _conduct("forward", "wrong for a size of one", "sizes"),
        _conduct("forward", "NaN for large excitations", "large", called="only large"),
        _conduct("forward", "logistic by a quotient", "large", called="only large"),
        _conduct("forward", "another order", "e1 logistic tanh", "large sizes", "tuple_order"),
        _conduct("forward", "columns", "e1 logistic tanh yhat", "large sizes", "columns_returned"),
        _conduct("forward", "e1 overwritten", "e1", "large sizes", "e1_overwritten"),
        _conduct("forward", "returns nothing", _OWN["forward"]),
        _conduct("forward", "not written", _OWN["forward"]),
        _conduct("loss", "changes an argument", "alone", "sizes"),
        _conduct("loss", "counts its calls", "alone"),
        _conduct("loss", "wrong for a size of one", "sizes"),
        _conduct("loss", "NaN for a perfect fit", "sizes"),
        _conduct("loss", "one loss for each output", "value", "sizes", "loss_per_output"),
        _conduct("loss", "returns nothing", _OWN["loss"]),
        _conduct("loss", "not written", _OWN["loss"]),
        _conduct("backprop", "changes an argument", "alone", "sizes"),
        _conduct("backprop", "shares its result", "alone"),
        _conduct("backprop", "counts its calls", "alone"),
        _conduct("backprop", "needs forward first", "alone"),
        _conduct("backprop", "wrong for a size of one", "sizes"),
        _conduct("backprop", "NaN for large excitations", "large", called="only large"),
        _conduct("backprop", "weights exchanged", "W2 W1_logistic W1_tanh", "large sizes", "keys_swapped"),
        _conduct("backprop", "penalty", "W2 W1_logistic W1_tanh", "large sizes", "penalty the parameter itself"),
        _conduct("backprop", "clipped", "W2 b2 W1_logistic b1_logistic W1_tanh b1_tanh", "large sizes", "clipped"),
        _conduct("backprop", "no bias keys", "b2 b1_logistic b1_tanh", "large sizes"),
        _conduct("backprop", "returns nothing", _OWN["backprop"]),
        _conduct("backprop", "not written", _OWN["backprop"]),
        _conduct("update", "changes an argument", "alone", "weights biases"),
        _conduct("update", "shares its result", "alone"),
        _conduct("update", "momentum", "alone"),
        _conduct("update", "wrong for a size of one", "weights biases"),
        _conduct("update", "eta fixed", "weights biases", "", "eta_ignored"),
        _conduct("update", "no bias keys", "biases"),
        _conduct("update", "returns nothing", _OWN["update"]),
        _conduct("update", "not written", _OWN["update"]),
    ]
}  # fmt: skip


def functions(mistake: Mistake) -> Functions:
    """A new program with this mistake."""
    return program(mistake.slots) if mistake.slots else conduct(mistake.name) if mistake.name else program({})
