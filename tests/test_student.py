"""What students get: the skeleton, tests that turn green one by one, train.py, and a hand-out that is true."""

import ast
import importlib.util
import itertools
import os
import re
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from autograder import handout, packaging, rubric
from autograder.asking import battery, reading
from autograder.grade import grade
from autograder.packaging import skeleton
from tests.student_support import FUNCTIONS, ROOT, SOLUTION, STUDENT, HandOut, changed, hand_out, with_written
from tests.support import on_linux, with_secret

README, MATH, GRADING, FAQ = (
    (STUDENT / name).read_text(encoding="utf-8") for name in ["README.md", "math.md", "GRADING.md", "FAQ_and_extras.md"]
)
SKIPPED = {".venv", "saved", "__pycache__"}
PYTHON_FILES = sorted(path for path in STUDENT.rglob("*.py") if not SKIPPED & set(path.parts))


def load_reference():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "solution" / "neural_net.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = load_reference()


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The packages of the hand-out, for all tests of this file."""
    with hand_out(tmp_path_factory.mktemp("student")) as packages:
        yield packages


@pytest.fixture
def student(packages) -> HandOut:
    """The hand-out with the solution written."""
    packages.write(SOLUTION)
    return packages


@pytest.fixture
def copied(tmp_path):
    """A student's copy of the hand-out as it is shipped; gives its folder."""
    folder = tmp_path / "student"
    shutil.copytree(STUDENT, folder, ignore=shutil.ignore_patterns("__pycache__", ".*", "saved"))
    (folder / "data").mkdir()
    for name in packaging.STUDENT_FILES:
        shutil.copy(ROOT / name, folder / "data")
    return folder


