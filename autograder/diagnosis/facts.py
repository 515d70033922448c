"""What is certainly true of a wrong answer that no set of known mistakes reproduces.

A fact is a test and a sentence.  The facts are tried in order; the first whose test holds on all evidence is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from autograder.diagnosis.engine import ENOUGH, Case, Explanation, exchanged, fit, follows, is_enough, ratio, reproduces
from autograder.hidden_tests.gradients import recovered
from autograder.mistakes.activations import Array
from autograder.mistakes.network import NODES, OUTPUTS, Operator


@dataclass(frozen=True)
class View:
    """A part of a function's answers: its own cases, and those of the other parts (of one activation or of all)."""

    function: str
    part: str
    evidence: Mapping[str, Sequence[Case]]

    @property
    def node(self) -> str:
        return OUTPUTS[self.function][self.part]

    @property
    def equation(self) -> int:
        return NODES[self.node].equation

    @cached_property
    def cases(self) -> list[Case]:
        return [case for case in self.evidence[self.part] if case.got is not None]

    def expected(self, case: Case, part: str = "") -> Array:
        return case.inputs.right(OUTPUTS[self.function][part or self.part])

    def is_right(self, part: str = "") -> bool:
        """Whether a part is right in every case in which anything came back."""
        cases = self.evidence.get(part or self.part, ())
        return bool(cases) and all(c.got is not None and reproduces(c.got, self.expected(c, part)) for c in cases)

    def got(self) -> list[tuple[Case, Array, Array]]:
        """Each case with what came back and what was expected; nothing unless all have the right shape."""
        rows = [(case, case.got, self.expected(case)) for case in self.cases if case.got is not None]
        return rows if len(rows) >= ENOUGH and all(got.shape == want.shape for _, got, want in rows) else []


@dataclass(frozen=True)
class Fact:
    """A sentence, and the test that makes it true; {part} and {number} are filled in.

    test : gives None where the fact doesn't hold, else the number that the sentence quotes ("" for none)
    """

    test: Callable[[View], str | None]
    key: str
    short: str
    reason: str
    hint: str = ""
    certain: bool = False
    equation: int | None = None  # None: the part's own

    def of(self, view: View) -> Explanation | None:
        number = self.test(view)
        if number is None:
            return None
        equation = view.equation if self.equation is None else self.equation
        reason = self.reason.format(part=view.part, number=number)
        key, short = (text.format(part=view.part, number=number) for text in (self.key, self.short))
        return Explanation(key, short, reason, self.hint, equation, self.certain)


def first(facts: Sequence[Fact], view: View) -> Explanation | None:
    """What the first fact says that holds."""
    if not is_enough(view.evidence.get(view.part, ())):
        return None
    return next((said for fact in facts if (said := fact.of(view)) is not None), None)


def holds(true: bool) -> str | None:
    return "" if true else None


# --- parts in each other's place: looked for before any mistake in a formula ------------------------------------------


def _exchanged(view: View) -> str | None:
    cases = view.cases
    return holds(view.part in ("e1", "h") and bool(cases) and all(exchanged(c.parts, c.inputs) for c in cases))


def _holding(view: View) -> list[str]:
    """The other parts whose right value came back in this one's place; of a gradient, up to a factor of its error."""

    def holds_it(case: Case, part: str) -> bool:
        want = view.expected(case, part)
        scaled = view.function == "backprop" and case.got is not None and ratio(case.got, want) is not None
        return scaled or reproduces(case.got, want)

    others = [part for part in OUTPUTS[view.function] if part != view.part and view.cases]
    return [part for part in others if all(holds_it(case, part) for case in view.cases)]


def _e1_is_h(view: View, kept: bool) -> str | None:
    if view.function != "forward" or view.part != "e1" or "h" not in _holding(view):
        return None
    return holds(all(reproduces(c.parts.get("h"), view.expected(c, "h")) for c in view.cases) == kept)


