"""Run a submission and answer for it.

It believes nothing and judges nothing: what it sends back is judged by the other side.  One frame each way, every
answer with its question's id:

    files   files, main                         -> nothing; sent before any of the submission's code runs
    load    skip, limit                         -> functions found, errors by line, lines that took too long
    call    name, args, back, limit             -> status, value, args as they are after the call, prints, error
    several asks, shared                        -> an answer to each call or recall, as soon as there is one;
                                                   take: the places of its arguments in `shared`
                                                   into: a call whose arrays are filled with the arguments and given
    recall  of                                  -> the value kept from an earlier call, as it is now
    train   params, x, y, eta, activation, steps, marks, without, limit  -> params at the marks, losses, error
    follow  params, x, y, eta, activation, steps, told, limit  -> as value, what the functions that aren't `told` return
    search  code, function, questions, edits, steps -> repairs of a function, as numbers of edits
    edit    code, repairs                       -> what is said of the repairs; the next load is of the program with the
                                                   first of them.  Sent before any of the submission's code runs
    touch   bytes                               -> nothing; asked of the grader's own program only (control)
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.sandbox import frames
from autograder.sandbox.worker import evidence, loader
from autograder.sandbox.worker.loader import Message
from autograder.sandbox.worker.streams import Streams

MODULE = "neural_net"
FUNCTIONS = ("forward", "loss", "backprop", "update")
RACE = ("hidden_units", "steps", "eta")
MAX_MESSAGE = 600  # characters of an exception's text
# What makes a name or a size impossible; every other error in writing a file is the machine's.
NOT_A_FILE = frozenset({errno.EEXIST, errno.EFBIG, errno.EILSEQ, errno.EINVAL, errno.EISDIR, errno.ELOOP,
                        errno.ENAMETOOLONG, errno.ENOTDIR})  # fmt: skip
SECOND_CHANCE = 1.0  # seconds after a time-out until the next one
SLEEP = 2.0  # times the limit that loading may take by the clock, which also counts sleeping


class Runner:
    """The submission's module and everything that is asked of it.

    Parameters
    ----------
    scratch : str
        The folder of the submission's files, which its error messages may name.
    send : callable, optional
        Sends an answer; needed by `run`, and where a call may have to be ended.  Without it, the operations can be
        called in this process, for programs that are trusted.
    """

    def __init__(self, scratch: str, send: Callable[[Message], None] | None = None) -> None:
        self.scratch = scratch
        self.main = MODULE + ".py"
        self.submitted: dict[str, bytes] = {}
        self.module = types.ModuleType(MODULE)
        self.streams: Streams | None = None
        self.lines: list[str] = []  # of the submission's main file
        self.kept: dict[int, Any] = {}
        self.passed: dict[int, list[Any]] = {}
        self.id = 0
        self.forwards = 0  # calls of forward within the call that was asked for last
        self.step: int | None = None
        self.draws = True  # whether the submission may draw random numbers
        self.loading = False
        self.rings = 0
        # Taken now, so that a submission that replaces them changes nothing here.
        self._send, self._exit, self._timer = send, os._exit, getattr(signal, "setitimer", None)

    # --- the clock ---------------------------------------------------------------------------------------------------

    def _ring(self, _signum: int, frame: types.FrameType | None) -> None:
        """End what takes too long: a statement of the file by an exception, anything else with this process."""
        self.rings += 1
        if self.loading and self.rings <= loader.MAX_TIMEOUTS:
            raise loader.TimedOut
        if self._send:
            self._send({"id": self.id, "status": "stuck", "error": self._place(frame), "step": self.step})
        self._exit(1)

    def _start_clock(self, limit: float) -> None:
        """Ring after `limit` seconds of this process's own time; the judge watches the clock on the wall."""
        self.rings = 0
        if self._timer:
            signal.signal(signal.SIGPROF, self._ring)
            self._timer(signal.ITIMER_PROF, limit, SECOND_CHANCE)
            if self.loading:
                signal.signal(signal.SIGALRM, self._ring)
                self._timer(signal.ITIMER_REAL, SLEEP * limit, SECOND_CHANCE)

    def _stop_clock(self) -> None:
        self.loading = False
        if self._timer:
            self._timer(signal.ITIMER_PROF, 0)
            self._timer(signal.ITIMER_REAL, 0)

    def _place(self, frame: types.FrameType | None) -> Message:
        while frame is not None:
            if frame.f_code.co_filename == self.main:
                return {"line": frame.f_lineno, "where": frame.f_code.co_name}
            frame = frame.f_back
        return {}

    # --- errors ------------------------------------------------------------------------------------------------------

    def _error(self, error: BaseException) -> Message:
        line, where, file = None, "", self.main
        trace, innermost = error.__traceback__, None
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename
            if name == self.main or name.startswith(self.scratch):
                innermost = trace
                line, where, file = trace.tb_lineno, trace.tb_frame.f_code.co_name, os.path.basename(name)
            trace = trace.tb_next
        try:
            message = str(error)
        except BaseException:
            message = ""
        if isinstance(error, SyntaxError):
            line, where, message = error.lineno, "", str(error.msg)
            file = os.path.basename(str(error.filename or self.main))
        kinds = [k.__name__[:80] for k in type(error).__mro__[:-1]]
        text = message[:MAX_MESSAGE]
        described = {"type": kinds[0], "kinds": kinds, "message": text, "line": line, "where": where, "file": file}
        return described | self._evidence(innermost)

    def _evidence(self, trace: types.TracebackType | None) -> Message:
        """What stood in the line that failed, if it is one of the submission's main file."""
        if trace is None or trace.tb_frame.f_code.co_filename != self.main:
            return {}
        own = {name: self.module.__dict__[name] for name in FUNCTIONS if name in self.module.__dict__}
        try:
            return evidence.gather(trace, self.lines, own, self.main)
        except Exception:  # whatever the submission's objects do when they are looked at
            return {}

    # --- loading -----------------------------------------------------------------------------------------------------

    def files(self, ask: Message) -> Message:
        """Write the submission's files into the scratch folder.  A name that can't be one is left out."""
        self.main, self.submitted = ask["main"], {name: data.tobytes() for name, data in ask["files"]}
        for name, data in self.submitted.items():
            path = os.path.join(self.scratch, name)
            try:
                if "/" in name:
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(data)
            except ValueError:  # a NUL in the name
                continue
            except OSError as error:
                if error.errno not in NOT_A_FILE:
                    raise
        return {"status": "returned"}

    def load(self, ask: Message) -> Message:
        """Run the submission's file."""
        # Last on the path: nothing that the submission brings replaces a module of Python or NumPy.
        sys.path.append(self.scratch)
        self.module.__file__ = os.path.join(self.scratch, self.main)
        sys.modules[MODULE] = self.module
        self.draws = any(b"random" in data for data in self.submitted.values())
        if self.draws:
            _fix_seeds()
        data = self.submitted[self.main]
        self.lines = loader.lines_of(loader.decode(data)[0])
        source = loader.Source(data, self.main, self._error)
        source.run(self.module.__dict__, ask.get("skip", []))
        self._stop_clock()
        return self._loaded(source)

    def _loaded(self, source: loader.Source) -> Message:
        namespace = self.module.__dict__
        found = {}
        for name in FUNCTIONS:
            value = namespace.get(name)
            if callable(value):
                found[name] = getattr(getattr(value, "__code__", None), "co_firstlineno", None)
        names = [k for k, v in namespace.items() if callable(v) and not k.startswith("__")]
        reply: Message = {"status": "returned", "found": found, "names": names[:200]}
        reply |= {"errors": source.errors[:20], "slow": source.slow}
        race = namespace.get("race")
        if type(race) is dict:
            # For the leaderboard: numbers and nothing else.
            reply["race"] = {k: race[k] for k in RACE if type(race.get(k)) in (int, float) and abs(race[k]) < 1e9}
        return reply

    # --- calling -----------------------------------------------------------------------------------------------------

    def call(self, ask: Message) -> Message:
        """Call one function."""
        function = self.module.__dict__.get(ask["name"])
        if not callable(function):
            return {"status": "missing"}
        args = [_laid_out(a, ask) for a in ask["args"]]
        if ask.get("into") in self.passed:
            args = [_refilled(old, new) for old, new in zip(self.passed[ask["into"]], args, strict=True)]
        back: Message = {"args": args} if ask.get("back") else {}
        if back:
            self.passed[self.id] = args
        if self.draws:
            _seed(1 if ask.get("reseed") else 0)
        counted = bool(back) and ask["name"] == "backprop"
        if counted:
            self._count_forward()
        try:
            value = function(*args)
        except BaseException as error:
            return {"status": "raised", "error": self._error(error)} | back
        finally:
            if counted:
                sys.setprofile(None)
        if counted:
            back["forwards"] = self.forwards
        if isinstance(value, types.GeneratorType):
            return {"status": "returned", "value": frames.Opaque("generator")} | back
        if back:
            self.kept[self.id] = value  # to be looked at again; others are let go, with their memory
        return {"status": "returned", "value": value} | back

    def _count_forward(self) -> None:
        """Count the calls of forward until the profiler is turned off: differences take one for each parameter."""
        code = getattr(self.module.__dict__.get("forward"), "__code__", None)
        self.forwards = 0

        def count(frame: types.FrameType, event: str, _: object) -> None:
            self.forwards += event == "call" and frame.f_code is code

        sys.setprofile(count)

    def recall(self, ask: Message) -> Message:
        """Look again at what an earlier call returned."""
        if ask["of"] not in self.kept:
            return {"status": "missing"}
        return {"status": "returned", "value": self.kept[ask["of"]]}

    def train(self, ask: Message) -> Message:
        """Gradient descent with the submission's four functions; stops at the first step that can't be taken."""
        find = self.module.__dict__.get
        forward, loss, backprop, update = (find(name, _missing) for name in FUNCTIONS)
        params, x, y, kind = ask["params"], ask["x"], ask["y"], ask["activation"]
        marks, losses, doing = {}, [], ""
        if self.draws:
            _seed()
        try:
            for step in range(ask["steps"] + 1):
                self.step = step
                if step in ask["marks"]:
                    marks[step] = {k: np.array(v) for k, v in params.items()}
                if step == ask["steps"]:
                    break
                doing = "forward"
                e1, h, yhat = forward(x, params, kind)
                doing = "loss"
                if "loss" not in ask["without"]:
                    losses.append(loss(yhat, y))
                doing = "backprop"
                grads = backprop(x, y, params, e1, h, yhat, kind)
                doing = "update"
                params = update(params, grads, ask["eta"])
        except BaseException as error:
            failed = {"status": "raised", "error": self._error(error), "step": self.step, "doing": doing}
            return failed | {"marks": marks, "losses": losses}
        finally:
            self.step = None
        return {"status": "returned", "marks": marks, "losses": losses}

    def follow(self, ask: Message) -> Message:
        """Steps of gradient descent.  What is told of a function is taken instead of calling it; what the others return
        comes back, each array with all steps as its rows."""
        params, x, y, kind, told = ask["params"], ask["x"], ask["y"], ask["activation"], ask["told"]
        seen: dict[str, list[Any]] = {name: [] for name in ("forward", "backprop", "update") if name not in told}

        def call(name: str, step: int, *args: Any) -> Any:
            if name in told:
                values = {part: rows[step].copy() for part, rows in told[name].items()}
                return tuple(values.values()) if name == "forward" else values
            value = self.module.__dict__.get(name, _missing)(*args)
            seen[name].append(_own(value))
            return value

        if self.draws:
            _seed()
        try:
            for step in range(ask["steps"]):
                e1, h, yhat = call("forward", step, x, params, kind)
                grads = call("backprop", step, x, y, params, e1, h, yhat, kind)
                params = call("update", step, params, grads, ask["eta"])
            return {"status": "returned", "value": {name: _stacked(values) for name, values in seen.items()}}
        except BaseException as error:
            return {"status": "raised", "error": self._error(error)}

    # --- repairs -----------------------------------------------------------------------------------------------------

    def search(self, ask: Message) -> Message:
        """Search for edits that make a function right."""
        text, names = "\n".join(self.lines), ("function", "questions", "edits", "steps")
        search = _modules(ask["code"])["search"].search
        return {"status": "returned", "value": search(self.module.__dict__, text, self.main, *(ask[n] for n in names))}

    def edit(self, ask: Message) -> Message:
        """Take edits for the next load."""
        text = loader.decode(self.submitted[self.main])[0]
        edited, said = _modules(ask["code"])["edits"].edit(text, ask["repairs"])
        self.submitted[self.main] = edited.encode("utf-8", "replace")
        return {"status": "returned", "value": said}

    def touch(self, ask: Message) -> Message:
        """Use as much memory as the limits allow: a machine that has less ends this worker, and not a submission's."""
        held = []
        with contextlib.suppress(MemoryError):
            for _ in range(ask["bytes"] >> 22):
                held.append(np.ones(1 << 19))
        return {"status": "returned"}

    # --- the loop ----------------------------------------------------------------------------------------------------

    def answer(self, ask: Message) -> Message:
        """The answer to one question."""
        self.id = ask["id"]
        operation = ask["op"]
        self.loading = operation == "load"
        self._start_clock(ask.get("limit", 5.0))
        try:
            reply: Message = getattr(self, operation)(ask)
        except BaseException as error:
            reply = {"status": "raised", "error": self._error(error)}
        self._stop_clock()
        return reply | {"id": ask["id"], "prints": self.streams.take() if self.streams else ""}

    def run(self, receive: Callable[[], Message]) -> None:
        """Answer until the other side hangs up."""
        assert self._send is not None
        self.streams = Streams()
        while True:
            try:
                ask = receive()
            except frames.ChannelError:
                return
            for one in ask["asks"] if ask["op"] == "several" else [ask]:
                if "take" in one:
                    one["args"] = [_own(ask["shared"][place]) for place in one["take"]]
                reply = self.answer(one)
                try:
                    self._send(reply)
                except frames.ChannelError:
                    # Too large to be an answer, or made so that it can't be packed.
                    self._send({"id": one["id"], "status": "returned", "value": frames.Opaque("too large")})


