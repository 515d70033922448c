"""The page that shows a teacher what a student would see, and the pictures in results.json.

The page is one file that asks for nothing else: its policy forbids every request, and whatever a submission said stands
in it as text.  Both are complete without the pictures, and are made without them where drawing fails.
"""

from __future__ import annotations

import html
import re
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any

from autograder import files
from autograder.rendering.figures import Picture, pictures
from autograder.rendering.terminal import MARKS
from autograder.result import FAULT, MAX_TEXT, Result, Row, clean
from autograder.rubric import TOTAL

VERDICTS = {"passed": "passed", "failed": "failed", "not checked": "not checked", "fault": "grader fault"}
VISIBILITIES = {
    "hidden": "Students never see this line.",
    "after_due_date": "Students see this line after the due date.",
    "after_published": "Students see this line after the grades are published.",
}


def write(result: Result, path: Path) -> None:
    """Write the page in one step, so that there is a whole one or the one before.  Raises OSError."""
    drawn, problem = _draw(result)
    files.put(path, page(result, drawn, problem))


def illustrate(page: dict[str, Any], result: Result) -> str:
    """Put the pictures into a results.json page, under the words of their lines.

    Returns what went wrong, for staff; nothing that goes wrong here takes away a word or a point.
    """
    drawn, problem = _draw(result)
    for test in page["tests"]:
        picture = drawn.get(test.get("extra_data", {}).get("key"))
        if picture is None:
            continue
        output = _lines(test["output"]) + _figure(picture)
        # Gradescope would cut into the picture.
        if len(output) <= MAX_TEXT:
            test |= {"output": output, "output_format": "html"}
    return problem


def _draw(result: Result) -> tuple[dict[str, Picture], str]:
    """The pictures, and what went wrong."""
    try:
        return pictures(result), ""
    except Exception as error:
        return {}, f"The pictures could not be drawn: {type(error).__name__}: {error}"


# --- pieces for Gradescope: no style sheet, few tags -----------------------------------------------------------------


def _lines(text: str) -> str:
    """Plain text as HTML that shows the same, also where style is dropped."""
    if not text:
        return ""
    # A browser drops a space at the beginning of a line or beside another, unless it is one that does not break.
    text = re.sub(r"(?m)^ | (?= )", "&nbsp;", escape(text.expandtabs(8))).replace("\n", "<br>")
    return f'<div style="font-family:monospace">{text}</div>'


def _figure(picture: Picture) -> str:
    size = f'width="{picture.width}" height="{picture.height}" style="max-width:100%;height:auto"'
    return (
        f'<p><img src="{picture.uri}" alt="{escape(picture.alt)}" {size}></p><p><em>{escape(picture.caption)}</em></p>'
    )


# --- the page --------------------------------------------------------------------------------------------------------


def escape(text: str) -> str:
    """Text that is shown as what it is and is never markup."""
    return html.escape(clean(text))


def page(result: Result, drawn: dict[str, Picture], problem: str = "", staff: bool = True) -> str:
    """The page as text."""
    title = result.title or "The grader"
    if result.fault:
        head = "No grade yet"
        body = f'<main><p class="notice">{escape(FAULT)}</p>{_notes(result)}</main>'
    else:
        head = f"{result.total:g}/{result.points or TOTAL:g}"
        groups = [(f, list(rows)) for f, rows in groupby(result.rows, key=lambda row: row.criterion.function)]
        body = f"{_parts(groups)}<main>{_notices(result)}{_notes(result)}"
        body += "".join(_part(function, rows, drawn) for function, rows in groups) + "</main>"
    return PAGE.substitute(
        tab=escape(f"{head} · {title}"),
        who=escape(_who(result, staff)),
        title=escape(title),
        total=_total(result),
        body=body,
        staff=_staff(result, problem) if staff else "",
        style=STYLE,
    )


def _who(result: Result, staff: bool) -> str:
    """Whose page it is and when it was handed in, where that is known."""
    names = ", ".join(filter(None, (s.get("name", "") for s in result.about.get("students", []))))
    date = str(result.about.get("created_at", ""))[:16].replace("T", " ")
    view = "For staff" if staff and result.about else "What a student sees" if not result.about else ""
    return " · ".join(filter(None, (view, names, date)))


