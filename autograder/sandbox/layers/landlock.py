"""The layer `landlock`: which files a worker may read and write (linux/landlock.h, kernel 5.13)."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import stat
import struct
from collections.abc import Iterable

from autograder.sandbox.layers import kernel

CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH = 1

WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
READ = READ_FILE | READ_DIR
WRITE = WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG
FILE_ONLY = WRITE_FILE | READ_FILE | TRUNCATE  # what a rule about a single file may grant
# What each version of the interface can refuse, in addition to those before it.
RIGHTS_SINCE = {1: REFER - 1, 2: REFER, 3: TRUNCATE, 5: IOCTL_DEV}
NET_BIND_TCP, NET_CONNECT_TCP = 1 << 0, 1 << 1  # since 4
SCOPE_ABSTRACT_UNIX_SOCKET, SCOPE_SIGNAL = 1 << 0, 1 << 1  # since 6
NET_SINCE, SCOPE_SINCE = 4, 6


@functools.cache
def version() -> int:
    """Landlock's version in this kernel (1 from 5.13 on); 0 where there is none or it is turned off."""
    try:
        return kernel.call(kernel.SYS_LANDLOCK_CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)
    except OSError:
        return 0


def confine_files(scratch: str, readable: Iterable[str]) -> None:
    """Allow reading what is named and writing in the scratch folder, and nothing else.

    Running a program, links, devices and named pipes are not granted anywhere; nor, where the kernel can refuse them,
    TCP, abstract sockets of others and signals to others.  Raises OSError.
    """
    abi = version()
    if not abi:
        raise OSError(errno.ENOSYS, "no Landlock")
    handled = sum(rights for since, rights in RIGHTS_SINCE.items() if since <= abi)
    net = NET_BIND_TCP | NET_CONNECT_TCP if abi >= NET_SINCE else 0
    scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL if abi >= SCOPE_SINCE else 0
    ruleset = kernel.call(kernel.SYS_LANDLOCK_CREATE_RULESET, struct.pack("QQQ", handled, net, scoped), 24, 0)
    try:
        for path in readable:
            with contextlib.suppress(FileNotFoundError, PermissionError):  # not on this machine, or not for this user
                _grant(ruleset, path, READ & handled)
        with contextlib.suppress(FileNotFoundError):
            _grant(ruleset, os.devnull, (READ | WRITE) & handled)
        _grant(ruleset, scratch, (READ | WRITE | REFER | TRUNCATE) & handled)
        kernel.call(kernel.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _grant(ruleset: int, path: str, rights: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= FILE_ONLY
        rule = struct.pack("=Qi", rights, fd)
        kernel.call(kernel.SYS_LANDLOCK_ADD_RULE, ruleset, RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)
