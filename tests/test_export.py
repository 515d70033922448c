"""The tables: right for Canvas and Moodle, and harmless in a spreadsheet whatever students are called."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder import rubric
from autograder.course import export
from autograder.course.store import Manifest, Row, Status

CRITERIA = tuple(rubric.Criterion(f"key_{number}", number, f"line {number}", 5.0) for number in ("1.1", "1.2"))
CONTRACT = replace(rubric.load(), title="Two-layer network", criteria=CRITERIA)
TITLE = CONTRACT.title
ADA = {"name": "Ada Lovelace", "email": "ada@example.edu", "sid": "0017"}
Page = dict[str, Any]


def result(id: str, score: float = 9.5, *students: dict[str, str], fault: str = "", **about: Any) -> Page:
    """A results.json of two criteria, the second of which is lost in part."""
    rows = () if fault else (("1.1", "passed", 5), ("1.2", "failed", 4.5))
    tests = [
        {"number": number, "name": f"line {number}", "output": "", "score": got, "max_score": 5,
         "extra_data": {"key": f"key_{number}", "verdict": verdict, "misconception": "times n" * (got < 5)}}
        for number, verdict, got in rows
    ]  # fmt: skip
    about |= {"id": id, "students": list(students), "feedback": "" if fault else "1.2 line 1.2: 4.5/5"}
    extra = {"fingerprint": "f", "submission": about} | ({"grader_fault": fault} if fault else {})
    return {"score": 0.0 if fault else score, "output": "", "tests": tests, "extra_data": extra}


def put(folder: Path, *pages: Page, **more: Any) -> Manifest:
    """Write results where `batch` does, and their manifest."""
    (folder / "results").mkdir(parents=True, exist_ok=True)
    manifest = Manifest()
    for page in pages:
        about = page["extra_data"]["submission"]
        (folder / "results" / f"{about['id']}.json").write_text(json.dumps(page), "utf-8")
        status = Status.FAULT if "grader_fault" in page["extra_data"] else Status.GRADED
        row = Row(about["id"], about["students"], status=status, notes=about.get("notes", []))
        manifest.rows[row.id] = replace(row, **more)
    manifest.save(folder)
    return manifest


def tables(tmp_path: Path, *pages: Page) -> dict[str, list[dict[str, str]]]:
    """The rows of each table, by heading."""
    put(tmp_path, *pages)
    export.write(tmp_path, CONTRACT)
    found = {}
    for name in export.NAMES:
        with open(tmp_path / name, encoding="utf-8-sig", newline="") as file:
            found[name] = list(csv.DictReader(file, strict=True))
    return found


def test_a_row_says_who_how_much_and_why(tmp_path: Path) -> None:
    (row,) = tables(tmp_path, result("ada", 9.5, ADA, notes=["Canvas says that it is late."]))["grades.csv"]
    assert row == {
        "id": "ada", **ADA, "score": "9.5", "points": "10", "1.1 key_1.1": "5", "1.2 key_1.2": "4.5",
        "misconceptions": "times n", "fault": "", "note": "Canvas says that it is late.", "status": "graded",
    }  # fmt: skip


def test_canvas_gets_its_own_columns_and_the_points(tmp_path: Path) -> None:
    """As Canvas' importer reads them: the first column names the student, the last before the grades is Section."""
    student = {"name": "lovelaceada", "email": "", "sid": "", "canvas": "4711"}
    points, ada, other = tables(tmp_path, result("a", 9.5, student), result("b", 9.5, ADA))["canvas.csv"]
    assert list(ada) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", TITLE]
    assert (points["Student"].strip(), points[TITLE]) == ("Points Possible", "10")
    assert (ada["Student"], ada["ID"], ada[TITLE]) == ("lovelaceada", "4711", "9.5")
    assert (other["ID"], other["SIS User ID"], other["SIS Login ID"]) == ("", "0017", "ada@example.edu")


def test_moodle_gets_the_columns_of_its_grading_worksheet(tmp_path: Path) -> None:
    student = {"name": "Ada Lovelace", "email": "", "sid": "", "moodle": "4711"}
    (row,) = tables(tmp_path, result("a", 9.5, student))["moodle.csv"]
    assert {"Identifier", "Full name", "Email address", "Grade", "Maximum grade", "Last modified (grade)"} < set(row)
    assert (row["Identifier"], row["Grade"], row["Maximum grade"]) == ("Participant 4711", "9.5", "10")
    assert row["Feedback comments"] == "1.2 line 1.2: 4.5/5"


