"""A comparison as text for a terminal, as a table for a spreadsheet, and as a page."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from autograder import files
from autograder.course.comparison import Change, Comparison, LineSum, Outcome
from autograder.course.roster import cell
from autograder.rendering.report import STYLE, escape
from autograder.result import clean

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
COLUMNS = ("id", "name", "email", "sid", "old", "new", "difference", "change", "files", "lines", "why")
REPORTS = "reports"
SHORT = 8  # students that the terminal shows of a kind


# --- a terminal ------------------------------------------------------------------------------------------------------


def render(found: Comparison) -> str:
    """What changed, in short: the graders, the lines, the largest changes."""
    out = []
    for side, word in ((found.old, "OLD"), (found.new, "NEW")):
        makes = ", ".join(dict.fromkeys(fingerprint or "unknown" for fingerprint, _ in side.makes))
        versions = ", ".join(f"{name} {version}" for name, version in side.versions.items())
        out.append(f"{word}  {_plain(str(side.folder))}: {side.graded} graded by {makes or 'nobody'} ({versions})")
    graders = found.graders()
    out += ["", "What differs between the graders" if graders else "The graders are the same."]
    out += [*(f"  {text}" for text in graders), "", *summary(found)]
    rows = [(key, found.lines[key]) for key in found.ordered() if key in found.lines]
    if rows:
        out += ["", "By line"]
        for key, line in rows:
            out += [f"  {text}" for text in _line(found, key, line)]
    for kind, title in TITLES.items():
        kept = found.largest[kind]
        if not kept:
            continue
        out += ["", title]
        for change in kept[:SHORT]:
            out.append(f"  {_difference(change):>6}  {_plain(scores(change))}  {_plain(_who(change))}")
            out += [f"            {_plain(text)[:160]}" for text in change.why()[:3]]
            if len(change.why()) > 3:
                out.append(f"            and {_count(len(change.why()) - 3, 'more line')}")
        rest = _of_kind(found, kind) - SHORT
        if rest > 0:
            out.append(f"          and {rest} more: --out FILE.html or --csv FILE shows them")
    return "\n".join(_plain(text, 400) for text in out)


TITLES = {
    Outcome.FALLS: "Who falls, most points first",
    Outcome.RISES: "Who rises, most points first",
    Outcome.STAYS: "The same total, but judged or told otherwise",
    Outcome.FAULT: "Faults of the grader: no grade to compare",
    Outcome.NEW_FILES: "Other files were graded: the difference may not be the grader's",
    Outcome.ONLY_OLD: "Only in OLD",
    Outcome.ONLY_NEW: "Only in NEW",
}


def summary(found: Comparison) -> list[str]:
    """How many rise, fall and stay, in sentences."""
    kinds = found.kinds
    compared = found.old.compared
    out = [f"{compared} of {found.both} students in both can be compared: {_moves(kinds)}."]
    if compared:
        old, new = (side.total / compared for side in (found.old, found.new))
        out.append(f"Mean of these: {old:.2f} → {new:.2f}.")
    if found.judged:
        out.append(f"{found.judged} of those who stay are judged otherwise in a line.")
    if found.told:
        out.append(f"{found.told} of those who stay are told something else.")
    if kinds[Outcome.FAULT]:
        out.append(f"{kinds[Outcome.FAULT]} with a fault of the grader, in one or both: not counted.")
    if kinds[Outcome.NEW_FILES]:
        out.append(f"{kinds[Outcome.NEW_FILES]} whose files changed between the two: not counted.")
    if found.decided:
        out.append(f"{found.decided} with something decided by hand.")
    if found.unknown:
        out.append(f"{found.unknown} without a record of their files: they may have changed.")
    for kind in (Outcome.ONLY_OLD, Outcome.ONLY_NEW):
        if kinds[kind]:
            out.append(f"{kinds[kind]} {kind}.")
    if not found.changed:
        out.append("Nothing changed.")
    return out


def _moves(kinds: Counter[Outcome]) -> str:
    words = {Outcome.FALLS: ("falls", "fall"), Outcome.RISES: ("rises", "rise"), Outcome.STAYS: ("stays", "stay")}
    return ", ".join(f"{kinds[kind]} {one if kinds[kind] == 1 else more}" for kind, (one, more) in words.items())


def _line(found: Comparison, key: str, line: LineSum) -> Iterator[str]:
    """3.7 backprop: large excitations: 12 students lose 2 points (reason: 10)."""
    name = found.new.lines.get(key) or found.old.lines.get(key)
    yield f"{name.number} {name.title}" if name else key
    for difference, count in sorted(line.moved.items()):
        verb = ("loses" if difference < 0 else "gains") if count == 1 else ("lose" if difference < 0 else "gain")
        points = f"{abs(difference):g} point{'' if abs(difference) == 1 else 's'}"
        yield f"    {_count(count, 'student')} {verb} {points}{_reasons(line.why.get(difference, Counter()))}"
    if line.judged:
        yield f"    {_count(line.judged, 'student')} judged otherwise for the same points"
    if line.told:
        yield f"    {_count(line.told, 'student')} told something else"


def _reasons(why: Counter[str]) -> str:
    top = [f"{_plain(text)[:100]} ({count})" for text, count in why.most_common(3)]
    return f": {'; '.join(top)}" if top else ""


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _of_kind(found: Comparison, kind: Outcome) -> int:
    """How many there are to show of a kind."""
    return found.judged + found.told if kind is Outcome.STAYS else found.kinds[kind]


def scores(change: Change) -> str:
    """88 → 82; a dash where there is no grade."""
    old, new = ("-" if score is None else f"{score:g}" for score in (change.old, change.new))
    return f"{old} → {new}"


def _difference(change: Change) -> str:
    return "" if change.difference is None else f"{change.difference:+g}" if change.difference else "0"


def _who(change: Change) -> str:
    return change.name if change.name == change.id else f"{change.name} ({change.id})"


def _plain(text: str, limit: int = 300) -> str:
    """One line that a terminal shows as it is."""
    return clean(text).replace("\n", " | ").replace("\t", " ")[:limit]


# --- a table for a spreadsheet ---------------------------------------------------------------------------------------


@contextmanager
def table(path: Path | None) -> Iterator[Callable[[Change], None]]:
    """Gives what writes a row for a student; the file is in its place, whole, at the end.  Raises OSError."""
    if path is None:
        yield lambda change: None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(new, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            yield lambda change: writer.writerow(_row(change))
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def _row(change: Change) -> list[object]:
    def of(name: str) -> str:
        return "; ".join(str(student.get(name) or "") for student in change.students)

    lines = "; ".join(f"{line.number}: {line.difference:+g}" for line in change.lines if line.judged)
    numbers = ["" if n is None else n for n in (change.old, change.new, change.difference)]
    more = [change.kind, change.files, lines, "; ".join(change.why())]
    return [cell(value) for value in (change.id, of("name"), of("email"), of("sid"), *numbers, *more)]


# --- a page ----------------------------------------------------------------------------------------------------------

MORE = """
body { max-width: 72rem }
.wide { overflow-x: auto; margin-top: .75rem }
table { border-collapse: collapse; width: 100%; font-size: .9375rem }
td, th { padding: .35rem .9rem .35rem 0; text-align: left; font-weight: 400; vertical-align: top;
  border-bottom: 1px solid var(--line) }