def _total(result: Result) -> str:
    if result.fault:
        return '<p class="total none"><strong>No grade yet</strong></p>'
    counts = [(word, sum(row.verdict == verdict for row in result.rows)) for verdict, word in VERDICTS.items()]
    tally = f"{len(result.rows)} lines: " + ", ".join(f"{count} {word}" for word, count in counts if count)
    tally = f"All {len(result.rows)} lines passed" if counts[0][1] == len(result.rows) else tally
    opened = " Open lines are not counted." if result.faulty else ""
    return f'<p class="total"><strong>{result.total:g}</strong> of {result.points or TOTAL:g} points</p>' + (
        f'<p class="tally">{tally}.{opened}</p>' if result.rows else ""
    )


def _parts(groups: list[tuple[str, list[Row]]]) -> str:
    """A bar for each part, that leads to it."""
    items = []
    for function, rows in groups:
        score, points = _sum(rows)
        share = 100 * score / points if points else 0
        items.append(
            f'<li><a href="#{escape(function)}"><span class="name">{escape(function)}</span>'
            f'<span class="bar" aria-hidden="true"><span style="width:{share:.4g}%"></span></span>'
            f'<span class="points">{score:g}/{points:g}</span></a></li>'
        )
    return f'<nav aria-label="The parts and their points"><ul>{"".join(items)}</ul></nav>'


def _sum(rows: list[Row]) -> tuple[float, float]:
    return round(sum(row.score for row in rows), 2), round(sum(row.criterion.points for row in rows), 2)


def _notices(result: Result) -> str:
    notices = []
    if result.faulty:
        notices.append("Some lines could not be graded. " + FAULT)
    if any(row.criterion.visibility != "visible" for row in result.rows):
        notices.append("Some lines are not visible to students. While there are any, Gradescope hides the total too.")
    terms = "".join(f'<p class="notice terms">{escape(term)}</p>' for term in result.terms)
    return terms + "".join(f'<p class="notice">{escape(notice)}</p>' for notice in notices)


def _notes(result: Result) -> str:
    if not result.notes:
        return ""
    items = "".join(f"<li>{_said(note)}</li>" for note in result.notes)
    return f'<section aria-labelledby="notes"><h2 id="notes">Notes</h2><ul class="notes">{items}</ul></section>'


def _said(text: str) -> str:
    """A sentence; what it quotes after a colon at the end of its first line is shown as it is."""
    head, colon, quoted = text.partition(":\n")
    return f"<p>{escape(head + colon.strip())}</p>{_quoted(quoted, head) if colon else ''}"


def _quoted(text: str, name: str) -> str:
    """What a program printed.  It may scroll, so it can be reached by keyboard."""
    return f'<pre tabindex="0" role="group" aria-label="{escape(name)}">{escape(text)}</pre>'


def _part(function: str, rows: list[Row], drawn: dict[str, Picture]) -> str:
    score, points = _sum(rows)
    name = escape(function)
    items = "".join(_row(row, drawn.get(row.criterion.key)) for row in rows)
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{name}'
        f' <span class="points">{score:g}/{points:g}</span></h2><ol class="lines">{items}</ol></section>'
    )


def _row(row: Row, picture: Picture | None) -> str:
    line, verdict = row.criterion, VERDICTS[row.verdict]
    points = f"open/{line.points:g}" if row.verdict == "fault" else f"{row.score:g}/{line.points:g}"
    when = VISIBILITIES.get(line.visibility, "")
    figure = ""
    if picture is not None:
        figure = (
            f'<figure><img src="{picture.uri}" alt="{escape(picture.alt)}" width="{picture.width}"'
            f' height="{picture.height}"><figcaption>{escape(picture.caption)}</figcaption></figure>'
        )
    return (
        f'<li class="{verdict.split()[0]}"><div class="row"><h3><span class="number">{escape(line.number)}</span> '
        f"{escape(line.title)}</h3>"
        f'<p class="verdict"><span class="sign" aria-hidden="true">{MARKS[row.verdict]}</span> {verdict}</p>'
        f'<p class="points">{points}</p></div>'
        + (f'<p class="when">{when}</p>' if when else "")
        + _words(row.texts)
        + f"{figure}</li>"
    )


