"""Goal: points that are not earned. Frames of the channel are written that answer questions not yet asked.

Control: none, because the naive grader has no channel.
"""
# wrong
import json
import socket
import struct


def frame(value):
    text = json.dumps(value).encode()
    return struct.pack("<II", len(text), 0) + text


for fd in range(3, 64):

    @attempt
    def write():
        for number in range(1, 6):
            reply = [["id", number], ["status", "returned"], ["value", 0.0], ["args", []], ["prints", ""], ["found", {"dict": []}]]
            os.write(fd, frame({"dict": reply}))
