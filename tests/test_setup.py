"""setup.sh and run_autograder on machines of every kind: bare, old, half set up, without a network.

A machine is a folder of programs that is the whole PATH.  The real packages are installed by the container's test.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.environment import ENVIRONMENT
from tests.support import IS_ROOT, ROOT

TOOLS = "sh bash env cat cksum chmod cp dirname grep id mkdir mktemp mv rm sed sleep tail touch uname".split()
if sys.platform == "win32":
    pytest.skip("setup.sh needs Unix: run the tests there, or in WSL", allow_module_level=True)

BASE = os.path.realpath(sys.executable)
EMPTY_LOCK = "# nothing\n"  # no package is downloaded, and matplotlib is an empty module


class Machine:
    """A computer with a few programs, and the folder of the homework on it."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.here = folder / "a teacher's Übung"
        self.bin.mkdir()
        self.here.mkdir()
        for name in TOOLS:
            found = shutil.which(name)
            assert found, f"the tests need {name}"
            (self.bin / name).symlink_to(found)
        for name in ("setup.sh", "run_autograder"):
            shutil.copy(ROOT / name, self.here)
        (self.here / "requirements.txt").write_text(EMPTY_LOCK)
        self.stubs = folder / "stubs"
        for name in ("matplotlib/__init__.py", "matplotlib/font_manager.py"):
            (self.stubs / name).parent.mkdir(parents=True, exist_ok=True)
            (self.stubs / name).touch()
        self.environment = {"PATH": str(self.bin), "HOME": str(folder), "PYTHONPATH": str(self.stubs)}
        self.environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "LC_ALL": "C.UTF-8"}

    @property
    def python(self) -> Path:
        return self.here / ".venv/bin/python"

    def program(self, name: str, script: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!{self.bin}/sh\n{script}\n")
        path.chmod(0o755)

    def real_python(self, name: str = "python3", pip: bool = False) -> None:
        """This Python.  Its environments have a pip that does nothing, which saves seconds, or the real one."""
        without = '[ "$*" = "-m venv --clear .venv" ] && set -- -m venv --without-pip --clear .venv\n'
        self.program(name, ("" if pip else without) + f'exec "{BASE}" "$@"')
        if not pip:
            (self.stubs / "pip").mkdir(exist_ok=True)
            (self.stubs / "pip/__main__.py").touch()

    def plain_user(self) -> None:
        self.program("id", "echo 1000")

    def setup(self, *arguments: str, shell: str = "bash", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.bin / shell, self.here / "setup.sh", *arguments],
            cwd="/",
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def says(self, words: str, *arguments: str, **environment: str) -> None:
        """setup.sh fails, with one line on stderr that has these words."""
        ran = self.setup(*arguments, **environment)
        assert ran.returncode == 1
        assert ran.stderr.count("\n") == 1, ran.stderr
        assert ran.stderr.startswith("setup.sh: ")
        assert words in ran.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """A machine on which setup.sh has run."""
    machine.real_python()
    ran = machine.setup()
    assert ran.returncode == 0, ran.stderr
    return machine


@pytest.mark.slow
def test_it_makes_an_environment_in_a_folder_with_spaces_from_any_folder(machine: Machine) -> None:
    machine.real_python(pip=True)
    assert machine.setup().returncode == 0
    assert subprocess.check_output([machine.python, "-m", "pip", "--version"]).startswith(b"pip ")


def test_it_needs_no_more_than_a_plain_sh(machine: Machine) -> None:
    machine.real_python()
    (machine.bin / "bash").unlink()
    assert machine.setup(shell="sh").returncode == 0


def test_with_nothing_to_do_it_is_quick_silent_and_touches_nothing(ready: Machine) -> None:
    def state() -> dict[str, int]:
        return {str(path): path.lstat().st_mtime_ns for path in ready.here.rglob("*")}

    before, started = state(), time.monotonic()
    ran = ready.setup()
    assert time.monotonic() - started < 1
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert state() == before


def test_every_user_can_read_what_it_made(machine: Machine) -> None:
    machine.real_python()
    machine.program("bash", 'umask 077; exec sh "$@"')
    assert machine.setup().returncode == 0
    assert machine.python.parent.stat().st_mode & 0o777 == 0o755


def test_other_locks_are_installed(ready: Machine) -> None:
    (ready.here / "requirements.txt").write_text("# another lock\n")
    assert "creating .venv" in ready.setup().stdout
    assert ready.setup().stdout == ""


def test_a_folder_that_moved_gets_a_new_environment(ready: Machine) -> None:
    ready.here = ready.here.rename(ready.here.with_name("elsewhere"))
    assert "creating .venv" in ready.setup().stdout


def test_a_run_that_was_cut_short_is_repaired(machine: Machine) -> None:
    machine.real_python()
    (machine.here / ".venv/bin").mkdir(parents=True)
    (machine.here / ".venv/bin/python").symlink_to("/nowhere")
    assert machine.setup().returncode == 0
    assert subprocess.call([machine.python, "-c", ""]) == 0


def test_an_environment_whose_python_is_gone_is_repaired(ready: Machine) -> None:
    ready.python.unlink()
    ready.python.symlink_to("/nowhere")
    assert ready.setup().returncode == 0
    assert subprocess.call([ready.python, "-c", ""]) == 0


def test_a_run_that_fails_leaves_no_stamp(ready: Machine) -> None:
    (ready.stubs / "pip/__main__.py").write_text("raise SystemExit('ERROR: a word of pip')")
    (ready.here / "requirements.txt").write_text("# another lock\n")
    ready.says("pip failed (see .venv/setup.log): ERROR: a word of pip")
    ready.says("pip failed (see .venv/setup.log): ERROR: a word of pip")
    (ready.here / "requirements.txt").write_text(EMPTY_LOCK)
    assert ready.setup().returncode == 1


def test_the_folder_and_the_argument_choose_the_lock(machine: Machine) -> None:
    machine.real_python()
    assert "packages of requirements.txt," in machine.setup().stdout  # as on Gradescope
    for name in ("requirements-course.txt", "requirements-dev.txt"):
        (machine.here / name).write_text(EMPTY_LOCK)
    assert "packages of requirements-course.txt," in machine.setup().stdout
    assert "packages of requirements-dev.txt," in machine.setup("dev").stdout
    assert machine.setup().stdout == "", "a contributor's environment will do for an instructor"


@pytest.mark.parametrize("works", [True, False])
def test_uv_installs_the_packages_of_the_tests_and_pip_where_uv_fails(machine: Machine, works: bool) -> None:
    machine.real_python()
    lock = "uv==1 \\\n    --hash=sha256:0\n    # via me\nother==1 \\\n    --hash=sha256:0\n"
    (machine.here / "requirements-dev.txt").write_text(lock)
    uv = machine.here / ".venv/bin/uv"
    (machine.stubs / "pip/__main__.py").write_text(
        f"""import pathlib, sys
text = pathlib.Path(sys.argv[-1]).read_text()
print(*sys.argv[1:], file=open({str(machine.here / "pip.log")!r}, "a"))
if "other" not in text:
    path = pathlib.Path({str(uv)!r})
    path.write_text('#!/bin/sh\\necho "$*" >uv.log\\nexit {int(not works)}')
    path.chmod(0o755)
"""
    )
    ran = machine.setup("dev")
    assert ran.returncode == 0, ran.stderr
    assert "-r requirements-dev.txt" in (machine.here / "uv.log").read_text()
    calls = (machine.here / "pip.log").read_text().splitlines()
    assert [call.split()[-1] for call in calls] == [".venv/uv.txt", *([] if works else ["requirements-dev.txt"])]
    assert all("--require-hashes" in call for call in calls)


def test_an_unknown_argument_is_refused(machine: Machine) -> None:
    machine.says("unknown argument tests. Usage: bash setup.sh [dev]", "tests")


def test_dev_without_its_lock_is_refused(machine: Machine) -> None:
    machine.says("requirements-dev.txt is missing in", "dev")


def test_it_makes_a_launcher_that_works_in_every_folder(ready: Machine, tmp_path: Path) -> None:
    (ready.here / "autograder").mkdir()
    (ready.here / "autograder" / "__main__.py").write_text("import os, sys; print(os.getcwd(), sys.argv[1:])")
    command = [ready.here / ".venv/bin/autograder", "grade", "a b.py"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout == f"{tmp_path} ['grade', 'a b.py']\n"


def test_the_launcher_runs_the_project_that_it_lies_in(ready: Machine, tmp_path: Path) -> None:
    """A copy's own, also through links; a copy of the launcher alone belongs to none."""
    (ready.here / "autograder").mkdir()
    (ready.here / "autograder" / "__main__.py").write_text("print(__file__)")
    copy, launcher = tmp_path / "copy", ".venv/bin/autograder"
    shutil.copytree(ready.here, copy, symlinks=True)
    (tmp_path / "bin2").mkdir()
    (tmp_path / "bin2" / "link").symlink_to(f"../copy/{launcher}")
    (tmp_path / "bin2" / "link to it").symlink_to("link")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / ".venv").symlink_to(copy / ".venv")
    shutil.copytree(copy / "autograder", tmp_path / "tree" / "autograder")
    for path, place in {copy / launcher: copy, tmp_path / "bin2/link to it": copy, "tree/" + launcher: "tree"}.items():
        said = subprocess.check_output([tmp_path / path], cwd=tmp_path, text=True)
        assert said == f"{tmp_path / place}/autograder/__main__.py\n"
    shutil.copy(copy / launcher, tmp_path / "bin2" / "alone")
    ran = subprocess.run([tmp_path / "bin2" / "alone"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "not a copy" in ran.stderr


def test_the_launcher_imports_nothing_from_the_folder_it_is_called_in(ready: Machine, tmp_path: Path) -> None:
    (ready.here / "autograder").mkdir()
    (ready.here / "autograder" / "__main__.py").write_text("import json\nprint(json.__file__)")
    for name in ("json.py", "sitecustomize.py"):
        (tmp_path / name).write_text("print('code of a submission')")
    launcher = ready.here / ".venv/bin/autograder"
    said = subprocess.check_output([launcher], cwd=tmp_path, env=os.environ | {"PYTHONPATH": ":"}, text=True)
    assert Path(said.strip()).parts[-2:] == ("json", "__init__.py")


def test_a_python_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine.program("python3", "echo 'pyenv: python3: command not found' >&2; exit 127")
    machine.real_python("python3.12")
    assert machine.setup().returncode == 0


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.14"])
def test_an_old_or_too_new_python_is_named(machine: Machine, version: str) -> None:
    machine.program("python3", f"echo {version}")
    machine.says(f"Python 3.10, 3.11, 3.12 or 3.13 is needed, and only {version} was found")


def test_an_old_python3_gives_way_to_a_newer_one_beside_it(machine: Machine) -> None:
    machine.program("python3", "echo 3.8")
    machine.real_python("python3.10")
    assert machine.setup().returncode == 0


def test_a_python_can_be_chosen(machine: Machine) -> None:
    machine.program("python3", "echo 3.8")
    machine.real_python("mine")
    assert machine.setup(PYTHON="mine").returncode == 0
    assert machine.setup(PYTHON="mine").stdout == ""
    machine.program("other", "echo 3.9")
    machine.says("PYTHON=other is not a Python 3.10 to 3.13 that runs", PYTHON="other")


def test_no_python_is_said_to_a_plain_user(machine: Machine) -> None:
    machine.plain_user()
    machine.says("no python3 was found. On Debian or Ubuntu: sudo apt-get install python3 python3-venv")


def test_no_python_is_installed_by_root(machine: Machine) -> None:
    machine.program("id", "echo 0")
    machine.real_python("not-yet")
    asked = '[ "$*" = "install -qq -y --no-install-recommends python3 python3-venv" ]'
    machine.program("apt-get", f"{asked} && mv {machine.bin}/not-yet {machine.bin}/python3")
    ran = machine.setup()
    assert ran.returncode == 0, ran.stderr
    assert "installing python3 python3-venv with apt-get" in ran.stdout


# A Python whose ensurepip is in a package of its own, as on Debian and Ubuntu: there once the file "venv" is.
SPLIT_PYTHON = """case "$*" in
*ensurepip*) [ -e {flag} ] ;;
*version_info*) echo 3.11 ;;
*) exec python-and-all "$@" ;;
esac"""


def split_python(machine: Machine) -> Path:
    flag = machine.bin.parent / "venv"
    machine.real_python("python-and-all")
    machine.program("python3", SPLIT_PYTHON.format(flag=flag))
    return flag


def test_a_missing_venv_module_is_said_to_a_plain_user(machine: Machine) -> None:
    split_python(machine)
    machine.plain_user()
    machine.program("apt-get", "exit 0")
    machine.says("the venv module of Python 3.11 is missing. On Debian or Ubuntu: sudo apt-get install python3.11-venv")


def test_a_missing_venv_module_is_said_where_there_is_no_apt(machine: Machine) -> None:
    split_python(machine)
    machine.program("id", "echo 0")
    machine.says("the venv module of Python 3.11 is missing")


def test_a_missing_venv_module_is_installed_by_root_after_an_update_of_the_lists(machine: Machine) -> None:
    flag = split_python(machine)
    lists = machine.bin.parent / "lists"
    machine.program("id", "echo 0")
    machine.program(
        "apt-get",
        f'case "$*" in *update*) : >{lists} ;; "install -qq -y --no-install-recommends python3.11-venv") '
        f"[ -e {lists} ] && : >{flag} ;; *) exit 1 ;; esac",
    )
    ran = machine.setup()
    assert ran.returncode == 0, ran.stderr
    assert "installing python3.11-venv with apt-get" in ran.stdout


def test_apt_that_fails_is_said(machine: Machine) -> None:
    split_python(machine)
    machine.program("id", "echo 0")
    machine.program("apt-get", "exit 100")
    machine.says("apt-get could not install python3.11-venv. Is there a network?")


@pytest.mark.slow
def test_no_network_is_said(machine: Machine) -> None:
    machine.real_python(pip=True)
    (machine.here / "requirements.txt").write_text("numpy==2.2.6 --hash=sha256:" + 64 * "0" + "\n")
    machine.environment.pop("PIP_NO_INDEX")
    nobody = "http://127.0.0.1:1/simple"
    machine.says("the packages could not be downloaded: no network", PIP_INDEX_URL=nobody, PIP_RETRIES="1")
    assert "numpy" in (machine.here / ".venv/setup.log").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lock", "words"),
    [("thing==1 --hash=sha256:" + 64 * "0", "is not the locked one"), ("thing==1", "Hashes are required")],
)
def test_a_package_that_is_not_the_locked_one_is_refused(machine: Machine, lock: str, words: str) -> None:
    machine.real_python(pip=True)
    (machine.here / "thing-1-py3-none-any.whl").write_bytes(b"not the thing")
    (machine.here / "requirements.txt").write_text(lock + "\n")
    machine.says(words, PIP_FIND_LINKS=machine.here.as_uri())


def test_a_missing_lock_is_said(machine: Machine) -> None:
    (machine.here / "requirements.txt").unlink()
    machine.says("requirements.txt is missing in")


def test_a_full_disk_is_said(machine: Machine) -> None:
    machine.real_python()
    (machine.stubs / "pip/__main__.py").write_text("raise SystemExit('ERROR: [Errno 28] No space left on device')")
    machine.says("the disk is full")


def test_a_file_in_the_way_is_said(machine: Machine) -> None:
    machine.real_python()
    (machine.here / ".venv").write_text("what is this?")
    machine.says(".venv is in the way: it is not a folder")
    assert (machine.here / ".venv").read_text() == "what is this?"


def test_a_folder_that_can_not_be_written_is_said(machine: Machine) -> None:
    machine.real_python()
    if IS_ROOT:  # who may write everywhere but here
        (machine.here / ".venv").symlink_to("/proc/nowhere")
    else:
        machine.here.chmod(0o555)
    machine.says("can't write to")
    machine.here.chmod(0o755)


# The lock files, the smallest first.

LOCKS = ("requirements.txt", "requirements-course.txt", "requirements-dev.txt")


def pins(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """{package: (version and condition, hashes)}"""
    text = "\n".join(line for line in (ROOT / name).read_text().split("\n") if not line.lstrip().startswith("#"))
    packages = re.findall(r"^([a-z0-9-]+)==([^\\\n]+?) \\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.M)
    assert len(packages) == len(re.findall(r"^\S", text, re.M)), "a line is not PACKAGE==VERSION with hashes"
    return {package: (rest, frozenset(re.findall("sha256:\\w+", hashes))) for package, rest, hashes in packages}


def test_the_locks_pin_every_package_by_hash_and_name_no_index() -> None:
    for name in LOCKS:
        assert pins(name)
        assert not re.search(r"^\s*-(-index|-extra|-find|-trusted|i|f)|://|file:", (ROOT / name).read_text(), re.M)


def test_each_lock_holds_the_one_before_and_the_project_asks_for_them() -> None:
    grading, course, dev = map(pins, LOCKS)
    assert grading.items() < course.items() < dev.items()
    project = (ROOT / "pyproject.toml").read_text()
    asked = re.findall(r'"([a-z0-9-]+)==([0-9.]+)"', project)
    assert len(asked) == 4
    for package, version in asked:
        assert dev[package][0] == version
    assert not {"pytest", "mypy", "ruff", "hypothesis", "distributed"} & course.keys()


# run_autograder.


class Source:
    """/autograder in a temporary folder, with a stand-in for the Python of the environment."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "auto grader"
        self.source = self.root / "source"
        (self.source / ".venv/bin").mkdir(parents=True)
        shutil.copy(ROOT / "run_autograder", self.source)
        shutil.copy(ROOT / "run_autograder", self.root)

    def python(self, script: str) -> None:
        path = self.source / ".venv/bin/python"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)

    def run(self, *arguments: str, copy: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [(self.root if copy else self.source) / "run_autograder", *arguments],
            cwd="/",
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def results(self) -> dict[str, object]:
        loaded = json.loads((self.root / "results/results.json").read_text())
        assert isinstance(loaded, dict)
        return loaded


@pytest.fixture
def gradescope(tmp_path: Path) -> Source:
    return Source(tmp_path)


@pytest.mark.parametrize("copy", [True, False])
def test_run_autograder_finds_its_folder_as_a_copy_and_as_itself(gradescope: Source, copy: bool) -> None:
    gradescope.python('printf "%s\\n" "$PWD" "$@"')
    ran = gradescope.run(copy=copy)
    said = [str(gradescope.source), "-s", "-m", "autograder", "gradescope", "--root", str(gradescope.root)]
    assert ran.stdout.splitlines() == said


def test_run_autograder_takes_another_root(gradescope: Source, tmp_path: Path) -> None:
    gradescope.python('printf "%s\\n" "$7"')
    gradescope.python('shift 5; printf "%s\\n" "$@"')
    assert gradescope.run(str(tmp_path / "there")).stdout.strip() == str(tmp_path / "there")
    assert (tmp_path / "there/results/results.json").exists()


def test_run_autograder_asks_for_a_root_where_it_can_not_know(tmp_path: Path) -> None:
    shutil.copy(ROOT / "run_autograder", tmp_path)
    ran = subprocess.run([tmp_path / "run_autograder"], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "run_autograder ROOT" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["run_autograder"]


def test_the_grader_starts_with_its_own_environment_and_nothing_of_the_machines(gradescope: Source) -> None:
    gradescope.python("env")
    ran = gradescope.run(SECRET="x", PYTHONPATH="/x", LD_PRELOAD="", OPENBLAS_NUM_THREADS="8")
    found = dict(line.split("=", 1) for line in ran.stdout.splitlines())
    assert ENVIRONMENT.items() <= found.items()  # then the grader has no need to start itself again
    assert not {"SECRET", "PYTHONPATH", "LD_PRELOAD"} & found.keys()


def test_the_graders_exit_status_and_results_are_passed_on(gradescope: Source) -> None:
    gradescope.python(f"echo '{{\"score\": 5}}' >'{gradescope.root}/results/results.json'; exit 7")
    assert gradescope.run().returncode == 7
    assert gradescope.results() == {"score": 5}


def test_the_grader_takes_the_place_of_the_script_so_that_signals_reach_it(gradescope: Source) -> None:
    gradescope.python("echo $$")
    with subprocess.Popen([gradescope.root / "run_autograder"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.read() == f"{process.pid}\n"


def test_results_are_there_before_the_grader_starts(gradescope: Source) -> None:
    gradescope.python(f"cat '{gradescope.root}/results/results.json'")
    assert "could not start" in gradescope.run().stdout


@pytest.mark.parametrize("damage", ["no environment", "does not run", "fails at once"])
def test_a_grader_that_can_not_start_says_so_and_claims_no_score(gradescope: Source, damage: str) -> None:
    if damage == "does not run":
        gradescope.python("")
        (gradescope.source / ".venv/bin/python").chmod(0o644)
    if damage == "fails at once":
        gradescope.python("echo 'error while loading shared libraries' >&2; exit 127")
    ran = gradescope.run()
    assert ran.returncode != 0
    assert ran.stderr
    results = gradescope.results()
    assert "not a mistake of yours" in str(results["output"])
    # A hidden entry: with one, Gradescope shows the student no total, so the 0 that must be there is not shown.
    tests = results["tests"]
    assert isinstance(tests, list)
    assert [test["visibility"] for test in tests] == ["hidden"]
    assert results["score"] == 0
    assert [path.name for path in (gradescope.root / "results").iterdir()] == ["results.json"]