def _another(view: View) -> str | None:
    """Another part stands here, and nothing in its own place."""
    for part in _holding(view):
        if {part, view.part} == {"e1", "h"} and view.function == "forward":
            return None
        if view.function == "backprop":
            return part
        if not any(reproduces(c.parts.get(part), view.expected(c, part)) for c in view.cases):
            return part
    return None


def _columns(view: View) -> str | None:
    rows = [(case.got, view.expected(case)) for case in view.cases]
    return holds(bool(rows) and all(g is not None and g.ndim == 2 and reproduces(g.T, want) for g, want in rows))


def _follows(view: View) -> str | None:
    """h or yhat is right for the submission's own e1 or h, which is wrong."""
    before = {"h": "e1", "yhat": "h"}.get(view.part)
    if before is None or not view.cases or view.is_right(before):
        return None
    return before if all(follows(case, view.part) for case in view.cases) else None


IN_ANOTHER_PLACE = (
    Fact(test=_exchanged, key="tuple_order", short="the order of the tuple", certain=True,
         reason="e1 and h are exchanged: the place of e1 holds sigma of what stands in the place of h.",
         hint="The order is (e1, h, yhat)."),
    Fact(test=lambda view: _e1_is_h(view, True), key="e1_overwritten", short="e1 overwritten by h", certain=True,
         reason="The place of e1 holds h: e1 was overwritten (h = e1 makes no copy, and out= or [...] = then changes "
                "both), or h was returned twice.", hint="Make h a new array.", equation=2),
    Fact(test=lambda view: _e1_is_h(view, False), key="e1_holds_h", short="e1 holds h already", certain=True,
         reason="The place of e1 holds sigma(e1): the nonlinearity was applied too early.",
         hint="e1 is what comes before sigma.", equation=1),
    Fact(test=lambda view: _another(view) if view.function == "forward" else None, key="tuple_order", certain=True,
         short="the order of the tuple", hint="The order is (e1, h, yhat).",
         reason="The place of {part} holds {number}: the three results are returned in another order."),
    Fact(test=lambda view: _columns(view) if view.function == "forward" else None, key="columns_returned", certain=True,
         short="columns for rows", hint="The shapes are (n, N) and (n, K).",
         reason="It is right but transposed: examples are in columns. Here each row is an example."),
    Fact(test=lambda view: _another(view) if view.function == "backprop" else None, key="keys_swapped", certain=True,
         short="another gradient's key", hint="Check which array goes under which key.",
         reason='The gradient of {number} is under the key "{part}".'),
    Fact(test=_follows, key="follows_{number}", short="it follows from a wrong {number}",
         reason="{part} follows from your own {number}, which is wrong and can't show whether {part} is right.",
         hint="Fix what comes before first: then this criterion is judged too."),
)  # fmt: skip

# --- something added, cut or not summed -------------------------------------------------------------------------------


def _penalty(power: Callable[[Array], Array]) -> Callable[[View], str | None]:
    def test(view: View) -> str | None:
        """The same small multiple of every weight was added, and of this part."""
        if view.function != "backprop" or not view.got():
            return None
        numbers = []
        for part in {view.part, "W1", "W2"}:
            other = View(view.function, part, view.evidence)
            rows = other.got()
            numbers += [ratio(got - want, power(case.inputs.params[part])) for case, got, want in rows] or [None]
        found = [number for number in numbers if number is not None]
        small = len(found) == len(numbers) and all(0 < abs(number) <= 0.5 for number in found)
        return holds(small and np.ptp(found) <= 1e-6 * abs(found[0]))

    return test


def _new_parameters(view: View) -> str | None:
    if view.function != "backprop":
        return None
    steps = [ratio(got - case.inputs.params[view.part], want) for case, got, want in view.got()]
    found = [step for step in steps if step is not None]
    return holds(len(found) == len(steps) > 0 and max(found) - min(found) <= 1e-6 * abs(found[0]))