def _words(words: list[tuple[str, str]]) -> str:
    """Labelled sentences; what a function printed is shown as it is."""
    out = []
    for labelled, group in groupby(words, key=lambda pair: bool(pair[0])):
        if not labelled:
            out += [_said(text) for _, text in group]
            continue
        rows = []
        for label, text in group:
            said = _quoted(text, label) if label.endswith(" printed") else escape(text)
            rows.append(f"<div><dt>{escape(label)}</dt><dd>{said}</dd></div>")
        out.append(f"<dl>{''.join(rows)}</dl>")
    return f'<div class="words">{"".join(out)}</div>' if out else ""


def _staff(result: Result, problem: str) -> str:
    said = [*result.staff, *([problem] if problem else [])]
    rows = [*result.versions.items(), ("fingerprint", result.fingerprint), ("seconds", f"{result.seconds:.2f}")]
    for row in result.rows:
        if row.misconception:
            rows.append((f"{row.criterion.number} {row.criterion.key}", row.misconception))
    items = "".join(f"<li><pre>{escape(text)}</pre></li>" for text in said)
    pairs = "".join(f"<div><dt>{escape(str(k))}</dt><dd>{escape(str(v))}</dd></div>" for k, v in rows if v)
    return (
        '<aside class="staff" aria-label="For staff"><details><summary>For staff: students do not see this</summary>'
        f"<ul>{items}</ul><dl>{pairs}</dl></details></aside>"
    )


