"""How many submissions of a day are graded, and which one counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from autograder.policies.handed import Attempt, Handed, day, time
from autograder.result import VERDICTS, Result, Row, words_of
from autograder.rubric import Attempts, Rubric


def refusal(rubric: Rubric, handed: Handed) -> Result | None:
    """The result of a submission over the day's limit, which is not graded: the score of the one that counts stays.
    None where it is to be graded."""
    rules, now = rubric.attempts, handed.created_at
    if rules is None or rules.per_day is None or now is None or _today(handed) < rules.per_day:
        return None
    kept = _kept(rules, handed)
    if kept is None:
        return None  # there is no score to keep, so this one must have its own
    result = Result(rubric.title, stdout_visibility=rubric.stdout_visibility, final=kept.score)
    which = "best" if rules.count == "best" else "last graded"
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    result.terms.append(
        f"This submission was not graded: {rules.per_day} of a day are, and you had them on {day(now)}. "
        f"Your score stays {kept.score:g}, from your {which} submission, of {time(kept.at)}. "
        f"The next one can be graded from {time(tomorrow)} on."
    )
    result.rows = _rows_of(rubric, handed.last)
    if result.rows:
        result.terms.append("The lines below are those of your last graded submission.")
    result.staff += handed.odd
    result.record = {"over_limit": True, "attempts": _record(handed, None, False)}
    return result


def _today(handed: Handed) -> int:
    """How many submissions of the same day were graded.  The day is that of the course, by the offset of its times;
    where the clocks have changed since, one that may be of the day before is not counted."""
    now = handed.created_at
    assert now is not None
    days = ((a.at.date(), a.at.astimezone(now.tzinfo).date()) for a in handed.earlier if a.counts)
    return sum(own == here == now.date() for own, here in days)


def _kept(rules: Attempts, handed: Handed) -> Attempt | None:
    """The earlier submission whose score counts: the best, the earlier of two; or the last that was graded."""
    scored = [a for a in handed.earlier if a.score is not None]
    if rules.count == "best":
        return max(scored, key=lambda a: a.score or 0.0, default=None)
    return next((a for a in reversed(scored) if a.counts), None)


def _rows_of(rubric: Rubric, tests: Mapping[str, Any]) -> list[Row]:
    """The criteria of an earlier results.json, where it has them all."""
    rows = []
    for criterion in rubric.criteria:
        test = tests.get(criterion.key, {})
        extra = test.get("extra_data", {})
        verdict, score = extra.get("verdict"), test.get("score")
        if verdict not in VERDICTS or verdict == "fault" or not isinstance(test.get("output"), str):
            return []
        if not isinstance(score, (int, float)) or not 0 <= score <= criterion.points:
            score = 0.0
        words = words_of(test)
        row = Row(criterion, str(verdict), float(score), [("", words)] if words else [])
        row.misconception, row.reason = (str(extra.get(name, ""))[:1000] for name in ("misconception", "reason"))
        rows.append(row)
    return rows


def count(result: Result, rules: Attempts, handed: Handed, own: float) -> None:
    """Say which attempt this is, and let the best one count if the course wants that.  `own` is this one's score."""
    limit, now = rules.per_day, handed.created_at
    if limit is not None and now is None:
        result.staff.append("The limit of submissions was not looked at: when this one was handed in is not known.")
    counts = result.in_use or not result.faulty
    if not counts:
        result.terms.append("This submission is not counted as an attempt.")
    elif limit is not None and now is not None:
        result.terms.append(f"Submission {_today(handed) + 1} of {limit} for {day(now)}.")
    best = _kept(rules, handed) if rules.count == "best" else None
    if best is not None and best.score is not None and best.score > own:
        result.final = best.score
        mine = "" if result.faulty else f"; this one has {own:g}"
        result.terms.append(f"Your best submission counts: {best.score:g} points, of {time(best.at)}{mine}.")
    if now is not None:
        result.record["attempts"] = _record(handed, None if result.faulty else own, counts)


def _record(handed: Handed, score: float | None, counts: bool) -> list[dict[str, Any]]:
    """How every submission so far ended, for the next one's results."""
    now = [Attempt(handed.created_at, score, counts)] if handed.created_at else []
    return [{"at": a.at.isoformat(), "score": a.score, "counts": a.counts} for a in (*handed.earlier, *now)]


def begun(rubric: Rubric, handed: Handed) -> dict[str, Any]:
    """What to write down before grading, in case that it never ends: the submissions so far, and this one as none."""
    return {"attempts": _record(handed, None, False)} if rubric.attempts and handed.created_at else {}
