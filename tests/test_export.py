"""The tables: right for Canvas and Moodle, and harmless in a spreadsheet whatever students are called."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from autograder.course import export

TITLE = "Two-layer network"


def result(
    id: str,
    score: float = 9.5,
    students: list[dict[str, str]] | None = None,
    fault: str = "",
    lines: tuple[tuple[str, str, float, float], ...] = (("1.1", "passed", 5, 5), ("1.2", "failed", 4.5, 5)),
    **about: Any,
) -> dict[str, Any]:
    tests: list[dict[str, Any]] = []
    for number, verdict, got, points in lines if not fault else ():
        extra = {"key": f"key_{number}", "verdict": verdict, "misconception": "times n" if verdict == "failed" else ""}
        test = {"number": number, "name": f"line {number}", "output": "", "extra_data": extra}
        tests.append(test | ({} if verdict == "fault" else {"score": got, "max_score": points, "status": "passed"}))
    extra = {
        "versions": {}, "fingerprint": "f", "submission": {"id": id, "students": students or [], **about},
    }  # fmt: skip
    if fault:
        extra["grader_fault"] = fault
    return {"score": 0.0 if fault else score, "output": "", "tests": tests, "extra_data": extra}


def put(folder: Path, page: dict[str, Any]) -> None:
    """Write a result where `batch` does."""
    (folder / "results").mkdir(parents=True, exist_ok=True)
    name = page["extra_data"]["submission"]["id"]
    (folder / "results" / f"{name}.json").write_text(json.dumps(page), "utf-8")


def tables(tmp_path: Path, *pages: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """The rows of each table, by heading."""
    for page in pages:
        put(tmp_path, page)
    export.write(tmp_path, TITLE, 10)
    found = {}
    for name in export.NAMES:
        with open(tmp_path / name, encoding="utf-8-sig", newline="") as file:
            found[name] = list(csv.DictReader(file, strict=True))
    return found


ADA = {"name": "Ada Lovelace", "email": "ada@example.edu", "sid": "0017"}


def test_a_row_says_who_how_much_and_why(tmp_path: Path) -> None:
    (row,) = tables(tmp_path, result("ada", students=[ADA], notes=["Canvas says that it is late."]))["grades.csv"]
    assert row == {
        "id": "ada", "name": "Ada Lovelace", "email": "ada@example.edu", "sid": "0017", "score": "9.5", "points": "10",
        "1.1 key_1.1": "5", "1.2 key_1.2": "4.5", "misconceptions": "times n", "fault": "",
        "note": "Canvas says that it is late.", "status": "graded",
    }  # fmt: skip


def test_canvas_gets_its_own_columns_and_the_points(tmp_path: Path) -> None:
    """As Canvas' importer reads them: the first column names the student, the last before the grades is Section."""
    student = {"name": "lovelaceada", "email": "", "sid": "", "canvas": "4711"}
    points, ada, other = tables(tmp_path, result("a", students=[student]), result("b", students=[ADA]))["canvas.csv"]
    assert list(ada) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", TITLE]
    assert points["Student"].strip() == "Points Possible"
    assert points[TITLE] == "10"
    assert (ada["Student"], ada["ID"], ada[TITLE]) == ("lovelaceada", "4711", "9.5")
    assert (other["ID"], other["SIS User ID"], other["SIS Login ID"]) == ("", "0017", "ada@example.edu")


def test_moodle_gets_the_columns_of_its_grading_worksheet(tmp_path: Path) -> None:
    student = {"name": "Ada Lovelace", "email": "", "sid": "", "moodle": "4711"}
    (row,) = tables(tmp_path, result("a", students=[student]))["moodle.csv"]
    assert {"Identifier", "Full name", "Email address", "Grade", "Maximum grade", "Last modified (grade)"} < set(row)
    assert (row["Identifier"], row["Grade"], row["Maximum grade"]) == ("Participant 4711", "9.5", "10")
    assert row["Feedback comments"] == "1.2 line 1.2: 4.5/5"


def test_a_submission_without_a_grade_has_an_empty_cell_and_no_zero(tmp_path: Path) -> None:
    found = tables(tmp_path, result("ada", students=[ADA], fault="out of memory"))
    (row,) = found["grades.csv"]
    assert (row["score"], row["fault"]) == ("", "out of memory")
    assert found["canvas.csv"][1][TITLE] == ""
    assert (found["moodle.csv"][0]["Grade"], found["moodle.csv"][0]["Feedback comments"]) == ("", "")
    assert "0" not in row.values()


def test_a_line_that_could_not_be_judged_has_an_empty_cell(tmp_path: Path) -> None:
    page = result("ada", lines=(("1.1", "passed", 5, 5), ("1.2", "fault", 0, 5)))
    page["extra_data"]["grader_fault"] = "some lines"
    (row,) = tables(tmp_path, page)["grades.csv"]
    assert (row["score"], row["1.1 key_1.1"], row["1.2 key_1.2"]) == ("", "5", "")


