"""Gradescope: Export Submissions.

Folders submission_NUMBER (or PDF files), and submission_metadata.yml, which says whose they are and when they came.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from autograder.course.importers.entries import Entry, Importer, make_id, student, text_of
from autograder.course.importers.source import Source, choose, in_folder
from autograder.course.store import Student
from autograder.errors import UserError
from autograder.policies.handed import moment
from autograder.submission import shown

METADATA = re.compile(r"submission_metadata(?: ?\(\d+\))?\.ya?ml", re.I)
MAX_STUDENTS = 50  # in a group
MAX_METADATA = 256 << 20
MAX_DEPTH = 10_000  # open brackets, those in texts included: with many more the C parser takes minutes


class Gradescope(Importer):
    """Folders, and a file that says whose they are."""

    key = "gradescope"
    title = "Gradescope export"

    def recognize(self, source: Source) -> int:
        folders, files = source.top()
        return len(folders) + len(files) if any(map(METADATA.fullmatch, files)) else 0

    def entries(self, source: Source) -> tuple[list[Entry], list[str]]:
        folders, files = source.top()
        metadata = [name for name in files if METADATA.fullmatch(name)]
        if not metadata:
            raise UserError("There is no submission_metadata.yml here, as Gradescope's export has.")
        about = {key: row for name in metadata for key, row in _metadata(source, name).items()}
        places = {_number(name): name for name in [*files, *folders] if name not in metadata and _number(name)}
        skipped = {name: name for name in [*folders, *files] if name not in metadata}
        groups: dict[tuple[Any, ...], list[Entry]] = {}
        for name, row in sorted(about.items()):
            place = name if name in skipped else places.get(_number(name))
            skipped.pop(place or "", None)
            entry = _entry(source, name, place, place in folders, row)
            groups.setdefault(_people(entry) or (name,), []).append(entry)
        entries = sorted(map(_newest, groups.values()), key=lambda entry: entry.file)
        _refuse_shared_ids(entries)
        for name in folders:
            if name in skipped and re.fullmatch(r"submission_\d+", name):
                del skipped[name]
                entries.append(_entry(source, name, name, True, {}, f"{metadata[0]} does not mention it."))
        return entries, list(skipped)


def _entry(source: Source, name: str, place: str | None, is_folder: bool, row: dict[str, Any], note: str = "") -> Entry:
    students = _submitters(row)
    files = {} if place is None else in_folder(source, place) if is_folder else {place: place}
    note = note or ("" if students else "The export names no student.")
    return Entry(
        make_id(name), shown(name), lambda: choose(source, files), students, _created_at(row),
        notes=(note,) if note else (),
        missing="" if place is not None else "The export has no files for this submission.",
    )  # fmt: skip


def _people(entry: Entry) -> tuple[Any, ...]:
    return tuple(sorted(tuple(who.items()) for who in entry.students))


def _newest(group: list[Entry]) -> Entry:
    """Of submissions of the same students, as in two exports put together, the newer one counts."""
    kept = max(group, key=lambda entry: (entry.created_at, entry.id))
    if len(group) == 1:
        return kept
    note = f"{len(group)} submissions were found: the newest, {kept.file}, was graded."
    return dataclasses.replace(kept, attempts=len(group), attempt=kept.created_at, notes=(*kept.notes, note))


def _refuse_shared_ids(entries: list[Entry]) -> None:
    """Two names with one student ID would get each other's grade."""
    seen: dict[str, tuple[str, str]] = {}
    for entry in entries:
        for who in entry.students:
            name, file = seen.setdefault(who["sid"], (who["name"], entry.file)) if who["sid"] else (who["name"], "")
            if name != who["name"]:
                raise UserError(
                    f"Two names have the student ID {shown(who['sid'])}: {name!r} ({file}) and {who['name']!r} "
                    f"({entry.file}). Nothing was graded. Correct it on Gradescope and export again."
                )


def _number(name: str) -> str:
    """What a name in the metadata and the name of its folder or PDF have in common: the submission's number."""
    found = re.fullmatch(r"(?:\w+_)?(\d+)(?:\.\w+)?", name)
    return found[1] if found else ""


def _submitters(about: dict[str, Any]) -> tuple[Student, ...]:
    rows = about.get("submitters")
    people = map(_tidy, rows[:MAX_STUDENTS] if isinstance(rows, list) else [])
    students = (student(*(_scalar(row.get(key)) for key in ("name", "email", "sid"))) for row in people)
    return tuple(one for one in students if any(one.values()))


def _scalar(value: object) -> str:
    return "" if value in ("~", "null", "Null", "NULL") or not isinstance(value, str) else value


def _created_at(row: dict[str, Any]) -> str:
    """When it was handed in, in ISO 8601; what is no point in time as it is."""
    text = text_of(row.get("created_at"))
    when = moment(text) or moment(f"{text}Z")
    return when.isoformat() if when else text


def _metadata(source: Source, name: str) -> dict[str, dict[str, Any]]:
    """submission_metadata.yml as texts, lists and dictionaries: PyYAML's base loader makes nothing else, whatever tags
    a file has, and leaves a student ID such as 0017 as it is written.  Raises UserError."""
    try:
        import yaml
    except ImportError:
        raise UserError("Reading Gradescope's export needs PyYAML: pip install pyyaml") from None
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        with source.open(name) as stream:
            data = stream.read(MAX_METADATA)
        if _depth(data) > MAX_DEPTH:
            raise UserError(f"{shown(name)} is nested too deeply. Download the export again.")
        found = yaml.load(data, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise UserError(f"{shown(name)}{line} is broken: {error.problem}. Download the export again.") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        said = shown(str(error).split("\n")[0])
        raise UserError(f"{shown(name)} is broken: {said}. Download the export again.") from None
    if not isinstance(found, dict):
        if not found:
            return {}
        raise UserError(f"{shown(name)} is not Gradescope's: it is no list of submissions by name.")
    return {key: _tidy(row) for key, row in found.items() if isinstance(key, str) and key}


def _depth(data: bytes) -> int:
    """How many brackets are open at most."""
    depth = most = 0
    for byte in re.findall(rb"[\[\]{}]", data):
        depth += 1 if byte in b"[{" else -1
        most = max(most, depth)
    return most


def _tidy(row: object) -> dict[str, Any]:
    """A submission's row without the colons that Ruby writes before its symbols."""
    return {str(key).lstrip(":"): value for key, value in row.items()} if isinstance(row, dict) else {}
