"""Typed frames between the judge and a worker.

A frame is two little-endian unsigned 32-bit lengths, a JSON header, and the bytes of the arrays it names, in order:

    | header length | body length | header (JSON) | body |

Nothing in a frame is code (no pickle), and every size is capped before memory is taken for it.  In the header, None,
bool, int, float, str and list stand for themselves; every other value is an object with one key:

    {"array": [dtype, shape]}    {"tuple": [...]}    {"dict": [[key, value], ...]}
    {"was": [kind, value]}       a value of another type with an unmistakable meaning, such as a numpy.matrix
    {"opaque": description}      anything else: it can be named, not judged
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import time
from typing import Any, NamedTuple

import numpy as np

MAX_HEADER = 1 << 20
MAX_BODY = 16 << 20
MAX_DEPTH = 8
MAX_ARRAY = 4 << 20
_LENGTHS = struct.Struct("<II")
_CHARS = frozenset("?bhilqBHILQefdgFDG")
_DTYPES = {name: np.dtype(name) for name in {order + np.dtype(c).str[1:] for c in _CHARS for order in "<>|"}}
# Made once: json.dumps makes an encoder at every call.  A tree has no circles, so none are looked for.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class ChannelError(Exception):
    """The other side is gone, too late, or speaks another language."""


class Late(ChannelError):
    """The deadline passed before a whole frame had come."""


class Was(NamedTuple):
    """A value that arrived as another type: `kind` says which."""

    kind: str
    value: Any


class Opaque(NamedTuple):
    """A value that has no meaning here: `kind` says what it was."""

    kind: str


def describe(value: object) -> str:
    """Name the type of a value in words a student knows."""
    kind = type(value)
    module = "" if kind.__module__ in ("builtins", "neural_net") else kind.__module__.split(".")[0] + "."
    return f"{module}{kind.__qualname__}"[:80]


def _array(a: np.ndarray[Any, Any], body: bytearray) -> dict[str, Any]:
    char = a.dtype.char
    if char not in _CHARS:
        return {"opaque": f"array of dtype {a.dtype}"[:80]}
    if a.nbytes > MAX_ARRAY or len(body) + a.nbytes > MAX_BODY or a.ndim > 16:
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
        return value[:4000]
    if value is None or kind is bool or kind is float:
        return value
    if kind is int:
        return value if value.bit_length() <= 64 else {"opaque": "very large int"}
    masked = sys.modules.get("numpy.ma")  # asking NumPy for it would import it
    if masked and isinstance(value, masked.MaskedArray):
        return {"opaque": "masked array"}
    if isinstance(value, np.ndarray):
        return {"was": [describe(value), _array(np.asarray(value), body)]}
    if isinstance(value, np.generic):
        return {"was": [describe(value), _array(np.asarray(value), body)]}
    if kind is complex:
        return {"was": ["complex", _array(np.asarray(value), body)]}
    if depth >= MAX_DEPTH:
        return {"opaque": "deeply nested " + describe(value)}
    if kind is Opaque:
        return {"opaque": value.kind}
    if kind is Was:
        return {"was": [value.kind, _tree(value.value, body, depth + 1)]}
    if isinstance(value, (list, tuple)):
        if len(value) > 20_000:
            return {"opaque": f"{describe(value)} of {len(value)} items"}
        items = [_tree(v, body, depth + 1) for v in value]
        if isinstance(value, list):
            return items
        return {"tuple": items}
    if isinstance(value, dict):
        if len(value) > 1000:
            return {"opaque": f"{describe(value)} of {len(value)} items"}
        pairs = [[k if type(k) in (str, int) else describe(k), _tree(v, body, depth + 1)] for k, v in value.items()]
        return {"dict": pairs}
    # bool, int, float and str subclasses, and anything with one clear number in it.
    if isinstance(value, (bool, int, float, str)):
        base = next(b for b in (bool, int, float, str) if isinstance(value, b))
        return {"was": [describe(value), _tree(base(value), body, depth)]}
    return {"opaque": describe(value)}


def pack(value: Any) -> bytes:
    """Make one frame of a value.  Raises ChannelError where it is too large."""
    body = bytearray()
    header = _encode(_tree(value, body, 0)).encode("ascii")
    if len(header) > MAX_HEADER or len(body) > MAX_BODY:
        raise ChannelError("the message is too large")
    return _LENGTHS.pack(len(header), len(body)) + header + body


class _Body:
    """The arrays of a frame, taken from its body in order."""

    def __init__(self, body: memoryview) -> None:
        self.body = body
        self.at = 0

    def take(self, dtype: Any, shape: Any) -> np.ndarray[Any, Any]:
        if type(dtype) is not str or type(shape) is not list or len(shape) > 16:
            raise ChannelError("an array without dtype and shape")
        kind = _DTYPES.get(dtype)
        size = kind.itemsize if kind else 0
        for s in shape:
            if type(s) is not int or not 0 <= s <= MAX_BODY:
                size = 0
                kind = None
                break
            size *= s
        if kind is None:
            raise ChannelError("an array of a kind that is not exchanged")
        at = self.at
        self.at += size
        if self.at > len(self.body):
            raise ChannelError("an array larger than its bytes")
        try:
            # A copy of its own: aligned, writable, and free of the frame.
            return np.ndarray(shape, kind, self.body, at).copy()
        except (TypeError, ValueError):
            raise ChannelError("an array of an impossible shape") from None


def _value(tree: Any, body: _Body, depth: int = 0) -> Any:
    if depth > 2 * MAX_DEPTH + 4:
        raise ChannelError("nested too deeply")
    form = type(tree)
    if form is dict:
        if len(tree) != 1:
            raise ChannelError("a header of another language")
        ((kind, rest),) = tree.items()
        if type(rest) is list:
            if kind == "array" and len(rest) == 2:
                return body.take(*rest)
            if kind == "dict":
                return {_key(pair): _value(pair[1], body, depth + 1) for pair in rest}
            if kind == "tuple":
                return tuple([_value(t, body, depth + 1) for t in rest])
            if kind == "was" and len(rest) == 2 and type(rest[0]) is str:
                return Was(rest[0][:80], _value(rest[1], body, depth + 1))
        elif kind == "opaque" and type(rest) is str:
            return Opaque(rest[:200])
        raise ChannelError("a header of another language")
    if form is list:
        return [_value(t, body, depth + 1) for t in tree]
    if form is int and tree.bit_length() > 64:
        return Opaque("very large int")
    return tree  # JSON has nothing else: a text, a number, true, false or null


def _key(pair: Any) -> str | int:
    if type(pair) is not list or len(pair) != 2 or type(pair[0]) not in (str, int):
        raise ChannelError("a header of another language")
    key: str | int = pair[0]
    return key


def unpack(header: bytes | memoryview, body: bytes | memoryview) -> Any:
    """Read the value of one frame.  Raises ChannelError for anything that pack would not have made."""
    try:
        tree = json.loads(bytes(header))
    except (ValueError, RecursionError):
        raise ChannelError("a header that is not JSON") from None
    arrays = _Body(memoryview(body))
    value = _value(tree, arrays)
    if arrays.at != len(arrays.body):
        raise ChannelError("bytes left over")
    return value


def _receive(sock: socket.socket, size: int, deadline: float | None) -> bytearray:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Late
            sock.settimeout(left)
        try:
            n = sock.recv_into(view[got:])
        except TimeoutError:
            raise Late from None
        except OSError:
            raise ChannelError("the other side is gone") from None
        if n == 0:
            raise ChannelError("the other side is gone")
        got += n
    return data


def receive(sock: socket.socket, deadline: float | None = None) -> Any:
    """Wait for one whole frame, until `deadline` on the monotonic clock in seconds.  Raises ChannelError or Late."""
    head, body = _LENGTHS.unpack(_receive(sock, _LENGTHS.size, deadline))
    if head > MAX_HEADER or body > MAX_BODY:
        raise ChannelError("a frame that is too large")
    data = _receive(sock, head + body, deadline)
    return unpack(memoryview(data)[:head], memoryview(data)[head:])


def send(sock: socket.socket, value: Any, deadline: float | None = None) -> None:
    """Send one frame.  Raises ChannelError or Late."""
    send_frame(sock, pack(value), deadline)


def send_frame(sock: socket.socket, frame: bytes, deadline: float | None = None) -> None:
    """Send what was packed before.  Raises ChannelError or Late."""
    try:
        sock.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.001))
        sock.sendall(frame)
    except TimeoutError:
        raise Late from None
    except OSError:
        raise ChannelError("the other side is gone") from None
