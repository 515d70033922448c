"""Goal: points that are not earned. Every answer is sent twice, so that the second may answer the next question.

Control: none, because the naive grader has no channel.
"""
# wrong


@attempt
def double():
    worker, send = runner(), runner()._send

    def twice(reply):
        send(reply)
        send(reply)

    worker._send = twice
