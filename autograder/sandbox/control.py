"""The control run: a program that is known to be correct, asked in a worker like any submission.

Where it fails, the machine is at fault, and nobody is graded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from autograder.sandbox.client import Sandbox
from autograder.sandbox.layers import Policy
from autograder.sandbox.limits import BUSY, GraderFault, Limits
from autograder.sandbox.questions import Questions
from autograder.sandbox.replies import Answer
from autograder.sandbox.server import MEMORY

TRIES = 20  # on a machine that seems busy: one short run may only be unlucky
PAUSE = 0.1  # seconds between them
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
        with Sandbox(self.files, self.main, Limits()) as sandbox:
            loaded = sandbox.load()
            if loaded.status != "returned":
                raise self._fault(loaded)
            for attempt in range(TRIES):
                if attempt:
                    time.sleep(PAUSE)
                if self._ask(sandbox) <= BUSY:
                    break
            else:
                raise GraderFault(
                    f"this machine is too busy: work takes more than {BUSY:g} times its own processor time. Nothing "
                    "was graded. What to do: grade again when less is running, or give the container more processors."
                )
            if touch:
                touched = sandbox.touch(Policy(0).memory)
                if touched.status != "returned":
                    raise self._fault(touched)
        self.passed = True

    def _ask(self, sandbox: Sandbox) -> float:
        """Ask once; how many times its own processor time it took by the clock, the judge's included."""
        worker = sandbox.worker
        assert worker is not None
        begun, used = time.monotonic(), worker.cpu + time.process_time()
        answers = sandbox.several(self.questions)
        if len(answers) < len(self.questions.asks) or any(a.status != "returned" for a in answers):
            raise self._fault(answers[-1] if answers else Answer("died"))
        if not self.is_correct(answers):
            raise GraderFault("the reference's answers in a worker are not the known ones. Nothing was graded.")
        cpu = worker.cpu + time.process_time() - used
        return (time.monotonic() - begun) / max(cpu, SHORTEST)

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
