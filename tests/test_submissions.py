"""Every program of tests/submissions is what its first lines say.

    # correct: STYLE                       agrees with the solution everywhere
    # forgiven: WHAT                       ... but for a form that costs nothing
    # accuracy: 1e-6                       ... to this norm-relative error (1e-9 where it is not said)

    # wrong: MISCONCEPTION                 one mistake
    # functions: loss, backprop            differs in these functions and in no other; "module": can't be loaded
    # line: 31, 38                         where it is, if no known mistake explains it; the tests check the hints
    # hidden: K = 1; n = 1 and N = 1; ...  where the mistake doesn't show; conditions on n, D, N, K, activation, eta,
                                           fit and excitation are checked, other words are for the reader

A function is judged alone, in a process of its own, on the solution's e1, h and yhat.

    python tests/test_submissions.py [FOLDER]      judges correct/ and wrong/ below FOLDER, one JSON line a program
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
SUBMISSIONS = HERE / "submissions"
FUNCTIONS = ("forward", "loss", "backprop", "update")
HEADS = "correct|forgiven|accuracy|wrong|functions|hidden|line"
SECONDS = 20  # for all that is asked of one function
CLOSE = 1e-9  # norm-relative error of a right answer
FAR = 1e-5  # smallest error of a wrong one


def load_solution() -> Any:
    spec = importlib.util.spec_from_file_location("the_solution", HERE.parent / "solution" / "neural_net.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# What a program says of itself


def programs(folder: Path) -> list[Path]:
    """The program files in folder: NAME.py, or NAME/neural_net.py where there are several files."""
    found = [p / "neural_net.py" if p.is_dir() else p for p in folder.iterdir() if p.suffix == ".py" or p.is_dir()]
    return sorted(p for p in found if p.name != "__pycache__" and p.exists())


def name_of(path: Path) -> str:
    return path.parent.name if path.name == "neural_net.py" else path.stem


def header(path: Path) -> dict[str, str]:
    """The `# key: value` lines at the top, a cookie and a byte order mark left aside."""
    said = {}
    for line in path.read_bytes().decode("latin-1").splitlines()[:8]:
        match = re.match(rf"^(?:\xef\xbb\xbf)?# ({HEADS}): (.+?)\s*$", line)
        if match:
            said[match[1]] = match[2]
    return said


# What is asked


class Probe(NamedTuple):
    """One question: the arguments, another question of the same sizes to be asked in between, the solution's answers,
    and the facts that a hidden condition may speak of."""

    name: str
    facts: dict[str, Any]
    layout: Callable[[Any], Any]
    args: dict[str, tuple[Any, ...]]
    others: dict[str, tuple[Any, ...]]
    answers: dict[str, Any]


def network(rng: np.random.Generator, n: int, D: int, N: int, K: int) -> tuple[Any, Any, dict[str, Any]]:
    params = {
        "W1": rng.normal(size=(N, D)),
        "b1": rng.normal(size=N),
        "W2": rng.normal(size=(K, N)),
        "b2": rng.normal(size=K),
    }
    return rng.normal(size=(n, D)), rng.normal(size=(n, K)), params


@functools.cache
def probes() -> list[Probe]:
    solution = load_solution()
    rng = np.random.default_rng(417)
    asked = []

    def ask(name: str, x: Any, y: Any, params: Any, activation: str, layout: Any = np.copy, **facts: Any) -> None:
        facts = {"eta": 0.3, "fit": "poor", "excitation": "moderate"} | facts

        def question(x: Any, y: Any, params: Any) -> dict[str, tuple[Any, ...]]:
            e1, h, yhat = solution.forward(x, params, activation)
            if facts["fit"] == "perfect":
                y = yhat.copy()
            return {
                "forward": (x, params, activation),
                "loss": (yhat, y),
                "backprop": (x, y, params, e1, h, yhat, activation),
                "update": (params, solution.backprop(x, y, params, e1, h, yhat, activation), facts["eta"]),
            }

        (n, D), (K, N) = x.shape, params["W2"].shape
        facts |= {"n": n, "D": D, "N": N, "K": K, "activation": activation}
        args = question(x, y, params)
        others = question(-x, y + 1, {key: -u for key, u in params.items()})
        answers = {function: getattr(solution, function)(*args[function]) for function in FUNCTIONS}
        asked.append(Probe(f"{name} n={n} D={D} N={N} K={K} {activation}", facts, layout, args, others, answers))

    sizes = [(7, 3, 5, 4), (4, 6, 2, 3), (6, 2, 3, 1), (5, 1, 3, 2), (5, 3, 1, 4), (1, 3, 4, 5), (1, 1, 1, 1)]
    sizes += [(9, 2, 8, 2), (3, 4, 5, 3), (4, 4, 3, 5), (5, 2, 3, 3), (3, 3, 3, 3), (4, 3, 1, 1), (1, 4, 3, 1)]
    sizes += [(1, 2, 1, 3), (150, 3, 5, 4)]
    for activation in ("logistic", "tanh"):
        for size in sizes:
            ask("plain", *network(rng, *size), activation)
        ask("eta .02", *network(rng, 4, 3, 2, 5), activation, eta=0.02)
        ask("eta 1", *network(rng, 4, 3, 2, 5), activation, eta=1.0)
        ask("eta 0", *network(rng, 4, 3, 2, 5), activation, eta=0.0)
        ask("perfect fit", *network(rng, 6, 4, 3, 5), activation, fit="perfect")
        for name, layout in (("Fortran order", fortran), ("read-only", read_only), ("strided", strided)):
            ask(name, *network(rng, 6, 3, 4, 5), activation, layout=layout)
        for most in (40.0, 300.0, 1000.0):
            # Two units stay in the range where the slope isn't 0, so that the gradient has a size.
            x, y, params = network(rng, 8, 3, 6, 4)
            factor = most / np.abs(x @ params["W1"][:4].T + params["b1"][:4]).max()
            params["W1"][:4] *= factor
            params["b1"][:4] *= factor
            ask(f"|e1| {most:g}", x, y, params, activation, excitation=f"{most:g}")
        x, y, params = network(rng, 8, 3, 6, 4)
        ask("e1 tiny", x * 1e-3, y, params | {"b1": params["b1"] * 1e-3}, activation, excitation="tiny")
        ask("no biases", x, y, params | {"b1": np.zeros(6), "b2": np.zeros(4)}, activation, biases="zero")
        ask("no b2", x, y, params | {"b2": np.zeros(4)}, activation, b2="zero")
    return asked


def fortran(a: Any) -> Any:
    return np.array(a, order="F")


def read_only(a: Any) -> Any:
    a = a.copy()
    a.flags.writeable = False
    return a


def strided(a: Any) -> Any:
    big = np.zeros([2 * size for size in a.shape])
    view = big[tuple(slice(None, None, -2) for _ in a.shape)]
    view[...] = a
    return view


def judged_by(probe: Probe, function: str) -> bool:
    """Whether the contract holds a function to this probe: a gradient isn't asked for at |e1| of 1000."""
    return not (function == "backprop" and probe.facts["excitation"] == "1000")


