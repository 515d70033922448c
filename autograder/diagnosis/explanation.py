"""Explain every lost criterion: pure, from the answers to public inputs alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograder.asking.failures import Failure, NotEarned, Problem, Raised
from autograder.asking.hints import LOOK_AT, Excerpt, Hint
from autograder.asking.transcript import PublicTranscript
from autograder.diagnosis.diagnose import Diagnosis
from autograder.diagnosis.messages import Messages, Text
from autograder.hidden_tests import Verdict, judge

NUMBERS = ("value", "shape", "nan")  # problems whose reason is in the numbers
REASONS = ("Likely reason", "What is true", "That means", "Try")  # labels of what hints = "off" leaves out


@dataclass
class Explained:
    """For each lost criterion its texts, the name of its cause, and the sentence of it if it is certain.

    lines : of the submission's file
    """

    lines: Sequence[str]
    rows: dict[str, tuple[list[Text], str, str]] = field(default_factory=dict)
    unknown: dict[str, list[str]] = field(default_factory=dict)  # criteria without a certain reason, by their functions
    excerpts: dict[str, Excerpt] = field(default_factory=dict)  # the lines that a hint means, and those around them
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # explanations that failed, for staff: they cost nothing else

    def add_hints(self, hints: Mapping[str, Hint]) -> None:
        """Say where functions can be repaired, with the first criterion of each that has no certain reason."""
        for function, hint in hints.items():
            key = self.unknown[function][0]
            self.rows[key][0].append((LOOK_AT, hint.sentence(self.lines)))
            self.excerpts[key] = hint.excerpt(self.lines)


def explain_all(public: PublicTranscript, verdicts: Sequence[Verdict], lines: Sequence[str]) -> Explained:
    """Explain the verdicts of the hidden battery by the answers to the public one.

    A criterion that is lost on public inputs too has its problem there explained.  Of one that is lost on hidden inputs
    only, nothing is said but the kind of inputs.
    """
    found = Explained(lines)
    messages, diagnosis = Messages(public, lines), Diagnosis(public, lines)
    lost = [v for v in verdicts if v.verdict in ("failed", "not checked")]
    shown = {v.criterion.key: v for v in judge(public)} if lost else {}
    for verdict in lost:
        criterion, problem = verdict.criterion, _problem(verdict, shown[verdict.criterion.key])
        if problem is None:
            correct = all(v.verdict == "passed" for v in shown.values() if v.criterion.function == criterion.function)
            found.rows[criterion.key] = (messages.hidden_only(criterion, correct), "hidden_only", "")
            continue
        why = None
        try:
            why = diagnosis.explain(problem)
        except Exception as error:
            found.faults.append(f"No reason was found for {criterion.key}: {type(error).__name__}: {error}")
        try:
            texts = messages.lost(criterion, problem, why)
        except Exception as error:
            texts = [("", "This was not correct. The grader has no more to say about it.")]
            found.faults.append(f"No message could be written for {criterion.key}: {type(error).__name__}: {error}")
        named = why if why is not None and why.certain else None
        if named is None and (problem.code in NUMBERS or _is_of_shapes(problem.failure)):
            found.unknown.setdefault(criterion.function, []).append(criterion.key)
        key, reason = (named.key, named.reason) if named else (problem.code, "")
        if public.paper.rubric.hints == "off":
            texts, reason = [(label, text) for label, text in texts if label not in REASONS], ""
        found.rows[criterion.key] = (texts, key, reason)
    found.notes = messages.loading(public.loading)
    return found


def _problem(verdict: Verdict, shown: Verdict) -> Problem | None:
    """What to explain of a lost criterion: its problem with public inputs, or None if that is another one.

    What is checked at all may differ: a value may be right for all hidden inputs and wrong for a public one.
    """
    if verdict.verdict == shown.verdict:
        return shown.problem
    if verdict.verdict == "not checked" and verdict.criterion.function != "training":
        return Problem(NotEarned(), verdict.criterion.function)
    return None


def _is_of_shapes(failure: Failure) -> bool:
    """Whether a call ended with an error of the kind that arrays of wrong shapes raise."""
    return isinstance(failure, Raised) and failure.error.type in ("ValueError", "IndexError")
