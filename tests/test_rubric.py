"""The contract adds up, every line has its test, and a teacher's slip is told with the line it stands in."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder import hidden_tests, policies, rubric
from autograder.policies.handed import Handed
from autograder.result import Result, Row
from tests.support import one_point_more, with_setting

TEXT = rubric.FILE.read_text("utf-8")
FUNCTIONS = ("forward", "loss", "backprop", "update", "training")


def load(text: str, folder: Path) -> rubric.Rubric:
    path = folder / "rubric.toml"
    path.write_text(text, "utf-8")
    return rubric.load(path)


def test_the_points_add_up_to_100() -> None:
    assert sum(line.points for line in rubric.load().criteria) == 100


def test_the_lines_stand_in_order_and_are_numbered_by_function() -> None:
    lines = rubric.load().criteria
    numbers = [tuple(map(int, line.number.split("."))) for line in lines]
    assert numbers == sorted(set(numbers))
    assert [n for n, _ in numbers] == [FUNCTIONS.index(line.function) + 1 for line in lines]
    assert all(line.title.startswith(line.function + ": ") for line in lines)


def test_everything_is_visible_as_shipped() -> None:
    assert {line.visibility for line in rubric.load().criteria} == {"visible"}


def suite_of(contract: rubric.Rubric) -> list[Any]:
    """The hidden tests with this rubric's decorators."""
    transcript: Any = SimpleNamespace(paper=SimpleNamespace(rubric=contract))
    return [getattr(test, test._testMethodName) for test in hidden_tests._suite(transcript)]


def test_every_criterion_has_one_hidden_test() -> None:
    contract = rubric.load()
    assert sorted(method.criterion_key for method in suite_of(contract)) == sorted(contract.by_key)
    assert len(list(hidden_tests._tests())) == len(contract.criteria)


def test_a_criterion_without_a_test_is_refused(tmp_path: Path) -> None:
    contract = load(TEXT.replace('"loss_alone"', '"loss_lonely"'), tmp_path)
    with pytest.raises(rubric.RubricError, match="no hidden test decides the criterion 'loss_lonely'"):
        suite_of(contract)


def test_the_decorators_get_the_rubrics_values(tmp_path: Path) -> None:
    text = TEXT.replace('number = "2.3"', 'number = "2.3"\nvisibility = "after_due_date"')
    contract = load(text, tmp_path)
    for method in suite_of(contract):
        criterion = contract.by_key[method.criterion_key]
        given = (method.__weight__, method.__number__, method.__visibility__)
        assert given == (criterion.points, criterion.number, criterion.visibility)
        assert method.__doc__ == criterion.title
    assert contract.by_key["loss_alone"].visibility == "after_due_date"


def test_one_setting_changes_the_visibility_of_all_lines(tmp_path: Path) -> None:
    contract = load(TEXT.replace('visibility = "visible"', 'visibility = "after_published"', 1), tmp_path)
    assert {line.visibility for line in contract.criteria} == {"after_published"}


def test_a_line_may_be_worth_nothing_or_half_a_point(tmp_path: Path) -> None:
    points = iter([0, 8.5, 91.5, *[0.0] * 100])
    text = re.sub(r"^points = .*", lambda _: f"points = {next(points)}", TEXT, flags=re.M)
    assert [line.points for line in load(text, tmp_path).criteria[:4]] == [0, 8.5, 91.5, 0]


