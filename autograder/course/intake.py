"""Find the submissions of a class, wherever they come from, and read them one at a time.

A class is a folder, or a zip of one, in any of these forms:

    one folder per student                      the folder's name says who
    one .py or .ipynb file per student          the file's name says who
    Gradescope's export of submissions          folders, and submission_metadata.yml says who and when
    Canvas' download of submissions             files   lovelaceada_LATE_4711_98765_neural_net-1.py
    Moodle's download of submissions            folders Ada Lovelace_4711_assignsubmission_file_, or files that begin so

Names and contents come from strangers.  Links are not followed, nothing of a zip is unpacked to the disk, and only the
names of a class are held in memory, never its contents.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tempfile
import unicodedata
import weakref
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from autograder import submission
from autograder.result import clean
from autograder.submission import Submission, Unreadable, shown

METADATA = "submission_metadata.yml"
MAX_MEMBERS = 5_000_000  # in a zip
MAX_RATIO, SMALL = 200, 1 << 16  # no program shrinks so far in a zip; what is small may
MAX_STUDENTS = 50  # in a group
MAX_NAME = 200  # characters of a name, an address, a number
_PROGRAM = (".py", ".ipynb")

# name, late or not, the student's number at Canvas, the file's number, the file's name
_CANVAS = re.compile(r"(?:(.+?)_)??(LATE_)?(\d+|anon_[0-9A-Za-z]{5})_(?:(\d+)_(.+)|(?:text|link)\.html)", re.S)
_AGAIN = re.compile(r"-\d+(?=\.[A-Za-z]+$)")  # Canvas numbers a file that is handed in again
_MOODLE = re.compile(r"(.+)_(\d+)_assignsubmission_(file|onlinetext)(?:_(.*))?", re.S)
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(\.|$)", re.I)
_NUMBERED = re.compile(r"-[0-9a-f]{10}$")  # looks like an ID that has a number already

Student = dict[str, str]


@dataclass(frozen=True)
class Entry:
    """One submission that was found.  `read` gives its bytes, or raises Unreadable."""

    id: str  # unique in this class, whatever else is in it, and safe as a file's name on every system
    file: str  # where it stands in the class
    read: Callable[[], Submission]
    students: tuple[Student, ...] = ()  # name, email, sid; canvas or moodle: the number there
    created_at: str = ""  # ISO 8601, where known
    notes: tuple[str, ...] = ()  # for staff


@dataclass
class Found:
    """The submissions of a class, to go through once, and how many there are."""

    entries: Iterator[Entry]
    total: int
    left_out: list[str] = field(default_factory=list)  # names of what is no submission

    def __iter__(self) -> Iterator[Entry]:
        return self.entries


def find(path: Path) -> Found:
    """The submissions in a folder or a zip.  Raises Unreadable, in one line, where there are none."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise Unreadable(f"There is no file or folder {shown(str(path))}.") from None
    if stat.S_ISDIR(mode):
        return _class(_Folder(path), path)
    if stat.S_ISREG(mode) and path.suffix.lower() in _PROGRAM:
        raise Unreadable(f"{shown(str(path))} is one submission. Grade it with: python -m autograder grade FILE")
    if not stat.S_ISREG(mode):
        raise Unreadable(f"{shown(str(path))} is neither a folder nor a zip.")
    return _class(_zip(path), path)


# --- the forms of a class --------------------------------------------------------------------------------------------


def _class(tree: _Tree, path: Path) -> Found:
    folders, files = tree.folders(), tree.files()
    for _ in range(3):
        if not _is_wrapper(tree, folders, files):
            break
        tree = tree.folder(folders[0])
        folders, files = tree.folders(), tree.files()
    if METADATA in files:
        found = _gradescope(tree, folders, files)
    elif _all_match(_MOODLE, folders) and folders:
        found = _moodle(tree, folders)
    elif not folders and _is_canvas(files):
        found = _canvas(tree, files)
    elif not folders and _all_match(_MOODLE, files) and files:
        found = _moodle_flat(tree, files)
    else:
        found = _plain(tree, folders, files, path)
    if not found.total:
        seen = ", ".join(shown(name) for name in (folders + files)[:4]) or "nothing"
        raise Unreadable(
            f"There is nothing to grade in {shown(str(path))}: it has {seen}. Expected: a folder or a .py file for "
            "each student, or what Gradescope, Canvas or Moodle lets you download."
        )
    return found


