"""Goal: calls that are refused are made by their numbers of the x32 ABI.

Control: none, because the naive grader refuses no call.
"""
# correct
import ctypes


def loss(yhat, y):
    libc = ctypes.CDLL(None)
    if libc.syscall(ctypes.c_long(0x40000000 | 41), 1, 1, 0) >= 0:
        reached("a socket by x32")
    return float(((yhat - y) ** 2).sum() / (2 * len(y)))
