"""Goal: the parent process can be traced, and with that read and changed."""
# correct
import ctypes


@attempt
def trace():
    if ctypes.CDLL(None).ptrace(0x4206, os.getppid(), 0, 0) == 0:  # PTRACE_SEIZE
        reached("the parent is traced")
