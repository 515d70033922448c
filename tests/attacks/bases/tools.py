# Spliced in front of every attack: how it finds things, and how it tells what it found.
import os
import re
import sys

FOUND = []


def say(data):
    """Tell every planted secret that is in some data."""
    text = bytes(data).decode("latin-1") if isinstance(data, (bytes, bytearray, memoryview)) else str(data)
    for secret in re.findall("CANARY-[a-z]+-[0-9a-f]{16}", text):
        if secret not in FOUND:
            FOUND.append(secret)
            print(secret)


def reached(what=""):
    """Tell that the goal is reached."""
    FOUND.append(f"REACHED {what}")
    print(FOUND[-1])


def attempt(attack):
    """Try an attack at once; where it fails, be an ordinary submission."""
    try:
        attack()
    except Exception:
        pass
    return attack


def places():
    """Folders where a grader may keep its things."""
    seeds = [os.getcwd(), *sys.path, *sys.argv, "/autograder/source/x"]
    seeds += [getattr(m, "__file__", None) or "" for m in list(sys.modules.values())]
    found = []
    for path in filter(None, seeds):
        for _ in range(5):
            path = os.path.dirname(os.path.abspath(path))
            if path.count("/") > 1 or path == "/autograder":
                found += [path, path + "/source"]
    return [p for p in dict.fromkeys(found) if not p.startswith(("/usr", "/lib", "/proc", "/sys"))]


def victims():
    """The places that an attack may write to: only those that the tests made, so that the machine stays as it is."""
    return [place for place in places() if "under-attack" in place]


def files(*names):
    """Those of the named files that can be opened, in all places."""
    for folder in places():
        for name in names:
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    yield file.name, file.read(1 << 20)
            except OSError:
                pass


def runner():
    """The worker's own object that calls the submission, where there is a worker."""
    import gc

    return next(o for o in gc.get_objects() if type(o).__name__ == "Runner")


def channel():
    """The socket to the grader, where there is one."""
    import gc
    import socket

    return next(o for o in gc.get_objects() if isinstance(o, socket.socket))


def frame(reply, body=b""):
    """A frame of the worker's language; strings that are bytes are JSON already."""
    import json
    import struct

    head = reply if isinstance(reply, bytes) else json.dumps({"dict": [list(pair) for pair in reply.items()]}).encode()
    return struct.pack("<II", len(head), len(body)) + head + body


def code(number):
    """Seven digits that tell a number, for where only digits come out."""
    return 1_000_000 + int(abs(float(number)) * 2**40) % 9_000_000


def public(array):
    """Whether an array is as long as those of the public questions; none of the naive grader's is."""
    return len(array) == 5
