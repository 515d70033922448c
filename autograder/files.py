"""Files that are never seen half written."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any


@contextlib.contextmanager
def replacing(path: Path, mode: str = "wb", **options: Any) -> Iterator[IO[Any]]:
    """Open a new file that takes the place of `path` when the block ends, and is removed if the block raises.

    Raises OSError; then nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(new, mode, **options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def put(path: Path, contents: str | bytes) -> None:
    """Write a file in one step: readers see the whole new one or the one before.  Raises OSError."""
    with replacing(path) as file:
        file.write(contents if isinstance(contents, bytes) else contents.encode("utf-8"))
