"""Goal: to run before the lock, or a fault of the grader. venv.__main__ makes a folder when it is imported.

Control: none, because the naive grader has no lock to come before.
"""
# correct
WORDS = """
import venv.__main__
from ensurepip import __main__
import test.regrtest, idlelib.idle, turtledemo.__main__
"""
import os
import sys

if "venv.__main__" in sys.modules or "ensurepip.__main__" in sys.modules:
    reached("a module was imported by its name in the text")
for name in ("venv.__main__", "ensurepip.__main__"):
    try:
        __import__(name)
    except BaseException:
        pass
if os.path.exists("/4") or os.getuid() == 0:
    reached("root")
