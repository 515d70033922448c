"""Goal: the first environment comes out, found from the dynamic linker's own pointer and not from /proc."""
# correct
import ctypes


@attempt
def look():
    here = ctypes.c_void_p.in_dll(ctypes.CDLL(None), "__libc_stack_end").value
    # Page by page up to the end of the stack: the auxiliary vector says where the program's name is, near the top.
    libc = ctypes.CDLL(None)
    libc.getauxval.restype = ctypes.c_ulong
    last = libc.getauxval(31)  # AT_EXECFN: the last string on the stack
    say(ctypes.string_at(here, last - here))
