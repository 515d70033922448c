"""Goal: the grader never comes back. Every answer is a frame of as many small objects as fit into one.

Control: none, because the naive grader reads no frames.
"""
# correct
EMPTY = ",".join(['{"tuple":[[]]}'] * 60_000)


@attempt
def answer():
    worker, sock, send = runner(), channel(), runner()._send

    def lie(reply):
        if "found" in reply or "status" not in reply:
            return send(reply)
        text = '{"dict":[["id",%d],["status","returned"],["prints",""],["value",[%s]]]}'
        sock.sendall(frame((text % (reply["id"], EMPTY)).encode()))

    worker._send = lie


loss = forward  # it gives nothing for points
