"""Explain a wrong answer by the smallest set of mistakes that reproduces it exactly, on several inputs.

A mistake is said by name only when the numbers match on every probe and no equally small set of mistakes matches too;
with two left, both are said.  Where nothing matches, what is true is said (right up to a factor, transposed, wrong only
for some inputs), and where nothing is certain, nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.asking.battery import Array, Probe
from autograder.asking.comparison import error
from autograder.asking.failures import Problem, Raised
from autograder.asking.reading import PARTS
from autograder.asking.transcript import PublicTranscript as Exam
from autograder.diagnosis import mistakes
from autograder.diagnosis.mistakes import SCALES, Choice, Inputs
from autograder.hidden_tests.judging import check

FLAT = 0.1

EXACT = 1e-8
EQUATIONS = {
    "e1": 1, "h": 2, "yhat": 3, "loss": 4, "epsilon": 5,
    "dW2": 6, "db2": 7, "delta": 8, "dW1": 9, "db1": 10, "update": 11,
}  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """A misconception that reproduces the answers exactly (`certain`), or what can be said without naming one."""

    key: str
    short: str
    reason: str
    nudge: str = ""
    equation: int = 0
    certain: bool = True


@dataclass(frozen=True)
class Found:
    """One set of mistakes that reproduces an answer: choices that are not right, and a factor."""

    choices: tuple[Choice, ...] = ()
    scale: str = "1"

    @property
    def size(self) -> int:
        return len(self.choices) + (self.scale not in ("1",)) + (self.scale.startswith("-") and self.scale != "-1")

    @property
    def key(self) -> str:
        words = sorted(c.key for c in self.choices) + ([f"times {self.scale}"] if self.scale != "1" else [])
        return " + ".join(words)


def explain(exam: Exam, problem: Problem) -> Explanation | None:
    """Find the reason of a problem; None where nothing can be said that is certainly true."""
    if problem.probe is None or problem.code not in ("value", "shape", "nan", "raised"):
        return None
    with np.errstate(all="ignore"):
        return _explain(exam, problem)


def _explain(exam: Exam, problem: Problem) -> Explanation | None:
    special = _only_for(exam, problem)
    if special or problem.code == "nan":
        return special
    if problem.code == "raised":
        return _raised(exam, problem)
    search = {"forward": _forward, "loss": _loss, "backprop": _backprop, "update": _update}[problem.function]
    return search(exam, problem) or _altered(exam, problem) or _true(exam, problem)


# --- matching ----------------------------------------------------------------------------------------------------------


class Case:
    """One probe's inputs and the array that came back for a part."""

    def __init__(self, exam: Exam, function: str, part: str, probe: Probe) -> None:
        reply = exam.reading(function, probe)
        self.probe = probe
        self.inputs = Inputs(probe)
        self.got: Any = reply.raw(part)  # an array, or None
        self.right = exam.paper.expected(function, probe)[part]
        self.reply = reply
        # A product whose shapes don't fit: what is to explain it must not fit either.
        self.raised = isinstance(reply.failure, Raised) and reply.failure.error.type == "ValueError"


def cases(exam: Exam, function: str, part: str, probe: Probe) -> list[Case]:
    """The evidence for a part: the general probes of the problem's nonlinearity, or square ones where none came back."""
    general = [Case(exam, function, part, p) for p in exam.battery.general(probe.activation)]
    found = [c for c in general if c.got is not None]
    if len(found) >= 2:
        return found
    more = [Case(exam, function, part, p) for p in exam.battery.sizes(probe.activation)]
    rich = [c for c in more if c.got is not None and min(c.probe.sizes.values()) > 1 and not c.probe.tags]
    return [*found, *rich, *(c for c in general if c.raised)] if rich else found


def factor(got: Array, base: Any) -> float | None:
    """The number by which `base` must be multiplied to give `got` exactly."""
    base = np.asarray(base, np.float64)
    if base.shape != got.shape or not np.isfinite(base).all():
        return None
    size = float((base * base).sum())
    if size == 0:
        return 1.0 if not got.any() else None
    c = float((got * base).sum()) / size
    return c if error(c * base, got) <= EXACT and c != 0 else None


def scales(found: Sequence[tuple[float | None, tuple[int, int, int, int]]]) -> str | None:
    """The words for factors that hold on every probe: "1", "1/n", "-2"..."""
    if not found or any(c is None for c, _ in found):
        return None
    fitting = [
        mark + word
        for sign, mark in ((1.0, ""), (-1.0, "-"))
        for word, f in SCALES.items()
        if all(abs(sign * f(*sizes) - (c or 0.0)) <= 1e-7 * abs(c or 0.0) for c, sizes in found)
    ]
    # Where sizes coincide several words fit; only that it is right is said then.
    return fitting[0] if fitting and (len(fitting) == 1 or fitting[0] in ("1", "-1")) else None


