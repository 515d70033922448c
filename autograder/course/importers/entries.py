"""What an importer gives: entries with an identity, one for each student or group, found file by file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from autograder.course.importers.source import Source, choose, in_folder
from autograder.course.store import Student
from autograder.errors import UserError
from autograder.result import clean
from autograder.submission import Submission, main_file, shown

MAX_TEXT = 200  # characters of a name, an address, a number
MAX_ID = 90  # of an ID: it is part of the names of files
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(\.|$)", re.I)  # on Windows
_NUMBERED = re.compile(r"-[0-9a-f]{8}$")  # looks like an ID that was made unique


@dataclass(frozen=True)
class Entry:
    """One submission that was found.  `read` gives what was handed in, or raises UserError."""

    id: str  # safe as a file's name on every system; it follows from the entry's own name alone
    file: str  # where it is in the class
    read: Callable[[], Submission]
    students: tuple[Student, ...] = ()
    created_at: str = ""  # ISO 8601, where known
    attempt: str = ""
    attempts: int = 1  # how many were found; the newest is read
    notes: tuple[str, ...] = ()  # for staff
    missing: str = ""  # why there are no files to grade; empty if there are
    upload: str = ""  # the name of the file that is graded, as the platform gave it; empty if it is in a zip


@dataclass
class Found:
    """The submissions of a class, and the names of what was skipped."""

    form: str
    entries: list[Entry]
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Piece:
    """A file or folder of a class and whose it is."""

    place: str  # its name in the source
    key: str  # what tells students apart: a number or login of the platform, or a name
    student: Student
    name: str = ""  # what the file is called in the submission; empty for a folder
    attempt: str = ""  # the attempt it belongs to, if there are several; only the newest is read
    version: int = 0  # of two files with one name the one with the higher version counts
    numbered: bool = False  # whether the key is a number that the platform gives to one student only
    rank: int = 0  # of several kinds of submission of a student only those with the lowest count
    notes: tuple[str, ...] = ()


class Importer:
    """One platform."""

    key: str  # for --form
    title: str  # for people

    def pieces(self, source: Source) -> dict[str, Piece | None]:
        """What each entry of a folder is; None for what is not the platform's."""
        raise NotImplementedError

    def recognize(self, source: Source) -> int:
        """How many entries of a folder are the platform's."""
        return sum(piece is not None for piece in self.pieces(source).values())

    def entries(self, source: Source) -> tuple[list[Entry], list[str]]:
        """The submissions, and the names of what was skipped.  Raises UserError if one number has two names."""
        groups: dict[str, list[Piece]] = {}
        pieces = self.pieces(source)
        for piece in filter(None, pieces.values()):
            groups.setdefault(piece.key, []).append(piece)
        skipped = [name for name, piece in pieces.items() if piece is None]
        return [_entry(source, group) for _, group in sorted(groups.items())], skipped


def _entry(source: Source, group: list[Piece]) -> Entry:
    first = group[0]
    other = next((p for p in group if p.student["name"] != first.student["name"]), None)
    if other is not None:
        raise UserError(
            f"Two names have the ID {shown(first.key)}: {first.student['name']!r} ({shown(first.place)}) and "
            f"{other.student['name']!r} ({shown(other.place)}). Nothing was graded. Remove or rename one of them."
        )
    notes = list(dict.fromkeys(note for piece in group for note in piece.notes))
    attempts = sorted({piece.attempt for piece in group}, key=_order)
    if len(attempts) > 1:
        notes.append(f"{len(attempts)} attempts were found: the newest, {shown(attempts[-1])}, was graded.")
    group = [piece for piece in group if piece.attempt == attempts[-1]]
    rank = min(piece.rank for piece in group)
    group = sorted((piece for piece in group if piece.rank == rank), key=lambda p: p.version)
    files: dict[str, str] = {}
    several: dict[str, str] = {}  # what there are several of, and what is said of the last
    older = 0
    for piece in group:
        new = {piece.name: piece.place} if piece.name else in_folder(source, piece.place)
        if files.keys() & new.keys():
            older += 1
            what = f"versions of {shown(piece.name)}" if piece.name else "folders of this student"
            several[what] = shown(piece.place) + (", the newest," if piece.name else "")
        files |= new
    notes += [f"There are several {what}: {last} counts." for what, last in several.items()]
    main = main_file(sorted(files, key=lambda name: (name.count("/"), name)))
    name = slug(first.student["name"])
    label = name if name.endswith(f"_{first.key}") else f"{name}_{first.key}".strip("_")
    if not first.numbered or len(label) > MAX_ID:
        label = make_id(label if first.numbered else first.key)
    return Entry(
        label, shown(group[-1].place), lambda: choose(source, files),
        (first.student,), attempt=attempts[-1], attempts=max(len(attempts), older + 1), notes=tuple(notes),
        upload=files.get(main or "", ""),
    )  # fmt: skip


def beginning(names: set[str], mark: str) -> str:
    """The longest text up to a mark that the names have in common; not all of them, as there may be a stray one."""
    begins = Counter(name[: i + 1] for name in names for i, letter in enumerate(name) if letter == mark)
    most = max(begins.values(), default=0)
    return max((begin for begin, count in begins.items() if count >= max(0.8 * most, 2)), key=len, default="")


def _order(text: str) -> tuple[Any, ...]:
    """Sorts attempts by date, if it is one, or by the numbers in them."""
    text = re.sub(r"\b(\d\d\d [AP]M)\b", r"0\1", text)  # Brightspace's 105 PM, which %I%M reads as 10:05
    for form in ("%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p", "%b %d, %Y %I:%M %p", "%Y-%m-%dT%H:%M:%S%z"):
        try:
            return (datetime.strptime(text, form).timestamp(), "")
        except ValueError:
            continue
    return (0.0, re.sub(r"\d+", lambda number: number[0].zfill(20), text))


# --- identities -------------------------------------------------------------------------------------------------------


def student(name: str = "", email: str = "", sid: str = "", **more: str) -> Student:
    """An identity; all texts are one short line."""
    known = {"name": text_of(name), "email": text_of(email), "sid": text_of(sid)}
    return known | {key: text_of(value) for key, value in more.items() if value}


def student_from(reference: str) -> Student:
    """The identity of somebody of whom an email or an ID is all that is known."""
    return student(email=reference) if "@" in reference else student(sid=reference)


def text_of(value: object) -> str:
    """A name, an address or a number as one short line."""
    return " ".join(clean(value, 2000).replace("\ufffd", " ").split())[:MAX_TEXT] if isinstance(value, str) else ""


def make_id(name: str) -> str:
    """An ID that follows from a name alone, so that it stays when the class grows.

    A plain name in lower case is its own ID.  Any other gets a number made from it, so that no two names have one ID,
    also where a file system takes `Ada` for `ada`.
    """
    plain = slug(name)
    if plain == name == name.lower() and len(name) <= 60 and not _RESERVED.match(name) and not _NUMBERED.search(name):
        return name
    number = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[:60].replace('.', '_').rstrip('_-') or 'submission'}-{number}"


def slug(name: str) -> str:
    """A name in letters, digits and ._- alone, without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name[:1000]) if not unicodedata.combining(c))
    return re.sub(r"[._-]*_[._-]*", "_", re.sub(r"[^A-Za-z0-9._-]+", "_", plain)).strip("._-")
