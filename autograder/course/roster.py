"""All students of a course, from a CSV or from the LMS's own gradebook, and that gradebook filled in.

Students are joined by ID, login and email, which must agree, and never by name alone.  What the importers accept
follows lib/gradebook_importer.rb of instructure/canvas-lms and mod/assign/feedback/offline of moodle/moodle:

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
from pathlib import Path

from autograder import files
from autograder.course import store
from autograder.course.export import cell, now
from autograder.course.importers import student
from autograder.course.store import Graded, Row, Status, Student
from autograder.errors import UserError
from autograder.submission import shown, shown_path

MAX_SIZE = 64 << 20
IDS, LOGIN, EMAIL = ("canvas", "moodle", "sid"), "login", "email"
# Headings of columns, the best first, in the languages of Moodle's most used packs; an email is also known by its @.
HEADINGS = {
    "first": "first name|firstname|given name|vorname|prénom|nombre|nome|voornaam",
    "last": "last name|lastname|surname|family name|nachname|nom|nom de famille|apellido|apellidos|apellido(s)|cognome|"
    "sobrenome|achternaam",
    "name": "name|full name|student|student name|vollständiger name|nom complet|nombre completo|nome completo|"
    "volledige naam|имя|氏名|全名",
    "email": "email|e-mail|email address|e-mail address|e-mail-adresse|adresse de courriel|adresse e-mail|"
    "dirección de correo|dirección de correo electrónico|correo electrónico|indirizzo email|e-mailadres",
    "sid": "sid|student id|student number|id number|sis user id|uin|matrikelnummer|matriculation number|id-nummer|"
    "numéro d'identification|número de id|número de identificación|codice identificativo|identifier|id",
    "login": "login|username|user name|user|github username|sis login id|netid|anmeldename|nom d'utilisateur|"
    "nombre de usuario|gebruikersnaam",
}  # fmt: skip
# Moodle's "Last modified (submission)" and "Last modified (grade)" differ only in the brackets.
_DATE = re.compile(r"[^()（）]+[(（][^()（）\d]+[)）]")
_CANVAS_SUMS = re.compile("(?:Current|Final|Override) (?:Score|Points|Grade|Status)")


@dataclass
class Roster:
    """A table of students."""

    table: Table  # the whole file
    kind: str  # canvas, moodle or other
    students: dict[int, Student]  # by the row of the table
    grade: int | None = None  # the column that is filled in
    modified: int | None = None
    comments: int | None = None
    problem: str = ""  # why the column for the grade isn't known
    unknown: list[str] = field(default_factory=list)  # submissions by students who are not in the roster

    def __post_init__(self) -> None:
        self.index: dict[tuple[str, str], int | None] = {}
        self.rows: dict[int, list[int]] = {}  # those of each student, who may be listed twice
        best: dict[tuple[str, str], int] = {}
        for place, who in self.students.items():
            keys = keys_of(who)
            first = best.setdefault(keys[0], place) if keys else place
            if self.students[first] != who:
                raise UserError(
                    f"{shown_path(self.table.path)}: lines {first + 1} and {place + 1} are two students with one "
                    f"{_said(keys[0])}. Correct one of them."
                )
            self.rows.setdefault(first, []).append(place)
            for key in keys:
                # What two students have in common is nobody's.
                self.index[key] = first if self.index.get(key, first) == first else None

    def match(self, who: Student) -> int | None:
        """The place of a student; None if there is none, or if what is known of the student is not one student's."""
        return self._find(who)[0]

    def _find(self, who: Student) -> tuple[int | None, str]:
        """The place of a student, and if there is none, why."""
        found = {key: place for key in keys_of(who) if (place := self.index.get(key)) is not None}
        places = list(dict.fromkeys(found.values()))
        is_by_number = all(kind in IDS for kind, _ in found)
        if len(places) == 1 and not (is_by_number and _differ(who, self.students[places[0]])):
            return places[0], ""
        owners = {_said(key): self.students[place]["name"] or f"line {place + 1}" for key, place in found.items()}
        return None, " and ".join(f"{key} is of {name}" for key, name in owners.items())

    def join(self, rows: Iterable[Row], plain: bool = False) -> list[Student]:
        """Complete the identities of a class, and give the students who submitted nothing.

        In a `plain` class a name is an ID, a login or an email.  Raises UserError if one student has two submissions.
        """
        owners: dict[object, Row] = {}
        for row in rows:
            for number, who in enumerate(row.students):
                name = who["name"]
                place, why = self._find(student("", name, name, login=name) if plain else who)
                if place is None:
                    self.unknown.append(f"{name or row.id} ({row.file}{why and f'; {why}'})")
                    continue
                row.students[number] = who | {key: value for key, value in self.students[place].items() if value}
                _claim(owners, place, row, row.students[number])
            if not row.students:
                self.unknown.append(f"{row.id} (no name)")
        return [self.students[place] for place in self.rows if place not in owners]

    def fill(self, folder: Path, points: float) -> list[str]:
        """Write the roster's own file with the grades into `folder`; what is to be said about it.

        Columns that hold no grade, and rows of students without one, are left as they are.
        """
        if self.grade is None:
            return [f"No gradebook was filled in: {self.problem}"] if self.problem else []
        cells = [list(row) for row in self.table.cells]
        count = 0
        for row, graded in store.read(folder):
            for who in row.students:
                place = self.match(who)
                if place is not None:
                    done = [self._fill_row(cells[one], row.status, graded) for one in self.rows[place]]
                    count += any(done)
        out = folder / f"{self.table.path.stem}-filled{self.table.path.suffix}"
        self.table.write(out, cells)
        heading, most = self.table.header[self.grade], self._points_possible()
        said = [f"Filled in {count} grade{'s' * (count != 1)}, column {heading!r}: {shown_path(out)}"]
        if most is not None and most != points:
            said.append(f"That column is worth {most:g} points and the rubric {points:g}: change one of them.")
        return said

    def _fill_row(self, row: list[str], status: Status, graded: Graded | None) -> bool:
        """Put one grade in; whether there was one to put in."""
        assert self.grade is not None
        if status is not Status.GRADED and not (status is Status.EXCUSED and self.kind == "canvas"):
            return False
        row += [""] * (max(self.grade, self.modified or 0, self.comments or 0) + 1 - len(row))
        row[self.grade] = f"{graded.score:.6g}" if graded else "EX"
        if self.modified is not None:
            row[self.modified] = now()
        if self.comments is not None and graded is not None:
            row[self.comments] = str(cell(graded.about.get("feedback", "")))
        return True

    def _points_possible(self) -> float | None:
        """What the column says that it is worth: Canvas in a row of its own, Moodle in the next column."""
        cells = self.table.cells
        if self.grade is None or self.kind == "other":
            return None
        if self.kind == "moodle":
            return _number(cells[min(self.students)][self.grade + 1])
        below = cells[self.table.top + 1 : self.table.top + 4]
        row = next((row for row in below if row and "Points Possible" in row[0]), [])
        return _number(row[self.grade]) if self.grade < len(row) else None


