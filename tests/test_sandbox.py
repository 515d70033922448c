"""The judge's side of the boundary: what is asked is answered in time, or it is said why not."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from autograder.sandbox import client as sandbox
from autograder.sandbox.client import Answer, Limits, Questions, Sandbox
from autograder.sandbox.control import Control
from autograder.sandbox.frames import Opaque, Was
from autograder.sandbox.server import ServerGone

QUICK = Limits(load=1.0, call=0.3, train=0.5, whole=30.0, deaths=6)
X = np.arange(6.0).reshape(2, 3)


@contextmanager
def behind(text: str, limits: Limits = QUICK, **files: str) -> Iterator[Sandbox]:
    """A submission of these functions; the names are the contract's, what they do is not."""
    others = {f"{name}.py": content.encode() for name, content in files.items()}
    with Sandbox({"neural_net.py": text.encode(), **others}, "neural_net.py", limits) as box:
        yield box


def test_a_call_comes_back_with_its_value() -> None:
    with behind("def forward(x, y, kind='logistic'): return x + y, [1, 2.5, None, 'a'], {'k': x, 3: kind}") as box:
        answer = box.call("forward", X, 1.0)
        assert answer.status == "returned"
        value, listed, named = answer.value
        assert np.array_equal(value, X + 1)
        assert listed == [1, 2.5, None, "a"]
        assert named[3] == "logistic"
        assert np.array_equal(named["k"], X)


def test_arguments_come_back_as_they_are_after_the_call_and_ours_stay() -> None:
    mine = X.copy()
    with behind("def forward(x): x[0, 0] = 99; return 1.0") as box:
        answer = box.call("forward", mine)
        assert answer.args[0][0, 0] == 99
        assert box.call("forward", mine, back=False).args == ()
    assert np.array_equal(mine, X)


def test_layouts_are_as_asked() -> None:
    text = "def forward(x, p): f = x.flags; return f.f_contiguous, f.writeable, p['W1'].flags.f_contiguous"
    with behind(text) as box:
        assert box.call("forward", X, {"W1": X}).value == (False, True, False)
        assert box.call("forward", X, {"W1": X}, fortran=True).value == (True, True, True)
        assert box.call("forward", X, {"W1": X}, readonly=True).value == (False, False, False)


def test_other_types_are_named_and_never_made_here() -> None:
    values = "np.matrix(x), np.float32(2), {1, 2}, lambda: 0, np.array([len], object)"
    text = f"import numpy as np\ndef forward(x): return {values}"
    with behind(text) as box:
        matrix, single, a_set, function, objects = box.call("forward", X).value
    assert isinstance(matrix, Was)
    assert matrix.kind == "numpy.matrix"
    assert np.array_equal(matrix.value, X)
    assert isinstance(single, Was)
    assert single.kind == "numpy.float32"
    assert isinstance(a_set, Opaque)
    assert a_set.kind == "set"
    assert isinstance(function, Opaque)
    assert isinstance(objects, Opaque)


def test_a_question_that_is_too_large_is_not_the_graders_fault() -> None:
    """A submission's answer is asked about again in training, and may be made to be too large for that."""
    with behind("def forward(x): return 1.0") as box:
        assert box.call("forward", ["x" * 3000] * 2000).status == "died"
        assert box.call("forward", X).value == 1.0


@pytest.mark.slow
def test_an_answer_that_is_too_large_is_named() -> None:
    with behind("def forward(x): return [[1.0] * 19999] * 200\ndef loss(): return list(range(30000))") as box:
        for name, arguments in (("forward", (X,)), ("loss", ())):
            answer = box.call(name, *arguments)
            assert answer.status == "returned"
            assert isinstance(answer.value, Opaque), name
        assert box.budget.deaths == 0


def test_an_error_says_its_kind_its_message_and_the_students_line() -> None:
    with behind("def forward(x):\n    y = x\n    return y['a']\n") as box:
        answer = box.call("forward", {"b": 1.0})
        assert answer.status == "raised"
        assert answer.error["type"] == "KeyError"
        assert "LookupError" in answer.error["kinds"]
        assert (answer.error["line"], answer.error["where"]) == (3, "forward")


