"""The proof of selfcheck.py as text for a terminal and as a page."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from autograder.selfcheck.run import Outcome, Proof

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
MORE = """
body { max-width: 72rem }
.wide { overflow: auto; max-height: 40rem }
table { border-collapse: collapse; font-size: .875rem }
td, th { padding: .15rem .6rem .15rem 0; text-align: left; font-weight: 400; vertical-align: top;
  border-bottom: 1px solid var(--line) }
thead th { color: var(--soft); position: sticky; top: 0; background: var(--paper) }
.matrix td { text-align: center }
.notes li { padding: .2rem 0 }
"""


def render(proof: Proof) -> str:
    """What the terminal shows after the parts: the errors line by line, the figures, and everything that is off."""
    out = ["", f"{'line':<24}{'largest right':>16}{'tolerance':>12}{'smallest wrong':>16}"]
    for key in proof.contract.by_key:
        out.append(
            f"{key:<24}"
            + "".join(f"{text:>{width}}" for text, width in zip(_numbers(proof, key), (16, 12, 16), strict=True))
        )
    out += ["", *(f"{value:>22}  {title}" for title, value in proof.figures), ""]
    out += [f"note: {note}" for note in proof.notes]
    out += [f"✗ {fault}" for fault in proof.faults[:60]]
    if len(proof.faults) > 60:
        out.append(f"... and {len(proof.faults) - 60} more")
    state = _verdict(proof) + "."
    return "\n".join([*out, f"{state} {'A sample only (--quick). ' if proof.quick else ''}{proof.seconds:.0f} s"])


def _numbers(proof: Proof, key: str) -> tuple[str, str, str]:
    right, tolerance, wrong = proof.errors(key)
    if tolerance is None:
        return "", "", ""
    return f"{right:.1e}", f"{tolerance:.0e}", "" if np.isnan(wrong) else f"{wrong:.1e}"


def write(proof: Proof, path: Path) -> None:
    """Write the page.  Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_text(page(proof), "utf-8")
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def page(proof: Proof) -> str:
    """The whole proof as one page that asks for nothing else."""
    from autograder.rendering.report import STYLE, escape

    def table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
        top = "".join(f'<th scope="col">{escape(h)}</th>' for h in head)
        body = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in rows
        )
        parts = f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody>"
        return f'<div class="wide" tabindex="0" role="group"><table class="{kind}">{parts}</table></div>'

    def section(title: str, body: str, closed: bool = False) -> str:
        if closed:
            return f"<section><h2>{escape(title)}</h2><details><summary>Show</summary>{body}</details></section>"
        return f"<section><h2>{escape(title)}</h2>{body}</section>"

    contract = proof.contract
    keys = [key for key in contract.by_key if not key.startswith("training")]
    numbers = [contract.by_key[key].number for key in keys]
    body = []
    if proof.faults:
        items = "".join(f"<li>{escape(fault)}</li>" for fault in proof.faults[:500])
        body.append(section("What is off", f'<ul class="notes">{items}</ul>'))
    body.append(section("Figures", table(("", ""), [(title, value) for title, value in proof.figures])))
    errors = [(f"{contract.by_key[key].number} {key}", *_numbers(proof, key)) for key in contract.by_key]
    body.append(
        section(
            "Errors, line by line",
            table(("line", "largest of correct programs", "tolerance", "smallest of mistakes"), errors),
        )
    )
    picture = _picture(proof)
    if picture:
        caption = "Dark: lost, as declared. Light: may be lost, and is. Orange: off."
        alt = "Rows are single mistakes, columns lines of the rubric; the table below says the same."
        body.append(
            section(
                "Which mistake loses which line",
                f'<figure><img src="{picture}" alt="{alt}"><figcaption>{caption}</figcaption></figure>',
            )
        )
    rows = [(o.name, *(_cell(proof, o, key) for key in keys), _named(o)) for o in proof.singles]
    body.append(
        section(
            "The same as a table: × lost as declared, (×) lost where it may be, !! off",
            table(("mistake", *numbers, "name"), rows, "matrix"),
            True,
        )
    )
    silent = [(text,) for o in proof.singles + proof.pairs for text in o.silent]
    body.append(section(f"Mistakes without a name: {len(silent)}", table(("",), silent), True))
    wrong = [
        (p.name, p.said.get("wrong", ""), p.said.get("functions", ""), f"{p.score:g}",
         ", ".join(f"{contract.by_key[k].number} {line.key}" for k, line in p.lines.items() if line.lost))
        for p in proof.wrong
    ]  # fmt: skip
    body.append(
        section(
            "Wrong programs, what they say of themselves, and what the grader says",
            table(("program", "what is wrong", "in", "points", "lines lost, and why"), wrong),
            True,
        )
    )
    correct = [(p.name, p.said.get("correct", p.said.get("forgiven", "")), f"{p.score:g}") for p in proof.correct]
    body.append(section("Correct programs", table(("program", "style", "points"), correct), True))
    verdict = _verdict(proof)
    note = "A sample only. " if proof.quick else ""
    note += " ".join(proof.notes)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(verdict)} · selfcheck</title><style>{STYLE}{MORE}</style></head><body><header>"
        f'<p class="kicker">The grader checks itself</p><h1>{escape(contract.title)}</h1>'
        f'<p class="total none"><strong>{escape(verdict)}</strong></p><p class="tally">{escape(note)}</p></header>'
        f"<main>{''.join(body)}</main></body></html>\n"
    )


