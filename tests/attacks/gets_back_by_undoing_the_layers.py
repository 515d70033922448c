"""Goal: the layers are taken off: dumpable again, traced by nobody, alive without a parent.

Control: none, because the naive grader has no layers.
"""
# correct
import ctypes


@attempt
def undo():
    libc = ctypes.CDLL(None)
    for name, arguments in (("dumpable", (4, 1)), ("parent death", (1, 0)), ("seccomp", (22, 0))):
        if libc.prctl(*arguments, 0, 0, 0) == 0:
            reached(name)
    if libc.prctl(39, 0, 0, 0, 0) == 0:
        reached("new privileges")
