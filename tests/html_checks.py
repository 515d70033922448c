"""What the tests of the pages share: samples of every page, checks that hold for all pages, and golden files.

A golden file holds a text as it was reviewed. After an intended change write them anew, and read the difference:

    UPDATE_GOLDEN=1 python -m pytest -n 0 tests/test_report.py tests/test_class_page.py tests/test_compare.py
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import re
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from autograder import result as results
from autograder import rubric
from autograder.course import comparison, reports
from autograder.rendering import html
from autograder.result import Result, Row
from autograder.selfcheck import report as selfcheck
from autograder.selfcheck.programs import Claim
from autograder.selfcheck.sources import Judged
from tests.support import Html

GOLDEN = Path(__file__).with_name("golden")
# A rubric of its own: no edit of points or titles for a term may change what is tested here.
CRITERIA = [
    rubric.Criterion("forward_e1", "1.1", "forward: the excitation e1 of the hidden units", 15.0),
    rubric.Criterion("forward_large", "1.2", "forward: large excitations", 5.0),
    rubric.Criterion("loss_value", "2.1", "loss: its value", 8.0),
    rubric.Criterion("loss_sizes", "2.2", "loss: all sizes", 2.0),
    rubric.Criterion("backprop_W2", "3.1", "backprop: the gradient dL/dW2", 20.0),
    rubric.Criterion("backprop_b2", "3.2", "backprop: the gradient dL/db2", 11.0),
    rubric.Criterion("backprop_W1", "3.3", "backprop: the gradient dL/dW1", 9.0),
    rubric.Criterion("update_weights", "4.1", "update: one step", 10.0),
    rubric.Criterion("training_decreases", "5.1", "training: the loss goes down", 12.5),
    rubric.Criterion("training_fit", "5.2", "training: the semicircle becomes the parabola", 7.5),
]
HOSTILE = """</pre></dd></main></title></style><script>alert(1)</script><img src="http://example.org/x" onerror='go()'>
"a" & 'b' <b onclick="go()">bold</b> <!-- \x1b[31m \u202eturned\u2066 \x00 \ud800 ]]> &lt;i&gt; {{x}} {% y %} $title"""
NAMES = (
    '<script>document.title = "run"</script>', '"><img src=x onerror="document.title = 1">', "Zoë 🎓 Nováková",
    "=HYPERLINK(1)", "\u202egnp.exe\x00\x1b[31m", "half \ud800 a character", "javascript:document.title=1",
    "Bartholomäus-Maximilian von und zu Hohenfels-Wetterstein",
)  # fmt: skip


def golden(name: str, text: str) -> None:
    """Compare a text with tests/golden/NAME, or write that file if UPDATE_GOLDEN is set."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.rstrip() + "\n", "utf-8")
    assert path.read_text("utf-8") == text.rstrip() + "\n", f"{path} differs: see html_checks.py"


