"""Small figures of a result, each with an alternative text that gives the same information in numbers.

They show public data only: the semicircle, and gradients for the public inputs.  A picture is a PNG with few colors at
two pixels per CSS pixel, as a data URI of at most MAX_URI characters, which Gradescope does not cut.  matplotlib is
imported when the first figure is drawn, without pyplot.
"""

from __future__ import annotations

import base64
import io
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_URI = 45_000
TOLERANCE = 1e-6  # of the norm: entries of a gradient that differ by less are shown as equal
DPI = 80  # CSS pixels per inch of a figure

# Distinguishable with every kind of color blindness, and in gray (after Okabe and Ito).
TARGET = "#404040"
YOURS = "#0072B2"
ERROR = "#D55E00"
QUIET = "#767676"

RC: dict[Any, Any] = {
    "figure.dpi": DPI,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": TARGET,
    "ytick.color": TARGET,
    "legend.frameon": False,
    "legend.fontsize": 10,
}


@dataclass(frozen=True)
class Picture:
    """A picture for the criterion `key`.  width and height are in CSS pixels."""

    key: str
    caption: str
    alt: str
    width: int
    height: int
    uri: str


@dataclass(frozen=True)
class Drawing:
    """A figure before it is a picture."""

    key: str
    caption: str
    alt: str
    figure: Figure


def draw(result: Result) -> tuple[dict[str, Picture], str]:
    """Draw the pictures of a result.

    Returns
    -------
    The pictures by the key of their criterion, and what went wrong: no grade may depend on a picture.
    """
    if not result.curves or not result.rows:
        return {}, ""
    try:
        return _pictures(result), ""
    except Exception as error:
        return {}, f"The pictures could not be drawn: {type(error).__name__}: {error}"


def _pictures(result: Result) -> dict[str, Picture]:
    # matplotlib logs that it can't cache its list of fonts; nobody who reads a grade needs to know.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    import matplotlib

    # matplotlib reads settings from the folder it starts in, and from HOME.
    defaults = {key: value for key, value in matplotlib.rcParamsDefault.items() if key != "backend"}
    with matplotlib.rc_context(defaults | RC), np.errstate(all="ignore"):
        drawings = [_picture(drawing) for drawing in (gradient(result), loss(result), fit(result)) if drawing]
    return {picture.key: picture for picture in drawings if picture}


# --- training: the outputs and the loss ------------------------------------------------------------------------------


def fit(result: Result) -> Drawing | None:
    """The network's outputs for the points of the semicircle, next to the parabola."""
    curves, key = result.curves, _key(result, "training_fit", -1)
    if "yhat" not in curves or not key:
        return None
    theta, y, yhat = curves["theta"], curves["y"], np.clip(np.nan_to_num(curves["yhat"], nan=1e6), -1e6, 1e6)
    figure, axes = _figure(400, 344, (46, 40, 8, 8))
    axes.set(xlim=(-2.1, 2.1), ylim=(-0.6, 3.0), aspect="equal")
    fine = np.linspace(theta.min(), theta.max(), 101)
    axes.plot(fine, fine**2, color=TARGET, lw=1.2, ls=(0, (5, 2)))
    for expected, received in zip(y, yhat, strict=True):
        axes.plot(*np.transpose([expected, received]), color=ERROR, lw=1.2, solid_capstyle="butt", gid="error")
    axes.plot(*y.T, color=TARGET, ls="", marker="o", ms=7, mfc="white", label="the parabola (θ, θ²)")
    axes.plot(*yhat.T, color=YOURS, lw=1.6, marker="o", ms=4, label="your network")
    axes.set(xlabel="first output", ylabel="second output", xticks=range(-2, 3), yticks=range(4))
    axes.legend(loc="upper center", frameon=True, edgecolor="none")
    distance = np.sqrt(((yhat - y) ** 2).sum(1))
    inside = (np.abs(yhat[:, 0]) <= 2.1) & (yhat[:, 1] >= -0.6) & (yhat[:, 1] <= 3.0)
    n_outside, worst = int((~inside).sum()), int(np.argmax(distance))
    caption = f"Your network after {_steps(curves['step'])}, and the parabola."
    alt = f"The outputs of your network for {len(y)} points of the semicircle after {_steps(curves['step'])}."
    if n_outside:
        outside = f"{n_outside} of {len(y)} outputs are outside the picture."
        alt += f" {outside}"
        axes.text(0, -0.45, outside, ha="center", color=TARGET, bbox={"fc": "white", "ec": "none", "pad": 2})
    if n_outside < len(y):
        alt += (
            f" Their median distance from the parabola is {_number(float(np.median(distance)))}. The largest is "
            f"{_number(distance[worst])}, at θ = {_number(theta[worst])}: ({_number(yhat[worst, 0])}, "
            f"{_number(yhat[worst, 1])}) instead of ({_number(y[worst, 0])}, {_number(y[worst, 1])})."
        )
    return Drawing(key, caption + _own(curves), alt, figure)


