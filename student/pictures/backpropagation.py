"""Back-propagation as it happens: an error, one step, and the parabola forming."""

import numpy as np

from pictures import data, fit, style, training, yours
from pictures.film import Film
from pictures.picture import Picture

HIDDEN = 5
EXAMPLE = 12  # of the semicircle: theta = pi/4
ETA = 0.2
FRAMES = (0, 10, 40, 100, 200, 1000)


def lecture_start():
    """Start as the lecture does: small random weights, pushed to where the pictures are easy to read; no b1."""
    params = training.start(2, HIDDEN, 2, seed=367, low=-0.9, high=0.9)
    return {
        "W1": params["W1"] + [0.5, 0.0],
        "b1": np.zeros(HIDDEN),
        "W2": params["W2"] + [[0.32], [0.0]],
        "b2": params["b2"] + [-0.32, 1.5],
    }


def draw_start():
    """A random start: how one example's output is put together, and its error."""
    examples, params, curve = data.read("semicircle"), lecture_start(), data.curve()
    colours = style.unit_colours(HIDDEN)
    _, h, yhat = yours.forward(examples.x, params)
    fig, (left, right) = style.figure(size=(10.5, 5.2), width_ratios=[1, 1.25])

    left.plot(*curve.x.T, color=style.TARGET, lw=1.2)
    left.plot(*examples.x[EXAMPLE], "o", color=style.ERROR, ms=9)
    left.annotate(r"$\vec x_i$", examples.x[EXAMPLE], (8, 4), textcoords="offset points", color=style.ERROR)
    for j, row in enumerate(params["W1"]):
        style.arrow(left, (0, 0), row, colours[j])
        left.text(*(row * (1 + 0.1 / np.hypot(*row))), rf"$\vec w_{j}$", color=colours[j], ha="center", va="center")
    style.label(left, r"The rows of $W^{(1)}$", r"$x_0$", r"$x_1$")
    style.equal(left, (-0.7, 1.6), (-1.3, 1.3))

    right.plot(*yours.forward(curve.x, params)[2].T, color=style.YOURS, label=r"your $\hat y$ for all $x$")
    fit.draw_parabola(right, curve)
    at = params["b2"]
    right.plot(*at, "s", color=style.TARGET)
    right.annotate(r"$\vec b^{(2)}$", at, (-6, -14), textcoords="offset points", ha="right")
    for j, colour in enumerate(colours):
        style.arrow(right, at, at + h[EXAMPLE, j] * params["W2"][:, j], colour)
        at = at + h[EXAMPLE, j] * params["W2"][:, j]
    style.arrow(right, examples.y[EXAMPLE], yhat[EXAMPLE], style.ERROR, 3)
    near = 0.85 * examples.y[EXAMPLE] + 0.15 * yhat[EXAMPLE]
    look = {"textcoords": "offset points", "ha": "right", "color": style.ERROR}
    right.annotate(r"$\hat y_i - \vec y_i$", near, (-8, 0), **look)
    right.plot(*examples.y[EXAMPLE], "o", color=style.ERROR, ms=9)
    right.legend(loc="upper center")
    right.set_title(r"$\hat y_i$ adds up $h_j \vec w_j^{(2)}$; the target is elsewhere")
    return fig


def one_step():
    """Train on one example with eta 1: give params before and after, and what a picture of it shows."""
    examples, params = data.read("semicircle"), lecture_start()
    x, y = examples.x[[EXAMPLE]], examples.y[[EXAMPLE]]
    e1, h, yhat = yours.forward(x, params)
    after = yours.update(params, yours.backprop(x, y, params, e1, h, yhat), 1.0)
    return x[0], y[0] - yhat[0], h[0], params, after


def draw_step():
    """One step on one example: every row of W1 along x, every column of W2 towards y - yhat."""
    x, wanted, h, before, after = one_step()
    colours = style.unit_colours(HIDDEN)
    fig, (left, right) = style.figure(size=(11, 5))
    draw_changes(left, before["W1"], after["W1"], x, colours)
    moved = (after["W1"] - before["W1"]) @ x / (x @ x)
    name_lines(left, r"$-\eta\,\delta_j$", [f"row {j}: {move:+.2f}" for j, move in enumerate(moved)])
    style.label(left, r"Rows of $W^{(1)}$ move along $\vec x$", r"$x_0$", r"$x_1$")
    draw_changes(right, before["W2"].T, after["W2"].T, wanted, colours)
    name_lines(right, r"$\eta\,h_j$", [f"column {j}: {h[j]:+.2f}" for j in range(HIDDEN)])
    style.label(right, r"Columns of $W^{(2)}$ move towards $\vec y - \hat y$", r"$y_0$", r"$y_1$")
    return fig


