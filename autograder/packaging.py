"""What goes out: autograder.zip for Gradescope, student.zip for the students.

Both are subsets of the tree, and the same bytes wherever and whenever they are made.  Everything in student.zip is in
its folder student; the data too, which are beside it in the tree.
"""

from __future__ import annotations

import ast
import io
import os
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from autograder import handout, rubric
from autograder.asking.secret import is_published, load_secret
from autograder.sandbox.client import GraderFault

ROOT = Path(__file__).resolve().parent.parent
SOLUTION = "solution/neural_net.py"
SKELETON = "student/neural_net.py"
SECRET = "autograder/secret"
DESK = "autograder/course/"  # stays on the teacher's desk
# Whole folders go in, but only files of these kinds: a stray file is refused, not shipped.
KINDS = frozenset({".py", ".toml", ".md", ".txt", ".ini", ".ipynb", ".css", ".html", ".json", ".svg", ".js"})
MADE = frozenset({"__pycache__", "saved"})  # folders that programs made here; so are those with a dot in front
AUTOGRADER_FILES = ("setup.sh", "run_autograder", "requirements.txt", SOLUTION, "data/semicircle.csv")
STUDENT_FILES = ("data/knots.csv", "data/noisy.csv", "data/semicircle.csv")
# These must be there, or something went wrong with the tree.
AUTOGRADER_MUST = ("autograder/__main__.py", "autograder/rubric.toml")
STUDENT_MUST = (SKELETON, "student/README.md", "student/test_neural_net.py")
EXECUTABLE = frozenset({"setup.sh", "run_autograder"})

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"


class BuildError(Exception):
    """The zips can't be made.  Its text is one line for the teacher."""


def skeleton(source: str) -> str:
    """The students' file: `source` with every marked body replaced by an error that names its function.

    Everything else stays as it is.  Raises BuildError where markers don't pair up inside a function.
    """
    text, _ = _split(source)
    return text


def build(out: Path, root: Path = ROOT) -> list[Path]:
    """Write autograder.zip and student.zip into the folder `out`; return their paths.

    Also writes anew, in the tree, what follows from the solution and the rubric: student/neural_net.py, GRADING.md and
    the figures.  Raises BuildError, and then writes no zip, when a file is missing or out of place, or when the
    hand-out would give away what is hidden.
    """
    stub, secrets = _split(_text(root, SOLUTION))
    if not secrets:
        raise BuildError(f"{SOLUTION} has no {BEGIN} marker: the hand-out would be the solution.")
    grader = _collect(root, AUTOGRADER_FILES, "autograder", AUTOGRADER_MUST)
    _rewrite(root, SKELETON, stub.encode())
    for name, text in handout.texts(_rubric(root)).items():
        _rewrite(root, name, text.encode())

    grader = {name: content for name, content in grader.items() if not name.startswith(DESK)}
    grader[SECRET] = _secret(root)
    student = _collect(root, STUDENT_FILES, "student", STUDENT_MUST)
    for name, content in {**grader, **student}.items():
        if name.endswith(".py"):
            _parse(name, content)
    _refuse_leaks(root, student, secrets)
    student = {name if name.startswith("student/") else f"student/{name}": text for name, text in student.items()}
    figures = _figures(student, _read(root, SOLUTION))
    for name, drawing in figures.items():
        _rewrite(root, name, drawing)

    zips = {out / "autograder.zip": _zip(grader), out / "student.zip": _zip(student | figures)}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, content in zips.items():
            draft = path.with_suffix(".zip.part")
            draft.write_bytes(content)
            os.replace(draft, path)
    except OSError as error:
        raise BuildError(f"can't write into {out}: {error.strerror}.") from None
    return list(zips)


def _split(source: str) -> tuple[str, list[str]]:
    """The skeleton of `source`, and the lines that were taken out."""
    kept: list[str] = []
    taken: list[str] = []
    function, opened = "", 0
    for number, line in enumerate(source.splitlines(keepends=True), start=1):
        if found := re.match(r"def (\w+)", line):
            function = found[1]
        word = line.strip()
        if word == BEGIN:
            if opened:
                raise BuildError(f"{SOLUTION}, line {number}: {BEGIN} again, before the {END} of line {opened}.")
            indent, newline = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
            if not (function and indent):
                raise BuildError(f"{SOLUTION}, line {number}: {BEGIN} is not inside a function.")
            opened = number
            kept.append(f'{indent}raise NotImplementedError("{function} is not written yet"){newline}')
        elif word == END:
            if not opened:
                raise BuildError(f"{SOLUTION}, line {number}: {END} without a {BEGIN}.")
            opened = 0
        else:
            (taken if opened else kept).append(line)
    if opened:
        raise BuildError(f"{SOLUTION}, line {opened}: {BEGIN} without an {END}.")
    return "".join(kept), taken