def test_an_error_in_another_file_of_the_submission_names_that_file() -> None:
    with behind("import helper\ndef forward(x): return helper.f(x)", helper="def f(x):\n    return 1 / 0\n") as box:
        error = box.call("forward", X).error
        assert (error["file"], error["line"]) == ("helper.py", 2)


def test_files_of_any_number_and_any_name_are_there() -> None:
    others = {f"{'long_' * 30}{i}": f"VALUE = {i}" for i in range(90)}
    imports = "\n".join(f"from {name} import VALUE as v{i}" for i, name in enumerate(others))
    with behind(f"{imports}\ndef loss(): return v0 + v89", **others) as box:
        assert box.call("loss").value == 89


def test_an_exception_that_misbehaves_is_only_an_exception() -> None:
    text = "class E(Exception):\n    def __str__(self): raise SystemExit\ndef forward(x): raise E\n"
    with behind(text + "def loss(): return 1.0") as box:
        assert box.call("forward", X).status == "raised"
        assert box.call("loss").value == 1.0


def test_prints_come_back_capped_and_belong_to_their_call() -> None:
    text = "def forward(x): print('f'); return 1.0\ndef loss(): print('l' * 10**6); return 2.0"
    with behind("print('read')\n" + text) as box:
        assert box.load().prints == "read\n"
        assert box.call("forward", X).prints == "f\n"
        prints = box.call("loss").prints
        assert len(prints) < 5000
        assert "characters more" in prints


def test_a_missing_function_is_missing_also_when_it_is_a_number() -> None:
    with behind("loss = 3") as box:
        assert box.call("forward", X).status == "missing"
        assert box.call("loss").status == "missing"
        assert box.load().rest["found"] == {}


def test_loading_tells_what_is_there_and_what_went_wrong() -> None:
    with behind("import nothing_like_this\ndef forward(x):\n    return x\nhelper = len\n") as box:
        loaded = box.load()
        assert loaded.rest["found"] == {"forward": 2}
        assert "helper" in loaded.rest["names"]
        (error,) = loaded.rest["errors"]
        assert (error["type"], error["line"]) == ("ModuleNotFoundError", 1)
        assert box.call("forward", X).status == "returned"


def test_text_that_is_broken_costs_what_it_breaks() -> None:
    text = '"""A text\nof several\nlines."""\ndef forward(x):\n    return (x\n\ndef loss():\n    return 1.0\n'
    with behind(text) as box:
        (error,) = box.load().rest["errors"]
        assert (error["line"], error["where"]) == (5, "forward")
        assert box.call("forward", X).status == "missing"
        assert box.call("loss").value == 1.0


# --- time ------------------------------------------------------------------------------------------------------------


def test_a_loop_is_stopped_and_its_line_is_named() -> None:
    with behind("def forward(x):\n    n = 0\n    while True:\n        n += 1\ndef loss(): return 1.0") as box:
        begun = time.monotonic()
        answer = box.call("forward", X)
        assert answer.status == "stuck"
        assert answer.error["line"] in (3, 4)
        assert time.monotonic() - begun < QUICK.call * QUICK.wall + sandbox.GRACE + 1
        assert box.call("loss").value == 1.0
        assert box.budget.deaths == 1


def test_a_loop_that_catches_everything_is_stopped_too() -> None:
    loop = "        try:\n            while True: pass\n        except BaseException: pass\n"
    text = f"def forward(x):\n    while True:\n{loop}"
    with behind(text) as box:
        assert box.call("forward", X).status == "stuck"


@pytest.mark.slow
def test_sleeping_is_stopped_by_the_clock_on_the_wall() -> None:
    with behind("import time\ndef forward(x): time.sleep(60)") as box:
        begun = time.monotonic()
        assert box.call("forward", X).status == "stuck"
        assert time.monotonic() - begun < QUICK.call * QUICK.wall + sandbox.GRACE + 1


@pytest.mark.slow
def test_who_has_computed_for_too_long_is_not_waited_for() -> None:
    text = "import signal\ndef loss():\n    signal.setitimer(signal.ITIMER_PROF, 0)\n    while True: pass"
    with behind(text, Limits(load=1, call=0.3, wall=300.0)) as box:
        assert box.call("loss").status == "stuck"
        assert box.budget.seconds < 30


