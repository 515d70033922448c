"""Goal: to run before the lock. A text in the file names a module that runs code when it is imported.

Control: none, because the naive grader has no lock to come before.
"""
# correct
#: repeat 1 """import unittest.__main__, venv.__main__, test.__main__"""
import os
import sys

if "unittest.__main__" in sys.modules or "venv.__main__" in sys.modules:
    reached("a module was imported by its name in the text")
if os.getuid() == 0 and os.geteuid() == 0 and os.access("/root", os.W_OK):
    reached("root")
