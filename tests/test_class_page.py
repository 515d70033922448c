"""The class report: what it says, and that it holds for large classes, odd names and moved folders."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import result as results
from autograder import rubric
from autograder.course import reports, store
from autograder.course.store import Status
from autograder.errors import UserError
from autograder.result import Result, clean
from tests.html_checks import NAMES, check, golden, result, some_class, told, write
from tests.support import ROOT, Html


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("class"), some_class())
    reports.write_class(folder, folder / "class.html")
    return folder


@pytest.fixture(scope="module")
def text(place: Path) -> str:
    return (place / "class.html").read_text("utf-8")


@pytest.fixture(scope="module")
def read(text: str) -> Html:
    return check(text)


def page(folder: Path, found: list[Result]) -> str:
    write(folder, found)
    reports.write_class(folder, folder / "class.html")
    return (folder / "class.html").read_text("utf-8")


def test_the_page_is_as_reviewed(text: str) -> None:
    golden("class.txt", told(text).replace(rubric.load().title, "The homework"))


def test_sections_come_in_the_order_of_their_use(read: Html) -> None:
    titles = ["Grader errors", "What to explain first", "Who is stuck where", "Criteria", "Similarity is not proof"]
    body = read.text[read.text.index("All students") :]  # behind the table of contents
    assert read.text.index("Grader errors") < read.text.index("What to explain first")
    places = [body.index(title) for title in titles[1:]]
    assert places == sorted(places)


def test_the_same_results_give_the_same_page(text: str, tmp_path: Path) -> None:
    assert page(tmp_path, some_class()) == text


def test_results_of_two_graders_are_reported(tmp_path: Path) -> None:
    assert "different graders" not in page(tmp_path / "one", [result(about={}) for _ in range(3)])
    found = [result(about={}), result(about={}, fingerprint="e" * 16)]
    assert "2 different graders produced these results." in page(tmp_path / "two", found)


def test_no_text_of_the_histogram_is_cut(text: str) -> None:
    svg = text[text.index('<svg class="histogram"') :].partition("</svg>")[0]
    (height,) = re.findall(r'viewBox="0 0 440 (\d+)"', svg)
    assert all(12 <= float(y) <= int(height) - 5 for y in re.findall(r'<text[^>]* y="([\d.]+)"', svg))


def test_every_part_can_be_read_aloud(read: Html) -> None:
    for landmark in ("header", "main", "nav", "footer"):
        assert len(read.all(landmark)) == 1
    assert len(read.all("table")) >= 4
    assert {label["for"] for label in read.all("label")} == {"filter"}
    for element in read.elements:
        if element.attributes.get("class") == "scroll":
            assert element.attributes["tabindex"] == "0"
            assert element.attributes["aria-label"]


def test_names_link_to_the_report_and_the_code(read: Html, place: Path) -> None:
    links = [link for link in read.links if not link.startswith("#")]
    assert {"staff/s003.html", "staff/s003.html#code"} <= set(links)
    assert all((place / link.split("#")[0]).is_file() for link in links)


def test_a_student_without_a_report_is_no_link(tmp_path: Path) -> None:
    results.write(results.gradescope(result()), tmp_path / "results" / "ada.json")
    reports.write_class(tmp_path, tmp_path / "elsewhere" / "class.html")
    assert "ada.html" not in (tmp_path / "elsewhere" / "class.html").read_text("utf-8")


@pytest.mark.parametrize("folder", ["reports", "staff"])
def test_links_survive_odd_names_and_other_folders(folder: str, tmp_path: Path) -> None:
    name = 'a b#?%"ü'
    (tmp_path / "out" / folder).mkdir(parents=True)
    (tmp_path / "out" / folder / f"{name}.html").touch()
    results.write(results.gradescope(result(about={"id": name})), tmp_path / "out" / "results" / f"{name}.json")
    reports.write_class(tmp_path / "out", tmp_path / "pages" / "class.html")
    text = (tmp_path / "pages" / "class.html").read_text("utf-8")
    assert f'href="../out/{folder}/a%20b%23%3F%25%22%C3%BC.html"' in text


def test_hostile_names_and_reasons_are_text(read: Html) -> None:
    assert len(read.all("script")) == 1
    assert not {"img", "iframe", "object"} & read.tags
    for name in NAMES:
        assert read.text.count(" ".join(clean(name).split())) >= 2


def test_a_large_class_is_cut_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MAX_ROWS", 10)
    text = page(tmp_path, some_class())
    rows = text[text.index('id="all"') :]
    assert rows.count("<tr>") - 1 == 10
    assert f"10 of {len(some_class())} students: those with the fewest points" in text
    assert '<a href="grades.csv">grades.csv</a>' in text
    assert ">Faulty<" in rows
    assert ">Right 05<" not in rows


def test_no_class_is_an_error_and_a_small_one_is_a_page(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        reports.write_class(tmp_path / "nothing", tmp_path / "class.html")
    assert not (tmp_path / "class.html").exists()
    assert "1 student graded" in check(page(tmp_path / "one", [result(about={})])).text
    assert "There are no grades yet." in check(page(tmp_path / "fault", [Result("T", fault="broken")])).text


def test_numbers_of_criteria_are_short() -> None:
    assert reports.numbers_in_short(["3.1", "3.2", "3.3", "3.8"]) == "criteria 3.1 to 3.3, 3.8"
    assert reports.numbers_in_short(["3.9", "3.10"]) == "criteria 3.9, 3.10"
    assert reports.numbers_in_short(["2.1"]) == "criterion 2.1"


def test_who_submitted_nothing_is_in_the_list_and_counts_nowhere(tmp_path: Path) -> None:
    folder = write(tmp_path, [result(about={})])
    rows = {"s000": store.Row("s000", [], status=Status.GRADED)}
    rows |= {str(status): store.Row(str(status), [{"name": f"{status} one"}], status=status) for status in ABSENT}
    rows["excused"].decided = ["Excused (illness)"]
    store.Manifest("", rows=rows).save(folder)
    reports.write_class(folder, folder / "class.html")
    text = check((folder / "class.html").read_text("utf-8")).text
    assert "1 student graded" in text
    assert "3 students without a submission to grade" in text
    assert all(f"{status} one – – – – – –" in " ".join(text.split()) for status in ABSENT)
    assert "Excused (illness)" in text
    assert "Made from 1 result." in text


ABSENT = (Status.NOT_SUBMITTED, Status.EXCUSED, Status.NO_FILES)


@pytest.mark.slow
@pytest.mark.unmeasured
def test_the_page_of_ten_thousand_takes_five_seconds_and_300_mb(tmp_path: Path) -> None:
    """From the files on the disk, in a process of its own."""
    some = [results.text_of(results.gradescope(one)) for one in some_class()]
    (tmp_path / "results").mkdir()
    for i in range(10_000):
        (tmp_path / "results" / f"s{i:05}.json").write_text(some[i % len(some)], "utf-8")
    code = (
        "import re, sys, time; from pathlib import Path; from autograder.course import reports\n"
        "begun = time.process_time(); reports.write_class(Path(sys.argv[1]), Path(sys.argv[1], 'class.html'))\n"
        "print(time.process_time() - begun, re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, kilobytes = map(float, done.stdout.split())
    text = (tmp_path / "class.html").read_text("utf-8")
    assert (seconds < 5, kilobytes < 300 << 10, len(text) < 3_000_000) == (True, True, True), done.stdout
    assert "2,000 of 10,000 students" in text
