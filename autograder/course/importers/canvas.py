"""Canvas: Download Submissions, and the file uploads of a quiz.

Names are made by content_zipper.rb and quiz_submission_zipper.rb of instructure/canvas-lms:

    NAME_[LATE_]USER_ATTACHMENT_FILE              lovelaceada_LATE_4711_98765_neural_net-1.py
    [LATE_]anon_XXXXX_ATTACHMENT_FILE             an assignment that is graded anonymously
    NAMEUSER_question_QUESTION_ATTACHMENT_FILE    a quiz; NAME and USER are not separated
    NAME_[LATE_]USER_text.html, ..._link.html     an entry without a file
"""

from __future__ import annotations

import re

from autograder.course.importers.entries import Importer, Piece, student
from autograder.course.importers.source import Source

_NUMBER = r"[1-9]\d*"
_FILE = rf"(?:(?P<attachment>{_NUMBER})_(?P<file>.+)|(?:text|link)\.html)"
# In this order: a reading that has a name comes before one that has none.
_FORMS = tuple(
    re.compile(form, re.S)
    for form in (
        rf"(?P<late>LATE_)?(?P<user>anon_[0-9A-Za-z]{{5}})_{_FILE}",
        rf"(?P<name>.*?)_?(?P<user>{_NUMBER})_question_\d+_(?P<attachment>{_NUMBER})_(?P<file>.+)",
        rf"(?P<name>.*?)_(?P<late>LATE_)?(?P<user>{_NUMBER})_{_FILE}",
        rf"(?P<late>LATE_)?(?P<user>{_NUMBER})_{_FILE}",
    )
)
_RESUBMITTED = re.compile(r"-\d+(?=\.[A-Za-z]+$)")  # Canvas numbers a file that is handed in again


class Canvas(Importer):
    """Files, one or more of each student."""

    key = "canvas"
    title = "Canvas download"

    def recognize(self, source: Source) -> int:
        pieces = [piece for piece in self.pieces(source).values() if piece]
        numbers = [piece.version for piece in pieces if piece.version]
        # Canvas gives every file a number of its own; a teacher's hw_2026_11_ada.py doesn't.
        is_canvas = 2 * len(set(numbers)) > len(numbers) or not numbers
        # If all are one student's and none is the file that is asked for, the names mean something else.
        one_student = len({piece.key for piece in pieces}) == 1 and len(pieces) > 1
        is_other = one_student and not any(re.match(r"neural[ _-]?net", piece.name, re.I) for piece in pieces)
        return len(pieces) if is_canvas and not is_other else 0

    def pieces(self, source: Source) -> dict[str, Piece | None]:
        folders, files = source.top()
        found = dict.fromkeys(folders) | {name: _piece(name) for name in files}
        most = max((piece.version for piece in found.values() if piece), default=0)
        # Canvas counts all files of all courses: 2026_11_03_notes.txt is somebody's own name beside ..._98765_...
        is_own = {name for name, piece in found.items() if piece and 0 < piece.version**2 < most / 10}
        return found | dict.fromkeys(is_own)


def _piece(name: str) -> Piece | None:
    match = next((found for form in _FORMS if (found := form.fullmatch(name))), None)
    if match is None:
        return None
    group = match.groupdict()
    user, file = group["user"], group["file"]
    is_known = not user.startswith("anon_")
    return Piece(
        name, user, student(group.get("name") or "", canvas=user if is_known else ""),
        _RESUBMITTED.sub("", file) if file else name, version=int(group["attachment"] or 0), numbered=is_known,
        notes=("Canvas marks it as late.",) if group.get("late") else (),
    )  # fmt: skip
