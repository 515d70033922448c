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
import math
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
_DTYPES = frozenset("?bhilqBHILQefdgFDG")
_NAMES = frozenset(order + np.dtype(c).str[1:] for c in _DTYPES for order in "<>|")


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


def _array(a: np.ndarray[Any, Any], blobs: list[bytes]) -> dict[str, Any]:
    if a.dtype.char not in _DTYPES:
        return {"opaque": f"array of dtype {a.dtype}"[:80]}
    if a.nbytes > MAX_ARRAY or sum(map(len, blobs)) + a.nbytes > MAX_BODY or a.ndim > 16:
        return {"opaque": f"array of shape {a.shape}"[:80]}
    if a.dtype.char == "g":
        a = a.astype("d")
    elif a.dtype.char == "G":
        a = a.astype("D")
    blobs.append(np.ascontiguousarray(a).tobytes())
    return {"array": [a.dtype.str, list(a.shape)]}


def _tree(value: Any, blobs: list[bytes], depth: int) -> Any:
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is float:
        return value
    if kind is int:
        return value if value.bit_length() <= 64 else {"opaque": "very large int"}
    if kind is str:
        return value[:4000]
    if kind is np.ndarray:
        return _array(value, blobs)
    masked = sys.modules.get("numpy.ma")  # asking NumPy for it would import it
    if masked and isinstance(value, masked.MaskedArray):
        return {"opaque": "masked array"}
    if isinstance(value, np.ndarray):
        return {"was": [describe(value), _array(np.asarray(value), blobs)]}
    if isinstance(value, np.generic):
        return {"was": [describe(value), _array(np.asarray(value), blobs)]}
    if kind is complex:
        return {"was": ["complex", _array(np.asarray(value), blobs)]}
    if depth >= MAX_DEPTH:
        return {"opaque": "deeply nested " + describe(value)}
    if kind is Opaque:
        return {"opaque": value.kind}
    if isinstance(value, (list, tuple)):
        if len(value) > 20_000:
            return {"opaque": f"{describe(value)} of {len(value)} items"}
        items = [_tree(v, blobs, depth + 1) for v in value]
        if isinstance(value, list):
            return items
        return {"tuple": items}
    if isinstance(value, dict):
        if len(value) > 1000:
            return {"opaque": f"{describe(value)} of {len(value)} items"}
        pairs = [[k if type(k) in (str, int) else describe(k), _tree(v, blobs, depth + 1)] for k, v in value.items()]
        return {"dict": pairs}
    # bool, int, float and str subclasses, and anything with one clear number in it.
    if isinstance(value, (bool, int, float, str)):
        base = next(b for b in (bool, int, float, str) if isinstance(value, b))
        return {"was": [describe(value), _tree(base(value), blobs, depth)]}
    return {"opaque": describe(value)}


def pack(value: Any) -> bytes:
    """Make one frame of a value.  Raises ChannelError where it is too large."""
    blobs: list[bytes] = []
    header = json.dumps(_tree(value, blobs, 0), separators=(",", ":")).encode("ascii")
    body = b"".join(blobs)
    if len(header) > MAX_HEADER or len(body) > MAX_BODY:
        raise ChannelError("the message is too large")
    return _LENGTHS.pack(len(header), len(body)) + header + body


class _Body:
    """The arrays of a frame, taken from its body in order."""

    def __init__(self, body: memoryview) -> None:
        self.body = body
        self.at = 0

    def take(self, dtype: Any, shape: Any) -> np.ndarray[Any, Any]:
        if not isinstance(dtype, str) or not isinstance(shape, list) or len(shape) > 16:
            raise ChannelError("an array without dtype and shape")
        if dtype not in _NAMES or not all(type(s) is int and 0 <= s <= MAX_BODY for s in shape):
            raise ChannelError("an array of a kind that is not exchanged")
        kind = np.dtype(dtype)
        size = math.prod(shape) * kind.itemsize
        if size > len(self.body) - self.at:
            raise ChannelError("an array larger than its bytes")
        raw = self.body[self.at : self.at + size]
        self.at += size
        try:
            # A copy of its own: aligned, writable, and free of the frame.
            return np.frombuffer(raw, dtype=kind).reshape(shape).copy()
        except (TypeError, ValueError):
            raise ChannelError("an array of an impossible shape") from None


def _value(tree: Any, body: _Body, depth: int = 0) -> Any:
    if depth > 2 * MAX_DEPTH + 4:
        raise ChannelError("nested too deeply")
    if type(tree) is int and tree.bit_length() > 64:
        return Opaque("very large int")
    if tree is None or isinstance(tree, (bool, int, float, str)):
        return tree
    if isinstance(tree, list):
        return [_value(t, body, depth + 1) for t in tree]
    if len(tree) != 1:
        raise ChannelError("a header of another language")
    ((kind, rest),) = tree.items()
    if kind == "opaque" and isinstance(rest, str):
        return Opaque(rest[:200])
    if isinstance(rest, list):
        if kind == "array" and len(rest) == 2:
            return body.take(*rest)
        if kind == "tuple":
            return tuple(_value(t, body, depth + 1) for t in rest)
        if kind == "was" and len(rest) == 2 and isinstance(rest[0], str):
            return Was(rest[0][:80], _value(rest[1], body, depth + 1))
        if kind == "dict" and all(isinstance(p, list) and len(p) == 2 and type(p[0]) in (str, int) for p in rest):
            return {k: _value(t, body, depth + 1) for k, t in rest}
    raise ChannelError("a header of another language")


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
    frame = pack(value)
    try:
        sock.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.001))
        sock.sendall(frame)
    except TimeoutError:
        raise Late from None
    except OSError:
        raise ChannelError("the other side is gone") from None
