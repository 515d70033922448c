"""Every question of the grader for a key: inputs that are consistent (h really is sigma(e1)), from a keyed hash.

The battery of the term's secret decides the verdicts.  That of PUBLIC_KEY has the same classes of inputs with numbers
that everybody may know; it is the source of everything shown.  No number can be traced back to its key.

What a program can depend on, and where it is asked:

| what | range | where |
|---|---|---|
| x, W, b, y, grads, eta | ordinary (1.5, eta 0.1 to 0.5) | `general` |
| | each about 2e-6, about 100 (x: 60) and exactly 0; eta 5e-6 to 100; whole; negative | MAGNITUDES, INPUTS |
| errors yhat - y | 300; 1; 0.001 and 1e-6; exactly 0, of all examples and of one | `large`, `tiny_errors`, `perfect` |
| abs(e1) | 1e-6 and 0; each scale from 0.01 to the largest; 3 to 9; the largest | MAGNITUDES, `_every_scale`, `_far` |
| n, D, N, K | 3 to 12, drawn; each at 1; equal; each above 64; those of the public tests | `general`, FIXED_SIZES |
| layout | Fortran order, read-only, activation left out (after tanh) and made at run time | `sizes`, `readonly` |
| state | order of calls, same sizes with other numbers, same arrays with other numbers | `purity` |
| memory | arguments that change, results that change later; also with n = 70, K = N = 1 and tanh | `purity` |

Left out in backprop: errors of 1e-6 of a yhat that is much larger, and x below 0.03 with the logistic (central
differences with a step of 1e-5 are right slopes and miss them).  Left out: two results that share memory and are both
right; several sizes above 12 at once.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from autograder.mistakes import activations

Array = np.ndarray[Any, np.dtype[np.float64]]
Params = dict[str, Array]
NAMES = ("W1", "b1", "W2", "b2")
FUNCTIONS = ("forward", "loss", "backprop", "update")
ACTIVATIONS = tuple(activations.ACTIVATIONS)
PUBLIC_KEY = b"two-layer network, public inputs"


def uniform(key: bytes, name: str, *shape: int) -> Array:
    """Draw numbers in (-1, 1) for a key and a name: 53 bits each of keyed BLAKE2b in counter mode.

    The same on every machine and with every NumPy.
    """
    count = math.prod(shape)
    hash_ = blake2b()
    message = name.encode() + b"\0"
    blocks = [
        hash_(message + i.to_bytes(8, "little"), key=key, digest_size=64).digest() for i in range(-(-count // 8))
    ]
    bits = np.frombuffer(b"".join(blocks), "<u8", count) >> np.uint64(11)
    return (bits.astype(np.float64) * 2.0**-52 - 1.0 + 2.0**-53).reshape(shape)


@functools.cache
def blake2b() -> Any:
    """BLAKE2b from its own module: the one in hashlib is the same and loads OpenSSL, which takes milliseconds."""
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return blake2b


@dataclass(frozen=True)
class Probe:
    """The inputs of one question, with what the reference makes of them on the way.

    x is (n, D), y and yhat (n, K), e1 and h (n, N); params and grads hold W1 (N, D), b1 (N,), W2 (K, N), b2 (K,).
    """

    name: str
    activation: str
    x: Array
    y: Array
    params: Params
    grads: Params  # for update: gradients of no particular loss
    eta: float
    e1: Array
    h: Array
    yhat: Array
    public: bool = False
    fortran: bool = False  # arrays in Fortran order
    readonly: bool = False
    default: bool = False  # the activation is left out
    tags: frozenset[str] = frozenset()  # what is special about it, for people

    @property
    def sizes(self) -> dict[str, int]:
        n, D = self.x.shape
        K, N = self.params["W2"].shape
        return {"n": n, "D": D, "N": N, "K": K}

    def arguments(self, function: str) -> tuple[Any, ...]:
        """The arguments of one of the four functions, in the contract's order."""
        activation = () if self.default else (self.activation,)
        if function == "forward":
            return (self.x, self.params, *activation)
        if function == "loss":
            return (self.yhat, self.y)
        if function == "backprop":
            return (self.x, self.y, self.params, self.e1, self.h, self.yhat, *activation)
        return (self.params, self.grads, self.eta)


