"""The loss and ways down: noisy targets, one weight at a time, step sizes, and optimizers."""

import contextlib
import time

import numpy as np

from checking import results
from pictures import style
from pictures.network import curve, descend, descend_with_losses, gradient, random_start, read
from pictures.style import picture

# Noisy targets --------------------------------------------------------------------------------------------------------


@picture(
    "forward",
    "loss",
    "backprop",
    "update",
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
    "forward",
    "loss",
    "backprop",
    "update",
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
    "forward",
    "loss",
    "backprop",
    "update",
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


class Finished(Exception):
    """All gradients were asked for, or time is up."""


class Hill:
    """The loss over all parameters as one long vector.  Remembers the loss wherever its gradient was asked for."""

    def __init__(self, x, y, start, steps, activation="logistic", seconds=float("inf")):
        self.x, self.y, self.activation, self.steps = x, y, activation, steps
        self.shapes = {name: array.shape for name, array in start.items()}
        self.place = np.concatenate([array.ravel() for array in start.values()])
        self.losses = []
        self.end = time.process_time() + seconds

    def params(self, vector):
        """Cut a vector into the four parameters."""
        cuts = np.cumsum([int(np.prod(shape)) for shape in self.shapes.values()])[:-1]
        pieces = zip(self.shapes.items(), np.split(vector, cuts), strict=True)
        return {name: piece.reshape(shape) for (name, shape), piece in pieces}

    def ask(self, vector):
        """Give the loss and the gradient at one place."""
        if len(self.losses) == self.steps or time.process_time() > self.end:
            raise Finished
        yhat, grads = gradient(self.x, self.y, self.params(vector), self.activation)
        self.losses.append(results.loss(yhat, self.y))
        self.place = vector
        return self.losses[-1], np.concatenate([np.ravel(grads[name]) for name in self.shapes])

    def climb_down(self, optimizer, **options):
        """Let an optimizer run until it is finished; give the parameters where it stands."""
        with contextlib.suppress(Finished):
            optimizer(self, self.place, **options)
        return self.params(self.place)


def plain(hill, u, eta):
    """u <- u - eta g"""
    while True:
        u = u - eta * hill.ask(u)[1]


def momentum(hill, u, eta, keep=0.9):
    """v <- keep v - eta g, u <- u + v: a ball that rolls on."""
    v = 0
    while True:
        v = keep * v - eta * hill.ask(u)[1]
        u = u + v


def adam(hill, u, eta, fade=False, keep=0.9, keep_square=0.999):
    """Step by the mean of g over the root of the mean of g^2: about eta for every parameter, flat or steep.

    With fade, eta shrinks to 0 towards the end.
    """
    mean = square = 0
    while True:
        _, g = hill.ask(u)
        step = len(hill.losses)
        mean = keep * mean + (1 - keep) * g
        square = keep_square * square + (1 - keep_square) * g**2
        size = eta * (1 - step / (hill.steps + 1)) if fade else eta
        u = u - size * (mean / (1 - keep**step)) / (np.sqrt(square / (1 - keep_square**step)) + 1e-8)


def l_bfgs(hill, u):
    """Guess the curvature from the last gradients, and choose the step by it.  Does nothing without SciPy."""
    try:
        from scipy.optimize import minimize
    except ImportError:
        return
    minimize(hill.ask, u, jac=True, method="L-BFGS-B", options={"maxfun": hill.steps, "maxiter": hill.steps})


@picture(
    "forward",
    "loss",
    "backprop",
    title="Same gradient, faster ways down",
    question="All ask your backprop for gradients. What do the fast ones remember that plain descent forgets?",
)
def draw_optimizers():
    """The loss against the number of gradients, for four ways down."""
    examples = read("semicircle")
    ways = [
        (r"plain, $\eta$ = 0.2", plain, {"eta": 0.2}, style.TARGET, "-"),
        (r"momentum, $\eta$ = 0.1", momentum, {"eta": 0.1}, style.OTHER, "--"),
        (r"Adam, $\eta$ = 0.05", adam, {"eta": 0.05}, style.YOURS, "-."),
        ("L-BFGS", l_bfgs, {}, style.ERROR, ":"),
    ]
    fig, ax = style.figure(1, 1, size=(9, 4.6))
    for name, optimizer, options, color, dashes in ways:
        hill = Hill(examples.x, examples.y, random_start(2, 8, 2), steps=500, seconds=1.5)
        hill.climb_down(optimizer, **options)
        if hill.losses:
            ax.semilogy(np.minimum.accumulate(hill.losses), color=color, ls=dashes, label=name)
        else:
            ax.plot([], [], " ", label=f"{name}: needs SciPy (pip install scipy)")
    ax.legend()
    style.label(ax, "Semicircle to parabola, N = 8, one start for all", "gradients asked for", "lowest loss so far")
    return fig
