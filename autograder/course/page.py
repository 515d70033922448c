"""The class at a glance: one page for the teacher, complete without a script, that asks for nothing else.

Its policy allows its own style and its own script, by their hashes, and nothing more.  Whatever came from a submission
or from an export stands in it as text.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import urllib.parse
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

from autograder import files, rubric
from autograder.course import similarity as similar
from autograder.course import statistics as tally
from autograder.course import store as course
from autograder.course.statistics import Line, Mistake, Student, Tally
from autograder.rendering.report import STYLE as COMMON
from autograder.rendering.report import escape

MAX_ROWS = 2000  # students in the table
FEW = 2  # names that need no click
MAX_NAMES = 60  # students in a list of names
MAX_MISTAKES = 12  # misconceptions; the others stand behind a click
MAX_OTHERS = 5  # of those without a certain reason
MAX_MORE = 100  # of either, behind the click
MAX_GROUPS = 60
MAX_FAULTS = 20

# What is said where the grader has no certain reason, by the kind of what was seen.
KINDS = {
    "missing": "There is no function of this name, or the text has an error there.",
    "raised": "The call ends with an error.",
    "stuck": "The call does not end.",
    "died": "The call ends the whole program.",
    "skipped": "It was not called, because calls before it did not end.",
    "none": "None comes back: there is no return on the way that was taken.",
    "structure": "Another kind of answer comes back than was asked for.",
    "keys": "A dict with other keys comes back.",
    "type": "Something comes back that is no array of numbers.",
    "shape": "An array of another shape comes back.",
    "nan": "Numbers come back that are not finite.",
    "value": "Wrong numbers come back.",
    "changed": "The call changes its arguments.",
    "shared": "Every call gives back the same array or dict, and so changes earlier answers.",
    "unstable": "The same arguments give another answer the second time.",
    "state": "Only the first call is right: something is kept from call to call.",
    "primed": "It is right only after a call of forward: something is kept in a global variable.",
    "constant": "The same answer comes back for other arguments.",
    "increases": "The loss goes up during the training.",
    "path": "The training takes another way than the equations.",
    "fit": "The training ends too far from the curve.",
    "file": "The file cannot be read to its end.",
}
STATES = {
    tally.DONE: ("done", "done"),
    tally.FAILING: ("failing", "some lines lost"),
    tally.UNBEGUN: ("unbegun", "not written yet"),
    tally.UNREACHED: ("unreached", "not checked"),
}
LIKENESS = (
    "Likeness is no proof. Short programs that are right look alike by nature, and students may have worked together "
    "as the rules allow, followed the same tutor, or begun with the same public code. Nothing here says who wrote "
    "first. Read the submissions side by side, and talk with the students before you conclude anything."
)
UNLIKENESS = (
    "What is not listed may still be copied: code that was rewritten by hand or by a program is not found. What the "
    "hand-out and the solution hold, and what many in the class have in common, proves nothing and is left out. A "
    f"piece is {similar.WORDS} words of code in a row."
)


def write(folder: Path, out: Path) -> None:
    """Write the page of the class that `batch` graded into `folder`.  Raises course.Unusable and OSError."""
    counted = Tally(course.read(folder))
    files.put(out, page(counted, _Links(folder, out)))


class _Links:
    """Where the page of a student is, as seen from the report of the class."""

    def __init__(self, folder: Path, out: Path) -> None:
        self.known: frozenset[str] = frozenset()
        with contextlib.suppress(OSError):
            self.known = frozenset(os.listdir(folder / "reports"))
        with contextlib.suppress(ValueError):  # on another drive
            self.way = Path(os.path.relpath(folder, out.parent)).as_posix()

    def to(self, *names: str) -> str:
        """An address that is right wherever the folder is moved."""
        way = [] if self.way == "." else self.way.split("/")
        return "/".join(urllib.parse.quote(name, safe="") for name in (*way, *names))

    def report(self, id: str) -> str:
        """The address of a student's page; empty where there is none."""
        return self.to("reports", f"{id}.html") if f"{id}.html" in self.known else ""


