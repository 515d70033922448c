"""A made-up class: what its students hand in, and what must come of it.

    python -m tests.classroom FOLDER [N]

writes the submissions as Gradescope exports them, and beside the folder gradebook.csv as Canvas exports it, with one
student who submitted nothing.

Most of it is written here, line by line, in the many ways in which people write the same thing, with the mistakes that
people make.  Which lines of the rubric a mistake loses is what the catalogue declares for it.  The rest are the
programs below tests/submissions, some functions not yet written, copies, and what breaks.
"""

from __future__ import annotations

import csv
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from autograder import rubric, submission
from autograder.packaging import skeleton
from autograder.selfcheck import mutants
from autograder.selfcheck.programs import header, in_folder

ROOT = Path(__file__).resolve().parent.parent
SUBMISSIONS = ROOT / "tests" / "submissions"
NAME = submission.NAME
FUNCTIONS = ("forward", "loss", "backprop", "update")


@dataclass(frozen=True)
class Expected:
    """What is known of one submission before it is graded.

    kind: right, mistakes, unwritten, syntax, hang, missing.  score: where it is known.  lost: lines that must be lost;
    functions: the only ones (and training) where points may be lost.  copy_of: the folder it was copied from; how: the
    place in similar.LEVELS by which it must be found.
    """

    folder: str
    kind: str
    name: str = ""
    email: str = ""
    sid: str = ""
    created_at: str = ""
    score: float | None = None
    lost: frozenset[str] = frozenset()
    functions: tuple[str, ...] = FUNCTIONS
    mistakes: tuple[str, ...] = ()
    copy_of: str = ""
    how: int = -1


# --- people -----------------------------------------------------------------------------------------------------------

GIVEN = (
    "Aaliyah Abebe Aiko Alejandra Amara Andrzej Anoushka Ayşe Baraka Birgit Bogdan Chidi Chloé Dmitri Efua Eleni "
    "Emre Fatima Freya Giulia Hana Hiroshi Ifeoma Ingrid Isabela Jamal Jiří Jun Kaito Kwame Lakshmi Leilani Lucía "
    "Malik Marama Mei Mikhail Nadia Ngozi Nguyệt Noor Olu Oksana Pania Priya Rashid Ravi Sakura Samuel Sigríður "
    "Siobhán Sofía Søren Tariq Thabo Ulla Valentina Wanjiru Xiu Yael Yusuf Zanele Zoë"
).split()
FAMILY = (
    "Adeyemi Andersson Bakare Banerjee Castro Chaudhry Chen Costa Dlamini Dvořák Eriksen Fernandes Fischer García "
    "Haddad Hernández Horvat Ivanova Jansen Kamau Kaya Kealoha Kim Kovács Lindqvist Lopes Mahmoud Martínez Mbeki "
    "Moreau Müller Nakamura Ndiaye Nguyễn Novák Oduya O'Brien Okafor Papadopoulos Patel Petrov Pham Quispe Rahman "
    "Rossi Ruiz Saito Santos Schmidt Sharma Silva Singh Sørensen Tanaka Tran Tui Usman Varga Wang Watene Yamamoto "
    "Yılmaz Zhang Zulu"
).split()
# Names that break programs.
ODD = (
    '"Bobby" Tables, Jr.', "García, José Luis", "=SUM(A1:A9)", "+1 Ada", "-2 Beta", "@Home", "Zoë 🎓 Nováková",
    "李 小龍", "محمد الفارسي", "Robert <b>Tables</b> & Co", "Null", "O’Neill-D'Angelo Siân",
    "Þórunn Ægisdóttir", "True",
)  # fmt: skip


def people(count: int, dice: random.Random) -> Iterator[tuple[str, str, str]]:
    """Names, addresses and student numbers; no two the same."""
    used: set[str] = set()
    every = max(count // (len(ODD) + 1), 2)
    for i in range(count):
        odd = i // every
        name = ODD[odd] if i % every == every - 1 and odd < len(ODD) else ""
        while not name or name in used:
            name = f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}"
        used.add(name)
        yield name, f"student{i + 1}@school.example", f"{20260000 + 7 * i:08d}"


# --- programs, written in many ways -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mistake:
    """A mistake in a place of the text: the text instead, its weight among mistakes, and its name."""

    place: str
    key: str
    texts: tuple[str, ...]
    slots: dict[str, str]
    weight: int = 1


