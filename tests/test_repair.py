"""Repairs: the edits of a program, the search among them, and the way of a hint to the page."""

from __future__ import annotations

import ast
import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder import grade as grading
from autograder import rounds, rubric, submission
from autograder.asking import hints as hinting
from autograder.asking.battery import PUBLIC_KEY
from autograder.asking.hints import Hint, read_hint, read_repairs
from autograder.asking.reading import Loading, read
from autograder.asking.transcript import PublicTranscript
from autograder.course import reports, statistics, store
from autograder.rendering import html
from autograder.repair import edits, hints, search
from autograder.result import Result, gradescope
from autograder.sandbox.client import Answer, GraderFault
from tests.support import ROOT, on_linux

CONTRACT = rubric.load()
PAPER = rounds.paper_for(CONTRACT, PUBLIC_KEY)
PROGRAM = """import numpy as np


def sigma(e, activation):
    return np.tanh(e) if activation == "tanh" else 0.5 * (1 + np.tanh(e / 2))


def forward(x, params, activation="logistic"):
    e1 = x @ params["W1"].T + params["b1"]
    h = sigma(e1, activation)
    yhat = h @ params["W2"].T + params["b2"]
    return e1, h, yhat


def loss(yhat, y):
    n = len(y)
    return float(((y - yhat) ** 2).sum() / (2 * n))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    n = len(x)
    epsilon = (yhat - y) / n
    if activation == "logistic":
        slope = h * (1 - h)
    else:
        slope = 1 - h**2
    delta = epsilon @ params["W2"] * slope
    db1 = delta.sum(axis=0)
    db2 = epsilon.sum(axis=0)
    return {"W1": delta.T @ x, "b1": db1, "W2": epsilon.T @ h, "b2": db2}


def update(params, grads, eta):
    new = {}
    for key in params:
        new[key] = params[key] - eta * grads[key]
    return new
"""


def expressions(text: str) -> set[str]:
    """The statements that edits make of the only statement of a function."""
    tree = ast.parse(text)
    made = set()
    for one in edits.all_edits(tree):
        done = edits.apply([one])
        assert done is not None
        made.add("; ".join(ast.unparse(tree).split("\n    ")[1:]))
        edits.undo(done)
    assert ast.unparse(tree) == ast.unparse(ast.parse(text))
    return made


def changed(*pairs: tuple[str, str]) -> str:
    """The program with some of its text replaced."""
    text = PROGRAM
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if part in line)


def transcript(text: str) -> tuple[PublicTranscript, dict[str, Any]]:
    """The answers of a program to the public questions, and its names."""
    namespace: dict[str, Any] = {}
    exec(compile(text, "neural_net.py", "exec"), namespace)
    readings = {}
    for question in PAPER.battery.questions:
        try:
            answer = Answer("returned", namespace[question.function](*question.probe.arguments(question.function)))
        except Exception:
            answer = Answer("raised")
        readings[question.key] = read(question, answer)
    return PublicTranscript(PAPER, Loading(), readings), namespace


def searched(text: str, function: str, edits: int = hints.EDITS, steps: int = hints.STEPS) -> dict[str, Any]:
    public, namespace = transcript(text)
    return search.search(namespace, text, "neural_net.py", function, hints.questions(public, function), edits, steps)


def hinted(text: str, function: str) -> Hint | None:
    """What a search says of a program, as the judge reads it."""
    repairs = read_repairs(Answer("returned", searched(text, function)))
    return read_hint(Answer("returned", edits.edit(text, repairs)[1]), text.count("\n")) if repairs else None


