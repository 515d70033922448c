"""Turn problems into text for a student: what was called, what came back, what was expected, why, what to try.

Pure, and made from answers to public inputs only: no number that a submission saw in secret can reach a message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.asking import failures as f
from autograder.asking.battery import ACTIVATIONS
from autograder.asking.failures import ErrorInfo, Problem
from autograder.asking.reading import PARTS, Loading, crashed
from autograder.asking.transcript import PublicTranscript
from autograder.diagnosis.engine import Explanation
from autograder.diagnosis.exceptions import Failed, exception
from autograder.diagnosis.exceptions.calls import misordered
from autograder.diagnosis.exceptions.failed import sentence
from autograder.diagnosis.exceptions.names import lost_to
from autograder.diagnosis.exceptions.shapes import lettered
from autograder.diagnosis.exceptions.source import Source, elsewhere, no_return
from autograder.diagnosis.exceptions.syntax import file_kind, syntax
from autograder.rubric import Criterion
from autograder.sandbox.layers import MIB
from autograder.sandbox.layers.scratch import MAX_BYTES, MAX_ENTRIES

Text = tuple[str, str]  # a label, which may be empty, and a sentence

SHAPES = {
    "e1": "(n, N)", "h": "(n, N)", "yhat": "(n, K)", "W1": "(N, D)", "b1": "(N,)", "W2": "(K, N)", "b2": "(K,)",
}  # fmt: skip
RETURNS = {
    "forward": "a tuple (e1, h, yhat)",
    "loss": "one number, a float",
    "backprop": 'a dict with the keys "W1", "b1", "W2", "b2"',
    "update": 'a dict with the keys "W1", "b1", "W2", "b2"',
}
SHORT: dict[type[f.Failure], str] = {
    f.Missing: "there is no usable function of that name",
    f.Raised: "the call ends with an error",
    f.TimedOut: "the call does not end",
    f.Died: "the call ends the program",
    f.Skipped: "the call was not made",
    f.NoneReturned: "None comes back",
    f.WrongStructure: "another kind of answer comes back",
    f.WrongKeys: "other keys come back",
    f.NotEarned: "its values are not right yet",
}
# Said again for every criterion, because it is all there is to say.
REPEATED = (f.Stub, f.Prerequisite, f.NotEarned)
HIDDEN_ONLY = {
    "large": "inputs of other magnitudes: numbers from 1e-6 to 100, |e1| up to the limit in the hand-out",
    "sizes": "inputs of other sizes, from 1 to 70",
    "training": "a training run from another start",
}


class Messages:
    """Makes the texts for one submission; says each cause once and refers to it afterwards.

    Parameters
    ----------
    transcript : the answers to the public battery
    lines : the lines of the submission's neural_net.py, to be quoted
    """

    def __init__(self, transcript: PublicTranscript, lines: Sequence[str]) -> None:
        self.transcript = transcript
        self.rubric = transcript.paper.rubric
        self.lines = lines
        self.source = Source(lines)
        self._criterion = ""
        self._lost: dict[ErrorInfo, str] = {}  # errors that took definitions with them, and where that is said
        self._explained: dict[str, str] = {}
        self._said: dict[object, str] = {}
        self._repeated: set[tuple[str, str]] = set()

    # --- one criterion -----------------------------------------------------------------------------------------------

    def lost(self, criterion: Criterion, problem: Problem, why: Explanation | None) -> list[Text]:
        """The texts for a criterion that is lost on public inputs too."""
        self._criterion = criterion.number
        if not problem.part:
            # Nothing came back at all, so every criterion of the function has the same to say.
            same = (problem.code, problem.function, repr(problem.failure))
            first = self._said.setdefault(same, criterion.number)
            if first != criterion.number and not isinstance(problem.failure, REPEATED):
                return [("", f"The same as in {first}: {SHORT.get(type(problem.failure), 'no answer')}.")]
        texts = self._facts(problem) + self._repeat(problem)
        order = misordered(self.source, problem.function)
        if order and self._said.setdefault(order, criterion.number) == criterion.number:
            texts.append(("What is true", order))
        if why is None:
            return texts
        first = self._explained.setdefault(why.key, criterion.number)
        if first != criterion.number:
            return [*texts, ("Likely reason", f"the same as in {first}: {why.short}.")]
        texts.append(("Likely reason" if why.certain else "What is true", why.reason))
        if why.hint:
            equation = f" See equation ({why.equation})." if why.equation else ""
            texts.append(("Try", why.hint + equation))
        return texts

    def hidden_only(self, criterion: Criterion, correct: bool) -> list[Text]:
        """The texts for a criterion that is lost on hidden inputs only: their kind, and nothing more.

        `correct`: all answers of the function to public inputs are right.
        """
        kind = next((text for word, text in HIDDEN_ONLY.items() if word in criterion.key), "other numbers and sizes")
        public = "Correct for every public input, but not" if correct else "Not correct"
        return [
            ("", f"{public} for hidden inputs of {'the same' if correct else 'this'} kind: {kind}."),
            ("Try", "look for code that is written for particular numbers or sizes, that depends on earlier calls, or "
             "that takes too long."),
        ]

    def loading(self, loading: Loading) -> list[str]:
        """Notes about importing the file."""
        if loading.failure:
            if isinstance(loading.failure, f.TimedOut):
                limit, where = self.rubric.limits.load, self._line(loading.failure.error)
                return [f"Importing neural_net.py did not end within {limit:g} seconds; it was stopped{where}."]
            said = " ".join(t for _, t in self._facts(Problem(loading.failure, "the file")))
            return [f"neural_net.py could not be imported: {said.removeprefix('nothing: ')}"]
        kind = file_kind(self.lines)
        notes = [kind] if kind else [self._loading_error(error) for error in self._first_of_each(loading.errors)[:5]]
        if loading.prints:
            notes.append("While the file was imported, it printed:\n" + loading.prints[:3000])
        for function in PARTS:
            lines = [str(number) for number in self.source.defined(function)]
            if len(lines) > 1:
                notes.append(f"{function} is defined in lines {', '.join(lines)}. Python uses the last of them.")
        return notes

    def _first_of_each(self, errors: Sequence[ErrorInfo]) -> list[ErrorInfo]:
        """The errors while loading, without those that mean the same as one before."""
        meanings = [self._meaning(error) for error in errors]
        return [e for i, e in enumerate(errors) if not meanings[i] or meanings[i] not in meanings[:i]]

    def _loading_error(self, error: ErrorInfo) -> str:
        where = self._line(error)
        if error.type == "Encoding":
            return f"The file is not plain UTF-8 text; it was read as {error.message}."
        if error.type == "SystemExit":
            return f"The file calls exit(){where}. The rest of it was read all the same."
        if error.type == "TimedOut":
            limit = self.rubric.limits.load
            return f"Importing the file takes more than {limit:g} seconds; it was stopped{where}. The rest was graded."
        if error.is_a("SyntaxError"):
            inside = f" in {error.where}" if error.where in PARTS else ""
            meaning = " ".join(
                sentence(text) if label == "That means" else f"{label}: {text}." for label, text in self._syntax(error)
            )
            return f"The file has a syntax error{inside}{where}. {meaning} The code around it was graded."
        meaning = sentence(self._meaning(error) or error.message[:200])
        return f"While the file was imported: {error.type}{where}. {meaning} The rest was graded."

    # --- what was called, what came back, what was expected -----------------------------------------------------------

    def _facts(self, problem: Problem) -> list[Text]:
        texts: list[Text] = []
        if problem.probe is not None and not isinstance(problem.failure, (f.Missing, f.Stub, f.Skipped)):
            texts.append(("Called", self._call(problem)))
        write: Callable[[Messages, Any, Problem], list[Text]] = _WRITERS[type(problem.failure)]
        return texts + write(self, problem.failure, problem)

    def _repeat(self, problem: Problem) -> list[Text]:
        """Three lines that make the same call at home, once for each call."""
        probe, function = problem.probe, problem.function
        if probe is None or isinstance(problem.failure, (f.Missing, f.Stub, f.Skipped)):
            return []
        if (function, probe.name) in self._repeated:
            return []
        self._repeated.add((function, probe.name))
        lines = ["from checking.public_inputs import make", f"from neural_net import {function}"]
        lines.append(f'print({function}(*make("{probe.name}").arguments("{function}")))')
        return [("Run it yourself", "\n" + "\n".join(lines))]

    def _call(self, problem: Problem) -> str:
        probe, function = problem.probe, problem.function
        assert probe is not None
        sizes = ", ".join(f"{k} = {v}" for k, v in probe.sizes.items())
        activation = "" if probe.default else f', "{probe.activation}"'
        call = {
            "forward": f"forward(x, params{activation})",
            "loss": "loss(yhat, y)",
            "backprop": f"backprop(x, y, params, e1, h, yhat{activation})",
            "update": f"update(params, grads, {probe.eta:.4g})",
        }[function]
        more = f", {', '.join(sorted(probe.tags))}" if probe.tags else ""
        return f'{call} with {sizes}{more} (public input "{probe.name}").'

    def _line(self, error: ErrorInfo) -> str:
        """Where an error is, quoting the student's own line."""
        if error.line is None:
            return ""
        if error.file not in ("neural_net.py", "", None):
            return f" in line {error.line} of {error.file[:60]}"
        text = self.lines[error.line - 1].strip()[:160] if 0 < error.line <= len(self.lines) else ""
        return f" in line {error.line}" + (f":  {text}" if text else "")

    def _syntax(self, error: ErrorInfo) -> list[Text]:
        meaning = syntax(error, self.lines)
        if meaning:
            return [("That means", meaning)]
        return [("It says", error.message[:200])] if error.message else []

    def _meaning(self, error: ErrorInfo, problem: Problem | None = None) -> str:
        if error.is_a("SyntaxError"):
            return file_kind(self.lines) or syntax(error, self.lines)
        function = problem.function if problem else ""

        def said(error: ErrorInfo, sizes: Mapping[str, int]) -> str:
            return exception(Failed(error, self.source, sizes, function, self.transcript.loading.errors))

        plain = said(error, {})
        if problem is None or problem.probe is None:
            return plain
        meant = said(error, problem.probe.sizes)
        if meant == plain:
            return plain
        others = [
            (said(failure.error, sizes), sizes) for failure, sizes in self._other_sizes(problem)
            if isinstance(failure, f.Raised) and (failure.error.type, failure.error.line) == (error.type, error.line)
        ]  # fmt: skip
        return meant if _vary(problem.probe.sizes, others) and _same_words(meant, others) else plain

    def _other_sizes(self, problem: Problem) -> list[tuple[f.Failure | None, Mapping[str, int]]]:
        """What became of a part of an answer with other general inputs, and their sizes.

        A size of one input may be a number that stands in the program; that of all inputs is none.
        """
        general = (probe for kind in ACTIVATIONS for probe in self.transcript.battery.general(kind))
        probes = [probe for probe in general if problem.probe and probe.name != problem.probe.name]
        return [(self.transcript.reading(problem.function, p).failure_of(problem.part), p.sizes) for p in probes]

    def _name(self, problem: Problem) -> str:
        if problem.function == "loss":
            return "the loss"
        return f'"{problem.part}"' if problem.function in ("backprop", "update") else problem.part

    # --- no answer ---------------------------------------------------------------------------------------------------

    def _stub(self, failure: f.Stub, problem: Problem) -> list[Text]:
        return [("", f"{problem.function} is not written yet: it still raises NotImplementedError.")]

    def _missing(self, failure: f.Missing, problem: Problem) -> list[Text]:
        loading = self.transcript.loading
        for error in loading.errors:
            if error.where == problem.function and error.is_a("SyntaxError"):
                return [("", f"{problem.function} has a syntax error{self._line(error)}"), *self._syntax(error)]
        defined = any(name == problem.function for name, _, _ in self.source.definitions())
        where = "after neural_net.py was imported" if defined else "in neural_net.py"
        texts = [("", f"There is no function named {problem.function} {where}.")]
        kind = file_kind(self.lines)
        if kind:
            return [*texts, ("Likely reason", kind)]
        lost = self.source.dropped(problem.function, loading.errors)
        if lost is not None:
            texts.append(("Likely reason", f"its definition was lost to an error: {lost.type}{self._line(lost)}"))
            meaning = self._meaning(lost)
            return [*texts, ("That means", meaning)] if meaning else texts
        replaced = self.source.replaced(problem.function)
        found = next(elsewhere(problem.function, self.source, loading.names), "")
        if replaced:
            line, later = replaced
            gives = "may give" if hasattr(later, "body") else "gives"
            reason = f"line {line} defines it, and line {later.lineno} {gives} its name to something else."
            texts.append(("Likely reason", reason))
        elif found:
            texts.append(("Try", found))
        elif loading.errors:
            error = loading.errors[0]
            texts.append(("Likely reason", f"the file has an error: {error.type}{self._line(error)}"))
        return texts

    def _raised(self, failure: f.Raised, problem: Problem) -> list[Text]:
        error = failure.error
        step = f" at step {failure.step} of the training" if failure.step is not None else ""
        texts = [("Returned", f"the error {error.type}{step}{self._line(error)}")]
        if error.message:
            texts.append(("It says", error.message[:300]))
        meaning = self._meaning(error, problem)
        lost = lost_to(Failed(error, self.source, loading=self.transcript.loading.errors))
        if lost is not None:
            first = self._lost.setdefault(lost, self._criterion)
            if first != self._criterion:
                line = lost.statement or lost.line
                meaning = f"the same as in {first}: line {line} failed when the file was imported."
        if meaning:
            texts.append(("That means", meaning))
        return texts

    def _timed_out(self, failure: f.TimedOut, problem: Problem) -> list[Text]:
        limits = self.rubric.limits
        limit = limits.train if problem.function == "training" or failure.step is not None else limits.call
        where = self._line(failure.error)
        return [
            ("Returned", f"nothing within {limit:g} seconds. It was stopped{where or ' while it was busy'}"),
            ("Try", "look for a loop that never ends, or for a request for input. A call should take milliseconds."),
        ]

    def _died(self, failure: f.Died, problem: Problem) -> list[Text]:
        if failure.exit is not None:
            reason = "it ended the whole program (os._exit or a similar call). A function must return instead."
        elif crashed(failure):
            reason = "it crashed the interpreter (often an endless recursion, or memory written past its end)."
        elif failure.overfull:
            reason = f"it wrote more than a submission may: {MAX_ENTRIES:,} files, {MAX_BYTES // MIB} MB together."
        else:
            reason = "the program was ended by the system, often because it ran out of memory (512 MB)."
        return [("Returned", f"nothing: {reason}")]

    def _skipped(self, failure: f.Skipped, problem: Problem) -> list[Text]:
        why = {
            "load": "neural_net.py could not be imported; see the note at the top.",
            "hung": "earlier calls of this function did not come back, so it was not called again.",
            "slow": f"earlier calls of {problem.function} took more than {self.rubric.limits.each:g} seconds "
                    "together, so it was not called again. A call should take milliseconds.",
            "long": f"at the speed of earlier calls it takes far more than {self.rubric.limits.train:g} seconds.",
            "deaths": "the program ended too often before, so it was not started again.",
            "time": "the time for the whole submission was used up.",
            "memory": "the answers of the whole submission were too large.",
        }
        said = [("", f"Not checked: {why.get(failure.why, 'too much was lost before.')}")]
        if failure.why in ("slow", "long"):
            said.append(("Try", "look for what takes long, such as loops that can be one operation on whole arrays."))
        return said

    # --- an answer that can't be read, or is wrong -------------------------------------------------------------------

    def _none(self, failure: f.NoneReturned, problem: Problem) -> list[Text]:
        return [
            ("Returned", "None."),
            ("Expected", RETURNS[problem.function] + "."),
            ("Likely reason", no_return(self.source, problem.function)),
        ]

    def _structure(self, failure: f.WrongStructure, problem: Problem) -> list[Text]:
        expected = RETURNS.get(problem.function, "what the next function needs")
        return [("Returned", f"{failure.got}."), ("Expected", f"{expected}.")]

    def _keys(self, failure: f.WrongKeys, problem: Problem) -> list[Text]:
        got = ", ".join(f'"{key}"' for key in failure.got) or "none"
        return [("Returned", f"a dict with the keys {got}."), ("Expected", 'the keys "W1", "b1", "W2", "b2".')]

    def _type(self, failure: f.WrongType, problem: Problem) -> list[Text]:
        want = "a float" if problem.part == "loss" else f"a float64 array of shape {SHAPES.get(problem.part, '')}"
        return [("Returned", f"{self._name(problem)} is {failure.got}."), ("Expected", f"{want}.")]

    def _shape(self, failure: f.WrongShape, problem: Problem) -> list[Text]:
        got, sizes = failure.array.shape, problem.probe.sizes if problem.probe else {}
        others = [(lettered(one.array.shape, its), its) for one, its in self._other_sizes(problem)
                  if isinstance(one, f.WrongShape)]  # fmt: skip
        known = lettered(got, sizes)
        known = known if _vary(sizes, others) and _same_words(known, others) else ""
        letters = SHAPES.get(problem.part, "")
        expected = "a float, one number" if problem.part == "loss" else f"shape {failure.expected}, which is {letters}"
        returned = f"{self._name(problem)} of shape {got}{known}."
        return [("Returned", returned), ("Expected", f"{expected}.")]

    def _nan(self, failure: f.NotFinite, problem: Problem) -> list[Text]:
        places = f"{failure.count} of {failure.array.size}"
        return [
            ("Returned", f"{self._name(problem)} with {failure.what} in {places} places."),
            ("Expected", "finite numbers everywhere."),
        ]

    def _value(self, failure: f.Mismatch, problem: Problem) -> list[Text]:
        got, want = failure.got, failure.expected
        worst = np.unravel_index(int(np.argmax(np.abs(got - want))), got.shape) if got.ndim else ()
        place = f"{self._name(problem)}[{', '.join(map(str, worst))}]" if worst else self._name(problem)
        of = "right step" if problem.function == "update" else "right answer"
        received, expected = _apart(float(got[worst]), float(want[worst]))
        off = f"The difference is {relative(failure.error)} the size of the {of}"
        return [("Returned", f"{place} = {received}."), ("Expected", f"{place} = {expected}. {off}.")]

    # --- behavior ----------------------------------------------------------------------------------------------------

    def _changed(self, failure: f.ArgumentsChanged, problem: Problem) -> list[Text]:
        return [
            ("Returned", f"an answer, but the call changed its argument {', '.join(failure.names[:4])}."),
            ("Expected", "arguments stay as they are."),
            ("Try", f"in {problem.function}, don't use -=, += or [...] = on an argument. Make new arrays: a "
             "copy of the dict holds the same ones."),
        ]

    def _shared(self, failure: f.SharedMemory, problem: Problem) -> list[Text]:
        if failure.late:
            return [
                ("Returned", f"an answer that changed later, when its arguments were filled with other numbers and "
                 f"{problem.function} was called with them."),
                ("Likely reason", "the answer is an argument or a part of one, or an array that is kept and used "
                 "again for the same sizes."),
                ("Try", "make a new dict and new arrays inside the function."),
            ]  # fmt: skip
        return [
            ("Returned", f"an answer that changed later, when {problem.function} was called with other arguments."),
            ("Likely reason", "every call returns the same dict or array object, made once outside the call."),
            ("Try", "make a new dict and new arrays inside the function."),
        ]

    def _unstable(self, failure: f.Unstable, problem: Problem) -> list[Text]:
        return [
            ("Returned", "another answer the second time, with the same arguments."),
            ("Expected", "the same answer every time."),
            ("Likely reason", f"{problem.function} keeps something from call to call (a global variable, a default "
             "argument), or it is random."),
        ]  # fmt: skip

    def _state(self, failure: f.FirstCallOnly, problem: Problem) -> list[Text]:
        return [
            ("Returned", "the right answer in a fresh program, but not after other calls."),
            ("Expected", "the right answer in every call."),
            ("Likely reason", f"{problem.function} keeps something from call to call: in a global variable, in a "
             "default argument or in a file."),
        ]  # fmt: skip

    def _later(self, failure: f.NotFirstCall, problem: Problem) -> list[Text]:
        error = failure.error
        wrong = "an error" if error else "a wrong answer"
        texts = [("Returned", f"{wrong} in the first call of a fresh program, and the right answer in later calls.")]
        if error:
            texts.append(("It says", f"{error.type}: {error.message[:200]}{self._line(error)}"))
        return [
            *texts,
            ("Expected", "the right answer in every call."),
            ("Likely reason", f"{problem.function} needs something that an earlier call leaves behind, in a global "
             "variable for instance."),
        ]  # fmt: skip

    def _primed(self, failure: f.NeedsForward, problem: Problem) -> list[Text]:
        return [
            ("Returned", f"the right answer only if forward was called just before {problem.function} with the same "
             "inputs."),
            ("Expected", "an answer that depends on the arguments alone."),
            ("Likely reason", "forward leaves something in a global variable. The arguments hold everything you need."),
        ]  # fmt: skip

    def _constant(self, failure: f.Constant, problem: Problem) -> list[Text]:
        return [("Returned", "the same answer for other arguments."), ("Expected", "an answer that depends on them.")]

    def _not_earned(self, failure: f.NotEarned, problem: Problem) -> list[Text]:
        return [("", f"Not checked: this looks at results of {problem.function} whose values are right, and none are "
                 "right yet. Fix those first.")]  # fmt: skip

    # --- training and the file ----------------------------------------------------------------------------------------

    def _prerequisite(self, failure: f.Prerequisite, problem: Problem) -> list[Text]:
        if failure.unwritten:
            missing = ", ".join(failure.unwritten)
            return [("", f"Not checked: training needs all four functions. Not written yet: {missing}.")]
        names = " and ".join(failure.failing)
        return [("", f"Not checked: {names} don't pass their own tests yet. Fix them first.")]

    def _file(self, failure: f.BrokenFile, problem: Problem) -> list[Text]:
        error, limit = failure.error.type, self.rubric.limits.load
        returned = f"nothing within {limit:g} seconds; it was stopped" if error == "TimedOut" else f"the error {error}"
        return [
            ("Called", "import neural_net, as another program would."),
            ("Returned", f"{returned}{self._line(failure.error)}"),
            *([("That means", meaning)] if (meaning := self._meaning(failure.error)) else []),
            ("Expected", "a file that can be imported: no error, no input(), no missing file or module."),
        ]

    def _increases(self, failure: f.LossIncreases, problem: Problem) -> list[Text]:
        losses, before, after = failure.losses, failure.before, failure.after
        return [
            ("Called", "gradient descent with your four functions on the semicircle, from a public start."),
            ("Returned", f"a loss of {losses[before]:.4g} after {before} steps and {losses[after]:.4g} after {after}."),
            ("Expected", "a loss that decreases."),
        ]

    def _path(self, failure: f.OtherPath, problem: Problem) -> list[Text]:
        steps = f"{failure.step} step{'s' * (failure.step > 1)}"
        return [
            ("Called", "gradient descent with your four functions on the semicircle, from a public start."),
            ("Returned", f"{problem.part} after {steps}, off by {relative(failure.error)} the way it should move."),
            ("Expected", "the parameters of the reference, from the same start."),
        ]

    def _fit(self, failure: f.PoorFit, problem: Problem) -> list[Text]:
        settings = self.rubric.training
        ladder = settings.ladder
        return [
            ("Called", f"gradient descent with your four functions, {settings.steps} steps from a public start."),
            ("Returned", f"a loss of {failure.fit:.3g} at angles that were not trained on."),
            ("Expected", f"{ladder[-1]:g} or less. Points are given at {', '.join(f'{r:g}' for r in ladder)}."),
        ]


