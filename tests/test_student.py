"""What students get: the skeleton, tests that turn green one by one, train.py, and a hand-out that is true."""

import ast
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from autograder.packaging import skeleton

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
STUDENT = ROOT / "student"
SOLUTION = (ROOT / "solution" / "neural_net.py").read_text(encoding="utf-8")
README = (STUDENT / "README.md").read_text(encoding="utf-8")
FUNCTIONS = ["forward", "loss", "backprop", "update"]
PYTHON_FILES = sorted(path for path in STUDENT.rglob("*.py") if ".venv" not in path.parts)


def load(path, name):
    """Import one file under a name of its own."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = load(ROOT / "solution" / "neural_net.py", "reference")
examples = load(STUDENT / "checking" / "examples.py", "hand_out_examples")
slopes = load(STUDENT / "checking" / "slopes.py", "hand_out_slopes")


@pytest.fixture
def hand_out(tmp_path):
    """A student's copy of the hand-out; gives its folder student."""
    shutil.copytree(STUDENT, tmp_path / "student", ignore=shutil.ignore_patterns("__pycache__", ".*", "saved"))
    (tmp_path / "data").mkdir()
    for name in ["semicircle.csv", "knots.csv", "noisy.csv"]:
        shutil.copy(ROOT / "data" / name, tmp_path / "data")
    return tmp_path / "student"


