"""The results of a class on the disk, and the manifest that says which of them belong to the last run.

    OUT/manifest.json      every submission of the run: ID, identity, digests, attempt, status
    OUT/results/ID.json    everything, for this grader and for staff
    OUT/reports/ID.html    what a student may see
    OUT/staff/ID.html      everything, for staff, and the module that was graded
    OUT/earlier/           what belongs to no submission of the last run, or was edited by hand

Tables, pages and comparisons read what the manifest lists and nothing else.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from autograder import files
from autograder.errors import UserError
from autograder.submission import shown_path

MANIFEST = "manifest.json"
FOLDER, REPORTS, STAFF, EARLIER = "results", "reports", "staff", "earlier"
ALONE = "results.json"  # in a folder of its own for each
OTHERS = "Criteria that are not shown here"


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
    words: str = ""  # what the student was told, as plain text


@dataclass
class Graded:
    """One results.json.  `lines` is by the criterion's key; `fault` says why there is no grade."""

    id: str
    score: float
    points: float
    lines: dict[str, Verdict] = field(default_factory=dict)
    students: list[dict[str, str]] = field(default_factory=list)  # name, email, sid, where known
    created_at: str = ""
    fault: str = ""
    fingerprint: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)  # what was said of the submission: digest, sketch, file
    output: str = ""
    feedback: str = ""  # for the student, as plain text

    @property
    def name(self) -> str:
        """Who handed it in, for people."""
        return ", ".join(filter(None, (s.get("name") or s.get("email", "") for s in self.students))) or self.id

    @property
    def decided(self) -> list[str]:
        """What was decided by hand, a sentence each."""
        said = self.about.get("decided")
        return [str(one) for one in said] if isinstance(said, list) else []


# --- the manifest -----------------------------------------------------------------------------------------------------


@dataclass
class Row:
    """One submission of a run, or a student of the roster who submitted nothing."""

    id: str
    students: list[dict[str, str]]
    file: str = ""
    status: Status = Status.PENDING
    attempt: str = ""
    attempts: int = 1
    created_at: str = ""
    digest: str = ""  # of what was handed in
    result: str = ""  # SHA-256 of results/ID.json as it was written
    notes: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return ", ".join(filter(None, (s.get("name") or s.get("email", "") for s in self.students))) or self.id


