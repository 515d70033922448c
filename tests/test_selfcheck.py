"""The selfcheck sees what is broken: a tolerance, a hidden test, a declaration, a name, a grade that changes."""

from __future__ import annotations

import dataclasses
import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import cli, rubric
from autograder import grade as grading
from autograder import result as results
from autograder.asking.reference import SOLUTION, load_reference
from autograder.asking.session import LiveSession
from autograder.diagnosis.diagnose import Explanation
from autograder.errors import UserError
from autograder.hidden_tests import HiddenTest, criterion
from autograder.hidden_tests import test_backprop as hidden_backprop
from autograder.mistakes.operators import OPERATORS
from autograder.selfcheck import bench, checker, mutants, outcomes, programs, sources, spoilers
from autograder.selfcheck import report as pages
from autograder.selfcheck import run as selfcheck
from autograder.selfcheck.behaviors import BEHAVIORS
from autograder.selfcheck.bench import InProcessSandbox, Line, examine, papers_of
from autograder.selfcheck.outcomes import Outcome
from autograder.selfcheck.programs import Claim, Program
from autograder.selfcheck.run import Proof
from autograder.selfcheck.source_mutants import OPERATORS as OPERATORS_ON_SOURCE
from autograder.selfcheck.source_mutants import SourceMutant, source_mutants
from tests.support import SUBMISSIONS

CONTRACT = rubric.load()
SINGLES = {m.name: m for m in mutants.singles()}
DB = SINGLES["bias_from_weights (b2 sum)"]
SLOPE = SINGLES["slope_missing (slope logistic, slope tanh)"]
WRONG, CORRECT = SUBMISSIONS / "wrong", SUBMISSIONS / "correct"


def everything(why: Explanation | None) -> Any:
    """An explain_all that says the same of every problem."""
    return lambda record, problems: dict.fromkeys(problems, why)


def graded(path: Path, contract: rubric.Rubric = CONTRACT) -> Program:
    return programs.grade(programs.claim(path, CONTRACT), contract)


def tolerance(values: float) -> rubric.Rubric:
    return dataclasses.replace(CONTRACT, tolerance=CONTRACT.tolerance._replace(values=values))


# --- in process as in the sandbox -------------------------------------------------------------------------------------


def test_right_program_passes_every_line_on_the_bench() -> None:
    lines = examine(LiveSession(InProcessSandbox(lambda: mutants.program({}))), papers_of(CONTRACT)).lines
    assert list(lines) == list(CONTRACT.by_key)
    assert {line.verdict for line in lines.values()} == {"passed"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "mutant",
    [DB, SLOPE, SINGLES["W1_not_transposed (e1 product)"], *(BEHAVIORS[n] for n in (
        "forward: counts its calls", "backprop: needs forward first", "update: shares its result",
        "loss: one loss for each output", "update: not written"))],
    ids=lambda m: m.name,
)  # fmt: skip
def test_bench_and_boundary_agree(mutant: mutants.Mutant) -> None:
    assert outcomes.crossed(mutant, CONTRACT) == []


def test_disagreement_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = outcomes.judge
    monkeypatch.setattr(outcomes, "written", lambda mutant, folder: SOLUTION)
    monkeypatch.setattr(outcomes, "judge", lambda mutant, contract: judge(SLOPE, contract))
    found = outcomes.crossed(DB, CONTRACT)
    assert any("line backprop_b2 is 'passed ' behind the boundary" in fault for fault in found)
    assert any("line backprop_b2 is 'passed ' by its own questions" in fault for fault in found)


# --- what is broken is seen -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mutant", [DB, SLOPE], ids=lambda m: m.name)
def test_sound_rubric_has_no_faults(mutant: mutants.Mutant) -> None:
    outcome = outcomes.judge(mutant, CONTRACT)
    assert (outcome.faults, outcome.false, outcome.silent) == ([], [], [])
    assert {key for key, one in outcome.lines.items() if one.lost} >= mutant.lines


