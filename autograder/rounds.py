"""What a submission is asked, in which order, and when to ask more.

1. opening    a few public questions, before anything hidden: what is printed for them may be shown
2. hidden     the whole hidden battery, and the training run: these decide the verdicts
3. isolation  only for a function that answers wrongly: is it correct in a fresh worker, right after forward, or later?
4. public     only if a criterion is lost or pictures are wanted: the whole public battery, of a fresh worker
5. repair     only for a function whose mistake is not a known one, after the verdicts: where can it be repaired?
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from autograder.asking.battery import FUNCTIONS, PUBLIC_KEY, Battery, Question
from autograder.asking.failures import (
    GIVEN_UP,
    Died,
    Mismatch,
    NoneReturned,
    Prerequisite,
    Problem,
    Raised,
    Skipped,
    TimedOut,
    WrongKeys,
    WrongStructure,
)  # fmt: skip
from autograder.asking.reading import PARTS, Key, Loading, Reading, settled
from autograder.asking.reference import load_data, load_reference
from autograder.asking.session import Session
from autograder.asking.transcript import Paper, PublicTranscript, TrainingRun, Transcript
from autograder.hidden_tests import judging
from autograder.rubric import Rubric

# Failures that another order of calls may explain.
MAY_DEPEND_ON_STATE = (Raised, NoneReturned, WrongStructure, WrongKeys, Mismatch)


@functools.lru_cache(maxsize=4)
def paper_for(rubric: Rubric, key: bytes) -> Paper:
    """The questions of a rubric for a key.  Raises GraderFault."""
    reference, tolerance = load_reference(), rubric.tolerance
    units = rubric.training.hidden_units
    battery = Battery(key, reference.forward, tolerance.finite_e1, tolerance.finite_slope, units)
    return Paper(rubric, battery, reference, load_data())


class Papers(NamedTuple):
    """The two batteries of a rubric."""

    hidden: Paper
    public: Paper

    @classmethod
    def of(cls, rubric: Rubric, secret: bytes) -> Papers:
        return cls(paper_for(rubric, secret), paper_for(rubric, PUBLIC_KEY))


@dataclass(frozen=True)
class Opening:
    """What is known before the first hidden question."""

    loading: Loading
    readings: Mapping[Key, Reading]
    wrong: Mapping[Key, Reading] = field(default_factory=dict)  # those of them that are
    training: TrainingRun | None = None


def ask_opening(session: Session, papers: Papers, pictures: bool) -> Opening:
    """Load the submission and ask the first public questions; train too, if pictures are wanted and all is right."""
    loading = session.load()
    readings: dict[Key, Reading] = {}
    for sheet in _sheets(papers.public.battery.opening):
        readings |= session.ask(papers.public, sheet, keep=True)
    readings = settled(readings)
    wrong = {key: reading for key, reading in readings.items() if not judging.is_correct(papers.public, reading)}
    return Opening(loading, readings, wrong, session.train(papers.public) if pictures and not wrong else None)


def ask_hidden(session: Session, papers: Papers, opening: Opening) -> Transcript:
    """Ask the whole hidden battery, isolate functions that depend on state, and train."""
    paper = papers.hidden
    transcript = Transcript(paper, opening.loading, _ask_all(session, paper))
    modes = {function: "later" for function in FUNCTIONS if _is_correct_now(session, papers.public, opening, function)}
    transcript = replace(transcript, modes=modes)
    for function in FUNCTIONS:
        mode, isolated = _isolate(session, transcript, function)
        if mode:
            modes = {**transcript.modes, function: mode}
            readings = {**transcript.readings, **isolated}
            transcript = replace(transcript, readings=readings, modes=modes, judged={}, found={})
    return replace(transcript, training=_train(session, transcript))


def ask_public(
    session: Session, papers: Papers, opening: Opening, hidden: Transcript, train: bool, pictures: bool
) -> PublicTranscript:
    """Ask a fresh worker the whole public battery, each function in the mode in which it was judged.

    `train`: and train, as the hidden run was judged; `pictures`: and let the four functions train by themselves.
    """
    paper = papers.public
    session.fresh()
    readings = _ask_all(session, paper) | session.ask(paper, paper.battery.reseeded, keep=True)
    for function, mode in hidden.modes.items():
        questions = [q for q in paper.battery.questions if q.function == function and not q.turn]
        readings |= _in_mode(session, paper, questions, mode)
    modes = dict(hidden.modes)
    # What was printed before anything hidden is what is shown.
    for key, reading in opening.readings.items():
        function, name, _ = key
        readings[(function, name, "first") if modes.get(function) == "later" else key] = reading
    transcript = PublicTranscript(paper, opening.loading, readings, modes)
    if not train and not pictures:
        return transcript
    session.fresh()
    training = opening.training or _train(session, transcript)
    unaided = opening.training or (_unaided(session, transcript) if pictures else None)
    return replace(transcript, training=training, unaided=unaided)


def ask_repair(session: Session, public: PublicTranscript, functions: Sequence[str], lines: int) -> PublicTranscript:
    """Look for the lines that a repair of these functions must change; `lines` is how many the file has."""
    from autograder.repair import hints

    other = paper_for(public.paper.rubric, hints.REPAIR_KEY)
    return replace(public, hints=hints.find(session, public, other, functions, lines))


def opening_only(papers: Papers, opening: Opening) -> PublicTranscript:
    """The public transcript of a submission that lost nothing."""
    run = opening.training
    return PublicTranscript(papers.public, opening.loading, opening.readings, {}, run, run)


# --- parts of a round -------------------------------------------------------------------------------------------------


def _sheets(questions: Sequence[Question]) -> list[list[Question]]:
    """forward by itself and first: its answers are among the arguments of the others."""
    forward = [q for q in questions if q.function == "forward"]
    return [forward, [q for q in questions if q.function != "forward"]]


def _ask_all(session: Session, paper: Paper) -> dict[Key, Reading]:
    readings: dict[Key, Reading] = {}
    for sheet in _sheets(paper.battery.questions):
        readings |= session.ask(paper, sheet, keep=True)
    return settled(readings)


def _is_correct_now(session: Session, paper: Paper, opening: Opening, function: str) -> bool:
    """Whether a function that answered a question of the opening wrongly answers it rightly when asked again."""
    for key, reading in opening.wrong.items():
        answered = not isinstance(reading.failure, (Died, Skipped, TimedOut))  # these may be the machine's
        if reading.question.function == function and answered:
            return judging.is_correct(paper, session.ask(paper, [reading.question])[key])
    return False


def _isolate(session: Session, transcript: Transcript, function: str) -> tuple[str, Mapping[Key, Reading]]:
    """The mode in which a function that answers wrongly is correct, if there is one, and its answers in that mode."""
    paper = transcript.paper
    questions = [q for q in paper.battery.questions if q.function == function and not q.turn]
    wrong = next((q for q in questions if _may_depend_on_state(transcript, q)), None)
    if wrong is None:
        return "", {}
    for mode in ("fresh", "primed"):
        if mode == "primed" and function == "forward":
            continue
        first = _in_mode(session, paper, [wrong], mode)[wrong.key]
        if judging.is_correct(paper, first):
            return mode, _in_mode(session, paper, questions, mode)
    return "", {}


def _may_depend_on_state(transcript: Transcript, question: Question) -> bool:
    function, probe, _ = question
    problems = (judging.check(transcript, function, probe, part) for part in PARTS[function])
    return any(problem and isinstance(problem.failure, MAY_DEPEND_ON_STATE) for problem in problems)


def _in_mode(session: Session, paper: Paper, questions: Sequence[Question], mode: str) -> dict[Key, Reading]:
    """Ask each question of a fresh worker, or all of one worker right after forward with the same inputs.

    "later": all of the worker that has answered others.
    """
    if mode == "later":
        return session.ask(paper, questions)
    readings: dict[Key, Reading] = {}
    session.fresh()
    for question in questions:
        if mode == "fresh":
            session.fresh()
        else:
            session.ask(paper, [Question("forward", question.probe, "before")])
        readings |= session.ask(paper, [question])
    return readings


def _train(session: Session, transcript: Transcript) -> TrainingRun:
    """Train with the submission's functions, the reference standing in for one that fails.

    It also stands in for one that is right by itself and spoils the training by what else it does.  No step depends on
    loss, so a wrong loss is not called and never stops the training.
    """
    paper = transcript.paper
    start = {0: paper.battery.start()}
    failing, stubs = judging.failing(transcript), judging.unwritten(transcript)
    needed = [f for f in failing if f != "loss"]
    skipped = [transcript.reading(f, paper.battery.trained()).failure for f in needed]
    why = next((one for one in skipped if isinstance(one, Skipped) and one.why not in GIVEN_UP), None)
    if why is not None:
        return TrainingRun(start, Problem(why, "training"))
    if stubs or len(needed) > 1:
        missing = Prerequisite(tuple(needed if not stubs else failing), tuple(stubs))
        return TrainingRun(start, Problem(missing, "training"))
    if needed:
        return session.train_with(paper, needed[0])
    run = session.train(paper, without=failing)
    if _is_right(paper, run):
        return run
    problems = {f: judging.purity(transcript, f) for f in FUNCTIONS if f not in failing}
    impure = [f for f, problem in problems.items() if problem and not isinstance(problem.failure, Skipped)]
    spoilers = [f for f in impure if f != "loss"]
    if impure and len(spoilers) < 2:
        # What it keeps from call to call, or does to its arguments, has cost points of its own.
        session.fresh()
        return session.train_with(paper, spoilers[0]) if spoilers else session.train(paper, without=["loss"])
    if run.problem is None or not any(transcript.notes(function) for function in FUNCTIONS):
        return run
    # Answers that only the reader understands, such as lists, may stop their own next function.
    retried = session.train_with(paper, "")
    return run if retried.problem else retried


def _is_right(paper: Paper, run: TrainingRun) -> bool:
    steps = paper.rubric.training.path_steps
    return run.problem is None and not any(judging.off_path(paper, run, step) for step in steps)


def _unaided(session: Session, transcript: Transcript) -> TrainingRun | None:
    """The submission's own training, wrong as it may be, for the pictures."""
    failing, slow = judging.failing(transcript), judging.given_up(transcript)
    readings = [transcript.reading(f, transcript.battery.trained()) for f in failing if f != "loss"]
    if any(reading.failure or reading.question.function in slow for reading in readings):
        return None
    if not failing:
        return transcript.training or session.train(transcript.paper)
    return session.train(transcript.paper, without=["loss"] if "loss" in failing else [])
