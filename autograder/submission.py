"""Read a submission once: regular files only, links not followed, sizes and counts capped, nothing parsed.

The file to grade is chosen by name and read first, so nothing next to it can use up the limits.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import Unreadable, UserError

NAME = "neural_net.py"
MAX_FILE = 1 << 20  # bytes
MAX_TOTAL = 4 << 20
MAX_FILES = 100  # that are read
MAX_NAMES = 20_000  # that are looked at
MAX_DEPTH = 6  # folders
MAX_SHOWN = 80  # characters of a name
# Folders that no student writes by hand.
NOT_WORK = frozenset(["__pycache__", "__MACOSX", "venv", "site-packages", "node_modules"])
NOT_WORK_FILES = frozenset(["Thumbs.db", "desktop.ini"])
# What opening a link, a folder, a socket or a device says.
NO_FILE = frozenset([errno.ELOOP, errno.EMLINK, errno.EISDIR, errno.ENXIO, errno.ENODEV])


@dataclass(frozen=True)
class Submission:
    """What was handed in.

    Attributes
    ----------
    files : dict of str to bytes
        What to load, the student's module among them as neural_net.py.  Empty if there is nothing to grade.
    notes : tuple of str
        Remarks for the student that cost nothing.
    refused : str
        Why there is nothing to grade.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    refused: str = ""


def shown(name: str) -> str:
    """A stranger's file name in one printable line of at most 80 characters."""
    clean = shown_path(name)
    return clean if len(clean) <= MAX_SHOWN else f"{clean[: MAX_SHOWN - 31]}...{clean[-28:]}"


def shown_path(path: Path | str) -> str:
    """A path that the user gave, in one printable line and never shortened: it must be usable as it is printed."""
    text = str(path).encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def read(path: Path) -> Submission:
    """Read a file or a folder.

    Raises
    ------
    UserError
        If there is no such file or folder, or something in it can't be read.
    """
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError):
        raise UserError(f"There is no file or folder {shown_path(path)}.") from None
    if stat.S_ISDIR(mode):
        return select(list_files(path), lambda name: content(path / name))
    if not stat.S_ISREG(mode):
        raise UserError(f"{shown_path(path)} is neither a file nor a folder.")
    given = content(path)
    if given is None:
        return Submission(refused=f"{shown(path.name)} is larger than {MAX_FILE >> 20} MB.")
    return choose_one(path.name, given)


def choose_one(name: str, given: bytes) -> Submission:
    """A submission of one file: there is no doubt which is meant, whatever its name."""
    if name.lower().endswith(".py") and given.strip():
        note = () if name == NAME else (f"{shown(name)} was graded. A submission is named {NAME}.",)
        return choose({NAME: given}, note)
    return choose({NAME if name.lower().endswith(".py") else name: given})


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is never a student's work."""
    return name.startswith(".") or name in NOT_WORK or name in NOT_WORK_FILES


def list_files(root: Path) -> list[str]:
    """The names of all files below a folder, relative and with slashes.  Raises UserError."""

    def fail(error: OSError) -> None:
        raise Unreadable(f"The folder {shown_path(error.filename or root)} can't be read: {error.strerror}.") from None

    found: list[str] = []
    for folder, folders, names in os.walk(root, onerror=fail):
        inside = Path(folder).relative_to(root)
        if "pyvenv.cfg" in names or len(inside.parts) >= MAX_DEPTH:
            folders.clear()
        if "pyvenv.cfg" in names:
            continue
        folders[:] = sorted(name for name in folders if not is_ignored(name))
        found += [(inside / name).as_posix() for name in sorted(names) if not is_ignored(name)]
        if len(found) >= MAX_NAMES:
            break
    return found[:MAX_NAMES]


