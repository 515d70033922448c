"""The known mistakes: for every slot of the network the wrong fillings that are looked for.

A mistake is one row (or one entry of a family) in one of these files and nowhere else: the diagnosis searches for it,
selfcheck makes a mutant of it, and its words are shown to students.  May import: network.
"""

from autograder.mistakes.network import Operator
from autograder.mistakes.operators import arrays, backprop, factors, forward, loss, update

__all__ = ["OPERATORS", "factors"]

OPERATORS: dict[str, list[Operator]] = {
    **forward.OPERATORS, **loss.OPERATORS, **backprop.OPERATORS, **update.OPERATORS, **arrays.OPERATORS,
}  # fmt: skip
