"""Turn a problem into words: what was asked, what came back, what was expected, the likely reason, what to try."""

from __future__ import annotations

import builtins
import difflib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.asking.checks import PARTS, Problem
from autograder.asking.exam import Exam
from autograder.asking.probes import NAMES, Probe
from autograder.sandbox.client import Answer
from autograder.sandbox.worker import decode

if TYPE_CHECKING:
    from autograder.diagnosis.diagnose import Explanation

Words = list[tuple[str, str]]

SHAPES = {
    "e1": "(n, N)", "h": "(n, N)", "yhat": "(n, K)", "W1": "(N, D)", "b1": "(N,)", "W2": "(K, N)", "b2": "(K,)",
}  # fmt: skip
EQUATIONS = {
    "e1": 1, "h": 2, "yhat": 3, "loss": 4,
    "backprop W2": 6, "backprop b2": 7, "backprop W1": 9, "backprop b1": 10, "update": 11,
}  # fmt: skip
SHORT = {
    "missing": "there is no such function", "raised": "the call ends with an error", "stuck": "the call does not end",
    "died": "the call ends the program", "skipped": "the call was not made", "none": "None comes back",
    "structure": "another kind of answer comes back", "keys": "other keys come back",
}  # fmt: skip
RETURNS = {
    "forward": "a tuple (e1, h, yhat)",
    "loss": "one number, a float",
    "backprop": 'a dict with the keys "W1", "b1", "W2", "b2"',
    "update": 'a dict with the keys "W1", "b1", "W2", "b2"',
}

# Names that say nothing but what they say: a submission cannot put numbers into them.
EXCEPTIONS = frozenset(k for k, v in vars(builtins).items() if isinstance(v, type) and issubclass(v, BaseException))
TYPES = frozenset(k for k, v in vars(builtins).items() if isinstance(v, type))


