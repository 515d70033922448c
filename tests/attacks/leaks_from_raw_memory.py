"""Goal: a secret in the process's memory comes out, read with ctypes around an object, without /proc."""
# correct
import ctypes


@attempt
def look():
    # Pages of Python's own arenas around live objects: they are mapped, so reading them is safe.
    pages = {id(thing) & ~0xFFF for thing in [*vars(np).values(), *sys.modules, *vars(sys).values()]}
    for page in pages:
        say(ctypes.string_at(page, 4096))
