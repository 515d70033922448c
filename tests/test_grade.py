"""A submission goes in, a fair grade comes out: whatever is handed in, and whatever breaks in the grader itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import grade as grading
from autograder import hidden_tests, rounds, rubric
from autograder import result as results
from autograder.asking import reference
from autograder.asking.battery import PUBLIC_KEY
from autograder.grade import grade
from autograder.hidden_tests import test_loss
from autograder.sandbox.client import GraderFault, Limits
from tests import support
from tests.support import ROOT, with_setting

SOLUTION = support.SOLUTION.read_text("utf-8")
SKELETON = (ROOT / "student" / "neural_net.py").read_text("utf-8")
LOSS = "return float(np.sum((y - yhat) ** 2) / (2 * len(y)))"
LINES = rubric.load().by_key
POINTS = {
    function: sum(line.points for line in LINES.values() if line.function == function)
    for function in ("forward", "loss", "backprop", "update", "training")
}


def swap(old: str, new: str, text: str = SOLUTION) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def hand_in(folder: Path, content: str | bytes, name: str = "neural_net.py") -> results.Result:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return whole(grade(folder, pictures=False))


def whole(result: results.Result) -> results.Result:
    """Whatever happened: the page is complete and Gradescope can read it."""
    page = json.loads(json.dumps(results.gradescope(result), allow_nan=False))
    lines = rubric.load().criteria
    if result.fault:
        return result
    assert [t["number"] for t in page["tests"] if "number" in t] == [line.number for line in lines]
    assert page["score"] == pytest.approx(sum(t.get("score", 0) for t in page["tests"]))
    for row in result.rows:
        assert row.verdict in results.VERDICTS
        assert 0 <= row.score <= row.criterion.points
        assert row.verdict == "passed" or row.text, f"{row.criterion.key} is lost without a word"
    assert "Traceback" not in json.dumps(page)
    assert str(ROOT) not in json.dumps(page)
    return result


def lost(result: results.Result) -> dict[str, float]:
    """Points lost, by function."""
    missing: dict[str, float] = {}
    for row in result.rows:
        if row.score < row.criterion.points:
            missing[row.criterion.function] = missing.get(row.criterion.function, 0) + row.criterion.points - row.score
    return missing


def said(result: results.Result) -> str:
    return "\n".join([*result.notes, *(row.text for row in result.rows)])


# --- the two ends ----------------------------------------------------------------------------------------------------


def test_the_solution_gets_everything(tmp_path: Path) -> None:
    result = hand_in(tmp_path, SOLUTION)
    assert result.score == 100
    assert said(result).strip() == ""
    assert not result.faulty


def test_the_skeleton_gets_nothing_and_is_told_what_is_not_written(tmp_path: Path) -> None:
    result = hand_in(tmp_path, SKELETON)
    assert result.score == 0
    for row in result.rows:
        want = "Not checked" if row.criterion.function == "training" else f"{row.criterion.function} is not written yet"
        assert row.text.startswith(want)


def test_the_skeleton_with_the_solutions_bodies_gets_everything(tmp_path: Path) -> None:
    bodies = iter(re.findall(r"    # BEGIN SOLUTION\n(.*?)    # END SOLUTION\n", SOLUTION, re.S))
    filled = re.sub(r"    raise NotImplementedError\(.*\)\n", lambda _: next(bodies), SKELETON)
    assert filled != SKELETON
    assert next(bodies, None) is None
    assert hand_in(tmp_path, filled).score == 100


@pytest.mark.parametrize("function", ["forward", "loss", "backprop", "update"])
def test_one_stub_costs_its_own_lines_and_says_so(function: str, tmp_path: Path) -> None:
    begin = SOLUTION.index("# BEGIN SOLUTION", SOLUTION.index(f"def {function}("))
    end = SOLUTION.index("# END SOLUTION", begin)
    result = hand_in(tmp_path, SOLUTION[:begin] + 'raise NotImplementedError("not yet")\n    ' + SOLUTION[end:])
    missing = lost(result)
    assert missing.pop(function) == POINTS[function]
    assert set(missing) <= {"training"}
    assert f"{function} is not written yet" in said(result)


@pytest.mark.slow
def test_the_same_submission_gets_the_same_page(tmp_path: Path) -> None:
    dice = "np.random.rand() + np.random.default_rng().random()"
    wrong = swap('"b1": delta.sum(axis=0)', f'"b1": delta.sum(axis=0) * {dice}') + f"\nprint({dice})\n"
    pages = []
    for name in ("one", "other"):
        page = results.gradescope(hand_in(tmp_path / name, wrong))
        del page["execution_time"]
        pages.append(json.dumps(page))
    assert pages[0] == pages[1]


# --- what bad input gets ---------------------------------------------------------------------------------------------

FINE: dict[str, tuple[str | bytes, str]] = {
    "BOM": (SOLUTION.encode("utf-8-sig"), ""),
    "CRLF": (SOLUTION.replace("\n", "\r\n"), ""),
    "CR": (SOLUTION.replace("\n", "\r"), ""),
    "Latin-1": (swap("return e1, h", "'é'; return e1, h").encode("latin-1"), "it was read as Latin-1"),
    "UTF-16": (SOLUTION.encode("utf-16"), "it was read as UTF-16"),
    "UTF-16 without a mark": (SOLUTION.encode("utf-16-be"), "it was read as UTF-16"),
    "an encoding cookie": ("# coding: latin-1\n# é\n".encode("latin-1") + SOLUTION.encode("ascii"), ""),
    "exit at the end": (SOLUTION + "\nexit()\n", "The file calls exit() in line"),
    "prints while it is read": (SOLUTION + "\nprint('hello from the file')\n", "hello from the file"),
    "prints in forward": (swap("    e1 = x @", "    print('shape', x.shape)\n    e1 = x @"), "shape (7, 5)"),
    "prints to stderr": (swap("    e1 = x @", "    import sys; sys.stderr.write('psst')\n    e1 = x @"), "psst"),
}


@pytest.mark.parametrize("kind", FINE)
def test_what_costs_nothing(kind: str, tmp_path: Path) -> None:
    content, words = FINE[kind]
    result = hand_in(tmp_path, content)
    assert result.score == 100
    assert words in said(result)


def test_prints_are_capped(tmp_path: Path) -> None:
    result = hand_in(tmp_path, swap("    e1 = x @", "    print('y' * 10**6)\n    e1 = x @"))
    assert result.score == 100
    assert 1000 < said(result).count("y") < 5000


def test_prints_for_hidden_inputs_are_not_shown(tmp_path: Path) -> None:
    result = hand_in(tmp_path, swap("    e1 = x @", "    print('n is', len(x))\n    e1 = x @"))
    public = rounds.paper_for(rubric.load(), PUBLIC_KEY).battery.general("logistic")[0]
    assert set(re.findall(r"n is (\d+)", said(result))) == {str(len(public.x))}


def all_of(function: str) -> dict[str, float]:
    """A function, with all its points."""
    return {function: POINTS[function]}


def points(*keys: str) -> float:
    return sum(LINES[key].points for key in keys)


FILE = {"training": LINES["training_file"].points}
BROKEN: dict[str, tuple[str | bytes, dict[str, float], list[str]]] = {
    "a syntax error": (
        swap(LOSS, LOSS[:-1]),
        all_of("loss") | FILE,
        [":  return float(", "a bracket is opened and not closed"],
    ),
    "a tab error": (
        swap("    epsilon = (yhat", "\tepsilon = (yhat"),
        all_of("backprop") | FILE,
        [":  epsilon = (yhat", "tabs and spaces are mixed"],
    ),
    "smart quotes": (
        swap('"W1": delta.T', "“W1”: delta.T"),
        all_of("backprop") | FILE,
        [":  “W1”", "typographic quotes"],
    ),
    "notebook magic": (
        "%matplotlib inline\n!pip install numpy\n" + SOLUTION,
        FILE,
        ["in line 1:  %matplotlib inline", "a command of a notebook"],
    ),
    "Python 2": (
        swap("    e1 = x @", "    print x\n    e1 = x @"),
        all_of("forward") | FILE,
        [":  print x", "print needs parentheses"],
    ),
    "a missing module": (
        swap("import numpy as np", "import numpy as np\nimport torch"),
        FILE,
        [":  import torch", "he module torch is not"],
    ),
    "a file that is not there": (
        SOLUTION + "\nopen('semicircle.csv')\n",
        FILE,
        ["FileNotFoundError in line", ":  open("],
    ),
    "asking for input": (
        SOLUTION + "\ninput('name? ')\n",
        FILE,
        ["the program asks for input"],
    ),
    "a zero byte": (swap("import numpy", "\0import numpy"), FILE, []),
    "a missing function": (
        swap("def loss(", "def helper("),
        all_of("loss"),
        ["There is no function named loss in neural_net.py"],
    ),
    "a misspelled function": (
        swap("def backprop(", "def back_prop("),
        all_of("backprop"),
        ["rename it to backprop"],
    ),
    "an argument too few": (
        swap("def loss(yhat, y)", "def loss(yhat)"),
        all_of("loss"),
        ["the error TypeError"],
    ),
    "an argument too many": (
        swap("def loss(yhat, y)", "def loss(yhat, y, n)"),
        all_of("loss"),
        ["the error TypeError"],
    ),
    "no return": (
        swap("    return e1, h, yhat\n", ""),
        all_of("forward"),
        ["Returned: None.", "forward has no return statement"],
    ),
    "a wrong type": (
        swap("    return e1, h, yhat\n", "    return yhat\n"),
        all_of("forward"),
        ["Returned: array of shape (", "Expected: a tuple (e1, h, yhat)"],
    ),
    "text for a number": (
        swap(LOSS, LOSS.replace("float(", "str(")),
        all_of("loss"),
        ["the loss is str", "Expected: a float"],
    ),
    "a wrong shape": (
        swap('"b1": delta.sum(axis=0)', '"b1": delta.sum(axis=1)'),
        {"backprop": points("backprop_b1_logistic", "backprop_b1_tanh")},
        ['"b1" of shape (7,), which is (n,)', "shape (9,), which is (N,)"],
    ),
    "NaN": (
        swap('"b2": epsilon.sum(axis=0)', '"b2": epsilon.sum(axis=0) * np.nan'),
        {"backprop": points("backprop_b2")},
        ['"b2" with NaN in 3 of 3 places'],
    ),
    "keys that are missing": (
        swap('        "b2": epsilon.sum(axis=0),\n', ""),
        {"backprop": points("backprop_b2")},
        ['a dict with the keys "W1", "b1", "W2"'],
    ),
    "exit in a function": (
        swap("    epsilon = (yhat", "    exit()\n    epsilon = (yhat"),
        all_of("backprop"),
        ["SystemExit in line", ":  exit()", "It must return instead"],
    ),
    "os._exit in a function": (
        swap("    epsilon = (yhat", "    import os; os._exit(0)\n    epsilon = (yhat"),
        all_of("backprop"),
        ["it ended the whole program"],
    ),
    "os._exit while it is read": (SOLUTION + "\nimport os\nos._exit(3)\n", POINTS, ["ended the whole program"]),
    "random bytes": (bytes(range(1, 256)) * 40, POINTS, ["There is no function named forward"]),
    "another program": ("print('hello')\n", POINTS, ["There is no function named forward", "hello"]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_costs_its_own_lines_and_is_said_in_words(kind: str, tmp_path: Path) -> None:
    content, missing, words = BROKEN[kind]
    result = hand_in(tmp_path, content)
    assert not result.faulty
    found = lost(result)
    for function, points in missing.items():
        assert found.pop(function, 0) == points, (function, said(result))
    # A function that is wrong where training asks may cost training, and nothing else.
    assert set(found) <= ({"training"} if len(missing) == 1 and missing != FILE else set()), found
    for word in words:
        assert word in said(result), said(result)


def test_refused_input_gets_every_line_and_one_reason(tmp_path: Path) -> None:
    result = hand_in(tmp_path, b"{}", name="work.ipynb")
    assert result.score == 0
    assert len(result.notes) == 1
    assert {row.text for row in result.rows} == set(result.notes)
    assert "A notebook can't be graded" in result.notes[0]


def test_a_misnamed_file_is_graded_with_a_note(tmp_path: Path) -> None:
    result = hand_in(tmp_path, SOLUTION, name="neural_net (1).py")
    assert result.score == 100
    assert "neural_net (1).py" in result.notes[0]


def test_a_syntax_error_is_told_once_and_nothing_false_with_it(tmp_path: Path) -> None:
    result = hand_in(tmp_path, swap(LOSS, LOSS[:-1]))
    assert len(result.notes) == 1
    (row,) = [row for row in result.rows if row.criterion.key == "training_file"]
    assert ":  return float(" in row.text


def test_a_function_that_is_defined_twice_is_a_note(tmp_path: Path) -> None:
    result = hand_in(tmp_path, SOLUTION + "\n\ndef loss(yhat, y):\n    raise NotImplementedError\n")
    assert re.search(r"loss is defined in lines \d+, \d+\. Python uses the last of them\.", said(result))


def test_a_note_accepts_only_what_is_right(tmp_path: Path) -> None:
    halves = "\n\nown = loss\n\ndef loss(yhat, y):\n    return np.float64(own(yhat, y)).reshape(1)"
    assert "one number in it; the contract says a float. Accepted." in said(hand_in(tmp_path / "a", SOLUTION + halves))
    wrong = said(hand_in(tmp_path / "b", SOLUTION + halves + " + 1"))
    assert "one number in it; the contract says a float." in wrong
    assert "Accepted" not in wrong


# --- never coming back -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.unmeasured
def test_a_hang_in_every_function_ends_in_a_complete_report(tmp_path: Path) -> None:
    text = SOLUTION
    for first in ("    e1 = x @", "    return float(", "    epsilon = (yhat", "    return {name: u"):
        text = swap(first, "    while True: pass\n" + first, text)
    result = hand_in(tmp_path, text)
    assert result.seconds < 60
    assert result.score == LINES["training_file"].points  # the file can be imported
    for function in POINTS:
        rows = [row for row in result.rows if row.criterion.function == function]
        if function != "training":
            assert "nothing within" in rows[0].text, rows[0].text
            assert "while True" in rows[0].text
            assert any("the call does not end" in row.text or "Not checked" in row.text for row in rows[1:])


@pytest.mark.slow
def test_a_hang_while_the_file_is_read_is_named(tmp_path: Path) -> None:
    result = hand_in(tmp_path, SOLUTION + "\nwhile True:\n    pass\n")
    assert result.seconds < 60
    assert result.score == 100 - LINES["training_file"].points  # what was defined before it is kept
    assert re.search(r"did not end within|it was stopped in line", said(result))
    assert "TimedOut" not in said(result)


# --- when the grader itself breaks -----------------------------------------------------------------------------------


@pytest.fixture
def broken_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Replaces the hidden test of the line loss_value."""

    def replace(body: Any) -> None:
        monkeypatch.setattr(test_loss.TestLoss, "test_value", hidden_tests.criterion("loss_value")(body))

    return replace