def page(counted: Tally, links: _Links) -> str:
    """The page as text; the same results give the same text."""
    title = ""
    with contextlib.suppress(rubric.RubricError):
        title = rubric.load().title
    show = _People(counted.students, links)
    sections = [
        _Section("scores", "Scores", _scores(counted)),
        _Section("explain", "What to explain first", _mistakes(counted, show)),
        _Section("stuck", "Who is stuck where", _stuck(counted, show)),
        _Section("lines", "The lines of the rubric", _lines(counted)),
        _Section("alike", "Near-identical submissions", _alike(counted, show)),
        _Section("students", "All students", _table(counted, show, links)),
    ]
    ways = "".join(f'<li><a href="#{s.id}">{s.title}</a></li>' for s in sections)
    body = "".join(
        f'<section aria-labelledby="{s.id}"><h2 id="{s.id}">{s.title}</h2>{s.body}</section>' for s in sections
    )
    return PAGE.substitute(
        policy=f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; "
        "base-uri 'none'; form-action 'none'",
        style=STYLE,
        script=SCRIPT,
        title=escape(title or "The homework"),
        total=_total(counted),
        faults=_faults(counted, show),
        ways=ways,
        body=body,
        foot=_foot(counted),
    )


class _Section(NamedTuple):
    id: str
    title: str
    body: str


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class _People:
    """Names of students, each a link to what the student sees."""

    def __init__(self, students: Sequence[Student], links: _Links) -> None:
        self.students, self.links = students, links

    def one(self, place: int) -> str:
        student = self.students[place]
        to = self.links.report(student.id)
        name = f"<bdi>{escape(student.name)}</bdi>"
        return f'<a href="{to}">{name}</a>' if to else name

    def some(self, places: Sequence[int], summary: str = "Who") -> str:
        """A list of names, behind a click where they are more than a few."""
        if len(places) <= FEW:
            return f'<p class="names">{", ".join(map(self.one, places))}</p>' if places else ""
        items = "".join(f"<li>{self.one(place)}</li>" for place in places[:MAX_NAMES])
        rest = len(places) - MAX_NAMES
        more = f"<li>and {rest:,} more</li>" if rest > 0 else ""
        return f"<details><summary>{summary}</summary><ul>{items}{more}</ul></details>"


def _many(count: int, one: str = "student", more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def _percent(part: float, whole: float = 1.0) -> str:
    """A share, never rounded up to all or down to none."""
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 1:
        return "< 1 %"
    if 99 < share < 100:
        return "> 99 %"
    return f"{share:.0f} %"


def _rows(
    head: Iterable[str], body: Iterable[Sequence[str]], caption: str, numbers: set[int], css: str = "plain"
) -> str:
    """A table; its cells are HTML.  `numbers`: the columns that hold numbers."""
    top = "".join(f'<th scope="col"{_num(i in numbers)}>{cell}</th>' for i, cell in enumerate(head))
    rows = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f"<td{_num(i in numbers)}>{cell}</td>" for i, cell in enumerate(row[1:], 1))
        + "</tr>"
        for row in body
    )
    parts = f"<caption>{caption}</caption><thead><tr>{top}</tr></thead><tbody>{rows}</tbody>"
    return _wide(f'<table class="{css}">{parts}</table>', caption)


def _num(number: bool) -> str:
    return ' class="num"' if number else ""


def _wide(table: str, name: str) -> str:
    """A table that may be wider than the screen: it scrolls by itself, and can be reached by keyboard."""
    return f'<div class="wide" role="region" tabindex="0" aria-label="{name}">{table}</div>'


# --- the top ----------------------------------------------------------------------------------------------------------


