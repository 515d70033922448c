"""Every attack reaches its goal against a naive grader, and none does against ours.

    tests/attacks/*.py      the attacks, each a whole submission, named by what it wants
    tests/attacks/naive.py  the grader that falls to them

An attack gains no point, gets no planted secret out, leaves nothing running or written, costs nobody a report, and
changes nothing for the submission that is graded after it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent / "attacks"))

import harness

from autograder import rounds, rubric
from autograder.asking.reference import load_data
from autograder.asking.secret import load_secret
from autograder.asking.transcript import Paper
from autograder.sandbox.layers import landlock
from tests.support import IS_ROOT, PLAIN_USER, plain_user_problem

if not sys.platform.startswith("linux"):
    pytest.skip("the sandbox needs Linux: run the tests there", allow_module_level=True)

KINDS = harness.KINDS
NAMES = harness.NAMES
LINES = len(rubric.load().criteria)


def test_there_are_attacks_of_every_kind() -> None:
    assert len(NAMES) >= 60
    assert {harness.kind(name) for name in NAMES} == set(KINDS)


def test_every_attack_states_its_goal() -> None:
    for name in NAMES:
        text = harness.docstring(name)
        assert text.startswith("Goal: "), name
        assert "Control" not in text or re.search(r"Control: none, because \w.*\.\n$", text), name


# Some that are over within two seconds are run before every commit, all of them by .ci/run.
QUICK = {"forges_an_answer_before_the_question"}


def with_marks(names: list[str]) -> list[Any]:
    """All these attacks as parameters; marked slow are all but a few."""
    return [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in names]


def test_the_quick_attacks_exist_and_are_of_several_kinds() -> None:
    assert set(NAMES) >= QUICK
    assert len({harness.kind(name) for name in QUICK}) == len(QUICK)


# --- running them once -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    """A folder that every user can reach: what stops an attack must not be pytest's own folders, closed to others."""
    folder = tempfile.mkdtemp(prefix="attacks-")
    os.chmod(folder, 0o755)
    yield Path(folder)
    # Not shutil: some attacks leave folders that are nested too deep for it.
    subprocess.run(["rm", "-rf", folder], check=True)


@pytest.fixture(scope="module")
def heard() -> Iterator[list[str]]:
    with harness.listening() as words:
        yield words


