"""The same hidden tests under other graders: otter-grader, and pytest-prairielearn-grader.

Each gets an environment of its own, made with uv, and the calls of `inprocess.py` with the criteria of the rubric.
Otter runs a submission in its own process; the other has a server for it, and each answer travels as JSON.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The second and following packages are imported without being declared.
PACKAGES = {
    "otter": ["otter-grader==7.0.0", "ipykernel"],
    "prairielearn": ["pytest-prairielearn-grader==0.3.1", "networkx", "pandas", "plot-serializer"],
}

OTTER = f'''
import sys
from otter.test_files import test_case

OK_FORMAT = False
name = "hidden tests"
points = 100


@test_case(points=100)
def test_everything(env):
    sys.path.insert(0, {str(ROOT)!r})
    from benchmarks import inprocess

    inprocess.judge_functions(env)
'''

PRAIRIELEARN = f'''
import sys

import numpy as np
import pytest
from pytest_prairielearn_grader import ConfigObject

sys.path.insert(0, {str(ROOT)!r})
from benchmarks import inprocess

autograder_config = ConfigObject(sandbox_timeout=10.0)


@pytest.mark.grading_data(name="hidden tests", points=100)
def test_everything(sandbox):
    def ask(name):
        return lambda *args: arrays(sandbox.query_function("answer", name, *args, query_timeout=10.0), name)

    names = ("forward", "loss", "backprop", "update")
    inprocess.judge_functions(dict(zip(names, map(ask, names))), train=ask("train"))


def arrays(value, name):
    if isinstance(value, dict):
        return {{k: arrays(v, "") for k, v in value.items()}}
    return tuple(map(np.array, value)) if name == "forward" else value if name == "loss" else np.array(value)
'''

# A training is one question, as in our worker, and what comes back is made of lists, which JSON knows.
TRAILING = '''
def answer(name, *args):
    functions = {"forward": forward, "loss": loss, "backprop": backprop, "update": update, "train": train}
    return plain(functions[name](*args))


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    return value if isinstance(value, float) else value.tolist()


def train(params, x, y, eta, activation, steps, marks):
    seen = {}
    for step in range(steps + 1):
        if step in marks:
            seen[str(step)] = params
        e1, h, yhat = forward(x, params, activation)
        loss(yhat, y)
        params = update(params, backprop(x, y, params, e1, h, yhat, activation), eta)
    return seen
'''


def commands(folder: Path, submission: str) -> dict[str, list[str]]:
    """Make the environments and the tests in a folder; give for each grader the command that grades a submission."""
    for name, packages in PACKAGES.items():
        place = folder / name
        _run(sys.executable, "-m", "uv", "venv", "--quiet", "--python", sys.executable, str(place / "venv"))
        lock = ["-r", str(ROOT / "requirements.txt")]
        python = str(place / "venv/bin/python")
        _run(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, *packages, *lock)
    tests, otter = folder / "otter/tests", str(folder / "otter/venv/bin/otter")
    tests.mkdir()
    (tests / "hidden.py").write_text(OTTER)
    _run(otter, "generate", "-t", str(tests), "-o", str(folder / "otter/autograder.zip"), "--no-config",
         "--no-requirements", "--no-environment")  # fmt: skip
    homework = folder / "prairielearn/test_homework"
    homework.mkdir()
    (homework.with_suffix(".py")).write_text(PRAIRIELEARN)
    (homework / "trailing_code.py").write_text(TRAILING)
    (homework / "student_code.py").write_bytes(Path(submission).read_bytes())
    pytest = [str(folder / "prairielearn/venv/bin/python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return {
        "otter-grader, run without a container": [
            otter, "run", "--no-logo", "-a", str(folder / "otter/autograder.zip"), "-o", str(folder / "otter"),
            submission,
        ],
        "pytest-prairielearn-grader": [*pytest, f"--rootdir={homework.parent}", str(homework.with_suffix(".py"))],
    }  # fmt: skip


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"failed: {' '.join(command)}\n{done.stdout[-300:]}{done.stderr[-600:]}")