# --- edits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return a - b", "return a + b"),
        ("return a - b", "return b - a"),
        ("return a * b", "return a @ b"),
        ("return a * b", "return a"),
        ("return a.T", "return a"),
        ("return a @ b", "return b @ a"),
        ("return a @ b", "return a.T @ b"),
        ("return a.T @ b", "return a @ b.T"),
        ("return a", "return b"),
        ("return a", "return -a"),
        ("return a", "return a / b"),
        ("return a", "return a ** 2"),
        ("return a ** 2", "return a"),
        ("return a - b * a", "return (a - b) * a"),
        ("return a.sum()", "return a.sum(axis=0)"),
        ("return np.sum(a, axis=0)", "return np.sum(a, axis=1)"),
        ("return np.mean(a)", "return np.sum(a)"),
        ("return a['W1']", "return a['W2']"),
        ("return a[0]", "return a[1]"),
        ("return a[:-1]", "return a"),
        ("a -= b", "a = a - b"),
        ("a -= b", "a += b"),
        ("a = b", "a = b.copy()"),
        ("a = b", "a += b"),
        ("a[0] = b", "pass"),
        ("for i in range(a): b += i", "for i in range(a - 1):;     b += i"),
    ],
)
def test_a_mistake_has_its_edit(before: str, after: str) -> None:
    made = expressions(f"import numpy as np\ndef f(a, b):\n    {before}\n")
    assert after in made, sorted(made)


def test_edits_of_indentation_move_a_statement() -> None:
    inside = "def f(a):\n    for b in a:\n        c = b\n        return c\n"
    outside = "def f(a):\n    for b in a:\n        c = b\n    d = c\n    return d\n"
    assert "for b in a:;     c = b; return c" in expressions(inside)
    assert "for b in a:;     c = b;     d = c; return d" in expressions(outside)


def test_no_edit_changes_the_contract() -> None:
    tree = ast.parse(PROGRAM)
    signatures = [ast.unparse(one.args) for one in tree.body if isinstance(one, ast.FunctionDef)]
    for one in edits.all_edits(tree):
        done = edits.apply([one])
        assert done is not None
        assert [ast.unparse(one.args) for one in tree.body if isinstance(one, ast.FunctionDef)] == signatures
        edits.undo(done)


def test_edits_compile_and_have_kinds_of_the_list() -> None:
    tree = ast.parse(PROGRAM)
    found = edits.all_edits(tree)
    assert len(found) > 500
    assert {one.kind for one in found} <= set(hinting.KINDS) == {"", *edits.KINDS}
    for one in found:
        done = edits.apply([one])
        assert done is not None
        compile(tree, "x", "exec")
        edits.undo(done)


# --- the search -------------------------------------------------------------------------------------------------------

