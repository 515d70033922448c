"""For the notebook: show pictures inline, run the tests, train.  Your file is read again whenever you have saved it."""

import subprocess
import sys

import matplotlib.pyplot as plt

import train as training_program
from pictures import style, yours
from pictures.catalogue import ALL
from pictures.command import did_you_mean


def show(*names):
    """Draw pictures below the cell; with no name, list them."""
    for name in names or ALL:
        if name not in ALL:
            print(f"There is no picture {name}.{did_you_mean(name, ALL)}")
        elif not names:
            print(f"{name:15} {ALL[name].title}")
        else:
            try:
                fig = ALL[name].make()
            except yours.Stopped as words:
                print(f"{name}: {words}")
                continue
            plt.show()
            if hasattr(fig, "film"):
                print("It moves in this file:", style.save(fig, "saved", name)[-1])
            plt.close(fig)


def test(*functions):
    """Run the tests of some functions, or all, up to the first that fails."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-k", " or ".join(functions)]
    done = subprocess.run(command, cwd=yours.FILE.parent, capture_output=True, text=True, encoding="utf-8")
    print(done.stdout + done.stderr)


def train(words=""):
    """Do what  python train.py  does; words are its options."""
    try:
        training_program.main(words.split())
    except yours.Stopped as why:
        print(why)
    except SystemExit:  # the line that says why is printed already
        pass
    plt.close("all")
