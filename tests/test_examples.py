"""The examples that a teacher copies: what they call is there, and what they say is so."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from autograder import cli
from autograder import packaging as build
from tests.support import ROOT, SHIPPED, copy_grader, on_linux, with_secret

PRAIRIE = ROOT / "examples" / "prairielearn"
QUESTION = PRAIRIE / "course" / "questions" / "twoLayerNetwork"
ROOM = ROOT / "examples" / "github-classroom"
INFO = json.loads((QUESTION / "info.json").read_text("utf-8"))
WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOM / ".github" / "workflows" / "classroom.yml").read_text("utf-8"))
STEPS = WORKFLOW["jobs"]["run-autograding-tests"]["steps"]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """autograder.zip, unpacked."""
    place = tmp_path_factory.mktemp("zip")
    grader, _ = build.build(place, with_secret(copy_grader(place / "tree", *SHIPPED)))
    with zipfile.ZipFile(grader) as archive:
        archive.extractall(place / "grader")
    return place / "grader"


def test_the_question_is_what_prairielearn_documents() -> None:
    assert uuid.UUID(INFO["uuid"]).version == 4
    assert (INFO["type"], INFO["gradingMethod"], INFO["singleVariant"]) == ("v3", "External", True)
    options = INFO["externalGradingOptions"]
    assert set(options) <= {"image", "entrypoint", "serverFilesCourse", "timeout", "enableNetworking", "environment"}
    assert "enableNetworking" not in options
    text = (QUESTION / "question.html").read_text("utf-8")
    assert set(re.findall(r"<(pl-[a-z-]+)", text)) == {
        "pl-question-panel", "pl-submission-panel", "pl-file-download", "pl-file-upload",
        "pl-external-grader-results", "pl-file-preview",
    }  # fmt: skip
    assert 'file-names="neural_net.py"' in text


def test_the_question_waits_longer_than_the_grader_can_take() -> None:
    from autograder import rubric

    limits = rubric.load().limits
    longest = limits.whole + limits.train * limits.wall + limits.load * limits.wall + 60
    assert longest < INFO["externalGradingOptions"]["timeout"] <= 600


def test_the_image_of_prairielearn_holds_nothing_secret() -> None:
    copied = re.findall(r"^(?:COPY|ADD) (.*)", (PRAIRIE / "Dockerfile").read_text("utf-8"), re.M)
    assert copied == ["setup.sh requirements.txt /opt/grader/"]


@pytest.mark.slow
@on_linux
def test_the_entry_point_of_the_question_grades_what_prairielearn_lays_out(unpacked: Path, tmp_path: Path) -> None:
    grade = tmp_path / "grade"
    (grade / "student").mkdir(parents=True)
    (grade / "student" / "neural_net.py").write_bytes((ROOT / "solution" / "neural_net.py").read_bytes())
    (folder,) = INFO["externalGradingOptions"]["serverFilesCourse"]
    (grade / "serverFilesCourse").mkdir()
    unpacked.rename(grade / "serverFilesCourse" / folder)
    try:
        python, *rest = INFO["externalGradingOptions"]["entrypoint"]
        assert python == "/opt/grader/.venv/bin/python"
        command = [sys.executable, *(part.replace("/grade/", f"{grade}/") for part in rest), "--root", str(grade)]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        page = json.loads((grade / "results" / "results.json").read_text("utf-8"))
        assert (page["gradable"], page["score"]) == (True, 1.0)
    finally:
        (grade / "serverFilesCourse" / folder).rename(unpacked)


def test_the_workflow_gives_the_reporter_what_it_reads() -> None:
    reporter = STEPS[-1]
    assert reporter["uses"] == "classroom-resources/autograding-grading-reporter@v1"
    for runner in reporter["with"]["runners"].split(","):
        assert reporter["env"][f"{runner.upper()}_RESULTS"] == f"${{{{ steps.{runner}.outputs.result }}}}"
        assert any(step.get("id") == runner for step in STEPS)


def test_the_workflow_calls_the_verb_as_it_is() -> None:
    (step,) = (step for step in STEPS if step.get("id") == "grade")
    command = step["run"].split("autograder/__main__.py ")[1].replace('"', "").split()
    asked = cli._parser().parse_args(command)
    assert (asked.verb, str(asked.submission)) == ("classroom", "submission")
    assert (str(asked.output), str(asked.summary)) == ("$GITHUB_OUTPUT", "$GITHUB_STEP_SUMMARY")


def test_the_workflow_leaves_no_key_behind_and_puts_nothing_of_a_student_into_a_shell() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    for step in STEPS:
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False
        assert "${{" not in step.get("run", "")
    secrets = [step for step in STEPS if "secrets." in json.dumps(step)]
    assert [step["name"] for step in secrets] == ["Get the grader"]


@pytest.mark.slow  # it builds autograder.zip
@on_linux
def test_the_commands_of_the_workflow_grade_a_repository(unpacked: Path, tmp_path: Path) -> None:
    repository = tmp_path / "submission"
    (repository / ".git").mkdir(parents=True)
    (repository / "student").mkdir()
    (repository / "student" / "neural_net.py").write_bytes((ROOT / "solution" / "neural_net.py").read_bytes())
    (step,) = (step for step in STEPS if step.get("id") == "grade")
    script = step["run"].replace("sudo /opt/grader/.venv/bin/python", sys.executable)
    script = script.replace("/opt/grader", str(unpacked))
    places = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    command = ["bash", "-e", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | places, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Total: 100/100" in done.stdout
    assert (tmp_path / "output").read_text().startswith("result=")
    assert "**100/100**" in (tmp_path / "summary").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("verb", [["compare", "a", "b"], ["batch", "a", "--out", "b"]], ids=lambda verb: verb[0])
def test_the_desk_is_not_in_the_image_and_its_verbs_say_so(verb: list[str], unpacked: Path) -> None:
    command = [sys.executable, "-m", "autograder", *verb]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"autograder: {verb[0]} is for the teacher's desk")
    assert done.stderr.count("\n") == 1
