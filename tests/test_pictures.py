"""The pictures show what they say, by the student's own functions, and a wrong function spoils the right ones.

Held here is what is drawn, as data; nothing compares pixels.
"""

import itertools
import re
import shutil
import warnings

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import FancyArrowPatch
from PIL import Image

from autograder import packaging
from tests.student_support import FUNCTIONS, ROOT, SOLUTION, STUDENT, HandOut, changed, hand_out

NAMES = [
    *["network", "task", "example", "chain", "nonlinearities", "slopes", "plane", "barron"],
    *["decisions", "staircase", "gains", "noise", "valleys", "rates", "optimizers"],
    *["start", "step", "frames", "animation", "check"],
]
SLOW = ("barron",)  # seconds
QUICK = [name for name in NAMES if name not in SLOW]


class Pictures(HandOut):
    """The hand-out's pictures.  Those of the solution are drawn once and kept."""

    def __init__(self, folder):
        super().__init__(folder)
        self.drawn = {}

    def __getattr__(self, name):
        return self.module(f"pictures.{name}")

    def change(self, right, wrong, function=""):
        """Change something in neural_net.py."""
        self.write(changed(function, right, wrong))

    def without(self, functions):
        """Take some functions out of neural_net.py."""
        stubs = [f"\ndef {name}(*a, **k):\n    raise NotImplementedError('not yet')\n" for name in functions]
        self.write(SOLUTION + "".join(stubs))

    def make(self, name):
        """Draw a picture anew."""
        return self.catalog.make(name)

    def right(self, name):
        """Give a picture as the solution draws it."""
        if name not in self.drawn:
            self.write(SOLUTION)
            self.drawn[name] = self.make(name)
        return self.drawn[name]


@pytest.fixture(scope="module")
def all_pictures(tmp_path_factory):
    """The package pictures, for all tests of this file."""
    matplotlib.use("Agg")
    with hand_out(tmp_path_factory.mktemp("student"), Pictures) as pictures, plt.rc_context():
        yield pictures
        plt.close("all")


@pytest.fixture
def pictures(all_pictures):
    """The pictures, with the solution as the student's file; what a test draws itself is closed after it."""
    all_pictures.write(SOLUTION)
    kept = {fig.number for fig in all_pictures.drawn.values()}
    yield all_pictures
    kept |= {fig.number for fig in all_pictures.drawn.values()}
    for number in set(plt.get_fignums()) - kept:
        plt.close(number)


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
    assert list(pictures.catalog.ALL) == NAMES
    assert [name for module in pictures.catalog.GROUPS.values() for name in pictures.catalog.names(module)] == NAMES


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_each_needs_only_what_it_says_and_asks_a_question(pictures, name):
    picture = pictures.catalog.ALL[name]
    pictures.without([function for function in FUNCTIONS if function not in picture.needs])
    fig = pictures.make(name)
    assert fig.get_suptitle() == picture.title
    assert " ".join(fig.get_supxlabel().split()) == picture.question
    assert picture.question.endswith("?")


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_nothing_overlaps_or_leaves_the_frame(pictures, name):
    fig = pictures.right(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fig.draw_without_rendering()
    renderer = fig.canvas.get_renderer()
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts(fig)]
    width, height = fig.canvas.get_width_height()
    for text, box in boxes:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
        assert inside, f"{text!r} leaves the frame"
    for n, (text, box) in enumerate(boxes):
        for other, its in boxes[n + 1 :]:
            apart = box.x1 <= its.x0 + 2 or its.x1 <= box.x0 + 2 or box.y1 <= its.y0 + 3 or its.y1 <= box.y0 + 3
            assert apart, f"{text!r} and {other!r} overlap"


