"""Recorded sessions in a file: one submission's answers, to be judged and explained again without running it.

    header (a line of JSON)   format, student, digest of the questions, digest of the body
    body                      frames: the submission's files, then an entry (identity, answer) for each question

Frames are those of the sandbox: typed and capped, no pickle.  A file that was cut or edited is rejected, and so is one
with the answers to other questions: of another version of the grader, another secret or other training settings.
Points, tolerances and messages may change.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograder import files
from autograder.asking.battery import blake2b
from autograder.asking.session import Entry
from autograder.asking.transcript import Paper
from autograder.sandbox import frames
from autograder.sandbox.client import Answer

FORMAT = 2
_LENGTHS = struct.Struct("<II")
_ANSWER = ("status", "value", "args", "prints", "error", "id", "rest")


class RecordingError(Exception):
    """A recording can't be used; the text says which one and why, in a line."""


@dataclass(frozen=True)
class Recording:
    """A session: who submitted what, a digest of the questions, and what came back."""

    student: str
    files: Mapping[str, bytes]
    questions: str
    pictures: bool
    notes: Sequence[str]  # remarks on the files that were submitted
    entries: Sequence[Entry]


def digest_of(papers: Iterable[Paper]) -> str:
    """A digest of all questions: the same digest, the same questions.  It tells nothing about a secret."""
    found = blake2b()(digest_size=16)
    for paper in papers:
        settings = paper.rubric.training
        training = [paper.battery.start(), paper.data["x"], settings.eta, settings.steps, list(paper.snapshots)]
        for question in paper.battery.questions:
            found.update(" ".join(question.key).encode())
            found.update(frames.pack(list(question.probe.arguments(question.function))))
        found.update(frames.pack(training))
    return str(found.hexdigest())


def write(recording: Recording, path: Path) -> None:
    """Write a recording.  Raises OSError."""
    contents = [[name, np.frombuffer(data, np.uint8)] for name, data in recording.files.items()]
    parts = [frames.pack(contents)]
    for entry in recording.entries:
        answer = {name: getattr(entry.answer, name) for name in _ANSWER}
        parts.append(frames.pack({"identity": entry.identity, "answer": answer}))
    body = b"".join(parts)
    header = {
        "format": FORMAT,
        "student": recording.student,
        "questions": recording.questions,
        "pictures": recording.pictures,
        "notes": list(recording.notes),
        "digest": _body_digest(body),
    }
    files.put(path, json.dumps(header).encode() + b"\n" + body)


def read(path: Path) -> Recording:
    """Read a recording.  Raises RecordingError, and OSError if there is no such file."""
    first, _, body = path.read_bytes().partition(b"\n")
    try:
        header: dict[str, Any] = json.loads(first)
        version = header["format"]
    except (ValueError, KeyError, TypeError):
        raise RecordingError(f"{path} is not a recording of a session.") from None
    if version != FORMAT:
        raise RecordingError(f"{path} was recorded by another version of the grader. Grade the submission again.")
    if _body_digest(body) != header.get("digest"):
        raise RecordingError(f"{path} was cut or edited after it was recorded. Grade the submission again.")
    contents, *entries = _frames(body)
    submitted = {name: data.tobytes() for name, data in contents}
    student, questions, pictures = str(header["student"]), str(header["questions"]), bool(header["pictures"])
    return Recording(student, submitted, questions, pictures, header["notes"], [_entry(entry) for entry in entries])


def _entry(entry: Mapping[str, Any]) -> Entry:
    answer = dict(entry["answer"])
    answer["args"] = tuple(answer["args"])
    return Entry(entry["identity"], Answer(**answer))


def _frames(body: bytes) -> Iterator[Any]:
    at = 0
    while at < len(body):
        head, rest = _LENGTHS.unpack_from(body, at)
        begin = at + _LENGTHS.size
        at = begin + head + rest
        yield frames.unpack(body[begin : begin + head], body[begin + head : at])


def _body_digest(body: bytes) -> str:
    return str(blake2b()(body, digest_size=16).hexdigest())