def test_one_call_into_c_that_hears_no_signal_is_stopped() -> None:
    with behind("def forward(x): return 3 ** (10 ** 9)") as box:
        begun = time.monotonic()
        assert box.call("forward", X).status == "stuck"
        assert time.monotonic() - begun < QUICK.call * QUICK.wall + sandbox.GRACE + 1


@pytest.mark.parametrize(("text", "status"), [("while True: pass", "stuck"), ("os._exit(7)", "died")])
def test_a_function_that_costs_three_workers_is_not_asked_again(text: str, status: str) -> None:
    with behind(f"import os\ndef forward(x):\n    {text}\ndef loss(): return 1.0") as box:
        assert [box.call("forward", X).status for _ in range(5)] == [status] * 3 + ["skipped"] * 2
        assert box.call("loss").value == 1.0


ENDLESS = {
    "a loop": "while True: pass",
    "a call": "def never():\n    while True: pass\nnever()",
    "sleep": "import time\ntime.sleep(60)",
    "input from nowhere": "import select\nselect.select([], [], [])",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ENDLESS)
def test_a_file_that_never_ends_keeps_its_definitions(kind: str) -> None:
    text = f"def loss(): return 1.0\n{ENDLESS[kind]}\ndef forward(x): return x\n"
    with behind(text) as box:
        loaded = box.load()
        assert loaded.status == "returned"
        (error,) = loaded.rest["errors"]
        assert error["type"] == "TimedOut"
        assert error["line"] == text[: text.rindex(ENDLESS[kind].split("\n")[-1])].count("\n") + 1
        assert box.call("loss").value == 1.0
        assert box.call("forward", X).status == "returned"
        assert box.budget.deaths == 0
        box.close()
        begun = time.monotonic()
        assert box.call("loss").value == 1.0  # in a new worker, which leaves that statement out
        assert time.monotonic() - begun < QUICK.load


@pytest.mark.slow
def test_a_file_that_catches_everything_and_never_ends_is_stopped() -> None:
    loop = "while True:\n    try:\n        while True: sum(range(999))\n    except BaseException: pass\n"
    with behind("def loss(): return 1.0\n" + loop) as box:
        assert box.load().status == "stuck"
        begun = time.monotonic()
        for _ in range(20):
            assert box.call("loss").rest["why"] == "load"
        assert time.monotonic() - begun < 1
        assert box.budget.deaths == 1


def test_the_time_for_everything_bounds_all_waiting() -> None:
    limits = Limits(load=1, call=0.3, whole=1.0, deaths=50)
    text = "".join(f"def f{i}():\n    while True: pass\n" for i in range(20))
    with behind(text, limits) as box:
        begun = time.monotonic()
        statuses = [box.call(f"f{i}").status for i in range(20)]
        assert statuses[0] == "stuck"
        assert statuses[-1] == "skipped"
        assert time.monotonic() - begun < 12


def test_training_that_hangs_is_stopped_and_says_its_step() -> None:
    text = """
calls = 0
def forward(x, params, kind):
    global calls
    calls += 1
    while calls > 3: pass
    return x, x, x
def loss(yhat, y): return 0.0
def backprop(*a): return {}
def update(params, grads, eta): return params
"""
    with behind(text) as box:
        question: Any = {"params": {"W1": X}, "x": X, "y": X, "eta": 0.1, "activation": "logistic"}
        answer = box.train(steps=10, marks=[1, 10], without=[], **question)
        assert answer.status == "stuck"
        assert answer.rest["step"] == 3


# --- death -----------------------------------------------------------------------------------------------------------

DEATHS = {
    "os._exit": "import os\ndef forward(x): os._exit(7)",
    "a crash": "import ctypes\ndef forward(x): return ctypes.string_at(0)",
    "too much memory": "def forward(x):\n    import numpy as np\n    return np.ones(10**10).sum()",
    "recursion": "def forward(x): return forward(x)",
    "exit": "def forward(x): exit()",
    "interrupt": "def forward(x): raise KeyboardInterrupt",
}


@pytest.mark.parametrize("kind", DEATHS)
def test_what_ends_one_call_costs_that_call(kind: str) -> None:
    with behind(DEATHS[kind] + "\ndef loss(): return 1.0") as box:
        assert box.call("forward", X).status in ("died", "raised")
        assert box.call("loss").value == 1.0


def test_a_worker_that_ends_is_told_with_its_exit_status() -> None:
    with behind(DEATHS["os._exit"]) as box:
        assert box.call("forward", X).error["exit"] == 7


