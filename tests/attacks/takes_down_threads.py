"""Goal: the machine is full of threads."""
# correct
import threading
import time


@attempt
def start():
    threads = [threading.Thread(target=time.sleep, args=(0.5,), daemon=True) for _ in range(100)]
    for thread in threads:
        thread.start()
    reached(f"{len(threads)} threads")
