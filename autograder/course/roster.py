"""All students of a course, from a CSV or from the LMS's own gradebook, and that gradebook filled in.

Students are joined by ID, then by login, then by email, and never by name alone.  What the importers accept follows
lib/gradebook_importer.rb of instructure/canvas-lms and mod/assign/feedback/offline of moodle/moodle:

- Canvas reads the columns up to Section by their places and finds a grade's column by "Title (number)"; "EX" excuses.
- Moodle finds its columns by the headings of the course's language, and skips a row whose "Last modified (grade)" is
  older than the grade that it has.  It reads that date in English or ISO form only.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from autograder import files
from autograder.course import store
from autograder.course.importers import Student, student
from autograder.course.store import Graded, Row, Status
from autograder.errors import UserError
from autograder.result import clean
from autograder.submission import shown, shown_path

MAX_SIZE = 64 << 20
IDS, LOGIN, EMAIL = ("canvas", "moodle", "sid"), "login", "email"
# Headings of columns, in the languages of Moodle's most used packs; an email is also known by its @.
HEADINGS = {
    "first": "first name|firstname|given name|vorname|prénom|nombre|nome|voornaam",
    "last": "last name|lastname|surname|family name|nachname|nom|nom de famille|apellido|apellidos|apellido(s)|cognome|"
    "sobrenome|achternaam",
    "name": "name|full name|student|student name|vollständiger name|nom complet|nombre completo|nome completo|"
    "volledige naam|имя|氏名|全名",
    "email": "email|e-mail|email address|e-mail address|e-mail-adresse|adresse de courriel|adresse e-mail|"
    "dirección de correo|dirección de correo electrónico|correo electrónico|indirizzo email|e-mailadres",
    "sid": "sid|id|student id|student_id|id number|student number|sis user id|uin|matrikelnummer|id-nummer|identifier|"
    "numéro d'identification|número de id|número de identificación|codice identificativo|matriculation number",
    "login": "login|username|user name|user|github_username|sis login id|netid|anmeldename|nom d'utilisateur|"
    "nombre de usuario|gebruikersnaam",
}  # fmt: skip
_CANVAS_SUMS = re.compile("(?:Current|Final|Override) (?:Score|Points|Grade|Status)")


@dataclass
class Roster:
    """A table of students.

    Attributes
    ----------
    cells : list of list of str
        The whole file.
    places : list of int
        The row of each student in `cells`.
    unknown : list of str
        Submissions by students who are not in the roster, and why.
    """

    path: Path
    kind: str  # canvas, moodle or other
    cells: list[list[str]]
    students: list[Student]
    places: list[int]
    dialect: tuple[str, str, bool]  # delimiter, line end, whether the file begins with a byte order mark
    grade: int | None = None  # the column that is filled in
    modified: int | None = None
    comments: int | None = None
    unknown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index: dict[tuple[str, str], int | None] = {}
        for place, who in enumerate(self.students):
            for key in _keys(who):
                # What two students have in common is nobody's.
                self.index[key] = place if self.index.get(key, place) == place else None

    def match(self, who: Student) -> int | None:
        """The place of a student; None if there is none, or if the names say that it is somebody else."""
        for key in _keys(who):
            place = self.index.get(key)
            if place is not None:
                return None if key[0] in ("canvas", "moodle") and _differ(who, self.students[place]) else place
        return None

    def find(self, reference: str) -> Student | None:
        """The student whom an ID, a login, a number or an email means."""
        name = reference.casefold()
        places = {self.index.get((kind, name)) for kind in (*IDS, LOGIN, EMAIL)} - {None}
        return self.students[places.pop() or 0] if len(places) == 1 else None

    def join(self, rows: Iterable[Row]) -> list[Student]:
        """Complete the identities of a class, and give the students who submitted nothing.

        Raises
        ------
        UserError
            If one student has two submissions.
        """
        owner: dict[int, Row] = {}
        for row in rows:
            for number, who in enumerate(row.students):
                place = self.match(who)
                if place is None:
                    self.unknown.append(f"{who['name'] or row.id} ({row.file})")
                    continue
                other = owner.setdefault(place, row)
                if other is not row:
                    raise UserError(
                        f"{self.students[place]['name']} has two submissions: {other.file} and {row.file}. Nothing was "
                        "graded. Remove one of them."
                    )
                row.students[number] = who | {key: value for key, value in self.students[place].items() if value}
            if not row.students:
                self.unknown.append(f"{row.id} (no name)")
        return [who for place, who in enumerate(self.students) if place not in owner]

    def fill(self, folder: Path, points: float) -> list[str]:
        """Write the roster's own file with the grades into `folder`; what is to be said about it.

        Columns that hold no grade, and rows of students without one, are left as they are.
        """
        if self.grade is None:
            return []
        cells = [list(row) for row in self.cells]
        now = f"{datetime.now(timezone.utc):%Y-%m-%d} 23:59:59 +0000"
        count = 0
        for row in store.rows(folder):
            graded = store.load(store.place_of(folder, row.id), row.id) if row.status is Status.GRADED else None
            for who in row.students:
                place = self.match(who)
                if place is not None and (graded or row.status is Status.EXCUSED):
                    count += self._fill_row(cells[self.places[place]], graded, now)
        delimiter, end, mark = self.dialect
        out = folder / f"{self.path.stem}-filled{self.path.suffix}"
        with files.replacing(out, "w", newline="", encoding="utf-8-sig" if mark else "utf-8") as file:
            csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(cells)
        said = [f"Filled in {count} grades, column {self._heading()!r}: {shown_path(out)}"]
        most = self._points_possible()
        if most is not None and most != points:
            said.append(f"That column is worth {most:g} points and the rubric {points:g}: change one of them.")
        return said

    def _fill_row(self, row: list[str], graded: Graded | None, now: str) -> bool:
        """Put one grade in; whether there was one to put in."""
        assert self.grade is not None
        if graded is None and self.kind != "canvas":
            return False
        row += [""] * (max(self.grade, self.modified or 0, self.comments or 0) + 1 - len(row))
        row[self.grade] = "EX" if graded is None else f"{graded.score:.6g}"
        if self.modified is not None:
            row[self.modified] = now
        if self.comments is not None and graded is not None:
            row[self.comments] = str(cell(graded.feedback))
        return True

    def _heading(self) -> str:
        return self.cells[0][self.grade] if self.grade is not None else ""

    def _points_possible(self) -> float | None:
        if self.kind == "canvas":
            row = next((r for r in self.cells[1:4] if r and "Points Possible" in r[0]), [])
            return _number(row[self.grade]) if self.grade is not None and self.grade < len(row) else None
        if self.kind == "moodle" and self.grade is not None and self.places:
            return _number(self.cells[self.places[0]][self.grade + 1])
        return None


def _keys(who: Student) -> list[tuple[str, str]]:
    """What a student is joined by, the best first.  A login may be an email, as Canvas's often is."""
    keys = [(name, who[name].casefold()) for name in (*IDS, LOGIN, EMAIL) if who.get(name)]
    login, email = who.get(LOGIN, ""), who.get(EMAIL, "")
    keys += [(EMAIL, login.casefold())] if "@" in login else []
    return [*keys, (LOGIN, email.casefold())] if email else keys