def test_a_submission_without_a_grade_has_an_empty_cell_and_no_zero(tmp_path: Path) -> None:
    some = result("eve")
    some["tests"][1]["extra_data"]["verdict"], some["extra_data"]["grader_fault"] = "fault", "some criteria"
    found = tables(tmp_path, result("ada", 0, ADA, fault="out of memory"), some)
    ada, eve = found["grades.csv"]
    assert (ada["score"], ada["fault"]) == ("", "out of memory")
    assert "0" not in ada.values()
    assert (eve["score"], eve["1.1 key_1.1"], eve["1.2 key_1.2"]) == ("", "5", "")
    assert found["canvas.csv"][1][TITLE] == ""
    assert (found["moodle.csv"][0]["Grade"], found["moodle.csv"][0]["Feedback comments"]) == ("", "")


def test_a_zero_is_a_zero(tmp_path: Path) -> None:
    found = tables(tmp_path, result("ada", 0.0, ADA))
    assert found["grades.csv"][0]["score"] == found["canvas.csv"][1][TITLE] == found["moodle.csv"][0]["Grade"] == "0"


def test_every_student_of_a_group_has_a_row(tmp_path: Path) -> None:
    found = tables(tmp_path, result("group", 9.5, ADA, {"name": "Grace Hopper", "email": "g@example.edu", "sid": "18"}))
    names = [(row["id"], row["name"]) for row in found["grades.csv"]]
    assert names == [("group", "Ada Lovelace"), ("group", "Grace Hopper")]
    assert [row[TITLE] for row in found["canvas.csv"][1:]] == ["9.5", "9.5"]
    assert [row["Email address"] for row in found["moodle.csv"]] == ["ada@example.edu", "g@example.edu"]


def test_a_student_without_a_name_is_found_by_what_is_known(tmp_path: Path) -> None:
    found = tables(tmp_path, result("a", 1, {"name": "", "email": "x@example.edu", "sid": ""}), result("b"))
    assert [row["Student"] for row in found["canvas.csv"][1:]] == ["x@example.edu", "b"]


FORMULAS = [
    "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "   @x", "\xa0=1", "\u3000=1", "\ufeff=1",
    "\u200b=1", '"=1', "'=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "=HYPERLINK(\"http://x\",\"y\")", "\x00=1",
    "=cmd|' /C calc'!A0",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula_in_any_table(text: str, tmp_path: Path) -> None:
    page = result("ada", 1, dict.fromkeys(("name", "email", "sid", "canvas", "moodle"), text), notes=[text])
    page["output"] = page["extra_data"]["submission"]["feedback"] = text
    for test in page["tests"]:
        test["name"] = test["extra_data"]["misconception"] = text
    for name, rows in tables(tmp_path, page, result("eve", fault=text)).items():
        for value in (value for row in rows for value in row.values()):
            begins = value.lstrip(' \t"\xa0\u3000\ufffd')
            assert not begins.startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")), (name, value)
            assert value.isprintable(), (name, value)


@pytest.mark.parametrize("value", [0, 0.0, 5, 71.25, -3.0, 100])
def test_numbers_stay_numbers(value: float) -> None:
    assert export.cell(value) == value
    assert not isinstance(export.cell(value), str)


def test_odd_names_stay_one_cell_in_utf8_and_only_excels_table_has_a_mark(tmp_path: Path) -> None:
    student = {"name": 'Lovelace, "Zoë 名前"\nCountess', "email": "", "sid": "1,2"}
    (row,) = tables(tmp_path, result("ada", 1, student))["grades.csv"]
    assert (row["name"], row["sid"]) == ('Lovelace, "Zoë 名前" Countess', "1,2")
    files = [(tmp_path / name).read_bytes() for name in export.NAMES]
    assert [data[:3] == b"\xef\xbb\xbf" for data in files] == [True, False, False]
    assert all("Zoë 名前".encode() in data for data in files)


def test_a_table_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    tables(tmp_path, result("ada", 1, ADA))
    before = (tmp_path / "grades.csv").read_bytes()
    put(tmp_path, result("ada", 1, ADA), result("zzz"))
    (tmp_path / "results" / "zzz.json").write_text("{")
    with pytest.raises(Exception, match="zzz"):
        export.write(tmp_path, CONTRACT)
    assert (tmp_path / "grades.csv").read_bytes() == before
    assert not list(tmp_path.glob(".*"))
