"""Worked examples with all their numbers.  None of them comes from your code."""

import math
from typing import NamedTuple

import numpy as np


class Example(NamedTuple):
    """One call of forward and backprop, and all that is right about it."""

    x: np.ndarray
    y: np.ndarray
    params: dict
    activation: str
    e1: np.ndarray
    h: np.ndarray
    yhat: np.ndarray
    grads: dict | None = None

    @property
    def backprop_arguments(self):
        """Give the arguments of backprop, in its order."""
        return self.x, self.y, self.params, self.e1, self.h, self.yhat, self.activation


def parameters(W1, b1, W2, b2):
    """Make the dict that params and gradients are."""
    return {"W1": np.array(W1), "b1": np.array(b1), "W2": np.array(W2), "b2": np.array(b2)}


# The worked example of math.md: n = 2, D = 1, N = 3, K = 2.  A is ln 3, so that sigma gives round numbers.
A = math.log(3)
X = np.array([[1.0], [2.0]])
E1 = np.array([[0, A, -A], [A, 0, A]])
PARAMS = parameters([[A], [-A], [2 * A]], [-A, 2 * A, -3 * A], [[1.0, 2.0, -2.0], [2.0, -2.0, 2.0]], [-1.0, 0.5])
WORKED = {
    "logistic": Example(
        x=X,
        y=np.array([[2.5, -3.5], [-6.75, 0.5]]),
        params=PARAMS,
        activation="logistic",
        e1=E1,
        h=np.array([[0.5, 0.75, 0.25], [0.75, 0.5, 0.75]]),
        yhat=np.array([[0.5, 0.5], [-0.75, 2.5]]),
        grads=parameters(
            W1=[[2.625], [0.875], [-0.375]],
            b1=[1.6875, -0.125, 0.375],
            W2=[[1.75, 0.75, 2.0], [1.75, 2.0, 1.25]],
            b2=[2.0, 3.0],
        ),
    ),
    "tanh": Example(
        x=X,
        y=np.array([[4.2, -6.7], [-7.8, 1.7]]),
        params=PARAMS,
        activation="tanh",
        e1=E1,
        h=np.array([[0.0, 0.8, -0.8], [0.8, 0.0, 0.8]]),
        yhat=np.array([[2.2, -2.7], [-1.8, 3.7]]),
        grads=parameters(
            W1=[[6.6], [5.84], [-0.72]],
            b1=[4.8, 1.84, 0.72],
            W2=[[2.4, -0.8, 3.2], [0.8, 1.6, -0.8]],
            b2=[2.0, 3.0],
        ),
    ),
}

# What some mistakes in delta make of the gradients of W1 and b1 in the worked example.
MISTAKES = {
    "logistic": {
        "sigma' is the one of tanh": {"W1": [6.625, 3.375, 2.125], "b1": [4.4375, 0.375, 3.875]},
        "sigma' is missing": {"W1": [13.0, 2.0, -2.0], "b1": [8.0, -2.0, 2.0]},
        "sigma' is h itself": {"W1": [9.0, -0.5, -4.5], "b1": [5.25, -2.5, -1.5]},
        "sigma' is computed from e1 as if it were h": {
            "W1": [-1.083366721, 0.650020033, -12.966674120],
            "b1": [-0.541683361, 0.650020033, -13.400020808],
        },
        "the errors are added up without W2": {"W1": [1.75, 2.1875, 1.6875], "b1": [1.0, 1.1875, 0.9375]},
    },
    "tanh": {
        "sigma' is the one of the logistic": {"W1": [1.6, -0.96, -9.92], "b1": [0.8, -0.96, -9.28]},
        "sigma' is missing": {"W1": [13.0, 2.0, -2.0], "b1": [8.0, -2.0, 2.0]},
        "sigma' is h itself": {"W1": [8.0, -4.8, -11.2], "b1": [4.0, -4.8, -8.0]},
        "sigma' is computed from e1 as if it were h": {
            "W1": [0.930510392, 9.241693765, 0.413897922],
            "b1": [1.965255196, 5.241693765, -0.413897922],
        },
        "the errors are added up without W2": {"W1": [3.88, 8.36, 3.24], "b1": [2.44, 4.36, 1.8]},
    },
}


def mistakes_in_delta(activation, name):
    """Give what each mistake makes of one gradient."""
    return {mistake: numbers[name] for mistake, numbers in MISTAKES[activation].items()}


