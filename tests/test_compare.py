"""Two gradings of a class: what changed, for whom, by which line, and whose doing it is."""

from __future__ import annotations

import copy
import csv
import json
import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from autograder import cli, results, rubric
from autograder.course import changes, compare, course
from autograder.grade import grade
from autograder.results import LineResult, Result

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = rubric.load()
HOSTILE = "=HYPERLINK(1)</td><script>alert(1)</script>\x1b[31m\u202e'\"&"
Page = dict[str, Any]


def page(lost: dict[str, str] | None = None, digest: str = "d", name: str = "", **more: Any) -> Page:
    """A results.json in which the lines of these keys are lost, each for its reason."""
    lost = lost or {}
    rows = []
    for line in CONTRACT.lines:
        why = lost.get(line.key)
        row = LineResult(line, "passed" if why is None else "failed", line.points * (why is None))
        if why is not None:
            row.words, row.misconception, row.reason = [("", why)], why.split()[0], why
        rows.append(row)
    result = Result("t", rows, versions={"numpy": "2.2.6"}, fingerprint="aaaa", **more)
    result.about = {"digest": digest, "students": [{"name": name, "email": "", "sid": ""}] if name else []}
    return results.gradescope(result)


def folder(place: Path, pages: dict[str, Page], alone: bool = False) -> Path:
    """A class as `batch` leaves it, or with a folder for each."""
    for id, one in pages.items():
        path = place / id / "results.json" if alone else place / "results" / f"{id}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(one), "utf-8")
    return place


def found(tmp_path: Path, old: dict[str, Page], new: dict[str, Page]) -> compare.Comparison:
    return compare.compare(folder(tmp_path / "old", old), folder(tmp_path / "new", new))


def renamed(one: Page, **more: Any) -> Page:
    """The same page of another grader."""
    one = copy.deepcopy(one)
    one["extra_data"] |= {"fingerprint": "bbbb"} | more
    return one


# --- who rises, falls and stays --------------------------------------------------------------------------------------


def test_nothing_changed_is_said_in_so_many_words(tmp_path: Path) -> None:
    same = {"a": page(), "b": page({"loss_value": "no half"})}
    comparison = found(tmp_path, same, same)
    assert not comparison.changed
    assert comparison.graders() == []
    said = changes.render(comparison)
    assert "Nothing changed." in said
    assert "The graders are the same." in said
    assert "Who falls" not in said


def test_who_falls_rises_and_stays_is_counted_and_the_largest_change_comes_first(tmp_path: Path) -> None:
    old = {"small": page(), "large": page(), "up": page({"loss_value": "no half"}), "same": page()}
    new = {
        "small": page({"backprop_large": "overflow"}),
        "large": page({"backprop_W2": "transposed", "loss_value": "no half"}),
        "up": page(),
        "same": page(),
    }
    comparison = found(tmp_path, old, new)
    assert comparison.kinds == {"falls": 2, "rises": 1, "stays": 1}
    assert comparison.differences == {-14: 1, -2: 1, 6: 1, 0: 1}
    assert [c.id for c in comparison.largest["falls"]] == ["large", "small"]
    said = changes.render(comparison)
    assert "4 of 4 students in both can be compared: 2 fall, 1 rises, 1 stays." in said
    assert "Mean of these: 98.50 → 96.00." in said
    assert said.index("-14  100 → 86  large") < said.index("-2  100 → 98  small")
    assert "3.7: passed 2/2 → failed 0/2 (overflow)" in said


def test_a_line_tells_how_many_lose_how_much_and_why(tmp_path: Path) -> None:
    old = {f"s{i:02}": page() for i in range(13)}
    new = {f"s{i:02}": page({"backprop_large": "it overflows"}) for i in range(12)} | {"s12": page()}
    comparison = found(tmp_path, old, new)
    said = changes.render(comparison)
    assert "3.7 backprop: large excitations\n      12 students lose 2 points: it overflows (12)" in said
    assert "and 4 more: --out FILE.html or --csv FILE shows them" in said


def test_other_verdicts_for_the_same_total_are_not_hidden(tmp_path: Path) -> None:
    comparison = found(tmp_path, {"a": page({"loss_sizes": "one"})}, {"a": page({"loss_alone": "two"})})
    assert comparison.changed
    assert comparison.kinds == {"stays": 1}
    assert comparison.judged == 1
    assert "The same total, but judged or told otherwise" in changes.render(comparison)


