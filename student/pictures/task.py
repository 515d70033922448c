"""The task in pictures: the network, the data, the worked example, and the end of a training."""

import itertools

import numpy as np
from matplotlib.patches import Circle, FancyBboxPatch

from checking import results
from checking.examples import WORKED
from pictures import style
from pictures.network import curve, read
from pictures.style import picture

# The network ----------------------------------------------------------------------------------------------------------


def draw_layers(axes, layers, edge_labels=None, gap=1.0):
    """Draw circles in columns, and lines from column to column; give the places of the circles.

    layers is a list of (horizontal place, color, texts in the circles); edge_labels maps (layer, from, to) to a text.
    """
    axes.axis("off")
    axes.set_aspect("equal")
    places = [[(x, gap * ((len(texts) - 1) / 2 - i)) for i in range(len(texts))] for x, _, texts in layers]
    for layer, (here, there) in enumerate(itertools.pairwise(places)):
        for i, start in enumerate(here):
            for j, end in enumerate(there):
                axes.plot(*zip(start, end, strict=True), color=style.QUIET, lw=1.1, zorder=1)
                if edge_labels:
                    at = np.array(start) + 0.34 * (np.array(end) - start)
                    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
                    axes.text(*at, edge_labels[layer, i, j], ha="center", va="center", fontsize=9, bbox=box, zorder=2)
    for (_, color, texts), column in zip(layers, places, strict=True):
        for text, place in zip(texts, column, strict=True):
            axes.add_patch(Circle(place, 0.36, facecolor="white", edgecolor=color, lw=2, zorder=3))
            axes.text(*place, text, ha="center", va="center", zorder=4)
    return places


@picture(
    title="A two-layer network, here with D = 2, N = 4, K = 2",
    question="How many numbers are in W1, b1, W2 and b2 together? And how many with N = 8?",
)
def draw_network():
    """The network with D = 2, N = 4, K = 2: what flows through it, and where the parameters are."""
    fig, ax = style.figure(1, 1, size=(9, 4.4))
    inputs = [rf"$x_{d}$" for d in range(2)]
    hidden = [rf"$h_{j}$" for j in range(4)]
    outputs = [rf"$\hat y_{k}$" for k in range(2)]
    draw_layers(ax, [(0, style.TARGET, inputs), (3.5, style.YOURS, hidden), (7, style.ERROR, outputs)])
    for x, head, formula in [
        (0, "D inputs", "x"),
        (3.5, "N hidden units", "e1 = W1 x + b1\nh = sigma(e1)"),
        (7, "K outputs", "yhat = W2 h + b2"),
    ]:
        ax.text(x, 2.25, head, ha="center", weight="bold")
        ax.text(x, -2.15, formula, ha="center", va="top", family="monospace", fontsize=9.5)
    ax.text(1.75, 2.25, "layer 1: W1, b1", ha="center", color=style.QUIET)
    ax.text(5.25, 2.25, "layer 2: W2, b2", ha="center", color=style.QUIET)
    ax.set(xlim=(-1.2, 8.6), ylim=(-2.9, 2.6))
    return fig


@picture(
    title="The task: bend a semicircle into a parabola",
    question="Equal steps along the semicircle: are the steps along the parabola equal, too?",
)
def draw_task():
    """Where the inputs are, and where their targets are; the same color is the same example."""
    data, all_angles = read("semicircle"), curve()
    fig, (left, right) = style.figure(size=(9, 4.2))
    colors = style.unit_colors(len(data.theta))
    for ax, line, points in [(left, all_angles.x, data.x), (right, all_angles.y, data.y)]:
        ax.plot(*line.T, color=style.QUIET, lw=1.2, zorder=1)
        ax.scatter(*points.T, c=colors, s=42, zorder=2)
    marked = [(0, r"$\theta=-\pi/2$"), (8, r"$\theta=0$"), (16, r"$\theta=\pi/2$")]
    for (i, name), side, offset in zip(marked, ["left", "center", "right"], [(10, 0), (0, 12), (-10, 0)], strict=True):
        style.note(right, name, data.y[i], offset, ha=side, color=colors[i])
        side, offset = ("left", (10, 0)) if i == 8 else ("right", (-10, 0))
        style.note(left, name, data.x[i], offset, ha=side, color=colors[i])
    style.label(left, r"In: $x = (\cos\theta, \sin\theta)$", r"$x_0$", r"$x_1$")
    style.equal(left, (-1.05, 1.75), (-1.4, 1.4))
    style.label(right, r"Out: $y = (\theta, \theta^2)$", r"$y_0$", r"$y_1$")
    style.equal(right, (-1.9, 1.9), (-0.4, 2.9))
    return fig