class Question(NamedTuple):
    """One call.  turn is "" for a first call; otherwise it says which repeated call it is (see Battery.purity)."""

    function: str
    probe: Probe
    turn: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.function, self.probe.name, self.turn


class Scales(NamedTuple):
    """Magnitudes of the numbers of a probe: they are uniform between minus and plus these."""

    x: float = 1.5
    W1: float = 1.5
    b1: float = 1.5
    W2: float = 1.5
    b2: float = 1.5
    y: float = 2.0
    grads: float = 1.0
    eta: float = 0.0  # 0: drawn from 0.1 to 0.5


ORDINARY = Scales()
# Classes of magnitudes beside the ordinary ones: each number is once very small, once very large and once 0.
MAGNITUDES: dict[str, Scales] = {
    "large numbers": Scales(x=0.02, W1=100.0, W2=100.0, b2=100.0, y=100.0, grads=100.0, eta=100.0),
    "small numbers": Scales(x=0.03, W1=2e-6, b1=2e-6, W2=2e-6, b2=2e-6, y=2e-6, grads=2e-6, eta=5e-6),
    "whole numbers and zeros": Scales(b1=3.0, b2=3.0, y=0.0, eta=1.0),
    "zeros": Scales(x=0.0, W1=0.0, b1=0.0, W2=0.0, b2=0.0, grads=0.0),
    "negative numbers": Scales(x=0.2, W1=0.6, y=0.02),
    "saturated units": Scales(x=10.0, W1=0.02),
}
# For forward and backprop.  With the logistic, central differences are no right slopes for the small ones.
INPUTS: dict[str, Scales] = {
    "large inputs": Scales(x=60.0, W1=1.5 / 40, y=100.0),
    "small inputs": Scales(x=2e-6, b1=1e-3, b2=1e-3, y=1e-3),
}
FIXED_SIZES: dict[str, tuple[int, int, int, int]] = {
    "n=1": (1, 3, 7, 5), "K=1": (7, 3, 5, 1), "D=1": (9, 1, 5, 3), "N=1": (7, 3, 1, 5), "all 1": (1, 1, 1, 1),
    "square": (4, 4, 4, 4), "N=K": (6, 3, 4, 4), "D=N": (5, 8, 8, 3), "n=D": (5, 5, 7, 3),
    "n=70": (70, 2, 1, 1), "D=70, K=66": (3, 70, 4, 66), "N=66": (2, 3, 66, 4),
    "n=2": (2, 1, 1, 2), "n=K=1": (1, 2, 3, 1), "pencil": (2, 1, 3, 2), "D=K=1": (2, 1, 3, 1), "example": (5, 4, 2, 3),
    "knots": (9, 2, 8, 2),
}  # fmt: skip


def _to_one(array: Array) -> Array:
    """An array whose largest number is 1 or -1."""
    return np.asarray(array / np.abs(array).max())


