"""From autograder.zip to a grade, on a machine that never saw this project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder import packaging as build
from tests.container import oci
from tests.container.container import Ran, container, grade

pytestmark = pytest.mark.container

SOLUTION = (build.ROOT / build.SOLUTION).read_bytes()
SKELETON = (build.ROOT / build.SKELETON).read_bytes()
HANGING = SOLUTION.replace(b"    epsilon = ", b"    while True: pass\n    epsilon = ")
RESULTS = "autograder/results/results.json"


def written(ran: Ran) -> set[str]:
    """The files that a run made or changed; the submission and its metadata were there before."""
    files = {path.relative_to(ran.changed).as_posix() for path in ran.changed.rglob("*") if not path.is_dir()}
    return {name for name in files if not name.startswith("autograder/submission")}


def without_times(results: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in results.items() if key not in ("execution_time", "extra_data")}


def test_the_real_container_is_an_ordinary_docker_container(graded_image: Path, runc: str) -> None:
    ask = "cat /proc/self/status; ls /sys/class/net; unshare --user true; mount -t tmpfs x /mnt"
    with container(graded_image, ["sh", "-c", ask], how=runc) as ran:
        words = ran.output.split()
    assert words[words.index("CapEff:") + 1] == "00000000a80425fb"  # Docker's fourteen
    assert len(oci.CAPABILITIES) == 14
    assert words[words.index("Seccomp:") + 1] == "2"
    assert words[words.index("Uid:") + 1] == "0"
    assert "lo" in words
    assert "eth0" not in words
    profile = oci.seccomp_profile()
    if profile and profile.name == "docker-default-seccomp.json":
        assert "unshare failed: Operation not permitted" in ran.output
    assert "/mnt: permission denied" in ran.output


def test_the_real_container_has_the_memory_of_gradescopes_smallest(graded_image: Path, runc: str) -> None:
    for megabytes, code in ((600, 0), (900, 137)):
        with container(graded_image, ["python3", "-c", f"bytearray({megabytes} << 20)"], how=runc) as ran:
            assert ran.code == code


def test_a_container_that_hangs_is_ended_with_all_that_is_in_it(graded_image: Path, how: str) -> None:
    with container(graded_image, ["sh", "-c", "sleep 987654 & sleep 987654"], how=how, timeout=1) as ran:
        assert ran.code is None
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in lines if b"987654" in line]


def test_the_reference_gets_everything(graded_image: Path, how: str) -> None:
    with grade(graded_image, {"neural_net.py": SOLUTION}, how=how) as ran:
        assert ran.code == 0, ran.output
        results = ran.results()
        assert results["score"] == 100
        assert all(test["status"] == "passed" for test in results["tests"] if "status" in test)
        assert written(ran) == {RESULTS}


def test_the_skeleton_gets_nothing(graded_image: Path, how: str) -> None:
    with grade(graded_image, {"neural_net.py": SKELETON}, how=how) as ran:
        assert ran.code == 0, ran.output
        assert ran.results()["score"] == 0
        assert "not written yet" in (ran.changed / RESULTS).read_text()


def test_no_submission_at_all_still_gets_a_report(graded_image: Path, how: str) -> None:
    with grade(graded_image, {}, how=how) as ran:
        assert ran.results()["score"] == 0
        assert "neural_net.py" in ran.results()["output"]


def test_the_same_submission_gets_the_same_report_in_every_container(graded_image: Path, runc: str) -> None:
    reports = []
    for kind in ("chroot", runc, runc):
        with grade(graded_image, {"neural_net.py": SOLUTION}, how=kind) as ran:
            reports.append(without_times(ran.results()))
    assert reports[0] == reports[1] == reports[2]


def test_a_hang_in_backprop_costs_nothing_of_the_other_functions_and_ends_within_a_minute(
    graded_image: Path, runc: str
) -> None:
    with grade(graded_image, {"neural_net.py": HANGING}, how=runc) as ran:
        results = ran.results()
    assert ran.code == 0, ran.output
    assert ran.seconds < 60
    points = {test["number"]: (test["score"], test["max_score"]) for test in results["tests"] if "number" in test}
    assert all(score == 0 for number, (score, _) in points.items() if number.startswith("3"))
    assert all(score == most for number, (score, most) in points.items() if number[0] in "124")
    assert len(points) > 20


def test_an_environment_that_is_broken_is_the_graders_fault_and_no_score(graded_image: Path, how: str) -> None:
    breaks = "rm /autograder/source/.venv/bin/python && exec /autograder/run_autograder"
    with container(graded_image, ["sh", "-c", breaks], how=how) as ran:
        assert ran.code != 0
        assert "the grader could not start" in ran.results()["output"]


def test_the_image_left_the_systems_python_alone_and_setup_has_nothing_more_to_do(graded_image: Path) -> None:
    again = "python3 -c 'import numpy' 2>&1 | tail -n 1; /autograder/source/setup.sh && echo nothing to do"
    with container(graded_image, ["sh", "-c", again], how="chroot") as ran:
        assert ran.output == "ModuleNotFoundError: No module named 'numpy'\nnothing to do\n"
        assert written(ran) == set()
