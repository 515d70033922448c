"""Goal: something leaves the machine, with system calls by number and nothing of Python's."""
# correct
import ctypes
import socket
import struct


@attempt
def leave():
    libc = ctypes.CDLL(None)
    numbers = (41, 42, 44) if os.uname().machine == "x86_64" else (198, 203, 206)
    fd = libc.syscall(numbers[0], socket.AF_INET, socket.SOCK_DGRAM, 0)
    address = struct.pack("!HH4s8x", 0x0200, 47811, bytes([127, 0, 0, 1]))
    libc.syscall(numbers[2], fd, b"attack raw", 10, 0, address, 16)
