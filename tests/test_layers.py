"""Every kernel layer: what it forbids can be done without it, and cannot with it."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox import layers

if not sys.platform.startswith("linux"):
    pytest.skip("the layers need Linux: run the tests there", allow_module_level=True)

ROOT = os.geteuid() == 0
PLAIN = 61_234  # a user id that nobody has, for the tests that are a plain user's
USERS = ["root", "plain"] if ROOT else ["plain"]
as_root = pytest.mark.skipif(not ROOT, reason="run the tests as root")
needs_landlock = pytest.mark.skipif(not layers.landlock.version(), reason="this kernel has no Landlock")
x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="x86-64 only")

# Made before any child is forked, as the server does.
layers.prepare()
LIBC = ctypes.CDLL(None, use_errno=True)
SECCOMP = ctypes.CDLL("libseccomp.so.2")
report_fd = -1  # in a child: where its outcome goes


def in_child(action: Callable[[], Any], *put_on: Callable[[], Any], user: str = "") -> Any:
    """Run `action` in a forked child under some layers: what it returns, an error's name, or a signal's."""
    global report_fd
    read_end, write_end = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # about threads of NumPy's, which the child doesn't need
        pid = os.fork()
    if pid == 0:
        report_fd = write_end
        try:
            if user == "plain" and ROOT:
                os.setgroups([])
                os.setresgid(PLAIN, PLAIN, PLAIN)
                os.setresuid(PLAIN, PLAIN, PLAIN)
            for put in put_on:
                put()
            try:
                outcome = action()
            except OSError as error:
                outcome = errno.errorcode.get(error.errno or 0, type(error).__name__)
            except Exception as error:
                outcome = type(error).__name__
        except BaseException:
            outcome = traceback.format_exc()
        os.write(write_end, json.dumps(outcome).encode())
        os._exit(0)
    os.close(write_end)
    with open(read_end, "rb") as result:
        text = result.read()
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return json.loads(text) if text else "nothing"


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can reach and write to, as /tmp is; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="layers-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


# --- descriptors, session, limits ------------------------------------------------------------------------------------


def close_others() -> None:
    layers.process.close_descriptors(report_fd)


@pytest.fixture
def inherited(tmp_path: Path) -> Iterator[int]:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with secret.open() as file:
        far = os.dup2(file.fileno(), 900)
        yield far
        os.close(far)


@pytest.mark.parametrize("close_range", [True, False])
def test_an_inherited_descriptor_cannot_be_read(
    inherited: int, close_range: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> str:
        return os.pread(inherited, 6, 0).decode()

    def old_kernel(*_: object) -> int:
        raise OSError(errno.ENOSYS, "no such call")

    if not close_range:
        monkeypatch.setattr(layers.kernel, "call", old_kernel)
    assert in_child(read) == "secret"
    assert in_child(read, close_others) == "EBADF"


def test_three_descriptors_that_lead_to_nobody_and_the_channel_stay(inherited: int) -> None:
    def opened() -> list[str]:
        links = [f"/proc/self/fd/{fd}" for fd in range(1000)]
        return [os.readlink(link).split(":")[0] for link in links if os.path.islink(link)]

    assert len(in_child(opened)) > 4
    assert in_child(opened, close_others) == ["/dev/null", "/memfd", "/memfd", "pipe"]


def test_a_worker_has_a_session_and_a_process_group_of_its_own() -> None:
    def own() -> list[bool]:
        return [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()]

    assert in_child(own) == [False, False]
    assert in_child(own, layers.process.own_session) == [True, True]


def limits(**more: int) -> Callable[[], None]:
    return partial(layers.process.set_limits, layers.Policy(os.getpid(), **more))


def much_memory() -> int:
    return len(mmap.mmap(-1, 600 * layers.MIB))


def many_files() -> int:
    return len([os.open("/", os.O_RDONLY) for _ in range(100)])


def fork() -> str:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "forked"


def thread() -> str:
    threading.Thread(target=time.sleep, args=(0,)).start()
    return "started"


def raise_limits() -> str:
    resource.setrlimit(resource.RLIMIT_NOFILE, (500, 500))
    return "raised"


@pytest.mark.parametrize(
    ("action", "free", "limited"),
    [
        (much_memory, 600 * layers.MIB, "ENOMEM"),
        (many_files, 100, "EMFILE"),
        (fork, "forked", "EAGAIN"),
        (thread, "started", "RuntimeError"),
        (raise_limits, "raised", "ValueError"),
    ],
)
def test_a_limit_holds_for_a_user_without_privileges(action: Callable[[], Any], free: Any, limited: str) -> None:
    assert in_child(action, user="plain") == free
    assert in_child(action, limits(), user="plain") == limited


def test_a_file_has_a_largest_size(open_folder: Path) -> None:
    def write() -> int:
        with (open_folder / "large").open("wb", buffering=0) as file:
            for _ in range(5):
                if file.write(bytes(layers.MIB)) < layers.MIB:
                    raise OSError(errno.EFBIG, "cut off")
        return 5

    assert in_child(write) == 5
    assert in_child(write, limits()) == "EFBIG"


@pytest.mark.slow
def test_processor_time_ends() -> None:
    def compute() -> str:
        start = time.process_time()
        while time.process_time() < start + 2.5:
            pass
        return "done"

    assert in_child(compute) == "done"
    assert in_child(compute, limits(cpu=1)) in ("SIGXCPU", "SIGKILL")


def test_a_crash_leaves_no_core() -> None:
    def cores() -> int:
        return resource.getrlimit(resource.RLIMIT_CORE)[1]

    assert in_child(cores, limits()) == 0


def test_the_kernel_takes_a_worker_first_when_memory_runs_out() -> None:
    def score() -> str:
        return Path("/proc/self/oom_score_adj").read_text().strip()

    assert in_child(score) != "1000"
    assert in_child(score, limits()) == "1000"


# --- user, root folder, privileges -----------------------------------------------------------------------------------


def drop() -> None:
    uid = layers.user.new_uid()
    assert uid
    layers.user.drop_to(uid)


@as_root
def test_a_fresh_user_cannot_read_what_is_private(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.write_text("secret")
    private.chmod(0o600)
    assert in_child(private.read_text) == "secret"
    assert in_child(private.read_text, drop) == "EACCES"


@as_root
def test_a_fresh_user_cannot_signal_or_trace_the_parent() -> None:
    parent = os.getpid()

    def seize() -> int:
        result = LIBC.ptrace(0x4206, parent, 0, 0)  # PTRACE_SEIZE: does not stop it
        if result < 0:
            raise OSError(ctypes.get_errno(), "ptrace")
        return int(result)

    for action, free in ((partial(os.kill, parent, 0), None), (seize, 0)):
        assert in_child(action) == free
        assert in_child(action, drop) == "EPERM"


@as_root
@pytest.mark.parametrize(
    "back",
    [
        lambda: os.setuid(0),
        lambda: os.setresuid(0, 0, 0),
        lambda: os.setgid(0),
        lambda: os.setgroups([0]),
        lambda: os.chroot("/"),
        lambda: os.nice(-1) and None,
    ],
)
def test_a_fresh_user_has_no_way_back(back: Callable[[], Any]) -> None:
    assert in_child(back) is None
    assert in_child(back, drop) == "EPERM"


def drop_but_read() -> None:
    uid = layers.user.new_uid()
    assert uid
    layers.user.drop_to(uid, layers.kernel.CAP_DAC_READ_SEARCH)


def capabilities() -> list[str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return [line.split()[1].lstrip("0") for line in lines if line.startswith(("CapPrm", "CapEff", "CapInh", "CapAmb"))]


@as_root
def test_a_worker_keeps_no_capability_but_the_one_to_read(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.write_text("secret")
    private.chmod(0o600)
    assert in_child(capabilities, drop) == ["", "", "", ""]
    assert sorted(in_child(capabilities, drop_but_read)) == ["", "", "4", "4"]
    assert in_child(private.read_text, drop_but_read) == "secret"
    assert in_child(partial(private.write_text, "x"), drop_but_read) == "EACCES"
    for way_back in (lambda: os.setuid(0), lambda: os.setgroups([0]), lambda: os.chroot("/")):
        assert in_child(way_back, drop_but_read) == "EPERM"


@as_root
def test_the_one_to_read_opens_nothing_that_landlock_closes(open_folder: Path, tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.write_text("secret")
    private.chmod(0o600)

    def look() -> str:
        layers.user.drop_to(layers.user.new_uid() or 0, layers.kernel.CAP_DAC_READ_SEARCH)
        layers.process.no_new_privs()
        layers.confine(str(open_folder))
        return private.read_text()

    assert in_child(look) == "EACCES"


@as_root
def test_every_worker_is_another_user() -> None:
    ids = [layers.user.new_uid() for _ in range(50)]
    assert len(set(ids)) == 50
    assert all(uid is not None and 1_000_000 <= uid < 2**31 for uid in ids)


def test_a_plain_user_has_no_user_ids_to_give() -> None:
    assert in_child(layers.user.new_uid, user="plain") is None


@as_root
def test_a_user_id_is_one_that_the_container_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    maps = tmp_path / "map"
    real_open = open
    monkeypatch.setattr(layers.user, "open", lambda _path: real_open(maps), raising=False)
    maps.write_text("0 100000 65536\n")
    assert all(20_000 <= (layers.user.new_uid() or 0) < 60_000 for _ in range(50))
    maps.write_text("0 0 1\n2000000 5 10\n")
    assert all(2_000_000 <= (layers.user.new_uid() or 0) < 2_000_010 for _ in range(50))
    maps.write_text("0 0 1\n")
    assert layers.user.new_uid() is None


@as_root
def test_a_set_uid_program_gives_nothing(open_folder: Path) -> None:
    program = Path(shutil.copy("/usr/bin/id", open_folder))
    program.chmod(0o4755)

    def effective() -> str:
        return subprocess.run([program, "-u"], capture_output=True, text=True).stdout.strip()

    if in_child(effective, user="plain") != "0":
        pytest.skip("set-uid programs give nothing in this folder anyway")
    assert in_child(effective, layers.process.no_new_privs, user="plain") == str(PLAIN)


def test_the_memory_of_a_worker_is_closed_to_others_of_its_user() -> None:
    """A plain user's judge and workers are one user: this is what the judge itself puts on too."""

    def peek(*put_on: Callable[[], Any]) -> str:
        ready, done = os.pipe(), os.pipe()
        victim = os.fork()
        if victim == 0:
            LIBC.prctl(4, 1, 0, 0, 0)  # dumpable, as every process that never changed its user
            for put in put_on:
                put()
            os.write(ready[1], b".")
            os.read(done[0], 1)
            os._exit(0)
        os.read(ready[0], 1)
        try:
            with open(f"/proc/{victim}/mem", "rb"):
                return "opened"
        finally:
            os.write(done[1], b".")
            os.waitpid(victim, 0)

    assert in_child(peek, user="plain") == "opened"
    assert in_child(partial(peek, layers.process.not_dumpable), user="plain") == "EACCES"


