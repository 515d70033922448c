"""The one result object.  results.json, the terminal and the page are renderings of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder import files
from autograder.rubric import Criterion

MAX_TEXT = 90_000  # Gradescope cuts the middle out of anything over 100,000 characters
VERDICTS = ("passed", "failed", "not checked", "fault")


@dataclass
class Row:
    """One criterion: its verdict, its points, and the texts for a student as (label, sentence) pairs."""

    criterion: Criterion
    verdict: str
    score: float = 0.0
    texts: list[tuple[str, str]] = field(default_factory=list)
    misconception: str = ""  # a key: the same for all who make the same mistake
    reason: str = ""  # and the sentence of it, if it is certain
    fault: str = ""  # why the grader could not judge it, for staff
    excerpt: tuple[tuple[int, str, bool], ...] = ()  # lines of the program: number, text, whether to look at it

    @property
    def text(self) -> str:
        """The texts as plain text."""
        return "\n".join(f"{label}: {text}" if label else text for label, text in self.texts)


@dataclass
class Result:
    """A grade and everything that is said about it.  `fault` is the grader's own failure: then there is no grade."""

    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    staff: list[str] = field(default_factory=list)
    fault: str = ""
    in_use: bool = False  # the submission's answers were in use, so that even with a fault this counts as an attempt
    refused: str = ""  # why there was nothing to grade; it is among the notes too
    versions: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    stdout_visibility: str = "hidden"
    seconds: float = 0.0
    curves: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)  # who handed in what and when, where that is known
    final: float | None = None  # what counts, where the terms of the course make it another than the lines' sum
    terms: list[str] = field(default_factory=list)  # and why, for the student
    record: dict[str, Any] = field(default_factory=dict)  # what the policies need to know of it at the next submission
    leaderboard: list[dict[str, Any]] = field(default_factory=list)

    @property
    def score(self) -> float:
        return round(sum(row.score for row in self.rows), 2)

    @property
    def total(self) -> float:
        """The score that counts."""
        return self.score if self.final is None else self.final

    @property
    def points(self) -> float:
        return round(sum(row.criterion.points for row in self.rows), 2)

    @property
    def faulty(self) -> bool:
        """Whether any part of it could not be graded for a reason that is the grader's own."""
        return bool(self.fault) or any(row.verdict == "fault" for row in self.rows)


DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # turn the text around them
FAULT = (
    "The grader could not finish this. That is not a mistake of yours, and it is not a grade: the points are open "
    "until your instructor has found out why and has graded it again. You don't need to do anything."
)


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Text that shows as what it is: no control or direction-changing characters, no lone surrogates, not too long."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    kept = []
    for c in text:
        if c in "\n\t" or (c.isprintable() and c not in DIRECTIONS):
            kept.append(c)
        else:
            kept.append("\ufffd")
    text = "".join(kept)
    if len(text) > limit:
        text = text[: limit // 2] + "\n[...]\n" + text[-limit // 2 :]
    return text


def _test(row: Row) -> dict[str, Any]:
    """One row as an entry of results.json's tests."""
    line = row.criterion
    test: dict[str, Any] = {
        "number": line.number,
        "name": line.title,
        "visibility": line.visibility,
        "output": clean(row.text, 20_000),
        "output_format": "text",
        "extra_data": {"key": line.key, "verdict": row.verdict, "misconception": row.misconception},
    }
    if row.reason:
        test["extra_data"]["reason"] = clean(row.reason, 1000)
    if row.excerpt:
        test["extra_data"]["lines"] = [number for number, _, meant in row.excerpt if meant]
    if row.verdict != "fault":  # a fault carries no score: it is not a zero
        status = "passed" if row.verdict == "passed" else "failed"
        test |= {"score": row.score, "max_score": line.points, "status": status}
    return test


def gradescope(result: Result) -> dict[str, Any]:
    """The result as Gradescope's results.json wants it."""
    tests = [_test(row) for row in result.rows]
    top = [FAULT] if result.fault else []
    if not result.fault and result.faulty:
        top.append("Some criteria could not be graded. " + FAULT)
    if result.staff and result.faulty:  # hidden entries hide the total: here the total would be false
        staff = {"name": "For staff: a fault of the grader", "visibility": "hidden", "output_format": "text"}
        tests.append(staff | {"status": "failed", "output": clean("\n".join(result.staff), 20_000)})
    page: dict[str, Any] = {
        "score": result.total,
        "output": clean("\n\n".join(top + result.terms + result.notes), 20_000),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": result.stdout_visibility,
        "execution_time": round(result.seconds, 2),
        "tests": tests,
        "extra_data": {"versions": result.versions, "fingerprint": result.fingerprint},
    }
    if result.about:
        page["extra_data"]["submission"] = result.about
    if result.record:
        page["extra_data"]["terms"] = result.record
    if result.leaderboard:
        page["leaderboard"] = result.leaderboard
    if result.faulty:
        page["extra_data"]["grader_fault"] = clean(result.fault or "some criteria", 2000)
        page["extra_data"]["attempt"] = result.in_use
    return page


def words_of(test: dict[str, Any]) -> str:
    """What a results.json says of a criterion, as plain text: without the picture and the markup that came with it."""
    import html  # grading a submission does not need it

    text = str(test.get("output", ""))
    if test.get("output_format") != "html":
        return text
    words = text.split("<p><img", 1)[0].replace("<br>", "\n")
    return html.unescape(re.sub(r"<[^>]{0,200}>", "", words)).replace("\xa0", " ")


def public(result: Result) -> Result:
    """What a student may see at once, for platforms without lines that are hidden or shown later: these are one line,
    with their points and no words.  Nothing for staff."""
    shown = [row for row in result.rows if row.criterion.visibility == "visible"]
    kept = [row for row in result.rows if row.criterion.visibility != "visible"]
    if kept:
        verdicts = {row.verdict for row in kept}
        verdict = "fault" if "fault" in verdicts else "passed" if verdicts == {"passed"} else "failed"
        points = round(sum(row.criterion.points for row in kept), 2)
        criterion = Criterion("other_lines", "", "Criteria that are not shown here", points)
        shown.append(Row(criterion, verdict, round(sum(row.score for row in kept), 2)))
    return replace(result, rows=shown, staff=[])


def write(page: dict[str, Any], path: Path) -> None:
    """Put results.json in its place in one step: at every moment there is a whole one.  Raises OSError."""
    files.put(path, text_of(page))


def text_of(page: dict[str, Any]) -> str:
    """The page as valid JSON in UTF-8, all numbers finite."""
    text = json.dumps(page, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode("utf-8")  # half a character, in a name say, is none


def unfinished(record: dict[str, Any] | None = None) -> dict[str, Any]:
    """What stands in results.json until there is a result."""
    result = Result("", fault="did not finish", staff=["The grader was started and did not finish."])
    result.record = record or {}
    return gradescope(result)
