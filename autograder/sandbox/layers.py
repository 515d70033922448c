"""The kernel layers that a worker puts on before it gets a byte of a submission.

    server, once      prepare();  jail = make_jail() if needs_jail() else None
    server, a worker  policy = Policy(os.getpid(), new_uid(), jail=jail);  scratch = make_scratch(policy)
    worker, forked    held = lock(policy, channel_fd, scratch)        what holds, by name
    judge             missing(held) must be empty, or nothing is graded
    server, later     overfull(scratch) ends a worker;  clear(scratch) when it is dead

Every layer is one function that either holds or raises OSError.  None of them can be taken off again.
The numbers below are the kernel's own (linux/prctl.h, seccomp.h, landlock.h), the same on x86-64 and aarch64.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import shutil
import signal
import stat
import struct
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple

if os.name == "posix":
    import resource

LINUX = sys.platform.startswith("linux")
POSIX = os.name == "posix"
MIB = 1 << 20


class Policy(NamedTuple):
    """What one worker may use."""

    parent: int  # the process that forks the worker and must outlive it
    uid: int | None = None  # a fresh user and group id (new_uid); None: stay who we are
    memory: int = 512 * MIB  # bytes of address space
    cpu: int = 300  # seconds of processor time
    file: int = 4 * MIB  # bytes of one file in the scratch folder
    files: int = 64  # open descriptors
    readable: tuple[str, ...] = ()  # more folders that may be read
    jail: str | None = None  # the root folder of the worker (make_jail); None: the machine's own


def required() -> frozenset[str]:
    """Name the layers without which nothing is graded on this machine."""
    if not LINUX:
        return frozenset()
    names = {"descriptors", "session", "limits", "scratch", "no_new_privs", "not_dumpable", "parent_death", "seccomp"}
    if os.geteuid() != 0:
        return frozenset(names | {"landlock"})
    if landlock_version():
        names.add("landlock")
    if needs_jail():
        names.add("chroot")
    return frozenset(names | {"user"})


def missing(held: Iterable[str]) -> list[str]:
    """Name the required layers that do not hold, in alphabetical order."""
    return sorted(required() - set(held))


def lock(policy: Policy, channel_fd: int, scratch: str) -> list[str]:
    """Put every layer on this process and name those that hold.

    channel_fd is the only descriptor that stays open beside a 0, 1 and 2 that lead nowhere.  scratch is the only
    folder that can be written to; it belongs to policy.uid, and becomes the working directory.
    """
    steps: list[tuple[str, Callable[[], None]]] = [("scratch", lambda: os.chdir(scratch))]
    if POSIX:
        steps += [
            ("descriptors", lambda: close_descriptors(channel_fd)),
            ("session", own_session),
            ("limits", lambda: set_limits(policy)),
        ]
    if LINUX:
        confined = landlock_version() > 0
        if policy.jail is not None:
            jail = policy.jail
            steps.append(("chroot", lambda: change_root(jail, scratch)))
        if policy.uid is not None:
            uid, capability = policy.uid, reading_capability()
            steps.append(("user", lambda: drop_to(uid, capability)))
        steps += [
            ("no_new_privs", no_new_privs),
            ("not_dumpable", not_dumpable),  # after the change of user, which undoes this one and the next
            ("parent_death", lambda: die_with(policy.parent)),
        ]
        if confined:
            steps.append(("landlock", lambda: confine_files(os.getcwd(), policy.readable)))
        steps.append(("seccomp", filter_calls))
    held = []
    for name, put_on in steps:
        with contextlib.suppress(OSError, ValueError):
            put_on()
            held.append(name)
    _settle_in(os.getcwd())
    return held


def _settle_in(scratch: str) -> None:
    """Tell libraries that the scratch folder is the place for everything they write."""
    os.environ.update(HOME=scratch, TMPDIR=scratch, MPLCONFIGDIR=scratch, MPLBACKEND="Agg")
    tempfile.tempdir = scratch
    # No thread starts here.  matplotlib's font cache starts a timer only to warn, and would fail with it.
    threading.Timer.start = lambda self: None  # type: ignore[method-assign]


# --- the scratch folder, from the trusted side -----------------------------------------------------------------------


def make_scratch(policy: Policy) -> str:
    """Make the one folder that a worker may write to; nobody else may look into it."""
    scratch = tempfile.mkdtemp(prefix="grading-", dir=policy.jail and policy.jail + _JAIL_TMP)
    if policy.uid is not None:
        os.chown(scratch, policy.uid, policy.uid)
    return scratch


def overfull(scratch: str, size: int = 64 * MIB, entries: int = 2000) -> bool:
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
    root = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    moved, unique = 0, os.urandom(8).hex()
    try:
        while folders := _unlink_files(root):
            for name in folders:
                os.chmod(name, 0o700, dir_fd=root)
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=root)
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


# --- descriptors, session, limits ------------------------------------------------------------------------------------


def close_descriptors(keep: int) -> None:
    """Leave `keep` open and nothing else: an inherited descriptor is a door in every other wall."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    if not LINUX:
        os.closerange(3, keep)
        os.closerange(keep + 1, 4096)
        return
    if keep > 3:
        _close_range(3, keep - 1)
    _close_range(keep + 1, 0xFFFFFFFF)


