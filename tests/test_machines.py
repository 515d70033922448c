"""A machine that is broken, small or busy never costs a student a point: full marks, or "not graded" and why.

Each machine is made for real, with whatever this kernel allows; the others say why they are skipped.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

if not sys.platform.startswith("linux"):
    pytest.skip("the machines are made with Linux", allow_module_level=True)

TREE = Path(__file__).parent.parent
ROOT = os.geteuid() == 0
SUBMISSION = TREE / "solution" / "neural_net.py"
OLD = {"score": 55, "tests": [], "output": "an earlier submission"}
CGROUPS = Path("/sys/fs/cgroup")
MIB = 1 << 20


def works(*command: str) -> bool:
    """Whether this machine can be made here."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run([*command, "true"], capture_output=True, timeout=20).returncode == 0


def shell(script: str) -> list[str]:
    """A command that runs another one after some lines of shell."""
    return ["sh", "-c", f'{script}\nexec "$@"', "sh"]


def mounted(script: str) -> list[str]:
    """A command that runs another one with mounts of its own."""
    return ["unshare", "-m", *shell(f'mount --bind "$HOME" /mnt\n{script}')]


def refused(call: str, error: str = "EPERM", when: str = "") -> list[str]:
    """A command that runs another one in a kernel that refuses some calls."""
    only = ["-e", f"trace={call}", "-e", f"inject={call}:error={error}{when}"]
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", *only]


def without(capability: str) -> list[str]:
    """A command that runs another one as root without a capability."""
    return ["setpriv", f"--bounding-set=-{capability}", f"--inh-caps=-{capability}"]


def signals(text: str) -> list[str]:
    """A command that runs another one with other signals."""
    return [sys.executable, "-c", f"import os, signal, sys\n{text}\nos.execvp(sys.argv[1], sys.argv[1:])"]


def tmpfs(options: str, *places: str) -> list[str]:
    """A command that runs another one with other folders for temporary files."""
    return mounted("\n".join(f"mount -t tmpfs -o {options} none {place}" for place in places))


TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")
FULL = "; ".join(f"head -c 2M /dev/zero > {place}/filler 2>/dev/null" for place in TEMPORARY)
GRADED = "graded"
MACHINES: dict[str, tuple[list[str], str]] = {
    # name: how it is made, and what must be in the line; GRADED: full marks
    "a umask without the owner's rights to enter": (shell("umask 0177"), GRADED),
    "a umask without the owner's rights to write": (shell("umask 0277"), GRADED),
    "a umask without the owner's rights": (shell("umask 0700"), GRADED),
    "standard input is closed": (shell("exec <&-"), GRADED),
    "standard output is closed": (shell("exec >&-"), GRADED),
    "all standard streams are closed": (shell("exec <&- >&- 2>&-"), GRADED),
    "/tmp is root's": (tmpfs("mode=0700", "/tmp"), GRADED),
    "/tmp is a group's": (tmpfs("mode=1770", "/tmp"), GRADED),
    "all temporary folders are root's": (tmpfs("mode=0700", *TEMPORARY), "chmod 1777 /tmp"),
    "the disk for temporary files is full": (mounted(
        "\n".join(f"mount -t tmpfs -o size=1M,mode=1777 none {place}" for place in TEMPORARY) + f"\n{FULL}"
    ), "room on the disk"),
    "no inode is left": (tmpfs("mode=1777,nr_inodes=1", *TEMPORARY), "No space left"),
    "/proc is not mounted": (mounted("umount -l /proc"), GRADED),
    "/dev/null is missing": (mounted("mount -t tmpfs none /dev"), "make /dev/null"),
    "setitimer is refused": (refused("setitimer", "EINVAL"), "allow setitimer"),
    "socketpair is refused": (refused("socketpair"), "can't be"),
    "fork is refused": (refused("clone,fork,vfork,clone3", "EAGAIN"), "can't be"),
    "fork is refused from the second on": (refused("clone,fork,vfork,clone3", "EAGAIN", ":when=2+"), ""),
    "fsync is refused": (refused("fsync", "EINVAL"), GRADED),
    "setresuid is refused": (refused("setresuid"), "CAP_SETUID"),
    "kill is refused": (refused("kill"), ""),
    "chown is refused": (refused("chown,fchownat,lchown"), "CHOWN"),
    "prctl is refused": (refused("prctl"), "lacks"),
    "mkdir is refused": (refused("mkdir,mkdirat"), "disk space"),
    "umask is refused": (refused("umask"), "can't start"),
    "setrlimit is refused": (refused("prlimit64,setrlimit"), "allow setrlimit"),
    "descriptors can't be sent": (refused("sendmsg"), "can't be given a channel"),
    "descriptors can't be received": (refused("recvmsg"), "can't be started"),
    "wait4 is refused": (refused("wait4", "ENOSYS"), "can't be ended"),
    "select is refused": (refused("select,pselect6"), "fails"),
    "capget is refused": (refused("capget"), GRADED),
    "Landlock is refused": (refused("landlock_create_ruleset", "ENOSYS"), GRADED),
    "rename is refused": (refused("rename,renameat,renameat2"), ""),
    "results.json is a mount": (mounted('mount --bind "$HOME/results.json" /mnt/results.json'), GRADED),
    "root may not kill": (without("kill"), "KILL"),
    "root may not give files away": (without("chown"), "CHOWN"),
    "root may not become somebody else": (without("setuid"), "CAP_SETUID"),
    "root may not change its group": (without("setgid"), "CAP_SETUID"),
    "root may not override permissions": (without("dac_override"), ""),
    "root has one user id": (["unshare", "-Ur"], "65,536 user ids"),
    "little address space": (shell("ulimit -v 300000"), ""),
    "very little address space": (shell("ulimit -v 60000"), ""),
    "few open files": (shell("ulimit -n 8"), ""),
    "no stack": (shell("ulimit -s 256"), ""),
    "little processor time": (shell("ulimit -t 1"), ""),
    "files may have no bytes": (shell("ulimit -f 0"), ""),
    "no core files": (shell("ulimit -c 0"), GRADED),
    "less address space than is promised": (shell("ulimit -v 400000"), "hard limits"),
    "less data than is promised": (shell("ulimit -d 300000"), "hard limits"),
    "a small data segment": (shell("ulimit -d 30000"), "can't start"),
    "smaller files than are promised": (shell("ulimit -f 2000"), "hard limits"),
    "children are not waited for": (signals("signal.signal(signal.SIGCHLD, signal.SIG_IGN)"), GRADED),
    "all signals are blocked": (signals("signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))"), GRADED),
}  # fmt: skip


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Where an earlier run left its results.json."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps(OLD))
    return path


