"""The layer `seccomp`: which system calls a worker may make (libseccomp, linux/seccomp.h)."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import os
import termios

from autograder.sandbox.layers import kernel

SECCOMP_MODE_FILTER = 2
SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
SCMP_FLTATR_ACT_BADARCH = 2
SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ = 4, 7

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
    # Is it a terminal, its size, how much can be read, blocking, on-exec.
    "ioctl": (1, (termios.TCGETS, termios.TIOCGWINSZ, termios.FIONREAD, termios.FIONBIO, termios.FIONCLEX,
                  termios.FIOCLEX)),
    # Copies, flags, locks; never F_SETOWN, which sends signals.
    "fcntl": (1, (fcntl.F_DUPFD, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL, fcntl.F_GETLK,
                  fcntl.F_SETLK, fcntl.F_SETLKW, fcntl.F_DUPFD_CLOEXEC)),
    "prctl": (0, (kernel.PR_SET_NAME, kernel.PR_GET_NAME)),
}  # fmt: skip


class _Compare(ctypes.Structure):
    """struct scmp_arg_cmp of libseccomp."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


class _Program(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def _word(position: int, value: int) -> _Compare:
    return _Compare(position, SCMP_CMP_MASKED_EQ, 0xFFFFFFFF, value)


def _zero(position: int) -> _Compare:
    return _Compare(position, SCMP_CMP_EQ, 0, 0)


@functools.cache
def call_filter(arch: int = 0) -> bytes:
    """Make the BPF program of the filter: for this machine, or for the audit architecture `arch`.

    libseccomp knows every machine's call numbers; apt depends on it, so every Debian and Ubuntu has it.  A call by
    another ABI of the machine (x32, int 0x80) kills the process.
    """
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    filter_ = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(SECCOMP_RET_ERRNO | errno.ENOSYS)))

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
        must(lib.seccomp_attr_set(filter_, SCMP_FLTATR_ACT_BADARCH, ctypes.c_uint32(SECCOMP_RET_KILL_PROCESS)))
        for name in _ALLOWED:
            rule(SECCOMP_RET_ALLOW, name)
        for name in _REFUSED:
            rule(SECCOMP_RET_ERRNO | errno.EPERM, name)
        for name, (position, words) in _ALLOWED_IF.items():
            for word in words:
                rule(SECCOMP_RET_ALLOW, name, _word(position, word))
        rule(SECCOMP_RET_ALLOW, "sendto", _zero(4))  # over the channel, never to an address
        rule(SECCOMP_RET_ALLOW, "prlimit64", _word(0, 0), _zero(2))  # read my own, set nothing
        read_end, write_end = os.pipe()
        with open(read_end, "rb") as program:
            with open(write_end, "wb") as out:
                must(lib.seccomp_export_bpf(filter_, out.fileno()))
            return program.read()
    finally:
        lib.seccomp_release(filter_)


def filter_calls() -> None:
    """Refuse every system call that is not on the list: no new process, socket, signal, clock or key."""
    code = call_filter()
    program = _Program(len(code) // 8, code)
    kernel.call("prctl", kernel.PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
