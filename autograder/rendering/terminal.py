"""The result for a terminal: the rubric line by line, and the words under what was lost."""

from __future__ import annotations

import textwrap

from autograder.result import FAULT, Result, clean
from autograder.rubric import TOTAL

MARKS = {"passed": "✓", "failed": "✗", "not checked": "–", "fault": "!"}
COLOURS = {"passed": "32", "failed": "31", "not checked": "33", "fault": "35"}


def render(result: Result, colour: bool = False, width: int = 100) -> str:
    """The whole result as text; `colour` adds colours for a terminal."""

    def paint(text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if colour else text

    out = [paint(result.title, "1"), ""]
    if result.fault:
        out += textwrap.wrap(FAULT, width)
    function = ""
    for row in result.rows:
        if row.criterion.function != function:
            function = row.criterion.function
            out += [""] if len(out) > 2 else []
        points = "open" if row.verdict == "fault" else f"{row.score:g}/{row.criterion.points:g}"
        mark = paint(MARKS[row.verdict], COLOURS[row.verdict])
        out.append(f"{mark} {row.criterion.number:<4} {row.criterion.title:<82}{points:>7}")
        for label, text in row.texts:
            head = f"{label}: " if label else ""
            for n, part in enumerate(clean(text).split("\n")):
                lines = textwrap.wrap((head if n == 0 else "  ") + part, width - 8) or [""]
                out += ["        " + (paint(line, "0") if i else line) for i, line in enumerate(lines)]
    for note in result.terms:
        out += ["", *textwrap.wrap(clean(note).replace("\n", " | "), width)]
    for note in result.notes:
        out += ["", *textwrap.wrap("Note: " + clean(note).replace("\n", " | "), width)]
    if not result.fault:
        total = f"{result.total:g}/{result.points or TOTAL:g}"
        out += ["", paint(f"Total: {total}", "1") + (" (open lines are not counted)" if result.faulty else "")]
    return "\n".join(out)
