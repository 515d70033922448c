"""Goal: points that are not earned. results.json is written when the interpreter ends."""
# wrong
import atexit


@atexit.register
def forge():
    for place in victims():
        if os.path.isdir(place + "/results"):
            with open(place + "/results/results.json", "w") as file:
                file.write('{"score": 100, "output": "forged"}')
