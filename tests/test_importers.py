"""Submissions of a class are found, whatever they were downloaded from, and nothing that they say does harm."""

from __future__ import annotations

import io
import os
import re
import stat
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest

from autograder import submission
from autograder.course.importers import PLATFORMS, Entry, Found, entries, find, make_id
from autograder.errors import Unreadable, UserError
from autograder.submission import NAME, is_ignored, shown

ROOT = Path(__file__).resolve().parent.parent
SOLUTION = (ROOT / "solution" / "neural_net.py").read_bytes()
PROGRAM = b"def forward(): pass\n"
OTHER = b"def forward(): return 2\n"
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,90}")
Files = dict[str, "bytes | str"]
METADATA = """\
---
submission_101:
  :submitters:
  - :name: Ada Lovelace
    :sid: 00017
    :email: ada@example.edu
  :created_at: 2026-04-17 21:30:05.123456789 Z
  :score: 71.5
  :results:
    tests:
    - output: |
        --- :submitters: not these
submission_102:
  :submitters:
  - :name: Grace Hopper
    :sid: 18
    :email: grace@example.edu
  - :name: Mary Jackson
    :sid: '19'
    :email: mary@example.edu
  :created_at: 2026-04-17 09:00:00.000000000 -0700
"""


def class_of(folder: Path, files: Files) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def zip_of(files: Files) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return memory.getvalue()


def zipped(path: Path, files: Files) -> Path:
    path.write_bytes(zip_of(files))
    return path


def found(path: Path, **options: str) -> Found:
    one = find(path, **options)
    ids = [entry.id for entry in one.entries]
    assert len({i.lower() for i in ids}) == len(ids)
    assert all(SAFE.fullmatch(i) for i in ids), ids
    return one


def people(one: Found) -> list[tuple[str, str]]:
    """(name, number at the platform or login) of all."""
    rows = [
        (s["name"], s.get("canvas") or s.get("moodle") or s.get("login") or s["sid"])
        for e in one.entries
        for s in e.students
    ]
    return sorted(rows)


def entry(one: Found, name: str) -> Entry:
    return next(e for e in one.entries if any(s["name"] == name for s in e.students) or e.id == name)