# How an answer is judged


class Wrong(Exception):
    """Why an answer is wrong."""


def error(got: Any, want: Any, what: str, lenient: bool) -> float:
    """Norm-relative error of one array; Wrong where its form breaks the contract."""
    if not lenient and (type(got) is not np.ndarray or got.dtype != np.float64):
        raise Wrong(f"{what} is a {type(got).__name__}")
    if np.iscomplexobj(got):
        raise Wrong(f"{what} is complex")
    try:
        got = np.array(got, dtype=float)
    except (TypeError, ValueError) as e:
        raise Wrong(f"{what} is no array: {e}") from None
    if got.shape != want.shape:
        raise Wrong(f"{what} has shape {got.shape}, not {want.shape}")
    if not np.isfinite(got).all():
        raise Wrong(f"{what} is not finite")
    return float(np.linalg.norm(got - want) / (np.linalg.norm(want) or 1))


def compare(function: str, got: Any, want: Any, lenient: bool) -> float:
    """The largest error of one answer."""
    if function == "loss":
        if not lenient and not isinstance(got, float):
            raise Wrong(f"the loss is a {type(got).__name__}")
        if np.size(got) != 1 or isinstance(got, (str, bytes)):
            raise Wrong(f"the loss is a {type(got).__name__} of shape {np.shape(got)}")
        return error(np.reshape(np.asarray(got, dtype=float), ()), np.asarray(want), "loss", False)
    if function == "forward":
        if not isinstance(got, (tuple, list) if lenient else tuple) or len(got) != 3:
            raise Wrong(f"forward gives {type(got).__name__}")
        return max(error(g, w, what, lenient) for what, g, w in zip(("e1", "h", "yhat"), got, want, strict=True))
    if not isinstance(got, Mapping) or set(got) != set(want):
        raise Wrong(f"{function} gives {sorted(got) if isinstance(got, Mapping) else type(got).__name__}")
    return max(error(got[key], want[key], key, lenient) for key in want)