def test_a_zero_is_a_zero(tmp_path: Path) -> None:
    found = tables(tmp_path, result("ada", 0.0, [ADA], lines=(("1.1", "failed", 0, 10),)))
    assert found["grades.csv"][0]["score"] == found["canvas.csv"][1][TITLE] == found["moodle.csv"][0]["Grade"] == "0"


def test_every_student_of_a_group_has_a_row(tmp_path: Path) -> None:
    grace = {"name": "Grace Hopper", "email": "g@example.edu", "sid": "18"}
    found = tables(tmp_path, result("group", students=[ADA, grace]))
    assert [row["name"] for row in found["grades.csv"]] == ["Ada Lovelace", "Grace Hopper"]
    assert [row["id"] for row in found["grades.csv"]] == ["group", "group"]
    assert [row[TITLE] for row in found["canvas.csv"][1:]] == ["9.5", "9.5"]
    assert [row["Email address"] for row in found["moodle.csv"]] == ["ada@example.edu", "g@example.edu"]


def test_a_student_without_a_name_is_found_by_what_is_known(tmp_path: Path) -> None:
    nameless = {"name": "", "email": "x@example.edu", "sid": ""}
    found = tables(tmp_path, result("a", students=[nameless]), result("b"))
    assert [row["Student"] for row in found["canvas.csv"][1:]] == ["x@example.edu", "b"]


def test_lines_that_only_some_have_keep_their_columns(tmp_path: Path) -> None:
    old, new = result("a", lines=(("1.1", "passed", 5, 5),)), result("b", lines=(("1.2", "passed", 4, 5),))
    first, second = tables(tmp_path, old, new)["grades.csv"]
    assert (first["1.1 key_1.1"], first["1.2 key_1.2"]) == ("5", "")
    assert (second["1.1 key_1.1"], second["1.2 key_1.2"]) == ("", "4")


FORMULAS = [
    "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "   @x", "\xa0=1", "\u3000=1", "\ufeff=1",
    "\u200b=1", '"=1', "'=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "=HYPERLINK(\"http://x\",\"y\")", "\x00=1",
    "=cmd|' /C calc'!A0",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula_in_any_table(text: str, tmp_path: Path) -> None:
    student = dict.fromkeys(("name", "email", "sid", "canvas", "moodle"), text)
    page = result("ada", students=[student], notes=[text])
    page["output"] = text
    page["extra_data"]["submission"]["id"] = "ada"
    for test in page["tests"]:
        test["name"] = test["extra_data"]["misconception"] = text
    for name, rows in tables(tmp_path, page, result("eve", fault=text)).items():
        for row in rows:
            for value in row.values():
                begins = value.lstrip(' \t"\xa0\u3000\ufffd')
                assert not begins.startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")), (name, row)
                assert value.isprintable(), (name, value)


@pytest.mark.parametrize("value", [0, 0.0, 5, 71.25, -3.0, 100])
def test_numbers_stay_numbers(value: float) -> None:
    assert export.cell(value) == value
    assert not isinstance(export.cell(value), str)


def test_names_with_commas_quotes_and_lines_stay_one_cell(tmp_path: Path) -> None:
    student = {"name": 'Lovelace, "Ada"\nCountess', "email": "", "sid": "1,2"}
    (row,) = tables(tmp_path, result("ada", students=[student]))["grades.csv"]
    assert (row["name"], row["sid"]) == ('Lovelace, "Ada" Countess', "1,2")


def test_only_the_table_for_excel_has_a_mark_and_all_are_utf8(tmp_path: Path) -> None:
    tables(tmp_path, result("ada", students=[{"name": "Zoë 名前", "email": "", "sid": ""}]))
    marks = [(tmp_path / name).read_bytes()[:3] == b"\xef\xbb\xbf" for name in export.NAMES]
    assert marks == [True, False, False]
    assert all("Zoë 名前".encode() in (tmp_path / name).read_bytes() for name in export.NAMES)


def test_the_summary_counts_faults_apart(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    pages = [result("a", 10), result("b", 4), *(result(f"f{i}", fault="x") for i in range(7))]
    for i, page in enumerate(pages):
        (tmp_path / "results" / f"{i}.json").write_text(json.dumps(page))
    summary = export.write(tmp_path, TITLE, 10)
    assert (summary.count, summary.graded, summary.mean, summary.lowest, summary.lowest_id) == (9, 2, 7.0, 4.0, "b")
    assert (summary.faulty, len(summary.faults)) == (7, 5)


def test_a_table_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    tables(tmp_path, result("ada", students=[ADA]))
    before = (tmp_path / "grades.csv").read_bytes()
    (tmp_path / "results" / "zzz.json").write_text("{")
    with pytest.raises(Exception, match="zzz"):
        export.write(tmp_path, TITLE, 10)
    assert (tmp_path / "grades.csv").read_bytes() == before
    assert not list(tmp_path.glob(".*"))