def refused(path: Path, **options: str) -> str:
    with pytest.raises(UserError) as caught:
        find(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


CANVAS: Files = {
    "hoppergrace_LATE_4712_98766_neural_net-2.py": PROGRAM,
    "lovelaceada_4711_98765_neural_net.py": PROGRAM,
    "lovelaceada_4711_98764_utils.py": OTHER,
}
MOODLE: Files = {
    "Ada Lovelace_4711_assignsubmission_file_/neural_net.py": PROGRAM,
    "Grace Hopper_4712_assignsubmission_file/neural_net.py": PROGRAM,
    "Grace Hopper_4712_assignsubmission_onlinetext/onlinetext.html": "<p>",
}
EXPORT: Files = {
    "submission_metadata.yml": METADATA,
    "submission_101/neural_net.py": PROGRAM,
    "submission_102/neural_net.py": OTHER,
}
GITHUB: Files = {
    "hw7-ada/neural_net.py": PROGRAM, "hw7-ada/.git/config": "", "hw7-grace-h/neural_net.py": PROGRAM,
    "hw7-grace-h/.git/config": "",
}  # fmt: skip
BLACKBOARD: Files = {
    "HW1_alovelace_attempt_2024-03-01-11-00-00.txt": "Name: Ada",
    "HW1_alovelace_attempt_2024-03-01-11-00-00_neural_net.py": PROGRAM,
    "HW1_alovelace_attempt_2024-03-01-17-00-00_neural_net.py": OTHER,
    "HW1_ghopper_attempt_2024-03-01-11-00-00_neural_net.py": PROGRAM,
}
BRIGHTSPACE: Files = {
    "12-345 - Ada Lovelace - Mar 9, 2024 1100 AM/neural_net.py": PROGRAM,
    "12-345 - Ada Lovelace - Mar 10, 2024 900 AM/neural_net.py": OTHER,
    "13-345 - Grace Hopper - Mar 1, 2024 1100 AM/neural_net.py": PROGRAM,
}
SUBMITTY: Files = {
    "ada/9/neural_net.py": PROGRAM, "ada/10/neural_net.py": OTHER, "ada/user_assignment_settings.json": "{}",
    "grace/1/neural_net.py": PROGRAM,
}  # fmt: skip


def of(*names: str) -> Files:
    """The same program under several names."""
    return dict.fromkeys(names, PROGRAM)


ADA_GRACE = [("Ada Lovelace", "4711"), ("Grace Hopper", "4712")]
ADA_MARIE = [("Ada Lovelace", "12"), ("Anne-Marie Curie", "11")]
# What a class looks like, what it is called, and who is in it.
FORMS: dict[str, tuple[Files, str, list[tuple[str, str]]]] = {
    "canvas": (CANVAS, "Canvas download", [("hoppergrace", "4712"), ("lovelaceada", "4711")]),
    "canvas, one upload of a quiz": (
        of("lovelaceada4711_question_55_98765_neural_net.py", "hoppergrace4712_question_55_98766_neural_net.py"),
        "Canvas download", [("hoppergrace", "4712"), ("lovelaceada", "4711")],
    ),
    "canvas, anonymous": (
        of("anon_q1w2E_98768_neural_net.py", "LATE_anon_zzzzz_98769_neural_net.py"),
        "Canvas download", [("", ""), ("", "")],
    ),
    "canvas, a name of digits": (
        of("4711_5813_98002_neural_net.py", "lovelaceada_4711_98001_neural_net.py"),
        "Canvas download", [("4711", "5813"), ("lovelaceada", "4711")],
    ),
    "moodle": (MOODLE, "Moodle download", ADA_GRACE),
    "moodle, without folders": (
        of("Ada Lovelace_4711_assignsubmission_file_neural_net.py",
           "Grace Hopper_4712_assignsubmission_file_neural_net.py"),
        "Moodle download", ADA_GRACE,
    ),
    "moodle, hidden names": (
        of("Teilnehmerin_11_assignsubmission_file_/neural_net.py",
           "Teilnehmerin_12_assignsubmission_file_/neural_net.py"),
        "Moodle download", [("Teilnehmerin 11", "11"), ("Teilnehmerin 12", "12")],
    ),
    "moodle, group mode": (
        of("-Anne-Marie Curie_11_assignsubmission_file_/neural_net.py",
           "-Ada Lovelace_12_assignsubmission_file_/neural_net.py"),
        "Moodle download", ADA_MARIE,
    ),
    "moodle, a group before every name": (
        of("Blue-Anne-Marie Curie_11_assignsubmission_file_/neural_net.py",
           "Blue-Ada Lovelace_12_assignsubmission_file_/neural_net.py"),
        "Moodle download", ADA_MARIE,
    ),
    "moodle, two groups": (
        of(*(f"{who}_assignsubmission_file_/neural_net.py"
             for who in ("Blue-Ada Lovelace_4711", "Blue-Anne-Marie Curie_11", "Red-Grace Hopper_4712"))),
        "Moodle download", sorted([*ADA_GRACE, ("Anne-Marie Curie", "11")]),
    ),
    "moodle, two of one name": (
        of("Ada Lovelace_4711_assignsubmission_file_/neural_net.py",
           "Ada Lovelace_4712_assignsubmission_file_/neural_net.py"),
        "Moodle download", [("Ada Lovelace", "4711"), ("Ada Lovelace", "4712")],
    ),
    "moodle, hidden names in any language": (
        of("参加者_11_assignsubmission_file_/neural_net.py", "参加者_12_assignsubmission_file_/neural_net.py"),
        "Moodle download", [("参加者 11", "11"), ("参加者 12", "12")],
    ),
    "moodle, groups": (
        of("Team 1-Ada Lovelace_4711_assignsubmission_file_/neural_net.py",
           "Team 1_4711_assignsubmission_file_/neural_net.py"),
        "Moodle download", [("Ada Lovelace", "4711"), ("Team 1", "")],
    ),
    "gradescope": (
        EXPORT, "Gradescope export", [("Ada Lovelace", "00017"), ("Grace Hopper", "18"), ("Mary Jackson", "19")],
    ),
    "github classroom": (GITHUB, "GitHub Classroom download", [("ada", "ada"), ("grace-h", "grace-h")]),
    "blackboard": (BLACKBOARD, "Blackboard download", [("alovelace", "alovelace"), ("ghopper", "ghopper")]),
    "blackboard, logins with underscores": (
        of(*(f"HW_1_{login}_attempt_2024-03-01-11-00-00_neural_net.py" for login in ("a_lovelace", "b_lovelace", "g"))),
        "Blackboard download", [("a_lovelace", "a_lovelace"), ("b_lovelace", "b_lovelace"), ("g", "g")],
    ),
    "brightspace": (BRIGHTSPACE, "Brightspace download", [("Ada Lovelace", "12"), ("Grace Hopper", "13")]),
    "submitty": (SUBMITTY, "Submitty download", [("ada", "ada"), ("grace", "grace")]),
    "folders": (
        {**of("ada/neural_net.py", "Grace Hopper/neural_net.py"), "Grace Hopper/data/x.csv": "1"},
        "Plain class", [("Grace Hopper", ""), ("ada", "")],
    ),
    "files": (of("ada.py", "grace.py"), "Plain class", [("ada", ""), ("grace", "")]),
    "zips": (
        {"ada.zip": zip_of({"hw/neural_net.py": PROGRAM}), "grace.zip": zip_of({"neural_net.py": PROGRAM})},
        "Plain class", [("ada", ""), ("grace", "")],
    ),
}  # fmt: skip
# What lies about in folders of downloads, and is no submission of any platform.
STRAYS: Files = {
    "submissions.zip": zip_of({"lovelaceada_4711_98765_neural_net.py": PROGRAM}), "grades.csv": "Student,ID\n",
    "Icon\r": "", "neural_net.py:Zone.Identifier": "[ZoneTransfer]", "notes for me.txt": "hm",
    "feedback/readme.txt": "", "desktop.ini": "", ".DS_Store": b"\0", "__MACOSX/._x.py": b"\0",
    "solution/neural_net.py": PROGRAM, "2026_11_03_notes.txt": "", "~$grades.xlsx": "", "neural_net (1).py": PROGRAM,
    "ada_4711.txt": "", "hw_7_2_rubric.pdf": "", "old class/ada/notes.txt": "",
    "Ada Lovelace_4711_assignfeedback_file": "",
}  # fmt: skip
# The same for one platform: nearly in its form.
NEARLY: dict[str, Files] = {
    "canvas": {
        "lovelaceada_4711": "", "4711_neural_net.py": PROGRAM, "hoppergrace_LATE_neural_net.py": OTHER,
        "lovelaceada_4711_98765_hw/neural_net.py": OTHER, "lovelaceada-4711-98765-neural_net.py": OTHER,
    },
    "moodle": {
        "Ada Lovelace_4711_assignsubmission_": OTHER, "Ada Lovelace_4711/neural_net.py": OTHER,
        "Ada Lovelace_assignsubmission.py": OTHER, "Ada Lovelace_4711_file_/neural_net.py": OTHER,
        "Feedback_4711_assignfeedback_editpdf/x.pdf": b"",
    },
    "gradescope": {
        "101.txt": "", "submission_101 (1)/neural_net.py": OTHER, "submission_102.zip": zip_of({NAME: OTHER}),
        "submission_101_old/neural_net.py": OTHER, "102 regrade/neural_net.py": OTHER,
    },
    "github classroom": {
        "dotfiles/.git/config": "", "dotfiles/neural_net.py": OTHER, "hw7/neural_net.py": OTHER, "hw7/.git/config": "",
        "HW7-ada/neural_net.py": OTHER, "hw6-ada/neural_net.py": OTHER, "hw6-ada/.git/config": "", "hw7-ada.zip": "",
    },
    "blackboard": {
        "HW1_alovelace_attempt_2024-03-01.py": OTHER, "HW1_alovelace_neural_net.py": OTHER,
        "alovelace/neural_net.py": OTHER, "gc_HW1_2024-03-02.zip": "",
        "HW1_ghopper_attempt_latest_neural_net.py": OTHER,
    },
    "brightspace": {
        "index.html": "", "12-345/neural_net.py": OTHER, "Ada Lovelace - Mar 11, 2024 900 AM/neural_net.py": OTHER,
        "12-345 - Ada Lovelace - Mar 12, 2024 900 AM.zip": "", "12-345 - Ada Lovelace/neural_net.py": OTHER,
    },
    "submitty": {
        "ada.py": OTHER, "grace/current/neural_net.py": OTHER, "ada/neural_net.py": OTHER, "results/grade.txt": "",
        "ada/10.zip": "",
    },
}  # fmt: skip


@pytest.mark.parametrize("place", ["folder", "folder in a folder", "zip", "zip with a folder in it"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_class_is_understood(form: str, place: str, tmp_path: Path) -> None:
    files, title, who = FORMS[form]
    inside = {f"assignment_77_export/{name}": content for name, content in files.items()} if " in " in place else files
    path = tmp_path / ("class.zip" if "zip" in place else "class")
    zipped(path, inside) if "zip" in place else class_of(path, inside)
    one = found(path)
    assert (one.form, people(one), one.skipped) == (title, who, [])
    for each in one.entries:
        work = each.read()
        assert not work.refused, work.refused
        assert not each.missing


def identities(one: Found) -> dict[str, object]:
    """Who everybody is, and what was handed in."""
    return {e.id: (e.students, e.created_at, e.attempts, e.file, e.read()) for e in one.entries}


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("folders", "files", "zips")])
def test_what_fits_nothing_is_named_and_changes_nobodys_identity(form: str, tmp_path: Path) -> None:
    """Each alone, and all at once where the form is told, as there are more of them than of students."""
    files, title, _ = FORMS[form]
    strays = STRAYS | NEARLY.get(form, {})
    key = next(importer.key for importer in PLATFORMS if importer.title == title)
    without = identities(found(class_of(tmp_path / "without", files)))
    for i, (name, content) in enumerate(strays.items()):
        one = found(zipped(tmp_path / f"{i}.zip", {name: content, **files}))
        assert (one.form, identities(one)) == (title, without), name
        if not any(map(is_ignored, name.split("/"))):
            assert any(said.startswith(shown(name.split("/")[0])) for said in one.skipped), name
    every = {**strays, **files}
    for path in (class_of(tmp_path / "class", every), zipped(tmp_path / "class.zip", every)):
        assert identities(found(path, form=key)) == without


@pytest.mark.parametrize("form", ["canvas", "moodle", "gradescope"])
def test_what_lies_around_a_download_is_named(form: str, tmp_path: Path) -> None:
    files, title, who = FORMS[form]
    inside = {f"export/{name}": content for name, content in files.items()}
    for around in ({"class.zip": zip_of(files)}, {"class.zip": zip_of(inside)}, inside):
        if around is inside and form == "canvas":
            continue  # its folder might be a student's
        path = class_of(tmp_path / str(len(list(tmp_path.iterdir()))), {**around, "grades.csv": "", "n.txt": ""})
        one = found(path)
        assert (one.form, people(one), one.skipped) == (title, who, ["grades.csv", "n.txt"])


@pytest.mark.parametrize("form", ["canvas", "moodle", "gradescope", "brightspace", "github classroom"])
def test_sections_are_not_taken_for_students(form: str, tmp_path: Path) -> None:
    """Each in a folder or a zip of its own; where each is a student's all the same, --form plain says so."""
    files = FORMS[form][0]
    place = class_of(tmp_path / "folders", {f"{who}/{name}": text for who in "AB" for name, text in files.items()})
    assert f"{place} has a whole download in A, B, as of sections of a course" in refused(place)
    assert [entry.id for entry in found(place, form="plain").entries] == [make_id("A"), make_id("B")]
    inside = zip_of({f"export/{name}": text for name, text in files.items()})
    place = class_of(tmp_path / "zips", {"A.zip": zip_of(files), "B.zip": inside})
    assert "a whole download in A.zip, B.zip" in refused(place)


def test_a_student_whose_files_have_numbers_is_no_section(tmp_path: Path) -> None:
    files: Files = {f"{who}/{name}": PROGRAM for who in ("ada", "eve") for name in (NAME, "fig_3_1_a.png")}
    assert len(found(class_of(tmp_path, files)).entries) == 2


def test_stray_files_in_a_plain_class_are_skipped_and_named(tmp_path: Path) -> None:
    leftover = zip_of({"ada/neural_net.py": PROGRAM, "grace/neural_net.py": PROGRAM})
    files: Files = {"ada/neural_net.py": PROGRAM, "grace/neural_net.py": PROGRAM, "class.zip": leftover, "=1.txt": b""}
    one = found(class_of(tmp_path, files))
    assert (people(one), one.skipped) == ([("ada", ""), ("grace", "")], ["=1.txt", "class.zip"])


@pytest.mark.parametrize("form", ["canvas", "moodle"])
def test_a_form_can_be_forced(form: str, tmp_path: Path) -> None:
    files: Files = {**dict.fromkeys((f"s{i}.py" for i in range(9)), PROGRAM), **FORMS[form][0]}
    assert found(class_of(tmp_path, files)).form == "Plain class"
    one = found(tmp_path, form=form)
    assert (people(one), len(one.skipped)) == (FORMS[form][2], 9)


def test_a_class_of_one_can_be_forced_to_be_plain(tmp_path: Path) -> None:
    one = found(class_of(tmp_path, {"ada/neural_net.py": PROGRAM}), form="plain")
    assert people(one) == [("ada", "")]


def test_two_folders_of_a_student_are_told(tmp_path: Path) -> None:
    again: Files = {"Ada Lovelace_4711_assignsubmission_file/neural_net.py": OTHER}
    ada = entry(found(class_of(tmp_path, {**MOODLE, **again})), "Ada Lovelace")
    assert (ada.attempts, "several folders" in ada.notes[-1]) == (2, True)


def test_a_teachers_own_numbers_in_file_names_are_not_canvas(tmp_path: Path) -> None:
    one = found(class_of(tmp_path, {"hw_2026_11_ada.py": PROGRAM, "hw_2026_11_grace.py": PROGRAM}))
    assert [e.id for e in one.entries] == ["hw_2026_11_ada", "hw_2026_11_grace"]


def test_two_names_with_one_number_stop_the_run(tmp_path: Path) -> None:
    canvas = class_of(tmp_path / "c", {**CANVAS, "turingalan_4711_98767_neural_net.py": PROGRAM})
    assert "Two names have the ID 4711" in refused(canvas)
    moodle = class_of(tmp_path / "m", {**MOODLE, "Alan Turing_4711_assignsubmission_file_/neural_net.py": PROGRAM})
    assert "'Ada Lovelace'" in refused(moodle)
    metadata = METADATA.replace("'19'", "00017")
    assert "student ID 00017" in refused(class_of(tmp_path / "g", {**EXPORT, "submission_metadata.yml": metadata}))
    assert "ada is there twice" in refused(class_of(tmp_path / "p", {"ada.py": PROGRAM, "ada/neural_net.py": PROGRAM}))


# --- attempts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({**CANVAS, "lovelaceada_4711_99999_neural_net-1.py": OTHER}, "lovelaceada"),
        (BLACKBOARD, "alovelace"),
        (BRIGHTSPACE, "Ada Lovelace"),
        (SUBMITTY, "ada"),
    ],
    ids=["canvas", "blackboard", "brightspace", "submitty"],
)
def test_the_newest_attempt_counts_and_is_told(files: Files, name: str, tmp_path: Path) -> None:
    one = entry(found(class_of(tmp_path, files)), name)
    assert one.read().files[NAME] == OTHER
    assert one.attempts == 2
    assert "newest" in one.notes[-1]