def fits(cases: Sequence[Case], formula: Callable[[Case], Any], scaled: bool = False) -> str | None:
    """Whether a formula gives what came back in every case: by which factor, in words; None where it doesn't."""
    found = []
    for case in cases:
        try:
            base = formula(case)
        except (ValueError, IndexError, ZeroDivisionError, np.linalg.LinAlgError):
            base = None
        if case.raised and base is None:
            continue
        if case.raised or base is None:
            return None
        c = factor(case.got, base)
        if c is None or (not scaled and abs(c - 1) > EXACT):
            return None
        found.append((c, case.inputs.sizes()))
    return scales(found)


def wrong(*chosen: Choice) -> tuple[Choice, ...]:
    """Those of the chosen ways that are mistakes."""
    return tuple(c for c in chosen if c.key)


def _told(number: Any, evidence: Sequence[Case], digits: int = 4) -> str:
    """A number that a submission has chosen, where it chose it before it saw a hidden one."""
    seen = evidence[0].probe.public and not _is(evidence[0].got, evidence[0].right)
    return f"{number:.{digits}g}" if seen else "some number"


def smallest(found: Iterable[Found]) -> list[Found]:
    """The smallest sets of mistakes, each once."""
    by_key = {f.key: f for f in found if f.size}
    least = min((f.size for f in by_key.values()), default=0)
    return [f for f in by_key.values() if f.size == least]


def choose(*tables: Sequence[Choice], most: int = 2) -> Iterator[tuple[Choice, ...]]:
    """Combinations of one choice of each table with at most `most` mistakes, fewest mistakes first."""
    from itertools import combinations, product

    right = tuple(t[0] for t in tables)
    for count in range(most + 1):
        for places in combinations(range(len(tables)), count):
            for picks in product(*(tables[i][1:] for i in places)):
                chosen = list(right)
                for i, pick in zip(places, picks, strict=True):
                    chosen[i] = pick
                yield tuple(chosen)


# --- words -------------------------------------------------------------------------------------------------------------

_FACTORS = {
    "-1": ("the sign", "The sign is wrong: it is the negative of the right answer."),
    "n": ("1/n missing", "It is n times too large: the factor 1/n is missing."),
    "1/n": ("1/n twice", "It is n times too small: the factor 1/n is there twice. epsilon holds it already."),
    "2": ("twice too large", "It is twice the right answer: the 2 that comes from the square is cancelled by the 1/2 of the loss."),
    "1/2": ("half", "It is half of the right answer: the 1/2 of the loss is cancelled when the square is differentiated."),
    "1/K": ("divided by K", "It is K times too small: it was divided by all n K entries (as a plain mean does), not by n."),
    "n/D": ("divided by D", "It was divided by D, the number of columns of x, not by n, the number of rows."),
    "n/K": ("divided by K", "It was divided by K, the number of outputs, not by n, the number of examples."),
    "n/N": ("divided by N", "It was divided by N, the number of hidden units, not by n, the number of examples."),
    "n/(n-1)": ("divided by n - 1", "It was divided by n - 1, not by n."),
    "n/(n+1)": ("divided by n + 1", "It was divided by n + 1, not by n."),
    "2 n": ("1/(2n) missing", "It is 2n times too large: the factor 1/(2n) is missing."),
    "2 1/n": ("2/n", "It is 2/n times the right answer."),
    "2 1/K": ("mean over all entries", "It is a plain mean over all n K entries; 1/(2n) times the sum is meant."),
    "1/n^2": ("1/n three times", "It is n^2 times too small."),
}  # fmt: skip
_LOSS_FACTORS = {
    "2": ("1/n for 1/(2n)", "It is twice the right answer: the factor is 1/n where the lecture has 1/(2n)."),
    "n^2": ("times n", "It is n^2 times too large: a / 2 * n divides by 2 and multiplies by n. 1/(2n) needs brackets."),
    "n": ("1/2 for 1/(2n)", "It is n times too large: the sum is not divided by n."),
    "1/2": ("1/(4n)", "It is half of the right answer."),
    "1/n": ("1/n twice", "It is n times too small: it is divided by n twice."),
}


def _factor_words(scale: str, loss: bool) -> tuple[str, str]:
    table = {**_FACTORS, **_LOSS_FACTORS} if loss else _FACTORS
    if scale in table:
        return table[scale]
    if scale.startswith("-"):
        short, reason = _factor_words(scale[1:], loss)
        return f"the sign, and {short}", f"The sign is wrong. Apart from that: {reason[0].lower()}{reason[1:]}"
    return f"{scale} times", f"It is {scale} times the right answer."


def told(found: Sequence[Found], what: str, equation: int) -> Explanation | None:
    """The words for what was found; two equally small sets of mistakes are both said, more are none."""
    if not found or len(found) > 2:
        return None

    def one(f: Found) -> tuple[str, str, str]:
        shorts = [c.short for c in f.choices]
        reasons = [c.reason for c in f.choices]
        nudges = [c.nudge for c in f.choices]
        if f.scale != "1":
            short, reason = _factor_words(f.scale, what == "the loss")
            shorts.append(short)
            reasons.append(reason)
            if not nudges:
                nudges.append(f"Check the constant factor and the sign of {what}.")
        many = len(reasons) > 1
        text = " ".join(f"({i}) {r}" if many else r for i, r in enumerate(reasons, 1))
        return " and ".join(shorts), (f"{len(reasons)} mistakes in {what}: " if many else "") + text, nudges[0]

    words = [one(f) for f in found]
    key = " | ".join(sorted(f.key for f in found))
    if len(words) == 1:
        return Explanation(key, *words[0], equation)
    reason = f"Either: {words[0][1]} Or: {words[1][1]} Both give the same numbers."
    return Explanation(key, f"{words[0][0]}, or {words[1][0]}", reason, words[0][2], equation)


