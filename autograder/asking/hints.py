"""Hints: where a program can be repaired, and what kind of change that is, out of a closed list.

They are read from what workers answer: line numbers and words of the list.  No other text of a worker is in what a
student reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.sandbox.client import Answer

# What may be said of a repair; the empty kind says nothing.
KINDS = {
    "": "",
    "name": "one of its names",
    "transpose": "a transpose",
    "axis": "the axis of a sum",
    "operator": "an operator",
    "sign": "a sign",
    "factor": "a factor",
    "term": "a term",
    "power": "a power",
    "brackets": "what is in brackets",
    "bound": "where a range begins or ends",
    "in place": "whether an array is changed in place",
    "indentation": "how far it is indented",
    "key": "a key",
}
LOOK_AT = "Look at"  # the label of its sentence
MOST_REPAIRS = 60
MOST_EDITS = 20  # in one repair
MAX_LINE = 100_000
NEIGHBORS = 3  # lines, each of which a repair may change
AROUND = 2  # lines of context on both sides
Span = tuple[int, int]
Excerpt = tuple[tuple[int, str, bool], ...]  # lines: number, text, and whether it is meant


@dataclass(frozen=True)
class Hint:
    """Where every repair that was found lies, as first and last lines, and the kind they share.

    edit : one of the repairs, for staff only
    """

    spans: tuple[Span, ...]
    kind: str = ""
    edit: str = field(default="", compare=False)

    def sentence(self, lines: Sequence[str]) -> str:
        """What a student reads of it; `lines` are those of the student's file, to be quoted."""
        quoted = [lines[first - 1].strip()[:160] for first, _ in self.spans if 0 < first <= len(lines)]
        named = f", {KINDS[self.kind]}," if self.kind else ""
        if len(self.spans) == 1:
            (first, last), quote = self.spans[0], "".join(quoted)
            place = f"line {first}: {quote}" if first == last else f"one of lines {first} to {last}, from: {quote}"
            there = "on this line" if first == last else "there"
            return f"{place}\nChanging one thing {there}{named} makes every public example right."
        numbers = [f"{first}" if first == last else f"{first}-{last}" for first, last in self.spans]
        place = f"lines {', '.join(numbers[:-1])} and {numbers[-1]}: {'; '.join(quoted)}"
        return f"{place}\nChanging one thing on each of them{named} makes every public example right."

    def excerpt(self, lines: Sequence[str]) -> Excerpt:
        """The lines of the spans and those around them."""
        meant = {number for first, last in self.spans for number in range(first, last + 1)}
        shown = {number + step for number in meant for step in range(-AROUND, AROUND + 1)}
        return tuple((n, lines[n - 1], n in meant) for n in sorted(shown) if 0 < n <= len(lines))


def read_repairs(answer: Answer) -> list[list[int]]:
    """The repairs that a search has found, as numbers of edits; none where it did not finish."""
    value = answer.value if answer.status == "returned" else None
    if not isinstance(value, dict) or value.get("finished") is not True:
        return []
    repairs = value.get("repairs")
    if not isinstance(repairs, list) or not 0 < len(repairs) <= MOST_REPAIRS:
        return []
    fits = all(isinstance(one, list) and 0 < len(one) <= MOST_EDITS and all(map(_is_number, one)) for one in repairs)
    return repairs if fits else []


def read_used(answer: Answer, name: str) -> int:
    """How many edits or steps a search has used."""
    value: Any = answer.value.get(name) if isinstance(answer.value, dict) else 0
    return int(value) if _is_number(value) else 0


def read_hint(answer: Answer, lines: int) -> Hint | None:
    """The hint of some repairs: None unless all lie on the same of the file's `lines` lines, or on neighboring ones."""
    value: Any = answer.value if answer.status == "returned" else None
    if not isinstance(value, dict):
        return None
    spans, kinds = _spans(value.get("spans"), lines), value.get("kinds")
    if not spans or not isinstance(kinds, list):
        return None
    if any(one != spans[0] for one in spans):
        ends = [number for one in spans for span in one for number in span]
        if max(map(len, spans)) > 1 or max(ends) - min(ends) >= NEIGHBORS:
            return None
        spans = [((min(ends), max(ends)),)]
    known = all(type(kind) is str and kind in KINDS for kind in kinds)
    kind = kinds[0] if known and len(set(kinds)) == 1 else ""
    edit = value.get("edit")
    lines_of_it = [line for line in edit[:20] if isinstance(line, str)] if isinstance(edit, list) else []
    return Hint(spans[0], kind, "\n".join(lines_of_it))


def _spans(value: Any, lines: int) -> list[tuple[Span, ...]]:
    """The spans of each repair; nothing if one of them isn't what it must be."""
    found: list[tuple[Span, ...]] = []
    for one in value if isinstance(value, list) else ():
        if not isinstance(one, list) or not all(isinstance(s, list) and len(s) == 2 for s in one):
            return []
        spans = tuple((s[0], s[1]) for s in one)
        if not spans or not all(_is_number(a) and _is_number(b) and 0 < a <= b <= lines for a, b in spans):
            return []
        found.append(spans)
    return found


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < MAX_LINE * 100
