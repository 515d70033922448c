"""The contract in its places: the solution, the skeleton, the hand-out and the rubric say the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np

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


def test_every_stub_says_its_own_name() -> None:
    for name, node in functions(ROOT / "student/neural_net.py").items():
        assert ast.unparse(node.body[-1]) == f"raise NotImplementedError('{name} is not written yet')"


def test_the_hand_out_lists_every_line_of_the_rubric_with_its_points() -> None:
    text = (ROOT / "student/README.md").read_text("utf-8")
    listed = {n: (title, float(p)) for n, title, p in re.findall(r"^\| (\d\.\d) \| (.+?) \| ([\d.]+) \|$", text, re.M)}
    lines = rubric.load().lines
    assert set(listed) == {line.number for line in lines}
    for line in lines:
        title, points = listed[line.number]
        assert points == line.points
        assert title == line.title.split(": ", 1)[1]


def test_numbers_begin_with_their_function_and_backprop_carries_the_most() -> None:
    lines = rubric.load().lines
    order = [*FUNCTIONS, "training"]
    assert all(line.number.startswith(f"{order.index(line.function) + 1}.") for line in lines)
    points = {f: sum(line.points for line in lines if line.function == f) for f in order}
    assert max(points, key=lambda f: points[f]) == "backprop"


def test_the_reference_reaches_every_rung_with_a_wide_margin_from_a_thousand_starts() -> None:
    """Whatever this term's hidden angles are.  All starts are trained at once."""
    settings = rubric.load().training
    data, starts, N = load_data(), 1000, settings.hidden_units
    shapes = {"W1": (N, 2), "b1": (1, N), "W2": (2, N), "b2": (1, 2)}
    p = {k: probes.uniform(1, f"starts {k}", starts, *shape) for k, shape in shapes.items()}
    x, y = data["x"], data["y"]

    def forward(x: probes.Array) -> tuple[probes.Array, probes.Array]:
        h = 0.5 * (1 + np.tanh((x @ p["W1"].transpose(0, 2, 1) + p["b1"]) / 2))
        return h, h @ p["W2"].transpose(0, 2, 1) + p["b2"]

    def loss(x: probes.Array, y: probes.Array) -> probes.Array:
        squares: probes.Array = ((forward(x)[1] - y) ** 2).sum((1, 2)) / (2 * len(y))
        return squares

    before = loss(x, y)
    for _ in range(settings.steps):
        h, yhat = forward(x)
        epsilon = (yhat - y) / len(y)
        delta = (epsilon @ p["W2"]) * h * (1 - h)
        step = {
            "W1": delta.transpose(0, 2, 1) @ x, "b1": delta.sum(1, keepdims=True),
            "W2": epsilon.transpose(0, 2, 1) @ h, "b2": epsilon.sum(1, keepdims=True),
        }  # fmt: skip
        p = {k: u - settings.eta * step[k] for k, u in p.items()}
        now = loss(x, y)
        assert (now < before).all()
        before = now
    fit = loss(data["hidden_x"], data["hidden_y"])
    assert fit.max() * 2 <= min(settings.ladder), fit.max()


def test_the_reference_by_itself_agrees_with_the_batch_above() -> None:
    """One start the plain way, so that the spread speaks of the solution and not of a copy of it."""
    settings, data, reference = rubric.load().training, load_data(), load_reference()
    limits = rubric.load().tolerance
    made = probes.Probes(1, reference, limits.finite_e1, limits.finite_slope, settings.hidden_units)
    p = made.start()
    for _ in range(settings.steps):
        e1, h, yhat = reference.forward(data["x"], p)
        p = reference.update(p, reference.backprop(data["x"], data["y"], p, e1, h, yhat), settings.eta)
    assert reference.loss(reference.forward(data["hidden_x"], p)[2], data["hidden_y"]) * 3 <= min(settings.ladder)