def texts(fig):
    """Give all texts of a figure that are drawn; tick labels outside of the limits of their axis are not."""
    found = [*fig.texts]
    for axes in fig.axes:
        legend = axes.get_legend()
        found += [axes.title, axes._left_title, *axes.texts, *(legend.get_texts() if legend else [])]
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            found.append(axis.label)
            low, high = sorted(axis.get_view_interval())
            for ticks in (axis.get_major_ticks(), axis.get_minor_ticks()):
                inside = [tick for tick in ticks if low - 1e-9 <= tick.get_loc() <= high + 1e-9]
                found += [label for tick in inside for label in (tick.label1, tick.label2) if label.get_visible()]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("network", "task", "example", "chain")])
def test_each_names_the_functions_it_waits_for(pictures, name):
    for function in pictures.catalog.ALL[name].needs:
        pictures.without([function])
        with pytest.raises(pictures.code.Problem, match=rf"not written yet: {function}\.$"):
            pictures.make(name)


def test_readme_says_when_each_can_be_drawn(pictures):
    readme = (STUDENT / "README.md").read_text(encoding="utf-8")
    table = readme[readme.index("| when you have | look at |") :]
    written, told = set(), []
    for row in ["nothing yet", *(f"`{function}`" for function in FUNCTIONS)]:
        written.add(row.strip("`"))
        names = re.findall(r"`(\w+)`", re.search(rf"^\| {row} \| (.+) \|$", table, re.MULTILINE)[1])
        assert all(set(pictures.catalog.ALL[name].needs) <= written for name in names)
        told += names
    assert sorted(told) == sorted(NAMES)


@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("network", [0]),
        ("task", [0, 1]),
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
    axes = pictures.right(name).axes
    assert all(axes[i].get_aspect() == 1 for i in which)


def test_colors_differ_in_gray(pictures):
    style = pictures.style

    def gray(color):
        return float(np.dot(matplotlib.colors.to_rgb(color), [0.299, 0.587, 0.114]))

    main = sorted(map(gray, [style.TARGET, style.YOURS, style.ERROR, style.OTHER]))
    assert min(np.diff(main)) > 0.08
    units = [gray(color) for color in style.unit_colors(8)]
    assert np.all(np.diff(units) > 0.03)
    assert units[-1] < 0.7, "lines and labels in the lightest color must be readable on white"


# 1 The nonlinearities ---------------------------------------------------------------------------------------------


def test_nonlinearities(pictures):
    left, right = pictures.right("nonlinearities").axes
    e, h = line(left, "logistic").T
    np.testing.assert_allclose(h, 1 / (1 + np.exp(-e)))
    e, h = line(right, "tanh").T
    np.testing.assert_allclose(h, np.tanh(e))
    assert set(line(left, "unit step")[:, 1][e != 0]) == {0, 1}
    assert set(line(right, "signum")[:, 1][e != 0]) == {-1, 1}


def test_slopes(pictures):
    for axes, top in zip(pictures.right("slopes").axes, [0.25, 1], strict=True):
        own, measured = line(axes, "by your"), line(axes, "measured")
        np.testing.assert_allclose(own, measured, atol=1e-7)
        assert own[:, 1].max() == pytest.approx(top)


def test_a_wrong_slope_spoils_only_its_panel(pictures):
    pictures.change("1 - h**2 if", "h * (1 - h) if")
    left, right = pictures.make("slopes").axes
    np.testing.assert_allclose(line(left, "by your"), line(left, "measured"), atol=1e-7)
    assert np.abs(line(right, "by your") - line(right, "measured")).max() > 0.5


# 2 Approximation ------------------------------------------------------------------------------------------------------


def test_plane_is_close_to_its_target(pictures):
    approximation = pictures.nonlinearities
    assert len(pictures.right("plane").axes) == 12, "six maps, each with its scale"
    x = np.stack(np.meshgrid(approximation.SIDE, approximation.SIDE), axis=-1).reshape(-1, 2)
    yhat = pictures.module("checking.results").forward(x, approximation.ridge_network(), "tanh")[2][:, 0]
    assert np.sqrt(np.mean((yhat - approximation.ridge(x)) ** 2)) < 0.1


