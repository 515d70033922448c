"""Layers of the process itself: descriptors, session, limits, privileges, and its end."""

from __future__ import annotations

import contextlib
import errno
import os
import signal

from autograder.sandbox.layers import kernel
from autograder.sandbox.layers.kernel import LINUX
from autograder.sandbox.layers.policy import MIB, Policy

if os.name == "posix":
    import resource

MAX_DESCRIPTOR = 0xFFFFFFFF
PROMISED = ("AS", "DATA", "CPU", "FSIZE", "NOFILE", "STACK")  # limits that a submission may go up to


def close_descriptors(keep: int) -> None:
    """Leave `keep` open and nothing else: an inherited descriptor would lead around every other layer.

    Standard input is empty.  Standard output and error are one file in memory, which only this process has: what C code
    and faulthandler write there can be read back (worker.streams).
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    output = _memory_file(nothing)
    for fd in (1, 2):
        os.dup2(output, fd)
    if not LINUX:
        os.closerange(3, keep)
        os.closerange(keep + 1, 4096)
        return
    if keep > 3:
        _close_range(3, keep - 1)
    _close_range(keep + 1, MAX_DESCRIPTOR)


def _memory_file(otherwise: int) -> int:
    """A file without a name, in memory; RLIMIT_FSIZE bounds it.  Where there is none, `otherwise`."""
    try:
        return os.memfd_create("output")
    except (AttributeError, OSError):
        return otherwise


def _close_range(low: int, high: int) -> None:
    try:
        kernel.call(kernel.SYS_CLOSE_RANGE, low, high, 0)
    except OSError:
        for fd in map(int, os.listdir("/proc/self/fd")):
            if low <= fd <= high:
                with contextlib.suppress(OSError):  # the listing's own descriptor is closed by now
                    os.close(fd)


def own_session() -> None:
    """Leave the grader's terminal and process group: no signal from there, none to there."""
    if os.getsid(0) != os.getpid():
        os.setsid()
    os.umask(0o077)


def set_limits(policy: Policy) -> None:
    """Bound what the worker can use up; a hard limit cannot be raised again without privilege.

    Raises OSError too where the machine allows less than a submission is promised.
    """
    limits = {
        "AS": policy.memory,
        "DATA": policy.memory,
        "CPU": policy.cpu,
        "FSIZE": policy.file,
        "NOFILE": policy.files,
        "NPROC": 1,  # no fork and no thread: a fresh user has one process already, this one
        "STACK": 8 * MIB,
        "CORE": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
        "NICE": 0,
        "RTPRIO": 0,
        "SIGPENDING": 64,
    }
    for name, value in limits.items():
        which = getattr(resource, "RLIMIT_" + name, None)
        if which is None:
            continue
        hard = resource.getrlimit(which)[1]
        if hard != resource.RLIM_INFINITY:
            if LINUX and name in PROMISED and hard < value:
                raise OSError(errno.EPERM, f"the hard limit RLIMIT_{name} is {hard}, below {value}")
            value = min(value, hard)
        try:
            # At the soft limit of CPU the kernel sends SIGXCPU, which names the reason; a second later SIGKILL.
            spare = 1 if name == "CPU" and (hard == resource.RLIM_INFINITY or value < hard) else 0
            resource.setrlimit(which, (value, value + spare))
        except (OSError, ValueError):
            if LINUX:  # macOS has the names of some limits and not the limits
                raise
    if LINUX:
        # Where memory runs out, let the kernel end the worker and not the grader.
        with contextlib.suppress(OSError):
            score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
            os.write(score, b"1000")
            os.close(score)


def default_signals() -> None:
    """Let the signals arrive that tell of children and of limits: a caller may block or ignore them."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGCHLD, signal.SIGALRM, signal.SIGPROF, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)


def check_timer() -> None:
    """Make sure that the interval timer works: it ends a call that takes too long, and names the line."""
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)


def no_new_privs() -> None:
    """Make set-uid programs and file capabilities worth nothing.  Landlock and seccomp need it."""
    kernel.call("prctl", kernel.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def not_dumpable() -> None:
    """Close /proc/PID/mem, ptrace and core dumps to processes of the same user.  For the grader too."""
    kernel.call("prctl", kernel.PR_SET_DUMPABLE, 0, 0, 0, 0)


def die_with(parent: int) -> None:
    """Ask the kernel for SIGKILL when the parent ends; if it has ended already, end here."""
    kernel.call("prctl", kernel.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
