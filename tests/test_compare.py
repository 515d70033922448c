"""Two gradings of a class: what changed, for whom, by which criterion, and why."""

from __future__ import annotations

import copy
import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder import result as results
from autograder.course import comparison as compare
from autograder.course import store
from autograder.course.comparison import Outcome
from autograder.result import Result
from tests.html_checks import CRITERIA, HOSTILE, check, golden, told
from tests.html_checks import result as made
from tests.support import one_error_line

FORMULA = "=HYPERLINK(1) " + HOSTILE
Page = dict[str, Any]


def page(lost: dict[str, str] | None = None, digest: str = "d", name: str = "", **more: Any) -> Page:
    """A results.json in which the criteria of these keys are lost, each for its reason."""
    one = made({key: (why.split()[0], why) for key, why in (lost or {}).items()}, **more)
    one.about = {"digest": digest, "students": [{"name": name, "email": "", "sid": ""}] if name else []}
    return results.gradescope(one)


def folder(place: Path, pages: dict[str, Page], alone: bool = False) -> Path:
    """A class as `batch` leaves it, or with a folder for each."""
    for id, one in pages.items():
        path = place / id / "results.json" if alone else place / "results" / f"{id}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(results.text_of(one), "utf-8")
    return place


def found(tmp_path: Path, old: dict[str, Page], new: dict[str, Page]) -> compare.Comparison:
    return compare.compare(folder(tmp_path / "old", old), folder(tmp_path / "new", new))


def regraded(one: Page, **more: Any) -> Page:
    """The same page by another grader."""
    one = copy.deepcopy(one)
    one["extra_data"] |= {"fingerprint": "bbbb"} | more
    return one


def broken(why: str) -> Page:
    return results.gradescope(Result("t", fault=why, fingerprint="aaaa"))


def everything(tmp_path: Path) -> compare.Comparison:
    """A comparison with every kind of change, in a folder without a long name."""
    old = {f"s{i:02}": page() for i in range(10)} | {"up": page({"loss_value": "no half"}), "gone": page()}
    new = {f"s{i:02}": regraded(page({"backprop_W1": "it is transposed"})) for i in range(10)}
    old |= {"two": page(), "words": page({"loss_sizes": "sign lost"}), "verdict": page({"forward_large": "one"})}
    new |= {"two": page({"backprop_W2": "transposed", "loss_value": "no half"}), "up": page(), "new": page(name="Zoë")}
    new |= {"words": page({"loss_sizes": "half lost"}), "verdict": page({"forward_large": "one", "loss_sizes": "b"})}
    new["verdict"]["score"] += 2
    old |= {"files": page(), "fault": page(name="Ada"), "blind": page(digest="")}
    new |= {"files": page({"loss_value": "no"}, digest="e"), "fault": broken("no worker"), "blind": page(digest="")}
    return found(tmp_path, old, new)


# --- who gains, who loses --------------------------------------------------------------------------------------------


def test_all_texts_are_as_reviewed(tmp_path: Path) -> None:
    comparison = everything(tmp_path)
    compare.write_page(comparison, tmp_path / "c.html")
    html = told((tmp_path / "c.html").read_text("utf-8"))
    golden("comparison_text.txt", compare.render(comparison).replace(str(tmp_path), "..."))
    golden("comparison_page.txt", html.replace(str(tmp_path), "..."))


def test_nothing_changed_is_said(tmp_path: Path) -> None:
    same = {"a": page(), "b": page({"loss_value": "no half"})}
    comparison = found(tmp_path, same, same)
    assert (comparison.changed, comparison.graders()) == (0, [])
    text = compare.render(comparison)
    assert "Nothing changed." in text
    assert "The graders are the same." in text
    assert "lose points, most" not in text


def test_the_largest_change_comes_first(tmp_path: Path) -> None:
    old = {"small": page(), "large": page(), "up": page({"loss_value": "no half"}), "same": page()}
    new = {
        "small": page({"loss_sizes": "overflow"}),
        "large": page({"backprop_W2": "transposed", "loss_value": "no half"}),
        "up": page(),
        "same": page(),
    }
    comparison = found(tmp_path, old, new)
    assert comparison.kinds == {"falls": 2, "rises": 1, "stays": 1}
    assert [(c.id, c.difference) for c in comparison.of_kind(Outcome.FALLS)] == [("large", -28), ("small", -2)]


