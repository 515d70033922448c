"""Goal: the grader never comes back. hash(int) is the number modulo 2^61 - 1: one dict of many keys with one hash.

Control: none, because the naive grader reads no frames.
"""
# correct
PRIME = 2**61 - 1
PAIRS = ",".join(f"[{i * PRIME},0]" for i in range(1, 37_000))


@attempt
def answer():
    worker, sock, send = runner(), channel(), runner()._send

    def lie(reply):
        if "found" in reply or "status" not in reply:
            return send(reply)
        text = '{"dict":[["id",%d],["status","returned"],["prints",""],["value",{"dict":[%s]}]]}'
        sock.sendall(frame((text % (reply["id"], PAIRS)).encode()))

    worker._send = lie


loss = forward  # it gives nothing for points