def test_a_worker_ends_with_its_parent() -> None:
    def ended(dies: bool) -> bool:
        """Leave a grandchild behind, which holds the write end of a pipe as long as it lives."""
        alive, ready = os.pipe(), os.pipe()
        parent = os.fork()
        if parent == 0:
            me = os.getpid()
            if os.fork() == 0:
                if dies:
                    layers.process.die_with(me)
                os.write(ready[1], b".")
                time.sleep(1)
                os._exit(0)
            os.read(ready[0], 1)
            os._exit(0)
        os.waitpid(parent, 0)
        os.close(alive[1])
        return bool(select.select([alive[0]], [], [], 0.5)[0])

    assert in_child(partial(ended, False)) is False
    assert in_child(partial(ended, True)) is True


def test_a_worker_whose_parent_is_gone_already_ends_at_once() -> None:
    def live() -> str:
        layers.process.die_with(1 if os.getppid() != 1 else 2)
        return "lived"

    assert in_child(live) == "nothing"


# --- Landlock --------------------------------------------------------------------------------------------------------


@pytest.fixture
def confined(open_folder: Path) -> tuple[Path, Path, Callable[[], None]]:
    """A folder outside, the scratch folder, and the layer between them."""
    outside, scratch = open_folder / "outside", open_folder / "scratch"
    for folder in (outside, scratch):
        folder.mkdir()
        folder.chmod(0o777)
        (folder / "file").write_text("text")
        (folder / "file").chmod(0o666)

    def confine() -> None:
        layers.process.no_new_privs()
        layers.confine(str(scratch))

    return outside, scratch, confine