# --- forward -----------------------------------------------------------------------------------------------------------


def _forward(exam: Exam, problem: Problem) -> Explanation | None:
    assert problem.probe is not None
    part = problem.part
    evidence = cases(exam, "forward", part, problem.probe)
    if not evidence:
        return None
    mixed = _mixed_up(exam, part, evidence)
    if mixed:
        return mixed
    found = []
    if part == "e1":
        for chosen in choose(mistakes.E1_PRODUCT, mistakes.E1_BIAS):
            product, bias = chosen
            scale = fits(evidence, lambda c: product.formula(c.inputs) + bias.formula(c.inputs))
            if scale == "1":
                found.append(Found(wrong(*chosen)))
    elif part == "h":
        flat = all(np.ptp(_own(c, "e1", c.inputs.e1)) <= FLAT for c in evidence)
        if flat and all(_is(c.got, c.inputs.sigma(_own(c, "e1", c.inputs.e1))) for c in evidence):
            return Explanation(
                "e1_is_flat", "e1 is nearly the same everywhere",
                "h may be sigma of your e1, but every e1 is nearly the same number, so it can't be seen whether sigma is right.",
                "Mend e1 first: then this line is judged too.", 1, certain=False)  # fmt: skip
        for choice in mistakes.ACTIVATION:
            if fits(evidence, lambda c: choice.formula(c.inputs, _own(c, "e1", c.inputs.e1))) == "1":
                found.append(Found(wrong(choice)))
    else:
        tables = (mistakes.YHAT_SQUASH, mistakes.YHAT_PRODUCT, mistakes.YHAT_BIAS)
        for chosen in choose(*tables):
            squash, product, bias = chosen

            def formula(c: Case) -> Any:
                p, e, h = c.inputs, _own(c, "e1", c.inputs.e1), _own(c, "h", c.inputs.h)
                return squash.formula(p, product.formula(p, e, h) + bias.formula(p))

            if fits(evidence, formula) == "1":
                found.append(Found(wrong(*chosen)))
    return told(smallest(found), part, EQUATIONS[part])


def exchanged(case: Case) -> bool:
    """Whether e1 and h stand in each other's place, right or not."""
    e1, h = case.reply.parts.get("e1"), case.reply.parts.get("h")
    return e1 is not None and h is not None and _is(e1, case.inputs.sigma(h)) and not _is(h, case.inputs.sigma(e1))


def _own(case: Case, part: str, right: Array) -> Array:
    """The submission's own e1 or h, which the next stage is judged on."""
    if exchanged(case):
        part = {"e1": "h", "h": "e1"}.get(part, part)
    own = case.reply.parts.get(part)
    return own if own is not None and own.shape == right.shape else right


def _mixed_up(exam: Exam, part: str, evidence: Sequence[Case]) -> Explanation | None:
    """A part that holds another part, or a transposed one."""
    if part in ("e1", "h") and all(exchanged(c) for c in evidence):
        return Explanation(
            "tuple_order", "the order of the tuple", "e1 and h are exchanged: the place of e1 holds sigma of what stands in the place of h.",
            "The order is (e1, h, yhat).", EQUATIONS[part])  # fmt: skip
    for other in PARTS["forward"]:
        if other != part and all(_is(c.got, exam.paper.expected("forward", c.probe)[other]) for c in evidence):
            if {part, other} == {"e1", "h"}:
                kept = all(_is(c.reply.parts.get(other), exam.paper.expected("forward", c.probe)[other]) for c in evidence)
                if part == "e1" and kept:
                    return Explanation(
                        "e1_overwritten", "e1 overwritten by h",
                        "The place of e1 holds h: e1 was overwritten (h = e1 makes no copy, and out= or [...] = then changes both), or h was returned twice.",
                        "Make h a new array.", 2)  # fmt: skip
                if part == "e1":
                    return Explanation(
                        "e1_holds_h", "e1 holds h already", "The place of e1 holds sigma(e1): the nonlinearity was applied too early.",
                        "e1 is what comes before sigma.", 1)  # fmt: skip
                return None
            if any(_is(c.reply.parts.get(other), exam.paper.expected("forward", c.probe)[other]) for c in evidence):
                return None
            return Explanation(
                "tuple_order", "the order of the tuple",
                f"The place of {part} holds {other}: the three results are returned in another order.",
                "The order is (e1, h, yhat).", EQUATIONS[part])  # fmt: skip
    if all(c.got is not None and _is(c.got.T, c.right) for c in evidence):
        return Explanation(
            "columns_returned", "columns for rows",
            "It is right but transposed: examples are in columns. Here each row is an example.",
            "The shapes are (n, N) and (n, K).", EQUATIONS[part])  # fmt: skip
    return None