def refuse_two(rows: Iterable[Row]) -> None:
    """Raise UserError if one student, by ID, login or email, has two submissions."""
    owners: dict[object, Row] = {}
    for row in rows:
        for who in row.students:
            for key in keys_of(who):
                _claim(owners, key, row, who)


def _claim(owners: dict[object, Row], what: object, row: Row, who: Student) -> None:
    """Note whose submission it is.  Raises UserError if there is another by the same student."""
    other = owners.setdefault(what, row)
    if other is not row:
        raise UserError(
            f"{who['name'] or who['email'] or row.id} has two submissions: {other.file} and {row.file}. Nothing was "
            "graded. Remove one of them."
        )


def keys_of(who: Student) -> list[tuple[str, str]]:
    """What a student is joined by, the best first.  A login may be an email, as Canvas's often is."""
    keys = [(name, who[name].casefold()) for name in (*IDS, LOGIN, EMAIL) if who.get(name)]
    login, email = who.get(LOGIN, ""), who.get(EMAIL, "")
    keys += [(EMAIL, login.casefold())] if "@" in login else []
    return [*keys, (LOGIN, email.casefold())] if email else keys


def _said(key: tuple[str, str]) -> str:
    """A key for people."""
    return f"ID {key[1]}" if key[0] in IDS else key[1]


