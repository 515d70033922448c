"""The pictures show what they say, by the student's own functions, and a wrong function spoils the right ones.

Held here is what is drawn, as data; nothing compares pixels.
"""

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import FancyArrowPatch

ROOT = Path(__file__).parents[1]
STUDENT = ROOT / "student"
SOLUTION = (ROOT / "solution" / "neural_net.py").read_text(encoding="utf-8")
FUNCTIONS = ["forward", "loss", "backprop", "update"]
NAMES = [
    *["nonlinearities", "slopes", "plane", "barron", "decisions", "staircase", "gains", "noise"],
    *["valleys", "rates", "optimizers", "start", "step", "frames", "animation", "check"],
]
SCIPY = importlib.util.find_spec("scipy") is not None


def program(*changes, without=()):
    """Make a neural_net module: the reference with some words changed and some functions not written."""
    text = SOLUTION
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong)
    module = ModuleType("neural_net")
    exec(compile(text, str(STUDENT / "neural_net.py"), "exec"), module.__dict__)
    for name in without:
        exec(f"def {name}(*a, **k):\n raise NotImplementedError('{name} is not written yet')", module.__dict__)
    return module


@pytest.fixture
def pictures(monkeypatch):
    """The package pictures, with the reference as the student's file; gives a way to put in another one."""
    matplotlib.use("Agg")
    monkeypatch.syspath_prepend(STUDENT)
    own = [name for name in sys.modules if name.split(".")[0] in ("pictures", "neural_net", "train", "explore")]
    for name in own:
        monkeypatch.delitem(sys.modules, name)

    class Pictures:
        def write(self, *changes, without=()):
            monkeypatch.setitem(sys.modules, "neural_net", program(*changes, without=without))

        def __getattr__(self, name):
            return importlib.import_module(f"pictures.{name}")

        def make(self, name):
            return self.catalogue.ALL[name].make()

    them = Pictures()
    them.write()
    with plt.rc_context():
        yield them
    plt.close("all")
    for name in [name for name in sys.modules if name.split(".")[0] in ("pictures", "train", "explore")]:
        del sys.modules[name]


def line(axes, label):
    """Find a line by its label; give its points (n, 2)."""
    (found,) = [one for one in axes.lines if re.sub(r"[$\\]", "", str(one.get_label())).startswith(label)]
    return np.column_stack(found.get_data()).astype(float)


def arrows(axes):
    """Find the arrows; give their starts and ends (n, 2, 2)."""
    texts = [one for one in axes.texts if isinstance(getattr(one, "arrow_patch", None), FancyArrowPatch)]
    return np.array([(one.xyann, one.xy) for one in texts], dtype=float)


# All of them ----------------------------------------------------------------------------------------------------------


def test_these_are_the_pictures(pictures):
    assert list(pictures.catalogue.ALL) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_needs_only_what_it_says_and_asks_a_question(pictures, name):
    picture = pictures.catalogue.ALL[name]
    pictures.write(without=[function for function in FUNCTIONS if function not in picture.needs])
    fig = picture.make()
    assert fig.get_suptitle() == picture.title
    assert " ".join(fig.get_supxlabel().split()) == picture.question
    assert picture.question.endswith("?")
    assert all(axes.get_title(loc="left") or axes.get_xlabel() or axes.get_label() == "<colorbar>" for axes in fig.axes)
    fig.draw_without_rendering()


@pytest.mark.parametrize("name", NAMES)
def test_each_names_the_functions_it_waits_for(pictures, name):
    picture = pictures.catalogue.ALL[name]
    for function in picture.needs:
        pictures.write(without=[function])
        with pytest.raises(pictures.yours.Stopped, match=rf"not written yet: {function}\.$"):
            picture.make()


def test_hand_out_says_when_each_can_be_drawn(pictures):
    readme = (STUDENT / "README.md").read_text(encoding="utf-8")
    table = readme[readme.index("| when you have | look at |") :]
    written, told = set(), []
    for function in FUNCTIONS:
        written.add(function)
        names = re.findall(r"`(\w+)`", re.search(rf"^\| `{function}` \| (.+) \|$", table, re.MULTILINE)[1])
        assert all(set(pictures.catalogue.ALL[name].needs) <= written for name in names)
        told += names
    assert sorted(told) == sorted(NAMES)


