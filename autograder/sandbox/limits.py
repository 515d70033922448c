"""What a submission may use, and what it has used."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from autograder.sandbox.frames import Deadline

GRACE = 3.0  # seconds that a worker has to start, and an answer to travel
MAX_ANSWERS = 64 << 20  # bytes of all answers of a submission together
HEADER_WEIGHT = 8  # a byte of a header becomes about so many bytes of objects
MAX_LOST = 150.0  # seconds that one submission may wait for a processor in all
SHARE = 0.4  # of the whole time that the calls of one function may take: the others are to be judged, too
BUSY = 4.0  # a machine on which work takes so many times its own processor time is too busy to grade on


class GraderFault(Exception):
    """The grader can't do its work here; the text says why, for staff.  Never a student's fault."""


class Limits(NamedTuple):
    """Seconds that a submission may take: load, call and train of its own processor time."""

    load: float = 6.0
    call: float = 3.0
    train: float = 20.0
    wall: float = 2.5  # times the limit, plus GRACE: by the clock, which also counts sleeping
    whole: float = 50.0  # for everything together, whatever comes back
    deaths: int = 12  # workers that may be lost before the rest is left unchecked

    @property
    def each(self) -> float:
        """Seconds for all calls of one function together."""
        return SHARE * self.whole


class Budget:
    """What one submission has used of its limits.

    Its time is what the judge waits for it and reads its answers: its processor time, its sleep, and the judge's work.
    Time in which the machine gave its worker no processor is not its own.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.seconds = 0.0
        self.lost = 0.0  # seconds in which the machine was busy with others
        self.bytes = 0
        self.deaths = 0

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(self.limits.whole - self.seconds, 0.0)

    @property
    def exceeded(self) -> str:
        """The limit that is used up: "time", "memory" or "deaths"; empty while there is something left."""
        if self.left <= 0:
            return "time"
        if self.bytes > MAX_ANSWERS:
            return "memory"
        return "deaths" if self.deaths >= self.limits.deaths else ""

    @property
    def cpu(self) -> int:
        """Whole seconds of processor time that a new worker may use, for its hard limit."""
        return math.ceil(self.left) + 1

    def charge(self, deadline: Deadline, idle: bool) -> None:
        """Count the time of one question; `idle`: it missed its deadline without computing for as long as it may.

        Raises GraderFault where the machine is too busy to tell who is slow: it was idle and most of the time was the
        machine's, or all its questions together have waited too long for a processor.
        """
        self.seconds += deadline.elapsed
        self.lost += deadline.lost
        if (idle and deadline.lost > (BUSY - 1) * deadline.elapsed) or self.lost > MAX_LOST:
            raise GraderFault(
                f"this machine is too busy: a submission waited {self.lost:.0f} s for a processor. Nothing was graded. "
                "What to do: grade again when less is running, or give the container more processors."
            )

    def receive(self, header: int, body: int) -> None:
        """Count the bytes of an answer.  Raises OverBudget before anything is made of them."""
        self.bytes += HEADER_WEIGHT * header + body
        if self.bytes > MAX_ANSWERS:
            raise OverBudget


class OverBudget(Exception):
    """The answers of a submission are too large, taken together."""
