"""The kernel layers that a worker puts on before it gets a byte of a submission; one file each.

    judge             home = scratch.make_home()                    the folder of a server
    server, once      prepare();  root = jail.make(home) if jail.needed() else None
    server, a worker  policy = Policy(os.getpid(), user.new_uid(), jail=root);  folder = scratch.make(policy, home)
    worker, forked    held = lock(policy, channel_fd, folder)       what holds, by name
    judge             missing(held) must be empty, or nothing is graded
    server, later     scratch.overfull(folder) ends a worker;  scratch.clear(folder) when it is dead

Every layer is one function that either holds or raises OSError.  None of them can be taken off again.
May import: the standard library.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import threading
from collections.abc import Callable, Iterable

from autograder.sandbox.layers import jail, kernel, landlock, process, python, scratch, user
from autograder.sandbox.layers.kernel import LINUX, POSIX
from autograder.sandbox.layers.policy import MIB, Policy

if LINUX:
    from autograder.sandbox.layers import seccomp as seccomp

__all__ = ["MIB", "Policy", "advice", "confine", "jail", "kernel", "landlock", "lock", "missing", "prepare", "process",
           "python", "required", "scratch", "user"]  # fmt: skip

# What to do where a layer does not hold.
ADVICE = {
    "chroot": "give the container CAP_SYS_CHROOT",
    "descriptors": "make /dev/null readable and writable",
    "landlock": "run the grader as root, or on a kernel with Landlock (5.13 or later), outside Python's own folders",
    "limits": "allow setrlimit in the container, and raise hard limits that are low (ulimit -H -a shows them)",
    "scratch": "make the folder for temporary files writable",
    "seccomp": "install libseccomp2 and allow seccomp filters",
    "timer": "allow setitimer in the container",
    "user": "give root CAP_SETUID, CAP_SETGID and at least 65,536 user ids, or run the grader as a regular user",
}


def required() -> frozenset[str]:
    """Name the layers without which nothing is graded on this machine."""
    if not LINUX:
        return frozenset()
    names = {"descriptors", "session", "limits", "timer", "scratch", "no_new_privs", "not_dumpable", "parent_death"}
    names.add("seccomp")
    if os.geteuid() != 0:
        return frozenset(names | {"landlock"})
    if landlock.version():
        names.add("landlock")
    if jail.needed():
        names.add("chroot")
    return frozenset(names | {"user"})


def missing(held: Iterable[str]) -> list[str]:
    """Name the required layers that do not hold, in alphabetical order."""
    return sorted(required() - set(held))


def advice(lacking: Iterable[str]) -> str:
    """What to do about layers that do not hold, in one line."""
    found = dict.fromkeys(ADVICE[name] for name in lacking if name in ADVICE)
    return "; ".join(found) or "run it in a container with Docker's default settings"


def prepare() -> None:
    """Do once, before any fork, what every worker would do again."""
    if LINUX:
        with contextlib.suppress(OSError):
            seccomp.call_filter()
        landlock.version(), python.own_folder_is_readable(), python.reading_capability(), python.versions()


def lock(policy: Policy, channel_fd: int, folder: str) -> list[str]:
    """Put every layer on this process and name those that hold.

    Parameters
    ----------
    policy : Policy
        What the worker may use.
    channel_fd : int
        The only descriptor that stays open beside 0, 1 and 2, which lead to nobody.
    folder : str
        The scratch folder: the only one that can be written to.  It belongs to policy.uid, and becomes the working
        directory.
    """
    held = []
    for name, put_on in steps(policy, channel_fd, folder):
        with contextlib.suppress(OSError, ValueError):
            put_on()
            held.append(name)
    _settle_in(os.getcwd())
    return held


def steps(policy: Policy, channel_fd: int, folder: str) -> Iterable[tuple[str, Callable[[], None]]]:
    """Each layer and the function that puts it on, in order."""
    yield "scratch", lambda: os.chdir(folder)
    if POSIX:
        yield "descriptors", lambda: process.close_descriptors(channel_fd)
        yield "session", process.own_session
        yield "limits", lambda: process.set_limits(policy)
        yield "timer", process.check_timer
    if not LINUX:
        return
    if policy.jail is not None:
        root = policy.jail
        yield "chroot", lambda: jail.enter(root, folder)
    if policy.uid is not None:
        uid = policy.uid
        yield "user", lambda: user.drop_to(uid, python.reading_capability())
    yield "no_new_privs", process.no_new_privs
    yield "not_dumpable", process.not_dumpable  # after the change of user, which undoes this one and the next
    yield "parent_death", lambda: process.die_with(policy.parent)
    if landlock.version():
        yield "landlock", lambda: confine(os.getcwd())
    yield "seccomp", seccomp.filter_calls


def confine(folder: str) -> None:
    """Allow reading what Python imports from, and writing in one folder.  Raises OSError."""
    if python.own_folder_is_readable():
        raise OSError(errno.EACCES, "the grader lies in a folder that Python reads from")
    landlock.confine_files(folder, (*python.library_folders(), *python.SYSTEM_FILES))


def _settle_in(folder: str) -> None:
    """Tell libraries that the scratch folder is the place for everything they write."""
    for name in ("HOME", "TMPDIR", "MPLCONFIGDIR"):
        os.environ[name] = folder
    os.environ["LOGNAME"] = "student"  # the user has no name that getpass could find
    tempfile.tempdir = folder
    # No thread starts here.  matplotlib's font cache starts a timer only to warn, and would fail with it.
    threading.Timer.start = lambda self: None  # type: ignore[method-assign]
