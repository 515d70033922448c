"""The grades of a class as tables: for people, for Canvas, for Moodle; and feedback as the zips that they take back.

Every text may come from a stranger, and a spreadsheet takes a text that begins like a formula for one: such a text
gets an apostrophe in front.  Numbers stay numbers.  A submission without a grade has an empty cell, never a 0.
"""

from __future__ import annotations

import contextlib
import csv
import zipfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from autograder import files
from autograder.course import store
from autograder.course.store import Graded, Row, Status, Student
from autograder.result import Result, clean, public
from autograder.rubric import Rubric

NAMES = ("grades.csv", "canvas.csv", "moodle.csv")
ABSENT = "not submitted: "  # begins the ID of a student without a submission


def absent_id(who: Student) -> str:
    """The ID of a row for a student without a submission."""
    return ABSENT + " ".join(filter(None, who.values()))


def feedback(result: Result) -> str:
    """What a student may see of a result, in one short paragraph, as Moodle shows it beside the grade."""
    if result.faulty:
        return ""
    lost = [row for row in public(result).rows if row.score < row.criterion.points]
    said = [f"{c.number} {c.title}: {row.score:g}/{c.points:g}".strip() for row in lost for c in [row.criterion]]
    remarks = [line for text in (*result.terms, *result.notes) for line in text.split("\n") if line]
    return "; ".join([*remarks[:5], *said]) or "All criteria passed."


def now() -> str:
    """The end of this day, as Moodle's import reads it: it skips a grade that is older than the one that it has."""
    return f"{datetime.now(timezone.utc):%Y-%m-%d} 23:59:59 +0000"


def cell(value: object) -> object:
    """A value for a spreadsheet's cell: a number as it is, a text on one line and never a formula."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if float(value).is_integer() else value
    text = clean(str(value), 5000).replace("\t", " ").replace("\n", " ")
    # A spreadsheet also looks behind spaces and quotes.
    is_formula = text.lstrip(" \"'\xa0\u3000\ufffd").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    return "'" + text if is_formula else text


def write(folder: Path, contract: Rubric) -> None:
    """Write the tables of the class in `folder` there.  Raises UserError, OSError; then the old ones stay."""
    points, criteria = round(sum(one.points for one in contract.criteria), 2), contract.criteria
    with contextlib.ExitStack() as stack:
        grades, canvas, moodle = (stack.enter_context(_table(folder / name)) for name in NAMES)
        columns = [f"{one.number} {one.key}" for one in criteria]
        grades(["id", "name", "email", "sid", "score", "points", *columns, "misconceptions", "fault", "note", "status"])
        canvas(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", contract.title])
        canvas(["    Points Possible", "", "", "", "", points])
        moodle(
            ["Identifier", "Full name", "Email address", "ID number", "Grade", "Maximum grade",
             "Last modified (grade)", "Feedback comments"]
        )  # fmt: skip
        for row, one in store.read(folder):
            id, fault = row.id if not row.id.startswith(ABSENT) else "", one.fault if one else ""
            score: float | str = one.score if one and not fault else ""
            lines = [_points(one, criterion.key) for criterion in criteria]
            lost = dict.fromkeys(line.misconception for line in one.lines.values()) if one else {}
            note = _note(row, one)
            said = one.about.get("feedback", "") if one else ""
            for who in (one.students if one else row.students) or [{}]:
                name, email, sid = (who.get(key, "") for key in ("name", "email", "sid"))
                end = [" ".join(filter(None, lost)), fault, note, row.status]
                grades([id, name, email, sid, score, points, *lines, *end])
                # Canvas looks for a student by its own number, then by the SIS ID, the login, the name.
                login = who.get("login", "") or email
                grade = "EX" if row.status is Status.EXCUSED else score
                canvas([name or email or id, who.get("canvas", ""), sid, login, "", grade])
                number = f"Participant {who['moodle']}" if who.get("moodle") else ""
                when = now() if score != "" else ""
                moodle([number, name or id, email, sid, score, points, when, said])


def _points(graded: Graded | None, key: str) -> float | str:
    line = graded.lines.get(key) if graded else None
    return "" if line is None or line.verdict == "fault" else line.score


def _note(row: Row, graded: Graded | None) -> str:
    """Remarks for staff."""
    output = graded.output.split("\n")[:3] if graded and not graded.fault else []
    return " ".join(filter(None, (*row.notes, *row.decided, *output)))


@contextlib.contextmanager
def _table(path: Path) -> Iterator[Any]:
    """Gives what writes a row of a CSV file that takes its place when it is whole."""
    # Excel takes a file for UTF-8 only where it begins with this mark; Canvas and Moodle need none.
    encoding = "utf-8-sig" if path.name == NAMES[0] else "utf-8"
    with files.replacing(path, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        yield lambda values: writer.writerow(map(cell, values))


# --- feedback ---------------------------------------------------------------------------------------------------------


def feedback_zips(folder: Path, form: str) -> dict[Path, list[str]]:
    """Write the zips of feedback that Moodle and Canvas take back, where the class came from there.

    Gives each zip with the IDs of the graded submissions that are not in it.

    Moodle (mod/assign/feedback/file/importziplib.php) reads NAME_NUMBER_assignfeedback_file_/FILE.  Canvas (Upload
    Submissions) reads the user's and the file's number in the name that it gave a file, and shows the student a file of
    that name: so the feedback is written as comments of a Python file.
    """
    moodle: dict[str, str] = {}
    canvas: dict[str, str] = {}
    missing: tuple[list[str], list[str]] = [], []
    for row, graded in store.read(folder):
        if graded is None or graded.fault:
            continue
        report, before = folder / store.REPORTS / f"{row.id}.html", len(moodle)
        for who in row.students:
            if who.get("moodle") and report.is_file():
                name = who.get("name", "").replace("_", " ").replace("/", " ")
                moodle[f"{name}_{who['moodle']}_assignfeedback_file_/feedback.html"] = report.read_text("utf-8")
        if len(moodle) == before:
            missing[0].append(row.id)
        if form.startswith("Canvas") and row.upload:
            said = [f"Score: {graded.score:g} of {graded.points:g}", *graded.about.get("feedback", "").split("; ")]
            canvas[row.upload] = "".join(f"# {line}\n" for line in said)
        else:
            missing[1].append(row.id)
    written = {}
    for name, members, without in zip(("moodle", "canvas"), (moodle, canvas), missing, strict=True):
        path = folder / f"{name}-feedback.zip"
        if members:
            with files.replacing(path, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for member, content in sorted(members.items()):
                    archive.writestr(zipfile.ZipInfo(member), content.encode("utf-8", "replace"))
            written[path] = without
    return written
