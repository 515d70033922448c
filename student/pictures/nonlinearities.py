"""The two nonlinearities, their slopes, and what sums of them can do."""

import numpy as np

from checking import results
from pictures import style
from pictures.descent import adam
from pictures.network import descend, random_start
from pictures.style import picture

E = np.linspace(-6, 6, 481)
SIDE = np.linspace(-2, 2, 81)
UNITS = (1, 2, 4, 8, 16, 32)
STARTS, STEPS = 2, 1000


def sigma(activation, e):
    """The two nonlinearities as NumPy has them, so that the slopes need backprop only."""
    return np.tanh(e) if activation == "tanh" else np.tanh(e / 2) / 2 + 0.5


@picture(
    "forward",
    title="Soft steps",
    question="From which e on is the logistic within 0.01 of the step? And with weights 10 times as large?",
)
def draw_nonlinearities():
    """Unit step and logistic, signum and tanh."""
    fig, axes = style.figure(size=(9, 3.9))
    one = {"W1": np.ones((1, 1)), "b1": np.zeros(1), "W2": np.ones((1, 1)), "b2": np.zeros(1)}
    pairs = [("logistic", "unit step", np.heaviside(E, 0.5)), ("tanh", "signum", np.sign(E))]
    for ax, (activation, hard_name, hard) in zip(axes, pairs, strict=True):
        hard = np.where(E == 0, np.nan, hard)  # no line up the jump
        h = results.forward(E[:, None], one, activation)[1][:, 0]
        ax.plot(E, hard, color=style.OTHER, ls="--", label=hard_name)
        ax.plot(E, h, color=style.YOURS, label=f"{activation}, by your forward")
        style.label(ax, f"{hard_name.capitalize()} and {activation}", r"excitation $e$", r"$\sigma(e)$")
        ax.legend(loc="lower right", bbox_to_anchor=(1, 0.12))
    return fig


def slope(activation):
    """Give sigma' at every e in E by backprop.

    One example, one hidden unit for each e, all weights of layer 2 are 1, the error is 1: then dL/db1 is sigma'.
    """
    e1 = E[None, :]
    h = sigma(activation, e1)
    params = {"W1": np.zeros((len(E), 1)), "b1": E, "W2": np.ones((1, len(E))), "b2": np.zeros(1)}
    yhat = h.sum(axis=1, keepdims=True)
    return results.backprop(np.ones((1, 1)), yhat - 1, params, e1, h, yhat, activation)["b1"]


@picture(
    "backprop",
    title="How much of an error gets through a hidden unit",
    question=("A unit with e = 5 made a mistake. How much does it learn from it, compared with a unit at e = 0?"),
)
def draw_slopes():
    """The slopes from backprop, over slopes measured on the curves."""
    fig, axes = style.figure(size=(9, 3.9), sharey=True)
    formulas = {"logistic": r"h\,(1-h)", "tanh": r"1-h^2"}
    for ax, (activation, formula) in zip(axes, formulas.items(), strict=True):
        measured = (sigma(activation, E + 1e-4) - sigma(activation, E - 1e-4)) / 2e-4
        ax.plot(E, measured, color=style.QUIET, lw=6, alpha=0.6, solid_capstyle="butt", label="measured on the curve")
        ax.plot(E, slope(activation), color=style.YOURS, label="by your backprop")
        style.label(ax, rf"{activation}: $\sigma'(e) = {formula}$", r"excitation $e$", r"$\sigma'(e)$")
        ax.legend(loc="upper left")
    axes[0].set_ylim(top=max(1.45, axes[0].get_ylim()[1]))
    axes[1].set_ylabel("")
    return fig


def ridge(x):
    """The target of the third picture: a ridge along the line x0 + 2 x1 = 0."""
    return 2 / (1 + ((x @ [1, 2]) / 1.8) ** 4)


def ridge_network():
    """Two units, up on one side of the ridge and down on the other; the output adds them up."""
    W1 = np.array([[1.0, 2.0], [1.0, 2.0]])
    return {"W1": W1, "b1": np.array([1.8, -1.8]), "W2": np.array([[1.0, -1.0]]), "b2": np.zeros(1)}


