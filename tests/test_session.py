"""A session is asked once and recorded; judging and explaining need nothing but the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder import grade as grading
from autograder import rubric
from autograder.asking import recording
from autograder.asking.session import SessionError
from autograder.result import gradescope
from autograder.sandbox import client

ROOT = Path(__file__).resolve().parent.parent
WRONG = ROOT / "tests/submissions/wrong"
PROGRAMS = {
    "correct": ROOT / "solution/neural_net.py",
    "stubs": ROOT / "student/neural_net.py",
    "epsilon": WRONG / "epsilon_sign.py",
    "forward": WRONG / "forward_without_b2.py",
}


def page(result: Any) -> dict[str, Any]:
    made = gradescope(result)
    del made["execution_time"]
    return made


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict[str, Any]]]:
    folder, made = tmp_path_factory.mktemp("recordings"), {}
    for name, program in PROGRAMS.items():
        path = folder / name
        made[name] = path, page(grading.grade(program, pictures=False, record=path))
    return made


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a worker was asked for")

    for name in ("server", "Sandbox"):
        monkeypatch.setattr(client, name, refuse)
    monkeypatch.setattr(grading, "Sandbox", refuse)


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_replay_gives_the_same_result_without_a_worker(name: str, recorded: dict[str, Any]) -> None:
    path, graded = recorded[name]
    replayed = page(grading.regrade(path))
    for made in (graded, replayed):  # a replay has no sandbox
        made["extra_data"].pop("layers", None)
    assert replayed == graded


@pytest.mark.usefixtures("no_worker")
def test_a_replay_follows_an_edit_of_the_points(recorded: dict[str, Any], tmp_path: Path) -> None:
    path, graded = recorded["forward"]
    text = rubric.FILE.read_text()
    lost = next(t for t in graded["tests"] if t["score"] < t["max_score"])
    kept = next(t for t in graded["tests"] if t["score"] == t["max_score"] > 1)
    keys = {t["extra_data"]["key"]: t["max_score"] for t in (lost, kept)}
    new = {lost["extra_data"]["key"]: lost["max_score"] + 1, kept["extra_data"]["key"]: kept["max_score"] - 1}
    for key, points in keys.items():
        head, tail = text.split(f'key = "{key}"')
        text = head + f'key = "{key}"' + tail.replace(f"points = {points:g}", f"points = {new[key]:g}", 1)
    edited = tmp_path / "rubric.toml"
    edited.write_text(text)
    assert grading.regrade(path, rubric.load(edited)).score == graded["score"] - 1


def test_other_training_settings_reject_a_recording(recorded: dict[str, Any], tmp_path: Path) -> None:
    edited = tmp_path / "rubric.toml"
    edited.write_text(rubric.FILE.read_text().replace("eta = 0.2 ", "eta = 0.1 ").replace("eta = 0.2\n", "eta = 0.1\n"))
    with pytest.raises(recording.RecordingError, match="other questions"):
        grading.regrade(recorded["correct"][0], rubric.load(edited))


@pytest.mark.parametrize("damage", ["cut", "edited", "version", "text"])
def test_a_damaged_recording_is_rejected_in_a_line(damage: str, recorded: dict[str, Any], tmp_path: Path) -> None:
    data = recorded["correct"][0].read_bytes()
    header, body = data.split(b"\n", 1)
    damaged = {
        "cut": data[:-10],
        "edited": header + b"\n" + body.replace(b"forward", b"forwarD", 1),
        "version": json.dumps(json.loads(header) | {"format": 99}).encode() + b"\n" + body,
        "text": b"hello",
    }[damage]
    path = tmp_path / "damaged"
    path.write_bytes(damaged)
    with pytest.raises(recording.RecordingError) as caught:
        grading.regrade(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_answer_ends_the_replay_and_names_the_student(recorded: dict[str, Any], tmp_path: Path) -> None:
    whole = recording.read(recorded["correct"][0])
    path = tmp_path / "short"
    fewer = recording.Recording("Ada", whole.files, whole.questions, whole.pictures, whole.notes, whole.entries[:-1])
    recording.write(fewer, path)
    with pytest.raises(SessionError, match="Ada"):
        grading.regrade(path)
