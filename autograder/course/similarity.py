"""Find submissions that are the same, or nearly.

A submission is cut into tokens by a regular expression, never parsed and never run, and into shingles (k-grams of
tokens, with every name replaced by one token).  A bottom-k MinHash sketch keeps the shingles with the smallest hashes,
which is a fair sample (A. Broder, "On the Resemblance and Containment of Documents", 1997).  Choosing shingles by their
hashes, and leaving out what the hand-out has, follows winnowing (S. Schleimer, D. Wilkerson, A. Aiken, "Winnowing:
Local Algorithms for Document Fingerprinting", 2003), which MOSS uses.

Short correct programs look alike by nature.  So shingles of the hand-out and the solution are left out, and shingles
with a high document frequency in the class prove nothing: only rare ones count.  Groups are joined by union-find.
"""

from __future__ import annotations

import functools
import hashlib
import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
ROOT = Path(__file__).resolve().parents[2]
KNOWN = (ROOT / "student" / "neural_net.py", ROOT / "solution" / "neural_net.py")

WORDS = 8  # tokens in a shingle
SKETCH = 128  # shingles that a sketch keeps
MAX_TEXT = 200_000  # characters that are cut into tokens

# Two are nearly the same if each has this many shingles at least, and if they have in common: this share of all their
# shingles, this share of the rare ones, and this many rare ones.  Shares are of the one that has fewer.
LENGTH, SHARE, SHARE_OF_RARE, ENOUGH = 80, 0.8, 0.8, 12
# A shingle is rare if its document frequency is at most this share of the class, within these bounds.
OF_CLASS, FEWEST, MOST = 0.05, 5, 50
# Of a rare shingle only this many next owners are paired; pairs with fewer hits are not compared.
NEIGHBORS, HITS = 4, 4

LEVELS = (
    "the same, byte for byte",
    "the same but for comments, spaces and the order of the functions",
    "the same but for names, comments, spaces and the order of the functions",
    "nearly the same code",
)

# Every alternative ends at the end of the text at the latest, so that no text makes it look twice.
_TOKEN = re.compile(
    r"""(?P<string>[rbfuRBFU]{0,2}(?:'''(?:[^\\]|\\.)*?(?:'''|\Z)|\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)
        |'(?:[^'\\\n]|\\.)*(?:'|(?=\n)|\Z)|"(?:[^"\\\n]|\\.)*(?:"|(?=\n)|\Z)))
    |(?P<comment>\#[^\n]*)
    |(?P<number>\d[\w.]*|\.\d[\w.]*)
    |(?P<name>[^\W\d]\w*)
    |(?P<line>\n)
    |(?P<space>[^\S\n]+|\\\n)
    |(?P<sign>\*\*=?|//=?|[-+*/%@&|^=<>!:]=|->|.)""",
    re.VERBOSE | re.DOTALL,
)


class Link(NamedTuple):
    """Two that are alike: the level (a place in LEVELS), the share of shingles in common, and how many rare ones are
    among those."""

    a: str
    b: str
    level: int
    share: float
    rare: int


class Group(NamedTuple):
    """Submissions that hang together by their links, one fewer than there are submissions."""

    ids: tuple[str, ...]
    links: tuple[Link, ...]


def sketch(files: dict[str, bytes]) -> list[int]:
    """Three hashes (the bytes; the code; the code without names) and at most SKETCH hashes of shingles, sorted.

    Empty where there is no Python file, or nothing but the hand-out.
    """
    code = {name: data for name, data in files.items() if name.lower().endswith(".py")}
    if not code:
        return []
    everything = _hash(*(data for _, data in sorted(files.items())), size=6)
    exact, nameless, pieces = _read(b"\n".join(data for _, data in sorted(code.items())))
    known = _known()
    if not nameless or (nameless == known[0][1]):
        return []
    own = sorted(pieces.difference(*(k[2] for k in known)))[:SKETCH]
    return [everything, exact, nameless, *own]


