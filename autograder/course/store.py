"""The results of a class on the disk, and the manifest that says which of them belong to the last run.

    OUT/manifest.json      every submission of the run: ID, identity, digests, attempt, status, score
    OUT/results/ID.json    everything, for this grader and for staff
    OUT/reports/ID.html    what a student may see
    OUT/staff/ID.html      everything, for staff, and the module that was graded
    OUT/earlier/           what belongs to no submission of the last run, or was edited by hand

Tables, pages and comparisons read what the manifest lists and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from autograder import files
from autograder.errors import UserError
from autograder.result import words_of
from autograder.submission import shown_path

MANIFEST = "manifest.json"
FOLDER, REPORTS, STAFF, EARLIER = "results", "reports", "staff", "earlier"
WRITTEN = {FOLDER: ".json", REPORTS: ".html", STAFF: ".html"}  # for each submission
Student = dict[str, str]  # name, email, sid, and where known: login; canvas or moodle, the number there


class Status(str, Enum):
    """What became of a submission."""

    PENDING = "pending"
    GRADED = "graded"
    FAULT = "fault"
    NO_FILES = "no files"
    EXCUSED = "excused"
    NOT_SUBMITTED = "not submitted"

    __str__ = str.__str__


class Verdict(NamedTuple):
    """One criterion of one student.  `misconception` is a key, `reason` its sentence where that is certain."""

    number: str
    title: str
    verdict: str
    score: float
    points: float
    misconception: str = ""
    reason: str = ""
    test: dict[str, Any] | None = None  # as it is in results.json

    @property
    def words(self) -> str:
        """What the student was told, as plain text."""
        return words_of(self.test or {})

    @property
    def lines(self) -> list[int]:
        """The lines of the program to look at."""
        return [int(number) for number in (self.test or {}).get("extra_data", {}).get("lines", ())]


@dataclass
class Graded:
    """One results.json.  `lines` is by the criterion's key; `fault` says why there is no grade."""

    id: str
    score: float
    lines: dict[str, Verdict] = field(default_factory=dict)
    fault: str = ""
    fingerprint: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)  # what was said of the submission: digest, sketch, file
    output: str = ""

    @property
    def students(self) -> list[Student]:
        return list(self.about.get("students", []))

    @property
    def name(self) -> str:
        """Who handed it in, for people."""
        return name_of(self.students, self.id)

    @property
    def points(self) -> float:
        return round(sum(line.points for line in self.lines.values()), 2)

    @property
    def decided(self) -> list[str]:
        """What was decided by hand, a sentence each."""
        said = self.about.get("decided")
        return [str(one) for one in said] if isinstance(said, list) else []

    @property
    def sketch(self) -> list[int]:
        """What similarity is measured by; empty where there is none."""
        found = self.about.get("sketch")
        return [n for n in found if type(n) is int and 0 <= n < 1 << 64] if isinstance(found, list) else []


def name_of(students: Iterable[Student], id: str) -> str:
    """The names of a group, or its ID."""
    return ", ".join(filter(None, (who.get("name") or who.get("email", "") for who in students))) or id


# --- the manifest -----------------------------------------------------------------------------------------------------


@dataclass
class Row:
    """One submission of a run, or a student of the roster who submitted nothing."""

    id: str
    students: list[Student]
    file: str = ""  # where it is in the class, for people
    status: Status = Status.PENDING
    attempt: str = ""
    attempts: int = 1
    created_at: str = ""
    digest: str = ""  # of what was handed in
    result: str = ""  # SHA-256 of results/ID.json as it was written
    score: float | None = None
    notes: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    upload: str = ""  # the name of the file that is graded, as the platform gave it; empty if it is in a zip


@dataclass
class Manifest:
    """What a run of `batch` found and did."""

    form: str = ""
    fingerprint: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    secret: str = ""  # what tells it from other secrets; empty in manifests of before

    def save(self, folder: Path) -> None:
        """Write it in one step.  Raises OSError."""
        page = {
            "form": self.form, "fingerprint": self.fingerprint, "versions": self.versions,
            "secret": self.secret, "submissions": [asdict(row) for row in self.rows.values()],
        }  # fmt: skip
        text = json.dumps(page, indent=1, ensure_ascii=False).encode("utf-8", "replace")
        files.put(folder / MANIFEST, text)

    @classmethod
    def load(cls, folder: Path) -> Manifest | None:
        """The manifest of a folder, None if there is none.  Raises UserError if it is damaged."""
        path = folder / MANIFEST
        try:
            page = json.loads(path.read_text("utf-8"))
            rows = [Row(**row | {"status": Status(row["status"])}) for row in page["submissions"]]
            known = {row.id: row for row in rows}
            return cls(page["form"], page["fingerprint"], page["versions"], known, page.get("secret", ""))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{shown_path(path)} is damaged ({type(error).__name__}). Delete it and grade again with the same "
                "command: what is graded is kept."
            ) from None

    def edited(self, folder: Path) -> list[str]:
        """The IDs of results that are not as they were written."""
        return [
            row.id for row in self.rows.values() if row.result and digest_of(folder, row.id) not in ("", row.result)
        ]


