"""Ask one submission, in order: of a sandbox, or of a recording of an earlier session.

Both kinds read every answer once, with the same reader.  A question has an identity: which worker, which position,
what is asked.  A recording holds one answer for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from autograder.asking import standing_in
from autograder.asking.battery import FUNCTIONS, Params, Question
from autograder.asking.box import Box
from autograder.asking.failures import Failure, Problem, Skipped
from autograder.asking.reading import Key, Loading, Reading, no_answer, read, read_loading, read_params
from autograder.asking.standing_in import arrays_of
from autograder.asking.transcript import Paper, TrainingRun
from autograder.sandbox.client import Answer

NEED_THE_SAME = ("recall", "late", "refilled")  # turns that need an earlier one of the same worker


class SessionError(Exception):
    """A recording can't go on; the text says why."""


@dataclass
class Entry:
    """One answer of a session, and what it is the answer to."""

    identity: str
    answer: Answer


class Session:
    """The part that live and replayed sessions share: identities, and reading."""

    def __init__(self) -> None:
        self._worker = 0
        self._position = 0
        self._loading: Loading | None = None

    @property
    def layers(self) -> list[str]:
        """The sandbox layers that held."""
        return []

    def load(self) -> Loading:
        """What became of importing the submission."""
        if self._loading is None:
            self._loading = read_loading(self._load(self._identity("load")))
        return self._loading

    def fresh(self) -> None:
        """Go on with a worker that has seen nothing, and so can tell nothing."""
        self._worker += 1
        self._position = 0

    def ask(self, paper: Paper, questions: Sequence[Question], keep: bool = False) -> dict[Key, Reading]:
        """Ask in as few frames as possible; `keep`: the same questions are asked of other submissions too."""
        which = "public" if paper.battery.public else "hidden"
        identities = [self._identity(which, *q.key) for q in questions]
        answers = self._answers(paper, questions, identities, keep)
        return {q.key: read(q, answer) for q, answer in zip(questions, answers, strict=True)}

    def train(self, paper: Paper, without: Sequence[str] = ()) -> TrainingRun:
        """Train with the submission's four functions; those in `without` are not called (no step depends on loss)."""
        identity = self._identity("train", "public" if paper.battery.public else "hidden", *without)
        return _run(paper, self._train(paper, list(without), identity))

    def train_with(self, paper: Paper, stands_in: str) -> TrainingRun:
        """Train with the reference in the place of one function, or of none; every answer passes the reader."""
        identity = self._identity("train with", "public" if paper.battery.public else "hidden", stands_in)
        return _run(paper, self._train_with(paper, stands_in, identity), stands_in)

    def repair(self, what: str, function: str, **question: Any) -> Answer:
        """Search for repairs of a function ("search"), or go on with a program that is repaired ("edit")."""
        return self._repair(what, self._identity(what, function), function=function, **question)

    def _identity(self, *words: str) -> str:
        self._position += 1
        return f"{self._worker}.{self._position} {' '.join(filter(None, words))}"

    def _load(self, identity: str) -> Answer:
        raise NotImplementedError

    def _answers(self, paper: Paper, questions: Sequence[Question], identities: list[str], keep: bool) -> list[Answer]:
        raise NotImplementedError

    def _train(self, paper: Paper, without: list[str], identity: str) -> Answer:
        raise NotImplementedError

    def _train_with(self, paper: Paper, stands_in: str, identity: str) -> Answer:
        raise NotImplementedError

    def _repair(self, what: str, identity: str, **question: Any) -> Answer:
        raise NotImplementedError


