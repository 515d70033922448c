"""Decide whether a program is right within the ranges that the hand-out states: an independent check.

It shares no code with the reference, the battery and the judge.  Gradients are checked along random directions v: the
complex step Im L(u + i t v) / t is the derivative of the loss along v, exact to rounding, and must equal <dL/du, v>.
Inputs that no program with numbers of 53 bits can answer to the stated precision are left out.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

WRONG, UNCLEAR, RIGHT = "wrong", "unclear", "right"
CLEARLY, CLOSELY = 1e-5, 1e-7  # relative errors beyond which a program is wrong, and below which it is right
FUNCTIONS = ("forward", "loss", "backprop", "update")
NAMES = ("W1", "b1", "W2", "b2")
TINY = 1e-30  # the complex step
N_CASES = 150


class TooManySteps(BaseException):
    """A loop that does not end; no `except Exception` of a program stops this."""


@dataclass(frozen=True, eq=False)
class Case:
    """Inputs in the stated ranges, what forward makes of them, and the functions that can be asked."""

    x: Any
    y: Any
    params: dict[str, Any]
    grads: dict[str, Any]
    eta: float
    activation: str
    e1: Any
    h: Any
    yhat: Any
    computable: frozenset[str]
    order: Literal["C", "F"]

    @functools.cached_property
    def slopes(self) -> dict[str, list[tuple[Any, float]]]:
        """For each parameter some directions, and the derivative of the loss along each."""
        rng = np.random.default_rng(7)
        directions = {k: [rng.choice([-1.0, 1.0], v.shape) for _ in range(3)] for k, v in self.params.items()}
        return {k: [(v, along(self, k, v)) for v in vs] for k, vs in directions.items()}

    def arguments(self, function: str) -> tuple[Any, ...]:
        """Fresh arguments for a function; the activation is a string of its own, as one that was read from a file."""

        def copied(array: Any) -> Any:
            return np.array(array, order=self.order)

        params = {k: copied(v) for k, v in self.params.items()}
        activation = "".join(list(self.activation))
        if function == "forward":
            return copied(self.x), params, activation
        if function == "loss":
            return copied(self.yhat), copied(self.y)
        if function == "backprop":
            arrays = (copied(a) for a in (self.e1, self.h, self.yhat))
            return copied(self.x), copied(self.y), params, *arrays, activation
        return params, {k: copied(v) for k, v in self.grads.items()}, self.eta


# --- the network, for complex numbers too -----------------------------------------------------------------------------


def nonlinearity(z: Any, activation: str) -> Any:
    """sigma, by exponentials that can't overflow."""
    sign = np.where(np.real(z) < 0, -1.0, 1.0)
    if activation == "tanh":
        return sign * -np.expm1(-2 * sign * z) / (1 + np.exp(-2 * sign * z))
    small = np.exp(-sign * z)
    return np.where(sign > 0, 1.0, small) / (1 + small)


def layers(x: Any, params: dict[str, Any], activation: str) -> tuple[Any, Any, Any]:
    """e1 (n, N), h (n, N) and yhat (n, K)."""
    e1 = np.einsum("nd,jd->nj", x, params["W1"]) + params["b1"]
    h = nonlinearity(e1, activation)
    return e1, h, np.einsum("nj,kj->nk", h, params["W2"]) + params["b2"]


def mean_square(yhat: Any, y: Any) -> Any:
    """The loss."""
    return np.einsum("nk,nk->", yhat - y, yhat - y) / (2 * y.shape[0])


def along(case: Case, name: str, v: Any) -> float:
    """The derivative of the loss along a direction of one parameter, at the case's own yhat."""
    moved = {**case.params, name: case.params[name] + 1j * TINY * v}
    yhat = case.yhat + 1j * np.imag(layers(case.x, moved, case.activation)[2])
    return float(np.imag(mean_square(yhat, case.y)) / TINY)


# --- cases ------------------------------------------------------------------------------------------------------------


