"""Record what the diagnosis calls selfcheck's mutants, and compare it with an earlier record.

    python -m tests.names record FILE     name every single mutant and 500 pairs of mutations
    python -m tests.names compare FILE    name the same mutants again and print every difference (exit status 1)

A record holds for each mutant the criteria lost, and for each of these the name; "?" before what is not certain.
tests/golden/diagnosis_1.0.0.json is that of version 1.0.0, with its own inputs and criteria for behavior: nothing is
compared of a criterion that is not judged now.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograder import rubric
from autograder.selfcheck import mutants, outcomes
from autograder.selfcheck.behaviors import BEHAVIORS
from autograder.selfcheck.mutants import Mutant

PAIRS = 500
Names = dict[str, str]  # by criterion


def names(mutant: Mutant, contract: rubric.Rubric) -> Names:
    """The name of every criterion that is judged and lost."""
    lines = outcomes.judge(mutant, contract, whole=False).lines
    judged = {key: line for key, line in lines.items() if line.verdict == "failed"}
    return {key: line.key if line.certain else f"?{line.key}" * bool(line.key) for key, line in judged.items()}


def every() -> tuple[list[Mutant], list[Mutant]]:
    """The single mutants, and the pairs of mutations."""
    singles = mutants.singles()
    return [*BEHAVIORS.values(), *singles], list(mutants.pairs(singles))


def sample() -> list[Mutant]:
    """Every single mutant, and pairs at equal distances."""
    singles, pairs = every()
    return [*singles, *pairs[:: len(pairs) // PAIRS][:PAIRS]]


def without_order(name: str) -> str:
    """The name of a pair in one order."""
    return " & ".join(sorted(name.split(" & ")))


def differences(name: str, old: Names, new: Names) -> list[str]:
    """What differs of a mutant: only criteria that have a certain name in one of the records, and a verdict in both."""
    found = []
    for key in sorted(old.keys() & new.keys()):
        was, now = old[key], new[key]
        if was != now and any(one and not one.startswith("?") for one in (was, now)):
            found.append(f"{name}: {key}: {was!r} -> {now!r}")
    return found


def main(verb: str, file: str) -> int:
    contract, path = rubric.load(), Path(file)
    if verb == "record":
        rows = [f"{json.dumps(m.name)}: {json.dumps(names(m, contract))}" for m in sample()]
        path.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
        return 0
    old = json.loads(path.read_text("utf-8"))
    known = {without_order(m.name): m for group in every() for m in group}
    found = {}
    for name, was in old.items():
        found[name] = differences(name, was, names(known[without_order(name)], contract))
        print(*found[name], sep="\n", end="\n" * bool(found[name]))
    same = sum(not lines for lines in found.values())
    print(f"{same} of {len(old)} mutants are named as before")
    return 0 if same == len(old) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
