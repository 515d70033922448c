"""What is asked: inputs for the four functions, consistent with each other (h really is sigma(e1)).

The first probe of every set is public: its numbers come from a seed that everybody may know, and what a submission
prints or says about it is shown.  All others come from the rubric's seed.  The numbers are integer arithmetic on the
seed, so they are the same on every machine and with every NumPy.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Params = dict[str, Array]
PUBLIC_SEED = 7
NAMES = ("W1", "b1", "W2", "b2")


def uniform(seed: int, name: str, *shape: int) -> Array:
    """Numbers in (-1, 1) for a seed and a name: SplitMix64 (Steele, Lea, Flood 2014), 53 bits of each."""
    count = int(np.prod(shape, dtype=int))
    start = np.uint64((zlib.crc32(name.encode()) << 32 ^ seed * 0x9E3779B97F4A7C15) % 2**64)
    with np.errstate(over="ignore"):
        z = start + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        z = z ^ z >> np.uint64(31)
    return ((z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0 + 2.0**-53).reshape(shape)


@dataclass(frozen=True)
class Probe:
    """One question's inputs, with what the reference makes of them on the way."""

    name: str
    activation: str
    x: Array
    y: Array
    params: Params
    grads: Params  # for update: gradients of nobody's loss
    eta: float
    e1: Array
    h: Array
    yhat: Array
    public: bool = False
    fortran: bool = False
    readonly: bool = False
    default: bool = False  # the activation is left out
    tags: frozenset[str] = field(default_factory=frozenset)

    @property
    def sizes(self) -> dict[str, int]:
        n, D = self.x.shape
        K, N = self.params["W2"].shape
        return {"n": n, "D": D, "N": N, "K": K}

    def arguments(self, function: str) -> tuple[Any, ...]:
        """The arguments of one of the four functions, in the contract's order."""
        activation = () if self.default else (self.activation,)
        return {
            "forward": (self.x, self.params, *activation),
            "loss": (self.yhat, self.y),
            "backprop": (self.x, self.y, self.params, self.e1, self.h, self.yhat, *activation),
            "update": (self.params, self.grads, self.eta),
        }[function]


class Probes:
    """Makes the probes of one seed, each once."""

    def __init__(
        self, seed: int, reference: ModuleType, large_forward: float, large_backprop: float, hidden_units: int
    ) -> None:
        self._seed = seed
        self._hidden_units = hidden_units
        self._forward: Callable[..., tuple[Array, Array, Array]] = reference.forward
        self._large = {"forward": large_forward, "backprop": large_backprop}
        self._made: dict[str, Probe] = {}

    def _make(self, name: str, n: int, D: int, N: int, K: int, activation: str, **more: Any) -> Probe:
        """Weights, inputs and targets of size one.  b1 may be given."""
        made = self._made.get(name)
        if made is not None:
            return made
        b1 = more.pop("b1", None)
        tags = frozenset(more.pop("tags", ()))
        seed = PUBLIC_SEED if more.get("public") else self._seed
        shapes = {"W1": (N, D), "b1": (N,), "W2": (K, N), "b2": (K,)}
        numbers = uniform(seed, name, 1 + 2 * (N * D + N + K * N + K) + n * D + n * K)
        used = 1

        def take(*shape: int) -> Array:
            nonlocal used
            begin, used = used, used + math.prod(shape)
            return numbers[begin:used].reshape(shape)

        params = {k: 1.5 * take(*shape) for k, shape in shapes.items()}
        grads = {k: take(*shape).copy() for k, shape in shapes.items()}
        if b1 is not None:
            params["b1"] = np.array(b1)
        x, y = 1.5 * take(n, D), 2.0 * take(n, K)
        eta = 0.3 + 0.2 * float(numbers[0])
        e1, h, yhat = self._forward(x, params, activation)
        made = Probe(name, activation, x, y, params, grads, eta, e1, h, yhat, tags=tags, **more)
        self._made[name] = made
        return made

    def general(self, activation: str) -> list[Probe]:
        """Sizes that are four different numbers, K not 2."""
        return [
            self._make(f"public {activation}", 5, 2, 4, 3, activation, public=True),
            self._make(f"general {activation}", 7, 3, 5, 4, activation),
            self._make(f"wide {activation}", 4, 6, 3, 5, activation),
        ]

    def large(self, function: str, activation: str) -> list[Probe]:
        """Some units far into saturation on both sides, some not."""
        far = self._large[function]
        b1 = [0.2, far, -far, 36.0, -36.0]
        return [self._make(f"large {function} {activation}", 6, 3, 5, 4, activation, b1=b1, tags={"large"})]

    def sizes(self, activation: str) -> list[Probe]:
        """One example, one output, one input, one hidden unit, all of them; square weights; the sizes of the hand-out's
        examples and of training; Fortran order; the activation left out."""
        plain = self.general(activation)[1]
        shapes = {
            "n=1": (1, 3, 5, 4), "K=1": (7, 3, 5, 1), "D=1": (7, 1, 5, 4), "N=1": (7, 3, 1, 4), "all 1": (1, 1, 1, 1),
            "square": (4, 4, 4, 4), "N=K": (6, 3, 4, 4), "D=N": (5, 4, 4, 3),
            "pencil": (2, 1, 3, 2), "example": (5, 4, 2, 3), "knots": (9, 2, 8, 2),
        }  # fmt: skip
        probes = [self._make(f"{name} {activation}", *shape, activation) for name, shape in shapes.items()]
        probes += [
            self.trained(activation),
            replace(plain, name=f"fortran {activation}", fortran=True, tags=frozenset({"Fortran order"})),
        ]
        if activation == "logistic":
            probes.append(replace(plain, name="default", default=True, tags=frozenset({"no activation given"})))
        return probes

    def openly(self, probe: Probe) -> Probe:
        """The same question with numbers that everybody may know."""
        b1 = probe.params["b1"] if "large" in probe.tags else None
        n, D, N, K = probe.sizes.values()
        made = self._make(f"open {probe.name}", n, D, N, K, probe.activation, public=True, b1=b1, tags=probe.tags)
        y = made.yhat.copy() if "perfect fit" in probe.tags else made.y
        return replace(made, y=y, fortran=probe.fortran, readonly=probe.readonly, default=probe.default)

    def readonly(self) -> Probe:
        """Arrays that can't be written to."""
        plain = self.general("logistic")[1]
        return replace(plain, name="readonly", readonly=True, tags=frozenset({"read-only"}))

    def twin(self) -> Probe:
        """Other numbers in the sizes of the public probe."""
        return self._make("twin", 5, 2, 4, 3, "logistic")

    def trained(self, activation: str = "logistic") -> Probe:
        """Other numbers in the sizes of training: D = K = 2."""
        return self._make(f"trained {activation}", 17, 2, self._hidden_units, 2, activation)

    def perfect(self) -> Probe:
        """Targets that the network already gives."""
        plain = self.general("logistic")[1]
        return replace(plain, name="perfect fit", y=plain.yhat.copy(), tags=frozenset({"perfect fit"}))

    def start(self) -> Params:
        """Where the graded training begins: uniform in (-1, 1)."""
        N = self._hidden_units
        shapes = {"W1": (N, 2), "b1": (N,), "W2": (2, N), "b2": (2,)}
        return {k: uniform(self._seed, f"start {k}", *shape) for k, shape in shapes.items()}
