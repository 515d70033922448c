"""What is read of a submission, which file is meant, and what is said where none is."""

from __future__ import annotations

import errno
import os
import socket
import time
from pathlib import Path

import pytest

from autograder import submission
from autograder.errors import Unreadable, UserError
from autograder.submission import MAX_FILE, NAME, Submission, read

CODE = b"def forward(): pass\n"


def put(root: Path, name: str, content: bytes = CODE) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def graded(found: Submission) -> bool:
    return not found.refused and found.files.get(NAME) == CODE


def test_the_file_that_is_expected_is_taken_without_a_word(tmp_path: Path) -> None:
    put(tmp_path, NAME)
    found = read(tmp_path)
    assert graded(found)
    assert found.notes == ()


def test_a_single_file_may_have_any_name(tmp_path: Path) -> None:
    assert read(put(tmp_path, NAME)) == Submission({NAME: CODE})
    other = read(put(tmp_path, "my work.py"))
    assert graded(other)
    assert other.notes == ("my work.py was graded. A submission is named neural_net.py.",)


MISNAMED = [
    "neural_net (1).py",
    "neural_net(2).py",
    "Neural_Net.py",
    "neural net.py",
    "neural-net.py",
    "neuralnet.py",
    "neural_net - copy.py",
    "neural_net.PY",
    "homework.py",
    "hw3/neural_net.py",
    "a/b/neural_net.py",
    "a/neural_net (1).py",
]


@pytest.mark.parametrize("name", MISNAMED)
def test_an_unmistakable_file_is_graded_with_a_note(name: str, tmp_path: Path) -> None:
    put(tmp_path, name)
    found = read(tmp_path)
    assert graded(found)
    (note,) = found.notes
    assert name in note
    assert NAME in note


def test_the_right_name_wins_and_the_other_is_named(tmp_path: Path) -> None:
    put(tmp_path, NAME)
    put(tmp_path, "neural_net (1).py", b"other")
    found = read(tmp_path)
    assert graded(found)
    assert "neural_net (1).py" in found.notes[0]


def test_the_top_folder_wins_over_a_subfolder(tmp_path: Path) -> None:
    put(tmp_path, NAME)
    put(tmp_path, "old/neural_net.py", b"other")
    assert graded(read(tmp_path))


def test_the_whole_hand_out_is_no_riddle(tmp_path: Path) -> None:
    for name in ("student/train.py", "student/explore.py", "student/test_neural_net.py", "student/pictures/fit.py"):
        put(tmp_path, name, b"pass")
    put(tmp_path, "student/neural_net.py")
    assert graded(read(tmp_path))


def test_a_module_beside_it_comes_along_at_its_place(tmp_path: Path) -> None:
    put(tmp_path, "hw/neural_net.py")
    put(tmp_path, "hw/layers/dense.py", b"x = 1")
    put(tmp_path, "elsewhere.txt", b"x")
    assert set(read(tmp_path).files) == {NAME, "layers/dense.py"}


REFUSED = [
    ({}, "There is no file in the submission"),
    ({"work.ipynb": b"{}"}, "Found: work.ipynb. Expected: one file named neural_net.py. A notebook can't be graded"),
    ({"work.zip": b"PK"}, "An archive inside a submission is not opened"),
    ({"work.tar.gz": b"x"}, "An archive inside a submission is not opened"),
    ({"report.pdf": b"%PDF"}, "Found: report.pdf. Expected: one file named neural_net.py."),
    ({"one.py": CODE, "two.py": CODE}, "It isn't clear which of the Python files is meant."),
    ({"a/neural_net.py": CODE, "b/neural_net.py": CODE}, "It isn't clear which"),
    ({NAME: b"PK\x03\x04..."}, "The file neural_net.py is an archive under another name"),
    ({NAME: b'{\n "cells": []}'}, "The file neural_net.py is a notebook under another name"),
    ({NAME: b""}, "The file neural_net.py is empty. Did you save it"),
    ({NAME: b" \n\t\r\n"}, "The file neural_net.py is empty"),
    ({NAME: b"#" * (10 << 20)}, "neural_net.py is larger than 1 MB"),
    ({".DS_Store": b"x", "__MACOSX/._neural_net.py": b"x"}, "There is no file in the submission"),
]


@pytest.mark.parametrize(("files", "words"), REFUSED, ids=lambda v: " ".join(v) if isinstance(v, dict) else "")
def test_where_nothing_can_be_graded_it_says_what_was_found_and_what_is_expected(
    files: dict[str, bytes], words: str, tmp_path: Path
) -> None:
    for name, content in files.items():
        put(tmp_path, name, content)
    found = read(tmp_path)
    assert words in found.refused
    assert found.files == {}


