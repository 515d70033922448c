"""Run a stranger's module and answer for it.

`serve` is a warm process that holds NumPy and no secret.  For every request on its control socket it forks one worker.
A worker locks itself in (layers), says which layers hold, and only then is sent the submission.  It believes nothing
and judges nothing: what it sends back is judged by the other side.

Operations of a worker, one frame each way, every answer with its question's id:

    load    files, main, limit                  -> functions found, errors by line, prints, the numbers of a race
    call    name, args, kwargs, limit           -> status, value, args as they are after the call, prints, error
    several asks, shared                        -> an answer to each call or recall, as soon as there is one;
                                                   take: the places of its arguments in `shared`
    recall  of                                  -> the value kept from an earlier call, as it is now
    train   params, x, y, eta, activation, steps, marks, without, limit  -> params at the marks, losses, error
"""

from __future__ import annotations

import ast
import contextlib
import gc
import io
import os
import re
import select
import shutil
import signal
import socket
import sys
import types
from typing import Any

import numpy as np

from autograder.sandbox import frames as channel
from autograder.sandbox import layers

MODULE = "neural_net"
FUNCTIONS = ("forward", "loss", "backprop", "update")
RACE = ("hidden_units", "steps", "eta")
MAX_PRINTS = 3900  # with the words about the rest, no more than the channel takes of a text
Message = dict[str, Any]


class Prints(io.TextIOBase):
    """Keeps the first MAX_PRINTS characters of what a program prints."""

    def __init__(self) -> None:
        self.text = ""
        self.dropped = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        room = MAX_PRINTS - len(self.text)
        self.text += text[: max(room, 0)]
        self.dropped += max(len(text) - max(room, 0), 0)
        return len(text)

    def take(self) -> str:
        text = self.text + (f"\n… and {self.dropped} characters more" if self.dropped else "")
        self.text, self.dropped = "", 0
        return text