def test_after_too_many_deaths_no_more_are_started() -> None:
    with behind("import os\n" + "".join(f"def f{i}(): os._exit(7)\n" for i in range(8))) as box:
        statuses = [box.call(f"f{i}").status for i in range(8)]
        assert statuses == ["died"] * 6 + ["skipped"] * 2


def test_results_that_nobody_looks_at_again_take_no_memory() -> None:
    questions = sandbox.Questions(3.0)
    for value in range(30):
        questions.call("loss", float(value))
    with behind("import numpy as np\ndef loss(v): return np.ones(4 << 20)[:2] * 0 + v, np.ones(4 << 20)[:2]") as box:
        assert [answer.status for answer in box.several(questions)] == ["returned"] * 30


def test_what_was_kept_is_seen_as_it_is_now() -> None:
    questions = sandbox.Questions(1.0)
    for value in (1.0, 2.0):
        questions.call("loss", value, back=True)
    questions.recall(0)
    text = "import numpy as np\nbuffer = np.zeros(2)\ndef loss(v):\n    buffer[:] = v\n    return buffer"
    with behind(text) as box:
        assert [answer.value.tolist() for answer in box.several(questions)] == [[1, 1], [2, 2], [2, 2]]


# --- answers belong to their questions -------------------------------------------------------------------------------

FORGER = """
import gc, json, socket, struct
def frame(message):
    header = json.dumps({"dict": [[k, v] for k, v in message.items()]}).encode()
    return struct.pack("<II", len(header), 0) + header
def channel():
    return next(o for o in gc.get_objects() if isinstance(o, socket.socket))
"""


def test_a_late_answer_never_reaches_the_next_call() -> None:
    """A forged answer in front of the true one carries another question's number, and costs its own worker."""
    text = FORGER + """
def forward(x):
    for i in range(20):
        channel().sendall(frame({'id': i, 'status': 'returned', 'value': 5.0}))
    return 1.0
def loss(): return 2.0
"""
    with behind(text) as box:
        assert box.call("forward", X).status == "died"  # so it did forge
        for _ in range(3):
            assert box.call("loss").value == 2.0


def test_an_answer_of_another_form_is_a_death() -> None:
    for junk in ("b'\\0' * 100", "b'\\xff' * 8", "frame({'id': 'x'})", "struct.pack('<II', 2, 0) + b'[]'"):
        with behind(FORGER + f"def forward(x):\n    channel().sendall({junk})\n    return 1.0\n") as box:
            assert box.call("forward", X).status in ("died", "stuck"), junk
            assert box.budget.deaths == 1


def test_an_answer_that_comes_a_byte_at_a_time_is_late() -> None:
    text = FORGER + """
import time
def forward(x):
    while True:
        channel().send(b'\\1')
        time.sleep(0.05)
"""
    with behind(text) as box:
        begun = time.monotonic()
        assert box.call("forward", X).status in ("stuck", "died")
        assert time.monotonic() - begun < QUICK.call * QUICK.wall + sandbox.GRACE + 1


def test_dice_fall_the_same_way_every_time() -> None:
    dice = "[np.random.rand(), random.random(), np.random.default_rng().random()]"
    text = f"import numpy as np, random\ndef loss(): return {dice}"
    with behind(text) as one, behind(text) as other:
        assert one.call("loss").value == one.call("loss").value == other.call("loss").value


def test_nothing_is_graded_where_a_required_layer_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.sandbox import layers

    monkeypatch.setattr(layers, "required", lambda: frozenset({"seccomp", "moat"}))
    with pytest.raises(sandbox.GraderFault, match=r"lacks .* moat\. Nothing was graded"), behind("") as box:
        box.load()


def test_a_server_that_is_gone_is_started_again() -> None:
    with behind("def loss(): return 1.0") as box:
        assert box.call("loss").value == 1.0
        for _ in range(2):
            process = sandbox.server()._process
            assert isinstance(process, subprocess.Popen)
            process.kill()
            assert box.call("loss").value == 1.0
            assert box.budget.deaths == 0 or box.call("loss").status == "returned"


def test_a_server_that_ends_again_and_again_is_the_graders_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> Any:
        raise ServerGone("the process that starts workers is gone")

    monkeypatch.setattr(sandbox.Server, "fork", gone)
    with pytest.raises(sandbox.GraderFault, match="again and again"), behind("") as box:
        box.load()