def run(folder, *words):
    """Run Python in a folder, as a student without a display does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    more = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=clean | more, capture_output=True, text=True, check=False
    )


def function_of(test):
    """Name the function that a test is for."""
    return test.removeprefix("test_").split("_")[0].split("[")[0]


# The skeleton ---------------------------------------------------------------------------------------------------------


def test_skeleton_is_made_from_the_solution():
    assert (STUDENT / "neural_net.py").read_text(encoding="utf-8") == skeleton(SOLUTION)


def bodies():
    """Give the number of lines that the solution has between its markers, by function."""
    found = {}
    for name in FUNCTIONS:
        begin = SOLUTION.index("# BEGIN", SOLUTION.index(f"def {name}"))
        lines = SOLUTION[begin : SOLUTION.index("# END", begin)].splitlines()[1:]
        code = [line for line in lines if line.strip() and not line.strip().startswith("#")]
        found[name] = len(code)
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstring_states_shapes_and_number_of_lines(name):
    node = next(n for n in ast.parse(SOLUTION).body if getattr(n, "name", "") == name)
    text = ast.get_docstring(node)
    parameters, returns = text.split("Parameters\n----------\n")[1].split("Returns\n-------\n")
    for argument in node.args.args:
        assert re.search(rf"^(\w+, )*{argument.arg}\b(, \w+)* : ", parameters, re.MULTILINE), argument.arg
    assert " : " in returns
    assert abs(int(re.search(r"About (\d+) lines?\.", text)[1]) - bodies()[name]) <= 2


# The tests for the learner --------------------------------------------------------------------------------------------


def test_as_shipped_every_test_names_the_missing_function(packages):
    failures = packages.failures(skeleton(SOLUTION))
    assert len(failures) >= 25
    for test, message in failures.items():
        function = "forward" if function_of(test) == "training" else function_of(test)
        assert message == f"{function} is not written yet", test
    assert list(dict.fromkeys(map(function_of, failures))) == [*FUNCTIONS, "training"]


def test_solution_passes_every_test(packages):
    assert packages.failures(SOLUTION) == {}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_test_needs_only_its_function(packages, function):
    failures = packages.failures(with_written(function))
    assert function not in map(function_of, failures)
    assert all(message.endswith("is not written yet") for message in failures.values())


def test_pytest_stops_at_the_next_thing_to_do(copied):
    (copied / "neural_net.py").write_text(with_written("forward", "loss"), encoding="utf-8")
    done = run(copied, "-m", "pytest", "-x", "-W", "error")
    assert "test_backprop_W2" in done.stdout
    assert "backprop is not written yet" in done.stdout
    assert "Traceback" not in done.stdout
    assert ".py:" not in done.stdout.split("FAILURES")[1].split("short test summary")[0]


# What is written instead (function, right, wrong), the first test that fails, and what it says.
WRONG_NUMBERS = {
    "no b1": ("forward", ' + params["b1"]', "", "test_forward_e1", "b1 is not added"),
    "float32": ("forward", "return e1,", "return e1.astype('f'),", "test_forward_e1", "float32, expected float64"),
    "no minus": ("forward", "tanh(e1 / 2)", "tanh(-e1 / 2)", "test_forward_h_logistic", "minus in exp(-e) is missing"),
    "always logistic": ("forward", 'activation == "tanh"', "0", "test_forward_h_tanh", "activation is not used"),
    "squashed": ("forward", "return e1, h, yhat", "return e1, h, np.tanh(yhat)", "test_forward_yhat", "are linear"),
    "2 inputs": ("forward", "e1 = x", "assert x.shape[1] < 3\n    e1 = x", "test_forward_other", "AssertionError"),
    "squeeze": ("forward", "h, yhat\n", "h, yhat.squeeze()\n", "test_forward_sizes_of_one", "of size 1 is missing"),
    "exp": ("forward", "0.5 * (1 + np.tanh(e1 / 2))", "np.exp(e1) / (1 + np.exp(e1))",
            "test_forward_large", "It begins in line 41 of neural_net.py: invalid value encountered in"),
    "list": ("forward", "return e1, h, yhat", "return [e1, h, yhat]", "test_forward_e1", "a list of 3 items, expected"),
    "no return": ("forward", "return e1, h, yhat", "pass", "test_forward_e1", "line with return missing?"),
    "1/n": ("loss", "(2 * len(y))", "len(y)", "test_loss_worked", "It is always 2 times the right number."),
    "1/(nK)": ("loss", "(2 * len(y))", "y.size", "test_loss_other_sizes", "It is always 2/K times the right number."),
    "not over n": ("loss", "(2 * len(y))", "2", "test_loss_worked", "It is always n times the right number."),
    "no 2": ("loss", "(y - yhat) ** 2", "yhat - y", "test_loss_worked", "mistake: the errors are not squared."),
    "array": ("loss", "float(", "np.array(", "test_loss_worked", "an array of shape (), expected a float"),
    "minus": ("backprop", "yhat - y", "y - yhat", "test_backprop_W2", "is -1 times the expected one"),
    "no n": ("backprop", " / len(y)", "", "test_backprop_W2", "is 2 times the expected one"),
    "x for h": ("backprop", "epsilon.T @ h", "epsilon.T @ np.repeat(x, 3, 1)", "test_backprop_W2", "x stands where h"),
    "transposed": ("backprop", "epsilon.T @ h", "h.T @ epsilon", "test_backprop_W2", "(N, K); expected"),
    "mean": ("backprop", "epsilon.sum(axis=0)", "epsilon.mean(axis=0)", "test_backprop_b2", "a mean over the examples"),
    "axis": ("backprop", "epsilon.sum(axis=0)", "epsilon.sum(axis=1)", "test_backprop_b2", "a sum over the outputs"),
    "axis of delta": ("backprop", "delta.sum(axis=0)", "delta.sum(axis=1)", "test_backprop_b1_logistic",
                      "one number for each example, not for each hidden unit"),
    "no axis": ("backprop", "delta.sum(axis=0)", "delta.sum()", "test_backprop_b1_logistic", "lack its axis"),
    "h as slope": ("backprop", "h * (1 - h)", "h", "test_backprop_W1_logistic", "sigma' is h itself"),
    "no slope": ("backprop", "slope * (epsilon", "1 * (epsilon", "test_backprop_W1_logistic", "sigma' is missing"),
    "no W2": ("backprop", 'epsilon @ params["W2"]', "epsilon.sum(axis=1, keepdims=True)",
              "test_backprop_W1_logistic", "without W2"),
    "halved": ("backprop", "delta.sum(axis=0)", "delta.mean(axis=0)", "test_backprop_b1_logistic", "is 0.5 times"),
    "same slope": ("backprop", 'activation == "tanh"', "0", "test_backprop_W1_tanh", "is the one of the logistic"),
    "slope of e": ("backprop", "1 - h**2", "1 - e1**2", "test_backprop_W1_tanh", "from e1 as if it were h"),
    "skipped": ("backprop", "epsilon = (yhat", "x, y, h, yhat = x[:2], y[:2], h[:2], yhat[:2]\n    epsilon = (yhat",
                "test_backprop_gradient_check", "sizes come from the arrays"),
    "key": ("backprop", '"b2": eps', '"bias2": eps', "test_backprop_b2", "dict has no b2. Its keys: 'W1', 'b1', 'W2'"),
    "in place": ("backprop", "epsilon = (yhat - y)", "yhat -= y\n    epsilon = yhat",
                 "test_backprop_other_layouts", "This line changes an array that was passed in"),
    "fits by luck": ("backprop", "epsilon.T @ h", "epsilon @ h", "test_backprop_W2",
                     "What would fit: epsilon.T @ h, which has shape (K, N)."),
    "plus": ("update", "u - eta", "u + eta", "test_update_worked", "the gradient is added"),
    "shared": ("update", "u - eta * grads[name]", "np.subtract(u, eta * grads[name], out=u)",
               "test_update_makes", 'update changed params["W1"]'),
    "state": ("forward", "e1 = x @",
              'forward.calls = getattr(forward, "calls", 0) + 1\n    e1 = forward.calls / 1e15 + x @',
              "test_forward_has_no_side_effects", "another result for the same arguments"),
    "one dict": ("update", "return {name: u - eta * grads[name] for name, u in params.items()}",
                 "kept = update.__dict__.setdefault('kept', {})\n"
                 "    kept |= {k: u - eta * grads[k] for k, u in params.items()}\n    return kept",
                 "test_update_makes", "a later call changed its result"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_NUMBERS)
def test_wrong_numbers_are_explained(packages, name):
    *change, first, words = WRONG_NUMBERS[name]
    test, message = packages.first_failure(changed(*change))
    assert test.startswith(first)
    assert words in message


# What is written instead, and all that the first message says.
STOPS = {
    "no .T": ("forward", 'params["W1"].T', 'params["W1"]',
              ["x has shape (2, 1), that is (n, D).", 'params["W1"] has shape (3, 1), that is (N, D).',
               'What would fit: x @ params["W1"].T, which has shape (n, N).']),
    "* for @": ("forward", 'x @ params["W1"].T', 'x * params["W1"]',
                ["works entry by entry", 'What would fit: x @ params["W1"].T, which has shape (n, N).']),
    "np.dot": ("forward", 'h @ params["W2"].T', 'np.dot(h, params["W2"])', ["(n, N)", "(K, N)", 'h @ params["W2"].T']),
    "columns": ("forward", 'x @ params["W1"].T', 'params["W1"] @ x.T',
                ['params["W1"] @ x.T has shape (3, 2), that is (N, n).', '(params["W1"] @ x.T).T + params["b1"]']),
    "@ for *": ("backprop", "slope * (epsilon", "slope @ (epsilon",
                ['slope * (epsilon @ params["W2"]), entry by entry']),
    "+=": ("forward", "    return e1", '    yhat += params["W1"]\n    return e1',
           ["yhat has shape (2, 2), that is (n, K)."]),
    "bad axis": ("backprop", "delta.sum(axis=0)", "delta.sum(axis=2)",
                 ["delta has shape (2, 3), that is (n, N).", "axis 2 is out of bounds"]),
    "index": ("forward", "e1 = x @", "e1 = 0 * x[0, 5] + x @", ["x has shape (2, 1), that is (n, D).", "index 5"]),
    "typo": ("forward", "e1 = x", "e1 = 0 * parms + x", ["The name parms is not known here. Did you mean params?"]),
    "capital": ("backprop", "(yhat - y)", "(yhat - Y)", ["The name Y is not known here. Did you mean y?"]),
    "np.tan": ("forward", "np.tanh(e1 / 2)", "np.tanhh(e1 / 2)", ["module numpy has no tanhh. Did you mean tanh?"]),
    "key": ("forward", 'x @ params["W1"]', 'x @ params["w1"]',
            ["params has no key 'w1'. Its keys are 'W1', 'b1', 'W2', 'b2'. Did you mean W1?"]),
    "dict": ("update", "grads[name]", "grads", ["grads is a dict with the keys 'W1', 'b1', 'W2', 'b2'."]),
    "None": ("forward", "yhat = h @", "helper = print\n    yhat = helper() @", ["one side of @ is not an array"]),
    "None.shape": ("forward", "yhat = h @", "n = print()\n    yhat = n.shape + h @", ["n is None", "return line"]),
    "unset": ("backprop", "epsilon = (yhat", "epsilon -= (yhat", ["epsilon has no value yet"]),
    "no np": ("forward", "= np.tanh(e1) if", "= tanh(e1) if", ["NumPy's function is np.tanh."]),
    "lost argument": ("", ', activation="logistic"):\n    """Compute the outputs', '):\n    """Compute the outputs',
                      ["The name activation is not known here."]),
    "math": ("forward", "h = np.tanh(e1)", "import math\n    h = math.tanh(e1)",
             ["math.tanh takes one number, and e1 is an array. Use np.tanh."]),
    "brackets": ("forward", 'params["b1"]', 'params("b1")', ["params is a dict with", "( ) calls a function."]),
    "count": ("forward", "e1 = x", "for i in len(x):\n        pass\n    e1 = x", ["write range(...)"]),
    "power": ("loss", "** 2", "^ 2", ["in Python ^ is not a power. Write ** for it."]),
    "one number": ("loss", "(y - yhat) ** 2)", "(y - yhat) ** 2, axis=1)", ["that is (n,)."]),
    "exit": ("loss", "return", "exit()\n    return", ["loss ends the program"]),
    "def": ("", "def loss(yhat, y)", "def loss(yhat)", ["loss() takes 1 positional argument but 2 were given",
                                                        "Leave the def lines"]),
    "renamed": ("", "def loss", "def lost", ["neural_net.py has no function loss."]),
    "colon": ("", "def loss(yhat, y):", "def loss(yhat, y)", ["can't read neural_net.py, line 47: expected ':'."]),
    "bracket": ("", "(2 * len(y))", "(2 * len(y)", ["Python can't read neural_net.py, line 62: '(' was never closed."]),
    "indent": ("", "    return float(", "      return float(", ["neural_net.py, line 62: unexpected indent."]),
    "import": ("", "import numpy as np", "import nunpy as np", ["can't be imported", "line 14", "No module named"]),
    "at import": ("", "import numpy as np", "import numpy as np\nnp.ones(3) + np.ones(2)",
                  ["can't be imported", "np.ones(3) has shape (3,)."]),
    "exit at import": ("", "import numpy as np", "import numpy as np\nexit()", ["the program when it is imported"]),
}  # fmt: skip


@pytest.mark.parametrize("name", STOPS)
def test_exceptions_are_explained(packages, name):
    *change, words = STOPS[name]
    text = changed(*change)
    _, message = packages.first_failure(text)
    assert "Traceback" not in message
    assert "gufunc" not in message
    assert all(each in message for each in words), message
    assert "StopIteration" not in message
    if quoted := re.search(r"line (\d+).*\n    (.+)", message):
        assert text.splitlines()[int(quoted[1]) - 1].strip() == quoted[2]


ARRAYS = ["x", "y", 'params["W1"]', 'params["b1"]', 'params["W2"]', 'params["b2"]', "e1", "h", "yhat"]
SHAPES = dict(zip(ARRAYS, ["nD", "nK", "ND", "N", "KN", "K", "nN", "nN", "nK"], strict=True))


@pytest.mark.parametrize("symbol", ["@", "*", "+"])
def test_shapes_and_advice_are_true_for_any_operands(packages, symbol):
    """All pairs of arrays that backprop gets, combined in a way that stops: what is said of them must be so."""
    made = packages.module("checking.public_inputs").make("general 1 logistic")
    arguments = made.arguments("backprop")
    names = dict(zip(["x", "y", "params", "e1", "h", "yhat"], arguments, strict=False))
    said = advised = 0
    for left, right in itertools.permutations(ARRAYS, 2):
        packages.write(f"def backprop(x, y, params, e1, h, yhat, activation):\n    return {left} {symbol} {right}")
        try:
            packages.code.call("backprop", *arguments)
            continue
        except packages.code.Problem as problem:
            message = str(problem)
        said += 1
        for name in (left, right):
            letters = f"({', '.join(SHAPES[name])}{',' * (len(SHAPES[name]) == 1)})"
            assert f"{name} has shape {eval(name, dict(names)).shape}, that is {letters}." in message
        if found := re.search(r"What would fit: (.+?)(?:, entry by entry)?, which has shape (\(.*\))\.", message):
            advised += 1
            assert eval(found[1], dict(names)).shape == eval(found[2], dict(made.sizes))
    assert said > 20
    assert advised > (10 if symbol != "+" else 0)


def test_no_factor_is_named_when_there_is_none(packages):
    for wrong in ["np.abs(y - yhat) ** 3", "(y - yhat) ** 2 + 1", "np.cos(y - yhat)"]:
        _, message = packages.first_failure(changed("loss", "(y - yhat) ** 2", wrong))
        assert "times" not in message
        assert "expected  15" in message


# The numbers that it judges by ----------------------------------------------------------------------------------------


def test_examples_are_right(packages):
    examples, slopes = packages.module("checking.examples"), packages.module("checking.slopes")
    for case in [*examples.WORKED.values(), *examples.LARGER.values(), *examples.with_sizes_of_one().values()]:
        e1, h, yhat = reference.forward(case.x, case.params, case.activation)
        for name, right in [("e1", e1), ("h", h), ("yhat", yhat)]:
            np.testing.assert_allclose(getattr(case, name), right, rtol=1e-11, atol=1e-12)
        for name, right in reference.backprop(*case.backprop_arguments).items():
            if case.grads:
                np.testing.assert_allclose(case.grads[name], right, rtol=0, atol=1e-14)
            measured = slopes.measured_slopes(name, case.x, case.y, case.params, case.activation)
            np.testing.assert_allclose(measured, right, rtol=1e-9, atol=1e-11)


def test_sizes_of_the_larger_example_all_differ(packages):
    example = packages.module("checking.examples").LARGER["tanh"]
    (n, D), (K, N) = example.x.shape, example.params["W2"].shape
    assert len({n, D, N, K}) == 4
    assert K != 2


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_mistakes_in_delta_have_their_numbers(packages, activation):
    examples = packages.module("checking.examples")
    case = examples.WORKED[activation]
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
    for (mistake, numbers), delta in zip(examples.MISTAKES[activation].items(), deltas, strict=True):
        np.testing.assert_allclose(numbers["W1"], (delta.T @ case.x).ravel(), atol=1e-8, err_msg=mistake)
        np.testing.assert_allclose(numbers["b1"], delta.sum(axis=0), atol=1e-8, err_msg=mistake)


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_stored_losses_are_the_reference_training(packages, activation):
    examples = packages.module("checking.examples")
    params, x, y = examples.START, examples.KNOTS_X, examples.KNOTS_Y
    for step in range(1001):
        e1, h, yhat = reference.forward(x, params, activation)
        if step in examples.LOSS_AFTER[activation]:
            assert reference.loss(yhat, y) == pytest.approx(examples.LOSS_AFTER[activation][step], rel=1e-10)
        params = reference.update(params, reference.backprop(x, y, params, e1, h, yhat, activation), 0.2)


# Public inputs --------------------------------------------------------------------------------------------------------


def public_battery():
    """The grader's own public battery, as the rubric has it."""
    contract = rubric.load()
    tolerance, units = contract.tolerance, contract.training.hidden_units
    forward = reference.forward
    return battery.Battery(battery.PUBLIC_KEY, forward, tolerance.finite_e1, tolerance.finite_slope, units)


