"""Goal: the code that locks the worker is called again, with a policy of the submission's.

Control: none, because the naive grader has no layers.
"""
# correct


@attempt
def call():
    import gc

    layers = next(o for o in gc.get_objects() if getattr(o, "__name__", "") == "autograder.sandbox.layers")
    held = layers.lock(layers.Policy(os.getppid(), 0, memory=1 << 40), 3, "/")
    if "user" in held or "limits" in held:
        reached(held)