def run(before: list[str], results: Path, seconds: float = 90) -> tuple[int, str, dict[str, Any]]:
    """Grade the solution on a machine: exit status, standard error, results.json."""
    command = [sys.executable, "-s", "-m", "autograder", "grade", str(SUBMISSION), "--no-report", "--quiet"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(results.parent)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # half a file of byte code would break every later start
    seen = f"/mnt/{results.name}" if before[:2] == ["unshare", "-m"] else str(results)  # /tmp may be another there
    done = subprocess.run(
        [*before, *command, "--results", seen], cwd=TREE, env=environment, capture_output=True, text=True,
        timeout=seconds, stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    page = json.loads(results.read_text()) if results.exists() else {}
    return done.returncode, done.stdout + done.stderr, page


def check(status: int, said: str, page: dict[str, Any], expected: str) -> None:
    """Full marks, or "not graded" with one line that says why."""
    assert page != OLD
    assert "Traceback" not in said + json.dumps(page)
    if status == 0:
        assert page["score"] == 100
        assert "grader_fault" not in page["extra_data"]
        assert expected in (GRADED, "")
        return
    assert expected != GRADED, said
    if not page:  # not even this could be written
        return
    assert "grader_fault" in page["extra_data"]
    assert any(test.get("visibility") == "hidden" for test in page["tests"])
    assert expected in said + json.dumps(page)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_broken_machine_costs_nobody_a_point(machine: str, results: Path) -> None:
    before, expected = MACHINES[machine]
    if before[0] in ("unshare", "setpriv") and not ROOT:
        pytest.skip("only root can make this machine")
    if any("mount" in word and " /tmp" in word for word in before) and Path(__file__).is_relative_to("/tmp"):
        pytest.skip("put the tree elsewhere: this machine has another /tmp")
    probe = before[:2] if before[0] == "unshare" else before[:1] if before[0] == "sh" else before
    if before[0] != "sh" and not works(*probe):
        pytest.skip(f"{before[0]} can't make this machine here")
    status, said, page = run(before, results)
    check(status, said, page, expected)
    if status:
        assert len(said.strip().splitlines()) <= 1, said


# --- small machines --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def cgroup(controller: str, **settings: int) -> Iterator[list[str]]:
    """A control group with these settings, as a command that runs another one in it."""
    folder = CGROUPS / controller / f"grading-test-{uuid.uuid4().hex[:8]}"
    try:
        folder.mkdir()
        for name, value in settings.items():
            (folder / f"{controller}.{name}").write_text(str(value))
    except OSError as error:
        with contextlib.suppress(OSError):
            folder.rmdir()
        pytest.skip(f"no {controller} control group can be made here: {error.strerror}")
    try:
        yield shell(f"echo $$ > {folder}/cgroup.procs")
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()


@pytest.mark.parametrize("size", [20, 24, 27, 28, 29, 30, 31, 33, 36, 40, 48, 64])
def test_a_machine_with_little_memory_costs_nobody_a_point(size: int, results: Path) -> None:
    with cgroup("memory", limit_in_bytes=size * MIB) as before:
        status, said, page = run(before, results)
    check(status, said, page, "")


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_a_machine_with_few_processes_costs_nobody_a_point(most: int, results: Path) -> None:
    with cgroup("pids", max=most) as before:
        status, said, page = run(before, results)
    check(status, said, page, "" if most < 4 else GRADED)


def test_a_slow_machine_is_slow_and_nothing_else(results: Path) -> None:
    with cgroup("cpu", cfs_period_us=100_000, cfs_quota_us=50_000) as before:
        check(*run(before, results), GRADED)


def test_a_machine_that_is_too_busy_grades_nobody(results: Path) -> None:
    """Work gets a fiftieth of a processor."""
    with cgroup("cpu", cfs_period_us=100_000, cfs_quota_us=2_000) as before:
        check(*run(before, results, 300), "")


# --- run_autograder --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["no Python", "no grader", "a full disk"])
def test_run_autograder_never_leaves_an_older_result(broken: str, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    shutil.copy(TREE / "run_autograder", tmp_path / "source")
    results = tmp_path / "results" / "results.json"
    results.parent.mkdir()
    results.write_text(json.dumps(OLD))
    before: list[str] = []
    if broken == "no grader":
        (tmp_path / "source/.venv/bin").mkdir(parents=True)
        (tmp_path / "source/.venv/bin/python").symlink_to(sys.executable)
    if broken == "a full disk":
        before = shell("ulimit -f 0")
    done = subprocess.run([*before, "sh", str(tmp_path / "source/run_autograder"), str(tmp_path)], capture_output=True)
    assert done.returncode != 0
    if broken == "a full disk":
        assert not results.exists()
    else:
        page = json.loads(results.read_text())
        assert page["extra_data"]["grader_fault"] == "not started"