def _is(got: Array | None, want: Array) -> bool:
    return got is not None and got.shape == want.shape and error(got, want) <= 1e-6


# --- loss --------------------------------------------------------------------------------------------------------------


def _loss(exam: Exam, problem: Problem) -> Explanation | None:
    assert problem.probe is not None
    general = [p for kind in ("logistic", "tanh") for p in exam.battery.general(kind)]
    evidence = [Case(exam, "loss", "loss", p) for p in general]
    evidence = [c for c in evidence if c.got is not None]
    found = []
    if len(evidence) >= 2:
        for choice in mistakes.LOSS:
            scale = fits(evidence, lambda c: choice.formula(c.inputs, c.inputs.y - c.inputs.yhat) / (2 * c.inputs.n), True)
            if scale:
                found.append(Found(wrong(choice), scale))
    explained = told(smallest(found), "the loss", 4)
    if explained or not evidence or evidence[0].got is None or not evidence[0].got.ndim:
        return explained

    def squares(c: Case) -> Any:
        return (c.inputs.y - c.inputs.yhat) ** 2

    for key, short, formula in (
        ("loss_per_output", "one loss for each output", lambda c: np.sum(squares(c), 0)),
        ("loss_per_example", "one loss for each example", lambda c: np.sum(squares(c), 1)),
        ("loss_each_entry", "one loss for each entry", squares),
    ):
        if fits(evidence, formula, True):
            return Explanation(key, short, f"There is {short}; they are not summed to one number.", "Sum over i and over k.", 4)
    return None


# --- backprop ----------------------------------------------------------------------------------------------------------


class _Shared:
    """An error that two gradients are made from, as one hypothesis: its choices and its array for each case."""

    def __init__(self, choices: tuple[Choice, ...], arrays: Callable[[Case], Any]) -> None:
        self.choices = choices
        self._arrays = arrays
        self._made: dict[int, Any] = {}

    def of(self, case: Case) -> Any:
        key = id(case.probe)
        if key not in self._made:
            try:
                self._made[key] = self._arrays(case)
            except (ValueError, IndexError):
                self._made[key] = None
        return self._made[key]


def _part(evidence: Sequence[Case], shared: _Shared, samples: Choice, weights: bool, inputs: Sequence[Choice],
          most: int) -> list[Found]:  # fmt: skip
    """The smallest ways in which one gradient follows from a shared error."""
    found: list[Found] = []
    forms = mistakes.PRODUCT if weights else mistakes.BIAS
    for chosen in choose(inputs if weights else inputs[:1], forms, most=most):
        inp, form = chosen
        if found and len(wrong(*chosen)) > min(f.size for f in found):
            break

        def formula(c: Case) -> Any:
            err = shared.of(c)
            rows = samples.formula(c.inputs)
            return None if err is None else form.formula(err[rows], inp.formula(c.inputs)[rows])

        scale = fits(evidence, formula, True)
        if scale:
            found.append(Found(wrong(*chosen), scale))
    least = min((f.size for f in found), default=0)
    return [f for f in found if f.size == least]


Hypothesis = tuple[_Shared, Choice]  # an error, and the examples that count
Pair = tuple[_Shared, Choice, "Found | None", "Found | None"]  # with how the weight and the bias gradient follow from it


def _joint(hypotheses: Iterable[Hypothesis], weights: list[Case], biases: list[Case], inputs: Sequence[Choice]) -> list[Pair]:
    """The errors from which both gradients follow with the fewest mistakes in all.

    Where there is none, only a plain factor is taken for either: what explains one gradient and not the other, which is
    made from the same error, may well be a coincidence.
    """
    sized: list[tuple[int, Pair]] = []
    for shared, samples in hypotheses:
        count = len(shared.choices) + len(wrong(samples))
        most = 1 if count else 2
        ways: list[list[Found | None]] = []
        for evidence, weight in ((weights, True), (biases, False)):
            ways.append([*_part(evidence, shared, samples, weight, inputs, most)] if evidence else [None])
        for w in ways[0] or [None]:
            for b in ways[1] or [None]:
                size = count + sum(f.size for f in (w, b) if f)
                if w and b and w.scale == b.scale != "1":
                    size -= Found((), w.scale).size
                if w or b:
                    sized.append((size, (shared, samples, w, b)))
    whole = [(size, pair) for size, pair in sized if (pair[2] or not weights) and (pair[3] or not biases)]
    if whole:
        return _least(whole)
    plain = [s for s in sized if not s[1][0].choices and not s[1][1].key]
    alone = _least([s for s in plain if s[1][2] and not s[1][2].choices])
    return alone + _least([s for s in plain if s[1][3] and not s[1][3].choices])


def _least(sized: list[tuple[int, Pair]]) -> list[Pair]:
    least = min((size for size, _ in sized), default=0)
    return [pair for size, pair in sized if size == least]


def _epsilon(case: Case) -> Array:
    epsilon: Array = (case.inputs.yhat - case.inputs.y) / case.inputs.n
    return epsilon


