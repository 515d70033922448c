"""Each function is judged alone, by its arguments, and asked each question once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import grade, rubric
from autograder.asking import checks
from autograder.asking.exam import FUNCTIONS, Exam
from autograder.sandbox.client import Answer, Sandbox
from autograder.sandbox.frames import Opaque, Was

ROOT = Path(__file__).resolve().parent.parent
SOLUTION = (ROOT / "solution" / "neural_net.py").read_text("utf-8")
CONTRACT = rubric.load()
REFERENCE = grade.load_reference()


def swap(old: str, new: str, text: str = SOLUTION) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


@contextmanager
def taken(text: str) -> Iterator[Exam]:
    with Sandbox({"neural_net.py": text.encode("utf-8")}, "neural_net.py", CONTRACT.limits) as box:
        box.load()
        yield Exam(grade.load_paper(CONTRACT), box)


def right_everywhere(exam: Exam, function: str) -> bool:
    probes = [p for kind in ("logistic", "tanh") for p in exam.probes.general(kind) + exam.probes.sizes(kind)]
    return not any(exam.check(function, probe, part) for probe in probes for part in checks.PARTS[function])


def test_a_mistake_in_one_function_costs_no_other() -> None:
    wrong = {
        "forward": swap('+ params["b1"]', '- params["b1"]'),
        "loss": swap("(2 * len(y))", "len(y)"),
        "backprop": swap("epsilon = (yhat - y)", "epsilon = (y - yhat)"),
        "update": swap(": u - eta", ": u + eta"),
    }
    for function, text in wrong.items():
        with taken(text) as exam:
            assert [f for f in FUNCTIONS if not right_everywhere(exam, f)] == [function]


def test_a_mistake_in_e1_costs_neither_h_nor_yhat() -> None:
    with taken(swap('+ params["b1"]', '- params["b1"]')) as exam:
        for probe in exam.probes.general("tanh"):
            assert [part for part in checks.PARTS["forward"] if exam.check("forward", probe, part)] == ["e1"]


def test_a_step_is_judged_by_the_step_and_not_by_where_it_ends() -> None:
    """One part in a million of the parameters is much of the way: a step that is a little too long is seen."""
    with taken(swap("eta * grads", "1.0001 * eta * grads")) as exam:
        assert exam.check("update", exam.probes.general("logistic")[1], "W1")


def test_every_question_is_asked_once() -> None:
    with taken(SOLUTION) as exam:
        asked: Counter[tuple[str, str]] = Counter()
        ask = exam._ask

        def count(function: str, probe: Any, *more: Any, **named: Any) -> Any:
            asked[function, probe.name] += 1
            return ask(function, probe, *more, **named)

        exam._ask = count  # type: ignore[method-assign]
        for _ in range(2):
            assert all(right_everywhere(exam, f) for f in FUNCTIONS)
        assert set(asked.values()) == {1}


FIRST, SLOPE = "    epsilon = (yhat", "    slope = 1 - h**2 if"
GIVES = SOLUTION[SOLUTION.index('    return {\n        "W1"') :]
GIVES = GIVES[: GIVES.index("    # END SOLUTION")]
BEHAVIOUR = {
    "changed": swap(SLOPE, "    y *= 2\n" + SLOPE),
    "unstable": swap(FIRST, "    N.append(0)\n    epsilon = (1 + 1e-7 * len(N)) * (yhat") + "\nN = []\n",
    "primed": swap(SLOPE, "    h = K['h']\n" + SLOPE, swap("    return e1, h", "    K['h'] = h\n    return e1, h"))
    + "\nK = {}\n",
    "shared": swap(GIVES, GIVES.replace("return {", "KEPT.update({").replace("    }\n", "    })\n    return KEPT\n"))
    + "\nKEPT = {}\n",
}


@pytest.mark.parametrize("kind", BEHAVIOUR)
def test_how_a_function_behaves_costs_the_line_for_that_and_no_other(kind: str) -> None:
    with taken(BEHAVIOUR[kind]) as exam:
        probe = exam.probes.general("logistic")[0]
        assert exam.check("backprop", probe, "W1") is None
        problem = exam.alone("backprop")
        assert problem is not None
        assert problem.kind == kind
        assert exam.alone("loss") is None


def test_the_solution_behaves() -> None:
    with taken(SOLUTION) as exam:
        assert [exam.alone(f) for f in FUNCTIONS] == [None] * 4


def test_an_answer_that_ignores_its_arguments_is_seen() -> None:
    text = re.sub(r"def loss(.|\n)*?# END SOLUTION\n", "def loss(yhat, y):\n    return 0.25\n", SOLUTION)
    with taken(text) as exam:
        problem = exam.alone("loss")
        assert problem is not None
        assert problem.kind == "constant"


def test_training_is_the_references_to_the_last_digits() -> None:
    with taken(SOLUTION) as exam:
        training = exam.training
        assert training.problem is None
        for step in CONTRACT.training.path_steps:
            for name, value in exam.paper.path[step].items():
                assert np.allclose(training.params[step][name], value, rtol=1e-12)
        assert sorted(training.params) == sorted({0, *CONTRACT.training.path_steps, CONTRACT.training.steps})


def test_training_believes_no_loss_of_the_submission() -> None:
    with taken(swap("return float(np.sum((y - yhat) ** 2) / (2 * len(y)))", "return -1.0")) as exam:
        losses = exam.training.losses()
        assert all(value > 0 for value in losses.values())


def test_the_reference_stands_in_for_one_function_and_not_for_two() -> None:
    with taken(swap("epsilon = (yhat - y)", "epsilon = (y - yhat)")) as exam:
        assert exam.training.stands_in == "backprop"
        assert exam.training.problem is None
    text = swap(": u - eta", ": u + eta", swap("epsilon = (yhat - y)", "epsilon = (y - yhat)"))
    with taken(text) as exam:
        assert exam.training.problem is not None
        assert exam.training.problem.kind == "prerequisite"


# --- reading an answer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "none"),
        (float("nan"), "nan"),
        (float("inf"), "nan"),
        (True, "type"),
        ("1.0", "type"),
        (Opaque("function"), "type"),
        (Was("complex", np.array(1 + 0j)), "type"),
        (np.array([1.0, 2.0]), "shape"),
        (np.array([]), "shape"),
        (np.array([True]), "type"),
        (10**400, "type"),
        ([], "shape"),
        ([1.0, "a"], "type"),
        ({}, "type"),
    ],
    ids=repr,
)
def test_what_is_no_number_never_passes(value: Any, kind: str) -> None:
    with taken(SOLUTION) as exam:
        probe = exam.probes.general("logistic")[0]
        reply = checks.read("loss", probe, Answer("returned", value), exam.right("loss", probe))
    problem = reply.problem or reply.problems["loss"]
    assert problem.kind == kind


@pytest.mark.parametrize("form", [float, np.asarray, lambda v: np.array([v]), lambda v: (v,), lambda v: [v]])
def test_a_number_in_another_form_passes(form: Any) -> None:
    with taken(SOLUTION) as exam:
        probe = exam.probes.general("logistic")[0]
        want = exam.right("loss", probe)
        reply = checks.read("loss", probe, Answer("returned", form(float(want["loss"]))), want)
    assert reply.problem is None
    assert checks.error(reply.parts["loss"], want["loss"]) == 0


def test_the_error_is_relative_to_the_norm_and_never_nan() -> None:
    want = np.array([3.0, 4.0])
    assert checks.error(want + np.array([0.0, 5e-6]), want) == pytest.approx(1e-6)
    assert checks.error(np.zeros(2), np.zeros(2)) == 0
    assert checks.error(np.ones(1), np.zeros(1)) == 1
    for bad in (np.nan, np.inf, 1e300):
        assert not checks.error(np.array([bad, 0.0]), want) <= 1
    assert checks.error(want, np.array([np.nan, 1.0])) == float("inf")


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_a_float32_that_is_forgiven_is_so_with_every_seed(seed: int) -> None:
    """A step of 1e-3 beside parameters of size 1 is known to four digits after rounding, and right all the same."""
    text = (ROOT / "tests/submissions/correct/float32_answers.py").read_text("utf-8")
    contract = replace(CONTRACT, seed=seed * 7919)
    with Sandbox({"neural_net.py": text.encode()}, "neural_net.py", contract.limits) as box:
        box.load()
        exam = Exam(grade.load_paper(contract), box)
        probes = exam.probes.general("logistic") + exam.probes.sizes("logistic")
        assert not [p.name for p in probes for part in checks.PARTS["update"] if exam.check("update", p, part)]


def test_no_way_at_all_is_no_excuse() -> None:
    before = np.array([0.5, 0.25])
    assert checks.way_error(before, before, before) == 0
    assert checks.way_error(before + 1, before, before) > 1
    assert checks.way_error(before, before + 1, before) == pytest.approx(1, abs=1e-6)
