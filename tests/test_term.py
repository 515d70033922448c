"""A new term's hidden inputs: one command, and every promise about them holds."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import grade as grading
from autograder import rubric
from autograder.course import term
from tests.support import ROOT, copy_grader, on_linux, one_error_line, one_point_more, with_setting

TEXT = rubric.FILE.read_text("utf-8")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_grader(tmp_path)


def edit(tree: Path, change: Callable[[str], str]) -> None:
    path = tree / "autograder" / "rubric.toml"
    path.write_text(change(path.read_text("utf-8")), "utf-8")


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=tree, capture_output=True, text=True, timeout=120,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def contents(tree: Path) -> dict[str, bytes]:
    return {p.relative_to(tree).as_posix(): p.read_bytes() for p in sorted(tree.rglob("*")) if p.is_file()}


def test_a_new_term_changes_the_seed_and_the_hidden_angles_and_nothing_else(tree: Path) -> None:
    before = contents(tree)
    seed = term.renew(root=tree)
    after = contents(tree)
    assert {name for name in after if after[name] != before.get(name)} == {
        "autograder/rubric.toml",
        "data/hidden_angles.csv",
    }
    assert after.keys() == before.keys()
    assert rubric.load(tree / "autograder" / "rubric.toml").seed == seed
    assert seed != rubric.load().seed


def test_the_same_seed_makes_the_same_term_and_another_another(tree: Path) -> None:
    term.renew(1234, tree)
    first = contents(tree)
    term.renew(5678, tree)
    other = contents(tree)
    term.renew(1234, tree)
    assert contents(tree) == first
    assert first["data/hidden_angles.csv"] != other["data/hidden_angles.csv"]
    seeds = {term.renew(root=tree) for _ in range(3)}
    assert len(seeds) == 3
    assert max(seeds) > 2**32, "nobody can try them all"


def test_the_shipped_seed_makes_the_shipped_files(tree: Path) -> None:
    before = contents(tree)
    term.renew(rubric.load().seed, tree)
    assert contents(tree) == before


@pytest.mark.parametrize("seed", [0, 7, 20270417, 2**53 - 1, 2**63 - 1])
def test_comments_and_columns_of_the_rubric_stay(seed: int) -> None:
    text = term.with_seed(TEXT, seed)
    assert re.sub(r"(?m)^seed = \d+ +#", "seed = #", text) == re.sub(r"(?m)^seed = \d+ +#", "seed = #", TEXT)
    assert term.with_seed(text, rubric.load().seed) == TEXT or seed > 10**17
    new, old = (next(row for row in t.split("\n") if row.startswith("seed")) for t in (text, TEXT))
    assert new.index("#") == old.index("#") or seed > 10**17


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("seed=1\r\n# seed = 2\r\n", "seed=99\r\n# seed = 2\r\n"),
        ("seed  =  1_000#x\n[a]\nseed = 3\n", "seed  =  99#x\n[a]\nseed = 3\n"),
        ("# seed = 5\nseed = 1", "# seed = 5\nseed = 99"),
    ],
)
def test_only_the_number_of_the_seed_is_changed(text: str, changed: str) -> None:
    assert term.with_seed(text, 99) == changed


@pytest.mark.parametrize("text", ["", "sead = 1\n", "[limits]\nseed = 1\n", "seed = 0x10\n", 'seed = "a"\n'])
def test_a_rubric_without_a_plain_seed_is_refused(text: str) -> None:
    with pytest.raises(term.Unfit, match=r"has no line like this one"):
        term.with_seed(text, 99)


def test_a_seed_that_is_not_fair_is_passed_over_or_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(tree)
    monkeypatch.setattr(term, "unfair", lambda _, seed, *__: "it is odd" if seed % 2 else "")
    with pytest.raises(term.Unfit, match="seed 5 does not do: it is odd"):
        term.renew(5, tree)
    assert contents(tree) == before
    seeds = iter([3, 5, 8, 10])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(seeds))
    assert term.renew(root=tree) == 8
    monkeypatch.setattr("secrets.randbelow", lambda _: 1)
    with pytest.raises(term.Unfit, match="no seed of 100 does: it is odd"):
        term.renew(root=tree)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("eta", "3.0", "the loss of a right program rises"),
        ("ladder", "[0.3, 0.1, 0.0001]", "fits to 0.00.* only, and 0.0001 is asked"),
        ("ladder", "[0.9, 0.1, 0.04]", r"predicting the mean costs 0\.\d+, and 0.9 earns"),
    ],
)
def test_a_training_that_is_not_fair_is_refused(name: str, value: str, words: str, tree: Path) -> None:
    edit(tree, lambda text: with_setting(text, name, value))
    before = contents(tree)
    with pytest.raises(term.Unfit, match=words):
        term.renew(1, tree)
    assert contents(tree) == before


def test_a_write_that_fails_leaves_both_files_as_they_were(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(tree)
    put = term.files.put

    def full(path: Path, text: str) -> None:
        if path.name == "rubric.toml":
            raise OSError(28, "No space left on device", str(path))
        put(path, text)

    monkeypatch.setattr(term.files, "put", full)
    with pytest.raises(OSError, match="No space"):
        term.renew(1, tree)
    assert contents(tree) == before


@pytest.mark.slow
def test_the_ladder_is_fair_on_40_seeds(tree: Path) -> None:
    """A right program has all points for the fit, with room to spare.  (Measured once on 1,000: see rubric.toml.)"""
    make = term._maker(tree)
    contract = rubric.load()
    trained = make["text"](make["FILES"]["semicircle.csv"])
    for seed in [rubric.load().seed, 0, 2**63 - 1, *range(1, 38)]:
        hidden = make["text"](lambda seed=seed: make["hidden"](seed))
        assert term.unfair(contract, seed, trained, hidden) == ""
        theta = grading.table(hidden)["theta"]
        knots = grading.table(trained)["theta"]
        assert np.abs(theta[:, None] - knots).min() >= 0.1 * np.pi / 16
        assert (np.bincount(np.searchsorted(knots, theta), minlength=17) == [0] + [3] * 16).all()


@on_linux
@pytest.mark.slow
def test_the_command_says_what_to_do_next_and_all_promises_hold(tree: Path) -> None:
    (tree / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "test_data.py", tree / "tests")
    done = run(tree, "-m", "autograder", "term")
    assert done.returncode == 0, done.stderr
    seed = rubric.load(tree / "autograder" / "rubric.toml").seed
    assert f"seed = {seed} in autograder/rubric.toml" in done.stdout
    assert re.findall(r"python -m autograder (\w+)", done.stdout) == ["selfcheck", "build"]
    promises = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_data.py")
    assert promises.returncode == 0, promises.stdout
    graded = run(tree, "-m", "autograder", "grade", "solution", "--no-report", "--quiet")
    assert graded.returncode == 0, graded.stderr
    assert json.loads((tree / "results.json").read_text("utf-8"))["score"] == 100


@on_linux
@pytest.mark.parametrize(
    ("arguments", "change", "words"),
    [
        (["--seed", "-1"], None, "-1 is no seed"),
        (["--seed", str(2**63)], None, "is no seed"),
        ([], one_point_more, "the points add up to 101"),
        (["--seed", "1"], lambda text: with_setting(text, "eta", "3.0"), "rises on the way"),
    ],
)
def test_what_can_not_be_done_is_one_line_and_changes_nothing(
    arguments: list[str], change: Any, words: str, tree: Path
) -> None:
    if change:
        edit(tree, change)
    before = contents(tree)
    done = run(tree, "-m", "autograder", "term", *arguments)
    assert words in one_error_line(done)
    assert contents(tree) == before
