"""The class at a glance: what it says is so, in numbers, in HTML and in a real browser."""

from __future__ import annotations

import itertools
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import results, rubric
from autograder.course import course, page, tally
from autograder.course.course import Graded, Verdict
from autograder.results import LineResult, Result
from tests import classroom

LINES = rubric.load().lines
HOSTILE = (
    '<script>document.title = "run"</script>',
    '"><img src=x onerror="document.title = 1">',
    "</script></style></title><script>document.title = 'run'</script>",
    "' onmouseover='document.title = 1",
    "Zoë 🎓 Nováková",
    "=HYPERLINK(1)",
    "\u202egnp.exe\x00\x1b[31m",
    "javascript:document.title=1",
)


def graded(name: str, lost: dict[str, tuple[str, str]] | None = None, fault: str = "", **about: Any) -> Result:
    """A result: `lost` are the lines that are lost, with the key and the sentence of the misconception."""
    lost = lost or {}
    out = Result("T", fault=fault, fingerprint="f" * 16, versions={"grader": "1.0"})
    out.about = {"id": name, "students": [{"name": name}], "created_at": "2026-10-12T09:37:11+00:00", **about}
    for line in [] if fault else LINES:
        key, reason = lost.get(line.key, ("", ""))
        verdict = "not checked" if key == "prerequisite" else "failed" if line.key in lost else "passed"
        points = line.points if verdict == "passed" else 0.0
        out.lines.append(LineResult(line, verdict, points, [], key, reason))
    return out


def lose(functions: Sequence[str], key: str, reason: str = "") -> dict[str, tuple[str, str]]:
    """All lines of some functions."""
    return {line.key: (key, reason) for line in LINES if line.function in functions}


def put(folder: Path, found: Sequence[Result]) -> Path:
    """Write the results of a class as batch does; the reports are stand-ins."""
    (folder / "reports").mkdir(parents=True)
    for i, result in enumerate(found):
        result.about["id"] = f"s{i:03}"
        results.write(results.gradescope(result), folder / "results" / f"s{i:03}.json")
        (folder / "reports" / f"s{i:03}.html").write_text("<!DOCTYPE html><title>report</title>report", "utf-8")
    page.write(folder, folder / "class.html")
    return folder / "class.html"


def some_class() -> list[Result]:
    """Twelve who are right, six without 1/n, three who have not begun with backprop, one fault, and hostile names."""
    program = classroom.programs(1, 0)[0][0]
    same = page.similar.sketch({"neural_net.py": b"def forward(x):\n    return x\n" * 40})
    assert program
    found = [graded(f"Right {i:02}", sketch=same if i < 2 else []) for i in range(12)]
    found += [graded(f"Six {i}", lose(["backprop"], "times n", "The factor 1/n is missing.")) for i in range(6)]
    stub = lose(["backprop", "update"], "stub") | lose(["training"], "prerequisite")
    found += [graded(f"Begun {i}", stub) for i in range(3)]
    found += [graded("Faulty", fault="the disk was full <b>")]
    found += [graded(name, {"loss_value": ("value", ""), "loss_sizes": ("times 2", name)}) for name in HOSTILE]
    return found


# --- what is counted --------------------------------------------------------------------------------------------------


def count(found: Sequence[Result]) -> tally.Tally:
    return tally.Tally(course.parse(results.gradescope(result), str(i)) for i, result in enumerate(found))


def test_mistakes_are_counted_once_a_student_and_the_most_frequent_comes_first() -> None:
    found = count(some_class()).mistakes()
    assert (found[0].key, found[0].function, len(found[0].who)) == ("times 2", "loss", len(HOSTILE))
    assert (found[2].key, found[2].function, len(found[2].who)) == ("times n", "backprop", 6)
    assert found[2].reason == "The factor 1/n is missing."
    assert found[2].numbers == tuple(line.number for line in LINES if line.function == "backprop")
    assert not any(m.key in ("stub", "prerequisite") for m in found)


def test_two_mistakes_at_once_count_for_each_where_both_are_known() -> None:
    one = graded("one", {"backprop_W1_tanh": ("a", "A.")})
    other = graded("other", {"backprop_W1_tanh": ("b", "B.")})
    both = graded("both", {"backprop_W1_tanh": ("a + b", "2 mistakes: (1) A. (2) B.")})
    found = {m.key: m.who for m in count([one, other, both]).mistakes()}
    assert found == {"a": (0, 2), "b": (1, 2)}
    assert {m.key for m in count([one, both]).mistakes()} == {"a", "a + b"}


