"""Goal: the machine is out of open files."""
# correct


@attempt
def fill():
    kept = [os.open("/", os.O_RDONLY) if os.access("/", os.R_OK) else os.dup(0) for _ in range(900)]
    reached(f"{len(kept)} descriptors")