thead th { color: var(--soft); white-space: nowrap }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.falls .d { color: var(--failed); font-weight: 600 }
.rises .d { color: var(--passed); font-weight: 600 }
.said li { padding: .15rem 0 }
table ul { list-style: none }
table li + li { margin-top: .15rem }
.dist td:last-child { width: 60% }
.dist .bar { display: block; margin-top: .5rem }
"""


def write(found: Comparison, path: Path) -> None:
    """Write the page in one step.  Raises OSError."""
    files.put(path, page(found, path.parent))


def page(found: Comparison, place: Path = Path()) -> str:
    """The page as text; links to the students' own pages are relative to `place`."""
    kinds = found.kinds
    head = f"{kinds[Outcome.FALLS]} fall · {kinds[Outcome.RISES]} rise" if found.changed else "Nothing changed"
    body = [_section("In short", _list(summary(found)))]
    body.append(_section("What differs between the graders", _list(found.graders() or ["Nothing."]) + _makes(found)))
    if set(found.differences) - {0}:
        body.append(_section("How many gain or lose how much", _distribution(found)))
    if found.lines:
        body.append(_section("Line by line", _lines(found)))
    for kind, title in TITLES.items():
        if kept := found.largest[kind]:
            rest = _of_kind(found, kind) - len(kept)
            more = f"<p>And {rest} more, with smaller changes: see --csv.</p>" if rest > 0 else ""
            body.append(_section(f"{title}: {_of_kind(found, kind)}", _students(found, kept, place) + more))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(head)} · comparison</title><style>{STYLE}{MORE}</style></head><body><header>"
        '<p class="kicker">Before anything is published: two gradings of one class</p>'
        f"<h1>{escape(str(found.old.folder))} → {escape(str(found.new.folder))}</h1>"
        f'<p class="total none"><strong>{escape(head)}</strong></p></header>'
        f"<main>{''.join(body)}</main></body></html>\n"
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _list(texts: Iterable[str]) -> str:
    return f'<ul class="notes said">{"".join(f"<li>{escape(text)}</li>" for text in texts)}</ul>'


