"""The two nonlinearities and the steps they soften; and their slopes, as your backprop knows them."""

import numpy as np

from pictures import style, yours
from pictures.picture import Picture

E = np.linspace(-6, 6, 481)


def squashed(activation):
    """Give sigma at every e in E: a network of one unit that passes its input on."""
    params = {"W1": np.ones((1, 1)), "b1": np.zeros(1), "W2": np.ones((1, 1)), "b2": np.zeros(1)}
    return yours.forward(E[:, None], params, activation)[1][:, 0]


def slope(activation):
    """Give sigma' at every e in E by backprop.

    One example, one hidden unit for each e, all weights of the second layer 1, error 1: then dL/db1 is sigma'.
    """
    e1 = E[None, :]
    h = smooth(activation, e1)
    params = {"W1": np.zeros((len(E), 1)), "b1": E, "W2": np.ones((1, len(E))), "b2": np.zeros(1)}
    yhat = h.sum(axis=1, keepdims=True)
    return yours.backprop(np.ones((1, 1)), yhat - 1, params, e1, h, yhat, activation)["b1"]


def smooth(activation, e):
    """The two nonlinearities as NumPy has them, so that the slopes need only backprop."""
    return np.tanh(e) if activation == "tanh" else np.tanh(e / 2) / 2 + 0.5


def draw_nonlinearities():
    """Step and logistic, signum and tanh."""
    fig, axes = style.figure(size=(9, 3.9))
    pairs = [("logistic", "unit step", np.heaviside(E, 0.5)), ("tanh", "signum", np.sign(E))]
    for ax, (activation, hard_name, hard) in zip(axes, pairs, strict=True):
        hard = np.where(E == 0, np.nan, hard)  # no line up the jump
        ax.plot(E, hard, color=style.OTHER, ls="--", label=hard_name)
        ax.plot(E, squashed(activation), color=style.YOURS, label=f"{activation}, by your forward")
        style.label(ax, f"{hard_name.capitalize()} and {activation}", r"excitation $e$", r"$\sigma(e)$")
        ax.legend(loc="lower right", bbox_to_anchor=(1, 0.12))
    return fig


def draw_slopes():
    """The slopes from backprop, over slopes measured on the curves."""
    fig, axes = style.figure(size=(9, 3.9), sharey=True)
    formulas = {"logistic": r"h\,(1-h)", "tanh": r"1-h^2"}
    for ax, (activation, formula) in zip(axes, formulas.items(), strict=True):
        measured = (smooth(activation, E + 1e-4) - smooth(activation, E - 1e-4)) / 2e-4
        ax.plot(E, measured, color=style.QUIET, lw=6, alpha=0.6, solid_capstyle="butt", label="measured on the curve")
        ax.plot(E, slope(activation), color=style.YOURS, label="by your backprop")
        style.label(ax, rf"{activation}: $\sigma'(e) = {formula}$", r"excitation $e$", r"$\sigma'(e)$")
        ax.legend(loc="upper left")
    top = max(1.4, axes[0].get_ylim()[1])
    axes[0].set_ylim(top=top)
    return fig


PICTURES = [
    Picture(
        name="nonlinearities",
        title="Soft steps",
        question="From which e on is the logistic within 0.01 of the step? And with weights 10 times as large?",
        needs=("forward",),
        draw=draw_nonlinearities,
    ),
    Picture(
        name="slopes",
        title="How much of an error gets through a hidden unit",
        question="A unit with e = 5 made a mistake. How much does it learn from it, compared with a unit at e = 0?",
        needs=("backprop",),
        draw=draw_slopes,
    ),
]
