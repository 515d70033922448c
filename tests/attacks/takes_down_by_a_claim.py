"""Goal: no results. A frame of the channel claims four gigabytes, another one arrays of absurd shapes.

Control: none, because the naive grader has no channel.
"""
# correct
import struct

_loss = loss


def loss(yhat, y):
    head = b'{"dict": [["id", 1], ["status", "returned"], ["value", {"array": ["<f8", [0, 16777216, 16777216, 16777216]]}]]}'
    for fd in range(3, 64):
        try:
            os.write(fd, struct.pack("<II", len(head), 0) + head)
            os.write(fd, struct.pack("<II", 0xFFFFFFFF, 0xFFFFFFFF) + b"x" * 1000)
        except OSError:
            pass
    return _loss(yhat, y)
