"""What an instructor decides by hand counts in every run, is shown where it should be, and never in silence."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from autograder import rubric
from autograder.course import batch, decisions, store
from autograder.course.comparison import Outcome, compare
from autograder.course.decisions import Decision
from autograder.course.importers import student
from autograder.course.statistics import Tally
from autograder.course.store import Row, Status
from autograder.errors import UserError
from autograder.result import Result, gradescope
from autograder.result import Row as Criterion
from autograder.rubric import Late
from tests.support import SOLUTION, on_linux

CONTRACT = rubric.load()
KEY = CONTRACT.criteria[0].key
DUE = datetime(2026, 5, 4, 23, 59, tzinfo=timezone.utc)
LATE = Late(10, due=DUE)


def load(tmp_path: Path, text: str) -> list[Decision]:
    path = tmp_path / "decisions.toml"
    path.write_text(text, "utf-8")
    return decisions.load(path, CONTRACT)


def graded(**points: float) -> Result:
    rows = [Criterion(one, "passed", one.points) for one in CONTRACT.criteria]
    for row in rows:
        if row.criterion.key in points:
            row.score, row.verdict = points[row.criterion.key], "failed"
    return Result("t", rows)


ALL = f"""
[[extension]]
student = "ada@x.edu"
due = 2026-05-06T23:59:00+02:00
reason = "illness"

[[group]]
submission = 4711
members = ["grace@x.edu", 18]

[[correction]]
student = "ada@x.edu"
criterion = "{KEY}"
points = 1
reason = "A transpose only."