@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("plane", range(6)),
        ("decisions", [0]),
        ("staircase", [0]),
        ("gains", range(4)),
        ("start", [0, 1]),
        ("step", [0, 1]),
        ("frames", range(6)),
        ("animation", [0]),
    ],
)
def test_axes_are_equal_where_geometry_matters(pictures, name, which):
    axes = pictures.make(name).axes
    assert all(axes[i].get_aspect() == 1 for i in which)


def test_colours_differ_in_grey(pictures):
    style = pictures.style

    def grey(colour):
        return float(np.dot(matplotlib.colors.to_rgb(colour), [0.299, 0.587, 0.114]))

    main = sorted(map(grey, [style.TARGET, style.YOURS, style.ERROR, style.OTHER]))
    assert min(np.diff(main)) > 0.08
    units = [grey(colour) for colour in style.unit_colours(8)]
    assert np.all(np.diff(units) > 0.03)


# 1 The nonlinearities ---------------------------------------------------------------------------------------------


def test_nonlinearities(pictures):
    left, right = pictures.make("nonlinearities").axes
    e, h = line(left, "logistic").T
    np.testing.assert_allclose(h, 1 / (1 + np.exp(-e)))
    e, h = line(right, "tanh").T
    np.testing.assert_allclose(h, np.tanh(e))
    assert set(line(left, "unit step")[:, 1][e != 0]) == {0, 1}
    assert set(line(right, "signum")[:, 1][e != 0]) == {-1, 1}


def test_slopes(pictures):
    for axes, top in zip(pictures.make("slopes").axes, [0.25, 1], strict=True):
        own, measured = line(axes, "by your"), line(axes, "measured")
        np.testing.assert_allclose(own, measured, atol=1e-7)
        assert own[:, 1].max() == pytest.approx(top)


def test_a_wrong_slope_spoils_only_its_panel(pictures):
    pictures.write(("1 - h**2 if", "h * (1 - h) if"))
    left, right = pictures.make("slopes").axes
    np.testing.assert_allclose(line(left, "by your"), line(left, "measured"), atol=1e-7)
    assert np.abs(line(right, "by your") - line(right, "measured")).max() > 0.5


# 2 Approximation ------------------------------------------------------------------------------------------------------


def test_plane_is_close_to_its_target(pictures):
    approximation = pictures.approximation
    assert len(pictures.make("plane").axes) == 6
    x = np.stack(np.meshgrid(approximation.SIDE, approximation.SIDE), axis=-1).reshape(-1, 2)
    yhat = pictures.yours.forward(x, approximation.ridge_network(), "tanh")[2][:, 0]
    assert np.sqrt(np.mean((yhat - approximation.ridge(x)) ** 2)) < 0.1


@pytest.mark.slow
def test_barron_falls_below_its_bound(pictures, monkeypatch):
    monkeypatch.setattr(pictures.approximation, "affordable_steps", lambda hill: pictures.approximation.STEPS)
    _, right = pictures.make("barron").axes
    units, errors = line(right, "trained").T
    bound = line(right, "falls as 1/N")
    assert units.tolist() == [1, 2, 4, 8, 16, 32]
    np.testing.assert_allclose(bound[:, 1] * units, errors[0])
    assert np.all(errors[1:] < bound[1:, 1])
    assert errors[-1] < errors[0] / 100


@pytest.mark.slow
def test_a_wrong_gradient_keeps_barron_from_falling(pictures):
    pictures.write(("slope * (epsilon", "-slope * (epsilon"))
    errors = line(pictures.make("barron").axes[1], "trained")[:, 1]
    assert errors[-1] > errors[0] / 100


# 3 By hand ------------------------------------------------------------------------------------------------------------