@needs_landlock
@pytest.mark.parametrize(
    "touch",
    [
        lambda folder: (folder / "file").read_text() and None,
        lambda folder: (folder / "file").write_text("x") and None,
        lambda folder: (folder / "file").open("a").close(),
        lambda folder: (folder / "new").write_text("x") and None,
        lambda folder: (folder / "file").unlink(),
        lambda folder: (folder / "folder").mkdir(),
        lambda folder: os.listdir(folder) and None,
        lambda folder: os.truncate(folder / "file", 0),
        lambda folder: os.rename(folder / "file", folder / "renamed"),
    ],
)
def test_landlock_leaves_the_scratch_folder_and_nothing_else(
    touch: Callable[[Path], Any], confined: tuple[Path, Path, Callable[[], None]], user: str
) -> None:
    outside, scratch, confine = confined
    assert in_child(partial(touch, scratch), confine, user=user) is None
    assert in_child(partial(touch, outside), confine, user=user) == "EACCES"
    assert in_child(partial(touch, outside), user=user) is None


@needs_landlock
@pytest.mark.parametrize(
    "make",
    [
        lambda folder: os.symlink("/", folder / "link"),
        lambda folder: os.mkfifo(folder / "pipe"),
        lambda folder: socket.socket(socket.AF_UNIX).bind(str(folder / "socket")),
        lambda folder: subprocess.run([shutil.copy("/bin/true", folder)], check=True) and None,
    ],
)
def test_landlock_grants_no_links_pipes_sockets_or_programs_even_in_the_scratch_folder(
    make: Callable[[Path], Any], confined: tuple[Path, Path, Callable[[], None]]
) -> None:
    _, scratch, confine = confined
    assert in_child(partial(make, scratch)) is None
    for path in scratch.iterdir():
        path.unlink()
    assert in_child(partial(make, scratch), confine) == "EACCES"


@needs_landlock
def test_landlock_hides_what_others_do(confined: tuple[Path, Path, Callable[[], None]], user: str) -> None:
    confine = confined[2]
    for path in ("/etc/passwd", "/proc/self/maps", f"/proc/{os.getpid()}/cmdline"):
        assert in_child(lambda path=path: bool(Path(path).read_bytes()), user=user) is True
        assert in_child(lambda path=path: bool(Path(path).read_bytes()), confine, user=user) == "EACCES"


def test_a_grader_in_a_folder_called_site_packages_is_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    own = "/x/site-packages"
    monkeypatch.setattr(layers.python, "GRADER", own)
    monkeypatch.setattr(sys, "path", [own, "/y/site-packages", "/z"])
    assert layers.python.package_folders.__wrapped__() == ("/y/site-packages",)


