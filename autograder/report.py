"""The page that shows a teacher what a student would see, and the pictures in results.json."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from autograder.results import Result, clean


def write(result: Result, path: Path) -> None:
    """Write the page, self-contained.  Raises OSError."""
    rows = "".join(f"<p>{html.escape(clean(row.line.title))} {row.score:g}</p>" for row in result.lines)
    path.write_text(f"<!doctype html><meta charset=utf-8>{rows}", "utf-8")


def illustrate(page: dict[str, Any], result: Result) -> None:
    """Put the pictures into a results.json page."""
