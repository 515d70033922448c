"""The result as PrairieLearn's external grader reads it: /grade/results/results.json.

PrairieLearn takes a share of the points, 0 to 1.  Where `gradable` is false it counts nothing, no points and no
attempt: so it is for a fault of the grader, and for a submission in which there is nothing to grade.
"""

from __future__ import annotations

from typing import Any

from autograder.result import FAULT, Result, Row, clean, public

MAX_PAGE = 900_000  # bytes; PrairieLearn refuses a results.json of more than 1 MiB
Page = dict[str, Any]


def page(result: Result) -> Page:
    """The result as PrairieLearn's results.json wants it."""
    result = public(result)
    share = result.score / result.points if result.points else 0.0
    page: Page = {"gradable": True, "score": min(max(share, 0.0), 1.0), "tests": [_test(row) for row in result.rows]}
    said = [note for note in result.notes if note != result.refused]
    if result.faulty or result.refused:
        page["gradable"] = False
        del page["score"]
    if result.refused:
        page["tests"], page["format_errors"] = [], [clean(result.refused, 2000)]
    if result.faulty:
        said.insert(0, FAULT if result.fault else "Some lines could not be graded. " + FAULT)
    if said:
        page["message"] = clean("\n\n".join(said), 20_000)
    return page | {"versions": result.versions, "fingerprint": result.fingerprint}


def unfinished() -> Page:
    """What stands in results.json until there is a result."""
    return page(Result("", fault="did not finish"))


def _test(row: Row) -> Page:
    # PrairieLearn shows 0 of 0 in grey, neither right nor wrong: a line that the grader could not judge.  A test
    # without points would take the points of all others from the student's sight.
    judged = row.verdict != "fault"
    test: Page = {
        "name": _name(row),
        "points": row.score if judged else 0,
        "max_points": row.criterion.points if judged else 0,
    }
    printed = [text for label, text in row.texts if label.endswith(" printed")]
    said = [f"{label}: {text}" if label else text for label, text in row.texts if not label.endswith(" printed")]
    if said:
        test["message"] = clean("\n".join(said), 15_000)
    if printed:
        test["output"] = clean("\n".join(printed), 5_000)
    return test


def _name(row: Row) -> str:
    return f"{row.criterion.number} {row.criterion.title}".strip()


def illustrate(page: Page, result: Result, size: int) -> None:
    """Put the pictures under their lines, while a page that has `size` bytes without them stays small enough."""
    from autograder.rendering.figures import draw

    drawn, _ = draw(result)
    named = {_name(row): drawn[row.criterion.key] for row in public(result).rows if row.criterion.key in drawn}
    for test in page["tests"]:
        picture = named.get(test["name"])
        if picture is None:
            continue
        label = clean(f"{picture.caption} {picture.alt}", 1000)
        size += len(picture.uri) + 4 * len(label) + 100
        if size <= MAX_PAGE:
            test["images"] = [{"label": label, "url": picture.uri}]