def _likely(case: Case, shared: _Shared, samples: Choice, part: str) -> bool:
    """Whether an epsilon gives the first case's W2 or b2 by the right way and some factor."""
    err, rows = shared.of(case), samples.formula(case.inputs)
    if case.got is None or err is None:
        return False
    form = mistakes.PRODUCT[0] if part == "W2" else mistakes.BIAS[0]
    return factor(case.got, form.formula(err[rows], case.inputs.h[rows])) is not None


def _second_layer(exam: Exam, evidence: dict[str, list[Case]]) -> list[Pair]:
    """What epsilon may be, from the gradients of W2 and b2."""

    def hypotheses() -> Iterator[Hypothesis]:
        for choice in mistakes.ERROR:
            shared = _Shared(wrong(choice), lambda c, choice=choice: choice.formula(c.inputs) / c.inputs.n)  # type: ignore[misc]
            for samples in mistakes.SAMPLES:
                if not wrong(choice, samples) or any(
                    _likely(evidence[part][0], shared, samples, part) for part in ("W2", "b2") if evidence[part]
                ):
                    yield shared, samples

    return _joint(hypotheses(), evidence["W2"], evidence["b2"], mistakes.W2_INPUT)


def _first_layer(exam: Exam, evidence: dict[str, list[Case]], before: _Shared, samples: Choice, scale: str) -> list[Pair]:
    """What delta may be, from the gradients of W1 and b1, after what is known of epsilon."""

    def shared(back: Choice, slope: Choice) -> _Shared:
        def delta(c: Case) -> Any:
            eps = before.of(c) * _scale(scale, c)
            returned = back.formula(c.inputs, eps)
            factor = slope.formula(c.inputs, returned)
            return None if factor is None else factor * returned

        return _Shared(wrong(back, slope), delta)

    def hypotheses() -> Iterator[Hypothesis]:
        right = shared(mistakes.BACK[0], mistakes.SLOPE[0])
        yield right, samples
        if not wrong(samples):
            for rows in mistakes.SAMPLES[1:]:
                yield right, rows
        for back, slope in _screened(evidence, before, samples, scale):
            yield shared(back, slope), samples

    return _joint(hypotheses(), evidence["W1"], evidence["b1"], mistakes.W1_INPUT)


def _screened(evidence: dict[str, list[Case]], before: _Shared, samples: Choice, scale: str) -> Iterator[tuple[Choice, Choice]]:
    """The ways back and slopes that can make the first case's W1 or b1, all tried at once."""
    case = (evidence["W1"] or evidence["b1"])[0]
    p, eps = case.inputs, before.of(case)
    if eps is None:
        return
    eps = eps * _scale(scale, case)
    shape = (p.n, p.N)

    def array(value: Callable[[], Any]) -> Array:
        try:
            made = np.asarray(value(), np.float64)
        except (ValueError, IndexError):
            made = np.empty(0)
        return made if made.shape == shape else np.full(shape, np.nan)

    backs = np.array([array(lambda choice=choice: choice.formula(p, eps)) for choice in mistakes.BACK])  # type: ignore[misc]
    rows = samples.formula(p)
    for slope in mistakes.SLOPE:
        if slope.key in mistakes.SLOPES_OF_BACK:
            factors = np.array([array(lambda back=back: slope.formula(p, back)) for back in backs])  # type: ignore[misc]
        else:
            factors = array(lambda slope=slope: slope.formula(p, backs[0]))[None]  # type: ignore[misc]
        deltas = (backs * factors)[:, rows]
        hits = np.zeros(len(backs), bool)
        for part, bases in (("W1", np.swapaxes(deltas, 1, 2) @ p.x[rows]), ("b1", deltas.sum(1))):
            if evidence[part] and evidence[part][0].probe is case.probe:
                got = evidence[part][0].got
                if got is not None and got.shape == bases.shape[1:]:
                    hits |= _proportional(bases.reshape(len(backs), -1), got.ravel())
        for i in np.flatnonzero(hits):
            if mistakes.BACK[i].key or slope.key:
                yield mistakes.BACK[i], slope


def _proportional(bases: Array, got: Array) -> Any:
    """Which rows of `bases` are `got` up to a factor."""
    if not got.any():
        return ~bases.any(1)
    c = bases @ got / (bases * bases).sum(1)
    off = np.linalg.norm(c[:, None] * bases - got, axis=1)
    return off <= EXACT * np.linalg.norm(got)


def _layers(exam: Exam, activation: str, probe: Probe) -> tuple[dict[str, list[Case]], list[Pair], list[tuple[Pair, list[Pair]]]]:
    """Everything that is found about backprop with one nonlinearity: once for its four gradients."""
    evidence = {part: cases(exam, "backprop", part, probe) for part in PARTS["backprop"]}
    evidence = {part: found if len(found) >= 2 else [] for part, found in evidence.items()}
    second = _second_layer(exam, evidence)
    # What is already wrong in epsilon goes on into delta; but layer 1 may also be right by itself.
    befores = [pair for pair in second if pair[2] and pair[3]][:2]
    plain: Pair = (_Shared((), _epsilon), mistakes.SAMPLES[0], None, None)
    if not any(not pair[0].choices and not wrong(pair[1]) and _common(pair) == "1" for pair in befores):
        befores.append(plain)
    first = [(pair, _first_layer(exam, evidence, pair[0], pair[1], _common(pair))) for pair in befores if evidence["W1"] or evidence["b1"]]
    return evidence, second, first