def test_tolerance_that_lets_mistakes_through_is_seen() -> None:
    assert "line backprop_b2 must be lost and is passed" in "\n".join(outcomes.judge(DB, tolerance(1e3)).faults)


def test_tolerance_that_rounding_breaks_is_seen() -> None:
    found = graded(CORRECT / "loop_over_samples.py", tolerance(1e-300))
    assert any("is right and loses line backprop_W2" in fault for fault in found.faults)
    assert found.score < rubric.TOTAL


@pytest.mark.slow
def test_largest_error_of_a_right_program_is_kept() -> None:
    found = graded(CORRECT / "centred_differences.py")
    assert found.faults == []
    assert 1e-13 < found.lines["backprop_W1_logistic"].error < 1e-6
    assert 0 < found.lines["training_path"].error < 1e-5


def test_hidden_test_that_cannot_fail_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    @criterion("backprop_b2")
    def test_b2(self: HiddenTest) -> None:
        pass

    monkeypatch.setattr(hidden_backprop.TestBackprop, "test_b2", test_b2)
    assert outcomes.judge(DB, CONTRACT).faults == [f"{DB.name}: line backprop_b2 must be lost and is passed"]


def test_hidden_test_that_judges_something_else_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    @criterion("backprop_W2")
    def test_W2(self: HiddenTest) -> None:
        self.judge("backprop", ["b2"], self.transcript.battery.general("logistic"))

    monkeypatch.setattr(hidden_backprop.TestBackprop, "test_W2", test_W2)
    assert any("line backprop_W2 must be passed and is lost" in f for f in outcomes.judge(DB, CONTRACT).faults)


def test_hidden_test_that_breaks_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    @criterion("backprop_W2")
    def test_W2(self: HiddenTest) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(hidden_backprop.TestBackprop, "test_W2", test_W2)
    assert any("line backprop_W2 could not be judged" in f for f in outcomes.judge(DB, CONTRACT).faults)


def test_declaration_of_too_much_is_seen() -> None:
    mutant = dataclasses.replace(DB, lines=DB.lines | {"backprop_W2"})
    assert outcomes.judge(mutant, CONTRACT).faults == [f"{DB.name}: line backprop_W2 must be lost and is passed"]


def test_declaration_of_too_little_is_seen() -> None:
    mutant = dataclasses.replace(DB, lines=frozenset())
    assert any("line backprop_b2 must be passed and is lost" in f for f in outcomes.judge(mutant, CONTRACT).faults)


def test_false_name_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "explain_all", everything(Explanation("bias_zero", "zero", "It is zero.")))
    assert outcomes.judge(DB, CONTRACT).false


def test_missing_name_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "explain_all", everything(None))
    outcome = outcomes.judge(DB, CONTRACT)
    assert (outcome.false, len(outcome.silent)) == ([], len(DB.lines))


def test_names_in_an_answer_of_two() -> None:
    assert outcomes.names("a + b | c") == [{"a", "b"}, {"c"}]


def test_equivalent_mutants_are_seen() -> None:
    twin = dataclasses.replace(DB, name="another name")
    made = [outcomes.judge(m, CONTRACT) for m in (DB, twin, SLOPE)]
    assert outcomes.alike(made) == [(DB.name, "another name")]


def test_grade_that_changes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    count = itertools.count()
    monkeypatch.setattr(grading, "grade", lambda path, contract, pictures: results.Result("", notes=[f"{next(count)}"]))
    report = Proof(CONTRACT, quick=True)
    with selfcheck.helpers(CONTRACT, 1) as each:
        selfcheck._repeats(report, each)
    assert report.faults


def test_same_grade_every_time() -> None:
    assert len(selfcheck.again((SOLUTION, 3), CONTRACT)) == 1


