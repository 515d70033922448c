"""What is counted of a class: mistakes, who is stuck, and which criteria discriminate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder import result as results
from autograder.course import statistics, store
from autograder.result import Result
from tests.html_checks import CRITERIA, NAMES, some_class
from tests.html_checks import result as made


def count(found: Sequence[Result]) -> statistics.Tally:
    return statistics.Tally(
        (store.Row(str(i), []), store.parse(results.gradescope(result), str(i))) for i, result in enumerate(found)
    )


def test_a_mistake_counts_once_for_a_student() -> None:
    found = count(some_class()).mistakes()
    assert (found[0].key, found[0].function, len(found[0].who)) == ("times 2", "loss", len(NAMES))
    assert (found[2].key, found[2].function, len(found[2].who)) == ("times n", "backprop", 6)
    assert found[2].reason == "The factor 1/n is missing."
    assert found[2].keys == {c.key for c in CRITERIA if c.function == "backprop"}
    assert not any(m.key in ("stub", "prerequisite") for m in found)


def test_two_known_mistakes_at_once_count_for_each() -> None:
    one = made({"backprop_W1": ("a", "A.")})
    other = made({"backprop_W1": ("b", "B.")})
    both = made({"backprop_W1": ("a + b", "2 mistakes: (1) A. (2) B.")})
    found = {m.key: m.who for m in count([one, other, both]).mistakes()}
    assert found == {"a": {0, 2}, "b": {1, 2}}
    assert {m.key for m in count([one, both]).mistakes()} == {"a", "a + b"}


def test_a_student_is_stuck_at_the_first_function_not_done() -> None:
    counted = count(some_class())
    stuck = counted.stuck()
    names = [[counted.students[i].name for i in stuck[f]] for f in ("loss", "backprop", "update")]
    assert [len(n) for n in names] == [len(NAMES), 9, 0]
    states = {statistics.DONE: 12 + len(NAMES), statistics.FAILING: 6, statistics.UNBEGUN: 3}
    assert counted.states("backprop") == states
    assert counted.states("training")[statistics.UNREACHED] == 3


def test_a_grader_error_counts_nowhere() -> None:
    counted = count(some_class())
    assert len(counted.sound) == len(counted.students) - 1
    assert {line.judged for line in counted.lines()} == {len(counted.sound)}


def thirds(passed: Sequence[int], rest: Sequence[float]) -> tuple[float | None, float | None, str]:
    return statistics.thirds(np.array(passed, bool), np.array(rest, np.float64))


def test_discrimination_is_high_if_only_strong_students_pass() -> None:
    rest = [float(i) for i in range(12)]
    assert thirds([0] * 6 + [1] * 6, rest) == (1.0, 0.0, "")
    assert thirds([1] * 6 + [0] * 6, rest) == (0.0, 1.0, "")
    assert thirds([1] * 12, rest)[2] == "all pass"
    assert thirds([0] * 12, rest)[2] == "nobody passes"
    assert thirds([0, 1] * 6, [7.0] * 12)[2] == "all others have the same points"
    assert thirds([0, 1] * 5, rest[:10])[2] == "too few students"
    assert thirds([0] + [1] * 99, [0.1 * i for i in range(100)])[2] == "nearly all pass"


def test_students_with_equal_points_count_equally() -> None:
    # Twelve with the same points share the places of the third: the order in which they came does not matter.
    rest = [0.0] * 6 + [5.0] * 12
    strong, weak, _ = thirds([0] * 6 + [1] * 6 + [0] * 6, rest)
    assert (strong, weak) == (0.5, 0.0)
    assert thirds([0] * 6 + [0, 1] * 6, rest)[:2] == (strong, weak)


def test_a_criterion_is_compared_with_everything_else() -> None:
    """A criterion that is passed at random tells nothing, however many points it has."""
    heavy = {"backprop_W2": ("value", "")}
    found = [made(heavy if i % 2 else {}) for i in range(40)]
    lines = {line.key: line for line in count(found).lines()}
    assert lines["backprop_W2"].why == "all others have the same points"
