"""The verbs: python -m autograder grade | build | selfcheck | batch | compare, and one for each platform."""

from __future__ import annotations

import contextlib
import gc
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _clean_start() -> None:
    """Begin again with nothing of the caller's environment, before there is a process to inherit it."""
    from autograder.environment import ENVIRONMENT, KEPT

    kept = {k: v for k, v in os.environ.items() if k in KEPT}
    if any(k not in ENVIRONMENT and k not in KEPT for k in os.environ) or not ENVIRONMENT.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, "-s", os.path.abspath(__file__), *sys.argv[1:]], ENVIRONMENT | kept)


def main(arguments: list[str]) -> int:
    """Run one verb and return the exit status: 0 when it reached its end, 1 when not, 2 for a wrong call."""
    verb = arguments[0] if arguments else ""
    if verb in ("grade", "gradescope", "prairielearn", "classroom") and sys.platform.startswith("linux"):
        # One grading is too short for garbage.  A worker collects its own.
        gc.disable()
        _clean_start()
        # The server is split off while this process holds NumPy and nothing secret.
        from autograder.sandbox import client as sandbox

        sandbox.use(sandbox.Server.split())
    if verb == "batch" and sys.platform.startswith("linux"):
        _clean_start()  # the processes that grade inherit this environment
    from autograder import cli

    return cli.run(arguments)


def leave(status: int) -> None:
    """Leave at once: everything is written, and taking NumPy down piece by piece costs a tenth of a grading."""
    if "autograder.sandbox.client" in sys.modules:
        sys.modules["autograder.sandbox.client"].close()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    if sys.path[0] != ROOT:
        sys.path[0] = ROOT
    leave(main(sys.argv[1:]))