def test_everybody_is_stuck_at_one_place_at_most() -> None:
    counted = count(some_class())
    stuck = dict(counted.stuck())
    names = [[counted.students[i].name for i in stuck[f]] for f in ("loss", "backprop", "update")]
    assert [len(n) for n in names] == [len(HOSTILE), 9, 0]
    assert counted.states("backprop") == {tally.DONE: 12 + len(HOSTILE), tally.FAILING: 6, tally.UNBEGUN: 3}
    assert counted.states("training")[tally.UNREACHED] == 3


def test_who_has_no_grade_for_a_fault_of_the_grader_counts_nowhere() -> None:
    counted = count(some_class())
    assert len(counted.sound) == len(counted.students) - 1
    assert {line.judged for line in counted.lines()} == {len(counted.sound)}


def thirds(passed: Sequence[int], rest: Sequence[float]) -> tuple[float | None, float | None, str]:
    return tally.thirds(np.array(passed, bool), np.array(rest, np.float64))


def test_a_line_that_only_the_strong_pass_tells_them_apart_and_one_that_all_pass_tells_nothing() -> None:
    rest = [float(i) for i in range(12)]
    assert thirds([0] * 6 + [1] * 6, rest) == (1.0, 0.0, "")
    assert thirds([1] * 6 + [0] * 6, rest) == (0.0, 1.0, "")
    assert thirds([1] * 12, rest)[2] == "all pass"
    assert thirds([0] * 12, rest)[2] == "nobody passes"
    assert thirds([0, 1] * 6, [7.0] * 12)[2] == "all others have the same points"
    assert thirds([0, 1] * 5, rest[:10])[2] == "too few students"
    assert thirds([0] + [1] * 99, [0.1 * i for i in range(100)])[2] == "nearly all pass"


def test_those_with_equal_points_count_equally_in_the_thirds() -> None:
    # Twelve with the same points share the places of the third: the order in which they came does not matter.
    rest = [0.0] * 6 + [5.0] * 12
    strong, weak, _ = thirds([0] * 6 + [1] * 6 + [0] * 6, rest)
    assert (strong, weak) == (0.5, 0.0)
    assert thirds([0] * 6 + [0, 1] * 6, rest)[:2] == (strong, weak)


def test_a_line_is_compared_with_everything_but_itself() -> None:
    """A line that is passed at random tells nothing, however many points it has."""
    heavy = {line.key: ("value", "") for line in LINES if line.key == "backprop_W2"}
    found = [graded(f"{i}", heavy if i % 2 else {}) for i in range(40)]
    lines = {line.key: line for line in count(found).lines()}
    assert lines["backprop_W2"].why == "all others have the same points"


@pytest.mark.slow
def test_a_class_of_a_hundred_thousand_is_counted_in_little_memory() -> None:
    import tracemalloc

    row = Verdict("1.1", "t", "passed", 1.0, 1.0)
    lines = {f"f{i % 5}_{i}": row for i in range(26)}

    def many(number: int) -> Iterator[Graded]:
        for i in range(number):
            yield Graded(f"id{i}", 26.0, 26.0, lines, [{"name": f"Student {i}"}])

    tracemalloc.start()
    tally.Tally(many(2000))
    first = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    tally.Tally(many(12_000))
    assert (tracemalloc.get_traced_memory()[1] - first) / 10_000 < 1500
    tracemalloc.stop()


# --- the page as text -------------------------------------------------------------------------------------------------

VOID = {"meta", "input", "br", "line", "rect", "circle", "img"}