def content(path: Path, limit: int = MAX_FILE) -> bytes | None:
    """The bytes of a regular file of at most `limit`; None for anything else.  Raises Unreadable."""
    # Not following links, and not blocking, so that a named pipe doesn't wait for a writer.
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
    try:
        with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
                return None
            data = file.read(limit + 1)
    except OSError as error:
        if error.errno in NO_FILE:
            return None
        raise Unreadable(f"{shown_path(path)} can't be read: {error.strerror}.") from None
    return data if len(data) <= limit else None


def choose(found: dict[str, bytes], notes: tuple[str, ...] = ()) -> Submission:
    """The submission among files that were read already, by relative name."""
    return select(found, found.get, notes)


def select(names: Iterable[str], content: Callable[[str], bytes | None], notes: tuple[str, ...] = ()) -> Submission:
    """Find the student's module by name, read it, and then what lies beside it, up to the limits.

    Parameters
    ----------
    names : iterable of str
        Relative names, with slashes.
    content : callable
        Gives the bytes of a name; None for a file that is too large, a link, or came broken from the student.
    """
    ordered = sorted(names, key=lambda name: (name.count("/"), name))
    main = main_file(ordered)
    if main is None:
        return Submission(notes=notes, refused=_refusal(ordered))
    data = content(main)
    problem = _unusable(main, data)
    if problem or data is None:
        return Submission(notes=notes, refused=problem)
    if main != NAME:
        notes += (f"There is no file {NAME}; {shown(main)} was graded in its place. Name it {NAME} next time.",)
    others = [n for n in ordered if n != main and re.fullmatch(r"(.*/)?neural_net.*\.py", n, re.I | re.S)]
    if others:
        notes += (f"There is also {', '.join(map(shown, others[:3]))}: only {shown(main)} was graded.",)
    files, total = {}, len(data)
    for name, inside in _beside(main, ordered):
        other = content(name)
        if other is not None and total + len(other) <= MAX_TOTAL:
            files[inside] = other
            total += len(other)
    return Submission(files | {NAME: data}, notes)


def _unusable(name: str, data: bytes | None) -> str:
    """Why the chosen file can't be graded; empty if it can."""
    if data is None:
        return f"{shown(name)} is larger than {MAX_FILE >> 20} MB, a link, or can't be read."
    if not data.strip():
        return f"The file {shown(name)} is empty. Did you save it before you submitted?"
    if data.startswith(b"PK\x03\x04"):
        return f"The file {shown(name)} is an archive under another name, not a Python file."
    if data.lstrip().startswith(b"{") and b'"cells"' in data:
        return f"The file {shown(name)} is a notebook under another name, not a Python file."
    return ""


def _beside(main: str, names: Iterable[str]) -> list[tuple[str, str]]:
    """The other files in the module's folder and below, as (name, name there): Python files and near ones first."""
    base = main[: main.rfind("/") + 1]
    found = [(name, name[len(base) :]) for name in names if name.startswith(base) and name != main]
    found = [(name, inside) for name, inside in found if inside != NAME and _is_plain(inside)]
    found.sort(key=lambda pair: (not pair[1].lower().endswith(".py"), pair[1].count("/"), pair[1]))
    return found[: MAX_FILES - 1]


def _is_plain(name: str) -> bool:
    """Whether a name can be written again: it stays in the folder and no file system minds it."""
    parts = name.split("/")
    return all(p not in ("", ".", "..") and p.isprintable() and len(p.encode("utf-8", "replace")) < 200 for p in parts)


def main_file(names: Collection[str]) -> str | None:
    """The module that is meant, if there is no doubt.  `names` are sorted by depth."""
    python = [n for n in names if n.lower().endswith(".py")]
    for pattern in (r"neural_net\.py", r"(.*/)?neural_net\.py", r"(.*/)?neural[ _-]?net\W*(\(?\d+\)?|copy)?\W*\.py"):
        matching = [n for n in python if re.fullmatch(pattern, n, re.S if pattern[0] == "n" else re.I | re.S)]
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
