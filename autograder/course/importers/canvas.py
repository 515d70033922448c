"""Canvas: Download Submissions, and the file uploads of a quiz.

Names are made by content_zipper.rb and quiz_submission_zipper.rb of instructure/canvas-lms:

    NAME_[LATE_]USER_ATTACHMENT_FILE              lovelaceada_LATE_4711_98765_neural_net-1.py
    [LATE_]anon_XXXXX_ATTACHMENT_FILE             an assignment that is graded anonymously
    NAMEUSER_question_QUESTION_ATTACHMENT_FILE    a quiz; NAME and USER are not separated
    NAME_[LATE_]USER_text.html, ..._link.html     an entry without a file
"""

from __future__ import annotations

import re

from autograder.course.importers.entries import Entry, Piece, collect, student
from autograder.course.importers.source import Source

_NUMBER = r"[1-9]\d*"
# In this order: a reading that has a name comes before one that has none.
_FORMS = tuple(
    re.compile(form, re.S)
    for form in (
        rf"(?P<late>LATE_)?(?P<user>anon_[0-9A-Za-z]{{5}})_(?:(?P<attachment>{_NUMBER})_(?P<file>.+)|(?:text|link)\.html)",
        rf"(?P<name>.*?)_?(?P<user>{_NUMBER})_question_\d+_(?P<attachment>{_NUMBER})_(?P<file>.+)",
        rf"(?P<name>.*?)_(?P<late>LATE_)?(?P<user>{_NUMBER})_(?:(?P<attachment>{_NUMBER})_(?P<file>.+)|(?:text|link)\.html)",
        rf"(?P<late>LATE_)?(?P<user>{_NUMBER})_(?:(?P<attachment>{_NUMBER})_(?P<file>.+)|(?:text|link)\.html)",
    )
)
_RESUBMITTED = re.compile(r"-\d+(?=\.[A-Za-z]+$)")  # Canvas numbers a file that is handed in again


class Canvas:
    """Files, one or more of each student."""

    key = "canvas"
    title = "Canvas download"

    def recognize(self, source: Source) -> int:
        pieces = [piece for name in source.top()[1] if (piece := _piece(name))]
        numbers = [piece.version for piece in pieces if piece.version]
        # Canvas gives every file a number of its own; a teacher's hw_2026_11_ada.py doesn't.
        is_canvas = 2 * len(set(numbers)) > len(numbers) or not numbers
        return len(pieces) if is_canvas and not _is_own_naming(pieces) else 0

    def entries(self, source: Source) -> tuple[list[Entry], list[str]]:
        folders, files = source.top()
        pieces = {name: _piece(name) for name in files}
        skipped = [name for name, piece in pieces.items() if piece is None]
        return collect(source, [piece for piece in pieces.values() if piece]), [*folders, *skipped]


def _is_own_naming(pieces: list[Piece]) -> bool:
    """Whether all are one student's and no file is the one that is asked for: then the names mean something else."""
    one = len({piece.key for piece in pieces}) == 1 and len(pieces) > 1
    return one and not any(re.match(r"neural[ _-]?net", piece.name, re.I) for piece in pieces)


def _piece(name: str) -> Piece | None:
    match = next((found for form in _FORMS if (found := form.fullmatch(name))), None)
    if match is None:
        return None
    group = match.groupdict()
    user, person = group["user"], group.get("name") or ""
    file = group["file"]
    return Piece(
        name,
        user,
        student(person, canvas="" if user.startswith("anon_") else user),
        _RESUBMITTED.sub("", file) if file else name,
        version=int(group["attachment"] or 0),
        numbered=not user.startswith("anon_"),
        notes=("Canvas marks it as late.",) if group.get("late") else (),
    )