class LiveSession(Session):
    """A session with a sandbox.  `entries` is what a recording keeps of it."""

    def __init__(self, box: Box, record: bool = False) -> None:
        super().__init__()
        self._box = box
        self.entries: list[Entry] | None = [] if record else None

    @property
    def layers(self) -> list[str]:
        return self._box.layers

    def fresh(self) -> None:
        super().fresh()
        self._box.close()

    def _record(self, identities: Iterable[str], answers: Iterable[Answer]) -> None:
        if self.entries is not None:
            self.entries += map(Entry, identities, answers)

    def _load(self, identity: str) -> Answer:
        answer = self._box.load()
        self._record([identity], [answer])
        return answer

    def _answers(self, paper: Paper, questions: Sequence[Question], identities: list[str], keep: bool) -> list[Answer]:
        answers: list[Answer] = []
        while len(answers) < len(questions):
            pending = questions[len(answers) :]
            if why := self._box.given_up(pending[0].function):
                answers.append(Answer("skipped", rest={"why": why}))
                continue
            batch = self._batch(pending)
            if not batch:  # what was returned to the earlier call is gone with its worker
                answers.append(Answer("missing"))
                continue
            got = self._box.several(paper.script(batch, keep and len(batch) == len(questions)))
            if not got:  # there is no worker, and there will be none
                got = [self._box.call(batch[0].function, *batch[0].probe.arguments(batch[0].function))]
            answers += got
        self._record(identities, answers)
        return answers

    def _batch(self, pending: Sequence[Question]) -> list[Question]:
        """The next questions that one frame can hold."""
        batch: list[Question] = []
        for question in takewhile(lambda q: not self._box.given_up(q.function), pending):
            same = ((q.function, q.turn) == (question.function, "same") for q in batch)
            if question.turn in NEED_THE_SAME and not any(same):
                break
            batch.append(question)
        return batch

    def _train(self, paper: Paper, without: list[str], identity: str) -> Answer:
        settings = paper.rubric.training
        answer = self._box.train(
            params=paper.battery.start(), x=paper.data["x"], y=paper.data["y"], eta=settings.eta, activation="logistic",
            steps=settings.steps, marks=list(paper.snapshots), without=without,
        )  # fmt: skip
        self._record([identity], [answer])
        return answer

    def _train_with(self, paper: Paper, stands_in: str, identity: str) -> Answer:
        answer = standing_in.train_with(self._box, paper, stands_in)
        self._record([identity], [answer])
        return answer

    def _repair(self, what: str, identity: str, **question: Any) -> Answer:
        answer = self._box.repair(what, **question)
        self._record([identity], [answer])
        return answer


def _run(paper: Paper, answer: Answer, stands_in: str = "") -> TrainingRun:
    """A training run from the parameters that came back: as far as they can be read."""
    start = paper.battery.start()
    params: dict[int, Params] = {0: start}
    came = answer.rest.get("marks", {})
    problem: Problem | None = None
    for step in paper.snapshots:
        if step not in came:
            break
        found = read_params(came[step], start)
        if isinstance(found, tuple):
            problem = Problem(found[1], "training", part=found[0])
            break
        params[step] = found
    if problem is None and paper.rubric.training.steps not in params:
        doing = answer.rest.get("doing", "")
        where = doing if doing in FUNCTIONS else "training"
        failure = no_answer(answer, answer.rest.get("step"))
        if failure is None and doing:
            read_ = arrays_of(doing, answer, start, len(paper.data["x"]))
            failure = read_ if isinstance(read_, Failure) else None
        problem = Problem(failure or Skipped("training"), where)
    return TrainingRun(params, problem, stands_in)


@dataclass
class ReplayedSession(Session):
    """A session that a recording answers."""

    entries: Sequence[Entry]
    student: str = "this student"
    _next: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        super().__init__()

    def _answer(self, identity: str) -> Answer:
        if self._next >= len(self.entries) or self.entries[self._next].identity != identity:
            what = identity.split(" ", 1)[-1]
            raise SessionError(f"{self.student}: the recording has no answer to {what!r}. Grade the submission again.")
        self._next += 1
        return self.entries[self._next - 1].answer

    def _load(self, identity: str) -> Answer:
        return self._answer(identity)

    def _answers(self, paper: Paper, questions: Sequence[Question], identities: list[str], keep: bool) -> list[Answer]:
        return [self._answer(identity) for identity in identities]

    def _train(self, paper: Paper, without: list[str], identity: str) -> Answer:
        return self._answer(identity)

    def _train_with(self, paper: Paper, stands_in: str, identity: str) -> Answer:
        return self._answer(identity)

    def _repair(self, what: str, identity: str, **question: Any) -> Answer:
        # It is the last round, and a recording may have been made without it.
        return self._answer(identity) if self._next < len(self.entries) else Answer("skipped")