# --- budgets ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_sleeping_before_right_answers_uses_up_the_budget() -> None:
    limits = Limits(load=1, call=0.3, whole=3.0)
    with behind("import time\ndef loss(): time.sleep(0.1); return 1.0\nforward = update = loss", limits) as box:
        begun = time.monotonic()
        answers = {name: [box.call(name) for _ in range(30)] for name in ("loss", "forward", "update")}
        assert time.monotonic() - begun < 4
    assert {one[0].value for one in answers.values()} == {1.0}
    ends = [one[-1].rest for one in answers.values()]
    assert ends == [{"why": "slow"}, {"why": "slow"}, {"why": "time"}]


@pytest.mark.parametrize("left", [1e-9, 1e-4, 2e-3, 5e-3])
def test_a_budget_that_ends_while_a_worker_starts_is_no_fault(left: float) -> None:
    with behind("def loss(): return 1.0") as box:
        assert box.load().status == "returned"
        box.close()
        box.budget.seconds = box.limits.whole - left
        answer = box.call("loss")
        assert answer.status == "returned" or answer.rest == {"why": "time"}


def test_processor_time_that_nobody_waits_for_counts_too() -> None:
    text = FORGER + """
import time
def forward(x):
    channel().sendall(frame({'id': x, 'status': 'returned', 'value': 5.0}))
    while True: pass
"""
    limits = Limits(load=1, call=3, whole=30.0)
    with behind(text, limits) as box:
        assert box.load().status == "returned"
        box.call("forward", box._next + 1)
        end = time.monotonic() + 30
        while box.worker and box.worker.cpu < 1.2 and time.monotonic() < end:
            time.sleep(0.05)
        box.close()
        assert box.budget.seconds > 1


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("np.zeros(1 << 19)", id="large"),
        pytest.param("[np.zeros(1 << 17)] * 8", id="many"),
        pytest.param("[[1.0] * 9000] * 2", id="objects", marks=pytest.mark.slow),
    ],
)
def test_the_bytes_of_all_answers_are_capped(value: str) -> None:
    with behind(f"import numpy as np\ndef loss(): return {value}") as box:
        answers = [box.call("loss") for _ in range(130)]
    assert answers[0].status == "returned"
    assert not isinstance(answers[0].value, Opaque)
    assert (answers[-1].status, answers[-1].rest) == ("skipped", {"why": "memory"})


@pytest.mark.slow
def test_time_on_a_busy_machine_is_not_the_submissions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel says that the worker waited for a processor all the time."""
    start = time.monotonic()
    monkeypatch.setattr(sandbox, "waiting_time", lambda _pid: 0.9 * (time.monotonic() - start))
    monkeypatch.setattr("autograder.sandbox.limits.MAX_LOST", 6.0)
    with behind("import time\ndef loss(): time.sleep(0.5); return 1.0", Limits(load=1, call=0.3, whole=2)) as box:
        ask = iter(lambda: box.call("loss").value, None)
        with pytest.raises(sandbox.GraderFault, match="too busy"):
            assert not any(value != 1.0 for value in ask)
        assert time.monotonic() - start > 4


@pytest.mark.slow
def test_who_computes_for_too_long_is_late_however_busy_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.monotonic()
    monkeypatch.setattr(sandbox, "waiting_time", lambda _pid: 0.9 * (time.monotonic() - start))
    monkeypatch.setattr(sandbox, "GRACE", 0.1)
    text = "import signal\ndef loss():\n    signal.setitimer(signal.ITIMER_PROF, 0)\n    while True: pass"
    with behind(text, Limits(load=1, call=0.2, wall=4.0)) as box:
        assert box.load().status == "returned"
        assert box.call("loss").status == "stuck"


@pytest.mark.slow
def test_an_answer_that_the_machine_delayed_is_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes longer than any deadline; but the kernel says that the worker waited for a processor for most of it."""
    start = time.monotonic()
    monkeypatch.setattr(sandbox, "waiting_time", lambda _pid: 0.6 * (time.monotonic() - start))
    limits = Limits(load=1, call=0.3, wall=0.0)
    text = f"import time\ndef loss(): time.sleep({sandbox.GRACE + 1}); return 1.0"
    with behind(text, limits) as box:
        assert box.call("loss").value == 1.0
        assert box.budget.seconds < sandbox.GRACE


