"""The pictures of the lecture, drawn with your functions:  python explore.py  lists them."""

import sys

import matplotlib.pyplot as plt

from pictures import style, yours
from pictures.catalogue import ALL, GROUPS
from pictures.command import Parser, did_you_mean, run

WORDS = """name one or more pictures, or say all:
  python explore.py staircase
  python explore.py all --save"""


def options(arguments=None):
    """Read the command line."""
    parser = Parser(
        prog="explore.py", description="The pictures of the lecture, drawn with your functions.", epilog=WORDS
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a picture's name, or all; nothing: the list")
    parser.add_saving()
    chosen = parser.parse(arguments)
    for name in chosen.names:
        if name not in ALL and name != "all":
            parser.error(f"There is no picture {name}.{did_you_mean(name, [*ALL, 'all'])}")
    return chosen


def print_list():
    """Print all pictures, and which of them wait for which functions."""
    absent = set(yours.missing(yours.FUNCTIONS))
    for group, pictures in GROUPS.items():
        print(group)
        for picture in pictures:
            waits = [name for name in picture.needs if name in absent]
            state = f"  (waits for {', '.join(waits)})" if waits else ""
            print(f"    {picture.name:15} {picture.title}{state}")
    print("\nDraw one:  python explore.py staircase      Save all:  python explore.py all --save")


def make(names):
    """Draw the pictures one after another; say why one cannot be drawn, and go on."""
    figures, stopped = {}, False
    for name in names:
        try:
            figures[name] = ALL[name].make()
        except yours.Stopped as words:
            print(f"{name}: {words}", file=sys.stderr)
            stopped = True
        else:
            print(f"{name}: {ALL[name].question}")
    return figures, stopped


def main(arguments=None):
    """List the pictures, or draw some."""
    chosen = options(arguments)
    if not chosen.names:
        print_list()
        return 0
    names = list(ALL) if "all" in chosen.names else list(dict.fromkeys(chosen.names))
    figures, stopped = make(names)
    style.finish(figures, chosen.folder if chosen.save else None, chosen.format)
    plt.close("all")
    return int(stopped)


if __name__ == "__main__":
    sys.exit(run(main))
