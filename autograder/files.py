"""Files that are never seen half written."""

from __future__ import annotations

import os
from pathlib import Path


def put(path: Path, contents: str | bytes) -> None:
    """Put a file in its place in one step: at every moment there is the whole new one or the one before.

    Raises OSError; then nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(new, "wb") as file:
            file.write(contents if isinstance(contents, bytes) else contents.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
