"""Typed frames between the judge and a worker.

A frame is two little-endian unsigned 32-bit lengths, a JSON header, and the bytes of the arrays it names, in order:

    | header length | body length | header (JSON) | body |

Nothing in a frame is code (no pickle).  Sizes, entries and nesting are capped before anything is made of them.  In the
header, None, bool, int, float, str and list stand for themselves; every other value is an object with one key:

    {"array": [dtype, shape]}    {"tuple": [...]}    {"dict": [[key, value], ...]}
    {"was": [type, value]}       a value of another type with an unmistakable meaning, such as a numpy.matrix
    {"opaque": description}      anything else: it can be named, not judged
"""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograder.sandbox.limits import BUSY

MAX_HEADER = 1 << 20  # bytes
MAX_BODY = 16 << 20  # bytes
MAX_ARRAY = 4 << 20  # bytes that pack puts into one array
MAX_DIMENSIONS = 16
MAX_DEPTH = 8  # of containers in containers
MAX_ITEMS = 20_000  # in a list or tuple
MAX_KEYS = 64  # in a dict
MAX_KEY = 80  # characters
MAX_ENTRIES = 25_000  # in a frame
MAX_TEXT = 4000  # characters
MAX_INT = 64  # bits
_MAX_DIGITS = 21  # as many as a sign and 64 bits take
_ORDINARY = 4096  # bytes of a header
_LONG_INT = re.compile(rb"\d{19}")  # shorter ones have 64 bits at most
_MAX_BRACKETS = 3 * (MAX_DEPTH + 2)  # a dict is three brackets deep: the object, its pairs, a pair
_LENGTHS = struct.Struct("<II")
_CHARS = frozenset("?bhilqBHILQefdgFDG")
_NUMBERS = (np.floating, np.integer)
_DTYPES = {name: np.dtype(name) for name in {order + np.dtype(c).str[1:] for c in _CHARS for order in "<>|"}}
# Made once: json.dumps makes an encoder at every call.  A tree has no circles, so none are looked for.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.S)  # also one that does not end, so that no search starts over
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class ChannelError(Exception):
    """The other side is gone, or speaks another language."""


class TimedOut(ChannelError):
    """The deadline passed before a whole frame had come."""


class Was(NamedTuple):
    """A value that arrived as another type: `kind` says which."""

    kind: str
    value: Any


class Opaque(NamedTuple):
    """A value that has no meaning here: `kind` says what it was."""

    kind: str


