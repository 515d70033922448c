"""Adds the option --input to pytest: run one function on one of the public inputs, and nothing else."""

import pytest

from checking.public_inputs import make

FUNCTIONS = ("forward", "loss", "backprop", "update")


def pytest_addoption(parser):
    """Add the option."""
    parser.addoption("--input", metavar='"FUNCTION: NAME"', help='a public input, such as "forward: general 1 tanh"')


@pytest.fixture
def public_input(pytestconfig):
    """Give the function and the input that were asked for."""
    function, _, name = pytestconfig.getoption("--input").partition(":")
    return function.strip(), make(name.strip())


def pytest_collection_modifyitems(config, items):
    """With --input run its test only; without it all others."""
    asked = config.getoption("--input")
    if asked:
        function, _, name = asked.partition(":")
        if function.strip() not in FUNCTIONS:
            raise pytest.UsageError(f'write --input "FUNCTION: NAME"; FUNCTION is one of {", ".join(FUNCTIONS)}')
        try:
            make(name.strip())
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None
    items[:] = [item for item in items if (item.name == "test_public_input") == bool(asked)]
