"""An image of the grader, made as Gradescope makes one: a bare Debian, the zip, setup.sh.

The bare Debian is made once and kept in $CONTAINER_CACHE (by default in the user's cache folder).  All else is in
temporary folders, which are removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.container.oci import ENVIRONMENT

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
# python3 as on Gradescope's image; setup.sh itself has to see to python3-venv.
PACKAGES = "python3,ca-certificates"


@contextlib.contextmanager
def image(what: Path) -> Iterator[Path]:
    """The folder of a root file system with the grader set up in it.

    `what` is an autograder.zip, or the folder of the project: then its tests are in the image too, with all they need.
    Raises RuntimeError with setup.sh's words when that fails.
    """
    with tempfile.TemporaryDirectory(prefix="image-") as name:
        root = Path(name, "root")
        root.mkdir()
        subprocess.run(["tar", "-C", root, "-xf", _debian()], check=True)
        source = root / "autograder/source"
        source.parent.mkdir()
        if what.is_dir():
            ignore = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis")
            shutil.copytree(what, source, ignore=ignore, symlinks=True)
        else:
            _unzip(what, source)
        shutil.copy(source / "run_autograder", root / "autograder")
        (root / "autograder/results").mkdir()
        environment = _lend_network(root)
        setup = ["/autograder/source/setup.sh", *(["dev"] if what.is_dir() else [])]
        for command in (["apt-get", "update", "-qq"], setup):
            ran = _in_chroot(root, command, environment=environment, timeout=900)
            if ran.returncode:
                raise RuntimeError(f"{shlex.join(command)} exited {ran.returncode}: {ran.stdout}")
        yield root


def _debian() -> Path:
    """The tar file of a bare Debian, made at the first call."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "two-layer-network-homework")
    cache = Path(os.environ.get("CONTAINER_CACHE") or default)
    cache.mkdir(parents=True, exist_ok=True)
    made = cache / f"{SUITE}-{platform.machine()}.tar"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            with tempfile.TemporaryDirectory(prefix="debian-") as folder:
                command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, folder, _sources()[0][1]]
                ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
                if ran.returncode:
                    raise RuntimeError(f"debootstrap failed: {ran.stdout[-2000:]}")
                os.chmod(folder, 0o755)
                part = made.with_suffix(".part")
                skip = ["--exclude=./var/cache/apt/archives/*.deb", "--exclude=./var/lib/apt/lists/*"]
                subprocess.run(["tar", "-C", folder, "--numeric-owner", *skip, "-cf", part, "."], check=True)
                part.rename(made)
    return made


def _sources() -> list[tuple[str, str]]:
    """Where this machine gets SUITE from: [(suite, address)], the main one first; Debian's own where it isn't said."""
    asked = ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"]
    try:
        lines = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split("\n")
    except FileNotFoundError:
        lines = []
    pairs = sorted({(a, b) for a, b in (line.split() for line in lines if line.startswith(SUITE))})
    return pairs if any(suite == SUITE for suite, _ in pairs) else [(SUITE, MIRROR)]


def _lend_network(root: Path) -> dict[str, str]:
    """Give the image this machine's way to the package indexes; return the environment that belongs to it."""
    (root / "etc/apt/sources.list").write_text("".join(f"deb {at} {suite} main\n" for suite, at in _sources()))
    said = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout.split("\n")
    lines = [line for line in said if line.startswith("Acquire::") and ("http" in line or "Check-" in line)]
    (root / "etc/apt/apt.conf.d/99this-machine").write_text("\n".join([*lines, ""]))
    environment = {
        name: value
        for name, value in os.environ.items()
        if name.lower().endswith("_proxy") or name.startswith("PIP_") or name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
    }
    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    copies = [Path("/etc/resolv.conf"), Path("/etc/hosts"), Path("/etc/pip.conf"), bundle]
    copies += [Path(value) for value in environment.values() if value.startswith("/")]
    pairs = [(path, root / str(path).lstrip("/")) for path in copies]
    for path in (Path.home() / ".config/pip/pip.conf", Path.home() / ".pip/pip.conf"):
        pairs.append((path, root / "root" / path.relative_to(Path.home())))
    for path, target in pairs:
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copyfile(path, target)
    return environment


def _unzip(archive: Path, to: Path) -> None:
    """Unpack as the unzip program does: with the modes, which zipfile leaves out."""
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            os.chmod(opened.extract(entry, to), entry.external_attr >> 16)


def _in_chroot(
    root: Path, command: Sequence[str], *, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    variables = [f"{name}={value}" for name, value in {**ENVIRONMENT, **environment}.items()]
    space = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={root}/proc"]
    return subprocess.run(
        [*space, "chroot", str(root), "env", "-i", *variables, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
