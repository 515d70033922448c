"""The pictures of a result: what is drawn, what it says in numbers, and that it is small."""

from __future__ import annotations

import base64
import io
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from PIL import Image

from autograder import rounds
from autograder.asking.battery import PUBLIC_KEY
from autograder.asking.reference import load_data, load_reference
from autograder.rendering import figures
from autograder.result import Result, Row
from autograder.rubric import load
from tests.support import ROOT

WRONG = ROOT / "tests/submissions/wrong"
Graded = Callable[..., Result]


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    with matplotlib.rc_context(figures.RC):
        yield


def result(**curves: Any) -> Result:
    """A result with every line of the rubric and these curves."""
    return Result("title", [Row(line, "passed", line.points) for line in load().criteria], curves=curves)


def training(**more: Any) -> dict[str, Any]:
    """The curves of a training that is 0.1 beside the parabola everywhere."""
    theta, y = load_data()["theta"], load_data()["y"]
    losses = {0: 3.0, 20: 2.0, 40: 1.0, 60: 0.5, 500: 0.25}
    curves = {"theta": theta, "y": y, "yhat": np.add(y, [0.1, 0]), "step": 500, "losses": losses, "stands_in": ""}
    return curves | {"reference_losses": [3 / (1 + step / 50) for step in range(501)], "steps": 500} | more


def wrong(got: Any, want: Any, part: str = "W2", key: str = "backprop_W2") -> dict[str, Any]:
    """The curves of one wrong gradient."""
    names = {"key": key, "part": part, "activation": "logistic"}
    return {"gradient": names | {"got": np.array(got, float), "want": np.array(want, float)}}


def lines(drawing: figures.Drawing | None) -> dict[str, Any]:
    """The labelled lines of a drawing by their label."""
    assert drawing is not None
    return {str(line.get_label()): line for line in drawing.figure.axes[0].get_lines()}


def texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


# --- the fit ---------------------------------------------------------------------------------------------------------


def test_the_fit_is_drawn_beside_the_parabola() -> None:
    curves = training()
    drawn = lines(figures.fit(result(**curves)))
    np.testing.assert_array_equal(drawn["your network"].get_xydata(), curves["yhat"])
    np.testing.assert_array_equal(drawn["the parabola (θ, θ²)"].get_xydata(), curves["y"])


def test_the_fit_has_a_stroke_for_every_error() -> None:
    curves = training()
    drawing = figures.fit(result(**curves))
    assert drawing is not None
    strokes = [line.get_xydata() for line in drawing.figure.axes[0].get_lines() if line.get_gid() == "error"]
    np.testing.assert_array_equal(strokes, np.stack([curves["y"], curves["yhat"]], 1))


def test_the_fit_has_equal_axes_and_says_its_numbers() -> None:
    curves = training()
    curves["yhat"][3] += [0, 0.3]
    drawing = figures.fit(result(**curves))
    assert drawing is not None
    assert drawing.figure.axes[0].get_aspect() == 1
    assert "17 points" in drawing.alt
    assert "median distance from the parabola is 0.1." in drawing.alt
    assert f"{math.hypot(0.1, 0.3):.3g}, at θ = {curves['theta'][3]:.3g}".replace("-", "−") in drawing.alt


@pytest.mark.parametrize("value", [1e300, -1e300, math.inf, math.nan])
def test_answers_that_run_away_are_counted(value: float) -> None:
    curves = training()
    curves["yhat"][:5] = value
    drawing = figures.fit(result(**curves))
    assert drawing is not None
    assert "5 of 17 outputs are outside the picture." in drawing.alt
    assert texts(drawing.figure.axes[0]) == ["5 of 17 outputs are outside the picture."]
    assert figures.png(drawing.figure, 1, 8)


def test_what_was_judged_with_the_references_help_is_drawn_without() -> None:
    curves = training(stands_in="backprop")
    for drawing in (figures.fit(result(**curves)), figures.loss(result(**curves))):
        assert drawing is not None
        assert "Drawn with your own backprop." in drawing.caption


# --- the loss --------------------------------------------------------------------------------------------------------


def test_the_loss_is_drawn_beside_the_references() -> None:
    curves = training()
    drawing = figures.loss(result(**curves))
    drawn = lines(drawing)
    np.testing.assert_array_equal(drawn["your functions"].get_xydata(), list(curves["losses"].items()))
    right = curves["reference_losses"]
    np.testing.assert_array_equal(drawn["the reference"].get_ydata(), right)
    assert drawing is not None
    assert drawing.figure.axes[0].get_yscale() == "log"
    assert "Yours: 3 at the start, 1 after 40 steps, 0.5 after 60 steps, 0.25 after 500 steps." in drawing.alt
    assert f"{right[0]:.3g} at the start" in drawing.alt
    assert f"{right[500]:.3g} after 500 steps" in drawing.alt