class Deadline:
    """When an answer comes too late.

    Parameters
    ----------
    seconds : float
        From now on, by the clock.
    delay : callable, optional
        Gives the seconds, since it was last called, in which the other side waited for a processor: the machine's
        fault, so they are added to the deadline.
    overdue : callable, optional
        Tells that the other side has computed for so long that there is nothing to wait for.
    """

    SLOW = 0.25  # seconds from which on it is worth asking about the other side
    LOOK = 1.0  # seconds between two looks at whether there is anything to wait for

    def __init__(
        self, seconds: float, delay: Callable[[], float] | None = None, overdue: Callable[[], bool] = lambda: False
    ) -> None:
        self._begun = time.monotonic()
        self._seconds = seconds
        self._delay = delay
        self._overdue = overdue
        self.lost = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the start, without those that the machine took."""
        return max(time.monotonic() - self._begun - self.lost, 0.0)

    def left(self) -> float:
        """Seconds that are left.  Raises TimedOut when there are none."""
        if self.elapsed >= self._seconds:
            self.look()
        left = self._seconds - self.elapsed
        slow = self._seconds - left > self.SLOW
        if left <= 0 or self.lost > BUSY * self._seconds or (slow and self._overdue()):
            raise TimedOut
        return left

    def look(self) -> None:
        """Ask how long the machine kept the other side waiting, where it was slow."""
        if self._delay is not None and self.elapsed > self.SLOW:
            self.lost += min(self._delay(), self.elapsed)


# --- from values to frames -------------------------------------------------------------------------------------------


def describe(value: object) -> str:
    """Name the type of a value in words a student knows."""
    kind = type(value)
    module = "" if kind.__module__ in ("builtins", "neural_net") else kind.__module__.split(".")[0] + "."
    return f"{module}{kind.__qualname__}"[:80]


def _floats(a: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """An array of objects (np.frompyfunc makes them) as floats, if it holds nothing but numbers."""
    if a.nbytes > MAX_ARRAY or not all(type(v) in (int, float) or isinstance(v, _NUMBERS) for v in a.flat):
        return None
    try:
        return a.astype("d")
    except OverflowError:
        return None


def _array(a: np.ndarray[Any, Any], body: bytearray) -> dict[str, Any]:
    char = a.dtype.char
    floats = _floats(a) if char == "O" else None
    if floats is not None:
        return {"was": ["an array of dtype object", _array(floats, body)]}
    if char not in _CHARS:
        return {"opaque": f"array of dtype {a.dtype}"[:80]}
    if a.nbytes > MAX_ARRAY or len(body) + a.nbytes > MAX_BODY or a.ndim > MAX_DIMENSIONS:
        return {"opaque": f"array of shape {a.shape}"[:80]}
    if char == "g":
        a = a.astype("d")
    elif char == "G":
        a = a.astype("D")
    body += a.tobytes()
    return {"array": [a.dtype.str, a.shape]}


def _tree(value: Any, body: bytearray, depth: int) -> Any:
    kind = type(value)
    if kind is np.ndarray:
        return _array(value, body)
    if kind is str:
        return value[:MAX_TEXT]
    if value is None or kind is bool or kind is float:
        return value
    if kind is int:
        return value if value.bit_length() <= MAX_INT else {"opaque": "very large int"}
    masked = sys.modules.get("numpy.ma")  # asking NumPy for it would import it
    if masked and isinstance(value, masked.MaskedArray) and masked.is_masked(value):
        return {"opaque": "masked array"}
    if isinstance(value, (np.ndarray, np.generic)):
        return {"was": [describe(value), _array(np.asarray(value), body)]}
    if kind is complex:
        return {"was": ["complex", _array(np.asarray(value), body)]}
    if kind is Opaque:
        return {"opaque": value.kind}
    if kind is Was:
        return {"was": [value.kind, _tree(value.value, body, depth + 1)]}
    if isinstance(value, (list, tuple, Mapping)):
        return _container(value, body, depth)
    # bool, int, float and str subclasses, and anything with one clear number in it.
    if isinstance(value, (bool, int, float, str)):
        base = next(b for b in (bool, int, float, str) if isinstance(value, b))
        return {"was": [describe(value), _tree(base(value), body, depth)]}
    return {"opaque": describe(value)}


def _container(value: Any, body: bytearray, depth: int) -> Any:
    if depth >= MAX_DEPTH:
        return {"opaque": "deeply nested " + describe(value)}
    if len(value) > (MAX_KEYS if isinstance(value, Mapping) else MAX_ITEMS):
        return {"opaque": f"{describe(value)} of {len(value)} items"}
    if isinstance(value, Mapping):
        return {"dict": [[_packed_key(k), _tree(v, body, depth + 1)] for k, v in value.items()]}
    items = [_tree(v, body, depth + 1) for v in value]
    return items if isinstance(value, list) else {"tuple": items}


def _packed_key(key: Any) -> str | int:
    if type(key) is int and key.bit_length() <= MAX_INT:
        return key
    return str.__str__(key)[:MAX_KEY] if isinstance(key, str) else describe(key)  # also of an Enum, or NumPy's


def pack(value: Any) -> bytes:
    """Make one frame of a value.  Raises ChannelError where it is too large."""
    body = bytearray()
    header = _encode(_tree(value, body, 0)).encode("ascii")
    if len(header) > MAX_HEADER or len(body) > MAX_BODY:
        raise ChannelError("the message is too large")
    _check(header)
    return _LENGTHS.pack(len(header), len(body)) + header + body


# --- from frames to values -------------------------------------------------------------------------------------------


def _check(header: bytes) -> None:
    """Refuse a header with too many entries or too deep nesting, without making anything of it.

    The common case, few brackets, is told by three counts.
    """
    if header.count(b",") > MAX_ENTRIES or header.count(b"[") > MAX_ENTRIES or header.count(b"{") > MAX_ENTRIES:
        header = _STRING.sub(b"", header)  # what stands in texts counts nothing
        if header.count(b",") + header.count(b"[") + header.count(b"{") > MAX_ENTRIES:
            raise ChannelError("a message of too many parts")
    if header.count(b"[") + header.count(b"{") > _MAX_BRACKETS:
        brackets = _STRING.sub(b"", header).translate(None, _NOT_BRACKETS)
        for _ in range(_MAX_BRACKETS):
            brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")  # the innermost of every nest
        if brackets:
            raise ChannelError("nested too deeply")


class _Reader:
    """Makes values of a header's objects, from the inside out; arrays take their bytes from the body in order."""

    def __init__(self, body: memoryview) -> None:
        self.body = body
        self.at = 0

    def value(self, pairs: list[tuple[str, Any]]) -> Any:
        """The value of an object with one key."""
        if len(pairs) != 1:
            raise ChannelError("a header of another language")
        ((kind, rest),) = pairs
        if type(rest) is list:
            if kind == "array" and len(rest) == 2:
                return self.array(*rest)
            if kind == "dict" and len(rest) <= MAX_KEYS:
                return {_key(pair): pair[1] for pair in rest}
            if kind == "tuple":
                return tuple(rest)
            if kind == "was" and len(rest) == 2 and type(rest[0]) is str:
                return Was(rest[0][:80], rest[1])
        elif kind == "opaque" and type(rest) is str:
            return Opaque(rest[:200])
        raise ChannelError("a header of another language")

    def array(self, dtype: Any, shape: Any) -> np.ndarray[Any, Any]:
        """A copy of the next bytes of the body: aligned, writable, and free of the frame."""
        if type(dtype) is not str or type(shape) is not list or len(shape) > MAX_DIMENSIONS:
            raise ChannelError("an array without dtype and shape")
        kind = _DTYPES.get(dtype)
        size = kind.itemsize if kind else 0
        for s in shape:
            if type(s) is not int or not 0 <= s <= MAX_BODY:
                raise ChannelError("an array of an impossible shape")
            size *= s
        if kind is None:
            raise ChannelError("an array of a kind that is not exchanged")
        at = self.at
        self.at += size
        if self.at > len(self.body):
            raise ChannelError("an array larger than its bytes")
        try:
            return np.ndarray(shape, kind, self.body, at).copy()
        except (TypeError, ValueError):
            raise ChannelError("an array of an impossible shape") from None


