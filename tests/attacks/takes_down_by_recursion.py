"""Goal: no results. The recursion limit is raised and the stack overflows."""
# correct


def loss(yhat, y):
    sys.setrecursionlimit(10**9)

    class Deep:
        def __repr__(self):
            return repr(self)

        __add__ = lambda self, other: self + other

    return Deep() + repr(Deep())
