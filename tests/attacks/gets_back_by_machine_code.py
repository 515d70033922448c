"""Goal: calls that are refused are made in machine code by the 32-bit gate, int 0x80.

Control: none, because the naive grader refuses no call.
"""
# correct
import ctypes
import mmap


def loss(yhat, y):
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x02\x00\x00\x00\xcd\x80\xc3")  # eax = fork; int 0x80; ret
    pid = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
    if pid == 0:
        os._exit(0)
    if pid > 0:
        reached("a fork by int 0x80")
    return float(((yhat - y) ** 2).sum() / (2 * len(y)))
