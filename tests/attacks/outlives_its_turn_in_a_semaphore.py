"""Goal: something is left in the value of a semaphore."""
# correct
import ctypes


@attempt
def leave():
    ctypes.CDLL(None).semget(0x41545443, 1, 0o1666)
