"""What is said where the hidden and the public battery disagree, and of results that change from call to call."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder import grade as grading
from autograder.asking.secret import TEST_SECRET
from autograder.result import Result
from tests.support import SOLUTION

GRADIENT = '"W2": epsilon.T @ h,'
NOISE = {
    "the function draws": "1e-3 * np.random.randn(*params['W2'].shape)",
    "it makes its own generator": "1e-3 * np.random.default_rng().normal(size=params['W2'].shape)",
}
KEPT = {
    "a counter": ("CALLS = []\n", "(CALLS.append(1) or 1 + len(CALLS))"),
    "one generator for all calls": ("RNG = np.random.default_rng()\n", "RNG.normal()"),
}


def hand_in(folder: Path, gradient: str, before: str = "") -> Result:
    text = SOLUTION.read_text("utf-8").replace(GRADIENT, f'"W2": {gradient},')
    (folder / "neural_net.py").write_text(text + before, "utf-8")
    return grading.grade(folder / "neural_net.py", pictures=False)


def reasons(result: Result) -> dict[str, str]:
    return {row.criterion.key: row.misconception for row in result.rows if row.verdict != "passed"}


@pytest.mark.parametrize("noise", NOISE)
def test_random_numbers_are_named(noise: str, tmp_path: Path) -> None:
    assert reasons(hand_in(tmp_path, f"epsilon.T @ h + {NOISE[noise]}")) == {"backprop_W2": "random"}


@pytest.mark.parametrize("kept", KEPT)
def test_what_is_kept_from_call_to_call_is_named(kept: str, tmp_path: Path) -> None:
    before, factor = KEPT[kept]
    assert reasons(hand_in(tmp_path, f"epsilon.T @ h * {factor}", before))["backprop_W2"] == "unsteady"


def test_a_value_wrong_for_public_inputs_only_says_nothing_false(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading, "load_secret", lambda: TEST_SECRET)
    result = hand_in(tmp_path, "epsilon.T @ h * (1 + (len(y) in SIZES))", f"SIZES = {public_only()}\n")
    (row,) = (row for row in result.rows if row.criterion.key == "backprop_sizes")
    assert row.verdict == "failed"
    assert "not checked" not in row.text.lower()
    assert row.text.startswith("Not correct for hidden inputs of this kind")


def public_only() -> set[int]:
    """Values of n in the general inputs of the public battery, and in none of the hidden one's."""
    from autograder import rounds, rubric

    papers = rounds.Papers.of(rubric.load(), TEST_SECRET)
    seen = [{len(p.y) for a in ("logistic", "tanh") for p in paper.battery.general(a)} for paper in papers]
    assert seen[1] - seen[0]
    return seen[1] - seen[0]


def test_an_explanation_that_fails_costs_its_words_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograder.diagnosis.messages import Messages

    def fail(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(Messages, "lost", fail)
    result = hand_in(tmp_path, "epsilon.T @ h * 3")
    assert not result.faulty
    assert any(row.verdict == "failed" and "no more to say" in row.text for row in result.rows)
    assert any("RecursionError" in line for line in result.staff)
