"""The commands: .venv/bin/autograder grade | build | selfcheck | batch | compare, and one for each platform."""

from __future__ import annotations

import contextlib
import gc
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GRADING = ("grade", "gradescope", "prairielearn", "classroom", "batch")
ADVICE = "What to do: use a container with Docker's default settings and at least 768 MB of memory."


def main(arguments: list[str]) -> int:
    """Run one command and return the exit status: 0 when it reached its end, 1 when not, 2 for a wrong call."""
    command = arguments[0] if arguments else ""
    try:
        from autograder import environment

        results = environment.results_file(arguments)
        try:
            environment.settle()
        finally:
            if results:
                environment.write_not_graded(results, command)
        if command in GRADING and sys.platform.startswith("linux"):
            # The processes that grade inherit this.
            environment.restart_clean(os.path.abspath(__file__), arguments)
            _prepare(split=command != "batch")
        from autograder import cli

        return cli.run(arguments)
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"autograder: the grader can't start: {what}. Nothing was graded. {ADVICE}", file=sys.stderr)
        return 1


def _prepare(split: bool) -> None:
    """Get ready to grade, while this process holds nothing secret; `split`: one submission, in this process."""
    from autograder import environment
    from autograder.sandbox.layers import process

    process.default_signals()
    if not split:
        return
    # One grading is too short for garbage.  A worker collects its own.
    gc.disable()
    environment.check_memory()
    from autograder.sandbox import client as sandbox

    # Where this fails, the first question starts a server of its own, or tells what is wrong with the machine.
    with contextlib.suppress(sandbox.GraderFault):
        sandbox.use(sandbox.Server.split())


def leave(status: int) -> None:
    """Leave at once: everything is written, and taking NumPy down piece by piece costs a tenth of a grading."""
    if "autograder.sandbox.client" in sys.modules:
        sys.modules["autograder.sandbox.client"].close()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    if sys.path[0] != ROOT:
        sys.path[0] = ROOT
    leave(main(sys.argv[1:]))
