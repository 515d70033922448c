"""Why a file can't be read as Python: another kind of file, another version of Python, or a mistake in a line."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from autograder.asking.failures import ErrorInfo
from autograder.sandbox.worker.evidence import parsed

RUNNING = sys.version_info[:2]
INSIDE = "with another name. Hand in the file inside it."
# How files begin that are something else, and what to do.  Bytes that aren't text were read as Latin-1.
_FILES = (
    (r"\{\\rtf", "a document in RTF, as TextEdit or Word saves it. Save it as plain text."),
    (r"%PDF", "a PDF. Hand in the Python file itself."),
    (r"PK(\x03\x04|\x05\x06)", f"a zip archive (or an Office document) {INSIDE}"),
    (r"Rar!|7z\xbc\xaf|\x1f\x8b|BZh\d|\xfd7zXZ|[\s\S]{257}ustar", f"an archive {INSIDE}"),
    (r"version https://git-lfs",
     "a pointer of Git LFS, not the file itself. Run `git lfs pull`, or upload the file by hand."),
    (r"(?i)\s*<(!doctype html|html|\?xml|head|body)",
     'a web page. Download the file itself: on GitHub, the button "Download raw file".'),
    (r"bplist00|\xd0\xcf\x11\xe0|\x89PNG|\xff\xd8\xff|GIF8\d|\x7fELF|MZ.\x00",
     "a binary file. Hand in the Python file itself."),
)  # fmt: skip

# How every line begins in what was copied from somewhere.
_COPIED = (
    (r"[+-]|@@ |diff |index ", "is a patch: its lines begin with + or -. Hand in the file itself."),
    (r"\s*\d+([\s:|.]|$)", "was copied with line numbers. Hand in the file itself."),
    (r">>>|\.\.\.", "was copied from an interpreter, with its prompts. Remove them."),
)

_DEF = r"def(?=.*\]\s*\()"  # of a function whose arguments are not in the brackets themselves
# The Python that a construct needs, its name, and how its line looks.
_NEWER = (
    ((3, 11), "except*", r"^\s*except\s*\*"),
    ((3, 13), "a default of a type parameter", rf"^\s*(?:async\s+)?(?:{_DEF}|class|type)\s+\w+\s*\[[^\]]*="),
    ((3, 12), "a type parameter in [ ]", rf"^\s*(?:async\s+)?(?:{_DEF}|class)\s+\w+\s*\[\s*\*{{0,2}}\w+"),
    ((3, 12), "the statement `type`", r"^\s*type\s+[A-Za-z_]\w*\s*(?:\[.*\]\s*)?="),
    ((3, 14), "a template string t\"...\"", r"(?<![\w'\"])(?:[tT][rR]?|[rR][tT])[\"']"),
    ((3, 14), "except without parentheses", r"^\s*except\s+[A-Z]\w*(?:\s*,\s*[A-Z]\w*)+\s*:"),
    ((3, 12), "using the same quotes inside an f-string",
     r"""(?<!\w)[rR]?[fF][rR]?(["'])(?:(?!\1)[^{])*\{(?:(?!\1)[^}])*\1[^}]*\}"""),
    ((3, 12), "a backslash inside the braces of an f-string",
     r"""(?<!\w)[rR]?[fF][rR]?(["'])(?:(?!\1).)*\{[^}]*\\[^}]*\}"""),
    ((3, 12), "a new line inside the braces of an f-string",
     r"""^[^\n"'#]*[fF][rR]?(["'])(?!\1)[^{}\n"']*\{[^{}"']*\n[^{}"']*\}[^"'\n]*\1"""),
)  # fmt: skip

