"""Small pictures of a result, each with words that say the same in numbers.

They show public data only: the semicircle, and gradients for the public inputs.  A picture is a PNG of few colours at
two pixels a CSS pixel, as a data URI of at most MAX_URI characters, far under what Gradescope cuts.  matplotlib is
imported when the first picture is drawn, and without pyplot.
"""

from __future__ import annotations

import base64
import io
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_URI = 25_000
TOLERANCE = 1e-6  # of the norm: entries of a gradient that differ by less are shown as equal
DPI = 80  # CSS pixels to the inch of a figure

# Colours that stay apart for the colour-blind, and in grey: dark, middle, light (after Okabe and Ito).
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
    """A picture for the rubric line `key`.  width and height are in CSS pixels."""

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


def pictures(result: Result) -> dict[str, Picture]:
    """The pictures of a result by the key of their line; none where there is nothing to draw.

    Raises whatever matplotlib does: no grade may depend on it.
    """
    if not result.curves or not result.rows:
        return {}
    # A home without room for a list of fonts is no news for who reads a grade.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    import matplotlib

    found = {}
    with matplotlib.rc_context(RC), np.errstate(all="ignore"):
        for draw in (gradient, loss, fit):
            drawing = draw(result)
            picture = drawing and _picture(drawing)
            if picture:
                found[picture.key] = picture
    return found


# --- the network's answers -------------------------------------------------------------------------------------------


def fit(result: Result) -> Drawing | None:
    """The network's answers for the points of the semicircle, on the parabola's plane."""
    curves, key = result.curves, _line(result, "training_fit", -1)
    if "yhat" not in curves or not key:
        return None
    theta, y, yhat = curves["theta"], curves["y"], np.clip(np.nan_to_num(curves["yhat"], nan=1e6), -1e6, 1e6)
    figure, axes = _figure(400, 344, (46, 40, 8, 8))
    axes.set(xlim=(-2.1, 2.1), ylim=(-0.6, 3.0), aspect="equal")
    fine = np.linspace(theta.min(), theta.max(), 101)
    axes.plot(fine, fine**2, color=TARGET, lw=1.2, ls=(0, (5, 2)))
    for want, got in zip(y, yhat, strict=True):
        axes.plot(*np.transpose([want, got]), color=ERROR, lw=1.2, solid_capstyle="butt", gid="error")
    axes.plot(*y.T, color=TARGET, ls="", marker="o", ms=7, mfc="white", label="the parabola (θ, θ²)")
    axes.plot(*yhat.T, color=YOURS, lw=1.6, marker="o", ms=4, label="your network")
    axes.set(xlabel="first output", ylabel="second output", xticks=range(-2, 3), yticks=range(4))
    axes.legend(loc="upper center")
    off = np.sqrt(((yhat - y) ** 2).sum(1))
    out = int((~((np.abs(yhat[:, 0]) <= 2.1) & (yhat[:, 1] >= -0.6) & (yhat[:, 1] <= 3.0))).sum())
    worst = int(np.argmax(off))
    alt = (
        f"Your network's answers for {len(y)} points of the semicircle after {_steps(curves['step'])}, "
        "and the parabola that they should lie on."
    )
    if out:
        outside = f"{out} of {len(y)} answers lie outside the picture."
        alt += f" {outside}"
        axes.text(0, -0.45, outside, ha="center", color=TARGET, bbox={"fc": "white", "ec": "none", "pad": 2})
    if out < len(y):
        alt += (
            f" They are {_number(float(np.median(off)))} away from it (the median); the most, "
            f"{_number(off[worst])}, at θ = {_number(theta[worst])}: ({_number(yhat[worst, 0])}, "
            f"{_number(yhat[worst, 1])}) in place of ({_number(y[worst, 0])}, {_number(y[worst, 1])})."
        )
    return Drawing(key, f"Your network after {_steps(curves['step'])}, and the parabola.{_own(curves)}", alt, figure)