@picture(
    "forward",
    title="Two straight slopes, squashed and subtracted, make a ridge",
    question="Which numbers make the ridge narrower? How many units would it take to make a hill?",
)
def draw_plane():
    """Excitations, activations, output and target, as maps of the plane."""
    x = np.stack(np.meshgrid(SIDE, SIDE), axis=-1).reshape(-1, 2)
    e1, h, yhat = results.forward(x, ridge_network(), "tanh")
    fig, axes = style.figure(2, 3, size=(9, 6.4), sharex=True, sharey=True)
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
        image = ax.contourf(SIDE, SIDE, values.reshape(len(SIDE), -1), levels, extend="both")
        bar = fig.colorbar(image, ax=ax, ticks=levels[:: len(levels) // 4], shrink=0.75, pad=0.02)
        bar.outline.set_visible(False)
        ax.set(title=title, aspect="equal", xticks=range(-2, 3), yticks=range(-2, 3))
        ax.grid(visible=False)
    for ax in axes[1]:
        ax.set_xlabel(r"$x_0$")
    for ax in axes[:, 0]:
        ax.set_ylabel(r"$x_1$")
    return fig


def wave(x):
    """The target of the last picture: a wave with some kinks of its own."""
    return np.sin(4 * x) + 0.5 * np.sin(11 * x + 1) + 0.3 * np.cos(17 * x)


def spread_start(units, seed):
    """Start with steep units whose steps lie all over (-1, 1), or training would take too long."""
    params = random_start(1, units, 1, seed)
    steep = np.sign(params["W1"]) * (6 + 3 * np.abs(params["W1"]))
    return params | {"W1": steep, "b1": -steep[:, 0] * params["b1"], "W2": params["W2"] / np.sqrt(units)}


def best_fits(x, y):
    """Train networks of several sizes; give the best loss, its outputs and its number of steps for each."""
    found = {}
    for units in UNITS:
        for seed in range(STARTS):
            path = list(descend(x, y, spread_start(units, seed), adam(0.08, STEPS), STEPS, "tanh", seconds=1))
            yhat = path[-1][1]
            loss = results.loss(yhat, y)
            if units not in found or not loss >= found[units][0]:
                found[units] = loss, yhat, len(path) - 1
    return found


@picture(
    "forward",
    "loss",
    "backprop",
    title="Barron: N hidden units leave an error of at most some constant over N",
    question=(
        "The bound holds for the hardest smooth function. Is this one hard? What stops the "
        "measured line from falling forever: too few units, or the training?"
    ),
)
def draw_barron():
    """The fits for three sizes, and the error for every size beside 1/N."""
    x = np.linspace(-1, 1, 61)[:, None]
    y = wave(x)
    found = best_fits(x, y)
    fig, (left, right) = style.figure(size=(9, 4.4), width_ratios=[1.25, 1])
    left.plot(x, y, color=style.TARGET, lw=5, alpha=0.35, label="target", solid_capstyle="butt")
    looks = {2: (style.OTHER, ":"), 8: (style.THIRD, "--"), 32: (style.YOURS, "-")}
    for units, (color, dashes) in looks.items():
        left.plot(x, found[units][1], color=color, ls=dashes, label=f"N = {units}")
    left.legend(ncols=2, loc="upper left")
    left.set_ylim(top=2.6)
    style.label(left, "More hidden units, a closer fit", r"$x$", r"$\hat y$")

    errors = np.array([2 * found[units][0] for units in UNITS])
    right.loglog(UNITS, errors, "o-", color=style.YOURS, label="trained with your gradient")
    right.loglog(UNITS, errors[0] / np.array(UNITS), color=style.TARGET, ls="--", lw=1.2, label="falls as 1/N")
    right.set_xticks(UNITS, [str(units) for units in UNITS])
    right.set_xticks([], minor=True)
    right.yaxis.set_minor_formatter("")
    right.set_ylim(top=errors[0] * 8)
    right.legend(loc="upper right")
    steps = min(steps for _, _, steps in found.values())
    few = "" if steps >= STEPS else f" (only {steps} steps: loops take time)"
    style.label(right, "Mean squared error" + few, r"hidden units $N$", r"mean of $(\hat y - y)^2$")
    return fig