def test_brightspaces_times_are_read_to_the_minute(tmp_path: Path) -> None:
    place = "12-345 - Ada Lovelace - Oct 6, 2026 {}/neural_net.py"
    files: Files = {place.format("1130 AM"): OTHER, place.format("105 PM"): PROGRAM, place.format("430 PM"): SOLUTION}
    assert found(class_of(tmp_path, files)).entries[0].read().files[NAME] == SOLUTION
    (tmp_path / place.format("430 PM")).unlink()
    (tmp_path / place.format("430 PM")).parent.rmdir()
    assert found(tmp_path).entries[0].read().files[NAME] == PROGRAM


def test_submittys_active_version_counts_and_a_cancelled_one_is_none(tmp_path: Path) -> None:
    actives = {"ada": "9", "grace": "0", "mary": "7", "eve": '"x"', "joan": "1"}
    files: Files = {f"{login}/{v}/neural_net.py": OTHER for login in ("ada", "mary", "eve") for v in ("1", "10")}
    files |= {"ada/9/neural_net.py": PROGRAM, "grace/1/neural_net.py": PROGRAM, "joan/1/neural_net.py": PROGRAM}
    files |= {f"{login}/user_assignment_settings.json": f'{{"active_version": {v}}}' for login, v in actives.items()}
    one = found(class_of(tmp_path, files))
    ada, eve, grace, joan, mary = one.entries
    assert (ada.read().files[NAME], ada.notes) == (PROGRAM, ("3 versions were found: the active one, 9, was graded.",))
    assert "cancelled" in grace.missing
    assert (ada.missing, eve.missing, joan.missing, joan.notes, one.skipped) == ("", "", "", (), [])
    assert "active version, 7, is not in the download" in mary.notes[0]
    assert "newest, 10" in eve.notes[0]


