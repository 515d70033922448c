"""A picture that moves: shown in a window, or saved as a GIF."""

import numpy as np
from matplotlib.animation import FuncAnimation, PillowWriter


class Film:
    """A figure, the artists in it that move, what puts them in place for a step, and the steps."""

    def __init__(self, fig, moving, show, steps):
        self.fig = fig
        self.moving = moving
        self.show = show
        self.steps = [int(step) for step in steps]

    def play(self):
        """Start it.  Whoever calls must keep what comes back for as long as it plays."""
        return FuncAnimation(self.fig, self.place, self.steps, interval=100, blit=True)

    def place(self, step):
        """Put everything in place for a step."""
        self.show(step)
        return self.moving

    def save(self, path):
        """Save as a GIF.  All that stands still is drawn once and kept as an image, or it would take a minute."""
        still = self.still()
        self.fig.canvas.draw()
        self.fig.set_layout_engine("none")
        background = np.array(self.fig.canvas.buffer_rgba())
        for artist in still:
            artist.set_visible(False)
        for artist in self.moving:
            artist.set_visible(True)
        image = self.fig.figimage(background, zorder=-1)
        FuncAnimation(self.fig, self.place, self.steps).save(path, writer=PillowWriter(fps=10), dpi=self.fig.dpi)
        image.remove()
        for artist in still:
            artist.set_visible(True)

    def still(self):
        """Hide what moves, and give all that is visible and stands still."""
        for artist in self.moving:
            artist.set_visible(False)
        parts = [*self.fig.texts, *(part for axes in self.fig.axes for part in axes.get_children())]
        return [part for part in parts if part.get_visible()]