def _clipped(view: View) -> str | None:
    rows = view.got()
    wrong = [(got, want) for _, got, want in rows if not reproduces(got, want)]
    if view.function != "backprop" or not wrong:
        return None
    tops = [float(np.abs(got).max()) for got, _ in wrong]
    top = tops[0]
    cut = sum(int((np.abs(np.abs(got) - top) < 1e-12).sum()) for _, got, _ in rows)
    same = cut > 2 and top > 0 and np.ptp(tops) < 1e-9
    return f"{top:.4g}" if same and all(reproduces(g, np.clip(w, -top, top)) for _, g, w in rows) else None


def _steps(view: View) -> list[tuple[float, float]]:
    """By how much of the gradient each parameter moved, and eta; nothing unless it is a multiple everywhere."""
    if view.function != "update":
        return []
    found = []
    for case, got, _ in view.got():
        step = ratio(got - case.inputs.params[view.part], case.inputs.grads[view.part])
        if step is None:
            return []
        found.append((step, case.inputs.eta))
    return found


def _fixed_eta(view: View) -> str | None:
    steps = [step for step, _ in _steps(view)]
    return f"{steps[0]:.4g}" if steps and np.ptp(steps) < 1e-7 else None


def _times_eta(view: View) -> str | None:
    ratios = [-step / eta for step, eta in _steps(view)]
    number = f"{ratios[0]:.4g}" if ratios and np.ptp(ratios) < 1e-7 else "1"
    return number if number != "1" else None


def _loss_of(formula: Callable[[Array], Array]) -> Callable[[View], str | None]:
    operator = Operator("", lambda p, d: formula(d * d), "", "")

    def test(view: View) -> str | None:
        if view.function != "loss" or not view.cases or any(c.got is None or not c.got.ndim for c in view.cases):
            return None
        return holds(fit(view.cases, "loss", {"loss": operator}, [{}] * len(view.cases)) is not None)

    return test


def _not_summed(key: str, one: str, formula: Callable[[Array], Array]) -> Fact:
    return Fact(
        test=_loss_of(formula), key=key, short=f"one loss for each {one}", certain=True, hint="Sum over i and over k.",
        reason=f"There is one loss for each {one}; they are not summed to one number.",
    )  # fmt: skip


def _penalty_fact(name: str, power: Callable[[Array], Array]) -> Fact:
    return Fact(
        test=_penalty(power), key=f"penalty {name}", short="a penalty term", certain=True, equation=4,
        reason=f"It is the right gradient plus a small multiple of {name}, the same for every weight: a weight penalty "
               "(regularization). This loss has none.",
        hint="Compare the loss with the equation, term by term.",
    )  # fmt: skip


ADDED = (
    _penalty_fact("the parameter itself", lambda u: u),
    _penalty_fact("the sign of the parameter", np.sign),
    Fact(test=_new_parameters, key="new_parameters", short="new parameters", certain=True,
         reason="The new parameters come back, after a step, in place of the gradient.",
         hint="The step is update's work."),
    Fact(test=_clipped, key="clipped", short="clipping", certain=True, equation=0,
         reason="Large entries are cut to {number} (gradient clipping).", hint="Return the gradient as it is."),
    Fact(test=_fixed_eta, key="eta_ignored", short="one step for several eta", certain=True, hint="Use eta as it is.",
         reason="With several eta, the step is {number} times the gradient, as with a fixed number in place of eta."),
    Fact(test=_times_eta, key="factor", short="a constant factor", reason="The step is {number} times the right one."),
    _not_summed("loss_per_output", "output", lambda squares: squares.sum(0)),
    _not_summed("loss_per_example", "example", lambda squares: squares.sum(1)),
    _not_summed("loss_each_entry", "entry", lambda squares: squares),
)  # fmt: skip

# --- without a name ---------------------------------------------------------------------------------------------------


def _factors(view: View) -> list[float]:
    """By which numbers the right arrays are multiplied: arrays of more than one number only, and not all by 1."""
    rows = view.got() if view.function in ("forward", "backprop") else []
    found = [ratio(got, want) for _, got, want in rows if want.size > 1]
    numbers = [number for number in found if number is not None]
    plain = len(numbers) == len(rows) and len(rows) >= ENOUGH and any(abs(number - 1) > 1e-6 for number in numbers)
    return numbers if plain else []


