"""Constant factors: monomials in the sizes times a number.  They compose by adding exponents; 1 is no factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np

from autograder.mistakes.activations import Array
from autograder.mistakes.network import Operator

LETTERS = ("n", "D", "N", "K", "(n-1)", "(n+1)")
Sizes = tuple[int, int, int, int]  # n, D, N, K


@dataclass(frozen=True)
class Factor:
    """A number times powers of `LETTERS`."""

    number: Fraction = Fraction(1)
    powers: tuple[int, ...] = (0,) * len(LETTERS)

    def __mul__(self, other: Factor) -> Factor:
        powers = tuple(a + b for a, b in zip(self.powers, other.powers, strict=True))
        return Factor(self.number * other.number, powers)

    def value(self, sizes: Sizes) -> float:
        n, D, N, K = sizes
        value = float(self.number)
        for base, power in zip((n, D, N, K, n - 1, n + 1), self.powers, strict=True):
            if power:
                value *= base**power if base else np.nan
        return value

    @property
    def size(self) -> int:
        """How many mistakes it is: a wrong sign is one, anything else another."""
        return (self.number < 0) + (self != ONE and self != MINUS)

    @property
    def word(self) -> str:
        """Such as "-2 1/n"; factors are called by these words in results."""
        above, below = self._letters(1), self._letters(-1)
        top = " ".join(above) or "1"
        bottom = f"({' '.join(below)})" if len(below) > 1 else "".join(below)
        letters = f"{top}/{bottom}" if below else " ".join(above)
        sign, number = "-" * (self.number < 0), str(abs(self.number))
        return sign + (f"{number} {letters}" if letters and number != "1" else letters or number)

    def _letters(self, sign: int) -> list[str]:
        powers = [(letter, sign * power) for letter, power in zip(LETTERS, self.powers, strict=True)]
        return [letter if power == 1 else f"{letter}^{power}" for letter, power in powers if power > 0]


ONE, MINUS = Factor(), Factor(Fraction(-1))


def monomial(number: int | Fraction = 1, **powers: int) -> Factor:
    """A factor from keywords: monomial(2, n=-1) is 2/n; less and more are n - 1 and n + 1."""
    names = ("n", "D", "N", "K", "less", "more")
    return Factor(Fraction(number), tuple(powers.get(name, 0) for name in names))


def _known() -> tuple[Factor, ...]:
    """The factors that are looked for, simple ones first."""
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    letters = [
        *(monomial(**{letter: power}) for letter in "nKND" for power in (1, -1)),
        *(monomial(n=1, **{letter: -1}) for letter in "DNK"),
        monomial(n=1, less=-1), monomial(n=1, more=-1), monomial(n=-2), monomial(n=2), monomial(n=-1, K=-1),
        monomial(n=1, K=1),
    ]  # fmt: skip
    numbers = [monomial(number) for number in (1, 2, half, 4, quarter)]
    doubled = [monomial(number) * letter for letter, number in product(letters, (Fraction(2), half))]
    plain = [*numbers, *letters, *doubled]
    return tuple(factor * sign for sign in (ONE, MINUS) for factor in plain)


KNOWN = _known()
BY_WORD = {factor.word: factor for factor in KNOWN}


@lru_cache(64)
def _values(sizes: tuple[Sizes, ...]) -> Array:
    return np.array([[factor.value(one) for one in sizes] for factor in KNOWN])


def find(numbers: Sequence[float], sizes: Sequence[Sizes]) -> Factor | None:
    """The one known factor that is `numbers[i]` for `sizes[i]`; none where sizes coincide and several are.

    Right is right, whatever other factors happen to be 1.
    """
    want = np.array(numbers)
    fitting = np.flatnonzero((np.abs(_values(tuple(sizes)) - want) <= 1e-7 * np.abs(want)).all(1))
    found = [KNOWN[i] for i in fitting]
    return found[0] if found and (len(found) == 1 or found[0] in (ONE, MINUS)) else None


# What the factors mean that are made most often: what is short for them, and the sentence.
WORDS = {
    "-1": ("the sign", "The sign is wrong: it is the negative of the right answer."),
    "n": ("1/n missing", "It is n times too large: the factor 1/n is missing."),
    "1/n": ("1/n twice", "It is n times too small: the factor 1/n is there twice. epsilon holds it already."),
    "2": ("twice too large", "It is twice the right answer."),
    "1/2": ("half", "It is half the right answer."),
    "1/K": ("divided by K", "It is K times too small."),
    "n/D": ("divided by D", "It is divided by D, the number of columns of x, not by n, the number of rows."),
    "n/K": ("divided by K", "It is divided by K, the number of outputs, not by n, the number of examples."),
    "n/N": ("divided by N", "It is divided by N, the number of hidden units, not by n, the number of examples."),
    "n/(n-1)": ("divided by n - 1", "It is divided by n - 1, not by n."),
    "n/(n+1)": ("divided by n + 1", "It is divided by n + 1, not by n."),
    "2 n": ("1/(2n) missing", "It is 2n times too large: the factor 1/(2n) is missing."),
    "2 1/n": ("2/n", "It is 2/n times the right answer."),
    "2 1/K": ("mean over all entries", "It is a plain mean over all n K entries, not 1/(2n) times the sum."),
    "1/n^2": ("1/n three times", "It is n^2 times too small."),
}
# Where all of an answer follows from it, a factor tells more.
EPSILON_WORDS = {
    "2": ("twice too large", "It is twice the right answer: the 2 of the square cancels the 1/2 of the loss."),
    "1/2": ("half", "It is half the right answer: the 2 of the square cancels the 1/2 of the loss."),
    "1/K": ("divided by K", "It is K times too small: it is divided by all n K entries (a plain mean), not by n."),
}
LOSS_WORDS = {
    "1/K": EPSILON_WORDS["1/K"],
    "2": ("1/n for 1/(2n)", "It is twice the right answer, as with 1/n in place of 1/(2n)."),
    "n^2": ("times n", "It is n^2 times too large, as from sum / 2 * n, which multiplies by n: 2 * n needs brackets."),
    "n": ("1/2 for 1/(2n)", "It is n times too large: the sum is not divided by n."),
    "1/2": ("1/(4n)", "It is half the right answer."),
    "1/n": ("1/n twice", "It is n times too small: it is divided by n twice."),
}


def operator(factor: Factor, of: str) -> Operator:
    """A factor as an operator for the factor slot of a node that is called `of`."""
    short, reason = _words(factor, {"the loss": LOSS_WORDS, "epsilon": EPSILON_WORDS}.get(of, {}))
    hint = f"Check the constant factor and the sign of {of}."
    return Operator(f"times {factor.word}", lambda p: factor.value(p.sizes()), short, reason, hint)


def _words(factor: Factor, own: dict[str, tuple[str, str]]) -> tuple[str, str]:
    words = WORDS | own
    if factor.word in words:
        return words[factor.word]
    if factor.number < 0:
        short, reason = _words(factor * MINUS, own)
        return f"the sign, and {short}", f"The sign is wrong. Apart from that: {reason[0].lower()}{reason[1:]}"
    return f"{factor.word} times", f"It is {factor.word} times the right answer."
