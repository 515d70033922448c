"""What test_neural_net.py judges by: worked examples, slopes measured on a loss, and words for what is wrong."""

import importlib.util
import sys


def require(package):
    """End with one line if a package is missing."""
    if not importlib.util.find_spec(package):
        sys.exit(f"{package} is not installed for this Python. Activate the environment first: see Start in README.md.")


require("numpy")