MISTAKES = {
    "axis": ("backprop", ("db1 = delta.sum(axis=0)", "db1 = delta.sum(axis=1)"), "db1 = ", "axis"),
    "sign": ("backprop", ("(yhat - y) / n", "(yhat + y) / n"), "epsilon = ", "sign"),
    "operator": ("backprop", ('@ params["W2"] * slope', '@ params["W2"] / slope'), "delta = ", "operator"),
    "transpose": ("forward", ('params["W2"].T', 'params["W2"]'), "yhat = h", "transpose"),
    "power": ("backprop", ("1 - h**2", "1 - h"), "slope = 1", "power"),
    "key": ("forward", ('+ params["b2"]', '+ params["b1"]'), "yhat = h", "key"),
    "factor": ("loss", ("(2 * n)", "n"), "return float", "factor"),
    "name": ("backprop", ("epsilon.T @ h", "epsilon.T @ e1"), "epsilon.T @", "name"),
    "term": ("loss", ("(y - yhat) ** 2", "(y - yhat + y.mean()) ** 2"), "return float", "term"),
    "bound": ("loss", ("float(((y - yhat) ** 2)", "float(((y[1:] - yhat[1:]) ** 2)"), "return float", "bound"),
    "indentation": ("update", ("    return new\n", "        return new\n"), "return new", "indentation"),
    "brackets": ("loss", (".sum() / (2 * n)", ".sum() / 2 * n"), "return float", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_one_edit_finds_the_line_and_its_kind(name: str) -> None:
    function, (old, new), part, kind = MISTAKES[name]
    text = changed((old, new))
    line = line_of(text, part)
    assert hinted(text, function) == Hint(((line, line),), kind)


def test_the_same_edit_at_several_places_is_one_repair() -> None:
    text = changed(("delta.sum(axis=0)", "delta.sum(axis=1)"), ("epsilon.sum(axis=0)", "epsilon.sum(axis=1)"))
    lines = [line_of(text, part) for part in ("db1 = ", "db2 = ")]
    assert hinted(text, "backprop") == Hint(tuple((line, line) for line in lines), "axis")


def test_a_chain_repairs_two_mistakes_of_two_kinds() -> None:
    text = changed(("delta.sum(axis=0)", "delta.sum(axis=1)"), ("epsilon.T @ h", "epsilon.T @ e1"))
    lines = [line_of(text, part) for part in ("db1 = ", "epsilon.T @")]
    assert hinted(text, "backprop") == Hint(tuple((line, line) for line in lines), "")


def test_repairs_on_several_lines_are_no_hint() -> None:
    # Twice too large: epsilon may be halved, or what it is divided by doubled.
    head = "    n = len(x)\n"
    far = head + "    m = n / 2\n    " + "\n    ".join("# ..." for _ in range(9)) + "\n"
    text = changed(("(yhat - y) / n", "(yhat - y) / m"), ("    n = len(x)\n    epsilon", far + "    epsilon"))
    found = searched(text, "backprop")
    spans = edits.edit(text, found["repairs"])[1]["spans"]
    assert len({str(one) for one in spans}) > 1
    assert hinted(text, "backprop") is None


def test_repairs_on_neighboring_lines_are_one_hint() -> None:
    text = changed(("(yhat - y) / n", "(yhat - y) / m"), ("    n = len(x)\n    eps", "    m = len(x) / 2\n    eps"))
    line = line_of(text, "m = len")
    found = hinted(text, "backprop")
    assert found is not None
    assert found.spans == ((line, line + 1),)
    assert found.sentence(text.split("\n")).startswith(f"one of lines {line} to {line + 1}, from: m = len(x) / 2\n")


def test_a_size_is_not_redefined() -> None:
    text = changed(("(yhat - y) / n", "(yhat - y) / n / n"))
    epsilon = line_of(text, "epsilon = ")
    assert hinted(text, "backprop") == Hint(((epsilon, epsilon),), "factor")


def test_a_mistake_in_a_helper_is_found_there() -> None:
    text = changed(("0.5 * (1 + np.tanh(e / 2))", "0.5 * (1 - np.tanh(e / 2))"))
    found = hinted(text, "forward")
    assert found is not None
    assert found.spans == ((5, 5),)


def test_what_is_reached_by_a_table_is_edited_too() -> None:
    table = ("def forward", 'TABLE = {"f": sigma}\n\n\ndef forward')
    text = changed(table, ("h = sigma(e1, activation)", 'h = TABLE["f"](e1, activation)'), ("(e / 2)", "(-e / 2)"))
    assert hinted(text, "forward") == Hint(((5, 5),), "sign")


def test_the_same_program_has_the_same_repairs() -> None:
    text = changed(*(pair for _, pair, _, _ in (MISTAKES["axis"],)))
    assert searched(text, "backprop") == searched(text, "backprop")


@pytest.mark.parametrize("limit", [{"edits": 50}, {"steps": 300}])
def test_a_search_that_does_not_finish_says_nothing(limit: dict[str, int]) -> None:
    text = changed(MISTAKES["axis"][1])
    found = searched(text, "backprop", **limit)
    assert not found["finished"]
    assert found["repairs"] == []


def test_an_edit_that_never_ends_is_counted() -> None:
    loop = "    k = 0\n    while k < 3:\n        k += 1\n    return float(((y - yhat) ** 2).sum() / n)"
    found = searched(changed(("    return float(((y - yhat) ** 2).sum() / (2 * n))", loop)), "loss")
    assert found["finished"]
    assert found["repairs"]


def test_random_programs_have_no_repairs() -> None:
    text = changed(MISTAKES["axis"][1], ("    n = len(x)\n", "    n = len(x)\n    np.random.rand(1)\n"))
    assert searched(text, "backprop")["repairs"] == []


# --- what the judge reads ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        None, [], {"spans": []}, {"spans": [[]], "kinds": []}, {"spans": [[[0, 0]]], "kinds": [""]},
        {"spans": [[[3, 2]]], "kinds": [""]}, {"spans": [[[9, 9]]], "kinds": [""]}, {"spans": [[[1, 1]]], "kinds": ""},
        {"spans": [[["1", 1]]], "kinds": [""]}, {"spans": [[[1, 1]], [[4, 4]]], "kinds": ["", ""]},
    ],
)  # fmt: skip
def test_a_hint_that_is_none_is_not_read(value: Any) -> None:
    assert read_hint(Answer("returned", value), 8) is None


