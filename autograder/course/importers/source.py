"""Where a class lies: a folder or a zip, read through one interface with caps on every size and count.

Nothing of a zip is written to the disk, links are not followed, and only names are held in memory.
"""

from __future__ import annotations

import bisect
import contextlib
import os
import stat
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, NamedTuple, TypeAlias

from autograder import submission
from autograder.errors import Unreadable, UserError
from autograder.submission import MAX_DEPTH, MAX_FILE, Submission, is_ignored, shown, shown_path

MAX_MEMBERS = 1_000_000  # in the zip of a class
MAX_RATIO, SMALL = 200, 1 << 16  # no program is compressed further; small files may be
MAX_NESTED = 3  # zips that are opened in one submission
MAX_NESTED_SIZE = 256 << 20
MAX_DIRECTORY = 4 << 20  # bytes of a nested zip's list of members


class Folder:
    """A folder on the disk.  Names are relative, with slashes.  Archive has the same methods for a zip."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name

    def top(self) -> tuple[list[str], list[str]]:
        """The names of the folders and of the files directly in it, sorted.  Raises UserError."""
        try:
            with os.scandir(self.path) as found:
                rows = sorted((row for row in found if not is_ignored(row.name)), key=lambda row: row.name)
            folders = [row.name for row in rows if row.is_dir(follow_symlinks=False)]
            return folders, [row.name for row in rows if row.is_file(follow_symlinks=False)]
        except OSError as error:
            raise UserError(f"The folder {shown_path(self.path)} can't be read: {error.strerror}.") from None

    def left_out(self) -> list[str]:
        """The names of links, and of all else that is neither a folder nor a file: they are not read."""
        known = {name for names in self.top() for name in names}
        return sorted(name for name in os.listdir(self.path) if name not in known and not is_ignored(name))

    def hidden(self, folder: str) -> bool:
        """Whether a folder in it has a .git or .github folder."""
        return any((self.path / folder / name).exists() for name in (".git", ".github"))

    def files(self, folder: str = "") -> list[str]:
        """The names of all files below a folder, relative to that folder."""
        return submission.list_files(self.path / folder)

    def content(self, name: str) -> bytes | None:
        """The bytes of a file; None if it is too large or a link.  Raises Unreadable."""
        return submission.content(self.path / name)

    def open(self, name: str) -> IO[bytes]:
        """A file of any size as a stream.  Raises UserError, Unreadable among them."""
        path = self.path / name
        try:
            if path.is_symlink() or not path.is_file():
                raise UserError(f"{shown(name)} is not a regular file.")
            return path.open("rb")
        except OSError as error:
            raise Unreadable(f"{shown_path(path)} can't be read: {error.strerror}.") from None

    def inside(self, folder: str) -> Folder:
        """The folder of that name."""
        return Folder(self.path / folder)


class Members(NamedTuple):
    """What is in a zip: the regular files by their decoded names, the folders that are Git repositories, and the names
    that are not read, as they are links or point out of it."""

    files: dict[str, zipfile.ZipInfo]
    repositories: set[str]
    left_out: list[str]


class Archive:
    """A zip, or a folder in one.  `names` is sorted; `prefix` ends with a slash."""

    def __init__(self, archive: zipfile.ZipFile, members: Members, prefix: str = "") -> None:
        self.archive, self.all, self.prefix = archive, members, prefix
        self.members = members.files
        self.names = sorted(members.files)
        self.name = prefix.rstrip("/").rpartition("/")[2] or Path(archive.filename or "").stem

    def files(self, folder: str = "") -> list[str]:
        prefix = f"{self.prefix}{folder}/" if folder else self.prefix
        return [name for name in self._below(prefix) if name.count("/") <= MAX_DEPTH]

    def _below(self, prefix: str) -> list[str]:
        """The names that begin with a prefix, without it."""
        first = bisect.bisect_left(self.names, prefix)
        last = bisect.bisect_left(self.names, f"{prefix}\U0010ffff")
        return [name[len(prefix) :] for name in self.names[first:last]]

    def left_out(self) -> list[str]:
        return self.all.left_out

    def top(self) -> tuple[list[str], list[str]]:
        names = self._below(self.prefix)
        folders = {name.partition("/")[0] for name in names if "/" in name}
        return sorted(folders), [name for name in names if "/" not in name]

    def hidden(self, folder: str) -> bool:
        return f"{self.prefix}{folder}" in self.all.repositories

    def content(self, name: str) -> bytes | None:
        member = self.members[self.prefix + name]
        if member.file_size > MAX_FILE or _is_bomb(member):
            return None
        try:
            with self.archive.open(member) as file:
                data = file.read(MAX_FILE + 1)
                file.read(1)  # to the end, where the check sum is compared
        except Exception as error:
            # zipfile, zlib, bz2 and lzma each have errors of their own for a damaged member.
            raise _damaged(name, error) from None
        return data if len(data) <= MAX_FILE else None

    def open(self, name: str) -> IO[bytes]:
        member = self.members[self.prefix + name]
        try:
            if _is_bomb(member):
                raise UserError(f"{shown(name)} in the zip is too large.")
            return self.archive.open(member)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
            raise _damaged(name, error) from None

    def inside(self, folder: str) -> Archive:
        return Archive(self.archive, self.all, f"{self.prefix}{folder}/")


Source: TypeAlias = Folder | Archive


def _damaged(name: str, error: Exception) -> Unreadable:
    return Unreadable(f"{shown(name)} can't be read: {shown(str(error))}. Download the class again.")


def _is_bomb(member: zipfile.ZipInfo) -> bool:
    return member.file_size > SMALL and member.file_size > MAX_RATIO * member.compress_size


def open_source(path: Path) -> Source:
    """A class at a path.  Raises UserError."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise UserError(f"There is no file or folder {shown_path(path)}.") from None
    if stat.S_ISDIR(mode):
        return Folder(path)
    if not stat.S_ISREG(mode):
        raise UserError(f"{shown_path(path)} is neither a folder nor a zip.")
    if path.suffix.lower() in (".py", ".ipynb"):
        raise UserError(f"{shown_path(path)} is one submission. Grade it with: .venv/bin/autograder grade FILE")
    return open_zip(path, shown_path(path))


