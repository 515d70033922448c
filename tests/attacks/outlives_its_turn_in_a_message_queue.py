"""Goal: something is left in a message queue."""
# correct
import ctypes


@attempt
def leave():
    ctypes.CDLL(None).msgget(0x41545443, 0o1666)
