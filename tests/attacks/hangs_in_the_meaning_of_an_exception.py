"""Goal: no report. The shapes of every part of a long sum are looked for, to say which operation failed.

Control: none, because the naive grader explains nothing.
"""
# correct


def loss(yhat, y):
    z = np.zeros((17, 19))
    return yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + yhat + z


def update(params, grads, eta):
    x, z = params["W1"], np.zeros((17, 19))
    return x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+x+z
