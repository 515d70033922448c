"""Points are earned, and nothing that is shown depends on the secret but verdicts and scores."""

from __future__ import annotations

import dataclasses
import functools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import grade as grading
from autograder import rounds, rubric, submission
from autograder.asking import secret as secrets
from autograder.asking.failures import Constant, SharedMemory
from autograder.asking.secret import TEST_SECRET
from autograder.asking.session import LiveSession
from autograder.hidden_tests import Verdict, carried, judge
from autograder.result import gradescope
from autograder.sandbox.client import Sandbox

ROOT = Path(__file__).resolve().parent.parent
SUBMISSIONS = ROOT / "tests/submissions"
CONTRACT = rubric.load()
FILE_POINTS = next(c.points for c in CONTRACT.criteria if c.key == "training_file")
PAPERS = rounds.Papers.of(CONTRACT, TEST_SECRET)
PROBE = PAPERS.hidden.battery.general("logistic")[0]
GARBAGE = '''
import numpy as np


def forward(x, params, activation="logistic"):
    n, N, K = len(x), len(params["b1"]), len(params["b2"])
    e1 = {e1}
    h = {h}
    return e1, h, {yhat}


def loss(yhat, y):
    return float({loss})


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    return {{k: {grad} for k, v in params.items()}}


def update(params, grads, eta):
    return {{k: {step} for k, v in params.items()}}
'''
ZEROS = {
    "e1": "np.zeros((n, N))", "h": "np.zeros((n, N))", "yhat": "np.zeros((n, K))", "loss": "0",
    "grad": "np.zeros(v.shape)", "step": "np.zeros(v.shape)",
}  # fmt: skip
VARIANTS = {
    "zeros": {},
    "depends on its arguments": {
        "e1": "np.zeros((n, N)) + x[0, 0]", "h": "np.ones((n, N)) * x.sum()", "yhat": "np.zeros((n, K)) + x[0, 0]",
        "loss": "y.sum()", "grad": "v.copy()", "step": "v.copy()",
    },
    "noise from its arguments": {
        "e1": "np.sin(1e3 * np.outer(x.sum(1), np.arange(N)))", "h": "np.cos(e1)",
        "yhat": "np.sin(e1[:, :1]) + np.zeros(K)",
        "loss": "np.sin(1e3 * y).sum()", "grad": "np.sin(1e3 * v)", "step": "np.cos(v)",
    },
    "saturated e1, a step for sigma": {
        "e1": "np.where(np.arange(n * N).reshape(n, N) % 3 > 0, 60.0, -60.0)",
        "h": '(e1 > 0) * 1.0 if activation == "logistic" else np.sign(e1)', "yhat": "np.zeros((n, K))",
    },
    "tiny e1, a line for sigma": {
        "e1": "1e-9 * np.sin(np.outer(np.arange(n), np.arange(N)))",
        "h": 'e1 if activation == "tanh" else 0.5 + e1 / 4', "yhat": 'np.zeros((n, K)) + params["b2"]',
    },
    "one unit": {
        "h": "np.zeros((n, N)) + (np.arange(N) == 0)", "yhat": 'np.zeros((n, K)) + params["b2"] + params["W2"][:, 0]',
    },
    "constant h": {"h": "np.ones((n, N))", "yhat": 'np.zeros((n, K)) + params["b2"] + params["W2"].sum(1)'},
}  # fmt: skip


def judged(text: str) -> list[Verdict]:
    """The verdicts of a program, without words."""
    with Sandbox({submission.NAME: text.encode()}, submission.NAME, CONTRACT.limits) as box:
        session = LiveSession(box)
        return judge(rounds.ask_hidden(session, PAPERS, rounds.ask_opening(session, PAPERS, pictures=False)))


def score(text: str) -> float:
    """The points of a program."""
    return sum(v.score for v in judged(text))


def lost(text: str, function: str = "") -> set[str]:
    """The criteria that a program loses, or one function of it."""
    verdicts = [v for v in judged(text) if function in ("", v.criterion.function)]
    return {v.criterion.key for v in verdicts if v.verdict != "passed"}


@pytest.mark.parametrize("name", VARIANTS)
def test_garbage_earns_the_import_and_nothing_else(name: str) -> None:
    assert score(GARBAGE.format(**ZEROS | VARIANTS[name])) <= FILE_POINTS


def test_the_given_attacks_on_points_earn_what_they_got_right() -> None:
    found = sorted((ROOT.parent / "shared/cases/attacks").glob("gains_h*.py"))
    for path in found:
        assert score(path.read_text()) <= FILE_POINTS, path.name