def test_public_numbers_are_those_of_the_grader(packages):
    public_inputs = packages.module("checking.public_inputs")
    assert public_inputs.PUBLIC_KEY == battery.PUBLIC_KEY
    for key, name, shape in [(b"", "", (1,)), (b"k", "a b", (3, 7)), (b"\xff" * 64, "ü", (2, 0, 4)), (b"k", "a", (8,))]:
        np.testing.assert_array_equal(public_inputs.uniform(key, name, *shape), battery.uniform(key, name, *shape))


def test_the_names_of_the_arguments_are_those_of_the_grader(packages):
    assert packages.module("checking.judge").ARGUMENTS == reading.ARGUMENTS


def test_public_inputs_are_those_of_the_grader(packages):
    public_inputs = packages.module("checking.public_inputs")
    questions = public_battery().questions
    assert set(public_inputs.names()) == {question.probe.name for question in questions}
    for question in questions:
        mine, theirs = (
            made.arguments(question.function) for made in (public_inputs.make(question.probe.name), question.probe)
        )
        for one, other in zip(flat(mine), flat(theirs), strict=True):
            if isinstance(one, np.ndarray):
                assert one.flags.writeable != question.probe.readonly or not question.probe.readonly
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
            else:
                assert one == other


def flat(arguments):
    """Give all arrays and numbers of a call in a row."""
    for value in arguments:
        yield from value.values() if isinstance(value, dict) else [value]