def run(folder, *words, **environment):
    """Run Python in a folder, as a student without a display does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=clean
        | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
        | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def judged(folder, *words):
    """Run the tests of a hand-out; give {test: None when it passed, else its message} in their order."""
    done = run(folder, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=result.xml", *words)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    results = {}
    for case in ElementTree.parse(folder / "result.xml").iter("testcase"):
        failures = [*case.iter("failure"), *case.iter("error")]
        results[case.get("name")] = failures[0].get("message") + (failures[0].text or "") if failures else None
    return results


def of(test):
    """Name the function that a test is for."""
    return test.removeprefix("test_").split("_")[0].split("[")[0]


def with_written(*functions):
    """Give the skeleton with the bodies of some functions put in."""
    parts, stubs = (
        {node.name: ast.get_source_segment(text, node) for node in ast.parse(text).body if hasattr(node, "name")}
        for text in (SOLUTION, skeleton(SOLUTION))
    )
    text = skeleton(SOLUTION)
    for name in functions:
        text = text.replace(stubs[name], parts[name])
    return text


# The skeleton -----------------------------------------------------------------------------------------------------


def test_skeleton_is_made_from_the_solution():
    assert (STUDENT / "neural_net.py").read_text(encoding="utf-8") == skeleton(SOLUTION)


def test_skeleton_and_solution_agree_in_all_but_the_bodies():
    def face(text):
        nodes = ast.parse(text).body
        functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
        return ast.get_docstring(ast.parse(text)), [
            (f.name, ast.unparse(f.args), ast.get_docstring(f)) for f in functions
        ]

    own = (STUDENT / "neural_net.py").read_text(encoding="utf-8")
    assert face(own) == face(SOLUTION)
    assert [name for name, _, _ in face(own)[1]] == FUNCTIONS
    assert all(docstring for _, _, docstring in face(own)[1])


# The tests for the learner ------------------------------------------------------------------------------------------


def test_as_shipped_every_test_fails_and_names_the_function(hand_out):
    results = judged(hand_out)
    assert len(results) >= 30
    for test, message in results.items():
        function = "forward" if of(test) == "training" else of(test)
        assert message.startswith(f"NotImplementedError: {function} is not written yet"), test


def test_tests_come_in_the_order_of_the_work(hand_out):
    order = list(dict.fromkeys(map(of, judged(hand_out))))
    assert order == [*FUNCTIONS, "training"]


def test_with_the_reference_every_test_passes_without_a_warning(hand_out):
    (hand_out / "neural_net.py").write_text(SOLUTION, encoding="utf-8")
    results = judged(hand_out, "-W", "error")
    assert not any(results.values())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_test_needs_only_the_function_it_names(hand_out, function):
    (hand_out / "neural_net.py").write_text(with_written(function), encoding="utf-8")
    for test, message in judged(hand_out).items():
        if of(test) == function:
            assert message is None, test
        else:
            assert message.startswith("NotImplementedError"), test


def test_first_failure_is_the_next_thing_to_do(hand_out):
    (hand_out / "neural_net.py").write_text(with_written("forward", "loss"), encoding="utf-8")
    done = run(hand_out, "-m", "pytest", "-x")
    assert "test_backprop_W2" in done.stdout
    assert "backprop is not written yet" in done.stdout


# What goes wrong: what is written instead, the first test that fails, and what it says.
MISTAKES = {
    "no b1": ("forward", ' + params["b1"]', "", "test_forward_e1", "b1 is not added"),
    "float32": (
        "forward",
        "return e1,",
        "return e1.astype('f'),",
        "test_forward_e1",
        "holds float32, expected float64",
    ),
    "no minus": (
        "forward",
        "tanh(e1 / 2)",
        "tanh(-e1 / 2)",
        "test_forward_h_logistic",
        "the minus in exp(-e) is missing",
    ),
    "always logistic": ("forward", 'activation == "tanh"', "0", "test_forward_h_tanh", "activation is not used"),
    "squashed output": (
        "forward",
        "return e1, h, yhat",
        "return e1, h, np.tanh(yhat)",
        "test_forward_yhat",
        "they are linear",
    ),
    "two inputs": (
        "forward",
        "e1 = x",
        "assert x.shape[1] < 3\n    e1 = x",
        "test_forward_other_sizes",
        "AssertionError",
    ),
    "squeeze": (
        "forward",
        "return e1, h, yhat",
        "return e1, h, yhat.squeeze()",
        "test_forward_sizes_of_one",
        "(2,), exp",
    ),
    "exp": (
        "forward",
        "0.5 * (1 + np.tanh(e1 / 2))",
        "np.exp(e1) / (1 + np.exp(e1))",
        "test_forward_large_excitations",
        "Not finite",
    ),
    "list": (
        "forward",
        "return e1, h, yhat",
        "return [e1, h, yhat]",
        "test_forward_e1",
        "a list of 3 items, expected the",
    ),
    "no return": ("forward", "return e1, h, yhat", "pass", "test_forward_e1", "Is the line with return missing?"),
    "1/n": ("loss", "(2 * len(y))", "len(y)", "test_loss_pencil", "the factor is 1/n; the lecture has 1/(2n)"),
    "1/(nK)": ("loss", "(2 * len(y))", "y.size", "test_loss_other_sizes", "the sum is divided by nK"),
    "no 2": ("loss", "(y - yhat) ** 2", "yhat - y", "test_loss_pencil", "Likely reason: the errors are not squared."),
    "array": ("loss", "float(", "np.array(", "test_loss_pencil", "an array of shape (), expected a float"),
    "minus": ("backprop", "yhat - y", "y - yhat", "test_backprop_W2", "It is -1 times the right one"),
    "no n": ("backprop", " / len(y)", "", "test_backprop_W2", "It is 2 times the right one"),
    "x for h": ("backprop", "epsilon.T @ h", "epsilon.T @ np.repeat(x, 3, 1)", "test_backprop_W2", "x stands where h"),
    "transposed": ("backprop", "epsilon.T @ h", "h.T @ epsilon", "test_backprop_W2", "It is transposed"),
    "mean": ("backprop", "epsilon.sum(axis=0)", "epsilon.mean(axis=0)", "test_backprop_b2", "this is the mean"),
    "axis": ("backprop", "epsilon.sum(axis=0)", "epsilon.sum(axis=1)", "test_backprop_b2", "runs over the outputs"),
    "h as slope": ("backprop", "h * (1 - h)", "h", "test_backprop_W1_logistic", "sigma' is h itself"),
    "no slope": ("backprop", "slope * (epsilon", "1 * (epsilon", "test_backprop_W1_logistic", "sigma' is missing"),
    "no W2": (
        "backprop",
        'epsilon @ params["W2"]',
        "epsilon.sum(axis=1, keepdims=True)",
        "test_backprop_W1_logistic",
        "without W2",
    ),
    "b1 halved": (
        "backprop",
        "delta.sum(axis=0)",
        "delta.mean(axis=0)",
        "test_backprop_b1_logistic",
        "It is 0.5 times",
    ),
    "logistic slope": (
        "backprop",
        'activation == "tanh"',
        "0",
        "test_backprop_W1_tanh",
        "sigma' is the one of the logistic",
    ),
    "slope of e": ("backprop", "1 - h**2", "1 - e1**2", "test_backprop_W1_tanh", "from e1 as if it were h"),
    "last skipped": (
        "backprop",
        "epsilon = (yhat",
        "x, y, h, yhat = x[:2], y[:2], h[:2], yhat[:2]\n    epsilon = (yhat",
        "test_backprop_gradient_check",
        "sizes come from the arrays",
    ),
    "key": ("backprop", '"b2": eps', '"bias2": eps', "test_backprop_W2", "the dict has no b2"),
    "in place": (
        "backprop",
        "epsilon = (yhat - y)",
        "yhat -= y\n    epsilon = yhat",
        "test_backprop_other_layouts",
        "read-only",
    ),
    "plus": ("update", "u - eta", "u + eta", "test_update_pencil", "the gradient is added"),
    "eta": ("update", "eta * grads", "0.02 * grads", "test_update_pencil", "eta is written into the code as 0.02"),
    "shared": (
        "update",
        "u - eta * grads[name]",
        "np.subtract(u, eta * grads[name], out=u)",
        "test_update_makes",
        "changed its",
    ),
}


@pytest.fixture
def tests_for_the_learner(monkeypatch):
    """Run the learner's tests in this process, which is quick; gives a function from a text to {test: message}."""
    monkeypatch.syspath_prepend(STUDENT)
    own = ["neural_net", "test_neural_net", "checking", "checking.judge", "checking.examples", "checking.slopes"]
    for name in own:
        monkeypatch.delitem(sys.modules, name, raising=False)
    tests = importlib.import_module("test_neural_net")

    def failures(text):
        module = ModuleType("neural_net")
        exec(text, module.__dict__)
        monkeypatch.setattr(tests.judge, "neural_net", module)
        found = {}
        for name, test in vars(tests).items():
            if name.startswith("test_"):
                marks = [mark.args for mark in getattr(test, "pytestmark", [])]
                for options in [{marks[0][0]: value} for value in marks[0][1]] if marks else [{}]:
                    try:
                        test(**options)
                    except (Exception, pytest.fail.Exception) as failure:
                        found.setdefault(name, f"{type(failure).__name__}: {failure}")
        return found

    yield failures
    for name in own:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", MISTAKES)
