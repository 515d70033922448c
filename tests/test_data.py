"""The data files are what data/README.md says, and make_data.py makes them again bit for bit."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).parents[1] / "data"
ROWS = {"knots.csv": 9, "semicircle.csv": 17, "noisy.csv": 200}
EXACT = ["knots.csv", "semicircle.csv"]


def read(name):
    """Give theta (n,), x (n, 2) and y (n, 2)."""
    table = np.loadtxt(DATA / name, delimiter=",", skiprows=1)
    return table[:, 0], table[:, 1:3], table[:, 3:5]


def mean_loss(yhat, y):
    return np.sum((yhat - y) ** 2) / (2 * len(y))


def figure_in_readme(pattern):
    """Find the number that data/README.md states."""
    text = " ".join((DATA / "README.md").read_text(encoding="utf-8").split())
    return float(re.search(pattern, text)[1])


def test_folder_holds_these_files_and_no_other():
    assert {path.name for path in DATA.glob("*.csv")} == set(ROWS)


def test_generator_makes_the_same_bytes(tmp_path):
    subprocess.run([sys.executable, DATA / "make_data.py", tmp_path], check=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        name: (DATA / name).read_bytes() for name in ROWS
    }


@pytest.mark.parametrize("name", ROWS)
def test_readme_states_checksum_and_rows(name):
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    digest = hashlib.sha256((DATA / name).read_bytes()).hexdigest()
    assert f"{digest}  {name}" in readme
    assert f"| `{name}` | {ROWS[name]} |" in readme


@pytest.mark.parametrize("name", ROWS)
def test_header_rows_and_line_ends(name):
    raw = (DATA / name).read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    first, *rows = raw.decode("ascii").splitlines()
    assert first == "theta,x0,x1,y0,y1"
    assert len(rows) == ROWS[name]
    assert "-0.0," not in raw.decode("ascii").replace("\n", ",\n")


@pytest.mark.parametrize("name", EXACT)
def test_exact_files_hold_the_semicircle_and_the_parabola(name):
    theta, x, y = read(name)
    np.testing.assert_allclose(x, np.column_stack([np.cos(theta), np.sin(theta)]), rtol=0, atol=3e-16)
    np.testing.assert_allclose(y, np.column_stack([theta, theta**2]), rtol=5e-16, atol=0)


@pytest.mark.parametrize(("name", "gaps"), [("knots.csv", 8), ("semicircle.csv", 16)])
def test_spaced_angles(name, gaps):
    theta, _, _ = read(name)
    np.testing.assert_allclose(theta, -np.pi / 2 + np.arange(gaps + 1) * np.pi / gaps, rtol=0, atol=5e-16)


def test_noisy_targets_are_right_on_average():
    theta, x, y = read("noisy.csv")
    np.testing.assert_allclose(x, np.column_stack([np.cos(theta), np.sin(theta)]), rtol=0, atol=5.1e-7)
    assert theta.min() < -1.5
    assert theta.max() > 1.5
    noise = y - np.column_stack([theta, theta**2])
    assert np.all(np.abs(noise.mean(axis=0)) < 2 * 0.25 / np.sqrt(200))
    np.testing.assert_allclose(noise.std(axis=0), 0.25, rtol=0.1)
    # Nothing that depends on x is left: no slope, no bend, no link between the outputs.
    angle = theta / theta.std()
    for wave in (angle, angle**2 - 1):
        assert np.all(np.abs(noise.T @ wave / 200) < 3 * 0.25 * wave.std() / np.sqrt(200))
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.2


def test_readme_states_the_losses():
    _, _, y = read("semicircle.csv")
    assert mean_loss(y.mean(axis=0), y) == pytest.approx(figure_in_readme(r"costs ([\d.]+) on `semicircle"), rel=1e-3)
    theta, _, y = read("noisy.csv")
    best = mean_loss(np.column_stack([theta, theta**2]), y)
    assert best == pytest.approx(figure_in_readme(r"costs ([\d.]+) on `noisy"), rel=1e-3)


def test_network_by_hand_is_exact_at_the_knots():
    _, x, y = read("knots.csv")
    t = -np.pi / 2 + np.pi / 16 + np.arange(8) * np.pi / 8
    w1 = np.column_stack([-np.sin(t), np.cos(t)])
    w2 = np.vstack([np.full(8, np.pi / 8), np.pi / 4 * t])
    b2 = np.array([-np.pi / 2, np.pi**2 / 4])
    step = np.heaviside(x @ w1.T, 0.5)
    np.testing.assert_allclose(step @ w2.T + b2, y, rtol=0, atol=2e-15)