@pytest.mark.slow
def test_barron_falls_below_its_bound(pictures):
    _, right = pictures.right("barron").axes
    units, errors = line(right, "trained").T
    bound = line(right, "falls as 1/N")
    assert units.tolist() == [1, 2, 4, 8, 16, 32]
    np.testing.assert_allclose(bound[:, 1] * units, errors[0])
    assert np.all(errors[1:] < bound[1:, 1])
    assert errors[-1] < errors[0] / 100


@pytest.mark.slow
def test_a_wrong_gradient_keeps_barron_from_falling(pictures):
    pictures.change("slope * (epsilon", "-slope * (epsilon")
    errors = line(pictures.make("barron").axes[1], "trained")[:, 1]
    assert errors[-1] > errors[0] / 100


# 3 By hand ------------------------------------------------------------------------------------------------------------


def test_decisions_divide_the_semicircle_between_the_knots(pictures):
    left, right = pictures.right("decisions").axes
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
    left, right = pictures.right("staircase").axes
    knots = pictures.network.read("knots")
    np.testing.assert_allclose(line(left, "your hat y"), knots.y, atol=1e-12)
    chain = arrows(left)
    np.testing.assert_allclose(chain[:, 0], knots.y[:-1], atol=1e-12)
    np.testing.assert_allclose(chain[:, 1], knots.y[1:], atol=1e-12)
    heights = line(right, "your hat y_1")[:, 1]
    on_a_step = np.abs(heights[:, None] - knots.y[:, 1]).min(axis=1) < 1e-6
    assert on_a_step.mean() > 0.9  # the rest is on its way from step to step


def test_gain_12_is_best(pictures):
    axes = pictures.right("gains").axes
    said = [float(re.search(r"= ([\d.e-]+)$", one.get_title(loc="left"))[1]) for one in axes[:4]]
    np.testing.assert_allclose(said, [0.815, 0.0349, 0.000995, 0.00318], rtol=0.01)
    gains, losses = np.array(axes[4].lines[0].get_data())
    assert gains[np.argmin(losses)] == pytest.approx(12, rel=0.05)


# 4 Noise --------------------------------------------------------------------------------------------------------------


def test_noise_finds_the_mean(pictures):
    left, middle, right = pictures.right("noise").axes
    for axes, k in [(left, 0), (middle, 1)]:
        said, mean = line(axes, f"your hat y_{k}"), line(axes, f"E[y_{k}|x]")
        assert np.sqrt(np.mean((said - mean)[:, 1] ** 2)) < 0.1
    assert line(right, "to the noisy")[-1, 1] == pytest.approx(0.0626, rel=0.05)
    assert line(right, "to E[y|x]")[-1, 1] < 0.005


def test_a_wrong_gradient_misses_the_mean(pictures):
    pictures.change("slope * (epsilon", "-slope * (epsilon")
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
    left, right = pictures.right("valleys").axes
    assert len(tangents(left)) == 5
    assert tangents(left).max() < 0.005
    for label, low, high in [("start at \N{MINUS SIGN}0.5", -5, -3), ("start at +0.5", 4, 6)]:
        places, losses = line(right, label).T
        assert low < places[-1] < high
        assert np.all(np.diff(losses) < 0)


def test_a_wrong_gradient_bends_the_tangents_away(pictures):
    pictures.change("h * (1 - h)", "h")
    assert tangents(pictures.make("valleys").axes[0]).max() > 0.02


def test_rates(pictures):
    small, good, large, training = pictures.right("rates").axes
    ends = [np.array(axes.lines[1].get_data(), dtype=float)[1] for axes in (small, good, large)]
    assert np.all(np.diff(ends[0]) < 0)
    assert ends[1][-1] < ends[0][-1]
    assert np.all(np.diff(ends[2]) > 0)
    assert len(ends[2]) > 3
    finals = {eta: line(training, f"eta = {eta}")[-1, 1] for eta in ("0.02", "0.2", "1.2")}
    assert finals["0.2"] < 0.1 * min(finals["0.02"], finals["1.2"])