def _total(counted: Tally) -> str:
    scores = sorted(counted.students[i].score for i in counted.sound)
    if not scores:
        return '<p class="total none"><strong>No grades yet</strong></p>'
    middle = (scores[(len(scores) - 1) // 2] + scores[len(scores) // 2]) / 2
    full = sum(score >= counted.points for score in scores)
    mean = sum(scores) / len(scores)
    return (
        f'<p class="total"><strong>{len(scores):,}</strong> {"student" if len(scores) == 1 else "students"} graded</p>'
        f'<p class="tally">Median {middle:g} of {counted.points:g} points, mean {mean:.1f}. '
        f"{_many(full)} ({_percent(full, len(scores))}) earned everything.</p>"
    )


def _faults(counted: Tally, show: _People) -> str:
    """What went wrong on the grader's own side."""
    said: dict[str, list[int]] = {}
    for i, student in enumerate(counted.students):
        if student.fault:
            said.setdefault(student.fault, []).append(i)
    parts = []
    if said:
        count = sum(map(len, said.values()))
        groups = sorted(said.items(), key=lambda item: (-len(item[1]), item[0]))
        items = "".join(
            f"<li><p>{_many(len(who))}: {escape(reason[:400])}</p>{show.some(who)}</li>"
            for reason, who in groups[:MAX_FAULTS]
        )
        rest = len(groups) - MAX_FAULTS
        more = f"<li>and {_many(rest, 'other reason')}</li>" if rest > 0 else ""
        parts.append(
            f"<p><strong>The grader failed for {_many(count)}.</strong> They have no grade yet, and none of it is "
            "their fault. They are left out of everything below but the table of all students. Repair what is said "
            f"here, then grade again: the same command grades only what is open.</p><ul>{items}{more}</ul>"
        )
    graders = [f for f in counted.fingerprints if f]
    if len(graders) > 1:
        parts.append(
            f"<p><strong>{len(graders)} different graders made these results.</strong> A rubric, a test or a library "
            "was changed between them, so the grades are not all comparable. Grade all of them again.</p>"
        )
    if not parts:
        return ""
    head = '<section class="notice" aria-labelledby="faults"><h2 id="faults">Faults of the grader</h2>'
    return f"{head}{''.join(parts)}</section>"


# --- scores -----------------------------------------------------------------------------------------------------------


def _scores(counted: Tally) -> str:
    scores = [counted.students[i].score for i in counted.sound]
    if not scores:
        return "<p>There is no grade yet.</p>"
    top = counted.points or 1.0
    names = [f"{top * k / 10:g} to under {top * (k + 1) / 10:g}" for k in range(10)] + [f"{top:g}"]
    counts = [0] * 11
    for score in scores:
        # Points are floats: what is full points but for rounding is full points.
        counts[max(0, min(int(10 * score / top + 1e-9), 10))] += 1
    table = _rows(
        ("Points", "Students", "Share"),
        [(name, f"{count:,}", _percent(count, len(scores))) for name, count in zip(names, counts, strict=True)],
        "Students by points",
        {1, 2},
    )
    peak = max(range(11), key=lambda k: (counts[k], k))
    said = f"Most students, {counts[peak]:,}, have {names[peak]} points. The table below has all numbers."
    return (
        f"<figure>{_histogram(counts, top, said)}<figcaption>How many students have how many points of {top:g}. The "
        f"last bar is those who earned everything.</figcaption></figure>"
        f"<details><summary>The same as a table</summary>{table}</details>"
    )


def _histogram(counts: Sequence[int], top: float, said: str) -> str:
    width, height, floor, left = 440, 190, 160, 6
    step = (width - 2 * left) / len(counts)
    tallest = max(max(counts), 1)
    bars = []
    for k, count in enumerate(counts):
        x, tall = left + k * step, 130 * count / tallest
        name = f"{top:g}" if k == 10 else f"{top * k / 10:g}–"
        bars.append(
            f'<rect class="{"full" if k == 10 else "bin"}" x="{x + 2:.1f}" y="{floor - tall:.1f}" '
            f'width="{step - 4:.1f}" height="{tall:.1f}"/>'
            f'<text x="{x + step / 2:.1f}" y="{floor - tall - 5:.1f}">{count:,}</text>'
            f'<text class="soft" x="{x + step / 2:.1f}" y="{floor + 16}">{name}</text>'
        )
    return (
        f'<svg class="histogram" viewBox="0 0 {width} {height}" role="img" aria-labelledby="histogram-t histogram-d">'
        f'<title id="histogram-t">Distribution of the scores</title><desc id="histogram-d">{said}</desc>'
        f'{"".join(bars)}<line x1="{left}" y1="{floor}" x2="{width - left}" y2="{floor}"/>'
        f'<text class="soft" x="{width / 2}" y="{height - 1}">points</text></svg>'
    )


# --- misconceptions ---------------------------------------------------------------------------------------------------


def _mistakes(counted: Tally, show: _People) -> str:
    sound = set(counted.sound)
    found = [m._replace(who=tuple(i for i in m.who if i in sound)) for m in counted.mistakes()]
    found = sorted((m for m in found if m.who), key=lambda m: -len(m.who))
    certain = [m for m in found if m.reason]
    others = [m for m in found if not m.reason]
    if not found:
        return "<p>No mistake was found.</p>"
    out = []
    if certain:
        out.append(
            "<p>Mistakes that give exactly the numbers that came back, the most frequent first. Each student counts "
            "once for each.</p>"
        )
        out.append(_ranked(certain[:MAX_MISTAKES], len(sound), show, 1))
        rest = certain[MAX_MISTAKES : MAX_MISTAKES + MAX_MORE]
        if rest:
            title = f"{_many(len(certain) - MAX_MISTAKES, 'rarer mistake')}"
            cut = "" if len(rest) == len(certain) - MAX_MISTAKES else f"<p>The first {MAX_MORE} of them.</p>"
            ranked = _ranked(rest, len(sound), show, MAX_MISTAKES + 1)
            out.append(f"<details><summary>{title}</summary>{cut}{ranked}</details>")
    if others:
        out.append(
            "<h3>Without a certain reason</h3><p>What was seen, where no known mistake explains it. Look at one or two "
            "of these yourself.</p>"
        )
        out.append(_ranked(others[:MAX_OTHERS], len(sound), show, 1))
        rest = others[MAX_OTHERS : MAX_OTHERS + MAX_MORE]
        if rest:
            ranked = _ranked(rest, len(sound), show, MAX_OTHERS + 1)
            out.append(f"<details><summary>{len(others) - MAX_OTHERS:,} more</summary>{ranked}</details>")
    return "".join(out)


def _ranked(found: Sequence[Mistake], whole: int, show: _People, start: int) -> str:
    items = []
    for mistake in found:
        count = len(mistake.who)
        said = mistake.reason or KINDS.get(mistake.key, f"({mistake.key})")
        items.append(
            f'<li><p class="many"><strong>{count:,}</strong> {"student" if count == 1 else "students"}</p>'
            f'<div><p class="said"><code>{escape(mistake.function)}</code>: {escape(said)}</p>'
            f'<p class="where">{escape(_ranges(mistake.numbers))} · {_percent(count, whole)} of the class</p>'
            f"{show.some(mistake.who)}</div></li>"
        )
    return f'<ol class="ranked" start="{start}">{"".join(items)}</ol>'


def _ranges(numbers: Sequence[str]) -> str:
    """The numbers of lines in few words: lines 3.1 to 3.3, 3.8."""
    runs: list[list[str]] = []
    for number in numbers:
        part, _, line = number.rpartition(".")
        before, _, last = runs[-1][-1].rpartition(".") if runs else ("", "", "")
        follows = line.isdecimal() and last.isdecimal() and int(line) == int(last) + 1
        if runs and part == before and follows:
            runs[-1].append(number)
        else:
            runs.append([number])
    said = [run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs]
    return f"line{'' if len(numbers) == 1 else 's'} {', '.join(said)}"


def _bar(share: float) -> str:
    """A share as a bar; the number stands beside it."""
    return (
        '<svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="rail" width="100" height="4"/><rect class="bin" width="{100 * share:.4g}" height="4"/></svg>'
    )


# --- who is stuck -----------------------------------------------------------------------------------------------------


def _stuck(counted: Tally, show: _People) -> str:
    whole = len(counted.sound)
    if not whole:
        return "<p>There is no grade yet.</p>"
    rows = []
    for function, who in counted.stuck():
        states = counted.states(function)
        rows.append(
            (
                f"<code>{escape(function)}</code>",
                *(f"{states[state]:,}" for state in STATES),
                _stack(states, whole),
                show.some(who, _many(len(who))) or "nobody",
            )
        )
    key = "".join(
        f'<li><svg viewBox="0 0 12 12" aria-hidden="true">{_block(css, 0, 12, 12)}</svg>{words}</li>'
        for css, words in STATES.values()
    )
    empty = [i for i in counted.sound if counted.students[i].empty]
    nothing = ""
    if empty:
        nothing = (
            f"<p>From {_many(len(empty))} there is nothing that can be graded: no file, an empty one, or something "
            f"else under its name.</p>{show.some(empty)}"
        )
    return (
        f"<p>How far each function is, and who is stuck at it first: done with all before it, and not with it.</p>"
        f'<ul class="key" aria-hidden="true">{key}</ul>{HATCH}'
        + _rows(
            ("Function", *(words.capitalize() for _, words in STATES.values()), "Share", "Stuck here first"),
            rows,
            "Students by function",
            {1, 2, 3, 4},
        )
        + nothing
    )


HATCH = (
    '<svg class="defs" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect class="paper" width="6" height="6"/>'
    '<rect class="stroke" width="2.5" height="6"/>'
    "</pattern></defs></svg>"
)


def _block(css: str, x: float, width: float, height: float) -> str:
    return f'<rect class="{css}" x="{x:.2f}" width="{width:.2f}" height="{height}"/>'


def _stack(states: dict[int, int], whole: int) -> str:
    """The states side by side; the numbers stand beside it."""
    x, blocks = 0.0, []
    for state, (css, _) in STATES.items():
        wide = 160 * states[state] / whole
        if wide:
            blocks.append(_block(css, x, wide, 14))
        x += wide
    return f'<svg class="stack" viewBox="0 0 160 14" aria-hidden="true">{"".join(blocks)}</svg>'


# --- the lines of the rubric ------------------------------------------------------------------------------------------


def _lines(counted: Tally) -> str:
    rows = []
    for line in counted.lines():
        told = line.strong is not None and line.weak is not None
        rows.append(
            (
                f'<span class="number">{escape(line.number)}</span> {escape(line.title)}',
                f"{line.points:g}",
                f'<span class="pair">{_bar(line.passed / max(line.judged, 1))}'
                f"<span>{_percent(line.passed, line.judged)}</span></span>",
                _percent(line.weak or 0.0) if told else "–",
                _percent(line.strong or 0.0) if told else "–",
                _dumbbell(line) if told else "",
                _separates(line),
            )
        )
    return (
        "<p>A good line is one that strong students pass and weak ones don’t. For each line the class is put in order "
        "by the points on <em>everything else</em>; then the third with the fewest points (○) is compared with the "
        "third with the most (●). Where both pass alike, the line tells little about who has understood. Where weak "
        "students pass more often, something is wrong with the line.</p>"
        + _rows(
            (
                "Line",
                "Points",
                "Pass it",
                "Weakest third ○",
                "Strongest third ●",
                "From weak to strong",
                "Tells them apart",
            ),
            rows,
            "Lines of the rubric",
            {1, 3, 4},
            "rubric",
        )
    )


def _separates(line: Line) -> str:
    if line.why:
        return f'<span class="soft">can’t tell: {line.why}</span>'
    apart = line.difference
    word = (
        "well" if apart >= tally.WELL
        else "somewhat" if apart >= tally.SOMEWHAT
        else "hardly" if apart > tally.BACKWARDS
        else "the wrong way round: look at this line"
    )  # fmt: skip
    return f"<strong>{word}</strong>" if apart <= tally.BACKWARDS else word


def _dumbbell(line: Line) -> str:
    """The weakest third as a ring, the strongest as a disc, on a scale from nobody to all."""
    a, b = 7 + 106 * (line.weak or 0.0), 7 + 106 * (line.strong or 0.0)
    return (
        '<svg class="dumbbell" viewBox="0 0 120 14" aria-hidden="true">'
        '<line class="rail" x1="7" y1="7" x2="113" y2="7"/>'
        f'<line x1="{a:.1f}" y1="7" x2="{b:.1f}" y2="7"/><circle class="ring" cx="{a:.1f}" cy="7" r="4.5"/>'
        f'<circle class="disc" cx="{b:.1f}" cy="7" r="5"/></svg>'
    )


# --- near-identical submissions ---------------------------------------------------------------------------------------


def _alike(counted: Tally, show: _People) -> str:
    warning = f'<p class="warning">{LIKENESS}</p>'
    if not counted.sketches:
        return "<p>It can’t be told: the results hold nothing to compare. Grade with batch, which keeps it.</p>"
    if not counted.groups:
        return f"<p>None was found among {_many(counted.sketches, 'submission')}. {UNLIKENESS}</p>"
    most = similar.limit(counted.sketches)
    out = [warning]
    for nth, group in enumerate(counted.groups[:MAX_GROUPS], 1):
        who = [int(id) for id in group.ids]
        items = "".join(f"<li>{_link(link, show, most)}</li>" for link in group.links[:MAX_NAMES])
        rest = len(group.links) - MAX_NAMES
        more = f"<li>and {rest:,} more</li>" if rest > 0 else ""
        points = sorted({counted.students[i].score for i in who})
        scored = f"{points[0]:g}" if len(points) == 1 else f"{points[0]:g} to {points[-1]:g}"
        out.append(
            f'<div class="group"><h3>Group {nth}: {len(who)} submissions, {scored} points</h3>'
            f"<ul>{items}{more}</ul></div>"
        )
    rest = len(counted.groups) - MAX_GROUPS
    if rest > 0:
        out.append(f"<p>And {_many(rest, 'other group')}.</p>")
    return "".join(out) + f"<p>{UNLIKENESS}</p>"


def _link(link: similar.Link, show: _People, most: int) -> str:
    a, b = show.one(int(link.a)), show.one(int(link.b))
    said = f"{a} and {b}: <strong>{similar.LEVELS[link.level]}</strong>"
    if link.level == 3:
        said += f", {_percent(link.share)} of the pieces"
    if link.level == 0 and link.rare < similar.ENOUGH:
        return said + ". The code is short or what many write: it may be chance."
    verb = "is" if link.rare == 1 else "are"
    return f"{said}. {_many(link.rare, 'piece')} of it {verb} in no more than {most} of the class."


# --- all students -----------------------------------------------------------------------------------------------------


def _table(counted: Tally, show: _People, links: _Links) -> str:
    every = range(len(counted.students))
    shown = sorted(every, key=lambda i: (not counted.students[i].fault, counted.students[i].score, i))[:MAX_ROWS]
    shown.sort(key=lambda i: (counted.students[i].name.casefold(), i))
    alike = {int(id): nth for nth, group in enumerate(counted.groups, 1) for id in group.ids}
    parts = list(counted.functions.items())
    heads = [
        ("Student", "text"), (f"Points ({counted.points:g})", "number"),
        *((f"{function} ({points:g})", "number") for function, points in parts),
        ("Handed in", "text"), ("Remarks", "text"),
    ]  # fmt: skip
    # The name of a row is what is said first of it; the rest is plain cells.
    top = "".join(
        f'<th scope="col" data-sort="{kind}"{_num(kind == "number")}>{escape(name)}</th>' for name, kind in heads
    )
    rows = []
    for i in shown:
        student = counted.students[i]
        remarks = [
            *(["no grade: the grader failed"] if student.fault else []),
            *(["nothing to grade"] if student.empty else []),
            *([f'<a href="#alike">near-identical, group {alike[i]}</a>'] if i in alike else []),
        ]
        numbers = [None if student.fault else score for score in (student.score, *student.parts)]
        cells = "".join(
            '<td class="num" data-value="-1">open</td>'
            if n is None
            else f'<td class="num" data-value="{n:g}">{n:g}</td>'
            for n in numbers
        )
        rows.append(
            f'<tr><th scope="row">{show.one(i)}</th>{cells}<td class="when">{escape(_when(student.created_at))}</td>'
            f"<td>{'; '.join(remarks)}</td></tr>"
        )
    name = _many(len(shown))
    cut = ""
    if len(shown) < len(counted.students):
        csv = links.to("grades.csv")
        name = f"{len(shown):,} of {_many(len(counted.students))}: those with the fewest points"
        cut = f'<p>A table of all would be too long for a browser. All are in <a href="{csv}">grades.csv</a>.</p>'
    table = (
        f'<table id="all"><caption>{name}</caption><thead><tr>{top}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )
    return (
        f'{cut}<p id="find" hidden><label for="filter">Find a student</label> <input id="filter" type="search" '
        'autocomplete="off" spellcheck="false"></p><p id="status" class="soft" role="status"></p>'
        '<noscript><p class="soft">With JavaScript the table can be sorted and searched; nothing else needs it.</p>'
        f"</noscript>{_wide(table, 'All students')}"
    )


def _when(text: str) -> str:
    """A time as it is read: 2026-10-12 09:37."""
    return text[:16].replace("T", " ") if len(text) > 16 and text[10] in "T " else text[:40]


def _foot(counted: Tally) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(counted.versions.items()))
    graders = ", ".join(sorted(f for f in counted.fingerprints if f)[:5])
    return f"Made from {_many(len(counted.students), 'result')}. Grader {escape(graders)}; {escape(versions)}."


STYLE: str = (
    COMMON
    + """
:root { --bin: #2f6690; --full: #14405f; --failing: #e08a00; --rail: #dfe3e7 }
@media (prefers-color-scheme: dark) { :root { --bin: #7fb2d9; --full: #b5d6ee; --failing: #b05a00; --rail: #3a4046 } }
body { max-width: 68rem }
.skip { position: absolute; left: -99rem }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 2 }
p { max-width: 46rem }
section > p, section > details, section > figure, section > .wide { margin-top: 1rem }
h3 { padding: 0; text-indent: 0; font-weight: 650; margin-top: 1.75rem }
nav { max-width: none }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem }
nav a { display: inline; text-decoration: underline; color: var(--link); padding: .35rem 0 }
section a { color: var(--link) }
.notice { max-width: none; margin-top: 2rem; padding: 1.25rem 1.5rem }
.notice h2 { border: 0; padding: 0; color: var(--grader) }
.notice p, .notice ul { margin-top: .6rem }
.soft { color: var(--soft) }
summary { cursor: pointer; color: var(--link); padding: .3rem 0; width: fit-content }
details ul { columns: 14rem auto; column-gap: 1.5rem; padding: .25rem 0 .75rem }
td details ul { columns: auto } td summary { padding: 0 }
svg text { fill: var(--ink); font-size: 11px; text-anchor: middle; font-variant-numeric: tabular-nums }
svg .soft { fill: var(--soft) }
svg line { stroke: var(--ink); stroke-width: 1.5 }
svg .bin { fill: var(--bin) } svg .full { fill: var(--full) }
svg rect.rail { fill: var(--rail) } svg line.rail { stroke: var(--rail); stroke-width: 2 }
svg .done { fill: var(--bin) } svg .failing { fill: var(--failing) } svg .unbegun { fill: url(#hatch) }
svg .unreached { fill: var(--rail) } svg .paper { fill: var(--paper) } svg .stroke { fill: var(--ink) }
svg .ring { fill: var(--paper); stroke: var(--ink); stroke-width: 1.75 } svg .disc { fill: var(--bin) }
svg { -webkit-print-color-adjust: exact; print-color-adjust: exact }
.histogram { display: block; width: 100%; max-width: 40rem; height: auto }
.defs { position: absolute; width: 0; height: 0 }
.share { display: block; width: 100%; max-width: 28rem; height: .375rem; margin-top: .4rem }
.stack, .dumbbell { display: block; width: 10rem; height: .875rem; margin-top: .3rem }
.dumbbell { width: 7.5rem }
.rubric td:last-child { min-width: 8.5rem }
.rubric tbody th { min-width: 20rem; padding-left: 2.15rem; text-indent: -2.15rem }
.key { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1rem }
.key svg { width: .8rem; height: .8rem; margin-right: .4rem; border: 1px solid var(--soft) }
.pair { display: grid; grid-template-columns: 5rem 3.2rem; gap: .5rem; align-items: center; text-align: right }
.pair .share { margin: 0 }
.ranked { margin-top: .5rem }
.ranked > li { display: grid; grid-template-columns: 6rem 1fr; gap: 1rem; padding: .8rem 0;
  border-bottom: 1px solid var(--line); break-inside: avoid }
.many { font-variant-numeric: tabular-nums; color: var(--soft); font-size: .875rem }
.many strong { display: block; font-size: 1.5rem; line-height: 1.1; color: var(--ink) }
.where { color: var(--soft); font-size: .9375rem }
code { font: .9375em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace }
.warning { border-left: 4px solid var(--failing); padding: .6rem 1rem; background: var(--wash) }
.group { break-inside: avoid } .group ul { margin-top: .3rem } .group li { padding: .2rem 0 }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .9375rem; overflow-wrap: normal }
caption { text-align: left; color: var(--soft); padding: .25rem 0 .5rem }
td, th { padding: .35rem 1.1rem .35rem 0; text-align: left; vertical-align: top; font-weight: 400;
  border-bottom: 1px solid var(--line) }
thead th { color: var(--soft); vertical-align: bottom; border-bottom-color: var(--soft) }
tbody th { min-width: 11rem; overflow-wrap: anywhere }
.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
thead .num { white-space: normal }
td.when { white-space: nowrap; margin: 0; color: inherit; font-style: normal }
#all tbody tr:hover { background: var(--wash) }
#all button { font: inherit; color: inherit; background: none; border: 0; padding: .25rem 0; cursor: pointer;
  text-align: inherit; text-decoration: underline; text-underline-offset: .2em }
#all [aria-sort] button { color: var(--ink); font-weight: 650 }
#all [aria-sort] button::after { content: " ▲" } #all [aria-sort=descending] button::after { content: " ▼" }
#find label { margin-right: .5rem }
#find input { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft);
  border-radius: 4px; padding: .3rem .6rem; width: 18rem; max-width: 100% }
footer { margin-top: 4rem; color: var(--soft); font-size: .875rem }
[hidden] { display: none !important }
@media (max-width: 40rem) {
  .ranked > li { grid-template-columns: 1fr; gap: .2rem }
  .many strong { display: inline }
  tbody th { min-width: 9rem } .rubric tbody th { min-width: 13rem }
}
@media print {
  :root { --bin: #444; --full: #000; --failing: #999; --rail: #ddd; --link: #000 }
  .skip, nav, #find, #status, noscript { display: none }
  details::details-content { content-visibility: visible; display: block }
  summary { display: none }
  .wide { overflow: visible }
  table { font-size: 8.5pt } td, th { padding-right: .5rem } tr { break-inside: avoid }
  #all button { text-decoration: none }
}
"""
)

SCRIPT = """
"use strict";
(() => {
  const table = document.getElementById("all");
  const status = document.getElementById("status");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const plain = (text) => text.normalize("NFD").replace(/[\\u0300-\\u036f]/g, "").toLowerCase();

  const sort = (head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    const number = head.dataset.sort === "number";
    const keys = new Map(rows.map((row) => {
      const cell = row.cells[column];
      return [row, number ? Number(cell.dataset.value) : cell.textContent];
    }));
    rows.sort((a, b) => {
      const x = keys.get(a), y = keys.get(b);
      return (number ? x - y : words.compare(x, y)) * (down ? -1 : 1);
    });
    body.append(...rows);
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    status.textContent = `Sorted by ${head.textContent}, ${down ? "descending" : "ascending"}.`;
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, column));
    head.append(button);
  });

  const filter = document.getElementById("filter");
  filter.addEventListener("input", () => {
    const wanted = plain(filter.value.trim());
    let shown = 0;
    for (const row of rows) {
      row.hidden = !plain(row.cells[0].textContent).includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    status.textContent = wanted ? `${shown} of ${rows.length} shown.` : "";
  });
  document.getElementById("find").hidden = false;
})();
"""

PAGE = Template(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The class at a glance · $title</title>
<style>$style</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="kicker">For the teacher: it names students</p>
<h1>The class at a glance: $title</h1>
$total
</header>
<main id="content">
$faults
<nav aria-label="Parts of this page"><ul>$ways</ul></nav>
$body
</main>
<footer><p>$foot</p></footer>
<script>$script</script>
</body>
</html>
"""
)