@pytest.mark.slow
def test_solution_is_right_for_public_inputs_and_mistakes_are_not(student):
    judge, public_inputs = student.module("checking.judge"), student.module("checking.public_inputs")
    for name in public_inputs.names():
        made = public_inputs.make(name)
        for function in FUNCTIONS:
            judge.check_public_input(function, made)
    for function, right, wrong, name in [
        ("forward", 'activation == "tanh"', "0", "general 1 tanh"),
        ("loss", "(y - yhat) ** 2", "np.minimum((y - yhat) ** 2, 25)", "large numbers logistic"),
        ("backprop", "h * (1 - h)", "h", "small numbers logistic"),
        ("update", "u - eta", "u - min(eta, 1)", "large numbers logistic"),
    ]:
        student.write(changed(function, right, wrong))
        with pytest.raises(pytest.fail.Exception, match=re.escape(f"({name}: n = ")):
            judge.check_public_input(function, public_inputs.make(name))


@pytest.mark.slow
@on_linux
def test_the_three_lines_of_a_report_return_what_it_says(copied):
    text = SOLUTION
    for right, wrong in [(' + params["b1"]', ""), ("(2 * len(y))", "2"), ("h * (1 - h)", "h"), ("u - eta", "u + eta")]:
        assert right in text
        text = text.replace(right, wrong)
    (copied / "neural_net.py").write_text(text, encoding="utf-8")
    report = r"Returned: (.+?)(\[.+?\])? = (\S+)\.\n.*\nRun it yourself: \n(.+\n.+\n)print\((.+)\)\n"
    found = [re.search(report, row.text) for row in grade(copied / "neural_net.py", pictures=False).rows]
    shown = [match.groups() for match in found if match]
    assert len(shown) == 4
    for part, index, value, imports, call in shown:
        named = "if isinstance(answer, tuple): answer = dict(zip(['e1', 'h', 'yhat'], answer))"
        code = f"{imports}answer = {call}\n{named}\n"
        number = f"answer[{part.strip(chr(34))!r}]{index}" if index else "answer"
        assert run(copied, "-c", f"{code}print(format({number}, '.6g'))").stdout.strip() == value


