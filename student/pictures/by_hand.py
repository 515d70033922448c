"""Example 2: a network designed by hand.  Eight decisions, eight steps, and the semicircle is a parabola."""

import numpy as np

from pictures import data, fit, style, yours
from pictures.picture import Picture

THRESHOLDS = -np.pi / 2 + np.pi / 16 + np.arange(8) * np.pi / 8
GAINS = (1, 4, 12, 20)
STEP = 1000  # a gain so large that the logistic is a unit step everywhere but on the thresholds


def network(gain):
    """The lecture's network: e1 is gain sin(theta - t), column k of W2 is the step from knot k to knot k + 1."""
    t = THRESHOLDS
    return {
        "W1": gain * np.column_stack([-np.sin(t), np.cos(t)]),
        "b1": np.zeros(8),
        "W2": np.vstack([np.full(8, np.pi / 8), np.pi / 4 * t]),
        "b2": np.array([-np.pi / 2, np.pi**2 / 4]),
    }


def draw_decisions():
    """The thresholds as lines through the semicircle, and the units switching on one after another."""
    fig, (left, right) = style.figure(size=(10, 5.2), width_ratios=[1, 1.35])
    knots, curve = data.read("knots"), data.curve(2001)
    colours = style.unit_colours(8)

    left.plot(*curve.x.T, color=style.TARGET, lw=1.2)
    left.plot(*knots.x.T, "o", color=style.TARGET)
    for k, (t, colour) in enumerate(zip(THRESHOLDS, colours, strict=True)):
        end = 1.25 * np.array([np.cos(t), np.sin(t)])
        left.plot([0, end[0]], [0, end[1]], color=colour, lw=1.6)
        style.arrow(left, end * 0.86, end * 0.86 + 0.19 * np.array([-np.sin(t), np.cos(t)]), colour)
        left.text(*end * 1.08, f"{k}", color=colour, ha="center", va="center", weight="bold")
    style.label(left, r"Unit $k$ is on where its arrow points", r"$x_0$", r"$x_1$")
    style.equal(left, (-0.25, 1.55), (-1.45, 1.45))

    h = yours.forward(curve.x, network(12))[1]
    hard = yours.forward(curve.x, network(STEP))[1]
    for k, colour in enumerate(colours):
        right.fill_between(curve.theta, k, k + 0.85 * h[:, k], color=colour, alpha=0.25, lw=0)
        right.plot(curve.theta, k + 0.85 * hard[:, k], color=colour, lw=1, ls="--")
        right.plot(curve.theta, k + 0.85 * h[:, k], color=colour)
    right.set_yticks(np.arange(8) + 0.4, [f"$h_{k}$" for k in range(8)])
    right.grid(axis="y", visible=False)
    style.label(right, "One after another (line: gain 12, dashed: unit step)")
    style.angle_axis(right)
    return fig


def draw_staircase():
    """With the unit step: the columns of W2 lead from knot to knot."""
    fig, (left, right) = style.figure(size=(10, 4.8), width_ratios=[1.2, 1])
    knots, curve = data.read("knots"), data.curve(2001)
    params, colours = network(STEP), style.unit_colours(8)

    fit.draw_parabola(left, curve)
    at = params["b2"]
    left.annotate(r"$\vec b^{(2)}$", at, (8, 0), textcoords="offset points")
    for k, colour in enumerate(colours):
        column = params["W2"][:, k]
        style.arrow(left, at, at + column, colour, 2.4)
        side = np.array([column[1], -column[0]]) / np.hypot(*column)
        left.text(*(at + column / 2 - 0.2 * side), rf"$\vec w_{k}$", color=colour, ha="center", va="center")
        at = at + column
    left.plot(*yours.forward(knots.x, params)[2].T, "o", color=style.YOURS, label=r"your $\hat y$ at the 9 knots")
    left.legend(loc="upper center")
    left.set_title("Every unit that is on adds its arrow")

    yhat = yours.forward(curve.x, params)[2]
    for k, colour in enumerate([style.YOURS, style.OTHER]):
        right.plot(curve.theta, curve.y[:, k], color=style.TARGET, lw=1.2)
        right.plot(curve.theta, yhat[:, k], color=colour, label=rf"your $\hat y_{k}$")
        right.plot(knots.theta, knots.y[:, k], "o", color=style.TARGET, ms=4)
    right.legend(loc="upper center", ncols=2)
    style.label(right, "A staircase, exact at the knots", y=r"$\hat y$ and target")
    style.angle_axis(right)
    return fig


def draw_gains():
    """With the logistic: soft steps at four gains, and the loss for every gain."""
    fig, axes = style.figure(1, 5, size=(13, 3.3), width_ratios=[1, 1, 1, 1, 1.5])
    curve = data.curve()
    for ax, gain in zip(axes, GAINS, strict=False):
        yhat = yours.forward(curve.x, network(gain))[2]
        fit.draw_parabola(ax, curve)
        ax.plot(*yhat.T, color=style.YOURS)
        ax.set_title(f"gain {gain}: $L$ = {yours.loss(yhat, curve.y):.3g}")
    for ax in axes[1:4]:
        ax.set_ylabel("")
        ax.set_yticklabels([])
    gains = np.geomspace(1, 100, 61)
    losses = [yours.loss(yours.forward(curve.x, network(gain))[2], curve.y) for gain in gains]
    last = axes[4]
    last.loglog(gains, losses, color=style.YOURS)
    best = int(np.nanargmin(losses))
    last.plot(gains[best], losses[best], "o", color=style.ERROR)
    last.annotate(
        f"best: {gains[best]:.0f}", (gains[best], losses[best]), (0, -14), textcoords="offset points", ha="center"
    )
    last.set_xticks([1, 4, 12, 20, 100], ["1", "4", "12", "20", "100"])
    last.set_xticks([], minor=True)
    last.margins(y=0.15)
    style.label(last, "Loss for every gain", "gain", r"$L$")
    return fig


PICTURES = [
    Picture(
        name="decisions",
        title="The first layer: eight decisions",
        question="Which units are on at the knot theta = 0? What would b1 do to these lines?",
        needs=("forward",),
        draw=draw_decisions,
    ),
    Picture(
        name="staircase",
        title="The second layer: eight steps along the parabola",
        question="How many hidden units would halve the height of every step? What happens to the loss then?",
        needs=("forward",),
        draw=draw_staircase,
    ),
    Picture(
        name="gains",
        title="Soft steps can do better than hard ones",
        question="Why is gain 1 worse than predicting the mean (0.68)? Why does the loss rise again after gain 12?",
        needs=("forward", "loss"),
        draw=draw_gains,
    ),
]
