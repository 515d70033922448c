"""GitHub Classroom: the repositories of an assignment, cloned or downloaded (`gh classroom clone student-repos`).

Each is a folder ASSIGNMENT-LOGIN, often below ASSIGNMENT-submissions.
"""

from __future__ import annotations

from autograder.course.importers.entries import Importer, Piece, beginning, student
from autograder.course.importers.source import Source

_END = "-submissions"


class GithubClassroom(Importer):
    """Repositories whose names begin with the assignment's."""

    key = "github"
    title = "GitHub Classroom download"

    def pieces(self, source: Source) -> dict[str, Piece | None]:
        folders, files = source.top()
        assignment = _assignment(source)
        found: dict[str, Piece | None] = dict.fromkeys([*folders, *files])
        for name in folders:
            login = name[len(assignment) :]
            if assignment and login and name.startswith(assignment):
                found[name] = Piece(name, login, student(login, login=login))
        return found


def _assignment(source: Source) -> str:
    """What the names of the repositories begin with, up to and with its hyphen; empty if these are none."""
    folders = source.top()[0]
    own = source.name.removesuffix(_END) + "-"
    if source.name.endswith(_END) and any(name.startswith(own) for name in folders):
        return own
    return beginning({name for name in folders if source.hidden(name)}, "-")
