"""Everything that can be wrong with an answer, a function's behavior or a training run: a closed list, with evidence.

`code` names a failure in results.json; it is the same for everybody who has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from autograder.asking.battery import Array, Probe

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        return lambda cls: cls


NOTHING = np.empty(0)


class Operand(NamedTuple):
    """A name in an expression that failed, and what it was: sandbox.replies.KINDS has the kinds."""

    name: str
    kind: str
    shape: tuple[int, ...] | None = None
    keys: tuple[str, ...] = ()  # of a dict
    kept: bool = False  # a global variable, or in an object: it may be of another call


@dataclass(frozen=True)
class ErrorInfo:
    """An exception as a worker describes it.  Nothing in it is to be trusted but its types.

    statement : the first line that was executed of the statement at the top level of the file, if it failed there
    span : where the expression that failed stands: first line, first byte, last line, last byte
    operands : what stood in that expression, and in the rest of its line
    """

    type: str = "an error"
    kinds: tuple[str, ...] = ()  # the names of its class and of that one's bases
    message: str = ""
    line: int | None = None
    where: str = ""  # the function it was raised in
    file: str | None = None
    statement: int | None = None
    # The same error has other shapes for other inputs: that makes it no other error.
    span: tuple[int, int, int, int] | None = field(default=None, repr=False, compare=False)
    operands: tuple[Operand, ...] = field(default=(), repr=False, compare=False)

    def is_a(self, name: str) -> bool:
        return name in self.kinds


@dataclass_transform(frozen_default=True)
class Failure:
    """The base of the list.  A member is its class and its fields, each of which has a default.

    `dataclasses.dataclass` would take about half a millisecond for each of them, before every grading.
    """

    code: ClassVar[str] = ""

    def __init__(self, *values: Any, **named: Any) -> None:
        fields = [name for name in type(self).__annotations__ if name != "code"]
        given = dict(zip(fields, values, strict=False)) | named
        if len(values) > len(fields) or not given.keys() <= set(fields):
            raise TypeError(f"{type(self).__name__} has the fields {fields}, not {values} and {named}")
        self.__dict__.update({name: getattr(type(self), name) for name in fields} | given)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))


# --- no answer -------------------------------------------------------------------------------------------------------


class Stub(Failure):
    """The function raises NotImplementedError, whatever it is asked."""

    code = "stub"
    error: ErrorInfo = ErrorInfo()


class Missing(Failure):
    """There is no function of that name."""

    code = "missing"


class Raised(Failure):
    """The call ends with an exception; in training, at a step."""

    code = "raised"
    error: ErrorInfo = ErrorInfo()
    step: int | None = None


class TimedOut(Failure):
    """The call does not end in time."""

    code = "timed_out"
    error: ErrorInfo = ErrorInfo()
    step: int | None = None


class Died(Failure):
    """The call ends the program: with an exit status, or by a signal; overfull: it wrote too much."""

    code = "died"
    exit: int | None = None
    signal: int | None = None
    overfull: bool = False


GIVEN_UP = ("hung", "slow")  # why a function is not called again, while others are


class Skipped(Failure):
    """Not asked: too much was lost ("load", "deaths", "time", "memory"), or it is too slow (GIVEN_UP, "long")."""

    code = "skipped"
    why: str = ""


# --- an answer that can't be read -------------------------------------------------------------------------------------


class NoneReturned(Failure):
    """None comes back."""

    code = "none"


class WrongStructure(Failure):
    """Something else than the tuple or dict of the contract; `got` describes it."""

    code = "structure"
    got: str = ""


class WrongKeys(Failure):
    """A dict without the keys of the contract."""

    code = "keys"
    got: tuple[str, ...] = ()


class WrongType(Failure):
    """A part is not an array of numbers."""

    code = "type"
    got: str = ""


class WrongShape(Failure):
    """A part has another shape than the contract's."""

    code = "shape"
    array: Array = NOTHING
    expected: tuple[int, ...] = ()


class NotFinite(Failure):
    """A part has NaN or infinity in it."""

    code = "nan"
    array: Array = NOTHING

    @property
    def what(self) -> str:
        return "NaN" if np.isnan(self.array).any() else "infinity"

    @property
    def count(self) -> int:
        return int((~np.isfinite(self.array)).sum())


# --- a wrong answer ---------------------------------------------------------------------------------------------------


class Mismatch(Failure):
    """A part has other numbers than the reference's.  error is relative to the norm of the right ones."""

    code = "value"
    error: float = np.inf
    got: Array = NOTHING
    expected: Array = NOTHING


# --- behavior over several calls --------------------------------------------------------------------------------------


class ArgumentsChanged(Failure):
    """The call changes its arguments."""

    code = "changed"
    names: tuple[str, ...] = ()


class SharedMemory(Failure):
    """A later call changes what an earlier one returned; late: one with the same shapes, in the same memory."""

    code = "shared"
    late: bool = False


class Unstable(Failure):
    """The same call gives another answer the second time."""

    code = "unstable"


class FirstCallOnly(Failure):
    """Correct only in the first call of a fresh program."""

    code = "state"


class NotFirstCall(Failure):
    """Wrong in the first call of a program, and correct in later ones; `error` is the exception, if it was one."""

    code = "first"
    error: ErrorInfo | None = None


class NeedsForward(Failure):
    """Correct only right after forward with the same inputs."""

    code = "primed"


class Constant(Failure):
    """The same answer for other arguments."""

    code = "constant"


# --- training and the file --------------------------------------------------------------------------------------------


class LossIncreases(Failure):
    """The loss is not smaller at the step `after` than at the step `before`."""

    code = "increases"
    before: int = 0
    after: int = 0
    losses: Mapping[int, float] = MappingProxyType({})


class OtherPath(Failure):
    """The parameters after some steps are not the reference's."""

    code = "path"
    step: int = 0
    error: float = np.inf


class PoorFit(Failure):
    """The loss on other angles is above the last of the limits; `reached` of them are met."""

    code = "fit"
    fit: float = np.inf
    reached: int = 0


class BrokenFile(Failure):
    """The file can't be imported as a whole."""

    code = "file"
    error: ErrorInfo = ErrorInfo()


# --- not judged -------------------------------------------------------------------------------------------------------


class Prerequisite(Failure):
    """Training needs all four functions: these fail their own criteria, or are not written."""

    code = "prerequisite"
    failing: tuple[str, ...] = ()
    unwritten: tuple[str, ...] = ()


class NotEarned(Failure):
    """A behavior is judged only of results whose values are right; here none is."""

    code = "not_earned"


class Problem(NamedTuple):
    """A failure and where it shows: a function, and where there is one a probe and a part of the answer."""

    failure: Failure
    function: str
    probe: Probe | None = None
    part: str = ""

    @property
    def code(self) -> str:
        return self.failure.code
