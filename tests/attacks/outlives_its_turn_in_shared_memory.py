"""Goal: something is left in a segment of shared memory."""
# correct
import ctypes


@attempt
def leave():
    ctypes.CDLL(None).shmget(0x41545443, 4096, 0o1666)
