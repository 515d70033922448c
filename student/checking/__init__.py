"""What test_neural_net.py judges by: worked examples, slopes measured on a loss, and words for what is wrong."""

import importlib.util
import sys

if not importlib.util.find_spec("numpy"):
    sys.exit("NumPy is not installed for this Python. Activate the environment first: see Start in README.md.")
