"""Late work, limits and the best of several: what Gradescope says of a submission, and what comes of it."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import policies, rubric
from autograder import result as results
from autograder.platforms import gradescope
from autograder.policies import attempts, late_days
from autograder.policies.handed import Handed, moment
from autograder.rendering import html, text
from autograder.result import Result, Row
from tests.support import SOLUTION, by_profile, copy_grader, on_linux, run_program, wait_until

RIGHT = SOLUTION.read_text("utf-8")
SHIPPED = rubric.load()
TEN = rubric.Late(penalty_per_day=10)

# As Gradescope's documentation has it.
DOCUMENTED: dict[str, Any] = {
    "id": 123456, "created_at": "2018-07-01T14:22:32.365935-07:00", "submission_method": "upload",
    "assignment": {
        "due_date": "2018-07-31T23:00:00.000000-07:00", "group_size": 4, "group_submission": True, "id": 25828,
        "course_id": 1234, "late_due_date": None, "release_date": "2018-07-02T00:00:00.000000-07:00",
        "title": "Programming Assignment 1", "total_points": "20.0",
    },
    "users": [{"email": "student@example.com", "id": 1234, "name": "Student User"}],
    "previous_submissions": [
        {"submission_time": "2017-04-06T14:24:48.087023-07:00", "score": 0.0, "autograder_error": False,
         "results": {"score": 0.0, "tests": []}}
    ],
}  # fmt: skip
# As real files are: dates of one's own, scores as text, results of the latest alone.
DATES = {"release_date": "2021-09-10T18:00:00.000000-07:00", "late_due_date": "2021-12-17T20:00:00.000000-08:00"}
REAL: dict[str, Any] = {
    "id": 87184652, "created_at": "2021-09-14T20:25:53.109082-07:00", "assignment_id": None,
    "submission_method": "upload",
    "users": [{"id": 233634, "email": "s@example.edu", "name": "S", "sid": None,
               "assignment": DATES | {"due_date": "2021-09-14T18:00:00.000000-07:00"}}],
    "assignment": DATES | {
        "id": 1482034, "title": "Project 1 Test", "due_date": "2021-09-13T18:00:00.000000-07:00", "course_id": 267363,
        "total_points": "100.0", "group_submission": False, "group_size": None, "outline": [],
    },
    "previous_submissions": [
        {"submission_time": "2021-09-13T09:00:00.000000-07:00", "score": "90.0", "autograder_error": False},
        {"submission_time": "2021-09-14T10:00:00.000000-07:00", "score": "0.0", "autograder_error": True},
        {"submission_time": "2021-09-14T11:30:00.250000-07:00", "score": "42.5", "autograder_error": False,
         "results": {"score": 42.5, "tests": [], "extra_data": {}}},
    ],
}  # fmt: skip


def contract(**sections: Any) -> rubric.Rubric:
    return dataclasses.replace(SHIPPED, **sections)


def graded(lost: float = 0) -> Result:
    """A result of 100 points less `lost`, which come off the lines from the first."""
    lines = []
    for line in SHIPPED.criteria:
        off = min(lost, line.points)
        lost -= off
        lines.append(Row(line, "failed" if off else "passed", line.points - off))
    return Result("", lines)


def faulty() -> Result:
    result = graded(10)
    result.rows[3] = Row(SHIPPED.criteria[3], "fault")
    return result


def at(text: str) -> datetime:
    found = moment(text)
    assert found
    return found


def handed(late: timedelta | str, due: str = "2026-05-04T23:59:00+02:00", **more: Any) -> Handed:
    when = at(due) + late if isinstance(late, timedelta) else at(late)
    return Handed(when, at(due), **more)


def applied(result: Result, rules: rubric.Rubric, given_: Handed) -> Result:
    policies.apply(result, rules, given_)
    json.dumps(results.gradescope(result), allow_nan=False)
    return result


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2018-07-01T14:22:32.365935-07:00", "2018-07-01 21:22:32.365935"),
        ("2018-07-01T14:22:32-0700", "2018-07-01 21:22:32"),
        ("2018-07-01T14:22:32.3Z", "2018-07-01 14:22:32.300000"),
        ("2018-07-01T14:22:32.123456789Z", "2018-07-01 14:22:32.123456"),
        ("2018-07-01 14:22:32.184430000 Z", "2018-07-01 14:22:32.184430"),
        ("2018-07-01 14:22:32 UTC", "2018-07-01 14:22:32"),
        ("2018-07-01 14:22:32 +0530", "2018-07-01 08:52:32"),
        ("2018-07-01T14:22+05:45", "2018-07-01 08:37:00"),
        ("2018-12-31T23:59:59.999999-00:30", "2019-01-01 00:29:59.999999"),
    ],
)
def test_a_time_is_read_with_its_offset(text: str, utc: str) -> None:
    assert str(at(text).astimezone(timezone.utc)) == utc + "+00:00"


@pytest.mark.parametrize(
    "value",
    [
        None, 3, True, [], {}, "", "yesterday", "2018-07-01", "2018-07-01T14:22:32", "2018-13-01T14:22:32Z",
        "2018-02-30T14:22:32Z", "2018-07-01T24:22:32Z", "2018-07-01T14:22:60Z", "2018-07-01T14:22:32+99:00",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "٢٠١٨-07-01T14:22:32Z", "2018-07-01T14:22:32Z" * 9,
        datetime(2018, 7, 1),
    ],
)  # fmt: skip
def test_what_is_no_point_in_time_is_none(value: Any) -> None:
    assert moment(value) is None


# --- late ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late", "days"),
    [
        (timedelta(days=-3), 0),
        (timedelta(0), 0),
        (timedelta(microseconds=1), 1),
        (timedelta(hours=3), 1),
        (timedelta(days=1), 1),
        (timedelta(days=1, microseconds=1), 2),
        (timedelta(days=2, hours=23), 3),
    ],
)
def test_a_day_that_has_begun_counts(late: timedelta, days: int) -> None:
    result = applied(graded(12.5), contract(late=TEN), handed(late))
    assert result.total == 87.5 - 10 * days
    assert result.score == 87.5, "the lines keep their points"
    assert bool(result.terms) == (days > 0)
    assert results.gradescope(result)["score"] == result.total


def test_the_words_say_how_late_what_comes_off_and_what_is_left() -> None:
    result = applied(graded(12.5), contract(late=TEN), handed(timedelta(hours=3, minutes=5, seconds=59)))
    assert result.terms == [
        "Handed in 3 h 5 min after the due date, 4 May 2026, 23:59 (UTC+02:00): 1 day (a day that has begun counts), "
        "−10 points. 87.5 becomes 77.5."
    ]
    page = results.gradescope(result)
    assert page["output"].startswith("Handed in 3 h 5 min after")
    assert page["score"] == 77.5
    assert "Total: 77.5/100" in text.render(result)
    assert "87.5 becomes 77.5" in " ".join(text.render(result).split())
    shown = html.student_page(result, {})
    assert "<strong>77.5</strong> of 100 points" in shown
    assert "87.5 becomes 77.5" in shown


@pytest.mark.parametrize(("late", "off"), [(15, 0), (15.001, 10), (24 * 60 + 15, 10), (24 * 60 + 16, 20)])
def test_grace_moves_the_due_date(late: float, off: int) -> None:
    rules = contract(late=rubric.Late(10, grace_minutes=15))
    result = applied(graded(), rules, handed(timedelta(minutes=late)))
    assert result.total == 100 - off
    assert ("within the 15 minutes of grace" in result.terms[0]) == (off == 0)


def test_no_more_comes_off_than_the_most_and_no_score_goes_below_zero() -> None:
    rules = contract(late=rubric.Late(10, most=25))
    result = applied(graded(), rules, handed(timedelta(days=2, hours=1)))
    assert result.total == 75
    assert "−25 points, the most there is" in result.terms[0]
    assert applied(graded(95), rules, handed(timedelta(days=1))).total == 0


def test_points_carry_no_noise_of_floats() -> None:
    assert 70.1 - 10 != 60.1, "or this shows nothing"
    assert applied(graded(29.9), contract(late=TEN), handed(timedelta(days=1))).final == 60.1
    result = applied(graded(0.3), contract(late=rubric.Late(0.1)), handed(timedelta(days=3)))
    assert result.total == 99.4
    assert "−0.3 points" in result.terms[0]
    assert "99.7 becomes 99.4" in result.terms[0]


def test_the_same_moment_is_the_same_in_every_time_zone() -> None:
    moments = ("2026-05-04T23:59:00+02:00", "2026-05-04T21:59:00Z", "2026-05-05T07:29:00.000+09:30")
    assert [applied(graded(), contract(late=TEN), handed(when)).total for when in moments] == [100] * 3
    assert applied(graded(), contract(late=TEN), handed("2026-05-04T22:00:00Z")).total == 90


def test_without_a_late_section_nothing_comes_off() -> None:
    result = applied(graded(5), SHIPPED, gradescope.read(REAL))
    assert (result.final, result.terms, result.record) == (None, [], {})


def test_the_students_own_due_date_comes_before_the_assignments() -> None:
    given_ = gradescope.read(REAL)
    assert given_.due == at("2021-09-14T18:00:00-07:00")
    assert applied(graded(), contract(late=TEN), given_).total == 90
    page = copy.deepcopy(REAL)
    del page["users"][0]["assignment"]
    assert applied(graded(), contract(late=TEN), gradescope.read(page)).total == 80


def test_a_group_has_the_latest_of_its_dates() -> None:
    page = copy.deepcopy(REAL)
    other = copy.deepcopy(page["users"][0])
    other["assignment"]["due_date"] = "2021-09-14T20:26:00-07:00"
    for users in ([*page["users"], other], [other, *page["users"]]):
        assert applied(graded(), contract(late=TEN), gradescope.read(page | {"users": users})).total == 100


@pytest.mark.parametrize("date", [None, "soon", 3])
def test_a_date_of_a_group_that_is_not_known_is_taken_for_the_latest(date: Any) -> None:
    page = copy.deepcopy(REAL)
    page["users"].append({"id": 2, "assignment": {"due_date": date}})
    result = applied(graded(), contract(late=TEN), gradescope.read(page))
    assert result.total == 100
    assert result.staff


def _own(due: Any) -> dict[str, Any]:
    page = copy.deepcopy(REAL)
    page["users"][0]["assignment"]["due_date"] = due
    return page


@pytest.mark.parametrize(
    "metadata",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"null", b'"x"', b"[" * 100_000, {}, [], None, 7,
        REAL | {"created_at": None}, REAL | {"created_at": "soon"}, REAL | {"created_at": "2021-09-20T20:25:53"},
        {name: value for name, value in REAL.items() if name != "created_at"},
        *map(_own, [None, "2021-99-99", 7, [], "2021-09-14T18:00:00"]),
        REAL | {"assignment": None, "users": None}, REAL | {"assignment": [], "users": {}},
        REAL | {"users": [None], "assignment": 3},
    ],
)  # fmt: skip
def test_odd_metadata_takes_nothing_off_and_is_told_to_staff(metadata: Any) -> None:
    given_ = gradescope.read(metadata)
    result = applied(graded(5), contract(late=TEN, attempts=rubric.Attempts(1, "latest")), given_)
    assert attempts.refusal(contract(attempts=rubric.Attempts(5)), given_) is None
    assert result.total == 95
    assert result.staff
    assert all(len(line) < 200 for line in result.staff)


def test_no_file_takes_nothing_off_and_is_told_to_staff(tmp_path: Path) -> None:
    result = applied(graded(), contract(late=TEN), gradescope.read_file(tmp_path / "none.json"))
    assert result.total == 100
    assert "can't be read" in result.staff[0]


def test_an_assignment_without_a_due_date_has_no_late_work() -> None:
    page = copy.deepcopy(DOCUMENTED) | {"assignment": {"due_date": None, "late_due_date": "2010-01-01T00:00:00Z"}}
    assert applied(graded(), contract(late=TEN), gradescope.read(page)).total == 100


def test_what_is_handed_in_after_the_last_date_is_told_to_staff() -> None:
    page = REAL | {"created_at": "2021-12-18T20:00:00-08:00"}
    result = applied(graded(), contract(late=rubric.Late(10, most=40)), gradescope.read(page))
    assert result.total == 60
    assert any("last date" in line for line in result.staff)


def test_an_export_without_due_dates_uses_the_rubrics() -> None:
    late = TEN._replace(due=at("2026-05-04T23:59:00+02:00"))
    rules = contract(late=late)
    assert applied(graded(), rules, late_days.exported("2026-05-06 10:00:00.184430000 Z", late)).total == 80
    assert applied(graded(), rules, late_days.exported(datetime(2026, 5, 4, tzinfo=timezone.utc), late)).total == 100
    for unknown in (None, "", "soon", datetime(2027, 1, 1)):
        assert applied(graded(), rules, late_days.exported(unknown, late)).total == 100


def test_on_gradescope_the_due_date_is_gradescopes() -> None:
    rules = contract(late=TEN._replace(due=at("2001-01-01T00:00:00Z")))
    assert applied(graded(), rules, gradescope.read(REAL)).total == 90


def test_a_fault_of_the_grader_has_no_lateness() -> None:
    result = applied(faulty(), contract(late=TEN), handed(timedelta(days=3)))
    assert result.final is None


# --- attempts --------------------------------------------------------------------------------------------------------


class Student:
    """Hands in again and again, and has from Gradescope what Gradescope would say."""

    def __init__(self, rules: rubric.Rubric) -> None:
        self.rules = rules
        self.rows: list[dict[str, Any]] = []
        self.result: Result | None = None

    def hands_in(self, when: str, result: Result | None, dies: bool = False, error: bool = False) -> Result:
        """`result` is what grading gives; None: it must not be graded.  `dies`: the grader never came to an end;
        `error`: nothing of it reached Gradescope."""
        rows = [row if n == len(self.rows) - 1 else row | {"results": None} for n, row in enumerate(self.rows)]
        text = json.dumps({"created_at": when, "users": [{}], "previous_submissions": rows})
        given_ = gradescope.read(text)
        refused = attempts.refusal(self.rules, given_)
        assert (refused is not None) == (result is None), given_
        if refused is not None:
            page = results.gradescope(refused)
            out = refused
        else:
            assert result is not None
            page = results.unfinished(attempts.begun(self.rules, given_))
            if not dies:
                page = results.gradescope(applied(result, self.rules, given_))
            out = result
        self.rows.append(
            {
                "submission_time": when,
                "score": str(float(page["score"])),
                "autograder_error": error,
                "results": {} if error else json.loads(json.dumps(page)),
            }
        )
        return out


def test_over_the_limit_is_not_graded_and_the_last_score_stays() -> None:
    student = Student(contract(attempts=rubric.Attempts(per_day=2)))
    first = student.hands_in("2026-05-04T09:00:00-07:00", graded(50))
    assert first.terms == ["Submission 1 of 2 for 4 May 2026."]
    student.hands_in("2026-05-04T10:00:00-07:00", graded(60))
    for when in ("2026-05-04T11:00:00-07:00", "2026-05-04T23:59:59-07:00"):
        refused = student.hands_in(when, None)
        assert refused.total == 40
        assert refused.terms[0] == (
            "This submission was not graded: 2 of a day are, and you had them on 4 May 2026. "
            "Your score stays 40, from your last graded submission, of 4 May 2026, 10:00 (UTC-07:00). "
            "The next one can be graded from 5 May 2026, 00:00 (UTC-07:00) on."
        )
        page = results.gradescope(refused)
        assert page["score"] == 40
        assert [t["number"] for t in page["tests"]] == [line.number for line in SHIPPED.criteria]
        assert sum(t["score"] for t in page["tests"]) == 40
    student.hands_in("2026-05-05T00:00:00-07:00", graded(0))


def test_what_was_over_the_limit_does_not_count_against_the_next_day() -> None:
    student = Student(contract(attempts=rubric.Attempts(per_day=1)))
    student.hands_in("2026-05-04T09:00:00+00:00", graded(50))
    for minute in range(10, 30):
        student.hands_in(f"2026-05-04T09:{minute}:00+00:00", None)
    student.hands_in("2026-05-05T09:00:00+00:00", graded(40))
    assert student.hands_in("2026-05-05T10:00:00+00:00", None).total == 60


@pytest.mark.parametrize("kind", ["fault", "whole", "dies", "error"])
def test_a_fault_of_the_grader_costs_no_attempt(kind: str) -> None:
    def broken() -> Result:
        return Result("", fault="no memory") if kind == "whole" else faulty()

    student = Student(contract(attempts=rubric.Attempts(per_day=2)))
    student.hands_in("2026-05-04T08:00:00Z", graded(1))
    for minute in range(10, 15):
        result = student.hands_in(f"2026-05-04T08:{minute}:00Z", broken(), dies=kind == "dies", error=kind == "error")
        if kind in ("fault", "whole"):
            assert result.terms == ["This submission is not counted as an attempt."]
    student.hands_in("2026-05-04T09:00:00Z", graded(2))
    assert student.hands_in("2026-05-04T10:00:00Z", None).total == 98


def test_a_fault_while_answers_are_in_use_is_an_attempt() -> None:
    student = Student(contract(attempts=rubric.Attempts(per_day=2)))
    student.hands_in("2026-05-04T08:00:00Z", graded(1))
    result = faulty()
    result.in_use = True
    (line,) = student.hands_in("2026-05-04T08:30:00Z", result).terms
    assert line.startswith("Submission 2 of 2")
    assert student.hands_in("2026-05-04T09:00:00Z", None).total == 99


def test_a_fault_that_is_no_longer_the_latest_still_costs_nothing() -> None:
    student = Student(contract(attempts=rubric.Attempts(per_day=2)))
    student.hands_in("2026-05-04T08:00:00Z", faulty())
    student.hands_in("2026-05-04T09:00:00Z", graded(1))
    student.hands_in("2026-05-04T10:00:00Z", graded(2))
    student.hands_in("2026-05-04T11:00:00Z", None)


def test_a_fault_of_a_grader_that_kept_no_record_costs_nothing() -> None:
    row = {"submission_time": "2026-05-04T08:00:00Z", "score": "40.0", "results": {"extra_data": {"grader_fault": "x"}}}
    given_ = gradescope.read({"created_at": "2026-05-04T09:00:00Z", "previous_submissions": [row]})
    assert [(a.score, a.counts) for a in given_.earlier] == [(None, False)]


def test_a_limit_that_was_lowered_shows_no_fault_again() -> None:
    """The latest results have a fault, and the one that is over the limit now is none."""
    student = Student(contract(attempts=rubric.Attempts(per_day=3)))
    student.hands_in("2026-05-04T08:00:00Z", graded(10))
    student.hands_in("2026-05-04T09:00:00Z", faulty())
    student.rules = contract(attempts=rubric.Attempts(per_day=1))
    refused = student.hands_in("2026-05-04T10:00:00Z", None)
    assert (refused.faulty, refused.rows, refused.total) == (False, [], 90)


def test_handing_in_twice_at_once_resets_no_count() -> None:
    """The second starts before the first has results."""
    student = Student(contract(attempts=rubric.Attempts(per_day=2)))
    student.hands_in("2026-05-04T08:00:00Z", graded(1))
    student.hands_in("2026-05-04T09:00:00Z", graded(2))
    student.rows[-1] |= {"results": None, "score": None}
    student.hands_in("2026-05-04T09:00:01Z", graded(3))
    student.hands_in("2026-05-04T10:00:00Z", None)


def test_only_earlier_ones_count_when_one_is_run_again() -> None:
    rules = contract(attempts=rubric.Attempts(per_day=2))
    times = [f"2026-05-04T{hour:02}:00:00Z" for hour in (8, 9, 10)]
    rows = [{"submission_time": t, "score": "50.0", "autograder_error": False} for t in times]
    for n, when in enumerate(times):
        given_ = gradescope.read({"created_at": when, "users": [{}], "previous_submissions": rows[::-1]})
        assert (attempts.refusal(rules, given_) is not None) == (n == 2)


def test_the_day_is_the_courses() -> None:
    rules = contract(attempts=rubric.Attempts(per_day=1))

    def refused(before: str, now: str) -> bool:
        row = {"submission_time": before, "score": "5.0"}
        return bool(attempts.refusal(rules, gradescope.read({"created_at": now, "previous_submissions": [row]})))

    assert refused("2026-05-04T00:10:00-07:00", "2026-05-04T23:50:00-07:00")
    assert not refused("2026-05-03T23:50:00-07:00", "2026-05-04T00:10:00-07:00")
    # The clocks went forward between the two: 23:30 is the day before, though by the new offset it was after midnight.
    assert not refused("2026-03-28T23:30:00+01:00", "2026-03-29T12:00:00+02:00")


def test_the_limit_is_that_of_real_metadata() -> None:
    given_ = gradescope.read(REAL)
    assert [(a.score, a.counts) for a in given_.earlier] == [(90, True), (None, False), (42.5, True)]
    assert attempts.refusal(contract(attempts=rubric.Attempts(2)), given_) is None
    refused = attempts.refusal(contract(attempts=rubric.Attempts(1)), given_)
    assert refused
    assert refused.total == 42.5
    assert refused.rows == []
    best = attempts.refusal(contract(attempts=rubric.Attempts(1, "best")), given_)
    assert best
    assert best.total == 90
    assert "Total: 90/100" in text.render(best)
    assert "<strong>90</strong> of 100 points" in html.student_page(best, {})


def test_the_best_counts_and_the_student_is_told_which() -> None:
    student = Student(contract(attempts=rubric.Attempts(count="best")))
    assert student.hands_in("2026-05-01T08:00:00Z", graded(20)).terms == []
    second = student.hands_in("2026-05-02T08:00:00Z", graded(40))
    assert (second.score, second.total) == (60, 80)
    assert second.terms == [
        "Your best submission counts: 80 points, of 1 May 2026, 08:00 (UTC+00:00); this one has 60."
    ]
    third = student.hands_in("2026-05-03T08:00:00Z", graded(30))
    assert (third.total, third.terms[0][:44]) == (80, "Your best submission counts: 80 points, of 1")
    assert student.hands_in("2026-05-04T08:00:00Z", graded(10)).final is None
    broken = student.hands_in("2026-05-05T08:00:00Z", faulty())
    assert broken.total == 90, "a fault takes away nothing that was earned"


def test_a_fault_is_never_the_best() -> None:
    student = Student(contract(attempts=rubric.Attempts(count="best")))
    student.hands_in("2026-05-01T08:00:00Z", faulty())
    assert student.hands_in("2026-05-02T08:00:00Z", graded(90)).total == 10


def test_the_best_is_after_what_came_off_for_lateness() -> None:
    student = Student(contract(late=TEN, attempts=rubric.Attempts(count="best")))
    page = {"created_at": "2026-05-05T08:00:00Z", "users": [{}], "assignment": {"due_date": "2026-05-04T08:00:00Z"}}
    row = {"submission_time": "2026-05-04T07:00:00Z", "score": "85.0"}
    result = applied(graded(10), student.rules, gradescope.read(page | {"previous_submissions": [row]}))
    assert result.total == 85
    assert [text.split(" ")[0] for text in result.terms] == ["Handed", "Your"]
    row["score"] = "75.0"
    result = applied(graded(10), student.rules, gradescope.read(page | {"previous_submissions": [row]}))
    assert result.total == 80


@pytest.mark.parametrize("score", [None, "", "A", "nan", "inf", "-5", "1e3", "101", 101, -1, True, [], "9" * 400])
def test_an_odd_score_is_no_best(score: Any) -> None:
    row = {"submission_time": "2026-05-01T08:00:00Z", "score": score}
    given_ = gradescope.read({"created_at": "2026-05-02T08:00:00Z", "previous_submissions": [row]})
    assert applied(graded(50), contract(attempts=rubric.Attempts(1, "best")), given_).total == 50


def test_a_picture_of_the_last_submission_is_dropped_and_its_words_stay() -> None:
    student = Student(contract(attempts=rubric.Attempts(per_day=1)))
    student.hands_in("2026-05-04T09:00:00Z", graded(50))
    test = student.rows[-1]["results"]["tests"][0]
    test |= {
        "output_format": "html",
        "output": '<div style="font-family:monospace">e1&nbsp; is &lt;x&gt;<br>two</div><p><img src="data:,"></p>',
    }
    refused = student.hands_in("2026-05-04T10:00:00Z", None)
    assert refused.rows[0].text == "e1  is <x>\ntwo"


# --- hostile metadata ------------------------------------------------------------------------------------------------

LEAF: Any = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just(10**400),
    st.sampled_from(["2026-05-04T09:00:00Z", "2021-09-15T09:00:00+14:00", "2200-12-31T23:59:59-23:59", "90.0"]),
)  # fmt: skip
NAMES = st.sampled_from(
    ["created_at", "assignment", "users", "due_date", "late_due_date", "previous_submissions", "submission_time",
     "score", "results", "extra_data", "terms", "attempts", "at", "counts", "tests", "key", "verdict", "output",
     "grader_fault"]
)  # fmt: skip
TREE = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6))


def _mixed(real: Any, draw: Any) -> Any:
    """The real metadata with some parts replaced."""
    if draw(st.integers(0, 9)) == 0:
        return draw(TREE)
    if isinstance(real, dict):
        return {k: _mixed(v, draw) for k, v in real.items()}
    return [_mixed(v, draw) for v in real] if isinstance(real, list) else real


def _page() -> dict[str, Any]:
    student = Student(contract(late=TEN, attempts=rubric.Attempts(2, "best")))
    for hour in (18, 19):
        student.hands_in(f"2021-09-14T{hour}:00:00-07:00", graded(hour))
    return REAL | {"previous_submissions": student.rows}


GRADED_BEFORE = _page()


@pytest.mark.slow
@settings(max_examples=by_profile(quick=10, ci=100, full=2000))
@given(st.data())
def test_nothing_in_the_metadata_can_crash_or_cost_more_than_the_terms_say(data: Any) -> None:
    page = _mixed(data.draw(st.sampled_from([REAL, DOCUMENTED, GRADED_BEFORE])), data.draw)
    rules = contract(
        late=data.draw(st.sampled_from([None, rubric.Late(10, 15, 30)])),
        attempts=data.draw(st.sampled_from([None, rubric.Attempts(2, "best"), rubric.Attempts(1)])),
    )
    given_ = gradescope.read(page)
    refused = attempts.refusal(rules, given_)
    if refused is not None:
        results.text_of(results.gradescope(refused)).encode()
        assert not refused.faulty
        assert 0 <= refused.total <= 100
    for result in (graded(20), faulty(), Result("", fault="x")):
        before = result.score
        policies.apply(result, rules, given_)
        results.text_of(results.gradescope(result)).encode()
        text.render(result)
        assert before - 30 <= result.total <= 100
    assert gradescope.read(page) == given_


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_text_crashes(text: bytes | str) -> None:
    assert gradescope.read(text).odd


# --- the whole of it -------------------------------------------------------------------------------------------------


def tree_with(tmp_path: Path, text: str) -> Path:
    tree = copy_grader(tmp_path / "tree")
    (tree / "autograder" / "rubric.toml").write_text(rubric.FILE.read_text("utf-8") + text, "utf-8")
    return tree


def run_gradescope(tmp_path: Path, tree: Path, metadata: Any, submission: str) -> tuple[dict[str, Any], str]:
    root = tmp_path / "gradescope"
    (root / "submission").mkdir(parents=True, exist_ok=True)
    (root / "submission" / "neural_net.py").write_text(submission, "utf-8")
    text = metadata if isinstance(metadata, str) else json.dumps(metadata)
    (root / "submission_metadata.json").write_text(text, "utf-8")
    done = run_program("gradescope", "--root", root, cwd=tmp_path, tree=tree)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((root / "results" / "results.json").read_text("utf-8")), done.stdout


BOTH = '\n[late]\npenalty_per_day = 10\n[attempts]\nper_day = 2\ncount = "latest"\n'


@pytest.mark.slow
@on_linux
def test_the_gradescope_verb_grades_by_the_terms(tmp_path: Path) -> None:
    tree = tree_with(tmp_path, BOTH)
    page, _ = run_gradescope(tmp_path, tree, REAL, RIGHT)
    assert page["score"] == 90
    assert "100 becomes 90" in page["output"]
    assert "Submission 2 of 2" in page["output"]
    assert sum(t["score"] for t in page["tests"]) == 100
    assert [a["counts"] for a in page["extra_data"]["terms"]["attempts"]] == [True, False, True, True]
    row = {"submission_time": REAL["created_at"], "score": "90.0", "autograder_error": False, "results": page}
    again = REAL | {"created_at": "2021-09-14T21:00:00-07:00"}
    again["previous_submissions"] = [*REAL["previous_submissions"], row]
    page, _ = run_gradescope(tmp_path, tree, again, "while True: pass")
    assert page["score"] == 90
    assert "not graded" in page["output"]
    assert len(page["tests"]) == len(SHIPPED.criteria)


@pytest.mark.slow
@on_linux
def test_odd_metadata_still_gives_the_grade(tmp_path: Path) -> None:
    page, said = run_gradescope(tmp_path, tree_with(tmp_path, BOTH), '{"created_at": [1, 2', RIGHT)
    assert page["score"] == 100
    assert "submission_metadata.json is not JSON" in said


@pytest.mark.slow
@on_linux
def test_a_submission_can_not_change_what_is_said_of_it(tmp_path: Path) -> None:
    """It is read before the submission runs, and the submission can't write it."""
    path = tmp_path / "gradescope" / "submission_metadata.json"
    hostile = RIGHT + (
        f"\nimport os\nfor path in ({str(path)!r}, 'submission_metadata.json', '../submission_metadata.json'):\n"
        "    try:\n        open(path, 'w').write('{}')\n    except OSError:\n        pass\n"
    )
    page, _ = run_gradescope(tmp_path, tree_with(tmp_path, BOTH), REAL, hostile)
    assert page["score"] == 90
    assert json.loads(path.read_text("utf-8")) == REAL


@on_linux
def test_a_grading_that_is_cut_off_is_no_attempt_and_forgets_none(tmp_path: Path) -> None:
    tree, root = tree_with(tmp_path, BOTH), tmp_path / "gradescope"
    (root / "submission").mkdir(parents=True)
    (root / "submission" / "neural_net.py").write_text("import time\ntime.sleep(60)\n", "utf-8")
    (root / "submission_metadata.json").write_text(json.dumps(REAL), "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder", "gradescope", "--root", str(root)],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tree)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    path = root / "results" / "results.json"
    wait_until(lambda: path.exists() and "terms" in json.loads(path.read_text("utf-8"))["extra_data"])
    process.kill()
    process.wait()
    page = json.loads(path.read_text("utf-8"))
    assert page["extra_data"]["grader_fault"] == "did not finish"
    assert [a["counts"] for a in page["extra_data"]["terms"]["attempts"]] == [True, False, True, False]
