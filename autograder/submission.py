"""Read a submission's folder once: regular files only, no links followed, sizes and counts capped, nothing parsed."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NAME = "neural_net.py"
MAX_FILE = 1 << 20
MAX_TOTAL = 4 << 20
MAX_FILES = 100
MAX_SEEN = 2000
MAX_DEPTH = 4


@dataclass(frozen=True)
class Submission:
    """What was handed in.  `files` are the bytes to load, the student's module among them as neural_net.py; empty, with
    the reason in `refused`, where there is nothing to grade.  `notes` are for the student and cost nothing."""

    files: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    refused: str = ""


class Unreadable(Exception):
    """There is no such file or folder, or it can't be opened: the caller's mistake, not the student's."""


def shown(name: str) -> str:
    """A file's name as it may be shown: one line, no control characters, not too long."""
    clean = "".join(c if c.isprintable() else "�" for c in name.encode("utf-8", "replace").decode("utf-8"))
    return clean if len(clean) <= 80 else clean[:77] + "..."


def read(path: Path) -> Submission:
    """Read a file or a folder.  Raises Unreadable."""
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError):
        raise Unreadable(f"There is no file or folder {shown(str(path))}.") from None
    if not stat.S_ISDIR(mode):
        if not stat.S_ISREG(mode):
            raise Unreadable(f"{shown(str(path))} is neither a file nor a folder.")
        given = content(path)
        if given is None:
            return Submission(refused=f"{shown(path.name)} is larger than {MAX_FILE >> 20} MB or can't be read.")
        if path.suffix.lower() == ".py":
            # One file is given: there is no doubt which is meant.
            note = () if path.name == NAME else (f"{shown(path.name)} was graded. A submission is named {NAME}.",)
            return Submission({NAME: given}, note) if given.strip() else choose({NAME: given})
        found: dict[str, bytes | None] = {path.name: given}
    else:
        try:
            found = dict(_walk(path))
        except OSError as error:
            raise Unreadable(f"The folder {shown(str(path))} can't be read: {error.strerror}.") from None
    return choose(found)


def content(path: Path) -> bytes | None:
    """The bytes of a regular file of at most MAX_FILE; None for anything else."""
    if os.name != "posix":
        return _content(str(path.parent), path.name)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        return _content(folder, path.name)
    finally:
        os.close(folder)


def _walk(root: Path) -> Iterator[tuple[str, bytes | None]]:
    """Yield the regular files below a folder by relative name, with their bytes, or None where they are too large."""
    total, seen, kept = 0, 0, 0
    for folder, folders, names, fd in _fwalk(root):
        inside = os.path.relpath(folder, root)
        depth = 0 if inside == "." else inside.count(os.sep) + 1
        folders[:] = sorted(f for f in folders if f not in ("__pycache__", "__MACOSX", ".git"))[:MAX_FILES]
        seen += 1
        if depth >= MAX_DEPTH or seen > MAX_SEEN:
            folders.clear()
        # The file that is meant comes first, so that nothing uses up its room.
        for name in sorted(names, key=lambda n: (n != NAME, not n.lower().endswith(".py"), n)):
            seen += 1
            if seen > MAX_SEEN:
                return
            if name.startswith("._") or name == ".DS_Store" or kept >= MAX_FILES:
                continue
            content = _content(fd, name)
            if content is not None:
                total += len(content)
                kept += 1
                content = content if total <= MAX_TOTAL else None
            yield (name if depth == 0 else f"{inside}/{name}".replace(os.sep, "/")), content


def _fwalk(root: Path) -> Iterator[tuple[str, list[str], list[str], int | str]]:
    if hasattr(os, "fwalk"):
        yield from os.fwalk(root, follow_symlinks=False)
    else:
        for folder, folders, names in os.walk(root):
            yield folder, folders, names, folder


