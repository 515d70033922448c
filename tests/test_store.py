"""The manifest says what belongs to a run, and a student's view holds what the platform would show."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder import rubric
from autograder.course import export, store
from autograder.course.store import Manifest, Row, Status
from autograder.errors import UserError
from autograder.rendering import html
from autograder.result import Result, gradescope
from autograder.result import Row as Criterion
from autograder.rubric import VISIBILITIES

CONTRACT = rubric.load()
SECRET = "the words of a hidden criterion"


def with_visibility(visibility: str, verdict: str = "failed") -> Result:
    """A result whose second criterion, which is lost, has this visibility."""
    criteria = list(CONTRACT.criteria)
    criteria[1] = criteria[1]._replace(title="A title to hide", visibility=visibility)
    rows = [Criterion(one, "passed", one.points) for one in criteria]
    rows[1] = Criterion(criteria[1], verdict, 0.0, [("", SECRET)], "misconception of it", "reason of it")
    result = Result("Homework", rows, staff=["a word for staff"], fingerprint="f" * 16)
    students = [{"name": "Ada Lovelace", "email": "ada@x.edu", "sid": "17"}]
    result.about = {"id": "ada", "students": students, "created_at": "2026-10-12T09:37:00+00:00", "sketch": [1, 2, 3]}
    return result


@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_a_students_view_has_no_hidden_criterion(visibility: str) -> None:
    result = with_visibility(visibility)
    page, feedback, staff = html.student_page(result, {}), export.feedback(result), html.staff_page(result, {})
    for text in (page, feedback):
        assert ("A title to hide" in text) == (visibility == "visible")
        assert not any(word in text for word in ("For staff", "for staff", "f" * 16, "misconception", "never see"))
    assert (SECRET in page) == (visibility == "visible")
    assert "Criteria that are not shown here: 0/" in feedback or visibility == "visible"
    assert "Ada Lovelace" in page
    assert "2026-10-12 09:37" in page
    assert all(text in staff for text in (SECRET, "a word for staff", "f" * 16))


def test_a_fault_gives_no_feedback() -> None:
    assert export.feedback(with_visibility("hidden", "fault")) == ""


# --- the manifest -----------------------------------------------------------------------------------------------------


def write(folder: Path, id: str, page: dict[str, Any]) -> Row:
    (folder / "results").mkdir(parents=True, exist_ok=True)
    (folder / "results" / f"{id}.json").write_text(json.dumps(page), "utf-8")
    return Row(id, [], status=Status.GRADED, result=store.digest_of(folder, id))


def test_only_what_the_manifest_lists_is_read(tmp_path: Path) -> None:
    page = gradescope(with_visibility("visible")) | {"score": 7.0}
    rows = {id: write(tmp_path, id, page | {"score": 7.0}) for id in ("ada", "eve")}
    write(tmp_path, "stale", page | {"score": 1.0})
    Manifest("Plain class", "f", {}, rows).save(tmp_path)
    assert [one.score for _, one in store.read(tmp_path) if one] == [7.0, 7.0]


def test_a_manifest_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    who = {"name": "Ad\ud800a", "email": "", "sid": ""}
    row = Row("é", [who], "f", Status.NO_FILES, "2", 2, "d", "x", "y", 7.5, ["n"], ["d"])
    made = Manifest("Canvas download", "f", {"numpy": "2"}, {"é": row})
    made.save(tmp_path)
    loaded = Manifest.load(tmp_path)
    assert loaded is not None
    assert loaded.rows["é"].status is Status.NO_FILES
    assert replace(loaded.rows["é"], students=row.students) == row
    assert Manifest.load(tmp_path / "nowhere") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"submissions": [{}]}'])
def test_a_damaged_manifest_is_one_clear_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UserError, match=r"manifest\.json is damaged"):
        store.rows(tmp_path)


def test_edited_results_are_known(tmp_path: Path) -> None:
    rows = {id: write(tmp_path, id, gradescope(with_visibility("visible"))) for id in ("ada", "eve")}
    made = Manifest("", "f", {}, rows)
    assert made.edited(tmp_path) == []
    (tmp_path / "results" / "eve.json").write_text("{}")
    assert made.edited(tmp_path) == ["eve"]


def test_what_is_set_aside_twice_is_kept_twice(tmp_path: Path) -> None:
    for text in ("one", "two", "three"):
        (tmp_path / "results").mkdir(exist_ok=True)
        (tmp_path / "results" / "a.b.json").write_text(text)
        store.set_aside(tmp_path, ["a.b"])
    kept = sorted((p.name, p.read_text()) for p in (tmp_path / "earlier" / "results").iterdir())
    assert kept == [("a.b.1.json", "one"), ("a.b.2.json", "two"), ("a.b.json", "three")]
    assert store.ids_in(tmp_path) == set()


# --- feedback that an LMS takes back ----------------------------------------------------------------------------------


def member(path: Path) -> tuple[str, str]:
    """The only file of a zip: its name and its text."""
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        return name, archive.read(name).decode()


def test_moodle_takes_the_feedback_back(tmp_path: Path) -> None:
    """By the rules of mod/assign/feedback/file/importziplib.php."""
    row = write(tmp_path, "ada_1_4711", gradescope(with_visibility("hidden")))
    row.students = [{"name": "Ada_1 Lovelace", "email": "", "sid": "", "moodle": "4711"}]
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "ada_1_4711.html").write_text("<p>for Ada")
    Manifest("Moodle download", "f", {}, {row.id: row}).save(tmp_path)
    (path,) = export.feedback_zips(tmp_path, "Moodle download")
    name, text = member(path)
    _, number, subtype, plugin, file = name.split("_", 4)
    assert (number, subtype, plugin, file, text) == ("4711", "assignfeedback", "file", "/feedback.html", "<p>for Ada")


def test_canvas_takes_the_feedback_back(tmp_path: Path) -> None:
    """By the rules of Assignment#infer_comment_context_from_filename."""
    result = with_visibility("hidden")
    result.about["feedback"] = export.feedback(result)
    row = write(tmp_path, "ada", gradescope(result))
    row.upload = "lovelaceada_LATE_4711_98765_neural_net.py"
    zipped = write(tmp_path, "eve", gradescope(result))
    Manifest("Canvas download", "f", {}, {one.id: one for one in (row, zipped)}).save(tmp_path)
    ((path, missing),) = export.feedback_zips(tmp_path, "Canvas download").items()
    assert missing == ["eve"]
    name, text = member(path)
    assert [part for part in name.split("_") if part.isdecimal()][:2] == ["4711", "98765"]
    first, second = text.splitlines()
    assert first.startswith("# Score: ")
    assert second.startswith("# Criteria that are not shown here: 0/")