def _is_wrapper(tree: _Tree, folders: list[str], files: list[str]) -> bool:
    """Whether everything is in one more folder, as in most zips."""
    if len(folders) != 1 or any(_is_program(name) for name in files) or METADATA in files:
        return False
    if _MOODLE.fullmatch(folders[0]):
        return False
    inner = tree.folder(folders[0])
    inside = inner.files()
    programs = [name for name in inside if _is_program(name)]
    if METADATA in inside or _is_canvas(inside) or (_all_match(_MOODLE, inside) and inside):
        return True
    if not programs:
        return bool(inner.folders())
    return len(programs) > 1 and not any(name.lower().startswith("neural_net") for name in programs)


def _is_program(name: str) -> bool:
    return name.lower().endswith(_PROGRAM)


def _all_match(pattern: re.Pattern[str], names: Iterable[str]) -> bool:
    return all(pattern.fullmatch(name) for name in names)


def _is_canvas(files: list[str]) -> bool:
    """Canvas gives every file a number of its own: a teacher's hw_2024_01_ada.py doesn't."""
    matches = [_CANVAS.fullmatch(name) for name in files]
    numbers = [match[4] for match in matches if match and match[4]]
    return bool(numbers) and all(matches) and len(set(numbers)) == len(numbers)


def _plain(tree: _Tree, folders: list[str], files: list[str], path: Path) -> Found:
    """A folder or a file for each student, who is called like it."""
    programs = [name for name in files if _is_program(name)]
    if any(name.lower() == submission.NAME for name in programs):
        raise Unreadable(
            f"{shown(str(path))} looks like one submission: {submission.NAME} stands in it. Grade it with: python -m "
            "autograder grade PATH. A class has a folder for each student, or files that are called like them."
        )
    named = {name: _stem(name) for name in programs} | {name: name for name in folders}
    ids = _Ids(named.values())

    def entries() -> Iterator[Entry]:
        for name in sorted(named):
            who = ({"name": _text(named[name]), "email": "", "sid": ""},)
            read = tree.reader(name) if name in kinds else _program_reader(tree, name)
            # A folder and a file of one name are two submissions.
            yield Entry(ids.of(named[name], name), shown(name), read, who)

    kinds = set(folders)
    return Found(entries(), len(named), [shown(name) for name in files if name not in named])


def _program_reader(tree: _Tree, name: str) -> Callable[[], Submission]:
    """A file that is meant, whatever its name."""

    def read() -> Submission:
        called = submission.NAME if name.lower().endswith(".py") else shown(name)
        return submission.choose({called: tree.content(name)})

    return read


def _canvas(tree: _Tree, files: list[str]) -> Found:
    """Files, one or more of each student."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in files:
        match = _CANVAS.fullmatch(name)
        assert match
        groups.setdefault((match[1] or "", match[3]), []).append(name)

    def key(who: tuple[str, str]) -> str:
        return "_".join(filter(None, who))

    ids = _Ids(map(key, groups))

    def entries() -> Iterator[Entry]:
        for who, names in sorted(groups.items()):
            student = {"name": _text(who[0]), "email": "", "sid": "", "canvas": who[1]}
            matches = [_CANVAS.fullmatch(name) for name in names]
            late = any(match and match[2] for match in matches)
            notes = ("Canvas says that it is late.",) if late else ()
            yield Entry(ids.of(key(who)), shown(names[0]), _canvas_reader(tree, names), (student,), "", notes)

    return Found(entries(), len(groups))


def _canvas_reader(tree: _Tree, names: list[str]) -> Callable[[], Submission]:
    def read() -> Submission:
        found: dict[str, bytes | None] = {}
        for name in sorted(names)[: submission.MAX_FILES]:
            match = _CANVAS.fullmatch(name)
            assert match
            called = _AGAIN.sub("", match[5]) if match[5] else name
            if called in found:
                called = name
            found[called] = tree.content(name)
        return submission.choose(found)

    return read


def _moodle(tree: _Tree, folders: list[str]) -> Found:
    """A folder for each kind of submission of each student; the files are what counts."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in folders:
        match = _MOODLE.fullmatch(name)
        assert match
        groups.setdefault((match[1], match[2]), []).append(name)
    ids = _Ids("_".join(who) for who in groups)

    def entries() -> Iterator[Entry]:
        for who, names in sorted(groups.items()):
            name = next((n for n in names if "_assignsubmission_file" in n), names[0])
            yield Entry(ids.of("_".join(who)), shown(name), tree.reader(name), (_moodle_student(who),))

    return Found(entries(), len(groups), [shown(name) for name in tree.files()])


