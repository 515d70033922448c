"""Grade a trusted program in this process, without a worker: what selfcheck grades thousands of mutants with."""

from __future__ import annotations

import copy
import dataclasses
import functools
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autograder import rounds
from autograder.asking.battery import ACTIVATIONS, FUNCTIONS, NAMES, Probe, Question
from autograder.asking.box import Box
from autograder.asking.comparison import step_error
from autograder.asking.failures import Mismatch, Problem
from autograder.asking.reading import PARTS, Key, Reading
from autograder.asking.secret import load_secret
from autograder.asking.session import LiveSession, Session
from autograder.asking.transcript import Paper, PublicTranscript, TrainingRun, Transcript
from autograder.diagnosis.diagnose import explain_all
from autograder.hidden_tests import Verdict, judge, judging
from autograder.rubric import Rubric
from autograder.sandbox import frames
from autograder.sandbox.questions import Questions
from autograder.sandbox.replies import Answer
from autograder.sandbox.worker.runner import Runner
from autograder.selfcheck.mutants import Functions

BEHAVIOR = ("_large", "_sizes", "_alone")
FIT = "training_fit"


class InProcessSandbox:
    """A trusted program in this process, asked like a submission in its sandbox: the worker's own code makes the
    calls, and every answer is packed into frames and unpacked."""

    def __init__(self, make: Callable[[], Functions]) -> None:
        self._make = make
        self.layers: list[str] = []
        self._next = 0
        self.close()

    def close(self) -> None:
        """Forget everything, as a new worker would."""
        self._runner = Runner(scratch="\0")
        self._runner.module.__dict__.update(self._make())

    def load(self) -> Answer:
        return Answer("returned", rest={"found": dict.fromkeys(FUNCTIONS), "names": list(FUNCTIONS), "errors": []})

    def given_up(self, _name: str) -> str:
        return ""

    def call(self, name: str, *args: Any, back: bool = True) -> Answer:
        return self._answer("call", {"name": name, "args": [_copied(a) for a in args], "back": back})

    def several(self, questions: Questions) -> list[Answer]:
        return [
            self._answer(ask["op"], ask | {"args": [_copied(a) for a in ask.get("args", [])]})
            for ask in questions.asks
        ]

    def train(self, **question: Any) -> Answer:
        return self._answer("train", {k: _copied(v) for k, v in question.items()})

    def follow(self, **question: Any) -> Answer:
        return self._answer("follow", {k: _copied(v) for k, v in question.items()})

    def repair(self, what: str, **question: Any) -> Answer:
        return Answer("skipped")

    def _answer(self, op: str, ask: dict[str, Any]) -> Answer:
        self._next += 1
        self._runner.id = ask.get("id", self._next)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            reply = getattr(self._runner, op)(ask)
        return Answer(
            status=reply["status"],
            value=_carried(reply.get("value")),
            args=tuple(_copied(a) for a in reply.get("args", ())),  # as they are now
            error=reply.get("error", {}),
            id=self._runner.id,
            rest={k: v for k, v in reply.items() if k in ("marks", "losses", "step", "doing")},
        )


def _copied(value: Any) -> Any:
    """An argument as a worker has it: no array or string is another call's too."""
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    if isinstance(value, str):
        return "".join(list(value))
    return np.array(value, order="C") if isinstance(value, np.ndarray) else value


def _carried(value: Any) -> Any:
    """A value as it is after it was packed into a frame and unpacked; plain arrays of floats are only copied."""
    if type(value) is tuple and all(map(_is_plain, value)):
        return tuple(v.copy() for v in value)
    if type(value) is dict and all(type(k) is str and _is_plain(v) for k, v in value.items()):
        return {k: v.copy() for k, v in value.items()}
    if type(value) is float:
        return value
    frame = frames.pack(value)
    head = int.from_bytes(frame[:4], "little")
    return frames.unpack(frame[8 : 8 + head], frame[8 + head :])


