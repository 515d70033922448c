"""Everybody in the course has a row, and the LMS's own gradebook comes back filled in and importable."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from autograder.course import roster
from autograder.course.importers import student
from autograder.course.store import Manifest, Row, Status
from autograder.errors import UserError
from tests.test_export import put, result

TITLE = "HW 7"
CANVAS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,HW 6 (11),HW 7 (12),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,10,10,(read only)
"Lovelace, Ada",4711,0017,ada@x.edu,"A, B",9.5,,81.25
"Hopper, Grace",4712,0018,grace,A,=1+1,3,70
"Jackson, Mary",4713,0019,mary,A,,,
"Student, Test",9999,,abc,A,,,
"""
# The headings of a grading worksheet, the word before a participant's number, and the maximum grade.
MOODLE = {
    "en": (
        "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
        "Last modified (submission),Last modified (grade),Feedback comments",
        "Participant ", "10.00",
    ),
    "de": (
        "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
        "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar",
        "Teilnehmer/in", "10,00",
    ),
    "fr": (
        "Identifiant,Nom complet,Adresse de courriel,Statut,Note,Note maximale,La note peut être modifiée,"
        "Dernière modification (travail remis),Dernière modification (note),Feedback par commentaires",
        "Participant", "10,00",
    ),
    "ja": (
        "識別子,氏名,メールアドレス,ステータス,評点,最大評点,評点は変更できます,"
        "最終更新日時 (提出),最終更新日時 (評定),フィードバックコメント",
        "参加者", "10.00",
    ),
}  # fmt: skip


def worksheet(language: str) -> str:
    head, word, most = MOODLE[language]
    quoted = f'"{most}"'
    rows = [
        f"{word}{number},{name},{email},No submission,,{quoted},Yes,-,-,"
        for number, name, email in (
            (4711, "Ada Lovelace", "ada@x.edu"),
            (4712, "Grace Hopper", "grace@x.edu"),
            (4713, "Mary Jackson", "mary@x.edu"),
        )
    ]
    return "\n".join([head, *rows, ""])


def written(tmp_path: Path, text: str, name: str = "gradebook.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def cells(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def filled(tmp_path: Path, text: str, *students: dict[str, str], **options: Any) -> list[list[str]]:
    """The gradebook with 8.5 for each of these students, handed in one by one."""
    known = roster.load(written(tmp_path, text), TITLE, **options)
    pages = [result(f"s{i}", 8.5, one) for i, one in enumerate(students)]
    manifest = put(tmp_path / "out", *pages)
    known.join(manifest.rows.values())
    manifest.save(tmp_path / "out")
    known.fill(tmp_path / "out", 10)
    return cells(tmp_path / "out" / "gradebook-filled.csv")


# --- joining ----------------------------------------------------------------------------------------------------------

MARY = student("Mary Jackson", sid="0019")


@pytest.mark.parametrize(
    "who",
    [
        student("Ada L.", sid="0017"), student("lovelaceada", canvas="4711"), student("x", login="ADA@x.edu"),
        student("x", email="Ada@x.edu"),
    ],
    ids=["sid", "canvas number", "login", "email"],
)  # fmt: skip
def test_students_are_joined_by_id_login_or_email(who: dict[str, str], tmp_path: Path) -> None:
    known = roster.load(written(tmp_path, CANVAS), TITLE)
    row = Row("s", [who], "s.py")
    absent = known.join([row])
    assert [one["name"] for one in absent] == ["Grace Hopper", "Mary Jackson"]
    assert (row.students[0]["name"], row.students[0]["canvas"]) == ("Ada Lovelace", "4711")
    assert known.unknown == []


def test_a_name_alone_joins_nobody_and_is_listed(tmp_path: Path) -> None:
    known = roster.load(written(tmp_path, CANVAS), TITLE)
    absent = known.join([Row("s", [student("Ada Lovelace")], "ada.py")])
    assert len(absent) == 3
    assert known.unknown == ["Ada Lovelace (ada.py)"]


def test_a_number_of_somebody_else_joins_nobody(tmp_path: Path) -> None:
    """As the number of a group, which may be that of a participant."""
    known = roster.load(written(tmp_path, worksheet("en")), TITLE)
    known.join([Row("s", [student("Blue team", moodle="4711")], "x")])
    assert known.unknown == ["Blue team (x; ID 4711 is of Ada Lovelace)"]


ROWS = "ID,Name,Email\n1,Ada Lovelace,ada@x.edu\n2,Bob Brown,bob@x.edu\n"


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (student("Ada Lovelace", "ada@x.edu", "2"), "; ID 2 is of Bob Brown and ada@x.edu is of Ada Lovelace"),
        (student("Ada Lovelace", sid="2"), "; ID 2 is of Bob Brown"),
        (student("", "ada@x.edu", "2"), "; ID 2 is of Bob Brown and ada@x.edu is of Ada Lovelace"),
    ],
)
def test_who_is_two_students_by_the_roster_is_none_of_them(who: dict[str, str], why: str, tmp_path: Path) -> None:
    """As where the numbers of a roster's rows are taken for the IDs."""
    known, row = roster.load(written(tmp_path, ROWS), TITLE), Row("s", [who], "s.py")
    assert len(known.join([row])) == 2
    assert (row.students, known.unknown) == ([who], [f"{who['name'] or 's'} (s.py{why})"])


