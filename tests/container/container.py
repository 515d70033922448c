"""A fresh container of an image for each submission, as on Gradescope.

    with image(zip_or_folder) as root:
        with grade(root, {"neural_net.py": source}) as ran:      run_autograder, as the harness starts it
            ran.results()
        with container(root, ["id"], how="runc") as ran:         any command
            print(ran.output)

how="chroot" is a root folder and process ids of its own, and nothing more.  how="runc" is an ordinary Docker
container, with the memory and processor of Gradescope's smallest machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.container import oci


@dataclass(frozen=True)
class Ran:
    """What came of a command: its exit code (None when its time was up), its words, and the files that it changed."""

    code: int | None
    output: str
    changed: Path
    seconds: float

    def results(self) -> Any:
        """The results.json that it left."""
        return json.loads((self.changed / "autograder/results/results.json").read_text())


def missing(how: str = "chroot") -> str:
    """Why there can be no container here, in words; empty where there can."""
    if platform.system() != "Linux" or os.geteuid() != 0:
        return "run the tests as root on Linux"
    programs = ["debootstrap", "unshare", "mount", *(["runc"] if how == "runc" else [])]
    for name in programs:
        if not shutil.which(name):
            return f"install {name}"
    if "\toverlay\n" not in Path("/proc/filesystems").read_text():
        return "this kernel has no overlay file system"
    if how == "runc" and not oci.seccomp_profile():
        return "install golang-github-containers-common, or name a seccomp profile in $CONTAINER_SECCOMP"
    return ""


@contextlib.contextmanager
def container(
    root: Path,
    command: Sequence[str],
    *,
    how: str = "runc",
    files: Mapping[str, bytes] | None = None,
    binds: Mapping[Path, str] | None = None,
    network: bool = False,
    memory: int = 768 << 20,
    processors: float = 0.5,
    timeout: float = 660,
) -> Iterator[Ran]:
    """Run a command in a fresh container of the image `root`, as root in /autograder; give what came of it.

    files   {absolute path inside: content} put there first; a path that ends in / is an empty folder
    binds   {folder here: absolute path inside}, read-only
    Afterwards `changed` holds every file that was written, at its path; it is gone when the block is left.
    """
    with tempfile.TemporaryDirectory(prefix="container-") as name:
        here = Path(name)
        upper, merged = here / "upper", here / "merged"
        for folder in (upper, here / "work", merged):
            folder.mkdir()
        # The root folder of an overlay has the mode of its upper layer; docker's is 0755, a temporary folder's 0700.
        upper.chmod(0o755)
        layers = f"lowerdir={root},upperdir={upper},workdir={here / 'work'}"
        for inside in (binds or {}).values():
            (upper / inside.lstrip("/")).mkdir(parents=True, exist_ok=True)
        for path, content in (files or {}).items():
            target = upper / path.lstrip("/")
            (target if path.endswith("/") else target.parent).mkdir(parents=True, exist_ok=True)
            if not path.endswith("/"):
                target.write_bytes(content)
        if how == "chroot":
            inner = ["chroot", str(merged), "env", "-i", *(f"{k}={v}" for k, v in oci.ENVIRONMENT.items())]
            inner += ["sh", "-c", 'cd /autograder && exec "$@"', "sh", *command]
            mounts = [f"mount --rbind {shlex.quote(str(k))} {merged}{v}" for k, v in (binds or {}).items()]
            mounts += [f"mount -t proc proc {merged}/proc"]
            clean = []
        else:
            config = oci.config(merged, command, binds or {}, network, memory, processors)
            (here / "config.json").write_text(json.dumps(config))
            runc = ["runc", "--root", str(here / "state")]
            inner = [*runc, "run", "--bundle", str(here), here.name]
            mounts = []
            clean = [*runc, "delete", "--force", here.name]
        script = " && ".join([f"mount -t overlay overlay -o {layers} {merged}", *mounts, f"exec {shlex.join(inner)}"])
        started = time.monotonic()
        code: int | None
        with (here / "output").open("wb") as output:
            # Where the outer process ends, so do all inside and the mounts.
            process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                process.kill()
                process.wait()
                if clean:
                    subprocess.run(clean, check=False, capture_output=True)
        seconds = time.monotonic() - started
        yield Ran(code, (here / "output").read_text(errors="replace"), upper, seconds)


@contextlib.contextmanager
def grade(root: Path, submission: Mapping[str, bytes], *, how: str = "runc", **options: Any) -> Iterator[Ran]:
    """Grade {path: content} as Gradescope's harness does: fresh container, submission, metadata, run_autograder."""
    metadata = {
        "id": 123456789,
        "created_at": "2026-10-05T14:03:11.000000-07:00",
        "submission_method": "upload",
        "assignment": {
            "id": 4242,
            "course_id": 99,
            "title": "A two-layer network",
            "release_date": "2026-09-28T00:00:00.000000-07:00",
            "due_date": "2026-10-12T23:59:00.000000-07:00",
            "late_due_date": None,
            "group_submission": False,
            "group_size": None,
            "total_points": "100.0",
        },
        "users": [{"email": "student@example.edu", "id": 7, "name": "A. Student"}],
        "previous_submissions": [],
    }
    files = {f"/autograder/submission/{name}": content for name, content in submission.items()}
    files["/autograder/submission/"] = files["/autograder/results/"] = b""
    files["/autograder/submission_metadata.json"] = json.dumps(metadata).encode()
    with container(root, ["/autograder/run_autograder"], how=how, files=files, **options) as ran:
        yield ran
