"""Record what the grader says of selfcheck's mutants, and compare it with an earlier record.

python -m tests.names record FILE    write the criteria lost and the names, for every single mutant and 500 pairs
python -m tests.names compare FILE   grade the same mutants again and print every difference (exit status 1)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograder import rubric
from autograder.selfcheck import mutants
from autograder.selfcheck import run as selfcheck
from autograder.selfcheck.behaviors import BEHAVIORS
from autograder.selfcheck.mutants import Mutant

PAIRS = 500
Verdicts = dict[str, str]  # by criterion lost: the name, "?" and a fact that is no name, or ""


def verdicts(mutant: Mutant, contract: rubric.Rubric, whole: bool) -> Verdicts:
    lines = selfcheck.judge(mutant, contract, whole).lines
    lost = {key: line for key, line in lines.items() if line.lost}
    return {key: line.key if line.certain else f"?{line.key}" * bool(line.key) for key, line in lost.items()}


def every() -> tuple[list[Mutant], list[Mutant]]:
    """The single mutants, and the pairs of mutations."""
    singles = mutants.singles()
    return [*BEHAVIORS.values(), *singles], list(mutants.pairs(singles))


def order_free(name: str) -> str:
    return " & ".join(sorted(name.split(" & ")))


def grade(names: list[str] | None = None) -> dict[str, Verdicts]:
    """The verdicts of the mutants with these names, or of every single mutant and of pairs at equal distances."""
    contract, (singles, pairs) = rubric.load(), every()
    if names is None:
        chosen = {m.name: m for m in [*singles, *pairs[:: len(pairs) // PAIRS][:PAIRS]]}
    else:
        known = {order_free(m.name): m for m in [*singles, *pairs]}
        chosen = {name: known[order_free(name)] for name in names}
    return {name: verdicts(mutant, contract, " & " not in name) for name, mutant in chosen.items()}


def main(verb: str, file: str) -> int:
    path = Path(file)
    if verb == "record":
        rows = [f"{json.dumps(name)}: {json.dumps(found)}" for name, found in grade().items()]
        path.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
        return 0
    old = json.loads(path.read_text("utf-8"))
    new = grade(list(old))
    different = [name for name in old if old[name] != new[name]]
    for name in different:
        for key in sorted({*old[name], *new[name]}):
            before, now = old[name].get(key, "passed"), new[name].get(key, "passed")
            if before != now:
                print(f"{name}: {key}: {before!r} -> {now!r}")
    print(f"{len(old) - len(different)} of {len(old)} mutants are graded and named as before")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
