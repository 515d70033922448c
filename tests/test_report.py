"""The report of a submission: for the student, for staff, as text, and as pictures on Gradescope."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder import cli, result
from autograder.rendering import figures, fragment, html, text
from autograder.result import FAULT, Result, Row, clean
from tests.html_checks import CRITERIA, HOSTILE, check, golden, hidden, hostile, lose, told
from tests.html_checks import result as made
from tests.support import ROOT, Html

WRONG = "tests/submissions/wrong/without_1_over_n.py"
ON_GRADESCOPE = {"div", "p", "br", "img", "em"}
REASON = "The factor 1/n is missing."
BACKPROP = [c for c in CRITERIA if c.function == "backprop"]


def student_page(one: Result) -> str:
    return html.student_page(one, figures.draw(one)[0])


def flat(words: str) -> str:
    return " ".join(words.split())


# --- what the pages say ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["solution", "student", WRONG, "tests/submissions/correct/debug_prints.py"])
def test_pages_of_real_programs_are_sound(name: str, graded: Callable[..., Any]) -> None:
    one = graded(name)
    pictures, problem = figures.draw(one)
    assert problem == ""
    for page in (html.student_page(one, pictures), html.staff_page(one, pictures, code=HOSTILE)):
        seen = check(page).text
        assert f"{one.total:g} of 100 points" in seen
        for row in one.rows:
            for label, words in row.texts if html.student_view(one, {}).nothing == "" else ():
                assert flat(words if label.endswith((" printed", "yourself")) else f"{label} {words}") in seen


@pytest.mark.slow
def test_the_text_says_the_same(graded: Callable[..., Any]) -> None:
    one = graded(WRONG)
    seen = flat(text.render(one, width=100_000))
    for row in one.rows:
        assert f"{row.criterion.number} {row.criterion.title}" in flat(seen)
        assert flat(row.text) in seen


def test_texts_are_as_reviewed(graded: Callable[..., Any]) -> None:
    skeleton = made(lose("forward loss backprop update", "stub") | lose("training", "prerequisite"))
    lost = lose("backprop", "times n", REASON) | {"loss_value": ("value", "")}
    mixed = made(lost, notes=["A note.\nIts second line."])
    mixed.rows[0].verdict, mixed.rows[0].score, mixed.rows[0].texts = "fault", 0.0, [("", FAULT)]
    mixed.rows[1].texts = [("forward printed", "  a\n    b\n\tc")]
    samples = {
        "correct": made(), "skeleton": skeleton, "mixed": mixed, "grader error": Result("The homework", fault="broken"),
    }  # fmt: skip
    golden("report_text.txt", "\n\n".join(f"== {name}\n{text.render(one)}" for name, one in samples.items()))
    pages = {name: html.student_page(one, {}) for name, one in samples.items()}
    pages["staff"] = html.staff_page(hidden(mixed, "loss_sizes"), {}, "no font", "import numpy")
    golden("report_page.txt", "\n\n".join(f"== {name}\n{told(page)}" for name, page in pages.items()))


def test_the_costliest_cause_comes_first() -> None:
    lost = {"loss_sizes": ("a", "A."), "forward_e1": ("b", "B.")} | lose("backprop", "times n", REASON)
    view = html.student_view(made(lost), {})
    backprop = sum(c.points for c in BACKPROP)
    first = CRITERIA[0]
    assert [(row.cause, number, points) for row, number, points in view.fixes] == [
        (REASON, len(BACKPROP), backprop), ("B.", 1, first.points), ("A.", 1, 2.0),
    ]  # fmt: skip
    page = check(student_page(made(lost)))
    assert page.text.index("Fix these first") < page.text.index("forward 5/20")
    assert f"#criterion-{BACKPROP[0].number}" in page.links


def test_at_most_five_causes_are_listed_first() -> None:
    lost = {c.key: (f"mistake {i}", f"Reason {i}.") for i, c in enumerate(CRITERIA[:8])}
    page = check(student_page(made(lost)))
    assert len([link for link in page.links if link.startswith("#criterion-")]) == 5
    assert "3 more causes below." in page.text


def test_criteria_with_the_same_cause_are_folded() -> None:
    one = made(lose("backprop", "times n", REASON))
    for row in one.rows:
        if row.misconception and row.criterion is not BACKPROP[0]:
            row.texts = [("Likely reason", f"the same as in {BACKPROP[0].number}: 1/n missing.")]
    (part,) = (part for part in html.student_view(one, {}).parts if part.function == "backprop")
    ((first, same),) = part.lost
    assert (first.number, len(same)) == (BACKPROP[0].number, len(BACKPROP) - 1)
    page = check(student_page(one))
    assert f"{len(BACKPROP) - 1} more criteria for the same reason" in page.text
    assert page.text.count("Fix this first") == 1


def test_a_skeleton_is_one_sentence_and_one_list(graded: Callable[..., Any]) -> None:
    page = check(student_page(graded("student")))
    (main,) = re.findall(r"<main.*?>(.*)</main>", student_page(graded("student")), re.S)
    assert [e.tag for e in Html(main).elements] == ["p", "ul", *["li", "code"] * 5]
    assert "0 of 100 points" in page.text


def test_prints_are_shown_as_they_are() -> None:
    one = made(notes=["While the file was read, it printed:\n  x\n y"])
    one.rows[0].texts = [("forward printed", "  a\n    b\n\tc")]
    assert re.findall(r"<pre [^>]*>([^<]*)</pre>", student_page(one)) == ["  x\n y", "  a\n    b\n\tc"]


def test_name_and_date_are_on_the_page() -> None:
    about = {"students": [{"name": "Ada"}, {"email": "b@x.edu"}], "created_at": "2026-10-12T09:37:11-05:00"}
    seen = check(student_page(made(about=about))).text
    assert "Ada, b@x.edu" in seen
    assert "Submitted 2026-10-12 09:37 (UTC-05:00)" in seen


def test_a_grader_error_is_no_grade() -> None:
    one = Result("title", fault="no <worker>", staff=["no <worker> at all"])
    student, staff = check(student_page(one)).text, check(html.staff_page(one, {})).text
    assert FAULT in student
    assert "No grade yet" in student
    assert "worker" not in student
    assert "no <worker> at all" in staff


# --- two views -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", ["hidden", "after_due_date", "after_published"])
def test_students_never_read_what_is_hidden(visibility: str) -> None:
    one = hidden(made({"loss_value": ("sign", "The sign is wrong.")}, staff=["for staff"]), "loss_value", visibility)
    one = hidden(one, "training_fit", visibility)
    student, staff = check(student_page(one)), check(html.staff_page(one, {}, "no font", "import numpy"))
    titles = {row.criterion.title for row in one.rows if row.criterion.visibility != "visible"}
    for secret in {*titles, "The sign is wrong.", "for staff", "no font", "import numpy", one.fingerprint}:
        assert secret not in student.text
        assert secret in staff.text
    assert html.VISIBILITIES[visibility] in staff.text
    assert "Students" not in student.text


def test_a_hidden_criterion_shows_no_picture(graded: Callable[..., Any]) -> None:
    one = hidden(graded("solution"), "training_fit")
    pictures, _ = figures.draw(one)
    assert pictures["training_fit"].uri not in html.student_page(one, pictures)
    assert pictures["training_fit"].uri in html.staff_page(one, pictures)


# --- nothing that a submission says is markup ------------------------------------------------------------------------


def test_hostile_text_is_text() -> None:
    for page in (student_page(hostile()), html.staff_page(hostile(), {}, HOSTILE, HOSTILE)):
        seen = check(page)
        assert flat(clean(HOSTILE)) in seen.text
        assert seen.text.count("<script>alert(1)</script>") >= len(CRITERIA)
        assert seen.tags <= check(student_page(made())).tags | {"pre", "dl", "dt", "dd", "ol", "h4", "div", "bdi"}


def test_a_missing_variable_is_an_error() -> None:
    import jinja2

    with pytest.raises(jinja2.UndefinedError):
        html.render(html.FOLDER / "templates" / "report.html")


@pytest.mark.slow
def test_grading_does_not_import_jinja2() -> None:
    program = (
        "import sys; from pathlib import Path; import autograder.cli\n"
        "from autograder import result\n"
        "from autograder.grade import grade\n"
        "from autograder.platforms import github_classroom, prairielearn\n"
        "from autograder.rendering import figures, fragment, text\n"
        "graded = grade(Path('solution')); page = result.gradescope(graded); text.render(graded)\n"
        "assert 'matplotlib' not in sys.modules, 'grading imports matplotlib'\n"
        "fragment.illustrate(page, figures.draw(graded)[0]); github_classroom.summary(graded)\n"
        "pl = prairielearn.page(graded); prairielearn.illustrate(pl, graded, 0)\n"
        "assert sum('<img' in test['output'] for test in page['tests']) == 2\n"
        "assert not {'jinja2', 'matplotlib.pyplot'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- writing ---------------------------------------------------------------------------------------------------------


def test_a_page_is_written_if_drawing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "_pictures", lambda _: 1 / 0)
    files = ["--results", str(tmp_path / "r.json"), "--report", str(tmp_path / "r.html"), "--quiet"]
    assert cli.run(["grade", str(ROOT / "solution"), *files]) == 0
    page = check((tmp_path / "r.html").read_text("utf-8"))
    assert "The pictures could not be drawn: ZeroDivisionError: division by zero" in page.text
    assert page.all("img") == []


def test_without_jinja2_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.delitem(sys.modules, "autograder.rendering.html")
    monkeypatch.delattr("autograder.rendering.html")
    files = ["--results", str(tmp_path / "r.json"), "--report", str(tmp_path / "r.html")]
    assert cli.run(["grade", str(ROOT / "solution"), *files]) == 1
    assert "--no-report" in capsys.readouterr().err
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["score"] == 100


def test_the_same_result_gives_the_same_page(graded: Callable[..., Any]) -> None:
    assert student_page(graded("solution")) == student_page(graded("solution"))


# --- on Gradescope ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_pictures_are_below_the_texts(graded: Callable[..., Any]) -> None:
    one = graded(WRONG)
    before, after = result.gradescope(one), result.gradescope(one)
    pictures, _ = figures.draw(one)
    fragment.illustrate(after, pictures)
    for old, new in zip(before["tests"], after["tests"], strict=True):
        if new["extra_data"]["key"] not in pictures:
            assert new == old
            continue
        page = Html(new["output"])
        assert new["output_format"] == "html"
        assert page.tags <= ON_GRADESCOPE
        assert page.text.startswith(flat(old["output"]))
        (image,) = page.all("img")
        assert image["src"].startswith("data:image/png;base64,")
        assert {name for e in page.elements for name in e.attributes} <= {"style", "src", "alt", "width", "height"}
        assert new | {key: old[key] for key in ("output", "output_format")} == old


def test_text_keeps_its_lines_and_spaces(graded: Callable[..., Any]) -> None:
    page = result.gradescope(graded("solution"))
    fit = next(test for test in page["tests"] if test["extra_data"]["key"] == "training_fit")
    fit["output"] = clean(HOSTILE + "\n  [[1.   2.]\n   [3.  40.]]\n x\ty")
    wanted = fit["output"].expandtabs(8)
    fragment.illustrate(page, figures.draw(graded("solution"))[0])
    seen = Html(fit["output"].split('<p><img src="data:')[0])
    assert seen.tags == {"div", "br"}
    assert "".join(seen.parts).replace("\xa0", " ") == wanted
    assert not re.search("(?m)^ |  ", "".join(seen.parts))  # what a browser would drop


@pytest.mark.parametrize(
    "flood",
    ["x" * 30_000, *(pytest.param(sign * 30_000, marks=pytest.mark.slow) for sign in "&\n ")],
)
def test_nothing_is_cut_whatever_was_printed(flood: str, graded: Callable[..., Any]) -> None:
    rows = [Row(c, "failed", texts=[("forward printed", flood)]) for c in CRITERIA]
    one = Result("title", rows, [flood], curves=graded(WRONG).curves)
    page = result.gradescope(one)
    fragment.illustrate(page, figures.draw(one)[0])
    for output in (page["output"], *(test["output"] for test in page["tests"])):
        assert len(output) < 100_000
        assert output.count("<img") == output.count("</em></p>")


def gradescope(folder: Path) -> dict[str, Any]:
    """Run what run_autograder calls on the solution."""
    (folder / "submission").mkdir()
    (folder / "submission" / "neural_net.py").write_bytes((ROOT / "solution/neural_net.py").read_bytes())
    assert cli.run(["gradescope", "--root", str(folder)]) == 0
    page: dict[str, Any] = json.loads((folder / "results/results.json").read_text("utf-8"))
    assert page["score"] == 100
    return page


def test_gradescope_gets_the_pictures(tmp_path: Path) -> None:
    assert sum("data:image" in test["output"] for test in gradescope(tmp_path)["tests"]) == 2


@pytest.mark.parametrize("error", [MemoryError("full"), OSError(28, "No space left"), RuntimeError("no font")])
def test_the_grade_is_written_before_the_pictures(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: Any) -> None:
        assert json.loads((tmp_path / "results/results.json").read_text("utf-8"))["score"] == 100
        raise error

    monkeypatch.setattr(fragment, "illustrate", fails)
    assert not any("data:image" in test["output"] for test in gradescope(tmp_path)["tests"])
    assert f"The pictures could not be added: {type(error).__name__}" in capsys.readouterr().out
