"""The result for GitHub Classroom: what its reporter reads, what the log, the annotations and the summary of a job say.

The reporter (classroom-resources/autograding-grading-reporter) is given the output `result` of a step: base64 of JSON.
Whatever a submission said is printed where the runner follows no commands, or escaped.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.rendering import text as rendering
from autograder.result import FAULT, Result, Row, clean, public
from autograder.submission import NAME

MAX_OUTPUT = 80_000  # bytes of JSON: the reporter gets its base64 as one environment variable, of at most 128 KiB
MAX_SUMMARY = 900_000  # bytes; GitHub takes 1 MiB
ANNOTATIONS = 10  # that GitHub shows of a step
STATES = {"passed": "pass", "fault": "error"}


def page(result: Result) -> dict[str, Any]:
    """The result as the reporter wants it.  Where there is no grade, there are no points to report: Classroom keeps
    what it has, and never gets a zero that is the grader's."""
    result = public(result)
    if result.faulty:
        error = {"name": "The grader failed", "status": "error", "score": 0, "message": FAULT}
        tests, status, points = [error | BARE], "error", 0.0
    else:
        lost = any(row.verdict != "passed" for row in result.rows)
        status, points = "fail" if lost else "pass", result.points
        tests = _fit(lambda limit: [_test(row, limit) for row in result.rows], MAX_OUTPUT)
    return {"version": 1, "status": status, "max_score": points, "tests": tests}


BARE = {"test_code": "", "filename": "", "line_no": 0, "duration": 0}


def _test(row: Row, limit: int) -> dict[str, Any]:
    test = {
        "name": f"{row.criterion.number} {row.criterion.title}".strip(),
        "status": STATES.get(row.verdict, "fail"),
        "score": row.score,
        "message": _tame(clean(row.text, limit)),
    }
    # The reporter shows every test_code, and a line number that is not 0.
    number = _number(row)
    return test | BARE | ({"filename": NAME, "line_no": number} if number else {})


def _tame(text: str) -> str:
    """Text in which a runner finds no command, wherever it is printed."""
    return text.replace("::", ": :").replace("##[", "## [")


def _fit(make: Callable[[int], Any], size: int) -> Any:
    """What `make` gives with the longest texts that keep it within a number of bytes."""
    for limit in (8000, 2000, 500, 100):
        made = make(limit)
        text = made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)
        if len(text.encode()) <= size:
            break
    return made


def output(result: Result) -> str:
    """The line for the file of GITHUB_OUTPUT."""
    text = json.dumps(page(result), ensure_ascii=False, allow_nan=False)
    return f"result={base64.b64encode(text.encode()).decode('ascii')}\n"


def log(result: Result, file: str = NAME) -> str:
    """The rubric for the log of a job, and a note on the file for what was lost, where the line is known."""
    shown = public(result)
    token = os.urandom(16).hex()
    out = [f"::stop-commands::{token}", rendering.render(shown), f"::{token}::"]
    if result.faulty:
        out.append(_command("warning", "The grader failed", FAULT))
    else:
        lost = [row for row in shown.rows if row.verdict == "failed"]
        lost.sort(key=lambda row: not _number(row))
        for row in lost[:ANNOTATIONS]:
            title = f"{row.criterion.number} {row.criterion.title}: {row.score:g}/{row.criterion.points:g}".strip()
            out.append(_command("error", title, clean(row.text, 1000) or title, file, _number(row)))
    return "\n".join(out) + "\n"


def _command(name: str, title: str, message: str, file: str = "", number: int = 0) -> str:
    properties = {"file": file, "line": str(number or ""), "title": title}
    pairs = ",".join(f"{key}={_escape(value, ':', ',')}" for key, value in properties.items() if value)
    return f"::{name} {pairs}::{_escape(message)}"


def _escape(text: str, *more: str) -> str:
    """A value of a workflow command, on one line."""
    for c in ("%", "\r", "\n", *more):
        text = text.replace(c, f"%{ord(c):02X}")
    return text


def _number(row: Row) -> int:
    """The line of the student's file that the words name; 0 where they name none."""
    for label, text in row.texts:
        if not label.endswith(" printed") and (found := re.search(r" in line (\d{1,6})(?!\d| of )", text)):
            return int(found[1])
    return 0


def summary(result: Result) -> str:
    """The result as Markdown, for the summary of the job."""
    shown = public(result)
    made = _fit(lambda limit: _summary(shown, limit), MAX_SUMMARY)
    assert isinstance(made, str)
    return made


def _summary(result: Result, limit: int) -> str:
    if result.fault:
        return f"## {_cell(result.title or 'The grader')}\n\n{FAULT}\n"
    total = f"**{result.score:g}/{result.points:g}**{' (open lines are not counted)' if result.faulty else ''}"
    out = [f"## {_cell(result.title)}", "", total, "", "| | line | points |", "|---|---|--:|"]
    for row in result.rows:
        points = "open" if row.verdict == "fault" else f"{row.score:g}/{row.criterion.points:g}"
        name = _cell(f"{row.criterion.number} {row.criterion.title}".strip())
        out.append(f"| {rendering.MARKS[row.verdict]} | {name} | {points} |")
    said = [(f"{row.criterion.number} {row.criterion.title}".strip(), row.text) for row in result.rows if row.texts]
    for title, text in [*(("Note", note) for note in result.notes), *said]:
        out += [
            "",
            f"<details><summary>{html.escape(title)}</summary>",
            "",
            _block(clean(text, limit)),
            "",
            "</details>",
        ]
    return "\n".join(out) + "\n"


def _cell(text: str) -> str:
    """Text in a table: not markup, not a column."""
    return re.sub(
        r"([\\`*_{}\[\]<>()#+!|~@&$-])", lambda found: f"&#{ord(found[1])};", clean(text, 300).replace("\n", " ")
    )


def _block(text: str) -> str:
    """Text as it is.  The fence is longer than any in it, so nothing in it ends it."""
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def place(submission: Path) -> str:
    """The name of the student's file in its repository, for annotations."""
    path = submission.resolve()
    inside = [path / NAME, path / "student" / NAME]
    file = path if path.is_file() else next((one for one in inside if one.is_file()), inside[0])
    for folder in file.parents:
        if (folder / ".git").exists():
            return file.relative_to(folder).as_posix()
    return NAME
