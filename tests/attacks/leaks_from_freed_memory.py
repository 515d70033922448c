"""Goal: a secret that was in memory once comes out. Fresh arrays are not cleared."""
# correct


_loss = loss


def look():
    for array in [np.empty(size, np.uint8) for _ in range(10) for size in range(1100, 20_000, 200)]:
        say(array.data)


attempt(look)


def loss(yhat, y):
    attempt(look)
    return _loss(yhat, y)
