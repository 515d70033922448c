"""The guide, walked through: each command of docs/guide.md runs in a copy of the tree and prints what the guide says.

With hypothesis's profile "full" selfcheck runs too, which takes minutes.
"""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.course import store
from tests import classroom
from tests.support import ROOT, by_profile
from tests.test_pages_in_browser import browser as browser
from tests.test_pages_in_browser import requests

GUIDE = ROOT / "docs" / "guide.md"
SIZE = 24
WITH_SELFCHECK = by_profile(quick=False, ci=False, full=True)
LATE = {f"student{n}@school.example": n for n in (23, 24)}
AGAIN = "submission_310000370"  # the student who submits again
Walk = list[tuple[str, str, str]]


def steps() -> list[tuple[str, str]]:
    """The commands of the guide, and what is below them.  A command with <<'END' goes on to the line END."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"^```console\n(.*?)^```", GUIDE.read_text("utf-8"), re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            whole = re.match(r"(?s).*?<<'END'\n.*?^END$|[^\n]*", part, re.M if "<<'END'" in part.split("\n")[0] else 0)
            assert whole
            found.append((whole[0], part[whole.end() :].strip()))
    return found


def pattern(expected: str) -> str:
    """A regular expression for an output with ... in it."""
    return "(?s)" + re.escape(expected).replace(r"\.\.\.", ".*")


def copy_tree(copy: Path) -> Path:
    """Copy the tree so that setup.sh finds it set up with this Python: nothing is downloaded."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode()
    names = [n for n in listed.split("\0") if n] or [
        str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts
    ]
    for name in names:
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    programs = {"python": "", "autograder": f" -s {shlex.quote(f'{copy}/autograder')}"}
    for name, arguments in programs.items():
        program = copy / ".venv" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)}{arguments} "$@"\n', "utf-8")
        program.chmod(0o755)
    sums = subprocess.run(
        ["cksum", "requirements-dev.txt", "setup.sh"], cwd=copy, capture_output=True, text=True, check=True
    )
    (copy / ".venv" / "setup-stamp").write_text(f"{copy} {sums.stdout.rstrip()}", "utf-8")
    return copy


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_tree(tmp_path_factory.mktemp("guide"))


@pytest.fixture(scope="module")
def walked(tree: Path) -> Walk:
    """Each command, what the guide says of it, and what it printed.  One that fails ends the walk."""
    done = []
    environment = os.environ | {"LC_ALL": "C.UTF-8", "PYTHONPATH": "", "COLUMNS": "120"}
    for command, expected in steps():
        if "selfcheck" in command and not WITH_SELFCHECK:
            continue
        ran = subprocess.run(
            ["bash", "-c", command], cwd=tree, env=environment, capture_output=True, text=True, timeout=3000
        )
        assert ran.returncode == 0, f"{command}: {ran.stdout[-1000:]}{ran.stderr[-2000:]}"
        done.append((command, expected, ran.stdout.strip()))
    return done


@pytest.fixture(scope="module")
def graded(walked: Walk, tree: Path) -> dict[str, store.Graded]:
    """The class after all decisions and the second submission, by email."""
    return {one.students[0]["email"]: one for _, one in store.read(tree / "graded") if one}


def test_every_step_of_a_term_is_in_the_guide() -> None:
    commands = "\n".join(command for command, _ in steps())
    for word in ("setup.sh", "grade solution", "term", "selfcheck", "build", "--roster", "--decisions", "compare"):
        assert word in commands
    for word in ("[late]", "[[extension]]", "[[correction]]", "gradebook-filled.csv"):
        assert word in commands


def test_a_command_of_several_lines_is_one_step() -> None:
    several = [command for command, _ in steps() if "\n" in command]
    assert len(several) == 2
    assert all(command.endswith("\nEND") for command in several)