def test_optimizers(pictures):
    (axes,) = pictures.right("optimizers").axes
    plain = line(axes, "plain")[:, 1]
    for other in ("momentum", "Adam"):
        assert line(axes, other)[-1, 1] < plain[-1] / 3


# 6 Back-propagation ---------------------------------------------------------------------------------------------------


def test_start_shows_how_the_error_arises(pictures):
    left, right = pictures.right("start").axes
    params, examples = pictures.backpropagation.lecture_start(), pictures.network.read("semicircle")
    np.testing.assert_allclose(arrows(left)[:, 1], params["W1"])
    *chain, error = arrows(right)
    i = pictures.backpropagation.EXAMPLE
    yhat = pictures.module("checking.results").forward(examples.x, params)[2][i]
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
    left, right = pictures.right("step").axes
    x, wanted, h, _, _ = pictures.backpropagation.one_step()
    assert across(moves(left), x).max() < 1e-12
    np.testing.assert_allclose(moves(right), np.outer(h, wanted))
    assert np.ptp(h) > 0.3


@pytest.mark.parametrize(
    ("change", "spoiled"),
    [(("delta.T @ x", "delta.T @ x**2 * [1, 0]"), 0), (("epsilon.T @ h", "epsilon[:, ::-1].T @ h"), 1)],
)
def test_a_wrong_gradient_spoils_its_half_of_the_step(pictures, change, spoiled):
    pictures.change(*change)
    x, wanted, _, _, _ = pictures.backpropagation.one_step()
    off = [
        across(moves(axes), along).max() for axes, along in zip(pictures.make("step").axes, (x, wanted), strict=True)
    ]
    assert off[spoiled] > 0.05


def test_frames_end_on_the_parabola(pictures):
    fig = pictures.right("frames")
    losses = [float(re.search(r"= ([\d.e-]+)$", axes.get_title(loc="left"))[1]) for axes in fig.axes]
    assert np.all(np.diff(losses) < 0)
    assert losses[-1] < 0.005


def test_a_wrong_gradient_spoils_the_frames(pictures):
    pictures.change("slope * (epsilon", "-slope * (epsilon")
    last = pictures.make("frames").axes[-1].get_title(loc="left")
    assert float(last.split("=")[1]) > 0.005


@pytest.mark.slow
def test_animation_is_a_film(pictures, tmp_path):
    fig = pictures.make("animation")
    still, film = pictures.style.save(fig, tmp_path, "animation")
    assert still.name == "animation.png"
    raw = film.read_bytes()
    assert raw.startswith(b"GIF89a")
    assert raw.count(b"\x21\xf9\x04") == len(fig.animation.steps) > 30
    assert len(raw) < 1_000_000
    with Image.open(film) as images:
        frames = []
        for nth in range(images.n_frames):
            images.seek(nth)
            frames.append(np.array(images.convert("L"), dtype=int))
    changes = [np.abs(a - b).max() for a, b in itertools.pairwise(frames)]
    assert min(changes) > 50, "something moves from every frame to the next"
    fig.animation.show(fig.animation.steps[0])
    assert "step 0," in fig.animation.moving[2].get_text()
    assert all(artist.get_visible() and not artist.get_animated() for artist in fig.axes[0].lines)


# 7 The gradient check -------------------------------------------------------------------------------------------------


def verdicts(fig):
    """Give the titles of the eight tables, logistic first."""
    return [axes.get_title(loc="left") for axes in fig.axes[:8]]


def test_check_says_right_eight_times(pictures):
    assert verdicts(pictures.right("check")) == ["W2 right", "b2 right", "W1 right", "b1 right"] * 2


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
    pictures.change(*change)
    assert wrong <= set(verdicts(pictures.make("check")))