@pytest.mark.parametrize(("skeleton", "solution"), [(3.0, 100.0), (0.0, 99.0)])
def test_skeleton_with_points_or_solution_without_is_seen(skeleton: float, solution: float) -> None:
    def each(work: Any, tasks: Any, size: int) -> list[Any]:
        return [(skeleton, []), (solution, [])] * 2

    report = Proof(CONTRACT)
    selfcheck._ends(report, each)
    assert report.faults


def test_wrong_program_that_loses_points_elsewhere_is_seen(tmp_path: Path) -> None:
    text = (WRONG / "db_mean.py").read_text("utf-8")
    path = tmp_path / "elsewhere.py"
    path.write_text(text.replace("# functions: backprop", "# functions: loss"), "utf-8")
    faults = "\n".join(graded(path).faults)
    assert "must be passed and is lost: line backprop_b2" in faults
    assert "no line of loss is lost" in faults


def test_wrong_program_that_loses_nothing_is_seen() -> None:
    claim = Claim(SOLUTION, "none", frozenset({"loss"}))
    assert programs.grade(claim, CONTRACT).faults == ["neural_net.py is wrong and loses nothing"]


@pytest.mark.slow
def test_program_says_exactly_what_it_loses(tmp_path: Path) -> None:
    text = (WRONG / "db_mean.py").read_text("utf-8")
    biases = "backprop_b2, backprop_b1_logistic, backprop_b1_tanh"
    for loses, faults in ((biases, []), (f"{biases}, loss_value", ["line loss_value must be lost and is passed"])):
        path = tmp_path / "biases.py"
        path.write_text(text.replace("# functions: backprop", f"# loses: {loses}"), "utf-8")
        assert graded(path).faults == [f"biases.py: {fault}" for fault in faults]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("import numpy", "begins with neither '# correct: ...' nor '# wrong: ...'"),
        ("# correct: a\n# wrong: b", "begins with both"),
        ("# correct: a\n# loses: loss_value", "is said to be correct, and to lose something"),
        ("# wrong: b", "say what it loses"),
        ("# wrong: b\n# loses: los_value", "there is no criterion 'los_value'. Did you mean 'loss_value'?"),
        ("# wrong: b\n# functions: backprob", "there is no function 'backprob'. Did you mean 'backprop'?"),
        ("# wrong: b\n# functions: zzz", "no function 'zzz'. There are forward, loss, backprop, update, module."),
    ],
)  # fmt: skip
def test_wrong_header_is_one_clear_line(
    lines: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.environ", {})
    (tmp_path / "mine.py").write_text(f"{lines}\n")
    assert cli.run(["selfcheck", "--programs", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith(f"autograder: {tmp_path / 'mine.py'}")
    assert error.count("\n") == 1


@pytest.mark.parametrize("folder", ["nothing", "missing"])
def test_folder_without_programs_is_one_clear_line(folder: str, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(UserError, match=r"^--programs .*(holds no programs|can't be read)"):
        programs.in_folder(tmp_path / folder)


def test_slip_that_costs_more_than_its_function_is_seen() -> None:
    def outcome(name: str, lost: set[str]) -> Outcome:
        lines = {k: Line("failed") if k in lost else Line("passed", score=c.points) for k, c in CONTRACT.by_key.items()}
        return Outcome(name, "loss", lines)

    left_out = outcome("loss: not written", {"loss_value", "loss_sizes"})
    slips = [outcome("dear", {"loss_value", "loss_sizes", "loss_alone"}), outcome("cheap", {"loss_value"})]
    found = selfcheck.too_expensive([left_out, *slips], CONTRACT)
    assert found == ["dear costs 10 points, more than to leave out loss (8)"]


# --- source mutants ---------------------------------------------------------------------------------------------------


PLAIN = source_mutants("solution", SOLUTION.read_text("utf-8"))


def changed(said: str) -> SourceMutant:
    return next(m for m in PLAIN if said in m.change)


def test_reference_is_right_by_the_independent_check() -> None:
    assert checker.verdict(PLAIN[0].make) == checker.RIGHT
    assert sources.first_criterion(PLAIN[0], CONTRACT) == ""


@pytest.mark.parametrize(
    ("said", "function", "verdict", "lost"),
    [
        ("yhat - y -> yhat + y", "backprop", checker.WRONG, "backprop"),
        ("float(np.sum((y - yhat) ** 2) / (2 * len(y))) -> np.sum", "loss", checker.RIGHT, ""),
        ("1 - h ** 2 -> h ** 2 - 1", "backprop", checker.WRONG, "backprop"),
        ("u - eta * grads[name] -> _np.subtract(u, eta * grads[name], out=u)", "update", checker.WRONG, "update_alone"),
        ("h ** 2 -> _np.float32(h ** 2)", "backprop", checker.WRONG, "backprop_large"),
    ],
)
def test_source_mutant_is_judged_and_checked(said: str, function: str, verdict: str, lost: str) -> None:
    one = sources.judge(changed(said), CONTRACT)
    assert (one.function, one.verdict) == (function, verdict)
    assert one.lost == lost


def test_every_operator_makes_a_source_mutant() -> None:
    loops = source_mutants("loops", (CORRECT / "loop_over_samples.py").read_text("utf-8"))
    made = {m.operator for m in (*PLAIN, *loops)}
    assert made >= {name for found in OPERATORS_ON_SOURCE.values() for name, _ in found}
    assert made >= {"guard: size", "guard: magnitude", "guard: values", "state"}


def test_program_that_was_run_is_no_longer_a_module() -> None:
    PLAIN[0].make()
    assert "neural_net" not in sys.modules


@pytest.mark.parametrize("body", ["pass", "try: 1 / 0\n        except Exception: pass"])
def test_loop_without_end_is_ended(body: str) -> None:
    loop = f"while True:\n        {body}"
    endless = source_mutants("endless", f"def forward(x, params, activation='logistic'):\n    {loop}\n")[0]
    with pytest.raises(checker.TooManySteps):
        endless.make()["forward"](0, 0)
    assert checker.verdict(endless.make) == checker.WRONG


def test_every_guard_holds_somewhere_in_the_stated_ranges() -> None:
    hits = {
        (function, text): any(
            spoilers.holds(text, function, case.arguments(function))
            for case in checker.cases() if function in case.computable
        )
        for function in spoilers.ARGUMENTS for _, text in spoilers.guards(function)
    }  # fmt: skip
    assert [guard for guard, hit in hits.items() if not hit] == []


@pytest.mark.parametrize(
    "said",
    [
        "changes x, for tanh", "writes all answers into the same arrays", "is wrong after 5 calls",
        "remembers its answer for the same objects", "remembers the last activation",
    ],
)  # fmt: skip
def test_states_are_wrong(said: str) -> None:
    state = next(m for m in PLAIN if m.function == "backprop" and m.change == said)
    assert checker.verdict(state.make) == checker.WRONG


@pytest.mark.slow
@pytest.mark.parametrize("function", spoilers.ARGUMENTS)
def test_every_state_loses_a_criterion(function: str) -> None:
    states = [m for m in PLAIN if m.function == function and m.operator == "state"]
    assert [m.change for m in states if not sources.first_criterion(m, CONTRACT)] == []


def test_wrong_source_mutant_that_loses_nothing_and_right_one_that_does_are_seen() -> None:
    def one(operator: str, lost: str, verdict: str) -> sources.Judged:
        return sources.Judged("a.py", "loss", operator, "line 1: 2 -> 3", lost, verdict)

    assert "wrong, and loses nothing" in sources.faults([one("constants", "", checker.WRONG)])[0]
    assert "equivalent, and loses a criterion of loss" in sources.faults([one("state", "loss", checker.RIGHT)])[0]
    killed, unclear = one("constants", "loss", checker.WRONG), one("casts", "loss", checker.UNCLEAR)
    assert sources.faults([killed, unclear, one("state", "", checker.WRONG)]) == []
    assert one("statements", "", checker.WRONG).plain
    assert sources.share([killed, unclear, one("state", "", checker.WRONG)]) == "1 of 2"


def test_program_that_is_not_right_is_not_mutated() -> None:
    judged, note = sources.judge_program((WRONG / "db_mean.py", 10, 0), CONTRACT)
    assert judged == []
    assert note == "No source mutants of db_mean.py: it loses a criterion of backprop."


def test_part_that_breaks_is_a_fault_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(report: Proof, each: Any) -> str:
        raise KeyError("W3")

    for name in ("_ends", "_programs", "_singles", "_pairs", "_apart", "_sources", "_boundary", "_repeats"):
        monkeypatch.setattr(selfcheck, name, broken)
    said: list[str] = []
    report = selfcheck.run(CONTRACT, jobs=1, say=said.append)
    assert len(report.faults) == len(said) == 8
    assert "KeyError" in report.faults[0]


# --- what is judged of many ------------------------------------------------------------------------------------------


def met(pairs: list[mutants.Mutant]) -> set[tuple[str, str]]:
    """Each mutation of some pairs, with the place of the other."""
    names = [tuple(pair.name.split(" & ")) for pair in pairs]
    return {(a, b[b.index(" (") :]) for pair in names for a, b in (pair, pair[::-1])}


@pytest.mark.slow
def test_every_mutation_meets_every_place_in_few_pairs() -> None:
    every = list(mutants.pairs(list(SINGLES.values())))
    few = mutants.covering(every)
    assert met(few) == met(every)
    assert len(few) < len(every) / 8
    assert {pair.name for pair in few} <= {pair.name for pair in every}


def test_quick_sample_has_every_criterion_and_place() -> None:
    every = [*BEHAVIORS.values(), *SINGLES.values()]
    few = selfcheck._touching(every)
    assert len(few) < len(every) / 8
    for what in (lambda m: m.lines, lambda m: m.slots):
        assert set().union(*map(what, few)) == set().union(*map(what, every))
    assert sum(m.name.endswith(selfcheck.LEFT_OUT) for m in few) == 4


def test_brief_training_decides_all_but_the_fit() -> None:
    short = bench.brief(CONTRACT)
    assert short.training.steps == max(CONTRACT.training.path_steps)
    assert {c.key for c in CONTRACT.criteria} - {c.key for c in short.criteria} == {bench.FIT}
    assert sources.first_criterion(PLAIN[0], short) == ""
    found = graded(WRONG / "db_mean.py")
    assert found.lines.keys() == short.by_key.keys()
    assert not found.lines["training_path"].lost
    assert found.score == sum(line.score for line in found.lines.values())


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
        own = [key for key, c in CONTRACT.by_key.items() if c.function in (mutant.function, "training")]  # as `judge`
        lines = {key: Line("failed" if key in mutant.lines else "passed") for key in own}
        return Outcome(mutant.name, mutant.function, lines, [f for f in faults if mutant.name in f])

    report = Proof(CONTRACT, faults=list(faults), singles=[outcome(DB), outcome(SLOPE)], declared=SINGLES)
    report.programs = [Program(Claim(Path("odd.py"), "a < b & <script>", frozenset({"loss"})), 90.0, {})]
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
    monkeypatch.setattr(selfcheck, "run", lambda **asked: _report(*faults))
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
    def broken(**asked: Any) -> Proof:
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
    errors = {"a.py": 3e-16, "b.py": 5e-9}
    report.programs = [
        Program(Claim(Path(name), ""), 100.0, {"loss_value": Line("passed", error=e)}) for name, e in errors.items()
    ]
    report.singles[0].lines["loss_value"] = Line("failed", "value", error=0.25)
    assert report.errors("loss_value") == (5e-9, CONTRACT.tolerance.values, 0.25)
    assert "5.0e-09" in pages.render(report)
