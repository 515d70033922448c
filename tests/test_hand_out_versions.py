"""The hand-out works with the lowest and with the newest packages that student/requirements.txt allows.

Each case makes an environment of its own, which takes a network.
"""

from __future__ import annotations

import os
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


# NumPy 1.24 exists for no Python above 3.11, and the newest packages want a new one.
PYTHONS = {"lowest-direct": ("3.11", "3.10"), "highest": ("3.14", "3.13", "3.12")}


def interpreter(versions: tuple[str, ...]) -> str:
    """The first of these Pythons that runs here."""
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in versions:
        for path in [shutil.which(f"python{version}"), *sorted(map(str, folder.glob(f"{version}.*/bin/python")))]:
            if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
                return path
    pytest.skip(f"none of Python {', '.join(versions)} found")


@pytest.fixture(params=PYTHONS)
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The Python of a new environment with the packages of one end."""
    pytest.importorskip("uv", reason="uv is not installed: setup.sh dev")
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"

    def uv(*words: str | Path) -> None:
        done = subprocess.run([sys.executable, "-m", "uv", *words, "-q"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]

    uv("venv", "--python", interpreter(PYTHONS[request.param]), tmp_path / "venv")
    uv("pip", "install", "--python", python, "--resolution", request.param, "-r", STUDENT / "requirements.txt")
    uv("pip", "install", "--python", python, "nbclient", "ipykernel")
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
