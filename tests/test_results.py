"""results.json is valid, finite, complete, under Gradescope's cuts, and there at every moment."""

from __future__ import annotations

import json
import math
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import result as results
from autograder import rubric
from autograder.rendering import text
from autograder.result import Result, Row, clean, gradescope

LINES = rubric.load().criteria
CUT = 100_000


def made(verdict: str = "failed", text: str = "why", **more: Any) -> Result:
    fine = verdict == "passed"
    rows = [Row(line, verdict, line.points * fine, [] if fine else [("", text)]) for line in LINES]
    return Result("A title", rows, **more)


def finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(finite(v) for v in value.values())
    if isinstance(value, list):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def test_every_line_is_there_with_what_gradescope_needs() -> None:
    page = gradescope(made("passed", seconds=1.234))
    assert page["score"] == 100
    assert page["execution_time"] == 1.23
    assert len(page["tests"]) == len(LINES)
    for test, line in zip(page["tests"], LINES, strict=True):
        assert test["number"] == line.number
        assert isinstance(test["number"], str)
        assert (test["score"], test["max_score"], test["status"]) == (line.points, line.points, "passed")
        assert test["visibility"] in rubric.VISIBILITIES
        assert test["output_format"] == "text"
    assert finite(page)


def test_a_failed_line_and_one_not_checked_are_failed_for_gradescope_and_told_apart_in_extra_data() -> None:
    for verdict in ("failed", "not checked"):
        page = gradescope(made(verdict))
        assert {t["status"] for t in page["tests"]} == {"failed"}
        assert {t["extra_data"]["verdict"] for t in page["tests"]} == {verdict}
        assert page["score"] == 0


def test_a_fault_has_no_score_and_a_hidden_entry_for_staff() -> None:
    result = made("passed", staff=["what broke"])
    result.rows[3] = Row(LINES[3], "fault", 0.0, [("", results.FAULT)])
    page = gradescope(result)
    entry, staff = page["tests"][3], page["tests"][-1]
    assert "score" not in entry
    assert "max_score" not in entry
    assert "status" not in entry
    assert staff["visibility"] == "hidden"
    assert "what broke" in staff["output"]
    assert page["score"] == 100 - LINES[3].points
    assert "could not be graded" in page["output"]
    assert page["extra_data"]["grader_fault"]


def test_without_a_fault_nothing_is_hidden_so_the_student_sees_the_total() -> None:
    page = gradescope(made("failed", staff=["layers that held"]))
    assert {t["visibility"] for t in page["tests"]} == {"visible"}
    assert "grader_fault" not in page["extra_data"]


@pytest.mark.slow
def test_long_texts_are_cut_below_gradescopes_own_cut() -> None:
    page = gradescope(made(text="x" * 10**6, notes=["y" * 10**6], staff=["z" * 10**6], fault="w" * 10**6))
    for shown in [page["output"], page["extra_data"]["grader_fault"], *(t["output"] for t in page["tests"])]:
        assert len(shown) < CUT
    assert "[...]" in page["tests"][0]["output"]


def test_an_unfinished_page_says_that_it_is_the_graders_fault() -> None:
    page = results.unfinished()
    assert page["score"] == 0
    assert "not a mistake of yours" in page["output"]
    assert page["tests"][0]["visibility"] == "hidden"


NASTY = st.text(st.characters(), max_size=300)


@given(NASTY)
def test_any_text_makes_a_page_that_is_plain_utf_8(words: str) -> None:
    result = made(text=words, notes=[words], staff=[words])
    page = json.dumps(gradescope(result), allow_nan=False, ensure_ascii=False)
    assert page.encode("utf-8")
    shown = json.loads(page)["tests"][0]["output"]
    assert all(c.isprintable() or c in "\n\t\ufffd" for c in shown)
    assert text.render(result).encode("utf-8")


def test_control_and_direction_characters_are_shown_as_what_they_are() -> None:
    assert clean("a\x1b[31mb\x00c\u202ed\r\ne\ud800") == "a\ufffd[31mb\ufffdc\ufffdd\ne?"


def test_at_every_moment_there_is_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "results.json"
    results.write({"n": 0}, path)
    stop, seen = threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            seen.append(json.loads(path.read_text("utf-8"))["n"])

    looking = threading.Thread(target=look)
    looking.start()
    for n in range(30):
        results.write({"n": n, "text": "x" * 50_000}, path)
    stop.set()
    looking.join()
    assert seen == sorted(seen)
    assert os.listdir(path.parent) == ["results.json"]


def test_what_json_can_not_say_is_refused_and_the_file_before_stays(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results.write({"n": 1}, path)
    with pytest.raises(ValueError, match="JSON"):
        results.write({"n": float("nan")}, path)
    assert json.loads(path.read_text()) == {"n": 1}
    assert os.listdir(tmp_path) == ["results.json"]


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "results.json").symlink_to(victim)
    results.write({"n": 1}, tmp_path / "results.json")
    assert victim.read_text() == "mine"
    assert not (tmp_path / "results.json").is_symlink()


def test_the_terminal_shows_every_line_and_the_total() -> None:
    shown = text.render(made("failed", notes=["a note"]))
    for line in LINES:
        assert f"{line.number:<4} {line.title}" in shown
    assert "Total: 0/100" in shown
    assert "Note: a note" in shown
    assert "\033" not in shown
    assert "\033[31m" in text.render(made("failed"), color=True)


def test_the_terminal_gives_no_total_where_there_is_no_grade() -> None:
    shown = text.render(Result("A title", fault="broken"))
    assert "Total" not in shown
    assert "not a mistake of yours" in shown.replace("\n", " ")


def test_half_a_character_in_a_name_is_none() -> None:
    text = results.text_of({"name": "\ud800x"})
    assert text.encode("utf-8")
    assert json.loads(text) == {"name": "?x"}
