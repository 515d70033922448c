"""A folder, a Python file, a notebook or a zip for each student, named after the student."""

from __future__ import annotations

from collections.abc import Callable

from autograder import submission
from autograder.course.importers.entries import Entry, Importer, make_id, student
from autograder.course.importers.source import Source, choose, in_folder, open_zip, programs
from autograder.errors import UserError
from autograder.submission import Submission, shown


class Plain(Importer):
    """What is in nobody's form."""

    key = "plain"
    title = "Plain class"

    def recognize(self, source: Source) -> int:
        return 0  # it is what remains

    def entries(self, source: Source) -> tuple[list[Entry], list[str]]:
        folders, files = source.top()
        named: dict[str, list[str]] = {name: [name] for name in folders}
        work = programs(files)
        own = {_stem(name) for name in work} | set(folders)
        for name in files:
            is_zip = name.lower().endswith(".zip")
            if name in work or (is_zip and not _is_class(source, name, own)):
                named.setdefault(_stem(name), []).append(name)
        entries = []
        for who, names in sorted(named.items()):
            if who in folders and len(names) > 1:
                raise UserError(
                    f"{shown(who)} is there twice, as a folder and as the file {shown(names[1])}. Nothing was graded. "
                    "Remove or rename one of them."
                )
            read = _folder(source, who) if who in folders else _files(source, names)
            entries.append(Entry(make_id(who), shown(names[0]), read, (student(who),)))
        used = {name for names in named.values() for name in names}
        return entries, [name for name in files if name not in used]


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _is_class(source: Source, name: str, own: set[str]) -> bool:
    """Whether a zip is the whole class, as it was downloaded."""
    try:
        with source.open(name) as stream:
            folders, files = open_zip(stream, name).top()
    except UserError:
        return False
    return bool(own & {*folders, *map(_stem, files)})


def _folder(source: Source, name: str) -> Callable[[], Submission]:
    files = in_folder(source, name)  # now, so that what vanishes before it is read is missed
    return lambda: choose(source, files)


def _files(source: Source, names: list[str]) -> Callable[[], Submission]:
    """A file that is meant, whatever its name."""

    def read() -> Submission:
        python = [name for name in names if name.lower().endswith(".py")]
        if len(python) != 1:
            return choose(source, {name: name for name in names})
        return choose(source, {submission.NAME: python[0]} | {name: name for name in names if name not in python})

    return read
