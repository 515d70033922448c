"""Moodle: Download all submissions, with or without "Download submissions in folders".

Names are made by mod/assign/classes/downloader.php (locallib.php before 4.1) of moodle/moodle:

    NAME_NUMBER_assignsubmission_PLUGIN/FILE      in folders; before 4.1 with _ at the end of the folder's name
    NAME_NUMBER_assignsubmission_PLUGIN_FILE      without folders

NAME is the student's, "Participant" in the course's language if names are hidden, or the group's.  Before 4.1 the name
of a group and a hyphen come before it; without a selected group the hyphen stands alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from autograder.course.importers.entries import Importer, Piece, student
from autograder.course.importers.source import Source

_FORM = re.compile(r"(?P<name>.*?)(?:_(?P<number>\d+))?_assignsubmission_(?P<plugin>[a-z0-9]+)(?:_(?P<file>.*))?", re.S)
_PARTICIPANT = re.compile(
    r"participant\w*|teilnehmer\W?(in)?|deelnemer|deltaker|deltager|participante|partecipante|uczestnik", re.I
)


class Moodle(Importer):
    """Folders or files for each student and each plugin; the files count, and online text only if there are none."""

    key = "moodle"
    title = "Moodle download"

    def pieces(self, source: Source) -> dict[str, Piece | None]:
        folders, files = source.top()
        found: dict[str, Piece | None] = dict.fromkeys([*folders, *files])
        matches = {name: match for name in found if (match := _FORM.fullmatch(name))}
        names = _people({(match["name"], match["number"] or "") for match in matches.values()})
        for place, match in matches.items():
            number = match["number"] or ""
            name, is_group, note = names[match["name"], number]
            found[place] = Piece(
                place, f"group {name}" if is_group else number or match["name"],
                student(name) if is_group else student(name, moodle=number),
                "" if place in folders else match["file"] or match["plugin"], numbered=bool(number) and not is_group,
                rank=match["plugin"] != "file", notes=(note,) if note else (),
            )  # fmt: skip
        return found


def _people(found: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, bool, str]]:
    """For each (name, number): the name without a group's, whether it is a group, and a note for staff.

    The number of a group is no student's, and another student may have it.
    """
    everyone = sorted(found)
    words = Counter(name for name, _ in everyone)
    before = Counter(name.partition("-")[0] for name in words.elements() if "-" in name)
    all_in_groups = sum(before.values()) == len(everyone) and max(before.values(), default=0) > 1
    people: dict[tuple[str, str], tuple[str, bool, str]] = {}
    for name, number in everyone:
        group, hyphen, rest = name.partition("-")
        # A hyphen may belong to the name: Anne-Marie Curie.  A group has a number or an entry of its own, or all are in
        # groups.
        is_prefix = not group or group in words or re.search(r"\d", group) or all_in_groups
        if hyphen and rest and is_prefix:
            people[name, number] = rest, False, f"Group: {group}." if group else ""
        elif number and (_PARTICIPANT.fullmatch(name) or (words[name] > 1 and len(name.split()) == 1)):
            people[name, number] = f"{name} {number}", False, ""
        elif name in before or not number:
            people[name, number] = name, True, f"{name} is a group: name its members in decisions.toml."
        else:
            people[name, number] = name, False, ""
    return people