_WRITERS: dict[type[f.Failure], Callable[..., list[Text]]] = {
    f.Stub: Messages._stub,
    f.Missing: Messages._missing,
    f.Raised: Messages._raised,
    f.TimedOut: Messages._timed_out,
    f.Died: Messages._died,
    f.Skipped: Messages._skipped,
    f.NoneReturned: Messages._none,
    f.WrongStructure: Messages._structure,
    f.WrongKeys: Messages._keys,
    f.WrongType: Messages._type,
    f.WrongShape: Messages._shape,
    f.NotFinite: Messages._nan,
    f.Mismatch: Messages._value,
    f.ArgumentsChanged: Messages._changed,
    f.SharedMemory: Messages._shared,
    f.Unstable: Messages._unstable,
    f.FirstCallOnly: Messages._state,
    f.NeedsForward: Messages._primed,
    f.NotFirstCall: Messages._later,
    f.Constant: Messages._constant,
    f.NotEarned: Messages._not_earned,
    f.Prerequisite: Messages._prerequisite,
    f.BrokenFile: Messages._file,
    f.LossIncreases: Messages._increases,
    f.OtherPath: Messages._path,
    f.PoorFit: Messages._fit,
}


def _vary(sizes: Mapping[str, int], others: Sequence[tuple[str, Mapping[str, int]]]) -> bool:
    """Whether no size is the same in all others."""
    return all(any(its[letter] != size for _, its in others) for letter, size in sizes.items())


def _same_words(text: str, others: Sequence[tuple[str, Mapping[str, int]]]) -> bool:
    return all(re.sub(r"\d+", "", text) == re.sub(r"\d+", "", other) for other, _ in others)


def _apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers in as many digits as tell them apart, six at least."""
    texts = ((f"{one:.{digits}g}", f"{other:.{digits}g}") for digits in (6, 9, 12, 17))
    return next((both for both in texts if both[0] != both[1]), (str(one), str(other)))


def relative(error: float) -> str:
    """A relative error in words, to be followed by what it is relative to."""
    if not error < 1e6:
        return "more than a million times"
    if error >= 10:
        return f"{error:.0f} times"
    percent = 100 * error
    return f"{percent:.0f} % of" if percent >= 10 else f"{percent:.1g} % of" if percent >= 1e-4 else "a tiny part of"
