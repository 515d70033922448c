"""The layer `user`: a fresh user and group id for each worker, where the grader is root."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from autograder.sandbox.layers import kernel
from autograder.sandbox.layers.kernel import LINUX

# Ids that belong to nobody; the second range is for a container of 65,536 ids.
_RANGES = ((10**6, 2**31 - 1), (20_000, 60_000))


def new_uid() -> int | None:
    """Pick a user id that nobody has, for one worker; None where we are not root and cannot give one."""
    if not LINUX or os.geteuid() != 0:
        return None
    ranges = []
    uids, gids = _mapped("/proc/self/uid_map"), _mapped("/proc/self/gid_map")
    for low, high in _RANGES:
        for u, many in uids:
            for v, as_many in gids:
                start, stop = max(low, u, v), min(high, u + many, v + as_many)
                if start < stop:
                    ranges.append((start, stop))
        if ranges:
            start, stop = max(ranges, key=lambda r: r[1] - r[0])
            return start + int.from_bytes(os.urandom(8), "little") % (stop - start)
    return None


def _mapped(path: str) -> list[tuple[int, int]]:
    """The ids of this user namespace, as (first, how many).  Without /proc: all of them; drop_to finds out."""
    try:
        with open(path) as lines:
            rows = [line.split() for line in lines]
    except FileNotFoundError:
        return [(0, 2**32 - 1)]
    return [(int(first), int(many)) for first, _, many in rows]


def drop_to(uid: int, capability: int | None = None) -> None:
    """Become a user that owns nothing and shares nothing, for good; keep one capability, if it is named."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    if capability is not None:
        kernel.call("prctl", kernel.PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setresuid(uid, uid, uid)
    if capability is not None:
        kernel.keep_capability(capability)
    ways: list[Callable[[], None]] = [lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0])]
    for back in ways:
        try:
            back()
        except PermissionError:
            continue
        raise OSError(errno.EPERM, "the way back to root is open")
    if os.getresuid() != (uid,) * 3 or os.getresgid() != (uid,) * 3 or os.getgroups():
        raise OSError(errno.EPERM, "still somebody else")
