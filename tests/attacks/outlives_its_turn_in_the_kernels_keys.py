"""Goal: something is left in a key ring of the kernel."""
# correct
import ctypes


@attempt
def leave():
    if ctypes.CDLL(None).syscall(248, b"user", b"attack-note", b"x", 1, -4) > 0:  # add_key, the user's key ring
        reached("a key is kept")