[[excused]]
student = "0019"
"""


def test_all_kinds_are_read(tmp_path: Path) -> None:
    extension, group, correction, excused = load(tmp_path, ALL)
    assert str(extension) == "Extension: due 2026-05-06 23:59 +0200 (illness)"
    assert group.members == ("grace@x.edu", "18")
    assert (correction.criterion, correction.points, correction.show) == (KEY, 1, True)
    assert (excused.kind, excused.student, excused.line) == ("excused", "0019", 17)


WRONG = [
    ("[[extension]\n", "not TOML"),
    ("\n[[extention]]\nstudent = 'a'\n", "line 2: extention is unknown. Write [[extension]]"),
    ("[[excused]]\nstudent = 'a'\n[[excused]]\nreason = 'x'\n", "line 3: [[excused]] needs 'student'"),
    ("[[excused]]\nstudent = 'a'\n\nwhy = 'x'\n", "line 4: [[excused]] has no key 'why'"),
    ("[[extension]]\nstudent = 'a'\n", "line 1: [[extension]] needs either due or days"),
    ("[[extension]]\nstudent = 'a'\ndue = 2026-05-06\n", "line 3: due must be a date with time and offset"),
    ("[[extension]]\nstudent = 'a'\ndue = 2026-05-06T10:00:00\n", "line 3: due must be a date with time and offset"),
    ("[[correction]]\nstudent = 'a'\npoints = 101\nreason = 'x'\n", "line 3: points must be a number from 0 to 100"),
    ("[[correction]]\nstudent = 'a'\npoints = true\nreason = 'x'\n", "line 3: points must be"),
    ("[[correction]]\nstudent = 'a'\npoints = 1\nreason = ''\n", "line 4: reason must be a text"),
    ("[[correction]]\nstudent = 'a'\npoints = 1\nreason = 'x'\ncriterion = 'no'\n", "line 5: the rubric has no"),
    ("[[correction]]\nstudent = 'a'\npoints = 1\nreason = 'x'\ncriterion = 3.1\n", "or its number in quotes"),
    ("[[correction]]\nstudent = 'a'\npoints = 1\nreason = 'x'\nshow = 'no'\n", "line 5: show must be true or false"),
    ("[[group]]\nsubmission = 'a'\nmembers = 'b'\n", "line 3: members must be a list"),
    ("excused = 'a'\n", "line 1: excused is unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_an_error_has_the_number_of_its_line(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path, text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def assign(tmp_path: Path, text: str, late: Late | None = LATE, roster: bool = True) -> Any:
    """The rows of a class after these decisions, what counts in grading, and what is said."""
    people = {name: student(name, f"{name}@x.edu") for name in ("ada", "bob", "eve", "zed", "yan", "no")}
    rows = {"s1": Row("s1", [people["ada"], people["bob"]]), "s2": Row("s2", [people["eve"]])}
    rows["s3"] = Row("s3", [people["no"]], status=Status.NO_FILES)
    rows |= {name: Row(name, [people[name]], status=Status.NOT_SUBMITTED) for name in ("zed", "yan") if roster}
    found, said = decisions.assign(tmp_path / "d.toml", load(tmp_path, text), rows, late, roster)
    return rows, found, said


def one(kind: str, whose: str, more: str = "") -> str:
    more += "points = 20\nreason = 'x'\n" if kind == "correction" else ""
    return f"[[{kind}]]\n{'submission' if kind == 'group' else 'student'} = '{whose}'\n{more}"


def group(whose: str, *members: str) -> str:
    return one("group", whose, f"members = {[f'{name}@x.edu' for name in members]}\n")


REFUSED = [
    (one("correction", "nobody"), "line 1: there is no submission by 'nobody'"),
    (one("extension", "nobody", "days = 1\n"), "line 1: there is no submission by 'nobody'"),
    (one("excused", "nobody"), "line 1: there is no submission by 'nobody'"),
    (one("correction", "zed@x.edu"), "'zed@x.edu' submitted nothing: this [[correction]] has no effect"),
    (one("correction", "no@x.edu"), "'no@x.edu' has no files to grade: this [[correction]] has no effect"),
    (one("correction", "s2") + one("correction", "s2"), "line 5: s2 has this [[correction]] already, in line 1"),
    (one("extension", "s2", "days = 1\n") * 2, "line 4: s2 has this [[extension]] already, in line 1"),
    (one("excused", "s2") * 2, "line 3: 's2' is excused: this [[excused]] has no effect"),
    (one("extension", "s2", "days = 1\n") + one("excused", "s2"), "line 1: 's2' is excused: this [[extension]]"),
    (one("correction", "bob@x.edu"), "s1 has 2 students. Give 's1' as the student to correct the grade of all"),
    (group("s2", "zed") + one("correction", "zed@x.edu"), "line 4: s2 has 2 students"),
    (group("s2", "zed") + group("s1", "zed"), "line 4: 'zed@x.edu' has a grade already, that of s2"),
    (group("s2", "zed", "zed"), "'zed@x.edu' has a grade already, that of s2"),
    (group("s2", "eve"), "'eve@x.edu' has a grade already, that of s2"),
    (group("s2", "bob"), "'bob@x.edu' has a grade already, that of s1"),
    (group("s2", "zed") + one("excused", "zed@x.edu"), "line 1: 'zed@x.edu' is excused"),
    (group("zed", "yan"), "'zed' submitted nothing: this [[group]] has no effect"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_a_decision_without_effect_or_for_two_is_refused(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        assign(tmp_path, text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_of_two_submissions_is_refused(tmp_path: Path) -> None:
    rows = {id: Row(id, [student(id, sid="17")]) for id in ("a", "b")}
    with pytest.raises(UserError, match=r"line 1: '17' is more than one submission: a, b"):
        decisions.assign(tmp_path, load(tmp_path, one("excused", "17")), rows, None, True)


def test_one_student_of_a_group_is_excused_alone(tmp_path: Path) -> None:
    rows, _, said = assign(tmp_path, one("excused", "bob@x.edu", "reason = 'hospital'\n") + group("s1", "zed"))
    assert ([who["name"] for who in rows["s1"].students], rows["s1"].status) == (["ada", "zed"], Status.PENDING)
    assert "hospital" not in str(rows["s1"].decided)
    (bob,) = (row for row in rows.values() if row.status is Status.EXCUSED)
    assert (bob.students[0]["name"], bob.decided, said) == ("bob", ["Excused (hospital)"], [])
    rows, _, _ = assign(tmp_path, one("excused", "s1"))
    assert (len(rows["s1"].students), rows["s1"].status) == (2, Status.EXCUSED)


def test_an_extension_of_one_student_is_the_groups_but_the_reason_is_not(tmp_path: Path) -> None:
    rows, found, _ = assign(tmp_path, one("extension", "bob@x.edu", "days = 1\nreason = 'hospital'\n"))
    assert [str(decision) for decision in found["s1"]] == ["Extension: 1 day"]
    assert rows["s1"].decided == ["Extension: 1 day (hospital)"]


def test_what_has_no_effect_yet_is_said(tmp_path: Path) -> None:
    """Without a roster nobody knows who is still to come."""
    day = "days = 1\n"
    _, _, said = assign(tmp_path, one("extension", "zed@x.edu", day), roster=False)
    assert said == [f"{tmp_path}/d.toml, line 1: there is no submission by 'zed@x.edu': this has no effect."]
    rows, _, said = assign(tmp_path, one("excused", "zed@x.edu"), roster=False)
    assert "the tables show it as excused" in said[0]
    assert [row.students[0]["email"] for row in rows.values() if row.status is Status.EXCUSED] == ["zed@x.edu"]
    for late in (None, Late(10)):
        _, _, said = assign(tmp_path, one("extension", "s2", day), late)
        assert "[late] in the rubric has no due date: this has no effect" in said[0]
    assert assign(tmp_path, one("extension", "zed@x.edu", day))[2] == [], "the roster has this student"
    assert "'nobody@x.edu' is not in the roster" in assign(tmp_path, group("s2", "nobody"))[2][0]


def test_an_earlier_due_date_than_the_classes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "decisions.toml"
    path.write_text("\ufeff[[extension]]\nstudent = 'a'\ndue = 2026-05-04T23:58:00Z\n", "utf-8")
    with pytest.raises(UserError, match="line 3: due is before the due date of the class, 2026-05-04 23:59"):
        decisions.load(path, replace(CONTRACT, late=LATE))


def test_a_student_is_never_named_by_name() -> None:
    names = decisions.names_of("s1", [{"name": "Ada", "email": "A@x.edu", "sid": "17", "canvas": "4711"}])
    assert names == {"s1", "a@x.edu", "17", "4711"}


@pytest.mark.parametrize("how", [{"due": DUE + timedelta(days=2)}, {"days": 2.0}])
def test_an_extension_moves_one_students_due_date(how: dict[str, Any]) -> None:
    late = decisions.late_for(Late(10, due=DUE), [Decision("extension", "ada", 1, **how)])
    assert late is not None
    assert late.due == DUE + timedelta(days=2)
    assert decisions.late_for(None, [Decision("extension", "ada", 1, **how)]) is None


def test_a_corrected_criterion_counts_and_says_why() -> None:
    result = graded(**{KEY: 0.0})
    before = result.total
    given = Decision("correction", "ada", 1, "As we agreed.", criterion=KEY, points=1.0)
    decisions.correct_criteria(result, [given])
    row = result.rows[0]
    assert (row.score, row.verdict, result.total) == (1.0, "failed", before + 1)
    assert "As we agreed." in row.text
    decisions.correct_criteria(result, [replace(given, points=row.criterion.points, show=False, reason="secret")])
    assert row.verdict == "passed"
    assert "secret" not in row.text


@pytest.mark.parametrize("show", [True, False])
def test_a_corrected_total_counts_and_says_why(show: bool) -> None:
    result = graded()
    decisions.correct_total(result, [Decision("correction", "ada", 1, "A bonus.", show, points=42.0)])
    page = gradescope(result)
    assert page["score"] == 42
    assert ("A bonus." in page["output"]) == show
    assert "42 points" in page["output"]


def test_decisions_are_seen_by_statistics_and_comparisons(tmp_path: Path) -> None:
    for name, decided in (("old", []), ("new", ["Corrected by hand: total = 42 (bonus)"])):
        result = graded()
        result.final, result.fingerprint = (42.0 if decided else None), "f"
        result.about = {"id": "ada", "digest": "d", "decided": decided}
        (tmp_path / name / "results").mkdir(parents=True)
        (tmp_path / name / "results" / "ada.json").write_text(json.dumps(gradescope(result)))
    found = compare(tmp_path / "old", tmp_path / "new")
    (change,) = found.of_kind(Outcome.FALLS)
    assert "decided by hand: Corrected by hand: total = 42 (bonus)" in change.why()
    assert "1 student with something decided by hand." in found.summary()
    (student,) = Tally(store.read(tmp_path / "new")).students
    assert student.decided == "Corrected by hand: total = 42 (bonus)"


ROSTER = "Name,Email,SID\nAda,ada@x.edu,0017\nGrace,grace@x.edu,0018\nMary,mary@x.edu,0019\nEve,eve@x.edu,0020\n"
METADATA = """\
submission_1:
  :submitters:
  - :name: Ada
    :email: ada@x.edu
