"""The documents: every link, path and command in them is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder import cli, rubric
from autograder.grade import VERSION
from tests.support import ROOT, copy_grader, on_linux, run_program

README = (ROOT / "README.md").read_text("utf-8")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("examples/*/README.md")),
         ROOT / "data" / "README.md", *sorted((ROOT / "student").glob("*.md"))]  # fmt: skip
FOLDERS = "student|solution|data|autograder|tests|benchmarks|docs|examples"
# What is made by a command that the pages describe, or belongs to another tree.
MADE = {"autograder/secret", "autograder/secret.previous", "student/saved/"}
PLACES = [ROOT, ROOT / "autograder", ROOT / "docs"]
OWN = ROOT / "docs" / "make-it-your-own.md"


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_local_link_leads_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name} links to {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_a_page_exists(page: Path) -> None:
    text = re.sub(r"(?s)## 1\.0\.0.*|<!-- old names -->.*?<!-- end -->", "", page.read_text("utf-8"))
    for name in re.findall(rf"`((?:{FOLDERS})/[\w./-]*)`", text):
        assert name in MADE or (ROOT / name).exists() or (page.parent / name).exists(), f"{page.name} names {name}"
    for name in re.findall(r"(benchmarks/\w+\.py|\bsetup\.sh|\brun_autograder)", text):
        assert (ROOT / name).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_picture_is_small_and_has_an_alt_text(page: Path) -> None:
    for alt, name in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text("utf-8")):
        assert len(alt) > 40, name
        if name.endswith(".png"):
            assert (page.parent / name).stat().st_size < 300_000, name


def test_every_picture_of_the_docs_is_used() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    for path in (ROOT / "docs" / "images").iterdir():
        assert f"images/{path.name})" in text


def test_every_command_in_a_page_is_one_the_grader_knows() -> None:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        found += re.findall(r"bin/autograder ([^`\n|;)]+)", text)
    found += re.findall(r"^\| [^|]+ \| `((?!bash|cd )[a-z]+(?: [^`]+)?)` \|$", README, re.M)
    verbs = set()
    for command in found:
        words = re.sub(r"[\[\]]|&& .*|# .*|: .*", "", command).replace("--jobs N", "--jobs 2").split()
        if words and words[0] != "...":
            asked = cli._parser().parse_args([word.rstrip(".,") for word in words])
            assert asked.verb == words[0].rstrip(".,")
            verbs.add(asked.verb)
    assert verbs >= {"grade", "batch", "compare", "selfcheck", "term", "build", "regrade"}


def test_the_version_is_the_same_everywhere() -> None:
    project = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    newest = re.search(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert project is not None
    assert newest is not None
    assert project[1] == newest[1] == VERSION


def test_the_first_screen_of_the_readme_shows_and_starts_it() -> None:
    first = "\n".join(README.split("\n")[:24])
    assert first.count("](docs/images/") == 2
    assert "$ bash setup.sh\n$ .venv/bin/autograder grade solution\n" in first
    for word in ("a student", "an instructor", "a contributor"):
        assert word in first
    assert "| a contributor | `bash setup.sh dev && .venv/bin/python -m pytest` |" in README


@pytest.mark.parametrize("page", ["README.md", "docs/security.md"])
def test_every_claim_names_its_tests(page: str) -> None:
    attacks = "\n".join(path.stem for path in (ROOT / "tests/attacks").glob("*.py"))
    rows = re.findall(r"^\| \*\*.*\| (.*) \|$", (ROOT / page).read_text("utf-8"), re.M)
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"\[(test_\w+)\]\((?:\.\./)?tests/\1\.py\) (`[^;]+`)", row)
        assert named, row
        assert len(named) == row.count("["), row
        for file, names in named:
            found = re.findall(r"^def (test_\w+)", (ROOT / f"tests/{file}.py").read_text("utf-8"), re.M)
            for name in re.findall("`(.+?)`", names):
                assert name.strip("*") in (attacks if name.endswith("*") else "\n".join(found)), name


def test_the_readme_knows_the_criteria_and_the_settings() -> None:
    contract = rubric.load()
    assert f"{len(contract.criteria)} criteria" in re.sub(r"\s+", " ", README)
    for name in ("points", "visibility", "[tolerance]", "[training]", "[limits]"):
        assert f"`{name}`" in README
        assert name in rubric.FILE.read_text("utf-8")
    for visibility in rubric.VISIBILITIES:
        assert f"`{visibility}`" in README


def test_the_table_of_packages_is_the_contract_upside_down() -> None:
    (layers,) = re.findall(r"(?s)^layers = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    contract = [set(re.findall(r"\w+", layer)) for layer in re.findall(r'"(.+?)"', layers)][::-1]
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## The packages")[1].split("## To add")[0]
    rows = [set(re.findall(r"`(\w+)`", cell)) for cell in re.findall(r"^\| (`.+?) \|", table, re.M)]
    assert rows == [*contract[:-2], contract[-1] | contract[-2]]


def test_the_glossary_comes_in_one_table_without_repeats() -> None:
    terms = re.findall(r"^\| \*\*(.+?)\*\*", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.M)
    assert len(terms) > 20
    assert len(set(terms)) == len(terms)


def apply_edits(tree: Path) -> None:
    """Make the edits of make-it-your-own.md: the lines of each block are found once and replaced."""
    for name, body in re.findall(r"^ *```diff\n *--- (\S+)\n(.*?)^ *```", OWN.read_text("utf-8"), re.M | re.S):
        lines = [line[3:] for line in body.splitlines()]
        old, new = ("".join(f"{line[1:]}\n" for line in lines if line[:1] != sign) for sign in "+-")
        text = (tree / name).read_text("utf-8")
        assert text.count(old) == 1, (name, old)
        (tree / name).write_text(text.replace(old, new), "utf-8")


@on_linux
@pytest.mark.slow
def test_an_activation_is_added_as_the_page_says(tmp_path: Path) -> None:
    tree = copy_grader(tmp_path / "tree")
    apply_edits(tree)
    done = run_program("grade", tree / "solution", "--no-report", cwd=tmp_path, tree=tree)
    assert "Total: 100/100" in done.stdout, done.stdout + done.stderr
    assert "1.8  forward: the activation h with softsign" in done.stdout
    wrong = (tree / "solution" / "neural_net.py").read_text("utf-8").replace("(1 - np.abs(h)) ** 2", "1 - np.abs(h)")
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "neural_net.py").write_text(wrong.replace("e1 / (1 + np.abs(e1))", "np.tanh(e1)"), "utf-8")
    done = run_program("grade", "wrong", "--no-report", cwd=tmp_path, tree=tree)
    for number, words in (("1.8", 'wrong only with "softsign"'), ("3.10", "Likely reason: The slope is under a root")):
        assert words in " ".join(done.stdout.split(f"✗ {number}")[1].split())