def test_check_shows_both_numbers_of_a_wrong_entry(pictures):
    pictures.change("delta.sum(axis=0)", "2 * delta.sum(axis=0)")
    texts = [text.get_text() for text in pictures.make("check").axes[3].texts]
    pairs = [tuple(map(float, text.split("\nnot "))) for text in texts]
    np.testing.assert_allclose([a for a, _ in pairs], [2 * b for _, b in pairs], atol=2e-3)


# The end of a training ------------------------------------------------------------------------------------------------


def test_result_shows_the_error_of_every_example(pictures):
    examples, params = pictures.network.read("knots"), pictures.network.random_start(2, 3, 2)
    yhat = pictures.module("checking.results").forward(examples.x, params)[2]
    fig = pictures.task.draw_result(examples, params, "logistic", [1.0, 0.5], "title")
    left, right = fig.axes
    errors = [np.column_stack(one.get_data()) for one in left.lines if len(one.get_xdata()) == 2]
    np.testing.assert_allclose(errors, np.stack([yhat, examples.y], axis=1))
    assert right.lines[0].get_ydata().tolist() == [1.0, 0.5]


def test_example_shows_the_numbers_of_math_md(pictures):
    (axes,) = pictures.right("example").axes
    texts = [text.get_text().replace("$", "").replace("\N{MINUS SIGN}", "-") for text in axes.texts]
    case = pictures.module("checking.examples").WORKED["logistic"]
    wanted = [*case.h[0], *case.yhat[0], *case.params["W2"].ravel()]
    for number in wanted:
        texts.remove(f"{number:g}")
    assert f"b2 = {case.params['b2'][0]:g}\ntarget y = {case.y[0, 0]:g}" in texts


def test_start_is_the_same_on_every_machine(pictures):
    params = pictures.network.random_start(2, 2, 1, seed=0)
    assert params["W1"].tolist() == [[0.6888437030500962, 0.515908805880605], [-0.15885683833831, -0.4821664994140733]]
    assert {name: array.shape for name, array in params.items()} == {"W1": (2, 2), "b1": (2,), "W2": (1, 2), "b2": (1,)}


@pytest.mark.slow
def test_with_a_display_pictures_are_shown_and_not_saved(pictures, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pictures.style, "has_display", lambda: True)
    drawn = {name: pictures.make(name) for name in ("slopes", "animation")}
    shown = []

    def show():
        shown.extend(fig.number for fig in drawn.values())
        for fig in drawn.values():
            fig.canvas.draw()  # which starts the animation

    monkeypatch.setattr(plt, "show", show)
    pictures.style.finish(drawn, False, "saved", "png")
    assert len(shown) == 2
    assert list(tmp_path.iterdir()) == []


# explore.py -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def explore(pictures, capsys, monkeypatch, tmp_path):
    """Run explore.py in this process; gives a function from its words to (status, output, errors)."""
    monkeypatch.chdir(tmp_path)
    program = pictures.module("explore")

    def call(*words):
        try:
            status = program.main(list(words))
        except SystemExit as stop:
            status = stop.code
        return (status, *capsys.readouterr())

    return call


def test_explore_lists_all_and_what_they_wait_for(pictures, explore):
    pictures.without(FUNCTIONS)
    status, out, err = explore()
    assert (status, err) == (0, "")
    assert re.findall(r"^    (\w+)", out, re.MULTILINE) == NAMES
    assert len(re.findall(r"\(waits for ", out)) == len(NAMES) - 4


def test_explore_saves_when_there_is_no_display(explore, tmp_path):
    status, out, err = explore("slopes", "slopes", "network", "--format", "svg")
    assert (status, err) == (0, "")
    assert "No display here" in out
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == ["network.svg", "slopes.svg"]


