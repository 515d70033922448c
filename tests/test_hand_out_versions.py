"""The hand-out works with the lowest and with the newest packages that student/requirements.txt allows.

Each case makes an environment of its own, which takes a network and a minute:

    python -m pytest -m slow -n0 tests/test_hand_out_versions.py
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import packaging
from tests.student_support import ROOT, SOLUTION, STUDENT

NOTEBOOK = """
import nbclient, nbformat
notebook = nbformat.read("neural_net.ipynb", 4)
nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
print(sum("image/png" in output.get("data", {}) for output in outputs), "pictures")
"""


def requirements(versions: str) -> list[str]:
    """What to install: the lowest versions that requirements.txt allows, or whatever is newest."""
    lines = (STUDENT / "requirements.txt").read_text("utf-8").split()
    assert all(re.fullmatch(r"\w+>=[\d.]+", line) for line in lines)
    if versions == "newest":
        return lines
    return [f"{line.replace('>=', '==')}{'.0' * (2 - line.count('.'))}" for line in lines]


def interpreter(versions: str) -> str:
    """A Python for an environment.  NumPy 1.24 exists for none above 3.11."""
    if versions == "newest" or sys.version_info < (3, 12):
        return sys.executable
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for name in ("3.11", "3.10"):
        for path in [shutil.which(f"python{name}"), *sorted(map(str, folder.glob(f"{name}.*/bin/python")))]:
            if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
                return path
    pytest.skip("no Python 3.10 or 3.11 found: install one to try the lowest versions")


@pytest.fixture(params=["lowest", "newest"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The Python of a new environment with the packages of one end."""
    subprocess.run([interpreter(request.param), "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run(
        [*install, *requirements(request.param), "nbclient", "ipykernel"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return python


@pytest.mark.slow
def test_tests_pictures_and_notebook_run(environment: Path, tmp_path: Path) -> None:
    folder = tmp_path / "student"
    shutil.copytree(STUDENT, folder, ignore=shutil.ignore_patterns("__pycache__", ".*", "saved"))
    (folder / "data").mkdir()
    for name in packaging.STUDENT_FILES:
        shutil.copy(ROOT / name, folder / "data")
    (folder / "neural_net.py").write_text(SOLUTION, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "MPL"))}
    clean |= {"MPLCONFIGDIR": str(tmp_path / "mpl"), "IPYTHONDIR": str(tmp_path / "ipython")}

    def run(*words: str) -> str:
        done = subprocess.run([environment, *words], cwd=folder, env=clean, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    assert "40 passed" in run("-m", "pytest", "-q")
    assert "1 passed" in run("-m", "pytest", "-q", "--input", "backprop: general 1 tanh")
    drawn = run("explore.py", "all", "--save", "--folder", "drawn")
    assert drawn.count("Saved: ") == len(list((folder / "drawn").iterdir())) == 21
    assert "Saved: " in run("train.py", "--save")
    assert run("-c", NOTEBOOK).strip() == "21 pictures"
