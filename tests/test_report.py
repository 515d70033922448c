"""The page and the pictures in results.json: whole, the same words everywhere, nothing of a submission's as markup."""

from __future__ import annotations

import functools
import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from autograder import cli, rubric
from autograder import result as results
from autograder.grade import grade
from autograder.rendering import figures, report, terminal
from autograder.result import FAULT, Result, Row

ROOT = Path(__file__).parents[1]
WRONG = ROOT / "tests/submissions/wrong"
HOSTILE = """</pre></dd></main><script>alert(1)</script><img src="http://example.org/x.png" onerror='go()'> & "a" 'b'
<style>body { display: none }</style><b onclick="go()">bold</b> <!-- \x1b[31m \u202e \x00 ]]> &lt;i&gt; {{x}} $title"""
VOID = {"meta", "img", "br"}
ON_THE_PAGE = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "nav", "section", "aside", "details", "summary",
    "h1", "h2", "h3", "p", "ul", "ol", "li", "dl", "dt", "dd", "div", "span", "strong", "pre", "a", "figure", "img",
    "figcaption",
}  # fmt: skip
ON_GRADESCOPE = {"div", "p", "br", "img", "em"}


class Reader(HTMLParser):
    """Reads HTML and fails where an element is not closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self.parts: list[str] = []
        self.declarations: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attributes}))
        assert len({name for name, _ in attributes}) == len(attributes)
        if tag == "br":
            self.parts.append("\n")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.parts.append(data)

    def handle_comment(self, data: str) -> None:
        pytest.fail(f"a comment: {data}")

    def handle_decl(self, declaration: str) -> None:
        self.declarations.append(declaration)

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.found}

    @property
    def text(self) -> str:
        return flat(" ".join(self.parts))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


def flat(text: str) -> str:
    """Words with single spaces between them."""
    return " ".join(text.split())


@functools.cache
def graded(name: str) -> Result:
    return grade(ROOT / name)


def page(result: Result) -> str:
    return report.page(result, figures.pictures(result))


def hostile() -> Result:
    """A result that has a hostile text wherever a submission may leave one."""
    lines = [Row(line, "failed", words=[("", HOSTILE), ("Came back", HOSTILE)]) for line in rubric.load().lines]
    lines[0].words.append(("forward printed", HOSTILE))
    lines[0].misconception = HOSTILE
    return Result(
        "title", lines, [HOSTILE, "It printed:\n" + HOSTILE], [HOSTILE], versions={"python": HOSTILE}, fingerprint="f"
    )


SUBMISSIONS = [
    "solution",
    "student",
    "tests/submissions/wrong/without_1_over_n.py",
    "tests/submissions/correct/debug_prints.py",
]


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_the_page_is_whole_and_well_formed(name: str) -> None:
    read = Reader(page(graded(name)))
    assert read.declarations == ["DOCTYPE html"]
    assert read.tags <= ON_THE_PAGE
    assert read.all("html") == [{"lang": "en"}]
    assert {"main", "header", "nav", "aside"} <= read.tags
    assert len(read.all("h1")) == 1
    ids = [attributes["id"] for _, attributes in read.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    pointed = [a["aria-labelledby"] for _, a in read.found if "aria-labelledby" in a]
    pointed += [a["href"].removeprefix("#") for a in read.all("a")]
    assert set(pointed) <= set(ids)


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_terminal_json_and_page_say_the_same(name: str) -> None:
    result = graded(name)
    on_page = Reader(page(result)).text
    in_terminal = flat(terminal.render(result, width=100_000))
    plain, drawn = results.gradescope(result), results.gradescope(result)
    assert report.illustrate(drawn, result) == ""
    for row, test, other in zip(result.rows, plain["tests"], drawn["tests"], strict=True):
        assert f"{row.criterion.number} {row.criterion.title}" in on_page
        assert f"{row.criterion.number} {row.criterion.title}" in in_terminal
        words = flat(row.text)
        assert words in in_terminal
        assert flat(test["output"]) == words
        said = Reader(other["output"]).text if other["output_format"] == "html" else flat(other["output"])
        assert said.startswith(words)
        for label, text in row.texts:
            assert flat(f"{label} {text}") in on_page
        keys = ("output", "output_format")
        assert {k: v for k, v in test.items() if k not in keys} == {k: v for k, v in other.items() if k not in keys}
    for note in result.notes:
        assert flat(note) in on_page
    assert f"{result.score:g} of 100 points" in on_page
    assert f"Total: {result.score:g}/100" in in_terminal
    assert plain["score"] == result.score


def test_every_line_has_its_points_and_its_verdict_as_sign_and_word() -> None:
    result = Result("title", [Row(line, "passed", line.points) for line in rubric.load().lines])
    for row, verdict in zip(result.rows, ("failed", "not checked", "fault"), strict=False):
        row.verdict, row.score = verdict, 0.0
    result.rows[3].verdict, result.rows[3].score = "failed", 1.25
    rows = re.findall(r'<li class="(\w+)"><div class="row">(.*?)</div>', page(result))
    assert len(rows) == len(result.rows)
    said = [Reader(f"<div>{row}</div>").text for _, row in rows]
    assert said[0].endswith("✗ failed 0/5")
    assert said[1].endswith("– not checked 0/4")
    assert said[2].endswith("! grader fault open/4")
    assert said[3].endswith("✗ failed 1.25/4")
    assert said[4].endswith("✓ passed 1/1")


def test_prints_are_shown_as_they_are() -> None:
    result = Result("title", [Row(line, "passed", line.points) for line in rubric.load().lines])
    result.rows[0].words = [("forward printed", "  a\n    b\n\tc")]
    result.notes = ["While the file was read, it printed:\n  x\n y"]
    blocks = re.findall(r"<pre tabindex=[^>]*>([^<]*)</pre>", page(result))
    assert blocks == ["  x\n y", "  a\n    b\n\tc"]


def test_staff_reads_more_in_a_closed_part_that_is_not_printed() -> None:
    result = graded("tests/submissions/wrong/without_1_over_n.py")
    text = page(result)
    assert "<details><summary>For staff: students do not see this</summary>" in text
    before, after = text.split("<details>")
    for said in (result.fingerprint, result.versions["numpy"], *result.staff):
        assert html.escape(said) in after
        assert html.escape(said) not in before
    assert re.search(r"@media print \{.*\.staff \{ display: none \}", report.STYLE, re.S)


def test_what_students_see_later_or_never_is_said() -> None:
    lines = rubric.load().lines
    result = Result("title", [Row(line, "passed", line.points) for line in lines])
    assert "Gradescope hides the total" not in page(result)
    result.rows[0].line = replace(lines[0], visibility="hidden")
    result.rows[1].line = replace(lines[1], visibility="after_due_date")
    text = page(result)
    assert "Gradescope hides the total" in text
    assert "Students never see this line." in text
    assert "Students see this line after the due date." in text


def test_a_fault_of_the_grader_is_no_grade_and_a_kind_page() -> None:
    result = Result("title", fault="no <worker>", staff=["no <worker> at all"])
    text = page(result)
    read = Reader(text)
    assert FAULT in read.text
    assert "No grade yet" in read.text
    assert "0 of" not in read.text
    assert "no <worker>" not in Reader(text.split("<aside")[0] + "</body></html>").text
    assert "no <worker> at all" in read.text


def test_some_faulty_lines_are_said_at_the_top() -> None:
    result = Result("title", [Row(line, "passed", line.points) for line in rubric.load().lines])
    result.rows[5].verdict = "fault"
    read = Reader(page(result))
    assert f"Some lines could not be graded. {FAULT}" in read.text
    assert "Open lines are not counted." in read.text


# --- nothing of a submission's is markup -----------------------------------------------------------------------------


def test_hostile_text_is_shown_and_is_no_markup() -> None:
    text = page(hostile())
    read = Reader(text)
    assert read.tags <= ON_THE_PAGE
    assert not [name for _, attributes in read.found for name in attributes if name.startswith("on")]
    assert len(read.all("style")) == 1
    assert flat(results.clean(HOSTILE)) in read.text
    assert read.text.count("<script>alert(1)</script>") >= 2 * len(rubric.load().lines) + 6
    assert not set("\x00\x1b\u202e") & set(text)


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_the_page_asks_for_nothing_else(name: str) -> None:
    result = graded(name)
    for text in (page(result), page(hostile())):
        read = Reader(text)
        policy = [a["content"] for a in read.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
        assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]
        for tag, attributes in read.found:
            for attribute in ("src", "href", "srcset", "action", "poster", "data", "background"):
                value = attributes.get(attribute, "#")
                assert value.startswith(("#", "data:image/png;base64,")), (tag, value)
            assert "url(" not in attributes.get("style", "")
        assert not re.search(r"url\(|@import|@font-face|https?:", report.STYLE)


def test_every_picture_has_words_and_a_size() -> None:
    images = Reader(page(graded("tests/submissions/wrong/without_1_over_n.py"))).all("img")
    assert len(images) == 3
    for image in images:
        assert len(image["alt"]) > 40
        assert int(image["width"]) <= 440
        assert int(image["height"]) > 0


# --- writing ---------------------------------------------------------------------------------------------------------


def test_writing_replaces_the_page_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "report.html"
    report.write(graded("student"), path)
    first = path.read_text("utf-8")
    assert first == page(graded("student"))

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        report.write(graded("solution"), path)
    assert path.read_text("utf-8") == first
    assert list(path.parent.iterdir()) == [path]


def test_a_page_without_pictures_is_written_where_drawing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "pictures", lambda _: 1 / 0)
    report.write(graded("solution"), tmp_path / "report.html")
    read = Reader((tmp_path / "report.html").read_text("utf-8"))
    assert "100 of 100 points" in read.text
    assert "The pictures could not be drawn: ZeroDivisionError: division by zero" in read.text
    assert read.all("img") == []


def test_the_same_result_gives_the_same_page() -> None:
    assert page(graded("solution")) == page(graded("solution"))


# --- on Gradescope ---------------------------------------------------------------------------------------------------


def test_pictures_come_under_the_words_of_their_lines() -> None:
    result = graded("tests/submissions/wrong/without_1_over_n.py")
    before, after = results.gradescope(result), results.gradescope(result)
    assert report.illustrate(after, result) == ""
    changed = [t["extra_data"]["key"] for t, old in zip(after["tests"], before["tests"], strict=True) if t != old]
    assert changed == ["backprop_W2", "training_decreases", "training_fit"]
    for test in after["tests"]:
        if test["extra_data"]["key"] in changed:
            read = Reader(test["output"])
            assert test["output_format"] == "html"
            assert read.tags <= ON_GRADESCOPE
            (image,) = read.all("img")
            assert image["src"].startswith("data:image/png;base64,")
            assert len(image["alt"]) > 40
            assert {name for _, a in read.found for name in a} <= {"style", "src", "alt", "width", "height"}
        else:
            assert test["output_format"] == "text"


def test_text_keeps_its_lines_and_spaces_and_is_no_markup() -> None:
    result = graded("solution")
    page = results.gradescope(result)
    fit = next(test for test in page["tests"] if test["extra_data"]["key"] == "training_fit")
    fit["output"] = results.clean(HOSTILE + "\n  [[1.   2.]\n   [3.  40.]]\n x\ty")
    wanted = fit["output"].expandtabs(8)
    report.illustrate(page, result)
    words = fit["output"].split('<p><img src="data:')[0]
    read = Reader(words)
    assert read.tags == {"div", "br"}
    assert "".join(read.parts).replace("\xa0", " ") == wanted
    assert not re.search("(?m)^ |  ", "".join(read.parts))  # what a browser would drop


@pytest.mark.parametrize(
    "flood", ["&" * 30_000, "<" * 30_000, "  " * 15_000, "\n" * 30_000, "'" * 30_000, "x" * 30_000]
)
def test_nothing_is_cut_whatever_was_printed(flood: str) -> None:
    curves = graded("tests/submissions/wrong/without_1_over_n.py").curves
    lines = [Row(line, "failed", words=[("forward printed", flood)]) for line in rubric.load().lines]
    result = Result("title", lines, [flood], curves=curves)
    page = results.gradescope(result)
    report.illustrate(page, result)
    for text in (page["output"], *(test["output"] for test in page["tests"])):
        assert len(text) < 100_000
    for test in page["tests"]:
        assert "data:image" not in test["output"] or test["output_format"] == "html"
        assert test["output"].count("<img") == test["output"].count("</em></p>")


def test_a_hidden_line_keeps_its_picture_to_itself() -> None:
    solution = graded("solution")
    result = Result("title", [replace(row) for row in solution.lines], curves=solution.curves)
    for row in result.rows:
        row.criterion = replace(row.criterion, visibility="hidden" if row.criterion.key == "training_fit" else "visible")
    page = results.gradescope(result)
    report.illustrate(page, result)
    drawn = [(t["extra_data"]["key"], t["visibility"]) for t in page["tests"] if "data:image" in t["output"]]
    assert drawn == [("training_decreases", "visible"), ("training_fit", "hidden")]


def gradescope(root: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """What run_autograder does, for a perfect submission."""
    (root / "submission").mkdir()
    monkeypatch.setattr("autograder.grade.grade", lambda *_: graded("solution"))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    return cli.run(["gradescope", "--root", str(root)])


def test_gradescope_gets_the_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gradescope(tmp_path, monkeypatch) == 0
    page = json.loads((tmp_path / "results/results.json").read_text("utf-8"))
    assert sum("data:image" in test["output"] for test in page["tests"]) == 2


@pytest.mark.parametrize(
    "error", [MemoryError("full"), OSError(28, "No space left on device"), RuntimeError("no font")]
)
def test_the_grade_stands_before_anything_is_drawn_and_whatever_fails_then(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "results/results.json"

    def fails(*_: Any) -> str:
        assert json.loads(target.read_text("utf-8"))["score"] == 100
        raise error

    monkeypatch.setattr(report, "illustrate", fails)
    assert gradescope(tmp_path, monkeypatch) == 0
    assert json.loads(target.read_text("utf-8")) == results.gradescope(graded("solution"))
    assert f"The pictures could not be added: {type(error).__name__}" in capsys.readouterr().out


def test_drawing_that_fails_is_told_to_staff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "pictures", lambda _: 1 / 0)
    assert gradescope(tmp_path, monkeypatch) == 0
    assert "The pictures could not be drawn: ZeroDivisionError" in capsys.readouterr().out
    assert json.loads((tmp_path / "results/results.json").read_text("utf-8"))["score"] == 100
