"""Back-propagation as it happens: an error, one step, the parabola forming, and the gradient check."""

import numpy as np
from matplotlib.colors import LogNorm

from checking import results
from checking.student_code import FUNCTIONS
from pictures import style
from pictures.network import curve, descend_with_losses, gradient, random_start, read
from pictures.style import picture

HIDDEN = 5
EXAMPLE = 12  # of the semicircle: theta = pi/4
FRAMES = (0, 10, 40, 100, 200, 1000)


def lecture_start():
    """Start as the lecture does: small random weights, moved to where the pictures are easy to read; no b1."""
    params = random_start(2, HIDDEN, 2, seed=367, low=-0.9, high=0.9)
    return {
        "W1": params["W1"] + [0.5, 0.0],
        "b1": np.zeros(HIDDEN),
        "W2": params["W2"] + [[0.32], [0.0]],
        "b2": params["b2"] + [-0.32, 1.5],
    }


@picture(
    "forward",
    title="A random start, and the error of one example",
    question=("Which arrows would you turn or stretch, and how, to bring the output of this example to its target?"),
)
def draw_start():
    """A random start: how one example's output is put together, and its error."""
    examples, params, all_angles = read("semicircle"), lecture_start(), curve()
    colors = style.unit_colors(HIDDEN)
    _, h, yhat = results.forward(examples.x, params)
    fig, (left, right) = style.figure(size=(9, 4.7), width_ratios=[1, 1.25])

    left.plot(*all_angles.x.T, color=style.TARGET, lw=1.2)
    left.plot(*examples.x[EXAMPLE], "o", color=style.ERROR, ms=9)
    style.note(left, r"$\vec x_i$", examples.x[EXAMPLE], (-12, -4), color=style.ERROR)
    for j, row in enumerate(params["W1"]):
        style.arrow(left, (0, 0), row, colors[j])
        style.note(left, rf"$\vec w_{j}$", row, 11 * row / np.hypot(*row), color=colors[j])
    style.label(left, r"The rows of $W^{(1)}$", r"$x_0$", r"$x_1$")
    style.equal(left, (-0.8, 1.6), (-1.3, 1.3))

    right.plot(*results.forward(all_angles.x, params)[2].T, color=style.YOURS, label=r"your $\hat y$ for all $x$")
    style.draw_parabola(right, all_angles, y=(-0.3, 3.2))
    at = params["b2"]
    right.plot(*at, "s", color=style.TARGET)
    style.note(right, r"$\vec b^{(2)}$", at, (-14, 2))
    for j, color in enumerate(colors):
        style.arrow(right, at, at + h[EXAMPLE, j] * params["W2"][:, j], color)
        at = at + h[EXAMPLE, j] * params["W2"][:, j]
    style.arrow(right, examples.y[EXAMPLE], yhat[EXAMPLE], style.ERROR, 3)
    style.note(right, r"$\vec y_i$", examples.y[EXAMPLE], (14, -6), color=style.ERROR)
    right.plot([], [], color=style.ERROR, lw=3, label=r"error $\hat y_i - \vec y_i$ of one example")
    right.plot(*examples.y[EXAMPLE], "o", color=style.ERROR, ms=9)
    right.legend(loc="upper center")
    right.set_title(r"$\hat y_i$ adds up $h_j \vec w_j^{(2)}$; the target is elsewhere")
    return fig


def one_step():
    """Train on one example with eta 1: give params before and after, and what a picture of it shows."""
    examples, params = read("semicircle"), lecture_start()
    x, y = examples.x[[EXAMPLE]], examples.y[[EXAMPLE]]
    e1, h, yhat = results.forward(x, params)
    after = results.update(params, results.backprop(x, y, params, e1, h, yhat), 1.0)
    return x[0], y[0] - yhat[0], h[0], params, after


