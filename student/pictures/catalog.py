"""All pictures, in the order of the lecture."""

import matplotlib.pyplot as plt

from checking.explain import first_line
from checking.student_code import Problem, missing
from pictures import backpropagation, by_hand, descent, nonlinearities, style, task

GROUPS = {
    "The task": task,
    "The nonlinearities, and what can be made of them": nonlinearities,
    "Semicircle to parabola, by hand": by_hand,
    "The loss and gradient descent": descent,
    "Back-propagation": backpropagation,
}


def names(module):
    """Name the pictures of a module."""
    return [name for name, picture in style.ALL.items() if picture.draw.__module__ == module.__name__]


ALL = {name: style.ALL[name] for module in GROUPS.values() for name in names(module)}


def make(name):
    """Draw one picture.  Raises a Problem that says what is in the way."""
    picture = ALL[name]
    absent = missing(picture.needs)
    if absent:
        raise Problem(f"needs {', '.join(picture.needs)}; not written yet: {', '.join(absent)}.")
    try:
        fig = picture.draw()
    except Problem:
        plt.close()
        raise
    except Exception as error:
        plt.close()
        words = f"These numbers can't be drawn ({type(error).__name__}: {first_line(error)}). Try  python -m pytest -x"
        raise Problem(words) from error
    style.frame(fig, picture.title, picture.question)
    return fig
