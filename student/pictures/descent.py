"""The loss and ways down: noisy targets, one weight at a time, step sizes, and optimizers."""

import numpy as np

from checking import results
from checking.student_code import FUNCTIONS
from pictures import style
from pictures.network import curve, descend, descend_with_losses, gradient, random_start, read
from pictures.style import picture

# Noisy targets --------------------------------------------------------------------------------------------------------


@picture(
    *FUNCTIONS,
    title="No target lies on the parabola, and the network finds it all the same",
    question=(
        "The loss to the noisy targets stops at the noise. Could more hidden units push it below? "
        "Would that bring the network closer to the parabola?"
    ),
)
def draw_noise():
    """The noisy targets, what the network makes of them, and both losses over the training."""
    train, all_angles = read("noisy"), curve(201)
    clean = np.column_stack([train.theta, train.theta**2])
    path = list(descend_with_losses(train, random_start(2, 8, 2), eta=0.3, steps=1500, seconds=3))
    losses = [loss for _, loss in path]
    some = np.unique(np.geomspace(1, len(path), 60).astype(int)) - 1
    distances = [results.loss(results.forward(train.x, path[step][0])[2], clean) for step in some]
    yhat = results.forward(all_angles.x, path[-1][0])[2]

    fig, axes = style.figure(1, 3, size=(9, 3.9))
    for k, ax in enumerate(axes[:2]):
        ax.plot(train.theta, train.y[:, k], ".", color=style.QUIET, ms=4, label="noisy targets")
        mean = r"$E[y_0|x] = \theta$" if k == 0 else r"$E[y_1|x] = \theta^2$"
        ax.plot(all_angles.theta, all_angles.y[:, k], color=style.TARGET, lw=1.4, ls="--", label=mean, zorder=3)
        ax.plot(all_angles.theta, yhat[:, k], color=style.YOURS, label=rf"your $\hat y_{k}$")
        ax.set_ylim(top=ax.get_ylim()[1] + 1.7)
        ax.legend(loc="upper center")
        style.label(ax, f"Output {k}", y=rf"$y_{k}$")
        style.angle_axis(ax)
    last = axes[2]
    floor = results.loss(clean, train.y)
    last.semilogy(losses, color=style.YOURS, label="to the noisy targets")
    last.semilogy(some, distances, color=style.OTHER, ls="--", label=r"to $E[y|x]$")
    last.axhline(floor, color=style.TARGET, lw=1, ls=":")
    style.note(last, f"the noise: {floor:.4f}", (len(losses), floor), (0, 8), ha="right")
    last.set_ylim(top=8)
    last.legend(loc="upper right")
    style.label(last, "The loss of your network", "step", r"$L$")
    return fig


# One weight -----------------------------------------------------------------------------------------------------------


class Slice:
    """The loss along one weight u of a network, all others fixed."""

    def __init__(self, name, index, params, span):
        self.examples = read("semicircle")
        self.name, self.index, self.params = name, index, params
        self.places = np.linspace(*span, 181)

    def put(self, u):
        """Give the parameters with the weight at u."""
        array = self.params[self.name].copy()
        array[self.index] = u
        return self.params | {self.name: array}

    def loss(self, u):
        """Give L(u)."""
        return results.loss(results.forward(self.examples.x, self.put(u))[2], self.examples.y)

    def slope(self, u):
        """Give dL/du, by backprop."""
        return float(gradient(self.examples.x, self.examples.y, self.put(u))[1][self.name][self.index])

    def walk(self, u, eta, steps):
        """Give the weight before every step and after the last."""
        places = [u]
        for _ in range(steps):
            only = {name: np.zeros_like(array) for name, array in self.params.items()}
            only[self.name][self.index] = self.slope(places[-1])
            places.append(float(results.update(self.put(places[-1]), only, eta)[self.name][self.index]))
        return np.array(places)

    def draw(self, axes):
        """Draw the loss."""
        axes.plot(self.places, [self.loss(u) for u in self.places], color=style.TARGET, lw=1.4)
        axes.set(xlabel=r"the weight $u$", ylabel=r"$L(u)$")

    def draw_walk(self, axes, places, color, label=None):
        """Draw steps: dots joined by lines, the start larger."""
        losses = [self.loss(u) for u in places]
        axes.plot(places, losses, "o-", color=color, lw=1, ms=4, label=label)
        axes.plot(places[0], losses[0], "o", color=color, ms=9)


