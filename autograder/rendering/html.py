"""The HTML pages: the environment that all of them share, and the report of one submission.

A page is one file that requests nothing.  Its style and its script are inlined, and its policy allows only these two,
by their hashes.  Everything that came from a submission is text: Jinja2 escapes it, and `clean` has removed what could
change the text around it.

Jinja2 is not installed in the grading image, so nothing that runs there imports this module.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from autograder.asking.hints import LOOK_AT
from autograder.rendering.figures import Picture
from autograder.result import FAULT, Result, Row, clean, public
from autograder.rubric import TOTAL

FOLDER = Path(__file__).parent
VERDICTS = {"passed": "passed", "failed": "failed", "not checked": "not checked", "fault": "grader error"}
VISIBILITIES = {
    "visible": "",
    "hidden": "Students never see this criterion.",
    "after_due_date": "Students see this criterion after the due date.",
    "after_published": "Students see this criterion after the grades are published.",
}
CAUSES = ("Likely reason", LOOK_AT, "What is true", "")  # labels of the texts that tell a cause, the best one first
UNWRITTEN = ("stub", "prerequisite", "not_earned")  # failures of a function that is not written yet, and their effects
SEEN = ("Returned", "Expected")  # labels of the texts that tell what is wrong
SAME = re.compile(r"the same (?:reason )?as in (\d[\w.]*\w)", re.IGNORECASE)


# --- all pages -------------------------------------------------------------------------------------------------------


def render(template: Path, script: str = "", **context: Any) -> str:
    """Fill in a template.

    Parameters
    ----------
    template : the file; it may extend and import what is in rendering/templates
    script : name of a JavaScript file next to it, if the page has one
    context : the variables of the template; a missing one is an error
    """
    style = (FOLDER / "static" / "style.css").read_text("utf-8")
    code = (template.parent / script).read_text("utf-8") if script else ""
    page = _environment(template.parent).get_template(template.name)
    return page.render(policy=policy(style, code), style=Markup(style), script=Markup(code), **context)


def policy(style: str, script: str = "") -> str:
    """The content security policy of a page: its own style, its own script, its own pictures, and nothing else."""
    scripts = f"script-src {_hash(script)}; " if script else ""
    return f"default-src 'none'; img-src data:; style-src {_hash(style)}; {scripts}base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _environment(folder: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, FOLDER / "templates"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": count, "percent": percent, "num": "{:g}".format, "when": when}
    return environment


def count(number: int, one: str, more: str = "") -> str:
    """A number with its noun: 1 student, 2 students."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def percent(share: float) -> str:
    """A share, never rounded up to all or down to none."""
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def when(time: str) -> str:
    """An ISO time as people read it: 2026-10-12 09:37 (UTC-05:00)."""
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", time):
        return time[:40]
    zone = re.search(r"[+-]\d\d:\d\d$", time)
    offset = f" (UTC{zone[0]})" if zone and zone[0] != "+00:00" else " (UTC)" if zone or time.endswith("Z") else ""
    return f"{time[:10]} {time[11:16]}{offset}"


# --- the report of one submission ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Criterion:
    """One criterion as a page shows it.  `same_as`: the number of the criterion that was lost for the same cause."""

    key: str
    number: str
    title: str
    verdict: str
    score: float
    points: float
    texts: tuple[tuple[str, str], ...]
    picture: Picture | None = None
    reason: str = ""
    mistake: str = ""
    same_as: str = ""
    visibility: str = ""
    excerpt: tuple[tuple[int, str, bool], ...] = ()

    @property
    def cause(self) -> str:
        """Why it was lost, or else what is wrong."""
        return self.reason or " ".join(f"{label}: {text}" for label, text in self.texts if label in SEEN)


@dataclass(frozen=True)
class Part:
    """The criteria of one function."""

    function: str
    criteria: tuple[Criterion, ...]

    @property
    def score(self) -> float:
        return round(sum(c.score for c in self.criteria), 2)

    @property
    def points(self) -> float:
        return round(sum(c.points for c in self.criteria), 2)

    @property
    def passed(self) -> list[Criterion]:
        return [c for c in self.criteria if c.verdict == "passed"]

    @property
    def lost(self) -> Iterator[tuple[Criterion, list[Criterion]]]:
        """Each criterion that did not pass, with those after it that have the same cause."""
        numbers = {c.number for c in self.criteria if c.verdict != "passed" and not c.same_as}
        for first in self.criteria:
            if first.verdict != "passed" and first.same_as not in numbers:
                same = (c for c in self.criteria if c.same_as and c.same_as == first.number)
                yield first, [c for c in same if c.verdict != "passed"]


