"""The process that the grader runs in: a fixed environment, open descriptors, and a results file from the start.

Imports nothing that could fail on a machine that is too small: it runs before NumPy is loaded.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys

# One BLAS thread is as quick at these sizes and halves the cost of importing NumPy.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "PYTHONUTF8": "1",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
}
# What a terminal needs, and where matplotlib may keep its cache.
KEPT = frozenset(["TERM", "COLUMNS", "NO_COLOR", "HOME", "MPLCONFIGDIR", "PYTHONDONTWRITEBYTECODE"])
RESTARTED = "restarted"  # the option -X that says so
ADDRESS_SPACE = 256 << 20  # bytes
# For each command that leaves a results.json: the option that says where, its default, and the path below it.
RESULTS = {
    "grade": ("--results", "results.json", ""),
    "gradescope": ("--root", "/autograder", "results/results.json"),
    "prairielearn": ("--root", "/grade", "results/results.json"),
}
NOT_GRADED = (
    "Not graded: the grader could not start. This is not a mistake of yours, and it is not a grade. Tell your "
    "instructor; your work can be graded again without you."
)
FOR_STAFF = "The grader could not start on this machine. What it said is in its own output (standard error)."


def restart_clean(program: str, arguments: list[str]) -> None:
    """Begin again with nothing of the caller's environment, before there is a process to inherit it.

    It begins again once: what the interpreter itself sets when it starts is only taken out.
    """
    clean = ENVIRONMENT | {k: v for k, v in os.environ.items() if k in KEPT}
    if clean == dict(os.environ) and not sys.flags.ignore_environment:
        return
    if RESTARTED not in sys._xoptions:
        os.execve(sys.executable, [sys.executable, "-s", "-X", RESTARTED, program, *arguments], clean)
    os.environ.clear()
    os.environ.update(clean)


def settle() -> None:
    """Mend what a caller may have broken: a umask that takes the owner's rights, closed standard streams."""
    if os.name == "posix":
        os.umask(os.umask(0o077) & 0o077)
        open_standard_descriptors()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115


def open_standard_descriptors() -> None:
    """Make sure that descriptors 0, 1 and 2 are taken: nothing else may get one of these numbers."""
    with contextlib.suppress(FileNotFoundError):
        while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(fd)


def check_memory() -> None:
    """Make sure that NumPy can be imported: with too little address space that does not fail, it never ends.

    Raises MemoryError.
    """
    import resource

    for which in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        try:
            soft = resource.getrlimit(which)[0]
        except OSError:  # the layer `limits` says so
            continue
        if soft != resource.RLIM_INFINITY and soft < ADDRESS_SPACE:
            raise MemoryError(f"{ADDRESS_SPACE >> 20} MiB of memory are needed, and a process may use {soft >> 20}")


def results_file(arguments: list[str]) -> str | None:
    """Where a command line wants its results.json; None if it leaves none, or names a submission that isn't there."""
    if not arguments or arguments[0] not in RESULTS or {"-h", "--help"} & set(arguments):
        return None
    option, place, below = RESULTS[arguments[0]]
    others = []
    rest = iter(arguments[1:])
    for argument in rest:
        name, equals, value = argument.partition("=")
        if len(name) > 4 and option.startswith(name):
            place = value if equals else next(rest, "")
        elif not argument.startswith("-"):
            others.append(argument)
    if arguments[0] == "grade" and not any(map(os.path.exists, others)):
        return None
    return os.path.join(place, below) if below else place


def write_not_graded(path: str, command: str) -> None:
    """Write a results file that says that nothing was graded, until the grader writes its own.

    Where it can't be written, an older one goes: it would pass for this submission's.
    """
    if command == "prairielearn":
        page: dict[str, object] = {"gradable": False, "message": NOT_GRADED}
    else:
        hidden = {"name": "For staff: the grader did not start", "status": "failed", "visibility": "hidden"}
        page = {
            "score": 0, "output": NOT_GRADED, "output_format": "text", "stdout_visibility": "hidden",
            "tests": [hidden | {"output": FOR_STAFF}], "extra_data": {"grader_fault": "not started"},
        }  # fmt: skip
    if os.path.exists(path) and not os.path.isfile(path):  # a device would be replaced by a file
        return
    new = f"{path}.{os.getpid()}"
    text = json.dumps(page, indent=1)
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    try:
        _write(new, text)
        os.replace(new, path)
        return
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(new)
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError:  # in a folder that can't be written to, or a mount
        with contextlib.suppress(OSError):
            _write(path, text)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