def fresh(args: tuple[Any, ...], layout: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Copies of the arguments, in this layout."""

    def again(a: Any) -> Any:
        if isinstance(a, dict):
            return {key: again(u) for key, u in a.items()}
        return layout(a) if isinstance(a, np.ndarray) else a

    return tuple(again(a) for a in args)


def same(a: Any, b: Any) -> bool:
    """Equal to the last bit, in shape too."""
    if isinstance(a, Mapping):
        return isinstance(b, Mapping) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (tuple, list)) and not np.isscalar(a):
        return len(a) == len(b) and all(same(u, v) for u, v in zip(a, b, strict=True))
    numbers = not isinstance(a, str) and np.asarray(a).dtype != object  # which may be NaN
    return np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=numbers)


def snapshot(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: snapshot(u) for key, u in value.items()}
    if isinstance(value, (tuple, list)):
        return [snapshot(u) for u in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def arrays(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [a for u in value.values() for a in arrays(u)]
    if isinstance(value, (tuple, list)):
        return [a for u in value for a in arrays(u)]
    return [value] if isinstance(value, np.ndarray) else []


def ask(module: Any, function: str, probe: Probe, lenient: bool) -> float:
    """The largest error over several calls; Wrong where the function breaks a rule."""
    worst = 0.0
    want = probe.answers[function]
    whole = probe.args[function]
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [("", whole, {})]
    if function in ("forward", "backprop"):
        calls.append((" by keyword", whole[:-1], {"activation": whole[-1]}))
        if whole[-1] == "logistic":
            calls.append((" by default", whole[:-1], {}))
    for how, plain, named in calls:
        args = fresh(plain, probe.layout)
        before = snapshot(args)
        f = getattr(module, function)
        got = f(*args, **named)
        if not same(args, before):
            raise Wrong(f"changes its arguments{how}")
        if function != "loss" and any(np.shares_memory(a, b) for a in arrays(got) for b in arrays(args)):
            raise Wrong(f"gives an argument back{how}")
        worst = max(worst, compare(function, got, want, lenient))
        kept = snapshot(got)
        f(*fresh(probe.others[function], np.copy))
        if not same(got, kept):
            raise Wrong(f"an answer changes at the next call{how}")
        again = f(*args, **named)
        if compare(function, again, want, lenient) > max(10 * worst, CLOSE):
            raise Wrong(f"answers differently the second time{how}")
    return worst


def load(path: Path) -> Any:
    module = types.ModuleType("neural_net")
    module.__file__ = str(path)
    sys.modules["neural_net"] = module
    sys.path.insert(0, str(path.parent))
    # An exit at the end is forgiven.
    with contextlib.suppress(SystemExit):
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    return module


def answer(path: Path, function: str, asked: list[Probe], lenient: bool) -> dict[str, Any]:
    """In a process of its own: the complaint of each probe ("" for none) and its error."""
    try:
        module = load(path)
    except BaseException as e:
        return {"module": f"{type(e).__name__}: {e}"}
    if function == "training":
        return {"training": train(module)}
    found: dict[str, Any] = {}
    for probe in asked:
        if not judged_by(probe, function):
            continue
        try:
            found[probe.name] = ["", ask(module, function, probe, lenient)]
        except Wrong as e:
            found[probe.name] = [str(e), None]
        except BaseException as e:
            found[probe.name] = [f"{type(e).__name__}: {e}", None]
    return found


def train(module: Any, steps: int = 60) -> list[Any]:
    """Error of the parameters after some steps of training from the solution's start, and the seconds it took."""
    solution = load_solution()
    angles = np.linspace(-np.pi / 2, np.pi / 2, 17)
    x, y = np.stack((np.cos(angles), np.sin(angles)), 1), np.stack((angles, angles**2), 1)
    ours = network(np.random.default_rng(7), 17, 2, 8, 2)[2]
    theirs = snapshot(ours)
    took = 0.0
    worst = 0.0
    for _ in range(steps):
        out = solution.forward(x, ours)
        want = solution.loss(out[2], y)
        ours = solution.update(ours, solution.backprop(x, y, ours, *out), 0.2)
        start = time.process_time()
        out = module.forward(x, theirs, "logistic")
        value = module.loss(out[2], y)
        theirs = module.update(theirs, module.backprop(x, y, theirs, *out, "logistic"), 0.2)
        took += time.process_time() - start
        worst = max(worst, abs(float(np.asarray(value, dtype=float).reshape(())) - want) / want)
    worst = max([worst] + [error(theirs[key], ours[key], key, True) for key in ours])
    return [worst, took]


# The judge: a process that loads NumPy once and forks for every function


def apart(work: Any, seconds: float) -> Any:
    """What work() gives, from a child with its own folder and no ears or voice; None where it doesn't end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        try:
            reply = json.dumps(work()).encode()
        except BaseException as e:
            reply = json.dumps({"module": f"{type(e).__name__}: {e}"}).encode()
        with open(writing, "wb") as pipe:
            pipe.write(reply)
        os._exit(0)
    os.close(writing)
    until, data = time.monotonic() + seconds, b""
    while (left := until - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
        piece = os.read(reading, 1 << 16)
        if not piece:
            break
        data += piece
    os.close(reading)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return json.loads(data) if data else None


def judge(path: Path, asked: list[Probe]) -> dict[str, Any]:
    said = header(path)
    lenient = "forgiven" in said or "wrong" in said
    found: dict[str, Any] = {"name": name_of(path), "header": said, "functions": {}}
    for function in FUNCTIONS + (("training",) if "correct" in said else ()):
        with tempfile.TemporaryDirectory() as folder:
            source = path.parent if path.name == "neural_net.py" else path
            if source.is_dir():
                shutil.copytree(source, folder, dirs_exist_ok=True)
            else:
                shutil.copy(source, Path(folder) / "neural_net.py")

            def work(folder: str = folder, function: str = function) -> Any:
                os.chdir(folder)
                return answer(Path(folder) / "neural_net.py", function, asked, lenient)

            reply = apart(work, SECONDS)
        if reply is None:
            reply = {"time": ["doesn't come back", None]}
        if "module" in reply:
            found["module"] = reply["module"]
            break
        found["functions"][function] = reply
    return found


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SUBMISSIONS
    np.seterr(all="ignore")
    asked = probes()
    for path in programs(folder / "correct") + programs(folder / "wrong"):
        print(json.dumps(judge(path, asked)), flush=True)


# The tests


@pytest.fixture(scope="session")
def judged() -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {f"{'wrong' if 'wrong' in one['header'] else 'correct'}/{one['name']}": one for one in found}


def at_fault(one: dict[str, Any], accuracy: float) -> dict[str, str]:
    """The functions that differ from the solution, and the first reason why."""
    if "module" in one:
        return {"module": one["module"]}
    faults: dict[str, str] = {}
    for function in FUNCTIONS:
        for probe, (complaint, size) in one["functions"][function].items():
            if complaint or size > accuracy:
                faults.setdefault(function, f"{probe}: {complaint or size}")
    return faults


def holds(condition: str, facts: dict[str, Any]) -> bool | None:
    """Whether `n = K = 1 and activation = tanh` holds for a probe; None where it can't be said."""
    for part in condition.split(" and "):
        left, *rest = re.split(r" (=|>) ", part)
        if not rest or left not in facts | {"biases": "", "b2": ""}:
            return None
        for comparison, right in zip(rest[::2], rest[1::2], strict=True):
            value = facts.get(left)
            if value is None:
                return False
            wanted = facts[right] if right in ("n", "D", "N", "K") else right
            if not isinstance(value, str):
                wanted = float(wanted)
            if not (value == wanted if comparison == "=" else value > wanted):
                return False
    return True


def names(kind: str) -> list[Any]:
    return [pytest.param(path, id=name_of(path)) for path in programs(SUBMISSIONS / kind)]


@pytest.mark.slow
@pytest.mark.parametrize("path", names("correct"))
def test_correct_program_agrees_with_the_solution(path: Path, judged: dict[str, Any]) -> None:
    one = judged[f"correct/{name_of(path)}"]
    accuracy = float(one["header"].get("accuracy", CLOSE))
    assert at_fault(one, accuracy) == {}
    assert one["functions"]["training"]["training"][0] < 10 * accuracy


@pytest.mark.slow
@pytest.mark.parametrize("path", names("wrong"))
def test_wrong_program_differs_in_the_functions_it_names_only(path: Path, judged: dict[str, Any]) -> None:
    one = judged[f"wrong/{name_of(path)}"]
    named = set(one["header"]["functions"].split(", "))
    assert set(at_fault(one, CLOSE)) == named
    assert set(at_fault(one, FAR)) == named


@pytest.mark.slow
@pytest.mark.parametrize("path", names("wrong"))
def test_mistake_is_hidden_where_it_says(path: Path, judged: dict[str, Any]) -> None:
    one = judged[f"wrong/{name_of(path)}"]
    for condition in one["header"].get("hidden", "").split("; "):
        said = [(probe, holds(condition, probe.facts)) for probe in probes()]
        found = {}
        for probe, hides in said:
            if hides:
                for function in one["header"]["functions"].split(", "):
                    if judged_by(probe, function):
                        found[f"{function} {probe.name}"] = one["functions"][function][probe.name]
        assert found or all(hides is None for _, hides in said), f"no probe for {condition}"
        shown = {probe: reply for probe, reply in found.items() if reply[0] or reply[1] > CLOSE}
        assert shown == {}, condition


def test_programs_are_many_and_differ() -> None:
    sources = [path.read_bytes() for kind in ("correct", "wrong") for path in programs(SUBMISSIONS / kind)]
    assert len(sources) == len(set(sources))
    assert len(programs(SUBMISSIONS / "correct")) >= 45
    assert len(programs(SUBMISSIONS / "wrong")) >= 90


if __name__ == "__main__":
    main()
