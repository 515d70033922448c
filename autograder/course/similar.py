"""Find submissions that are the same, or nearly: a small sketch of each, and groups of those that are too much alike.

Short programs that are right look alike by nature.  So what the hand-out and the solution hold is left out of a
sketch, and what several in the class have in common proves nothing: only rare pieces of code count.  Submissions are
text here and no more: they are cut into words by a regular expression, never parsed and never run.
"""

from __future__ import annotations

import functools
import hashlib
import keyword
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
ROOT = Path(__file__).resolve().parents[2]
KNOWN = (ROOT / "student" / "neural_net.py", ROOT / "solution" / "neural_net.py")

WORDS = 8  # words in a piece of code
PIECES = 128  # pieces that a sketch keeps: those with the smallest hashes, which is a fair sample
MAX_TEXT = 200_000  # characters that are cut into words

# Two are nearly the same when each has so many pieces at least, and when they have in common: this share of all their
# pieces, this share of the rare ones, and this many rare ones.  Shares are of the one that has fewer.
LENGTH, SHARE, SHARE_OF_RARE, ENOUGH = 80, 0.8, 0.8, 12
# A piece is rare when so many at most have it: this share of the class, within these bounds.
OF_CLASS, FEWEST, MOST = 0.05, 5, 50
INDEXED, NEIGHBOURS, HITS = 48, 4, 4  # rare pieces looked up for each, with the next who have it; hits to look closer

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
    """Two that are alike: the level (a place in LEVELS), the share of pieces that they have in common, and how many
    rare ones are among those."""

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
    """Three hashes (the bytes; the code; the code without names) and at most PIECES hashes of pieces of code, sorted.

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
    own = sorted(pieces.difference(*(k[2] for k in known)))[:PIECES]
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


class _Kind:
    """All submissions that are the same but for names count as one: its first, and its pieces."""

    def __init__(self, first: int, pieces: Sequence[int]) -> None:
        self.first = first
        self.members: list[Link] = []
        self.pieces = np.asarray(pieces, np.uint32)
        self.rare = self.pieces

    def common(self, other: _Kind) -> tuple[float, float, int]:
        """The share of pieces in common, the same of rare ones, and the number of rare ones."""
        top = min(self._top, other._top)
        share, _ = _overlap(self.pieces, other.pieces, top)
        return (share, *_overlap(self.rare, other.rare, top))

    @property
    def _top(self) -> int:
        """The hash up to which the sample holds every piece."""
        return int(self.pieces[-1]) if len(self.pieces) == PIECES else 1 << 32


def _overlap(a: Array, b: Array, top: int) -> tuple[float, int]:
    a, b = a[a <= top], b[b <= top]
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / max(min(len(a), len(b)), 1), both


def groups(sketches: Iterable[tuple[str, Sequence[int]]]) -> list[Group]:
    """The groups among (id, sketch), in the order in which they came.  Sketches that are none are passed over.

    The time is linear in their number, but for sorting: pieces that many have are not looked up at all.
    """
    ids: list[str] = []
    kinds: dict[int, _Kind] = {}
    seen: tuple[dict[int, str], dict[int, str], dict[int, str]] = ({}, {}, {})
    for id, numbers in sketches:
        if len(numbers) < 3:
            continue
        kind = kinds.setdefault(numbers[2], _Kind(len(ids), numbers[3:]))
        ids.append(id)
        level = next((level for level in range(3) if numbers[level] in seen[level]), None)
        if level is not None:
            kind.members.append(Link(seen[level][numbers[level]], id, level, 1.0, 0))
        for level in range(3):
            seen[level].setdefault(numbers[level], id)
    every = list(kinds.values())
    near = _near(every, limit(len(ids)))
    return _gather(ids, every, near)


def limit(count: int) -> int:
    """How many of a class may have a rare piece."""
    return int(min(max(OF_CLASS * count, FEWEST), MOST))


def _near(kinds: list[_Kind], most: int) -> list[tuple[int, int, Link]]:
    """Finds what is rare, and the pairs of kinds that are nearly the same: the later, the earlier, and the link."""
    if not kinds:
        return []
    owner = np.repeat(np.arange(len(kinds), dtype=np.int32), [len(k.pieces) for k in kinds])
    pieces = np.concatenate([k.pieces for k in kinds])
    order = np.argsort(pieces, kind="stable")
    new = np.concatenate([[True], np.diff(pieces[order]) > 0])
    place = np.empty(len(pieces), np.int32)  # equal pieces have the same
    place[order] = np.cumsum(new, dtype=np.int32) - 1
    del order, new
    count = np.minimum(np.bincount(place), MOST + 1).astype(np.int8)[place]
    rare = count <= most
    starts = np.searchsorted(owner, np.arange(len(kinds) + 1, dtype=np.int32)).astype(np.int32)
    for k, a, b in zip(kinds, starts[:-1], starts[1:], strict=True):
        k.rare = k.pieces[rare[a:b]]
    # The first rare pieces of each that another has too.  In the order of (piece, owner) those who share one stand
    # side by side.
    shared = rare & (count > 1)
    rank = np.concatenate([[0], np.cumsum(shared, dtype=np.int32)])
    use = np.flatnonzero(shared & (rank[1:] - rank[starts[owner]] <= INDEXED))
    use = use[np.argsort(place[use], kind="stable")]
    who, what = owner[use].astype(np.int64), place[use]
    pairs = [
        who[step:][same] * len(kinds) + who[:-step][same]
        for step in range(1, min(NEIGHBOURS, len(use) - 1) + 1)
        for same in [what[step:] == what[:-step]]
    ]
    codes, hits = np.unique(np.concatenate([*pairs, np.empty(0, np.int64)]), return_counts=True)
    links = []
    for code in codes[hits >= HITS].tolist():
        later, earlier = divmod(code, len(kinds))
        if min(len(kinds[later].pieces), len(kinds[earlier].pieces)) < LENGTH:
            continue
        share, of_rare, number = kinds[later].common(kinds[earlier])
        if share >= SHARE and of_rare >= SHARE_OF_RARE and number >= ENOUGH:
            links.append((later, earlier, Link("", "", 3, round(share, 2), number)))
    return links


def _gather(ids: list[str], kinds: list[_Kind], near: list[tuple[int, int, Link]]) -> list[Group]:
    """Join what is linked, by the strongest links."""
    parent = list(range(len(kinds)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    between: dict[int, list[tuple[int, int, Link]]] = {}
    for later, earlier, link in sorted(near, key=lambda n: (-n[2].share, n[0], n[1])):
        a, b = root(later), root(earlier)
        if a != b:
            parent[max(a, b)] = min(a, b)
            between.setdefault(later, []).append((later, earlier, link))
    together: dict[int, list[Link]] = {}
    for i, kind in enumerate(kinds):
        rare = len(kind.rare)
        # That code is the same is no wonder where it is short, or where all of it is what others write too.
        telling = (True, rare >= ENOUGH, rare >= ENOUGH and len(kind.pieces) >= LENGTH)
        own = [link._replace(rare=rare) for link in kind.members if telling[link.level]]
        links = [
            link._replace(a=ids[kinds[earlier].first], b=ids[kinds[later].first])
            for later, earlier, link in between.get(i, ())
        ]
        together.setdefault(root(i), []).extend([*links, *own])
    order = {id: i for i, id in enumerate(ids)}
    made = []
    for links in together.values():
        if links:
            names = sorted({name for link in links for name in (link.a, link.b)}, key=order.__getitem__)
            made.append(Group(tuple(names), tuple(links)))
    return sorted(made, key=lambda g: order[g.ids[0]])