# A new value of a setting, whatever it is now; or one text for another.
SETTING = ""
EDITS = [
    (SETTING, 'points = "6"', 'points = "6" must be a number'),
    (SETTING, "points = true", "points = true must be a number"),
    (SETTING, "points = -6", "points = -6 must be a number from 0 to 100"),
    (SETTING, "points = nan", "points = nan must be a number"),
    ("points = ", "point = ", "point is not a setting. Known here: key, number"),
    ('number = "3.2"', "number = 3.2", "number = 3.2 must be some text in quotes"),
    ('number = "3.2"', 'number = "3.1"', "number '3.1' is used twice"),
    ('key = "loss_alone"', 'key = "loss_value"', "key 'loss_value' is used twice"),
    ('title = "loss: its value"', 'title = ""', 'title = "" must be some text in quotes'),
    ('number = "4.1"', 'number = "4.1"\nvisibility = "secret"', '"secret" must be "visible", "hidden", "after'),
    ('visibility = "visible" ', 'visibility = "after_due_dat" ', 'visibility = "after_due_dat" must be "visible"'),
    ('stdout_visibility = "hidden"', 'stdout_visibility = "no"', 'stdout_visibility = "no" must be "visible"'),
    (SETTING, "values = 0", "values = 0 must be a positive number"),
    (SETTING, "values = inf", "values = inf must be a positive number"),
    ("path = ", "paths = ", "paths is not a setting"),
    (SETTING, 'eta = "0.2"', 'eta = "0.2" must be a positive number'),
    (SETTING, "steps = 1", "path_steps must not be larger than steps"),
    (SETTING, "path_steps = []", "path_steps = [] must be a list of whole numbers from 1 to 5000"),
    (SETTING, "path_steps = [1.5]", "path_steps = [1.5] must be a list of whole numbers from 1 to 5000"),
    (SETTING, "ladder = [0.3, -1]", "ladder = [0.3, -1] must be a list of positive numbers"),
    (SETTING, "hidden_units = 8.5", "hidden_units = 8.5 must be a whole number from 1 to 100"),
    (SETTING, "hidden_units = 100000000", "hidden_units = 100000000 must be a whole number from 1 to 100"),
    (SETTING, "steps = 999999999", "steps = 999999999 must be a whole number from 1 to 5000"),
    ("title = ", "[late]\npenalty_per_day = 10\ntitle = ", "title is inside [late]. Move [late] below it"),
    (SETTING, "call = 0.0", "call = 0.0 must be a positive number"),
]


@pytest.mark.parametrize(("old", "new", "message"), EDITS)
def test_a_wrong_edit_is_refused_with_its_line(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert old in TEXT
    text = with_setting(TEXT, *new.split(" = ")) if old == SETTING else TEXT.replace(old, new, 1)
    with pytest.raises(rubric.RubricError) as caught:
        load(text, tmp_path)
    said = re.fullmatch(r"rubric\.toml, line (\d+): (.*)", str(caught.value))
    assert said, caught.value
    assert message in said[2]
    row = text.split("\n")[int(said[1]) - 1]
    # The line that is named is the edited one; for a name used twice, and for two settings at odds, one of the two.
    assert row.split("=")[0].strip() in (new.split("\n")[-1].split("=")[0].strip(), "path_steps")


def test_a_file_that_begins_with_an_editors_mark_is_read(tmp_path: Path) -> None:
    assert load("\ufeff" + TEXT, tmp_path) == rubric.load()


def test_points_that_do_not_add_up_are_told_with_the_total(tmp_path: Path) -> None:
    with pytest.raises(
        rubric.RubricError, match=r"line \d+: with this line the points add up to 101, not 100"
    ) as caught:
        load(one_point_more(TEXT), tmp_path)
    last = max(number for number, text in enumerate(TEXT.split("\n"), 1) if text.startswith("points ="))
    assert f"line {last}:" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("points = = 3", "line 1"),
        ("", "missing"),
        (TEXT.split("# --- 1")[0], r"there is no \[\[line\]\]"),
        (re.sub(r"\[limits\](.|\n)*?\n\n", "", TEXT), "limits"),
        ("line = 3\n" + TEXT.split("# --- 1")[0], "line is not a setting"),
        ("line = [3]\n" + TEXT.split("# --- 1")[0], r"a criterion begins with \[\[line\]\]"),
        (TEXT + "\n[limit]\ncall = 3\n", "limit is not a part of a rubric"),
    ],
)
def test_a_broken_file_is_refused_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(rubric.RubricError, match=message) as caught:
        load(text, tmp_path)
    assert "\n" not in str(caught.value)


OFF = {
    "late": "penalty_per_day = 10\ngrace_minutes = 15\nmost = 50\ndue = 2026-05-04T23:59:00+02:00\n",
    "attempts": 'per_day = 5\ncount = "best"\n',
    "leaderboard": 'on = true\nby = "steps"\nfit = 0.02\nstarts = 5\nmost_hidden_units = 9\nmost_steps = 999\n',
}


def test_the_terms_are_off_as_shipped_and_their_sections_may_be_absent() -> None:
    contract = rubric.load()
    assert (contract.late, contract.attempts, contract.leaderboard.on) == (None, None, False)


