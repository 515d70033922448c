"""Goal: a fault of the grader: a worker that dies as on a broken machine, again and again, and says that it is not to blame.

Control: none, because the naive grader has no control run.
"""
# correct


@attempt
def lie():
    worker, sock, send = runner(), channel(), runner()._send

    def die(reply):
        if "found" in reply or "status" not in reply:
            return send(reply)
        sock.sendall(frame({"id": reply["id"], "status": "fault", "fault": "the machine", "ready": True}))
        import ctypes

        ctypes.string_at(0)

    worker._send = die


loss = forward  # it gives nothing for points