def test_a_file_with_a_missing_submissions_number_is_not_it(tmp_path: Path) -> None:
    files = {"submission_metadata.yml": METADATA, "submission_102/neural_net.py": PROGRAM, "grades of 101.csv": ""}
    one = found(class_of(tmp_path, files))
    assert (bool(entry(one, "Ada Lovelace").missing), one.skipped) == (True, ["grades of 101.csv"])


def test_of_two_exports_put_together_the_newer_submission_counts(tmp_path: Path) -> None:
    again = METADATA.split("submission_102")[0].replace("---\n", "").replace("_101", "_201").replace("04-17", "04-18")
    files = {**EXPORT, "submission_metadata.yml": METADATA + again, "submission_201/neural_net.py": OTHER}
    one = found(class_of(tmp_path, files))
    assert [e.id for e in one.entries] == ["submission_102", "submission_201"]
    assert entry(one, "Ada Lovelace").attempts == 2


# --- Canvas and Moodle ------------------------------------------------------------------------------------------------


def test_canvas_files_keep_their_names_and_lateness(tmp_path: Path) -> None:
    one = found(class_of(tmp_path, CANVAS))
    ada, grace = entry(one, "lovelaceada"), entry(one, "hoppergrace")
    assert set(ada.read().files) == {NAME, "utils.py"}
    assert (grace.read().files, grace.read().notes) == ({NAME: PROGRAM}, ())
    assert "late" in grace.notes[0]
    assert (ada.id, grace.id) == ("lovelaceada_4711", "hoppergrace_4712")


