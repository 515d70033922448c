"""The attacks in an ordinary Docker container: Docker's capabilities and seccomp profile, the grader as root."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.container.container import container

sys.path.insert(0, str(Path(__file__).parents[1] / "attacks"))

import harness

pytestmark = pytest.mark.container


def passed(root: Path, *tests: str) -> int:
    """How many of these tests of tests/test_attacks.py pass in one container; none fails and none is skipped."""
    python = "/autograder/source/.venv/bin/python"
    command = [python, "-m", "pytest", "-q", "-n", "0", "-m", "", *(f"tests/test_attacks.py::{t}" for t in tests)]
    # The smallest memory that Gradescope gives; more processor, for time.
    inside = ["sh", "-c", 'cd /autograder/source && exec "$@"', "sh", *command]
    with container(root, inside, processors=2, timeout=1500) as ran:
        assert ran.code == 0, ran.output[-4000:]
        counts = re.findall(r"(\d+) (passed|skipped|failed|error)", ran.output.splitlines()[-1])
        assert [word for _, word in counts] == ["passed"], ran.output[-1000:]
        return int(counts[0][0])


@pytest.mark.usefixtures("runc")
def test_no_attack_reaches_its_goal_in_a_container(project_image: Path) -> None:
    """Each through the verb that run_autograder calls: no point, no secret, nothing left running or written."""
    tests = ("test_honest_work_gets_what_it_is_worth", "test_an_attack_fails")
    assert passed(project_image, *tests) == 1 + len(harness.NAMES)


@pytest.mark.usefixtures("runc")
def test_the_next_submission_in_a_container_is_graded_as_ever(project_image: Path) -> None:
    """All attacks one after the other with one server, each followed by the correct submission."""
    series = [("as it is", kind) for kind in harness.KINDS]
    series += [("as root without Landlock", kind) for kind in ("leaks", "brings", "outlives", "leaves", "gets_back")]
    tests = [f"test_the_next_submission_is_graded_as_ever[{how}-{kind}]" for how, kind in series]
    assert passed(project_image, *tests) == len(series)
