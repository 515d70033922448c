"""The selfcheck sees what is broken: a tolerance, a hidden test, a declaration, a name, a grade that changes."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import cli, rubric
from autograder import grade as grading
from autograder import result as results
from autograder.asking.reference import SOLUTION, load_reference
from autograder.diagnosis.diagnose import Explanation
from autograder.diagnosis.operators import OPERATORS
from autograder.hidden_tests import HiddenTest, criterion
from autograder.hidden_tests import test_backprop as hidden_backprop
from autograder.selfcheck import bench, mutants
from autograder.selfcheck import report as pages
from autograder.selfcheck import run as selfcheck
from autograder.selfcheck.behaviors import BEHAVIORS
from autograder.selfcheck.bench import InProcessSandbox, Line, examine
from autograder.selfcheck.run import Outcome, Program, Proof

CONTRACT = rubric.load()
SINGLES = {m.name: m for m in mutants.singles()}
DB = SINGLES["bias_from_weights (b2 sum)"]
SLOPE = SINGLES["slope_missing (slope logistic, slope tanh)"]
WRONG = selfcheck.SUBMISSIONS / "wrong"
CORRECT = selfcheck.SUBMISSIONS / "correct"


def everything(why: Explanation | None) -> Any:
    """An explain_all that says the same of every problem."""
    return lambda record, problems: dict.fromkeys(problems, why)


def tolerance(values: float) -> rubric.Rubric:
    return dataclasses.replace(CONTRACT, tolerance=dataclasses.replace(CONTRACT.tolerance, values=values))


# --- in process as in the sandbox -------------------------------------------------------------------------------------


def test_right_program_passes_every_line_on_the_bench() -> None:
    lines = examine(InProcessSandbox(lambda: mutants.program({})), CONTRACT).lines
    assert list(lines) == list(CONTRACT.by_key)
    assert {line.verdict for line in lines.values()} == {"passed"}


@pytest.mark.parametrize(
    "mutant",
    [DB, SLOPE, SINGLES["W1_not_transposed (e1 product)"], *(BEHAVIORS[n] for n in (
        "forward: counts its calls", "backprop: needs forward first", "update: shares its result",
        "loss: one loss for each output", "update: not written"))],
    ids=lambda m: m.name,
)  # fmt: skip
def test_bench_and_boundary_agree(mutant: mutants.Mutant) -> None:
    assert selfcheck.crossed(mutant, CONTRACT) == []


def test_disagreement_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfcheck, "written", lambda mutant, folder: SOLUTION)
    assert any("behind the boundary" in fault for fault in selfcheck.crossed(DB, CONTRACT))


# --- what is broken is seen -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mutant", [DB, SLOPE], ids=lambda m: m.name)
def test_sound_rubric_has_no_faults(mutant: mutants.Mutant) -> None:
    outcome = selfcheck.judge(mutant, CONTRACT)
    assert (outcome.faults, outcome.false, outcome.silent) == ([], [], [])
    assert {key for key, one in outcome.lines.items() if one.lost} >= mutant.lines


def test_tolerance_that_lets_mistakes_through_is_seen() -> None:
    assert "line backprop_b2 must be lost and is passed" in "\n".join(selfcheck.judge(DB, tolerance(1e3)).faults)


def test_tolerance_that_rounding_breaks_is_seen() -> None:
    found = selfcheck.behind(CORRECT / "loop_over_samples.py", tolerance(1e-300))
    assert any("is right and loses line backprop_W2" in fault for fault in found.faults)
    assert found.score < rubric.TOTAL


def test_largest_error_of_a_right_program_is_kept() -> None:
    found = selfcheck.behind(CORRECT / "centred_differences.py", CONTRACT)
    assert found.faults == []
    assert 1e-13 < found.lines["backprop_W1_logistic"].error < 1e-6
    assert 0 < found.lines["training_path"].error < 1e-5


def test_hidden_test_that_cannot_fail_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    @criterion("backprop_b2")
    def test_b2(self: HiddenTest) -> None:
        pass

    monkeypatch.setattr(hidden_backprop.TestBackprop, "test_b2", test_b2)
    assert selfcheck.judge(DB, CONTRACT).faults == [f"{DB.name}: line backprop_b2 must be lost and is passed"]


def test_hidden_test_that_judges_something_else_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    @criterion("backprop_W2")
    def test_W2(self: HiddenTest) -> None:
        self.judge("backprop", ["b2"], self.transcript.battery.general("logistic"))

    monkeypatch.setattr(hidden_backprop.TestBackprop, "test_W2", test_W2)
    assert any("line backprop_W2 must be passed and is lost" in f for f in selfcheck.judge(DB, CONTRACT).faults)


def test_hidden_test_that_breaks_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    @criterion("backprop_W2")
    def test_W2(self: HiddenTest) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(hidden_backprop.TestBackprop, "test_W2", test_W2)
    assert any("line backprop_W2 could not be judged" in f for f in selfcheck.judge(DB, CONTRACT).faults)


def test_declaration_of_too_much_is_seen() -> None:
    mutant = dataclasses.replace(DB, lines=DB.lines | {"backprop_W2"})
    assert selfcheck.judge(mutant, CONTRACT).faults == [f"{DB.name}: line backprop_W2 must be lost and is passed"]


def test_declaration_of_too_little_is_seen() -> None:
    mutant = dataclasses.replace(DB, lines=frozenset())
    assert any("line backprop_b2 must be passed and is lost" in f for f in selfcheck.judge(mutant, CONTRACT).faults)


def test_false_name_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "explain_all", everything(Explanation("bias_zero", "zero", "It is zero.")))
    assert selfcheck.judge(DB, CONTRACT).false


def test_missing_name_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "explain_all", everything(None))
    outcome = selfcheck.judge(DB, CONTRACT)
    assert (outcome.false, len(outcome.silent)) == ([], len(DB.lines))


def test_names_in_an_answer_of_two() -> None:
    assert selfcheck.names("a + b | c") == [{"a", "b"}, {"c"}]


def test_equivalent_mutants_are_seen() -> None:
    twin = dataclasses.replace(DB, name="another name")
    made = [(m.name, *selfcheck.fingerprint(m, CONTRACT)) for m in (DB, twin, SLOPE)]
    assert selfcheck.alike(made) == [(DB.name, "another name")]


def test_grade_that_changes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    count = itertools.count()
    monkeypatch.setattr(grading, "grade", lambda path, contract, pictures: results.Result("", notes=[f"{next(count)}"]))
    report = Proof(CONTRACT, quick=True)
    with selfcheck.helpers(CONTRACT, 1) as each:
        selfcheck._repeats(report, each)
    assert report.faults


def test_same_grade_every_time() -> None:
    assert len(selfcheck.again(SOLUTION, 3, CONTRACT)) == 1


@pytest.mark.parametrize(("skeleton", "solution"), [(3.0, 100.0), (0.0, 99.0)])
def test_skeleton_with_points_or_solution_without_is_seen(skeleton: float, solution: float) -> None:
    def each(tasks: Any, size: int) -> list[Any]:
        return [(0, skeleton, []), (rubric.TOTAL, solution, [])]

    report = Proof(CONTRACT)
    selfcheck._ends(report, each)
    assert report.faults


def test_wrong_program_that_loses_points_elsewhere_is_seen(tmp_path: Path) -> None:
    text = (WRONG / "db_mean.py").read_text("utf-8")
    path = tmp_path / "elsewhere.py"
    path.write_text(text.replace("# functions: backprop", "# functions: loss"), "utf-8")
    faults = "\n".join(selfcheck.graded(path, CONTRACT).faults)
    assert "line backprop_b2 must be passed and is lost" in faults
    assert "no line of loss is lost" in faults


def test_wrong_program_that_loses_nothing_is_seen() -> None:
    assert "is wrong and loses nothing" in "\n".join(selfcheck.graded(SOLUTION, CONTRACT).faults)


def test_part_that_breaks_is_a_fault_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(report: Proof, each: Any) -> str:
        raise KeyError("W3")

    for name in ("_ends", "_correct", "_singles", "_pairs", "_apart", "_wrong", "_boundary", "_repeats"):
        monkeypatch.setattr(selfcheck, name, broken)
    said: list[str] = []
    report = selfcheck.run(CONTRACT, jobs=1, say=said.append)
    assert len(report.faults) == len(said) == 8
    assert "KeyError" in report.faults[0]


# --- mutants ----------------------------------------------------------------------------------------------------------


def test_every_criterion_is_lost_by_some_mutant() -> None:
    lost = set().union(*(m.lines for m in (*SINGLES.values(), *BEHAVIORS.values())))
    assert lost == {key for key in CONTRACT.by_key if not key.startswith("training")}


def test_every_operator_is_a_mutant() -> None:
    made = {(mutants.SITES[name].slot, key) for m in SINGLES.values() for name, key in m.slots.items()}
    want = {(slot, operator.key) for slot, table in OPERATORS.items() for operator in table if slot != "array"}
    assert want - made == {("update biases", "update_transposed")}  # a vector is its own transpose


def test_names_of_mutants_are_unique() -> None:
    assert len(SINGLES) == len(mutants.singles())


def test_program_without_mutations_is_the_solution() -> None:
    reference, made = load_reference(), mutants.program({})
    rng = np.random.default_rng(5)
    params = {
        "W1": rng.normal(size=(4, 2)),
        "b1": rng.normal(size=4),
        "W2": rng.normal(size=(3, 4)),
        "b2": rng.normal(size=3),
    }
    x, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    for kind in ("logistic", "tanh"):
        out = reference.forward(x, params, kind)
        for got, want in zip(made["forward"](x, params, kind), out, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-13)
        grads = reference.backprop(x, y, params, *out, kind)
        for key, got in made["backprop"](x, y, params, *out, kind).items():
            np.testing.assert_allclose(got, grads[key], rtol=1e-12, atol=1e-15)


# --- the verb and the page --------------------------------------------------------------------------------------------


def _report(*faults: str) -> Proof:
    def outcome(mutant: mutants.Mutant) -> Outcome:
        lines = {key: Line("failed" if key in mutant.lines else "passed") for key in CONTRACT.by_key}
        return Outcome(mutant.name, mutant.function, lines, [f for f in faults if mutant.name in f])

    report = Proof(CONTRACT, faults=list(faults), singles=[outcome(DB), outcome(SLOPE)], declared=SINGLES)
    report.wrong = [Program("odd", {"wrong": "a < b & <script>", "functions": "loss"}, 90.0, {})]
    report.figures = [("single mutants named", "2 of 2 (100.0 %)")]
    return report


@pytest.mark.parametrize(("faults", "status"), [((), 0), (("something is off",), 1)])
def test_status_of_the_verb(
    faults: tuple[str, ...],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(selfcheck, "run", lambda quick, say: _report(*faults))
    monkeypatch.setattr("os.environ", {})
    page = tmp_path / "page.html"
    assert cli.run(["selfcheck", "--quick", "--report", str(page)]) == status
    said = capsys.readouterr().out
    assert ("something is off" in said) == bool(faults)
    assert ("All checks passed" in said) == (not faults)
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_rubric_that_cannot_be_read_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(quick: bool, say: Any) -> Proof:
        raise rubric.RubricError("rubric.toml, line 3: no")

    monkeypatch.setattr(selfcheck, "run", broken)
    monkeypatch.setattr("os.environ", {})
    assert cli.run(["selfcheck"]) == 1
    assert capsys.readouterr().err == "autograder: rubric.toml, line 3: no\n"


def test_page_shows_the_matrix_and_quotes_nothing_as_markup() -> None:
    text = pages.page(_report(f"{DB.name}: line backprop_W2 must be lost and is passed"))
    assert "a &lt; b &amp; &lt;script&gt;" in text
    assert "<script" not in text
    assert "http:" not in text
    assert "https:" not in text
    assert "!!" in text
    assert "1 problem found" in text


def test_errors_line_by_line() -> None:
    report = _report()
    report.correct = [
        Program("a", {}, 100.0, {"loss_value": Line("passed", error=3e-16)}),
        Program("b", {}, 100.0, {"loss_value": Line("passed", error=5e-9)}),
    ]
    report.singles[0].lines["loss_value"] = Line("failed", "value", error=0.25)
    assert report.errors("loss_value") == (5e-9, CONTRACT.tolerance.values, 0.25)
    assert "5.0e-09" in pages.render(report)
