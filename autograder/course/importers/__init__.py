"""Find the submissions of a class, whatever platform they were downloaded from.

Each platform is one small Importer in a file of its own.  What it does not recognize is skipped and named; it never
changes the identity of anything else.
"""

from __future__ import annotations

from pathlib import Path

from autograder import submission
from autograder.course.importers.canvas import Canvas
from autograder.course.importers.entries import Entry, Found, Importer, make_id, student, student_from
from autograder.course.importers.github_classroom import GithubClassroom
from autograder.course.importers.gradescope import Gradescope
from autograder.course.importers.moodle import Moodle
from autograder.course.importers.pattern import PRESETS, Pattern
from autograder.course.importers.plain import Plain
from autograder.course.importers.source import Folder, Source, open_source, open_zip, programs
from autograder.errors import UserError
from autograder.submission import shown, shown_path

__all__ = ["FORMS", "Entry", "Found", "find", "make_id", "student", "student_from"]


PLATFORMS: tuple[Importer, ...] = (Gradescope(), Moodle(), Canvas(), GithubClassroom(), *PRESETS)
PLAIN = Plain()
FORMS = tuple(importer.key for importer in (*PLATFORMS, PLAIN))
MAX_WRAPPERS = 3  # folders around everything


def find(path: Path, form: str | None = None, pattern: str | None = None) -> Found:
    """The submissions in a folder or a zip.

    Parameters
    ----------
    path : Path
        The folder or zip that was downloaded.
    form : str, optional
        One of FORMS; without it the form is detected.
    pattern : str, optional
        A regular expression with named groups for everything else.

    Raises
    ------
    UserError
        If nothing is there, if it can't be read, or if one ID belongs to two names.
    """
    source = open_source(path)
    if pattern is not None:
        importer: Importer = Pattern("pattern", "Class by --pattern", pattern)
    elif form is not None:
        importer = next(one for one in (*PLATFORMS, PLAIN) if one.key == form)
    else:
        importer = PLAIN
    detect = form is None and pattern is None
    by_shape = detect or form == PLAIN.key
    for _ in range(MAX_WRAPPERS):
        best = _detect(source) if detect else importer if importer.recognize(source) else None
        if best is not None:
            importer = best
            break
        inner = _unwrapped(source, by_shape)
        if inner is None:
            break
        source = inner
    if importer is PLAIN:
        _refuse_one_submission(source, path)
    entries, skipped = importer.entries(source)
    if not entries:
        folders, files = source.top()
        seen = ", ".join(shown(name) for name in [*folders, *files][:4]) or "nothing"
        raise UserError(
            f"There is nothing to grade in {shown_path(path)}: it has {seen}. Expected: a folder or a .py file for "
            "each student, or a download from Gradescope, Canvas, Moodle or GitHub Classroom. For anything else use "
            "--pattern."
        )
    _refuse_twins(entries)
    return Found(importer.title, entries, [shown(name) for name in skipped])


def _detect(source: Source) -> Importer | None:
    """The platform that most of a folder comes from; None if there is none."""
    folders, files = source.top()
    counts = [(importer.recognize(source), importer) for importer in PLATFORMS]
    most, importer = max(counts, key=lambda pair: pair[0])
    # What else could be students' own work outweighs a name that looks like a platform's by chance.
    return importer if most and 2 * most >= len(folders) + len(programs(files)) else None


def _unwrapped(source: Source, detect: bool) -> Source | None:
    """What is in the one folder, or the one zip, around everything; None if this is the class itself."""
    folders, files = source.top()
    if programs(files):
        return None
    if not folders and len(files) == 1 and files[0].lower().endswith(".zip"):
        inner_zip = source.path / files[0] if isinstance(source, Folder) else source.open(files[0])
        return open_zip(inner_zip, shown(files[0]))
    strong = [name for name in folders[:20] if detect and _is_export(source.inside(name))]
    if len(strong) == 1:
        return source.inside(strong[0])
    if len(folders) != 1:
        return None
    inner = source.inside(folders[0])
    inside, names = inner.top()
    work = programs(names)
    zips = [name for name in names if name.lower().endswith(".zip")]
    if not detect or _detect(inner) is not None or (not work and (inside or len(zips) > 1)):
        return inner
    # One folder of many programs is a class, unless one of them is the file that is asked for: then it is a student.
    return inner if len(work) > 1 and not any(name.lower().startswith("neural_net") for name in work) else None


def _is_export(source: Source) -> bool:
    """Whether a folder is a download that can't be mistaken."""
    return any(importer.recognize(source) for importer in PLATFORMS[:2])


def _refuse_one_submission(source: Source, path: Path) -> None:
    if any(name.lower() == submission.NAME for name in source.top()[1]):
        raise UserError(
            f"{shown_path(path)} looks like one submission: it has a file {submission.NAME}. Grade it with: python -m "
            "autograder grade PATH. A class has a folder for each student, or files that are named after them."
        )


def _refuse_twins(entries: list[Entry]) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        other = seen.setdefault(entry.id.lower(), entry)
        if other is not entry:
            raise UserError(
                f"{other.file} and {entry.file} have the same ID, {entry.id}. Nothing was graded. Rename one of them."
            )
