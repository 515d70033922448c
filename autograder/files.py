"""Files that are never seen half written."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def put(path: Path, text: str) -> None:
    """Put a text in its place in one step: at every moment there is the whole new one or the one before.

    Raises OSError; then nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            try:
                os.fsync(file.fileno())
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
                    raise  # the others say that this file system has no such call
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
