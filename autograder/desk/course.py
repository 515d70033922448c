"""A class is a folder of results.json files; this reads them back, whoever wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = "results"  # below the folder that `batch` writes


class Unusable(Exception):
    """There is nothing here that was graded; the text says where, and what to do."""


class Verdict(NamedTuple):
    """One line of one student.  `misconception` is a key, `reason` its sentence where that is certain."""

    number: str
    title: str
    verdict: str
    score: float
    points: float
    misconception: str = ""
    reason: str = ""


@dataclass
class Graded:
    """One results.json.  `lines` is by the key of the rubric's line; `fault` says why there is no grade."""

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

    @property
    def name(self) -> str:
        """Who handed it in, for people."""
        return ", ".join(s.get("name") or s.get("email", "") for s in self.students) or self.id


def read(folder: Path) -> Iterator[Graded]:
    """The results of a class in the order of their names, one at a time.  `folder` is what `batch --out` wrote, or any
    folder of results.json files, named ID.json or ID/results.json.  Raises Unusable."""
    inside = folder / FOLDER
    place = inside if inside.is_dir() else folder
    if not place.is_dir():
        raise Unusable(f"{folder} is not a folder of results.")
    paths = sorted([*place.glob("*.json"), *place.glob("*/results.json")])
    if not paths:
        raise Unusable(f"There are no results in {folder}. Grade first: python -m autograder batch PATH --out {folder}")
    for path in paths:
        yield load(path, path.parent.name if path.name == "results.json" else path.stem)


def load(path: Path, id: str) -> Graded:
    """One results.json.  Raises Unusable where it is none."""
    try:
        page = json.loads(path.read_text("utf-8"))
        return parse(page, id)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unusable(f"{path} is not a results.json of this grader: {type(error).__name__}: {error}") from None


def parse(page: dict[str, Any], id: str) -> Graded:
    """The same from the page itself.  Raises ValueError, KeyError, TypeError or AttributeError where it is none."""
    extra = page["extra_data"]
    about = extra.get("submission", {})
    lines = {}
    for test in page["tests"]:
        more = test.get("extra_data", {})
        if "key" in more:
            lines[str(more["key"])] = Verdict(
                str(test["number"]), str(test["name"]), str(more["verdict"]), float(test.get("score", 0)),
                float(test.get("max_score", 0)), str(more.get("misconception", "")), str(more.get("reason", "")),
            )  # fmt: skip
    return Graded(
        id=str(about.get("id", id)),
        score=float(page["score"]),
        points=sum(line.points for line in lines.values()),
        lines=lines,
        students=list(about.get("students", [])),
        created_at=str(about.get("created_at", "")),
        fault=str(extra.get("grader_fault", "")),
        fingerprint=str(extra["fingerprint"]),
        versions=dict(extra["versions"]),
        about=about,
        output=str(page.get("output", "")),
    )