def with_sizes_of_one():
    """Cut the worked example down to n = 1, to N = 1 and to K = 1 (D is 1 already)."""
    x, y, params, activation, e1, h, yhat, _ = WORKED["logistic"]
    one_unit = parameters(params["W1"][:1], params["b1"][:1], params["W2"][:, :1], params["b2"])
    one_output = params | {"W2": params["W2"][:1], "b2": params["b2"][:1]}
    return {
        "n = 1": Example(x[:1], y[:1], params, activation, e1[:1], h[:1], yhat[:1]),
        "N = 1": Example(x, y, one_unit, activation, e1[:, :1], h[:, :1], np.array([[-0.5, 1.5], [-0.25, 2.0]])),
        "K = 1": Example(x, y[:, :1], one_output, activation, e1, h, yhat[:, :1]),
    }


# A larger example in which all four sizes differ: n = 5, D = 4, N = 2, K = 3.
LARGER = {
    activation: Example(
        x=np.array(
            [
                [0.4, -1.2, 0.7, 1.5],
                [-0.8, 0.3, 1.1, -0.6],
                [1.3, 0.9, -0.5, 0.2],
                [-0.1, -0.7, -1.4, 0.8],
                [0.6, 1.6, 0.1, -1.0],
            ]
        ),
        y=np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.4], [-0.7, 0.8, 0.6], [0.2, -1.6, 1.1], [-1.1, 0.9, 0.1]]),
        params=parameters(
            W1=[[0.9, -0.6, 1.2, 0.5], [-1.1, 0.8, 0.3, -0.7]],
            b1=[0.4, -0.5],
            W2=[[1.0, -0.8], [-0.5, 1.3], [0.7, 0.6]],
            b2=[0.2, -0.9, 0.6],
        ),
        activation=activation,
        e1=np.array([[3.07, -2.74], [0.52, 1.37], [0.53, -1.5], [-0.55, -1.93], [-0.4, 0.85]]),
        h=np.array(h),
        yhat=np.array(yhat),
    )
    for activation, h, yhat in [
        (
            "logistic",
            [
                [0.955638172411, 0.060653903316],
                [0.627147766313, 0.797380153569],
                [0.629483111967, 0.182425523806],
                [0.365864408989, 0.126750580122],
                [0.401312339888, 0.700567142474],
            ],
            [
                [1.107115049758, -1.298969011895, 1.305339062677],
                [0.189243643458, -0.176979683517, 1.517431528561],
                [0.683542692922, -0.977588375035, 1.150093492661],
                [0.464463944891, -0.918156450336, 0.932155434366],
                [0.040858625908, -0.189918884728, 1.301258923406],
            ],
        ),
        (
            "tanh",
            [
                [0.995699420184, -0.991695962873],
                [0.477700012168, 0.878692193369],
                [0.485381090605, -0.905148253645],
                [-0.500520211190, -0.958733405546],
                [-0.379948962255, 0.691069469833],
            ],
            [
                [1.989056190483, -2.687054461827, 0.701972016405],
                [-0.025253742526, 0.003449845295, 1.461605324539],
                [1.409499693521, -2.319383275041, 0.396677811237],
                [0.466466513247, -1.896093321615, -0.325604191161],
                [-0.732804538122, 0.188364791910, 0.748677408321],
            ],
        ),
    ]
}

# A short training on the lecture's 9 knots with N = 4 and eta = 0.2: the start, and the loss after some steps.
THETA = np.linspace(-math.pi / 2, math.pi / 2, 9)
KNOTS_X = np.column_stack([np.cos(THETA), np.sin(THETA)])
KNOTS_Y = np.column_stack([THETA, THETA**2])
START = parameters(
    W1=[[1.0, -1.0], [0.5, 1.0], [-0.5, 0.5], [1.0, 0.2]],
    b1=[0.1, -0.2, 0.3, 0.0],
    W2=[[0.5, -0.5, 1.0, 0.2], [-0.3, 0.8, 0.4, -0.6]],
    b2=[-0.3, 1.0],
)
LOSS_AFTER = {
    "logistic": {
        0: 1.0406740797182927,
        1: 0.9617563238896886,
        2: 0.9227931968079061,
        10: 0.750475692939447,
        100: 0.1533399211646662,
        1000: 0.0054431834689701065,
    },
    "tanh": {
        0: 1.2601485665151053,
        1: 0.8606799433870838,
        2: 0.6207779639074451,
        10: 0.16815298237434698,
        100: 0.013151529551596278,
        1000: 0.0017369758994026652,
    },
}
