# correct: a byte order mark and Windows line ends
import numpy as np

# naïve names, “quotes” in a comment – typed in an editor on Windows


def forward(x, params, activation="logistic"):
    excitation = np.matmul(x, params["W1"].T) + params["b1"]
    if activation == "tanh":
        hidden = np.tanh(excitation)
    else:
        hidden = 1 / (1 + np.exp(-excitation))
    output = np.matmul(hidden, params["W2"].T) + params["b2"]
    return excitation, hidden, output


def loss(yhat, y):
    """Half of the mean
    of the squared lengths
    """
    return float(np.sum((yhat - y) ** 2) / (2 * len(y)))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    eps = (yhat - y) / len(y)
    delta = np.matmul(eps, params["W2"]) * \
        (1 - h**2 if activation == "tanh" else h * (1 - h))
    return {"W1": np.matmul(delta.T, x),
            "b1": np.sum(delta, axis=0),
            "W2": np.matmul(eps.T, h),
            "b2": np.sum(eps, axis=0)}


def update(params, grads, eta):
    return {k: params[k] - eta * grads[k] for k in params}
