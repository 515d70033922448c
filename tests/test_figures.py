"""The pictures of a result: what is drawn, what the alternative text says, and that they are small."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from PIL import Image

from autograder.asking.reference import load_data
from autograder.rendering import figures
from autograder.result import Result
from tests.html_checks import result as made

WRONG = "tests/submissions/wrong/"


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    with matplotlib.rc_context(figures.RC):
        yield


def result(**curves: Any) -> Result:
    return made(curves=curves)


def training(**more: Any) -> dict[str, Any]:
    """The curves of a training that ends 0.1 away from the parabola everywhere."""
    data = load_data()
    losses = {0: 3.0, 20: 2.0, 40: 1.0, 60: 0.5, 500: 0.25}
    reference = [3.0 * 0.99**step for step in range(501)]
    curves = {"theta": data["theta"], "y": data["y"], "yhat": np.add(data["y"], [0.1, 0]), "step": 500, "steps": 500}
    return curves | {"losses": losses, "reference_losses": reference, "stands_in": ""} | more


def wrong(got: Any, want: Any, part: str = "W2") -> dict[str, Any]:
    """The curves of one wrong gradient."""
    names = {"key": "backprop_W2", "part": part, "activation": "logistic"}
    return {"gradient": names | {"got": np.array(got, float), "want": np.array(want, float)}}


def lines(drawing: figures.Drawing) -> dict[str, Any]:
    """The lines of a drawing by their label."""
    return {str(line.get_label()): line for line in drawing.figure.axes[0].get_lines()}


def texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


def drawn(drawing: figures.Drawing | None) -> figures.Drawing:
    assert drawing is not None
    return drawing


# --- training --------------------------------------------------------------------------------------------------------


def test_the_fit_shows_outputs_parabola_and_errors() -> None:
    curves = training()
    curves["yhat"][3] += [0, 0.3]
    drawing = drawn(figures.fit(result(**curves)))
    np.testing.assert_array_equal(lines(drawing)["your network"].get_xydata(), curves["yhat"])
    np.testing.assert_array_equal(lines(drawing)["the parabola (θ, θ²)"].get_xydata(), curves["y"])
    strokes = [line.get_xydata() for line in drawing.figure.axes[0].get_lines() if line.get_gid() == "error"]
    np.testing.assert_array_equal(strokes, np.stack([curves["y"], curves["yhat"]], 1))
    assert drawing.figure.axes[0].get_aspect() == 1
    assert f"for {len(curves['y'])} points" in drawing.alt
    assert "distance from the parabola is 0.1." in drawing.alt
    assert f"{math.hypot(0.1, 0.3):.3g}, at θ = {curves['theta'][3]:.3g}".replace("-", "−") in drawing.alt


@pytest.mark.parametrize("value", [1e300, -1e300, math.inf, math.nan])
def test_outputs_outside_of_the_picture_are_counted(value: float) -> None:
    curves = training()
    curves["yhat"][:5] = value
    drawing = drawn(figures.fit(result(**curves)))
    said = f"5 of {len(curves['y'])} outputs are outside the picture."
    assert said in drawing.alt
    assert texts(drawing.figure.axes[0]) == [said]
    assert figures.png(drawing.figure, 1, 8)


def test_the_function_that_was_replaced_is_named() -> None:
    one = result(**training(stands_in="backprop"))
    for drawing in (figures.fit(one), figures.loss(one)):
        assert "Drawn with your own backprop." in drawn(drawing).caption


def test_the_loss_is_next_to_the_references() -> None:
    curves = training()
    drawing = drawn(figures.loss(result(**curves)))
    np.testing.assert_array_equal(lines(drawing)["your functions"].get_xydata(), list(curves["losses"].items()))
    np.testing.assert_array_equal(lines(drawing)["the reference"].get_ydata(), curves["reference_losses"])
    assert drawing.figure.axes[0].get_yscale() == "log"
    assert "Yours: 3 at the start, 1 after 40 steps, 0.5 after 60 steps, 0.25 after 500 steps." in drawing.alt
    assert f"{curves['reference_losses'][500]:.3g} after 500 steps" in drawing.alt


def test_a_growing_loss_leaves_the_picture_at_the_top() -> None:
    losses = {0: 3.0, 20: 1e8, 40: 1e90, 60: math.inf}
    drawing = drawn(figures.loss(result(**training(losses=losses, step=60))))
    assert drawing.figure.axes[0].get_ylim()[1] == 1e4
    assert "1e+90 after 40 steps" in drawing.alt
    assert "grows without limit" in drawing.alt


def test_a_training_that_stopped_says_so() -> None:
    assert "Yours ends there." in drawn(figures.loss(result(**training(losses={0: 3.0, 20: 2.0}, step=20)))).alt


# --- a gradient ------------------------------------------------------------------------------------------------------


def test_a_wrong_gradient_frames_what_differs() -> None:
    want = np.arange(12.0).reshape(3, 4)
    got = want.copy()
    got[1, 2] = -6
    got[0, 1] += 1e-9
    drawing = drawn(figures.gradient(result(**wrong(got, want))))
    yours, expected, difference = drawing.figure.axes
    assert [a.get_title("left") for a in drawing.figure.axes] == ["yours", "expected", "yours − expected"]
    assert (texts(yours)[6], texts(expected)[6]) == ("−6.000", "6.000")
    assert texts(difference) == ["0"] * 6 + ["−12.00"] + ["0"] * 5
    for axes in drawing.figure.axes:
        frames = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
        assert [tuple(np.round(frame.get_center())) for frame in frames] == [(2, 1)]
    assert "1 of 12 entries differ, W2[1, 2] the most: −6 instead of 6." in drawing.alt
    assert "the framed entries differ" in drawing.caption


@pytest.mark.parametrize(
    ("shape", "part"), [((3, 9), "W2"), ((3,), "b2"), ((9, 5), "W1"), ((9,), "b1"), ((4, 2), "W1")]
)
def test_every_gradient_fits_into_its_picture(shape: tuple[int, ...], part: str) -> None:
    want = np.arange(1.0, 1 + math.prod(shape)).reshape(shape)
    drawing = drawn(figures.gradient(result(**wrong(2 * want, want, part))))
    boxes = [axes.get_position() for axes in drawing.figure.axes]
    assert all(box.x0 > 0 and box.y0 > 0 and box.x1 < 1 and box.y1 < 1 for box in boxes)
    assert not [(a, b) for a in boxes for b in boxes if a is not b and a.overlaps(b)]
    assert all(len(texts(axes)) == want.size for axes in drawing.figure.axes)
    assert f"{part}[{', '.join(str(n - 1) for n in shape)}] the most" in drawing.alt
    assert "every entry differs" in drawing.caption


@pytest.mark.parametrize("value", [0, 1e-300, 1e300, -1e-5, 9.9999, 99.999, 999.99, -9999.6, -0.12345, 12345])
def test_every_number_fits_into_its_cell(value: float) -> None:
    text = figures._cell(value)
    assert len(text) <= 8
    assert float(text.replace("−", "-")) == pytest.approx(value, rel=0.06, abs=6e-4)


def test_black_is_legible_on_the_darkest_shade() -> None:
    for color in (figures.YOURS, figures.ERROR):
        rgb = np.array(to_rgb(figures._mix(color, 0.45)))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        assert (linear @ [0.2126, 0.7152, 0.0722] + 0.05) / 0.05 > 7  # WCAG's level AAA


# --- of real programs ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_real_programs_have_the_pictures_they_need(graded: Callable[..., Any]) -> None:
    training = {"training_decreases", "training_fit"}
    expected = {"solution": training, "student": set(), WRONG + "without_1_over_n.py": {"backprop_W2", *training}}
    for name, keys in expected.items():
        pictures, problem = figures.draw(graded(name))
        assert (set(pictures), problem) == (keys, "")
    losses = graded("solution").curves["losses"]
    reference = graded("solution").curves["reference_losses"]
    assert losses == pytest.approx({step: reference[step] for step in losses}, rel=1e-9)


@pytest.mark.slow
def test_nothing_is_judged_by_what_is_drawn(graded: Callable[..., Any]) -> None:
    for name in ("solution", WRONG + "without_1_over_n.py", WRONG + "update_momentum.py"):
        with_pictures, without = graded(name), graded(name, False)
        assert without.curves == {}
        assert [(r.verdict, r.score) for r in with_pictures.rows] == [(r.verdict, r.score) for r in without.rows]


# --- size ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_pictures_are_small_sharp_and_described() -> None:
    noise = np.random.default_rng(1).normal(size=(2, 3, 9)) * 1000
    away = training(yhat=load_data()["y"] * [[1e3]], losses={s: 1.5**s for s in range(0, 500, 20)})
    near = training()
    for curves in (near, away):
        pictures, problem = figures.draw(result(**curves, **wrong(*noise)))
        assert (len(pictures), problem) == (3, "")
        for picture in pictures.values():
            assert len(picture.uri) <= figures.MAX_URI
            assert 40 < len(picture.alt) < 1000
            kind, _, data = picture.uri.partition(",")
            assert kind == "data:image/png;base64"
            with Image.open(io.BytesIO(base64.b64decode(data))) as image:
                assert image.mode == "P"
                assert image.width >= 1.5 * picture.width
            assert picture.width <= 640


def test_a_picture_that_is_too_large_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MAX_URI", 2000)
    assert figures.draw(result(**training())) == ({}, "")


def test_pictures_are_the_same_each_time() -> None:
    plain = figures.draw(result(**training()))
    # A matplotlibrc in the folder that the grader is called in, or in HOME, would change these.
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "text.usetex": True}):
        assert figures.draw(result(**training())) == plain


def test_what_goes_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "_picture", lambda _: 1 / 0)
    problem = "The pictures could not be drawn: ZeroDivisionError: division by zero"
    assert figures.draw(result(**training())) == ({}, problem)
