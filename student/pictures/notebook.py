"""For the notebook: pictures, tests and training below the cells.  A changed neural_net.py is read again."""

import contextlib
import subprocess
import sys

import matplotlib.pyplot as plt

import train as training_program
from checking import student_code
from checking.student_code import Problem
from pictures import catalog, style


def show(*names):
    """Draw pictures below the cell; without a name, list them."""
    for name in names or catalog.ALL:
        if not names:
            print(f"{name:15} {catalog.ALL[name].title}")
            continue
        try:
            fig = catalog.make(name)
        except KeyError:
            print(f"There is no picture {name}. show() lists them.")
        except Problem as problem:
            print(f"{name}: {problem}")
        else:
            if hasattr(fig, "animation"):
                print("It moves in this file:", style.save(fig, "saved", name)[-1])
            plt.show()
            plt.close(fig)


def call(name, *arguments):
    """Call one of your functions; print what is wrong instead of a traceback."""
    try:
        return student_code.call(name, *arguments)
    except Problem as problem:
        print(problem)
        return None


def test(*functions):
    """Run the tests of some functions, or all, up to the first that fails."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-k", " or ".join(functions)]
    done = subprocess.run(command, cwd=student_code.FILE.parent, capture_output=True, text=True, encoding="utf-8")
    print(done.stdout + done.stderr)


def train(words=""):
    """Do what  python train.py  does; words are its options."""
    with contextlib.suppress(SystemExit):  # argparse has said why
        training_program.main(words.split())
    plt.close("all")