class Reader(HTMLParser):
    """Reads a page and fails where an element is not closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {k: v or "" for k, v in attributes}, tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {k: v or "" for k, v in attributes}, tuple(self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes, _ in self.found if name == tag]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put(tmp_path_factory.mktemp("class"), some_class())


@pytest.fixture(scope="module")
def read(place: Path) -> Reader:
    return Reader(place.read_text("utf-8"))


def test_the_same_results_give_the_same_page(place: Path, tmp_path: Path) -> None:
    assert put(tmp_path / "again", some_class()).read_bytes() == place.read_bytes()


def test_faults_of_the_grader_come_first(place: Path) -> None:
    text = place.read_text("utf-8")
    assert text.index("The grader failed for 1 student.") < text.index("<nav")
    assert "the disk was full &lt;b&gt;" in text


def test_results_of_two_graders_are_told(tmp_path: Path) -> None:
    found = [graded(f"Right {i:02}") for i in range(3)]
    assert "different graders" not in put(tmp_path / "one", found).read_text("utf-8")
    found[1].fingerprint = "e" * 16
    assert "2 different graders" in put(tmp_path / "two", found).read_text("utf-8")


def test_the_page_says_what_was_counted(read: Reader) -> None:
    text = re.sub(r"\s+", " ", " ".join(read.text))
    assert f"{20 + len(HOSTILE) + 1} students graded" in text
    assert "backprop : The factor 1/n is missing. lines 3.1 to 3.9" in text
    assert "Wrong numbers come back." in text
    assert "Likeness is no proof." in text
    assert "the same, byte for byte" in text


def test_every_part_can_be_told_by_a_screen_reader(read: Reader) -> None:
    ids = [a["id"] for _, a, _ in read.found if "id" in a]
    assert len(ids) == len(set(ids))
    assert read.all("html") == [{"lang": "en"}]
    for landmark in ("header", "main", "nav", "footer", "h1"):
        assert len(read.all(landmark)) == 1
    levels = [int(tag[1]) for tag, _, _ in read.found if re.fullmatch(r"h\d", tag)]
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert len(read.all("table")) == len(read.all("caption")) >= 4
    assert {a.get("scope") for a in read.all("th")} == {"col", "row"}
    assert {a["for"] for a in read.all("label")} == {"filter"} <= set(ids)
    for tag, attributes, above in read.found:
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or attributes.get("role") == "img"
        for name in attributes.get("aria-labelledby", "").split():
            assert name in ids
        if tag == "table":
            assert "div" in above


def test_links_lead_to_reports_and_to_parts_of_the_page(read: Reader, place: Path) -> None:
    ids = {a["id"] for _, a, _ in read.found if "id" in a}
    targets = [a["href"] for a in read.all("a")]
    assert len([t for t in targets if t.startswith("reports/")]) > 20
    for target in targets:
        assert target[1:] in ids if target.startswith("#") else (place.parent / target).is_file()


def test_a_student_without_a_report_is_no_link(tmp_path: Path) -> None:
    results.write(results.gradescope(graded("Ada")), tmp_path / "results" / "ada.json")
    page.write(tmp_path, tmp_path / "elsewhere" / "class.html")
    assert "reports/" not in (tmp_path / "elsewhere" / "class.html").read_text("utf-8")


def test_a_link_is_right_where_the_page_is_elsewhere_and_the_name_is_odd(tmp_path: Path) -> None:
    name = 'a b#?%"ü'
    (tmp_path / "out" / "reports").mkdir(parents=True)
    (tmp_path / "out" / "reports" / f"{name}.html").touch()
    results.write(results.gradescope(graded(name)), tmp_path / "out" / "results" / "x.json")
    page.write(tmp_path / "out", tmp_path / "pages" / "class.html")
    text = (tmp_path / "pages" / "class.html").read_text("utf-8")
    assert 'href="../out/reports/a%20b%23%3F%25%22%C3%BC.html"' in text


def test_a_very_large_class_is_cut_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_ROWS", 10)
    text = put(tmp_path / "c", some_class()).read_text("utf-8")
    rows = text[text.index('<table id="all"') :].count("<tr>") - 1
    assert rows == 10
    assert f"10 of {len(some_class())} students: those with the fewest points" in text
    assert '<a href="grades.csv">grades.csv</a>' in text
    assert ">Faulty<" in text
    assert ">Right 05<" not in text[text.index('<table id="all"') :]


def test_no_class_is_an_error_and_a_small_one_is_a_page(tmp_path: Path) -> None:
    with pytest.raises(course.Unusable):
        page.write(tmp_path / "nothing", tmp_path / "class.html")
    assert not (tmp_path / "class.html").exists()
    Reader(put(tmp_path / "one", [graded("Ada")]).read_text("utf-8"))
    Reader(put(tmp_path / "fault", [graded("Ada", fault="broken")]).read_text("utf-8"))


def test_ranges_of_lines_are_short() -> None:
    assert page._ranges(["3.1", "3.2", "3.3", "3.8"]) == "lines 3.1 to 3.3, 3.8"
    assert page._ranges(["3.9", "3.10"]) == "lines 3.9, 3.10"
    assert page._ranges(["2.1"]) == "line 2.1"


def luminance(colour: str) -> float:
    full = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    parts = [int(full[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_shapes_stand_out(mode: str) -> None:
    style = page.STYLE
    colours: dict[str, str] = {}
    dark = re.findall(r"prefers-color-scheme: dark\) \{ :root \{(.*?)\} \}", style, re.S)
    light = re.findall(r"^:root \{(.*?)\}", style, re.M | re.S)
    assert len(dark) == len(light) == 2
    for block in light if mode == "light" else light + dark:
        colours |= dict(re.findall(r"--([a-z]+): (#[0-9a-f]{3,6})\b", block))
    for name in ("ink", "soft", "link", "grader"):
        for ground in ("paper", "wash"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in ("bin", "full"):
        assert contrast(colours[name], colours["paper"]) >= 3
    assert contrast(colours["bin"], colours["failing"]) >= 2  # and the numbers stand beside them


# --- in a browser -----------------------------------------------------------------------------------------------------

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")


def _open(**more: Any) -> Any:
    """A browser without a network, in a folder of its own."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (
        "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-default-apps",
        "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={more['profile']}", "--window-size=1280,900",
    ):  # fmt: skip
        options.add_argument(flag)
    if os.name == "posix" and os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    return Chrome(options=options, service=ChromeService(str(DRIVER)))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not (CHROMIUM.exists() and DRIVER.exists() and find_spec("selenium")):
        pytest.skip(f"install {CHROMIUM} and {DRIVER} (apt-get install chromium chromium-driver), and selenium")
    # A short path: the browser makes a socket there.
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        driver = _open(profile=profile)
        yield driver
        driver.quit()