def test_other_words_for_the_same_verdict_are_told_and_change_no_grade(tmp_path: Path) -> None:
    comparison = found(tmp_path, {"a": page({"loss_value": "sign lost"})}, {"a": page({"loss_value": "half lost"})})
    assert (comparison.changed, comparison.told, comparison.judged) == (1, 1, 0)
    (change,) = comparison.largest["stays"]
    assert change.why() == ["2.1: failed as before, but told “half lost”, not “sign lost”"]


# --- what differs between the graders --------------------------------------------------------------------------------


def test_versions_points_and_lines_that_came_went_or_moved_are_named(tmp_path: Path) -> None:
    one, two = page(), renamed(page(), versions={"numpy": "2.3.0"})
    tests = {t["extra_data"]["key"]: t for t in two["tests"]}
    tests["backprop_large"] |= {"max_score": 4, "score": 4}
    tests["loss_alone"]["number"] = "2.9"
    tests["loss_sizes"]["extra_data"]["key"] = "loss_shapes"
    said = "\n".join(found(tmp_path, {"a": one}, {"a": two}).graders())
    assert "Not the same grader" in said
    assert "numpy: 2.2.6 → 2.3.0" in said
    assert "Line 3.7 (backprop_large): 2 → 4 points." in said
    assert "Line 2.3 (loss_alone) has the number 2.9." in said
    assert "Line 2.2 (loss_sizes, 2 points) is gone." in said
    assert "Line 2.2 (loss_shapes, 2 points) is new." in said
    assert "All lines together: 100 → 102 points." in said


def test_a_line_is_known_by_its_key_so_a_new_number_changes_nobody(tmp_path: Path) -> None:
    two = renamed(page({"loss_value": "sign"}))
    for test in two["tests"]:
        test["number"] = f"9.{test['number']}"
    comparison = found(tmp_path, {"a": page({"loss_value": "sign"})}, {"a": two})
    assert not comparison.changed
    assert len(comparison.graders()) == 1 + len(CONTRACT.lines)


def test_other_points_of_a_line_are_the_reason_that_is_given(tmp_path: Path) -> None:
    two = renamed(page())
    (line,) = (t for t in two["tests"] if t["extra_data"]["key"] == "loss_value")
    line |= {"score": 5, "max_score": 5}
    two["score"] -= 1
    said = changes.render(found(tmp_path, {"a": page()}, {"a": two}))
    assert "1 student loses 1 point: worth 5, not 6 (1)" in said


def test_a_class_that_two_graders_graded_is_a_warning(tmp_path: Path) -> None:
    comparison = found(tmp_path, {"a": page(), "b": renamed(page())}, {"a": page(), "b": page()})
    assert "OLD is the work of 2 different graders: grade it again with one." in comparison.graders()


@pytest.mark.slow
def test_two_real_graders_of_the_same_submissions_differ_in_what_was_changed_alone(tmp_path: Path) -> None:
    lines = [
        replace(line, points={"backprop_large": 4.0, "backprop_W2": 6.0}.get(line.key, line.points))
        for line in CONTRACT.lines
    ]
    other = replace(CONTRACT, lines=type(CONTRACT.lines)(lines))
    sides: list[dict[str, Page]] = [{}, {}]
    for name in ("wrong/always_logistic_slope", "wrong/dw2_transposed", "correct/closures"):
        for contract, side in zip((CONTRACT, other), sides, strict=True):
            result = grade(ROOT / "tests" / "submissions" / f"{name}.py", contract, pictures=False)
            assert not result.faulty, result.staff
            side[name.split("/")[1]] = results.gradescope(result)
    comparison = found(tmp_path, *sides)
    assert set(comparison.lines) == {"backprop_large", "backprop_W2"}
    assert {c.id: c.difference for c in comparison.largest["falls"]} == {"always_logistic_slope": -2}
    assert {c.id: c.difference for c in comparison.largest["stays"]} == {"closures": 0}


# --- whose doing it is -----------------------------------------------------------------------------------------------