class Teller:
    """Finds words for the problems of one submission; says each misconception once and refers to it afterwards."""

    def __init__(self, exam: Exam, source: bytes) -> None:
        self.exam = exam
        self.source = decode(source)[0].replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.told: dict[str, str] = {}
        self.said: dict[tuple[str, str, str], str] = {}

    def tell(self, number: str, problem: Problem, why: Explanation | None) -> Words:
        """The words for one lost line."""
        problem = self.exam.openly(problem)
        if not problem.part:
            # Nothing came back at all, so every line of the function has the same to say.
            same = (problem.kind, problem.function, str(sorted(problem.data.items(), key=str)))
            first = self.said.setdefault(same, number)
            if first != number and problem.kind not in ("stub", "prerequisite"):
                return [("", f"The same as in {first}: {SHORT.get(problem.kind, 'no answer')}.")]
        words = self._what(problem)
        if why is None:
            return words
        first = self.told.setdefault(why.key, number)
        if first != number:
            return [*words, ("Why", f"the same reason as in {first}: {why.short}")]
        words.append(("Likely reason" if why.certain else "What is true", why.reason))
        if why.nudge:
            equation = f" See equation ({why.equation})." if why.equation else ""
            words.append(("Try", why.nudge + equation))
        return words

    def loading(self, loaded: Answer) -> list[str]:
        """What is to be said about reading the file as a whole."""
        if loaded.status != "returned":
            p = Problem(loaded.status, "the file", data={**loaded.rest, **loaded.error})
            if loaded.status == "stuck":
                limit = self.exam.rubric.limits.load
                return [f"Reading neural_net.py did not end within {limit:g} seconds; it was stopped{self._line(p.data)}."]
            return ["Reading neural_net.py ended the program. " + " ".join(t for _, t in self._died(p))]
        notes = []
        for error in loaded.rest.get("errors", [])[:5]:
            kind, where = error.get("type"), self._line(error)
            if kind == "Encoding":
                notes.append(f"The file is not plain UTF-8 text; it was read as {error.get('message')}.")
            elif kind == "SystemExit":
                notes.append(f"The file calls exit(){where}. It was read to its end all the same.")
            elif "SyntaxError" in error.get("kinds", []):
                inside = f" in {error['where']}" if error.get("where") in PARTS else ""
                meaning = " ".join(text for _, text in self._syntax(error))
                notes.append(f"The text has an error{inside}{where}. {meaning} What stands around it was graded.")
            else:
                reason = exception(str(kind), str(error.get("message", "")), Problem("raised", "the file"))
                notes.append(f"While the file was read: {kind}{where}. {reason} The rest was graded.")
        if loaded.prints:
            notes.append("While the file was read, it printed:\n" + loaded.prints[:3000])
        return notes

    # --- what was asked, what came back, what was expected ----------------------------------------------------------

    def _what(self, problem: Problem) -> Words:
        words: Words = []
        if problem.probe is not None and problem.kind not in ("missing", "stub", "skipped"):
            words.append(("Asked", self._asked(problem.function, problem.probe)))
        more: Words = getattr(self, "_" + problem.kind)(problem)
        return words + more

    def _asked(self, function: str, probe: Probe) -> str:
        sizes = ", ".join(f"{k} = {v}" for k, v in probe.sizes.items())
        kind = "" if probe.default else f', "{probe.activation}"'
        call = {
            "forward": f"forward(x, params{kind})",
            "loss": "loss(yhat, y)",
            "backprop": f"backprop(x, y, params, e1, h, yhat{kind})",
            "update": f"update(params, grads, {probe.eta:.4g})" if probe.public else "update(params, grads, eta)",
        }[function]
        more = f", {', '.join(sorted(probe.tags))}" if probe.tags & {"Fortran order", "read-only", "large", "no activation given"} else ""
        more = more.replace("large", "some excitations very large")
        return f"{call} with {sizes}{more}" + ("." if probe.public else " (hidden numbers).")

    def _line(self, data: Mapping[str, Any]) -> str:
        """The student's own line, quoted."""
        number = data.get("line")
        if not isinstance(number, int):
            return ""
        if data.get("file") not in ("neural_net.py", "", None):
            return f" in line {number} of {data['file'][:60]}"
        text = self.source[number - 1].strip()[:160] if 0 < number <= len(self.source) else ""
        return f" in line {number}" + (f":  {text}" if text else "")

    def _syntax(self, error: Mapping[str, Any]) -> Words:
        """What a syntax error means, seen beside the line it is in."""
        if re.match(r" in line \d+:  [%!]", self._line(error)):
            return [("That means", "a line that begins with % or ! is a command of a notebook, not Python. Take it out.")]
        return syntax(error)

    def _stub(self, p: Problem) -> Words:
        return [("", f"{p.function} is not written yet: it still raises NotImplementedError.")]

    def _missing(self, p: Problem) -> Words:
        loaded = self.exam.box.load()
        errors = [e for e in loaded.rest.get("errors", []) if isinstance(e, dict)] if loaded.rest else []
        for error in errors:
            if error.get("where") == p.function and "SyntaxError" in error.get("kinds", []):
                return [("", f"{p.function} can't be used: the text has an error{self._line(error)}"), *self._syntax(error)]
        names = [n for n in loaded.rest.get("names", []) if isinstance(n, str)] if loaded.rest else []
        near = difflib.get_close_matches(p.function, [n for n in names if n not in PARTS], 1, 0.6)
        words = [("", f"There is no function named {p.function} in neural_net.py.")]
        if near:
            words.append(("Try", f"there is a function named {near[0][:60]}; name it {p.function}."))
        elif errors:
            error = errors[0]
            words.append(("Likely reason", f"the file could not be read to its end: {error.get('type')}{self._line(error)}"))
        return words

    def _raised(self, p: Problem) -> Words:
        step = f" at step {p.data['step']} of the training" if p.data.get("step") is not None else ""
        # What it says may hold hidden numbers, unless it was asked before them; so may a name of the submission's own.
        public, kind, message = _public(p), str(p.data.get("type", "an error")), str(p.data.get("message", ""))
        if not public:
            kind = next((k for k in p.data.get("kinds", []) if k in EXCEPTIONS), "an error")
            message = re.sub(r"'\w*'", "", message)
        words = [("Came back", f"the error {kind}{step}{self._line(p.data)}")]
        if message and public:
            words.append(("It says", message[:300]))
        reason = exception(kind, message, p)
        if reason:
            words.append(("That means", reason))
        return words

    def _stuck(self, p: Problem) -> Words:
        limits = self.exam.rubric.limits
        limit = limits.train if p.function == "training" or p.data.get("step") is not None else limits.call
        return [
            ("Came back", f"nothing within {limit:g} seconds. When it was stopped it was{self._line(p.data) or ' busy'}"),
            ("Try", "look for a loop that never ends, or that asks for input; the whole call should take milliseconds."),
        ]

    def _died(self, p: Problem) -> Words:
        if "exit" in p.data:
            reason = "it ended the whole program (os._exit or a similar call). A function must return instead."
        elif p.data.get("signal") == 11:
            reason = "it crashed the interpreter (often a recursion without end, or memory written past its end)."
        else:
            reason = "the program was ended by the system, often because it ran out of memory (512 MB)."
        return [("Came back", f"nothing: {reason}")]

    def _skipped(self, p: Problem) -> Words:
        why = {
            "load": "neural_net.py could not be read to its end; see the note at the top.",
            "hung": "earlier calls of this function did not come back in time, so it was not called again.",
            "deaths": "the program ended too often before, so it was not started again.",
            "time": "the time for the whole submission was used up by calls that did not come back.",
        }
        return [("", f"Not checked: {why.get(str(p.data.get('why')), 'too much was lost before.')}")]

    def _none(self, p: Problem) -> Words:
        return [
            ("Came back", "None."),
            ("Expected", RETURNS[p.function] + "."),
            ("Likely reason", f"{p.function} has no return statement on the way that was taken, so Python returns None."),
        ]

    def _structure(self, p: Problem) -> Words:
        return [("Came back", f"{_kind(p)}."), ("Expected", RETURNS.get(p.function, "what the next function needs") + ".")]

    def _keys(self, p: Problem) -> Words:
        keys = [k if _public(p) or k in NAMES else "..." for k in p.data.get("got", ["..."])]
        got = ", ".join(f'"{k}"' for k in keys) or "none"
        return [("Came back", f"a dict with the keys {got}."), ("Expected", 'the keys "W1", "b1", "W2", "b2".')]

    def _type(self, p: Problem) -> Words:
        want = "a float" if p.part == "loss" else f"a float64 array of shape {SHAPES.get(p.part, '')}"
        return [("Came back", f"{self._name(p)} is {_kind(p)}."), ("Expected", f"{want}.")]

    def _shape(self, p: Problem) -> Words:
        if "got" not in p.data:
            return [("Came back", f"{self._name(p)} of another shape.")]
        got, want = p.data["got"], p.data["want"]
        sizes = p.probe.sizes if p.probe else {}
        expected = "a float, one number" if p.part == "loss" else f"{want}, which is {SHAPES.get(p.part, '')}"
        return [("Came back", f"{self._name(p)} of shape {got}{lettered(got, sizes)}."), ("Expected", f"shape {expected}.")]

    def _nan(self, p: Problem) -> Words:
        places = f"{p.data['bad']} of {p.data['size']}" if "bad" in p.data else "some"
        words = [("Came back", f"{self._name(p)} with {p.data['what']} in {places} places.")]
        return [*words, ("Expected", "finite numbers everywhere.")]

    def _value(self, p: Problem) -> Words:
        assert p.probe is not None
        off = f"The difference is {_part(p.data['error'])} the right answer's size" if "error" in p.data else ""
        if not p.probe.public:
            return [("Came back", f"{self._name(p)} of the right shape, with wrong numbers." + f" {off}." * bool(off))]
        got, want = p.data["got"], p.data["want"]
        worst = np.unravel_index(int(np.argmax(np.abs(got - want))), got.shape) if got.ndim else ()
        place = f"{self._name(p)}[{', '.join(map(str, worst))}]" if worst else self._name(p)
        return [
            ("Came back", f"{place} = {got[worst]:.6g}."),
            ("Expected", f"{place} = {want[worst]:.6g}. {off}."),
        ]

    def _name(self, p: Problem) -> str:
        if p.function == "loss":
            return "the loss"
        return f'"{p.part}"' if p.function in ("backprop", "update") else p.part

    def _changed(self, p: Problem) -> Words:
        return [
            ("Came back", f"an answer, but the call changed its argument {', '.join(p.data['what'][:4])}."),
            ("Expected", "arguments are left as they are."),
            ("Try", f"inside {p.function}, don't use -=, += or [...] = on an argument; make a new array, or copy() first."),
        ]

    def _shared(self, p: Problem) -> Words:
        return [
            ("Came back", f"an answer that changed later, when {p.function} was called again with other arguments."),
            ("Likely reason", "every call returns the same dict or array object, made once outside the call."),
            ("Try", "make a new dict and new arrays inside the function."),
        ]

    def _unstable(self, p: Problem) -> Words:
        return [
            ("Came back", "another answer the second time, with the same arguments."),
            ("Expected", "the same answer every time."),
            ("Likely reason", f"{p.function} keeps something from call to call (a global variable, a default argument), or it is random."),
        ]

    def _state(self, p: Problem) -> Words:
        return [
            ("Came back", "the right answer only in the first call of a fresh program."),
            ("Expected", "the right answer in every call."),
            ("Likely reason", f"{p.function} keeps something from call to call, in a global variable or in a default argument."),
        ]

    def _primed(self, p: Problem) -> Words:
        return [
            ("Came back", f"the right answer only when forward was called just before {p.function}, with the same inputs."),
            ("Expected", "an answer from the arguments alone."),
            ("Likely reason", "forward leaves something in a global variable. Everything that is needed is in the arguments."),
        ]

    def _constant(self, p: Problem) -> Words:
        return [("Came back", "the same answer for other arguments."), ("Expected", "an answer that follows from the arguments.")]

    # --- training ----------------------------------------------------------------------------------------------------

    def _prerequisite(self, p: Problem) -> Words:
        if p.data["unwritten"]:
            return [("", f"Not checked: training needs all four functions. Not written yet: {', '.join(p.data['unwritten'])}.")]
        return [("", f"Not checked: {', '.join(p.data['failing'])} fail alone. Repair these first; then this line is judged.")]

    def _file(self, p: Problem) -> Words:
        return [
            ("Asked", "import neural_net, as another program would."),
            ("Came back", f"the error {p.data.get('type')}{self._line(p.data)}"),
            ("Expected", "a file that can be read to its end: no error, nothing to type in, no file or module that isn't there."),
        ]

    def _increases(self, p: Problem) -> Words:
        losses, before, after = p.data["losses"], p.data["before"], p.data["after"]
        return [
            ("Asked", "gradient descent with your four functions on the semicircle."),
            ("Came back", f"a loss of {losses[before]:.4g} after {before} steps and of {losses[after]:.4g} after {after}."),
            ("Expected", "a loss that goes down."),
        ]

    def _path(self, p: Problem) -> Words:
        return [
            ("Asked", "gradient descent with your four functions on the semicircle."),
            ("Came back", f"{p.part} after {p.data['step']} step{'s' * (p.data['step'] > 1)} differs by {_part(p.data['error'])} the way it should have gone."),
            ("Expected", "the path of the reference, from the same start."),
        ]

    def _fit(self, p: Problem) -> Words:
        ladder, reached = p.data["ladder"], p.data["reached"]
        return [
            ("Asked", f"gradient descent with your four functions, {self.exam.rubric.training.steps} steps."),
            ("Came back", f"a loss of {p.data['fit']:.3g} on angles not trained on: {reached} of {len(ladder)} rungs reached."),
            ("Expected", f"{ladder[-1]:g} or less; the rungs are {', '.join(f'{r:g}' for r in ladder)}."),
        ]


