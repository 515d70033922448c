"""Find the submissions of a class, whatever platform they were downloaded from.

Each platform is one small Importer in a file of its own.  What it does not recognize is skipped and named; it never
changes the identity of anything else.
"""

from __future__ import annotations

import contextlib
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
    """The submissions in a folder or a zip, as it was downloaded.

    `form` is one of FORMS, without which it is detected; `pattern` is a regular expression with named groups for
    everything else.  Raises UserError if there is nothing, if it can't be read, or if one ID belongs to two names.
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
    beside: list[str] = []  # what lies around the class
    for _ in range(MAX_WRAPPERS):
        best = _detect(source) if detect else importer if importer.recognize(source) else None
        if best is not None:
            importer = best
            break
        inner = _unwrapped(source, by_shape)
        if inner is None:
            break
        beside += [name for names in (*source.top(), source.left_out()) for name in names if name != inner[0]]
        source = inner[1]
    if importer is PLAIN:
        _refuse_one_submission(source, path)
        if detect:
            _refuse_sections(source, path)
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
    skipped = list(dict.fromkeys([*skipped, *source.left_out(), *beside]))
    return Found(importer.title, entries, [shown(name) for name in skipped])


def _detect(source: Source) -> Importer | None:
    """The platform that most of a folder comes from; None if there is none."""
    folders, files = source.top()
    counts = [(importer.recognize(source), importer) for importer in PLATFORMS]
    most, importer = max(counts, key=lambda pair: pair[0])
    # What else could be students' own work outweighs a name that looks like a platform's by chance.
    return importer if most and 2 * most >= len(folders) + len(programs(files)) else None


def _unwrapped(source: Source, detect: bool) -> tuple[str, Source] | None:
    """The one folder, or the one zip, that has everything, and its name; None if this is the class itself."""
    folders, files = source.top()
    zips = _zips(files)
    if programs(files):
        return None
    if not folders and len(zips) == 1:
        inner: Source = _opened(source, zips[0])
        if len(files) == 1 or _download(inner):
            return zips[0], inner
    # A download of Gradescope or Moodle can't be mistaken.
    inners = {name: source.inside(name) for name in folders[:20]} if detect or len(folders) == 1 else {}
    sure = [name for name, one in inners.items() if detect and any(p.recognize(one) for p in PLATFORMS[:2])]
    if len(sure) == 1:
        return sure[0], inners[sure[0]]
    if len(folders) != 1:
        return None
    name, inner = folders[0], inners[folders[0]]
    inside, names = inner.top()
    work = programs(names)
    if not detect or _detect(inner) is not None or (not work and (inside or len(_zips(names)) > 1)):
        return name, inner
    # One folder of many programs is a class, unless one of them is the file that is asked for: then it is a student.
    is_student = any(one.lower().startswith("neural_net") for one in work)
    return (name, inner) if len(work) > 1 and not is_student else None


def _download(source: Source) -> Importer | None:
    """The platform that a folder comes from, or the only folder in it."""
    around = source.top()[0]
    return _detect(source) or (_detect(source.inside(around[0])) if len(around) == 1 else None)


def _opened(source: Source, name: str) -> Source:
    """A zip in a class.  Raises UserError."""
    return open_zip(source.path / name if isinstance(source, Folder) else source.open(name), shown(name))


def _zips(names: list[str]) -> list[str]:
    return [name for name in names if name.lower().endswith(".zip")]


def _refuse_one_submission(source: Source, path: Path) -> None:
    if any(name.lower() == submission.NAME for name in source.top()[1]):
        raise UserError(
            f"{shown_path(path)} looks like one submission: it has a file {submission.NAME}. Grade it with: python -m "
            "autograder grade PATH. A class has a folder for each student, or files that are named after them."
        )


def _refuse_sections(source: Source, path: Path) -> None:
    """Several downloads in one folder, one for each section of a course, aren't one class of as many students."""
    folders, files = source.top()
    parts, sections = [*folders, *_zips(files)][:20], []
    for name in parts:
        with contextlib.suppress(UserError):  # a zip that can't be read is a student's
            inner = source.inside(name) if name in folders else _opened(source, name)
            if _download(inner) and submission.NAME not in inner.top()[1]:
                sections.append(name)
    if 2 * len(sections) > len(parts):
        raise UserError(
            f"{shown_path(path)} has a whole download in {', '.join(map(shown, sections[:4]))}, as of sections of a "
            "course. Grade one at a time, each with its own --out. If each is one student's, give --form plain."
        )


def _refuse_twins(entries: list[Entry]) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        other = seen.setdefault(entry.id.lower(), entry)
        if other is not entry:
            raise UserError(
                f"{other.file} and {entry.file} have the same ID, {entry.id}. Nothing was graded. Rename one of them."
            )
