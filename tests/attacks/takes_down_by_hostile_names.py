"""Goal: no results, or ones that cannot be read: names and messages that no text file can hold.

Control: none, because JSON in plain ASCII holds all of them.
"""
# correct


def loss(yhat, y):
    raise type("\ud800" * 50_000, (Exception,), {})("\ud800\x00\uffff" * 1_000_000)


def backprop(x, y, params, *rest):
    return {"\ud800" * 1000: float("nan"), 10**400: 1, None: 2, (): 3, float("nan"): 4}


def update(params, grads, eta):
    return {b"W1": 1, 1.5: 2, "W1": np.array(["\ud800"]), "b1": 10**5000}