def _part(error: float) -> str:
    """A relative error in words, to be followed by what it is relative to."""
    if not error < 1e6:
        return "more than a million times"
    if error >= 10:
        return f"{error:.0f} times"
    percent = 100 * error
    return f"{percent:.0f} % of" if percent >= 10 else f"{percent:.1g} % of" if percent >= 1e-4 else "a tiny part of"


def lettered(shape: tuple[int, ...], sizes: Mapping[str, int]) -> str:
    """A shape in the lecture's letters, where the sizes are told apart."""
    letters = {v: k for k, v in sizes.items()}
    if len(letters) < len(sizes) or not all(s in letters for s in shape) or not shape:
        return ""
    return f", which is ({', '.join(letters[s] for s in shape)}{',' * (len(shape) == 1)})"


def syntax(error: Mapping[str, Any]) -> Words:
    """What a syntax error means."""
    message = str(error.get("message", ""))
    table = (
        (r"never closed", "a bracket is opened and not closed, in this line or before it."),
        (r"unmatched|does not match", "a bracket is closed that was not opened, or another kind was."),
        (r"U\+201[89CD]", "these are typographic quotes, as a word processor makes them. Type straight quotes: \" or '."),
        (r"invalid (non-printable )?character", "there is a character that Python does not know, often copied from a PDF or a web page."),
        (r"inconsistent use of tabs", "tabs and spaces are mixed. Indent with spaces only."),
        (r"unindent|unexpected indent|expected an indented block", "the lines of a block must start in the same column."),
        (r"Missing parentheses in call to 'print'", "print needs brackets: print(...)."),
        (r"expected ':'", "a colon is missing at the end of the line."),
        (r"invalid syntax. Perhaps you forgot a comma", "perhaps a comma or an operator is missing."),
        (r"unterminated", "a text in quotes does not end."),
    )  # fmt: skip
    for pattern, meaning in table:
        if re.search(pattern, message):
            return [("That means", meaning)]
    return [("It says", message[:200])] if message else []


