"""The exceptions for whoever runs the grader: they are printed as one line, without a traceback."""

from __future__ import annotations


class UserError(Exception):
    """Something about the call or the files given to it; the text says what, where, and what to do next."""


class Unreadable(UserError):
    """A file of the class can't be read, for a reason that is not the student's: its submission has no grade."""