def _content(folder: int | str, name: str) -> bytes | None:
    """The bytes of a regular file of at most MAX_FILE; None for anything else."""
    try:
        if isinstance(folder, str):
            path = os.path.join(folder, name)
            fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        else:
            # Not blocking, so that a named pipe doesn't wait for a writer.
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except (OSError, ValueError):
        return None
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE:
            return None
        content = file.read(MAX_FILE + 1)
    return content if len(content) <= MAX_FILE else None


def choose(found: dict[str, bytes | None]) -> Submission:
    """What was handed in, of files by relative name; None for one that can't be taken.  Finds the student's module."""
    names = sorted(found, key=lambda name: (name.count("/"), name))
    notes: list[str] = []
    main = _main(names)
    if main is None:
        return Submission(refused=_refusal(names))
    content = found[main]
    if content is None:
        return Submission(refused=f"{shown(main)} is larger than {MAX_FILE >> 20} MB, a link, or can't be read.")
    if not content.strip():
        return Submission(refused=f"The file {shown(main)} is empty. Did you save it before you submitted?")
    if content.startswith(b"PK\x03\x04") or (content.lstrip().startswith(b"{") and b'"cells"' in content):
        kind = "an archive" if content.startswith(b"PK") else "a notebook"
        return Submission(refused=f"The file {shown(main)} is {kind} under another name, not a Python file.")
    if main != NAME:
        notes.append(f"There is no file {NAME}; {shown(main)} was graded in its place. Name it {NAME} next time.")
    others = [n for n in names if n != main and re.fullmatch(r"(.*/)?neural_net.*\.py", n, re.I | re.S)]
    if others:
        notes.append(f"There is also {', '.join(map(shown, others[:3]))}: only {shown(main)} was graded.")
    base = main.rpartition("/")[0]
    files = {}
    for name, data in found.items():
        inside = name[len(base) + 1 :] if base and name.startswith(base + "/") else name if not base else ""
        if inside and data is not None and name != main and _plain(inside):
            files[inside] = data
    files[NAME] = content
    return Submission(files, tuple(notes))


def _plain(name: str) -> bool:
    """A name that can be written again: no way out of the folder, no surprise for a file system."""
    parts = name.split("/")
    return all(p not in ("", ".", "..") and p.isprintable() and len(p.encode("utf-8", "replace")) < 200 for p in parts)


def _main(names: list[str]) -> str | None:
    """The file that is meant, where that is unmistakable."""
    python = [n for n in names if n.lower().endswith(".py")]
    for pattern in (r"neural_net\.py", r"(.*/)?neural_net\.py", r"(.*/)?neural[ _-]?net\W*(\(?\d+\)?|copy)?\W*\.py"):
        matching = [n for n in python if re.fullmatch(pattern, n, re.S if pattern[0] == "n" else re.I | re.S)]
        if len(matching) == 1 or (matching and pattern[0] == "n"):
            return matching[0]
        if matching:
            # Several: the one nearest to the top, where only one is as near.
            nearest = [n for n in matching if n.count("/") == matching[0].count("/")]
            if len(nearest) == 1:
                return nearest[0]
    given = [n for n in python if not re.search(r"(^|/)(test_.*|conftest|train|explore|setup)\.py$", n)]
    return given[0] if len(given) == 1 else None


def _refusal(names: list[str]) -> str:
    """Say what was found and what is expected."""
    expected = f"Expected: one file named {NAME}."
    if not names:
        return f"There is no file in the submission. {expected}"
    listed = ", ".join(shown(n) for n in names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    kinds = {n.lower().rpartition(".")[2] for n in names}
    if "ipynb" in kinds:
        hint = f" A notebook can't be graded: copy the four functions into {NAME} and submit that file."
    elif kinds & {"zip", "gz", "tar", "rar", "7z"}:
        hint = f" An archive inside a submission is not opened: unpack it and submit {NAME} itself."
    elif sum(n.endswith(".py") for n in names) > 1:
        hint = " It isn't clear which of the Python files is meant."
    else:
        hint = ""
    return f"Found: {listed}. {expected}{hint}"