def test_a_kind_outside_the_list_is_not_said() -> None:
    assert read_hint(Answer("returned", {"spans": [[[1, 1]]], "kinds": ["<b>"], "edit": []}), 8) == Hint(((1, 1),))


@pytest.mark.parametrize("repairs", [None, [], [[-1]], [["x"]], [[True]], [[]], [[1]] * 99, [[1] * 99]])
def test_repairs_that_are_none_are_not_read(repairs: Any) -> None:
    assert read_repairs(Answer("returned", {"repairs": repairs, "finished": True})) == []
    assert read_repairs(Answer("returned", {"repairs": [[1]], "finished": False})) == []


# --- the whole way ----------------------------------------------------------------------------------------------------

# No known mistake: gradients that are small are dropped.
SMALL = ("epsilon = (yhat - y) / n", "epsilon = (yhat - y) / n\n    epsilon[np.abs(epsilon) < 0.05] = 0")
KNOWN = ("params[key] - eta", "params[key] + eta")


def graded(text: str, contract: rubric.Rubric = CONTRACT, record: Path | None = None) -> Result:
    files = {submission.NAME: text.encode()}
    result = grading.grade(submission.Submission(files), contract, pictures=False, record=record)
    assert not result.faulty, result.staff
    return result


def looked_at(result: Result) -> list[tuple[str, str]]:
    return [(row.criterion.key, text) for row in result.rows for label, text in row.texts if label == "Look at"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Result, Path]:
    path = tmp_path_factory.mktemp("small") / "recording"
    text = changed(SMALL, KNOWN)
    return text, graded(text, record=path), path


@on_linux
def test_a_mistake_that_is_not_known_has_its_line_shown(small: tuple[str, Result, Path]) -> None:
    text, result, _ = small
    line = line_of(text, "0.05")
    said = "Changing one thing on this line makes every public example right."
    assert looked_at(result) == [("backprop_W2", f"line {line}: epsilon[np.abs(epsilon) < 0.05] = 0\n{said}")]


@on_linux
def test_only_staff_see_the_edit(small: tuple[str, Result, Path]) -> None:
    _, result, _ = small
    assert any(remark.startswith("A repair of backprop:\n-") for remark in result.staff)
    assert "A repair of" not in str(gradescope(result))


@on_linux
def test_the_page_shows_the_line_among_its_neighbors(small: tuple[str, Result, Path]) -> None:
    text, result, _ = small
    line, page = line_of(text, "0.05"), html.student_page(result, {})
    assert f"<mark>{line:4d}      epsilon[np.abs(epsilon) &lt; 0.05] = 0</mark>" in page
    assert f"\n{line + 1:4d}      if activation" in page
    assert "A repair of" not in page
    assert "A repair of backprop" in html.staff_page(result, {})


@on_linux
def test_the_class_page_says_at_which_line_somebody_is_stuck(small: tuple[str, Result, Path], tmp_path: Path) -> None:
    text, result, _ = small
    tally = statistics.Tally([(store.Row("1", []), store.parse(gradescope(result), "1"))])
    page = reports.class_page(tally, reports.Links(tmp_path, tmp_path / "class.html"))
    assert f"(line {line_of(text, '0.05')})" in page


@on_linux
def test_a_recording_holds_the_hints(small: tuple[str, Result, Path]) -> None:
    _, result, path = small
    assert looked_at(grading.regrade(path)) == looked_at(result)


@on_linux
@pytest.mark.parametrize("setting", ["reason", "off"])
def test_hints_can_be_switched_off(setting: str, small: tuple[str, Result, Path]) -> None:
    contract = dataclasses.replace(CONTRACT, hints=setting)
    result = grading.regrade(small[2], contract)
    assert result.score == small[1].score
    assert looked_at(result) == []
    labels = {label for row in result.rows for label, _ in row.texts}
    assert ("Likely reason" in labels) == (setting == "reason")
    names = [row.misconception for row in result.rows]
    assert names == [row.misconception for row in small[1].rows]  # for staff


# Where its mistake is depends on the first numbers that it was asked.
CHOOSES = (
    ("import numpy as np\n", "import numpy as np\nSEEN = []\n"),
    ("    epsilon = (yhat - y) / n\n", """    epsilon = (yhat - y) / n
    SEEN.append(x[0, 0])
    if SEEN[0] * 1e4 % 2 > 1:
        epsilon[np.abs(epsilon) < 0.05] = 0
    #
    #
    #
    else:
        epsilon[np.abs(epsilon) < 0.06] = 0
"""),
)  # fmt: skip


