"""The pictures of the lecture, drawn with your functions:  python explore.py  lists them."""

import argparse
import sys

from checking import student_code
from checking.student_code import Problem
from pictures import catalog, style


def options(arguments=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="explore.py",
        description="The pictures of the lecture, drawn with your functions. Without a name: the list.",
        epilog="Examples:  python explore.py staircase      python explore.py all --save",
    )
    names = [*catalog.ALL, "all", "list"]
    parser.add_argument("names", nargs="*", choices=names, default="list", metavar="NAME", help="a picture, or all")
    style.add_saving(parser)
    return parser.parse_args(arguments)


def print_list():
    """Print all pictures, and which of them wait for which functions."""
    absent = set(student_code.missing(student_code.FUNCTIONS))
    for group, module in catalog.GROUPS.items():
        print(group)
        for name in catalog.names(module):
            waits = [function for function in catalog.ALL[name].needs if function in absent]
            state = f"  (waits for {', '.join(waits)})" if waits else ""
            print(f"    {name:15} {catalog.ALL[name].title}{state}")
    print("\nDraw one:  python explore.py staircase      Save all:  python explore.py all --save")


def main(arguments=None):
    """List the pictures, or draw some; say why one can't be drawn, and go on."""
    chosen = options(arguments)
    figures, stopped = {}, False
    try:
        if "list" in chosen.names:
            print_list()
            return 0
        for name in catalog.ALL if "all" in chosen.names else dict.fromkeys(chosen.names):
            try:
                figures[name] = catalog.make(name)
                print(f"{name}: {catalog.ALL[name].question}")
            except Problem as problem:
                print(f"{name}: {problem}", file=sys.stderr)
                stopped = True
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    style.finish(figures, chosen.save, chosen.folder, chosen.format)
    return int(stopped)


if __name__ == "__main__":
    sys.exit(main())