def _differ(one: Student, two: Student) -> bool:
    """Whether two names with one number have nothing in common, as where the number is a group's."""
    texts = [_letters(who["name"]) for who in (one, two)]
    words = [{_letters(word) for word in re.split(r"[\W_]+", who["name"]) if len(word) > 1} for who in (one, two)]
    if not all(texts) or any(re.search(r"\d{3}$", text) for text in texts):
        return False  # a hidden name differs from any other
    return (
        not (words[0] & words[1])
        and not any(w in texts[1] for w in words[0])
        and not any(w in texts[0] for w in words[1])
    )


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if c.isalnum())


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def cell(value: object) -> object:
    """A value for a spreadsheet's cell: a number as it is, a text on one line and never a formula."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if float(value).is_integer() else value
    text = " ".join(clean(str(value), 5000).replace("\t", " ").replace("\n", " ").split(" "))
    # A spreadsheet also looks behind spaces and quotes.
    is_formula = text.lstrip(" \"'\xa0\u3000\ufffd").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    return "'" + text if is_formula else text


# --- reading ----------------------------------------------------------------------------------------------------------


def load(path: Path, title: str, column: str | None = None) -> Roster:
    """Read a roster.

    Parameters
    ----------
    title : str
        The rubric's title, by which the column for the grade is found.
    column : str, optional
        The heading of that column.

    Raises
    ------
    UserError
        If it can't be read, or if nothing in it can be joined.
    """
    cells, dialect = _table(path)
    header = [heading.strip() for heading in cells[0]]
    if (len(header) > 3 and "Student" in header[0] and "ID" in header[1]) or header[:2] == ["LastName", "FirstName"]:
        return _canvas(path, cells, header, dialect, title, column)
    number = re.compile(r"(?P<word>\D+?)\s?(?P<number>\d+)")
    body = [row for row in cells[1:] if any(row)]
    marks = [number.fullmatch(row[0].strip()) for row in body if row]
    if body and all(marks) and len({mark["word"] for mark in marks if mark}) == 1 and _most_grade(body) is not None:
        return _moodle(path, cells, header, dialect, column)
    return _other(path, cells, header, dialect, title, column)


def _table(path: Path) -> tuple[list[list[str]], tuple[str, str, bool]]:
    try:
        data = path.read_bytes()[:MAX_SIZE]
    except OSError as error:
        raise UserError(f"{shown_path(path)} can't be read: {error.strerror}.") from None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UserError(f"{shown_path(path)} is not a CSV file: {error}.") from None
    if not cells or len(cells[0]) < 2:
        raise UserError(f"{shown_path(path)} is not a table with a row of headings.")
    return cells, (delimiter, "\r\n" if "\r\n" in text else "\n", data.startswith(b"\xef\xbb\xbf"))


def _canvas(
    path: Path,
    cells: list[list[str]],
    header: list[str],
    dialect: tuple[str, str, bool],
    title: str,
    column: str | None,
) -> Roster:
    places, students = [], []
    at = {name: header.index(name) for name in ("ID", "SIS User ID", "SIS Login ID", "Section") if name in header}
    points: list[str] = []
    for place, row in enumerate(cells[1:], 1):
        if row and "Points Possible" in row[0]:
            points = row
        elif row and any(row) and not all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", c, re.I) for c in row):
            who = {name: row[i].strip() if i < len(row) else "" for name, i in at.items()}
            name = f"{row[1]} {row[0]}" if header[0] == "LastName" else _in_order(row[0])
            if name != "Test Student" and (who.get("ID") or who.get("SIS Login ID") or who.get("SIS User ID")):
                login = who.get("SIS Login ID", "")
                students.append(
                    student(
                        name,
                        login if "@" in login else "",
                        who.get("SIS User ID", ""),
                        login=login,
                        canvas=who.get("ID", ""),
                    )
                )
                places.append(place)
    first = at.get("Section", max(at.values())) + 1
    columns = [
        i
        for i, heading in enumerate(header)
        if i >= first and heading and not _CANVAS_SUMS.search(heading)
        and not (i < len(points) and "read only" in points[i])
    ]  # fmt: skip
    grade = _column(path, header, columns, title, column)
    return Roster(path, "canvas", cells, students, places, dialect, grade)


def _in_order(name: str) -> str:
    """`Lovelace, Ada` as `Ada Lovelace`."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and "," not in first else name.strip()


