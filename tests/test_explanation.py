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


def said_of(result: Result, key: str) -> str:
    (text,) = (row.text for row in result.rows if row.criterion.key == key and row.verdict == "failed")
    return " ".join(text.split())


@pytest.mark.parametrize(("gradient", "said"), [
    ("np.ones((len(h), 3))[:, 3]", "axis 1 has 3 entries"),  # and K = 3
    ("h[:, h.shape[1]]", "axis 1 has 9 (N) entries"),
    ("np.ones((5, 7))", '"W2" of shape (5, 7).'),  # and D = 5, n = 7
    ("h.T @ epsilon", '"W2" of shape (9, 3), which is (N, K).'),
])  # fmt: skip
def test_a_letter_is_given_only_to_what_is_that_size_for_all_inputs(gradient: str, said: str, tmp_path: Path) -> None:
    assert said in said_of(hand_in(tmp_path, gradient), "backprop_W2")


def test_a_function_that_is_there_is_not_said_to_be_missing(tmp_path: Path) -> None:
    shadowed = hand_in(tmp_path, "epsilon.T @ h", "\nloss = loss(np.ones((2, 2)), np.zeros((2, 2)))\n")
    assert "in neural_net.py" not in said_of(shadowed, "loss_value")
    assert "gives its name to something else" in said_of(shadowed, "loss_value")
    unsure = hand_in(tmp_path, "epsilon.T @ h", "\ndel loss\nif not np.pi:\n    loss = 1\n")
    assert "may give its name to something else" in said_of(unsure, "loss_value")
    (tmp_path / "neural_net.py").write_text("try:\n    import x\n    def loss(a, b): pass\nexcept ImportError: pass\n")
    tried = said_of(grading.grade(tmp_path / "neural_net.py", pictures=False), "loss_value")
    assert "in neural_net.py" not in tried
    assert "loss in line 3 is inside of try. Move it to the top level" in tried


def test_hints_are_given_to_what_they_can_be_true_of(tmp_path: Path) -> None:
    small = said_of(hand_in(tmp_path, "epsilon.T @ h / (1 + (len(x) == 1))"), "backprop_sizes")
    assert "wrong only when n = 1" in small
    assert "Keep two dimensions" not in small
    far = said_of(hand_in(tmp_path, "epsilon.T @ h * [[1][np.abs(e1).max() > 90]]"), "backprop_large")
    assert "wrong for large ones" in far
    assert "clipped" not in far


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