def test_decisions_divide_the_semicircle_between_the_knots(pictures):
    left, right = pictures.make("decisions").axes
    ends = arrows(left)
    assert len(ends) == 8
    angles = np.arctan2(ends[:, 0, 1], ends[:, 0, 0])
    np.testing.assert_allclose(angles, -np.pi / 2 + np.pi / 16 + np.arange(8) * np.pi / 8)
    turn = np.cross(np.pad(ends[:, 0], ((0, 0), (0, 1))), np.pad(ends[:, 1], ((0, 0), (0, 1))))[:, 2]
    assert np.all(turn > 0)
    soft = [one for one in right.lines if one.get_linestyle() == "-"]
    crossings = []
    for k, one in enumerate(soft):
        theta, h = np.array(one.get_data(), dtype=float)
        inside = np.abs(theta) < 1.5
        crossings.append(theta[inside][np.argmax((h[inside] - k) / 0.85 > 0.5)])
    np.testing.assert_allclose(crossings, angles, atol=0.01)


def test_staircase_is_exact_at_the_knots(pictures):
    left, right = pictures.make("staircase").axes
    knots = pictures.data.read("knots")
    np.testing.assert_allclose(line(left, "your hat y"), knots.y, atol=1e-12)
    chain = arrows(left)
    np.testing.assert_allclose(chain[:, 0], knots.y[:-1], atol=1e-12)
    np.testing.assert_allclose(chain[:, 1], knots.y[1:], atol=1e-12)
    heights = line(right, "your hat y_1")[:, 1]
    on_a_step = np.abs(heights[:, None] - knots.y[:, 1]).min(axis=1) < 1e-6
    assert on_a_step.mean() > 0.9  # the rest is on its way from step to step


def test_gain_12_is_best(pictures):
    axes = pictures.make("gains").axes
    said = [float(re.search(r"= ([\d.e-]+)$", one.get_title(loc="left"))[1]) for one in axes[:4]]
    np.testing.assert_allclose(said, [0.815, 0.0349, 0.000995, 0.00318], rtol=0.01)
    gains, losses = np.array(axes[4].lines[0].get_data())
    assert gains[np.argmin(losses)] == pytest.approx(12, rel=0.05)


# 4 Noise --------------------------------------------------------------------------------------------------------------


def test_noise_finds_the_mean(pictures):
    left, middle, right = pictures.make("noise").axes
    for axes, k in [(left, 0), (middle, 1)]:
        said, mean = line(axes, f"your hat y_{k}"), line(axes, f"E[y_{k}|x]")
        assert np.sqrt(np.mean((said - mean)[:, 1] ** 2)) < 0.1
    assert line(right, "to the noisy")[-1, 1] == pytest.approx(0.0626, rel=0.05)
    assert line(right, "to E[y|x]")[-1, 1] < 0.005


def test_a_wrong_gradient_misses_the_mean(pictures):
    pictures.write(("slope * (epsilon", "-slope * (epsilon"))
    assert line(pictures.make("noise").axes[2], "to E[y|x]")[-1, 1] > 0.005


# 5 Descent ------------------------------------------------------------------------------------------------------------


def tangents(axes):
    """Give how far the ends of each tangent are from the curve's own slope there."""
    u, losses = np.array(axes.lines[0].get_data(), dtype=float)
    errors = []
    for one in axes.lines[1:]:
        ends = np.column_stack(one.get_data()).astype(float)
        if len(ends) == 2:
            middle = ends.mean(axis=0)[0]
            near = np.interp([middle - 0.1, middle + 0.1], u, losses)
            errors.append(np.diff(ends[:, 1])[0] / np.diff(ends[:, 0])[0] - (near[1] - near[0]) / 0.2)
    return np.abs(errors)


def test_valleys_have_true_tangents_and_two_ends(pictures):
    left, right = pictures.make("valleys").axes
    assert len(tangents(left)) == 5
    assert tangents(left).max() < 0.005
    for label, low, high in [("start at -0.5", -5, -3), ("start at +0.5", 4, 6)]:
        places, losses = line(right, label).T
        assert low < places[-1] < high
        assert np.all(np.diff(losses) < 0)


def test_a_wrong_gradient_bends_the_tangents_away(pictures):
    pictures.write(("h * (1 - h)", "h"))
    assert tangents(pictures.make("valleys").axes[0]).max() > 0.02


