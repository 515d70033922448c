"""Submissions of a class are found, whatever they were downloaded from, and nothing that they say does harm."""

from __future__ import annotations

import io
import os
import re
import stat
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from autograder import submission
from autograder.course import intake
from autograder.course.intake import Entry, find
from autograder.submission import NAME, Unreadable

SOLUTION = (Path(__file__).resolve().parent.parent / "solution" / "neural_net.py").read_bytes()
PROGRAM = b"def forward(): pass\n"
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
METADATA = """\
---
submission_101:
  :submitters:
  - :name: Ada Lovelace
    :sid: '0017'
    :email: ada@example.edu
  :created_at: 2026-04-17 21:30:05.123456789 Z
  :score: 71.5
  :status: processed
  :results:
    tests:
    - name: "1.1"
      output: |
        --- :submitters: not these
  :history:
  - :id: 99
    :submitters: []
    :created_at: 2026-04-16 10:00:00.000000000 Z
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


def class_of(folder: Path, files: dict[str, bytes | str]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def zipped(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def entries(path: Path) -> list[Entry]:
    found = find(path)
    listed = list(found)
    assert len(listed) == found.total
    ids = [entry.id for entry in listed]
    assert len({i.lower() for i in ids}) == len(ids)
    assert all(SAFE.fullmatch(i) for i in ids), ids
    return listed


def refused(path: Path) -> str:
    with pytest.raises(Unreadable) as caught:
        [entry.read() for entry in find(path)]
    text = str(caught.value)
    assert "\n" not in text
    return text


EXPORT = {
    "submission_metadata.yml": METADATA,
    "submission_101/neural_net.py": PROGRAM,
    "submission_102/neural_net.py": PROGRAM + b"#\n",
}
# What a class looks like, and who is in it by (id, name, sid).
CLASSES = {
    "folders": (
        {"ada/neural_net.py": PROGRAM, "Grace Hopper/neural_net.py": PROGRAM, "Grace Hopper/data/x.csv": "1"},
        [("Grace_Hopper", "Grace Hopper", ""), ("ada", "ada", "")],
    ),
    "files": (
        {"ada.py": PROGRAM, "grace.py": PROGRAM},
        [("ada", "ada", ""), ("grace", "grace", "")],
    ),
    "gradescope": (EXPORT, [("submission_101", "Ada Lovelace", "0017"), ("submission_102", "Grace Hopper", "18")]),
    "canvas": (
        {
            "hoppergrace_4712_98768_neural_net-1.py": PROGRAM,
            "lovelaceada_LATE_4711_98766_neural_net.py": PROGRAM,
            "lovelaceada_LATE_4711_98767_helper.py": PROGRAM,
        },
        [("hoppergrace_4712", "hoppergrace", ""), ("lovelaceada_4711", "lovelaceada", "")],
    ),
    "canvas, anonymous": (
        {"anon_q1w2E_98768_neural_net.py": PROGRAM, "LATE_anon_zzzzz_98769_neural_net.py": PROGRAM},
        [("anon_q1w2E", "", ""), ("anon_zzzzz", "", "")],
    ),
    "moodle": (
        {
            "Ada Lovelace_4711_assignsubmission_file_/neural_net.py": PROGRAM,
            "Grace Hopper_4712_assignsubmission_file_/neural_net.py": PROGRAM,
            "Grace Hopper_4712_assignsubmission_onlinetext_/onlinetext.html": "<p>",
        },
        [("Ada_Lovelace_4711", "Ada Lovelace", ""), ("Grace_Hopper_4712", "Grace Hopper", "")],
    ),
    "moodle, without folders": (
        {
            "Ada Lovelace_4711_assignsubmission_file_neural_net.py": PROGRAM,
            "Grace Hopper_4712_assignsubmission_file_neural_net.py": PROGRAM,
        },
        [("Ada_Lovelace_4711", "Ada Lovelace", ""), ("Grace_Hopper_4712", "Grace Hopper", "")],
    ),
}


@pytest.mark.parametrize("form", CLASSES)
@pytest.mark.parametrize("place", ["folder", "folder in a folder", "zip", "zip with a folder in it"])
def test_every_form_of_a_class_is_understood(form: str, place: str, tmp_path: Path) -> None:
    files, who = CLASSES[form]
    inside = {f"assignment_77_export/{name}": content for name, content in files.items()} if " in " in place else files
    noise = {"__MACOSX/._x.py": b"\0", ".DS_Store": b"\0"}
    path = tmp_path / ("class.zip" if "zip" in place else "class")
    zipped(path, {**inside, **noise}) if "zip" in place else class_of(path, {**inside, **noise})
    found = entries(path)
    assert [(e.id, *((s["name"], s["sid"]) for s in e.students[:1])) for e in found] == [(i, (n, s)) for i, n, s in who]
    for entry in found:
        work = entry.read()
        assert not work.refused, work.refused
        assert work.notes == ()
        assert work.files[NAME].startswith(PROGRAM)


def test_gradescopes_export_says_who_and_when(tmp_path: Path) -> None:
    ada, group = entries(class_of(tmp_path, EXPORT))
    assert ada.students == ({"name": "Ada Lovelace", "email": "ada@example.edu", "sid": "0017"},)
    assert ada.created_at == "2026-04-17T21:30:05.123456+00:00"
    assert [s["name"] for s in group.students] == ["Grace Hopper", "Mary Jackson"]
    assert group.created_at == "2026-04-17T09:00:00.000000-07:00"
    assert group.file == "submission_102"


def test_canvas_and_moodle_numbers_are_kept_for_the_way_back(tmp_path: Path) -> None:
    late = entries(class_of(tmp_path / "c", CLASSES["canvas"][0]))[1]
    assert late.students[0]["canvas"] == "4711"
    assert "late" in late.notes[0]
    assert set(late.read().files) == {NAME, "helper.py"}
    assert entries(class_of(tmp_path / "m", CLASSES["moodle"][0]))[0].students[0]["moodle"] == "4711"


def test_a_teachers_own_numbers_in_file_names_are_not_canvas(tmp_path: Path) -> None:
    """Else a whole class would become one student."""
    found = entries(class_of(tmp_path, {"hw_2026_01_ada.py": PROGRAM, "hw_2026_01_grace.py": PROGRAM}))
    assert [e.id for e in found] == ["hw_2026_01_ada", "hw_2026_01_grace"]


def test_a_text_entry_at_canvas_is_a_submission_without_a_program(tmp_path: Path) -> None:
    files = {"lovelaceada_4711_text.html": b"<p>", "hoppergrace_4712_98768_neural_net.py": PROGRAM}
    ada = entries(class_of(tmp_path, files))[1]
    assert "Expected: one file named neural_net.py" in ada.read().refused


def test_a_notebook_is_refused_with_its_reason_and_counts(tmp_path: Path) -> None:
    ada = entries(class_of(tmp_path, {"ada.ipynb": b"{}", "grace.py": PROGRAM}))[0]
    assert "notebook" in ada.read().refused


def test_what_is_no_submission_is_named(tmp_path: Path) -> None:
    class_of(tmp_path, {"ada/neural_net.py": PROGRAM, "grace/neural_net.py": PROGRAM, "roster.csv": b"", "=1.txt": b""})
    assert find(tmp_path).left_out == ["=1.txt", "roster.csv"]


def test_a_student_of_whom_the_export_says_nothing_is_graded_all_the_same(tmp_path: Path) -> None:
    files = {**EXPORT, "submission_103/neural_net.py": PROGRAM}
    last = entries(class_of(tmp_path, files))[2]
    assert (last.id, last.students) == ("submission_103", ())
    assert "does not mention" in last.notes[0]


@pytest.mark.parametrize("submitters", ["[]", "~", "", "[~]", "7", "[[1]]", "[{':sid': }]"])
def test_an_export_may_name_no_student(submitters: str, tmp_path: Path) -> None:
    metadata = f"submission_101:\n  :submitters: {submitters}\n  :created_at: soon\n"
    ada = entries(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": metadata}))[0]
    assert ada.students == ()
    assert ada.created_at == "soon"
    assert not ada.read().refused


def test_a_student_may_have_no_name(tmp_path: Path) -> None:
    metadata = "submission_101:\n  :submitters:\n  - :name:\n    :sid: ''\n    :email: a@b.c\n"
    ada = entries(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": metadata}))[0]
    assert ada.students == ({"name": "", "email": "a@b.c", "sid": ""},)


def test_a_folder_that_is_missing_in_an_export_is_no_zero(tmp_path: Path) -> None:
    files = {name: content for name, content in EXPORT.items() if "102/" not in name}
    lost = next(e for e in entries(class_of(tmp_path, files)) if e.id == "submission_102")
    with pytest.raises(Unreadable, match=r"no folder submission_102.*Download it again"):
        lost.read()


def test_what_an_export_says_twice_is_one_submission(tmp_path: Path) -> None:
    """Also where it speaks of what is not there, in other letters."""
    metadata = METADATA + METADATA.replace("---\n", "") + "Submission_101: {}\nnowhere: {}\nnowhere: {}\n"
    found = entries(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": metadata}))
    assert len(found) == 4
    assert [e.students[0]["name"] for e in found[:2]] == ["Ada Lovelace", "Grace Hopper"]


def test_aliases_are_followed(tmp_path: Path) -> None:
    metadata = (
        "submission_101:\n  :submitters: &1\n  - :name: &2 Ada\n    :email: a@b.c\n  :created_at: soon\n"
        "  :results: {x: &3 [*2], y: &4 18}\n"
        "submission_102:\n  :submitters:\n  - :name: *2\n    :sid: *4\n"
    )
    ada, other = entries(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": metadata}))
    assert ada.students[0]["name"] == other.students[0]["name"] == "Ada"
    assert other.students[0]["sid"] == "18"


@pytest.mark.parametrize(
    "broken",
    [
        "submission_101:\n  :submitters: [\n",
        "submission_101: {a: b\nsubmission_102: c",
        "a: b: c",
        "- submission_101",
        "just words",
        "a: *nobody",
        "a: &1 [*1",
        "\x00",
        "a: '",
        "submission_101:\n  :submitters:\n" + "  - [\n" * 3,
        "submission_101:\n  :submitters: " + "[" * 5000,
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_a_broken_yaml_is_one_clear_line(broken: str, tmp_path: Path) -> None:
    text = refused(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": broken.encode("latin-1")}))
    assert "submission_metadata.yml" in text


def test_a_yaml_that_is_not_text_is_one_clear_line(tmp_path: Path) -> None:
    text = refused(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": b"a: \xff\xfe\xfa"}))
    assert "submission_metadata.yml is broken" in text or "submission_metadata.yml, line" in text


@pytest.mark.parametrize("where", [":submitters", ":results", ":created_at"])
@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch {}']",
        "!!python/name:os.system",
        "!ruby/object:Gem::Installer {{i: x}}",
        "!<tag:example.org,2026:thing> x",
    ],
)
def test_a_tag_makes_no_object(tag: str, where: str, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    metadata = f"submission_101:\n  {where}: {tag.format(witness)}\n"
    text = refused(class_of(tmp_path / "class", {**EXPORT, "submission_metadata.yml": metadata}))
    assert "line 2" in text
    assert "It was not read" in text
    assert not witness.exists()


def test_rubys_binary_texts_pass(tmp_path: Path) -> None:
    metadata = METADATA.replace(":status: processed", ":status: !binary |-\n    cHJvY2Vzc2Vk")
    assert len(entries(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": metadata}))) == 2


def test_a_laughing_yaml_does_not_grow(tmp_path: Path) -> None:
    """Ten names of ten names of ten names: a few hundred bytes that would be a billion."""
    rows = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    laugh = "submission_101:\n  :submitters:\n" + "".join(f"  - :{row}\n" for row in rows) + "  - *a9\n"
    ada = entries(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": laugh}))[0]
    assert ada.students == ()


# --- names -----------------------------------------------------------------------------------------------------------

HOSTILE = [
    "?hidden..",
    "two\nlines",
    "tab\there",
    "x" * 240,
    "Ada",
    "ada",
    "ADA",
    "CON",
    "nul",
    "com1.d",
    "=cmd|'calc'!A1",
    "<script>alert(1)<",
    "Zoë O'Neill",
    "Zoe\u0308 O'Neill",  # the same to look at
    "-rf",
    "a.b.",
    " ",
    "名前",
    "姓名",
    "\u202egnp.exe",
    "a\\..\\b",
    "submission-0123456789",
]


def test_hostile_names_give_safe_ids_and_lose_nobody(tmp_path: Path) -> None:
    class_of(tmp_path, {f"{name}/neural_net.py": PROGRAM for name in HOSTILE})
    found = entries(tmp_path)
    assert len(found) == len(HOSTILE)
    for entry in found:
        base = entry.id.split(".")[0].lower()
        assert base not in ("con", "nul", "com1")
        assert not entry.id.endswith(".")
        assert all(c.isprintable() for c in entry.file + entry.students[0]["name"])
    assert {e.id for e in found} >= {"rf"}


def test_an_id_stays_when_the_class_grows(tmp_path: Path) -> None:
    before = {e.students[0]["name"]: e.id for e in entries(class_of(tmp_path, {"b.py": PROGRAM, "Zoë X.py": PROGRAM}))}
    class_of(tmp_path, {"a.py": PROGRAM, "c.py": PROGRAM})
    after = {e.students[0]["name"]: e.id for e in entries(tmp_path)}
    assert before.items() <= after.items()
    assert after["Zoë X"] == "Zoe_X"


def test_names_that_python_cannot_write_are_taken(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff\xfe"
    os.mkdir(folder)
    with open(folder + b"/neural_net.py", "wb") as file:
        file.write(PROGRAM)
    _, entry = find(class_of(tmp_path, {"ada.py": PROGRAM}))
    assert SAFE.fullmatch(entry.id)
    (entry.file + entry.students[0]["name"]).encode("utf-8")
    assert not entry.read().refused


def test_two_forms_of_one_name_are_two_submissions(tmp_path: Path) -> None:
    assert len(entries(class_of(tmp_path, {"ada.py": PROGRAM, "ada.ipynb": b"{}", "ada/neural_net.py": PROGRAM}))) == 3


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = class_of(tmp_path / "secret", {"neural_net.py": b"SECRET"})
    place = class_of(tmp_path / "class", {"ada.py": PROGRAM, "eve/readme.txt": b""})
    (place / "link.py").symlink_to(secret / "neural_net.py")
    (place / "folder").symlink_to(secret)
    (place / "eve" / "neural_net.py").symlink_to(secret / "neural_net.py")
    found = entries(place)
    assert [e.id for e in found] == ["ada", "eve"]
    assert b"SECRET" not in b"".join(b"".join(e.read().files.values()) for e in found)


def test_a_name_of_many_lines_is_one_line_for_people(tmp_path: Path) -> None:
    name, sid = "Ada\\nLovelace\\t\\u202e\\e[31m", "9" * 999
    metadata = f'submission_101:\n  :submitters:\n  - :name: "{name}"\n    :sid: "{sid}"\n'
    ada = entries(class_of(tmp_path, {**EXPORT, "submission_metadata.yml": metadata}))[0]
    assert ada.students[0]["name"].startswith("Ada Lovelace")
    assert ada.students[0]["name"].isprintable()
    assert len(ada.students[0]["sid"]) == intake.MAX_NAME


# --- zips ------------------------------------------------------------------------------------------------------------


def test_a_zip_cannot_reach_out(tmp_path: Path) -> None:
    """Nothing is written at all; what points out of the zip is not there."""
    place = tmp_path / "deep" / "er"
    place.mkdir(parents=True)
    names = ["../../evil/neural_net.py", "/etc/evil/neural_net.py", "a/../../evil2/neural_net.py", "ok/neural_net.py"]
    path = zipped(place / "class.zip", dict.fromkeys(names, PROGRAM))
    before = sorted(tmp_path.rglob("*"))
    found = entries(path)
    assert [e.id for e in found] == ["etc", "ok"]
    for entry in found:
        entry.read()
    assert sorted(tmp_path.rglob("*")) == before


def test_links_in_a_zip_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("eve/neural_net.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("eve/readme.txt", "")
        archive.writestr("ada/neural_net.py", PROGRAM)
    ada, eve = entries(path)
    assert ada.read().files == {NAME: PROGRAM}
    assert "Found: readme.txt" in eve.read().refused


def test_a_zip_bomb_costs_its_own_student_only(tmp_path: Path) -> None:
    """A quarter of a gigabyte of zeros is not unpacked."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as inner, inner.open("x", "w", force_zip64=True) as file:
        for _ in range(16):
            file.write(bytes(1 << 24))
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/neural_net.py", PROGRAM)
        with archive.open("eve/neural_net.py", "w", force_zip64=True) as file:
            for _ in range(16):
                file.write(bytes(1 << 24))
        archive.writestr("mallory/neural_net.py", bytes(1 << 19))
        archive.writestr("trent/nested.zip", bomb.getvalue())
    code = (
        "import re, sys; from pathlib import Path; from autograder.course.intake import find\n"
        "for e in find(Path(sys.argv[1])): print(e.id, bool(e.read().refused))\n"
        "print(re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    root = Path(intake.__file__).resolve().parent.parent.parent
    done = subprocess.run([sys.executable, "-c", code, path], cwd=root, capture_output=True, text=True, check=True)
    *who, memory = done.stdout.split("\n")[:-1]
    assert who == ["ada False", "eve True", "mallory True", "trent True"]
    assert int(memory) < 200 << 10  # kilobytes


def test_a_member_that_lies_about_its_size_is_cut(tmp_path: Path) -> None:
    files = {"eve/neural_net.py": bytes(range(256)) * 40_000, "ada/neural_net.py": PROGRAM}
    path = zipped(tmp_path / "class.zip", files)
    raw = path.read_bytes()
    whole = (256 * 40_000).to_bytes(4, "little")
    assert raw.count(whole) == 2
    path.write_bytes(raw.replace(whole, (1000).to_bytes(4, "little")))
    ada, eve = entries(path)
    assert not ada.read().refused
    assert eve.read().refused


def test_thousands_of_files_in_one_submission_are_not_all_read(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {f"eve/{i % 90}/{i}.txt": b"x" * 100_000 for i in range(3000)}
    path = zipped(tmp_path / "class.zip", {**files, "eve/neural_net.py": PROGRAM, "ada/neural_net.py": PROGRAM})
    _, eve = entries(path)
    work = eve.read()
    assert len(work.files) <= submission.MAX_FILES
    assert sum(map(len, work.files.values())) <= submission.MAX_TOTAL


def test_folder_and_zip_give_the_same(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "ada/neural_net.py": SOLUTION, "ada/helpers/h.py": PROGRAM, "ada/.hidden": b"x", "ada/big.bin": bytes(2 << 20),
        "grace/Neural_Net (1).py": PROGRAM, "mary/one.py": PROGRAM, "mary/two.py": PROGRAM,
        "joan/sub/neural_net.py": PROGRAM, "eve/neural_net.py": b"",
    }  # fmt: skip
    from_folder = {e.id: e.read() for e in entries(class_of(tmp_path / "class", files))}
    visible = {name: content for name, content in files.items() if "hidden" not in name}
    from_zip = {e.id: e.read() for e in entries(zipped(tmp_path / "class.zip", visible))}
    del from_folder["ada"].files[".hidden"]
    assert from_folder == from_zip


def broken_zips() -> dict[str, bytes]:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("ada/neural_net.py", PROGRAM)
    whole = memory.getvalue()
    locked = bytearray(whole)
    locked[6] |= 1  # the flag in the file's own head, and in the list
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    return {
        "no zip": b"this is a letter",
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "no list": whole.replace(b"PK\x01\x02", b"XXXX"),
        "locked": bytes(locked),
    }


@pytest.mark.parametrize("kind", broken_zips())
def test_a_zip_that_cannot_be_read_is_one_clear_line(kind: str, tmp_path: Path) -> None:
    (tmp_path / "class.zip").write_bytes(broken_zips()[kind])
    text = refused(tmp_path / "class.zip")
    assert "class.zip" in text
    assert ("password" in text) == (kind == "locked")


def test_a_damaged_member_costs_its_own_student_only(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ada/neural_net.py", PROGRAM)
        archive.writestr("eve/neural_net.py", b"VICTIM" * 100)
    path.write_bytes(path.read_bytes().replace(b"VICTIMVICTIM", b"VICTIMvictim", 1))
    ada, eve = entries(path)
    assert not ada.read().refused
    assert eve.read().refused


# --- nothing to grade ------------------------------------------------------------------------------------------------


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
def test_a_folder_with_nothing_to_grade_is_one_clear_line(files: dict[str, bytes], said: str, tmp_path: Path) -> None:
    place = tmp_path / "class"
    place.mkdir()
    assert said in refused(class_of(place, files))


def test_what_is_not_there_or_is_one_file_is_one_clear_line(tmp_path: Path) -> None:
    assert "no file or folder" in refused(tmp_path / "nowhere")
    assert "grade FILE" in refused(class_of(tmp_path, {"ada.py": PROGRAM}) / "ada.py")
    os.mkfifo(tmp_path / "pipe")
    assert "neither" in refused(tmp_path / "pipe")


def test_contents_are_not_held(tmp_path: Path) -> None:
    """One at a time: 200 submissions of a megabyte need no 200 megabytes."""
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_STORED) as archive:
        for i in range(200):
            archive.writestr(f"s{i}/neural_net.py", os.urandom(1 << 19) + b"\n" * ((1 << 19) - 1))
    code = textwrap.dedent("""
        import re, sys
        from pathlib import Path
        from autograder.course.intake import find
        def peak(): return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
        before = peak()
        count = sum(len(e.read().files) for e in find(Path(sys.argv[1])))
        print(count, peak() - before)
    """)
    root = Path(intake.__file__).resolve().parent.parent.parent
    command = [sys.executable, "-c", code, tmp_path / "class.zip"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    count, grown = map(int, done.stdout.split())
    assert count == 200
    assert grown < 30 << 10  # kilobytes
