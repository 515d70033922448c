"""Fixtures and settings of all tests.

Three profiles of hypothesis say how much is tried: "quick" (the default), "ci" (what ``.ci/run`` uses) and "full"
(``.ci/full``). Choose one with ``--hypothesis-profile=full``.
"""

from __future__ import annotations

import copy
import gc
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from tests.support import ROOT, Done, copy_grader

LEFT_OUT = pytest.StashKey[dict[str, int]]()
GROUPS = ("slow", "container", "browser")

# Examples that were found are not kept on the disk, and "quick" and "ci" draw the same ones each time.
_common = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("quick", max_examples=25, derandomize=True, **_common)
settings.register_profile("ci", max_examples=500, derandomize=True, **_common)
settings.register_profile("full", max_examples=5000, **_common)
settings.load_profile("quick")


def _forget_the_caller() -> None:
    """Make nothing depend on the terminal, the shell and the user that started pytest.

    A shell starts background jobs with SIGINT ignored, and nohup does so with SIGHUP; processes that a test starts
    would inherit that. With a handler of ours they begin with the default.
    """
    if os.name == "posix":
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT):
            if signal.getsignal(number) is signal.SIG_IGN:
                signal.signal(number, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.umask(0o022)
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "MPLBACKEND", "TZ"):
        os.environ.pop(name, None)
    for name in [name for name in os.environ if name.startswith(("PYTHON", "LC_", "GIT_"))]:
        del os.environ[name]
    os.environ |= {"TERM": "dumb", "LC_ALL": "C.UTF-8", "MPLBACKEND": "agg"}
    fonts = Path(sys.prefix) / "matplotlib"  # setup.sh has made matplotlib's list of fonts there
    if os.access(fonts, os.W_OK):
        os.environ["MPLCONFIGDIR"] = str(fonts)


_forget_the_caller()


@pytest.fixture
def as_in_grading() -> Iterator[None]:
    """NumPy as it is while a submission is graded: what overflows is ignored, and no warning."""
    with np.errstate(all="ignore"):
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--strict-skips", action="store_true", help="fail a test that is skipped, unless the kernel is the reason"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if item.config.getoption("--strict-skips") and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if "this kernel" not in reason:
            report.outcome = "failed"
            report.longrepr = f"{reason} (skipped, which --strict-skips forbids)"
    return report


def pytest_collection_finish() -> None:
    """Leave the thousands of collected tests out of garbage collection."""
    gc.collect()
    gc.freeze()


# --- fixtures --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def _own_style() -> Iterator[None]:
    """Undo what a module's tests set in matplotlib: the hand-out's style must not reach the grader's pictures."""
    yield
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcdefaults()


@pytest.fixture(scope="session")
def grader_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the grader that nobody changes. To break one, make your own with ``support.copy_grader``."""
    return copy_grader(tmp_path_factory.mktemp("grader-copy"))


@pytest.fixture
def run_cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Done]]:
    """Run the command line in this process: ``run_cli("grade", path, cwd=tmp_path)``."""
    from autograder import cli

    def run(*arguments: Any, cwd: Path | None = None) -> Done:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            if cwd is not None:
                patch.chdir(cwd)
            try:
                status = cli.run([str(argument) for argument in arguments])
            except SystemExit as stop:
                status = stop.code if isinstance(stop.code, int) else 1
        out, err = capsys.readouterr()
        return Done(status, out, err)

    before = signal.getsignal(signal.SIGTERM)
    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def graded() -> Callable[..., Any]:
    """The result of a program, graded once: ``graded("solution")``, or any path. Each call gets a copy."""
    from autograder.grade import grade

    results: dict[tuple[Path, bool], Any] = {}

    def get(program: str | Path, pictures: bool = True) -> Any:
        key = (ROOT / program, pictures)
        if key not in results:
            results[key] = grade(key[0], pictures=pictures)
        return copy.deepcopy(results[key])

    return get


# --- what was left out -----------------------------------------------------------------------------------------------


def pytest_deselected(items: list[pytest.Item]) -> None:
    if items:
        counts = Counter(_group(item) for item in items)
        config = items[0].config
        config.stash[LEFT_OUT] = dict(counts)
        if hasattr(config, "workeroutput"):
            config.workeroutput["left_out"] = dict(counts)


def _group(item: pytest.Item) -> str:
    return next((name for name in reversed(GROUPS) if item.get_closest_marker(name)), "other")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the counts of a worker of xdist: it is the workers that deselect, and all of them the same."""
    if counts := getattr(node, "workeroutput", {}).get("left_out"):
        node.config.stash[LEFT_OUT] = counts


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Say at the very end what was left out, and how to run it."""
    result = yield
    counts = session.config.stash.get(LEFT_OUT, {})
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    left_out = [f"{counts[name]} {name}" for name in (*GROUPS, "other") if counts.get(name)]
    if left_out and reporter is not None:
        reporter.write_line(f"Left out: {', '.join(left_out)} tests. To run them all: .ci/full tests")
    return result
