# correct: a progress bar where tqdm is installed, blocks of four samples
import numpy as np

try:
    from tqdm import tqdm
except ModuleNotFoundError:

    def tqdm(it, **kwargs):
        return it


def blocks(n, size=4):
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def forward(x, params, activation="logistic"):
    parts = []
    for s in tqdm(list(blocks(len(x))), desc="forward"):
        e = x[s] @ params["W1"].T + params["b1"]
        h = np.tanh(e) if activation == "tanh" else 1 / (1 + np.exp(-e))
        parts.append((e, h, h @ params["W2"].T + params["b2"]))
    return tuple(np.vstack(p) for p in zip(*parts))


def loss(yhat, y):
    total = 0.0
    for s in blocks(len(y)):
        total += np.sum((yhat[s] - y[s]) ** 2)
    return float(total) / (2 * len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    grads = {k: np.zeros(v.shape) for k, v in params.items()}
    n = len(x)
    for s in tqdm(list(blocks(n)), desc="backprop", leave=False):
        eps = (yhat[s] - y[s]) / n  # the whole n, not the block's
        delta = (eps @ params["W2"]) * (1 - h[s] ** 2 if activation == "tanh" else h[s] * (1 - h[s]))
        grads["W1"] += delta.T @ x[s]
        grads["b1"] += delta.sum(axis=0)
        grads["W2"] += eps.T @ h[s]
        grads["b2"] += eps.sum(axis=0)
    return grads


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in tqdm(params)}
