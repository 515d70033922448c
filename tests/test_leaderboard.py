"""The leaderboard: who enters it, with what, and that nobody loses a point by it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from autograder import grade as grading
from autograder import result as results
from autograder import rounds, rubric, submission
from autograder.asking.battery import PUBLIC_KEY
from autograder.asking.secret import TEST_SECRET
from autograder.policies import leaderboard
from autograder.sandbox import client as sandbox
from autograder.sandbox import replies

pytestmark = pytest.mark.usefixtures("as_in_grading")

ROOT = Path(__file__).resolve().parent.parent
SOLUTION = (ROOT / "solution" / "neural_net.py").read_bytes()
RULES = rubric.Leaderboard(on=True, starts=2, fit=0.01, most_hidden_units=20, most_steps=1000)
CONTRACT = dataclasses.replace(rubric.load(), leaderboard=RULES)
GOOD = {"hidden_units": 4, "steps": 300, "eta": 0.4}


def enter(proposed: dict[str, Any], **rules: Any) -> tuple[list[dict[str, Any]], str]:
    contract = dataclasses.replace(CONTRACT, leaderboard=RULES._replace(**rules))
    return leaderboard.enter(proposed, *rounds.Papers.of(contract, TEST_SECRET))


def grade(text: str, contract: rubric.Rubric = CONTRACT) -> results.Result:
    work = submission.Submission({submission.NAME: SOLUTION + text.encode()})
    return grading.grade(work, contract, pictures=False)


def test_a_race_that_is_won_is_entered_as_gradescope_wants_it() -> None:
    entries, note = enter(GOOD)
    assert [(e["name"], e["value"], e["order"]) for e in entries[:2]] == [
        ("Hidden units", 4, "asc"),
        ("Steps", 300, "asc"),
    ]
    assert entries[2]["name"] == "Fit"
    assert 0 < entries[2]["value"] <= 0.01
    assert note.startswith("On the leaderboard: 4 hidden units, 300 steps")
    assert enter(GOOD) == (entries, note), "the same race, the same fit"


def test_what_comes_first_is_the_teachers_choice() -> None:
    assert [e["name"] for e in enter(GOOD, by="steps")[0]] == ["Steps", "Hidden units", "Fit"]


def fits_are(monkeypatch: pytest.MonkeyPatch, public: list[float], hidden: list[float]) -> None:
    """Let the trainings come to these losses."""
    monkeypatch.setattr(leaderboard, "_fits", lambda paper, *_: iter(public if paper.battery.public else hidden))


@pytest.mark.parametrize(
    ("public", "hidden", "won", "words"),
    [
        ([0.001, 0.009], [0.002, 0.003], True, "fit 0.009"),
        ([0.001, 0.009], [0.001, 0.011], False, "from a hidden start"),
        ([0.001, 0.011], [0.001, 0.001], False, "from a public start"),
        ([float("inf"), 0.001], [0.001, 0.001], False, "not finite"),
        ([0.001, 0.001], [float("inf"), 0.001], False, "from a hidden start"),
    ],
)
def test_every_start_must_reach_the_fit(
    public: list[float], hidden: list[float], won: bool, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits_are(monkeypatch, public, hidden)
    entries, note = enter(GOOD)
    assert bool(entries) == won
    assert words in note
    assert ("Not on the leaderboard" in note) != won


def test_what_is_shown_of_a_race_does_not_depend_on_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in (0.002, 0.005):
        seen = []
        for hidden in ([0.003, 0.0031], [0.0039, 0.0041]):
            fits_are(monkeypatch, [0.0012, 0.0016], hidden)
            seen.append(enter(GOOD, fit=limit))
        assert seen[0] == seen[1]


def test_the_starts_follow_from_the_secret_and_differ() -> None:
    battery, new = (rounds.paper_for(CONTRACT, key).battery for key in (TEST_SECRET, PUBLIC_KEY))
    one, other = battery.race_start(0, 4), battery.race_start(1, 4)
    assert {k: v.shape for k, v in one.items()} == {"W1": (4, 2), "b1": (4,), "W2": (2, 4), "b2": (2,)}
    assert not (one["W1"] == other["W1"]).any()
    assert not (one["W1"] == new.race_start(0, 4)["W1"]).any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hidden_units": 0}, "hidden_units must be a whole number from 1 to 20"),
        ({"hidden_units": 21}, "hidden_units must be a whole number from 1 to 20"),
        ({"hidden_units": 4.5}, "hidden_units must be a whole number"),
        ({"hidden_units": None}, "needs three numbers"),
        ({"hidden_units": True}, "needs three numbers"),
        ({"hidden_units": "4"}, "needs three numbers"),
        ({"steps": 1001}, "steps must be a whole number from 1 to 1000"),
        ({"steps": -1}, "steps must be a whole number"),
        ({"steps": 1}, "from a public start, 4 hidden units do not come to a loss of 0.01 in 1 steps"),
        ({"eta": 0}, "eta must be above 0"),
        ({"eta": 1e6}, "eta must be above 0, and 100 at most"),
        ({"eta": 100}, "Not on the leaderboard"),
    ],
)
def test_wrong_numbers_get_a_kind_note(change: dict[str, Any], words: str) -> None:
    entries, note = enter(GOOD | change)
    assert entries == []
    assert words in note
    assert "costs nothing" in note


def test_a_submission_enters_by_a_dict_at_the_top_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grading, "load_secret", lambda: TEST_SECRET)
    result = grade('\nrace = {"hidden_units": 4, "steps": 300, "eta": 0.4}\n')
    page = results.gradescope(result)
    assert page["score"] == 100
    assert [e["name"] for e in page["leaderboard"]] == ["Hidden units", "Steps", "Fit"]
    assert "On the leaderboard" in page["output"]
    off = results.gradescope(
        grade(f"\nrace = {GOOD}\n", dataclasses.replace(CONTRACT, leaderboard=rubric.Leaderboard()))
    )
    assert "leaderboard" not in off
    assert "leaderboard" not in off["output"]


@pytest.mark.parametrize(
    "text",
    [
        "race = {}", "race = {'hidden_units': 'x', 'steps': [1], 'eta': None}", "race = 7", "def race():\n    pass",
        "race = {'hidden_units': 10**400, 'steps': float('nan'), 'eta': -float('inf')}",
        "class Odd(int):\n    def __abs__(self):\n        raise SystemExit\nrace = {'steps': Odd(3), 'eta': Odd(3)}",
        "race = {'hidden_units': 4, 'steps': 3, 'eta': 0.4} | {i: 'x' * 1000 for i in range(1000)}",
        "race = {'hidden_units': 4, 'steps': 10**8, 'eta': 0.4}",
        "class D(dict):\n    pass\nrace = D(hidden_units=4, steps=300, eta=0.4)",
    ],
)  # fmt: skip
def test_no_race_costs_a_point(text: str) -> None:
    result = grade("\n" + text + "\n")
    assert (result.total, result.leaderboard, result.fault) == (100, [], "")
    assert all("Not on the leaderboard" in note for note in result.notes)


def test_only_a_program_that_trains_enters() -> None:
    wrong = "def backprop(*arguments):\n    return {}\ndef update(p, g, eta):\n    return p\n"
    result = grade(f"\nrace = {GOOD}\n{wrong}")
    assert result.leaderboard == []
    assert any("for programs that train" in note for note in result.notes)


def test_a_race_that_breaks_costs_the_entry_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaderboard, "enter", lambda *_: 1 / 0)
    result = grade(f"\nrace = {GOOD}\n")
    assert (result.total, result.faulty, result.leaderboard) == (100, False, [])
    assert any("race could not be run" in line for line in result.staff)


def test_the_worker_hands_over_three_numbers_and_nothing_else() -> None:
    text = b'race = {"hidden_units": 4, "steps": "many", "eta": 0.4, "more": [1]}'
    with sandbox.Sandbox({submission.NAME: text}, submission.NAME) as box:
        assert box.load().rest["race"] == {"hidden_units": 4, "eta": 0.4}
    with sandbox.Sandbox({submission.NAME: b"race = [4, 200, 0.4]"}, submission.NAME) as box:
        assert "race" not in box.load().rest


@pytest.mark.parametrize("forged", [[1], "x", {"eta": "0.4"}, {"eta": float("nan")}, {"eta": 1e300}, {"eta": True}])
def test_what_a_forged_answer_may_carry_is_numbers(forged: Any) -> None:
    assert replies.typed_rest({"race": forged}).get("race", {}) == {}