def test_message_says_what_is_wrong(tests_for_the_learner, name):
    function, right, wrong, first, words = MISTAKES[name]
    begin = SOLUTION.index(f"def {function}")
    body = SOLUTION[SOLUTION.index("# BEGIN", begin) : SOLUTION.index("# END", begin)]
    assert right in body
    failed = tests_for_the_learner(SOLUTION.replace(body, body.replace(right, wrong)))
    assert next(iter(failed)).startswith(first)
    assert words in next(iter(failed.values()))


def test_the_reference_fails_none_of_them(tests_for_the_learner):
    assert tests_for_the_learner(SOLUTION) == {}


def test_state_between_calls_is_noticed(tests_for_the_learner):
    right, wrong = "e1 = x @", 'forward.calls = getattr(forward, "calls", 0) + 1\n    e1 = forward.calls / 1e9 + x @'
    failed = tests_for_the_learner(SOLUTION.replace(right, wrong))
    assert "with the same arguments, another result" in failed["test_forward_keeps_its_hands_clean"]


def test_one_result_for_all_calls_is_noticed(tests_for_the_learner):
    text = SOLUTION.replace("    return {\n", "    kept = backprop.__dict__.setdefault('kept', {})\n    kept |= {\n")
    text = text.replace('"b2": epsilon.sum(axis=0),\n    }', '"b2": epsilon.sum(axis=0),\n    }\n    return kept')
    failed = tests_for_the_learner(text)
    assert "its result was changed by a later call" in failed["test_backprop_keeps_its_hands_clean"]


# The numbers it judges by ---------------------------------------------------------------------------------------------

CASES = [*examples.PENCIL.values(), *examples.BIG.values(), *examples.with_sizes_of_one().values()]


@pytest.mark.parametrize("case", CASES)
def test_examples_are_right(case):
    e1, h, yhat = reference.forward(case.x, case.params, case.activation)
    for name, right in [("e1", e1), ("h", h), ("yhat", yhat)]:
        np.testing.assert_allclose(getattr(case, name), right, rtol=1e-11, atol=1e-12)
    grads = reference.backprop(*case.backprop_arguments)
    for name, right in grads.items():
        if case.grads:
            np.testing.assert_allclose(case.grads[name], right, rtol=0, atol=1e-14)
        measured = slopes.measured_slopes(name, case.x, case.y, case.params, case.activation)
        assert np.linalg.norm(measured - right) <= 1e-8 * np.linalg.norm(right)


