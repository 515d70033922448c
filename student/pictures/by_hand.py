"""A network designed by hand: eight decisions, eight steps, and the semicircle is a parabola."""

import numpy as np

from checking import results
from pictures import style
from pictures.network import curve, read
from pictures.style import picture

THRESHOLDS = -np.pi / 2 + np.pi / 16 + np.arange(8) * np.pi / 8
GAINS = (1, 4, 12, 20)
STEP = 1000  # a gain so large that the logistic is a unit step everywhere but on the thresholds


def network(gain):
    """The lecture's network: e1 is gain sin(theta - t); column j of W2 is the step from knot j to knot j + 1."""
    t = THRESHOLDS
    return {
        "W1": gain * np.column_stack([-np.sin(t), np.cos(t)]),
        "b1": np.zeros(8),
        "W2": np.vstack([np.full(8, np.pi / 8), np.pi / 4 * t]),
        "b2": np.array([-np.pi / 2, np.pi**2 / 4]),
    }


@picture(
    "forward",
    title="Layer 1: eight decisions",
    question="Which units are on at the knot theta = 0? What would b1 do to these lines?",
)
def draw_decisions():
    """The thresholds as lines through the semicircle, and the units switching on one after another."""
    fig, (left, right) = style.figure(size=(9, 4.8), width_ratios=[1, 1.45])
    knots, all_angles = read("knots"), curve(2001)
    colors = style.unit_colors(8)

    left.plot(*all_angles.x.T, color=style.TARGET, lw=1.2)
    left.plot(*knots.x.T, "o", color=style.TARGET)
    for j, (t, color) in enumerate(zip(THRESHOLDS, colors, strict=True)):
        end = 1.25 * np.array([np.cos(t), np.sin(t)])
        left.plot([0, end[0]], [0, end[1]], color=color, lw=1.6)
        style.arrow(left, end * 0.86, end * 0.86 + 0.19 * np.array([-np.sin(t), np.cos(t)]), color)
        style.note(left, f"{j}", end * 1.09, color=color, weight="bold")
    style.label(left, r"Unit $j$ is on where its arrow points", r"$x_0$", r"$x_1$")
    style.equal(left, (-0.2, 1.55), (-1.5, 1.5))

    h = results.forward(all_angles.x, network(12))[1]
    hard = results.forward(all_angles.x, network(STEP))[1]
    for j, color in enumerate(colors):
        right.fill_between(all_angles.theta, j, j + 0.85 * h[:, j], color=color, alpha=0.25, lw=0)
        right.plot(all_angles.theta, j + 0.85 * hard[:, j], color=color, lw=1, ls="--")
        right.plot(all_angles.theta, j + 0.85 * h[:, j], color=color)
    right.set_yticks(np.arange(8) + 0.4, [f"$h_{j}$" for j in range(8)])
    right.grid(axis="y", visible=False)
    style.label(right, "One after another (line: gain 12, dashed: unit step)")
    style.angle_axis(right)
    return fig


@picture(
    "forward",
    title="Layer 2: eight steps along the parabola",
    question="How many hidden units would halve the height of every step? What happens to the loss then?",
)
def draw_staircase():
    """With the unit step: the columns of W2 lead from knot to knot."""
    fig, (left, right) = style.figure(size=(9, 4.6), width_ratios=[1.2, 1])
    knots, all_angles = read("knots"), curve(2001)
    params, colors = network(STEP), style.unit_colors(8)

    style.draw_parabola(left, all_angles, x=(-2.3, 2.3), y=(-0.45, 3.3))
    at = params["b2"]
    style.note(left, r"$\vec b^{(2)}$", at, (-4, 9), ha="right")
    for j, color in enumerate(colors):
        column = params["W2"][:, j]
        style.arrow(left, at, at + column, color, 2.4)
        outward = np.array([column[1], -column[0]]) / np.hypot(*column)
        style.note(left, rf"$\vec w_{j}$", at + column / 2, 15 * outward, color=color)
        at = at + column
    left.plot(*results.forward(knots.x, params)[2].T, "o", color=style.YOURS, label=r"your $\hat y$ at the 9 knots")
    left.legend(loc="upper center")
    left.set_title("Every unit that is on adds its arrow")

    yhat = results.forward(all_angles.x, params)[2]
    for k, color in enumerate([style.YOURS, style.OTHER]):
        right.plot(all_angles.theta, all_angles.y[:, k], color=style.TARGET, lw=1.2)
        right.plot(all_angles.theta, yhat[:, k], color=color, label=rf"your $\hat y_{k}$")
        right.plot(knots.theta, knots.y[:, k], "o", color=style.TARGET, ms=4)
    right.legend(loc="upper center", ncols=2)
    right.set_ylim(top=3.1)
    style.label(right, "A staircase, exact at the knots", y=r"$\hat y$ and target")
    style.angle_axis(right)
    return fig


@picture(
    "forward",
    "loss",
    title="Soft steps can do better than hard ones",
    question=("Why is gain 1 worse than predicting the mean (0.68)? Why does the loss rise again after gain 12?"),
)
def draw_gains():
    """With the logistic: soft steps at four gains, and the loss for every gain."""
    fig = style.figure(1, 1, size=(9, 5.0))[0]
    fig.clear()
    grid = fig.add_gridspec(2, 4, height_ratios=[1, 1])
    all_angles = curve()
    for i, gain in enumerate(GAINS):
        ax = fig.add_subplot(grid[0, i])
        yhat = results.forward(all_angles.x, network(gain))[2]
        style.draw_parabola(ax, all_angles)
        ax.plot(*yhat.T, color=style.YOURS)
        ax.set_title(f"gain {gain}: $L$ = {results.loss(yhat, all_angles.y):.3g}")
        ax.set_ylabel("" if i else r"$y_1$")
    gains = np.geomspace(1, 100, 61)
    losses = [results.loss(results.forward(all_angles.x, network(gain))[2], all_angles.y) for gain in gains]
    last = fig.add_subplot(grid[1, :])
    last.loglog(gains, losses, color=style.YOURS)
    best = int(np.nanargmin(losses))
    last.plot(gains[best], losses[best], "o", color=style.ERROR)
    style.note(last, f"best gain: {gains[best]:.0f}", (gains[best], losses[best]), (0, -12), color=style.ERROR)
    last.set_xticks([1, 4, 12, 20, 100], ["1", "4", "12", "20", "100"])
    last.set_xticks([], minor=True)
    last.margins(y=0.25)
    style.label(last, "Loss for every gain", "gain", r"$L$")
    return fig