def _key(pair: Any) -> str | int:
    if type(pair) is not list or len(pair) != 2 or type(pair[0]) not in (str, int):
        raise ChannelError("a header of another language")
    key: str | int = pair[0]
    if isinstance(key, str) and len(key) > MAX_KEY:
        raise ChannelError("a key that is too long")
    return key


def _int(digits: str) -> int | Opaque:
    value = int(digits) if len(digits) <= _MAX_DIGITS else 1 << MAX_INT
    return value if value.bit_length() <= MAX_INT else Opaque("very large int")


def unpack(header: bytes | memoryview, body: bytes | memoryview) -> Any:
    """Read the value of one frame.  Raises ChannelError for anything that pack would not have made."""
    data = bytes(header)
    _check(data)
    reader = _Reader(memoryview(body))
    # The decoder reads numbers four times as fast without a hook, and an ordinary submission's answers have a thousand.
    parse_int = _int if len(data) > _ORDINARY or _LONG_INT.search(data) else None
    decoder = json.JSONDecoder(object_pairs_hook=reader.value, parse_int=parse_int)
    try:
        value = decoder.decode(data.decode("ascii"))
    except (ValueError, RecursionError):
        raise ChannelError("a header that is not JSON") from None
    if reader.at != len(reader.body):
        raise ChannelError("bytes left over")
    return value


# --- over a socket ---------------------------------------------------------------------------------------------------


def _receive(sock: socket.socket, size: int, deadline: Deadline | None) -> bytearray:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        if deadline is not None:
            sock.settimeout(min(deadline.left(), Deadline.LOOK))
        try:
            n = sock.recv_into(view[got:])
        except TimeoutError:
            continue  # the deadline decides
        except ConnectionError:  # any other error is this side's
            raise ChannelError("the other side is gone") from None
        if n == 0:
            raise ChannelError("the other side is gone")
        got += n
    return data


def receive(
    sock: socket.socket, deadline: Deadline | None = None, admit: Callable[[int, int], None] | None = None
) -> Any:
    """Wait for one whole frame.  Raises ChannelError or TimedOut.

    `admit` is called with the sizes of the header and the body, in bytes, before there is memory for them.
    """
    head, body = _LENGTHS.unpack(_receive(sock, _LENGTHS.size, deadline))
    if head > MAX_HEADER or body > MAX_BODY:
        raise ChannelError("a frame that is too large")
    if admit is not None:
        admit(head, body)
    data = _receive(sock, head + body, deadline)
    return unpack(memoryview(data)[:head], memoryview(data)[head:])


def send(sock: socket.socket, value: Any, deadline: Deadline | None = None) -> None:
    """Send one frame.  Raises ChannelError or TimedOut."""
    send_frame(sock, pack(value), deadline)


def send_frame(sock: socket.socket, frame: bytes, deadline: Deadline | None = None) -> None:
    """Send what was packed before.  Raises ChannelError or TimedOut."""
    try:
        sock.settimeout(None if deadline is None else deadline.left())
        sock.sendall(frame)
    except TimeoutError:
        raise TimedOut from None
    except ConnectionError:
        raise ChannelError("the other side is gone") from None