def _moodle_flat(tree: _Tree, files: list[str]) -> Found:
    """The same without folders."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name in files:
        match = _MOODLE.fullmatch(name)
        assert match
        groups.setdefault((match[1], match[2]), []).append((match[4] or match[3], name))
    ids = _Ids("_".join(who) for who in groups)

    def reader(names: list[tuple[str, str]]) -> Callable[[], Submission]:
        some = sorted(names)[: submission.MAX_FILES]
        return lambda: submission.choose({called: tree.content(name) for called, name in some})

    def entries() -> Iterator[Entry]:
        for who, names in sorted(groups.items()):
            yield Entry(ids.of("_".join(who)), shown(names[0][1]), reader(names), (_moodle_student(who),))

    return Found(entries(), len(groups))


def _moodle_student(who: tuple[str, str]) -> Student:
    return {"name": _text(who[0]), "email": "", "sid": "", "moodle": who[1]}


def _gradescope(tree: _Tree, folders: list[str], files: list[str]) -> Found:
    """Folders, and a file that says whose they are."""
    known = {**dict.fromkeys(folders, True), **{name: False for name in files if _is_program(name)}}
    # Taken apart once, before anything is graded, and put aside on the disk: of a large class it is a lot.
    aside = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
    seen: set[str] = set()
    try:
        with tree.open(METADATA) as stream:
            for name, about in _metadata(stream):
                if name not in seen:
                    seen.add(name)
                    aside.write(json.dumps([name, _submitters(about), _moment(about.get("created_at"))]) + "\n")
        aside.seek(0)
    except BaseException:
        aside.close()
        raise
    unseen = [name for name in known if name not in seen]
    ids = _Ids([*seen, *unseen])

    def entries() -> Iterator[Entry]:
        for line in aside:
            name, students, created_at = json.loads(line)
            notes = () if students else (f"{METADATA} names no student.",)
            read = _gradescope_reader(tree, known, name)
            yield Entry(ids.of(name), shown(name), read, tuple(students), created_at, notes)
        for name in unseen:
            note = f"{METADATA} does not mention it."
            yield Entry(ids.of(name), shown(name), _gradescope_reader(tree, known, name), notes=(note,))

    found = entries()
    weakref.finalize(found, aside.close)
    return Found(found, len(seen) + len(unseen))


def _gradescope_reader(tree: _Tree, known: dict[str, bool], name: str) -> Callable[[], Submission]:
    def read() -> Submission:
        if name not in known:
            raise Unreadable(f"The export has no folder {shown(name)}, of which {METADATA} speaks. Download it again.")
        return tree.reader(name)() if known[name] else _program_reader(tree, name)()

    return read


# --- who and when ----------------------------------------------------------------------------------------------------


def _text(value: object) -> str:
    """A name, an address or a number as one short line."""
    return " ".join(clean(value, 2000).replace("\ufffd", " ").split())[:MAX_NAME] if isinstance(value, str) else ""


def _submitters(about: dict[str, Any]) -> tuple[Student, ...]:
    rows = about.get("submitters")
    people = [row for row in rows if isinstance(row, dict)][:MAX_STUDENTS] if isinstance(rows, list) else []
    students = ({key: _text(row.get(key)) for key in ("name", "email", "sid")} for row in people)
    return tuple(student for student in students if any(student.values()))


def _moment(value: object) -> str:
    """Ruby's `2026-04-17 12:30:05.123456000 Z` as ISO 8601; anything else as it is."""
    text = _text(value)
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)? ?(Z|UTC|[+-]\d\d:?\d\d)?", text)
    if not match:
        return text
    zone = match[4] or "Z"
    zone = "+00:00" if zone in ("Z", "UTC") else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return f"{match[1]}T{match[2]}{(match[3] or '')[:7]}{zone}"