def test_files_that_changed_are_told_apart_and_count_for_no_line(tmp_path: Path) -> None:
    comparison = found(tmp_path, {"a": page()}, {"a": page({"loss_value": "sign"}, digest="e")})
    assert comparison.kinds == {"new files": 1}
    assert comparison.lines == {}
    assert "1 whose files changed between the two: not counted." in changes.render(comparison)


def test_without_a_digest_it_is_said_that_nobody_knows(tmp_path: Path) -> None:
    comparison = found(tmp_path, {"a": page(digest="")}, {"a": page(digest="")})
    assert comparison.unknown == 1
    assert "1 without a record of their files" in changes.render(comparison)


@pytest.mark.parametrize("broken", ["old", "new"])
def test_a_fault_of_the_grader_is_no_fall_to_zero(broken: str, tmp_path: Path) -> None:
    fault = results.gradescope(Result("t", fault="no worker", fingerprint="aaaa"))
    pair = [{"a": page(name="Ada")}, {"a": page(name="Ada")}]
    pair[broken == "new"]["a"] = fault
    comparison = found(tmp_path, *pair)
    assert comparison.kinds == {"fault": 1}
    (change,) = comparison.largest["fault"]
    assert change.difference is None
    assert f"a grader fault in {broken.upper()}: no worker" in changes.render(comparison)
    assert (change.name, comparison.old.compared) == ("Ada", 0)


def test_the_same_fault_in_both_is_shown_and_no_change(tmp_path: Path) -> None:
    fault = results.gradescope(Result("t", fault="no worker", fingerprint="aaaa"))
    comparison = found(tmp_path, {"a": fault}, {"a": fault})
    assert not comparison.changed
    assert "a grader fault in both: no worker" in changes.render(comparison)


def test_a_page_that_is_none_is_a_fault_of_its_own_and_stops_nothing(tmp_path: Path) -> None:
    for side in ("old", "new"):
        folder(tmp_path / side, {"a": page(), "b": page()})
    (tmp_path / "new" / "results" / "a.json").write_text("{")
    comparison = compare.compare(tmp_path / "old", tmp_path / "new")
    assert comparison.kinds == {"fault": 1, "stays": 1}


def test_students_in_one_of_them_only_are_listed(tmp_path: Path) -> None:
    comparison = found(tmp_path, {"b": page(), "c": page(), "e": page()}, {"a": page(), "c": page(), "d": page()})
    assert comparison.kinds == {"only in OLD": 2, "only in NEW": 2, "stays": 1}
    said = changes.render(comparison)
    assert "100 → -  b" in said
    assert "- → 100  a" in said


def test_points_that_no_line_accounts_for_are_named(tmp_path: Path) -> None:
    late = page()
    late["score"] = 90
    (change,) = found(tmp_path, {"a": page()}, {"a": late}).largest["falls"]
    assert change.why() == ["-10 by no line: late days, or another term of the course"]


def test_a_picture_under_the_words_is_no_change_of_the_words(tmp_path: Path) -> None:
    two = page({"loss_value": "a <b> & c"})
    (test,) = (t for t in two["tests"] if t["output"])
    test["output"] = '<div style="font-family:monospace">a &lt;b&gt; &amp; c</div><p><img src="data:,x" alt="y"></p>'
    test["output"] += "<p><em>A caption</em></p>"
    test["output_format"] = "html"
    assert not found(tmp_path, {"a": page({"loss_value": "a <b> & c"})}, {"a": two}).changed


# --- folders ---------------------------------------------------------------------------------------------------------


def test_both_ways_to_name_results_are_walked_in_the_same_order(tmp_path: Path) -> None:
    pages = {id: page() for id in ("a", "a-1", "a.b", "b", "Z", "ä")}
    comparison = compare.compare(folder(tmp_path / "old", pages), folder(tmp_path / "new", pages, alone=True))
    assert (comparison.both, comparison.changed) == (len(pages), 0)
    assert [g.id for g in course.read(tmp_path / "old")] == sorted(pages)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "SHOWN", 20)

    def peak(count: int) -> int:
        sides = []
        for side, one in (("old", page()), ("new", page({"loss_value": "sign", "backprop_W2": "x" * 500}))):
            first = folder(tmp_path / f"{side}{count}", {"s0": one}) / "results" / "s0.json"
            for i in range(1, count):
                os.link(first, first.with_name(f"s{i}.json"))
            sides.append(tmp_path / f"{side}{count}")
        tracemalloc.start()
        comparison = compare.compare(*sides)
        changes.page(comparison)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert comparison.kinds == {"falls": count}
        return most

    peak(50)
    assert peak(1500) - peak(150) < 1350 * 2 * 150  # the names of the files, and nothing else


