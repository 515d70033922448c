"""What one worker may use."""

from __future__ import annotations

from typing import NamedTuple

MIB = 1 << 20


class Policy(NamedTuple):
    """The limits of one worker."""

    parent: int  # the process that forks the worker and must outlive it
    uid: int | None = None  # a fresh user and group id (user.new_uid); None: stay who we are
    memory: int = 512 * MIB  # bytes of address space
    cpu: int = 300  # seconds of processor time
    file: int = 4 * MIB  # bytes of one file in the scratch folder
    files: int = 64  # open descriptors
    jail: str | None = None  # the root folder of the worker (jail.make); None: the machine's own