class Battery:
    """The questions for one key.

    Parameters
    ----------
    key : the term's secret (16 bytes), or PUBLIC_KEY
    forward : the reference's forward, which makes e1, h and yhat
    large_forward, large_backprop : largest |e1| that forward and backprop are asked for
    hidden_units : N of the graded training
    """

    def __init__(
        self,
        key: bytes,
        forward: Callable[..., tuple[Array, Array, Array]],
        large_forward: float,
        large_backprop: float,
        hidden_units: int,
    ) -> None:
        self.public = key == PUBLIC_KEY
        self._key = key
        self._forward = forward
        self._large = {"forward": large_forward, "backprop": large_backprop}
        self._hidden_units = hidden_units
        self._made: dict[str, Probe] = {}
        self._classes: dict[tuple[str, ...], list[Probe]] = {}

    # --- making a probe ----------------------------------------------------------------------------------------------

    def _sizes(self, name: str, few: int = 0) -> tuple[int, int, int, int]:
        """Draw n, D, N, K from 3 to 12, no two of them equal or neighbors: one more or less is no other size.

        few : this n, and no size twice as large: then gradients show the errors that they were made from
        """
        left = [few] if few else list(range(3, 13))
        drawn: list[int] = []
        for number in uniform(self._key, f"sizes {name}", 4):
            drawn.append(left[int((number + 1) / 2 * len(left))])
            left = [m for m in range(3, 13) if all(abs(m - d) > 1 for d in drawn) and m != 2 * few]
        n, D, N, K = drawn
        return n, D, N, K

    def _once(self, *name: str, make: Callable[[], list[Probe]]) -> list[Probe]:
        """The probes of a class, made when they are first asked for."""
        if name not in self._classes:
            self._classes[name] = make()
        return self._classes[name]

    def _make(
        self, name: str, sizes: tuple[int, int, int, int], activation: str, scales: Scales = ORDINARY, **more: Any
    ) -> Probe:
        made = self._made.get(name)
        if made is None:
            n, D, N, K = sizes
            shapes = {"W1": (N, D), "b1": (N,), "W2": (K, N), "b2": (K,)}
            stream = uniform(self._key, name, 1 + 2 * (N * D + N + K * N + K) + n * D + n * K)
            used = 1

            def take(scale: float, *shape: int) -> Array:
                nonlocal used
                begin, used = used, used + math.prod(shape)
                return scale * stream[begin:used].reshape(shape)

            params = {k: take(getattr(scales, k), *shape) for k, shape in shapes.items()}
            grads = {k: take(scales.grads, *shape) for k, shape in shapes.items()}
            x, y = take(scales.x, n, D), take(scales.y, n, K)
            eta = scales.eta or 0.3 + 0.2 * float(stream[0])
            made = self._finish(Probe(name, activation, x, y, params, grads, eta, x, x, x, self.public, **more))
            self._made[name] = made
        return made

    def _finish(self, probe: Probe, **changes: Any) -> Probe:
        """A probe with changed inputs, and e1, h, yhat to match."""
        probe = replace(probe, **changes)
        e1, h, yhat = self._forward(probe.x, probe.params, probe.activation)
        return replace(probe, e1=e1, h=h, yhat=yhat)

    # --- the classes -------------------------------------------------------------------------------------------------

    def general(self, activation: str) -> list[Probe]:
        """Ordinary numbers; four different sizes, no two neighbors; in the last two few examples."""

        def make() -> list[Probe]:
            names = {f"general {i} {activation}": few for i, few in ((1, 0), (2, 4), (3, 3))}
            return [self._make(name, self._sizes(name, few), activation) for name, few in names.items()]

        return self._once("general", activation, make=make)

    def large(self, function: str, activation: str) -> list[Probe]:
        """Other magnitudes: of every number, and of e1 up to the largest that the rubric names."""
        if function == "update":  # as one of backprop, with large biases
            return [*self.magnitudes(activation), self._far("backprop", activation)]

        def make() -> list[Probe]:
            inputs = [label for label in INPUTS if activation == "tanh" or label == "large inputs"]
            found = [self._magnitude(label, activation) for label in inputs]
            found += [self._far(function, activation), self._every_scale(function, activation)]
            found += [self._small_errors(activation)] if function == "backprop" else []
            return self.magnitudes(activation) + found

        return self._once("large", function, activation, make=make)

    def _far(self, function: str, activation: str) -> Probe:
        """Some units far into saturation on both sides, some not."""
        name = f"far {function} {activation}"
        n, D, N, K = self._sizes(name)
        far = self._large[function]
        b1 = np.resize([0.2, far, -far, 36.0, -36.0, 9.0, -12.0], N)
        probe = self._make(name, (n, D, N, K), activation, tags=frozenset({"large excitations"}))
        return self._finish(probe, params=probe.params | {"b1": b1})

    def _every_scale(self, function: str, activation: str) -> Probe:
        """|e1| at every scale from 0.01 to the largest: one unit for each, and small W1, so that b1 decides."""
        name = f"every scale {function} {activation}"
        probe = self._make(name, (5, 3, 12, 8), activation, Scales(W1=1e-3), tags=frozenset({"large excitations"}))
        draws, most = probe.params["b1"] / ORDINARY.b1, np.log10(self._large[function])
        b1 = np.sign(draws) * 10 ** np.clip(np.linspace(-2, most, len(draws)) + draws / 8, -2, most)
        return self._finish(probe, params=probe.params | {"b1": b1})

    def _small_errors(self, activation: str) -> Probe:
        """Errors of at most 0.002."""
        name = f"small errors {activation}"
        probe = self._make(name, self._sizes(name), activation, tags=frozenset({"small errors"}))
        return replace(probe, y=probe.yhat + 1e-3 * probe.y)

    def magnitudes(self, activation: str) -> list[Probe]:
        """One probe of each class of magnitudes."""
        make = lambda: [self._magnitude(label, activation) for label in MAGNITUDES]  # noqa: E731
        return self._once("magnitudes", activation, make=make)

    def _magnitude(self, label: str, activation: str) -> Probe:
        name = f"{label} {activation}"
        scales = (MAGNITUDES | INPUTS)[label]
        probe = self._make(name, self._sizes(name), activation, scales, tags=frozenset({label}))
        if label == "large numbers":  # no array of few numbers happens to be small
            params = {k: getattr(scales, k) * _to_one(v) for k, v in probe.params.items()}
            grads = {k: scales.grads * _to_one(v) for k, v in probe.grads.items()}
            return self._finish(probe, y=scales.y * _to_one(probe.y), params=params, grads=grads)
        if label == "whole numbers and zeros":
            return self._whole(probe)
        if label == "zeros":  # one example is fitted perfectly
            y = np.round(probe.y)
            y[1] = 0.0
            return replace(probe, y=y)
        if label == "negative numbers":  # e1 and, with the logistic, yhat - y too
            params, grads = ({k: -np.abs(v) for k, v in d.items()} for d in (probe.params, probe.grads))
            params["b1"] -= 1
            return self._finish(probe, x=-np.abs(probe.x), y=-np.abs(probe.y), params=params, grads=grads)
        if label == "saturated units":
            # |e1| from 3.5 to 9 decides: slopes in float32, or from rounded numbers, are wrong there.
            draws = probe.params["b1"] / ORDINARY.b1
            b1 = np.sign(draws) * (4 + 5 * np.abs(draws))
            b1[0] = 3.5
            return self._finish(probe, params=probe.params | {"b1": b1})
        return probe

    def _whole(self, probe: Probe) -> Probe:
        """Whole numbers; targets of zero, an example of zeros, and two equal ones."""
        x = np.round(probe.x)
        x[0], x[2] = 0.0, x[1]
        params, grads = ({k: np.round(s * v) for k, v in d.items()} for s, d in ((1, probe.params), (3, probe.grads)))
        return self._finish(probe, x=x, params=params, grads=grads)

    def sizes(self, activation: str) -> list[Probe]:
        """Every size at 1, equal and large sizes; Fortran order; the activation left out, right after tanh."""
        return self._once("sizes", activation, make=lambda: self._all_sizes(activation))

    def _all_sizes(self, activation: str) -> list[Probe]:
        plain = self.general(activation)[1]
        probes = [self._make(f"{label} {activation}", shape, activation) for label, shape in FIXED_SIZES.items()]
        probes += [
            self.trained(activation),
            replace(plain, name=f"fortran {activation}", fortran=True, tags=frozenset({"Fortran order"})),
        ]
        if activation == "logistic":
            default = replace(plain, name="default", default=True, tags=frozenset({"no activation given"}))
            probes.insert(0, default)
        return probes

    def readonly(self) -> Probe:
        """Arrays that can't be written to."""
        plain = self.general("logistic")[1]
        return replace(plain, name="readonly", readonly=True, tags=frozenset({"read-only arrays"}))

    def twins(self, function: str) -> list[tuple[Probe, Probe]]:
        """What is asked of a function again, and for each of them other numbers in the same sizes."""
        activation = "tanh" if function in ("forward", "backprop") else "logistic"
        general, long = self.general("logistic")[0], self._make(f"n=70 {activation}", FIXED_SIZES["n=70"], activation)
        return [(general, self._twin("twin", general)), (long, self._twin(f"n=70 twin {activation}", long))]

    def _twin(self, name: str, one: Probe) -> Probe:
        n, D, N, K = one.sizes.values()
        return self._make(name, (n, D, N, K), one.activation, Scales(eta=one.eta))

    def trained(self, activation: str = "logistic") -> Probe:
        """The sizes of training: D = K = 2."""
        return self._make(f"trained {activation}", (17, 2, self._hidden_units, 2), activation)

    def perfect(self) -> Probe:
        """Targets that the network gives already."""
        plain = self.general("logistic")[1]
        return replace(plain, name="perfect fit", y=plain.yhat.copy(), tags=frozenset({"perfect fit"}))

    def tiny_errors(self) -> Probe:
        """Errors of 1e-6, for loss: central differences, which are right slopes, don't reach 1e-6 on such."""
        plain = self.general("logistic")[1]
        y = plain.yhat + 5e-7 * plain.y
        return replace(plain, name="tiny errors", y=y, tags=frozenset({"tiny errors"}))

    def start(self) -> Params:
        """Where the graded training begins: uniform in (-1, 1)."""
        return self._start("start", self._hidden_units)

    def race_start(self, nth: int, hidden_units: int) -> Params:
        """Where the nth training for the leaderboard begins."""
        return self._start(f"race {nth}", hidden_units)

    def _start(self, name: str, N: int) -> Params:
        shapes = {"W1": (N, 2), "b1": (N,), "W2": (2, N), "b2": (2,)}
        return {k: uniform(self._key, f"{name} {k}", *shape) for k, shape in shapes.items()}

    def angles(self) -> tuple[Array, Array]:
        """Points of the semicircle that the fit is judged on, x (200, 2), and their targets y (200, 2)."""
        theta = np.sort(uniform(self._key, "angles", 200)) * (np.pi / 2)
        return np.stack([np.cos(theta), np.sin(theta)], 1), np.stack([theta, theta**2], 1)

    # --- the order of the questions ----------------------------------------------------------------------------------

    @functools.cached_property
    def opening(self) -> list[Question]:
        """The first general probe with both activations: asked of every submission before anything hidden."""
        return [Question(f, self.general(a)[0]) for f in FUNCTIONS for a in ACTIVATIONS]

    @functools.cached_property
    def questions(self) -> list[Question]:
        """All questions: the opening, then function by function."""
        return self.opening + [question for function in FUNCTIONS for question in self._of(function)]

    def _of(self, function: str) -> list[Question]:
        both = function in ("forward", "backprop")
        asked = [p for a in (ACTIVATIONS if function != "update" else ACTIVATIONS[:1]) for p in self.general(a)[1:]]
        activations = ACTIVATIONS if both else ACTIVATIONS[:1]
        for activation in activations:
            asked += self.magnitudes(activation) if function == "loss" else self.large(function, activation)
        for activation in activations:
            asked += self.sizes(activation)
        if function in ("loss", "backprop"):
            asked.append(self.perfect())
        if function == "loss":
            asked.append(self.tiny_errors())
        return [*(Question(function, probe) for probe in asked), *self.purity(function)]

    @functools.cached_property
    def reseeded(self) -> list[Question]:
        """The first call of each function with another seed: an answer that differs depends on random numbers."""
        return [Question(function, self.general("logistic")[0], "reseed") for function in FUNCTIONS]

    def purity(self, function: str) -> list[Question]:
        """Repeated calls, in this order.

        "same": an earlier call again; its arguments come back, too.  Read-only arrays.  "other": other numbers.
        "recall": what was returned to "same", as it is now.  "again": the same call once more.  "refilled": other
        numbers in the very arrays that the last "same" was given.  "late": what was returned to "same", now.
        """
        (one, twin), (long, other_long) = self.twins(function)
        return [
            Question(function, one, "same"),
            Question(function, self.readonly()),
            Question(function, self.general("logistic")[1], "other"),
            Question(function, one, "recall"),
            Question(function, one, "again"),
            Question(function, twin, "refilled"),
            Question(function, one, "late"),
            Question(function, long, "same"),
            Question(function, other_long, "refilled"),
            Question(function, long, "late"),
        ]