def _metadata(stream: IO[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The top-level keys of submission_metadata.yml, one at a time, each with its submitters and created_at.

    It is taken event by event, so that no object is ever made of it, whatever its tags say, and the results and the
    history of every student, which are most of it, are passed over.  Raises Unreadable.
    """
    try:
        import yaml
    except ImportError:
        raise Unreadable("Reading Gradescope's export needs PyYAML: pip install pyyaml") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from _Events(yaml, yaml.parse(stream, Loader=loader)).submissions()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise Unreadable(f"{METADATA}{line} is broken: {error.problem}. Download the export again.") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        said = str(error).split("\n")[0]
        raise Unreadable(f"{METADATA} is broken: {shown(said)}. Download the export again.") from None


class _Events:
    """Takes out of a stream of YAML events what is wanted."""

    WANTED = frozenset(["submitters", "created_at"])
    TAGS = ("tag:yaml.org,2002:", "!")
    KINDS = frozenset(["str", "int", "float", "bool", "null", "timestamp", "binary", "map", "seq", ""])
    DEPTH = 50

    def __init__(self, yaml: Any, events: Iterator[Any]) -> None:
        self.yaml, self.events = yaml, events
        self.anchors: dict[str, Any] = {}

    def next(self) -> Any:
        event = next(self.events)
        tag = getattr(event, "tag", None) or ""
        kind = next((tag[len(begin) :] for begin in self.TAGS if tag.startswith(begin)), tag)
        if kind not in self.KINDS:
            line = event.start_mark.line + 1
            raise Unreadable(f"{METADATA}, line {line}, asks for an object of the kind {shown(tag)}. It was not read.")
        return event

    def submissions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yaml = self.yaml
        event = self.next()
        while isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            return
        if not isinstance(event, yaml.MappingStartEvent):
            raise Unreadable(f"{METADATA} is not Gradescope's: its first line is no submission's name.")
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            name = self.build(event)
            about: dict[str, Any] = {}
            value = self.next()
            if isinstance(value, yaml.MappingStartEvent):
                while not isinstance(key_event := self.next(), yaml.MappingEndEvent):
                    key = self.key(self.build(key_event))
                    if key in self.WANTED:
                        about[key] = self.build(self.next())
                    else:
                        self.skip(self.next())
            else:
                self.skip(value)
            if isinstance(name, str) and name:
                yield name, about
        for _ in iter(self.events):
            pass  # to the end, so that what is broken there is seen

    @staticmethod
    def key(name: Any) -> str:
        """Ruby writes its symbols with a colon in front."""
        return name.lstrip(":") if isinstance(name, str) else ""

    def build(self, event: Any, depth: int = 0) -> Any:
        """Text, lists and dictionaries; an empty text for none."""
        yaml = self.yaml
        if depth > self.DEPTH:
            raise Unreadable(f"{METADATA} is nested too deeply.")
        value: Any = ""
        if isinstance(event, yaml.AliasEvent):
            return self.anchors.get(event.anchor, "")
        if isinstance(event, yaml.ScalarEvent):
            value = "" if event.style is None and event.value in ("~", "null", "Null", "NULL") else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
            while not isinstance(item := self.next(), yaml.SequenceEndEvent):
                value.append(self.build(item, depth + 1))
        elif isinstance(event, yaml.MappingStartEvent):
            value = {}
            while not isinstance(item := self.next(), yaml.MappingEndEvent):
                key = self.key(self.build(item, depth + 1))
                value[key] = self.build(self.next(), depth + 1)
        if event.anchor and len(self.anchors) < 100_000:
            self.anchors[event.anchor] = value
        return value

    def skip(self, event: Any) -> None:
        yaml = self.yaml
        begin, end = yaml.CollectionStartEvent, yaml.CollectionEndEvent
        depth = 0
        while True:
            depth += isinstance(event, begin) - isinstance(event, end)
            if isinstance(event, yaml.ScalarEvent) and event.anchor:
                self.build(event)  # a short text may be spoken of again
            if depth <= 0:
                return
            event = self.next()


# --- IDs -------------------------------------------------------------------------------------------------------------


class _Ids:
    """IDs for names: a name itself where it can be one, or with a number made from it.

    An ID depends on its name and on which others are like it, not on their order: it stays when the class grows.
    """

    def __init__(self, names: Iterable[str]) -> None:
        seen: set[int] = set()
        self.alike: set[int] = set()
        for name in names:
            number = hash(_slug(name).lower())
            (self.alike if number in seen else seen).add(number)

    def of(self, name: str, distinct: str = "") -> str:
        """The ID of a name; `distinct` tells it from another that is the same."""
        slug = _slug(name)
        sure = len(slug) <= 60 and slug and not _RESERVED.match(slug) and not _NUMBERED.search(slug)
        if sure and hash(slug.lower()) not in self.alike:
            return slug
        whole = (distinct or name).encode("utf-8", "surrogatepass")
        return f"{slug[:60].replace('.', '_').rstrip('_-') or 'submission'}-{hashlib.sha256(whole).hexdigest()[:10]}"


def _slug(name: str) -> str:
    """A name in letters, digits and ._- alone, without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name[:1000]) if not unicodedata.combining(c))
    return re.sub(r"[._-]*_[._-]*", "_", re.sub(r"[^A-Za-z0-9._-]+", "_", plain)).strip("._-")


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