def test_the_references_losses_are_those_of_gradient_descent(graded: Graded) -> None:
    contract, net = load(), load_reference()
    x, y, params = load_data()["x"], load_data()["y"], rounds.paper_for(contract, PUBLIC_KEY).battery.start()
    for loss in graded("solution").curves["reference_losses"][:4]:
        e1, h, yhat = net.forward(x, params, "logistic")
        assert loss == pytest.approx(float(((y - yhat) ** 2).sum() / 34), rel=1e-12)
        params = net.update(params, net.backprop(x, y, params, e1, h, yhat, "logistic"), contract.training.eta)


def test_a_loss_that_runs_away_leaves_the_picture_at_the_top() -> None:
    losses = {0: 3.0, 20: 1e8, 40: 1e90, 60: math.inf}
    drawing = figures.loss(result(**training(losses=losses, step=60)))
    assert drawing is not None
    bottom, top = drawing.figure.axes[0].get_ylim()
    assert bottom < min(training()["reference_losses"])
    assert top == 1e4
    assert "1e+90 after 40 steps" in drawing.alt


def test_a_training_that_stopped_says_so() -> None:
    drawing = figures.loss(result(**training(losses={0: 3.0, 20: 2.0}, step=20)))
    assert drawing is not None
    assert "Yours ends there." in drawing.alt


# --- a gradient ------------------------------------------------------------------------------------------------------


def test_a_wrong_gradient_shows_both_and_the_difference_and_frames_what_differs() -> None:
    want = np.arange(12.0).reshape(3, 4)
    got = want.copy()
    got[1, 2] = -6
    got[0, 1] += 1e-9
    drawing = figures.gradient(result(**wrong(got, want)))
    assert drawing is not None
    yours, right, difference = drawing.figure.axes
    assert [a.get_title("left") for a in drawing.figure.axes] == ["yours", "expected", "yours − expected"]
    assert texts(yours)[6] == "−6.000"
    assert texts(right)[6] == "6.000"
    assert texts(difference) == ["0"] * 6 + ["−12.00"] + ["0"] * 5
    for axes in drawing.figure.axes:
        frames = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
        assert [tuple(np.round(frame.get_center())) for frame in frames] == [(2, 1)]
    assert "1 of 12 entries differ, W2[1, 2] the most: −6 instead of 6." in drawing.alt
    assert "the framed entries differ" in drawing.caption


@pytest.mark.parametrize(("shape", "part"), [((3, 4), "W2"), ((3,), "b2"), ((4, 2), "W1"), ((4,), "b1")])
def test_every_gradient_has_its_panels_inside_the_picture(shape: tuple[int, ...], part: str) -> None:
    want = np.arange(1.0, 1 + math.prod(shape)).reshape(shape)
    drawing = figures.gradient(result(**wrong(2 * want, want, part)))
    assert drawing is not None
    boxes = [axes.get_position() for axes in drawing.figure.axes]
    assert all(box.x0 > 0 and box.y0 > 0 and box.x1 < 1 and box.y1 < 1 for box in boxes)
    overlaps = [(a, b) for a in boxes for b in boxes if a is not b and a.overlaps(b)]
    assert not overlaps
    assert all(len(texts(axes)) == want.size for axes in drawing.figure.axes)
    place = f"{part}[{shape[0] - 1}]" if len(shape) == 1 else f"{part}[{shape[0] - 1}, {shape[1] - 1}]"
    assert f"{place} the most" in drawing.alt
    assert "every entry differs" in drawing.caption


@pytest.mark.parametrize("value", [0, 1e-300, 1e300, -1e-5, 9.9999, 99.999, 999.99, -9999.6, -0.12345, 12345])
def test_every_number_fits_into_its_cell(value: float) -> None:
    text = figures._cell(value)
    assert len(text) <= 8
    assert float(text.replace("−", "-")) == pytest.approx(value, rel=0.06, abs=6e-4)


def test_black_on_the_darkest_shade_is_legible_also_in_grey() -> None:
    for colour in (figures.YOURS, figures.ERROR):
        rgb = np.array(to_rgb(figures._mix(colour, 0.45)))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        assert (linear @ [0.2126, 0.7152, 0.0722] + 0.05) / 0.05 > 7  # the strictest grade of WCAG