def _secret(root: Path) -> bytes:
    """The term's secret; the published one is refused."""
    try:
        secret = load_secret(root / SECRET)
    except GraderFault as error:
        raise BuildError(str(error)) from None
    if is_published(secret):
        raise BuildError(f"{SECRET} is missing: the hidden inputs would be public. Run `.venv/bin/autograder term`.")
    return f"{secret.hex()}\n".encode()


def _text(root: Path, name: str) -> str:
    try:
        return _read(root, name).decode("utf-8")
    except UnicodeDecodeError:
        raise BuildError(f"{name} is not UTF-8 text.") from None


def _read(root: Path, name: str) -> bytes:
    """The file with Unix line ends, which a checkout on Windows may have lost and Gradescope needs."""
    path = root / name
    if path.is_symlink():
        raise BuildError(f"{name} is a link: put the file itself there.")
    try:
        return path.read_bytes().replace(b"\r\n", b"\n")
    except FileNotFoundError:
        raise BuildError(f"{name} is missing.") from None
    except OSError as error:
        raise BuildError(f"{name} can't be read: {error.strerror}.") from None


def _rewrite(root: Path, name: str, content: bytes) -> None:
    path = root / name
    try:
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise BuildError(f"{name} can't be written: {error.strerror}.") from None


def _rubric(root: Path) -> rubric.Rubric:
    try:
        return rubric.load(root / "autograder" / "rubric.toml")
    except rubric.RubricError as error:
        raise BuildError(str(error)) from None


def _figures(student: dict[str, bytes], solution: bytes) -> dict[str, bytes]:
    old = {name for name in student if name.startswith("student/figures/")}
    try:
        return handout.figures({name: text for name, text in student.items() if name not in old}, solution)
    except handout.DrawingError as error:
        raise BuildError(f"{error}") from None


def _collect(root: Path, names: Iterable[str], folder: str, must: Iterable[str]) -> dict[str, bytes]:
    """The named files and everything in `folder`, as {path in the tree: content}."""
    files = {name: _read(root, name) for name in names}
    for directory, inside, here in os.walk(root / folder):
        inside[:] = [name for name in inside if name not in MADE and not name.startswith(".")]
        for entry in [*inside, *here]:
            path = Path(directory, entry)
            name = path.relative_to(root).as_posix()
            if entry.startswith(".") or (path.is_dir() and not path.is_symlink()):
                continue
            if name.startswith(SECRET):
                continue  # it is packed by itself, and the one before not at all
            if path.suffix not in KINDS and not path.is_symlink():
                raise BuildError(f"{name} is not a kind of file that goes out: remove it, or add it to KINDS here.")
            files[name] = _read(root, name)
    for name in must:
        if name not in files:
            raise BuildError(f"{name} is missing.")
    return files


def _parse(name: str, content: bytes) -> None:
    try:
        ast.parse(content)
    except SyntaxError as error:
        raise BuildError(f"{name}, line {error.lineno}, is not valid Python: {error.msg}.") from None
    except ValueError:
        raise BuildError(f"{name} is not valid Python.") from None


def _refuse_leaks(root: Path, student: dict[str, bytes], secrets: list[str]) -> None:
    """Raise BuildError when a student's file holds a line of the solution, the secret, or a hidden test."""
    # Short lines, `return e1, h, yhat`, say nothing.
    code = {line for line in map(_squeeze, secrets) if len(line) >= 16 and not line.startswith("#")}
    secret = _secret(root).strip()
    hidden_tests = {path.read_bytes() for path in (root / "autograder/hidden_tests").glob("*.py")} - {b""}
    for name, content in student.items():
        text = content.decode("utf-8", "replace")
        squeezed = _squeeze(text)
        if BEGIN in text or END in text or any(line in squeezed for line in code):
            raise BuildError(f"{name} gives away the solution: take the lines of {SOLUTION} out of it.")
        if secret in content:
            raise BuildError(f"{name} gives away {SECRET}: remove it, and run `.venv/bin/autograder term` again.")
        if content in hidden_tests:
            raise BuildError(f"{name} is a hidden test: remove it from the hand-out.")


def _squeeze(text: str) -> str:
    """Code without blanks and line ends, with one kind of quotes, and as it is outside a notebook's backslashes."""
    return re.sub(r"[\s\\]", "", text).replace("'", '"')


def _zip(files: dict[str, bytes]) -> bytes:
    """The files, sorted, dated 1980, stored: two builds of zlib may compress to different bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, whatever this machine is
            mode = 0o755 if name in EXECUTABLE else 0o600 if name == SECRET else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()
