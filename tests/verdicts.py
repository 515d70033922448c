"""Record what the grader says of selfcheck's mutants, and compare it with an earlier record.

python -m tests.verdicts record FILE    write the criteria lost and the names, for every single mutant and 500 pairs
python -m tests.verdicts compare FILE   grade the same mutants again and print every difference (exit status 1)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograder import rubric
from autograder.selfcheck import catalogue
from autograder.selfcheck import run as selfcheck
from autograder.selfcheck.catalogue import Mistake

PAIRS = 500
Verdicts = dict[str, str]  # by criterion lost: the name, "?" and a fact that is no name, or ""


def verdicts(mistake: Mistake, contract: rubric.Rubric, whole: bool) -> Verdicts:
    lines = selfcheck.judge(mistake, contract, whole).lines
    return {key: line.key if line.certain else f"?{line.key}" * bool(line.key) for key, line in lines.items() if line.lost}


def mutants() -> dict[str, Mistake]:
    singles = catalogue.singles()
    return {m.name: m for m in [*catalogue.CONDUCT.values(), *singles, *catalogue.pairs(singles)]}


def sample() -> list[str]:
    """The names of every single mutant, and of pairs in equal distances."""
    singles = catalogue.singles()
    pairs = [m.name for m in catalogue.pairs(singles)]
    return [m.name for m in [*catalogue.CONDUCT.values(), *singles]] + pairs[:: len(pairs) // PAIRS][:PAIRS]


def grade(names: list[str]) -> dict[str, Verdicts]:
    contract, known = rubric.load(), mutants()
    return {name: verdicts(known[name], contract, " & " not in name) for name in names}


def main(verb: str, file: str) -> int:
    path = Path(file)
    if verb == "record":
        rows = [f"{json.dumps(name)}: {json.dumps(found)}" for name, found in grade(sample()).items()]
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