def _modules(code: Message) -> Message:
    """Modules made from their texts, by the last words of their names; none stays where others could import it."""
    made = {}
    try:
        for name, text in code.items():
            sys.modules[name] = module = types.ModuleType(name)
            exec(compile(text.tobytes(), name, "exec", dont_inherit=True), module.__dict__)
            made[name.rpartition(".")[2]] = module
    finally:
        for name in code:
            sys.modules.pop(name, None)
    return made


def _missing(*_: object) -> Any:
    raise NameError("there is no such function")


def _fix_seeds() -> None:
    """Let a generator that is given no seed begin at the one of the call."""
    import random  # noqa: F401

    import numpy.random

    make = numpy.random.default_rng
    numpy.random.default_rng = lambda seed=None: make(_first_seed if seed is None else seed)
    _seed()


_first_seed = 0


def _seed(number: int = 0) -> None:
    """The same call gives the same answer, also from a program that draws random numbers."""
    global _first_seed
    _first_seed = number
    for name in ("random", "numpy.random"):
        if name in sys.modules:
            sys.modules[name].seed(number)


def _own(value: Any) -> Any:
    """An argument that no other call has."""
    if isinstance(value, dict):
        return {k: _own(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_own, value))
    return value.copy() if isinstance(value, np.ndarray) else value


def _stacked(values: list[Any]) -> Any:
    """Results of one function as one, each part of them an array whose rows are theirs."""
    if isinstance(values[0], dict):
        return {part: np.array([value[part] for value in values]) for part in values[0]}
    return tuple(np.array(part) for part in zip(*values, strict=True))


def _refilled(old: Any, new: Any) -> Any:
    """An earlier argument with other numbers in it; the new one where the submission made that impossible."""
    if type(old) is dict and type(new) is dict:
        for key, value in new.items():
            old[key] = _refilled(old.get(key), value)
        return old
    if type(old) is np.ndarray and old.shape == np.shape(new) and old.flags.writeable and old.dtype == np.float64:
        old[...] = new
        return old
    return old if type(old) in (float, str) and old == new else new  # the very object, too


def _laid_out(value: Any, ask: Message) -> Any:
    """Give arrays the layout that the question asks for: Fortran order, read-only."""
    if isinstance(value, dict):
        return {k: _laid_out(v, ask) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        if ask.get("fortran"):
            value = np.asfortranarray(value)
        if ask.get("readonly"):
            value.flags.writeable = False
    return value
