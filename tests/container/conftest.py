"""The image, made once for all tests that want one. Where there can be none they are skipped, and say why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import packaging as build
from tests.container.container import missing
from tests.container.image import image
from tests.support import SHIPPED, copy_grader, with_secret


def need(how: str) -> None:
    """Skip where there is no container of this kind."""
    if reason := missing(how):
        pytest.skip(reason)


@pytest.fixture(scope="session")
def graded_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What Gradescope makes of autograder.zip."""
    need("chroot")
    folder = tmp_path_factory.mktemp("zips")
    tree = with_secret(copy_grader(folder / "tree", *SHIPPED))
    with image(build.build(folder, tree)[0]) as root:
        yield root


@pytest.fixture(scope="session")
def project_image() -> Iterator[Path]:
    """The whole project at /autograder/source, with its tests and pytest, to run some of them in a container."""
    need("chroot")
    with image(build.ROOT) as root:
        yield root


@pytest.fixture(params=["chroot", "runc"])
def how(request: pytest.FixtureRequest) -> str:
    """Every kind of container."""
    need(request.param)
    return str(request.param)


@pytest.fixture
def runc() -> str:
    """The real container alone."""
    need("runc")
    return "runc"