class Real:
    """The outcomes of the real grader, each made when it is first asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root / "under-attack"
        self.root.mkdir()
        self.source = harness.plant_grader(self.root)
        self.checksum = harness.checksum(self.source)
        self.outcomes: dict[str, harness.Outcome] = {}

    def __getitem__(self, name: str) -> harness.Outcome:
        if name not in self.outcomes:
            self.outcomes[name] = harness.run_real(name, self.root)
        return self.outcomes[name]


@pytest.fixture(scope="module")
def real(ground: Path) -> Real:
    return Real(ground)


def arrays_of(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """Every array in the arguments of some questions."""
    if isinstance(value, (dict, list, tuple)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from arrays_of(one)
    elif isinstance(value, np.ndarray):
        yield value


def firsts_of(value: Any) -> list[float]:
    """The first number of every array: what the attacks make codes of."""
    return [float(array.flat[0]) for array in arrays_of(value) if array.size]


def inputs_of(paper: Paper) -> list[Any]:
    """The arguments of all questions of a battery, and what it trains and fits with."""
    battery = paper.battery
    asked = [question.probe.arguments(question.function) for question in battery.questions]
    return [asked, battery.start(), *battery.angles()]


@cache
def papers() -> rounds.Papers:
    return rounds.Papers.of(rubric.load(), load_secret())


@cache
def public_inputs() -> frozenset[str]:
    """The inputs that everybody may know: of the public battery and of the training."""
    arrays = arrays_of([inputs_of(papers().public), load_data()["x"]])
    return frozenset(float(number).hex() for array in arrays for number in array.flat)


@cache
def hidden_codes() -> frozenset[str]:
    """The codes of the first numbers of all other arrays, but for round ones, and of those of the naive grader."""
    naive: dict[str, Any] = {}
    exec(harness.HIDDEN, naive)
    known = {text for n in firsts_of([inputs_of(papers().public), load_data()["x"]]) for text in harness.codes(n)}
    hidden = firsts_of([inputs_of(papers().hidden), naive["inputs"](np)])
    return frozenset(text for n in hidden if len(n.hex()) > 16 for text in harness.codes(n)) - known


# --- the control -----------------------------------------------------------------------------------------------------

CONTAINED = harness.can_contain()
needs_namespaces = pytest.mark.skipif(
    not CONTAINED, reason="run the tests as root; this kernel or container gives no namespaces"
)


@needs_namespaces
def test_the_naive_grader_grades_honest_work(ground: Path) -> None:
    assert harness.run_naive("correct", ground / "naive-correct").score == 100
    assert harness.run_naive("wrong", ground / "naive-wrong").score == 0


def reached(name: str, outcome: harness.Outcome, heard: list[str]) -> bool:
    """Whether an attack got from the naive grader what it wants."""
    if outcome.reached:
        return True
    unfair = harness.base_of(name) == "wrong" and outcome.score > 0
    return {
        "leaks": bool(outcome.secrets or outcome.inputs() or outcome.codes(hidden_codes())),
        "forges": unfair,
        "hangs": not outcome.ended,
        "brings": bool(outcome.secrets) or unfair or not outcome.page or not outcome.ended,
        "takes_down": not outcome.page or len(outcome.text) > 100_000,
        "outlives": bool(outcome.left),
        "leaves": bool(heard),
        "gets_back": False,
    }[harness.kind(name)]


@needs_namespaces
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if harness.has_control(name)])
def test_an_attack_reaches_its_goal_where_nothing_stops_it(name: str, ground: Path, heard: list[str]) -> None:
    heard.clear()
    outcome = harness.run_naive(name, ground / f"naive-{name}", 1 if name.startswith("hangs") else 20)
    assert reached(name, outcome, heard), (outcome.score, outcome.text[-2000:])


# --- the real grader -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_honest_work_gets_what_it_is_worth(real: Real) -> None:
    assert real["correct"].score == 100
    assert real["wrong"].score <= 5


@pytest.mark.parametrize("name", with_marks(NAMES))
def test_an_attack_fails(name: str, real: Real, heard: list[str]) -> None:
    heard.clear()
    outcome = real[name]
    assert outcome.ended, "the grader did not come back"
    assert not outcome.secrets
    assert not outcome.inputs(public_inputs())
    assert not outcome.codes(hidden_codes())
    assert not outcome.left
    assert not heard
    assert harness.checksum(real.source) == real.checksum, "the grader's files are others"
    check_report(name, outcome)
    check_score(name, outcome, real)


def check_report(name: str, outcome: harness.Outcome) -> None:
    """A whole report: every line, a score each, no fault of the grader's, nothing over Gradescope's bounds."""
    page = outcome.page
    assert "grader_fault" not in page["extra_data"], page["extra_data"]
    assert len(page["tests"]) == LINES
    for test in page["tests"]:
        assert 0 <= test["score"] <= test["max_score"]
        assert test["status"] in ("passed", "failed")
        assert len(test["output"]) < 100_000
    assert page["score"] == sum(test["score"] for test in page["tests"])
    assert len(page["output"]) < 100_000
    shown = [page["output"], *(test["output"] for test in page["tests"])]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", "".join(shown))


def check_score(name: str, outcome: harness.Outcome, real: Real) -> None:
    """No point more than the honest base of an attack; and where only the attack could cost points, no point less."""
    assert outcome.score <= real[harness.base_of(name)].score
    text = (harness.HERE / f"{name}.py").read_text()
    replaced = re.search(
        r"^(def (forward|loss|backprop|update)|loss = |#: (repeat|link neural|fifo neural))", text, re.M
    )
    if harness.base_of(name) == "correct" and not replaced and name not in COSTS_ITSELF:
        assert outcome.score == 100, outcome.page["output"]


# Attacks whose own worker cannot live on, or which loops, before its functions are there.
COSTS_ITSELF = {
    "hangs_at_import",
    "hangs_by_never_listening",
    "hangs_when_flushed",
    "takes_down_the_clean_up",
    "takes_down_the_compiler_with_a_constant",
    "takes_down_the_disk_with_many_files",
    "takes_down_the_folder_with_many_files",
    "takes_down_the_grader_by_exit",
    "takes_down_the_interpreter_at_import",
    "takes_down_by_deleting_everything",
    "takes_down_by_replacing_the_module",
}


@pytest.mark.slow
def test_the_page_of_a_hostile_submission_is_text(real: Real) -> None:
    """Gradescope shows lines of the format text as text; the others are HTML, and then nothing of theirs is markup."""
    page = real["forges_the_page"].page
    for test in page["tests"]:
        if test["output_format"] == "html":
            assert "<script" not in test["output"]
            assert "onerror=" not in re.sub(r"&[a-z]+;.*?&gt;", "", test["output"])
    assert page["output_format"] == "text"


# --- one after the other, with one server ----------------------------------------------------------------------------


SETTINGS = {
    "as it is": {},
    "as root without Landlock": {"kernel": "old"},
    "as a plain user": {"uid": PLAIN_USER},
}


# What the way of locking makes a difference for, and does not take long.
DEPENDS = ("leaks", "brings", "outlives", "leaves", "gets_back")
SERIES = [(setting, kind) for setting in SETTINGS for kind in KINDS if setting == "as it is" or kind in DEPENDS]


@pytest.fixture
def setting(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param != "as it is" and not IS_ROOT:
        pytest.skip("run the tests as root, to be somebody else")
    if request.param == "as a plain user":
        if problem := plain_user_problem():
            pytest.skip(problem)
        if not landlock.version():
            pytest.skip("this kernel has no Landlock, which a plain user needs")
    return dict(SETTINGS[request.param])


@pytest.mark.slow
@pytest.mark.parametrize(("setting", "kind"), SERIES, indirect=["setting"])
def test_the_next_submission_is_graded_as_ever(
    kind: str, setting: dict[str, Any], ground: Path, heard: list[str]
) -> None:
    """All attacks of a kind in one process of the grader, after each of them the correct submission."""
    from naive import left_behind

    names = [name for name in NAMES if harness.kind(name) == kind]
    place = ground / f"series-{kind}-{len(list(ground.iterdir()))}"
    place.mkdir()
    source = harness.plant_grader(place / "under-attack")
    if "uid" in setting:
        subprocess.run(["chown", "-R", str(setting["uid"]), str(place)], check=True)
    before = harness.checksum(source)
    heard.clear()
    outcomes = harness.run_series(names, place / "submissions", source, **setting)
    assert not left_behind(harness.MARK)
    assert not heard
    assert harness.checksum(source) == before
    for name, (attack, following) in outcomes.items():
        assert not attack.secrets, name
        assert not attack.inputs(public_inputs()), name
        assert not attack.codes(hidden_codes()), name
        assert "grader_fault" not in attack.page["extra_data"], (name, attack.page["extra_data"])
        assert len(attack.page["tests"]) == LINES, name
        assert attack.score <= (100 if harness.base_of(name) == "correct" else 5), name
        assert following.score == 100, name
        assert not following.secrets, name
        assert not re.search("REACHED|forged|remember me", following.page["output"]), name