@functools.cache
def cases() -> list[Case]:
    """Random inputs: first ordinary ones, then of all sizes and magnitudes."""
    rng = np.random.default_rng(2017)
    found = []
    for i in range(N_CASES):
        n, D, N, K = (int(rng.choice([1, 2, 3, 4, 5, 6, 8, 9, 11, 13])) for _ in range(4))
        if i < 4:
            n, D, N, K = [(5, 4, 3, 2), (7, 2, 6, 3), (4, 6, 3, 5), (9, 3, 4, 2)][i]
        elif i % 5 == 0:  # a large size
            sizes = [min(size, 4) for size in (n, D, N, K)]
            sizes[i // 5 % 4] = int(rng.choice([17, 35, 66, 70]))
            n, D, N, K = sizes
        elif i % 7 == 0:  # equal sizes
            a, b = rng.choice(4, 2, replace=False)
            sizes = [n, D, N, K]
            sizes[a] = sizes[b]
            n, D, N, K = sizes
        elif i % 11 == 0:
            n = D = N = K = int(rng.choice([1, 3, 4]))
        found.append(_case(rng, i, n, D, N, K))
    return found


def _case(rng: np.random.Generator, i: int, n: int, D: int, N: int, K: int) -> Case:
    shapes = {"W1": (N, D), "b1": (N,), "W2": (K, N), "b2": (K,)}
    activation = ("logistic", "tanh")[i % 2]

    def draw(*shape: int) -> Any:
        """Numbers of one magnitude, whole numbers, negative numbers, or with zeros."""
        array = rng.uniform(-1, 1, shape)
        if i < 8:
            return array
        style = rng.choice(12)
        array *= rng.choice([2e-6, 1e-3, 0.03, 1.0, 1.0, 1.0, 1.0, 5.0, 20.0, 100.0])
        if style == 0:
            return np.round(3 * rng.uniform(-1, 1, shape))
        if style == 1:
            return -np.abs(array)
        if style == 2:
            return array * (rng.uniform(size=shape) < 0.6)
        return 0 * array if style == 3 else array

    x, y = draw(n, D), draw(n, K)
    params, grads = ({k: draw(*s) for k, s in shapes.items()} for _ in range(2))
    if i >= 8 and i % 4 == 0:  # large excitations; one unit stays moderate
        params["b1"][1:] = rng.choice([-1, 1], N - 1) * rng.choice([6, 15, 30, 60, 150, 249, 700, 890], N - 1)
    most = np.abs(layers(x, params, activation)[0]).max()
    if most > 900:
        params = {**params, "W1": params["W1"] * 200 / most, "b1": params["b1"] * 200 / most}
    if i >= 8 and x.any() and i % 6 == 1:
        x[int(rng.integers(n))] = 0.0
    e1, h, yhat = layers(x, params, activation)
    fit = rng.choice(8)
    if i >= 8 and fit < 3:  # fitted perfectly, in one example, or nearly
        part = slice(0, 1) if fit == 0 else slice(None)
        y[part] = yhat[part] + (rng.choice([1e-6, 1e-4, 0.01]) * rng.uniform(-1, 1, yhat.shape) if fit == 2 else 0)
    eta = float(rng.choice([5e-6, 5e-4, 0.01, 0.1, 0.3, 0.5, 1.0, 3.0, 20.0, 100.0])) if i >= 8 else 0.3
    case = Case(x, y, params, grads, eta, activation, e1, h, yhat, frozenset(), "F" if i % 9 == 0 else "C")
    return replace(case, computable=_computable(case))


def _computable(case: Case) -> frozenset[str]:
    """The functions whose answers every way of computing them gives to the stated precision."""
    found = {"loss", "update"}
    e1, h, yhat, params = case.e1, case.h, case.yhat, case.params
    tanh = np.tanh(e1 if case.activation == "tanh" else e1 / 2)
    other = tanh if case.activation == "tanh" else 0.5 + 0.5 * tanh
    if _distance(other, h) < CLOSELY / 10 and _distance(other @ params["W2"].T + params["b2"], yhat) < CLOSELY / 10:
        found.add("forward")
    error = (yhat - case.y) / len(case.y)
    slope = 1 - h**2 if case.activation == "tanh" else h * (1 - h)
    back = np.einsum("nk,kj,nj->nj", error, params["W2"], slope)
    made = {"W1": back.T @ case.x, "b1": back.sum(0), "W2": error.T @ h, "b2": error.sum(0)}
    lost = error.any() and np.linalg.norm(error) < CLOSELY * np.linalg.norm(yhat)
    exact = all(e < CLOSELY / 10 for name in NAMES for e in _slopes(case, name, made[name]))
    if "forward" in found and np.abs(e1).max() <= 250 and exact and not lost:
        found.add("backprop")
    return frozenset(found)


def _slopes(case: Case, name: str, gradient: Any) -> list[float]:
    """The relative errors of a gradient along some directions."""
    errors = []
    for v, want in case.slopes[name]:
        size = 1.0 if np.array_equal(case.yhat, case.y) else max(float(np.linalg.norm(gradient)), abs(want))
        difference = abs(float((gradient * v).sum()) - want)
        errors.append(difference / (size or 1.0) if difference else 0.0)
    return errors


# --- values -----------------------------------------------------------------------------------------------------------


def _array(value: Any, shape: tuple[int, ...]) -> Any:
    """An answer as an array; lists, matrices and float32 are accepted.  Raises ValueError."""
    if isinstance(value, (bool, str, complex)) or value is None:
        raise ValueError
    array = np.asarray(value)
    if array.dtype.kind not in "fiu" or (array.shape != shape and not (shape == () and array.size == 1)):
        raise ValueError
    array = array.astype(float).reshape(shape)
    if not np.isfinite(array).all():
        raise ValueError
    return array


def _distance(got: Any, want: Any) -> float:
    size = float(np.linalg.norm(want))
    return float(np.linalg.norm(got - want)) / (size or 1.0)


def parts(function: str, case: Case, value: Any) -> dict[str, Any]:
    """The parts of an answer.  Raises ValueError, TypeError and KeyError."""
    if function == "loss":
        return {"loss": _array(value, ())}
    if function == "forward":
        e1, h, yhat = value
        return {k: _array(v, w.shape) for k, v, w in (("e1", e1, case.e1), ("h", h, case.h), ("yhat", yhat, case.yhat))}
    return {name: _array(value[name], case.params[name].shape) for name in NAMES}


def value_errors(function: str, case: Case, got: dict[str, Any]) -> Iterator[float]:
    """The relative errors of the parts of an answer."""
    if function == "loss":
        yield _distance(got["loss"], mean_square(case.yhat, case.y))
    elif function == "forward":
        yield from (_distance(got[part], getattr(case, part)) for part in ("e1", "h", "yhat"))
    elif function == "backprop":
        yield from (error for name in NAMES for error in _slopes(case, name, got[name]))
    else:
        for name in NAMES:
            before, step = case.params[name], case.eta * case.grads[name]
            found = _distance(got[name], before - step)
            small = float(np.linalg.norm(step)) < CLOSELY * float(np.linalg.norm(before))
            # A wrong step that is lost in its parameters is no clear case.
            stepped = 0.0 if small else _distance(got[name] - before, -step)
            yield found if found > CLEARLY else min(stepped, CLEARLY / 2)


def worst(functions: Any) -> float:
    """The largest error of all values; infinity for no answer or one of another form.  Ends where it is clear."""
    most = 0.0
    for case in cases():
        for function in FUNCTIONS:
            if function not in case.computable:
                continue
            try:
                got = parts(function, case, functions[function](*case.arguments(function)))
            except Exception:
                return float("inf")
            most = max(most, *value_errors(function, case, got))
            if not most <= CLEARLY:
                return most
    return most


# --- state and memory -------------------------------------------------------------------------------------------------


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for v in value.values():
            yield from _flat(v)
    elif isinstance(value, (tuple, list)):
        for v in value:
            yield from _flat(v)
    else:
        yield value


def _numbers(value: Any) -> Any:
    flat = [np.asarray(v, float).ravel() for v in _flat(value) if not isinstance(v, str)]
    return np.concatenate(flat)


def keeps_rules(functions: Any, function: str, case: Case) -> bool:
    """Whether a function leaves its arguments alone, gives new memory, and answers by its arguments only."""
    call, arguments = functions[function], case.arguments(function)
    other = _other(case)
    before = _numbers(arguments)
    first = call(*arguments)
    kept = _numbers(first).copy()
    if not np.array_equal(before, _numbers(arguments)):
        return False
    if function == "update" and any(
        np.shares_memory(a, b)
        for a in _flat(first) for b in _flat(arguments[:2]) if isinstance(a, np.ndarray)
    ):  # fmt: skip
        return False
    call(*other.arguments(function))  # other numbers of the same sizes
    if not np.array_equal(kept, _numbers(first)):
        return False
    if _distance(_numbers(call(*arguments)), kept) > 1e-9:
        return False
    # The same objects with other contents.
    for old, new in zip(_flat(arguments), _flat(other.arguments(function)), strict=True):
        if isinstance(old, np.ndarray):
            old[...] = new
    got = parts(function, other, call(*arguments[: len(arguments)]))
    return max(value_errors(function, other, got)) <= CLEARLY or (function == "update" and case.eta != other.eta)


def _other(case: Case) -> Case:
    """Other numbers of the same sizes and the same activation."""
    params = {k: np.cos(7 * v + 1) for k, v in case.params.items()}
    grads = {k: np.sin(5 * v + 2) for k, v in case.grads.items()}
    x, y = np.sin(3 * case.x + 1), np.cos(2 * case.y + 1)
    e1, h, yhat = layers(x, params, case.activation)
    return replace(case, x=x, y=y, params=params, grads=grads, e1=e1, h=h, yhat=yhat)


@functools.cache
def rule_cases() -> list[Case]:
    """Inputs for the rules about state: both activations, many and few rows, one output, one unit."""
    rng = np.random.default_rng(99)
    sizes = [(5, 3, 4, 2), (12, 2, 5, 3), (4, 3, 5, 1), (20, 2, 1, 1), (3, 1, 1, 4)]
    return [_case(rng, i % 2, *size) for size in sizes for i in range(2)]


def default_error(functions: Any) -> float:
    """The largest error where the activation is left out, right after it was tanh."""
    first, second = rule_cases()[:2]
    logistic, tanh = (first, second) if first.activation == "logistic" else (second, first)
    errors: list[float] = []
    for function in ("forward", "backprop"):
        functions[function](*tanh.arguments(function))
        got = parts(function, logistic, functions[function](*logistic.arguments(function)[:-1]))
        errors += value_errors(function, logistic, got)
    return max(errors)


def verdict(make: Callable[[], Any]) -> str:
    """Whether a program is right within the stated ranges; UNCLEAR at the edge of the precision."""
    with np.errstate(all="ignore"):
        try:
            error = worst(make())
            if error <= CLEARLY:  # false for nan
                error = max(error, default_error(make()))
                functions = make()
                if not all(keeps_rules(functions, f, case) for case in rule_cases() for f in FUNCTIONS):
                    return WRONG
        except (Exception, TooManySteps):
            return WRONG
    if not error <= CLEARLY:
        return WRONG
    return RIGHT if error <= CLOSELY else UNCLEAR