def _differ(one: Student, two: Student) -> bool:
    """Whether two names with one number have nothing in common, as where the number is a group's or a row's."""
    whole = _letters(one["name"])
    words = [_letters(word) for word in re.split(r"[\W_]+", two["name"]) if len(word) > 1]
    # What stands in for a name differs from any, and so does a name in another script.
    keys = {one.get(key) for key in (*IDS, LOGIN, EMAIL)}
    is_hidden = not whole or one["name"] in keys or re.search(r"\d{3}$", whole)
    is_comparable = bool(re.search("[a-z]", whole)) == bool(re.search("[a-z]", "".join(words)))
    return bool(words) and not is_hidden and is_comparable and not any(word in whole for word in words)


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if c.isalnum())


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass
class Table:
    """A CSV file as it was read, to be written in the same form."""

    path: Path
    cells: list[list[str]]
    delimiter: str
    end: str
    encoding: str
    top: int  # the row of the headings

    @property
    def header(self) -> list[str]:
        return [heading.strip() for heading in self.cells[self.top]]

    @property
    def body(self) -> dict[int, list[str]]:
        """The rows with anything in them, without the headings, by place."""
        return {place: row for place, row in enumerate(self.cells) if place > self.top and any(row)}

    def write(self, path: Path, cells: list[list[str]]) -> None:
        """Write other cells in this form.  Raises OSError."""
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, lineterminator=self.end).writerows(cells)
        try:
            data = text.getvalue().encode(self.encoding, "surrogateescape")
        except UnicodeEncodeError:  # a comment has letters that this encoding has not
            data = text.getvalue().encode("utf-8-sig", "replace")
        files.put(path, data)


def _read(path: Path) -> Table:
    try:
        data = path.read_bytes()[:MAX_SIZE]
    except OSError as error:
        raise UserError(f"{shown_path(path)} can't be read: {error.strerror}.") from None
    encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else encoding
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"
        text = data.decode(encoding, "surrogateescape")
    first = next((line for line in text.split("\n") if line.strip(",;\t\r ")), "")
    delimiter = max(",;\t", key=first.count)
    try:
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UserError(f"{shown_path(path)} is not a CSV file: {error}.") from None
    top = next((place for place, row in enumerate(cells) if any(cell.strip() for cell in row)), None)
    if top is None or len(cells[top]) < 2:
        raise UserError(f"{shown_path(path)} is not a table with a row of headings.")
    return Table(path, cells, delimiter, "\r\n" if "\r\n" in text else "\n", encoding, top)


def load(path: Path, title: str, column: str | None = None) -> Roster:
    """Read a roster.  Raises UserError if it can't be read, or if nothing in it can be joined.

    `column` is the heading of the column for the grade; without it the rubric's `title` finds it.
    """
    table = _read(path)
    header, rows = table.header, list(table.body.values())
    if (len(header) > 3 and "Student" in header[0] and "ID" in header[1]) or header[:2] == ["LastName", "FirstName"]:
        return _canvas(table, title, column)
    # Moodle's first column has one word, "Participant" in the course's language, and a number.
    words = {re.sub(r"\s?\d+$", "", row[0].strip()) for row in rows}
    is_numbered = all(re.fullmatch(r"\D+\d+", row[0].strip()) for row in rows)
    dates = [i for i, heading in enumerate(header) if _DATE.fullmatch(heading)]
    if is_numbered and len(words) == 1 and len(dates) > 1:
        return _moodle(table, dates[-1], column)
    return _other(table, title, column)


def _canvas(table: Table, title: str, column: str | None) -> Roster:
    header, points = table.header, []
    at = {name: header.index(name) for name in ("ID", "SIS User ID", "SIS Login ID", "Section") if name in header}
    students = {}
    for place, row in table.body.items():
        if "Points Possible" in row[0]:
            points = row
        elif not all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", value, re.I) for value in row):
            known = (row[at[name]].strip() if at.get(name, len(row)) < len(row) else "" for name in at)
            who = dict(zip(at, known, strict=True))
            last, comma, first = row[0].partition(",")
            name = f"{row[1]} {last}" if header[0] == "LastName" else f"{first} {last}" if comma else last
            login, sid, number = (who.get(key, "") for key in ("SIS Login ID", "SIS User ID", "ID"))
            if name.strip() != "Test Student" and (number or login or sid):
                email = login if "@" in login else ""
                students[place] = student(name, email, sid, login=login, canvas=number)
    first_column = at.get("Section", max(at.values())) + 1
    columns = [
        i
        for i, heading in enumerate(header)
        if i >= first_column and heading and not _CANVAS_SUMS.search(heading)
        and not (i < len(points) and "read only" in points[i])
    ]  # fmt: skip
    grade, problem = _column(table, columns, title, column)
    return Roster(table, "canvas", students, grade, problem=problem)


