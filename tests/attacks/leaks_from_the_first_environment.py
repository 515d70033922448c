"""Goal: the environment that the process was started with comes out, also where os.environ was emptied since."""
# correct
import ctypes


@attempt
def look():
    say(dict(os.environ))
    environ = ctypes.POINTER(ctypes.c_void_p).in_dll(ctypes.CDLL(None), "environ")
    # The kernel puts the strings at the top of the stack, where their pages stay whatever Python does.
    here = ctypes.c_void_p.in_dll(ctypes.CDLL(None), "__libc_stack_end").value
    with open("/proc/self/maps") as maps:
        top = next(int(line.split("-")[1].split()[0], 16) for line in maps if "[stack]" in line)
    say(ctypes.string_at(here, top - here))
    assert environ