def test_of_three_versions_the_newest_is_told_and_the_name_of_what_is_graded_kept(tmp_path: Path) -> None:
    long = "x" * 60
    ends = "98765_neural_net.py", "98766_neural_net-1.py", "98767_neural_net-2.py", "98768_readme.txt"
    files: Files = {f"{long}_4711_{end}": PROGRAM for end in ends}
    (ada,) = found(class_of(tmp_path, files)).entries
    assert ada.upload == f"{long}_4711_98767_neural_net-2.py"
    (note,) = ada.notes
    assert note.startswith("There are several versions of neural_net.py: ")
    assert "-2.py, the newest, counts." in note


def test_a_text_entry_is_a_submission_without_a_program(tmp_path: Path) -> None:
    one = found(
        class_of(tmp_path, {"lovelaceada_4711_text.html": "<p>", "hoppergrace_4712_98768_neural_net.py": PROGRAM})
    )
    assert "Expected: one file named neural_net.py" in entry(one, "lovelaceada").read().refused
    text: Files = {"Ada Lovelace_4711_assignsubmission_onlinetext_/onlinetext.html": "<p>"}
    assert "Found: onlinetext.html" in found(class_of(tmp_path / "m", text)).entries[0].read().refused


def test_a_zip_that_is_handed_in_is_the_submission(tmp_path: Path) -> None:
    hw = zip_of({"hw/neural_net.py": PROGRAM, "hw/helper.py": OTHER, "hw/.DS_Store": b"x"})
    canvas = found(class_of(tmp_path / "c", {**CANVAS, "turingalan_4713_98770_hw1.zip": hw}))
    assert set(entry(canvas, "turingalan").read().files) == {NAME, "helper.py"}
    moodle = {**MOODLE, "Alan Turing_4713_assignsubmission_file_/hw1.zip": hw}
    for path in (class_of(tmp_path / "m", moodle), zipped(tmp_path / "m.zip", moodle)):
        assert entry(found(path), "Alan Turing").read().files[NAME] == PROGRAM


# --- Gradescope -------------------------------------------------------------------------------------------------------


def test_gradescopes_export_says_who_and_when(tmp_path: Path) -> None:
    ada, group = found(class_of(tmp_path, EXPORT)).entries
    assert ada.students == ({"name": "Ada Lovelace", "email": "ada@example.edu", "sid": "00017"},)
    assert ada.created_at == "2026-04-17T21:30:05.123456+00:00"
    assert [s["name"] for s in group.students] == ["Grace Hopper", "Mary Jackson"]
    assert group.created_at == "2026-04-17T09:00:00-07:00"


def test_a_submission_without_files_is_named_and_no_fault(tmp_path: Path) -> None:
    files = {name: content for name, content in EXPORT.items() if "102/" not in name}
    lost = entry(found(class_of(tmp_path, files)), "Grace Hopper")
    assert "no files" in lost.missing


def test_folders_of_other_export_versions_are_found_by_number(tmp_path: Path) -> None:
    files = {name.replace("submission_101/", "assignment_7_submission_101/"): data for name, data in EXPORT.items()}
    assert entry(found(class_of(tmp_path, files)), "Ada Lovelace").read().files[NAME] == PROGRAM


def test_a_pdf_export_keeps_who_it_is_of(tmp_path: Path) -> None:
    files = {
        "101.pdf": b"%PDF",
        "submission_metadata.yml": METADATA.split("submission_102")[0].replace("submission_101", "101.pdf"),
    }
    one = entry(found(class_of(tmp_path, files)), "Ada Lovelace")
    assert "Found: 101.pdf" in one.read().refused


def test_who_is_not_in_the_metadata_is_graded_all_the_same(tmp_path: Path) -> None:
    one = found(class_of(tmp_path, {**EXPORT, "submission_103/neural_net.py": PROGRAM}))
    assert one.entries[2].students == ()
    assert "does not mention" in one.entries[2].notes[0]


@pytest.mark.parametrize("submitters", ["[]", "~", "", "[~]", "7", "[[1]]", "[{':sid': }]"])
def test_an_export_may_name_no_student(submitters: str, tmp_path: Path) -> None:
    metadata = f"submission_101:\n  :submitters: {submitters}\n  :created_at: soon\n"
    files = {"submission_101/neural_net.py": PROGRAM, "submission_metadata.yml": metadata}
    (ada,) = found(class_of(tmp_path, files)).entries
    assert (ada.students, ada.created_at) == ((), "soon")