@functools.cache
def _known() -> tuple[tuple[int, int, frozenset[int]], ...]:
    """The hand-out and the solution, read as submissions are."""
    return tuple(_read(path.read_bytes()) for path in KNOWN)


def _read(data: bytes) -> tuple[int, int, frozenset[int]]:
    """The hash of the code, the hash of it without names (0: there is no code), and its pieces."""
    parts = list(_parts(data.decode("utf-8", "replace")[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n")))
    exact = sorted(_hash(*(word.encode() for word, _ in part), size=6) for part in parts)
    nameless = sorted(_hash(*(word.encode() for word in _numbered(part)), size=6) for part in parts)
    pieces = set()
    for part in parts:
        words = [kind if kind == "name" else word for word, kind in part]
        for i in range(max(len(words) - WORDS + 1, 0)):
            pieces.add(_hash(*(word.encode() for word in words[i : i + WORDS]), size=4))
    numbers = [b"%x" % h for h in exact], [b"%x" % h for h in nameless]
    return _hash(*numbers[0], size=6), _hash(*numbers[1], size=6) if parts else 0, frozenset(pieces)


def _parts(text: str) -> Iterator[list[tuple[str, str]]]:
    """The text cut before every def, class or @ at the margin: lists of (word, kind).  Comments, spaces and strings
    that stand alone on a line are left out; kind is "name" where another name would do as well."""
    part: list[tuple[str, str]] = []
    alone: list[tuple[str, str]] = []  # a string that begins a line: documentation, unless something follows it
    begins, margin, depth = True, True, 0
    for match in _TOKEN.finditer(text):
        kind, word = str(match.lastgroup), match.group()
        if kind in ("space", "comment"):
            margin = margin and not begins
        elif kind == "line":
            if depth == 0:
                begins, margin, alone = True, True, []
        elif kind == "string" and begins and depth == 0:
            begins, alone = False, [(word, kind)]
        else:
            if begins and margin and part and word in ("def", "class", "@"):
                yield part
                part = []
            part += alone
            if kind == "sign":
                depth = max(depth + (word in "([{") - (word in ")]}"), 0)
            if kind == "name" and (keyword.iskeyword(word) or (part and part[-1][0] == ".")):
                kind = "word"
            part.append((word, kind))
            begins, alone = False, []
    if part:
        yield part


def _numbered(part: list[tuple[str, str]]) -> Iterator[str]:
    """The words, with every name replaced by the place where it came first."""
    places: dict[str, int] = {}
    for word, kind in part:
        yield f"\0{places.setdefault(word, len(places))}" if kind == "name" else word


def _hash(*words: bytes, size: int) -> int:
    return int.from_bytes(hashlib.blake2b(b"\0".join(words), digest_size=size).digest(), "big")


# --- groups -----------------------------------------------------------------------------------------------------------


class _Class:
    """All submissions that are the same but for names: an equivalence class with one sketch."""

    def __init__(self, first: str, shingles: Sequence[int]) -> None:
        self.first = first
        self.members: list[Link] = []
        self.shingles = np.asarray(shingles, np.uint32)
        self.rare = self.shingles
        # The hash up to which the sketch holds every shingle.
        self.top = int(self.shingles[-1]) if len(self.shingles) == SKETCH else 1 << 32

    def telling(self) -> list[Link]:
        """The links among its members that mean anything: identical short programs prove nothing."""
        is_rare = len(self.rare) >= ENOUGH
        means = (True, is_rare, is_rare and len(self.shingles) >= LENGTH)
        return [link._replace(rare=len(self.rare)) for link in self.members if means[link.level]]


def _overlap(a: Array, b: Array, top: int) -> tuple[float, int]:
    """The share of shingles in common, and their number."""
    a, b = a[a <= top], b[b <= top]
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / max(min(len(a), len(b)), 1), both


def groups(sketches: Iterable[tuple[str, Sequence[int]]]) -> list[Group]:
    """The groups among (id, sketch), in the order in which they came.  Empty sketches are passed over."""
    ids, classes = _classes(sketches)
    order = {id: i for i, id in enumerate(ids)}
    near = _near(classes, limit(len(ids)))
    links = [*(link for one in classes for link in one.telling()), *near]
    parent = {id: id for id in ids}

    def root(id: str) -> str:
        while parent[id] != id:
            parent[id] = parent[parent[id]]
            id = parent[id]
        return id

    kept = []
    for link in links:
        first, second = sorted((root(link.a), root(link.b)), key=order.__getitem__)
        if first != second:
            parent[second] = first
            kept.append(link)
    together: dict[str, list[Link]] = {}
    for link in kept:
        together.setdefault(root(link.a), []).append(link)
    made = []
    for joined in together.values():
        names = sorted({name for link in joined for name in (link.a, link.b)}, key=order.__getitem__)
        made.append(Group(tuple(names), tuple(joined)))
    return sorted(made, key=lambda group: order[group.ids[0]])


def against(now: Iterable[tuple[str, Sequence[int]]], before: Iterable[tuple[str, Sequence[int]]]) -> list[Link]:
    """For each submission of a class the one of an earlier term that is most like it, if any is: a is the earlier."""
    mine = list(now)
    ids, classes = _classes([*before, *mine])
    current = {id for id, _ in mine}
    links = _near(classes, limit(len(ids)))
    for one in classes:
        alike = one.telling()
        # The members of a class are like its first, and so like each other.
        links += [*alike, *(link._replace(a=one.first, level=2) for link in alike)]
    found: dict[str, Link] = {}
    for link in sorted(links, key=lambda link: (link.level, -link.share, link.a)):
        if link.b in current and link.a not in current:
            found.setdefault(link.b, link)
    return [found[id] for id, _ in mine if id in found]


def _classes(sketches: Iterable[tuple[str, Sequence[int]]]) -> tuple[list[str], list[_Class]]:
    """The IDs of the sketches that are not empty, and their equivalence classes."""
    ids: list[str] = []
    classes: dict[int, _Class] = {}
    seen: tuple[dict[int, str], dict[int, str], dict[int, str]] = ({}, {}, {})
    for id, numbers in sketches:
        if len(numbers) < 3:
            continue
        one = classes.setdefault(numbers[2], _Class(id, numbers[3:]))
        ids.append(id)
        level = next((level for level in range(3) if numbers[level] in seen[level]), None)
        if level is not None:
            one.members.append(Link(seen[level][numbers[level]], id, level, 1.0, 0))
        for level in range(3):
            seen[level].setdefault(numbers[level], id)
    return ids, list(classes.values())


def limit(count: int) -> int:
    """The document frequency up to which a shingle is rare."""
    return int(min(max(OF_CLASS * count, FEWEST), MOST))


def _near(classes: list[_Class], most: int) -> list[Link]:
    """The pairs of classes that are nearly the same, the most alike first.  Finds what is rare."""
    if not classes:
        return []
    values, counts = np.unique(np.concatenate([one.shingles for one in classes]), return_counts=True)
    shared = values[(counts > 1) & (counts <= most)]
    owners: dict[int, list[int]] = {}
    for number, one in enumerate(classes):
        one.rare = np.setdiff1d(one.shingles, values[counts > most], assume_unique=True)
        for shingle in np.intersect1d(one.rare, shared, assume_unique=True).tolist():
            owners.setdefault(shingle, []).append(number)
    hits = Counter(
        pair
        for own in owners.values()
        for step in range(1, NEIGHBORS + 1)
        for pair in zip(own[step:], own, strict=False)
    )
    found = []
    for (later, earlier), count in hits.items():
        a, b = classes[later], classes[earlier]
        if count >= HITS and min(len(a.shingles), len(b.shingles)) >= LENGTH:
            top = min(a.top, b.top)
            share, (of_rare, rare) = _overlap(a.shingles, b.shingles, top)[0], _overlap(a.rare, b.rare, top)
            if share >= SHARE and of_rare >= SHARE_OF_RARE and rare >= ENOUGH:
                found.append((-share, later, earlier, Link(b.first, a.first, 3, round(share, 2), rare)))
    return [link for *_, link in sorted(found)]