def skip(self: Any) -> None:
    self.skipTest("not today")


def subtest(self: Any) -> None:
    with self.subTest("one of many"):
        self.fail("no")


def numpy_score(self: Any) -> None:
    raise ZeroDivisionError("division by zero in /secret/path")


def system_exit(self: Any) -> None:
    raise SystemExit(0)


@pytest.mark.parametrize("body", [skip, subtest, numpy_score, system_exit])
def test_a_hidden_test_that_breaks_is_a_fault_of_its_line_and_never_a_zero(
    body: Any, broken_test: Any, tmp_path: Path
) -> None:
    broken_test(body)
    result = hand_in(tmp_path, SOLUTION)
    page = results.gradescope(result)
    assert [row.criterion.key for row in result.rows if row.verdict == "fault"] == ["loss_value"]
    assert result.score == 100 - LINES["loss_value"].points
    assert result.faulty
    (entry,) = [t for t in page["tests"] if t.get("number") == "2.1"]
    assert "score" not in entry
    assert "not a mistake of yours" in entry["output"]
    assert "/secret/path" not in entry["output"]
    (staff,) = [t for t in page["tests"] if "For staff" in t["name"]]
    assert staff["visibility"] == "hidden"
    assert "2.1 (loss_value) could not be judged" in staff["output"]
    assert page["extra_data"]["grader_fault"]
    assert page["extra_data"]["attempt"]


