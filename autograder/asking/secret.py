"""The term's secret: 128 bits that all hidden inputs are made from, in a file of its own that git does not track."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from autograder.sandbox.client import ROOT, GraderFault

FILE = ROOT / "autograder" / "secret"
# Published, so that the grader can be tried without a term.  `build` refuses to pack it.
TEST_SECRET = bytes.fromhex("7f3a0c51d2e94b68a5170e8cfb263d94")


@functools.cache
def load_secret(path: Path = FILE) -> bytes:
    """Read the secret; without the file, the published test secret.  Raises GraderFault."""
    try:
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return TEST_SECRET
    except (OSError, UnicodeDecodeError) as error:
        raise GraderFault(f"autograder/secret can't be read: {error}") from None
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != 16:
        raise GraderFault("autograder/secret must hold 32 hex digits. `.venv/bin/autograder term` makes a new one.")
    return secret


def is_published(secret: bytes) -> bool:
    """Whether everybody may know this secret."""
    return secret == TEST_SECRET


def new_secret() -> bytes:
    """Draw a secret from the system's randomness."""
    return os.urandom(16)
