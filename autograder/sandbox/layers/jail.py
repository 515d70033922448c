"""The layer `chroot`: a root folder with Python's modules in it and nothing else, for kernels without Landlock."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat

from autograder.sandbox.layers import landlock, python
from autograder.sandbox.layers.kernel import LINUX

TMP = "/tmp"  # where the scratch folders are, inside the jail
_DEVICES = (("null", 3), ("urandom", 9))  # minor numbers of the memory devices
_MEMORY_DEVICES = 1
# What Python brings or others have installed next to it: packages that a submission may import have their own folders.
_SKIPPED = frozenset({"test", "idlelib", "__pycache__", "site-packages", "dist-packages"})


def needed() -> bool:
    """Tell whether a worker needs a root folder of its own: without Landlock, or if it could not import otherwise."""
    if not LINUX or os.geteuid() != 0:
        return False
    return not landlock.version() or (python.closed_to_others() and python.reading_capability() is None)


def make(home: str) -> str:
    """Make the root folder in `home`.  Raises OSError.

    Files are hard links where the file system allows it, so that it takes a fraction of a second.
    """
    if python.own_folder_is_readable():
        raise OSError(errno.EACCES, "the grader lies in a folder that Python reads from")
    jail = os.path.join(home, "root")
    os.mkdir(jail)
    for path in (*python.library_folders(), *python.SYSTEM_FILES):
        _copy(path, jail)
    os.makedirs(jail + TMP, exist_ok=True)  # Python itself may lie below it
    os.makedirs(jail + "/dev", exist_ok=True)
    for name, minor in _DEVICES:
        with contextlib.suppress(OSError):  # not every container may make devices
            os.mknod(f"{jail}/dev/{name}", 0o666 | stat.S_IFCHR, os.makedev(_MEMORY_DEVICES, minor))
            os.chmod(f"{jail}/dev/{name}", 0o666)
    return jail


def enter(jail: str, scratch: str) -> None:
    """Leave nothing of the file system but the jail, and work in the scratch folder inside it."""
    os.chroot(jail)
    os.chdir(scratch.removeprefix(jail))


def _copy(path: str, jail: str) -> None:
    os.makedirs(os.path.dirname(jail + path), exist_ok=True)
    if os.path.islink(path):  # /lib is a link to /usr/lib on most machines
        with contextlib.suppress(FileExistsError):
            os.symlink(os.path.realpath(path), jail + path)
    elif os.path.isfile(path):
        _copy_file(path, jail + path)
    else:
        _copy_tree(path, jail)


def _copy_tree(path: str, jail: str) -> None:
    for place, folders, files in os.walk(path):
        if path in python.SHARED_LIBRARIES:  # of the system's folders only the libraries: /usr/lib may hold anything
            folders[:] = [f for f in folders if f.endswith(("-linux-gnu", "-linux-musl"))]
            files = [f for f in files if ".so" in f]
        elif place in python.package_folders():  # of the packages only those that a submission may import
            folders[:] = [f for f in folders if f in python.ALLOWED or f in python.BUNDLED]
            files = [f for f in files if f.partition(".")[0] in python.ALLOWED]
        else:
            folders[:] = [f for f in folders if f not in _SKIPPED]
        os.makedirs(jail + place, exist_ok=True)
        for name in files:
            _copy_file(os.path.join(place, name), jail + os.path.join(place, name))


def _copy_file(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        pass
    except OSError:  # on another file system, or the machine protects hard links
        with contextlib.suppress(OSError):
            shutil.copy(source, target, follow_symlinks=False)
