"""A result as text for a terminal: every criterion, with its texts below if it was lost."""

from __future__ import annotations

import textwrap

from autograder.result import FAULT, Result, clean
from autograder.rubric import TOTAL

MARKS = {"passed": "✓", "failed": "✗", "not checked": "–", "fault": "!"}
COLORS = {"passed": "32", "failed": "31", "not checked": "33", "fault": "35"}


def render(result: Result, color: bool = False, width: int = 100) -> str:
    """The whole result as text, `width` columns wide; `color`: with ANSI colors."""

    def paint(text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if color else text

    def wrap(text: str, indent: str = "") -> list[str]:
        return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent) or [""]

    out = [paint(clean(result.title), "1")]
    if result.fault:
        out += ["", *wrap(FAULT)]
    function = ""
    for row in result.rows:
        if row.criterion.function != function:
            function = row.criterion.function
            out.append("")
        points = "open" if row.verdict == "fault" else f"{row.score:g}/{row.criterion.points:g}"
        mark = paint(MARKS[row.verdict], COLORS[row.verdict])
        out.append(f"{mark} {row.criterion.number:<4} {row.criterion.title:<82}{points:>7}")
        for label, text in row.texts:
            first, *more = clean(text).split("\n")
            out += wrap(f"{label}: {first}" if label else first, " " * 8)
            for line in more:
                out += wrap(f"  {line}", " " * 8)
    notes = [*result.terms, *(f"Note: {note}" for note in result.notes)]
    for note in notes:
        out += ["", *wrap(clean(note).replace("\n", " | "))]
    if not result.fault:
        total = f"{result.total:g}/{result.points or TOTAL:g}"
        open_points = " (criteria that could not be graded are not counted)" if result.faulty else ""
        out += ["", paint(f"Total: {total}", "1") + open_points]
    return "\n".join(out)
