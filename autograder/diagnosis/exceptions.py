"""What an exception or a syntax error means, in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from autograder.asking.failures import ErrorInfo

SYNTAX = (
    (r"never closed", "a bracket is opened and not closed, in this line or before it."),
    (r"unmatched|does not match", "a bracket is closed that was not opened, or another kind was."),
    (r"U\+201[89CD]", "these are typographic quotes, as a word processor makes them. Type straight quotes: \" or '."),
    (
        r"invalid (non-printable )?character",
        "there is a character that Python does not know, often copied from a PDF or a web page.",
    ),
    (r"inconsistent use of tabs", "tabs and spaces are mixed. Indent with spaces only."),
    (r"unindent|unexpected indent|expected an indented block", "the lines of a block must start in the same column."),
    (r"Missing parentheses in call to 'print'", "print needs parentheses: print(...)."),
    (r"expected ':'", "a colon is missing at the end of the line."),
    (r"invalid syntax. Perhaps you forgot a comma", "perhaps a comma or an operator is missing."),
    (r"unterminated", "a string in quotes does not end."),
)


def syntax(error: ErrorInfo) -> str:
    """What a syntax error means; empty if nothing is known about it."""
    return next((meaning for pattern, meaning in SYNTAX if re.search(pattern, error.message)), "")


def exception(error: ErrorInfo, sizes: Mapping[str, int]) -> str:
    """What an exception means, with sizes as letters where they can be told apart; empty if nothing is known."""
    letters = {v: k for k, v in sizes.items()} if len(set(sizes.values())) == len(sizes) else {}

    def size(number: str) -> str:
        value = int(number)
        return f"{value} ({letters[value]})" if value in letters else number

    for pattern, meaning in _BY_MESSAGE:
        match = re.search(pattern, error.message)
        if match:
            return meaning(match, size)
    return _BY_TYPE.get(error.type, "")


_Meaning = Callable[["re.Match[str]", Callable[[str], str]], str]
_BY_MESSAGE: tuple[tuple[str, _Meaning], ...] = (
    (
        r"core dimension .*\(size (\d{1,4}) is different from (\d{1,4})\)",
        lambda m, size: f"in a product @ the inner sizes differ: {size(m[2])} on the left, {size(m[1])} on the right. "
        "Write down both shapes. Is a .T missing, or is it the wrong matrix?",
    ),
    (
        r"shapes (\([\d,]{1,12}\)) and (\([\d,]{1,12}\)) not aligned",
        lambda m, _: f"in a product of the shapes {m[1]} and {m[2]} the inner sizes differ. Is a .T missing, or is it "
        "the wrong matrix?",
    ),
    (
        r"could not be broadcast together with shapes ((?:\([\d,]{1,12}\) ?)+)",
        lambda m, _: f"arrays of the shapes {m[1].strip()} can't be combined element by element.",
    ),
    (
        r"name '(\w{1,40})' is not defined",
        lambda m, _: f"there is no variable or module named {m[1]} at that place. Is it spelled differently, not "
        "imported, or a global of your notebook?",
    ),
    (r"assignment destination is read-only|output array is read-only", lambda m, _: "the function writes into an argument. Make a new array instead."),
    (r"null bytes", lambda m, _: "the file holds bytes that are not text. Save it again as UTF-8."),
)  # fmt: skip
_BY_TYPE = {
    "UnboundLocalError": "a variable is used before anything was assigned to it.",
    "OverflowError": "a number is too large for math.exp. np.exp gives inf instead, and 1 / (1 + inf) is 0, as it should be.",
    "MemoryError": "the program asked for more memory than it may use (512 MB).",
    "RecursionError": "the function calls itself without end.",
    "SystemExit": "the function ends the program with exit(). It must return instead.",
    "EOFError": "the program asks for input, and nobody is there to type it.",
}