def test_rates(pictures):
    small, good, large, training = pictures.make("rates").axes
    ends = [np.array(axes.lines[1].get_data(), dtype=float)[1] for axes in (small, good, large)]
    assert np.all(np.diff(ends[0]) < 0)
    assert ends[1][-1] < ends[0][-1]
    assert np.all(np.diff(ends[2]) > 0)
    assert len(ends[2]) > 3
    finals = {eta: line(training, f"eta = {eta}")[-1, 1] for eta in ("0.02", "0.2", "1.2")}
    assert finals["0.2"] < 0.1 * min(finals["0.02"], finals["1.2"])


def test_optimizers(pictures):
    (axes,) = pictures.make("optimizers").axes
    plain = line(axes, "plain")[:, 1]
    for other in ("momentum", "Adam"):
        assert line(axes, other)[-1, 1] < plain[-1] / 3
    if SCIPY:
        assert line(axes, "L-BFGS")[-1, 1] < plain[-1] / 100


def test_optimizers_say_when_scipy_is_absent(pictures, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    (axes,) = pictures.make("optimizers").axes
    assert "L-BFGS: needs SciPy (pip install scipy)" in [text.get_text() for text in axes.get_legend().get_texts()]


# 6 Back-propagation ---------------------------------------------------------------------------------------------------


def test_start_shows_how_the_error_arises(pictures):
    left, right = pictures.make("start").axes
    params, examples = pictures.backpropagation.lecture_start(), pictures.data.read("semicircle")
    np.testing.assert_allclose(arrows(left)[:, 1], params["W1"])
    *chain, error = arrows(right)
    i = pictures.backpropagation.EXAMPLE
    yhat = pictures.yours.forward(examples.x, params)[2][i]
    np.testing.assert_allclose(chain[0][0], params["b2"])
    np.testing.assert_allclose(chain[-1][1], yhat)
    np.testing.assert_allclose(error, [examples.y[i], yhat])


def moves(axes):
    """Give how the arrows of one half of `step` move: (n, 2)."""
    ends = arrows(axes)
    return ends[:, 1] - ends[:, 0]


def across(vectors, direction):
    """Give the part of vectors at right angles to a direction."""
    return np.abs(vectors @ [-direction[1], direction[0]]) / np.hypot(*direction)


def test_step_moves_rows_along_x_and_columns_towards_the_target(pictures):
    left, right = pictures.make("step").axes
    x, wanted, h, _, _ = pictures.backpropagation.one_step()
    assert across(moves(left), x).max() < 1e-12
    np.testing.assert_allclose(moves(right), np.outer(h, wanted))
    assert np.ptp(h) > 0.3


@pytest.mark.parametrize(
    ("change", "spoiled"),
    [(("delta.T @ x", "delta.T @ x**2 * [1, 0]"), 0), (("epsilon.T @ h", "epsilon[:, ::-1].T @ h"), 1)],
)
def test_a_wrong_gradient_spoils_its_half_of_the_step(pictures, change, spoiled):
    pictures.write(change)
    x, wanted, _, _, _ = pictures.backpropagation.one_step()
    off = [
        across(moves(axes), along).max() for axes, along in zip(pictures.make("step").axes, (x, wanted), strict=True)
    ]
    assert off[spoiled] > 0.05


def test_frames_end_on_the_parabola(pictures):
    fig = pictures.make("frames")
    losses = [float(re.search(r"= ([\d.e-]+)$", axes.get_title(loc="left"))[1]) for axes in fig.axes]
    assert np.all(np.diff(losses) < 0)
    assert losses[-1] < 0.005


def test_a_wrong_gradient_spoils_the_frames(pictures):
    pictures.write(("slope * (epsilon", "-slope * (epsilon"))
    last = pictures.make("frames").axes[-1].get_title(loc="left")
    assert float(last.split("=")[1]) > 0.005


@pytest.mark.slow
def test_animation_is_a_film(pictures, tmp_path):
    fig = pictures.make("animation")
    still, film = pictures.style.save(fig, tmp_path, "animation")
    assert still.name == "animation.png"
    raw = film.read_bytes()
    assert raw.startswith(b"GIF89a")
    assert raw.count(b"\x21\xf9\x04") == len(fig.film.steps) > 30
    assert len(raw) < 2_000_000
    fig.film.place(fig.film.steps[0])
    assert "step 0," in fig.film.moving[2].get_text()
    assert all(artist.get_visible() for artist in fig.axes[0].lines)


# 7 The gradient check -------------------------------------------------------------------------------------------------


def verdicts(fig):
    """Give the titles of the eight tables, logistic first."""
    return [axes.get_title(loc="left") for axes in fig.axes[:8]]


def test_check_says_right_eight_times(pictures):
    assert verdicts(pictures.make("check")) == ["W2 right", "b2 right", "W1 right", "b1 right"] * 2


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (("delta.sum(axis=0)", "delta.mean(axis=0)"), {"b1: 4 of 4 wrong"}),
        (("epsilon.sum(axis=0)", "epsilon.mean(axis=0)"), {"b2: 2 of 2 wrong"}),
        (("delta.T @ x", "-delta.T @ x"), {"W1: 12 of 12 wrong"}),
        (("(yhat - y) / len(y)", "(yhat - y) / (len(y) - 1)"), {"W2: 8 of 8 wrong", "b2: 2 of 2 wrong"}),
        (('activation == "tanh" else h * (1 - h)', "True else 0"), {"W1: 12 of 12 wrong", "b1: 4 of 4 wrong"}),
        (("slope * (", "np.nan * ("), {"W1: 12 of 12 wrong", "b1: 4 of 4 wrong"}),
    ],
)
def test_check_says_which_gradient_is_wrong(pictures, change, wrong):
    pictures.write(change)
    assert wrong <= set(verdicts(pictures.make("check")))