@pytest.mark.parametrize(
    "who", [student("Byron", "ada@x.edu", "1"), student("阿達", sid="1"), student("al", sid="1", login="al")]
)
def test_a_name_that_can_not_be_compared_joins(who: dict[str, str], tmp_path: Path) -> None:
    known = roster.load(written(tmp_path, ROWS), TITLE)
    assert [one["name"] for one in known.join([Row("s", [who], "s.py")])] == ["Bob Brown"]


@pytest.mark.parametrize("name", ["0017", "ADA", "ada@x.edu"])
def test_a_plain_name_joins_as_id_login_or_email(name: str, tmp_path: Path) -> None:
    text = "Name,SID,Login,Email\nAda L,0017,ada,ada@x.edu\nBob,ada2,17,b@x.edu\n"
    known = roster.load(written(tmp_path, text), TITLE)
    rows = [Row("s", [student(name)], "s"), Row("t", [student("Bob")], "t")]
    assert [who["name"] for who in known.join(rows, plain=True)] == ["Bob"]
    assert (rows[0].students[0]["sid"], known.unknown) == ("0017", ["Bob (t)"])
    assert len(known.join([Row("s", [student(name)], "s")])) == 2, "in another class it may be a group's name"


def test_a_student_who_is_listed_twice_is_one_student(tmp_path: Path) -> None:
    twice = "name,sid,HW 7\nAda,17,\nCy,19,\nAda,17,\n"
    after = filled(tmp_path, twice, student("Ada", sid="17"))
    assert [row[2] for row in after] == ["HW 7", "8.5", "", "8.5"]
    assert len(roster.load(written(tmp_path, twice), TITLE).join([])) == 2
    with pytest.raises(UserError, match=r"gradebook\.csv: lines 2 and 4 are two students with one ID 17\."):
        roster.load(written(tmp_path, twice.replace("Cy,19,\nAda", "Cy,19,\nEve")), TITLE)


def test_what_two_students_have_in_common_joins_nobody(tmp_path: Path) -> None:
    known = roster.load(written(tmp_path, "name,email,sid\nAda,x@y.z,1\nEve,x@y.z,2\n"), TITLE)
    assert len(known.join([Row("s", [student("Ada", email="x@y.z")], "x")])) == 2


