"""Record what becomes of every program in the corpus, and compare a later version of the grader with it.

    python tests/verdicts.py record FILE [FOLDER...]     grade every program and write one JSON file
    python tests/verdicts.py compare OLD [FOLDER...]     grade every program again and print each difference
    python tests/verdicts.py compare OLD NEW.json        compare two files

FOLDER holds programs (*.py) or submissions (folders with a neural_net.py); the default is tests/submissions.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def programs(folders: list[Path]) -> dict[str, Path]:
    """Every program by a name that does not depend on where the tree is."""
    found = {}
    for folder in folders or [ROOT / "tests/submissions/correct", ROOT / "tests/submissions/wrong"]:
        for path in sorted(folder.iterdir()):
            if path.suffix == ".py" or (path.is_dir() and not path.name.startswith(("__", "."))):
                found[f"{folder.name}/{path.name}"] = path
    return found


def verdict(path: Path) -> dict[str, Any]:
    """Grade one program: its score and, for every lost criterion, the points, the mistake and the text."""
    from autograder.grade import grade
    from autograder.result import gradescope

    page = gradescope(grade(path, pictures=False))
    lost = {}
    for test in page["tests"]:
        data = test.get("extra_data", {})
        if data.get("verdict") not in ("passed", None):
            lost[data["key"]] = [test.get("score"), data["verdict"], data["misconception"], test["output"]]
    fault = page["extra_data"].get("grader_fault", "")
    return {"score": page["score"], "fault": fault, "lost": lost, "output": page["output"]}


def record(folders: list[Path]) -> dict[str, Any]:
    return {name: verdict(path) for name, path in programs(folders).items()}


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """One line for every score, criterion or name that differs; texts are counted, not compared."""
    lines = []
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was is None or now is None:
            lines.append(f"{name}: only in the {'new' if was is None else 'old'} record")
            continue
        if was["fault"] != now["fault"]:
            lines.append(f"{name}: fault {was['fault']!r} -> {now['fault']!r}")
        if was["score"] != now["score"]:
            lines.append(f"{name}: score {was['score']} -> {now['score']}")
        for key in sorted({*was["lost"], *now["lost"]}):
            a, b = (d["lost"].get(key, ["full", "passed", ""])[:3] for d in (was, now))
            if a != b:
                lines.append(f"{name}: {key}: {a} -> {b}")
    return lines


def main(arguments: list[str]) -> int:
    command, file, *rest = arguments
    if command == "record":
        Path(file).write_text(json.dumps(record([Path(f) for f in rest]), indent=1), "utf-8")
        return 0
    old = json.loads(Path(file).read_text("utf-8"))
    if rest and rest[0].endswith(".json"):
        new = json.loads(Path(rest[0]).read_text("utf-8"))
    else:
        new = record([Path(f) for f in rest])
    found = differences(old, new)
    print(*found, f"{len(old)} programs, {len(found)} differences", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