def test_check_shows_both_numbers_of_a_wrong_entry(pictures):
    pictures.write(("delta.sum(axis=0)", "2 * delta.sum(axis=0)"))
    texts = [text.get_text() for text in pictures.make("check").axes[3].texts]
    pairs = [tuple(map(float, text.split("\nnot "))) for text in texts]
    np.testing.assert_allclose([a for a, _ in pairs], [2 * b for _, b in pairs], atol=2e-3)


# The end of a training ------------------------------------------------------------------------------------------------


def test_fit_shows_the_error_of_every_example(pictures):
    examples, params = pictures.data.read("knots"), pictures.training.start(2, 3, 2)
    yhat = pictures.yours.forward(examples.x, params)[2]
    fig = pictures.fit.draw(examples, params, "logistic", [1.0, 0.5], "title")
    left, right = fig.axes
    errors = [np.column_stack(one.get_data()) for one in left.lines if len(one.get_xdata()) == 2]
    np.testing.assert_allclose(errors, np.stack([yhat, examples.y], axis=1))
    assert right.lines[0].get_ydata().tolist() == [1.0, 0.5]


def test_start_is_the_same_on_every_machine(pictures):
    params = pictures.training.start(2, 2, 1, seed=0)
    assert params["W1"].tolist() == [[0.6888437030500962, 0.515908805880605], [-0.15885683833831, -0.4821664994140733]]
    assert {name: array.shape for name, array in params.items()} == {"W1": (2, 2), "b1": (2,), "W2": (1, 2), "b2": (1,)}


def test_with_a_display_pictures_are_shown_and_not_saved(pictures, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pictures.style, "display", lambda: True)
    shown = []

    def show():
        shown.extend(plt.get_fignums())
        for number in shown:
            plt.figure(number).canvas.draw()  # which starts the film

    monkeypatch.setattr(plt, "show", show)
    pictures.style.finish({name: pictures.make(name) for name in ("slopes", "animation")})
    assert len(shown) == 2
    assert list(tmp_path.iterdir()) == []


# explore.py -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def hand_out(tmp_path):
    """A student's copy of the hand-out; gives its folder student."""
    shutil.copytree(STUDENT, tmp_path / "student", ignore=shutil.ignore_patterns("__pycache__", ".*", "saved"))
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("hidden*", "*.py"))
    return tmp_path / "student"


