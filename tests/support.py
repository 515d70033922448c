"""What the tests share: running the command line, waiting, reading HTML, being another user."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SOLUTION = ROOT / "solution" / "neural_net.py"
SUBMISSIONS = ROOT / "tests" / "submissions"
LINUX = sys.platform.startswith("linux")
IS_ROOT = os.name == "posix" and os.geteuid() == 0
PLAIN_USER = 61_234  # no account has this number
GRADER = ("autograder", "solution", "data")
SHIPPED = ("student", "setup.sh", "run_autograder", "requirements.txt")  # what goes into the two zips besides
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*", "saved")
SECRET = "00112233445566778899aabbccddeeff"
T = TypeVar("T")

on_linux = pytest.mark.skipif(not LINUX, reason="grading needs Linux: run the tests there, or in WSL")
as_root = pytest.mark.skipif(not IS_ROOT, reason="run the tests as root")


def by_profile(*, quick: int, ci: int, full: int) -> int:
    """How many cases to try, by hypothesis's profile (see conftest.py)."""
    return {"quick": quick, "ci": ci, "full": full}[settings.get_current_profile_name()]


# --- the grader and its command line ---------------------------------------------------------------------------------


def copy_grader(place: Path, *more: str) -> Path:
    """Copy the grader, to break it or to tell its processes from all others.

    Parameters
    ----------
    place : Path
        The folder to copy into. It need not exist.
    *more : str
        What to copy besides the grader: names of files and folders of the project.
    """
    for name in (*GRADER, *more):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=NOT_COPIED, dirs_exist_ok=True)
        else:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    return place


def with_secret(tree: Path) -> Path:
    """Give a copy of the grader a secret of its own, as `term` does: `build` refuses the published one."""
    (tree / "autograder/secret").write_text(f"{SECRET}\n")
    return tree


def with_setting(text: str, name: str, value: str) -> str:
    """The text of a rubric with another value for the first setting of this name, whatever its value is now."""
    changed, count = re.subn(rf"^{name} = .*?(?= *(?:#.*)?$)", lambda _: f"{name} = {value}", text, count=1, flags=re.M)
    assert count == 1, f"no setting {name}"
    return changed


def one_point_more(text: str) -> str:
    """The text of a rubric whose first line is worth one point more, so that the points add up to 101."""
    found = re.search(r"^points = ([\d.]+)", text, re.M)
    assert found
    return with_setting(text, "points", f"{float(found[1]) + 1:g}")


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit status, standard output and standard error."""

    returncode: int
    stdout: str
    stderr: str


def run_program(*arguments: Any, cwd: Path, tree: Path = ROOT, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run ``python -m autograder`` in a process of its own.  Where that shows nothing more, use ``run_cli``."""
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"} | more.pop("env", {})
    return subprocess.run(
        [sys.executable, "-m", "autograder", *map(str, arguments)],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False, **{"timeout": 120, **more},
    )  # fmt: skip


def one_error_line(done: Any) -> str:
    """The message of a command that failed: one clear line on standard error, and no traceback anywhere."""
    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stderr.startswith("autograder: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return str(done.stderr)


def wait_until(condition: Callable[[], T], seconds: float = 60.0, pause: float = 0.01) -> T:
    """Wait until a condition holds and return its value.  Fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s"
        time.sleep(pause)
    return value


# --- processes -------------------------------------------------------------------------------------------------------


def children(pid: int) -> list[int]:
    """Everything that a process has started, and what that has started, the nearest first."""
    found = []
    with contextlib.suppress(OSError):
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            found += [child, *children(child)]
    return found


def scratch_folders(pids: list[int]) -> list[str]:
    """The folders that workers are in."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/{pid}/cwd"))
    return [folder for folder in found if "grading-" in folder]


# --- another user ----------------------------------------------------------------------------------------------------


@cache
def plain_user_problem() -> str:
    """Why the tests can't run anything as a user without privileges; empty where they can."""
    if not IS_ROOT:
        return "run the tests as root"
    with contextlib.suppress(PermissionError):
        if run_as_plain_user([sys.executable, "-c", "import numpy, gradescope_utils"]).returncode == 0:
            return ""
    return "install Python and .venv where every user can read them (not below /root)"


def run_as_plain_user(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a command as a user without privileges.  Skip first if ``plain_user_problem()`` says why it can't be."""
    given = {"cwd": "/", "env": {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}, "timeout": 120, "text": True}
    return subprocess.run(
        command, user=PLAIN_USER, group=PLAIN_USER, extra_groups=[], capture_output=True, check=False, **(given | more)
    )


# --- HTML ------------------------------------------------------------------------------------------------------------

VOID = {"meta", "link", "img", "br", "hr", "input", "line", "rect", "circle", "path", "polyline"}


@dataclass(frozen=True)
class Element:
    """A start tag: its name, its attributes, and the elements that it is in, the outermost first."""

    tag: str
    attributes: dict[str, str]
    inside: tuple[str, ...] = field(default=())


class Html(HTMLParser):
    """An HTML text that was read, and checked while it was read.

    It fails where an element is not closed in its turn, an attribute or an ID is there twice, an attribute holds a
    script, a reference leads nowhere, or a picture has no words.  Scripts and styles are no part of ``text``.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[Element] = []
        self.parts: list[str] = []
        self.comments: list[str] = []
        self.declarations: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"not closed: {self.open}"
        self._check_references()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> has an attribute twice: {names}"
        assert not any(name.startswith("on") for name in names), f"<{tag}> has a script in {names}"
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}, tuple(self.open)))
        if tag == "br":
            self.parts.append("\n")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.parts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        self.declarations.append(decl)

    def _check_references(self) -> None:
        assert len(self.ids) == len(set(self.ids)), "an ID is there twice"
        for element in self.elements:
            given = element.attributes
            for name in [*given.get("aria-labelledby", "").split(), *given.get("aria-describedby", "").split()]:
                assert name in self.ids, f"nothing has the ID {name}"
            if element.tag == "label" and "for" in given:
                assert given["for"] in self.ids, f"nothing has the ID {given['for']}"
            if given.get("href", "").startswith("#"):
                assert given["href"] in ("#", *(f"#{name}" for name in self.ids)), f"{given['href']} leads nowhere"
            if element.tag == "img":
                assert "alt" in given, "a picture has no alternative text"
            if element.tag == "svg":
                assert given.get("aria-hidden") == "true" or given.get("role") == "img", "a drawing has no role"

    @property
    def ids(self) -> list[str]:
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]

    @property
    def tags(self) -> set[str]:
        return {element.tag for element in self.elements}

    @property
    def text(self) -> str:
        """What a reader sees, in one line."""
        return " ".join(" ".join(self.parts).split())

    @property
    def links(self) -> list[str]:
        """All addresses that the page names."""
        return [e.attributes[name] for e in self.elements for name in ("href", "src") if name in e.attributes]

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element with this tag."""
        return [element.attributes for element in self.elements if element.tag == tag]