@pytest.fixture
def shown(browser: Any, place: Path) -> Any:
    """The page of the class, freshly loaded, with empty logs."""
    browser.get("about:blank")
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(place.as_uri())
    return browser


def requests(browser: Any) -> list[str]:
    """The addresses that were asked for since the last look, but for those that the page's policy stopped."""
    asked: dict[str, str] = {}
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        about = message["params"]
        if message["method"] == "Network.requestWillBeSent":
            asked[about["requestId"]] = about["request"]["url"]
        elif message["method"] == "Network.loadingFailed" and about.get("blockedReason") == "csp":
            asked.pop(about["requestId"], None)
    return [url for url in asked.values() if not url.startswith(("about:", "data:", "chrome:"))]


def find(browser: Any, css: str) -> Any:
    return browser.find_element("css selector", css)


def column(browser: Any, number: int) -> list[str]:
    """What stands in a column of the table, of the rows that are shown."""
    script = (
        "return Array.from(document.getElementById('all').tBodies[0].rows).filter(r => !r.hidden)"
        f".map(r => r.cells[{number}].textContent)"
    )
    found: list[str] = browser.execute_script(script)
    return found


@pytest.mark.browser
def test_nothing_is_asked_for_and_nothing_complains(shown: Any, place: Path) -> None:
    assert requests(shown) == [place.as_uri()]
    assert shown.get_log("browser") == []


@pytest.mark.browser
def test_names_and_reasons_are_text(shown: Any, place: Path) -> None:
    assert shown.title.startswith("The class at a glance")
    assert find(shown, "body").find_elements("css selector", "img, iframe, object") == []
    assert len(shown.find_elements("css selector", "script")) == 1
    text = find(shown, "#all").text
    for name in HOSTILE:
        assert results.clean(name).strip() in text
    reasons = find(shown, "section[aria-labelledby=explain]").get_attribute("textContent")
    assert any(results.clean(name) in reasons for name in HOSTILE)


@pytest.mark.browser
def test_the_policy_holds_even_if_markup_came_through(browser: Any, place: Path, tmp_path: Path) -> None:
    """What escaping should never let through is put in on purpose: it neither runs nor asks for anything."""
    bad = (
        "<script>document.title = 'run'</script>"
        "<img src='http://example.invalid/a.png' onerror=\"document.title = 'run'\">"
        "<link rel=stylesheet href='http://example.invalid/a.css'><iframe src='http://example.invalid/'></iframe>"
        "<style>h1 { color: rgb(1, 2, 3) }</style><p id=bad style='color: rgb(1, 2, 3)'>bad</p>"
    )
    other = tmp_path / "bad.html"
    other.write_text(place.read_text("utf-8").replace("<main", bad + "<main", 1), "utf-8")
    browser.get_log("performance")
    browser.get(other.as_uri())
    assert browser.title.startswith("The class at a glance")
    for css in ("h1", "#bad"):
        assert find(browser, css).value_of_css_property("color") != "rgba(1, 2, 3, 1)"
    assert requests(browser) == [other.as_uri()]
    assert any("Content Security Policy" in entry["message"] for entry in browser.get_log("browser"))


