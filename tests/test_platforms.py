"""One result, three platforms: every rendering is what that platform documents, whatever was handed in."""

from __future__ import annotations

import base64
import copy
import functools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from autograder import result as results
from autograder import rubric
from autograder.grade import grade
from autograder.platforms import github_classroom as classroom
from autograder.platforms import prairielearn
from autograder.rendering import figures, fragment
from autograder.result import FAULT, Result, Row
from tests.support import IS_ROOT, ROOT, SUBMISSIONS, copy_grader, on_linux, wait_until

SOLUTION = (ROOT / "solution" / "neural_net.py").read_text("utf-8")
Page = dict[str, Any]

# What a submission may print to be taken for the grader, on any of the platforms.
HOSTILE = """::error file=a.py,line=1::owned
  ::set-output name=result::owned
##[set-output name=result;]owned ##[error]owned
::stop-commands::x
::add-mask::a
```
````
</pre></details><script>alert(1)</script><img src=x onerror=go()> | ~~~ @teacher \x1b[31m\x00 %0A::error::owned
"""


def schema(name: str) -> jsonschema.Draft202012Validator:
    page = json.loads((ROOT / "tests" / "schemas" / f"{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(page)
    return jsonschema.Draft202012Validator(page)


def through_json(page: Page) -> Page:
    """As the platform reads it: valid JSON, all numbers finite."""
    again = json.loads(results.text_of(page))
    assert isinstance(again, dict)
    return again


def gradescope_page(result: Result) -> Page:
    return through_json(results.gradescope(result))


def gradescope_pictures(result: Result) -> Page:
    page = results.gradescope(result)
    pictures, problem = figures.draw(result)
    assert problem == ""
    fragment.illustrate(page, pictures)
    return through_json(page)


def prairielearn_page(result: Result) -> Page:
    page = prairielearn.page(result)
    prairielearn.illustrate(page, result, len(results.text_of(page).encode()))
    assert len(results.text_of(page).encode()) < 1 << 20
    return through_json(page)


def classroom_page(result: Result) -> Page:
    """What the reporter decodes from its environment variable."""
    name, _, value = classroom.output(result).strip().partition("=")
    assert name == "result"
    assert len(f"GRADE_RESULTS={value}") < 128 << 10
    page = json.loads(base64.b64decode(value, validate=True).decode("utf-8"))
    assert isinstance(page, dict)
    return page


RENDERINGS: dict[str, tuple[str, Callable[[Result], Page]]] = {
    "gradescope": ("gradescope", gradescope_page),
    "gradescope with pictures": ("gradescope", gradescope_pictures),
    "prairielearn": ("prairielearn", prairielearn_page),
    "classroom": ("classroom", classroom_page),
}

# --- what is handed in -----------------------------------------------------------------------------------------------

HOSTILE_FILE = f"""
TEXT = {HOSTILE!r}
print(TEXT)
class Odd(Exception):
    def __str__(self): return TEXT
def forward(x, params, activation="logistic"):
    print(TEXT)
    raise Odd(TEXT)
def loss(yhat, y):
    return TEXT
def backprop(*args):
    return {{TEXT: TEXT}}
update = TEXT
"""


@functools.cache
def graded(kind: str) -> Result:
    if kind == "broken worker":
        return Result(HOSTILE, fault=f"no worker: {HOSTILE}", staff=[HOSTILE])
    if kind == "hostile words":
        rows = [
            Row(line, "failed", 0.0, [("", HOSTILE), ("forward printed", HOSTILE * 300)], HOSTILE, HOSTILE)
            for line in rubric.load().criteria
        ]
        more: Page = {"versions": {"python": HOSTILE}, "leaderboard": [{"name": "steps", "value": 3.0, "order": "asc"}]}
        return Result(HOSTILE, rows, [HOSTILE, HOSTILE * 3000], [HOSTILE], **more)
    if kind in ("a broken line", "a hidden line"):
        result = grade(SUBMISSIONS / "wrong" / "dw2_transposed.py")
        rows = []
        for row in result.rows:
            if kind == "a broken line" and row.criterion.key == "loss_value":
                row = Row(row.criterion, "fault", 0.0, [("", FAULT)])
            elif kind == "a hidden line" and row.criterion.key in ("backprop_W2", "loss_value"):
                row = replace(row, criterion=row.criterion._replace(visibility="hidden"))
            rows.append(row)
        return replace(result, rows=rows, staff=["Line 2.1 could not be judged"])
    return grade(ROOT / kind)


KINDS = [
    "solution",
    "tests/submissions/correct/closures.py",
    "tests/submissions/correct/debug_prints.py",
    "student",
    "tests/submissions/wrong/always_logistic_slope.py",
    "tests/submissions/wrong/dw2_transposed.py",
    "docs",  # refused: nothing to grade
    "a broken line",
    "a hidden line",
    "broken worker",
    "hostile words",
]


@pytest.fixture
def hostile(tmp_path: Path) -> Result:
    (tmp_path / "neural_net.py").write_text(HOSTILE_FILE, "utf-8")
    return grade(tmp_path)


@pytest.mark.slow
@on_linux
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("platform", RENDERINGS)
def test_every_rendering_is_what_the_platform_documents(platform: str, kind: str) -> None:
    name, render = RENDERINGS[platform]
    schema(name).validate(render(graded(kind)))


@on_linux
@pytest.mark.parametrize("platform", RENDERINGS)
def test_a_hostile_submission_leaves_every_rendering_whole(platform: str, hostile: Result) -> None:
    name, render = RENDERINGS[platform]
    assert not hostile.faulty
    schema(name).validate(render(hostile))


@pytest.mark.slow
@on_linux
@pytest.mark.parametrize("kind", ["solution", "tests/submissions/wrong/dw2_transposed.py", "a hidden line"])
def test_the_grade_is_the_same_on_all(kind: str) -> None:
    result = graded(kind)
    assert gradescope_page(result)["score"] == result.score
    prairie, room = prairielearn_page(result), classroom_page(result)
    assert prairie["score"] == pytest.approx(result.score / 100)
    assert sum(test["points"] for test in prairie["tests"]) == pytest.approx(result.score)
    assert sum(test["max_points"] for test in prairie["tests"]) == 100
    assert sum(test["score"] for test in room["tests"]) == pytest.approx(result.score)
    assert room["max_score"] == 100
    assert room["status"] == ("pass" if result.score == 100 else "fail")


@on_linux
def test_pictures_go_where_there_is_room_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    result = graded("solution")
    page = prairielearn_page(result)
    images = [image for test in page["tests"] for image in test.get("images", [])]
    assert images
    assert all(image["label"] for image in images)
    assert any("<img src=" in test["output"] for test in gradescope_pictures(result)["tests"])
    room = len(results.text_of(prairielearn.page(result))) + 1000
    monkeypatch.setattr(prairielearn, "MAX_PAGE", room)
    assert not any("images" in test for test in prairielearn_page(result)["tests"])


# --- a fault of the grader is no student's zero ----------------------------------------------------------------------


@pytest.mark.slow
@on_linux
@pytest.mark.parametrize("kind", ["a broken line", "broken worker"])
def test_a_fault_counts_for_nothing_and_is_told_to_the_student_without_its_cause(kind: str) -> None:
    result = graded(kind)
    prairie, room = prairielearn_page(result), classroom_page(result)
    assert prairie["gradable"] is False
    assert "score" not in prairie
    assert FAULT in prairie["message"]
    # The reporter tells Classroom nothing where no points can be had.
    assert (room["status"], room["max_score"]) == ("error", 0)
    for text in (json.dumps(prairie), json.dumps(room), classroom.log(result), classroom.summary(result)):
        assert "not a mistake of yours" in text
        assert "no worker" not in text
        assert "could not be judged" not in text


@on_linux
def test_a_line_that_could_not_be_judged_is_neither_right_nor_wrong_on_prairielearn() -> None:
    (test,) = (t for t in prairielearn_page(graded("a broken line"))["tests"] if t["name"].startswith("2.1"))
    assert (test["points"], test["max_points"]) == (0, 0)


@on_linux
def test_nothing_to_grade_costs_no_attempt_on_prairielearn_and_says_why() -> None:
    page = prairielearn_page(graded("docs"))
    assert page["gradable"] is False
    assert "score" not in page
    assert "neural_net.py" in page["format_errors"][0]
    assert classroom_page(graded("docs"))["status"] == "fail"


@pytest.mark.slow
@on_linux
def test_hidden_lines_give_their_points_and_no_words() -> None:
    result = graded("a hidden line")
    secret = [row for row in result.rows if row.criterion.visibility == "hidden"]
    assert any(row.text for row in secret)
    texts = [json.dumps(prairielearn_page(result)), json.dumps(classroom_page(result)),
             classroom.log(result), classroom.summary(result)]  # fmt: skip
    for text in texts:
        assert "Criteria that are not shown here" in text
        for row in secret:
            assert row.criterion.title not in text
            assert all(words not in text for label, words in row.texts if label in ("Came back", "Likely reason"))


# --- GitHub: commands, annotations, summary --------------------------------------------------------------------------


def commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """What a runner does with a log: commands begin a line, after blanks; or stand anywhere, in the old form."""
    done, stop = [], ""
    for line in log.split("\n"):
        if stop:
            stop = "" if line.strip().lower() == f"::{stop}::" else stop
            continue
        assert "##[" not in line or line.startswith("::error")
        found = re.match(r"\s*::([\w-]+) ?([^\n]*?)::(.*)", line)
        if found is None:
            continue
        if found[1] == "stop-commands":
            stop = found[3]
            assert len(stop) >= 32
            continue
        unescaped = [re.sub("%([0-9A-F]{2})", lambda hit: chr(int(hit[1], 16)), text) for text in (found[2], found[3])]
        pairs = dict(pair.split("=", 1) for pair in found[2].split(",")) if found[2] else {}
        done.append((found[1], pairs, unescaped[1]))
    assert not stop, "the commands were not begun again"
    return done


@pytest.mark.slow
@on_linux
def test_a_log_runs_no_command_of_a_submission(hostile: Result) -> None:
    for result in (hostile, graded("hostile words"), graded("broken worker")):
        for name, properties, _ in commands(classroom.log(result)):
            assert name in ("error", "warning")
            assert properties.get("file", "neural_net.py") == "neural_net.py"
            assert set(properties) <= {"file", "line", "title"}
    assert classroom.log(hostile) != classroom.log(hostile), "a token is used once"


@on_linux
def test_what_the_reporter_prints_has_no_command(hostile: Result) -> None:
    for result in (hostile, graded("hostile words")):
        for test in classroom_page(result)["tests"]:
            for text in (test["message"], test["test_code"], test["name"]):
                assert "::" not in text
                assert "##[" not in text


@on_linux
def test_an_annotation_stands_at_the_line_that_is_known(tmp_path: Path) -> None:
    text = SOLUTION.replace("def loss(yhat, y):", "def loss(yhat, y):\n    return nothing", 1)
    (tmp_path / "neural_net.py").write_text(text, "utf-8")
    number = text.split("\n").index("    return nothing") + 1
    result = grade(tmp_path, pictures=False)
    found = commands(classroom.log(result, "student/neural_net.py"))
    assert found[0][1]["line"] == str(number)
    assert found[0][1]["file"] == "student/neural_net.py"
    assert "nothing" in found[0][2]
    (test, *_) = (t for t in classroom_page(result)["tests"] if t["status"] == "fail")
    assert (test["filename"], test["line_no"]) == ("neural_net.py", number)


@on_linux
def test_github_gets_no_more_annotations_than_it_shows() -> None:
    assert len(commands(classroom.log(graded("student")))) == 10


@on_linux
def test_the_summary_shows_every_word_as_text(hostile: Result) -> None:
    for result in (hostile, *map(graded, ("hostile words", "broken worker", "student"))):
        text = classroom.summary(result)
        assert len(text.encode()) < 1 << 20
        fence, outside = "", []
        for line in text.split("\n"):
            ticks = re.fullmatch(r"(`{3,})(text)?", line)
            if fence:
                fence = "" if ticks and len(ticks[1]) >= len(fence) and not ticks[2] else fence
            elif ticks:
                fence = ticks[1]
            else:
                outside.append(line)
        assert not fence
        for line in outside:
            plain = r"|## [^<`|*_\[\]@]*|\*\*[\d.]+/100\*\*.*|\|[^<`@]*\|"
            assert line == FAULT or re.fullmatch(rf"{plain}|<details><summary>[^<`]*</summary>|</details>", line), line


# --- the schemas reject what is broken -------------------------------------------------------------------------------


def broken(page: Page, path: str, value: Any) -> Page:
    """The page with one thing changed; value ... removes it."""
    page = copy.deepcopy(page)
    *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    place: Any = page
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return page


PICTURE = {"url": "data:image/png;base64,AAAA"}
BREAKS: dict[str, list[tuple[str, Any]]] = {
    "gradescope": [
        ("score", "100"), ("score", None), ("execution_time", "1.5"), ("visibility", "secret"), ("extra", 1),
        ("stdout_visibility", True), ("output_format", "markdown"), ("output", "x" * 100_001), ("output", "\0"),
        ("tests.0.status", None), ("tests.0.status", "error"), ("tests.0.number", 1.1), ("tests.0.visibility", "never"),
        ("tests.0.max_score", "5"), ("tests.0.points", 5), ("tests.0.output", "x" * 100_001), ("tests.0.tags", "a"),
        ("tests.0.output_format", "HTML"), ("tests", {}), ("leaderboard", [{"name": "a"}]),
        ("leaderboard", [{"name": "a", "value": 1, "order": "up"}]), ("extra_data", []),
    ],
    "prairielearn": [
        ("score", 100), ("score", -0.1), ("score", "1"), ("score", ...), ("gradable", "yes"), ("tests", {}),
        ("tests.0.points", ...), ("tests.0.max_points", ...), ("tests.0.score", 1), ("tests.0.points", "5"),
        ("tests.0.images", [{"label": "no picture"}]), ("tests.0.images", [{"url": "https://example.org/x.png"}]),
        ("tests.0.images", [PICTURE | {"alt": "x"}]), ("tests.0.message", ["x"]), ("message", None),
        ("format_errors", ["though it is gradable"]),
    ],
    "classroom": [
        ("version", "1"), ("version", ...), ("status", "passed"), ("max_score", "100"), ("max_score", -1),
        ("tests", []), ("tests.0.status", "passed"), ("tests.0.score", "5"), ("tests.0.score", -1),
        ("tests.0.line_no", 1.5), ("tests.0.line_no", None), ("tests.0.name", ...), ("tests.0.test_code", ...),
        ("tests.0.max_score", 5), ("tests.0.message", 5), ("extra", 1),
    ],
}  # fmt: skip


@on_linux
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name == "prairielearn")) for name in BREAKS]
)
def test_a_schema_rejects_a_broken_page(name: str) -> None:
    page = RENDERINGS[name][1](graded("tests/submissions/wrong/always_logistic_slope.py"))
    schema(name).validate(page)
    taken = [change for change in BREAKS[name] if schema(name).is_valid(broken(page, *change))]
    assert taken == []


