"""The end of a training: the fit beside the parabola, and the loss curve."""

import numpy as np

from pictures import data, style, yours

PLACE = {"x": (-1.9, 1.9), "y": (-0.3, 2.8)}  # where the parabola is


def draw_parabola(axes, curve, x=PLACE["x"], y=PLACE["y"]):
    """Draw the target, thin and dark, between these limits."""
    axes.plot(*curve.y.T, color=style.TARGET, lw=1.2, label=r"target $y = (\theta, \theta^2)$")
    style.label(axes, x=r"$y_0$", y=r"$y_1$")
    style.equal(axes, x, y)


def draw_fit(axes, train, params, activation):
    """Draw what the network says over the whole semicircle, and its error at every training example."""
    curve = data.curve()
    said = yours.forward(curve.x, params, activation)[2]
    axes.plot(*said.T, color=style.YOURS, label=r"your $\hat y$")
    draw_parabola(axes, curve, **style.around(np.vstack([said, train.y, curve.y])))
    yhat = yours.forward(train.x, params, activation)[2]
    for said, right in zip(yhat, train.y, strict=True):
        axes.plot(*np.array([said, right]).T, color=style.ERROR, lw=0.8)
    axes.plot([], [], color=style.ERROR, lw=0.8, label=r"error $\hat y - y$")
    axes.plot(*train.y.T, ".", color=style.TARGET, ms=4 if len(train.y) > 50 else 7, label="training targets")
    axes.legend(loc="upper center")


def draw_losses(axes, losses):
    """Draw the loss after every step, on a logarithmic axis."""
    axes.semilogy(np.arange(len(losses)), losses, color=style.YOURS)
    axes.plot(len(losses) - 1, losses[-1], "o", color=style.YOURS)
    axes.annotate(f"{losses[-1]:.3g}", (len(losses) - 1, losses[-1]), (-4, 8), textcoords="offset points", ha="right")
    style.label(axes, "The loss falls", "step", r"$L$")


def draw(train, params, activation, losses, title):
    """Draw both, side by side."""
    fig, (left, right) = style.figure(size=(9.5, 4.6))
    draw_fit(left, train, params, activation)
    left.set_title("The semicircle becomes a parabola")
    draw_losses(right, losses)
    style.frame(fig, title, "Where along the parabola is the error largest, and which hidden units are at work there?")
    return fig
