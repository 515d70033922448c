"""Runs attacks: makes their submissions, plants secrets, grades them for real and naively, and says what came of it."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TREE = HERE.parent.parent
KINDS = ("leaks", "forges", "hangs", "brings", "takes_down", "outlives", "leaves", "gets_back")
NAMES = sorted(p.stem for p in HERE.glob("*_*.py") if p.stem.startswith(KINDS))
# One run of the tests is told from another on the same machine by its mark and its port.
MARK = secrets.token_hex(3)
with socket.create_server(("127.0.0.1", 0)) as _free:
    PORT = _free.getsockname()[1]
NAMES_OF_THIS_RUN = {
    "attack-note": f"attack-note-{MARK}",
    "attack-left": f"attack-{MARK}",
    "attack-listener": f"attack-listener-{MARK}",
    "0x41545443": f"0x{MARK}",
    "47811": str(PORT),
}
SECRETS = {name: f"CANARY-{name}-{secrets.token_hex(8)}" for name in
           ("solution", "tests", "rubric", "environment", "command", "metadata", "memory")}  # fmt: skip


def kind(name: str) -> str:
    return next(k for k in KINDS if name.startswith(k))


def docstring(name: str) -> str:
    return (HERE / f"{name}.py").read_text().split('"""')[1]


def has_control(name: str) -> bool:
    """Whether the naive grader must fall to it; a file without says why."""
    return "Control: none, because" not in docstring(name)


def code(number: float) -> int:
    """Seven digits that tell a number; the same as in bases/tools.py."""
    return 1_000_000 + int(abs(float(number)) * 2**40) % 9_000_000


def codes(number: float) -> tuple[str, str, str]:
    """How a number may come out as digits: all seven, the first six, or four as in 1.234e+14."""
    digits = code(number)
    return f"{digits}", f"{digits // 10}", f"{digits * 10**8:.3e}"


# --- submissions -----------------------------------------------------------------------------------------------------


def base_of(name: str) -> str:
    """The honest submission that an attack is made from: "correct" or "wrong"."""
    if name in ("correct", "wrong"):
        return name
    return "correct" if "\n# correct\n" in (HERE / f"{name}.py").read_text() else "wrong"


def make_submission(name: str, folder: Path, targets: dict[str, Path]) -> None:
    """Write an attack's files: the text with its base, and what the lines that start with `#:` bring."""
    folder.mkdir(parents=True)
    honest = name in ("correct", "wrong")
    text = f"# {name}\n" if honest else (HERE / f"{name}.py").read_text().split('"""', 2)[2]
    for base in ("correct", "wrong"):
        tools = (HERE / "bases/tools.py").read_text()
        text = text.replace(f"# {base}\n", tools + "\n\n" + (HERE / f"bases/{base}.py").read_text(), 1)
    for fixed, ours in NAMES_OF_THIS_RUN.items():
        text = text.replace(fixed, ours)
    parts = re.split(r"^#: (.*)\n", text, flags=re.M)
    main, rest = parts[0], parts[1:]
    for order, after in zip(rest[::2], rest[1::2], strict=True):
        verb, argument, *more = [*order.split(" ", 2), ""]
        path = folder / argument
        if verb in ("repeat", "lines"):
            main += (more[0] + "\n" * (verb == "lines")) * int(argument) + "\n" + after
        elif verb == "file":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(after)
        elif verb == "link":
            path.symlink_to(targets[more[0]])
        elif verb == "fifo":
            os.mkfifo(path)
        elif verb == "device":
            with contextlib.suppress(PermissionError):
                os.mknod(path, 0o20666, os.makedev(1, 5))  # /dev/zero
        elif verb == "many":
            for number in range(int(argument)):
                (folder / f"data{number}.txt").touch()
        elif verb == "large":
            with path.open("wb") as file:
                file.truncate(int(more[0]) << 20)
            (folder / "empty.py").touch()
        elif verb == "name":
            with open(os.fsencode(folder) + b"/" + bytes.fromhex(argument), "w") as file:
                file.write("x = 1\n")
        elif verb == "deep":
            here = os.open(folder, os.O_RDONLY)
            for _ in range(int(argument)):
                os.mkdir("d" * 60, dir_fd=here)
                here, above = os.open("d" * 60, os.O_RDONLY, dir_fd=here), here
                os.close(above)
            os.close(here)
        else:
            raise AssertionError(order)
    if not (folder / "neural_net.py").is_symlink() and not (folder / "neural_net.py").exists():
        (folder / "neural_net.py").write_text(main)


def write_metadata(root: Path) -> None:
    users = [{"email": SECRETS["metadata"], "id": 1, "name": "A student"}]
    (root / "submission_metadata.json").write_text(json.dumps({"id": 1, "users": users}))


