"""An ordinary Docker container, written down for runc: what Docker's daemon gives one that asks for nothing."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PROFILES = (
    # Docker's own, where somebody put it beside the project.
    Path(__file__).resolve().parents[3] / "shared/docker-default-seccomp.json",
    # golang-github-containers-common has a near relative; it allows unshare and mount.
    Path("/usr/share/containers/seccomp.json"),
)
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
CAPABILITIES = """
    CAP_AUDIT_WRITE CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_MKNOD CAP_NET_BIND_SERVICE CAP_NET_RAW
    CAP_SETFCAP CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_CHROOT
""".split()
MASKED = ["asound", "acpi", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug", "scsi"]
READ_ONLY = ["bus", "fs", "irq", "sys", "sysrq-trigger"]
# null, zero, full, random, urandom, tty, ptmx, the terminals
DEVICES = [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2), (136, None)]


def seccomp_profile() -> Path | None:
    """Docker's default profile or the nearest there is; $CONTAINER_SECCOMP comes first."""
    named = os.environ.get("CONTAINER_SECCOMP")
    return next((path for path in ([Path(named)] if named else PROFILES) if path.is_file()), None)


def config(
    rootfs: Path, command: Sequence[str], binds: Mapping[Path, str], network: bool, memory: int, processors: float
) -> dict[str, Any]:
    """The runtime configuration that Docker would write."""
    mounts: list[dict[str, Any]] = [
        _mount("/proc", "proc", "nosuid noexec nodev"),
        _mount("/dev", "tmpfs", "nosuid strictatime mode=755 size=65536k"),
        _mount("/dev/pts", "devpts", "nosuid noexec newinstance ptmxmode=0666 mode=0620 gid=5"),
        _mount("/dev/shm", "tmpfs", "nosuid noexec nodev mode=1777 size=65536k"),
        _mount("/dev/mqueue", "mqueue", "nosuid noexec nodev"),
        _mount("/sys", "sysfs", "nosuid noexec nodev ro"),
    ]
    mounts += [{**_mount(inside, "bind", "rbind ro"), "source": str(here)} for here, inside in binds.items()]
    namespaces = ["pid", "mount", "ipc", "uts", *([] if network else ["network"])]
    return {
        "ociVersion": "1.0.2",
        "hostname": "gradescope",
        "root": {"path": str(rootfs), "readonly": False},
        "mounts": mounts,
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": list(command),
            "env": [f"{name}={value}" for name, value in ENVIRONMENT.items()],
            "cwd": "/autograder",
            "capabilities": dict.fromkeys(("bounding", "effective", "permitted"), CAPABILITIES),
        },
        "linux": {
            "namespaces": [{"type": kind} for kind in namespaces],
            "maskedPaths": [f"/proc/{name}" for name in MASKED] + ["/sys/firmware"],
            "readonlyPaths": [f"/proc/{name}" for name in READ_ONLY],
            "seccomp": _seccomp(),
            "resources": {
                "memory": {"limit": memory},
                "cpu": {"period": 100000, "quota": int(processors * 100000)},
                "devices": [
                    {"allow": False, "access": "rwm"},
                    *({"allow": True, "type": "c", "major": a, "minor": b, "access": "rwm"} for a, b in DEVICES),
                ],
            },
        },
    }


def _mount(at: str, kind: str, options: str) -> dict[str, Any]:
    return {"destination": at, "type": kind, "source": kind, "options": options.split()}


def _seccomp() -> dict[str, Any]:
    """Docker's profile, in which rules depend on capabilities and machines, as runc wants it: for this machine."""
    path = seccomp_profile()
    assert path is not None
    profile = json.loads(path.read_text())
    native, names = {
        "x86_64": ("SCMP_ARCH_X86_64", {"amd64", "x86", "x32"}),
        "aarch64": ("SCMP_ARCH_AARCH64", {"arm64", "arm"}),
    }[platform.machine()]
    machines = next(entry for entry in profile["archMap"] if entry["architecture"] == native)
    kernel = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])

    def applies(rule: dict[str, Any]) -> bool:
        wanted, barred = rule.get("includes") or {}, rule.get("excludes") or {}
        least = tuple(int(part) for part in wanted.get("minKernel", "0.0").split("."))
        return (
            set(wanted.get("caps") or []) <= set(CAPABILITIES)
            and not set(barred.get("caps") or []) & set(CAPABILITIES)
            and (not wanted.get("arches") or bool(set(wanted["arches"]) & names))
            and not set(barred.get("arches") or []) & names
            and kernel >= least
        )

    kept = ("names", "action", "args", "errnoRet")
    return {
        "defaultAction": profile["defaultAction"],
        "defaultErrnoRet": profile.get("defaultErrnoRet", 1),
        "architectures": [native, *(machines["subArchitectures"] or [])],
        "syscalls": [
            {key: rule[key] for key in kept if rule.get(key) is not None}
            for rule in profile["syscalls"]
            if applies(rule)
        ],
    }