def test_other_verdicts_for_the_same_total_are_shown(tmp_path: Path) -> None:
    comparison = everything(tmp_path)
    assert [(change.id, change.judged) for change in comparison.of_kind(Outcome.STAYS)] == [
        ("verdict", True), ("words", False),
    ]  # fmt: skip


# --- what differs between the graders --------------------------------------------------------------------------------


def test_changes_of_the_rubric_and_of_versions_are_named(tmp_path: Path) -> None:
    one, two = page(), regraded(page(), versions={"numpy": "2.3.0"})
    tests = {t["extra_data"]["key"]: t for t in two["tests"]}
    tests["backprop_W1"] |= {"max_score": 11, "score": 11}
    tests["loss_value"]["number"] = "2.9"
    tests["loss_sizes"]["extra_data"]["key"] = "loss_shapes"
    words = "\n".join(found(tmp_path, {"a": one}, {"a": two}).graders())
    for part in ("2.2.6 → 2.3.0", "9 → 11 points", "2.9", "loss_sizes", "loss_shapes", "100 → 102 points"):
        assert part in words


def test_a_criterion_is_known_by_its_key(tmp_path: Path) -> None:
    two = regraded(page({"loss_value": "sign"}))
    for test in two["tests"]:
        test["number"] = f"9.{test['number']}"
    comparison = found(tmp_path, {"a": page({"loss_value": "sign"})}, {"a": two})
    assert not comparison.changed
    assert len(comparison.graders()) == 1 + len(CRITERIA)


def test_other_points_of_a_criterion_are_the_reason(tmp_path: Path) -> None:
    two = regraded(page())
    (test,) = (t for t in two["tests"] if t["extra_data"]["key"] == "loss_value")
    test |= {"score": 7, "max_score": 7}
    two["score"] -= 1
    assert "1 student loses 1 point: worth 7, not 8 (1)" in compare.render(found(tmp_path, {"a": page()}, {"a": two}))


def test_a_class_of_two_graders_is_a_warning(tmp_path: Path) -> None:
    comparison = found(tmp_path, {"a": page(), "b": regraded(page())}, {"a": page(), "b": page()})
    assert any("2 different graders" in text for text in comparison.graders())


# --- what is not the grader's doing ----------------------------------------------------------------------------------


def test_changed_files_count_for_no_criterion(tmp_path: Path) -> None:
    comparison = found(tmp_path, {"a": page()}, {"a": page({"loss_value": "sign"}, digest="e")})
    assert comparison.kinds == {"new files": 1}
    assert comparison.by_criterion == {}


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_grader_error_is_no_fall_to_zero(side: str, tmp_path: Path) -> None:
    pair = [{"a": page(name="Ada")}, {"a": page(name="Ada")}]
    pair[side == "new"]["a"] = broken("no worker")
    comparison = found(tmp_path, *pair)
    assert comparison.kinds == {"fault": 1}
    (change,) = comparison.of_kind(Outcome.FAULT)
    assert (change.difference, change.name, comparison.old.compared) == (None, "Ada", 0)
    assert f"{side.upper()}: no worker" in compare.render(comparison)


def test_the_same_grader_error_in_both_is_no_change(tmp_path: Path) -> None:
    comparison = found(tmp_path, {"a": broken("no worker")}, {"a": broken("no worker")})
    assert not comparison.changed
    assert "in both: no worker" in compare.render(comparison)


def test_a_broken_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    for side in ("old", "new"):
        folder(tmp_path / side, {"a": page(), "b": page()})
    (tmp_path / "new" / "results" / "a.json").write_text("{")
    assert compare.compare(tmp_path / "old", tmp_path / "new").kinds == {"fault": 1, "stays": 1}