def run(folder, *words):
    """Run Python in a folder, as a student without a display does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "MPL"))}
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=clean | {"MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
    )


def test_explore_lists_all_and_what_they_wait_for(hand_out):
    done = run(hand_out, "explore.py")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^    (\w+)", done.stdout, re.MULTILINE) == NAMES
    assert len(re.findall(r"\(waits for ", done.stdout)) == len(NAMES)


@pytest.mark.slow
def test_explore_saves_all(hand_out):
    (hand_out / "neural_net.py").write_text(SOLUTION, encoding="utf-8")
    done = run(hand_out, "-W", "error", "explore.py", "all", "--save", "--folder", "out")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert {path.name for path in (hand_out / "out").iterdir()} == {f"{name}.png" for name in NAMES} | {"animation.gif"}
    assert len(re.findall(r"^\w+: .+\?$", done.stdout, re.MULTILINE)) == len(NAMES)


def test_explore_saves_when_there_is_no_display(hand_out):
    (hand_out / "neural_net.py").write_text(SOLUTION, encoding="utf-8")
    done = run(hand_out, "explore.py", "slopes", "slopes", "--format", "svg")
    assert done.returncode == 0, done.stderr
    assert "No display here" in done.stdout
    assert [path.name for path in (hand_out / "saved").iterdir()] == ["slopes.svg"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["chek"], "There is no picture chek. Did you mean check?"),
        (["staircase", "--sav", "--fromat", "pdf"], "--fromat is not known here. Did you mean --format?"),
        (["ALL"], "There is no picture ALL."),
    ],
)
def test_a_slip_gets_one_clear_line(hand_out, words, answer):
    done = run(hand_out, "explore.py", *words)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [answer, "Type  python explore.py --help  to see what is possible."]


@pytest.mark.parametrize(
    "change",
    [
        ("return e1, h, yhat", "return None"),
        ("return e1, h, yhat", "return e1, h.T, yhat"),
        ("return e1, h, yhat", "return e1 * np.nan, h * np.nan, yhat * np.nan"),
        ("return float(", "return str("),
        ("epsilon = (yhat - y)", "epsilon = (yhat - y) * np.inf"),
        ("epsilon = (yhat - y)", "raise ValueError"),
        ("u - eta *", "u.sum() - eta *"),
        ("return {name: u", "exit() or {name: u"),
    ],
)
def test_no_traceback_whatever_the_functions_do(pictures, capsys, change):
    pictures.write(change)
    explore = importlib.import_module("explore")
    names = [name for name in NAMES if name not in ("barron", "noise")]  # which take longest
    with np.errstate(all="ignore"):
        figures, _ = explore.make(names)
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == len(figures)
    stopped = told.err.splitlines()
    assert len(stopped) == len(names) - len(figures)
    assert all(re.match(r"\w+: (Your|The loss|needs)", words) for words in stopped)


# The notebook ---------------------------------------------------------------------------------------------------------

NOTEBOOK = STUDENT / "neural_net.ipynb"


def test_notebook_shows_every_picture_and_keeps_no_output(pictures):
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    notebook = nbformat.read(NOTEBOOK, 4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert sorted(
        re.findall(r'"(\w+)"', " ".join(cell.source for cell in code if "show(" in cell.source[:5]))
    ) == sorted(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("written", [True, False])
def test_notebook_runs_from_top_to_bottom(hand_out, written):
    nbclient = pytest.importorskip("nbclient", reason="nbclient and ipykernel are not installed")
    nbformat = pytest.importorskip("nbformat")
    if written:
        (hand_out / "neural_net.py").write_text(SOLUTION, encoding="utf-8")
    notebook = nbformat.read(hand_out / "neural_net.ipynb", 4)
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": hand_out}}
    )
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    told = "".join(output.get("text", "") for output in outputs)
    drawn = sum("image/png" in output.get("data", {}) for output in outputs)
    if written:
        assert drawn == len(NAMES) + 1  # and the fit after training
        assert "39 passed" in told
        assert "failed" not in told
    else:
        assert drawn == 0
        assert "forward is not written yet" in told
        assert "Traceback" not in told