def digest_of(folder: Path, id: str) -> str:
    """SHA-256 of a result; empty if there is none."""
    try:
        return hashlib.sha256((folder / FOLDER / f"{id}.json").read_bytes()).hexdigest()
    except OSError:
        return ""


def ids_in(folder: Path) -> set[str]:
    """The IDs of everything that was written for a submission."""
    return {path.stem for name, suffix in WRITTEN.items() for path in (folder / name).glob(f"[!.]*{suffix}")}


def set_aside(folder: Path, ids: Iterable[str]) -> None:
    """Move everything that was written for these submissions to EARLIER.  Raises OSError."""
    for id in sorted(ids):
        for name, suffix in WRITTEN.items():
            path = folder / name / f"{id}{suffix}"
            if path.exists():
                kept = folder / EARLIER / name / path.name
                kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if kept.exists():  # an older one, which gets the first number that is free
                    names = (kept.with_name(f"{id}.{number}{suffix}") for number in range(1, 1 << 30))
                    kept.rename(next(name for name in names if not name.exists()))
                path.rename(kept)


# --- reading ----------------------------------------------------------------------------------------------------------


def rows(folder: Path) -> list[tuple[Row, Path | None]]:
    """Every submission of the last run with its result, if it has one, in the order of their IDs.

    A folder without a manifest, of results.json files that were graded in another way, gives a row for each.  Raises
    UserError if there is nothing that was graded.
    """
    manifest = Manifest.load(folder)
    if manifest:
        known = [
            (row, folder / FOLDER / f"{row.id}.json" if row.status in (Status.GRADED, Status.FAULT) else None)
            for row in manifest.rows.values()
        ]
    else:
        known = [(Row(id, [], status=Status.GRADED), path) for id, path in _results(folder).items()]
    if not known:
        command = f".venv/bin/autograder batch PATH --out {shown_path(folder)}"
        raise UserError(f"There are no results in {shown_path(folder)}. Grade first: {command}")
    return sorted(known, key=lambda one: one[0].id)


def _results(folder: Path) -> dict[str, Path]:
    """The results in a folder without a manifest, named ID.json or ID/results.json, by ID."""
    place = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    if not place.is_dir():
        raise UserError(f"{shown_path(folder)} is not a folder of results, as `batch` writes with --out.")
    return {p.parent.name: p for p in place.glob("*/results.json")} | {p.stem: p for p in place.glob("[!.]*.json")}


def read(folder: Path) -> Iterator[tuple[Row, Graded | None]]:
    """Every submission of the last run with its result, if it has one, one at a time.  Raises UserError."""
    for row, path in rows(folder):
        yield row, load(path, row.id) if path else None


def load(path: Path, id: str) -> Graded:
    """One results.json.  Raises UserError if it is none."""
    try:
        return parse(json.loads(path.read_text("utf-8")), id)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        name = shown_path(path)
        raise UserError(f"{name} is not a results.json of this grader: {type(error).__name__}: {error}") from None


def parse(page: dict[str, Any], id: str) -> Graded:
    """The same from the page itself.  Raises ValueError, KeyError, TypeError or AttributeError if it is none."""
    extra = page["extra_data"]
    if "grader_fault" not in extra:
        extra["fingerprint"]  # any other page has none
    lines = {}
    for test in page["tests"]:
        more = test.get("extra_data", {})
        if "key" in more:
            lines[str(more["key"])] = Verdict(
                str(test["number"]), str(test["name"]), str(more["verdict"]), float(test.get("score", 0)),
                float(test.get("max_score", 0)), str(more.get("misconception", "")), str(more.get("reason", "")), test,
            )  # fmt: skip
    return Graded(
        id, float(page["score"]), lines, str(extra.get("grader_fault", "")), str(extra.get("fingerprint", "")),
        dict(extra.get("versions", {})), dict(extra.get("submission", {})), str(page.get("output", "")),
    )  # fmt: skip