# Gradients that are made without an error, or from one that is not epsilon or delta.
SLOPE = 's = h * (1 - h) if activation == "logistic" else 1 - h**2'
CHAIN = f"{SLOPE}; d = e @ W2 * s; W1, b1, dW2, b2 = d.T @ x, d.sum(0), e.T @ h, e.sum(0)"
SUMS = "W1, b1, dW2, b2 = d.T @ x, d.sum(0), e.T @ h, e.sum(0)"
BACKPROP = """
import numpy as np


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    W2 = params["W2"]
    {body}
    return {{"W1": W1, "b1": b1, "W2": dW2, "b2": b2}}
"""
ALL = {c.key for c in CONTRACT.criteria if c.function == "backprop"}
WEIGHTS = {"backprop_W2", "backprop_W1_logistic", "backprop_W1_tanh"}
ERRORS = {
    "copies": ('W1, b1, dW2, b2 = (params[k].copy() for k in ("W1", "b1", "W2", "b2"))', ALL),
    "zeros": (f"e = 0 * yhat; {CHAIN}", ALL),
    "tiny errors": (f"e = 1e-9 * yhat; {CHAIN}", ALL),
    "errors of one": (f"e = np.ones_like(yhat); d = np.ones_like(h); {SUMS}", ALL),
    "one error for all examples": (f"e = 0 * yhat + yhat.mean(0); d = 0 * h + h.mean(0); {SUMS}", ALL),
    "noise": ('W1, b1, dW2, b2 = (np.sin(1e3 * params[k]) for k in ("W1", "b1", "W2", "b2"))', ALL),
    "copied rows": ("W1, b1, dW2, b2 = 0 * params['W1'] + x[0], 1 + 0 * h[0], 0 * W2 + h[0], 1 + 0 * yhat[0]", ALL),
    # The sums over the examples are right, and nothing else: the biases, and how backprop behaves.
    "noise for errors": (f"e = np.sin(1e3 * yhat); d = np.sin(1e3 * h); {SUMS}", WEIGHTS),
    "h and yhat for errors": (f"e = yhat; d = h; {SUMS}", WEIGHTS),
    # Everything after epsilon is right.
    "y for epsilon": (f"e = y; {CHAIN}", {"backprop_W2"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_gradients_of_no_error_earn_what_follows_from_them(name: str) -> None:
    body, costs = ERRORS[name]
    assert lost(BACKPROP.format(body=body), "backprop") == costs


def spoiled(function: str, old: str, new: str) -> set[str]:
    """The criteria of a function that the solution loses with one change in it."""
    text = (ROOT / "solution/neural_net.py").read_text()
    before, place, after = text.partition(f"def {function}(")
    assert old in after, old
    return lost(before + place + after.replace(old, new, 1), function)


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_an_own_e1_counts_where_wrong_sigmas_fail_on_it(activation: str) -> None:
    for e1, counts in (
        (PROBE.e1 + 0.3, True),
        (-PROBE.e1, True),
        (60 * np.sign(PROBE.e1), False),
        (1e-6 * PROBE.e1, False),
        (np.full_like(PROBE.e1, 0.7), False),
    ):
        assert carried.tells_sigma(PAPERS.hidden, e1, activation) is counts


def test_a_wrong_loss_never_costs_training() -> None:
    text = (ROOT / "solution/neural_net.py").read_text()
    wrong_loss = text + "\n\ndef loss(yhat, y):\n    raise ValueError('no')\n"
    assert lost(wrong_loss) == {"loss_value", "loss_sizes", "loss_alone"}
    both = wrong_loss.replace(' + params["b2"]', "", 1)
    assert lost(both, "training") == set()


EPSILON, DELTA = "(yhat - y) / len(y)", "epsilon @ params[\"W2\"]"
ALL_W1 = {"backprop_W1_logistic", "backprop_W1_tanh"}


@pytest.mark.parametrize(
    ("old", "new", "costs"),
    [
        (EPSILON, "(y - yhat) / len(y)", {"backprop_W2"}),
        (EPSILON, "2 * (yhat - y)", {"backprop_W2"}),
        (EPSILON, "yhat / len(y)", {"backprop_W2"}),
        (DELTA, "epsilon @ params[\"W2\"] ** 2", ALL_W1),
    ],
)
def test_a_slip_costs_the_first_gradient_made_from_it(old: str, new: str, costs: set[str]) -> None:
    assert spoiled("backprop", old, new) == costs


def test_a_mistake_of_its_own_costs_a_gradient_after_a_slip() -> None:
    text = (ROOT / "solution/neural_net.py").read_text().replace(EPSILON, "(y - yhat) / len(y)")
    wrong = text.replace('"b1": delta.sum(axis=0)', '"b1": delta.mean(axis=0)')
    assert wrong != text
    assert lost(wrong, "backprop") == {"backprop_W2", "backprop_b1_logistic", "backprop_b1_tanh"}


def test_a_parameter_that_takes_no_step_is_charged_once() -> None:
    text = (ROOT / "solution/neural_net.py").read_text() + """

def update(params, grads, eta):
    new = params.copy()
    new["W1"], new["W2"] = (params[name] - eta * grads[name] for name in ("W1", "W2"))
    return new
"""
    assert lost(text, "update") == {"update_biases"}


def test_what_is_carried_must_answer_all_sizes() -> None:
    text = (ROOT / "solution/neural_net.py").read_text().replace(EPSILON, "(y - yhat) / len(y)")
    line = "    epsilon = (y - yhat)"
    assert line in text
    wrong = text.replace(line, "    if len(x) == 1:\n        return dict.fromkeys(params)\n" + line)
    assert lost(wrong, "backprop") == {"backprop_W2", "backprop_sizes"}


@pytest.mark.parametrize(
    ("old", "new", "costs"),
    [
        (' + params["b1"]', "", {"forward_e1"}),
        ("(1 + np.tanh(e1 / 2))", "(1 + np.tanh(e1))", {"forward_logistic"}),
        # Of these, some inputs show nothing of what follows.
        (' + params["b1"]', ' / 10 + params["b1"] / 10', {"forward_e1"}),
        (' + params["b1"]', ' * 10 + params["b1"]', {"forward_e1"}),
        # Of this, no input with tanh shows anything; those with the logistic do.
        ("h = np.tanh(e1)", "h = np.full_like(e1, 0.5)", {"forward_tanh"}),
    ],
)
def test_a_slip_in_e1_or_h_costs_nothing_else_in_forward(old: str, new: str, costs: set[str]) -> None:
    assert spoiled("forward", old, new) == costs


@pytest.mark.slow
@pytest.mark.parametrize("h", ["h.T", "None", "h * np.inf"])
def test_an_h_that_can_not_be_read_costs_no_yhat(h: str) -> None:
    assert not {"forward_yhat", "forward_e1"} & spoiled("forward", "return e1, h, yhat", f"return e1, {h}, yhat")
    wrong_e1 = (ROOT / "solution/neural_net.py").read_text().replace(' + params["b1"]', "", 1)
    verdicts = judged(wrong_e1.replace("return e1, h, yhat", f"return e1, {h}, yhat"))
    assert "fault" not in {v.verdict for v in verdicts}


# --- calls that depend on other calls ---------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["forward", "loss", "backprop", "update"])
def test_a_first_call_that_is_wrong_costs_one_criterion_and_its_error_is_shown(function: str) -> None:
    text = (ROOT / "solution/neural_net.py").read_text()
    text += f"""
right, calls = {function}, 0

def {function}(*arguments):
    global calls
    calls += 1
    return right(*arguments) if calls > 1 else np.zeros(calls)[1]
"""
    result = grading.grade(submission.Submission({submission.NAME: text.encode()}), CONTRACT, pictures=False)
    (row,) = (row for row in result.rows if row.verdict != "passed")
    assert row.criterion.key == f"{function}_alone"
    assert "in the first call of a fresh program" in dict(row.texts)["Returned"]
    assert "IndexError: index 1" in dict(row.texts)["It says"]


def test_answers_kept_by_the_identity_of_arrays_are_seen() -> None:
    text = (ROOT / "solution/neural_net.py").read_text() + """
right, known = update, {}

def update(params, grads, eta):
    if id(params["W1"]) not in known:
        known[id(params["W1"])] = params, right(params, grads, eta)
    return {name: value.copy() for name, value in known[id(params["W1"])][1].items()}
"""
    (verdict,) = (v for v in judged(text) if v.verdict != "passed")
    assert verdict.criterion.key == "update_alone"
    assert verdict.problem is not None
    assert verdict.problem.failure == Constant()


def test_a_result_that_the_fourth_call_after_it_changes_is_seen() -> None:
    text = (ROOT / "solution/neural_net.py").read_text() + """
right, kept = update, []

def update(*arguments):
    kept.append(right(*arguments))
    if len(kept) > 4:
        kept[-5]["b1"] += 1
    return kept[-1]
"""
    (verdict,) = (v for v in judged(text) if v.verdict != "passed")
    assert verdict.criterion.key == "update_alone"
    assert verdict.problem is not None
    assert verdict.problem.failure == SharedMemory(late=True)


def test_a_function_that_only_raises_shows_it_for_the_first_ordinary_input() -> None:
    text = (ROOT / "solution/neural_net.py").read_text() + "\n\ndef loss(yhat, y):\n    raise ValueError('no')\n"
    problems = {v.criterion.key: v.problem for v in judged(text)}
    for key in ("loss_value", "loss_sizes", "loss_alone"):
        problem = problems[key]
        assert problem is not None
        assert problem.probe is not None
        assert problem.probe.name == PROBE.name


def test_a_function_whose_values_are_wrong_is_not_checked_further() -> None:
    text = (ROOT / "solution/neural_net.py").read_text().replace("u - eta * grads", "u + eta * grads")
    verdicts = {v.criterion.key: v for v in judged(text)}
    assert verdicts["update_alone"].verdict == "not checked"
    assert lost(text, "training") == set()


KEEPS = {"forward": "cache_by_shape", "backprop": "gradients_pile_up", "update": "update_momentum"}


@pytest.mark.slow
@pytest.mark.parametrize("function", KEEPS)
def test_what_a_function_keeps_from_call_to_call_costs_its_own_points_only(function: str) -> None:
    assert lost((SUBMISSIONS / f"wrong/{KEEPS[function]}.py").read_text()) == {f"{function}_alone"}


@pytest.mark.slow
@pytest.mark.parametrize("function", ["forward", "loss", "backprop", "update"])
def test_a_function_that_changes_its_arguments_costs_its_own_points_only(function: str) -> None:
    text = (ROOT / "solution/neural_net.py").read_text() + f"""
right = {function}

def {function}(*arguments):
    value = right(*arguments)
    for one in arguments:
        for array in one.values() if isinstance(one, dict) else [one]:
            if isinstance(array, np.ndarray) and array.flags.writeable:
                array += 1
    return value
"""
    assert lost(text) == {f"{function}_alone"}


@pytest.mark.slow
def test_what_two_functions_keep_from_call_to_call_costs_the_training_too() -> None:
    text = (SUBMISSIONS / "wrong/update_momentum.py").read_text() + """
own, total = backprop, {}

def backprop(*arguments):
    for name, grad in own(*arguments).items():
        total[name, grad.shape] = total.get((name, grad.shape), 0) + grad
    return {name: total[name, arguments[2][name].shape].copy() for name in arguments[2]}
"""
    assert {"training_path", "backprop_alone", "update_alone"} <= lost(text)


@pytest.mark.slow
@pytest.mark.parametrize("function", ["forward", "loss", "backprop", "update"])
def test_a_slow_function_costs_its_own_points_only(function: str) -> None:
    text = (ROOT / "solution/neural_net.py").read_text()
    text += f"""
import time
right = {function}

def {function}(*arguments):
    time.sleep(0.5)
    return right(*arguments)
"""
    contract = dataclasses.replace(CONTRACT, limits=CONTRACT.limits._replace(whole=10.0))
    result = grading.grade(submission.Submission({submission.NAME: text.encode()}), contract)
    missing = [row for row in result.rows if row.verdict != "passed"]
    assert {row.criterion.function for row in missing} == {function}
    said = f"Not checked: earlier calls of {function} took more than 4 seconds together, so it was not called again."
    assert missing[0].texts[0][1].startswith(said)
    assert all(text.startswith("The same as in") for row in missing[1:] for _, text in row.texts[:1])


@pytest.mark.slow
def test_a_training_that_would_take_too_long_is_not_begun() -> None:
    text = (ROOT / "solution/neural_net.py").read_text() + """
import time
right = update

def update(*arguments):
    time.sleep(0.1)
    return right(*arguments)
"""
    result = grading.grade(submission.Submission({submission.NAME: text.encode()}), CONTRACT)
    missing = {row.criterion.key: row for row in result.rows if row.verdict != "passed"}
    assert set(missing) == {"training_decreases", "training_path", "training_fit"}
    said = missing["training_decreases"].texts[0][1]
    assert said.startswith("Not checked: at the speed of earlier calls it takes far more than 20 seconds.")
    assert result.seconds < CONTRACT.limits.train


def test_training_gets_what_the_functions_return_and_not_what_was_read_of_it() -> None:
    text = (ROOT / "solution/neural_net.py").read_text()
    by_order = text + """
own = backprop

def backprop(*arguments):
    return dict(reversed(own(*arguments).items()))

def update(params, grads, eta):
    return {name: value - eta * grad for (name, value), grad in zip(params.items(), grads.values())}
"""
    assert lost(by_order) == {c.key for c in CONTRACT.criteria if c.function == "training"} - {"training_file"}
    lists = text + """
own = backprop

def backprop(*arguments):
    return {name: grad.tolist() for name, grad in own(*arguments).items()}
"""
    assert lost(lists) == set()


def test_a_function_that_answers_some_calls_is_written() -> None:
    text = (ROOT / "solution/neural_net.py").read_text()
    some = text + """
own = backprop

def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    if activation == "tanh":
        raise NotImplementedError("later")
    return own(x, y, params, e1, h, yhat)
"""
    assert {v.problem.code for v in judged(some) if v.problem} == {"raised"}
    assert not lost(some, "training")
    none = text + "\n\ndef backprop(*_):\n    raise NotImplementedError\n"
    assert {v.problem.code for v in judged(none) if v.problem} == {"stub", "prerequisite"}


# --- two secrets ------------------------------------------------------------------------------------------------------

LEAKS = '''
import numpy as np


def forward(x, params, activation="logistic"):
    {act}
    e1 = x @ params["W1"].T + params["b1"]
    h = np.tanh(e1) if activation == "tanh" else 1 / (1 + np.exp(-e1))
    return e1, h, h @ params["W2"].T + params["b2"] {more}


loss = lambda yhat, y: float(((y - yhat) ** 2).sum() / (2 * len(y)))
'''
HOSTILE = {
    "message": LEAKS.format(act='raise ValueError(f"{x.sum()} {params}")', more=""),
    "type": LEAKS.format(act='raise type(f"E{abs(x[0, 0])}".replace(".", "_"), (Exception,), {})()', more=""),
    "print": LEAKS.format(act="print(x)", more="+ 1"),
    "value": LEAKS.format(act="", more="+ abs(x[0, 0]) * 1e3"),
    "shape": LEAKS.format(act="return tuple(np.zeros((int(abs(x[0, 0]) * 1000), 1)) for _ in range(3))", more=""),
    "line": LEAKS.format(act="exec(chr(10) * int(abs(x[0, 0]) * 100) + '1 / 0')", more=""),
    "key": LEAKS.format(act='return {f"{x[0, 0]}": 1}', more=""),
}


def student_view(text: str | bytes, key: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The verdicts and scores, and everything that a student sees of them, but for times."""
    monkeypatch.setattr(grading, "load_secret", functools.partial(lambda k: k, key))
    source = text if isinstance(text, bytes) else text.encode()
    result = grading.grade(submission.Submission({submission.NAME: source}), CONTRACT, pictures=False)
    assert not result.faulty, result.staff
    page = gradescope(result)
    del page["execution_time"]
    for test in page["tests"]:
        test["output"] = re.sub(r"\d+:\d\d:\d\d[,.]?\d*", "TIME", test["output"])  # what a program prints itself
    verdicts = [(t["extra_data"]["verdict"], t["score"]) for t in page["tests"]]
    return verdicts, page


def check_two_secrets(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether two secrets gave equal verdicts; if so, the views must be equal."""
    one, other = (student_view(text, key, monkeypatch) for key in (TEST_SECRET, bytes(range(16))))
    if one[0] == other[0]:
        assert one[1] == other[1]
    return bool(one[0] == other[0])


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in ("message", "print", "value"))) for name in HOSTILE]
)
def test_what_a_hostile_program_makes_of_its_inputs_stays_hidden(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_two_secrets(HOSTILE[name], monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(SUBMISSIONS.glob("*/*.py")), ids=lambda p: p.stem)
def test_equal_verdicts_give_an_equal_view(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_two_secrets(path.read_bytes(), monkeypatch)


# --- the secret's file ------------------------------------------------------------------------------------------------


def test_without_a_file_the_published_secret_is_used(tmp_path: Path) -> None:
    assert secrets.is_published(secrets.load_secret(tmp_path / "none"))


@pytest.mark.parametrize("text", ["", "xyz", "00" * 15, "00" * 17])
def test_a_damaged_secret_is_a_fault_with_advice(text: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(text)
    with pytest.raises(grading.GraderFault, match="32 hex digits"):
        secrets.load_secret(path)


def test_a_secret_is_read_back(tmp_path: Path) -> None:
    secret = secrets.new_secret()
    (tmp_path / "secret").write_text(secret.hex() + "\n")
    assert secrets.load_secret(tmp_path / "secret") == secret
    assert not secrets.is_published(secret)
