# wrong: backprop uses what forward left in self
# functions: backprop
# hidden: backprop right after forward on the same data
import numpy as np


class Network:
    def forward(self, x, params, activation="logistic"):
        self.x = x
        self.e1 = x @ params["W1"].T + params["b1"]
        self.h = np.tanh(self.e1) if activation == "tanh" else 1 / (1 + np.exp(-self.e1))
        self.yhat = self.h @ params["W2"].T + params["b2"]
        return self.e1, self.h, self.yhat

    def loss(self, yhat, y):
        return float(np.sum((yhat - y) ** 2) / (2 * len(y)))

    def backprop(self, x, y, params, e1, h, yhat, activation="logistic"):
        eps = (self.yhat - y) / len(y)
        slope = 1 - self.h**2 if activation == "tanh" else self.h * (1 - self.h)
        delta = (eps @ params["W2"]) * slope
        return {"W1": delta.T @ self.x, "b1": delta.sum(0), "W2": eps.T @ self.h, "b2": eps.sum(0)}

    def update(self, params, grads, eta):
        return {k: params[k] - eta * grads[k] for k in params}


network = Network()
forward, loss, backprop, update = network.forward, network.loss, network.backprop, network.update
