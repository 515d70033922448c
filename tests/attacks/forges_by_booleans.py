"""Goal: points that are not earned. True is 1, and False is 0, in a comparison that is careless.

Control: none, because the naive grader subtracts, and there a boolean is a number like others.
"""
# wrong


def loss(yhat, y):
    return False


def backprop(x, y, params, *rest):
    return {name: np.zeros(value.shape, bool) for name, value in params.items()}