def test_example_sizes_tell_mistakes_apart():
    (n, D), (K, N) = examples.BIG["tanh"].x.shape, examples.BIG["tanh"].params["W2"].shape
    assert len({n, D, N, K, 2} - {2} | {2}) >= 4
    assert len({n, D, N, K}) == 4
    assert K != 2


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_slips_are_what_those_slips_give(activation):
    case = examples.PENCIL[activation]
    epsilon, h, W2 = (case.yhat - case.y) / 2, case.h, case.params["W2"]
    logistic, tanh = (lambda a: a * (1 - a)), (lambda a: 1 - a * a)
    own, other = (logistic, tanh) if activation == "logistic" else (tanh, logistic)
    deltas = [
        other(h) * (epsilon @ W2),
        epsilon @ W2,
        h * (epsilon @ W2),
        own(case.e1) * (epsilon @ W2),
        own(h) * epsilon.sum(axis=1, keepdims=True),
    ]
    for (slip, numbers), delta in zip(examples.SLIPS[activation].items(), deltas, strict=True):
        np.testing.assert_allclose(numbers["W1"], (delta.T @ case.x).ravel(), atol=1e-8, err_msg=slip)
        np.testing.assert_allclose(numbers["b1"], delta.sum(axis=0), atol=1e-8, err_msg=slip)


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_stored_losses_are_the_reference_training(activation):
    params, x, y = examples.START, examples.KNOTS_X, examples.KNOTS_Y
    for step in range(1001):
        e1, h, yhat = reference.forward(x, params, activation)
        if step in examples.LOSS_AFTER[activation]:
            assert reference.loss(yhat, y) == pytest.approx(examples.LOSS_AFTER[activation][step], rel=1e-10)
        params = reference.update(params, reference.backprop(x, y, params, e1, h, yhat, activation), 0.2)


# Files ----------------------------------------------------------------------------------------------------------------


def imports(node):
    """Name the modules that a file imports."""
    for part in ast.walk(node):
        if isinstance(part, ast.Import):
            yield from (alias.name.split(".")[0] for alias in part.names)
        elif isinstance(part, ast.ImportFrom):
            yield part.module.split(".")[0]


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: path.relative_to(STUDENT).as_posix())
def test_student_code_imports_little_and_runs_on_python_3_10(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))
    own = {"checking", "pictures", "neural_net", "train"}
    allowed = sys.stdlib_module_names | own | {"numpy", "matplotlib"}
    if path.name in ("test_neural_net.py", "judge.py"):
        allowed |= {"pytest"}
    if path.name == "optimizers.py":
        allowed |= {"scipy"}
    assert set(imports(tree)) <= allowed


def test_requirements_are_three():
    names = re.findall(r"^\w+", (STUDENT / "requirements.txt").read_text(), re.MULTILINE)
    assert names == ["numpy", "matplotlib", "pytest"]


def test_text_is_utf_8_with_unix_line_ends():
    for path in [*PYTHON_FILES, *STUDENT.glob("*.md"), *STUDENT.glob("*.txt"), *STUDENT.glob("*.ini")]:
        raw = path.read_bytes()
        assert b"\r" not in raw
        raw.decode("utf-8")


# train.py -------------------------------------------------------------------------------------------------------------


def test_train_names_what_is_missing(hand_out):
    (hand_out / "neural_net.py").write_text(with_written("forward", "backprop"), encoding="utf-8")
    done = run(hand_out, "train.py")
    assert done.returncode == 1
    assert done.stderr == "Not written yet: loss, update. Training needs all four functions.\n"


