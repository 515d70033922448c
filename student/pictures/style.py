"""How all pictures look, and how they are shown or saved."""

import textwrap
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.colors import LinearSegmentedColormap

# Colours that stay apart for the colour-blind, and in grey: dark, middle, light (after Okabe and Ito).
TARGET = "#404040"
YOURS = "#0072B2"
ERROR = "#D55E00"
OTHER = "#E69F00"
THIRD = "#56B4E9"
QUIET = "#A0A0A0"

# Hidden units in their order: dark to light, without the palest yellow.
UNITS = LinearSegmentedColormap.from_list("units", matplotlib.colormaps["cividis"]([i / 16 for i in range(15)]))

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


def equal(axes):
    """Make one unit as long in both directions: here geometry matters."""
    axes.set_aspect("equal", adjustable="datalim")


def display():
    """Tell whether windows can be opened here, or pictures shown in a notebook."""
    drawing_only = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}
    return plt.get_backend().lower() not in drawing_only


def save(fig, folder, name, kind="png"):
    """Save a figure, and give its path."""
    path = Path(folder) / f"{name}.{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(path)
    return path
