"""The public inputs: every call that a report of the grader shows can be made here, with the same numbers.

A name is enough; sizes and numbers follow from it.  Three lines show what your function gives:

    from checking.public_inputs import make
    from neural_net import forward
    print(forward(*make("general 1 tanh").arguments("forward")))

One command checks it:

    python -m pytest --input "forward: general 1 tanh"
"""

import difflib
import hashlib
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from checking.slopes import scalar_forward

PUBLIC_KEY = b"two-layer network, public inputs"
GRADED = json.loads((Path(__file__).parent / "graded.json").read_text(encoding="utf-8"))  # copied from the rubric

# Numbers are drawn from minus to plus these limits, unless a class says otherwise.  eta is drawn from 0.1 to 0.5.
LIMITS = {"x": 1.5, "y": 2.0, "W1": 1.5, "b1": 1.5, "W2": 1.5, "b2": 1.5, "grads": 1.0}
CLASSES = {
    "general 1": {},
    "general 2": {},
    "general 3": {},
    "large numbers": {"x": 0.02, "W1": 100.0, "W2": 100.0, "b2": 100.0, "y": 100.0, "grads": 100.0, "eta": 100.0},
    "small numbers": {"x": 0.03, "grads": 2e-6, "eta": 5e-6} | dict.fromkeys(["W1", "b1", "W2", "b2", "y"], 2e-6),
    "large inputs": {"x": 60.0, "W1": 1.5 / 40, "y": 100.0},
    "small inputs": {"x": 2e-6, "b1": 1e-3, "b2": 1e-3, "y": 1e-3},
    "whole numbers and zeros": {"b1": 3.0, "b2": 3.0, "y": 0.0, "eta": 1.0},
    "zeros": dict.fromkeys(["x", "W1", "b1", "W2", "b2", "grads"], 0.0),
    "negative numbers": {"x": 0.2, "W1": 0.6, "y": 0.02},
    "saturated units": {"x": 10.0, "W1": 0.02},
    "small errors": {},
    "far forward": {},
    "far backprop": {},
    "every scale forward": {"W1": 1e-3},
    "every scale backprop": {"W1": 1e-3},
}
SIZES = {
    "n=1": (1, 3, 7, 5), "K=1": (7, 3, 5, 1), "D=1": (9, 1, 5, 3), "N=1": (7, 3, 1, 5), "all 1": (1, 1, 1, 1),
    "square": (4, 4, 4, 4), "N=K": (6, 3, 4, 4), "D=N": (5, 8, 8, 3), "n=D": (5, 5, 7, 3),
    "n=70": (70, 2, 1, 1), "D=70, K=66": (3, 70, 4, 66), "N=66": (2, 3, 66, 4),
    "n=2": (2, 1, 1, 2), "n=K=1": (1, 2, 3, 1), "pencil": (2, 1, 3, 2), "D=K=1": (2, 1, 3, 1), "example": (5, 4, 2, 3),
    "knots": (9, 2, 8, 2),
    "every scale forward": (5, 3, 12, 8), "every scale backprop": (5, 3, 12, 8),
    "trained": (17, 2, GRADED["hidden_units"], 2),
}  # fmt: skip
TWINS = {  # other numbers in the same sizes
    "twin": "general 1 logistic", "n=70 twin logistic": "n=70 logistic", "n=70 twin tanh": "n=70 tanh",
}  # fmt: skip
VARIANTS = {"fortran": {"fortran": True}, "readonly": {"readonly": True}, "default": {"default": True}}


def names():
    """Name all public inputs."""
    both = [f"{label} {activation}" for label in {**CLASSES, **SIZES} for activation in ("logistic", "tanh")]
    both.remove("small inputs logistic")  # the grader asks them with tanh only
    return [*both, "fortran logistic", "fortran tanh", "readonly", "default", "perfect fit", "tiny errors", *TWINS]


