"""One way to call the kernel, and the numbers that more than one layer needs (linux/prctl.h, capability.h).

The numbers are the same on x86-64 and aarch64.  Each is defined once, here or in the layer that uses it.
"""

from __future__ import annotations

import ctypes
import functools
import os
import struct
import sys

LINUX = sys.platform.startswith("linux")
POSIX = os.name == "posix"

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_NAME, PR_GET_NAME = 15, 16
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38

SYS_CLOSE_RANGE = 436  # kernel 5.9
SYS_LANDLOCK_CREATE_RULESET = 444  # kernel 5.13
SYS_LANDLOCK_ADD_RULE = 445
SYS_LANDLOCK_RESTRICT_SELF = 446

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
_CAPABILITY_VERSION_3 = 0x20080522


def call(name: str | int, *arguments: object) -> int:
    """Call a function of the C library, or a system call by number.  Raises OSError."""
    libc = _libc()
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    if isinstance(name, int):
        libc.syscall.restype = ctypes.c_long
        result = libc.syscall(ctypes.c_long(name), *converted)
    else:
        result = getattr(libc, name)(*converted)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(result)


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def capabilities() -> int:
    """The permitted capabilities of this process, as a mask.  Needs no /proc.  Raises OSError."""
    held = ctypes.create_string_buffer(24)
    call("capget", struct.pack("Ii", _CAPABILITY_VERSION_3, 0), held)
    return struct.unpack("6I", held.raw)[1]  # type: ignore[no-any-return]


def keep_capability(number: int) -> None:
    """Give up every capability but one.  Raises OSError."""
    mask = 1 << number
    call("capset", struct.pack("Ii", _CAPABILITY_VERSION_3, 0), struct.pack("6I", mask, mask, 0, 0, 0, 0))