STYLE = """
:root { color-scheme: light dark;
  --ink: #1f2328; --soft: #5c636b; --line: #e3e5e8; --paper: #fff; --wash: #f5f6f7;
  --passed: #1a6b3a; --failed: #b3261e; --not: #8a5a00; --grader: #7b2d8b; --bar: #33475b; --link: #0a58a8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e6e8; --soft: #a0a7ae; --line: #33383d; --paper: #17191c;
  --wash: #212427; --passed: #7fce9b; --failed: #ff9d94; --not: #e9b959; --grader: #dba3e8; --bar: #a9bccf;
  --link: #8fc1ff } }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem }
body { margin: 0 auto; padding: 3rem 1.5rem 4rem; max-width: 56rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
  overflow-wrap: anywhere }
p, ul, ol, dl, dd, figure, pre, h1, h2, h3 { margin: 0; padding: 0 }
ul, ol { list-style: none }
h1 { font-size: 1.25rem; font-weight: 600; line-height: 1.35; text-wrap: balance }
h2 { font-size: 1.125rem; font-weight: 650; display: flex; justify-content: space-between; gap: 1rem;
  padding-bottom: .5rem; border-bottom: 2px solid var(--ink) }
h3 { font-size: 1rem; font-weight: 400; flex: 1; padding-left: 2.4rem; text-indent: -2.4rem }
a { color: inherit }
:focus-visible { outline: 2px solid var(--link); outline-offset: 3px; border-radius: 2px }
section { margin-top: 3rem }
pre { font: .875rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre-wrap;
  background: var(--wash); border-radius: 6px; padding: .6rem .8rem; max-height: 20rem; overflow: auto; tab-size: 4 }
.points { font-variant-numeric: tabular-nums; white-space: nowrap; text-align: right }
.kicker, .tally { color: var(--soft) }
.kicker { font-size: .875rem; margin-bottom: .25rem }
.total { margin-top: 1.25rem; font-size: 1.25rem }
.total strong { font-size: 3.25rem; line-height: 1.1; font-weight: 650; letter-spacing: -.02em;
  font-variant-numeric: tabular-nums; margin-right: .1em }
.none strong { font-size: 2.25rem }
nav { margin-top: 1.5rem; max-width: 30rem }
nav a { display: grid; grid-template-columns: 6rem 1fr 3.5rem; align-items: center; gap: .75rem; padding: .2rem 0;
  text-decoration: none }
nav a:hover .name { text-decoration: underline }
.bar { height: .5rem; background: var(--line); border-radius: 1rem; overflow: hidden;
  -webkit-print-color-adjust: exact; print-color-adjust: exact }
.bar span { display: block; height: 100%; background: var(--bar) }
.notice { margin-top: 1.5rem; padding: .8rem 1rem; background: var(--wash); border-left: 4px solid var(--grader);
  border-radius: 0 6px 6px 0; max-width: 44rem }
.terms { border-left-color: var(--bar) }
.notes li { padding: .75rem 0; border-bottom: 1px solid var(--line); max-width: 44rem }
.notes li:last-child { border: 0 }
.notes p { white-space: pre-wrap }
.notes pre { margin-top: .5rem }
.lines > li { padding: .6rem 0; border-bottom: 1px solid var(--line) }
.row { display: flex; align-items: baseline; gap: 1rem }
.number { display: inline-block; min-width: 2.15rem; text-indent: 0; color: var(--soft);
  font-variant-numeric: tabular-nums }
.row .verdict { width: 7.75rem; flex: none; white-space: nowrap }
.row .points { min-width: 2.75rem; flex: none }
.sign { display: inline-block; width: 1em; text-align: center; font-weight: 700 }
.passed .verdict { color: var(--passed) }
.failed .verdict, .not .verdict, .grader .verdict { font-weight: 600 }
.failed .verdict { color: var(--failed) }
.not .verdict { color: var(--not) }
.grader .verdict { color: var(--grader) }
.when, .words, .lines figure { margin: .5rem 0 .6rem 2.4rem; max-width: 46rem }
.when { color: var(--soft); font-style: italic }
.words > * + * { margin-top: .4rem }
.words p, .words dd { white-space: pre-wrap }
.words dl > div { display: grid; grid-template-columns: 8.5rem 1fr; gap: 1rem; padding: .15rem 0 }
dt { color: var(--soft) }
.lines figure { margin-top: .9rem }
figure img { display: block; max-width: 100%; height: auto; background: #fff; padding: .6rem; border-radius: 8px;
  border: 1px solid var(--line) }
figcaption { margin-top: .4rem; color: var(--soft); font-size: .9375rem }
.staff { margin-top: 4rem; font-size: .9375rem; color: var(--soft) }
.staff summary { cursor: pointer; padding: .4rem 0 }
.staff ul, .staff dl { margin-top: .75rem }
.staff li + li { margin-top: .5rem }
.staff dl > div { display: grid; grid-template-columns: 14rem 1fr; gap: 1rem; padding: .1rem 0 }
@media (max-width: 40rem) {
  body { padding: 1.75rem 1rem 3rem }
  section { margin-top: 2.25rem }
  .row { flex-wrap: wrap; gap: 0 .75rem }
  .row h3 { flex: 0 0 100% }
  .row .verdict { margin-left: 2.4rem; width: auto; flex: 1 }
  .words, .when, .lines figure { margin-left: 0 }
  .words { padding-left: .9rem; border-left: 3px solid var(--line) }
  .words dl > div, .staff dl > div { grid-template-columns: 1fr; gap: 0; padding: .25rem 0 }
}
@media print {
  :root { --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --wash: #fff; --passed: #000; --failed: #000;
    --not: #000; --grader: #000; --bar: #444 }
  html { font-size: 10pt }
  body { padding: 0; max-width: none }
  section { margin-top: 1.75rem }
  .staff { display: none }
  pre { max-height: none; border: 1px solid var(--line) }
  h2, .row { break-after: avoid }
  figure, .words dl > div { break-inside: avoid }
}
"""

PAGE = Template(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$tab</title>
<style>$style</style>
</head>
<body>
<header>
<p class="kicker">$who</p>
<h1>$title</h1>
$total
</header>
$body
$staff
</body>
</html>
"""
)