def test_train_trains_and_saves(hand_out):
    (hand_out / "neural_net.py").write_text(SOLUTION, encoding="utf-8")
    done = run(hand_out, "train.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "loss at the start         1.14077" in done.stdout
    assert "loss after 2000 steps     0.00103" in done.stdout
    assert "No display here" in done.stdout
    assert (hand_out / "saved" / "train.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["png", "pdf", "svg"])
def test_train_saves_where_it_is_told(hand_out, form):
    (hand_out / "neural_net.py").write_text(SOLUTION, encoding="utf-8")
    options = ["--data", "noisy", "--hidden", "1", "--steps", "3", "--activation", "tanh"]
    done = run(hand_out, "train.py", *options, "--save", "--folder", "here", "--format", form)
    assert done.returncode == 0, done.stderr
    assert (hand_out / "here" / f"train.{form}").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--ete", "1"], "--ete is not known here. Did you mean --eta?"),
        (["--eta", "o.2"], "argument --eta: 'o.2' is not a number"),
        (["--eta", "0"], "argument --eta: 0 is not possible, it must be greater than 0"),
        (["--eta", "nan"], "argument --eta: nan is not possible, it must be greater than 0"),
        (["--eta", "inf"], "argument --eta: inf is not possible"),
        (["--steps", "10.5"], "argument --steps: '10.5' is not a whole number"),
        (["--hidden", "0"], "argument --hidden: 0 is not possible, it must be at least 1"),
        (["--data", "semicirle"], "Did you mean semicircle?"),
        (["--activation", "Tanh"], "Did you mean tanh?"),
        (["--eta"], "argument --eta: expected one argument"),
        (["--format", "jpg"], "'jpg' is none of png, pdf, svg"),
        (["knots"], "knots is not known here."),
    ],
)
def test_a_slip_on_the_command_line_gets_one_clear_line(words, answer):
    done = run(STUDENT, "train.py", *words)
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert answer in first
    assert second == "Type  python train.py --help  to see what is possible."


@pytest.mark.parametrize(
    ("right", "wrong", "answer"),
    [
        ("return e1, h, yhat", "return e1, h", "Your forward does not return the tuple (e1, h, yhat)."),
        ("return e1, h, yhat", "return e1, h, yhat.T", "Your forward gives yhat of shape (2, 17), expected (17, 2)."),
        (
            'x @ params["W1"].T',
            'x @ params["W1"]',
            "Your forward stopped in line 30 of neural_net.py: ValueError: matmul",
        ),
        ("return float(", "str(", "Your loss gives NoneType, expected a float."),
        ("delta.T @ x", "x.T @ delta", "Your backprop gives W1 of shape (2, 8), expected (8, 2)."),
        ('"b1": delta', '"B1": delta', "Your backprop gives a dict without b1."),
        ("eta * grads[name]", "eta * grads", "Your update stopped in line "),
        ("def loss(yhat", "def lost(yhat", "Not written yet: loss."),
        ("import numpy as np", "import nunpy as np", "neural_net.py could not be imported: No module named 'nunpy'."),
        ("def loss(yhat, y):", "def loss(yhat, y)", "Python cannot read neural_net.py, line 38: expected ':'."),
        (
            "import numpy as np",
            "import numpy as np\n1 / 0",
            "stops in line 15 of neural_net.py when it is imported: ZeroDiv",
        ),
        ("u - eta", "u + 9 * eta", "The loss is no longer finite after "),
    ],
)
def test_train_says_in_one_line_what_stops_it(hand_out, right, wrong, answer):
    assert right in SOLUTION
    (hand_out / "neural_net.py").write_text(SOLUTION.replace(right, wrong), encoding="utf-8")
    done = run(hand_out, "train.py")
    assert done.returncode == 1
    assert answer in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_train_misses_the_data(hand_out):
    (hand_out / "neural_net.py").write_text(SOLUTION, encoding="utf-8")
    shutil.rmtree(hand_out.parent / "data")
    done = run(hand_out, "train.py")
    assert done.returncode == 1
    assert "The folder data belongs beside the folder student; unpack both." in done.stderr
    assert len(done.stderr.splitlines()) == 1


# The hand-out ---------------------------------------------------------------------------------------------------------


def test_equations_are_numbered_as_in_the_docstrings():
    assert re.findall(r"\\tag\{(\d+)\}", README) == [str(number) for number in range(1, 12)]
    named = re.findall(r"\(equations? (\d+)(?: to (\d+))?\)", SOLUTION)
    assert named == [("1", "3"), ("4", ""), ("5", "10"), ("11", "")]


def test_rubric_in_the_hand_out_is_the_rubric():
    rubric = tomllib.loads((ROOT / "autograder" / "rubric.toml").read_text(encoding="utf-8"))
    wanted = [(line["number"], line["title"].split(": ", 1)[1], str(line["points"])) for line in rubric["line"]]
    assert re.findall(r"^\| (\d\.\d) \| (.+) \| (\d+) \|$", README, re.MULTILINE) == wanted
    sums = {group: sum(int(points) for number, _, points in wanted if number[0] == group) for group in "12345"}
    groups = re.findall(r"^\| \*\*(\d)\*\* \| .+ \| \*\*(\d+)\*\* \|$", README, re.MULTILINE)
    assert {group: int(points) for group, points in groups} == sums
    assert sum(sums.values()) == 100


