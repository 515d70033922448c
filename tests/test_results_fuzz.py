"""Whatever a submission says, results.json is valid, finite, complete, and under Gradescope's cuts."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from autograder import result as results
from autograder import rubric
from autograder.rendering import figures, fragment, html
from autograder.result import VERDICTS, Result, Row
from tests.support import by_profile

CONTRACT = rubric.load()
CUT = 100_000
texts = st.text(max_size=60) | st.sampled_from(
    ["\x1b[2J\x1b]0;x\x07", "\ud800" * 3, "\x00", "</pre><script>alert(1)</script>", "a" * 200_000, "&" * 50_000,
     "\u202e" * 9, " " * 90_000, "\n" * 90_000, "\t" * 20_000, "𝕏" * 60_000, "=cmd|'/c calc'!A0", "]]>\"'"]
)  # fmt: skip
numbers = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([1e300, -1e300, 1e-300, 0.0])
rows = st.tuples(
    st.sampled_from(VERDICTS), st.lists(st.tuples(texts, texts), max_size=5), texts, st.floats(0, 1)
)  # fmt: skip


def arrays(*shape: int) -> st.SearchStrategy[Any]:
    count = math.prod(shape)
    few = st.lists(numbers, min_size=1, max_size=4)
    return few.map(lambda some: np.resize(np.array(some), count).reshape(shape))


curves = st.just({}) | st.fixed_dictionaries(
    {
        "theta": st.just(np.linspace(0, math.pi, 17)),
        "y": arrays(17, 2),
        "yhat": arrays(17, 2),
        "step": st.integers(1, 500),
        "losses": st.dictionaries(st.integers(0, 500), numbers, min_size=2, max_size=20),
        "stands_in": st.sampled_from(["", "forward", "backprop"]),
        "start": st.just({"W1": np.ones((8, 2)), "b1": np.ones(8), "W2": np.ones((2, 8)), "b2": np.ones(2)}),
        "eta": st.just(0.2),
        "steps": st.just(500),
    }
)


# What fails is not made smaller: with texts as long as these that takes minutes.
PHASES = [phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)]


@pytest.mark.slow
@settings(max_examples=by_profile(quick=10, ci=40, full=1000), phases=PHASES)
@given(
    st.lists(rows, min_size=len(CONTRACT.criteria), max_size=len(CONTRACT.criteria)),
    st.lists(texts, max_size=4),
    st.lists(texts, max_size=4),
    texts | st.just(""),
    curves,
    texts,
)
def test_a_page_is_whole_whatever_stands_in_it(
    made: list[tuple[str, list[tuple[str, str]], str, float]],
    notes: list[str],
    staff: list[str],
    fault: str,
    drawn: dict[str, Any],
    name: str,
) -> None:
    result = Result("", notes=notes, staff=staff, fault=fault, curves=drawn, about={"students": [{"name": name}]})
    for line, (verdict, words, reason, share) in zip(CONTRACT.criteria, made, strict=True):
        score = line.points * share if verdict != "fault" else 0.0
        result.rows.append(Row(line, verdict, round(score, 2), words, "a_key", reason))
    page = results.gradescope(result)
    fragment.illustrate(page, figures.draw(result)[0])
    text = results.text_of(page)
    assert text.encode()

    def refuse(word: str) -> None:
        raise AssertionError(word)

    back = json.loads(text, parse_constant=refuse)  # no NaN, no Infinity
    assert [test["number"] for test in back["tests"] if "number" in test] == [line.number for line in CONTRACT.criteria]
    assert math.isfinite(back["score"])
    assert 0 <= back["score"] <= 100
    shown = [back["output"], *(test["output"] for test in back["tests"])]
    assert max(map(len, shown)) < CUT
    for one in shown:
        assert all(c in "\n\t" or c.isprintable() for c in one)
    for test in back["tests"]:
        assert test["output_format"] in ("text", "html")
        assert ("score" in test) == (test["extra_data"]["verdict"] != "fault" if "number" in test else False)
        if test["output_format"] == "html":
            assert "<script" not in test["output"]
    assert "<script" not in html.student_page(result, {})