def _close_range(low: int, high: int) -> None:
    try:
        _call(436, low, high, 0)  # close_range(2), kernel 5.9
    except OSError:
        for fd in map(int, os.listdir("/proc/self/fd")):
            if low <= fd <= high:
                with contextlib.suppress(OSError):  # the listing's own descriptor is gone by now
                    os.close(fd)


def own_session() -> None:
    """Leave the grader's terminal and process group: no signal from there, none to there."""
    if os.getsid(0) != os.getpid():
        os.setsid()
    os.umask(0o077)


def set_limits(policy: Policy) -> None:
    """Bound what the worker can use up; a hard limit cannot be raised again without privilege."""
    limits = {
        "AS": policy.memory,
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
            value = min(value, hard)
        try:
            resource.setrlimit(which, (value, value))
        except (OSError, ValueError):
            if LINUX:  # macOS has the names of some limits and not the limits
                raise
    if LINUX:
        # Where memory runs out, let the kernel take the worker and not the judge.
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as f:
            f.write("1000")


# --- user, root folder, privileges -----------------------------------------------------------------------------------


def new_uid() -> int | None:
    """Pick a user id that nobody has, for one worker; None where we are not root and cannot give one."""
    if not LINUX or os.geteuid() != 0:
        return None
    ranges = []
    with open("/proc/self/uid_map") as f, open("/proc/self/gid_map") as g:
        uids, gids = ([list(map(int, line.split())) for line in lines] for lines in (f, g))
    for low, high in ((10**6, 2**31 - 1), (20_000, 60_000)):  # the second for a container of 65,536 ids
        for u, _, many in uids:
            for v, _, as_many in gids:
                start, stop = max(low, u, v), min(high, u + many, v + as_many)
                if start < stop:
                    ranges.append((start, stop))
        if ranges:
            start, stop = max(ranges, key=lambda r: r[1] - r[0])
            return start + int.from_bytes(os.urandom(8), "little") % (stop - start)
    return None


def drop_to(uid: int, capability: int | None = None) -> None:
    """Become a user that owns nothing and shares nothing, for good; keep one capability, if it is named."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    if capability is not None:
        _call("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setresuid(uid, uid, uid)
    if capability is not None:
        header = struct.pack("Ii", LINUX_CAPABILITY_VERSION_3, 0)
        _call("capset", header, struct.pack("6I", 1 << capability, 1 << capability, 0, 0, 0, 0))
    ways: list[Callable[[], None]] = [lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0])]
    for back in ways:
        try:
            back()
        except PermissionError:
            continue
        raise OSError(errno.EPERM, "the way back to root is open")
    if os.getresuid() != (uid,) * 3 or os.getresgid() != (uid,) * 3 or os.getgroups():
        raise OSError(errno.EPERM, "still somebody else")


def change_root(jail: str, scratch: str) -> None:
    """Leave nothing of the file system but the jail, and work in the scratch folder inside it."""
    os.chroot(jail)
    os.chdir(scratch.removeprefix(jail))


def no_new_privs() -> None:
    """Make set-uid programs and file capabilities worth nothing.  Landlock and seccomp need it."""
    _call("prctl", 38, 1, 0, 0, 0)


def not_dumpable() -> None:
    """Close /proc/PID/mem, ptrace and core dumps to processes of the same user.  For the judge too."""
    _call("prctl", 4, 0, 0, 0, 0)


def die_with(parent: int) -> None:
    """Ask the kernel for SIGKILL when the parent ends; if it has ended already, end here."""
    _call("prctl", 1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


# --- Landlock: which files -------------------------------------------------------------------------------------------

_READ = 1 << 2 | 1 << 3  # read a file, list a folder
_WRITE = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8  # write, remove folder and file, make folder and regular file
_ABI_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}  # then: rename across folders, truncate, ioctl
_FILE_ONLY = 1 << 1 | 1 << 2 | 1 << 14  # what a rule about a single file may grant
_REFER, _TRUNCATE = 1 << 13, 1 << 14


@functools.cache
def landlock_version() -> int:
    """Landlock's ABI in this kernel (1 from 5.13 on); 0 where there is none or it is turned off."""
    try:
        return _call(444, None, 0, 1)
    except OSError:
        return 0


def confine_files(scratch: str, readable: Iterable[str] = ()) -> None:
    """Allow reading what Python imports from and writing in the scratch folder, and nothing else.

    Running a program, links, devices and named pipes are not granted anywhere; nor, where the ABI has them, TCP,
    abstract sockets of others and signals to others.
    """
    abi = landlock_version()
    if not abi:
        raise OSError(errno.ENOSYS, "no Landlock")
    if own_folder_is_readable():
        raise OSError(errno.EACCES, "the grader lies in a folder that Python reads from")
    handled = sum(rights for since, rights in _ABI_RIGHTS.items() if since <= abi)
    net = 0b11 if abi >= 4 else 0
    scoped = 0b11 if abi >= 6 else 0
    ruleset = _call(444, struct.pack("QQQ", handled, net, scoped), 24, 0)
    try:
        rules = [(path, _READ) for path in (*library_folders(), *_SYSTEM_FILES, *readable)]
        rules += [("/dev/null", _READ | _WRITE), (scratch, _READ | _WRITE | _REFER | _TRUNCATE)]
        for path, rights in rules:
            _grant(ruleset, path, rights & handled)
        _call(446, ruleset, 0)
    finally:
        os.close(ruleset)


def _grant(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not on this machine, or not for this user
    try:
        if not os.path.isdir(path):
            rights &= _FILE_ONLY
        _call(445, ruleset, 1, struct.pack("=Qi", rights, fd), 0)
    finally:
        os.close(fd)


# What Python's own modules and NumPy read beside their folders: the loader's cache, the time zone, OpenSSL's settings
# (hashlib), fonts.
_SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/dev/urandom",
    "/usr/share/zoneinfo",
    "/usr/share/fonts",
    "/usr/share/matplotlib",
)


_SHARED = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")


@functools.cache
def library_folders() -> tuple[str, ...]:
    """Name the folders of the standard library, of site-packages and of shared libraries; never the grader's own."""
    folders = [os.path.dirname(os.path.realpath(os.__file__))]
    folders += [p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages", "lib-dynload")]
    folders += _SHARED
    return tuple(dict.fromkeys(folders))


@functools.cache
def own_folder_is_readable() -> bool:
    """Tell whether the grader was put where every worker may read, such as /usr/local/lib: then nothing hides it."""
    own = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    return any(own.startswith(os.path.realpath(folder) + os.sep) for folder in library_folders())


# --- imports behind the lock -----------------------------------------------------------------------------------------

PR_SET_KEEPCAPS = 8
LINUX_CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
_JAIL_TMP = "/tmp"


@functools.cache
def closed_to_others() -> bool:
    """Tell whether Python or its packages lie below a folder that other users may not enter, such as /root."""
    for folder in library_folders()[:1] + tuple(p for p in library_folders() if p.endswith("-packages")):
        while folder != "/":
            if os.path.isdir(folder) and os.stat(folder).st_mode & 0o001 == 0:
                return True
            folder = os.path.dirname(folder)
    return False


@functools.cache
def reading_capability() -> int | None:
    """Name the capability that lets a worker import from a closed folder; None if it needs none or there is none.

    Behind Landlock it opens nothing but what the rules allow: folders that hold Python's modules, and nothing else.
    """
    if not LINUX or os.geteuid() != 0 or not landlock_version() or not closed_to_others():
        return None
    with open("/proc/self/status") as status:
        held = next(int(line.split()[1], 16) for line in status if line.startswith("CapPrm:"))
    return next((c for c in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if held >> c & 1), None)


def needs_jail() -> bool:
    """Tell whether a worker needs a root folder of its own: without Landlock, or if it could not import otherwise."""
    if not LINUX or os.geteuid() != 0:
        return False
    return not landlock_version() or (closed_to_others() and reading_capability() is None)


def make_jail() -> str:
    """Make a root folder that holds Python's modules and shared libraries, and nothing else of this machine.

    Files are hard links where the file system allows it, so that it takes a fraction of a second.  Remove it with
    shutil.rmtree when the last worker is gone.
    """
    jail = tempfile.mkdtemp(prefix="grading-root-")
    os.chmod(jail, 0o755)
    umask = os.umask(0o022)
    try:
        for path in (*library_folders(), *_SYSTEM_FILES):
            _copy_tree(path, jail)
        os.makedirs(jail + _JAIL_TMP)
        os.makedirs(jail + "/dev", exist_ok=True)
        for name, minor in (("null", 3), ("urandom", 9)):
            with contextlib.suppress(OSError):  # not every container may make devices
                os.mknod(f"{jail}/dev/{name}", 0o666 | stat.S_IFCHR, os.makedev(1, minor))
                os.chmod(f"{jail}/dev/{name}", 0o666)
    finally:
        os.umask(umask)
    return jail


def _copy_tree(path: str, jail: str) -> None:
    os.makedirs(os.path.dirname(jail + path), exist_ok=True)
    if os.path.islink(path):  # /lib is a link to /usr/lib on most machines
        with contextlib.suppress(FileExistsError):
            os.symlink(os.path.realpath(path), jail + path)
    elif os.path.isfile(path):
        _copy_file(path, jail + path)
    else:
        shared = path in _SHARED
        for place, folders, files in os.walk(path):
            if shared:  # of the system's folders only the libraries: /usr/lib may hold anything
                folders[:] = [f for f in folders if f.endswith(("-linux-gnu", "-linux-musl"))]
                files = [f for f in files if ".so" in f]
            else:
                folders[:] = [f for f in folders if f not in ("test", "idlelib")]
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


def prepare() -> None:
    """Do once, before any fork, what every worker would do again."""
    if LINUX:
        with contextlib.suppress(OSError):
            call_filter()
        landlock_version(), own_folder_is_readable(), reading_capability()


# --- seccomp: which calls --------------------------------------------------------------------------------------------

# A list of what is allowed, not of what is forbidden: a call that nobody thought of is refused.  What is not named
# here gets ENOSYS, which makes a C library newer than this list fall back to an older call that is.
_words = str.split
_ALLOWED = _words("""
    read write readv writev pread64 pwrite64 lseek close open openat creat stat fstat lstat newfstatat statx access
    faccessat faccessat2 readlink readlinkat getcwd chdir getdents getdents64 dup dup2 dup3 mkdir mkdirat rmdir unlink
    unlinkat rename renameat renameat2 ftruncate fsync fdatasync umask statfs fstatfs fadvise64 flock sendfile pipe
    pipe2 poll ppoll select pselect6
    mmap munmap mremap mprotect brk madvise futex set_robust_list rseq sched_yield sched_getaffinity
    nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times getrusage alarm setitimer getitimer
    pause restart_syscall rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack getcpu
    getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid
    uname sysinfo getrlimit getrandom exit exit_group
    recvfrom shutdown getsockopt getsockname getpeername
""")

# What honest code may try: an exception with a plain reason, and the submission goes on.
_REFUSED = _words("""
    clone fork vfork execve execveat socket socketpair connect bind listen accept accept4 sendmsg recvmsg sendmmsg
    kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal ptrace
    chmod fchmod fchmodat chown fchown lchown fchownat utime utimes utimensat futimesat setxattr truncate
    link linkat symlink symlinkat mknod mknodat chroot mount umount2 unshare setns
    setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid setsid setpgid setrlimit
    sched_setaffinity setpriority
""")

# Allowed with these values of one argument only: (position, the 32 bits that may stand there).
_ALLOWED_IF = {
    "ioctl": (1, (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),  # is it a terminal, its size, blocking, on-exec
    "fcntl": (1, (0, 1, 2, 3, 4, 5, 6, 7, 1030)),  # copies, flags, locks; never F_SETOWN, which sends signals
    "prctl": (0, (15, 16)),  # the thread's name
}
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000


class _Compare(ctypes.Structure):
    """struct scmp_arg_cmp of libseccomp."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def _word(position: int, value: int) -> _Compare:
    return _Compare(position, 7, 0xFFFFFFFF, value)  # SCMP_CMP_MASKED_EQ


def _zero(position: int) -> _Compare:
    return _Compare(position, 4, 0, 0)  # SCMP_CMP_EQ


@functools.cache
def call_filter(arch: int = 0) -> bytes:
    """Make the BPF program of the filter: for this machine, or for the audit architecture `arch`.

    libseccomp knows every machine's call numbers; apt depends on it, so every Debian and Ubuntu has it.  A call by
    another ABI of the machine (x32, int 0x80) kills the process.
    """
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    filter_ = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(_ERRNO | errno.ENOSYS)))

    def must(result: int) -> None:
        if result < 0:
            raise OSError(-result, "libseccomp: " + os.strerror(-result))

    def rule(action: int, name: str, *only: _Compare) -> None:
        number = lib.seccomp_syscall_resolve_name(name.encode())  # libseccomp translates it where arch is another
        if number >= 0:  # not every machine has every call
            must(lib.seccomp_rule_add_array(filter_, action, number, len(only), (_Compare * len(only))(*only)))

    try:
        if not filter_:
            raise OSError(errno.ENOMEM, "libseccomp gives no filter")
        if arch:
            lib.seccomp_arch_remove(filter_, lib.seccomp_arch_native())
            must(lib.seccomp_arch_add(filter_, arch))
        must(lib.seccomp_attr_set(filter_, 2, ctypes.c_uint32(_KILL)))  # SCMP_FLTATR_ACT_BADARCH
        for name in _ALLOWED:
            rule(_ALLOW, name)
        for name in _REFUSED:
            rule(_ERRNO | errno.EPERM, name)
        for name, (position, words) in _ALLOWED_IF.items():
            for word in words:
                rule(_ALLOW, name, _word(position, word))
        rule(_ALLOW, "sendto", _zero(4))  # over the channel, never to an address
        rule(_ALLOW, "prlimit64", _word(0, 0), _zero(2))  # read my own, set nothing
        read_end, write_end = os.pipe()
        with open(read_end, "rb") as program:
            with open(write_end, "wb") as out:
                must(lib.seccomp_export_bpf(filter_, out.fileno()))
            return program.read()
    finally:
        lib.seccomp_release(filter_)


def filter_calls() -> None:
    """Refuse every system call that is not on the list: no new process, socket, signal, clock or key."""

    class Program(ctypes.Structure):  # struct sock_fprog
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))

    code = call_filter()
    program = Program(len(code) // 8, code)
    _call("prctl", 22, 2, ctypes.byref(program), 0, 0)


# --- one call to the kernel ------------------------------------------------------------------------------------------


def _call(name: str | int, *arguments: object) -> int:
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
