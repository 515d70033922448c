# correct: closures that remember the way back
import numpy as np


def make_sigma(activation):
    if activation == "tanh":
        f = np.tanh

        def slope(value):
            return 1.0 - value**2

    else:

        def f(e):
            with np.errstate(over="ignore"):
                return 1.0 / (1.0 + np.exp(-e))

        def slope(value):
            return value * (1.0 - value)

    return f, slope


def make_affine(W, b):
    def there(a):
        return a @ W.T + b

    def back(error, a):
        return {"W": error.T @ a, "b": error.sum(axis=0)}, error @ W

    return there, back


def forward(x, params, activation="logistic"):
    layer1, _ = make_affine(params["W1"], params["b1"])
    layer2, _ = make_affine(params["W2"], params["b2"])
    sigma, _ = make_sigma(activation)
    e1 = layer1(x)
    h = sigma(e1)
    return e1, h, layer2(h)


def loss(yhat, y):
    def one(i):
        return np.sum((y[i] - yhat[i]) ** 2) / 2

    return float(sum(one(i) for i in range(len(y))) / len(y))


def backprop(x, y, params, e1, h, yhat, activation="logistic"):
    _, back1 = make_affine(params["W1"], params["b1"])
    _, back2 = make_affine(params["W2"], params["b2"])
    _, slope = make_sigma(activation)
    g2, error = back2((yhat - y) / len(y), h)
    g1, _ = back1(error * slope(h), x)
    return {"W1": g1["W"], "b1": g1["b"], "W2": g2["W"], "b2": g2["b"]}


def update(params, grads, eta):
    def step(name):
        return params[name] - eta * grads[name]

    return {name: step(name) for name in params}
