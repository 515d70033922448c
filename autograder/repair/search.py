"""Search for edits of a program that make every answer right.

One edit alone; the same edit at two or all places; chains of edits, each of which makes more right and nothing wrong.
What ran in a trace is edited and nothing else.  The budget counts edits and steps, never time, so that the same program
gets the same answer on every machine.  This runs in a worker, next to the program, from its text.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import itertools
import sys
import types
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.repair.edits import Edit, Function, all_edits, apply, first_line, undo

Array = Any
Codes = list[tuple[Any, types.CodeType]]  # functions, and the code that each had
Numbers = tuple[int, ...]  # of the edits that a repair takes together
MOST_STEPS = 100_000  # of one call
DEPTH = 3  # edits in a chain
BEAM = 3  # beginnings of chains that are followed
MOST_PLACES = 8  # of one edit, of which all pairs are tried
MOST_REPAIRS = 60  # more are nothing that could be said
TICK = "__tick__"


class OverCount(BaseException):
    """The count of a call, or of the whole search, is used up."""


@dataclass
class Question:
    """One call: its arguments, and of each part of the answer what is expected and how far it may be off."""

    args: list[Any]
    expected: Mapping[str, Array]
    within: Mapping[str, float]
    leads: bool = False  # asked first, of every edit
    steps: int = 0  # that the program takes as it is


@dataclass
class Trace:
    """What ran: lines, and by the first line of each function the kinds of its values, and where it crashed."""

    lines: set[int] = field(default_factory=set)
    kinds: dict[int, dict[str, str]] = field(default_factory=dict)
    crashed: dict[int, int] = field(default_factory=dict)

    def allows(self, edit: Edit) -> bool:
        """Whether an edit is of what ran, or of what a crash kept from running, and its names fit."""
        if edit.function not in self.kinds:
            return False
        kinds, first = self.kinds[edit.function], self.crashed.get(edit.function)
        behind = first is not None and edit.lines[1] >= first
        if not behind and not any(line in self.lines for line in range(edit.lines[0], edit.lines[1] + 1)):
            return False
        if edit.alike:
            one, other = (kinds.get(name, "") for name in edit.alike)
            if one != other and not (behind and "" in (one, other)):
                return False
        if any(kinds.get(name) not in ("size", "number") for name in edit.sizes):
            return False
        return not (edit.resizes and all(kinds.get(name) == "size" for name in edit.resizes))


class Program:
    """The program's functions, whose code is exchanged for that of the edited tree.

    Parameters
    ----------
    text : the program
    name : the name of its file, as its code objects have it
    """

    def __init__(self, text: str, name: str, limit: int) -> None:
        self.name = name
        self.tree = ast.parse(text)
        self.edits = all_edits(self.tree)
        self.left = limit  # steps of the whole search
        self.steps = 0
        self.allowed = limit
        self._homes = {
            first_line(node): top for top in self.tree.body for node in ast.walk(top) if isinstance(node, Function)
        }
        _count_steps(self.tree)
        own = [one for one in gc.get_objects() if type(one) is types.FunctionType and one.__code__.co_filename == name]
        self._objects: dict[tuple[str, int], list[Any]] = {}
        for function in own:
            function.__globals__[TICK] = self.tick
            self._objects.setdefault(_key(function.__code__), []).append(function)
        for top in self.tree.body:
            self._exchange(top, [])

    def tick(self, steps: int) -> None:
        """Count the statements of a block that is entered.  Raises OverCount."""
        self.steps += steps
        if self.steps > self.allowed:
            raise OverCount

    def take(self, edits: Sequence[Edit]) -> Codes | None:
        """Let the program be an edited one; what `leave` needs, or None if there is none with these edits."""
        done = apply(edits)
        if done is None:
            return None
        before: Codes = []
        try:
            for home in {id(home): home for home in (self._homes[edit.function] for edit in edits)}.values():
                self._exchange(home, before)
        except (SyntaxError, ValueError, TypeError, RecursionError):
            self.leave(before)
            return None
        finally:
            undo(done)
        return before

    @staticmethod
    def leave(before: Codes) -> None:
        """Let it be what it was."""
        for function, code in reversed(before):
            function.__code__ = code

    def _exchange(self, top: ast.stmt, before: Codes) -> None:
        """Compile a statement at the top level, and give its functions their new code; note what they had."""
        module = compile(ast.Module([top], []), self.name, "exec", dont_inherit=True)
        codes = list(_codes(module))
        counts = Counter(map(_key, codes))
        for code in codes:
            # Two lambdas in a line can't be told apart: they stay as they are.
            for function in self._objects.get(_key(code), ()) if counts[_key(code)] == 1 else ():
                before.append((function, function.__code__))
                function.__code__ = code


class Search:
    """The search for one function.  `edits_left` and the program's steps are its budget."""

    def __init__(self, program: Program, call: Any, function: str, questions: Sequence[Question], limit: int) -> None:
        self.program, self.call, self.function = program, call, function
        self.questions = sorted(questions, key=lambda q: not q.leads)
        self.left = limit
        leading = [q for q in self.questions if q.leads]
        self.trace = self._trace(leading[:2])
        self.before = [self._ask(q, first=True) for q in leading]
        self.numbers = [i for i, edit in enumerate(program.edits) if self.trace.allows(edit)]
        self.better: dict[Numbers, list[frozenset[str]]] = {}

    def run(self) -> list[Numbers]:
        """The repairs of the first kind that has any.  Raises OverCount."""
        for candidates in (self._alone(), self._together()):
            found = [numbers for numbers in candidates if self._repairs(numbers, self.before)]
            if found:
                return found
        return self._chains()

    def _alone(self) -> Iterator[Numbers]:
        return ((number,) for number in self.numbers)

    def _together(self) -> Iterator[Numbers]:
        """The same edit at all places, and at two."""
        groups: dict[tuple[str, str], list[int]] = {}
        for number in self.numbers:
            edit = self.program.edits[number]
            groups.setdefault((edit.kind, edit.label), []).append(number)
        for places in groups.values():
            if len(places) > 2:
                yield tuple(places)
            if 1 < len(places) <= MOST_PLACES:
                yield from itertools.combinations(places, 2)

    def _chains(self) -> list[Numbers]:
        """Edits after edits that made something better."""
        for _ in range(DEPTH - 1):
            begun = sorted(self.better.items(), key=lambda item: -sum(map(len, item[1])))
            self.better, found = {}, []
            for begin, answers in _different(begun)[:BEAM]:
                more = (tuple(sorted({*begin, number})) for number in self.numbers if number not in begin)
                found += [numbers for numbers in more if self._repairs(numbers, answers)]
            if found:
                return list(dict.fromkeys(found))
        return []

    # --- one candidate -----------------------------------------------------------------------------------------------

    def _repairs(self, numbers: Numbers, before: list[frozenset[str]]) -> bool:
        """Whether some edits make everything right; what only gets better is kept."""
        self.left -= 1
        if self.left < 0:
            raise OverCount
        codes = self.program.take([self.program.edits[number] for number in numbers])
        if codes is None:
            return False
        try:
            return self._is_right(numbers, before)
        finally:
            self.program.leave(codes)

    def _is_right(self, numbers: Numbers, before: list[frozenset[str]]) -> bool:
        answers: list[frozenset[str]] = []
        improved = right = False
        for place, question in enumerate(self.questions):
            answers.append(self._ask(question))
            right = len(answers[-1]) == len(question.expected) and (right or not place)
            if place < len(before):
                improved = improved or answers[-1] > before[place]
                # The first two are of both activations: by an edit that is worth anything, one of them gets better.
                if not answers[-1] >= before[place] or (place == 1 and not improved):
                    return False
            if not right and place + 1 >= len(before):
                break
        if not right and improved and len(answers) == len(before):
            self.better[numbers] = answers
        return right and self._is_pure()

    def _is_pure(self) -> bool:
        """Whether the function answers twice alike, and leaves its arguments alone."""
        question = self.questions[0]
        args = _copied(question.args)
        try:
            first, second = self.call()(*args), self.call()(*args)
        except BaseException:
            return False
        return self._right(first, question) == self._right(second, question) and _same(args, question.args)

    def _ask(self, question: Question, first: bool = False) -> frozenset[str]:
        """The parts of the answer that are right."""
        program = self.program
        most = program.left if first else 20 * question.steps + 500 if question.leads else MOST_STEPS
        program.steps, program.allowed = 0, min(program.left, most)
        try:
            answer = self._right(self.call()(*_copied(question.args)), question)
        except BaseException:
            answer = frozenset()
        program.left -= program.steps
        if program.left <= 0:
            raise OverCount
        if first:
            question.steps = program.steps
        return answer

    def _right(self, value: Any, question: Question) -> frozenset[str]:
        return frozenset(part for part, got in self._parts(value) if _close(got, question, part))

    def _parts(self, value: Any) -> list[tuple[str, Any]]:
        if self.function == "loss":
            return [("loss", value)]
        if self.function == "forward":
            return list(zip(("e1", "h", "yhat"), value, strict=True))
        return [(part, value[part]) for part in ("W1", "b1", "W2", "b2") if part in value]

    def _trace(self, questions: Sequence[Question]) -> Trace:
        trace, name = Trace(), self.program.name

        def local(frame: types.FrameType, event: str, _: Any) -> Any:
            trace.lines.add(frame.f_lineno)
            first = frame.f_code.co_firstlineno
            if event == "exception":
                trace.crashed.setdefault(first, frame.f_lineno)
            if event in ("return", "exception"):
                trace.kinds.setdefault(first, {}).update((k, _kind(v)) for k, v in frame.f_locals.items())
            return local

        def enter(frame: types.FrameType, event: str, argument: Any) -> Any:
            return local(frame, event, argument) if frame.f_code.co_filename == name else None

        before = sys.gettrace()  # of a debugger, or of coverage
        for question in questions:
            sys.settrace(enter)
            try:
                self.call()(*_copied(question.args))
            except BaseException:
                continue
            finally:
                sys.settrace(before)
        return trace