submission_2:
  :submitters:
  - :name: Eve
    :email: eve@x.edu
"""
DECIDED = f"""\
[[correction]]
student = "submission_1"
criterion = "{KEY}"
points = 1
reason = "By hand."

[[group]]
submission = "submission_1"
members = ["grace@x.edu"]

[[excused]]
student = "eve@x.edu"

[[excused]]
student = "0019"
"""


@on_linux
@pytest.mark.slow
def test_decisions_and_the_roster_survive_every_regrade(tmp_path: Path) -> None:
    place, out = tmp_path / "class", tmp_path / "out"
    for name in ("submission_1", "submission_2"):
        (place / name).mkdir(parents=True)
        (place / name / "neural_net.py").write_bytes(SOLUTION.read_bytes())
    (place / "submission_metadata.yml").write_text(METADATA)
    (tmp_path / "roster.csv").write_text(ROSTER)
    out.mkdir()
    (out / "decisions.toml").write_text(DECIDED)
    options: dict[str, Any] = {"jobs": 1, "reports": False, "quiet": True, "roster": tmp_path / "roster.csv"}
    full = sum(one.points for one in CONTRACT.criteria)
    for again in (False, False, True):
        assert batch.run(place, out, again=again, **options) == 0
        with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
            rows = {row["name"]: row for row in csv.DictReader(file)}
        assert {name: row["score"] for name, row in rows.items()} == {
            "Ada": f"{full - CONTRACT.criteria[0].points + 1:g}", "Grace": rows["Ada"]["score"], "Eve": "", "Mary": "",
        }  # fmt: skip
        assert [rows[name]["status"] for name in ("Ada", "Grace", "Eve", "Mary")] == ["graded"] * 2 + ["excused"] * 2
        assert "By hand." in rows["Ada"]["note"]
        assert rows["Mary"]["note"] == "Excused"
        canvas = (out / "canvas.csv").read_text("utf-8")
        assert "Eve,,0020,eve@x.edu,,EX" in canvas
        assert "Mary,,0019,mary@x.edu,,EX" in canvas
    # A changed mind needs no --again.
    (out / "decisions.toml").write_text("")
    assert batch.run(place, out, **options) == 0
    assert store.Manifest.load(out).rows["submission_2"].status is store.Status.GRADED  # type: ignore[union-attr]
    assert {one.score for row, one in store.read(out) if one} == {full}
    (out / "decisions.toml").write_text("[[correction]]\nstudent = 'nobody'\npoints = 1\nreason = 'x'\n")
    with pytest.raises(UserError, match="line 1: there is no submission by 'nobody'"):
        batch.run(place, out, **options)
