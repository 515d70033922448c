"""Goal: no results. The module in sys.modules, its functions and its dictionary are not what they seem.

Control: none, because the naive grader fails it on every test, which is right.
"""
# correct


class Odd(dict):
    def get(self, *a):
        raise RuntimeError("no")


class Callable:
    __code__ = property(lambda self: 1 / 0)
    co_firstlineno = "x"

    def __call__(self, *a, **k):
        return self

    def __getattr__(self, name):
        raise MemoryError


forward = Callable()
sys.modules[__name__] = Odd()