def search(
    namespace: Mapping[str, Any], text: str, name: str, function: str, questions: Sequence[Mapping[str, Any]],
    edits: int, steps: int,
) -> dict[str, Any]:  # fmt: skip
    """Search for repairs of one function.

    Returns
    -------
    dict
        repairs: each the numbers of the edits that it takes.  edits, steps: how many were used.  finished: whether the
        search came to its end within these; if not, there are no repairs.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = Program(text, name, steps)
        found: list[Numbers] = []
        finished, left = False, edits
        if not _is_random(program.tree):
            with contextlib.suppress(OverCount):
                asked = [Question(**question) for question in questions]
                looking = Search(program, lambda: namespace[function], function, asked, edits)
                try:
                    found, finished = looking.run(), True
                finally:
                    left = looking.left
    finished = finished and len(found) <= MOST_REPAIRS
    used = {"edits": edits - max(left, 0), "steps": steps - max(program.left, 0)}
    return {"repairs": [list(one) for one in found] if finished else [], "finished": finished} | used


def _is_random(tree: ast.Module) -> bool:
    """Whether a function of the program uses random numbers."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    names = (getattr(node, "attr", getattr(node, "id", "")) for one in functions for node in ast.walk(one))
    return any("random" in name or name == "rng" for name in names)