def test_a_schema_takes_what_the_platform_documents_beside_what_is_used_here() -> None:
    schema("gradescope").validate({"tests": [{"score": 1, "max_score": 2, "tags": ["a"]}], "leaderboard": []})
    schema("prairielearn").validate({"gradable": False, "format_errors": "no such file"})
    schema("prairielearn").validate({"score": 0.5, "images": ["data:image/png;base64,AAAA"], "anything": {"else": 1}})
    for page in ({"tests": [{"name": "a"}]}, {"tests": []}, {}):
        with pytest.raises(jsonschema.ValidationError):
            schema("gradescope").validate(page)


# --- the verbs -------------------------------------------------------------------------------------------------------


def run(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "autograder" / "__main__.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **more)


def hand_in(folder: Path, text: str = SOLUTION) -> Path:
    folder.mkdir(parents=True)
    (folder / "neural_net.py").write_text(text, "utf-8")
    return folder


@pytest.mark.slow
@on_linux
def test_prairielearns_verb_grades_its_folder_and_tells_staff_in_the_log(tmp_path: Path) -> None:
    hand_in(tmp_path / "student")
    done = run("prairielearn", "--root", tmp_path)
    page = json.loads((tmp_path / "results" / "results.json").read_text("utf-8"))
    schema("prairielearn").validate(page)
    assert (done.returncode, page["score"], page["gradable"]) == (0, 1.0, True)
    assert "The layers that held" in done.stdout
    assert os.listdir(tmp_path / "results") == ["results.json"]
    # Its host, which is another user, reads the file afterwards.
    assert (tmp_path / "results" / "results.json").stat().st_mode & 0o444 == 0o444


@on_linux
def test_a_fault_still_ends_well_for_prairielearn_or_it_would_not_read_why(tmp_path: Path) -> None:
    tree = copy_grader(tmp_path / "tree")
    (tree / "solution" / "neural_net.py").unlink()
    hand_in(tmp_path / "grade" / "student")
    command = [sys.executable, str(tree / "autograder" / "__main__.py"), "prairielearn", "--root"]
    done = subprocess.run([*command, str(tmp_path / "grade")], capture_output=True, text=True, check=False)
    page = json.loads((tmp_path / "grade" / "results" / "results.json").read_text("utf-8"))
    assert (done.returncode, page["gradable"]) == (0, False)
    assert "the reference solution can't be loaded" in done.stdout
    assert "reference" not in json.dumps(page)


@on_linux
def test_prairielearn_has_a_whole_page_at_every_moment_and_a_closed_folder_while_a_worker_runs(tmp_path: Path) -> None:
    hand_in(tmp_path / "student", "import time\ntime.sleep(100)\n")
    tmp_path.chmod(0o755)
    command = [sys.executable, "-m", "autograder", "prairielearn", "--root", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    path = tmp_path / "results" / "results.json"
    wait_until(lambda: path.exists() and (not IS_ROOT or tmp_path.stat().st_mode & 0o077 == 0))
    time.sleep(0.5)
    page = json.loads(path.read_text("utf-8"))
    schema("prairielearn").validate(page)
    assert page["gradable"] is False
    assert not IS_ROOT or tmp_path.stat().st_mode & 0o777 == 0o700
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    assert json.loads(path.read_text("utf-8")) == page
    assert tmp_path.stat().st_mode & 0o777 == 0o755


@on_linux
def test_classrooms_verb_adds_its_result_to_the_files_of_the_job(tmp_path: Path) -> None:
    hand_in(tmp_path / "repository" / "student", SOLUTION.replace("def loss(", "def lost("))
    (tmp_path / "repository" / ".git").mkdir()
    output, summary = tmp_path / "output", tmp_path / "summary"
    output.write_text("before=1\n")
    files = ("--output", output, "--summary", summary)
    done = run("classroom", tmp_path / "repository", *files, env=os.environ | {"SECRET": "x"})
    assert done.returncode == 0, done.stderr
    first, second = output.read_text().splitlines()
    assert first == "before=1"
    page = json.loads(base64.b64decode(second.removeprefix("result=")))
    schema("classroom").validate(page)
    assert page["status"] == "fail"
    assert "2.1" in summary.read_text("utf-8")
    found = commands(done.stdout)
    assert {pairs["file"] for _, pairs, _ in found} == {"student/neural_net.py"}
    assert "layers" not in done.stdout


@on_linux
def test_nothing_to_grade_is_one_line_and_no_result(tmp_path: Path) -> None:
    done = run("classroom", tmp_path / "none", "--output", tmp_path / "output")
    assert done.returncode == 1
    assert done.stderr.startswith("autograder: There is no file or folder")
    assert not (tmp_path / "output").exists()