def test_an_empty_or_large_single_file_is_refused_too(tmp_path: Path) -> None:
    assert "is empty" in read(put(tmp_path, NAME, b"")).refused
    assert "larger than 1 MB" in read(put(tmp_path, "big.py", b"#" * (MAX_FILE + 1))).refused
    assert read(put(tmp_path, "full.py", b"#" * MAX_FILE)).refused == ""


def test_a_single_notebook_or_zip_is_refused_with_its_hint(tmp_path: Path) -> None:
    assert "notebook" in read(put(tmp_path, "work.ipynb", b"{}")).refused
    assert "archive" in read(put(tmp_path, "work.zip", b"PK")).refused


def test_nothing_at_the_path_is_the_callers_mistake(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path / "nul\0", tmp_path / NAME / "x"):
        with pytest.raises(UserError):
            read(path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = put(tmp_path, "outside/secret.py")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / NAME).symlink_to(secret)
    (inside / "folder").symlink_to(tmp_path / "outside", target_is_directory=True)
    found = read(inside)
    assert "a link, or can't be read" in found.refused
    assert found.files == {}
    with pytest.raises(UserError):
        read(inside / NAME)


def test_a_file_or_folder_that_the_machine_can_not_read_is_no_empty_submission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, NAME)
    put(tmp_path, "hw/helper.py")

    def fail(path: object, *_: object) -> None:
        raise OSError(errno.EIO, "Input/output error", str(path))

    for function, name in (("open", NAME), ("scandir", "hw")):
        with monkeypatch.context() as patch:
            real = getattr(os, function)
            patch.setattr(os, function, lambda p, *a, real=real, n=name: (fail if Path(p).name == n else real)(p, *a))
            with pytest.raises(Unreadable, match=rf"{name} can't be read: Input/output error"):
                read(tmp_path)


def test_a_pipe_a_socket_and_a_device_are_not_waited_for(tmp_path: Path) -> None:
    begun = time.monotonic()
    os.mkfifo(tmp_path / "pipe.py")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "socket.py"))
        put(tmp_path, NAME)
        assert set(read(tmp_path).files) == {NAME}
        (tmp_path / NAME).unlink()
        os.mkfifo(tmp_path / NAME)
        assert read(tmp_path).refused
        with pytest.raises(UserError):
            read(tmp_path / NAME)
    assert time.monotonic() - begun < 5


def test_names_that_are_not_utf_8_or_not_plain_are_shown_safely(tmp_path: Path) -> None:
    for name in (b"\xff\xfe.txt", b"line\nbreak.txt", b"\x1b[31mred.txt", b"right\xe2\x80\xaeleft.txt"):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"x")
    said = read(tmp_path).refused
    assert said.encode("utf-8")
    assert all(c.isprintable() or c == "\ufffd" for c in said)
    put(tmp_path, NAME)
    assert graded(read(tmp_path))


def test_a_file_whose_name_is_not_utf_8_can_be_the_one(tmp_path: Path) -> None:
    with open(os.path.join(os.fsencode(tmp_path), b"hw\xff.py"), "wb") as file:
        file.write(CODE)
    found = read(tmp_path)
    assert graded(found)
    assert found.notes[0].encode("utf-8")


def test_many_files_and_large_ones_are_left_out_in_time(tmp_path: Path) -> None:
    put(tmp_path, NAME)
    for i in range(3000):
        put(tmp_path, f"noise{i}.txt", b"x")
    begun = time.monotonic()
    found = read(tmp_path)
    assert time.monotonic() - begun < 10
    assert graded(found)
    assert len(found.files) <= submission.MAX_FILES
    assert sum(map(len, found.files.values())) <= submission.MAX_TOTAL


def test_many_files_whose_names_come_first_do_not_hide_the_one(tmp_path: Path) -> None:
    for i in range(300):
        put(tmp_path, f"a{i}.py", b"x")
    put(tmp_path, NAME)
    assert graded(read(tmp_path))


def test_large_files_whose_names_come_first_do_not_hide_the_one(tmp_path: Path) -> None:
    for i in range(6):
        put(tmp_path, f"a{i}.bin", b"x" * MAX_FILE)
    put(tmp_path, NAME)
    assert graded(read(tmp_path))


def test_deep_folders_end_somewhere(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(50):
        deep = deep / "d"
    put(deep, NAME)
    assert read(tmp_path).refused


def test_no_name_leads_out_of_the_folder() -> None:
    for name in ("../x", "a/../x", "/x", "a//b", "./a", "", "x\n", "y" * 300):
        assert not submission._is_plain(name)
    assert submission._is_plain("a/b.py")


def test_a_path_of_the_users_is_printed_whole(tmp_path: Path) -> None:
    path = tmp_path / ("a long name " * 15) / "nowhere"
    with pytest.raises(UserError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert len(submission.shown("x" * 300 + ".py")) == 80
    assert submission.shown("x" * 300 + ".py").endswith(".py")