# What stands in each place, in words that people use.  Names between braces are chosen once for a student.
RIGHT: dict[str, tuple[str, ...]] = {
    "e1": (
        "x @ W1.T + b1", "np.dot(x, W1.T) + b1", "np.matmul(x, W1.T) + b1", "x.dot(W1.T) + b1", "b1 + x @ W1.T",
        "(W1 @ x.T).T + b1", "x @ W1.transpose() + b1", "x @ np.transpose(W1) + b1",
    ),
    "logistic": (
        "1 / (1 + np.exp(-{e}))", "1.0 / (1.0 + np.exp(-{e}))", "0.5 * (1 + np.tanh({e} / 2))",
        "np.tanh({e} * 0.5) * 0.5 + 0.5", "(1 + np.exp(-{e})) ** -1", "np.reciprocal(1 + np.exp(-{e}))",
        "0.5 * np.tanh(0.5 * {e}) + 0.5", "(np.tanh({e} / 2) + 1) / 2", "np.exp(-np.logaddexp(0, -{e}))",
    ),
    "tanh": ("np.tanh({e})",),
    "yhat": (
        "h @ W2.T + b2", "np.dot(h, W2.T) + b2", "np.matmul(h, W2.T) + b2", "h.dot(W2.T) + b2", "b2 + h @ W2.T",
        "(W2 @ h.T).T + b2", "h @ W2.transpose() + b2",
    ),
    "loss": (
        "np.sum(({a}) ** 2) / (2 * {n})", "0.5 * np.sum(({a}) ** 2) / {n}", "float(((({a})) ** 2).sum() / (2 * {n}))",
        "np.sum(np.square({a})) / (2 * {n})", "1 / (2 * {n}) * np.sum(({a}) ** 2)", "(({a}) ** 2).sum() / 2 / {n}",
        "np.linalg.norm({a}) ** 2 / (2 * {n})", "0.5 * np.mean(np.sum(({a}) ** 2, axis=1))",
        "np.mean((({a}) ** 2).sum(axis=1)) / 2", "np.sum(({a}) * ({a})) / (2.0 * {n})",
    ),
    "epsilon": ("(yhat - y) / {n}", "1 / {n} * (yhat - y)", "(yhat - y) * (1 / {n})", "-(y - yhat) / {n}",
                "np.subtract(yhat, y) / {n}"),
    "slope_logistic": ("h * (1 - h)", "h * (1.0 - h)", "(1 - h) * h", "h - h ** 2", "h - h * h",
                       "np.multiply(h, 1 - h)"),
    "slope_tanh": ("1 - h ** 2", "1 - h * h", "1.0 - h ** 2", "(1 - h) * (1 + h)", "1 - np.square(h)",
                   "1 - np.power(h, 2)"),
    "back": ("{eps} @ W2", "np.dot({eps}, W2)", "np.matmul({eps}, W2)", "{eps}.dot(W2)", "(W2.T @ {eps}.T).T"),
    "dW2": ("{eps}.T @ h", "np.dot({eps}.T, h)", "np.matmul({eps}.T, h)", "{eps}.T.dot(h)", "(h.T @ {eps}).T"),
    "db2": ("{eps}.sum(axis=0)", "np.sum({eps}, axis=0)", "{eps}.sum(0)", "np.sum({eps}, 0)"),
    "dW1": ("{dl}.T @ x", "np.dot({dl}.T, x)", "np.matmul({dl}.T, x)", "{dl}.T.dot(x)", "(x.T @ {dl}).T"),
    "db1": ("{dl}.sum(axis=0)", "np.sum({dl}, axis=0)", "{dl}.sum(0)", "np.sum({dl}, 0)"),
    "weights": ("params[k] - eta * grads[k]", "params[k] - grads[k] * eta", "params[k] + (-eta) * grads[k]",
                "-eta * grads[k] + params[k]"),
}  # fmt: skip
MISTAKES = (
    Mistake("e1", "b1_missing", ("x @ W1.T", "np.dot(x, W1.T)"), {"e1 bias": "b1_missing"}, 2),
    Mistake("e1", "W1_reshaped", ("x @ W1.reshape(x.shape[1], -1) + b1",), {"e1 product": "W1_reshaped"}, 2),
    Mistake("logistic", "logistic_no_minus", ("1 / (1 + np.exp({e}))",), {"h logistic": "logistic_no_minus"}, 2),
    Mistake("yhat", "b2_missing", ("h @ W2.T", "np.dot(h, W2.T)"), {"yhat bias": "b2_missing"}, 1),
    Mistake("loss", "times 2", ("np.sum(({a}) ** 2) / {n}", "(({a}) ** 2).sum() / {n}"), {"loss factor": "2"}, 6),
    Mistake("loss", "times n", ("0.5 * np.sum(({a}) ** 2)", "(({a}) ** 2).sum() / 2"), {"loss factor": "n"}, 2),
    Mistake("loss", "times 1/K", ("np.mean(({a}) ** 2) / 2", "0.5 * (({a}) ** 2).mean()"), {"loss factor": "1/K"}, 3),
    Mistake("epsilon", "times n", ("yhat - y", "(yhat - y)"), {"epsilon factor": "n"}, 9),
    Mistake("epsilon", "times -1", ("(y - yhat) / {n}", "1 / {n} * (y - yhat)"), {"epsilon factor": "-1"}, 4),
    Mistake("slope_logistic", "slope_at_e1", ("e1 * (1 - e1)",), {"slope logistic": "slope_at_e1"}, 4),
    Mistake("slope_tanh", "slope_other", ("h * (1 - h)",), {"slope tanh": "slope_other"}, 7),
    Mistake("slope_tanh", "slope_no_square", ("1 - h",), {"slope tanh": "slope_no_square"}, 3),
    Mistake("dW2", "dW2_from_e1", ("{eps}.T @ e1",), {"W2 input": "dW2_from_e1"}, 2),
    Mistake("db2", "times 1/n", ("{eps}.mean(axis=0)", "np.mean({eps}, axis=0)"), {"b2 factor": "1/n"}, 3),
    Mistake("db1", "times 1/n", ("{dl}.mean(axis=0)",), {"b1 factor": "1/n"}, 2),
    Mistake("db1", "bias_row", ("{dl}.sum(axis=0, keepdims=True)",), {"b1 sum": "bias_row"}, 3),
    Mistake("dW1", "absolute", ("abs({dl}.T @ x)",), {"W1 product": "absolute"}, 1),
    Mistake("weights", "update_uphill", ("params[k] + eta * grads[k]",),
            {"update weights": "update_uphill", "update biases": "update_uphill"}, 3),
    Mistake("weights", "update_no_eta", ("params[k] - grads[k]",),
            {"update weights": "update_no_eta", "update biases": "update_no_eta"}, 2),
)  # fmt: skip
OF = dict.fromkeys(("e1", "logistic", "tanh", "yhat"), "forward") | {"loss": "loss", "weights": "update"}
REMARKS = (
    "see the lecture", "TODO clean this up", "shapes checked on paper", "rows are examples", "first try, works",
    "the derivative, by the chain rule", "ask in the tutorial why", "n examples", "same as in my notes",
    "now backwards",
    "hidden layer", "output layer", "this took me an hour", "no loop needed", "careful with the transpose", "ok",
)  # fmt: skip


