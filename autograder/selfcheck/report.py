"""What selfcheck found, as text for a terminal and as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from autograder import files
from autograder.selfcheck import sources

if TYPE_CHECKING:
    from autograder.selfcheck.outcomes import Outcome
    from autograder.selfcheck.run import Proof

SHOWN = 60  # problems that the terminal lists
PASSED, MAY_BE_LOST, LOST, PROBLEM = range(4)  # what became of a criterion
SIGNS = ("", "(×)", "×", "!!")


class Mutant(NamedTuple):
    """One row of the matrix: for each criterion the state, and how the mutant was named."""

    name: str
    states: list[int]
    named: str


def render(proof: Proof) -> str:
    """The text for the terminal: the errors by criterion, the figures, and every problem."""
    out = ["", f"{'criterion':<24}{'largest correct':>16}{'tolerance':>12}{'smallest wrong':>16}"]
    for key in proof.contract.by_key:
        correct, tolerance, wrong = errors(proof, key)
        out.append(f"{key:<24}{correct:>16}{tolerance:>12}{wrong:>16}".rstrip())
    out += ["", *(f"{value:>22}  {title}" for title, value in proof.figures), ""]
    out += [f"note: {note}" for note in proof.notes]
    out += [f"✗ {problem}" for problem in proof.faults[:SHOWN]]
    if len(proof.faults) > SHOWN:
        out.append(f"... and {len(proof.faults) - SHOWN} more")
    sample = " This was a sample (--quick)." if proof.quick else ""
    return "\n".join([*out, f"{verdict(proof)}.{sample} {proof.seconds:.0f} s"])


def verdict(proof: Proof) -> str:
    """The outcome in three words."""
    count = len(proof.faults)
    return f"{count} problem{'s' * (count != 1)} found" if count else "All checks passed"


def errors(proof: Proof, key: str) -> tuple[str, str, str]:
    """Of a criterion: the largest error of a correct program, the tolerance, and the smallest error of a mutant."""
    correct, tolerance, wrong = proof.errors(key)
    if tolerance is None:
        return "", "", ""
    return f"{correct:.1e}", f"{tolerance:.0e}", "" if np.isnan(wrong) else f"{wrong:.1e}"


def write(proof: Proof, path: Path) -> None:
    """Write the page.  Raises OSError."""
    files.put(path, page(proof))


def page(proof: Proof) -> str:
    """Everything that was found, as one page."""
    from autograder.rendering import html

    criteria = [line for key, line in proof.contract.by_key.items() if not key.startswith("training")]
    keys = [line.key for line in criteria]
    return html.render(
        Path(__file__).with_name("templates") / "selfcheck.html",
        proof=proof,
        verdict=verdict(proof),
        errors=[(line, *errors(proof, key)) for key, line in proof.contract.by_key.items()],
        criteria=criteria,
        mutants=[Mutant(o.name, [_state(proof, o, key) for key in keys], _named(o)) for o in proof.singles],
        signs=SIGNS,
        points=_points(proof),
        sources=sources.by_operator(proof.sources),
        survivors=[one for one in proof.sources if one.wrong and not one.lost],
        silent=[text for outcome in proof.singles + proof.pairs for text in outcome.silent],
        numbers={key: line.number for key, line in proof.contract.by_key.items()},
    )


def _points(proof: Proof) -> list[tuple[str, str, float, str]]:
    """What each mistake costs: its name, the function, the points, the numbers of the criteria; the dearest first."""
    rows = []
    for one in proof.singles:
        lost = [line.number for key, line in proof.contract.by_key.items() if key in one.lost]
        rows.append((one.name.split(": ")[-1], one.function, one.points(proof.contract), ", ".join(lost)))
    return sorted(rows, key=lambda row: (-row[2], row[1], row[0]))


def _state(proof: Proof, outcome: Outcome, key: str) -> int:
    if any(f"line {key} " in fault for fault in outcome.faults):
        return PROBLEM
    if key not in outcome.lost:
        return PASSED
    return LOST if key in proof.declared[outcome.name].lines else MAY_BE_LOST


def _named(outcome: Outcome) -> str:
    if outcome.false:
        return "wrong name"
    if outcome.right:
        return "partly named" if outcome.silent else "named"
    return "no name" if outcome.silent else ""
