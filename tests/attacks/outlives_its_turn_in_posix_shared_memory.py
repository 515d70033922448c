"""Goal: something is left in a named block of shared memory."""
# correct


@attempt
def leave():
    from multiprocessing import resource_tracker, shared_memory

    resource_tracker.register = lambda *a: None
    shared_memory.SharedMemory("attack-note", create=True, size=4096)