def uniform(key, name, *shape):
    """Draw numbers from (-1, 1) that depend on nothing but the key (bytes) and the name.

    Block i is the BLAKE2b hash, with this key, of the name, a zero byte and i (8 bytes, little-endian).  Its 64 bytes
    are 8 little-endian whole numbers z of 64 bits, and each gives (z >> 11) * 2**-52 - 1 + 2**-53.
    """
    count = math.prod(shape)
    messages = [name.encode() + b"\0" + i.to_bytes(8, "little") for i in range(math.ceil(count / 8))]
    blocks = [hashlib.blake2b(message, key=key, digest_size=64).digest() for message in messages]
    bits = np.frombuffer(b"".join(blocks), "<u8", count) >> np.uint64(11)
    return (bits.astype(np.float64) * 2.0**-52 - 1.0 + 2.0**-53).reshape(shape)


@dataclass(frozen=True)
class PublicInput:
    """One input for all four functions.  h really is sigma(e1), and yhat is what the network says."""

    name: str
    activation: str
    x: np.ndarray
    y: np.ndarray
    params: dict
    grads: dict  # for update: numbers of the right shapes
    eta: float
    fortran: bool = False  # columns one after another in memory
    readonly: bool = False
    default: bool = False  # the activation is left out

    @property
    def sizes(self):
        """Give n, D, N and K."""
        (n, D), (K, N) = self.x.shape, self.params["W2"].shape
        return {"n": n, "D": D, "N": N, "K": K}

    def forward(self):
        """Give the right e1, h and yhat."""
        return scalar_forward(self.x, self.params, self.activation)

    def arguments(self, function):
        """Give the arguments of one of the four functions, in its order."""
        activation = () if self.default else (self.activation,)
        e1, h, yhat = self.forward()
        chosen = {
            "forward": (self.x, self.params, *activation),
            "loss": (yhat, self.y),
            "backprop": (self.x, self.y, self.params, e1, h, yhat, *activation),
            "update": (self.params, self.grads, self.eta),
        }[function]
        return laid_out(chosen, self.fortran, self.readonly)


def laid_out(value, fortran=True, readonly=True):
    """Copy arrays, and tuples and dicts of them, into another layout of the memory."""
    if isinstance(value, dict):
        return {key: laid_out(item, fortran, readonly) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(laid_out(item, fortran, readonly) for item in value)
    if isinstance(value, np.ndarray):
        value = np.array(value, order="F" if fortran else "C")
        value.flags.writeable = not readonly
    return value


def make(name):
    """Make the public input of this name."""
    if name in ("readonly", "default") or name.startswith("fortran"):
        variant, _, activation = name.partition(" ")
        return replace(make(f"general 2 {activation or 'logistic'}"), name=name, **VARIANTS[variant])
    if name in ("perfect fit", "tiny errors"):
        plain = make("general 2 logistic")
        yhat = plain.forward()[2]
        return replace(plain, name=name, y=yhat if name == "perfect fit" else yhat + 5e-7 * plain.y)
    if name in TWINS:
        like = make(TWINS[name])
        return draw(name, tuple(like.sizes.values()), like.activation, {"eta": like.eta})
    label, _, activation = name.rpartition(" ")
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=3, cutoff=0.5) or names()
        raise ValueError(f"there is no public input {name!r}; near are: {', '.join(near)}")
    made = draw(name, SIZES.get(label) or drawn_sizes(name), activation, CLASSES.get(label, {}))
    return CHANGED[label](made) if label in CHANGED else made


def drawn_sizes(name):
    """Draw n, D, N and K from 3 to 12; no two of them are equal or neighbors.

    In two of the general inputs n is 4 and 3, and no other size is twice as large.
    """
    few = {"general 2": 4, "general 3": 3}.get(name.rpartition(" ")[0], 0)
    left, drawn = [few] if few else list(range(3, 13)), []
    for number in uniform(PUBLIC_KEY, f"sizes {name}", 4):
        drawn.append(left[int((number + 1) / 2 * len(left))])
        left = [m for m in range(3, 13) if all(abs(m - d) > 1 for d in drawn) and m != 2 * few]
    return tuple(drawn)


