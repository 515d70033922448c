"""The grades of a class as tables: for people, for Canvas, for Moodle; and feedback as the zips that they take back.

Every text may come from a stranger, and a spreadsheet takes a text that begins like a formula for one: such a text
gets an apostrophe in front.  Numbers stay numbers.  A submission without a grade has an empty cell, never a 0.
"""

from __future__ import annotations

import contextlib
import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from autograder import files
from autograder.course import store
from autograder.course.roster import cell
from autograder.course.store import Graded, Row, Status

NAMES = ("grades.csv", "canvas.csv", "moodle.csv")
_NOBODY: dict[str, str] = {}


@dataclass
class Summary:
    """What the tables have, in a few numbers."""

    count: int = 0
    graded: int = 0
    total: float = 0.0
    points: float = 0.0
    lowest: float | None = None
    lowest_id: str = ""
    faults: list[str] = field(default_factory=list)  # the first few IDs
    faulty: int = 0
    others: dict[str, int] = field(default_factory=dict)  # how many have no grade, by status

    def add(self, row: Row, graded: Graded | None) -> None:
        if graded is None:
            self.others[row.status.value] = self.others.get(row.status.value, 0) + 1
            return
        self.count += 1
        if graded.fault:
            self.faulty += 1
            self.faults += [graded.id] if len(self.faults) < 5 else []
            return
        self.graded += 1
        self.total += graded.score
        if self.lowest is None or graded.score < self.lowest:
            self.lowest, self.lowest_id = graded.score, graded.id

    @property
    def mean(self) -> float:
        return self.total / self.graded if self.graded else 0.0

    def words(self, kept: int) -> str:
        """For the terminal, in a line."""
        said = [f"{self.count} submission{'' if self.count == 1 else 's'}"]
        said += [f"{kept} of them graded before"] if kept else []
        said += [f"{count} {status}" for status, count in sorted(self.others.items())]
        text = ", ".join(said) + "."
        if self.lowest is not None:
            text += f" Mean {self.mean:.1f} of {self.points:g}, lowest {self.lowest:g} ({self.lowest_id})."
        return text


def write(folder: Path, title: str, points: float) -> Summary:
    """Write the tables of the class in `folder` there.  Raises UserError, OSError; then the old ones stay."""
    keys: dict[str, str] = {}
    for graded in store.read(folder):
        keys |= {key: line.number for key, line in graded.lines.items() if key not in keys}
    summary = Summary(points=points)
    now = f"{datetime.now(timezone.utc):%Y-%m-%d} 23:59:59 +0000"
    with contextlib.ExitStack() as stack:
        grades, canvas, moodle = (stack.enter_context(_table(folder / name)) for name in NAMES)
        head = ["id", "name", "email", "sid", "score", "points"]
        grades(
            [*head, *(f"{number} {key}" for key, number in keys.items()), "misconceptions", "fault", "note", "status"]
        )
        canvas(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title])
        canvas(["    Points Possible", "", "", "", "", points])
        moodle(
            ["Identifier", "Full name", "Email address", "ID number", "Grade", "Maximum grade",
             "Last modified (grade)", "Feedback comments"]
        )  # fmt: skip
        for row in store.rows(folder):
            one = _load(folder, row)
            summary.add(row, one)
            score: float | str = one.score if one and not one.fault else ""
            excused = row.status is Status.EXCUSED
            for student in (one.students if one else row.students) or [_NOBODY]:
                who = [student.get("name", ""), student.get("email", ""), student.get("sid", "")]
                lines = [_points(one, key) for key in keys]
                end = [_misconceptions(one), one.fault if one else "", _note(row, one), row.status.value]
                most = (one.points if one else 0.0) or points
                grades([_id(row), *who, score, most, *lines, *end])
                canvas([*_canvas(row, student), "", "EX" if excused else score])
                moodle([*_moodle(row, student), score, points, "" if score == "" else now, one.feedback if one else ""])
    return summary


