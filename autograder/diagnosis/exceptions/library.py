"""Modules and names that a program expects and the grader's Python or NumPy does not have, and what to use instead."""

from __future__ import annotations

import difflib
import inspect
import re
import sys
from importlib.machinery import PathFinder

import numpy as np

PROMISED = "the standard library, NumPy and matplotlib"
NOTEBOOK = ("get_ipython", "display")
ALIASES = {
    "np": "import numpy as np", "numpy": "import numpy", "plt": "import matplotlib.pyplot as plt",
    **{name: f"import {name}" for name in ("math", "os", "sys", "random", "time", "copy", "itertools")},
}  # fmt: skip
INSTEAD = {
    "scipy": "expit(e) is 1 / (1 + np.exp(-e)).",
    "tqdm": "Use a plain range(...).",
}
# Removed without a word in NumPy's own list.
REMOVED = {
    "product": "prod", "cumproduct": "cumprod", "bool8": "bool_", "int0": "intp", "uint0": "uintp",
    "object0": "object_", "str0": "str_", "bytes0": "bytes_", "void0": "void", "in1d": "isin", "trapz": "trapezoid",
    "row_stack": "vstack",
    "msort": "sort", "alltrue": "all", "sometrue": "any", "float_": "float64", "complex_": "complex128", "Inf": "inf",
    "NaN": "nan", "infty": "inf", "unicode_": "str_", "float": "float64", "int": "int64",
}  # fmt: skip

# Likewise, and what does the same is not a name of NumPy.
PLAIN = {"asscalar": "a.item()", "object": "object", "str": "str", "complex": "complex", "unicode": "str"}


def missing_module(message: str) -> str:
    """What an ImportError means."""
    match = re.search(r"No module named '([\w.]{1,60})'", message)
    if match:
        first = match[1].split(".")[0]
        near = difflib.get_close_matches(first, ["numpy", "matplotlib", "math", "random"], 1, 0.8)
        if near and near[0] == first:
            return f"there is no {match[1]}."
        advice = f" Is {near[0]} meant?" if near else f" {INSTEAD[first]}" if first in INSTEAD else ""
        return f"the module {match[1]} is not on the grader: it has {PROMISED}, and the files you hand in.{advice}"
    if "relative import" in message:
        return "a leading dot works only inside a package. Leave the dot out, and hand in the other file too."
    match = re.search(r"cannot import name '(\w{1,60})' from '([\w.]{1,60})'", message)
    if not match:
        return ""
    if match[2] == "numpy":
        return numpy_name("np", match[1])
    return nothing_named(match[2], match[1])


def is_module(name: str) -> bool:
    """Whether there is a module of a dotted name.  Nothing is imported: not even the package that it is in."""
    words, path = name.split("."), None
    for count in range(1, len(words) + 1):
        spec = PathFinder.find_spec(".".join(words[:count]), path)
        if spec is None:
            return False
        path = spec.submodule_search_locations or []
    return True


def nothing_named(module: str, name: str) -> str:
    """A module of the standard library may have the name in another version of Python."""
    version = f" of Python {sys.version_info[0]}.{sys.version_info[1]}, which the grader runs,"
    return f"the module {module}{version * (module.split('.')[0] in sys.stdlib_module_names)} has nothing named {name}."


def numpy_name(module: str, name: str) -> str:
    """What stands for a name that NumPy doesn't have: its successor, or the one that was probably meant."""
    said = f"NumPy {np.__version__} has no {module}.{name}"
    if module == "np":
        expired = getattr(np, "__expired_attributes__", {}).get(name, "")
        if name in REMOVED:
            return f"{said}: it was removed. Use np.{REMOVED[name]}."
        if name in PLAIN:
            return f"{said}: it was removed. Use {PLAIN[name]}."
        if expired:
            return f"{said}: it was removed. {expired.replace('`', '')}"
    place = {"np.linalg": np.linalg, "np.random": np.random}.get(module, np)
    names = [one for one in dir(place) if not one.startswith("_")]
    same = [one for one in names if one.lower() == name.lower()]
    near = same or difflib.get_close_matches(name, names, 1, 0.7)
    return f"{said}. Is {module}.{near[0]} meant?" if near else f"{said}."


def keyword(function: str, word: str) -> str:
    """The keyword of a function of NumPy that was probably meant."""
    try:
        names = list(inspect.signature(getattr(np, function)).parameters)
    except (AttributeError, TypeError, ValueError):
        return ""
    near = difflib.get_close_matches(word, names, 1, 0.7) if word else []
    if near:
        return f" Is {near[0]}= meant?"
    return f" Its arguments are {', '.join(names)}."
