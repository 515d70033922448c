"""What train.py and explore.py have in common: their command lines, and a progress bar."""

import argparse
import difflib
import sys
import time

from pictures.yours import Stopped

FORMATS = ("png", "pdf", "svg")


class Parser(argparse.ArgumentParser):
    """A command line that answers a slip with one clear line."""

    def error(self, message):
        """Stop with one line, and a pointer to the help."""
        self.exit(2, f"{message}\nType  python {self.prog} --help  to see what is possible.\n")

    def parse(self, arguments=None):
        """Parse, and guess what an unknown option was meant to be."""
        known, unknown = self.parse_known_args(arguments)
        if unknown:
            options = [option for action in self._actions for option in action.option_strings]
            self.error(f"{unknown[0]} is not known here.{did_you_mean(unknown[0], options)}")
        return known

    def add_saving(self):
        """Add --save, --folder and --format."""
        self.add_argument("--save", action="store_true", help="save pictures to files instead of showing them")
        self.add_argument("--folder", default="saved", help="where to save (saved)")
        self.add_argument("--format", type=one_of(FORMATS), default="png", help=f"{', '.join(FORMATS)} (png)")


def did_you_mean(word, choices):
    """Guess which choice was meant; nothing when none is near."""
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    return f" Did you mean {near[0]}?" if near else ""


def at_least(kind, least, inclusive=True):
    """Make an argparse type for a number that must not be smaller."""

    def read(text):
        try:
            number = kind(text)
        except ValueError:
            words = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {words}") from None
        if not (number >= least if inclusive else number > least) or number == float("inf"):
            limit = f"at least {least}" if inclusive else f"greater than {least}"
            raise argparse.ArgumentTypeError(f"{text} is not possible, it must be {limit}")
        return number

    return read


def run(main):
    """Run a program; end with one line, not a traceback, when something of the student's stops it."""
    try:
        return main()
    except Stopped as words:
        print(words, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped by you.", file=sys.stderr)
        return 130


def one_of(choices):
    """Make an argparse type for one of a few words."""

    def read(text):
        if text not in choices:
            words = f"{text!r} is none of {', '.join(choices)}.{did_you_mean(text, choices)}"
            raise argparse.ArgumentTypeError(words)
        return text

    return read


class Progress:
    """A bar on the terminal that is drawn at most ten times a second, and not at all into a file."""

    def __init__(self, total):
        self.total = total
        self.drawn = 0.0
        self.live = sys.stderr.isatty()

    def show(self, step, words=""):
        """Draw the bar after step of total steps."""
        now = time.monotonic()
        if not self.live or (step < self.total and now - self.drawn < 0.1):
            return
        self.drawn = now
        filled = 30 * step // self.total
        bar = "#" * filled + "-" * (30 - filled)
        end = "\n" if step == self.total else ""
        print(f"\r[{bar}] {100 * step // self.total:3d} %  {words}", end=end, file=sys.stderr, flush=True)