def _load(folder: Path, row: Row) -> Graded | None:
    if row.status not in (Status.GRADED, Status.FAULT):
        return None
    return store.load(store.place_of(folder, row.id), row.id)


def _id(row: Row) -> str:
    return "" if row.id.startswith("not submitted: ") else row.id


def _points(graded: Graded | None, key: str) -> float | str:
    line = graded.lines.get(key) if graded else None
    return "" if line is None or line.verdict == "fault" else line.score


def _misconceptions(graded: Graded | None) -> str:
    if graded is None:
        return ""
    return " ".join(dict.fromkeys(line.misconception for line in graded.lines.values() if line.misconception))


def _note(row: Row, graded: Graded | None) -> str:
    """Remarks for staff."""
    notes = graded.about.get("notes") if graded else row.notes
    said = [str(note) for note in notes] if isinstance(notes, list) else []
    said += graded.decided if graded else row.decided
    said += graded.output.split("\n")[:3] if graded and not graded.fault else []
    return " ".join(filter(None, said))


def _canvas(row: Row, student: dict[str, str]) -> list[Any]:
    """Canvas looks for a student by its own number, then by the SIS ID, then by the login, then by the name."""
    email = student.get("email", "")
    name = student.get("name", "") or email or _id(row)
    return [name, student.get("canvas", ""), student.get("sid", ""), student.get("login", "") or email]


def _moodle(row: Row, student: dict[str, str]) -> list[Any]:
    """A grading worksheet finds a participant by the number, the import of grades by what the instructor chooses."""
    number = student.get("moodle", "")
    identifier = f"Participant {number}" if number else ""
    return [identifier, student.get("name", "") or _id(row), student.get("email", ""), student.get("sid", "")]


# --- feedback ---------------------------------------------------------------------------------------------------------


def feedback_zips(folder: Path, manifest: store.Manifest) -> list[Path]:
    """Write the zips of feedback that Moodle and Canvas take back, where the class came from there.

    Moodle (mod/assign/feedback/file/importziplib.php) reads NAME_NUMBER_assignfeedback_file_/FILE.  Canvas (Upload
    Submissions) reads the user's and the file's number in the name that it gave a file, and shows the student a file of
    that name: so the feedback is written as comments of a Python file.
    """
    pages: dict[str, dict[str, bytes]] = {"moodle-feedback.zip": {}, "canvas-feedback.zip": {}}
    for row in store.rows(folder):
        if row.status is not Status.GRADED:
            continue
        report = folder / store.REPORTS / f"{row.id}.html"
        for student in row.students:
            name = student.get("name", "").replace("_", " ").replace("/", " ")
            if student.get("moodle") and report.is_file():
                place = f"{name}_{student['moodle']}_assignfeedback_file_/feedback.html"
                pages["moodle-feedback.zip"][place] = report.read_bytes()
        if manifest.form.startswith("Canvas") and row.file.endswith(".py"):
            graded = store.load(store.place_of(folder, row.id), row.id)
            lines = [f"Score: {graded.score:g} of {graded.points:g}", *graded.feedback.split("; ")]
            pages["canvas-feedback.zip"][row.file] = "".join(f"# {line}\n" for line in lines).encode("utf-8", "replace")
    written = []
    for zip_name, members in pages.items():
        if members:
            with (
                files.replacing(folder / zip_name, "wb") as file,
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
            ):
                for member, content in sorted(members.items()):
                    archive.writestr(zipfile.ZipInfo(member), content)
            written.append(folder / zip_name)
    return written


@contextlib.contextmanager
def _table(path: Path) -> Iterator[Any]:
    """Gives what writes a row of a CSV file that takes its place when it is whole."""
    # Excel takes a file for UTF-8 only where it begins with this mark; Canvas and Moodle need none.
    encoding = "utf-8-sig" if path.name == NAMES[0] else "utf-8"
    with files.replacing(path, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        yield lambda values: writer.writerow([cell(value) for value in values])