def draw(name, sizes, activation, changes=None):
    """Draw all numbers of an input."""
    n, D, N, K = sizes
    limits, shapes = LIMITS | (changes or {}), {"W1": (N, D), "b1": (N,), "W2": (K, N), "b2": (K,)}
    numbers = uniform(PUBLIC_KEY, name, 1 + 2 * sum(map(math.prod, shapes.values())) + n * D + n * K)
    used = 1

    def take(what, *shape):
        nonlocal used
        begin, used = used, used + math.prod(shape)
        return limits[what] * numbers[begin:used].reshape(shape)

    params = {what: take(what, *shape) for what, shape in shapes.items()}
    grads = {what: take("grads", *shape) for what, shape in shapes.items()}
    x, y = take("x", n, D), take("y", n, K)
    return PublicInput(name, activation, x, y, params, grads, limits.get("eta") or 0.3 + 0.2 * float(numbers[0]))


def large(drawn):
    """The largest number of each array is as large as its limit."""
    limits = LIMITS | CLASSES["large numbers"]
    params = {what: limits[what] * (u / abs(u).max()) for what, u in drawn.params.items()}
    grads = {what: limits["grads"] * (g / abs(g).max()) for what, g in drawn.grads.items()}
    return replace(drawn, y=limits["y"] * (drawn.y / abs(drawn.y).max()), params=params, grads=grads)


def whole(drawn):
    """Whole numbers; targets of zero, an example of zeros, and two equal ones."""
    x = np.round(drawn.x)
    x[0], x[2] = 0.0, x[1]
    params = {what: np.round(u) for what, u in drawn.params.items()}
    grads = {what: np.round(3 * g) for what, g in drawn.grads.items()}
    return replace(drawn, x=x, params=params, grads=grads)


def zeros(drawn):
    """Zeros, but for the targets: those of one example are zeros, too."""
    y = np.round(drawn.y)
    y[1] = 0.0
    return replace(drawn, y=y)


def negative(drawn):
    """All numbers below 0, e1 too; and with the logistic yhat - y."""
    params = {what: -np.abs(u) for what, u in drawn.params.items()}
    grads = {what: -np.abs(g) for what, g in drawn.grads.items()}
    params["b1"] -= 1
    return replace(drawn, x=-np.abs(drawn.x), y=-np.abs(drawn.y), params=params, grads=grads)


def saturated(drawn):
    """Excitations from 3.5 to 9 on both sides."""
    draws = drawn.params["b1"] / LIMITS["b1"]
    b1 = np.sign(draws) * (4 + 5 * np.abs(draws))
    b1[0] = 3.5
    return replace(drawn, params=drawn.params | {"b1": b1})


def small_errors(drawn):
    """Errors of at most 0.002."""
    return replace(drawn, y=drawn.forward()[2] + 1e-3 * drawn.y)


def every_scale(drawn):
    """Excitations at every scale from 0.01 to the largest that the grader asks for: one unit for each."""
    draws, most = drawn.params["b1"] / LIMITS["b1"], np.log10(GRADED["large_" + drawn.name.split()[2]])
    b1 = np.sign(draws) * 10 ** np.clip(np.linspace(-2, most, len(draws)) + draws / 8, -2, most)
    return replace(drawn, params=drawn.params | {"b1": b1})


def far(drawn):
    """Excitations as large as the grader asks for, on both sides."""
    large = GRADED["large_" + drawn.name.split()[1]]
    b1 = np.resize([0.2, large, -large, 36.0, -36.0, 9.0, -12.0], drawn.sizes["N"])
    return replace(drawn, params=drawn.params | {"b1": b1})


CHANGED = {
    "large numbers": large,
    "whole numbers and zeros": whole,
    "zeros": zeros,
    "negative numbers": negative,
    "saturated units": saturated,
    "small errors": small_errors,
    "far forward": far,
    "far backprop": far,
    "every scale forward": every_scale,
    "every scale backprop": every_scale,
}
# Four sizes that can't be mixed up: none is another plus or minus one.
LETTERED = draw("letters", (17, 3, 11, 7), "logistic")
