"""GitHub Classroom: the repositories of an assignment, cloned or downloaded (`gh classroom clone student-repos`).

Each is a folder ASSIGNMENT-LOGIN, often below ASSIGNMENT-submissions.
"""

from __future__ import annotations

from autograder.course.importers.entries import Entry, Piece, collect, student
from autograder.course.importers.source import Source

_END = "-submissions"


class GithubClassroom:
    """Repositories whose names begin with the assignment's."""

    key = "github"
    title = "GitHub Classroom download"

    def recognize(self, source: Source) -> int:
        assignment = _assignment(source)
        return sum(name.startswith(assignment) for name in source.top()[0]) if assignment else 0

    def entries(self, source: Source) -> tuple[list[Entry], list[str]]:
        folders, files = source.top()
        assignment = _assignment(source)
        found = [name for name in folders if name.startswith(assignment) and name != assignment]
        pieces = []
        for name in found:
            login = name[len(assignment) :]
            pieces.append(Piece(name, login, student(login, login=login)))
        return collect(source, pieces), [name for name in [*folders, *files] if name not in found]


def _assignment(source: Source) -> str:
    """What the names of the repositories begin with, up to and with its hyphen; empty if these are none."""
    folders = source.top()[0]
    if source.name.endswith(_END):
        slug = source.name[: -len(_END)] + "-"
        if any(name.startswith(slug) for name in folders):
            return slug
    repositories = [name for name in folders if source.hidden(name)]
    if len(repositories) < 2:
        return ""
    first, last = min(repositories), max(repositories)
    count = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[: first.rfind("-", 0, count) + 1]