_LINES = (
    (r"^(<{7}|={7}|>{7}|\|{7})( |$)",
     "this is a mark of a merge conflict of git: two versions stand one below the other. Keep one of them, and remove "
     "the lines with <<<<<<<, ======= and >>>>>>>."),
    (r"^\s*(%{1,2}[A-Za-z]|![A-Za-z])",
     "a line that begins with % or ! is a command of a notebook, not Python. Remove it."),
    (r"^\s*(\?{1,2}[\w.]+|[\w.]+\?{1,2})\s*$", "a name with ? is a command of a notebook, not Python. Remove it."),
    (r"^\s*(>>> |In \[\d*\]:)", "this was copied with the prompt of an interpreter. Remove the prompt."),
    (r"^\s*```", "this mark belongs to Markdown, not to Python. Remove it."),
    (r"^\s*(pip3?|conda) +install ", "this is a command for a terminal, not Python. Remove it."),
    (r"^\s*print\s+[^\s(=.,\[]", "print needs parentheses: print(...). Without them it is Python 2."),
    (r"^\s*except\s+[\w.]+\s*,\s*[a-z]\w*\s*:", "this is Python 2. Write `except Error as name:`."),
    (r"^\s*raise\s+\w+\s*,", "this is Python 2. Write `raise Error(...)`."),
    (r"^\s*else\s+if\b", "Python writes `elif` for this."),
)  # fmt: skip
_MESSAGES = (
    (r"U\+201[89ABCDEF]|U\+00AB|U\+00BB",
     "these are typographic quotes, as a word processor makes them. Type straight quotes: \" or '."),
    (r"null bytes", "the file holds bytes that are not text. Save it again as UTF-8."),
    (r"U\+(00A0|200B|FEFF|2003|2009|202F)",
     "there is an invisible character, often copied from a web page. Type the spaces again."),
    (r"U\+(2212|2013|2014)", "this is a dash from a word processor. Type a minus: -."),
    (r"invalid (non-printable )?character",
     "there is a character that Python does not know, often copied from a PDF or a web page."),
    (r"inconsistent use of tabs", "tabs and spaces are mixed. Indent with spaces only."),
    (r"never closed", "a bracket is opened and not closed, in this line or before it."),
    (r"unmatched|closing parenthesis.* does not match",
     "a bracket is closed that was not opened, or another kind was."),
    (r"expected an indented block", "a line that ends with : opens a block, and nothing indented follows it."),
    (r"unindent|unexpected indent", "the lines of a block must start in the same column."),
    (r"Missing parentheses in call to 'print'", "print needs parentheses: print(...). Without them it is Python 2."),
    (r"expected ':'", "a colon is missing in this line, or something stands before it that does not belong there."),
    (r"expected '\('", "a function's arguments follow its name in parentheses, as in `def f(a, b):`."),
    (r"cannot assign to (?!attribute|subscript)",
     "= assigns; a comparison is ==. Only a name, or a part of an array or dict, can stand on the left."),
    (r"Maybe you meant '=='|cannot assign to",
     "= assigns, and that can't be done here. A comparison is ==. Or is a bracket above opened and not closed?"),
    (r"Perhaps you forgot a comma", "perhaps a comma or an operator is missing."),
    (r"unterminated", "a string in quotes does not end."),
    (r"'return' outside function", "this return stands outside of a function. Is it indented?"),
)  # fmt: skip


def file_kind(lines: Sequence[str]) -> str:
    """What a file is if it isn't a Python program: a sentence, or nothing."""
    if not any(line.strip() for line in lines):
        return "neural_net.py is empty. Was it saved before you handed it in?"
    if not any(line.strip("\0 \t\f") for line in lines):
        return ("neural_net.py holds only zero bytes: a cloud drive (such as OneDrive) had not loaded it yet. Open it, "
                "check it, and hand it in again.")  # fmt: skip
    written = [line for line in lines[:400] if line.strip()]
    for pattern, what in _COPIED:
        if len(written) > 3 and all(re.match(pattern, line) for line in written):
            return f"neural_net.py {what}"
    text = "\n".join(lines[:400])[:40_000].lstrip("\ufeff")
    if re.match(r"\s*\{", text) and re.search(r'"(cells|nbformat|cell_type)"\s*:', text):
        return "neural_net.py is a notebook with another name. Export it as a Python script (.py)."
    kind = next((kind for pattern, kind in _FILES if re.match(pattern, text)), "")
    return f"neural_net.py is {kind}" if kind else ""


def syntax(error: ErrorInfo, lines: Sequence[str]) -> str:
    """What a syntax error means; empty if nothing is known about it."""
    at = error.line if error.line and 0 < error.line <= len(lines) else len(lines) + 1
    here, below = "".join(lines[at - 1 : at]), "".join(lines[at : at + 1])
    cut = _of_line(below) if "expected an indented block" in error.message else ""
    return (
        _of_line(here)
        or (cut and f"the line below ends this block: {cut}")
        or ("a colon is missing at the end of the line." if _lacks_only_a_colon(error, here) else "")
        or _newer(here, "\n".join(lines[at - 1 : at + 9]))
        or next((meaning for pattern, meaning in _MESSAGES if re.search(pattern, error.message)), "")
    )


def _of_line(line: str) -> str:
    return next((meaning for pattern, meaning in _LINES if re.search(pattern, line)), "")


def _lacks_only_a_colon(error: ErrorInfo, line: str) -> bool:
    return "expected ':'" in error.message and (line.strip() in ("else", "try", "finally") or bool(parsed(line + ":")))


def _newer(line: str, following: str) -> str:
    """Whether a line needs a newer Python than the one that runs; `following`: with the lines that follow it."""
    for needed, what, pattern in _NEWER:
        if needed > RUNNING and re.search(pattern, following if "\\n" in pattern else line):
            have, need = (".".join(map(str, version)) for version in (RUNNING, needed))
            return f"{what} needs Python {need}; the grader runs Python {have}. Write it in the older way."
    return ""