@picture(
    "forward",
    "backprop",
    "update",
    title="One step on that one example, eta = 1",
    question="Which column of W2 moves most, and why? Which rows of W1 move against x, and why?",
)
def draw_step():
    """One step on one example: every row of W1 along x, every column of W2 toward y - yhat."""
    x, wanted, h, before, after = one_step()
    fig, (left, right) = style.figure(size=(9, 5.2))
    moved = (after["W1"] - before["W1"]) @ x / (x @ x)
    draw_changes(left, before["W1"], after["W1"], x, r"row $j$, and $-\eta\,\delta_j$", moved)
    style.label(left, r"Rows of $W^{(1)}$ move along $\vec x$", r"$x_0$", r"$x_1$")
    draw_changes(right, before["W2"].T, after["W2"].T, wanted, r"column $j$, and $\eta\,h_j$", h)
    style.label(right, r"Columns of $W^{(2)}$ move toward $\vec y - \hat y$", r"$y_0$", r"$y_1$")
    return fig


def draw_changes(axes, before, after, direction, legend, numbers):
    """Draw arrows before and after; the guide through each old tip shows where it should move."""
    unit = direction / np.hypot(*direction)
    for j, (old, new, color) in enumerate(zip(before, after, style.unit_colors(len(before)), strict=True)):
        axes.axline(old, old + unit, color=style.QUIET, lw=0.8, ls=":")
        axes.plot(*np.array([(0, 0), old]).T, color=style.QUIET, lw=1)
        axes.plot(*old, "o", color="white", mec=color, ms=7)
        style.arrow(axes, old, new, color, 2.4)
        axes.plot([], [], color=color, label=f"{j}: {numbers[j]:+.2f}".replace("-", "\N{MINUS SIGN}"))
    axes.plot(0, 0, "+", color=style.TARGET)
    axes.legend(title=legend, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, handlelength=1)
    style.equal(axes, **style.around(np.vstack([before, after, [(0, 0)]])))


def path_of_parabolas():
    """Give the whole output curve and the loss after every step."""
    all_angles = curve(121)
    path = list(descend_with_losses(read("semicircle"), lecture_start(), 0.2, FRAMES[-1], seconds=3))
    return all_angles, [params for params, _ in path], [loss for _, loss in path]


@picture(
    *FUNCTIONS,
    title="The parabola forms: N = 5, eta = 0.2",
    question=("First place, then width, then shape: why in this order? Which weights have to grow for the last bit?"),
)
def draw_frames():
    """The parabola forming, in six frames."""
    all_angles, path, losses = path_of_parabolas()
    fig, axes = style.figure(2, 3, size=(9, 6), sharex=True, sharey=True)
    for ax, step in zip(axes.flat, FRAMES, strict=True):
        step = min(step, len(path) - 1)
        style.draw_parabola(ax, all_angles)
        ax.plot(*results.forward(all_angles.x, path[step])[2].T, color=style.YOURS)
        ax.set_title(f"step {step}: $L$ = {losses[step]:.3g}")
        ax.label_outer()
    return fig


@picture(
    *FUNCTIONS,
    title="The parabola forms, as an animation",
    question="When does the loss fall fast, and what changes in the shape just then?",
)
def draw_animation():
    """The parabola forming, with more frames where more happens."""
    all_angles, path, losses = path_of_parabolas()
    steps = [int(step) for step in np.unique(np.geomspace(1, len(path), 50).astype(int) - 1)]
    shapes = {step: results.forward(all_angles.x, path[step])[2] for step in steps}
    fig, (left, right) = style.figure(size=(9, 4.4), width_ratios=[1.2, 1])
    style.draw_parabola(left, all_angles)
    (shape,) = left.plot([], [], color=style.YOURS)
    right.loglog(np.arange(1, len(losses) + 1), losses, color=style.QUIET, lw=1)
    (dot,) = right.plot([], [], "o", color=style.YOURS, ms=8)
    style.label(right, "The loss", "step + 1", r"$L$")
    words = left.text(0.5, 0.92, "", transform=left.transAxes, ha="center")

    def show(step):
        shape.set_data(*shapes[step].T)
        dot.set_data([step + 1], [losses[step]])
        words.set_text(f"step {step}, L = {losses[step]:.3g}")

    show(steps[-1])
    fig.animation = style.Animation(fig, show, steps, (shape, dot, words))
    return fig