@pytest.mark.parametrize("where", ["setUpClass", "tearDownClass", "setUp", "tearDown"])
def test_a_class_that_breaks_is_a_fault_of_its_lines_only(
    where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fall(*_: object) -> None:
        raise RuntimeError("no ground")

    method: Any = classmethod(fall) if where.endswith("Class") else fall
    monkeypatch.setattr(test_loss.TestLoss, where, method)
    result = hand_in(tmp_path, SOLUTION)
    faults = {row.criterion.function for row in result.rows if row.verdict == "fault"}
    assert faults == {"loss"}
    assert result.score == 100 - POINTS["loss"]
    assert any("no ground" in line for line in result.staff)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["centred_differences", "complex_step", "recomputes_forward", "loop_over_samples"])
def test_staff_are_told_where_backprop_may_be_finite_differences(name: str) -> None:
    result = grade(ROOT / f"tests/submissions/correct/{name}.py", pictures=False)
    assert result.score == 100
    told = any("finite differences" in line for line in result.staff)
    assert told == (name in ("centred_differences", "complex_step"))
    assert "finite differences" not in str(results.gradescope(result))


def test_a_score_that_its_test_may_not_give_is_a_fault() -> None:
    value = rubric.load().by_key["loss_value"]
    good = {"class": "TestLoss", "score": value.points, "max_score": value.points, "verdict": "passed"}
    assert hidden_tests._verdict(value, good, {}).verdict == "passed"
    for change in ({"score": value.points + 1}, {"score": -1}, {"max_score": 10}):
        verdict = hidden_tests._verdict(value, good | change, {})
        assert (verdict.verdict, verdict.score) == ("fault", 0.0), change
    assert hidden_tests._verdict(value, None, {}).verdict == "fault"


