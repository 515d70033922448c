"""The contract in its places: the solution, the skeleton, the hand-out and the rubric say the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from autograder import rubric
from autograder.asking import probes
from autograder.grade import load_data, load_reference
from autograder.packaging import skeleton

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ["forward", "loss", "backprop", "update"]


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_skeleton_and_solution_have_the_same_names_signatures_and_docstrings() -> None:
    stubs, solved = functions(ROOT / "student/neural_net.py"), functions(ROOT / "solution/neural_net.py")
    assert list(stubs) == list(solved) == FUNCTIONS
    for name in FUNCTIONS:
        assert ast.dump(stubs[name].args) == ast.dump(solved[name].args)
        assert ast.get_docstring(stubs[name]) == ast.get_docstring(solved[name])


def test_skeleton_is_the_solution_with_its_bodies_taken_out() -> None:
    solved = (ROOT / "solution/neural_net.py").read_text("utf-8")
    assert skeleton(solved) == (ROOT / "student/neural_net.py").read_text("utf-8")


def test_the_hand_out_lists_every_line_of_the_rubric() -> None:
    text = (ROOT / "student/GRADING.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| (\d\.\d) \| (.+?) \| [\d.]+ \|$", text, re.M))
    assert listed == {line.number: line.title.split(": ", 1)[1] for line in rubric.load().lines}


def test_the_reference_by_itself_reaches_every_rung() -> None:
    settings, data, reference = rubric.load().training, load_data(), load_reference()
    limits = rubric.load().tolerance
    made = probes.Probes(1, reference, limits.finite_e1, limits.finite_slope, settings.hidden_units)
    p = made.start()
    for _ in range(settings.steps):
        e1, h, yhat = reference.forward(data["x"], p)
        p = reference.update(p, reference.backprop(data["x"], data["y"], p, e1, h, yhat), settings.eta)
    assert reference.loss(reference.forward(data["hidden_x"], p)[2], data["hidden_y"]) * 3 <= min(settings.ladder)
