"""One picture of the lecture: its name, its question, what it needs, how it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from pictures import style, yours


@dataclass(frozen=True)
class Picture:
    """draw gives a figure; title stands above it, question below."""

    name: str
    title: str
    question: str
    needs: tuple[str, ...]
    draw: Callable[[], Figure]

    def missing(self):
        """Name the functions that must be written first."""
        return yours.missing(self.needs)

    def make(self):
        """Draw it, or say what it needs."""
        absent = self.missing()
        if absent:
            raise yours.Stopped(f"needs {', '.join(self.needs)}; not written yet: {', '.join(absent)}.")
        try:
            fig = self.draw()
        except yours.Stopped:
            raise
        except Exception as error:
            plt.close()
            words = f"Your functions give numbers that cannot be drawn: {yours.describe(error)}."
            raise yours.Stopped(words) from error
        style.frame(fig, self.title, self.question)
        return fig
