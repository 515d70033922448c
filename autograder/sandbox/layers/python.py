"""Which Python a submission sees: the standard library, NumPy, matplotlib with what it needs, and nothing else.

Whatever is installed next to the grader gives the same ModuleNotFoundError everywhere.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import types
from collections.abc import Sequence
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder

from autograder.sandbox.layers import kernel, landlock
from autograder.sandbox.layers.kernel import LINUX

# Modules that a submission may import beside the standard library: NumPy, matplotlib, what matplotlib needs.
PROMISED = ("numpy", "matplotlib", "mpl_toolkits", "pylab")
NEEDED = ("contourpy", "cycler", "dateutil", "fontTools", "kiwisolver", "packaging", "PIL", "pyparsing", "six")
ALLOWED = frozenset(PROMISED + NEEDED)
# Folders of shared libraries that wheels bring.
BUNDLED = ("numpy.libs", "pillow.libs", "contourpy.libs", "matplotlib.libs", "kiwisolver.libs")
# What Python's own modules and NumPy read beside their folders: the loader's cache, the time zone, OpenSSL's settings
# (hashlib), fonts.
SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/dev/urandom",
    "/usr/share/zoneinfo",
    "/usr/share/fonts",
    "/usr/share/matplotlib",
)
SHARED_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
GRADER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))


# --- folders ---------------------------------------------------------------------------------------------------------


@functools.cache
def standard_library() -> str:
    """The folder of the standard library."""
    return os.path.dirname(os.path.realpath(os.__file__))


@functools.cache
def package_folders() -> tuple[str, ...]:
    """The folders of installed packages: site-packages and dist-packages."""
    found = (p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages"))
    return tuple(p for p in found if os.path.realpath(p) != GRADER)


@functools.cache
def library_folders() -> tuple[str, ...]:
    """The folders that a worker may read: of the standard library, of packages and of shared libraries.

    Never the grader's own (own_folder_is_readable).
    """
    extensions = tuple(p for p in sys.path if os.path.basename(p) == "lib-dynload")
    return tuple(dict.fromkeys((standard_library(), *extensions, *package_folders(), *SHARED_LIBRARIES)))


@functools.cache
def own_folder_is_readable() -> bool:
    """Tell whether the grader was put where every worker may read, such as /usr/local/lib: then nothing hides it."""
    return any((GRADER + os.sep).startswith(os.path.realpath(folder) + os.sep) for folder in library_folders())


@functools.cache
def closed_to_others() -> bool:
    """Tell whether Python or its packages lie below a folder that other users may not enter, such as /root."""
    return any(not reachable(folder) for folder in (standard_library(), *package_folders()))


def reachable(folder: str) -> bool:
    """Tell whether every user may enter a folder and all those above it."""
    while True:
        if os.path.isdir(folder) and os.stat(folder).st_mode & 0o001 == 0:
            return False
        if folder in ("/", ""):
            return True
        folder = os.path.dirname(folder)


@functools.cache
def reading_capability() -> int | None:
    """Name the capability that lets a worker import from a closed folder; None if it needs none or there is none.

    Behind Landlock it opens nothing but what the rules allow: folders that hold Python's modules, and nothing else.
    """
    if not LINUX or os.geteuid() != 0 or not landlock.version() or not closed_to_others():
        return None
    try:
        held = kernel.capabilities()
    except OSError:
        return None
    return next((c for c in (kernel.CAP_DAC_READ_SEARCH, kernel.CAP_DAC_OVERRIDE) if held >> c & 1), None)


# --- imports ---------------------------------------------------------------------------------------------------------


class Finder(PathFinder):
    """Finds modules of the standard library, the allowed packages, and what the submission brings, in this order."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module, or None for one that is installed here but was not promised."""
        if path is not None:
            return super().find_spec(fullname, path, target)
        if fullname in ALLOWED:
            spec = super().find_spec(fullname, package_folders(), target)
            if spec is not None:
                return spec
        spec = super().find_spec(fullname, None, target)
        installed = spec is not None and any((spec.origin or "").startswith(p + os.sep) for p in package_folders())
        return None if installed else spec


def allowed(module: str) -> bool:
    """Tell whether a module is part of what a submission may see."""
    first = module.partition(".")[0]
    return first in ALLOWED or first in sys.stdlib_module_names


def narrow(program: str) -> None:
    """Leave of this process's modules and import path what a submission may see, for all workers forked from here.

    The grader's own modules go from sys.modules; the functions that run keep what they have of them.
    """
    sys.dont_write_bytecode = True
    folders = {os.path.realpath(p) for p in package_folders()}
    sys.path[:] = [p for p in sys.path if p and os.path.realpath(p) not in (folders | {GRADER})]
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, Finder]
    for name in [name for name in sys.modules if not allowed(name)]:
        del sys.modules[name]
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv[:] = sys.orig_argv[:] = [program]


@functools.cache
def versions() -> dict[str, str]:
    """The version of each package that a submission may import, by the package's name in lower case.

    Read from the names of the folders that installers leave, which takes no import.
    """
    names = ALLOWED - {"mpl_toolkits", "pylab"} | {"python-dateutil", "pillow"}
    wanted = {name.lower() for name in names}
    found: dict[str, str] = {}
    for folder in package_folders():
        for entry in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            match = re.match(r"([A-Za-z0-9_.]+?)-([^-]+)(-py[\d.]+)?\.(dist-info|egg-info)$", entry)
            if match and (name := match[1].lower().replace("_", "-")) in wanted:
                found.setdefault(name, match[2])
    return dict(sorted(found.items()))
