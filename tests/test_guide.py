"""The guide, walked through: each command of docs/guide.md is run in a copy of the tree, and gives what the guide says.

With hypothesis's profile "full" the class is as large as in the guide, and the selfcheck is run as well, which takes
minutes. Otherwise the class is smaller.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import rubric
from autograder.course import store
from tests import classroom
from tests.support import ROOT, by_profile

GUIDE = ROOT / "docs" / "guide.md"
SIZE = by_profile(quick=24, ci=24, full=200)
WHOLE = SIZE == 200


def steps() -> list[tuple[str, str]]:
    """The commands of the guide, and what is under them."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"^```console\n(.*?)^```", GUIDE.read_text("utf-8"), re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output.strip()))
    return found


def sized(text: str) -> str:
    """The guide's words for a class of another size."""
    return re.sub(r"\b200\b", str(SIZE), text)


def pattern(expected: str) -> str:
    """A regular expression for an output with ... in it."""
    if not expected:
        return r"(?s).*"
    return "(?s)" + re.escape(sized(expected)).replace(r"\.\.\.", ".*")


def with_the_guides_points(text: str) -> str:
    """A rubric with the points that the guide changes, whatever they are. Another one takes the difference."""
    points = {c.key: c.points for c in rubric.load().criteria}
    changed = {key: float(old) for key, old in re.findall(r'"(\w+)"/,/points/s/(\d+)/', GUIDE.read_text("utf-8"))}
    assert changed
    other = max(points.keys() - changed.keys(), key=lambda key: points[key])
    changed[other] = points[other] + sum(points[key] - changed[key] for key in changed)
    for key, value in changed.items():
        text, count = re.subn(rf'(key = "{key}"\n(?:.*\n)*?points = ).*', rf"\g<1>{value:g}", text, count=1)
        assert count == 1
    return text


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree that has been set up with this Python, so that nothing is downloaded."""
    copy = tmp_path_factory.mktemp("guide")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode()
    names = [n for n in listed.split("\0") if n] or [
        str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts
    ]
    for name in names:
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    contract = copy / "autograder" / "rubric.toml"
    contract.write_text(with_the_guides_points(contract.read_text("utf-8")), "utf-8")
    python = copy / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    sums = subprocess.run(
        ["cksum", "requirements-dev.txt", "setup.sh"], cwd=copy, capture_output=True, text=True, check=True
    )
    (copy / ".venv" / "setup-stamp").write_text(f"{copy} {sums.stdout.rstrip()}", "utf-8")
    return copy


@pytest.fixture(scope="module")
def walked(tree: Path) -> list[tuple[str, str, str]]:
    """Each command, what the guide says of it, and what came.  One that fails ends the walk."""
    done = []
    environment = os.environ | {"LC_ALL": "C.UTF-8", "PYTHONPATH": "", "COLUMNS": "120"}
    for command, expected in steps():
        if "selfcheck" in command and not WHOLE:
            continue
        ran = subprocess.run(
            ["bash", "-c", sized(command)], cwd=tree, env=environment, capture_output=True, text=True, timeout=3000
        )
        assert ran.returncode == 0, f"{command}: {ran.stderr[-2000:]}"
        done.append((command, expected, ran.stdout.strip()))
    return done


def test_every_step_of_a_term_is_in_the_guide() -> None:
    commands = " ".join(command for command, _ in steps())
    for word in ("setup.sh", "grade", "term", "selfcheck", "build", "batch", "compare", "canvas.csv"):
        assert word in commands


@pytest.mark.slow
def test_every_command_gives_what_the_guide_says(walked: list[tuple[str, str, str]]) -> None:
    for command, expected, came in walked:
        assert re.fullmatch(pattern(expected), came), f"{command}\n--- the guide says\n{expected}\n--- it gives\n{came}"


@pytest.mark.slow
def test_what_the_guide_leads_to_is_there(walked: list[tuple[str, str, str]], tree: Path) -> None:
    text = GUIDE.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (GUIDE.parent / target).exists(), target
    for name in re.findall(r"`(graded[\w/.-]*|changes\.html|student\.zip|autograder\.zip)`", text):
        assert (tree / name).exists() or (tree / "dist" / name).exists(), name
    (picture,) = re.findall(r"!\[([^\]]+)\]\((\w+\.png)\)", text)
    assert len(picture[0]) > 100
    assert (GUIDE.parent / picture[1]).stat().st_size < 150_000


@pytest.mark.slow
def test_the_made_up_class_gets_what_it_must(walked: list[tuple[str, str, str]], tree: Path, tmp_path: Path) -> None:
    known = {one.name: one for one in classroom.make(tmp_path / "class", SIZE)}
    graded = {one.name: one for one in store.read(tree / "graded")}
    assert graded.keys() == known.keys()
    for name, expected in known.items():
        found = graded[name]
        assert not found.fault
        lost = {key for key, line in found.lines.items() if line.verdict != "passed"}
        assert expected.lost <= lost, name
        assert expected.score in (None, found.score), name
        assert all(key.split("_")[0] in (*expected.functions, "training") for key in lost), name
    for one in known.values():
        # A mistake that is alone in its function is named.
        if len(one.functions) == len(one.mistakes) == 1 and one.kind == "mistakes":
            names = {line.misconception for line in graded[one.name].lines.values()}
            assert one.mistakes[0] in names, one


@pytest.mark.slow
def test_the_class_report_and_the_tables_say_the_same(walked: list[tuple[str, str, str]], tree: Path) -> None:
    page = (tree / "graded" / "class.html").read_text("utf-8")
    assert f"<strong>{SIZE}</strong> students graded" in page
    assert "the same, byte for byte" in page
    with open(tree / "graded" / "grades.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    scores = sorted(float(row["score"]) for row in rows)
    assert len(scores) == SIZE
    middle = (scores[(SIZE - 1) // 2] + scores[SIZE // 2]) / 2
    assert f"Median {middle:g} of 100 points" in page


@pytest.mark.slow
def test_who_falls_and_rises_is_what_the_change_does(walked: list[tuple[str, str, str]], tree: Path) -> None:
    old = {one.id: one for one in store.read(tree / "graded")}
    want = 0
    for one in store.read(tree / "graded-new"):
        before = old[one.id].lines
        step = 2 * (before["backprop_W2"].verdict == "passed") - 2 * (before["forward_e1"].verdict == "passed")
        assert one.score == old[one.id].score + step
        want += step < 0
    said = next(came for command, _, came in walked if " compare " in command)
    assert re.search(rf"compared: {want} falls?, ", said), said
