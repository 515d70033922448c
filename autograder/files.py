"""Files that are never seen half written."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any


@contextlib.contextmanager
def replacing(path: Path, mode: str = "w", **options: Any) -> Iterator[IO[Any]]:
    """Open a new file that takes the place of `path` when the block ends, and is removed if the block raises.

    Text is UTF-8 unless `options` say otherwise.  Raises OSError, which names `path`; then nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "it is not a regular file, and would be replaced by one", str(path))
    new = path.with_name(f".{path.name}.{os.getpid()}")
    if "b" not in mode:
        options = {"encoding": "utf-8"} | options
    try:
        with open(new, mode, **options) as file:
            yield file
            file.flush()
            try:
                os.fsync(file.fileno())
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
                    raise  # the others say that this file system has no such call
        _replace(new, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, str(new), new):
            error.filename, error.filename2 = str(path), None
        raise


def _replace(new: Path, path: Path) -> None:
    """Put a file in the place of another.  Where that can't be, as of a file that is a mount, its contents."""
    try:
        os.replace(new, path)
    except OSError:
        if not path.is_file():
            raise
        path.write_bytes(new.read_bytes())
        new.unlink(missing_ok=True)


def put(path: Path, contents: str | bytes) -> None:
    """Write a file in one step: readers see the whole new one or the one before.  Raises OSError."""
    with replacing(path, "wb") as file:
        file.write(contents if isinstance(contents, bytes) else contents.encode("utf-8"))
