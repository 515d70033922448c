"""Example 1: a sum of squashed straight lines can be anything; and how many lines it takes."""

import time

import numpy as np
from matplotlib.ticker import NullFormatter

from pictures import style, training, yours
from pictures.optimizers import Hill, adam
from pictures.picture import Picture

SIDE = np.linspace(-2, 2, 81)
UNITS = (1, 2, 4, 8, 16, 32)
STARTS = 3
STEPS = 1500


def ridge(x):
    """The target over the plane: a ridge along the line x0 + 2 x1 = 0."""
    return 2 / (1 + ((x @ [1, 2]) / 1.8) ** 4)


def ridge_network():
    """Two units, up on one side of the ridge and down on the other; the output adds them up."""
    return {
        "W1": np.array([[1.0, 2.0], [1.0, 2.0]]),
        "b1": np.array([1.8, -1.8]),
        "W2": np.array([[1.0, -1.0]]),
        "b2": np.array([0.0]),
    }


def draw_plane():
    """Excitations, activations, output and target, as maps of the plane."""
    grid = np.stack(np.meshgrid(SIDE, SIDE), axis=-1)
    x, params = grid.reshape(-1, 2), ridge_network()
    e1, h, yhat = yours.forward(x, params, "tanh")
    fig, axes = style.figure(2, 3, size=(9.6, 6.2), sharex=True, sharey=True)
    slope, step, height = np.arange(-8, 9, 2), np.linspace(-1, 1, 11).round(1), np.linspace(0, 2, 11).round(1)
    maps = [
        (r"$e_0 = x_0 + 2x_1 + 1.8$", e1[:, 0], slope),
        (r"$h_0 = \tanh(e_0)$", h[:, 0], step),
        (r"$\hat y = h_0 - h_1$, by your forward", yhat[:, 0], height),
        (r"$e_1 = x_0 + 2x_1 - 1.8$", e1[:, 1], slope),
        (r"$h_1 = \tanh(e_1)$", h[:, 1], step),
        ("the target", ridge(x), height),
    ]
    for ax, (title, values, levels) in zip(axes.flat, maps, strict=True):
        values = values.reshape(len(SIDE), len(SIDE))
        ax.contourf(SIDE, SIDE, values, levels, extend="both")
        lines = ax.contour(SIDE, SIDE, values, levels, colors="white", linewidths=0.6, linestyles="solid")
        ax.clabel(lines, levels[::2], fontsize=8, fmt="%g")
        ax.set(title=title, aspect="equal", xticks=range(-2, 3), yticks=range(-2, 3))
        ax.grid(visible=False)
    for ax in axes[1]:
        ax.set_xlabel(r"$x_0$")
    for ax in axes[:, 0]:
        ax.set_ylabel(r"$x_1$")
    return fig


def wave(x):
    """The target of the second picture: a wave with some kinks of its own."""
    return np.sin(4 * x) + 0.5 * np.sin(11 * x + 1) + 0.3 * np.cos(17 * x)


def spread_start(units, seed):
    """Start with thresholds all over (-1, 1) and steep units, or training would take too long."""
    params = training.start(1, units, 1, seed)
    slope = np.sign(params["W1"]) * (6 + 3 * np.abs(params["W1"]))
    return params | {"W1": slope, "b1": -slope[:, 0] * params["b1"], "W2": params["W2"] / np.sqrt(units)}


def affordable_steps(hill, seconds=0.2):
    """Give STEPS, or fewer where your functions need long for one."""
    begin = time.perf_counter()
    hill.ask(hill.start)
    return min(STEPS, max(30, int(seconds / (time.perf_counter() - begin))))


def best_fits(x, y):
    """Train networks of several sizes; give the best loss, its outputs and its steps for each."""
    found = {}
    for units in UNITS:
        for seed in range(STARTS):
            hill = Hill(x, y, spread_start(units, seed), "tanh")
            steps = affordable_steps(hill)
            end = adam(hill, steps, eta=0.08, fade=True)
            yhat = yours.forward(x, hill.params(end), "tanh")[2]
            reached = yours.loss(yhat, y)
            if units not in found or not reached >= found[units][0]:
                found[units] = reached, yhat, steps
    return found


def draw_barron():
    """The fits for three sizes, and the error for every size beside 1/N."""
    x = np.linspace(-1, 1, 81)[:, None]
    y = wave(x)
    found = best_fits(x, y)
    fig, (left, right) = style.figure(size=(10, 4.6), width_ratios=[1.25, 1])
    left.plot(x, y, color=style.TARGET, lw=5, alpha=0.35, label="target", solid_capstyle="butt")
    looks = {2: (style.OTHER, ":"), 8: (style.THIRD, "--"), 32: (style.YOURS, "-")}
    for units, (colour, dashes) in looks.items():
        left.plot(x, found[units][1], color=colour, ls=dashes, label=f"N = {units}")
    left.legend(ncols=2, loc="upper left")
    left.set_ylim(top=2.6)
    style.label(left, "More hidden units, a closer fit", r"$x$", r"$\hat y$")

    errors = np.array([2 * found[units][0] for units in UNITS])
    right.loglog(UNITS, errors, "o-", color=style.YOURS, label="trained with your gradient")
    right.loglog(UNITS, errors[0] / np.array(UNITS), color=style.TARGET, ls="--", lw=1.2, label="falls as 1/N")
    right.set_xticks(UNITS, [str(units) for units in UNITS])
    right.set_xticks([], minor=True)
    right.legend(loc="lower left")
    steps = found[UNITS[-1]][2]
    if steps < STEPS:
        note = f"N = {UNITS[-1]}: only {steps} steps, loops take time"
        right.text(0.99, 0.98, note, transform=right.transAxes, ha="right", va="top", fontsize=9)
    right.yaxis.set_minor_formatter(NullFormatter())
    style.label(right, "Mean squared error", r"hidden units $N$", r"mean of $(\hat y - y)^2$")
    return fig


PICTURES = [
    Picture(
        name="plane",
        title="Two straight slopes, squashed and subtracted, make a ridge",
        question="Which numbers make the ridge narrower? How many units would it take to make a hill?",
        needs=("forward",),
        draw=draw_plane,
    ),
    Picture(
        name="barron",
        title="Barron: N hidden units leave an error of at most some constant over N",
        question=(
            "The bound holds for the hardest smooth function. Is this one hard? "
            "What stops the measured line from falling for ever: too few units, or the training?"
        ),
        needs=("forward", "loss", "backprop"),
        draw=draw_barron,
    ),
]
