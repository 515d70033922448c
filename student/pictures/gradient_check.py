"""Are the gradients right?  Every entry of yours beside a slope that is measured with your forward and loss."""

import numpy as np
from matplotlib.colors import LogNorm

from pictures import style, training, yours
from pictures.picture import Picture

SIZES = {"examples": 6, "inputs": 3, "hidden": 4, "outputs": 2}
ORDER = ("W2", "b2", "W1", "b1")
WIDTH = 1e-5
WRONG = 1e-5  # measured slopes are good to about 1e-9


def network():
    """Give a small network and examples for it, all sizes different."""
    params = training.start(SIZES["inputs"], SIZES["hidden"], SIZES["outputs"], seed=2)
    numbers = training.start(SIZES["inputs"], SIZES["examples"], SIZES["outputs"], seed=5, low=-2, high=2)
    return numbers["W1"], numbers["W2"].T, params  # x (n, D), y (n, K)


def measure(x, y, params, activation):
    """Measure all slopes by centred differences: (L(u + tiny) - L(u - tiny)) / (2 tiny)."""
    slopes = {}
    for name, array in params.items():
        slopes[name] = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            at = []
            for side in (WIDTH, -WIDTH):
                moved = array.copy()
                moved[index] += side
                at.append(yours.loss(yours.forward(x, params | {name: moved}, activation)[2], y))
            slopes[name][index] = (at[0] - at[1]) / (2 * WIDTH)
    return slopes


def compare(activation):
    """Give your gradients, the measured ones, and the difference in parts of the measured one's norm."""
    x, y, params = network()
    grads = yours.gradient(x, y, params, activation)[1]
    slopes = measure(x, y, params, activation)
    apart = {name: np.abs(grads[name] - slopes[name]) / np.linalg.norm(slopes[name]) for name in ORDER}
    return grads, slopes, apart


def draw_check():
    """Two rows of maps, logistic and tanh: light is right, dark is wrong, with both numbers where they differ."""
    params = network()[2]
    widths = [params[name].shape[1] if params[name].ndim == 2 else 1 for name in ORDER]
    fig, axes = style.figure(2, 4, size=(11, 6), width_ratios=[width + 0.6 for width in widths])
    shown = None
    for row, activation in zip(axes, ("logistic", "tanh"), strict=True):
        grads, slopes, apart = compare(activation)
        for ax, name in zip(row, ORDER, strict=True):
            shown = draw_map(ax, name, grads[name], slopes[name], apart[name])
        row[0].text(-0.3, 0.5, activation, transform=row[0].transAxes, rotation=90, va="center", weight="bold")
    bar = fig.colorbar(shown, ax=axes, shrink=0.7, pad=0.02)
    bar.set_label("difference from the measured slope, relative")
    return fig


def draw_map(axes, name, grad, slope, apart):
    """Draw one parameter's gradient as a table."""
    columns = grad.reshape(len(grad), -1)
    apart = apart.reshape(columns.shape)
    wrong = ~(apart <= WRONG)
    image = axes.imshow(
        np.nan_to_num(apart, nan=1.0).clip(1e-10, 1), norm=LogNorm(1e-10, 1), cmap="Oranges", aspect="auto"
    )
    for index in np.ndindex(columns.shape):
        text = f"{columns[index]:+.3f}"
        if wrong[index]:
            text += f"\nnot {slope.reshape(columns.shape)[index]:+.3f}"
        axes.text(
            *index[::-1],
            text,
            ha="center",
            va="center",
            fontsize=8.5,
            color="white" if apart[index] > 0.01 else "black",
        )
    axes.set_xticks(range(columns.shape[1]), range(columns.shape[1]) if grad.ndim == 2 else [""])
    axes.set_yticks(range(len(columns)))
    axes.grid(visible=False)
    axes.set_title(f"{name} right" if not wrong.any() else f"{name}: {wrong.sum()} of {wrong.size} wrong")
    axes.set_ylabel({"W2": "k", "b2": "k", "W1": "j", "b1": "j"}[name], rotation=0)
    axes.set_xlabel({"W2": "j", "W1": "d"}.get(name, ""))
    return image


PICTURES = [
    Picture(
        name="check",
        title="Your gradients, beside slopes measured with your forward and loss",
        question=(
            "All pale is all right. If not: which tables are dark, and which equation have they in common? "
            "Is layer 1 dark and layer 2 not?"
        ),
        needs=("forward", "loss", "backprop"),
        draw=draw_check,
    ),
]
