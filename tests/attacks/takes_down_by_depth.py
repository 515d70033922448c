"""Goal: no results. What is returned is nested 100,000 deep.

Control: none, because NumPy refuses to make an array of it.
"""
# correct


def deep():
    value = 0.0
    for _ in range(100_000):
        value = [value]
    return value


def loss(yhat, y):
    return deep()


def forward(x, params, activation="logistic"):
    return deep(), deep(), deep()