def function_of(mistake: Mistake) -> str:
    return OF.get(mistake.place, "backprop")


def _choice_of(head: str, condition: str, first: str, second: str) -> str:
    """A function that returns one of two things."""
    return f"def {head}:\n    if {condition}:\n        return {first}\n    return {second}\n"


def _loop(new: str, said: Callable[..., str], remark: Callable[[], str]) -> str:
    """update as a loop that fills a new dict."""
    step = f"        {new}[k] = {said('weights')}{remark()}\n"
    return f"    {new} = {{}}\n    for k in params:\n{step}    return {new}\n"


def write(dice: random.Random, mistakes: tuple[Mistake, ...] = (), unwritten: tuple[str, ...] = ()) -> str:
    """A program as one student writes it."""
    wrong = {m.place: dice.choice(m.texts) for m in mistakes}
    rows = dice.choice(("len(y)", "y.shape[0]", "len(yhat)", "yhat.shape[0]", "y.shape[0]"))
    names = {
        "n": dice.choice((rows, "n", "N", "m")), "e": "e1", "a": dice.choice(("y - yhat", "yhat - y")),
        "eps": dice.choice(("epsilon", "eps", "err", "error", "d2", "dy", "delta2", "e_out")),
        "dl": dice.choice(("delta", "dl", "delta1", "d1", "dh", "back", "e_hidden")),
    }  # fmt: skip
    count = f"    {names['n']} = {rows}\n" if names["n"] in ("n", "N", "m") else ""

    def said(place: str, **more: str) -> str:
        return wrong.get(place, dice.choice(RIGHT[place])).format(**(names | more))

    def remark() -> str:
        return f"  # {dice.choice(REMARKS)}" if dice.random() < 0.15 else ""

    def opened(params: tuple[str, ...]) -> str:
        return "".join(f'    {name} = params["{name}"]{remark()}\n' for name in params)

    helper = dice.choice(("inside", "sigmoid", "sigma", "both"))
    quote = dice.choice((
        'activation == "tanh"', 'activation == "logistic"', "activation != 'logistic'", "'tanh' == activation",
    ))  # fmt: skip
    first, second = ("tanh", "logistic") if "logistic" not in quote or "!=" in quote else ("logistic", "tanh")
    blank = dice.choice(("\n", "\n\n", "\n\n\n"))
    head = dice.choice(("", "# homework 7\n", '"""my network"""\n', "# -*- coding: utf-8 -*-\n"))
    out = [f"{head}import numpy as np\n"]
    if helper == "sigmoid":
        z = dice.choice(("z", "e", "t", "u"))
        out.append(f"def sigmoid({z}):\n    return {said('logistic', e=z)}\n")
        ways = {"logistic": "sigmoid(e1)", "tanh": said("tanh")}
    else:
        ways = {"logistic": said("logistic"), "tanh": said("tanh")}
    slopes = {"logistic": said("slope_logistic"), "tanh": said("slope_tanh")}
    if helper in ("sigma", "both"):
        name = dice.choice(("sigma", "act", "nonlinearity", "f"))
        e1 = {k: re.sub(r"\be1\b", "e", v) for k, v in ways.items()}
        out.append(_choice_of(f"{name}(e, activation)", quote, e1[first], e1[second]))
        h = f"    h = {name}(e1, activation){remark()}\n"
    elif dice.random() < 0.5:
        h = f"    if {quote}:\n        h = {ways[first]}{remark()}\n    else:\n        h = {ways[second]}\n"
    else:
        h = f"    h = {ways[first]} if {quote} else {ways[second]}{remark()}\n"
    if helper == "both" and "e1" not in slopes["logistic"]:
        name = dice.choice(("slope", "dsigma", "derivative", "df"))
        out.append(_choice_of(f"{name}(h, activation)", quote, slopes[first], slopes[second]))
        slope = f"    s = {name}(h, activation)\n"
    else:
        slope = f"    if {quote}:\n        s = {slopes[first]}{remark()}\n    else:\n        s = {slopes[second]}\n"

    body = {
        "forward": opened(("W1", "b1", "W2", "b2"))
        + f"    e1 = {said('e1')}{remark()}\n{h}    yhat = {said('yhat')}\n    return e1, h, yhat\n",
        "loss": f"{count}    return {said('loss')}{remark()}\n",
        "backprop": opened(("W2",)) + f"{count}    {names['eps']} = {said('epsilon')}{remark()}\n{slope}"
        f"    {names['dl']} = {dice.choice(('s * (%s)', '(%s) * s', 'np.multiply(s, %s)')) % said('back')}\n",
    }  # fmt: skip
    grads = [(k, said(f"d{k}")) for k in dice.sample(("W1", "b1", "W2", "b2"), 4)]
    if dice.random() < 0.5:
        body["backprop"] += "    return {\n" + "".join(f'        "{k}": {v},\n' for k, v in grads) + "    }\n"
    else:
        body["backprop"] += "    grads = {}\n" + "".join(f'    grads["{k}"] = {v}{remark()}\n' for k, v in grads)
        body["backprop"] += "    return grads\n"
    if dice.random() < 0.5:
        body["update"] = f"    return {{k: {said('weights')} for k in params}}\n"
    else:
        body["update"] = _loop(dice.choice(("new", "out", "result", "updated")), said, remark)
    heads = {
        "forward": 'forward(x, params, activation="logistic")', "loss": "loss(yhat, y)",
        "backprop": 'backprop(x, y, params, e1, h, yhat, activation="logistic")',
        "update": "update(params, grads, eta)",
    }  # fmt: skip
    for name in FUNCTIONS:
        text = f'    raise NotImplementedError("{name} is not written yet")\n' if name in unwritten else body[name]
        out.append(f"def {heads[name]}:\n{text}")
    return blank.join(out)


