"""Goal: points that are not earned. A thread waits for results.json and writes it again."""
# wrong
import threading
import time


def forge():
    for _ in range(100):
        time.sleep(0.02)
        for place in victims():
            path = place + "/results/results.json"
            if os.path.exists(path) and b"100" not in open(path, "rb").read(20):
                with open(path, "w") as file:
                    file.write('{"score": 100, "output": "forged"}')


@attempt
def start():
    threading.Thread(target=forge).start()