def _table(name: str, head: Sequence[tuple[str, str]], rows: Iterable[str], kind: str = "") -> str:
    """`head` is (title, class) of each column; a row is ready HTML."""
    top = "".join(f'<th scope="col" class="{css}">{escape(title)}</th>' for title, css in head)
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="{escape(name)}"><table class="{kind}">'
        f"<thead><tr>{top}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _makes(found: Comparison) -> str:
    rows = []
    for side, word in ((found.old, "OLD"), (found.new, "NEW")):
        for (fingerprint, versions), count in side.makes.most_common(10):
            said = ", ".join(f"{name} {version}" for name, version in versions)
            rows.append(
                f'<tr><th scope="row">{word}</th><td><code>{escape(fingerprint or "unknown")}</code></td>'
                f'<td>{escape(said)}</td><td class="n">{count}</td></tr>'
            )
    return _table("The graders", (("", ""), ("fingerprint", ""), ("versions", ""), ("submissions", "n")), rows)


def _distribution(found: Comparison) -> str:
    most = max(found.differences.values())
    rows = []
    for difference, count in sorted(found.differences.items()):
        rows.append(
            f'<tr><th scope="row" class="n">{f"{difference:+g}" if difference else "0"}</th><td class="n">{count}</td>'
            f'<td><span class="bar" aria-hidden="true"><span style="display:block;width:{100 * count / most:.3g}%">'
            "</span></span></td></tr>"
        )
    shown = rows if len(rows) <= 60 else [*rows[:30], *rows[-30:]]
    return _table("Differences", (("points", "n"), ("students", "n"), ("", "")), shown, "dist")


def _lines(found: Comparison) -> str:
    rows = []
    for key in found.ordered():
        line = found.lines.get(key, LineSum())
        name = found.new.lines.get(key) or found.old.lines[key]
        what = [text.strip() for text in list(_line(found, key, line))[1:]]
        shares = "".join(
            f'<td class="n">{100 * side.passed[key] / max(side.compared, 1):.0f} %</td>'
            if key in side.lines
            else "<td></td>"
            for side in (found.old, found.new)
        )
        items = "".join(f"<li>{escape(text)}</li>" for text in what)
        rows.append(
            f'<tr><th scope="row">{escape(name.number)} {escape(name.title)}</th>{shares}<td><ul>{items}</ul></td></tr>'
        )
    head = (("line", ""), ("passed, OLD", "n"), ("passed, NEW", "n"), ("what changed", ""))
    return _table("Line by line", head, rows)


def _students(found: Comparison, kept: Iterable[Change], place: Path) -> str:
    rows = []
    for change in kept:
        links = " ".join(
            f'<a href="{href}">{word}</a>'
            for side, word in ((found.old, "old page"), (found.new, "new page"))
            if (href := _link(side.folder, change.id, place))
        )
        why = "".join(f"<li>{escape(text)}</li>" for text in change.why())
        sign = "falls" if (change.difference or 0) < 0 else "rises" if (change.difference or 0) > 0 else ""
        rows.append(
            f'<tr class="{sign}"><th scope="row">{escape(_who(change))}<br>{links}</th>'
            f'<td class="n">{escape(scores(change))}</td><td class="n d">{escape(_difference(change))}</td>'
            f"<td><ul>{why}</ul></td></tr>"
        )
    head = (("student", ""), ("old → new", "n"), ("difference", "n"), ("why", ""))
    return _table("Students", head, rows)


def _link(folder: Path, id: str, place: Path) -> str:
    """The student's own page as a link, where there is one."""
    path = folder / REPORTS / f"{id}.html"
    try:
        if not path.is_file():
            return ""
        return escape(quote(Path(os.path.relpath(path, place)).as_posix()))
    except (OSError, ValueError):
        return ""
