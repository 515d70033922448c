"""Which modules a submission names, for a worker that can import nothing once it is locked."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

_IMPORT = re.compile(rb"^[ \t;]*(?:from|import)[ \t]+([^\n#;]{1,300})", re.M)
_KNOWN = sys.stdlib_module_names | {"numpy", "scipy", "matplotlib"}
# They open a window or a browser, print, or are tests.
_NEVER = frozenset(["antigravity", "idlelib", "lib2to3", "test", "this", "tkinter", "turtle", "turtledemo"])
# Parts of NumPy that it imports when they are first used.
_LATER = ["char", "ctypeslib", "f2py", "fft", "ma", "polynomial", "random", "rec", "strings", "testing", "typing"]
_NAMED = re.compile(rb"\b(?:" + "|".join(_LATER).encode() + rb")\b")
# What is imported only when these are called.
_BEHIND = {
    b"savez": ("zipfile", "tempfile"),
    b"load": ("zipfile", "gzip", "bz2", "lzma", "urllib.parse"),
    b"savetxt": ("gzip", "bz2", "lzma", "urllib.parse"),
    b"genfromtxt": ("gzip", "bz2", "lzma", "urllib.parse"),
    b"matplotlib": ("matplotlib.pyplot", "matplotlib.backends.backend_agg", "PIL.PngImagePlugin"),
}


def named_modules(sources: Iterable[bytes]) -> list[str]:
    """Name the modules of the standard library, NumPy, SciPy and matplotlib that these texts seem to import."""
    found: set[str] = set()
    for source in sources:
        for match in _IMPORT.finditer(source):
            text = match[1].decode("ascii", "ignore")
            if text.startswith("numpy import") and "*" in text:
                found |= {f"numpy.{name}" for name in _LATER} | {"subprocess"}
            for part in text.split(" import ")[0].split(","):
                name = (part.split() or [""])[0].strip(".")
                first = name.split(".")[0]
                if first in _KNOWN and first not in _NEVER:
                    found.add(name)
        found |= {f"numpy.{name.decode()}" for name in set(_NAMED.findall(source))}
        found |= {name for word, names in _BEHIND.items() if word in source for name in names}
    return sorted(found)[:100]