# --- what goes wrong --------------------------------------------------------------------------------------------------


def _renamed(text: str) -> str:
    """The same program under other names, without comments."""
    text = re.sub(r"[ \t]*#[^\n]*", "", text)
    for old in ("epsilon", "eps", "err", "error", "delta", "grads2", "dl", "new", "out", "result", "updated", "s"):
        text = re.sub(rf"(?<![\w.\"']){old}(?![\w\"'(])", f"{old}_x", text)
    return text


def _reordered(text: str) -> str:
    """The same program with its functions in another order, and remarks."""
    first, *parts = re.split(r"(?m)^(?=def )", text)
    return first + "# my own work\n" + "\n".join(part.rstrip("\n") + "\n" for part in reversed(parts))


def _edited(text: str) -> str:
    """The same program with a line or two written in another way."""
    text = text.replace("return e1, h, yhat", "result = (e1, h, yhat)\n    return result")
    return _reordered(_renamed(text)).replace("import numpy as np", "import numpy as np\n\nEPS = 1e-12")


COPIES = ((0, lambda text: text), (1, _reordered), (2, _renamed), (3, _edited), (0, lambda text: text))
HANG = "    while True:\n        pass\n"


def _program(dice: random.Random) -> tuple[str, Expected]:
    """Somebody's own work: strong, middling or weak, and sometimes not finished."""
    skill = dice.random()
    count = 0 if skill > 0.55 else 1 if skill > 0.25 else 2 if skill > 0.1 else 3
    unwritten: tuple[str, ...] = ()
    if skill < 0.16:
        unwritten = FUNCTIONS[dice.choice((1, 2, 2, 3)) :]
    chosen: list[Mistake] = []
    while len(chosen) < count:
        one = dice.choices(MISTAKES, [m.weight for m in MISTAKES])[0]
        if all(one.place != m.place for m in chosen) and function_of(one) not in unwritten:
            chosen.append(one)
    lost: set[str] = set()
    for one in chosen:
        # Two that meet in a function may hide each other's lines; then only that something is lost is sure.
        if sum(function_of(one) == function_of(m) for m in chosen) == 1:
            lost |= mutants.declared(one.slots)[0]
    text = write(dice, tuple(chosen), unwritten)
    lines = {f"{name}_" for name in unwritten}
    at = tuple(name for name in FUNCTIONS if name in unwritten or any(function_of(m) == name for m in chosen))
    kind = "unwritten" if lines else "mistakes" if chosen else "right"
    known = replace(Expected("", kind), lost=frozenset(lost), functions=at, mistakes=tuple(m.key for m in chosen))
    return text, replace(known, score=100.0) if kind == "right" else known