def test_command_runs_one_public_input(copied):
    (copied / "neural_net.py").write_text(changed("forward", ' + params["b1"]', ""), encoding="utf-8")
    done = run(copied, "-m", "pytest", "-q", "--input", "forward: general 1 tanh", "-W", "error")
    assert "1 failed" in done.stdout
    assert "forward: e1 (general 1 tanh: n = " in done.stdout


def test_command_names_near_inputs(copied):
    done = run(copied, "-m", "pytest", "-q", "--input", "forward: genral 1 tanh")
    assert "there is no public input 'genral 1 tanh'; near are: general 1 tanh" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


# Files ----------------------------------------------------------------------------------------------------------------


def imports(node):
    """Name the modules that a file imports."""
    for part in ast.walk(node):
        if isinstance(part, ast.Import):
            yield from (alias.name.split(".")[0] for alias in part.names)
        elif isinstance(part, ast.ImportFrom):
            yield part.module.split(".")[0]


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: path.relative_to(STUDENT).as_posix())
def test_student_code_imports_little_on_python_3_10(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))
    allowed = sys.stdlib_module_names | {"checking", "pictures", "neural_net", "train", "numpy", "matplotlib"}
    if path.name in ("test_neural_net.py", "judge.py", "conftest.py"):
        allowed |= {"pytest"}
    allowed |= {"descent.py": {"scipy"}, "style.py": {"PIL"}}.get(path.name, set())
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