class Student:
    """The submission's module and everything that is asked of it."""

    def __init__(self, sock: socket.socket, scratch: str) -> None:
        self.sock = sock
        self.scratch = scratch
        self.main = MODULE + ".py"
        self.module = types.ModuleType(MODULE)
        self.prints = Prints()
        self.kept: dict[int, Any] = {}
        self.id = 0
        self.step: int | None = None
        self.dice = True  # whether the submission may roll dice
        # Taken now, so that a submission that replaces them changes nothing here.
        self._send, self._exit, self._timer = channel.send, os._exit, getattr(signal, "setitimer", None)

    # --- the clock ---------------------------------------------------------------------------------------------------

    def _ring(self, _signum: int, frame: types.FrameType | None) -> None:
        self._send(self.sock, {"id": self.id, "status": "stuck", "error": self._place(frame), "step": self.step})
        self._exit(1)

    def _clock(self, limit: float) -> None:
        """Ring after `limit` seconds of this process's own time; the judge watches the clock on the wall."""
        if self._timer:
            signal.signal(signal.SIGPROF, self._ring)
            self._timer(signal.ITIMER_PROF, limit)

    def _place(self, frame: types.FrameType | None) -> Message:
        while frame is not None:
            if frame.f_code.co_filename == self.main:
                return {"line": frame.f_lineno, "where": frame.f_code.co_name}
            frame = frame.f_back
        return {}

    # --- errors ------------------------------------------------------------------------------------------------------

    def _error(self, error: BaseException) -> Message:
        line, where, file = None, "", self.main
        trace = error.__traceback__
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename
            if name == self.main or name.startswith(self.scratch):
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
        return {"type": kinds[0], "kinds": kinds, "message": message[:600], "line": line, "where": where, "file": file}

    # --- loading -----------------------------------------------------------------------------------------------------

    def load(self, ask: Message) -> Message:
        self.main = ask["main"]
        # Last on the path: nothing that the submission brings replaces a module of Python or NumPy.
        sys.path.append(self.scratch)
        for name, data in ask["files"].items():
            path = os.path.join(self.scratch, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data.tobytes())
        self.module.__file__ = os.path.join(self.scratch, self.main)
        sys.modules[MODULE] = self.module
        self.dice = any(b"random" in data.tobytes() for data in ask["files"].values())
        if self.dice:
            _tame()
        errors: list[Message] = []
        for code in self._statements(ask["files"][self.main].tobytes(), errors):
            try:
                exec(code, self.module.__dict__)
            except BaseException as error:
                # One statement that fails does not take the functions after it with it.
                errors.append(self._error(error))
        errors.sort(key=lambda e: e["line"] or 0)
        found = {}
        for name in FUNCTIONS:
            value = self.module.__dict__.get(name)
            if callable(value):
                found[name] = getattr(getattr(value, "__code__", None), "co_firstlineno", None)
        names = [k for k, v in self.module.__dict__.items() if callable(v) and not k.startswith("__")]
        reply = {"status": "returned", "found": found, "names": names[:200], "errors": errors[:20]}
        race = self.module.__dict__.get("race")
        if type(race) is dict:
            # For the leaderboard: numbers and nothing else.
            reply["race"] = {k: race[k] for k in RACE if type(race.get(k)) in (int, float) and abs(race[k]) < 1e9}
        return reply

    def _statements(self, source: bytes, errors: list[Message]) -> list[types.CodeType]:
        """Compile every statement at the top level by itself; where the text is broken, what is whole around it."""
        flags = 0

        def compiled(tree: ast.Module) -> list[types.CodeType]:
            nonlocal flags
            codes = []
            for node in tree.body:
                if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                    import __future__

                    for alias in node.names:
                        flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
                one = ast.Module([node], [])
                codes.append(compile(one, self.main, "exec", flags, dont_inherit=True))
            return codes

        unusable = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError)
        try:
            return compiled(ast.parse(source, self.main))
        except unusable as error:
            whole = self._error(error)
        text, encoding = decode(source)
        try:
            codes = compiled(ast.parse(text, self.main))
            errors.append(whole | {"type": "Encoding", "kinds": ["Encoding"], "message": encoding, "line": None})
            return codes
        except unusable as error:
            whole = self._error(error)
        codes = []
        broken: list[Message] = []
        lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").split("\n")
        starts = _starts(lines)
        for begin, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            # Blank lines in front keep the line numbers of the file.
            chunk = "\n" * begin + "\n".join(lines[begin:end]) + "\n"
            try:
                codes += compiled(ast.parse(chunk, self.main))
            except unusable as error:
                broken.append(self._error(error) | {"where": _defined(lines[begin:end])})
        errors += broken or [whole]
        return codes

    # --- calling -----------------------------------------------------------------------------------------------------

    def call(self, ask: Message) -> Message:
        function = self.module.__dict__.get(ask["name"])
        if not callable(function):
            return {"status": "missing"}
        args, kwargs = [_laid_out(a, ask) for a in ask["args"]], dict(ask["kwargs"])
        back = {"args": args} if ask.get("back") else {}
        if self.dice:
            _seed()
        try:
            value = function(*args, **kwargs)
        except BaseException as error:
            return {"status": "raised", "error": self._error(error)} | back
        if isinstance(value, types.GeneratorType):
            return {"status": "returned", "value": channel.Opaque("generator")} | back
        self.kept[self.id] = value
        return {"status": "returned", "value": value} | back

    def recall(self, ask: Message) -> Message:
        if ask["of"] not in self.kept:
            return {"status": "missing"}
        return {"status": "returned", "value": self.kept[ask["of"]]}

    def train(self, ask: Message) -> Message:
        """Gradient descent with the submission's four functions; stops at the first step that can't be taken."""
        find = self.module.__dict__.get
        forward, loss, backprop, update = (find(name, _missing) for name in FUNCTIONS)
        params, x, y, kind = ask["params"], ask["x"], ask["y"], ask["activation"]
        marks, losses, doing = {}, [], ""
        if self.dice:
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

    # --- the loop ----------------------------------------------------------------------------------------------------

    def answer(self, ask: Message) -> Message:
        self.id = ask["id"]
        sys.stdout = sys.stderr = self.prints
        self._clock(ask.get("limit", 5.0))
        try:
            reply = {"load": self.load, "call": self.call, "recall": self.recall, "train": self.train}[ask["op"]](ask)
        except BaseException as error:
            reply = {"status": "raised", "error": self._error(error)}
        if self._timer:
            self._timer(signal.ITIMER_PROF, 0)
        return reply | {"id": ask["id"], "prints": self.prints.take()}

    def run(self) -> None:
        while True:
            try:
                ask = channel.receive(self.sock)
            except channel.ChannelError:
                return
            for one in ask["asks"] if ask["op"] == "several" else [ask]:
                if "take" in one:
                    one["args"] = [_own(ask["shared"][place]) for place in one["take"]]
                reply = self.answer(one)
                try:
                    self._send(self.sock, reply)
                except channel.ChannelError:
                    # Too large to be an answer, or made so that it can't be packed.
                    self._send(self.sock, {"id": one["id"], "status": "returned", "value": channel.Opaque("too large")})


def _missing(*_: object) -> Any:
    raise NameError("there is no such function")