def _public(p: Problem) -> bool:
    return p.probe is not None and p.probe.public


def _kind(p: Problem) -> str:
    """What kind of thing came back.  Where the numbers are hidden, a type that is not Python's or NumPy's has no name:
    a submission can put what it likes into one."""
    got = str(p.data.get("got"))
    known = r"array of shape \([\d, ]{0,20}\)|array of (dtype )?(object|[<>|]?[a-zA-Z]\d{0,3}|[a-z]{3,7}\d{0,3})( values)?"
    known += r"|(list|tuple|dict) of \d{1,6} (values|items)|masked array|generator|very large int|None"
    if _public(p) or re.fullmatch(known, got) or got in TYPES or got.removeprefix("numpy.") in dir(np):
        return got
    return "an object of another type"


def exception(kind: str, message: str, p: Problem) -> str:
    """What an exception means, with sizes as letters where they can be told apart."""
    sizes = p.probe.sizes if p.probe else {}
    letters = {v: k for k, v in sizes.items()} if len(set(sizes.values())) == len(sizes) else {}

    def size(number: str) -> str:
        value = int(number)
        return f"{value} ({letters[value]})" if value in letters else str(value)

    match = re.search(r"core dimension .*\(size (\d{1,2}) is different from (\d{1,2})\)", message)
    if match:
        return f"in a product @ the inner sizes differ: {size(match[2])} on the left, {size(match[1])} on the right. Write both shapes down; one matrix may need .T."
    match = re.search(r"shapes (\([\d,]{1,12}\)) and (\([\d,]{1,12}\)) not aligned", message)
    if match:
        return f"a product of shapes {match[1]} and {match[2]}: the inner sizes differ. One matrix may need .T."
    match = re.search(r"could not be broadcast together with shapes ((?:\([\d,]{1,12}\) ?)+)", message)
    if match:
        return f"arrays of the shapes {match[1].strip()} can't be combined element by element. Write the shape beside every line."
    match = re.search(r"name '(\w{1,40})' is not defined", message)
    if match:
        return f"there is no variable or module named {match[1]} there. Is it spelled differently, not imported, or a global of your notebook?"
    match = re.search(r"(?:local variable|variable) '(\w{1,40})' (?:referenced before assignment|where it is not)", message)
    if match or kind == "UnboundLocalError":
        return "a variable is used before anything was assigned to it, often because the assignment stands inside an if."
    if kind == "KeyError":
        return "a dict has no such key. params and grads have the keys \"W1\", \"b1\", \"W2\", \"b2\"."
    if kind == "ModuleNotFoundError":
        return "that module is not there on the grader; NumPy is."
    if "positional argument" in message or "unexpected keyword" in message:
        return "the function has other arguments than the contract says. Leave the def lines of the hand-out as they are."
    if "read-only" in message:
        return "the function writes into an argument. Arguments must be left as they are: make a new array."
    if kind == "OverflowError":
        return "a number is too large for math.exp. np.exp gives inf instead, and 1 / (1 + inf) is 0, as it should be."
    if "null bytes" in message:
        return "the file holds bytes that are no text. Save it again, as UTF-8."
    if kind == "MemoryError":
        return "the program asked for more than 512 MB of memory."
    if kind == "RecursionError":
        return "the function calls itself without end."
    if kind == "SystemExit":
        return "the function ends the program with exit(). It must return instead."
    if kind == "EOFError":
        return "the program asks for input; nobody is there to type it."
    if kind == "IndexError":
        return "an index is larger than the array. Loop to the sizes of the arrays, not to fixed numbers."
    if "subscriptable" in message or "has no attribute" in message:
        return "a value is of another type than the line expects."
    return ""
