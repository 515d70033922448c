"""Train your network on the semicircle and show how well it fits:  python train.py  (or --help)"""

import sys

import numpy as np

from pictures import data, fit, style, training, yours
from pictures.command import Parser, Progress, at_least, one_of, run


def options(arguments=None):
    """Read the command line."""
    parser = Parser(prog="train.py", description="Train your network on the semicircle and show how well it fits.")
    parser.add_argument("--data", type=one_of(data.NAMES), default="semicircle", help=", ".join(data.NAMES))
    parser.add_argument("--hidden", type=at_least(int, 1), default=8, metavar="N", help="hidden units (8)")
    parser.add_argument("--eta", type=at_least(float, 0, inclusive=False), default=0.2, help="learning rate (0.2)")
    parser.add_argument("--steps", type=at_least(int, 1), default=2000, help="steps of gradient descent (2000)")
    parser.add_argument("--activation", type=one_of(("logistic", "tanh")), default="logistic", help="logistic, tanh")
    parser.add_argument("--seed", type=at_least(int, 0), default=0, help="another number, another random start (0)")
    parser.add_saving()
    return parser.parse(arguments)


def train(chosen, examples):
    """Train; give the parameters and the loss before every step and after the last."""
    params = training.start(examples.x.shape[1], chosen.hidden, examples.y.shape[1], chosen.seed)
    progress, losses = Progress(chosen.steps), []
    path = training.descend(examples.x, examples.y, params, chosen.eta, chosen.steps, chosen.activation)
    for step, (now, yhat) in enumerate(path):
        params = now
        losses.append(yours.loss(yhat, examples.y))
        yours.see_finite(losses[-1], step)
        progress.show(step, f"loss {losses[-1]:.5f}")
    return params, losses


def main(arguments=None):
    """Train, print the loss, show the fit."""
    chosen = options(arguments)
    absent = yours.missing(yours.FUNCTIONS)
    if absent:
        raise yours.Stopped(f"Not written yet: {', '.join(absent)}. Training needs all four functions.")
    examples = data.read(chosen.data)
    params, losses = train(chosen, examples)

    curve = data.curve()
    between = np.sum((yours.forward(curve.x, params, chosen.activation)[2] - curve.y) ** 2) / (2 * len(curve.y))
    print(f"loss at the start         {losses[0]:.5f}")
    print(f"loss after {chosen.steps} steps{'':<{max(0, 9 - len(str(chosen.steps)))}}{losses[-1]:.5f}")
    print(f"along the whole parabola  {between:.5f}   (predicting the mean: 0.683)")

    title = f"N = {chosen.hidden} hidden units ({chosen.activation}), {chosen.data}, eta = {chosen.eta:g}"
    fig = fit.draw(examples, params, chosen.activation, losses, title)
    style.finish({"train": fig}, chosen.folder if chosen.save else None, chosen.format)
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