def test_training_and_limits_in_the_hand_out_are_the_rubric_s():
    rubric = tomllib.loads((ROOT / "autograder" / "rubric.toml").read_text(encoding="utf-8"))
    training, limits, text = rubric["training"], rubric["limits"], " ".join(README.split())
    assert (
        f"$N$ = {training['hidden_units']}, the logistic, {training['steps']} steps with $\\eta$ = {training['eta']}"
        in text
    )
    assert f"reaches: {', '.join(map(str, training['ladder']))}." in text
    assert f"A call takes less than {limits['call']:g} seconds, importing the file less than {limits['load']:g}" in text
    assert f"the training less than {limits['train']:g}" in text
    assert rubric["tolerance"]["values"] == 1e-6
    assert rubric["tolerance"]["finite_e1"] <= 1000
    assert rubric["tolerance"]["finite_slope"] <= 300


def test_pencil_numbers_in_the_hand_out_are_right():
    blocks = [dict(re.findall(r"(\w+(?: \w+)?) += (.+?)(?:  +|$)", block, re.MULTILINE)) for block in
              re.findall(r"```text\n(.*?)```", README, re.DOTALL)]  # fmt: skip

    def number(text):
        return np.array(eval(text, {"A": np.log(3)}), dtype=float)

    start, forward, forward_tanh, loss, backprop, backprop_tanh, update = blocks
    logistic, tanh = examples.PENCIL["logistic"], examples.PENCIL["tanh"]
    steps = reference.update(logistic.params, logistic.grads, 0.1)
    pairs = [(number(start[name]), logistic.params[name]) for name in ["W1", "b1", "W2", "b2"]]
    pairs += [(number(start["x"]), logistic.x), (number(start["y"]), logistic.y), (number(loss["loss"]), 15)]
    pairs += [(number(forward[name]), getattr(logistic, name)) for name in ["e1", "h", "yhat"]]
    pairs += [(number(forward_tanh[name]), getattr(tanh, name)) for name in ["h", "yhat"]]
    for case, block in [(logistic, backprop), (tanh, backprop_tanh)]:
        pairs += [(number(block[f"grad {name}"]), case.grads[name]) for name in case.grads]
        slope = case.h * (1 - case.h) if case is logistic else 1 - case.h**2
        epsilon = (case.yhat - case.y) / 2
        pairs += [(number(block["slope"]), slope), (number(block["delta"]), slope * (epsilon @ case.params["W2"]))]
        pairs += [(number(backprop["epsilon"]), epsilon)]
    pairs += [(number(update[name]), steps[name]) for name in ["W2", "b2"]]
    for told, right in pairs:
        np.testing.assert_allclose(told, right, rtol=0, atol=1e-12)
    assert "y = [[4.2, -6.7], [-7.8, 1.7]]" in README
    after = reference.loss(reference.forward(logistic.x, steps)[2], logistic.y)
    assert f"from 15 to {after:.2f}" in README


def inline_formulas():
    """Find the formulas between single dollars, outside of code."""
    text = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    return [(line, re.findall(r"\$([^$]+)\$", re.sub(r"`[^`]*`", "", line))) for line in text.splitlines()]


def test_formulas_survive_markdown():
    found = 0
    for line, formulas in inline_formulas():
        for formula in formulas:
            found += 1
            assert not re.search(r"\\[^A-Za-z]", formula), "Markdown takes a backslash before a sign away"
            assert "|" not in formula, "a bar ends a table's cell"
            assert line.startswith("|") or not re.search(r"[)}]_", formula), "two of these make Markdown set italics"
    assert found > 40
    assert README.count("```math") == len(re.findall(r"```math\n.+?\n```", README, re.DOTALL)) > 10


@pytest.mark.slow
def test_files_and_options_in_the_hand_out_exist():
    for name in re.findall(r"`((?:\.\./)?[\w/]+\.(?:py|csv)|\w+/)`", README):
        places = [STUDENT / name, ROOT / "data" / name, STUDENT / "checking" / name]
        assert any(place.exists() for place in places), name
    for words in re.findall(r"python train\.py (--.+)", README):
        done = run(STUDENT, "train.py", *re.sub(r"[`)].*", "", words).split(), "--help")
        assert done.returncode == 0, words


def test_docstring_of_train_shows_a_command_that_works(hand_out):
    done = run(hand_out, "train.py", "--help")
    assert done.returncode == 0
    assert all(option in done.stdout for option in ["--data", "--hidden", "--eta", "--steps", "--activation", "--save"])
