"""What is deducted for late work: points for each day or part of a day after the due date."""

from __future__ import annotations

from datetime import timedelta

from autograder.policies.handed import Handed, moment, time
from autograder.result import Result
from autograder.rubric import TOTAL, Late

DAY = timedelta(days=1)


def exported(created_at: object, late: Late) -> Handed:
    """What is known of a submission from an export without due dates: the rubric's `due` holds for all."""
    when = moment(created_at)
    odd = () if when or created_at is None else ("created_at is not a date.",)
    return Handed(when, late.due, odd=odd)


def deduct(result: Result, late: Late, handed: Handed) -> float:
    """Deduct what the policy says, and give the score after that."""
    own, created_at, due = result.score, handed.created_at, handed.due
    if created_at is None or due is None:
        result.staff.append(
            f"Nothing was taken off for lateness: {'no due date' if created_at else 'no time'} is known."
        )
        return own
    behind = created_at - due
    if behind <= timedelta():
        return own
    grace = timedelta(minutes=late.grace_minutes)
    said = f"Handed in {_span(behind)} after the due date, {time(due)}"
    if behind <= grace:
        result.terms.append(f"{said}: within the {late.grace_minutes:g} minutes of grace, so nothing comes off.")
        return own
    days = -((grace - behind) // DAY)
    off = min(days * late.penalty_per_day, late.most)
    final = max(round(own - off / 100 * TOTAL, 2), 0.0)
    counted = f"{days} day{'s' if days > 1 else ''}"
    if behind - grace < days * DAY:
        counted += " (a day that has begun counts)"
    most = ", the most there is" if days * late.penalty_per_day > late.most else ""
    result.terms.append(f"{said}: {counted}, −{off:g} points{most}. {own:g} becomes {final:g}.")
    result.final = final
    result.record |= {"days_late": days, "taken_off": round(own - final, 2)}
    if handed.late_due and created_at > handed.late_due + grace:
        result.staff.append("It was handed in after the last date for late work too. It was graded as any late one.")
    return final


def _span(behind: timedelta) -> str:
    minutes = behind // timedelta(minutes=1)
    parts = ((minutes // 1440, "day", "days"), (minutes // 60 % 24, "h", "h"), (minutes % 60, "min", "min"))
    said = [f"{n} {one if n == 1 else many}" for n, one, many in parts if n]
    return " ".join(said[:2]) or "less than a minute"