@dataclass
class Manifest:
    """What a run of `batch` found and did."""

    form: str = ""
    fingerprint: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write it in one step.  Raises OSError."""
        page = {
            "form": self.form, "fingerprint": self.fingerprint, "versions": self.versions,
            "submissions": [asdict(row) for row in self.rows.values()],
        }  # fmt: skip
        text = json.dumps(page, indent=1, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
        files.put(folder / MANIFEST, text)

    @classmethod
    def load(cls, folder: Path) -> Manifest | None:
        """The manifest of a folder, None if there is none.  Raises UserError if it is damaged."""
        path = folder / MANIFEST
        try:
            page = json.loads(path.read_text("utf-8"))
            rows = [Row(**row | {"status": Status(row["status"])}) for row in page["submissions"]]
            return cls(page["form"], page["fingerprint"], page["versions"], {row.id: row for row in rows})
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
    places = (folder / name for name in (FOLDER, REPORTS, STAFF))
    return {p.stem for place in places if place.is_dir() for p in place.iterdir() if not p.name.startswith(".")}


def set_aside(folder: Path, ids: Iterable[str]) -> None:
    """Move everything that was written for these submissions to EARLIER.  Raises OSError."""
    for id in sorted(ids):
        for name, suffix in ((FOLDER, ".json"), (REPORTS, ".html"), (STAFF, ".html")):
            path = folder / name / f"{id}{suffix}"
            if path.exists():
                place = folder / EARLIER / name / path.name
                place.parent.mkdir(parents=True, exist_ok=True)
                _free(place)
                shutil.move(path, place)


def _free(path: Path) -> None:
    """Give an older file of that name the first number that is free."""
    if path.exists():
        number = next(n for n in range(1, 1 << 30) if not path.with_name(f"{path.stem}.{n}{path.suffix}").exists())
        path.rename(path.with_name(f"{path.stem}.{number}{path.suffix}"))


# --- reading ----------------------------------------------------------------------------------------------------------


def rows(folder: Path) -> list[Row]:
    """Every submission of the last run, in the order of their IDs.

    A folder without a manifest, of results.json files that were graded in another way, gives a row for each.  Raises
    UserError if there is nothing that was graded.
    """
    manifest = Manifest.load(folder)
    found = list(manifest.rows.values()) if manifest else [Row(id, [], status=Status.GRADED) for id in _listed(folder)]
    if not found:
        command = f"python -m autograder batch PATH --out {shown_path(folder)}"
        raise UserError(f"There are no results in {shown_path(folder)}. Grade first: {command}")
    return sorted(found, key=lambda row: row.id)


def read(folder: Path) -> Iterator[Graded]:
    """The results of a class in the order of their IDs, one at a time.  Raises UserError."""
    for row in rows(folder):
        if row.status in (Status.GRADED, Status.FAULT):
            yield load(place_of(folder, row.id), row.id)


def _listed(folder: Path) -> list[str]:
    """The IDs in a folder of results, named ID.json or ID/results.json."""
    place = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    if not place.is_dir():
        raise UserError(f"{shown_path(folder)} is not a folder of results.")
    ids = []
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name == MANIFEST:
                continue
            if entry.name.endswith(".json"):
                ids.append(entry.name.removesuffix(".json"))
            elif os.path.isfile(os.path.join(entry.path, ALONE)):
                ids.append(entry.name)
    return ids


def place_of(folder: Path, id: str) -> Path:
    """Where a result is."""
    place = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    return place / f"{id}.json" if (place / f"{id}.json").is_file() else place / id / ALONE


def load(path: Path, id: str) -> Graded:
    """One results.json.  Raises UserError if it is none."""
    try:
        page = json.loads(path.read_text("utf-8"))
        return parse(page, id)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        name = shown_path(path)
        raise UserError(f"{name} is not a results.json of this grader: {type(error).__name__}: {error}") from None


def parse(page: dict[str, Any], id: str) -> Graded:
    """The same from the page itself.  Raises ValueError, KeyError, TypeError or AttributeError if it is none."""
    extra = page["extra_data"]
    if "grader_fault" not in extra:
        extra["fingerprint"]  # any other page has none
    about = extra.get("submission", {})
    lines = {}
    for test in page["tests"]:
        more = test.get("extra_data", {})
        if "key" in more:
            lines[str(more["key"])] = Verdict(
                str(test["number"]), str(test["name"]), str(more["verdict"]), float(test.get("score", 0)),
                float(test.get("max_score", 0)), str(more.get("misconception", "")), str(more.get("reason", "")),
                _words(test),
            )  # fmt: skip
    fault = str(extra.get("grader_fault", ""))
    return Graded(
        id=str(about.get("id", id)),
        score=float(page["score"]),
        points=round(sum(line.points for line in lines.values()), 2),
        lines=lines,
        students=list(about.get("students", [])),
        created_at=str(about.get("created_at", "")),
        fault=fault,
        fingerprint=str(extra.get("fingerprint", "")),
        versions=dict(extra.get("versions", {})),
        about=about,
        output=str(page.get("output", "")),
        feedback="" if fault else feedback(student_view(page)),
    )


def _words(test: dict[str, Any]) -> str:
    """What is said of a criterion, whether or not there is a picture under it."""
    text = str(test.get("output", ""))
    if test.get("output_format") == "html":
        text = re.sub(r"<p><img .*", "", text, flags=re.S)
        text = html.unescape(re.sub(r"<[^>]*>", "", text.replace("<br>", "\n"))).replace("\xa0", " ")
    return text


# --- what a student may see -------------------------------------------------------------------------------------------


def student_view(page: dict[str, Any]) -> dict[str, Any]:
    """A results.json without what a student may not see: hidden criteria are one row without words, and nothing is
    left that is for staff."""
    tests = [test for test in page["tests"] if "key" in test.get("extra_data", {})]
    shown = [
        {name: value for name, value in test.items() if name != "extra_data"}
        for test in tests
        if test.get("visibility", "visible") == "visible"
    ]
    hidden = [test for test in tests if test.get("visibility", "visible") != "visible"]
    if hidden:
        others: dict[str, Any] = {"number": "", "name": OTHERS, "output": "", "visibility": "visible"}
        if all("score" in test for test in hidden):
            sums = {name: round(sum(test[name] for test in hidden), 2) for name in ("score", "max_score")}
            others |= sums | {"status": "passed" if sums["score"] == sums["max_score"] else "failed"}
        shown.append(others)
    return {name: page[name] for name in ("score", "output") if name in page} | {"tests": shown}


def feedback(view: dict[str, Any]) -> str:
    """A student's view in one short paragraph, as Moodle shows it beside the grade."""
    lost = [test for test in view["tests"] if test.get("score", 0) < test.get("max_score", 0)]
    said = [f"{test['number']} {test['name']}: {test['score']:g}/{test['max_score']:g}".strip() for test in lost]
    remarks = [line for line in str(view.get("output", "")).split("\n") if line][:5]
    return "; ".join([*remarks, *said]) or "All criteria passed."