@dataclass(frozen=True)
class StudentView:
    """What a student may see: no hidden criterion, and nothing that is meant for staff."""

    title: str
    student: str
    submitted: str
    graded: bool
    total: float
    points: float
    nothing: str  # why there was nothing to check
    notices: tuple[str, ...]
    policies: tuple[str, ...]
    notes: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def criteria(self) -> list[Criterion]:
        return [criterion for part in self.parts for criterion in part.criteria]

    @property
    def fixes(self) -> list[tuple[Criterion, int, float]]:
        """The causes of lost points, the most points first: the first criterion, how many there are, their points."""
        found: dict[str, list[Criterion]] = {}
        seen: dict[tuple[str, str, str], str] = {}
        for criterion in self.criteria:
            if criterion.verdict == "failed" and criterion.texts:
                # Without a known cause, failures of one kind in one function probably have the same one.
                kind = (criterion.key.split("_")[0], criterion.mistake, criterion.reason)
                same = criterion.same_as or seen.setdefault(kind, criterion.number)
                found.setdefault(same, []).append(criterion)
        rows = [(same[0], len(same), round(sum(c.points - c.score for c in same), 2)) for same in found.values()]
        return sorted(rows, key=lambda row: -row[2])


@dataclass(frozen=True)
class StaffView:
    """Everything: the report with all criteria, and what only staff may see."""

    report: StudentView
    remarks: tuple[str, ...]
    facts: Mapping[str, str]
    code: str


def student_page(result: Result, pictures: Mapping[str, Picture]) -> str:
    """The report for the student."""
    return render(FOLDER / "templates" / "report.html", report=student_view(result, pictures))


def staff_page(result: Result, pictures: Mapping[str, Picture], problem: str = "", code: str = "") -> str:
    """The report for staff.

    Parameters
    ----------
    problem : why pictures are missing
    code : the submission's text, if the page is to show it
    """
    view = staff_view(result, pictures, problem, code)
    return render(FOLDER / "templates" / "staff.html", report=view.report, staff=view)


def student_view(result: Result, pictures: Mapping[str, Picture]) -> StudentView:
    """What the student may see of a result."""
    return _view(public(result), pictures)


def staff_view(result: Result, pictures: Mapping[str, Picture], problem: str = "", code: str = "") -> StaffView:
    """Everything there is to a result."""
    facts = {**result.versions, "fingerprint": result.fingerprint, "seconds": f"{result.seconds:.2f}"}
    facts |= {
        f"{row.criterion.number} {row.criterion.key}": row.misconception for row in result.rows if row.misconception
    }
    remarks = [*result.staff, *([problem] if problem else [])]
    if any(row.criterion.visibility != "visible" for row in result.rows):
        remarks.append("Students don't see all criteria yet. As long as one is hidden, Gradescope hides the total too.")
    return StaffView(_view(result, pictures, staff=True), tuple(remarks), facts, code)


def _view(result: Result, pictures: Mapping[str, Picture], staff: bool = False) -> StudentView:
    rows = list(_criteria(result, pictures, staff))
    parts = [Part(f, tuple(c for _, c in same)) for f, same in groupby(rows, key=lambda row: row[0])]
    notices = [FAULT] if result.fault else ["Some criteria could not be graded. " + FAULT] if result.faulty else []
    nothing = result.refused
    if rows and all(c.mistake in UNWRITTEN for _, c in rows) and not result.faulty:
        nothing = "Nothing is written yet: the functions still raise NotImplementedError."
    people = [str(student.get("name") or student.get("email") or "") for student in result.about.get("students", [])]
    return StudentView(
        title=result.title or "The grader",
        student=", ".join(filter(None, people)),
        submitted=str(result.about.get("created_at", "")),
        graded=not result.fault,
        total=result.total,
        points=result.points or TOTAL,
        nothing=nothing,
        notices=tuple(notices),
        policies=tuple(result.terms),
        notes=tuple(note for note in result.notes if note != result.refused),
        parts=tuple(parts),
    )


def _criteria(result: Result, pictures: Mapping[str, Picture], staff: bool) -> Iterator[tuple[str, Criterion]]:
    """The criteria in order, each with its function."""
    first: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
    for row in result.rows:
        line, texts = row.criterion, tuple(row.texts)
        same = _same_as(row)
        if row.verdict != "passed" and texts and not same:
            number = first.setdefault((line.function, texts), line.number)
            same = number if number != line.number else ""
        yield line.function, Criterion(
            line.key, line.number, line.title, row.verdict, row.score, line.points, texts, pictures.get(line.key),
            row.reason or next((_told(label, text) for label in CAUSES for told, text in texts if told == label), ""),
            row.misconception, same,
            VISIBILITIES[line.visibility] if staff else "", row.excerpt,
        )  # fmt: skip


def _told(label: str, text: str) -> str:
    return f"{label} {text}" if label == LOOK_AT else text


def _same_as(row: Row) -> str:
    """The number of the criterion whose cause this one shares, as its texts tell it."""
    told = (SAME.match(text) for label, text in row.texts if label in ("", "Likely reason"))
    return next((found[1] for found in told if found), "")
