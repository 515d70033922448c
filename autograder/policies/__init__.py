"""What becomes of a score in a course: late days, attempts, the leaderboard.

Everything follows from the rubric and from what the platform says of a submission, nothing from the clock.  What can't
be read there costs nobody a point and nobody a report: staff are told.
"""

from __future__ import annotations

from autograder.policies import attempts, late_days
from autograder.policies.handed import Handed
from autograder.result import Result
from autograder.rubric import Rubric


def apply(result: Result, rubric: Rubric, handed: Handed) -> None:
    """Set the score that counts, and say to the student why.  A result with a fault of the grader is no grade: nothing
    is deducted, and it is an attempt only if the submission's answers were in use."""
    result.staff += handed.odd
    own = result.score
    if rubric.late and not result.faulty:
        own = late_days.deduct(result, rubric.late, handed)
    if rubric.attempts:
        attempts.count(result, rubric.attempts, handed, own)
