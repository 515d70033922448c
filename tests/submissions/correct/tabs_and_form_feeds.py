# correct: tabs and form feeds, no newline at the end
import numpy as np

def forward(x, params, activation="logistic"):
	e1 = x @ params["W1"].T + params["b1"]
	if activation == "tanh":
		h = np.sinh(np.clip(e1, -20, 20)) / np.cosh(np.clip(e1, -20, 20))
	else:
		h = 1 / (1 + np.exp(-e1))
	return e1, h, h @ params["W2"].T + params["b2"]

def loss(yhat, y):
	total = 0
	for i in range(len(y)):
		for k in range(len(y[i])):
			total += (yhat[i][k] - y[i][k]) ** 2
	return total / len(y) / 2

def backprop(x, y, params, e1, h, yhat, activation="logistic"):
	eps = (yhat - y) / len(y)
	delta = eps @ params["W2"]
	if activation == "tanh":
		delta = delta * (1 - h ** 2)
	else:
		delta = delta * h * (1 - h)
	return {
		"W1": delta.T @ x,
		"b1": delta.sum(axis=0),
		"W2": eps.T @ h,
		"b2": eps.sum(axis=0),
	}

def update(params, grads, eta):
	new = {}
	for k in params:
		new[k] = params[k] - eta * grads[k]
	return new