def _common(pair: Pair) -> str:
    """The factor that both gradients of layer 2 have: epsilon's."""
    _, _, w, b = pair
    return w.scale if w and b and w.scale == b.scale else "1"


def _backprop(exam: Exam, problem: Problem) -> Explanation | None:
    assert problem.probe is not None
    part = problem.part
    key = ("backprop", problem.probe.activation)
    known = exam.__dict__.setdefault("_layers", {})
    if key not in known:
        known[key] = _layers(exam, problem.probe.activation, problem.probe)
    evidence, second, first = known[key]
    if not evidence[part]:
        return None
    if all(c.got is not None and not c.got.any() for c in (*evidence[part], *evidence["W2"])):
        return _altered(exam, problem)  # zeros everywhere say nothing about epsilon or delta
    swapped = _swapped(exam, part, evidence[part])
    if swapped:
        return swapped
    sets = []
    if part in ("W2", "b2"):
        for shared, samples, w, b in second:
            mine = w if part == "W2" else b
            if mine:
                sets.append(Found((*shared.choices, *wrong(samples), *mine.choices), mine.scale))
        what, equation = ("dL/dW2", 6) if part == "W2" else ("dL/db2", 7)
        return told(smallest(sets), what, equation) or _added(part, evidence[part])
    added: list[tuple[int, Found]] = []
    for pair, pairs in first:
        for shared, rows, w, b in pairs:
            mine = w if part == "W1" else b
            if mine:
                own = (*shared.choices, *(() if rows is pair[1] else wrong(rows)), *mine.choices)
                total = Found((*pair[0].choices, *wrong(pair[1]), *own), _times(_common(pair), mine.scale))
                added.append((Found(own, mine.scale).size, total))
    # What layer 2 has shown of epsilon costs nothing here: fewest mistakes over all four gradients.
    sets = [total for size, total in added if size == min(size for size, _ in added)]
    what, equation = ("dL/dW1", 9) if part == "W1" else ("dL/db1", 10)
    if any(c.got is not None and c.got.any() for c in (*evidence["W1"], *evidence["b1"])):
        # With a slope of 0 both gradients of layer 1 are 0.
        sets = [f for f in sets if not any(c.key == "slope_zero" for c in f.choices)]
    found = smallest(sets)
    if any(c.key.startswith(("back_", "slope_")) for f in found for c in f.choices):
        what, equation = "delta", 8
    return told(found, what, equation) or _added(part, evidence[part])


def _value(word: str, n: int, D: int, N: int, K: int) -> float:
    return (-1 if word.startswith("-") else 1) * SCALES[word.lstrip("-")](n, D, N, K)


def _scale(word: str, case: Case) -> float:
    return _value(word, *case.inputs.sizes())


def _times(a: str, b: str) -> str:
    """Two factors as one, where there is a word for it; the second alone where the first is 1."""
    if a == "1":
        return b
    if b == "1":
        return a
    sizes = ((5, 2, 4, 3), (7, 3, 6, 4))
    for sign, mark in ((1, ""), (-1, "-")):
        for word, f in SCALES.items():
            if all(abs(sign * f(*s) - _value(a, *s) * _value(b, *s)) < 1e-12 for s in sizes):
                return mark + word
    return a


def _swapped(exam: Exam, part: str, evidence: Sequence[Case]) -> Explanation | None:
    """A gradient under another's key."""
    for other in PARTS["backprop"]:
        if other != part and all(_is(c.got, exam.paper.expected("backprop", c.probe)[other]) for c in evidence):
            return Explanation(
                "keys_swapped", "another gradient's key",
                f'Under the key "{part}" is the gradient of {other}.', "Check which array goes under which key.",
                {"W2": 6, "b2": 7, "W1": 9, "b1": 10}[part])  # fmt: skip
    return None