def _state(proof: Proof, outcome: Outcome, key: str) -> int:
    """0 passed, 1 lost where it may be, 2 lost as declared, 3 off."""
    lost, declared = outcome.lines[key].lost, proof.declared[outcome.name]
    if any(f"line {key} " in fault for fault in outcome.faults):
        return 3
    return 0 if not lost else 2 if key in declared.lines else 1


def _cell(proof: Proof, outcome: Outcome, key: str) -> str:
    return ("", "(×)", "×", "!!")[_state(proof, outcome, key)]


def _named(outcome: Outcome) -> str:
    if outcome.false:
        return "false"
    return (
        "named"
        if outcome.right and not outcome.silent
        else "in part"
        if outcome.right
        else "no name"
        if outcome.silent
        else ""
    )


def _picture(proof: Proof) -> str:
    """The single mistakes and the lines that they lose, as a PNG data URI; nothing where it can't be drawn."""
    if not proof.singles:
        return ""
    try:
        import base64
        import io

        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.colors import ListedColormap
        from matplotlib.figure import Figure
    except ImportError:
        proof.notes.append("matplotlib is not here, so there is no picture.")
        return ""
    keys = [key for key in proof.contract.by_key if not key.startswith("training")]
    grid = np.array([[_state(proof, one, key) for key in keys] for one in proof.singles])
    groups = [_group(proof, one) for one in proof.singles]
    starts = [i for i, g in enumerate(groups) if i == 0 or g != groups[i - 1]]
    figure = Figure(figsize=(10, 2.2 + max(0.028 * len(grid), 0.2 * len(starts))), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    colours = ListedColormap(["#ffffff", "#a9c6de", "#0a4a7a", "#d55e00"])
    axes.imshow(grid, cmap=colours, vmin=0, vmax=3, aspect="auto", interpolation="nearest")
    axes.set_xticks(
        range(len(keys)),
        [f"{proof.contract.by_key[k].number} {k.replace('_', ' ')}" for k in keys],
        rotation=90,
        fontsize=8,
    )
    axes.xaxis.tick_top()
    ends = [*starts[1:], len(grid)]
    axes.set_yticks(
        [(a + b - 1) / 2 for a, b in zip(starts, ends, strict=True)], [groups[a] for a in starts], fontsize=8
    )
    axes.tick_params(length=0)
    for a in starts[1:]:
        axes.axhline(a - 0.5, color="#c8c8c8", linewidth=0.6)
    for x in range(1, len(keys)):
        axes.axvline(x - 0.5, color="#e4e4e4", linewidth=0.5)
    figure.tight_layout()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _group(proof: Proof, outcome: Outcome) -> str:
    slots = proof.declared[outcome.name].slots
    return next(iter(slots)).replace(" logistic", "").replace(" tanh", "") if slots else f"{outcome.function}: conduct"


def _verdict(proof: Proof) -> str:
    count = len(proof.faults)
    return f"{count} thing{' is' if count == 1 else 's are'} off" if count else "Nothing is off"
