"""Gradient descent: along one weight, too short and too long steps, and faster ways down."""

import numpy as np

from pictures import data, optimizers, style, training, yours
from pictures.picture import Picture


class Slice:
    """The loss along one weight u of a network, all others fixed."""

    def __init__(self, name, index, params, span):
        self.examples = data.read("semicircle")
        self.name, self.index, self.params = name, index, params
        self.places = np.linspace(*span, 181)

    def put(self, u):
        """Give the parameters with the weight at u."""
        array = self.params[self.name].copy()
        array[self.index] = u
        return self.params | {self.name: array}

    def loss(self, u):
        """Give L(u)."""
        return yours.loss(yours.forward(self.examples.x, self.put(u))[2], self.examples.y)

    def slope(self, u):
        """Give dL/du, by backprop."""
        return float(yours.gradient(self.examples.x, self.examples.y, self.put(u))[1][self.name][self.index])

    def walk(self, u, eta, steps):
        """Give the weight before every step and after the last."""
        places = [u]
        for _ in range(steps):
            only = {name: np.zeros_like(array) for name, array in self.params.items()}
            only[self.name][self.index] = self.slope(places[-1])
            places.append(float(yours.update(self.put(places[-1]), only, eta)[self.name][self.index]))
        return np.array(places)

    def draw(self, axes):
        """Draw the loss."""
        axes.plot(self.places, [self.loss(u) for u in self.places], color=style.TARGET, lw=1.4)
        axes.set_xlabel(r"the weight $u$")
        axes.set_ylabel(r"$L(u)$")

    def draw_walk(self, axes, places, colour, label=None):
        """Draw steps: dots joined by lines, the start larger."""
        losses = [self.loss(u) for u in places]
        axes.plot(places, losses, "o-", color=colour, lw=1, ms=4, label=label)
        axes.plot(places[0], losses[0], "o", color=colour, ms=9)


def draw_valleys():
    """The slopes from backprop as tangents; two starts that end in two valleys."""
    piece = Slice("W1", (0, 1), training.start(2, 5, 2, seed=1, low=-2, high=2), (-9, 9))
    fig, (left, right) = style.figure(size=(10, 4.4), sharey=True)
    piece.draw(left)
    for u in (-7, -3, 0.5, 3, 7):
        level, slope = piece.loss(u), piece.slope(u)
        left.plot([u - 1.3, u + 1.3], [level - 1.3 * slope, level + 1.3 * slope], color=style.ERROR)
        left.plot(u, level, "o", color=style.ERROR)
    left.plot([], [], "o-", color=style.ERROR, label=r"$dL/du$ by your backprop")
    left.legend(loc="upper right")
    left.set_title("The slope at five places")
    piece.draw(right)
    for u, colour in ((-0.5, style.OTHER), (0.5, style.YOURS)):
        piece.draw_walk(right, piece.walk(u, eta=6, steps=25), colour, f"start at {u:+}")
    right.legend(loc="upper right")
    style.label(right, r"Two starts, $\eta$ = 6, 25 steps", r"the weight $u$")
    for ax in (left, right):
        ax.set(xlim=(-9, 9), ylim=(piece.loss(5) - 0.1, piece.loss(-0.3) + 0.3), xticks=range(-9, 10, 3))
    return fig


def draw_rates():
    """Steps along one weight for three learning rates; and what they do to a whole training."""
    piece = Slice("W2", (0, 0), training.start(2, 5, 2, seed=1), (-8, 8))
    fig, axes = style.figure(1, 4, size=(13, 4), width_ratios=[1, 1, 1, 1.4])
    cases = [("too small", 0.2, style.OTHER), ("good", 2, style.YOURS), ("too large", 6.6, style.ERROR)]
    for ax, (verdict, eta, colour) in zip(axes, cases, strict=False):
        piece.draw(ax)
        ax.set_ylim(ax.get_ylim())
        places = piece.walk(-3.0, eta, 8)
        piece.draw_walk(ax, places[: max(1, np.argmax(np.abs([*places, 9]) > 8))], colour)
        ax.set_title(rf"{verdict}: $\eta$ = {eta}")
        ax.set_xlim(-8, 8)
    for ax in axes[1:3]:
        ax.set_ylabel("")
        ax.set_yticklabels([])
    last = axes[3]
    dashes = {0.02: (style.OTHER, ":"), 0.2: (style.YOURS, "-"), 1.2: (style.ERROR, "--")}
    for eta, (colour, dash) in dashes.items():
        path = training.descend(piece.examples.x, piece.examples.y, training.start(2, 8, 2), eta, 300, seconds=1)
        losses = [yours.loss(yhat, piece.examples.y) for _, yhat in path]
        last.semilogy(losses, color=colour, ls=dash, label=rf"$\eta$ = {eta}")
    last.legend()
    style.label(last, "All weights, N = 8", "step", r"$L$")
    return fig


def draw_optimizers():
    """The loss against the number of gradients, for four ways down."""
    examples, start, steps = data.read("semicircle"), training.start(2, 8, 2), 500
    ways = [
        (r"plain, $\eta$ = 0.2", lambda hill: optimizers.plain(hill, steps, 0.2), style.TARGET, "-"),
        (r"momentum, $\eta$ = 0.1", lambda hill: optimizers.momentum(hill, steps, 0.1), style.OTHER, "--"),
        (r"Adam, $\eta$ = 0.05", lambda hill: optimizers.adam(hill, steps, 0.05), style.YOURS, "-."),
        ("L-BFGS", lambda hill: optimizers.l_bfgs(hill, steps), style.ERROR, ":"),
    ]
    fig, ax = style.figure(1, 1, size=(8, 4.8))
    for name, way, colour, dashes in ways:
        hill = optimizers.Hill(examples.x, examples.y, start, seconds=1.5)
        way(hill)
        if hill.losses:
            ax.semilogy(np.minimum.accumulate(hill.losses), color=colour, ls=dashes, label=name)
        else:
            ax.plot([], [], " ", label=f"{name}: needs SciPy (pip install scipy)")
    ax.legend()
    style.label(ax, "Semicircle to parabola, N = 8, one start for all", "gradients asked for", "lowest loss so far")
    return fig


PICTURES = [
    Picture(
        name="valleys",
        title="The loss along one weight, all others fixed",
        question="Why can gradient descent never get from the left valley to the right one? What could help?",
        needs=("forward", "loss", "backprop", "update"),
        draw=draw_valleys,
    ),
    Picture(
        name="rates",
        title="The learning rate",
        question="The good steps get shorter though eta stays the same: why? And the long ones get longer: why?",
        needs=("forward", "loss", "backprop", "update"),
        draw=draw_rates,
    ),
    Picture(
        name="optimizers",
        title="Same gradient, faster ways down",
        question="All ask your backprop for gradients. What do the fast ones remember that plain descent forgets?",
        needs=("forward", "loss", "backprop"),
        draw=draw_optimizers,
    ),
]