def _added(part: str, evidence: Sequence[Case]) -> Explanation | None:
    """A term that was added to the right gradient, or a cut."""
    for power, name in ((lambda u: u, "the parameter itself"), (np.sign, "the sign of the parameter")):
        constants = [factor(c.got - c.right, power(c.probe.params[part])) for c in evidence if _shaped(c)]
        if len(constants) == len(evidence) and all(k is not None for k in constants):
            return Explanation(
                f"penalty {name}", "a penalty term",
                f"It is the right gradient plus a multiple of {name}: a weight penalty (regularisation). This loss has none.",
                "Compare the loss with equation (4), term by term.", 4)  # fmt: skip
    steps = [factor(c.got - c.probe.params[part], c.right) for c in evidence if _shaped(c)]
    if len(steps) == len(evidence) and all(k is not None for k in steps):
        return Explanation(
            "new_parameters", "new parameters", "The new parameters come back, after a step, instead of the gradient.",
            "The step is update's work.", {"W2": 6, "b2": 7, "W1": 9, "b1": 10}[part])  # fmt: skip
    clipped = [c for c in evidence if _shaped(c) and c.got is not None]
    if len(clipped) == len(evidence) and any(not _is(c.got, c.right) for c in clipped):
        tops = [float(np.abs(c.got).max()) for c in clipped if not _is(c.got, c.right)]
        cut = sum(int((np.abs(np.abs(c.got) - tops[0]) < 1e-12).sum()) for c in clipped)
        if cut > 2 and tops[0] > 0 and max(tops) - min(tops) < 1e-9 and all(_is(c.got, np.clip(c.right, -tops[0], tops[0])) for c in clipped):
            return Explanation(
                "clipped", "clipping", f"Large entries are cut to {_told(tops[0], clipped)} (gradient clipping).",
                "Return the gradient as it is.", 0)  # fmt: skip
    return None


def _shaped(case: Case) -> bool:
    return case.got is not None and case.got.shape == case.right.shape


# --- update ------------------------------------------------------------------------------------------------------------


def _update(exam: Exam, problem: Problem) -> Explanation | None:
    part = problem.part
    evidence = [Case(exam, "update", part, p) for kind in ("logistic", "tanh") for p in exam.battery.general(kind)[:3]]
    evidence = [c for c in evidence if c.got is not None]
    if len(evidence) < 2:
        return None
    found = []
    for choice in mistakes.UPDATE:
        try:
            good = all(_near(c, choice.formula(c.probe.params[part], c.probe.grads[part], c.probe.eta)) for c in evidence)
        except ValueError:
            continue
        if good:
            found.append(Found(wrong(choice)))
    explained = told(smallest(found), "the step", 11)
    if explained or not all(map(_shaped, evidence)):
        return explained
    steps = [factor(c.got - c.probe.params[part], c.probe.grads[part]) for c in evidence]
    if all(s is not None for s in steps) and max(steps) - min(steps) < 1e-7:  # type: ignore[type-var,operator]
        return Explanation(
            "eta_ignored", "eta is ignored", f"The step is {_told(steps[0], evidence)} times the gradient whatever eta is: a fixed number stands in place of eta.",
            "Use the argument eta.", 11)  # fmt: skip
    ratios = [s / -c.probe.eta for s, c in zip(steps, evidence, strict=True) if s is not None]
    if len(ratios) == len(evidence) and max(ratios) - min(ratios) < 1e-7:
        return Explanation("factor", "a constant factor", f"The step is {_told(ratios[0], evidence)} times the right one.", "", 11, False)
    return None


def _near(case: Case, value: Any) -> bool:
    got = case.got
    if got is None:
        return False
    value = np.asarray(value, np.float64)
    if got.shape != value.shape:
        return False
    step = value - case.probe.params[case_part(case)] if value.shape == case.right.shape else value
    return float(np.linalg.norm(got - value)) <= EXACT * max(float(np.linalg.norm(step)), 1e-3)


def case_part(case: Case) -> str:
    """The parameter a case of update is about."""
    return next(k for k, v in case.probe.params.items() if v.shape == case.right.shape)


# --- what is true without a name ---------------------------------------------------------------------------------------


def _altered(exam: Exam, problem: Problem) -> Explanation | None:
    """Something that was done to an answer that is otherwise right."""
    assert problem.probe is not None
    evidence = cases(exam, problem.function, problem.part, problem.probe)
    if len(evidence) < 2 or not evidence[0].right.ndim or all(_is(c.got, c.right) for c in evidence):
        return None
    found = [Found((c,)) for c in mistakes.ALTERED if fits(evidence, lambda case: c.formula(case.right)) == "1"]
    if problem.function == "update":
        return told(smallest(found), "the step", EQUATIONS["update"])
    if problem.function == "backprop":
        return told(smallest(found), f"dL/d{problem.part}", EQUATIONS[f"d{problem.part}"])
    return told(smallest(found), problem.part, EQUATIONS[problem.part])


