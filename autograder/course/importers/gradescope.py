"""Gradescope: Export Submissions.

Folders submission_NUMBER (or PDF files), and submission_metadata.yml, which says whose they are and when they came.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from autograder.course.importers.entries import Entry, Student, make_id, student, text_of
from autograder.course.importers.source import Source, choose, in_folder
from autograder.errors import UserError
from autograder.submission import shown

METADATA = re.compile(r"submission_metadata(?: ?\(\d+\))?\.ya?ml", re.I)
MAX_STUDENTS = 50  # in a group
MAX_METADATA = 256 << 20
MAX_DEPTH = 10_000  # open brackets, those in texts included: with many more the C parser takes minutes


class Gradescope:
    """Folders, and a file that says whose they are."""

    key = "gradescope"
    title = "Gradescope export"

    def recognize(self, source: Source) -> int:
        folders, files = source.top()
        return len(folders) + len(files) if any(map(METADATA.fullmatch, files)) else 0

    def entries(self, source: Source) -> tuple[list[Entry], list[str]]:
        folders, files = source.top()
        metadata = next((name for name in files if METADATA.fullmatch(name)), None)
        if metadata is None:
            raise UserError("There is no submission_metadata.yml here, as Gradescope's export has.")
        about = _metadata(source, metadata)
        places = {_key(name): name for name in [*files, *folders]}
        used: set[str] = set()
        newest: dict[tuple[str, ...], tuple[str, Entry]] = {}
        entries: list[Entry] = []
        for name, row in sorted(about.items()):
            place = name if name in folders or name in files else places.get(_key(name))
            used.add(place or "")
            entry = _entry(source, name, place, place in folders, row)
            # The same students twice, as in two exports put together: the newer one counts.
            people = tuple(sorted(s["sid"] or s["email"] or s["name"] for s in entry.students))
            before = newest.get(people)
            if people and before and before[1].students == entry.students:
                entries.remove(before[1])
                entry = _newer(before[1], entry)
            newest[people] = name, entry
            entries.append(entry)
        _refuse_shared_ids(entries)
        rest = [name for name in folders if name not in used and re.fullmatch(r"submission_\d+", name)]
        note = f"{metadata} does not mention it."
        entries += [_entry(source, name, name, True, {}, note) for name in rest]
        skipped = [name for name in [*folders, *files] if name not in used and name not in rest and name != metadata]
        return entries, skipped


def _entry(source: Source, name: str, place: str | None, is_folder: bool, row: dict[str, Any], note: str = "") -> Entry:
    students = _submitters(row)
    files = {} if place is None else in_folder(source, place) if is_folder else {place: place}
    notes = note or ("" if students else "The export names no student.")
    return Entry(
        make_id(name),
        shown(name),
        lambda: choose(source, files),
        students,
        _moment(row.get("created_at")),
        notes=(notes,) if notes else (),
        missing="" if place is not None else "The export has no files for this submission.",
    )


def _newer(one: Entry, two: Entry) -> Entry:
    kept = max(one, two, key=lambda entry: (entry.created_at, entry.id))
    note = f"{one.attempts + 1} submissions were found: the newest, {kept.file}, was graded."
    return dataclasses.replace(kept, attempts=one.attempts + 1, attempt=kept.created_at, notes=(*kept.notes, note))


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


def _key(name: str) -> str:
    """What a name in the metadata and the name of its folder have in common: the submission's number."""
    numbers = re.findall(r"\d+", name)
    return numbers[-1] if numbers else name


def _submitters(about: dict[str, Any]) -> tuple[Student, ...]:
    rows = about.get("submitters")
    people = [row for row in rows if isinstance(row, dict)][:MAX_STUDENTS] if isinstance(rows, list) else []
    tidy = ({str(key).lstrip(":"): _scalar(value) for key, value in row.items()} for row in people)
    students = (student(row.get("name", ""), row.get("email", ""), row.get("sid", "")) for row in tidy)
    return tuple(one for one in students if any(one.values()))


def _scalar(value: object) -> str:
    return "" if value in ("~", "null", "Null", "NULL") or not isinstance(value, str) else value


def _moment(value: object) -> str:
    """Ruby's `2026-04-17 12:30:05.123456000 Z` as ISO 8601; anything else as it is."""
    text = text_of(value)
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)? ?(Z|UTC|[+-]\d\d:?\d\d)?", text)
    if not match:
        return text
    zone = match[4] or "Z"
    zone = "+00:00" if zone in ("Z", "UTC") else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return f"{match[1]}T{match[2]}{(match[3] or '')[:7]}{zone}"


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