def _column(
    table: Table, columns: Sequence[int], title: str, wanted: str | None, is_sure: bool = True
) -> tuple[int | None, str]:
    """The column for the grade, or why it isn't known.  Raises UserError if one is wanted that isn't there.

    The only column is the one, whatever it is called, if it is sure to be for a grade.
    """
    names = {i: table.header[i] for i in columns}
    plain = {i: re.sub(r"\s*\(\d+\)$", "", name).casefold() for i, name in names.items()}
    word = (wanted or title).strip().casefold()
    found = [i for i in columns if word in (names[i].casefold(), plain[i])]
    found = found or [i for i in columns if word in names[i].casefold()]
    if len(found) == 1:
        return found[0], ""
    if wanted is None and not found and len(columns) == 1 and is_sure:
        return columns[0], ""
    what = f"{len(found)} columns are called" if found else "no column is called"
    listed = ", ".join(repr(shown(name)) for name in names.values() if name)
    problem = f"{shown_path(table.path)}: {what} {shown(wanted or title)!r}. Give --column with one of: {listed}."
    if not listed:
        problem = f"{shown_path(table.path)} has no column for a grade."
    if wanted is not None:
        raise UserError(problem)
    return None, problem


def _most_grade(body: Sequence[Sequence[str]], end: int) -> int | None:
    """Moodle's column "Maximum grade": one number in all rows, right of a column of grades."""
    for i in reversed(range(2, min(end, *map(len, body)))):
        top = _number(body[0][i])
        is_same = all(_number(row[i]) == top for row in body)
        grades = [_number(row[i - 1]) for row in body if row[i - 1].strip()]
        if is_same and top and top > 0 and None not in grades:
            return i
    return None


def _moodle(table: Table, modified: int, column: str | None) -> Roster:
    """A grading worksheet, in any language; `modified` is its column "Last modified (grade)"."""
    header, body = table.header, table.body
    known = _headings(["", *header[1:]], list(body.values()))  # the first column is Moodle's own number
    students = {place: _student(row, known, moodle=re.sub(r"\D", "", row[0])) for place, row in body.items()}
    most = _most_grade(list(body.values()), modified)
    grade = _column(table, range(len(header)), "", column)[0] if column else most and most - 1
    comments = modified + 1 if modified + 1 < len(header) else None
    problem = (
        f"{shown_path(table.path)} has no column of maximum grades. Let the assignment be graded by points, not by a "
        "scale, and download the worksheet again."
    )
    return Roster(table, "moodle", students, grade, modified, comments, problem)


def _other(table: Table, title: str, column: str | None) -> Roster:
    """Any table with headings."""
    header = table.header
    known = _headings(header, list(table.body.values()))
    if not known.keys() & {"sid", "login", "email"}:
        raise UserError(
            f"{shown_path(table.path)} has no column of student IDs, logins or emails, and names alone are never "
            f"joined. Its headings are: {', '.join(map(shown, header[:12]))}."
        )
    students = {place: _student(row, known) for place, row in table.body.items()}
    columns = [i for i in range(len(header)) if i not in known.values()]
    grade, problem = _column(table, columns, title, column, is_sure=False)
    return Roster(table, "other", students, grade, problem=problem)


def _headings(header: Sequence[str], body: Sequence[Sequence[str]]) -> dict[str, int]:
    """Where names, emails, IDs and logins are."""
    found: dict[str, int] = {}
    plain = [heading.casefold().replace("_", " ") for heading in header]
    for name, words in HEADINGS.items():
        places = [plain.index(word) for word in words.split("|") if word in plain]
        if places:
            found[name] = places[0]
    email = re.compile(r"\s*[^@\s]+@[^@\s]+\s*")
    emails = Counter(i for row in body for i, value in enumerate(row) if email.fullmatch(value))
    for place, count in emails.most_common(1):
        if "email" not in found and 2 * count > len(body) and place not in found.values():
            found["email"] = place
    return found


def _student(row: Sequence[str], known: dict[str, int], **more: str) -> Student:
    """Who a row is, by the columns that are known."""
    who = {name: row[i].strip() if i < len(row) else "" for name, i in known.items()}
    name, sid = who.get("name") or f"{who.get('first', '')} {who.get('last', '')}", who.get("sid", "")
    email = who.get("email", "") or (sid if "@" in sid else "")
    return student(name, email, "" if "@" in sid else sid, login=who.get("login", ""), **more)