def _column(path: Path, header: Sequence[str], columns: Sequence[int], title: str, wanted: str | None) -> int | None:
    """The column for the grade.  Raises UserError if there is doubt."""
    names = {i: header[i] for i in columns}
    plain = {i: re.sub(r"\s*\(\d+\)$", "", name).casefold() for i, name in names.items()}
    word = (wanted or title).strip().casefold()
    found = [i for i in columns if word in (names[i].casefold(), plain[i])]
    found = found or [i for i in columns if word in names[i].casefold()]
    if len(found) == 1:
        return found[0]
    if wanted is None and not found and len(columns) == 1:
        return columns[0]
    listed = ", ".join(repr(shown(name)) for name in names.values()) or "none"
    raise UserError(
        f"{shown_path(path)}: it isn't clear which column is for the grade. Give --column, one of: {listed}."
    )


def _most_grade(body: Sequence[Sequence[str]]) -> int | None:
    """Moodle's column "Maximum grade": one number in all rows, right of a column of grades."""
    for i in range(2, min(map(len, body))):
        most = {_number(row[i]) for row in body}
        grades = [_number(row[i - 1]) for row in body]
        top = next(iter(most))
        empty = all(not row[i - 1].strip() or grade is not None for row, grade in zip(body, grades, strict=True))
        if len(most) == 1 and top and top > 0 and empty and all(grade is None or grade <= top for grade in grades):
            return i
    return None