@pytest.fixture
def train(packages, capsys, monkeypatch, tmp_path):
    """Run train.py in this process; gives a function from its words to (status, output, errors)."""
    monkeypatch.chdir(tmp_path)
    program, pyplot = packages.module("train"), packages.module("matplotlib.pyplot")
    capsys.readouterr()

    def call(*words):
        try:
            status = program.main(list(words))
        except SystemExit as stop:
            status = stop.code
        pyplot.close("all")
        return (status, *capsys.readouterr())

    return call


def test_train_names_what_is_missing(packages, train):
    packages.write(with_written("forward", "backprop"))
    assert train() == (1, "", "Not written yet: loss, update. Training needs all four functions.\n")


def test_train_trains_and_saves(student, train, tmp_path):
    status, out, err = train()
    assert (status, err) == (0, "")
    assert "step      0   loss 1.14077\n" in out
    assert "step   2000   loss 0.00103\n" in out
    assert "No display here" in out
    assert (tmp_path / "saved" / "train.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["png", "pdf", "svg"])
def test_train_saves_where_it_is_told(student, train, tmp_path, form):
    options = ["--data", "noisy", "--hidden", "1", "--steps", "3", "--activation", "tanh"]
    status, _, err = train(*options, "--save", "--folder", "here", "--format", form)
    assert (status, err) == (0, "")
    assert (tmp_path / "here" / f"train.{form}").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--ete", "1"], "--ete"),
        (["--eta", "o.2"], "--eta"),
        (["--eta", "0"], "--eta"),
        (["--eta", "nan"], "--eta"),
        (["--eta", "inf"], "--eta"),
        (["--steps", "10.5"], "--steps"),
        (["--hidden", "0"], "--hidden"),
        (["--data", "semicirle"], "--data"),
        (["--activation", "Tanh"], "--activation"),
        (["--eta"], "--eta"),
        (["--format", "jpg"], "--format"),
        (["knots"], "knots"),
    ],
)
def test_wrong_options_are_named(train, words, option):
    status, _, err = train(*words)
    assert status == 2
    assert err.startswith("usage: train.py")
    assert option in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("function", "right", "wrong", "answer"),
    [
        ("forward", "return e1, h, yhat", "return e1, h", "forward returned a tuple of 2 items, expected"),
        ("forward", "return e1, h, yhat", "return e1, h, yhat.T", "yhat has shape (2, 17), that is (K, n); expected"),
        ("forward", 'params["W1"].T', 'params["W1"]', 'What would fit: x @ params["W1"].T'),
        ("loss", "return float(", "str(", "loss returned None, expected a float."),
        ("backprop", "delta.T @ x", "x.T @ delta", "W1 has shape (2, 8), that is (D, N); expected (8, 2)"),
        ("backprop", '"b1": delta', '"B1": delta', "backprop: the dict has no b1."),
        ("update", "grads[name]", "grads", "unsupported operand type"),
        ("", "def loss(yhat", "def lost(yhat", "Not written yet: loss."),
        ("", "def loss(yhat, y):", "def loss(yhat, y)", "Python can't read neural_net.py, line 47: expected ':'."),
        ("update", "u - eta", "u + 9 * eta", "The loss is nan or infinite after "),
    ],
)
def test_train_says_what_stops_it(packages, train, function, right, wrong, answer):
    packages.write(changed(function, right, wrong))
    status, _, err = train()
    assert status == 1
    assert answer in err
    assert "Traceback" not in err


def test_train_misses_the_data(student, train, monkeypatch, tmp_path):
    monkeypatch.setattr(student.module("pictures.network"), "FOLDERS", [tmp_path / "data"])
    status, _, err = train()
    assert status == 1
    path = tmp_path / "data" / "semicircle.csv"
    assert err == f"{path} is missing. Unpack the hand-out again, with all its folders.\n"


# The pages ------------------------------------------------------------------------------------------------------------


def test_equations_are_numbered_as_in_the_docstrings():
    assert re.findall(r"\*\*(?:\((\d+)\))(?:, \((\d+)\))?\*\*", MATH) == [
        ("1", ""), ("2", ""), ("3", ""), ("4", ""), ("5", ""), ("6", "7"), ("8", ""), ("9", "10"), ("11", ""),
    ]  # fmt: skip
    assert re.findall(r", equations? \((\d+)\)(?: to \((\d+)\))?", SOLUTION) == [
        ("1", "3"), ("4", ""), ("5", "10"), ("11", ""),
    ]  # fmt: skip


