"""Goal: the limits are off again."""
# correct
import ctypes
import resource

for name in ("AS", "NPROC", "NOFILE", "FSIZE", "CPU"):

    @attempt
    def lift():
        which = getattr(resource, "RLIMIT_" + name)
        soft, hard = resource.getrlimit(which)
        many = resource.RLIM_INFINITY if hard == resource.RLIM_INFINITY else hard + 1
        resource.setrlimit(which, (many, many))
        reached("no limit for " + name)


@attempt
def write():
    with open("/proc/self/limits", "r+"):
        reached("the limits are a file")
