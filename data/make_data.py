"""Make the public CSV files of this folder again, bit for bit: python data/make_data.py [FOLDER]

The lecture's map from the semicircle to the parabola: x = (cos theta, sin theta), y = (theta, theta^2).

Nothing here depends on the machine.  Sines come from decimal arithmetic with 50 digits: math.sin, which the C library
computes, differs in the last digit.  Random numbers come from random.Random(seed).random(), whose stream Python
promises to keep.
"""

import random
import sys
from collections.abc import Callable, Iterable
from decimal import Decimal, localcontext
from pathlib import Path

HEADER = "theta,x0,x1,y0,y1"
PI = Decimal("3.14159265358979323846264338327950288419716939937511")
NOISE = Decimal("0.25")  # standard deviation of the noise on each output
Row = tuple[str, ...]


def sine(angle: Decimal) -> Decimal:
    """Add up the Taylor series.  Good to 40 digits for |angle| up to pi."""
    term = total = angle
    for k in range(3, 80, 2):
        term *= -angle * angle / (k * (k - 1))
        total += term
    return total


def point(theta: Decimal) -> tuple[Decimal, ...]:
    """Give theta, x0, x1, y0, y1."""
    return theta, sine(PI / 2 - theta), sine(theta), theta, theta * theta


def full(number: Decimal) -> str:
    """Write the nearest double, with as many digits as it takes to read it back."""
    return repr(float(number.quantize(Decimal("1e-25"))) + 0.0)  # + 0.0: no minus zero


def short(number: Decimal) -> str:
    """Write six decimals."""
    return str(number.quantize(Decimal("1e-6")) + 0)


def spaced(count: int) -> list[Row]:
    """Make equally spaced angles, both ends of the semicircle included."""
    angles = (PI * i / (count - 1) - PI / 2 for i in range(count))
    return [tuple(map(full, point(theta))) for theta in angles]


def between(count: int, each: int, seed: int) -> list[Row]:
    """Draw random angles in every gap of spaced(count), none near its ends, in ascending order."""
    generator = random.Random(seed)
    rows = []
    for gap in range(count - 1):
        for part in sorted(0.1 + 0.8 * generator.random() for _ in range(each)):
            theta = PI * (gap + Decimal(part)) / (count - 1) - PI / 2
            rows.append(tuple(map(full, point(theta))))
    return rows


def noisy(count: int, seed: int) -> list[Row]:
    """Draw random angles, with exact inputs and outputs that are right only on average.

    The noise is a sum of 12 uniform numbers less 6: mean 0, variance 1, nearly normal, no logarithm needed.
    """
    generator = random.Random(seed)
    rows = []
    for _ in range(count):
        theta = (PI * (Decimal(generator.random()) - Decimal("0.5"))).quantize(Decimal("1e-6"))
        _, x0, x1, y0, y1 = point(theta)
        n0, n1 = (NOISE * (sum(Decimal(generator.random()) for _ in range(12)) - 6) for _ in range(2))
        rows.append(tuple(map(short, (theta, x0, x1, y0 + n0, y1 + n1))))
    return rows


FILES = {
    "knots.csv": lambda: spaced(9),
    "semicircle.csv": lambda: spaced(17),
    "noisy.csv": lambda: noisy(200, seed=7),
}


def text(rows: Callable[[], Iterable[Row]]) -> str:
    """Write one file as text."""
    with localcontext() as context:
        context.prec = 50
        return "\n".join([HEADER, *(",".join(row) for row in rows())]) + "\n"


def main(folder: Path) -> None:
    """Write all files, with Unix line ends on every system."""
    for name, rows in FILES.items():
        (folder / name).write_bytes(text(rows).encode("ascii"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