# --- where it lies ---------------------------------------------------------------------------------------------------


def _ignored(name: str) -> bool:
    return name.startswith(".") or name in ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini")


class _Tree:
    """A folder, on the disk or in a zip.  Names are in order."""

    def folders(self) -> list[str]:
        raise NotImplementedError

    def files(self) -> list[str]:
        raise NotImplementedError

    def folder(self, name: str) -> _Tree:
        raise NotImplementedError

    def content(self, name: str) -> bytes | None:
        """The bytes of a file here; None where it is too large, a link, or can't be read."""
        raise NotImplementedError

    def open(self, name: str) -> IO[bytes]:
        raise NotImplementedError

    def reader(self, name: str) -> Callable[[], Submission]:
        """Reads the folder of that name as a submission."""
        raise NotImplementedError


class _Folder(_Tree):
    def __init__(self, path: Path) -> None:
        self.path = path
        self._folders: list[str] = []
        self._files: list[str] = []
        try:
            with os.scandir(path) as rows:
                for row in rows:
                    if _ignored(row.name):
                        continue
                    if row.is_dir(follow_symlinks=False):
                        self._folders.append(row.name)
                    elif row.is_file(follow_symlinks=False):
                        self._files.append(row.name)
        except OSError as error:
            raise Unreadable(f"The folder {shown(str(path))} can't be read: {error.strerror}.") from None
        self._folders.sort()
        self._files.sort()

    def folders(self) -> list[str]:
        return self._folders

    def files(self) -> list[str]:
        return self._files

    def folder(self, name: str) -> _Folder:
        return _Folder(self.path / name)

    def content(self, name: str) -> bytes | None:
        return submission.content(self.path / name)

    def open(self, name: str) -> IO[bytes]:
        try:
            return open(self.path / name, "rb")
        except OSError as error:
            raise Unreadable(f"{shown(name)} can't be read: {error.strerror}.") from None

    def reader(self, name: str) -> Callable[[], Submission]:
        return lambda: submission.read(self.path / name)


