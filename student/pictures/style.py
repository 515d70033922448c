"""How all pictures look, and how they are shown or saved."""

import math
import textwrap
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

# Colours that stay apart for the colour-blind, and in grey: dark, middle, light (after Okabe and Ito).
TARGET = "#404040"
YOURS = "#0072B2"
ERROR = "#D55E00"
OTHER = "#E69F00"
THIRD = "#56B4E9"
QUIET = "#A0A0A0"

# Hidden units in their order: dark to light, without the palest yellow.
UNITS = LinearSegmentedColormap.from_list("units", matplotlib.colormaps["viridis"]([i / 20 for i in range(18)]))

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
    "legend.fontsize": 9,
    "figure.constrained_layout.use": True,
    "figure.titlesize": 13,
    "figure.titleweight": "bold",
    "savefig.dpi": 200,
    "image.cmap": "cividis",
}


def figure(rows=1, columns=2, size=(9.0, 4.5), **options):
    """Make a figure with its axes, in this style."""
    plt.rcParams.update(RC)
    return plt.subplots(rows, columns, figsize=size, **options)


def unit_colours(count):
    """Give one colour for each hidden unit."""
    return [UNITS(j / max(count - 1, 1)) for j in range(count)]


def frame(fig, title, question):
    """Write the title above a figure and the question below it."""
    width = int(fig.get_figwidth() * 13)
    fig.suptitle(title, x=0.01, ha="left")
    fig.supxlabel(textwrap.fill(question, width), x=0.01, ha="left", fontsize=10.5, style="italic", color=TARGET)


def label(axes, title="", x="", y=""):
    """Write an axes' title and labels."""
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def equal(axes, x, y):
    """Show from x[0] to x[1] and from y[0] to y[1], one unit as long in both directions: here geometry matters."""
    axes.set(xlim=x, ylim=y, aspect="equal")


def around(points):
    """Give limits x and y of a square that holds all points (n, 2), with room around them."""
    points = points[np.all(np.isfinite(points), axis=1)]
    low, high = points.min(axis=0), points.max(axis=0)
    (x, y), half = (low + high) / 2, 0.58 * max(*(high - low), 1e-3)
    return {"x": (x - half, x + half), "y": (y - half, y + half)}


def arrow(axes, start, end, colour, width=1.8, **options):
    """Draw an arrow from start to end, in data coordinates."""
    look = {"arrowstyle": "-|>", "color": colour, "lw": width, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 11}
    axes.annotate("", end, start, arrowprops=look | options)


def angle_axis(axes):
    """Label the x axis with theta in parts of pi."""
    names = [r"$-\pi/2$", r"$-\pi/4$", "0", r"$\pi/4$", r"$\pi/2$"]
    axes.set_xticks([i * math.pi / 4 for i in range(-2, 3)], names)
    axes.set_xlabel(r"$\theta$")


def display():
    """Tell whether windows can be opened here, or pictures shown in a notebook."""
    drawing_only = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}
    return plt.get_backend().lower() not in drawing_only


def save(fig, folder, name, kind="png"):
    """Save a figure, and its film if it has one; give the paths."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    paths = [Path(folder) / f"{name}.{kind}"]
    fig.savefig(paths[0])
    if hasattr(fig, "film"):
        paths.append(Path(folder) / f"{name}.gif")
        fig.film.save(paths[1])
    return paths


def finish(figures, folder=None, kind="png"):
    """Save figures, a dict from name to figure, in folder; or show them, if there is a display and no folder."""
    if not figures:
        return
    if folder is None and display():
        running = [fig.film.play() for fig in figures.values() if hasattr(fig, "film")]
        plt.show()
        del running
        return
    if folder is None:
        print("No display here, so pictures are saved instead.")
    for name, fig in figures.items():
        for path in save(fig, folder or "saved", name, kind):
            print(f"Saved: {path}")
