"""The floor under grading: a bare Python that does the arithmetic of a grading, and nothing else.

It calls both solutions as often as the grader does, on arrays of the same sizes, compares the answers in the norm,
trains the submission, and compares the path. No sandbox, no test framework, no messages, no results.

    python benchmarks/floor.py PLAN SUBMISSION...        PLAN comes from benchmarks/speed.py
    python benchmarks/floor.py --draw SUBMISSION...      the pictures of a correct submission, and no arithmetic
"""

import contextlib
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("W1", "b1", "W2", "b2")


def load(path):
    space = {}
    with contextlib.suppress(SystemExit):  # some end with exit()
        exec(compile(Path(path).read_bytes(), path, "exec"), space)
    return {name: space[name] for name in ("forward", "loss", "backprop", "update")}


def arguments(function, n, D, N, K, activation, draw, reference):
    """Random arguments for one call, and the reference's answer to it."""
    shapes = {"W1": (N, D), "b1": (N,), "W2": (K, N), "b2": (K,)}
    params = {name: draw(-1.5, 1.5, shape) for name, shape in shapes.items()}
    x, y = draw(-1.5, 1.5, (n, D)), draw(-2, 2, (n, K))
    e1, h, yhat = reference["forward"](x, params, activation)
    given = {
        "forward": (x, params, activation),
        "loss": (yhat, y),
        "backprop": (x, y, params, e1, h, yhat, activation),
        "update": (params, {name: draw(-1, 1, shape) for name, shape in shapes.items()}, 0.3),
    }[function]
    return given, reference[function](*given)


def compare(got, want):
    if isinstance(want, dict):
        got, want = ([answer[name] for name in NAMES] for answer in (got, want))
    for one, other in zip(got, want, strict=True) if isinstance(want, (tuple, list)) else [(got, want)]:
        assert np.linalg.norm(np.subtract(one, other).ravel()) <= 1e-6 * np.linalg.norm(np.ravel(other)) + 1e-300


def path(functions, params, data, eta, steps):
    """The parameters after each step of gradient descent."""
    x, y = data
    for _ in range(steps):
        e1, h, yhat = functions["forward"](x, params, "logistic")
        functions["loss"](yhat, y)
        params = functions["update"](params, functions["backprop"](x, y, params, e1, h, yhat, "logistic"), eta)
        yield params


def main(plan, submissions):
    np.seterr(all="ignore")
    plan = json.loads(Path(plan).read_text())
    draw, reference = np.random.default_rng(1).uniform, load(ROOT / "solution" / "neural_net.py")
    table = np.loadtxt(ROOT / "data" / "semicircle.csv", delimiter=",", skiprows=1)
    data, units, eta = (table[:, 1:3], table[:, 3:5]), plan["units"], plan["eta"]
    asked = [(function, *arguments(function, *sizes, draw, reference)) for function, *sizes in plan["asks"]]
    start = {"W1": (units, 2), "b1": (units,), "W2": (2, units), "b2": (2,)}
    start = {name: draw(-1, 1, shape) for name, shape in start.items()}
    expected = list(path(reference, start, data, eta, plan["path"][-1]))
    for submission in submissions:
        functions = load(submission)
        for function, given, want in asked:
            compare(functions[function](*given), want)
        for step, params in enumerate(path(functions, start, data, eta, plan["steps"])):
            if step + 1 in plan["path"]:
                compare(params, expected[step])


def pictures(submissions):
    """Draw the pictures of submissions that are correct, as the grader does."""
    sys.path.insert(0, str(ROOT))
    from autograder.rendering import figures
    from autograder.result import Result, Row
    from autograder.rubric import Criterion

    table = np.loadtxt(ROOT / "data" / "semicircle.csv", delimiter=",", skiprows=1)
    losses = {step: 0.5 / (1 + step) for step in range(0, 501, 20)}
    curves = {
        "theta": table[:, 0], "x": table[:, 1:3], "y": table[:, 3:5], "yhat": table[:, 3:5], "step": 500,
        "losses": losses, "reference_losses": [0.5 / (1 + step) for step in range(501)], "stands_in": "", "steps": 500,
    }  # fmt: skip
    rows = [Row(Criterion(key, "", key, 1.0), "passed") for key in ("training_loss", "training_fit")]
    for _ in submissions:
        drawn, problem = figures.draw(Result("", rows, curves=curves))
        assert len(drawn) == 2, problem


if __name__ == "__main__":
    pictures(sys.argv[2:]) if sys.argv[1] == "--draw" else main(sys.argv[1], sys.argv[2:])
