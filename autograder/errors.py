"""The one exception for mistakes of whoever runs the grader: it is printed as one line, without a traceback."""

from __future__ import annotations


class UserError(Exception):
    """Something about the call or the files given to it; the text says what, where, and what to do next."""
