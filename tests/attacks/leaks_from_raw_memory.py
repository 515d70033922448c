"""Goal: a secret in the process's memory comes out, read with ctypes around the strings that are known, without /proc."""
# correct
import ctypes
import gc


@attempt
def look():
    # Python keeps strings of one size together in pools of 16 KiB: the neighbours of every short string.
    strings = [s for thing in gc.get_objects() if type(thing) is dict for s in thing.values() if type(s) is str]
    pools = {id(s) & ~0x3FFF for s in strings if 60 < sys.getsizeof(s) <= 160}
    for pool in pools:
        say(ctypes.string_at(pool, 1 << 14))