# --- from a grading --------------------------------------------------------------------------------------------------


def test_a_perfect_submission_lies_on_the_reference(graded: Graded) -> None:
    perfect = graded(ROOT / "solution")
    right = perfect.curves["reference_losses"]
    assert len(perfect.curves["losses"]) > 20
    for step, loss in perfect.curves["losses"].items():
        assert loss == pytest.approx(right[step], rel=1e-9)
    assert set(figures.draw(perfect)[0]) == {"training_decreases", "training_fit"}


def test_a_wrong_backprop_spoils_the_pictures_though_the_reference_stood_in(graded: Graded) -> None:
    broken = graded(WRONG / "without_1_over_n.py")
    assert max(broken.curves["losses"].values()) > 1e9
    assert next(row for row in broken.rows if row.criterion.key == "training_decreases").verdict == "passed"
    assert set(figures.draw(broken)[0]) == {"backprop_W2", "training_decreases", "training_fit"}


def test_two_wrong_functions_are_not_judged_together_and_drawn_all_the_same(graded: Graded, tmp_path: Path) -> None:
    source = (ROOT / "solution/neural_net.py").read_text()
    parts = source.split("def update")
    broken = source.replace("yhat = ", "yhat = 0.5 * ", 1).replace(parts[1], parts[1].replace(" - ", " - 2 * "))
    (tmp_path / "neural_net.py").write_text(broken)
    both = graded(tmp_path)
    verdicts = {row.criterion.key: row.verdict for row in both.rows}
    assert verdicts["training_decreases"] == "not checked"
    assert "training_fit" in figures.draw(both)[0]


def test_the_skeleton_has_no_pictures(graded: Graded) -> None:
    assert figures.draw(graded(ROOT / "student"))[0] == {}


def test_hidden_inputs_are_never_drawn(graded: Graded) -> None:
    drawn = graded(WRONG / "dw1_reshaped.py").curves["gradient"]
    assert drawn["key"] == "backprop_W1_logistic"
    public = rounds.paper_for(load(), PUBLIC_KEY).battery.general("logistic")[0]
    assert drawn["want"].shape == public.params["W1"].shape
    # Right for the public numbers only: wrong where nothing may be shown.
    assert "gradient" not in graded(WRONG / "numbers_of_the_handout.py").curves


def test_nothing_is_judged_by_what_is_drawn(graded: Graded) -> None:
    for path in (ROOT / "solution", WRONG / "without_1_over_n.py", WRONG / "update_momentum.py"):
        with_pictures, without = graded(path), graded(path, False)
        assert without.curves == {}
        assert [(r.verdict, r.score, r.texts) for r in with_pictures.rows] == [
            (r.verdict, r.score, r.texts) for r in without.rows
        ]


# --- size and cost ---------------------------------------------------------------------------------------------------


def test_pictures_are_small_sharp_and_described() -> None:
    noise = np.random.default_rng(1).normal(size=(2, 3, 4)) * 1000
    away = training(yhat=load_data()["y"] * [[1e3]], losses={s: 1.5**s for s in range(0, 500, 20)})
    near = training()
    for curves in (near, away):
        for picture in figures.draw(result(**curves, **wrong(*noise)))[0].values():
            assert len(picture.uri) <= figures.MAX_URI
            assert 40 < len(picture.alt) < 1000
            kind, _, data = picture.uri.partition(",")
            assert kind == "data:image/png;base64"
            with Image.open(io.BytesIO(base64.b64decode(data))) as image:
                assert image.mode == "P"
                assert image.width >= (2 if curves is near else 1.5) * picture.width
            assert picture.width <= 440


def test_a_picture_that_is_too_large_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MAX_URI", 2000)
    assert figures.draw(result(**training()))[0] == {}


def test_pictures_are_the_same_each_time() -> None:
    curves = training()
    assert figures.draw(result(**curves)) == figures.draw(result(**curves))


def test_matplotlib_is_imported_when_something_is_drawn_and_never_pyplot() -> None:
    program = (
        "import sys; from pathlib import Path; from autograder.grade import grade\n"
        "from autograder.rendering import figures\n"
        "graded = grade(Path('solution'))\n"
        "assert 'matplotlib' not in sys.modules, 'grading imports matplotlib'\n"
        "assert len(figures.draw(graded)[0]) == 2\n"
        "assert 'matplotlib.pyplot' not in sys.modules, 'drawing imports pyplot'\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
