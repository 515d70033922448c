"""Everything else: a regular expression with named groups for the path of a file in the class.

Blackboard, Brightspace and Submitty have one that is built in.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections import Counter

from autograder.course.importers.entries import Entry, Importer, Piece, beginning, make_id, student
from autograder.course.importers.source import Source
from autograder.errors import UserError

KEYS = ("id", "login", "email", "name")  # what tells students apart, the best first
GROUPS = (*KEYS, "attempt", "file")
BLACKBOARD = r"(?P<login>[^/]+_[^/]+)_attempt_(?P<attempt>\d{4}(?:-\d\d){5})(?:_(?P<file>[^/]+)|\.txt)"
BRIGHTSPACE = r"(?P<id>\d+)-\d+ ?- ?(?P<name>[^/]+?) ?- ?(?P<attempt>\w+ \d+, \d{4} [^/]+)/(?P<file>.+)"
SUBMITTY = r"(?P<login>[^/]+)/(?P<attempt>\d+)/(?P<file>.+)"


class Pattern(Importer):
    """Files whose paths say whose they are: the regular expression must match a whole path.

    `sign` is the name of a file that must be there for the form to be detected; empty if the expression is enough.
    """

    def __init__(self, key: str, title: str, expression: str, sign: str = "") -> None:
        self.key, self.title, self.sign = key, title, sign
        try:
            self.form = re.compile(expression, re.S)
        except re.error as error:
            raise UserError(f"--pattern is not a regular expression: {error}.") from None
        names = self.form.groupindex.keys()
        if unknown := sorted(names - set(GROUPS)):
            raise UserError(f"--pattern has a group {unknown[0]!r}. The groups are {', '.join(GROUPS)}.")
        if not names & set(KEYS):
            raise UserError("--pattern has none of the named groups id, login, email and name, as in (?P<login>[^/]+).")

    def recognize(self, source: Source) -> int:
        paths = self.pieces(source)
        if self.sign and not any(path.endswith(f"/{self.sign}") for path in _paths(source)):
            return 0
        return len({path.partition("/")[0] for path, piece in paths.items() if piece})

    def pieces(self, source: Source) -> dict[str, Piece | None]:
        found: dict[str, Piece | None] = {}
        for path in _paths(source):
            match = self.form.fullmatch(path)
            group = {name: value or "" for name, value in match.groupdict().items()} if match else {}
            key = next((group[name] for name in KEYS if group.get(name)), "")
            if key:
                name, email, login = (group.get(name, "") for name in ("name", "email", "login"))
                who = student(name or login or email or key, email, group.get("id", ""), login=login)
                file = group.get("file") or (path.rpartition("/")[2] if "file" not in group else "about.txt")
                found[path] = Piece(path, key, who, file, group.get("attempt", ""))
            elif not self.sign or not path.endswith(f"/{self.sign}"):
                found[path] = None
        return found


class Blackboard(Pattern):
    """Names that begin with the assignment's, which may have underscores, as a login may."""

    def pieces(self, source: Source) -> dict[str, Piece | None]:
        found = super().pieces(source)
        assignment = beginning({piece.key for piece in found.values() if piece}, "_")
        for path, piece in found.items():
            if piece is not None:
                key = login = piece.key.removeprefix(assignment)
                if login == piece.key:  # of another assignment
                    login = piece.key.rpartition("_")[2]
                found[path] = dataclasses.replace(piece, key=key, student=student(login, login=login))
        return found


class Submitty(Pattern):
    """A student's settings say which version is the active one, which counts; 0 is none."""

    def pieces(self, source: Source) -> dict[str, Piece | None]:
        found = super().pieces(source)
        active = self._active(source)
        versions = {(piece.key, piece.attempt) for piece in found.values() if piece}
        count = Counter(login for login, _ in versions)
        for path, piece in list(found.items()):
            if piece is None or not active.get(piece.key):
                continue
            number, note = str(active[piece.key]), ""
            if (piece.key, number) not in versions:
                note = f"The active version, {number}, is not in the download: the newest was graded."
            elif piece.attempt != number:
                del found[path]
                continue
            elif count[piece.key] > 1:
                note = f"{count[piece.key]} versions were found: the active one, {number}, was graded."
            found[path] = dataclasses.replace(piece, notes=(note,) if note else ())
        return found

    def entries(self, source: Source) -> tuple[list[Entry], list[str]]:
        found, skipped = super().entries(source)
        cancelled = {make_id(login) for login, active in self._active(source).items() if not active}
        why = "The student cancelled the submission on Submitty."
        return [dataclasses.replace(e, missing=why) if e.id in cancelled else e for e in found], skipped

    def _active(self, source: Source) -> dict[str, int]:
        """The number of the active version by login, where it is known."""
        found: dict[str, int] = {}
        for login, _, name in (path.partition("/") for path in _paths(source)):
            if name == self.sign:
                with contextlib.suppress(ValueError, RecursionError, AttributeError):
                    active = json.loads(source.content(f"{login}/{name}") or b"").get("active_version")
                    found |= {login: active} if type(active) is int else {}
        return found


def _paths(source: Source) -> list[str]:
    folders, files = source.top()
    return files + [f"{folder}/{name}" for folder in folders for name in source.files(folder)]


PRESETS = (
    Blackboard("blackboard", "Blackboard download", BLACKBOARD),
    Pattern("brightspace", "Brightspace download", BRIGHTSPACE),
    Submitty("submitty", "Submitty download", SUBMITTY, "user_assignment_settings.json"),
)
