"""Goal: files and sockets by a ring of requests that no filter of calls looks at."""
# correct
import ctypes


@attempt
def ring():
    if ctypes.CDLL(None).syscall(425, 4, ctypes.create_string_buffer(120)) >= 0:
        reached("a ring")