# --- what is written -------------------------------------------------------------------------------------------------


def test_the_table_has_every_student_and_no_formula(tmp_path: Path) -> None:
    old = {"a": page(name=HOSTILE), "b": page(), "c": page()}
    new = {"a": page({"loss_value": HOSTILE}, name=HOSTILE), "b": page({"loss_value": "-1+1"}), "c": page()}
    path = tmp_path / "out" / "changes.csv"
    with changes.table(path) as row:
        compare.compare(folder(tmp_path / "old", old), folder(tmp_path / "new", new), row)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert [row["difference"] for row in rows] == ["-6", "-6", "0"]
    assert [row["change"] for row in rows] == ["falls", "falls", "stays"]
    assert rows[0]["name"].startswith("'=HYPERLINK")
    for row in rows:
        for name, value in row.items():
            assert name in ("old", "new", "difference") or not value.startswith(("=", "+", "-", "@")), value
            assert value.isprintable()
    assert os.listdir(path.parent) == ["changes.csv"]


def test_a_table_that_fails_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(course.Unusable), changes.table(tmp_path / "c.csv") as row:
        compare.compare(tmp_path / "none", tmp_path / "none", row)
    assert os.listdir(tmp_path) == []


class Reader(HTMLParser):
    """The tags of a page, which must be balanced, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.links: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


WRITTEN = "html head meta title style body header p h1 strong main section h2 ul li div table thead tbody tr th td"
TAGS = {*WRITTEN.split(), "span", "br", "a", "code"}


def test_the_page_says_it_all_and_takes_every_text_for_text(tmp_path: Path) -> None:
    old = {"a": page(name=HOSTILE), "b": page(), "c": page(), "gone": page()}
    new = {
        "a": renamed(page({"loss_value": HOSTILE}, name=HOSTILE)),
        "b": renamed(page({"loss_value": "other"}, digest="e")),
        "c": renamed(results.gradescope(Result("t", fault=HOSTILE, fingerprint="bbbb"))),
    }
    comparison = found(tmp_path, old, new)
    (tmp_path / "old" / "reports").mkdir()
    (tmp_path / "old" / "reports" / "a.html").write_text("x")
    changes.write(comparison, tmp_path / "compare" / "c.html")
    text = (tmp_path / "compare" / "c.html").read_text("utf-8")
    read = Reader(text)
    assert read.tags <= TAGS
    assert read.links == ["../old/reports/a.html"]
    assert "default-src 'none'" in text
    assert "\x1b" not in text
    for words in (
        "1 falls",
        "Not the same grader",
        "2.1: passed 6/6 → failed 0/6",
        "-6",
        "Only in OLD: 1",
        "=HYPERLINK",
    ):
        assert words in read.text, words
    assert read.text.count("<script>") >= 2  # as text


# --- the verb --------------------------------------------------------------------------------------------------------


def test_the_verb_compares_and_fails_on_a_change_only_where_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = folder(tmp_path / "old", {"a": page()})
    new = folder(tmp_path / "new", {"a": renamed(page({"loss_value": HOSTILE}), versions={HOSTILE: HOSTILE})})
    files = ["--out", str(tmp_path / "c.html"), "--csv", str(tmp_path / "c.csv")]
    assert cli.run(["compare", str(old), str(new), *files]) == 0
    said = capsys.readouterr().out
    assert "0 rise" in said
    assert "\x1b" not in said
    assert (tmp_path / "c.html").exists()
    assert (tmp_path / "c.csv").exists()
    assert cli.run(["compare", str(old), str(new), "--fail-on-change"]) == 1
    assert cli.run(["compare", str(old), str(old), "--fail-on-change"]) == 0


def test_a_folder_without_results_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "autograder", "compare", str(tmp_path), str(tmp_path / "none")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("autograder: There are no results in ")
    assert done.stderr.count("\n") == 1