def told(page: str) -> str:
    """The words of a page, a block in a line."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.S)
    tags = r"</?(?:p|li|h\d|dt|dd|summary|tr|thead|caption|figcaption|section|title|div|pre|nav|svg|desc)\b[^>]*>"
    blocks = re.split(tags, body)
    lines = (" ".join(unescape(re.sub(r"<[^>]*>", " ", block)).split()) for block in blocks)
    return "\n".join(filter(None, lines))


def check(text: str) -> Html:
    """Read a page and check everything that holds for all of them."""
    page = Html(text)
    assert page.declarations == ["DOCTYPE html"]
    assert page.comments == []
    assert page.all("html") == [{"lang": "en"}]
    for tag in ("header", "main", "h1", "title", "style"):
        assert sum(e.tag == tag and "svg" not in e.inside for e in page.elements) == 1, tag
    levels = [int(element.tag[1]) for element in page.elements if re.fullmatch(r"h\d", element.tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels
    assert len(page.all("table")) == len(page.all("caption"))
    assert all("scope" in attributes for attributes in page.all("th"))
    assert all(len(attributes["alt"]) > 40 for attributes in page.all("img"))
    assert not set("\x00\x1b\u202e\u2066") & set(text)
    _check_requests(page, text)
    return page


def _check_requests(page: Html, text: str) -> None:
    """The policy allows the page's own style and script, and nothing in it asks for more."""
    (policy,) = (m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    allowed = set(re.findall(r"'sha256-([^']*)'", policy))
    for code in re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", text, re.S):
        allowed.remove(base64.b64encode(hashlib.sha256(code.encode()).digest()).decode())
        assert not re.search(r"url\((?!#)|@import|@font-face|https?:|//\w", code)
    assert not allowed
    assert re.sub(r" 'sha256-[^']*'", " HASH", policy).replace("script-src HASH; ", "") == (
        "default-src 'none'; img-src data:; style-src HASH; base-uri 'none'; form-action 'none'"
    )
    assert not any("style" in element.attributes for element in page.elements)
    for name in ("srcset", "action", "poster", "data", "background", "formaction"):
        assert not any(name in element.attributes for element in page.elements)
    assert not any(re.match(r"(?!data:image/png;base64,)[a-z]+:|//", link) for link in page.links)


# --- samples ---------------------------------------------------------------------------------------------------------


def result(lost: Mapping[str, tuple[str, str]] | None = None, **more: Any) -> Result:
    """A result without a submission. `lost`: for keys of criteria, the mistake and the reason."""
    rows = []
    for criterion in CRITERIA:
        mistake, reason = (lost or {}).get(criterion.key, ("", ""))
        verdict = "not checked" if mistake == "prerequisite" else "failed" if mistake else "passed"
        said = ("Likely reason", reason) if reason else ("", f"The answer is wrong ({mistake}).")
        texts = [said] if mistake else []
        points = 0.0 if mistake else criterion.points
        rows.append(Row(criterion, verdict, points, texts, mistake, reason))
    settings = {"versions": {"numpy": "2.2.6"}, "fingerprint": "f" * 16} | more
    return Result("The homework", rows, **settings)


def lose(functions: str, mistake: str, reason: str = "") -> dict[str, tuple[str, str]]:
    """All criteria of some functions."""
    return {c.key: (mistake, reason) for c in CRITERIA if c.function in functions.split()}


def hostile() -> Result:
    """A result with a hostile text in every place that a submission may fill."""
    rows = [Row(c, "failed", texts=[("", HOSTILE), ("Returned", HOSTILE)]) for c in CRITERIA]
    rows[0].texts.append(("forward printed", HOSTILE))
    rows[0].misconception = rows[1].reason = HOSTILE
    about = {"students": [{"name": HOSTILE}], "created_at": HOSTILE}
    more = {"versions": {"python": HOSTILE}, "fingerprint": "f", "about": about, "terms": [HOSTILE]}
    return Result("T", rows, [HOSTILE, "It printed:\n" + HOSTILE], [HOSTILE], **more)


def hidden(one: Result, key: str, visibility: str = "hidden") -> Result:
    """The same result with one criterion that students don't see."""
    for row in one.rows:
        if row.criterion.key == key:
            row.criterion = row.criterion._replace(visibility=visibility)
    return one


def some_class() -> list[Result]:
    """Twelve correct programs, six without 1/n, three that are not written, one grader error, and hostile names."""
    copied = reports.similarity.sketch({"neural_net.py": b"def forward(x):\n    return x\n" * 40})
    found = [result(about=_by(f"Right {i:02}", sketch=copied if i < 2 else [])) for i in range(12)]
    times_n = lose("backprop", "times n", "The factor 1/n is missing.")
    found += [result(times_n, about=_by(f"Six {i}")) for i in range(6)]
    stub = lose("backprop update", "stub") | lose("training", "prerequisite")
    found += [result(stub, about=_by(f"Begun {i}")) for i in range(3)]
    found += [Result("T", fault="the disk was full <b>", fingerprint="f" * 16, about=_by("Faulty"))]
    found += [
        result({"loss_value": ("value", ""), "loss_sizes": ("times 2", name)}, about=_by(name)) for name in NAMES
    ]
    return found


def _by(name: str, **more: Any) -> dict[str, Any]:
    return {"students": [{"name": name}], "created_at": "2026-10-12T09:37:11+00:00", "digest": "d", **more}


def write(folder: Path, found: Sequence[Result]) -> Path:
    """Write the results of a class as `batch` does. The reports are stand-ins."""
    for i, one in enumerate(found):
        one.about["id"] = id = f"s{i:03}"
        results.write(results.gradescope(one), folder / "results" / f"{id}.json")
        (folder / "staff").mkdir(exist_ok=True)
        (folder / "staff" / f"{id}.html").write_text("<!DOCTYPE html><title>report</title>report", "utf-8")
    return folder


def proof() -> Any:
    """What selfcheck hands to its report, with a hostile problem and program."""
    lines = {c.key: SimpleNamespace(key="times n", lost=c.key == "backprop_W2") for c in CRITERIA}
    points = {"function": "backprop", "points": lambda contract: 8.0}
    problem = f"no 1/n: line {CRITERIA[0].key} must be lost and is passed {HOSTILE}"
    one = {"lines": lines, "lost": {"backprop_W2"}, "faults": [], "right": 1, "silent": [], "false": []} | points
    mutants = [
        SimpleNamespace(**one | {"name": "no 1/n", "faults": [problem]}),
        SimpleNamespace(**one | {"name": "loss: no 1/2", "right": 0, "silent": ["loss: no 1/2: 2.1 is not named"]}),
    ]
    declared = {m.name: SimpleNamespace(lines={"backprop_W2"}) for m in mutants}
    program = SimpleNamespace(claim=Claim(Path("without_1_over_n.py"), HOSTILE), lines=lines, score=62.0)
    correct = SimpleNamespace(claim=Claim(Path("closures.py"), "nested functions"), lines=lines, score=100.0)
    judged = [
        Judged("closures.py", "loss", "constants", "line 3: 2 -> 3", "loss_value", "wrong"),
        Judged(f"{HOSTILE}.py", "backprop", "state", "is wrong after 20 calls", "", "wrong"),
    ]
    return SimpleNamespace(
        contract=SimpleNamespace(title="The homework", by_key={c.key: c for c in CRITERIA}),
        quick=True, faults=[problem], notes=["A note."], singles=mutants, pairs=[], declared=declared,
        correct=[correct], wrong=[program], sources=judged,
        figures=[("mutants that lose points", "2 of 2 (100 %)")], seconds=12.0,
        errors=lambda key: (2e-16, None if key.startswith("training") else 1e-6, 0.25),
    )  # fmt: skip


def write_pages(folder: Path) -> dict[str, Path]:
    """Write a sample of every page; their paths by name."""
    old, new = write(folder / "old", some_class()), some_class()
    new[3] = result({"loss_value": ("sign", "The sign is wrong.")}, about=_by("Right 03"), fingerprint="e" * 16)
    write(folder / "new", [*new, result(about=_by("New"))])
    pages = {
        "report": html.student_page(result(lose("backprop", "times n", "1/n is missing."), about=_by("Ada")), {}),
        "staff": html.staff_page(hostile(), {}, "no pictures", HOSTILE),
        "skeleton": html.student_page(result(lose("forward loss backprop update training", "stub")), {}),
        "selfcheck": selfcheck.page(proof()),
    }
    paths = {name: folder / f"{name}.html" for name in (*pages, "class", "comparison")}
    for name, text in pages.items():
        paths[name].write_text(text, "utf-8")
    reports.write_class(old, paths["class"])
    comparison.write_page(comparison.compare(old, folder / "new"), paths["comparison"])
    return paths