def test_formulas_of_math_md_are_right(packages):
    """The code in math.md is run, index by index, on the worked example."""
    case = packages.module("checking.examples").WORKED["tanh"]
    (n, D), (K, N) = case.x.shape, case.params["W2"].shape
    made = {name: np.zeros(shape) for name, shape in [
        ("e1", (n, N)), ("h", (n, N)), ("yhat", (n, K)), ("epsilon", (n, K)), ("delta", (n, N)),
        ("dW1", (N, D)), ("db1", N), ("dW2", (K, N)), ("db2", K)]}  # fmt: skip
    space = {**made, **case.params, "x": case.x, "y": case.y, "n": n, "D": D, "N": N, "K": K}
    space |= {"exp": np.exp, "tanh": np.tanh, "slope": lambda e: 1 - np.tanh(e) ** 2}
    blocks = "".join(re.findall(r"```python\n(.*?)```", MATH, re.DOTALL))
    sizes = {"i": range(n), "j": range(N), "d": range(D), "k": range(K)}
    for target, letters, right in re.findall(r"^(\w+)(?:\[(.*?)\])? += (.+?)(?: +#.*)?$", blocks, re.MULTILINE):
        free = letters.split(", ") if letters else []
        for index in itertools.product(*(sizes[letter] for letter in free)):
            if target == "u_new":
                continue
            value = eval(right, space | dict(zip(free, index, strict=True)))
            if free:
                made[target][index] = value
            else:
                space[target] = value
    parts = {"e1": case.e1, "h": case.h, "yhat": case.yhat, **{f"d{name}": g for name, g in case.grads.items()}}
    for name, expected in parts.items():
        np.testing.assert_allclose(made[name], expected, atol=1e-12, err_msg=name)
    assert space["L"] == pytest.approx(reference.loss(case.yhat, case.y))


def test_worked_example_in_math_md_is_right(packages):
    blocks = [dict(re.findall(r"(\w+(?: \w+)?) += (.+?)(?:  +|$)", block, re.MULTILINE)) for block in
              re.findall(r"```text\n(.*?)```", MATH, re.DOTALL)]  # fmt: skip

    def number(text):
        return np.array(eval(text, {"A": np.log(3)}), dtype=float)

    start, forward, forward_tanh, loss, backprop, backprop_tanh, update = blocks
    examples = packages.module("checking.examples")
    logistic, tanh = examples.WORKED["logistic"], examples.WORKED["tanh"]
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
    assert "y = [[4.2, -6.7], [-7.8, 1.7]]" in MATH
    after = reference.loss(reference.forward(logistic.x, steps)[2], logistic.y)
    assert f"from 15 to {after:.2f}" in MATH


@pytest.mark.parametrize("package", ["numpy", "matplotlib"])
def test_a_missing_package_is_one_line(package):
    done = run(STUDENT, "-c", f"import sys; sys.modules['{package}'] = None; import explore")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"{package} is not installed for this Python. Activate the environment" in done.stderr