@needs_landlock
@pytest.mark.parametrize("folder", [layers.python.GRADER, str(Path(layers.python.GRADER).parent)])
def test_a_grader_among_pythons_own_folders_is_hidden_from_nobody(
    folder: str, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not layers.python.own_folder_is_readable()
    monkeypatch.setattr(layers.python, "library_folders", lambda: (folder,))
    layers.python.own_folder_is_readable.cache_clear()
    parent = os.getpid()
    try:
        assert layers.python.own_folder_is_readable()
        held = in_child(lambda: layers.lock(layers.Policy(parent), report_fd, str(open_folder)))
        assert "landlock" not in held
    finally:
        layers.python.own_folder_is_readable.cache_clear()


@pytest.mark.skipif(layers.landlock.version() < 4, reason="this kernel's Landlock knows no TCP")
def test_landlock_refuses_tcp(confined: tuple[Path, Path, Callable[[], None]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def connect() -> None:
            socket.create_connection(server.getsockname()).close()

        def listen() -> None:
            socket.create_server(("127.0.0.1", 0)).close()

        for action in (connect, listen):
            assert in_child(action) is None
            assert in_child(action, confined[2]) == "EACCES"


@pytest.mark.skipif(layers.landlock.version() < 6, reason="this kernel's Landlock has no scopes")
def test_landlock_refuses_signals_and_abstract_sockets_of_others(
    confined: tuple[Path, Path, Callable[[], None]],
) -> None:
    parent = os.getpid()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + os.urandom(8).hex())
        server.listen()

        def connect() -> None:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(server.getsockname())

        for action in (connect, partial(os.kill, parent, 0)):
            assert in_child(action) is None
            assert in_child(action, confined[2]) == "EPERM"


# --- seccomp ---------------------------------------------------------------------------------------------------------


def filtered() -> None:
    layers.process.no_new_privs()
    layers.seccomp.filter_calls()


def call(name: str, *arguments: Any) -> Callable[[], Any]:
    """A system call by name: what it gives, or the errno's name; never a wrapper's own idea."""

    def action() -> Any:
        number = SECCOMP.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return "ENOSYS"
        LIBC.syscall.restype = ctypes.c_long
        converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
        result = LIBC.syscall(ctypes.c_long(number), *converted)
        if result < 0:
            raise OSError(ctypes.get_errno(), name)
        return int(result)

    return action


BUFFER = ctypes.create_string_buffer(4096)
# One call of each kind, with arguments that do no harm: some fail, but the kernel has then looked at them.
CALLS: dict[str, tuple[Any, ...]] = {
    "clone": (0x10000,),  # CLONE_THREAD without CLONE_SIGHAND: the kernel says EINVAL
    "execve": (b"/nothing", None, None),
    "unshare": (0x1000000 | 0x80000000,),
    "ptrace": (16, 0, 0, 0),
    "process_vm_readv": (0, None, 0, None, 0, 0),
    "kill": (0, 0),
    "pidfd_open": (1, 0),
    "socket": (1, 1, 0),
    "sendto": (-1, None, 0, 0, BUFFER, 16),
    "setresuid": (-1, -1, -1),
    "mount": (None, b"/nothing", None, 0, None),
    "bpf": (0xFFFF, BUFFER, 0),
    "keyctl": (0xFFFF, 0, 0, 0, 0),
    "io_uring_setup": (0, BUFFER),
    "shmget": (0, 4096, 0o1600),  # IPC_CREAT | 0600
    "memfd_create": (b"x", 0),
    "timer_create": (0, None, BUFFER),
    "fchmod": (-1, 0),
    "linkat": (-100, b"/nothing", -100, b"/nothing", 0),
    "ioctl": (-1, 0x5412, BUFFER),  # TIOCSTI: types into a terminal
    "fcntl": (-1, 8, 1),  # F_SETOWN: signals to another process
    "prctl": (4, 1, 0, 0, 0),  # PR_SET_DUMPABLE
    "prlimit64": (0, 7, BUFFER, None),
}


@pytest.mark.parametrize("name", CALLS)
def test_seccomp_refuses(name: str) -> None:
    action = call(name, *CALLS[name])
    free = in_child(action, layers.process.no_new_privs)
    if free in ("ENOSYS", "EPERM"):
        pytest.skip(f"this kernel, container or user has no {name} to take away")
    assert in_child(action, filtered) in ("EPERM", "ENOSYS")


DANGEROUS = """
    fork vfork clone clone3 execve execveat unshare setns
    ptrace process_vm_readv process_vm_writev kill tkill tgkill rt_sigqueueinfo pidfd_open pidfd_getfd
    pidfd_send_signal kcmp process_madvise setsid setpgid setpriority sched_setscheduler sched_setaffinity
    socket socketpair connect bind listen accept accept4 sendmsg sendmmsg recvmsg sendto setsockopt
    setuid setresuid setgroups capset setrlimit prlimit64 personality seccomp landlock_create_ruleset chroot pivot_root
    mount umount2 open_tree fsopen bpf perf_event_open keyctl add_key request_key userfaultfd io_uring_setup io_setup
    modify_ldt reboot init_module finit_module kexec_load syslog quotactl acct swapon sethostname settimeofday
    clock_settime adjtimex
    shmget msgget semget mq_open memfd_create memfd_secret timer_create timerfd_create eventfd2 signalfd4 inotify_init1
    fanotify_init epoll_create1 mlock mlockall vmsplice splice tee sync
    chmod fchmod fchmodat chown fchown lchown utimensat setxattr removexattr getxattr truncate link linkat symlink
    symlinkat mknod mknodat name_to_handle_at open_by_handle_at openat2 fchdir ioctl fcntl prctl
"""


def test_the_filter_refuses_every_call_that_is_not_on_the_list() -> None:
    """Of all numbers of this machine, whatever their arguments; nothing dangerous is on the list."""
    arch = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}[platform.machine()]
    program = layers.seccomp.call_filter()
    allowed = {n for n in range(1024) if decide(program, arch, n, *[2**64 - 1] * 6) == 0x7FFF0000}

    def numbers(names: list[str]) -> set[int]:
        return {n for name in names if (n := SECCOMP.seccomp_syscall_resolve_name(name.encode())) >= 0}

    assert allowed == numbers(layers.seccomp._ALLOWED)
    assert not allowed & numbers(DANGEROUS.split())


@x86
def test_seccomp_kills_calls_of_the_32_bit_abi() -> None:
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20 (getpid there); int 0x80; ret
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    getpid = ctypes.CFUNCTYPE(ctypes.c_int)(address)
    if in_child(getpid) == "SIGSEGV":
        pytest.skip("this kernel has no 32-bit ABI")
    assert in_child(lambda: getpid() == os.getpid()) is True
    assert in_child(lambda: getpid() == os.getpid(), filtered) == "SIGSYS"


@x86
def test_seccomp_kills_calls_of_the_x32_abi() -> None:
    def getpid() -> int:
        return int(LIBC.syscall(ctypes.c_long(0x40000000 | 39)))

    assert isinstance(in_child(getpid), int)  # a process id or -1, depending on the kernel
    assert in_child(getpid, filtered) == "SIGSYS"


def test_seccomp_cannot_be_taken_off() -> None:
    def off() -> Any:
        return call("prctl", 22, 0, 0, 0, 0)()

    assert in_child(off, filtered) in ("EPERM", "ENOSYS", "EINVAL")


def decide(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """Run a BPF program of a filter on one call: the action it decides on."""
    data = struct.pack("<iIQ6Q", number, arch, 0, *(list(arguments) + [0] * 6)[:6])
    instructions = list(struct.iter_unpack("<HBBI", program))
    at = accumulator = 0
    while True:
        code, yes, no, k = instructions[at]
        at += 1
        if code == 0x20:  # load a word of the call's data
            (accumulator,) = struct.unpack_from("<I", data, k)
        elif code == 0x54:
            accumulator &= k
        elif code == 0x05:
            at += k
        elif code in (0x15, 0x25, 0x35):
            holds = {0x15: accumulator == k, 0x25: accumulator > k, 0x35: accumulator >= k}[code]
            at += yes if holds else no
        elif code == 0x06:
            return int(k)
        else:
            raise AssertionError(f"an instruction that is new: {code:#x}")


# {call: (x86-64, aarch64)}, from the kernel's own headers, so that nobody's tables are tested with themselves.
NUMBERS = {
    "read": (0, 63), "write": (1, 64), "openat": (257, 56), "mmap": (9, 222), "munmap": (11, 215), "brk": (12, 214),
    "futex": (202, 98), "exit_group": (231, 94), "getrandom": (318, 278), "recvfrom": (45, 207), "sendto": (44, 206),
    "prlimit64": (302, 261), "ioctl": (16, 29), "fcntl": (72, 25), "prctl": (157, 167), "clone": (56, 220),
    "execve": (59, 221), "socket": (41, 198), "connect": (42, 203), "kill": (62, 129), "ptrace": (101, 117),
    "fchmodat": (268, 53), "setresuid": (117, 147), "symlinkat": (266, 36), "clone3": (435, 435), "bpf": (321, 280),
    "io_uring_setup": (425, 425), "keyctl": (250, 219), "memfd_create": (319, 279), "process_vm_readv": (310, 270),
    "shmget": (29, 194), "mq_open": (240, 180), "userfaultfd": (323, 282),
}  # fmt: skip


def test_the_layers_own_calls_have_the_numbers_of_both_machines() -> None:
    """Calls since 2019 have one number everywhere; these are made without libseccomp."""
    kernel = layers.kernel
    by_number = {
        kernel.SYS_CLOSE_RANGE: "close_range",
        kernel.SYS_LANDLOCK_CREATE_RULESET: "landlock_create_ruleset",
        kernel.SYS_LANDLOCK_ADD_RULE: "landlock_add_rule",
        kernel.SYS_LANDLOCK_RESTRICT_SELF: "landlock_restrict_self",
    }
    assert {v for k, v in vars(kernel).items() if k.startswith("SYS_")} == set(by_number)
    for number, name in by_number.items():
        for arch in (0xC000003E, 0xC00000B7):
            found = SECCOMP.seccomp_syscall_resolve_name_arch(arch, name.encode())
            assert found in (number, -1), name  # -1: a libseccomp that is older than the call


@pytest.mark.parametrize(("arch", "other"), [(0xC000003E, 0xC00000B7), (0xC00000B7, 0xC000003E)])
def test_the_filter_decides_alike_on_x86_64_and_aarch64(arch: int, other: int) -> None:
    program = layers.seccomp.call_filter(arch)

    def number(name: str) -> int:
        return NUMBERS[name][arch == 0xC00000B7]

    def decision(name: str, *arguments: int) -> int:
        return decide(program, arch, number(name), *arguments)

    allow, refuse, unknown, kill = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x80000000
    for name in ("read", "write", "openat", "mmap", "munmap", "futex", "exit_group", "getrandom", "recvfrom", "brk"):
        assert decision(name) == allow, name
    for name in ("clone", "execve", "socket", "connect", "kill", "ptrace", "fchmodat", "setresuid", "symlinkat"):
        assert decision(name) == refuse, name
    unheard = ("clone3", "bpf", "io_uring_setup", "keyctl", "memfd_create", "process_vm_readv", "shmget", "mq_open")
    for name in (*unheard, "userfaultfd"):
        assert decision(name) == unknown, name
    assert decision("sendto", 3, 4, 5, 0, 0, 0) == allow
    assert decision("sendto", 3, 4, 5, 0, 1 << 32, 16) == unknown
    assert decision("prlimit64", 0, 7, 0, 1) == allow
    assert decision("prlimit64", 0, 7, 1 << 40, 1) == unknown
    assert decision("prlimit64", 1, 7, 0, 1) == unknown
    assert decision("ioctl", 1, 0x5401) == allow
    assert decision("ioctl", 1, 0x5412) == unknown
    assert decision("fcntl", 1, 3) == allow
    assert decision("fcntl", 1, 8) == unknown
    assert decision("prctl", 15) == allow
    assert decision("prctl", 4) == unknown
    assert decide(program, other, number("read")) == kill
    assert decide(program, 0x40000003, 20) == kill
    if arch == 0xC000003E:
        assert decide(program, arch, 0x40000000 | 39) == kill


# --- all of them -----------------------------------------------------------------------------------------------------


def test_all_required_layers_hold(open_folder: Path, user: str) -> None:
    def held() -> list[list[str]]:
        uid = layers.user.new_uid()
        if uid is not None:
            os.chown(open_folder, uid, uid)
        must_hold = layers.required()
        got = layers.lock(layers.Policy(parent, uid), report_fd, str(open_folder))
        return [sorted(must_hold), got]

    parent = os.getpid()
    must_hold, got = in_child(held, user=user)
    assert set(must_hold) <= set(got)
    assert "seccomp" in got
    assert ("user" in got) == (user == "root")


LAYERS = {
    "descriptors": (layers.process, "close_descriptors"),
    "session": (layers.process, "own_session"),
    "limits": (layers.process, "set_limits"),
    "timer": (layers.process, "check_timer"),
    "user": (layers.user, "drop_to"),
    "no_new_privs": (layers.process, "no_new_privs"),
    "not_dumpable": (layers.process, "not_dumpable"),
    "parent_death": (layers.process, "die_with"),
    "landlock": (layers.landlock, "confine_files"),
    "seccomp": (layers.seccomp, "filter_calls"),
}


@pytest.mark.parametrize("name", ["AS", "DATA", "FSIZE", "NOFILE", "STACK", "CPU"])
def test_a_machine_that_allows_less_than_is_promised_has_no_limits(name: str) -> None:
    which = getattr(resource, f"RLIMIT_{name}")

    def lower() -> None:
        resource.setrlimit(which, (30, 30))
        layers.process.set_limits(layers.Policy(os.getpid()))

    assert in_child(lower) == "EPERM"


def test_signals_that_a_caller_blocks_or_ignores_arrive() -> None:
    told = (signal.SIGALRM, signal.SIGPROF, signal.SIGXCPU, signal.SIGCHLD)

    def settled() -> list[bool]:
        signal.pthread_sigmask(signal.SIG_BLOCK, told)
        for number in told:
            signal.signal(number, signal.SIG_IGN)
        layers.process.default_signals()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        return [number not in blocked and signal.getsignal(number) is signal.SIG_DFL for number in told]

    assert in_child(settled) == [True] * 4


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_that_does_not_hold_is_missing(
    name: str, user: str, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EPERM, "not here")

    if name == "user" and user == "plain":
        assert "user" not in in_child(lambda: sorted(layers.required()), user="plain")
        return
    if name == "landlock" and not layers.landlock.version():
        pytest.skip("this kernel has no Landlock")
    monkeypatch.setattr(*LAYERS[name], broken)
    parent = os.getpid()

    def lacking() -> list[str]:
        must_hold = layers.required()
        policy = layers.Policy(parent, layers.user.new_uid())
        held = layers.lock(policy, report_fd, str(open_folder))
        return sorted(must_hold - set(held))

    also = {"landlock", "seccomp"} if name == "no_new_privs" else set()  # these two need it
    assert in_child(lacking, user=user) == sorted({name} | also)


@pytest.fixture
def home() -> Iterator[str]:
    """A folder for scratch folders, as a server has it."""
    folder = layers.scratch.make_home()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def old_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers.landlock, "version", lambda: 0)


@pytest.mark.slow
@as_root
@pytest.mark.usefixtures("old_kernel")
def test_without_landlock_root_uses_a_root_of_its_own(home: str) -> None:
    assert "chroot" in layers.required()
    assert "landlock" not in layers.required()
    jail = layers.jail.make(home)
    policy = layers.Policy(os.getpid(), layers.user.new_uid(), jail=jail)
    scratch = layers.scratch.make(policy, jail + layers.jail.TMP)
    Path(scratch, "beside.txt").write_text("beside")
    layers.python.reading_capability.cache_clear()
    must_hold = layers.required()

    def look() -> list[Any]:
        assert must_hold <= set(layers.lock(policy, report_fd, scratch))
        seen = [name for name in ("/etc/passwd", "/proc/1", "/home", __file__) if os.path.exists(name)]
        scratches = [name for name in os.listdir("/tmp") if name.startswith("worker-")]  # Python may be there, too
        return [seen, scratches, Path("beside.txt").read_text(), os.access("/", os.W_OK)]

    try:
        assert in_child(look) == [[], [os.path.basename(scratch)], "beside", False]
    finally:
        layers.python.reading_capability.cache_clear()


@pytest.mark.usefixtures("old_kernel")
def test_a_root_of_its_own_is_never_made_of_the_graders_folder(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers.python, "own_folder_is_readable", lambda: True)
    with pytest.raises(OSError, match="lies in a folder that Python reads from"):
        layers.jail.make(home)


def test_without_landlock_a_plain_user_grades_nothing() -> None:
    assert in_child(lambda: layers.missing(layers.required() - {"landlock"}), user="plain") == ["landlock"]


@pytest.mark.parametrize(("platform_name", "needed"), [("darwin", 0), ("win32", 0)])
def test_elsewhere_nothing_of_the_kernel_is_required(
    platform_name: str, needed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (layers, layers.user):
        monkeypatch.setattr(module, "LINUX", platform_name == "linux")
    assert len(layers.required()) == needed
    assert layers.user.new_uid() is None
    assert layers.missing([]) == []


# --- ordinary programs -----------------------------------------------------------------------------------------------

PROGRAMS = {
    "numpy, imported late": """
        import numpy as np
        np.random.default_rng(1).random(2), np.linalg.inv(np.eye(2)), np.fft.fft([1, 2])
        np.ones((300, 300)) @ np.eye(300)
        """,
    "usual modules": """
        import collections, copy, dataclasses, datetime, functools, itertools, json, math, random, re, time, typing
        time.sleep(0.001); time.localtime(); datetime.datetime.now(); random.random()
        """,
    "reads what it brought": "assert open('beside.txt').read() == 'beside'",
    "writes into its folder": """
        import os
        os.makedirs("a/b"); open("a/b/c", "w").write("x"); os.rename("a/b/c", "d"); os.remove("d"); os.rmdir("a/b")
        import numpy as np
        np.savez("w.npz", a=np.ones(3)); assert np.load("w.npz")["a"].sum() == 3
        np.savetxt("w.txt", np.ones(3)); assert np.loadtxt("w.txt").sum() == 3
        import tempfile
        tempfile.TemporaryFile().write(b"x")
        """,
    "modules in every form of import": """
        import sys, abc; import uuid as u
        from unittest import mock
        from urllib import request
        from concurrent.futures import (
            ThreadPoolExecutor,
        )
        from \\
            xml.etree import ElementTree
        exec("import sqlite3"); __import__("email.mime.text"); import importlib; importlib.import_module("ctypes.util")
        import numpy.polynomial, numpy.testing, numpy.ma
        """,
    "prints": "print('x'); import sys; sys.stdout.flush(); sys.stderr.write('x')",
    "is stopped by its own recursion": """
        def f(): return f()
        try: f()
        except RecursionError: pass
        else: raise AssertionError
        """,
    "calls back from C": """
        import ctypes
        assert ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda x: x + 1)(2) == 3
        """,
    "matplotlib, where it is": """
        try:
            import matplotlib.pyplot as plt
        except ModuleNotFoundError:
            pass
        else:
            plt.plot([1, 2]); plt.title("$x^2$"); plt.savefig("a.png"); plt.show()
        """,
    "what is installed next to the grader is not there": """
        import importlib.util
        for name in ("pytest", "tqdm", "hypothesis", "pip", "setuptools", "yaml", "gradescope_utils", "autograder"):
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                assert str(error) == f"No module named '{name}'", error
            else:
                raise AssertionError(name)
            assert importlib.util.find_spec(name) is None
        import os, sys, numpy
        sys.path.append(os.path.dirname(os.path.dirname(numpy.__file__)))
        try:
            import pytest
        except ModuleNotFoundError:
            pass
        else:
            raise AssertionError("pytest")
        """,
}
# Modules of the standard library that open windows or browsers, print, start something or are tests.
_NOT_TRIED = {"_ios_support", "antigravity", "ensurepip", "idlelib", "lib2to3", "test", "this", "tkinter", "turtle"}
_NOT_TRIED.add("turtledemo")
PROGRAMS["every module of the standard library"] = f"""
    import importlib, sys, warnings
    warnings.simplefilter("ignore")
    before, failed = set(sys.modules), []
    for name in sorted(sys.stdlib_module_names - {_NOT_TRIED!r}):
        try:
            importlib.import_module(name)
        except ImportError as error:
            if not str(error).startswith(("No module named '_", "No module named '" + name, "win32", "libtk")):
                failed.append(f"{{name}}: {{error}}")
        except Exception as error:
            failed.append(f"{{name}}: {{error!r}}")
    assert not failed, failed
    """
REFUSED = {
    "thread": ("import threading; threading.Thread(target=print).start()", "RuntimeError"),
    "fork": ("import os; os.fork()", "PermissionError"),
    "subprocess": ("import subprocess; subprocess.run(['true'])", "PermissionError"),
    "socket": ("import socket; socket.socket()", "PermissionError"),
    "a file of the system": ("open('/etc/passwd')", "PermissionError"),
    "a file in /tmp": ("open('/tmp/notes', 'w')", "PermissionError"),
    "a file in shared memory": ("open('/dev/shm/notes', 'w')", "PermissionError"),
    "too much memory": ("import numpy as np; np.ones(1 << 30)", "MemoryError"),
    "kill": ("import os; os.kill(os.getppid(), 9)", "PermissionError"),
}


# Load a program in a worker, as a judge does that is this user on this kernel.
RUN = f"""
import os, sys
from autograder.sandbox import client, layers
source, user, kernel = sys.argv[1:]
if kernel == "old":
    layers.landlock.version = lambda: 0
if user == "plain" and os.geteuid() == 0:
    layers.user.drop_to({PLAIN}, layers.python.reading_capability())  # a plain user can read the Python that he runs
client.use(client.Server.split())
files = {{"neural_net.py": source.encode(), "beside.txt": b"beside"}}
with client.Sandbox(files, "neural_net.py", client.Limits(load=30)) as box:
    loaded = box.load()
client.close()
errors = loaded.rest.get("errors")
print(f"{{errors[0]['type']}}: {{errors[0]['message']}}" if errors else loaded.status)
"""


def load_in_worker(source: str, user: str, kernel: str = "this") -> str:
    """What becomes of a program: "returned", or its first exception."""
    environment = {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path(layers.__file__).parents[3])}
    command = [sys.executable, "-c", RUN, textwrap.dedent(source), user, kernel]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    return ran.stdout.strip() or ran.stderr


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_ordinary_program_runs_in_all_layers(name: str, user: str) -> None:
    assert load_in_worker(PROGRAMS[name], user) == "returned"


@pytest.mark.slow
@as_root
@pytest.mark.parametrize("name", [n for n in PROGRAMS if "where it is" not in n])
def test_an_ordinary_program_runs_without_landlock(name: str) -> None:
    assert load_in_worker(PROGRAMS[name], "root", kernel="old") == "returned"


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_an_exception_and_not_a_death(name: str, user: str) -> None:
    source, expected = REFUSED[name]
    assert load_in_worker(source, user).startswith(expected)


# --- the scratch folder ----------------------------------------------------------------------------------------------


@as_root
def test_a_scratch_folder_is_its_workers_alone(home: str) -> None:
    one, two = (layers.Policy(os.getpid(), layers.user.new_uid()) for _ in range(2))
    scratch = layers.scratch.make(one, home)
    assert one.uid is not None
    assert two.uid is not None
    assert in_child(partial(os.listdir, scratch), partial(layers.user.drop_to, one.uid)) == []
    assert in_child(partial(os.listdir, scratch), partial(layers.user.drop_to, two.uid)) == "EACCES"
    layers.scratch.clear(scratch)
    assert not os.path.exists(scratch)


def crowd(folder: Path) -> None:
    for i in range(3000):
        (folder / str(i)).touch()


def fill(folder: Path) -> None:
    for i in range(17):
        with (folder / str(i)).open("wb") as file:
            file.truncate(4 * layers.MIB)


def dig(folder: Path) -> None:
    """Nest folders so deep that no path and no recursion reaches the last."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(2500):
        os.mkdir("d" * 50, dir_fd=here)
        below = os.open("d" * 50, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def link(folder: Path) -> None:
    (folder / "link").symlink_to("/")
    (folder / "loop").symlink_to(".")
    os.mkfifo(folder / "pipe")
    (folder / "closed").mkdir(mode=0)


@pytest.mark.parametrize(("make", "too_much"), [(crowd, True), (fill, True), (dig, True), (link, False)])
def test_a_scratch_folder_is_cleared_whatever_was_made_of_it(
    make: Callable[[Path], None], too_much: bool, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert not layers.scratch.overfull(str(scratch))
    make(scratch)
    if ROOT or make is not link:
        assert layers.scratch.overfull(str(scratch)) is too_much
    layers.scratch.clear(str(scratch))
    assert not scratch.exists()


def test_a_worker_cannot_change_how_the_channel_works_for_the_other_side() -> None:
    a, b = socket.socketpair()
    with a, b:
        before = fcntl.fcntl(a, fcntl.F_GETFL)
        in_child(partial(fcntl.fcntl, b, fcntl.F_SETFL, os.O_NONBLOCK))
        assert fcntl.fcntl(a, fcntl.F_GETFL) == before