def open_zip(file: Path | IO[bytes], shown_name: str) -> Archive:
    """A zip.  Raises UserError."""
    try:
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
    except Exception as error:  # of zipfile, and of whatever the zip itself is packed with
        raise UserError(f"{shown_name} is not a zip, or a broken one: {shown(str(error))}.") from None
    if len(members) > MAX_MEMBERS:
        raise UserError(f"{shown_name} has more than {MAX_MEMBERS:,} files. Unpack it and give the folder.")
    if any(member.flag_bits & 1 for member in members):
        raise UserError(f"{shown_name} is locked with a password. Unpack it and give the folder.")
    return Archive(archive, _members(members))


def _members(members: list[zipfile.ZipInfo]) -> Members:
    names = [(_decoded(member), member) for member in members]
    backslashes = not any("/" in name for name, _ in names)
    found: dict[str, zipfile.ZipInfo] = {}
    repositories: set[str] = set()
    environments: set[str] = set()
    left_out: list[str] = []
    for name, member in names:
        parts = [
            part for part in (name.replace("\\", "/") if backslashes else name).split("/") if part not in ("", ".")
        ]
        if not parts or ".." in parts:
            left_out += [name] if parts else []
            continue
        for place, part in enumerate(parts):
            if part in (".git", ".github"):
                repositories.add("/".join(parts[:place]))
        kind = stat.S_IFMT(member.external_attr >> 16)
        if member.is_dir() or any(map(is_ignored, parts)):
            continue
        if kind not in (0, stat.S_IFREG):
            left_out.append(name)
            continue
        if parts[-1] == "pyvenv.cfg":
            environments.add("/".join(parts[:-1]) + "/")
        found["/".join(parts)] = member
    if environments:
        skipped = tuple(environments)
        left_out = [name for name in left_out if not name.startswith(skipped)]
        found = {name: member for name, member in found.items() if not name.startswith(skipped)}
    return Members(found, repositories, left_out)


def _decoded(member: zipfile.ZipInfo) -> str:
    """A member's name: UTF-8 also where the zip doesn't say so, as many programs write it."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


# --- one submission ---------------------------------------------------------------------------------------------------


def choose(source: Source, files: dict[str, str]) -> Submission:
    """The submission among files given as {name in the submission: name in the source}.

    Zips are opened if no Python file is meant without them, as Gradescope does with a zip that is handed in.
    """
    with contextlib.ExitStack() as streams:
        return _choose(source, files, streams)


def _choose(source: Source, files: dict[str, str], streams: contextlib.ExitStack) -> Submission:
    names = sorted(files, key=lambda name: (name.count("/"), name))
    zips = [name for name in names if name.lower().endswith(".zip")][:MAX_NESTED]
    nested: dict[str, tuple[Archive, str, str]] = {}
    notes: tuple[str, ...] = ()
    if zips and submission.main_file(names) is None:
        for name in zips:
            inner = _nested(source, files[name], streams)
            if inner is not None:
                folder = name[: name.rfind("/") + 1]
                nested |= {folder + member: (inner, member, files[name]) for member in inner.files()}
                names.remove(name)
                notes += (f"{shown(name)} was opened.",)

    def content(name: str) -> bytes | None:
        if name not in nested:
            return source.content(files[name])
        archive, member, place = nested[name]
        try:
            return archive.content(member)
        except Unreadable:
            _check(source, place)
            return None

    return submission.select([*names, *nested], content, notes)


def _nested(source: Source, name: str, streams: contextlib.ExitStack) -> Archive | None:
    """A zip that a student handed in; None if it can't be opened within the limits.  Raises Unreadable."""
    try:
        stream = streams.enter_context(source.open(name))
    except Unreadable:
        raise
    except UserError:
        return None
    try:
        return open_zip(stream, shown(name)) if _is_modest(stream) else None
    except Exception:
        _check(source, name)
        return None


def _check(source: Source, name: str) -> None:
    """Raise Unreadable if a zip that a student handed in was damaged since; else it came so from the student."""
    try:
        with source.open(name) as stream:
            while stream.read(1 << 20):
                pass
    except UserError:
        raise
    except Exception as error:
        raise _damaged(name, error) from None


def _is_modest(stream: IO[bytes]) -> bool:
    """Whether a zip and its list of members are small enough to be read: zipfile takes the whole list at once."""
    size = stream.seek(0, os.SEEK_END)
    if size > MAX_NESTED_SIZE:
        return False
    stream.seek(max(size - (1 << 16) - 42, 0))
    tail = stream.read()
    plain = len(tail) - 22
    place = plain if tail[plain : plain + 4] == b"PK\5\6" else tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) < place + 22 or tail[max(place - 20, 0) : place].startswith(b"PK\6\7"):
        return False  # no zip, or one of more than 4 GB
    return int(struct.unpack_from("<L", tail, place + 12)[0]) <= MAX_DIRECTORY


def in_folder(source: Source, folder: str) -> dict[str, str]:
    """All files below a folder, for `choose`."""
    return {name: f"{folder}/{name}" for name in source.files(folder)}


def programs(names: Iterable[str]) -> list[str]:
    """The names that may be a submission of their own."""
    return [name for name in names if name.lower().endswith((".py", ".ipynb"))]