def test_a_missing_solution_and_missing_data_are_faults_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, words in [
        ("SOLUTION", "the reference solution can't be loaded"),
        ("DATA", "data/nothing.csv can't be read"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(reference, name, tmp_path / "nothing.csv")
            for cached in ("load_reference", "load_data"):
                patch.setattr(rounds, cached, getattr(reference, cached).__wrapped__)
            patch.setattr(rounds, "paper_for", rounds.paper_for.__wrapped__)
            patch.setattr(grading, "control", grading.control.__wrapped__)
            result = hand_in(tmp_path / "in", SOLUTION)
        assert words in result.fault
        assert "\n" not in result.fault
        page = results.gradescope(result)
        assert "not a mistake of yours" in page["output"]
        assert [t["visibility"] for t in page["tests"]] == ["hidden"]


def test_a_broken_rubric_is_a_fault_with_its_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "rubric.toml"
    broken.write_text(with_setting(rubric.FILE.read_text("utf-8"), "points", "-6"), "utf-8")
    monkeypatch.setattr(rubric.load, "__defaults__", (broken,))
    result = grade(hand_in_folder(tmp_path), pictures=False)
    assert re.match(r"rubric.toml, line \d+: points = -6", result.fault)


def hand_in_folder(root: Path) -> Path:
    folder = root / "in"
    folder.mkdir()
    (folder / "neural_net.py").write_text(SOLUTION, "utf-8")
    return folder


def test_whatever_breaks_in_the_middle_is_the_graders_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for error in (GraderFault("no worker"), RuntimeError("something"), MemoryError()):

        def explode(*_: object, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(grading, "judge", explode)
            result = hand_in(tmp_path, SOLUTION)
        assert result.fault
        assert result.faulty
        assert result.score == 0
        assert result.in_use == (not isinstance(error, GraderFault))
        assert results.gradescope(result)["extra_data"]["grader_fault"]


def test_limits_of_the_rubric_are_kept() -> None:
    limits = rubric.load().limits
    assert isinstance(limits, Limits)
    # Everything that may be waited for, far inside Gradescope's ten minutes.
    assert limits.whole + limits.train * limits.wall + limits.load < 120