def _tame() -> None:
    """Import what rolls dice, and let a generator that is given no seed begin at 0."""
    import random  # noqa: F401

    import numpy.random

    make = numpy.random.default_rng
    numpy.random.default_rng = lambda seed=None: make(0 if seed is None else seed)
    _seed()


def _seed() -> None:
    """The same call gives the same answer, also from a program that rolls dice."""
    for name in ("random", "numpy.random"):
        if name in sys.modules:
            sys.modules[name].seed(0)


def _own(value: Any) -> Any:
    """An argument that no other call has."""
    if isinstance(value, dict):
        return {k: _own(v) for k, v in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


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


def decode(source: bytes) -> tuple[str, str]:
    """Read a file that Python does not accept as it is: its text, and the encoding that it seems to have."""
    if b"\0" in source[:2]:
        source = (b"\xfe\xff" if source[0] == 0 else b"\xff\xfe") + source
    if source[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return source.decode("utf-16", "replace"), "UTF-16"
    source = source.removeprefix(b"\xef\xbb\xbf")
    try:
        return source.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return source.decode("latin-1"), "Latin-1"


# A comment, or a text in quotes of any kind.
_TEXTS = re.compile(r"""#[^\n]*|(\"{3}|'{3})(?:\\.|[^\\])*?\1|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def _starts(lines: list[str]) -> list[int]:
    """Lines at which a statement at the top level may begin."""
    # What stands inside a text of several lines, such as a docstring, begins nothing.
    lines = _TEXTS.sub(lambda text: text[0].replace("\n", "\n "), "\n".join(lines)).split("\n")
    starts = [0]
    joined = ("else", "elif", "except", "finally", ")", "]", "}")
    for i, line in enumerate(lines[1:], 1):
        if line[:1].strip() and line[0] not in "#\\" and not line.startswith(joined):
            if lines[starts[-1]].startswith("@") and line.startswith(("@", "def", "class", "async")):
                continue
            starts.append(i)
    return starts


def _defined(lines: list[str]) -> str:
    """The function that a broken stretch of text was to define."""
    for line in lines:
        if line.startswith("def "):
            return line[4:].split("(")[0].strip()[:80]
    return ""


def work(sock: socket.socket, scratch: str, policy: layers.Policy) -> None:
    """Be the worker: lock in, say which layers hold, and answer until the other side hangs up."""
    channel.send(sock, {"layers": layers.lock(policy, sock.fileno(), scratch)})
    sys.dont_write_bytecode = True
    ours = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.path[:] = [p for p in sys.path if p and os.path.abspath(p) != ours]
    sys.argv[:] = sys.orig_argv[:] = [MODULE + ".py"]
    Student(sock, os.getcwd()).run()


def serve(control: socket.socket) -> None:
    """Fork a worker for every request until the judge hangs up, then leave nothing behind.

    Requests are one frame each: {"fork": true} with the worker's end of a socket pair attached, answered by its
    process id; {"end": pid}, answered by its wait status once it is dead and its folder is gone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    layers.prepare()
    gc.freeze()  # what is there stays: collecting in a worker copies no page of it
    scratches: dict[int, str] = {}
    jail = layers.make_jail() if layers.needs_jail() else None

    def end(pid: int) -> int:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        with contextlib.suppress(OSError):
            layers.clear(scratches.pop(pid))
        return status

    def fork(sock: socket.socket) -> int:
        policy = layers.Policy(os.getpid(), layers.new_uid(), jail=jail)
        scratch = layers.make_scratch(policy)
        pid = os.fork()
        if pid == 0:
            try:
                control.close()
                gc.enable()
                work(sock, scratch, policy)
            finally:
                os._exit(0)
        scratches[pid] = scratch
        return pid

    def wait() -> None:
        """Wait for the judge; meanwhile no worker fills the disk."""
        while not select.select([control], [], [], 0.2 if scratches else None)[0]:
            for pid, scratch in scratches.items():
                if layers.overfull(scratch):
                    os.kill(pid, signal.SIGKILL)

    try:
        while True:
            wait()
            ask = channel.receive(control)
            if "end" in ask:
                channel.send(control, {"status": end(ask["end"])})
                continue
            (fd,) = socket.recv_fds(control, 1, 1)[1]
            with socket.socket(fileno=fd) as sock:
                try:
                    channel.send(control, {"pid": fork(sock)})
                except OSError as error:
                    channel.send(control, {"fault": f"no worker could be started: {error.strerror}"})
    except channel.ChannelError:
        pass
    finally:
        for pid in list(scratches):
            end(pid)
        if jail:
            shutil.rmtree(jail, ignore_errors=True)


def main() -> None:
    """Be a server on the inherited socket whose descriptor is the first argument."""
    serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
