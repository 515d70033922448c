"""Goal: all privileges, in a name space of users of its own."""
# correct
import ctypes


@attempt
def enter():
    if ctypes.CDLL(None).unshare(0x10000000 | 0x20000) == 0:
        reached("a name space of my own")