@picture(
    title="The worked example, first row: x = 1, A = ln 3",
    question="What is the logistic of 0, of A and of \N{MINUS SIGN}A? What does the second row, x = 2, give?",
)
def draw_example():
    """The worked example with all numbers of its first row."""
    example, i = WORKED["logistic"], 0
    fig, ax = style.figure(1, 1, size=(9, 4.6))

    def number(value):
        return f"{value:g}".replace("-", "\N{MINUS SIGN}")

    W2 = example.params["W2"]
    labels = {(0, 0, j): text for j, text in enumerate(["A", "\N{MINUS SIGN}A", "2A"])}
    labels |= {(1, j, k): number(W2[k, j]) for j in range(3) for k in range(2)}
    hidden = [rf"${number(h)}$" for h in example.h[i]]
    layers = [
        (0, style.TARGET, [number(example.x[i, 0])]),
        (3.5, style.YOURS, hidden),
        (7, style.ERROR, [number(yhat) for yhat in example.yhat[i]]),
    ]
    ((x,), units, outputs) = draw_layers(ax, layers, labels, gap=1.45)
    style.note(ax, "x", x, (0, 32))
    excitations = ["0", "A", "\N{MINUS SIGN}A"]
    biases = ["\N{MINUS SIGN}A", "2A", "\N{MINUS SIGN}3A"]
    white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    for j, unit in enumerate(units):
        weight = ["A", "(\N{MINUS SIGN}A)", "2A"][j]
        words = f"$e_{j}$ = {weight}\N{DOT OPERATOR}1 + ({biases[j]}) = {excitations[j]}"
        style.note(ax, words, unit, (0, 32), fontsize=9, bbox=white)
    for k, output in enumerate(outputs):
        words = f"b2 = {number(example.params['b2'][k])}\ntarget y = {number(example.y[i, k])}"
        style.note(ax, words, output, (28, 0), ha="left", fontsize=9)
    for place, head in [(0, "input"), (3.5, r"hidden: $h_j = \sigma(e_j)$"), (7, r"outputs $\hat y_k$")]:
        ax.text(place, 2.4, head, ha="center", weight="bold")
    ax.set(xlim=(-0.8, 9), ylim=(-1.9, 2.6))
    return fig


@picture(
    title="What is computed from what",
    question="Which of these does backprop get as arguments, and which has it to compute?",
)
def draw_chain():
    """What is computed from what: forward above, backward below."""
    fig, ax = style.figure(1, 1, size=(9, 4.2))
    ax.axis("off")

    def box(x, y, text, color, width=1.1):
        corner = (x - width / 2, y - 0.3)
        ax.add_patch(FancyBboxPatch(corner, width, 0.6, boxstyle="round,pad=0.06", fc="white", ec=color, lw=2))
        ax.text(x, y, text, ha="center", va="center", family="monospace")

    def step(start, end, text, color, offset=(0, 9)):
        style.arrow(ax, start, end, color)
        style.note(ax, text, (np.array(start) + end) / 2, offset, color=color, fontsize=9)

    for x, text in enumerate(["x", "e1", "h", "yhat", "loss"]):
        box(2.2 * x, 2, text, style.YOURS)
    words = ["(1) W1, b1", "(2) sigma", "(3) W2, b2", "(4) y"]
    for x, text in enumerate(words):
        step((2.2 * x + 0.65, 2), (2.2 * x + 1.55, 2), text, style.YOURS, (0, 11))
    box(6.6, 0.3, "epsilon", style.ERROR, 1.4)
    box(2.2, 0.3, "delta", style.ERROR, 1.4)
    step((8.8, 1.65), (7.4, 0.55), "(5)", style.ERROR, (12, -6))
    step((5.8, 0.3), (3.0, 0.3), "(8) back through W2, times sigma'", style.ERROR, (0, 11))
    box(6.6, -1.4, "dW2  db2", style.TARGET, 1.8)
    box(2.2, -1.4, "dW1  db1", style.TARGET, 1.8)
    step((6.6, -0.08), (6.6, -1.0), "(6) with h,  (7)", style.TARGET, (50, 0))
    step((2.2, -0.08), (2.2, -1.0), "(9) with x,  (10)", style.TARGET, (53, 0))
    ax.text(-0.65, 2.75, "forward", color=style.YOURS, weight="bold")
    ax.text(-0.65, 0.2, "backward", color=style.ERROR, weight="bold")
    ax.text(-0.65, -1.5, "gradients", color=style.TARGET, weight="bold")
    ax.set(xlim=(-0.8, 9.6), ylim=(-1.9, 3.1))
    return fig


# The end of a training ------------------------------------------------------------------------------------------------


def draw_result(train, params, activation, losses, title):
    """What the network says over the whole semicircle, its error at every example, and the loss curve."""
    fig, (left, right) = style.figure(size=(9, 4.6))
    all_angles = curve()
    yhat_everywhere = results.forward(all_angles.x, params, activation)[2]
    yhat = results.forward(train.x, params, activation)[2]
    places = np.vstack([yhat_everywhere, train.y, all_angles.y])
    style.draw_parabola(left, all_angles, **style.around(places, room=0.3))
    left.plot(*yhat_everywhere.T, color=style.YOURS, label=r"your $\hat y$")
    for said, wanted in zip(yhat, train.y, strict=True):
        left.plot(*np.array([said, wanted]).T, color=style.ERROR, lw=0.8)
    left.plot([], [], color=style.ERROR, lw=0.8, label=r"error $\hat y - y$")
    left.plot(*train.y.T, ".", color=style.TARGET, ms=4 if len(train.y) > 50 else 7, label="training targets")
    left.legend(loc="upper center")
    left.set_title("The semicircle becomes a parabola")
    right.semilogy(np.arange(len(losses)), losses, color=style.YOURS)
    right.plot(len(losses) - 1, losses[-1], "o", color=style.YOURS)
    style.note(right, f"{losses[-1]:.3g}", (len(losses) - 1, losses[-1]), (-4, 10), ha="right")
    style.label(right, "The loss falls", "step", r"$L$")
    style.frame(fig, title, "Where along the parabola is the error largest, and which hidden units are at work there?")
    return fig