# --- the control -----------------------------------------------------------------------------------------------------


def control(text: str = "def loss(): return 1.0", right: float = 1.0) -> Control:
    questions = sandbox.Questions(1.0)
    questions.call("loss")
    return Control({"net.py": text.encode()}, "net.py", questions, lambda answers: answers[0].value == right)


def test_the_control_runs_once_before_the_first_submission(monkeypatch: pytest.MonkeyPatch) -> None:
    one, runs = control(), []
    run = one.run
    monkeypatch.setattr(one, "run", lambda **how: (runs.append(how), run(**how)))
    for _ in range(3):
        with Sandbox({"n.py": b"def loss(): return 2.0"}, "n.py", QUICK, one) as box:
            assert box.call("loss").value == 2.0
    assert runs == [{}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def loss(): return 2.0", "not the known ones"),
        ("def loss(): raise ValueError('no such library')", "no such library"),
        ("import os\ndef loss(): os._exit(3)", "exit status 3"),
        ("import os\nos._exit(3)", "exit status 3"),
    ],
)
def test_nothing_is_graded_where_the_control_fails(text: str, reason: str) -> None:
    with pytest.raises(sandbox.GraderFault, match=reason) as raised, Sandbox({}, "n.py", QUICK, control(text)) as box:
        box.load()
    assert "Nothing was graded" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_control_runs_again_where_its_server_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    several, asked = Sandbox.several, []

    def kill_once(box: Sandbox, questions: Any) -> Any:
        asked.append(box)
        if len(asked) == 1:
            process = sandbox.server()._process
            assert isinstance(process, subprocess.Popen)
            process.kill()
            process.wait()
        return several(box, questions)

    monkeypatch.setattr(Sandbox, "several", kill_once)
    control().run()
    assert len(asked) == 2


def test_the_control_waits_for_a_machine_that_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    one, slow = control(), iter([9.0, 5.0, 1.0])
    monkeypatch.setattr(one, "_slowness", lambda _touch: next(slow))
    one.run()
    assert one.passed
    monkeypatch.setattr(one, "_slowness", lambda _touch: 9.0)
    monkeypatch.setattr("autograder.sandbox.control.PATIENCE", 0.0)
    with pytest.raises(sandbox.GraderFault, match="too busy"):
        one.run()
    assert not one.passed


DEATH_RUNS_IT = {
    "killed": ("def loss(): raise ValueError", True),
    "a crash": ("import ctypes\ndef loss(): ctypes.string_at(0)", True),
    "its own exit": ("import os\ndef loss(): os._exit(9)", False),
    "an exception": ("def loss(): raise ValueError", False),
    "time": ("def loss():\n    while True: pass", False),
}