BROKEN = [
    "submission_101:\n  :submitters: [\n", "submission_101: {a: b\nsubmission_102: c", "a: b: c", "- submission_101",
    "just words", "a: *nobody", "a: &1 [*1", "\x00", "a: '", "submission_101:\n  :submitters: " + "[" * 5000,
    "a: \xff\xfe\xfa",
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_yaml_is_one_clear_line(broken: str, tmp_path: Path) -> None:
    text = refused(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": broken.encode("latin-1")}))
    assert "submission_metadata.yml" in text


TAGS = [
    "!!python/object/apply:os.system ['touch {}']", "!!python/name:os.system", "!ruby/object:Gem::Installer {{i: x}}",
    "!<tag:example.org,2026:thing> x",
]  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_makes_no_object(tag: str, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    metadata = METADATA.replace("71.5", tag.format(witness))
    one = found(class_of(tmp_path / "class", {**EXPORT, "submission_metadata.yml": metadata}))
    assert people(one) == FORMS["gradescope"][2]
    assert not witness.exists()


def test_a_laughing_yaml_does_not_grow(tmp_path: Path) -> None:
    """Ten names of ten names of ten names: a few hundred bytes that would be a billion."""
    rows = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    laugh = "submission_101:\n  :submitters:\n" + "".join(f"  - :{row}\n" for row in rows) + "  - *a9\n"
    (ada, _) = found(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": laugh})).entries
    assert ada.students == ()


# --- --pattern --------------------------------------------------------------------------------------------------------


def test_a_pattern_says_who_and_what(tmp_path: Path) -> None:
    files: Files = {
        "week3/ada@x.edu+2+a.py": PROGRAM,
        "week3/ada@x.edu+10+a.py": OTHER,
        "week3/bob@x.edu+1+b.py": PROGRAM,
        "week3/readme": "",
    }
    one = found(class_of(tmp_path, files), pattern=r".+/(?P<email>[^+]+)\+(?P<attempt>\d+)\+(?P<file>.+)")
    assert [(e.students[0]["email"], e.attempts) for e in one.entries] == [("ada@x.edu", 2), ("bob@x.edu", 1)]
    assert one.entries[0].read().files[NAME] == OTHER
    assert one.skipped == ["week3/readme"]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(", "not a regular expression"),
        ("(?P<who>.+)", "group 'who'"),
        ("(?P<file>.+)", "none of the named groups"),
        ("(?P<id>z)", "nothing to grade"),
    ],
)
def test_a_wrong_pattern_is_one_clear_line(pattern: str, said: str, tmp_path: Path) -> None:
    assert said in refused(class_of(tmp_path, {"ada.py": PROGRAM}), pattern=pattern)


# --- IDs --------------------------------------------------------------------------------------------------------------

HOSTILE = [
    "?hidden..", "two\nlines", "tab\there", "x" * 240, "Ada", "ada", "ADA", "CON", "nul", "com1.d", "=cmd|'calc'!A1",
    "<script>alert(1)<", "Zoë O'Neill", "Zoe\u0308 O'Neill", "-rf", "a.b.", " ", "名前", "姓名", "\u202egnp.exe",
    "a\\..\\b", "submission-01234567",
]  # fmt: skip


def test_hostile_names_give_safe_ids_and_lose_nobody(tmp_path: Path) -> None:
    one = found(class_of(tmp_path, {f"{name}/neural_net.py": PROGRAM for name in HOSTILE}))
    assert len(one.entries) == len(HOSTILE)
    for each in one.entries:
        assert each.id.split(".")[0].lower() not in ("con", "nul", "com1")
        assert all(c.isprintable() for c in each.file + each.students[0]["name"])


def test_an_id_follows_from_its_own_name_alone() -> None:
    assert make_id("ada") == "ada"
    assert len({make_id(name).lower() for name in HOSTILE}) == len(HOSTILE)
    assert [make_id(name) for name in HOSTILE] == [make_id(name) for name in reversed(HOSTILE)][::-1]


def test_a_long_name_with_a_number_is_cut(tmp_path: Path) -> None:
    names = [f"{'Ada ' * 60}{who}_{number}_assignsubmission_file_" for number, who in ((11, "B"), (12, "C"))]
    assert len(found(zipped(tmp_path / "m.zip", of(*(f"{name}/neural_net.py" for name in names)))).entries) == 2


def test_names_that_python_cannot_write_are_taken(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff\xfe"
    os.mkdir(folder)
    with open(folder + b"/neural_net.py", "wb") as file:
        file.write(PROGRAM)
    _, odd = found(class_of(tmp_path, {"ada.py": PROGRAM})).entries
    (odd.file + odd.students[0]["name"]).encode("utf-8")
    assert not odd.read().refused


def test_a_name_of_many_lines_is_one_line_for_people(tmp_path: Path) -> None:
    metadata = METADATA.replace("Ada Lovelace", '"Ada\\nLovelace\\t\\u202e\\e[31m"').replace("00017", "9" * 999)
    ada = found(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": metadata})).entries[0]
    assert ada.students[0]["name"].startswith("Ada Lovelace")
    assert ada.students[0]["name"].isprintable()
    assert len(ada.students[0]["sid"]) == entries.MAX_TEXT


# --- limits -----------------------------------------------------------------------------------------------------------


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = class_of(tmp_path / "secret", {"neural_net.py": b"SECRET"})
    place = class_of(tmp_path / "class", {"ada.py": PROGRAM, "eve/readme.txt": b""})
    (place / "link.py").symlink_to(secret / "neural_net.py")
    (place / "folder").symlink_to(secret)
    (place / "eve" / "neural_net.py").symlink_to(secret / "neural_net.py")
    one = found(place)
    assert ([e.id for e in one.entries], one.skipped) == (["ada", "eve"], ["folder", "link.py"])
    assert b"SECRET" not in b"".join(b"".join(e.read().files.values()) for e in one.entries)


def test_a_zip_cannot_reach_out(tmp_path: Path) -> None:
    """Nothing is written at all; what points out of the zip is not there."""
    names = ["../../evil/neural_net.py", "/etc/evil/neural_net.py", "a/../../evil2/neural_net.py", "ok/neural_net.py"]
    path = zipped(tmp_path / "class.zip", dict.fromkeys(names, PROGRAM))
    before = sorted(tmp_path.rglob("*"))
    one = found(path)
    assert ([e.id for e in one.entries], one.skipped) == (["etc", "ok"], [names[0], names[2]])
    assert not [e.read().refused for e in one.entries if e.read().refused]
    assert sorted(tmp_path.rglob("*")) == before


def test_links_in_a_zip_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("eve/neural_net.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("eve/readme.txt", "")
        archive.writestr("ada/neural_net.py", PROGRAM)
    one = found(path)
    ada, eve = one.entries
    assert ada.read().files == {NAME: PROGRAM}
    assert "Found: readme.txt" in eve.read().refused
    assert one.skipped == ["eve/neural_net.py"]


@pytest.mark.slow
def test_a_zip_bomb_costs_its_own_student_only(tmp_path: Path) -> None:
    """A quarter of a gigabyte of zeros, and lists of a hundred thousand files, are not unpacked."""
    many: Files = {**{f"{i:060}": b"" for i in range(100_000)}, "neural_net.py": PROGRAM}
    files: Files = {
        "ada/neural_net.py": PROGRAM, "eve/hw.zip": zip_of({"neural_net.py": bytes(1 << 28)}),
        "mallory/neural_net.py": bytes(1 << 19),
        "trent/hw.zip": zip_of(many), "victor/a.zip": zip_of({"b.zip": zip_of({"neural_net.py": PROGRAM})}),
    }  # fmt: skip
    code = (
        "import re, sys; from pathlib import Path; from autograder.course.importers import find\n"
        "for e in find(Path(sys.argv[1])).entries: print(e.id, bool(e.read().refused))\n"
        "print(re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    for path in (zipped(tmp_path / "class.zip", files), class_of(tmp_path / "class", files)):
        done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, check=True)
        *who, memory = done.stdout.split("\n")[:-1]
        assert who[:2] == ["ada False", "eve True"]
        assert who[3:] == ["trent True", "victor True"]
        assert int(memory) < 200 << 10  # kilobytes


def test_a_member_that_lies_about_its_size_is_cut(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "class.zip", {"eve/neural_net.py": bytes(range(256)) * 40_000, "ada/neural_net.py": PROGRAM}
    )
    raw = path.read_bytes()
    whole = (256 * 40_000).to_bytes(4, "little")
    assert raw.count(whole) == 2
    path.write_bytes(raw.replace(whole, (1000).to_bytes(4, "little")))
    ada, eve = found(path).entries
    assert not ada.read().refused
    with pytest.raises(Unreadable, match=r"eve/neural_net\.py can't be read"):
        eve.read()
    assert found(class_of(tmp_path / "class", {"eve/hw.zip": path.read_bytes()})).entries[0].read().refused


@pytest.mark.slow
@pytest.mark.unmeasured
@pytest.mark.parametrize("form", ["folder", "zip", "zip in a folder"])
@pytest.mark.parametrize("name", ["venv/lib/python3/site-packages/pkg", "my env", "data"])
def test_ten_thousand_files_beside_the_wanted_one_cost_nothing(name: str, form: str, tmp_path: Path) -> None:
    files: Files = {f"ada/{name}/m{i % 50}/f{i}.py": b"x = 1\n" * 200 for i in range(10_000)}
    files |= {"ada/my env/pyvenv.cfg": ""} if name == "my env" else {}
    files |= {"ada/neural_net.py": PROGRAM, "ada/zz_helper.py": OTHER, "grace/neural_net.py": PROGRAM}
    if form == "zip in a folder":
        inner = {key.removeprefix("ada/"): value for key, value in files.items() if key.startswith("ada/")}
        files = {"ada/hw.zip": zip_of(inner), "grace/neural_net.py": PROGRAM}
    path = zipped(tmp_path / "class.zip", files) if form == "zip" else class_of(tmp_path / "class", files)
    begun = time.process_time()
    ada, _ = found(path).entries
    work = ada.read()
    assert time.process_time() - begun < 2
    assert (work.files[NAME], work.files["zz_helper.py"]) == (PROGRAM, OTHER)
    assert len(work.files) == (submission.MAX_FILES if name == "data" else 2)
    assert sum(map(len, work.files.values())) <= submission.MAX_TOTAL


def test_folder_and_zip_give_the_same(tmp_path: Path) -> None:
    files: Files = {
        "ada/neural_net.py": SOLUTION, "ada/helpers/h.py": PROGRAM, "ada/.hidden": b"x", "ada/big.bin": bytes(2 << 20),
        "grace/Neural_Net (1).py": PROGRAM, "mary/one.py": PROGRAM, "mary/two.py": PROGRAM, "eve/neural_net.py": b"",
        "joan/sub/neural_net.py": PROGRAM, "trent/hw.zip": zip_of({"neural_net.py": PROGRAM}),
    }  # fmt: skip
    one = {e.id: e.read() for e in found(class_of(tmp_path / "class", files)).entries}
    assert one == {e.id: e.read() for e in found(zipped(tmp_path / "class.zip", files)).entries}


def test_utf8_names_without_the_flag_are_read(tmp_path: Path) -> None:
    """As many programs write them."""
    path = zipped(tmp_path / "class.zip", {"Müller Jürgen/neural_net.py": PROGRAM, "李明/neural_net.py": PROGRAM})
    raw = bytearray(path.read_bytes())
    for sign, place in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        at = -1
        while (at := raw.find(sign, at + 1)) >= 0:
            raw[at + place] &= ~0x08
    path.write_bytes(bytes(raw))
    assert people(found(path)) == [("Müller Jürgen", ""), ("李明", "")]


def broken_zips() -> dict[str, bytes]:
    whole = zip_of({"ada/neural_net.py": PROGRAM})
    locked = bytearray(whole)
    locked[6] |= 1  # the flag in the file's own head, and in the list
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    return {
        "no zip": b"this is a letter", "empty": b"", "cut": whole[: len(whole) // 2],
        "no list": whole.replace(b"PK\x01\x02", b"XXXX"), "locked": bytes(locked),
    }  # fmt: skip


@pytest.mark.parametrize("kind", broken_zips())
def test_a_zip_that_cannot_be_read_is_one_clear_line(kind: str, tmp_path: Path) -> None:
    (tmp_path / "class.zip").write_bytes(broken_zips()[kind])
    text = refused(tmp_path / "class.zip")
    assert "class.zip" in text
    assert ("password" in text) == (kind == "locked")
    one = found(class_of(tmp_path / "class", {"ada/hw.zip": broken_zips()[kind], "eve/neural_net.py": PROGRAM}))
    assert one.entries[0].read().refused


def damaged(path: Path, files: Files) -> Path:
    """A zip, with the bytes of VICTIM in it changed."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"VICTIMVICTIM", b"VICTIMvictim", 1))
    return path


def test_damage_in_the_classs_own_zip_is_a_fault_and_no_students_zero(tmp_path: Path) -> None:
    """Also where it hits a zip that a student handed in; one that was handed in damaged is the student's."""
    victim = b"VICTIM" * 100
    with zipfile.ZipFile(tmp_path / "hw.zip", "w") as archive:
        archive.writestr("neural_net.py", victim)
    whole = (tmp_path / "hw.zip").read_bytes()
    broken = damaged(tmp_path / "hw.zip", {"neural_net.py": victim}).read_bytes()
    files: Files = {"ada/neural_net.py": PROGRAM, "bob/hw.zip": broken}
    for i, own in enumerate(({"eve/neural_net.py": victim}, {"eve/hw.zip": whole})):
        ada, bob, eve = found(damaged(tmp_path / f"{i}.zip", {**own, **files})).entries
        assert not ada.read().refused
        assert "can't be read" in bob.read().refused
        with pytest.raises(Unreadable, match=r"eve/\S+ can't be read: .*CRC"):
            eve.read()


def test_files_that_vanish_are_a_fault_and_no_students_zero(tmp_path: Path) -> None:
    files: Files = {"ada/neural_net.py": PROGRAM, "bob.py": PROGRAM, "eve/hw/neural_net.py": PROGRAM}
    one = found(class_of(tmp_path, files))
    for name in files:
        (tmp_path / name).unlink()
    for each in one.entries:
        with pytest.raises(Unreadable, match="can't be read"):
            each.read()


def test_contents_are_not_held(tmp_path: Path) -> None:
    """One at a time: 200 submissions of a megabyte need no 200 megabytes."""
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_STORED) as archive:
        for i in range(200):
            archive.writestr(f"s{i}/neural_net.py", os.urandom(1 << 19) + b"\n" * ((1 << 19) - 1))
    code = textwrap.dedent("""
        import re, sys
        from pathlib import Path
        from autograder.course.importers import find
        def peak(): return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
        before = peak()
        count = sum(len(e.read().files) for e in find(Path(sys.argv[1])).entries)
        print(count, peak() - before)
    """)
    command = [sys.executable, "-c", code, tmp_path / "class.zip"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    count, grown = map(int, done.stdout.split())
    assert count == 200
    assert grown < 30 << 10  # kilobytes


# --- nothing to grade -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "nothing to grade"),
        ({"readme.txt": b"", "grades.xlsx": b""}, "nothing to grade in"),
        ({".git/config": b"", "__MACOSX/a.py": b""}, "nothing to grade"),
        ({"neural_net.py": PROGRAM, "train.py": PROGRAM}, "looks like one submission"),
        ({"submission_metadata.yml": b""}, "nothing to grade"),
    ],
)
def test_a_folder_with_nothing_to_grade_is_one_clear_line(files: Files, said: str, tmp_path: Path) -> None:
    place = tmp_path / "class"
    place.mkdir()
    assert said in refused(class_of(place, files))


def test_what_is_not_there_or_is_one_file_is_one_clear_line(tmp_path: Path) -> None:
    assert "no file or folder" in refused(tmp_path / "nowhere")
    assert "grade FILE" in refused(class_of(tmp_path, {"ada.py": PROGRAM}) / "ada.py")
    os.mkfifo(tmp_path / "pipe")
    assert "neither" in refused(tmp_path / "pipe")


def test_a_path_of_the_users_is_never_cut(tmp_path: Path) -> None:
    place = tmp_path / ("long " * 30) / ("longer " * 30)
    assert str(place / "nowhere") in refused(place / "nowhere")
    class_of(place, {"notes.txt": b""})
    assert str(place) in refused(place)


def test_every_platform_has_a_key_and_a_title() -> None:
    from autograder import cli

    assert {importer.key for importer in PLATFORMS} | {"plain"} == set(cli.FORMS)
