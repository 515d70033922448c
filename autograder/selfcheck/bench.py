"""Grade a trusted program in this process, without a worker: what selfcheck grades thousands of mutants with."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autograder import rounds
from autograder.asking.battery import ACTIVATIONS, FUNCTIONS, NAMES, Probe
from autograder.asking.comparison import step_error
from autograder.asking.failures import Mismatch, Problem
from autograder.asking.reading import PARTS, Reading
from autograder.asking.secret import load_secret
from autograder.asking.session import Box, LiveSession
from autograder.asking.transcript import Key, PublicTranscript, Transcript
from autograder.diagnosis.diagnose import explain_all
from autograder.hidden_tests import Verdict, judge, judging
from autograder.rubric import Rubric
from autograder.sandbox import frames
from autograder.sandbox.questions import Questions
from autograder.sandbox.replies import Answer
from autograder.sandbox.worker.runner import Runner
from autograder.selfcheck.mutants import Functions


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

    def given_up(self, _name: str) -> bool:
        return False

    def call(self, name: str, *args: Any, back: bool = True) -> Answer:
        return self._answer("call", {"name": name, "args": [_copied(a) for a in args], "back": back})

    def several(self, questions: Questions) -> list[Answer]:
        return [
            self._answer(ask["op"], ask | {"args": [_copied(a) for a in ask.get("args", [])]})
            for ask in questions.asks
        ]

    def train(self, **question: Any) -> Answer:
        return self._answer("train", {k: _copied(v) for k, v in question.items()})

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
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    return np.array(value, order="C") if isinstance(value, np.ndarray) else value


def _carried(value: Any) -> Any:
    """A value as it is after it was packed into a frame and unpacked."""
    frame = frames.pack(value)
    head = int.from_bytes(frame[:4], "little")
    return frames.unpack(frame[8 : 8 + head], frame[8 + head :])


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


def examine(
    box: Box, contract: Rubric, functions: Collection[str] | None = None, secret: bytes | None = None
) -> Examined:
    """Judge a program and name its mistakes.

    Parameters
    ----------
    functions : judge only these, by the public battery alone; None for everything, as `grade` does it
    secret : in place of the term's
    """
    papers = rounds.Papers.of(contract, secret or load_secret())
    session = LiveSession(box)
    with np.errstate(all="ignore"):
        if functions is not None:
            public = ask(session, papers, functions)
            return Examined(_lines([v for v in judge(public) if v.criterion.function in functions], public), public)
        opening = rounds.ask_opening(session, papers, pictures=False)
        hidden = rounds.ask_hidden(session, papers, opening)
        verdicts = judge(hidden)
        lost = {v.criterion.function for v in verdicts if v.verdict != "passed"}
        if not lost:
            keys = [v.criterion.key for v in verdicts]
            return Examined({key: Line("passed", error=_largest(key, hidden)) for key in keys}, hidden)
        public = rounds.ask_public(session, papers, opening, hidden, "training" in lost, pictures=False)
        return Examined(_lines(verdicts, public), hidden)


def ask(session: LiveSession, papers: rounds.Papers, functions: Collection[str]) -> PublicTranscript:
    """The answers of some functions to the public battery."""
    paper = papers.public
    readings: dict[Key, Reading] = {}
    for function in functions:
        readings |= session.ask(paper, [q for q in paper.battery.questions if q.function == function], keep=True)
    return PublicTranscript(paper, session.load(), readings)


def _lines(verdicts: Iterable[Verdict], public: PublicTranscript) -> dict[str, Line]:
    """What became of each criterion, with the name that its problem has in the answers to public inputs."""
    verdicts = list(verdicts)
    shown = {v.criterion.key: v.problem for v in judge(public) if v.problem}
    problems = {v.criterion.key: shown[v.criterion.key] for v in verdicts if v.problem and v.criterion.key in shown}
    whys = explain_all(public, problems)
    lines = {}
    for verdict in verdicts:
        key, problem = verdict.criterion.key, verdict.problem
        why, told = whys.get(key), problems.get(key)
        lines[key] = Line(
            verdict.verdict, told.code if told else "hidden_only" if problem else "", told.part if told else "",
            told.probe.activation if told and told.probe else "", why.key if why else "", bool(why and why.certain),
            _error_of(problem),
        )  # fmt: skip
    return lines


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