def test_points_outside_of_all_criteria_are_named(tmp_path: Path) -> None:
    late = page()
    late["score"] = 90
    (change,) = found(tmp_path, {"a": page()}, {"a": late}).of_kind(Outcome.FALLS)
    assert len(change.why()) == 1
    assert change.why()[0].startswith("-10 by no criterion")


def test_a_picture_is_no_change_of_the_feedback(tmp_path: Path) -> None:
    two = page({"loss_value": "a <b> & c"})
    (test,) = (t for t in two["tests"] if t["output"])
    words = '<div style="font-family:monospace">Likely reason: a &lt;b&gt; &amp; c</div>'
    test |= {"output": words + '<p><img src="data:,x"></p>', "output_format": "html"}
    assert not found(tmp_path, {"a": page({"loss_value": "a <b> & c"})}, {"a": two}).changed


def test_both_forms_of_folders_are_read_in_one_order(tmp_path: Path) -> None:
    pages = {id: page() for id in ("a", "a-1", "a.b", "b", "Z", "ä")}
    comparison = compare.compare(folder(tmp_path / "old", pages), folder(tmp_path / "new", pages, alone=True))
    assert (comparison.both, comparison.changed) == (len(pages), 0)
    assert [row.id for row, _ in store.rows(tmp_path / "old")] == sorted(pages)


# --- what is written -------------------------------------------------------------------------------------------------


def test_the_table_has_every_student_and_no_formula(tmp_path: Path) -> None:
    old = {"a": page(name=FORMULA), "b": page(), "c": page()}
    new = {"a": page({"loss_value": FORMULA}, name=FORMULA), "b": page({"loss_value": "-1+1"}), "c": page()}
    path = tmp_path / "out" / "changes.csv"
    compare.write_table(found(tmp_path, old, new), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["id"], r["difference"], r["change"]) for r in rows] == [
        ("a", "-8", "falls"), ("b", "-8", "falls"), ("c", "0", "stays"),
    ]  # fmt: skip
    assert rows[0]["name"].startswith("'=HYPERLINK")
    for one in rows:
        for name, value in one.items():
            assert name in ("old", "new", "difference") or not value.startswith(("=", "+", "-", "@")), value
            assert value.isprintable()
    assert os.listdir(path.parent) == ["changes.csv"]


def test_every_text_on_the_page_is_text(tmp_path: Path) -> None:
    old = {"a": page(name=FORMULA), "b": page(), "c": page(), "gone": page()}
    new = {
        "a": regraded(page({"loss_value": FORMULA}, name=FORMULA), versions={HOSTILE: HOSTILE}),
        "b": regraded(page({"loss_value": "other"}, digest="e")),
        "c": regraded(broken(HOSTILE)),
    }
    comparison = found(tmp_path, old, new)
    (tmp_path / "old" / "reports").mkdir()
    (tmp_path / "old" / "reports" / "a.html").write_text("x")
    compare.write_page(comparison, tmp_path / "compare" / "c.html")
    seen = check((tmp_path / "compare" / "c.html").read_text("utf-8"))
    assert {link for link in seen.links if link[0] != "#"} == {"../old/reports/a.html"}
    assert not {"script", "img", "b"} & seen.tags
    assert seen.text.count("<script>") >= 3


def test_the_command_fails_on_a_change_only_if_asked(tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    old = folder(tmp_path / "old", {"a": page()})
    new = folder(tmp_path / "new", {"a": regraded(page({"loss_value": HOSTILE}), versions={HOSTILE: HOSTILE})})
    done = run_cli("compare", old, new, "--out", tmp_path / "c.html", "--csv", tmp_path / "c.csv")
    assert done.returncode == 0
    assert "1 student loses 8 points" in done.stdout
    assert "\x1b" not in done.stdout
    assert (tmp_path / "c.html").exists()
    assert (tmp_path / "c.csv").exists()
    assert run_cli("compare", old, new, "--fail-on-change").returncode == 1
    assert run_cli("compare", old, old, "--fail-on-change").returncode == 0


def test_a_folder_without_results_is_one_line(tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    assert "There are no results in " in one_error_line(run_cli("compare", tmp_path, tmp_path / "none"))