def test_one_student_with_two_submissions_stops_the_run(tmp_path: Path) -> None:
    known = roster.load(written(tmp_path, CANVAS), TITLE)
    with pytest.raises(UserError, match=r"Mary Jackson has two submissions: a\.py and b\.py"):
        known.join([Row("a", [MARY], "a.py"), Row("b", [student("M", login="mary")], "b.py")])
    group = Row("a", [student("Ada", "ADA@x.edu"), MARY], "a.py")
    with pytest.raises(UserError, match=r"Ada has two submissions: a\.py and b\.py"):  # without a roster
        roster.refuse_two([group, Row("b", [student("Ada", "ada@x.edu", "17")], "b.py")])


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Name,Email,SID\nAda,ada@x.edu,0017\n", student("Ada", "ada@x.edu", "0017")),
        ("First Name;Last Name;Username\nAda;Lovelace;al\n", student("Ada Lovelace", login="al")),
        ("Vorname\tNachname\tMatrikelnummer\nAda\tLovelace\t0017\n", student("Ada Lovelace", sid="0017")),
        ("identifier,github_username,github_id,name\nada@x.edu,al,5,Ada\n", student("Ada", "ada@x.edu", login="al")),
        ("Naam,Mailtje\nAda,ada@x.edu\n", student("", "ada@x.edu")),
        ("ID,Name,Student number\n1,Ada,0017\n", student("Ada", sid="0017")),
        ("\n;;\nName;SID\nAda;0017\n", student("Ada", sid="0017")),
        ("login,HW7 (late),name,max\ns1,,Ada,100\ns2,,Eve,\n", student("Ada", login="s1")),
    ],
    ids=[
        "csv", "semicolons", "german", "github classroom", "an email is known by its sign",
        "a heading that says more than ID", "blank lines first", "not Moodle's",
    ],
)
def test_any_table_with_ids_logins_or_emails_is_a_roster(text: str, who: dict[str, str], tmp_path: Path) -> None:
    assert next(iter(roster.load(written(tmp_path, text), TITLE).students.values())) == who


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a table"), ("Ada\n", "not a table"), ("name,section\nAda,A\n", "names alone are never joined"),
    ],
)  # fmt: skip
def test_a_roster_that_can_not_be_used_is_one_clear_line(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        roster.load(written(tmp_path, text), TITLE)
    with pytest.raises(UserError, match="nowhere"):
        roster.load(tmp_path / "nowhere", TITLE)


# --- Canvas: lib/gradebook_importer.rb --------------------------------------------------------------------------------


def canvas_reads(table: list[list[str]]) -> dict[str, dict[str, str]]:
    """What Canvas's importer makes of a table: by student, the grade in each column that is an assignment's."""
    header, *rows = table
    assert "Student" in header[0]
    assert "ID" in header[1]
    count = header.index("Section") + 1
    sums = re.compile("Current|Final|Override")
    columns = {name: i for i, name in enumerate(header) if i >= count and not sums.search(name)}
    found = {}
    for row in rows:
        assert len(row) == len(header)
        if "Points Possible" in row[0] or all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", c) for c in row):
            continue
        found[row[1]] = {name: row[i] for name, i in columns.items()}
    return found


def test_canvas_gets_its_own_file_back_with_one_column_filled(tmp_path: Path) -> None:
    before = list(csv.reader(io.StringIO(CANVAS.lstrip("\ufeff"), newline="")))
    after = filled(tmp_path, CANVAS, student("lovelaceada", canvas="4711"), MARY)
    assert canvas_reads(after)["4711"] == {"HW 6 (11)": "9.5", "HW 7 (12)": "8.5"}
    assert canvas_reads(after)["4712"]["HW 7 (12)"] == "3", "who handed in nothing keeps what is there"
    changed = [(i, j) for i, row in enumerate(after) for j, cell in enumerate(row) if cell != before[i][j]]
    assert changed == [(3, 6), (5, 6)]
    assert (tmp_path / "out" / "gradebook-filled.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_column_can_be_chosen_and_its_points_are_compared(tmp_path: Path) -> None:
    after = filled(tmp_path, CANVAS, MARY, column="HW 6")
    assert canvas_reads(after)["4713"] == {"HW 6 (11)": "8.5", "HW 7 (12)": ""}
    known = roster.load(tmp_path / "gradebook.csv", TITLE)
    assert "worth 10 points and the rubric 100" in known.fill(tmp_path / "out", 100)[1]


def test_a_column_that_is_not_there_is_told_and_the_roster_still_joins(tmp_path: Path) -> None:
    path = written(tmp_path, CANVAS.replace("HW 7 (12)", "Homework (12)"))
    known = roster.load(path, TITLE)
    put(tmp_path / "out", result("m", 8.5, MARY))
    (said,) = known.fill(tmp_path / "out", 10)
    assert said == (
        f"No gradebook was filled in: {path}: no column is called 'HW 7'. "
        "Give --column with one of: 'HW 6 (11)', 'Homework (12)'."
    )
    assert not (tmp_path / "out" / "gradebook-filled.csv").exists()
    assert len(known.join([Row("m", [MARY], "m.py")])) == 2
    with pytest.raises(UserError, match="no column is called 'HW 9'"):
        roster.load(path, TITLE, "HW 9")
    both = written(tmp_path, CANVAS.replace("HW 6", "HW 7"))
    assert "2 columns are called" in roster.load(both, TITLE).fill(tmp_path / "out", 10)[0]


def test_an_excused_student_is_ex_at_canvas(tmp_path: Path) -> None:
    known = roster.load(written(tmp_path, CANVAS), TITLE)
    Manifest("", rows={"m": Row("m", [MARY], status=Status.EXCUSED)}).save(tmp_path)
    known.fill(tmp_path, 10)
    assert canvas_reads(cells(tmp_path / "gradebook-filled.csv"))["4713"]["HW 7 (12)"] == "EX"


def test_a_semicolon_file_stays_one(tmp_path: Path) -> None:
    text = CANVAS
    for comma in ("A, B", "Lovelace, Ada", "Hopper, Grace", "Jackson, Mary", "Student, Test"):
        text = text.replace(f'"{comma}"', comma.partition(", ")[2])
    filled(tmp_path, text.replace(",", ";").replace("9.5", "9,5"), MARY)
    assert "Mary;4713;0019;mary;A;;8.5;" in (tmp_path / "out" / "gradebook-filled.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_gradebook_comes_back_as_it_was_encoded(encoding: str, tmp_path: Path) -> None:
    path, text = tmp_path / "gradebook.csv", "\r\nName,SID,HW 7\r\nZoë,1,\r\n"
    odd = b"\x81,2,\r\n" if encoding == "cp1252" else b""  # that encoding has no such letter
    path.write_bytes(text.encode(encoding) + odd)
    put(tmp_path / "out", result("s", 8.5, student("Zoë", sid="1")))
    roster.load(path, TITLE).fill(tmp_path / "out", 10)
    after = (tmp_path / "out" / "gradebook-filled.csv").read_bytes()
    assert after == text.replace("1,", "1,8.5").encode(encoding) + odd


# --- Moodle: mod/assign/feedback/offline ------------------------------------------------------------------------------


def moodle_reads(table: list[list[str]], language: str, graded_at: float) -> dict[str, tuple[float, str]]:
    """What Moodle's importer makes of a worksheet: the grades and feedback that it takes, by participant."""
    head, word, _ = MOODLE[language]
    heads = head.split(",")
    assert table[0] == heads
    at = {name: heads.index(heads[i]) for name, i in (("id", 0), ("grade", 4), ("modified", 8), ("comments", 9))}
    found = {}
    for row in table[1:]:
        number = row[at["id"]][len(word) :]
        text = row[at["modified"]]
        modified = datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").timestamp() if text != "-" else 0.0
        if row[at["grade"]] and graded_at <= modified + 60:
            found[number] = float(row[at["grade"]]), row[at["comments"]]
    return found


@pytest.mark.parametrize("language", MOODLE)
def test_moodle_takes_its_own_worksheet_back_twice(language: str, tmp_path: Path) -> None:
    text = worksheet(language)
    after = filled(tmp_path, text, student("Ada Lovelace", moodle="4711"), student("Mary", email="mary@x.edu"))
    before = list(csv.reader(io.StringIO(text, newline="")))
    now = datetime.now(timezone.utc).timestamp()
    assert moodle_reads(after, language, now) == {
        "4711": (8.5, "1.2 line 1.2: 4.5/5"),
        "4713": (8.5, "1.2 line 1.2: 4.5/5"),
    }
    changed = {(i, j) for i, row in enumerate(after) for j, cell in enumerate(row) if cell != before[i][j]}
    assert changed == {(i, j) for i in (1, 3) for j in (4, 8, 9)}


def test_a_gradebook_that_is_not_filled_in_is_told(tmp_path: Path) -> None:
    """A grade above the maximum is no reason, but a scale is one, and so is a list without a column for a grade."""
    over = worksheet("en").replace('submission,,"10.00"', 'submission,12,"10.00"', 1)
    after = filled(tmp_path, over, student("Ada Lovelace", moodle="4711"))
    assert after[1][4] == "8.5"
    for text, why in (
        (worksheet("en").replace("10.00", "A, B"), "has no column of maximum grades"),
        ("Name,SID\nAda,1\n", "has no column for a grade."),
        ("Name,SID,section\nAda,1,\n", "no column is called 'HW 7'. Give --column with one of: 'section'."),
    ):
        (said,) = roster.load(written(tmp_path, text), TITLE).fill(tmp_path / "out", 10)
        assert said.startswith("No gradebook was filled in: ")
        assert why in said


def test_feedback_that_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    known = roster.load(written(tmp_path, worksheet("en")), TITLE)
    page = result("s", 8.5, student("Ada Lovelace", moodle="4711"))
    page["extra_data"]["submission"]["feedback"] = "=HYPERLINK(1)"
    put(tmp_path, page)
    known.fill(tmp_path, 10)
    assert cells(tmp_path / "gradebook-filled.csv")[1][9].startswith("'=HYPERLINK")


@pytest.mark.parametrize("status", [Status.FAULT, Status.NO_FILES, Status.EXCUSED, Status.NOT_SUBMITTED])
def test_rows_without_a_grade_are_left_alone(status: Status, tmp_path: Path) -> None:
    known = roster.load(written(tmp_path, worksheet("en")), TITLE)
    put(tmp_path, result("a", 0, student("Ada Lovelace", moodle="4711"), fault="broken"), status=status)
    known.fill(tmp_path, 10)
    assert cells(tmp_path / "gradebook-filled.csv") == cells(tmp_path / "gradebook.csv")