def _moodle(
    path: Path, cells: list[list[str]], header: list[str], dialect: tuple[str, str, bool], column: str | None
) -> Roster:
    """A grading worksheet, in any language."""
    body = [row for row in cells[1:] if any(row)]
    places = [place for place, row in enumerate(cells) if place and any(row)]
    known = _headings(["", *header[1:]], body)  # the first column is Moodle's own number
    students = []
    for row in body:
        number = re.search(r"\d+$", row[0].strip())
        who = {name: row[i].strip() for name, i in known.items() if i and i < len(row)}
        students.append(
            student(who.get("name", ""), who.get("email", ""), who.get("sid", ""), login=who.get("login", ""),
                    moodle=number[0] if number else "")
        )  # fmt: skip
    most = _most_grade(body)
    grade = _column(path, header, range(len(header)), "", column) if column else (most or 1) - 1
    if grade is None:
        return Roster(path, "moodle", cells, students, places, dialect)
    # "Last modified (submission)" and "Last modified (grade)" differ only in the brackets; the grade's is the last.
    dates = [i for i in range(grade + 1, len(header)) if re.fullmatch(r"[^()（）]+[(（][^()（）]+[)）]", header[i])]
    if not dates:
        raise UserError(f"{shown_path(path)} has no column like 'Last modified (grade)'. Download the worksheet again.")
    comments = dates[-1] + 1 if dates[-1] + 1 < len(header) else None
    return Roster(path, "moodle", cells, students, places, dialect, grade, dates[-1], comments)


def _headings(header: Sequence[str], body: Sequence[Sequence[str]]) -> dict[str, int]:
    """Where names, emails, IDs and logins are."""
    found: dict[str, int] = {}
    for name, words in HEADINGS.items():
        known = words.split("|")
        at = [
            i
            for i, heading in enumerate(header)
            if heading.casefold().replace("_", " ").replace("github ", "github_") in known
        ]
        if at:
            found[name] = at[0]
    shares = Counter(
        i for row in body for i, value in enumerate(row) if re.fullmatch(r"[^@\s]+@[^@\s]+", value.strip())
    )
    if "email" not in found and shares:
        column, count = shares.most_common(1)[0]
        if 2 * count > len(body) and column not in found.values():
            found["email"] = column
    return found


def _other(
    path: Path,
    cells: list[list[str]],
    header: list[str],
    dialect: tuple[str, str, bool],
    title: str,
    column: str | None,
) -> Roster:
    """Any table with headings."""
    body = [row for row in cells[1:] if any(row)]
    places = [place for place, row in enumerate(cells) if place and any(row)]
    known = _headings(header, body)
    if not known.keys() & {"sid", "login", "email"}:
        raise UserError(
            f"{shown_path(path)} has no column of student IDs, logins or emails, and names alone are never joined. Its "
            f"headings are: {', '.join(map(shown, header[:12]))}."
        )
    students = []
    for row in body:
        who = {name: row[i].strip() for name, i in known.items() if i < len(row)}
        name = who.get("name") or f"{who.get('first', '')} {who.get('last', '')}".strip()
        sid = who.get("sid", "")
        email = who.get("email", "") or (sid if "@" in sid else "")
        students.append(student(name, email, "" if "@" in sid else sid, login=who.get("login", "")))
    columns = [i for i in range(len(header)) if i not in known.values()]
    has = column or any(title.casefold() in heading.casefold() for heading in header)
    grade = _column(path, header, columns, title, column) if has else None
    return Roster(path, "other", cells, students, places, dialect, grade)