def _is_plain(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype == np.float64


@dataclass(frozen=True)
class Line:
    """What became of one criterion: its verdict, where the problem shows, its code, the name given, and the error."""

    verdict: str
    kind: str = ""
    part: str = ""
    activation: str = ""
    key: str = ""
    certain: bool = False
    error: float = 0.0
    score: float = 0.0

    @classmethod
    def of(cls, verdict: Verdict, **more: Any) -> Line:
        return cls(verdict.verdict, score=verdict.score, **more)

    @property
    def lost(self) -> bool:
        return self.verdict != "passed"

    @property
    def misconception(self) -> str:
        return self.key if self.certain else self.kind


class Examined(NamedTuple):
    """The criteria of a program, and what they were judged by (the public answers, if only they were asked)."""

    lines: dict[str, Line]
    hidden: Transcript


class MutantSession(LiveSession):
    """A session with a mutant.  A training that calls nothing of it that is wrong is the reference's: made once."""

    def __init__(self, box: Box, function: str, trains: bool) -> None:
        super().__init__(box)
        self._function, self._trains = function, trains

    def train_with(self, paper: Paper, stands_in: str) -> TrainingRun:
        return _trained(paper, stands_in) if stands_in == self._function else super().train_with(paper, stands_in)

    def train(self, paper: Paper, without: Sequence[str] = ()) -> TrainingRun:
        known = self._trains or [self._function] == list(without)
        return _trained(paper) if known else super().train(paper, without)


@functools.lru_cache(maxsize=32)
def _trained(paper: Paper, stands_in: str = "") -> TrainingRun:
    right = {name: getattr(paper.reference, name) for name in FUNCTIONS}
    run = LiveSession(InProcessSandbox(lambda: right)).train(paper, ["loss"])
    return dataclasses.replace(run, stands_in=stands_in)


def examine(session: Session, papers: rounds.Papers) -> Examined:
    """Judge a program and name its mistakes, as `grade` does it."""
    with np.errstate(all="ignore"):
        opening = rounds.ask_opening(session, papers, pictures=False)
        hidden = rounds.ask_hidden(session, papers, opening)
        verdicts = judge(hidden)
        lost = {v.criterion.function for v in verdicts if v.verdict != "passed"}
        if not lost:
            lines = {v.criterion.key: Line.of(v, error=_largest(v.criterion.key, hidden)) for v in verdicts}
            return Examined(lines, hidden)
        public = rounds.ask_public(session, papers, opening, hidden, "training" in lost, pictures=False)
        return Examined(_lines(verdicts, judge(public), public), hidden)


def examine_public(session: Session, paper: Paper, named: bool = True) -> Examined:
    """Judge a program by a part of the public battery; `named`: and name its mistakes."""
    with np.errstate(all="ignore"):
        public = ask(session, paper)
        shown = judge(public)
        lines = _lines(shown, shown, public) if named else {v.criterion.key: Line.of(v) for v in shown}
        return Examined(lines, public)


def papers_of(contract: Rubric, secret: bytes | None = None) -> rounds.Papers:
    """The batteries of the term's secret, or of another."""
    return rounds.Papers.of(contract, secret or load_secret())


@functools.cache
def brief(contract: Rubric) -> Rubric:
    """The contract with the first steps of the training only, and without its fit: that takes ten times as long."""
    training = contract.training._replace(steps=max(contract.training.path_steps))
    criteria = tuple(c for c in contract.criteria if c.key != FIT)
    return dataclasses.replace(contract, training=training, criteria=criteria)


@functools.lru_cache(maxsize=32)
def only(paper: Paper, functions: tuple[str, ...], behavior: bool = True) -> Paper:
    """A paper with the questions and the criteria of some functions; of the others it asks what training needs.

    behavior : also those that look at other inputs than the ordinary ones
    """
    part, whole = copy.copy(paper), paper.battery
    kept = [c for c in paper.rubric.criteria if c.function in functions and (behavior or not c.key.endswith(BEHAVIOR))]
    part.rubric = dataclasses.replace(paper.rubric, criteria=tuple(kept))
    ordinary = {p.name for a in ACTIVATIONS for p in whole.general(a)}
    cut = not behavior and not {"loss", "update"} & set(functions)  # their values are judged of all magnitudes
    trained = whole.trained().name if "training" in functions else ""

    def is_asked(q: Question) -> bool:
        if q.function in functions:
            return not cut or (q.probe.name in ordinary and not q.turn)
        return q.probe.name == trained and not q.turn

    part.battery = copy.copy(whole)
    part.battery.questions = [q for q in whole.questions if is_asked(q)]
    part.battery.opening = [q for q in whole.opening if q.function in functions]
    part.battery.reseeded = [q for q in whole.reseeded if q.function in functions]
    return part


def ask(session: Session, paper: Paper) -> PublicTranscript:
    """The answers to the questions of a part of the public battery."""
    readings: dict[Key, Reading] = {}
    for sheet in _by_function(paper.battery.questions):
        readings |= session.ask(paper, sheet, keep=True) if sheet else {}
    return PublicTranscript(paper, session.load(), readings)


def _lines(verdicts: list[Verdict], shown: list[Verdict], public: PublicTranscript) -> dict[str, Line]:
    """What became of each criterion, with the name that its problem has in the answers to public inputs."""
    lost = {v.criterion.key for v in verdicts if v.problem}
    problems = {v.criterion.key: v.problem for v in shown if v.problem and v.criterion.key in lost}
    whys = explain_all(public, problems)
    lines = {}
    for verdict in verdicts:
        key = verdict.criterion.key
        why, told = whys.get(key), problems.get(key)
        lines[key] = Line.of(
            verdict, kind=told.code if told else "hidden_only" if verdict.problem else "",
            part=told.part if told else "", activation=told.probe.activation if told and told.probe else "",
            key=why.key if why else "", certain=bool(why and why.certain), error=_error_of(verdict.problem),
        )  # fmt: skip
    return lines


def first_lost(make: Callable[[], Functions], contract: Rubric, function: str) -> str:
    """A criterion that a program loses, or a function that loses one, as soon as that is known; "" if there is none.

    A wrong part of an answer to the first hidden questions decides a criterion by itself; then the function that may be
    wrong is judged ("" if it may be any), and only then everything, with the training.
    """
    papers = rounds.Papers.of(contract, load_secret())
    with np.errstate(all="ignore"):
        session = LiveSession(InProcessSandbox(make))
        opening = rounds.ask_opening(session, papers, pictures=False)
        for sheet in _by_function(papers.hidden.battery.opening):
            for reading in session.ask(papers.hidden, sheet, keep=True).values():
                if not judging.is_correct(papers.hidden, reading):
                    return reading.question.function
        if function:
            session.fresh()
            part = only(papers.hidden, (function,))
            transcript = Transcript(part, opening.loading, session.ask(part, part.battery.questions, keep=True))
            lost = _first(judge(transcript))
            if lost:
                return lost
        session = LiveSession(InProcessSandbox(make))
        opening = rounds.ask_opening(session, papers, pictures=False)
        return _first(judge(rounds.ask_hidden(session, papers, opening)))


def _first(verdicts: Iterable[Verdict]) -> str:
    return next((v.criterion.key for v in verdicts if v.verdict != "passed"), "")


def _by_function(questions: Sequence[Question]) -> list[list[Question]]:
    return [[q for q in questions if q.function == function] for function in FUNCTIONS]


def _error_of(problem: Problem | None) -> float:
    if problem is None:
        return 0.0
    return problem.failure.error if isinstance(problem.failure, Mismatch) else np.inf


def _largest(key: str, transcript: Transcript) -> float:
    """The largest error among the answers that decide a criterion."""
    paper, battery = transcript.paper, transcript.battery
    function, *words = key.split("_")
    if key == "training_path" and transcript.training:
        start, params = battery.start(), transcript.training.params
        steps = paper.rubric.training.path_steps
        return max(step_error(params[s][n], paper.path[s][n], start[n], s) for s in steps for n in NAMES)
    if function not in PARTS or words == ["alone"]:
        return 0.0
    kinds = [word for word in words if word in ACTIVATIONS] or (ACTIVATIONS if function != "update" else ["logistic"])
    probes: list[Probe] = []
    for kind in kinds if words != ["sizes"] or function != "loss" else ["logistic"]:
        if words == ["large"]:
            probes += battery.large(function, kind)
        else:
            probes += battery.sizes(kind) if words == ["sizes"] else battery.general(kind)
    parts = [part for part in PARTS[function] if part in words] or list(PARTS[function])
    return max(judging.part_error(paper, transcript.reading(function, p), part) for p in probes for part in parts)