def test_the_terms_are_read(tmp_path: Path) -> None:
    contract = load(TEXT + "".join(f"\n[{table}]\n{text}" for table, text in OFF.items()), tmp_path)
    due = datetime(2026, 5, 4, 21, 59, tzinfo=timezone.utc)
    assert contract.late == rubric.Late(10, 15, 50, due)
    assert contract.attempts == rubric.Attempts(5, "best")
    assert contract.leaderboard == rubric.Leaderboard(True, "steps", 0.02, 5, 9, 999)


def test_the_settings_that_are_shipped_as_comments_are_right(tmp_path: Path) -> None:
    """Taking the # away gives a rubric that loads."""
    commented = re.search(r"(?m)^#\n(# \[late\](?:.*\n)*?)\n", TEXT)
    assert commented
    text = TEXT.replace(commented[1], re.sub(r"(?m)^# ?", "", commented[1]))
    contract = load(text, tmp_path)
    assert contract.late is not None
    assert contract.attempts == rubric.Attempts(5, "best")
    assert contract.leaderboard.on


def test_a_term_may_leave_out_what_has_a_default(tmp_path: Path) -> None:
    contract = load(TEXT + "\n[late]\npenalty_per_day = 12.5\n[attempts]\n[leaderboard]\non = false\n", tmp_path)
    assert contract.late == rubric.Late(12.5, 0, 100, None)
    assert contract.attempts == rubric.Attempts(None, "latest")


WRONG_TERMS = [
    ("late", "penalty_per_day = 10", "penalty_per_day = 0", "must be a number above 0, up to 100"),
    ("late", "penalty_per_day = 10", "penalty_per_day = 101", "must be a number above 0, up to 100"),
    ("late", "penalty_per_day = 10", 'penalty_per_day = "10 %"', 'penalty_per_day = "10 %" must be a number'),
    ("late", "penalty_per_day = 10", "penalty_per_day = true", "penalty_per_day = true must be a number"),
    ("late", "penalty_per_day = 10", "penalty_per_day = nan", "must be a number"),
    ("late", "penalty_per_day = 10", "penalty = 10", "penalty is not a setting"),
    ("late", "grace_minutes = 15", "grace_minutes = -1", "must be a number from 0 to 10080"),
    ("late", "grace_minutes = 15", "grace_minutes = inf", "must be a number from 0 to 10080"),
    ("late", "most = 50", "most = 9", "most must not be smaller than penalty_per_day"),
    ("late", "most = 50", "most = 0", "must be a number above 0, up to 100"),
    ("late", "+02:00", "", "a date with time and offset"),
    ("late", "due = 2026-05-04T23:59:00+02:00", "due = 2026-05-04", "a date with time and offset"),
    ("late", "due = 2026-05-04T23:59:00+02:00", 'due = "4 May"', 'due = "4 May" must be a date with time and offset'),
    ("attempts", "per_day = 5", "per_day = 0", "must be a whole number from 1 to 1000"),
    ("attempts", "per_day = 5", "per_day = 2.5", "must be a whole number from 1 to 1000"),
    ("attempts", "per_day = 5", "per_day = true", "per_day = true must be a whole number"),
    ("attempts", "per_day = 5", "per_week = 5", "per_week is not a setting. Known here: per_day, count"),
    ("attempts", 'count = "best"', 'count = "first"', 'count = "first" must be "latest" or "best"'),
    ("attempts", 'count = "best"', "count = 1", 'must be "latest" or "best"'),
    ("attempts", 'count = "best"', "count = []", 'must be "latest" or "best"'),
    ("leaderboard", "on = true", 'on = "yes"', 'on = "yes" must be true or false'),
    ("leaderboard", "on = true", "on = 1", "on = 1 must be true or false"),
    ("leaderboard", 'by = "steps"', 'by = "nodes"', 'must be "hidden_units" or "steps"'),
    ("leaderboard", "fit = 0.02", "fit = 0", "must be a number above 0, up to 1"),
    ("leaderboard", "starts = 5", "starts = 11", "must be a whole number from 1 to 10"),
    ("leaderboard", "most_hidden_units = 9", "most_hidden_units = 1e3", "must be a whole number from 1 to 100"),
    ("leaderboard", "most_steps = 999", "most_steps = 1000000", "must be a whole number from 1 to 20000"),
    ("leaderboard", "most_steps = 999", "most_epochs = 9", "most_epochs is not a setting"),
]