@on_linux
@pytest.mark.slow
@pytest.mark.parametrize("edits", [(SMALL, KNOWN), CHOOSES], ids=["small", "chooses"])
def test_hints_do_not_depend_on_the_secret(edits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    text = changed(*edits)
    hints_by_secret = []
    for secret in (bytes(range(16)), bytes(range(16, 32))):
        monkeypatch.setattr(grading, "load_secret", lambda secret=secret: secret)
        hints_by_secret.append(looked_at(graded(text)))
    assert hints_by_secret[0] == hints_by_secret[1]


@on_linux
def test_a_correct_submission_needs_nothing_of_it() -> None:
    code = "import sys; from pathlib import Path; from autograder.grade import grade; " \
           "print(grade(Path('solution'), pictures=False).score, *sys.modules)"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    score, *loaded = done.stdout.split()
    assert score == "100.0"
    assert not [name for name in loaded if name.startswith("autograder.repair")]


@on_linux
def test_a_failure_of_the_repairs_costs_nothing_else(
    small: tuple[str, Result, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, result, _ = small

    def fail(*_: Any) -> None:
        raise GraderFault("no worker can be started")

    monkeypatch.setattr(rounds, "ask_repair", fail)
    other = graded(text)
    assert (other.score, looked_at(other)) == (result.score, [])
    assert any("No repairs were looked for: GraderFault" in remark for remark in other.staff)


@on_linux
def test_a_known_mistake_is_not_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "ask_repair", lambda *_: pytest.fail("it was asked"))
    assert graded(changed(MISTAKES["power"][1])).score < 100


# Programs of a review whose mistakes no list knows, with the line that a reader would point to.
REVIEWED = {"x001": 24, "x015": 27, "x022": 25, "x024": 28, "x032": 34, "x033": 21, "x051": 49, "x054": 38, "x068": 50,
            "x095": 42, "x106": 53, "x121": 38, "x122": 38}  # fmt: skip
PROGRAMS = ROOT.parent / "shared" / "cases" / "programs"


@on_linux
@pytest.mark.slow
@pytest.mark.skipif(not PROGRAMS.is_dir(), reason="the programs of the review are not here")
def test_most_unknown_mistakes_of_the_review_get_their_line_and_none_another() -> None:
    found: dict[str, set[int]] = {}
    for name in REVIEWED:
        rows = graded((PROGRAMS / f"{name}.py").read_text()).rows
        found[name] = {number for row in rows for number, _, meant in row.excerpt if meant}
    assert {name: lines for name, lines in found.items() if lines and REVIEWED[name] not in lines} == {}
    assert sum(map(bool, found.values())) >= 0.65 * len(REVIEWED), found


HOSTILE = {
    # Behaves when it is edited, and when it is searched.
    "forges": "    import sys\n    sys.modules['ast'].parse = lambda *_: 1 / 0\n",
    "hangs when edited": "    import sys\n    while 'difflib' in sys.modules or sys.gettrace():\n        pass\n",
    "swallows": "    while '__tick__' in globals():\n        try:\n            __tick__(10**9)\n"
                "        except BaseException:\n            pass\n",
    "prints": "    print('x' * 10_000)\n",
    "grows": "    KEPT.append(np.zeros(100_000))\n",
    "exits": "    import os, sys\n    sys.gettrace() and os._exit(0)\n",
}  # fmt: skip


@on_linux
@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_program_loses_its_own_hint_and_nothing_else(name: str, small: tuple[str, Result, Path]) -> None:
    head = "    n = len(x)\n"
    start = "import numpy as np\n"
    text = changed(SMALL, KNOWN, (head, head + HOSTILE[name]), (start, f"{start}KEPT = []\n"))
    result = graded(text)
    lost = [row.criterion.key for row in result.rows if row.verdict != "passed"]
    assert lost == [row.criterion.key for row in small[1].rows if row.verdict != "passed"]
    assert result.score == small[1].score
    assert all("Look at" not in row.text or "on this line" in row.text for row in result.rows)