def _true(exam: Exam, problem: Problem) -> Explanation | None:
    """What is certainly true of a wrong answer that no set of mistakes reproduces."""
    assert problem.probe is not None
    evidence = cases(exam, problem.function, problem.part, problem.probe)
    if len(evidence) < 2 or problem.function == "update":
        return None
    name = "it" if problem.function in ("loss",) else problem.part
    if all(c.got is not None and c.got.ndim == 2 and _is(c.got.T, c.right) for c in evidence):
        return Explanation("transposed", "transposed", f"{name} is right but transposed.", "", 0, False)
    factors = [factor(c.got, c.right) for c in evidence if _shaped(c)]
    if len(factors) == len(evidence) and all(f is not None for f in factors):
        if max(factors) - min(factors) < 1e-9:  # type: ignore[type-var,operator]
            return Explanation(
                "factor", "a constant factor", f"{name} is right up to a constant factor: it is {_told(factors[0], evidence, 6)} times the right answer.",
                "Look for a factor that is missing or too much.", 0, False)  # fmt: skip
        return Explanation(
            "factor", "a factor", f"{name} is right up to a factor, which differs from input to input (it may depend on a size).",
            "Look for a factor with n, D, N or K in it.", 0, False)  # fmt: skip
    other = "tanh" if problem.probe.activation == "logistic" else "logistic"
    if problem.function in ("forward", "backprop") and not any(
        check(exam, problem.function, p, problem.part) for p in exam.battery.general(other)
    ):
        return Explanation(
            f"only {problem.probe.activation}", f"only with {problem.probe.activation}",
            f'{problem.part} is right with "{other}" and wrong only with "{problem.probe.activation}".',
            "Compare what the two nonlinearities do in your code.", 0, False)  # fmt: skip
    if problem.function == "backprop" and problem.part in ("W1", "b1"):
        second = [check(exam, "backprop", p, part) for p in exam.battery.general(problem.probe.activation) for part in ("W2", "b2")]
        if not any(second):
            return Explanation(
                "layer_1", "layer 1", "The gradients of layer 2 are right, so epsilon is right; the mistake is in delta or after it.",
                "Check the way back through W2, then the slope sigma'.", 8, False)  # fmt: skip
    return None


def _only_for(exam: Exam, problem: Problem) -> Explanation | None:
    """Where the general probes are right: for which inputs it is wrong."""
    assert problem.probe is not None
    function, probe = problem.function, problem.probe
    general = [p for kind in ("logistic", "tanh") for p in exam.battery.general(kind)]
    parts = PARTS[function]
    if any(p.name == probe.name for p in general):
        if problem.code == "raised" and function in ("forward", "backprop"):
            failing = [p for p in general if exam.reading(function, p).failure]
            if failing == [p for p in general if p.activation == probe.activation]:
                kind = probe.activation
                return Explanation(f"only {kind}", f"only with {kind}", f'It happens only with "{kind}".', "", 2, False)
        return None
    if any(check(exam, function, p, part) for p in general for part in parts):
        return None
    if "large" in probe.tags:
        if problem.code == "nan" or (isinstance(problem.failure, Raised) and problem.failure.error.type == "OverflowError"):
            return Explanation(
                "only large", "only for large excitations",
                "It is right for moderate excitations and fails only for large ones: exp of a large number overflows, and inf / inf or inf - inf is NaN.",
                "Find a form of the nonlinearity in which exp never sees a large positive number.", 2, False)  # fmt: skip
        return Explanation(
            "only large", "only for large excitations", "It is right for moderate excitations and wrong only for large ones.",
            "Is something clipped or replaced when it is large?", 0, False)  # fmt: skip
    if probe.tags:
        tag = ", ".join(sorted(probe.tags))
        return Explanation(f"only {tag}", f"only for: {tag}", f"The same inputs are right otherwise; it is wrong only for: {tag}.", "", 0, False)
    plain = [p for p in exam.battery.sizes(probe.activation) if not p.tags]
    bad = [p for p in plain if any(check(exam, function, p, part) for part in parts)]
    # Probes in which one size is 1 tell which one it is.
    single = {k: p for p in plain if list(p.sizes.values()).count(1) == 1 for k, size in p.sizes.items() if size == 1}
    letters = [k for k, p in single.items() if any(p is q for q in bad) and k in ("n", "K", "D", "N")]
    if letters and all(any(p.sizes[k] == 1 for k in letters) for p in bad):
        when = " or ".join(f"{k} = 1" for k in letters)
        return Explanation(
            f"only {when}", f"only for {when}", f"It is right for other sizes and wrong only when {when}.",
            "squeeze, reshape and indexing drop an axis of length 1, and (n, 1) with (n,) gives (n, n). Keep two dimensions.", 0, False)  # fmt: skip
    sizes = "; ".join(", ".join(f"{k} = {v}" for k, v in p.sizes.items()) for p in bad[:2])
    return Explanation("some sizes", "only for some sizes", f"It is right for general sizes and wrong for {sizes}.", "Does the code treat some sizes in a special way?", 0, False)


def _square(probe: Probe) -> bool:
    """Whether a transposed matrix would go unnoticed in one of the products."""
    sizes = probe.sizes
    return sizes["n"] > 1 and sizes["D"] > 1 and sizes["K"] > 1 and sizes["N"] in (sizes["K"], sizes["D"])


def _raised(exam: Exam, problem: Problem) -> Explanation | None:
    """An exception that other sizes don't raise: what is wrong there may have a name."""
    function, probe = problem.function, problem.probe
    assert probe is not None
    if function not in ("forward", "backprop") or not (isinstance(problem.failure, Raised) and problem.failure.error.type == "ValueError"):
        return None
    square = next((p for p in exam.battery.sizes(probe.activation) if _square(p) and not exam.reading(function, p).failure), None)
    if square is None:
        return None
    for part in PARTS[function]:
        wrong_part = check(exam, function, square, part)
        if wrong_part is None or wrong_part.code != "value":
            continue
        search = _forward if function == "forward" else _backprop
        found = search(exam, wrong_part)
        if found and found.certain:
            return found
    return None