def _own(curves: dict[str, Any]) -> str:
    """What is drawn is the submission's own, also where the line was judged with the reference's help."""
    return f" Drawn with your own {curves['stands_in']}." if curves["stands_in"] else ""


# --- the loss --------------------------------------------------------------------------------------------------------


def loss(result: Result) -> Drawing | None:
    """The loss of the training over its steps, and the reference's from the same start."""
    curves, key = result.curves, _line(result, "training_decreases", 0)
    if "losses" not in curves or not key:
        return None
    yours = {step: value for step, value in curves["losses"].items() if 0 < value < 1e100}
    right = reference_losses(curves)
    figure, axes = _figure(400, 272, (60, 40, 12, 8))
    axes.set_yscale("log")
    axes.plot(range(len(right)), right, color="#BDBDBD", lw=6, solid_capstyle="round", label="the reference")
    axes.plot(list(yours), list(yours.values()), color=YOURS, lw=1.6, marker="o", ms=3.5, label="your functions")
    low, high = min([*right, *yours.values()]), max([*right, *yours.values()])
    # What grows without end leaves the picture at the top, and what is next to nothing at the bottom.
    bottom, top = max(math.floor(math.log10(low)), -8), min(math.ceil(math.log10(high)), 4)
    powers = range(bottom, top + 1, max(1, (top - bottom) // 6))
    axes.set_yticks([10.0**p for p in powers], [f"{10.0**p:g}" for p in powers])
    axes.yaxis.minorticks_off()
    axes.set(xlabel="step", ylabel="loss", ylim=(10.0**bottom, 10.0**top), xlim=(-0.02 * len(right), 1.02 * len(right)))
    axes.legend(loc="upper right")
    last = max(yours, default=0)
    near = [min(yours, key=lambda step: abs(step - last * share), default=0) for share in (0, 0.1, 0.4, 1)]
    shown = [step for step in yours if step in near]
    alt = (
        f"The loss over the steps, on a logarithmic scale. Yours: {_course(yours, shown)}. "
        f"The reference's: {_course(dict(enumerate(right)), [s for s in shown if s < len(right)])}."
    )
    if len(yours) < len(curves["losses"]) or curves["step"] < curves["steps"]:
        alt += " Then yours grows beyond all numbers." if high > 1e9 else " Yours ends there."
    return Drawing(key, f"Your loss step by step, and the reference's from the same start.{_own(curves)}", alt, figure)


def reference_losses(curves: dict[str, Any]) -> list[float]:
    """The reference's loss at every step of the same training."""
    losses: list[float] = curves["reference_losses"]
    return losses


def _course(losses: dict[int, float], steps: list[int]) -> str:
    said = [f"{_number(losses[s])} after {_steps(s)}" if s else f"{_number(losses[s])} at the start" for s in steps]
    return ", ".join(said) or "none that is a positive number"


# --- a gradient ------------------------------------------------------------------------------------------------------


def gradient(result: Result) -> Drawing | None:
    """The first gradient that is wrong for public inputs: what came back, what is right, and the difference."""
    wrong = result.curves.get("gradient")
    if wrong is None:
        return None
    part, got, want = wrong["part"], np.atleast_2d(wrong["got"]), np.atleast_2d(wrong["want"])
    differs = np.abs(got - want) > TOLERANCE * np.linalg.norm(want) / math.sqrt(want.size)
    difference = np.where(differs, got - want, 0.0)
    rows, columns = want.shape
    beside = columns <= 2
    cell, line, head = 62, 26, 25
    if beside:
        width, height = 3 * (cell * columns + 12) + 22, line * rows + head + 24
    else:
        width, height = cell * columns + 40, 3 * (line * rows + head) + 16
    figure = _empty(width, height)
    scale = float(np.max(np.abs([got, want]))) or 1.0
    for n, (title, values) in enumerate((("yours", got), ("right", want), ("yours − right", difference))):
        left = 24 + n * (cell * columns + 12) if beside else 24
        top = head + (0 if beside else n * (line * rows + head))
        box = (left / width, 1 - (top + line * rows) / height, cell * columns / width, line * rows / height)
        axes = figure.add_axes(box)
        last = n == 2
        shade = np.abs(values) / (scale if not last else float(np.max(np.abs(values))) or 1.0)
        _table(axes, values, shade, differs, ERROR if last else YOURS)
        axes.set_title(title, pad=4, fontweight="bold" if last else "normal")
        axes.set_yticks(range(rows), [str(r) if want.shape[0] > 1 else "" for r in range(rows)])
        axes.set_xticks(range(columns), [str(c) if last or beside else "" for c in range(columns)])
        if beside and n:
            axes.set_yticklabels([])
    worst = np.unravel_index(int(np.argmax(np.abs(difference))), difference.shape)
    flat = np.ndim(wrong["want"]) == 1
    place = f"{part}[{worst[1]}]" if flat else f"{part}[{worst[0]}, {worst[1]}]"
    alt = (
        f"The gradient {part}, entry by entry, for public inputs with {wrong['activation']}: {int(differs.sum())} of "
        f"{want.size} entries differ, {place} the most: {_number(got[worst])} in place of {_number(want[worst])}. "
        f"Yours: {_rows(got)}. Right: {_rows(want)}."
    )
    which = "every entry differs" if differs.all() else "the framed entries differ"
    caption = f'"{part}" for public inputs with {wrong["activation"]}: {which}.'
    return Drawing(wrong["key"], caption, alt, figure)


def _table(axes: Axes, values: Any, shade: Any, framed: Any, colour: str) -> None:
    """Numbers in their places; the larger, the darker, and never so dark that black on it can't be read."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    shades = LinearSegmentedColormap.from_list("shades", ["white", _mix(colour, 0.45)])
    axes.imshow(np.nan_to_num(shade), cmap=shades, vmin=0, vmax=1, aspect="auto")
    for (r, c), value in np.ndenumerate(values):
        bold = "bold" if framed[r, c] else "normal"
        axes.text(c, r, _cell(value), ha="center", va="center", fontsize=9.5, fontweight=bold, color="black")
        if framed[r, c]:
            axes.add_patch(Rectangle((c - 0.46, r - 0.44), 0.92, 0.88, fill=False, ec=TARGET, lw=0.9))
    axes.tick_params(length=0, labelsize=8, labelcolor=QUIET, pad=2)
    for spine in axes.spines.values():
        spine.set(visible=True, color="#C8C8C8", linewidth=0.8)


def _mix(colour: str, share: float) -> str:
    """A colour mixed with white."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
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


def _line(result: Result, key: str, nth: int) -> str:
    """The key of a line of training, or of its nth where there is none of that name."""
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
    """A figure with one pair of axes.  Sizes in CSS pixels; margins left, bottom, right, top."""
    figure = _empty(width, height)
    left, bottom, right, top = margins
    box = (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    axes = figure.add_axes(box)
    axes.grid(color="#E4E4E4", lw=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def _picture(drawing: Drawing) -> Picture | None:
    """Sharp where it fits, coarser where it would be too large, and none where that is too large as well."""
    width, height = (round(side * DPI) for side in drawing.figure.get_size_inches())
    for scale, colours in ((2, 32), (1.5, 16), (1, 8)):
        uri = "data:image/png;base64," + base64.b64encode(png(drawing.figure, scale, colours)).decode("ascii")
        if len(uri) <= MAX_URI:
            return Picture(drawing.key, drawing.caption, drawing.alt, width, height, uri)
    return None


def png(figure: Figure, scale: float, colours: int) -> bytes:
    """The figure as a PNG with a palette."""
    from PIL import Image

    figure.set_dpi(DPI * scale)
    canvas: Any = figure.canvas
    canvas.draw()
    pixels = np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
    # Maximum coverage keeps a colour that only one cell has.
    image = Image.fromarray(pixels).quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
