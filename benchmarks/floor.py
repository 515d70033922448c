"""The floor under grading: a bare Python that imports NumPy and does the arithmetic of one grading, and nothing else.

The same inputs are made, both solutions are called on them, the answers are compared in the norm, the submission is
trained, and the reference walks as far as the path is judged.  No boundary, no test framework, no words, no results.

    python benchmarks/floor.py SUBMISSION.py
"""

import math
import sys
import zlib

import numpy as np

KINDS = ("logistic", "tanh")
NAMES = ("W1", "b1", "W2", "b2")
SIZES = (
    (1, 3, 5, 4), (7, 3, 5, 1), (7, 1, 5, 4), (7, 3, 1, 4), (1, 1, 1, 1), (4, 4, 4, 4), (2, 1, 3, 2), (5, 4, 2, 3),
    (9, 2, 8, 2), (17, 2, 8, 2),
)  # fmt: skip
GENERAL = ((5, 2, 4, 3), (7, 3, 5, 4), (4, 6, 3, 5))
STEPS, PATH, ETA = 500, (1, 10, 60), 0.2


def uniform(seed, name, *shape):
    count = int(np.prod(shape, dtype=int))
    start = np.uint64((zlib.crc32(name.encode()) << 32 ^ seed * 0x9E3779B97F4A7C15) % 2**64)
    z = start + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    z = z ^ z >> np.uint64(31)
    return ((z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0 + 2.0**-53).reshape(shape)


def load(path):
    with open(path, encoding="utf-8") as file:
        space = {}
        exec(compile(file.read(), path, "exec"), space)
    return [space[name] for name in ("forward", "loss", "backprop", "update")]


def table(path):
    with open(path, encoding="ascii") as file:
        rows = np.array([[float(v) for v in row.split(",")] for row in file.read().split("\n")[1:] if row])
    return rows[:, 1:3], rows[:, 3:5]


def close(got, want):
    assert np.linalg.norm((got - want).ravel()) <= 1e-6 * np.linalg.norm(want.ravel()) + 1e-300


def start(N):
    return {k: uniform(2, "start " + k, *s) for k, s in (("W1", (N, 2)), ("b1", (N,)), ("W2", (2, N)), ("b2", (2,)))}


def step(functions, x, y, params):
    forward, loss, backprop, update = functions
    e1, h, yhat = forward(x, params, "logistic")
    loss(yhat, y)
    return update(params, backprop(x, y, params, e1, h, yhat, "logistic"), ETA)


def ask(mine, theirs, n, D, N, K, kind):
    """All four functions on one set of inputs, compared."""
    forward, loss, backprop, update = theirs
    shapes = (N, D), (N,), (K, N), (K,), (N, D), (N,), (K, N), (K,), (n, D), (n, K)
    sizes = [math.prod(shape) for shape in shapes]
    numbers = 1.5 * uniform(1, f"{kind} {shapes}", sum(sizes))
    arrays = []
    for shape, size in zip(shapes, sizes, strict=True):
        arrays.append(numbers[:size].reshape(shape))
        numbers = numbers[size:]
    params, grads = ({k: arrays[i + j] for i, k in enumerate(NAMES)} for j in (0, 4))
    x, y = arrays[8:]
    e1, h, yhat = mine[0](x, params, kind)
    for got, want in zip(forward(x, params, kind), (e1, h, yhat), strict=True):
        close(got, want)
    close(np.asarray(loss(yhat, y)), np.asarray(mine[1](yhat, y)))
    got, want = backprop(x, y, params, e1, h, yhat, kind), mine[2](x, y, params, e1, h, yhat, kind)
    for name in NAMES:
        close(got[name], want[name])
    got, want = update(params, grads, 0.3), mine[3](params, grads, 0.3)
    for name in NAMES:
        close(got[name], want[name])


def main(submission, root):
    np.seterr(over="ignore")
    mine, theirs = load(root + "/solution/neural_net.py"), load(submission)
    x, y = table(root + "/data/semicircle.csv")
    theta = np.linspace(-1.57, 1.57, 200)
    hidden_x, hidden_y = np.stack([np.cos(theta), np.sin(theta)], 1), np.stack([theta, theta**2], 1)
    for kind in KINDS:
        for sizes in GENERAL + SIZES:
            ask(mine, theirs, *sizes, kind)
        for _ in range(6):  # large, Fortran order, read-only, and the calls that are asked again
            ask(mine, theirs, 7, 3, 5, 4, kind)
    params, reference = start(8), start(8)
    for number in range(1, STEPS + 1):
        params = step(theirs, x, y, params)
        if number <= PATH[-1]:
            reference = step(mine, x, y, reference)
        if number in PATH:
            for name in NAMES:
                close(params[name], reference[name])
    assert mine[1](mine[0](hidden_x, params)[2], hidden_y) < 0.03


if __name__ == "__main__":
    main(sys.argv[1], __file__.rpartition("/benchmarks/")[0] or ".")
