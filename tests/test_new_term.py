"""A new term's hidden inputs: one command, and every promise about them holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder import rubric
from autograder.asking.secret import TEST_SECRET, load_secret
from autograder.course import new_term
from autograder.errors import UserError
from tests.support import copy_grader, on_linux, one_error_line, run_program, with_setting

CONTRACT = rubric.load()


def with_training(**changes: object) -> rubric.Rubric:
    return replace(CONTRACT, training=CONTRACT.training._replace(**changes))  # type: ignore[arg-type]


def test_every_term_has_a_secret_of_its_own_and_the_last_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    new_term.renew(path, CONTRACT)
    first = path.read_bytes()
    assert load_secret(path) not in (b"", TEST_SECRET)
    assert path.stat().st_mode & 0o777 == 0o600
    new_term.renew(path, CONTRACT)
    assert path.read_bytes() != first
    assert (tmp_path / "secret.previous").read_bytes() == first
    assert (tmp_path / "secret.previous").stat().st_mode & 0o777 == 0o600
    second = path.read_bytes()
    for number in (1, 2):  # by mistake, once more: the last term's is still there
        new_term.renew(path, CONTRACT)
        assert (tmp_path / "secret.previous.1").read_bytes() == first, number
    assert (tmp_path / "secret.previous.2").read_bytes() == second


def test_a_secret_that_is_not_fair_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([b"a" * 16, b"b" * 16, b"c" * 16])
    monkeypatch.setattr(new_term.secrets, "new_secret", lambda: next(drawn))
    monkeypatch.setattr(new_term, "unfair", lambda _, secret: "it is odd" if secret[0] != ord("c") else "")
    new_term.renew(tmp_path / "secret", CONTRACT)
    assert bytes.fromhex((tmp_path / "secret").read_text()) == b"c" * 16


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"eta": 3.0}, "the reference's loss increases during training"),
        ({"ladder": (0.3, 0.1, 0.0001)}, r"fits only to 0\.00.*, and the ladder asks for 0.0001"),
        ({"ladder": (0.9, 0.1, 0.04)}, r"predicting the mean has loss 0\.\d+, and 0.9 earns"),
    ],
)
def test_a_training_that_is_not_fair_is_refused(changes: dict[str, object], words: str, tmp_path: Path) -> None:
    contract = with_training(**changes)
    (tmp_path / "secret").write_text("before")
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(new_term, "TRIES", 2)
        with pytest.raises(UserError, match=words):
            new_term.renew(tmp_path / "secret", contract)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("secret", "before")]


def test_a_write_that_fails_leaves_the_secret_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_term.renew(tmp_path / "secret", CONTRACT)
    before = (tmp_path / "secret").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autograder.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        new_term.renew(tmp_path / "secret", CONTRACT)
    assert (tmp_path / "secret").read_bytes() == before


@pytest.mark.slow
def test_the_ladder_is_fair_for_20_secrets() -> None:
    for number in range(20):
        assert new_term.unfair(CONTRACT, bytes([number]) * 16) == ""


@on_linux
@pytest.mark.slow
def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    tree = copy_grader(tmp_path)
    done = run_program("term", cwd=tree, tree=tree)
    assert done.returncode == 0, done.stderr
    assert "selfcheck" in done.stdout
    assert load_secret(tree / "autograder" / "secret") != TEST_SECRET
    graded = run_program("grade", "solution", "--no-report", "--quiet", cwd=tree, tree=tree)
    assert graded.returncode == 0, graded.stderr
    path = tree / "autograder" / "rubric.toml"
    path.write_text(with_setting(path.read_text("utf-8"), "eta", "3.0"), "utf-8")
    secret = (tree / "autograder" / "secret").read_bytes()
    assert "loss increases" in one_error_line(run_program("term", cwd=tree, tree=tree, timeout=300))
    assert (tree / "autograder" / "secret").read_bytes() == secret
