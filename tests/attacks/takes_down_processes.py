"""Goal: the machine is full of processes."""
# correct


@attempt
def fork():
    children = []
    for _ in range(50):
        pid = os.fork()
        if pid == 0:
            import time

            time.sleep(1)
            os._exit(0)
        children.append(pid)
    reached(f"{len(children)} processes")