# --- the real grader -------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Outcome:
    """What came of an attack.  `text` is everything that came out anywhere."""

    score: float
    text: str
    page: dict[str, Any]
    ended: bool
    left: list[str]

    @property
    def secrets(self) -> list[str]:
        """The planted secrets that came out."""
        return [name for name, secret in SECRETS.items() if secret in self.text]

    def inputs(self, public: frozenset[str] = frozenset()) -> list[str]:
        """The inputs that came out and are not public."""
        return sorted(set(re.findall(r"INPUT[ _](-?0x1\.[0-9a-f]+p[+-]\d+)", self.text)) - public)

    def codes(self, hidden: frozenset[str]) -> list[str]:
        """The hidden numbers that came out as digits."""
        found = set(re.findall(r"(?<![\dA-Za-z+/.])(\d{6,7}|\d\.\d{3}e\+14)(?![\dA-Za-z+/])", self.text))
        return sorted(found & hidden)

    @property
    def reached(self) -> bool:
        """Whether the attack itself says that it reached its goal."""
        return "REACHED" in self.text


def plant_grader(root: Path) -> Path:
    """Copy the grader as autograder.zip unpacks it, with secrets in it and short limits."""
    source = root / "source"
    for name in ("autograder", "solution", "data"):
        shutil.copytree(TREE / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for path, secret in (
        ("solution/neural_net.py", "solution"),
        ("autograder/hidden_tests/test_forward.py", "tests"),
        ("autograder/rubric.toml", "rubric"),
    ):
        with (source / path).open("a") as file:
            # In the text, and for the two modules in memory as well.
            file.write(f"\n# {SECRETS[secret]}\n" + f"SECRET = {SECRETS[secret]!r}\n" * path.endswith(".py"))
    rubric = (source / "autograder/rubric.toml").read_text()
    for name, seconds in {"load": 2.0, "call": 0.4, "train": 4.0, "whole": 6.0}.items():
        rubric, count = re.subn(rf"^{name} = [\d.]+", f"{name} = {seconds}", rubric, flags=re.M)
        assert count == 1, name
    (source / "autograder/rubric.toml").write_text(rubric)
    return source


def targets(source: Path, root: Path, solution: str) -> dict[str, Path]:
    return {"SOLUTION": source / solution, "METADATA": root / "submission_metadata.json", "SOURCE": source}


def checksum(folder: Path) -> str:
    """One number for the names and contents of everything below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path.relative_to(folder)).encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def run_real(name: str, root: Path, seconds: float = 100) -> Outcome:
    """Grade an attack as Gradescope does: run_autograder's verb, a fresh process, the folders made anew."""
    from naive import left_behind

    source = root / "source"
    for folder in ("submission", "results"):
        if (root / folder).exists():
            subprocess.run(["rm", "-rf", str(root / folder)], check=True)
    (root / "results").mkdir()
    write_metadata(root)
    make_submission(name, root / "submission", targets(source, root, "solution/neural_net.py"))
    command = [sys.executable, "-X", SECRETS["command"], "-s", "-m", "autograder", "gradescope", "--root", str(root)]
    environment = {**os.environ, "GRADER_KEY": SECRETS["environment"], "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        command, cwd=source, env=environment, stdout=-1, stderr=-1, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        out, err = process.communicate(timeout=seconds)
        ended = True
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        ended = False
    left = left_behind(MARK) + [
        str(note) for pattern in ("attack-note*", "*/attack-note*") for note in root.glob(pattern)
    ]
    text = (root / "results/results.json").read_text()
    page = json.loads(text)
    shown = text + json.dumps(page, ensure_ascii=False) + out.decode(errors="replace") + err.decode(errors="replace")
    return Outcome(page["score"], shown, page, ended, left)


# A process that grades many submissions one after the other, with one server: as a batch does.
SERIES = """
import json, os, sys
job = json.loads(sys.argv[1])
sys.path.insert(0, job["source"])
sys.dont_write_bytecode = True
from autograder.sandbox.layers import landlock
if job["kernel"] == "old":
    landlock.version = lambda: 0
from autograder.sandbox import client as sandbox
sandbox.use(sandbox.Server.split())
memory = sys.stdin.read()  # a secret: only now, when the server is on its own
from pathlib import Path
from autograder import files, result as results
from autograder.rendering import html
from autograder.grade import grade
for name in job["names"]:
    result = grade(Path(job["root"]) / name, pictures=False)
    results.write(results.gradescope(result), Path(job["root"]) / f"{name}.json")
    files.put(Path(job["root"]) / f"{name}.html", html.student_page(result, {}))
status = Path("/proc/self/status").read_text()
(Path(job["root"]) / "peak").write_text(status.partition("VmHWM:")[2].split()[0])  # kB
"""
MAX_PEAK = 340_000  # kB that the grader may take: 300 MB above what it has when it starts


def run_series(
    names: list[str], root: Path, source: Path, kernel: str = "this", uid: int | None = None
) -> dict[str, tuple[Outcome, Outcome]]:
    """Grade attacks in one process, each followed by the correct submission: (attack's, next one's) outcomes."""
    order = []
    for number, name in enumerate(names):
        make_submission(name, root / name, targets(source, source.parent, "solution/neural_net.py"))
        make_submission("correct", root / f"next{number}", {})
        order += [name, f"next{number}"]
    job = {"source": str(source), "root": str(root), "names": order, "kernel": kernel}
    environment = {"PATH": os.environ["PATH"], "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    if uid is not None:
        subprocess.run(["chown", "-hR", f"{uid}:{uid}", str(root)], check=True)

    def become() -> None:
        os.setgroups([])
        os.setresgid(uid or 0, uid or 0, uid or 0)
        os.setresuid(uid or 0, uid or 0, uid or 0)

    ran = subprocess.run(
        [sys.executable, "-s", "-c", SERIES, json.dumps(job)],
        env=environment,
        cwd="/",
        input=SECRETS["memory"],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=900,
        preexec_fn=None if uid is None else become,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert int((root / "peak").read_text()) < MAX_PEAK

    def outcome(name: str) -> Outcome:
        text = (root / f"{name}.json").read_text()
        page = json.loads(text)
        shown = (
            text + json.dumps(page, ensure_ascii=False) + (root / f"{name}.html").read_text() + ran.stdout + ran.stderr
        )
        return Outcome(page["score"], shown, page, True, [])

    return {name: (outcome(name), outcome(f"next{number}")) for number, name in enumerate(names)}


# --- the naive grader ------------------------------------------------------------------------------------------------


def can_contain() -> bool:
    """Whether this machine lets us put the naive grader in name spaces of its own: never run it without."""
    return (
        shutil.which("unshare") is not None and not subprocess.run([*UNSHARE, "true"], capture_output=True).returncode
    )


UNSHARE = ("unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--ipc")
HIDDEN = """
def inputs(np):
    rng = np.random.default_rng(17)
    x, y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
    shapes = {"W1": (5, 3), "b1": (5,), "W2": (2, 5), "b2": (2,)}
    return x, y, {name: rng.normal(size=shape) for name, shape in shapes.items()}
"""


def run_naive(name: str, root: Path, seconds: float = 20) -> Outcome:
    """Grade an attack by the naive grader, in name spaces of its own."""
    root = root / "under-attack"
    (root / "source").mkdir(parents=True)
    (root / "results").mkdir()
    solution = (HERE / "bases/correct.py").read_text()
    (root / "source/solution.py").write_text(f"FOUND = []\nSECRET = {SECRETS['solution']!r}\n{solution}")
    (root / "source/hidden_tests.py").write_text(f"SECRET = {SECRETS['tests']!r}\n{HIDDEN}")
    write_metadata(root)
    make_submission(name, root / "submission", targets(root / "source", root, "solution.py"))
    before = checksum(root / "source")
    environment = {"GRADER_KEY": SECRETS["environment"], "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1",
                   "OPENBLAS_NUM_THREADS": "1", "HOME": str(root / "home")}  # fmt: skip
    (root / "home").mkdir()
    ran = subprocess.run(
        [*UNSHARE, "prlimit", f"--as={3 << 30}", "--nofile=4096", "--",
         sys.executable, "-s", str(HERE / "naive.py"), str(root), str(seconds), MARK],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds + 60, cwd=root,
        start_new_session=True,  # a signal to its group must not reach ours
    )  # fmt: skip
    seen = json.loads((root / "seen.json").read_text())
    text = (ran.stdout + ran.stderr)[-(1 << 20) :].decode(errors="replace")
    page: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        result = (root / "results/results.json").read_text(errors="replace")
        page = json.loads(result)
        text += result + json.dumps(page, ensure_ascii=False)
    left = seen["left"] + (["the grader's files"] if checksum(root / "source") != before else [])
    left += [str(note) for note in root.glob(f"attack-note-{MARK}*")]
    for path in ("/tmp", "/var/tmp", "/dev/shm", "/run/lock"):
        for note in Path(path).glob(f"attack-note-{MARK}*"):
            note.unlink()
    return Outcome(page.get("score", -1), text, page, seen["ended"], left)


# --- who listens -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """Take down whatever leaves by a socket on this machine."""
    heard: list[str] = []
    path = Path(f"/tmp/attack-listener-{MARK}")
    path.unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", PORT)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", PORT))
        named, abstract = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
        named.bind(str(path))
        path.chmod(0o777)
        abstract.bind(f"\0attack-listener-{MARK}")
        stop = threading.Event()

        def serve() -> None:
            import select

            while not stop.is_set():
                for ready in select.select([tcp, udp, named, abstract], [], [], 0.05)[0]:
                    if ready is udp:
                        heard.append(udp.recv(1000).decode(errors="replace"))
                        continue
                    connection = ready.accept()[0]
                    with connection:
                        connection.settimeout(0.5)
                        with contextlib.suppress(OSError):
                            heard.append(connection.recv(1000).decode(errors="replace") or "a connection")

        for server in (named, abstract):
            server.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield heard
        finally:
            stop.set()
            thread.join()
            path.unlink(missing_ok=True)