def _different(begun: list[tuple[Numbers, list[frozenset[str]]]]) -> list[tuple[Numbers, list[frozenset[str]]]]:
    """The first beginning of each effect."""
    return list({tuple(answers): (numbers, answers) for numbers, answers in reversed(begun)}.values())[::-1]


# --- code -------------------------------------------------------------------------------------------------------------


def _key(code: types.CodeType) -> tuple[str, int]:
    return code.co_name, code.co_firstlineno


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            yield one
            yield from _codes(one)


def _count_steps(tree: ast.Module) -> None:
    """Let every block of a function or a loop begin with a call that counts it."""
    blocks = (ast.FunctionDef, ast.AsyncFunctionDef, ast.For, ast.While)
    for node in [node for node in ast.walk(tree) if isinstance(node, blocks)]:
        call = ast.Call(ast.Name(TICK, ast.Load()), [ast.Constant(len(node.body))], [])
        node.body = [ast.fix_missing_locations(ast.copy_location(ast.Expr(call), node.body[0])), *node.body]


# --- values -----------------------------------------------------------------------------------------------------------


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array {value.ndim}"
    if type(value) is int:
        return "size"
    return "number" if isinstance(value, (float, np.number)) else type(value).__name__


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_copied(one) for one in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return all(map(_same, one, other))
    return bool(np.array_equal(one, other))


def _close(got: Any, question: Question, part: str) -> bool:
    want = question.expected[part]
    array = np.asarray(got, np.float64)
    if array.shape != want.shape and not (want.size == array.size == 1 and want.ndim == 0):
        return False
    difference = array.ravel() - want.ravel()
    return bool(difference @ difference <= question.within[part] ** 2)