@picture(
    *FUNCTIONS,
    title="The loss along one weight, all others fixed",
    question="Why can gradient descent never get from the left valley to the right one? What could help?",
)
def draw_valleys():
    """The slopes from backprop as tangents; two starts that end in two valleys."""
    piece = Slice("W1", (0, 1), random_start(2, 5, 2, seed=1, low=-2, high=2), (-9, 9))
    fig, (left, right) = style.figure(size=(9, 4.2), sharey=True)
    piece.draw(left)
    for u in (-7, -3, 0.5, 3, 7):
        level, slope = piece.loss(u), piece.slope(u)
        left.plot([u - 1.3, u + 1.3], [level - 1.3 * slope, level + 1.3 * slope], color=style.ERROR)
        left.plot(u, level, "o", color=style.ERROR)
    left.plot([], [], "o-", color=style.ERROR, label=r"$dL/du$ by your backprop")
    left.legend(loc="upper right")
    left.set_title("The slope at five places")
    piece.draw(right)
    for u, color in ((-0.5, style.OTHER), (0.5, style.YOURS)):
        piece.draw_walk(right, piece.walk(u, eta=6, steps=25), color, f"start at {u:+}".replace("-", "\N{MINUS SIGN}"))
    right.legend(loc="upper right")
    style.label(right, r"Two starts, $\eta$ = 6, 25 steps", r"the weight $u$")
    for ax in (left, right):
        ax.set(xlim=(-9, 9), ylim=(piece.loss(5) - 0.1, piece.loss(-0.3) + 0.3), xticks=range(-9, 10, 3))
    return fig


@picture(
    *FUNCTIONS,
    title="The learning rate",
    question="The good steps get shorter though eta stays the same: why? And the long ones get longer: why?",
)
def draw_rates():
    """Steps along one weight for three learning rates; and what they do to a whole training."""
    piece = Slice("W2", (0, 0), random_start(2, 5, 2, seed=1), (-8, 8))
    fig, axes = style.figure(1, 4, size=(9, 3.6), width_ratios=[1, 1, 1, 1.5])
    cases = [("too small", 0.2, style.OTHER), ("good", 2, style.YOURS), ("too large", 6.6, style.ERROR)]
    for ax, (verdict, eta, color) in zip(axes, cases, strict=False):
        piece.draw(ax)
        ax.set_ylim(ax.get_ylim())
        places = piece.walk(-3.0, eta, 8)
        piece.draw_walk(ax, places[: max(1, np.argmax(np.abs([*places, 9]) > 8))], color)
        ax.set_title(f"{verdict}:\n" + rf"$\eta$ = {eta}")
        ax.set_xlim(-8, 8)
    for ax in axes[1:3]:
        ax.set_ylabel("")
        ax.set_yticklabels([])
    dashes = {0.02: (style.OTHER, ":"), 0.2: (style.YOURS, "-"), 1.2: (style.ERROR, "--")}
    for eta, (color, dash) in dashes.items():
        path = descend(piece.examples.x, piece.examples.y, random_start(2, 8, 2), eta, 300, seconds=1)
        losses = [results.loss(yhat, piece.examples.y) for _, yhat in path]
        axes[3].semilogy(losses, color=color, ls=dash, label=rf"$\eta$ = {eta}")
    axes[3].legend()
    style.label(axes[3], "All weights,\nN = 8", "step", r"$L$")
    return fig


# Optimizers -----------------------------------------------------------------------------------------------------------


# Each gives a function from the parameters and their gradients to the parameters after one step.


def momentum(eta, keep=0.9):
    """v <- keep v - eta g, u <- u + v: a ball that rolls on; plain descent if nothing is kept."""
    v = {}

    def step(params, grads):
        for name, g in grads.items():
            v[name] = keep * v.get(name, 0) - eta * g
        return {name: u + v[name] for name, u in params.items()}

    return step


def adam(eta, steps=float("inf"), keep=0.9, keep_square=0.999):
    """Step by the mean of g over the root of the mean of g^2: about eta for every parameter, flat or steep.

    With a number of steps, eta shrinks to 0 toward the last.
    """
    mean, square, step_number = {}, {}, 0

    def step(params, grads):
        nonlocal step_number
        step_number += 1
        size = eta * (1 - step_number / (steps + 1))
        new = {}
        for name, g in grads.items():
            mean[name] = keep * mean.get(name, 0) + (1 - keep) * g
            square[name] = keep_square * square.get(name, 0) + (1 - keep_square) * g**2
            root = np.sqrt(square[name] / (1 - keep_square**step_number)) + 1e-8
            new[name] = params[name] - size * mean[name] / (1 - keep**step_number) / root
        return new

    return step


@picture(
    "forward",
    "loss",
    "backprop",
    title="Same gradient, faster ways down",
    question="All ask your backprop for gradients. What do the fast ones remember that plain descent forgets?",
)
def draw_optimizers():
    """The loss against the number of gradients, for three ways down."""
    examples = read("semicircle")
    ways = [
        (r"plain, $\eta$ = 0.2", momentum(0.2, keep=0), style.TARGET, "-"),
        (r"momentum, $\eta$ = 0.1", momentum(0.1), style.OTHER, "--"),
        (r"Adam, $\eta$ = 0.05", adam(0.05), style.YOURS, "-."),
    ]
    fig, ax = style.figure(1, 1, size=(9, 4.6))
    for name, step, color, dashes in ways:
        path = descend(examples.x, examples.y, random_start(2, 8, 2), step, 500, seconds=1.5)
        losses = [results.loss(yhat, examples.y) for _, yhat in path]
        ax.semilogy(np.minimum.accumulate(losses), color=color, ls=dashes, label=name)
    ax.legend()
    style.label(ax, "Semicircle to parabola, N = 8, one start for all", "gradients asked for", "lowest loss so far")
    return fig