def draw_changes(axes, before, after, direction, colours):
    """Draw arrows before and after; the guide through each old tip shows where it should move."""
    unit = direction / np.hypot(*direction)
    for old, new, colour in zip(before, after, colours, strict=True):
        axes.axline(old, old + unit, color=style.QUIET, lw=0.8, ls=":")
        axes.plot(*np.array([(0, 0), old]).T, color=style.QUIET, lw=1)
        axes.plot(*old, "o", color="white", mec=colour, ms=7)
        style.arrow(axes, old, new, colour, 2.4)
    axes.plot(0, 0, "+", color=style.TARGET)
    style.equal(axes, **style.around(np.vstack([before, after, [(0, 0)]])))


def name_lines(axes, title, names):
    """Name the units by their colours, outside the picture."""
    for name, colour in zip(names, style.unit_colours(len(names)), strict=True):
        axes.plot([], [], color=colour, label=name)
    axes.legend(title=title, loc="upper left", bbox_to_anchor=(1, 1), handlelength=1)


def path_of_parabolas(last):
    """Give the whole output curve and the loss after every step up to last."""
    examples, curve = data.read("semicircle"), data.curve(121)
    shapes, losses = [], []
    for params, yhat in training.descend(examples.x, examples.y, lecture_start(), ETA, last, seconds=3):
        shapes.append(yours.forward(curve.x, params)[2])
        losses.append(yours.loss(yhat, examples.y))
        yours.see_finite(losses[-1], len(losses) - 1)
    return curve, shapes, losses


def draw_frames():
    """The parabola forming, in six frames."""
    curve, shapes, losses = path_of_parabolas(FRAMES[-1])
    fig, axes = style.figure(2, 3, size=(10, 6.4), sharex=True, sharey=True)
    for ax, step in zip(axes.flat, FRAMES, strict=True):
        step = min(step, len(shapes) - 1)
        fit.draw_parabola(ax, curve)
        ax.plot(*shapes[step].T, color=style.YOURS)
        ax.set_title(f"step {step}: $L$ = {losses[step]:.3g}")
        ax.label_outer()
    return fig


def draw_animation():
    """The parabola forming, as a film: more frames where more happens."""
    curve, shapes, losses = path_of_parabolas(FRAMES[-1])
    steps = np.unique(np.geomspace(1, len(shapes), 50).astype(int) - 1)
    fig, (left, right) = style.figure(size=(8, 4), width_ratios=[1.2, 1])
    fit.draw_parabola(left, curve)
    (shape,) = left.plot([], [], color=style.YOURS)
    right.loglog(np.arange(1, len(losses) + 1), losses, color=style.QUIET, lw=1)
    (dot,) = right.plot([], [], "o", color=style.YOURS, ms=8)
    style.label(right, "", "step + 1", r"$L$")

    words = left.text(0.5, 0.9, "", transform=left.transAxes, ha="center")

    def show(step):
        shape.set_data(*shapes[step].T)
        dot.set_data([step + 1], [losses[step]])
        words.set_text(f"step {step}, L = {losses[step]:.3g}")

    show(int(steps[-1]))
    fig.film = Film(fig, (shape, dot, words), show, steps)
    return fig


PICTURES = [
    Picture(
        name="start",
        title="A random start, and the error of one example",
        question="Which arrows would you turn or stretch, and how, to bring the output of this example to its target?",
        needs=("forward",),
        draw=draw_start,
    ),
    Picture(
        name="step",
        title="One step on that one example, eta = 1",
        question="Which column of W2 moves most, and why? Which rows of W1 move against x, and why?",
        needs=("forward", "backprop", "update"),
        draw=draw_step,
    ),
    Picture(
        name="frames",
        title="The parabola forms: N = 5, eta = 0.2",
        question="First place, then width, then shape: why in this order? Which weights have to grow for the last bit?",
        needs=("forward", "loss", "backprop", "update"),
        draw=draw_frames,
    ),
    Picture(
        name="animation",
        title="The parabola forms",
        question="When does the loss fall fast, and what changes in the shape just then?",
        needs=("forward", "loss", "backprop", "update"),
        draw=draw_animation,
    ),
]