@pytest.mark.parametrize(("table", "old", "new", "message"), WRONG_TERMS)
def test_a_wrong_term_is_refused_with_its_line(table: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    good = OFF[table]
    assert old in good
    before = "".join(f"[{other}]\n{text}\n" for other, text in OFF.items() if other != table)
    text = f"{TEXT}\n{before}\n[{table}]  # here\n# a comment\n{good.replace(old, new)}"
    with pytest.raises(rubric.RubricError) as caught:
        load(text, tmp_path)
    said = re.fullmatch(r"rubric\.toml, line (\d+): (.*)", str(caught.value))
    assert said, caught.value
    assert message in said[2]
    row = text.split("\n")[int(said[1]) - 1]
    assert row in good.replace(old, new).split("\n")
    assert row.split(" ")[0] == (new.split(" ")[0] or "due")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[late]\nmost = 5\n", "[late]", "the setting penalty_per_day is missing"),
        ("[leaderboard]\nfit = 0.1\n", "[leaderboard]", "the setting on is missing"),
        ("[[late]]\npenalty_per_day = 5\n", "[[late]]", "late is one table"),
        ("[lates]\npenalty_per_day = 5\n", "[lates]", "lates is not a part of a rubric"),
    ],
)
def test_a_section_that_is_wrong_as_a_whole_is_refused_with_its_line(
    text: str, line: str, message: str, tmp_path: Path
) -> None:
    whole = f"{TEXT}\n{text}"
    with pytest.raises(rubric.RubricError, match=message) as caught:
        load(whole, tmp_path)
    said = re.match(r"rubric\.toml, line (\d+):", str(caught.value))
    assert said
    assert whole.split("\n")[int(said[1]) - 1] == line


def test_a_section_in_one_line_is_refused_with_its_line(tmp_path: Path) -> None:
    for text in ("late = { penalty_per_day = 200 }", "late.penalty_per_day = 200"):
        whole = TEXT.replace('title = "Two', f'{text}\ntitle = "Two', 1)
        with pytest.raises(rubric.RubricError, match="penalty_per_day = 200 must be") as caught:
            load(whole, tmp_path)
        assert f"line {whole.split(chr(10)).index(text) + 1}:" in str(caught.value)


PAGE = (rubric.FILE.parents[1] / "docs" / "policies.md").read_text("utf-8")


def test_the_page_on_the_terms_has_every_setting_with_an_example_that_loads_and_its_default(tmp_path: Path) -> None:
    sections = re.findall(r"(?ms)^## `\[(\w+)\]`(.*?)(?=^## )", PAGE)
    rows = {table: re.findall(r"^\| `(\w+) = (.+?)` \| (.+?) \|", text, re.M) for table, text in sections}
    kinds = {"late": rubric.Late, "attempts": rubric.Attempts, "leaderboard": rubric.Leaderboard}
    assert {t: [n for n, _, _ in r] for t, r in rows.items()} == {t: list(k.__annotations__) for t, k in kinds.items()}
    whole = "".join(
        f"\n[{table}]\n" + "".join(f"{name} = {value}\n" for name, value, _ in found) for table, found in rows.items()
    )
    contract = load(TEXT + whole, tmp_path)
    assert contract.leaderboard == rubric.Leaderboard(on=True)
    assert contract.late is not None
    none = {"it can't be": None, "none": "None", "no limit": "None"}
    for table, found in rows.items():
        for name, _, default in found:
            said = none.get(default, default.strip('`"'))
            if said is not None:
                assert str(inspect.signature(kinds[table]).parameters[name].default) == said, (table, name)


def test_the_page_quotes_what_students_read() -> None:
    due = datetime.fromisoformat("2026-05-04T23:59:00+02:00")
    line = rubric.load().criteria[0]
    rows = [Row(line._replace(points=100), "failed", 87.5)]
    result = Result("", rows)
    policies.apply(
        result, replace(rubric.load(), late=rubric.Late(10)), Handed(due + timedelta(hours=3, minutes=5), due)
    )
    assert f'"{result.terms[0]}"' in " ".join(PAGE.split())


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    for name in ("title", "values", "hidden_units", "train"):
        with pytest.raises(rubric.RubricError, match=f"the setting {name} is missing"):
            load(re.sub(rf"^{name} = .*\n", "", TEXT, count=1, flags=re.M), tmp_path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_is_not_there_or_not_text_is_told(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "rubric.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(rubric.RubricError, match=r"rubric\.toml can't be read"):
        rubric.load(path)
