"""The loss on noisy targets: the best answer is the mean, E[y|x]."""

import numpy as np

from pictures import data, style, training, yours
from pictures.picture import Picture

HIDDEN, ETA, STEPS = 8, 0.3, 1500


def draw_mean():
    """The noisy targets, what the network makes of them, and both losses over the training."""
    train, curve = data.read("noisy"), data.curve(201)
    clean = np.column_stack([train.theta, train.theta**2])
    losses, distances, params = [], [], None
    path = training.descend(train.x, train.y, training.start(2, HIDDEN, 2), ETA, STEPS, seconds=3)
    for params, yhat in path:  # noqa: B007  the last parameters are wanted
        losses.append(yours.loss(yhat, train.y))
        distances.append(yours.loss(yhat, clean))
        yours.see_finite(losses[-1], len(losses) - 1)
    said = yours.forward(curve.x, params)[2]

    fig, axes = style.figure(1, 3, size=(12, 4.3))
    for k, ax in enumerate(axes[:2]):
        ax.plot(train.theta, train.y[:, k], ".", color=style.QUIET, ms=4, label="noisy targets")
        mean = r"$E[y_0|x] = \theta$" if k == 0 else r"$E[y_1|x] = \theta^2$"
        ax.plot(curve.theta, curve.y[:, k], color=style.TARGET, lw=1.4, ls="--", label=mean, zorder=3)
        ax.plot(curve.theta, said[:, k], color=style.YOURS, label=rf"your $\hat y_{k}$")
        ax.legend(loc="upper left" if k == 0 else "upper center")
        style.label(ax, f"Output {k}", y=rf"$y_{k}$")
        style.angle_axis(ax)
    last = axes[2]
    floor = yours.loss(clean, train.y)
    last.semilogy(losses, color=style.YOURS, label="to the noisy targets")
    last.semilogy(distances, color=style.OTHER, ls="--", label=r"to $E[y|x]$")
    last.axhline(floor, color=style.TARGET, lw=1, ls=":")
    last.annotate(
        f"the noise itself: {floor:.4f}", (len(losses), floor), (0, 5), textcoords="offset points", ha="right"
    )
    last.legend(loc="upper right")
    style.label(last, "The loss of your network", "step", r"$L$")
    return fig


PICTURES = [
    Picture(
        name="noise",
        title="No target lies on the parabola, and the network finds it all the same",
        question=(
            "The loss to the noisy targets stops at the noise. Could more hidden units push it below? "
            "Would that bring the network closer to the parabola?"
        ),
        needs=("forward", "loss", "backprop", "update"),
        draw=draw_mean,
    ),
]
