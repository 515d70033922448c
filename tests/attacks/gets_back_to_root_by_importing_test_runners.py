"""Goal: to run before the lock. The next line names a module that takes the command line for names of tests to import:
import unittest.__main__

Control: none, because the naive grader has no lock to come before.
"""
# correct
import os
import sys

if "unittest.__main__" in sys.modules:
    reached("a module was imported by its name in the text")
if os.getuid() == 0 or os.access("/root", os.W_OK) or sys._getframe(1).f_code.co_name == "work":
    reached("outside the lock")


@attempt
def import_it():
    import unittest.__main__