def _one_factor(view: View) -> str | None:
    numbers = _factors(view)
    return f"{numbers[0]:.6g}" if numbers and np.ptp(numbers) < 1e-9 else None


def _other_of(view: View) -> str:
    """The other part that is made from the same error: b2 for W2."""
    return {"W": "b", "b": "W"}[view.part[0]] + view.part[1]


def _alone_in_layer(layer: str) -> Callable[[View], str | None]:
    def test(view: View) -> str | None:
        """The other gradient of the layer, which is made from the same error, is right."""
        is_mine = view.function == "backprop" and view.part[0] == layer and not view.is_right()
        return NODES[NODES[view.node].after].called if is_mine and view.is_right(_other_of(view)) else None

    return test


def _in_the_error_of(part: str) -> Callable[[View], str | None]:
    def test(view: View) -> str | None:
        """Both gradients of a layer are wrong, and the bias's follows from the error that the weights' shows."""
        bias = "b" + part[1]
        if view.function != "backprop" or view.part != part or view.is_right() or view.is_right(bias):
            return None
        followed = 0
        for case in view.cases:
            given = case.inputs.h if part == "W2" else case.inputs.x
            shown = recovered(case.parts[part], given) if part in case.parts else None
            if shown is not None and not reproduces(case.parts.get(bias), shown.sum(0)):
                return None
            followed += shown is not None
        return holds(followed >= 2)

    return test


def _in_layer_1(view: View) -> str | None:
    if view.function != "backprop" or view.part not in ("W1", "b1"):
        return None
    return holds(view.is_right("W2") and view.is_right("b2") and not view.is_right(_other_of(view)))


WITHOUT_NAME = (
    Fact(test=lambda view: _columns(view) if view.function == "backprop" and len(view.cases) >= ENOUGH else None,
         key="transposed", short="transposed", reason="{part} is right but transposed.", equation=0),
    Fact(test=_one_factor, key="factor", short="a constant factor", equation=0,
         reason="{part} is right up to a constant factor: it is {number} times the right answer.",
         hint="Look for a factor that is missing or one too many."),
    Fact(test=lambda view: holds(bool(_factors(view))), key="factor", short="a factor", equation=0,
         reason="{part} is right up to a factor, which differs from input to input.",
         hint="Look for a factor that depends on the input or on a size."),
)  # fmt: skip
IN_ONE_PLACE = (
    *(
        Fact(test=_in_the_error_of(part), key=f"in_{error}", short=f"in {error}", equation=equation, hint=hint,
             reason=f"The gradients of {part} and b{part[1]} are made from the same {error}, which is not the right "
                    "one.")
        for part, error, equation, hint in (
            ("W2", "epsilon", 5, "Compare your line for epsilon with its equation."),
            ("W1", "delta", 8, "Check the way back through W2, then the slope sigma'."),
        )
    ),
    Fact(test=_alone_in_layer("b"), key="after_{number}", short="after {number}",
         reason="The other gradient that is made from {number} is right, so {number} is right; the mistake is in how "
                "the gradient of {part} is made from it.",
         hint="Compare your line for this gradient with its equation."),
    Fact(test=_alone_in_layer("W"), key="after_{number}", short="after {number}",
         reason="The sum of {number} over the examples is right, as the gradient of the bias shows; the mistake is in "
                "how the gradient of {part} is made from {number}, or in what {number} is for each example.",
         hint="Compare your line for this gradient with its equation."),
    Fact(test=_in_layer_1, key="layer_1", short="layer 1", equation=8,
         reason="The gradients of layer 2 are right, so epsilon is right; both gradients of layer 1 are wrong, so the "
                "mistakes are in delta or in what is made from it.",
         hint="Compare your lines for delta and for both gradients with their equations."),
)  # fmt: skip
