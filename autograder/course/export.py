"""The grades of a class as tables: for people, for Canvas, for Moodle.

Every text in them may come from a stranger, and a spreadsheet takes a text that begins like a formula for one: such a
text gets an apostrophe in front.  Numbers stay numbers.  A submission without a grade has an empty cell, never a 0.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import course
from autograder.course.course import Graded
from autograder.result import clean

NAMES = ("grades.csv", "canvas.csv", "moodle.csv")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
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

    def add(self, graded: Graded) -> None:
        self.count += 1
        if graded.fault:
            self.faulty += 1
            self.faults += [graded.id] if len(self.faults) < 5 else []
            return
        self.graded += 1
        self.total += graded.score
        self.points = max(self.points, graded.points)
        if self.lowest is None or graded.score < self.lowest:
            self.lowest, self.lowest_id = graded.score, graded.id

    @property
    def mean(self) -> float:
        return self.total / self.graded if self.graded else 0.0


def write(folder: Path, title: str, points: float) -> Summary:
    """Write the three tables of the class in `folder` there, in one pass.  Raises course.Unusable, OSError."""
    keys: dict[str, str] = {}
    for graded in course.read(folder):
        keys |= {key: line.number for key, line in graded.lines.items() if key not in keys}
    summary = Summary(points=points)
    grades, canvas, moodle = (_Table(folder / name, bom=name == "grades.csv") for name in NAMES)
    with grades, canvas, moodle:
        head = ["id", "name", "email", "sid", "score", "points"]
        grades.row([*head, *(f"{number} {key}" for key, number in keys.items()), "misconceptions", "fault", "note"])
        canvas.row(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title])
        canvas.row(["    Points Possible", "", "", "", "", points])
        moodle.row(
            ["Identifier", "Full name", "Email address", "ID number", "Grade", "Maximum grade",
             "Last modified (grade)", "Feedback comments"]
        )  # fmt: skip
        for graded in course.read(folder):
            summary.add(graded)
            score: float | str = "" if graded.fault else graded.score
            for student in _students(graded):
                who = [student.get("name", ""), student.get("email", ""), student.get("sid", "")]
                lines = (_points(graded, key) for key in keys)
                end = [_misconceptions(graded), graded.fault, _note(graded)]
                grades.row([graded.id, *who, score, graded.points or points, *lines, *end])
                canvas.row([*_canvas(graded, student), "", score])
                moodle.row([*_moodle(graded, student), score, points, "", _feedback(graded)])
    return summary


def _students(graded: Graded) -> Iterator[dict[str, str]]:
    """One row for each student of a group; one for nobody, where nobody is known."""
    yield from graded.students or [_NOBODY]


def _points(graded: Graded, key: str) -> float | str:
    line = graded.lines.get(key)
    return "" if line is None or line.verdict == "fault" else line.score


def _misconceptions(graded: Graded) -> str:
    return " ".join(dict.fromkeys(line.misconception for line in graded.lines.values() if line.misconception))


def _note(graded: Graded) -> str:
    notes = graded.about.get("notes")
    said = [str(note) for note in notes] if isinstance(notes, list) else []
    said += [] if graded.fault else graded.output.split("\n")[:3]
    return " ".join(filter(None, said))


def _canvas(graded: Graded, student: dict[str, str]) -> list[Any]:
    """Canvas looks for a student by its own number, then by the two others, then by the name."""
    email, number = student.get("email", ""), student.get("canvas", "")
    return [student.get("name", "") or email or graded.id, number, student.get("sid", ""), email]


def _moodle(graded: Graded, student: dict[str, str]) -> list[Any]:
    """A grading worksheet finds a participant by the number, the import of grades by what the teacher chooses."""
    number = student.get("moodle", "")
    identifier = f"Participant {number}" if number else ""
    return [identifier, student.get("name", "") or graded.id, student.get("email", ""), student.get("sid", "")]


def _feedback(graded: Graded) -> str:
    """One short paragraph: Moodle shows it beside the grade."""
    if graded.fault:
        return ""
    lost = [line for line in graded.lines.values() if line.verdict != "passed" and line.score < line.points]
    lines = [f"{line.number} {line.title}: {line.score:g}/{line.points:g}" for line in lost]
    return "; ".join(lines) or "All lines passed."


# --- cells -----------------------------------------------------------------------------------------------------------


def cell(value: object) -> object:
    """What may stand in a cell: a number as it is, a text on one line and never a formula."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if float(value).is_integer() else value
    text = " ".join(clean(str(value), 5000).replace("\t", " ").replace("\n", " ").split(" "))
    # A spreadsheet also looks behind spaces and quotes.
    return "'" + text if text.lstrip(" \"'\xa0\u3000\ufffd").startswith(_FORMULA) else text


class _Table:
    """A CSV file that takes its place when it is whole."""

    def __init__(self, path: Path, bom: bool) -> None:
        self.path = path
        self.new = path.with_name(f".{path.name}.{os.getpid()}")
        # Excel takes a file for UTF-8 only where it begins with this mark; Canvas and Moodle need none.
        self.file: io.TextIOWrapper = open(  # noqa: SIM115
            self.new, "w", encoding="utf-8-sig" if bom else "utf-8", newline=""
        )
        self.csv = csv.writer(self.file, lineterminator="\r\n")

    def __enter__(self) -> _Table:
        return self

    def row(self, values: list[Any]) -> None:
        self.csv.writerow([cell(value) for value in values])

    def __exit__(self, kind: object, *_: object) -> None:
        with self.file:
            if kind is None:
                self.file.flush()
                os.fsync(self.file.fileno())
        if kind is None:
            os.replace(self.new, self.path)
        else:
            self.new.unlink(missing_ok=True)
