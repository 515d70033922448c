"""Goal: the grader never comes back. The returned object loops when it is deleted.

Control: none, because the naive grader keeps what is returned until its process ends.
"""
# correct


class Stay(float):
    def __del__(self):
        while True:
            pass


def loss(yhat, y):
    return Stay(((yhat - y) ** 2).sum() / (2 * len(y)))
