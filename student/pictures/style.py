"""How all pictures look, and how they are shown or saved."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

# Colors that stay apart for color-blind readers and in gray (after Okabe and Ito).
TARGET = "#404040"
YOURS = "#0072B2"
ERROR = "#D55E00"
OTHER = "#E69F00"
THIRD = "#56B4E9"
QUIET = "#909090"

RC = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.7,
    "lines.linewidth": 2.0,
    "lines.markersize": 5,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "figure.constrained_layout.use": True,
    "figure.titlesize": 13,
    "figure.titleweight": "bold",
    "figure.max_open_warning": 0,
    "savefig.dpi": 150,
    "svg.hashsalt": "two-layer network",
    "image.cmap": "cividis",
}
FORMATS = ("png", "pdf", "svg")


class Picture(NamedTuple):
    """A picture of the lecture: draw gives the figure, title stands above it, question below."""

    draw: Callable[[], Figure]
    needs: tuple[str, ...]
    title: str
    question: str


ALL = {}  # all pictures by name; catalog.py puts them in order


def picture(*needs, title, question):
    """Make a picture of a function draw_NAME.  needs names the functions of neural_net.py that it calls."""

    def register(draw):
        ALL[draw.__name__.removeprefix("draw_")] = Picture(draw, needs, title, question)
        return draw

    return register


def figure(rows=1, columns=2, size=(9.0, 4.5), **options):
    """Make a figure with its axes, in this style."""
    plt.rcParams.update(RC)
    return plt.subplots(rows, columns, figsize=size, **options)


def unit_colors(count):
    """Give one color for each hidden unit, from dark to light."""
    return [matplotlib.colormaps["viridis"](0.82 * j / max(count - 1, 1)) for j in range(count)]


def frame(fig, title, question=""):
    """Write the title above a figure and the question below it."""
    fig.suptitle(title, x=0.01, ha="left")
    words = textwrap.fill(question, int(fig.get_figwidth() * 13))
    fig.supxlabel(words, x=0.01, ha="left", fontsize=10.5, style="italic", color=TARGET)


def label(axes, title="", x="", y=""):
    """Write the title and the labels of an axes."""
    axes.set(title=title, xlabel=x, ylabel=y)


def equal(axes, x, y):
    """Show from x[0] to x[1] and from y[0] to y[1], one unit as long in both directions: here geometry matters."""
    axes.set(xlim=x, ylim=y, aspect="equal")


def around(points, room=0.16):
    """Give limits x and y of a square that holds all points (n, 2), with room around them."""
    points = points[np.all(np.isfinite(points), axis=1)]
    low, high = points.min(axis=0), points.max(axis=0)
    (x, y), half = (low + high) / 2, (0.5 + room / 2) * max(*(high - low), 1e-3)
    return {"x": (x - half, x + half), "y": (y - half, y + half)}


def arrow(axes, start, end, color, width=1.8, **options):
    """Draw an arrow from start to end, in data coordinates."""
    look = {"arrowstyle": "-|>", "color": color, "lw": width, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 11}
    axes.annotate("", end, start, arrowprops=look | options)


def note(axes, text, at, offset=(0, 0), **options):
    """Write a text beside a point; offset is in points."""
    axes.annotate(text, at, offset, textcoords="offset points", **({"ha": "center", "va": "center"} | options))


def angle_axis(axes):
    """Label the x axis with theta in parts of pi."""
    names = [r"$-\pi/2$", r"$-\pi/4$", "0", r"$\pi/4$", r"$\pi/2$"]
    axes.set_xticks([i * np.pi / 4 for i in range(-2, 3)], names)
    axes.set_xlabel(r"$\theta$")


def draw_parabola(axes, curve, x=(-1.9, 1.9), y=(-0.3, 2.8)):
    """Draw the target, thin and dark, between these limits."""
    axes.plot(*curve.y.T, color=TARGET, lw=1.2, label=r"target $y = (\theta, \theta^2)$")
    label(axes, x=r"$y_0$", y=r"$y_1$")
    equal(axes, x, y)


class Animation(NamedTuple):
    """A figure that moves: show puts the moving artists in place for a step."""

    fig: Figure
    show: Callable[[int], None]
    steps: list
    moving: tuple

    def play(self):
        """Start it in its window.  Keep what comes back for as long as it plays."""
        return FuncAnimation(self.fig, self.show, self.steps, interval=100)

    def save(self, path):
        """Save it as a GIF.  All that stands still is drawn once only, or it would take half a minute."""
        shown_on = self.fig.canvas
        canvas = FigureCanvasAgg(self.fig)
        for artist in self.moving:
            artist.set_animated(True)
        canvas.draw()
        still = canvas.copy_from_bbox(self.fig.bbox)
        frames = []
        for step in self.steps:
            canvas.restore_region(still)
            self.show(step)
            for artist in self.moving:
                artist.axes.draw_artist(artist)
            image = Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")
            frames.append(image.quantize(palette=frames[0]) if frames else image.quantize(64))
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, loop=0)
        for artist in self.moving:
            artist.set_animated(False)
        self.fig.set_canvas(shown_on)


# Show and save --------------------------------------------------------------------------------------------------------


def add_saving(parser):
    """Add --save, --folder and --format to a command line."""
    parser.add_argument("--save", action="store_true", help="save pictures to files instead of showing them")
    parser.add_argument("--folder", default="saved", help="where to save (default: saved)")
    parser.add_argument("--format", choices=FORMATS, default="png", help="default: png")


def has_display():
    """Tell whether windows can be opened here."""
    return plt.get_backend().lower() not in {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}


def save(fig, folder, name, kind="png"):
    """Save a figure, and its animation if it has one; give the paths."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    paths = [Path(folder) / f"{name}.{kind}"]
    fig.savefig(paths[0], metadata={"Date": None} if kind == "svg" else None)
    if hasattr(fig, "animation"):
        paths.append(Path(folder) / f"{name}.gif")
        fig.animation.save(paths[1])
    return paths


def finish(figures, save_them, folder, kind):
    """Save figures, a dict from name to figure; or show them, if there is a display."""
    if not figures:
        return
    if not save_them and has_display():
        running = [fig.animation.play() for fig in figures.values() if hasattr(fig, "animation")]
        plt.show()
        del running
        return
    if not save_them:
        print("No display here, so pictures are saved instead.")
    for name, fig in figures.items():
        for path in save(fig, folder, name, kind):
            print(f"Saved: {path}")
