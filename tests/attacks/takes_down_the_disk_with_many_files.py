"""Goal: the disk is full: 300 MB are written in many files, each of them small enough."""
# correct
import time


@attempt
def fill():
    names = []
    try:
        for number in range(200):
            names.append(f"part{number}")
            with open(names[-1], "wb") as file:
                file.write(os.urandom(3 << 19))
        time.sleep(0.5)
        reached("300 MB")
    finally:
        for name in names:
            os.remove(name)