@pytest.mark.parametrize("death", DEATH_RUNS_IT)
def test_a_death_without_a_reason_of_its_own_runs_the_control(death: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, expected = DEATH_RUNS_IT[death]
    one, runs = control(), []
    one.passed = True
    run = one.run
    monkeypatch.setattr(one, "run", lambda **how: (runs.append(how), run(**how)))
    with Sandbox({"n.py": text.encode()}, "n.py", QUICK, one) as box:
        box.load()
        if death == "killed":
            assert box.worker is not None
            os.kill(box.worker.pid, signal.SIGKILL)
        status = box.call("loss").status
    assert bool(runs) == expected
    assert status == {"an exception": "raised", "killed": "raised", "time": "stuck"}.get(death, "died")
    assert runs == ([{"touch": True}] if death == "killed" else [{}] * expected)


class Killed(Sandbox):
    """A sandbox whose worker is killed a few times, from outside, in the middle of a call."""

    def __init__(self, text: str, times: int) -> None:
        super().__init__({"n.py": text.encode()}, "n.py", QUICK, control())
        self.times = times

    def _question(self, question: dict[str, Any]) -> Answer:
        if question["op"] == "call":
            self.kill()
        return super()._question(question)

    def _several(self, questions: Questions) -> list[Answer]:
        self._ready()
        self.kill()
        return super()._several(questions)

    def kill(self) -> None:
        assert self.worker is not None
        if self.times:
            self.times -= 1
            pid = self.worker.pid
            threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()


SLEEPS = "import time\ndef loss(x):\n    time.sleep(0.6)\n    return 1.0\ndef update(x): return 2.0\n"


@pytest.mark.slow
@pytest.mark.parametrize("times", range(sandbox.CHANCES + 2))
def test_a_worker_that_the_machine_kills_costs_nothing_a_few_times(times: int) -> None:
    with Killed(SLEEPS, times) as box:
        answer = box.call("loss", 0)
        assert (answer.status, answer.value) == (("returned", 1.0) if times <= sandbox.CHANCES else ("died", None))
        assert box.budget.deaths == (times > sandbox.CHANCES)


@pytest.mark.slow
@pytest.mark.parametrize("first", ["loss", "update"])
def test_calls_that_are_asked_in_one_go_are_asked_again_from_the_one_that_was_killed(first: str) -> None:
    questions = Questions(QUICK.call)
    questions.call(first, 0)
    questions.call("loss", 0)
    with Killed(SLEEPS, 1) as box:
        answers = [answer.value for answer in box.several(questions)]
    # Of `update`, then `loss`, the second is left to whoever asks.
    assert answers == ([1.0, 1.0] if first == "loss" else [2.0])


@pytest.mark.slow
def test_memory_that_is_there_again_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    until, one = time.time() + 1.5, control()
    text = f"import time\ndef loss(x):\n    if time.time() < {until}: raise MemoryError\n    return 1.0\n"
    run, runs = one.run, []

    def wait(**how: bool) -> None:
        runs.append(how)
        time.sleep(max(until - time.time(), 0) if len(runs) > 1 else 0)
        run(**how)

    monkeypatch.setattr(one, "run", wait)
    with Sandbox({"n.py": text.encode()}, "n.py", QUICK, one) as box:
        assert box.call("loss", 0).value == 1.0
        assert box.budget.deaths == 0
    assert runs == [{}, {"touch": True}]


# --- streams ---------------------------------------------------------------------------------------------------------

STREAMS = {
    "buffer": "sys.stdout.buffer.write(b'ab'); sys.stdout.flush()",
    "descriptor": "os.write(sys.stdout.fileno(), b'ab')",
    "reconfigure": "sys.stdout.reconfigure(encoding='utf-8', line_buffering=True); print('ab', end='')",
    "another wrapper": "sys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'utf-8'); print('ab', end='')",
    "a detached wrapper": "sys.stdout = io.TextIOWrapper(sys.stdout.detach(), 'utf-8'); print('ab', end='')",
    "both in order": "print('a', end=''); print('b', end='', file=sys.stderr)",
    "logging": "logging.warning('b') or logging.basicConfig(format='%(message)s') ; print('ab', end='')",
    "faulthandler": "faulthandler.enable(); print('ab', end='')",
    "the original": "sys.__stdout__.write('ab')",
    "what is asked of them": "assert not sys.stdout.isatty() and sys.stdout.encoding == 'utf-8'; print('ab', end='')",
    "input": "assert sys.stdin.read() == ''; print('ab', end='')",
    "traceback": "faulthandler.dump_traceback(sys.stderr); print('ab', end='')",
}


@pytest.mark.parametrize("name", STREAMS)
def test_standard_streams_are_real_text_streams(name: str) -> None:
    text = f"import faulthandler, io, logging, os, sys\ndef loss():\n    {STREAMS[name]}\n    return 1.0\n"
    with behind(text) as box:
        answer = box.call("loss")
        assert answer.value == 1.0, answer.error
        assert answer.prints.endswith("ab")
        for _ in range(2):
            assert box.call("loss").prints.endswith("ab") or name in ("a detached wrapper", "another wrapper")


FLOODS = ["print('l' * 10**7)", "os.write(1, b'l' * 10**6)", "for _ in range(10**5): print('lll')"]


@pytest.mark.parametrize("flood", FLOODS)
def test_prints_are_capped_however_they_are_made(flood: str) -> None:
    with behind(f"import os\ndef loss():\n    {flood}\n    return 1.0\ndef forward(): print('next')") as box:
        answer = box.call("loss")
        assert answer.value == 1.0
        assert 3900 < len(answer.prints) < 4000
        assert "characters more" in answer.prints
        assert box.call("forward").prints == "next\n"