# The gradient check ---------------------------------------------------------------------------------------------------

ORDER = ("W2", "b2", "W1", "b1")
WIDTH = 1e-5
WRONG = 1e-5  # measured slopes are good to about 1e-9


def small_network():
    """Give x (6, 3), y (6, 2) and the parameters of a network with N = 4: all sizes differ."""
    numbers = random_start(3, 6, 2, seed=5, low=-2, high=2)
    return numbers["W1"], numbers["W2"].T, random_start(3, 4, 2, seed=2)


def measure(x, y, params, activation):
    """Measure all slopes by centered differences: (L(u + tiny) - L(u - tiny)) / (2 tiny)."""
    slopes = {}
    for name, array in params.items():
        slopes[name] = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            at = []
            for side in (WIDTH, -WIDTH):
                moved = array.copy()
                moved[index] += side
                at.append(results.loss(results.forward(x, params | {name: moved}, activation)[2], y))
            slopes[name][index] = (at[0] - at[1]) / (2 * WIDTH)
    return slopes


@picture(
    "forward",
    "loss",
    "backprop",
    title="Your gradients, beside slopes measured with your forward and loss",
    question=(
        "All pale is all right. If not: which tables are dark, and which equation have they in "
        "common? Is layer 1 dark and layer 2 not?"
    ),
)
def draw_check():
    """Two rows of maps, logistic and tanh: light is right, dark is wrong, with both numbers where they differ."""
    x, y, params = small_network()
    widths = [(params[name].shape[1] if params[name].ndim == 2 else 1) + 0.6 for name in ORDER]
    fig, axes = style.figure(2, 4, size=(9, 5.6), width_ratios=widths)
    for row, activation in zip(axes, ("logistic", "tanh"), strict=True):
        grads = gradient(x, y, params, activation)[1]
        slopes = measure(x, y, params, activation)
        for ax, name in zip(row, ORDER, strict=True):
            image = draw_map(ax, name, grads[name], slopes[name])
        row[0].annotate(activation, (-0.3, 0.5), xycoords="axes fraction", rotation=90, va="center", weight="bold")
    bar = fig.colorbar(image, ax=axes, shrink=0.7, pad=0.02)
    bar.set_label("difference from the measured slope, relative")
    return fig


def draw_map(axes, name, grad, slope):
    """Draw one parameter's gradient as a table."""
    apart = (np.abs(grad - slope) / np.linalg.norm(slope)).reshape(len(grad), -1)
    wrong = ~(apart <= WRONG)
    shown = np.nan_to_num(apart, nan=1.0).clip(1e-10, 1)
    image = axes.imshow(shown, norm=LogNorm(1e-10, 1), cmap="Oranges", aspect="auto")
    for (row, column), value in np.ndenumerate(grad.reshape(apart.shape)):
        text = f"{value:+.3f}"
        if wrong[row, column]:
            text += f"\nnot {slope.reshape(apart.shape)[row, column]:+.3f}"
        color = "white" if shown[row, column] > 0.01 else "black"
        text = text.replace("-", "\N{MINUS SIGN}")
        axes.text(column, row, text, ha="center", va="center", fontsize=8.5, color=color)
    rows, columns = {"W2": "kj", "b2": "k ", "W1": "jd", "b1": "j "}[name]
    axes.set_xticks(
        range(apart.shape[1]), [f"{columns} = {i}" if columns != " " else "" for i in range(apart.shape[1])]
    )
    axes.set_yticks(range(apart.shape[0]), [f"{rows} = {i}" for i in range(apart.shape[0])])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.set_title(f"{name} right" if not wrong.any() else f"{name}: {wrong.sum()} of {wrong.size} wrong")
    return image
