"""The pictures in Gradescope's results.json: HTML of few tags, without a style sheet and without Jinja2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from autograder.rendering.figures import Picture
from autograder.result import MAX_TEXT, clean


def illustrate(page: dict[str, Any], pictures: Mapping[str, Picture]) -> None:
    """Put the pictures into the results.json `page`, below the texts of their criteria."""
    for test in page["tests"]:
        picture = pictures.get(test.get("extra_data", {}).get("key"))
        if picture is None:
            continue
        output = _text(test["output"]) + _figure(picture)
        # Gradescope cuts the middle out of longer texts, and that may be in the picture.
        if len(output) <= MAX_TEXT:
            test |= {"output": output, "output_format": "html"}


def _text(text: str) -> str:
    """Plain text as HTML that looks the same, even if the style is dropped."""
    if not text:
        return ""
    # A browser drops spaces at the start of a line and repeated spaces, except non-breaking ones.
    text = re.sub(r"(?m)^ | (?= )", "&nbsp;", escape(clean(text).expandtabs(8))).replace("\n", "<br>")
    return f'<div style="font-family:monospace">{text}</div>'


def _figure(picture: Picture) -> str:
    size = f'width="{picture.width}" height="{picture.height}" style="max-width:100%;height:auto"'
    alt, caption = escape(clean(picture.alt)), escape(clean(picture.caption))
    return f'<p><img src="{picture.uri}" alt="{alt}" {size}></p><p><em>{caption}</em></p>'
