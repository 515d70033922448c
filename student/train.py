"""Train your network on the semicircle and show how well it fits:  python train.py  (or --help)"""

import argparse
import sys

from checking import results, student_code
from checking.student_code import Problem
from pictures import network, style, task


def options(arguments=None):
    """Read the command line."""
    defaults = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(prog="train.py", description=__doc__.split(":")[0], formatter_class=defaults)
    parser.add_argument("--data", choices=network.DATA, default="semicircle", help="what to train on")
    parser.add_argument("--hidden", type=positive_int, default=8, metavar="N", help="hidden units")
    parser.add_argument("--eta", type=positive_float, default=0.2, help="learning rate")
    parser.add_argument("--steps", type=positive_int, default=2000, help="steps of gradient descent")
    parser.add_argument("--activation", choices=("logistic", "tanh"), default="logistic", help="sigma")
    parser.add_argument("--seed", type=int, default=0, help="another number is another random start")
    style.add_saving(parser)
    return parser.parse_args(arguments)


def positive_int(text):
    """Read a whole number that is at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


def positive_float(text):
    """Read a number greater than 0."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number greater than 0")
    return number


def train(chosen, data):
    """Train, and print the loss ten times on the way; give the parameters and all losses."""
    params = network.random_start(data.x.shape[1], chosen.hidden, data.y.shape[1], chosen.seed)
    losses = []
    path = network.descend_with_losses(data, params, chosen.eta, chosen.steps, chosen.activation)
    for step, (now, loss) in enumerate(path):
        params = now
        losses.append(loss)
        if step % max(1, chosen.steps // 10) == 0 or step == chosen.steps:
            print(f"step {step:6}   loss {loss:.5f}", flush=True)
    return params, losses


def main(arguments=None):
    """Train, print the loss, show the fit."""
    chosen = options(arguments)
    try:
        absent = student_code.missing(student_code.FUNCTIONS)
        if absent:
            raise Problem(f"Not written yet: {', '.join(absent)}. Training needs all four functions.")
        data = network.read(chosen.data)
        params, losses = train(chosen, data)
        curve = network.curve()
        between = results.loss(results.forward(curve.x, params, chosen.activation)[2], curve.y)
        print(f"loss along the whole parabola: {between:.5f} (predicting the mean: 0.683)")
        title = f"N = {chosen.hidden} hidden units ({chosen.activation}), {chosen.data}, eta = {chosen.eta:g}"
        fig = task.draw_result(data, params, chosen.activation, losses, title)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    style.finish({"train": fig}, chosen.save, chosen.folder, chosen.format)
    return 0


if __name__ == "__main__":
    sys.exit(main())