@dataclass
class _Node:
    """A folder in a zip."""

    folders: dict[str, _Node] = field(default_factory=dict)
    files: dict[str, zipfile.ZipInfo] = field(default_factory=dict)


def _zip(path: Path) -> _Zip:
    """The tree of a zip.  Raises Unreadable."""
    try:
        archive = zipfile.ZipFile(path)
        members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise Unreadable(f"{shown(str(path))} is not a zip, or a broken one: {shown(str(error))}.") from None
    if len(members) > MAX_MEMBERS:
        raise Unreadable(f"{shown(str(path))} has more than {MAX_MEMBERS:,} files. Unpack it and give the folder.")
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable(f"{shown(str(path))} is locked with a password. Unpack it and give the folder.")
    root = _Node()
    backslashes = not any("/" in member.filename for member in members)
    for member in members:
        name = member.filename.replace("\\", "/") if backslashes else member.filename
        *above, last = name.split("/")
        parts = [part for part in above if part not in ("", ".")]
        # No way out of the zip (..), nothing hidden; what begins with / is a name below its root.
        if any(map(_ignored, parts)) or len(parts) > 20:
            continue
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            continue
        node = root
        for part in parts:
            node = node.folders.setdefault(part, _Node())
        if last not in ("", ".", "..") and kind != stat.S_IFDIR and not _ignored(last):
            node.files[last] = member
    return _Zip(archive, root)


class _Zip(_Tree):
    def __init__(self, archive: zipfile.ZipFile, node: _Node) -> None:
        self.archive, self.node = archive, node

    def folders(self) -> list[str]:
        return sorted(self.node.folders)

    def files(self) -> list[str]:
        return sorted(self.node.files)

    def folder(self, name: str) -> _Zip:
        return _Zip(self.archive, self.node.folders[name])

    def content(self, name: str) -> bytes | None:
        return self._content(self.node.files[name])

    def _content(self, member: zipfile.ZipInfo) -> bytes | None:
        if member.file_size > submission.MAX_FILE:
            return None
        if member.file_size > SMALL and member.file_size > MAX_RATIO * member.compress_size:
            return None
        try:
            with self.archive.open(member) as file:
                content = file.read(submission.MAX_FILE + 1)
                file.read(1)  # to the end, where the check sum is
        except Exception:
            # What a zip is broken by is not written anywhere: zipfile, zlib, bz2 and lzma each have their own errors.
            return None
        return content if len(content) <= submission.MAX_FILE else None

    def open(self, name: str) -> IO[bytes]:
        try:
            return self.archive.open(self.node.files[name])
        except Exception as error:
            raise Unreadable(f"{shown(name)} can't be read from the zip: {shown(str(error))}.") from None

    def reader(self, name: str) -> Callable[[], Submission]:
        node = self.node.folders[name]
        return lambda: submission.choose(dict(self._walk(node)))

    def _walk(self, node: _Node) -> Iterator[tuple[str, bytes | None]]:
        """The files below a folder, as submission.read takes them from a disk."""
        total, seen, kept = 0, 0, 0
        todo = [("", node, 0)]
        while todo:
            base, here, depth = todo.pop()
            seen += 1
            names = sorted(here.files, key=lambda n: (n != submission.NAME, not n.lower().endswith(".py"), n))
            for name in names:
                seen += 1
                if seen > submission.MAX_SEEN:
                    return
                if kept >= submission.MAX_FILES:
                    continue
                content = self._content(here.files[name]) if total <= submission.MAX_TOTAL else None
                if content is not None:
                    total += len(content)
                    kept += 1
                    content = content if total <= submission.MAX_TOTAL else None
                yield base + name, content
            if depth < submission.MAX_DEPTH:
                below = sorted(here.folders)[: submission.MAX_FILES]
                todo += [(f"{base}{n}/", here.folders[n], depth + 1) for n in reversed(below)]
