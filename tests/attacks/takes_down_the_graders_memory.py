"""Goal: the grader runs out of memory. Every answer is as large as one frame may be, and of a wrong shape.

Control: none, because the naive grader reads no frames.
"""
# correct


@attempt
def answer():
    worker, sock, send = runner(), channel(), runner()._send

    def lie(reply):
        if "found" in reply or "status" not in reply:
            return send(reply)
        head = '{"dict":[["id",%d],["status","returned"],["value",{"dict":[["W1",{"array":["|u1",[16777216]]}]]}],["prints",""]]}'
        sock.sendall(frame((head % reply["id"]).encode(), b"1" * (1 << 24)))

    worker._send = lie


loss = forward  # it gives nothing for points