def loss(result: Result) -> Drawing | None:
    """The loss at every step of the training, next to the reference's from the same start."""
    curves, key = result.curves, _key(result, "training_decreases", 0)
    if "losses" not in curves or not key:
        return None
    yours = {step: value for step, value in curves["losses"].items() if 0 < value < 1e100}
    reference: list[float] = curves["reference_losses"]
    figure, axes = _figure(400, 272, (60, 40, 12, 8))
    axes.set_yscale("log")
    axes.plot(range(len(reference)), reference, color="#BDBDBD", lw=6, solid_capstyle="round", label="the reference")
    axes.plot(list(yours), list(yours.values()), color=YOURS, lw=1.6, marker="o", ms=3.5, label="your functions")
    low, high = min([*reference, *yours.values()]), max([*reference, *yours.values()])
    # A loss that keeps growing leaves the picture at the top; one close to 0 leaves it at the bottom.
    bottom, top = max(math.floor(math.log10(low)), -8), min(math.ceil(math.log10(high)), 4)
    powers = [10.0**power for power in range(bottom, top + 1, max(1, (top - bottom) // 6))]
    axes.set_yticks(powers, [f"{power:g}" for power in powers])
    axes.yaxis.minorticks_off()
    width = len(reference)
    axes.set(xlabel="step", ylabel="loss", ylim=(10.0**bottom, 10.0**top), xlim=(-0.02 * width, 1.02 * width))
    axes.legend(loc="upper right")
    last = max(yours, default=0)
    shown = sorted({min(yours, key=lambda step: abs(step - last * share), default=0) for share in (0, 0.1, 0.4, 1)})
    alt = (
        f"The loss at each step, on a logarithmic scale. Yours: {_course(yours, shown)}. "
        f"The reference's: {_course(dict(enumerate(reference)), shown)}."
    )
    if len(yours) < len(curves["losses"]) or curves["step"] < curves["steps"]:
        alt += " Then yours grows without limit." if high > 1e9 else " Yours ends there."
    caption = "Your loss at each step, and the reference's from the same start."
    return Drawing(key, caption + _own(curves), alt, figure)


def _own(curves: Mapping[str, Any]) -> str:
    """The figures show the submission's own functions, even if the reference replaced one for the grade."""
    return f" Drawn with your own {curves['stands_in']}." if curves["stands_in"] else ""


def _course(losses: Mapping[int, float], steps: Sequence[int]) -> str:
    at = {step: f"after {_steps(step)}" if step else "at the start" for step in steps if step in losses}
    return ", ".join(f"{_number(losses[step])} {place}" for step, place in at.items()) or "no positive number"


# --- a gradient ------------------------------------------------------------------------------------------------------


def gradient(result: Result) -> Drawing | None:
    """The first gradient that is wrong for public inputs: the received and the expected one, and their difference."""
    wrong = result.curves.get("gradient")
    if wrong is None:
        return None
    part, got, want = wrong["part"], np.atleast_2d(wrong["got"]), np.atleast_2d(wrong["want"])
    differs = np.abs(got - want) > TOLERANCE * np.linalg.norm(want) / math.sqrt(want.size)
    difference = np.where(differs, got - want, 0.0)
    rows, columns = want.shape
    cell, line, head = 62, 26, 25
    width, height = cell * columns + 40, 3 * (line * rows + head) + 16
    figure = _empty(width, height)
    scale = float(np.max(np.abs([got, want]))) or 1.0
    panels = (
        ("yours", got, scale, YOURS), ("expected", want, scale, YOURS),
        ("yours − expected", difference, float(np.max(np.abs(difference))) or 1.0, ERROR),
    )  # fmt: skip
    for n, (title, values, largest, color) in enumerate(panels):
        bottom = height - (n + 1) * (line * rows + head)
        axes = figure.add_axes((24 / width, bottom / height, cell * columns / width, line * rows / height))
        _table(axes, values, np.abs(values) / largest, differs, color)
        axes.set_title(title, pad=4, fontweight="bold" if n == 2 else "normal")
        axes.set_yticks(range(rows), [str(r) if rows > 1 else "" for r in range(rows)])
        axes.set_xticks(range(columns), [str(c) if n == 2 else "" for c in range(columns)])
    r, c = np.unravel_index(int(np.argmax(np.abs(difference))), difference.shape)
    place = f"{part}[{c}]" if np.ndim(wrong["want"]) == 1 else f"{part}[{r}, {c}]"
    alt = (
        f"The gradient {part}, entry by entry, for public inputs with {wrong['activation']}. {int(differs.sum())} of "
        f"{want.size} entries differ, {place} the most: {_number(got[r, c])} instead of {_number(want[r, c])}. "
        f"Yours: {_rows(got)}. Expected: {_rows(want)}."
    )
    which = "every entry differs" if differs.all() else "the framed entries differ"
    return Drawing(wrong["key"], f'"{part}" for public inputs with {wrong["activation"]}: {which}.', alt, figure)


def _table(axes: Axes, values: Any, shade: Any, framed: Any, color: str) -> None:
    """Numbers in cells.  The larger a number, the darker its cell, but black text stays readable on it."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    # Few shades: the palette of the PNG has them all.
    shades = LinearSegmentedColormap.from_list("shades", ["white", _mix(color, 0.45)], N=8)
    axes.imshow(np.nan_to_num(shade), cmap=shades, vmin=0, vmax=1, aspect="auto")
    for (r, c), value in np.ndenumerate(values):
        bold = "bold" if framed[r, c] else "normal"
        axes.text(c, r, _cell(value), ha="center", va="center", fontsize=9.5, fontweight=bold, color="black")
        if framed[r, c]:
            axes.add_patch(Rectangle((c - 0.46, r - 0.44), 0.92, 0.88, fill=False, ec=TARGET, lw=0.9))
    axes.tick_params(length=0, labelsize=8, labelcolor=QUIET, pad=2)
    for spine in axes.spines.values():
        spine.set(visible=True, color="#C8C8C8", linewidth=0.8)


def _mix(color: str, share: float) -> str:
    """A color mixed with white."""
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


def _cell(value: float) -> str:
    """A number in at most seven characters."""
    size = abs(value)
    if value == 0:
        return "0"
    if not 1e-4 <= size < 9999.5:
        return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace("-", "−")
    return f"{value:.{3 if size < 9.9995 else 2 if size < 99.995 else 1 if size < 999.95 else 0}f}".replace("-", "−")


def _rows(values: Any) -> str:
    return "; ".join(", ".join(_number(v) for v in row) for row in values)


# --- shared ----------------------------------------------------------------------------------------------------------


def _key(result: Result, key: str, nth: int) -> str:
    """`key`, or the key of the nth criterion of training if there is none with that key; "" if there are none."""
    keys = [row.criterion.key for row in result.rows if row.criterion.function == "training"]
    return key if key in keys else keys[nth] if keys else ""


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _steps(count: int) -> str:
    return f"{count} step{'s' * (count != 1)}"


def _empty(width: int, height: int) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _figure(width: int, height: int, margins: tuple[int, int, int, int]) -> tuple[Figure, Axes]:
    """A figure with axes.  Sizes in CSS pixels; margins: left, bottom, right, top."""
    figure = _empty(width, height)
    left, bottom, right, top = margins
    box = (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    axes = figure.add_axes(box)
    axes.grid(color="#E4E4E4", lw=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def _picture(drawing: Drawing) -> Picture | None:
    """The picture in the best resolution that is small enough, if there is one."""
    width, height = (round(side * DPI) for side in drawing.figure.get_size_inches())
    for scale, colors in ((2, 32), (1.5, 16), (1, 8)):
        uri = "data:image/png;base64," + base64.b64encode(png(drawing.figure, scale, colors)).decode("ascii")
        if len(uri) <= MAX_URI:
            return Picture(drawing.key, drawing.caption, drawing.alt, width, height, uri)
    return None


def png(figure: Figure, scale: float, colors: int) -> bytes:
    """The figure as a PNG with a palette."""
    from PIL import Image

    figure.set_dpi(DPI * scale)
    canvas: Any = figure.canvas
    canvas.draw()
    pixels = np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
    # Maximum coverage keeps a color that only one cell has.
    image = Image.fromarray(pixels).quantize(colors, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