def _given(kind: str) -> list[tuple[dict[str, bytes], Expected]]:
    """The programs below tests/submissions, but for those that share half of their lines with one before."""
    found: list[tuple[dict[str, bytes], Expected]] = []
    seen: list[set[bytes]] = []
    for path in in_folder(SUBMISSIONS / kind):
        files = submission.read(path).files
        lines = {line.strip() for line in files.get(NAME, b"").splitlines()}
        if not files or any(2 * len(lines & others) > min(len(lines), len(others)) for others in seen):
            continue
        if b"\n# accuracy:" in files[NAME]:
            continue  # whether it is near enough may depend on the hidden numbers
        seen.append(lines)
        if kind == "correct":
            found.append((files, Expected("", "right", score=100.0, functions=())))
            continue
        said = header(path).get("functions", "")
        functions = FUNCTIONS if "module" in said else tuple(said.split(", "))
        found.append((files, Expected("", "mistakes", functions=functions)))
    return found


def programs(n: int, seed: int) -> list[tuple[dict[str, bytes], Expected]]:
    """The files of n submissions, and what is expected of each; a copy comes right after its original."""
    dice = random.Random(seed)
    correct, wrong = _given("correct"), _given("wrong")
    dice.shuffle(correct)
    dice.shuffle(wrong)
    blank = skeleton((ROOT / "solution" / NAME).read_text("utf-8"))
    broken = write(random.Random(f"{seed} syntax")).replace("def loss(yhat, y):", "def loss(yhat, y)")
    hanging = re.sub(r"(?m)^(def loss.*\n)", r"\g<1>" + HANG, write(random.Random(f"{seed} hang")))
    made = [
        ({NAME: blank.encode()}, Expected("", "unwritten", score=0.0)),
        ({NAME: broken.encode()}, Expected("", "syntax")),
        ({NAME: hanging.encode()}, Expected("", "hang", functions=("loss",))),
        ({"notes.txt": b"I will hand it in tomorrow.\n"}, Expected("", "missing", score=0.0)),
    ]
    made += [({NAME: blank.encode()}, Expected("", "unwritten", score=0.0)) for _ in range(n // 70)]
    copies = []
    for how, change in COPIES[: max(n // 40, 1)]:
        text, known = _program(random.Random(f"{seed} copied {len(copies)}"))
        copies.append(({NAME: text.encode()}, known))
        copies.append(({NAME: change(text).encode()}, replace(known, copy_of="before", how=how)))
    made += correct[: n // 8] + wrong[: n // 10]
    while len(made) + len(copies) < n:
        text, known = _program(dice)
        made.append(({NAME: text.encode()}, known))
    dice.shuffle(made)
    return [*made[: n - len(copies)], *copies]


# --- a class as a folder ----------------------------------------------------------------------------------------------


def make(folder: Path, n: int = 200, seed: int = 1) -> list[Expected]:
    """Write a class of n into a folder, as Gradescope exports it."""
    dice = random.Random(f"{seed} people")
    when = datetime(2026, 10, 12, 9, tzinfo=timezone.utc)
    found: list[Expected] = []
    folder.mkdir(parents=True, exist_ok=True)
    for i, ((files, known), (name, email, sid)) in enumerate(zip(programs(n, seed), people(n, dice), strict=True)):
        when += timedelta(seconds=dice.randrange(60, 4000))
        place = f"submission_{310000000 + 37 * i}"
        known = replace(
            known, folder=place, name=name, email=email, sid=sid, created_at=when.isoformat(),
            copy_of=found[-1].folder if known.copy_of else "",
        )  # fmt: skip
        for path, data in files.items():
            (folder / place / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / place / path).write_bytes(data)
        found.append(known)
    (folder / "submission_metadata.yml").write_text(_metadata(found), "utf-8")
    return found


def _metadata(found: list[Expected]) -> str:
    """submission_metadata.yml as Gradescope writes it: keys are Ruby symbols, times are UTC to the nanosecond."""
    import yaml

    out = ["---\n"]
    for known in found:
        one = {
            known.folder: {
                ":submitters": [{":name": known.name, ":sid": known.sid, ":email": known.email}],
                ":created_at": "WHEN",
                ":score": 0.0,
                ":status": "processed",
                ":history": [],
            }
        }
        when = datetime.fromisoformat(known.created_at).strftime("%Y-%m-%d %H:%M:%S.000000000 Z")
        out.append(yaml.safe_dump(one, allow_unicode=True, sort_keys=False).replace("WHEN", when))
    return "".join(out)


def gradebook(found: list[Expected], title: str) -> list[list[str]]:
    """Canvas's export of its gradebook, with one student more, who submitted nothing."""
    rows = [[one.name, str(5000 + i), one.sid, one.email, "Section A", ""] for i, one in enumerate(found)]
    return [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{title} (812)"],
        ["    Points Possible", "", "", "", "", "100"],
        *rows,
        ["Absent, Anna", "6000", "20269999", "absent@school.example", "Section A", ""],
    ]


if __name__ == "__main__":
    place = Path(sys.argv[1])
    made = make(place, int(sys.argv[2]) if len(sys.argv) > 2 else 200)
    table = place.with_name("gradebook.csv")
    with open(table, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(gradebook(made, rubric.load().title))
    print(f"{len(made)} submissions in {place}, all students in {table}")
