"""A class is a folder of results.json files; this reads them back, whoever wrote them."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = "results"  # below the folder that `batch` writes
ALONE = "results.json"  # in a folder of its own for each


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
    words: str = ""  # what the student was told, as plain text


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
    """The results of a class in the order of their IDs, one at a time.  `folder` is what `batch --out` wrote, or any
    folder of results.json files, named ID.json or ID/results.json.  Raises Unusable."""
    place, names = find(folder)
    for name in names:
        yield load(place / name, id_of(name))


def find(folder: Path) -> tuple[Path, list[str]]:
    """Where the results of a class are: a folder, and the names in it in the order of their IDs.  Raises Unusable."""
    inside = folder / FOLDER
    place = inside if inside.is_dir() else folder
    if not place.is_dir():
        raise Unusable(f"{folder} is not a folder of results.")
    names = []
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.name.endswith(".json"):
                names.append(entry.name)
            elif os.path.isfile(os.path.join(entry.path, ALONE)):
                names.append(f"{entry.name}/{ALONE}")
    if not names:
        raise Unusable(f"There are no results in {folder}. Grade first: python -m autograder batch PATH --out {folder}")
    names.sort(key=id_of)
    return place, names


def id_of(name: str) -> str:
    """The ID that a name of `find` stands for."""
    return name.removesuffix(f"/{ALONE}").removesuffix(".json")


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
    if "grader_fault" not in extra:
        extra["fingerprint"]  # whose page is this, otherwise?
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
    return Graded(
        id=str(about.get("id", id)),
        score=float(page["score"]),
        points=sum(line.points for line in lines.values()),
        lines=lines,
        students=list(about.get("students", [])),
        created_at=str(about.get("created_at", "")),
        fault=str(extra.get("grader_fault", "")),
        fingerprint=str(extra.get("fingerprint", "")),
        versions=dict(extra.get("versions", {})),
        about=about,
        output=str(page.get("output", "")),
    )


def _words(test: dict[str, Any]) -> str:
    """What is said of a line, whether or not there is a picture under it."""
    text = str(test.get("output", ""))
    if test.get("output_format") == "html":
        text = re.sub(r"<p><img .*", "", text, flags=re.S)
        text = html.unescape(re.sub(r"<[^>]*>", "", text.replace("<br>", "\n"))).replace("\xa0", " ")
    return text