@pytest.mark.browser
def test_a_click_sorts_and_says_so(shown: Any) -> None:
    names = column(shown, 0)
    head = find(shown, "#all thead th:nth-child(2)")
    assert head.get_attribute("aria-sort") is None
    head.find_element("css selector", "button").click()
    points = [-1.0 if text == "open" else float(text) for text in column(shown, 1)]
    assert points == sorted(points)
    assert len(set(points)) > 3
    assert head.get_attribute("aria-sort") == "ascending"
    assert find(shown, "#status").text == "Sorted by Points (100), ascending."
    head.find_element("css selector", "button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert [-1.0 if t == "open" else float(t) for t in column(shown, 1)] == sorted(points, reverse=True)
    # By another column: one is marked, and rows stay whole.
    find(shown, "#all thead th:nth-child(1) button").click()
    assert len(shown.find_elements("css selector", "[aria-sort]")) == 1
    assert sorted(column(shown, 0)) == sorted(names)
    rights = dict(zip(column(shown, 0), column(shown, 1), strict=True))
    assert rights["Right 05"] == "100"
    assert rights["Six 1"] == "60"


@pytest.mark.browser
@pytest.mark.parametrize("key", ["ENTER", "SPACE"])
def test_the_keyboard_sorts(shown: Any, key: str) -> None:
    from selenium.webdriver import Keys

    button = find(shown, "#all thead th:nth-child(5) button")
    button.send_keys(getattr(Keys, key))
    assert shown.switch_to.active_element == button
    points = [-1.0 if text == "open" else float(text) for text in column(shown, 4)]
    assert points == sorted(points)
    outline = button.value_of_css_property("outline-style")
    assert outline != "none"


@pytest.mark.browser
def test_everything_is_reached_by_keyboard_in_the_order_of_the_page(shown: Any) -> None:
    from selenium.webdriver import Keys

    find(shown, "body").send_keys(Keys.TAB)
    first = shown.switch_to.active_element
    assert first.text == "Skip to the content"
    seen = []
    for _ in range(200):
        shown.switch_to.active_element.send_keys(Keys.TAB)
        at = shown.switch_to.active_element
        seen.append((at.tag_name, at.get_attribute("id") or at.text))
        if at.tag_name == "button" and at.text.startswith("Remarks"):
            break
    tags = [tag for tag, _ in seen]
    assert ("input", "filter") in seen
    assert tags.count("button") == 9
    assert tags.index("summary") < tags.index("input")
    assert "div" in tags  # a table that scrolls


@pytest.mark.browser
def test_the_filter_finds_names_without_their_accents(shown: Any) -> None:
    field = find(shown, "#filter")
    field.send_keys("zoe")
    assert column(shown, 0) == ["Zoë 🎓 Nováková"]
    assert find(shown, "#status").text == f"1 of {len(some_class())} shown."
    field.clear()
    field.send_keys("SIX")
    assert len(column(shown, 0)) == 6
    field.clear()
    field.send_keys(" ")
    assert len(column(shown, 0)) == len(some_class())


@pytest.mark.browser
def test_a_name_leads_to_the_report_and_back(shown: Any, place: Path) -> None:
    link = next(a for a in find(shown, "#all").find_elements("css selector", "a") if a.text == "Right 03")
    link.click()
    assert shown.current_url == (place.parent / "reports" / "s003.html").as_uri()
    shown.back()
    assert shown.current_url == place.as_uri()


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 768, 1600])
def test_the_page_is_never_wider_than_the_screen(shown: Any, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    shown.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        script = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        wide, there = shown.execute_script(script)
        assert wide <= there
    finally:
        shown.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.browser
def test_without_a_script_everything_but_sorting_is_there(browser: Any, place: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(place.as_uri())
        assert browser.find_elements("css selector", "button") == []
        assert not find(browser, "#find").is_displayed()
        assert "can be sorted" in find(browser, "noscript").text
        assert len(browser.find_elements("css selector", "#all tbody tr")) == len(some_class())
        assert find(browser, "svg.histogram").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.browser
def test_what_is_folded_is_printed(shown: Any) -> None:
    shown.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        script = "return Array.from(document.querySelectorAll('details li')).map(li => li.checkVisibility())"
        seen = shown.execute_script(script)
        assert len(seen) > 6
        assert all(seen)
        assert not find(shown, "nav").is_displayed()
    finally:
        shown.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.browser
def test_the_dark_page_is_dark(shown: Any) -> None:
    def ground() -> str:
        return str(find(shown, "body").value_of_css_property("background-color"))

    def look(scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        shown.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})

    try:
        look("light")
        assert ground() == "rgba(255, 255, 255, 1)"
        look("dark")
        assert ground() == "rgba(23, 25, 28, 1)"
    finally:
        shown.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
