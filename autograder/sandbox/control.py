"""The control run: a program that is known to be correct, asked in a worker like any submission.

Where it fails, the machine is at fault, and nobody is graded.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from autograder.sandbox.client import Sandbox
from autograder.sandbox.layers import Policy
from autograder.sandbox.limits import BUSY, GraderFault, Limits
from autograder.sandbox.questions import Questions
from autograder.sandbox.replies import Answer
from autograder.sandbox.server import MEMORY

PATIENCE = 60.0  # seconds to wait for a machine that is busy: nothing is lost by that
PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between two tries: the first pause is doubled each time
SHORTEST = 0.004  # seconds of processor time that can be told apart: the kernel may count in ticks


class Control:
    """A correct program and questions with known answers.

    Parameters
    ----------
    files : mapping
        The program's files by name.  They reach a worker by its channel only, as a submission's do: they never enter
        the server.
    main : str
        The name of the file that is run.
    questions : Questions
        What it is asked.
    is_correct : callable
        Tells whether its answers are the known ones.
    """

    def __init__(
        self, files: Mapping[str, bytes], main: str, questions: Questions, is_correct: Callable[[list[Answer]], bool]
    ) -> None:
        self.files = files
        self.main = main
        self.questions = questions
        self.is_correct = is_correct
        self.passed = False

    def require(self) -> None:
        """Run it unless it has passed in this process.  Raises GraderFault."""
        if not self.passed:
            self.run()

    def run(self, touch: bool = False) -> None:
        """Run it; `touch`: with as much memory as a worker may use.

        Raises
        ------
        GraderFault
            If it fails, in one line that says what the machine lacks and what to do.
        """
        self.passed = False
        until, pause = time.monotonic() + PATIENCE, PAUSE
        while self._slowness(touch) > BUSY:
            if time.monotonic() > until:
                raise GraderFault(
                    f"this machine is too busy: work takes more than {BUSY:g} times its own processor time. Nothing "
                    "was graded. What to do: grade again when less is running, or give the container more processors."
                )
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        self.passed = True

    def _slowness(self, touch: bool) -> float:
        """Run it once; how many times its own processor time the answers took, the judge's work included."""
        with Sandbox(self.files, self.main, Limits()) as sandbox:
            loaded = sandbox.load()
            if loaded.status != "returned":
                raise self._fault(loaded)
            worker = sandbox.worker
            assert worker is not None
            begun, used = time.monotonic(), worker.cpu + time.process_time()
            answers = sandbox.several(self.questions)
            if failed := [answer for answer in answers if answer.status != "returned"]:
                raise self._fault(failed[0])
            if sandbox.worker is None:
                return math.inf  # the server ended meanwhile, for no fault of the machine's
            if not self.is_correct(answers):
                raise GraderFault("the reference's answers in a worker are not the known ones. Nothing was graded.")
            took, cpu = time.monotonic() - begun, worker.cpu + time.process_time() - used
            slowness = took / max(cpu, SHORTEST)
            if touch and slowness <= BUSY and (touched := sandbox.touch(Policy(0).memory)).status != "returned":
                raise self._fault(touched)
            return slowness

    @staticmethod
    def _fault(answer: Answer) -> GraderFault:
        """What the machine lacks, by how the control failed."""
        if answer.status == "died":
            return GraderFault(f"the machine ends a worker that runs the reference ({_how(answer)}). {MEMORY}")
        if answer.status in ("stuck", "skipped"):
            return GraderFault("the reference does not answer in time in a worker. Nothing was graded. What to do: "
                               "grade again when less is running.")  # fmt: skip
        return GraderFault(f"the reference (solution/neural_net.py) fails in a worker: {_what(answer)}. {MEMORY}")


def _what(answer: Answer) -> str:
    if answer.status == "missing":
        return "it lacks a function"
    return f"{answer.error.get('type')}: {answer.error.get('message')}"


def _how(answer: Answer) -> str:
    if "signal" in answer.error:
        return f"signal {answer.error['signal']}"
    return f"exit status {answer.error.get('exit', 'unknown')}"