@pytest.mark.slow
def test_explore_saves_all(explore, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        status, out, err = explore("all", "--save", "--folder", "out")
    assert (status, err) == (0, "")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{name}.png" for name in NAMES} | {"animation.gif"}
    assert len(re.findall(r"^\w+: .+\?$", out, re.MULTILINE)) == len(NAMES)


@pytest.mark.parametrize("words", [["chek"], ["staircase", "--fromat", "pdf"], ["ALL"], ["check", "--format", "jpg"]])
def test_wrong_words_are_named(explore, words):
    status, _, err = explore(*words)
    assert status == 2
    assert err.startswith("usage: explore.py")
    assert any(word in err.splitlines()[-1] for word in words)


def test_explore_says_what_python_can_not_read(pictures, explore):
    pictures.write("def forward(x, params:")
    for words in [(), ("plane",)]:
        status, out, err = explore(*words)
        assert (status, out) == (1, "")
        assert "Python can't read neural_net.py, line 1: '(' was never closed." in err


@pytest.mark.parametrize(
    "change",
    [
        ("return e1, h, yhat", "return None"),
        ("return e1, h, yhat", "return e1, h.T, yhat"),
        ("return e1, h, yhat", "return e1 * np.nan, h * np.nan, yhat * np.nan"),
        ("return float(", "return str("),
        ("epsilon = (yhat - y)", "epsilon = (yhat - y) * np.inf"),
        ("epsilon = (yhat - y)", "raise ValueError"),
        ("return {name: u - eta * grads[name]", "return {name: u.sum()"),
        ("return {name: u", "return exit() or {name: u"),
    ],
)
def test_no_traceback_whatever_the_functions_do(pictures, change):
    pictures.change(*change)
    said = []
    for name in ("nonlinearities", "slopes", "gains", "valleys", "start", "step", "check"):
        try:
            plt.close(pictures.make(name))
        except pictures.code.Problem as problem:
            said.append(str(problem))
    assert said or "nan" in change[1] or "inf" in change[1]
    assert all(re.match(r"forward|loss|backprop|update|The loss|These numbers|needs", words) for words in said)


# The notebook ---------------------------------------------------------------------------------------------------------

NOTEBOOK = STUDENT / "neural_net.ipynb"


@pytest.fixture
def copied(tmp_path):
    """A student's copy of the hand-out; gives its folder."""
    folder = tmp_path / "student"
    shutil.copytree(STUDENT, folder, ignore=shutil.ignore_patterns("__pycache__", ".*", "saved"))
    (folder / "data").mkdir()
    for name in packaging.STUDENT_FILES:
        shutil.copy(ROOT / name, folder / "data")
    return folder


def test_notebook_shows_every_picture_and_keeps_no_output():
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    notebook = nbformat.read(NOTEBOOK, 4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    calls = re.findall(r"^show\((.*)\)$", "\n".join(cell.source for cell in code), re.MULTILINE)
    assert sorted(re.findall(r'"(\w+)"', " ".join(calls))) == sorted(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("written", [True, False])
def test_notebook_runs_from_top_to_bottom(copied, written):
    nbclient = pytest.importorskip("nbclient", reason="nbclient and ipykernel are not installed")
    nbformat = pytest.importorskip("nbformat")
    if written:
        (copied / "neural_net.py").write_text(SOLUTION, encoding="utf-8")
    notebook = nbformat.read(copied / "neural_net.ipynb", 4)
    resources = {"metadata": {"path": copied}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    told = "".join(output.get("text", "") for output in outputs)
    drawn = sum("image/png" in output.get("data", {}) for output in outputs)
    assert "Traceback" not in told
    if written:
        assert drawn == len(NAMES) + 1  # and the fit after training
        assert re.search(r"\d\d passed", told)
        assert "failed" not in told
        assert (copied / "saved" / "animation.gif").is_file()
    else:
        assert drawn == 4  # those that need no code
        assert "forward is not written yet" in told
