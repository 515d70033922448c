"""What the students' hand-out takes from the grader: the page about grading, a few numbers, and its figures."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from autograder.asking.battery import FIXED_SIZES, INPUTS, MAGNITUDES, ORDINARY
from autograder.rubric import Rubric
from autograder.sandbox.layers import MIB, Policy

PAGE = Path(__file__).with_name("grading_page.md")
GRADING = "student/GRADING.md"
GRADED = "student/checking/graded.json"
FIGURES = ("network", "task", "example", "chain", "result")
FUNCTIONS = ("forward", "loss", "backprop", "update", "training")
HINTS = (
    "The report names a mistake that it knows. Of any other it may quote the line to look at: then it has found one\n"
    "change there that makes every public example right. Yours may be another.\n\n"
)
# train.py calls its picture "train"; in the hand-out it is the result.
DRAW = f"""
import os, explore, train
explore.main({list(FIGURES[:-1])} + ["--save", "--folder", "figures", "--format", "svg"])
train.main(["--save", "--folder", "figures", "--format", "svg"])
os.replace("figures/train.svg", "figures/result.svg")
"""


class DrawingError(Exception):
    """The figures can't be drawn.  The text is one line."""


def texts(rubric: Rubric) -> dict[str, str]:
    """The files of the hand-out that follow from the rubric, as {path in the tree: text}."""
    numbers = {
        "hidden_units": rubric.training.hidden_units,
        "large_backprop": rubric.tolerance.finite_slope,
        "large_forward": rubric.tolerance.finite_e1,
    }
    return {GRADING: grading_page(rubric), GRADED: json.dumps(numbers) + "\n"}


def grading_page(rubric: Rubric) -> str:
    """The page GRADING.md, with the points, sizes, limits and tolerances of a rubric."""
    training, tolerance, limits = rubric.training, rubric.tolerance, rubric.limits
    sizes = [size for shape in FIXED_SIZES.values() for size in shape]
    scales = (ORDINARY, *MAGNITUDES.values(), *INPUTS.values())
    drawn = [number for scale in scales for number in scale[:-1] if number]  # the last is eta
    etas = [scale.eta for scale in scales if scale.eta]
    return PAGE.read_text("utf-8").format(
        title=rubric.title,
        total=sum(criterion.points for criterion in rubric.criteria),
        table=_table(rubric),
        least_size=min(sizes),
        largest_size=max(sizes),
        least_number=min(drawn),
        largest_number=max(drawn),
        largest_x=max(scale.x for scale in scales),
        least_eta=min(etas),
        largest_eta=max(etas),
        finite_e1=tolerance.finite_e1,
        finite_slope=tolerance.finite_slope,
        tolerance="one part in a million" if tolerance.values == 1e-6 else f"{tolerance.values:g}",
        values=tolerance.values,
        path=tolerance.path,
        call=limits.call,
        load=limits.load,
        train=limits.train,
        each=limits.each,
        whole=limits.whole,
        memory=Policy(0).memory // MIB,
        file=Policy(0).file // MIB,
        hidden_units=training.hidden_units,
        steps=training.steps,
        eta=training.eta,
        ladder=", ".join(f"{loss:g}" for loss in training.ladder),
        policies=_policies(rubric),
        hints=HINTS if rubric.hints == "line" else "",
    )


def _table(rubric: Rubric) -> str:
    """One row for each function with the sum of its points, and below it one for each criterion."""
    rows = []
    for number, function in enumerate(FUNCTIONS, start=1):
        criteria = [criterion for criterion in rubric.criteria if criterion.function == function]
        name = "training, with all four" if function == "training" else function
        rows.append(f"| **{number}** | **{name}** | **{sum(criterion.points for criterion in criteria):g}** |")
        rows += [f"| {c.number} | {c.title.split(': ', 1)[-1]} | {c.points:g} |" for c in criteria]
    return "\n".join(rows)


def _policies(rubric: Rubric) -> str:
    lines = []
    if rubric.late is not None:
        lines.append(
            f"- **Late work** loses {rubric.late.penalty_per_day:g} % of the maximum for every day that has begun."
        )
    if rubric.attempts is not None and rubric.attempts.per_day is not None:
        lines.append(f"- **Submissions.** {rubric.attempts.per_day} a day are graded.")
    return "".join(line + "\n" for line in lines)


def figures(files: Mapping[str, bytes], solution: bytes) -> dict[str, bytes]:
    """The figures of the hand-out, as {path in the tree: SVG}.  Its own programs draw them, with the solution.

    Parameters
    ----------
    files : the hand-out, as {path: content}; paths begin with student/
    solution : what stands in neural_net.py while they draw

    Raises
    ------
    DrawingError
    """
    return dict(_drawn(tuple(sorted({**files, "student/neural_net.py": solution}.items()))))


@functools.lru_cache(maxsize=2)
def _drawn(files: tuple[tuple[str, bytes], ...]) -> tuple[tuple[str, bytes], ...]:
    """The same files give the same figures: they are drawn once."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files:
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        done = subprocess.run(
            [sys.executable, "-B", "-c", DRAW],
            cwd=Path(folder, "student"), env={**clean, "MPLBACKEND": "Agg"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            raise DrawingError(f"the figures of the hand-out can't be drawn: {last}")
        drawn = Path(folder, "student", "figures")
        return tuple((f"student/figures/{name}.svg", (drawn / f"{name}.svg").read_bytes()) for name in FIGURES)