@pytest.mark.slow
def test_every_command_gives_what_the_guide_says(walked: Walk) -> None:
    for command, expected, printed in walked:
        assert re.fullmatch(pattern(expected), printed), f"{command}\n--- guide\n{expected}\n--- printed\n{printed}"


@pytest.mark.slow
def test_the_files_that_the_guide_names_are_there(walked: Walk, tree: Path) -> None:
    for name in re.findall(r"`(graded[\w/.-]*|changes\.html|\w+\.zip)`", GUIDE.read_text("utf-8")):
        assert (tree / name).exists() or (tree / "dist" / name).exists(), name
    assert (tree / "autograder" / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_the_made_up_class_gets_what_it_must(graded: dict[str, store.Graded], tmp_path: Path) -> None:
    known = {one.email: one for one in classroom.make(tmp_path / "class", SIZE) if one.folder != AGAIN}
    assert graded.keys() >= known.keys()
    for email, expected in known.items():
        found = graded[email]
        assert not found.fault
        lost = {key for key, line in found.lines.items() if line.verdict != "passed"}
        assert expected.lost <= lost, email
        assert all(key.split("_")[0] in (*expected.functions, "training") for key in lost), email
        if expected.score is not None and email not in LATE:
            assert expected.score == found.score, email
        # A mistake that is alone in its function is named.
        if len(expected.functions) == len(expected.mistakes) == 1 and expected.kind == "mistakes":
            assert expected.mistakes[0] in {line.misconception for line in found.lines.values()}, expected


@pytest.mark.slow
def test_late_days_and_decisions_count(graded: dict[str, store.Graded]) -> None:
    sums = {email: sum(line.score or 0 for line in one.lines.values()) for email, one in graded.items()}
    assert graded["student23@school.example"].score == sums["student23@school.example"] - 10
    assert graded["student24@school.example"].score == sums["student24@school.example"]
    assert graded["student4@school.example"].lines["loss_value"].score == 3
    assert next(one for one in graded.values() if one.id == AGAIN).score == 100


@pytest.mark.slow
def test_the_gradebook_has_every_grade_and_nothing_else(walked: Walk, tree: Path) -> None:
    before, after = (
        list(csv.reader((tree / name).read_text("utf-8").splitlines()))
        for name in ("gradebook.csv", "graded-new/gradebook-filled.csv")
    )
    assert [row[:-1] for row in after] == [row[:-1] for row in before]
    new = {one.students[0]["email"]: one.score for _, one in store.read(tree / "graded-new") if one}
    assert {row[3]: float(row[5]) for row in after[2:] if row[5]} == new
    assert after[-1][5] == ""


@pytest.mark.slow
def test_who_falls_and_rises_is_what_the_change_does(walked: Walk, tree: Path) -> None:
    old = {one.id: one for _, one in store.read(tree / "graded") if one}
    lose = 0
    for _, one in store.read(tree / "graded-new"):
        if one is None:
            continue
        before = old[one.id].lines
        step = 2 * (before["backprop_W2"].verdict == "passed") - 2 * (before["forward_e1"].verdict == "passed")
        assert one.score == max(old[one.id].score + step, 0)
        lose += step < 0
    printed = next(came for command, _, came in walked if " compare " in command)
    assert re.search(rf"compared: {lose} loses? points, ", printed), printed


@pytest.mark.browser
def test_the_class_report_opens_in_a_browser(walked: Walk, tree: Path, browser: Any) -> None:
    place = tree / "graded" / "class.html"
    browser.get("about:blank")
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(place.as_uri())
    assert requests(browser) == [place.as_uri()]
    assert browser.get_log("browser") == []
    browser.find_element("css selector", "#all thead th:nth-child(2) button").click()
    rows = browser.find_elements("css selector", "#all tbody tr")
    assert len(rows) == SIZE + 1  # with the student who submitted nothing
    browser.find_element("css selector", "#all tbody a").click()
    assert browser.current_url.startswith((tree / "graded" / "staff").as_uri())
    assert browser.find_element("css selector", "h1").is_displayed()
