"""The scratch folder: the one place that a worker may write to, seen from the trusted side."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile

from autograder.sandbox.layers.kernel import LINUX, POSIX
from autograder.sandbox.layers.policy import MIB, Policy
from autograder.sandbox.layers.python import reachable

PLACES = ("/tmp", "/var/tmp", "/dev/shm") if LINUX else (tempfile.gettempdir(),)
MAX_BYTES = 64 * MIB
MAX_ENTRIES = 2000
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


def make_home() -> str:
    """Make the folder that holds the scratch folders of one server.  Raises OSError.

    Workers are other users where the grader is root, so it lies where every user may go: a /tmp that is closed to
    others won't do.
    """
    others = POSIX and os.geteuid() == 0
    problem: OSError = PermissionError(f"no folder of {', '.join(PLACES)} is open to all users; chmod 1777 /tmp")
    for place in PLACES:
        if os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK) and (not others or reachable(place)):
            try:
                home = tempfile.mkdtemp(prefix="grading-", dir=place)
            except OSError as error:
                problem = error
                continue
            os.chmod(home, 0o711)
            return home
    raise problem


def make(policy: Policy, home: str) -> str:
    """Make the folder of one worker; nobody else may look into it.  Raises OSError."""
    scratch = tempfile.mkdtemp(prefix="worker-", dir=home)
    os.chmod(scratch, 0o700)
    if policy.uid is not None:
        os.chown(scratch, policy.uid, policy.uid)
    return scratch


def overfull(scratch: str, size: int = MAX_BYTES, entries: int = MAX_ENTRIES) -> bool:
    """Tell whether a worker has written more than it may: no limit of the kernel bounds a folder.

    Looks at no more than `entries` files, so that it is quick whatever there is.
    """
    folders = [scratch]
    while folders:
        try:
            with os.scandir(folders.pop()) as found:
                for entry in found:
                    entries -= 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    with contextlib.suppress(FileNotFoundError):  # gone since
                        size -= entry.stat(follow_symlinks=False).st_size
                    if size < 0 or entries < 0:
                        return True
        except FileNotFoundError:
            continue
        except OSError:
            return True  # made so that nobody can look: too deep, or closed to us
    return False


def clear(scratch: str) -> None:
    """Remove a scratch folder whatever was made of it; its worker must be dead.

    Folders may be nested deeper than any path or recursion can go, so what is in a folder moves up before it goes.
    """
    if not POSIX:
        shutil.rmtree(scratch, ignore_errors=True)
        return
    root = os.open(scratch, _FOLDER)
    moved, unique = 0, os.urandom(8).hex()
    try:
        while folders := _unlink_files(root):
            for name in folders:
                os.chmod(name, 0o700, dir_fd=root)
                inner = os.open(name, _FOLDER, dir_fd=root)
                try:
                    for below in _unlink_files(inner):
                        moved += 1
                        os.chmod(below, 0o700, dir_fd=inner)
                        os.rename(below, f"{unique}{moved}", src_dir_fd=inner, dst_dir_fd=root)
                finally:
                    os.close(inner)
                os.rmdir(name, dir_fd=root)
    finally:
        os.close(root)
    os.rmdir(scratch)


def _unlink_files(folder: int) -> list[str]:
    """Remove every file in an open folder and name the folders in it."""
    with os.scandir(folder) as found:
        entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
    for name, is_folder in entries:
        if not is_folder:
            os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in entries if is_folder]