def test_readme_is_short():
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("page", ["README.md", "math.md", "GRADING.md", "FAQ_and_extras.md"])
def test_links_and_images_of_a_page_exist(page):
    text = re.sub(r"```.*?```", "", (STUDENT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    for alt, target in re.findall(r"!?\[(.*?)\]\((.+?)\)", text):
        assert (STUDENT / target).is_file(), target
        assert not target.endswith(".svg") or len(alt) > 60, "an image needs a text that says what it shows"
    assert len(re.findall(r"!\[", text)) == {"README.md": 3, "math.md": 2}.get(page, 0)


def test_files_and_options_in_the_pages_exist(student):
    text = README + MATH + FAQ
    for name in re.findall(r"`([\w/]+\.(?:py|csv|ipynb)|\w+/)`", text):
        places = [STUDENT / name, ROOT / "data" / name, ROOT / name]
        assert any(place.exists() for place in places), name
    options = student.module("train").options
    commands = re.findall(r"python train\.py (--.+)", text) + re.findall(r"`(--(?!help|save|input).+?)`", README)
    assert len(commands) > 4
    for words in commands:
        options(words.split())


# What follows from the rubric -----------------------------------------------------------------------------------------

EDITS = [
    ('title = "Two-layer neural network: from semicircle to parabola"', 'title = "Homework 7"'),
    ("values = 1e-6", "values = 2e-6"),
    ("path = 1e-5", "path = 3e-5"),
    ("finite_e1 = 900.0", "finite_e1 = 700.0"),
    ("finite_slope = 250.0", "finite_slope = 222.0"),
    ("hidden_units = 8", "hidden_units = 9"),
    ("steps = 500", "steps = 555"),
    ("eta = 0.2\n", "eta = 0.21\n"),
    ("ladder = [0.3, 0.1, 0.04]", "ladder = [0.31, 0.05]"),
    ("load = 6.0", "load = 7.5"),
    ("call = 3.0", "call = 2.5"),
    ("train = 20.0", "train = 19.0"),
]
ONE_POINT_MOVED = ('number = "1.1"', "points = 5", "points = 4"), ('number = "1.2"', "points = 4", "points = 5")


def edited_rubric(folder):
    """Write a rubric in which everything that the hand-out tells is different."""
    text = rubric.FILE.read_text(encoding="utf-8")
    for old, new in EDITS:
        assert re.search(rf"^{re.escape(old)}", text, re.MULTILINE), old
        text = re.sub(rf"^{re.escape(old)}", new, text, count=1, flags=re.MULTILINE)
    for number, old, new in ONE_POINT_MOVED:
        begin = text.index(number)
        text = text[:begin] + text[begin:].replace(old, new, 1)
    path = folder / "rubric.toml"
    path.write_text(text, encoding="utf-8")
    return path


def check_page(page, contract):
    """See that a page tells what a rubric says."""
    text = " ".join(page.split())
    told = {number: (title, float(points)) for number, title, points in
            re.findall(r"^\| (\d\.\d) \| (.+?) \| ([\d.]+) \|$", page, re.MULTILINE)}  # fmt: skip
    assert told == {c.number: (c.title.split(": ", 1)[1], c.points) for c in contract.criteria}
    sums = re.findall(r"^\| \*\*\d\*\* \| \*\*.+\*\* \| \*\*([\d.]+)\*\* \|$", page, re.MULTILINE)
    assert sum(map(float, sums)) == sum(c.points for c in contract.criteria) == 100
    training, limits, tolerance = contract.training, contract.limits, contract.tolerance
    for words in [
        f"# How it is graded: {contract.title}",
        f"N = {training.hidden_units}, the logistic, {training.steps} steps with eta = {training.eta:g} ",
        f"share of the points: {', '.join(f'{loss:g}' for loss in training.ladder)}.",
        f"A call takes less than {limits.call:g} seconds, importing the file less than {limits.load:g}, "
        f"the training less than {limits.train:g}, the other calls of one function less than {limits.each:g} together, "
        f"and everything together less than {limits.whole:g}.",
        f"up to {tolerance.finite_e1:g} either way in `forward`, up to {tolerance.finite_slope:g} in `backprop`",
        f"<= {tolerance.values:g} * norm(right)",
        f"the parameters must be right to {tolerance.path:g}.",
        "sizes from 1 to 70",
        "Inputs x up to 60, targets, parameters and gradients up to 100, and each of them as small as 2e-06",
        "Python 3.10",
        "Finite differences in `backprop` give right numbers",
    ]:
        assert words in text, words


def test_grading_page_follows_the_rubric(tmp_path):
    for path in (rubric.FILE, edited_rubric(tmp_path)):
        contract = rubric.load(path)
        check_page(handout.texts(contract)["student/GRADING.md"], contract)


def test_grading_page_was_written_from_its_template():
    template = handout.PAGE.read_text("utf-8").splitlines()
    assert {line for line in template if "{" not in line} <= set(GRADING.splitlines()), "run .venv/bin/autograder build"


@pytest.mark.slow
def test_zip_has_the_graded_numbers_in_one_folder(tmp_path):
    for name in ["autograder", "student", "solution", "data", "setup.sh", "run_autograder", "requirements.txt"]:
        place = tmp_path / "tree" / name
        place.parent.mkdir(exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place, ignore=shutil.ignore_patterns("__pycache__", ".*", "saved"))
        else:
            shutil.copy(ROOT / name, place)
    shutil.copy(edited_rubric(tmp_path), tmp_path / "tree" / "autograder" / "rubric.toml")
    packaging.build(tmp_path / "out", with_secret(tmp_path / "tree"))
    with zipfile.ZipFile(tmp_path / "out" / "student.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    assert [path.name for path in (tmp_path / "unpacked").iterdir()] == ["student"]
    folder = tmp_path / "unpacked" / "student"
    check_page((folder / "GRADING.md").read_text(encoding="utf-8"), rubric.load(edited_rubric(tmp_path)))
    assert {path.stem for path in (folder / "figures").iterdir()} == set(handout.FIGURES)
    assert all(path.read_bytes().startswith(b"<?xml") for path in (folder / "figures").iterdir())
    (folder / "neural_net.py").write_text(SOLUTION, encoding="utf-8")
    done = run(folder, "-m", "pytest", "-q", "--input", "forward: far forward tanh")
    assert "1 passed" in done.stdout
    sizes = "from checking.public_inputs import make; p = make('far forward tanh'); print(abs(p.params['b1']).max(), "
    done = run(folder, "-c", sizes + "make('trained tanh').sizes)")
    assert done.stdout == "700.0 {'n': 17, 'D': 2, 'N': 9, 'K': 2}\n"
