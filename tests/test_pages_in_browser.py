"""All pages in Debian's Chromium: nothing is requested, axe-core finds nothing, nothing is broken on a phone.

Needs: apt-get install chromium chromium-driver, and npm install --no-save axe-core (in this project's folder).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from autograder.result import clean
from tests.html_checks import NAMES, some_class, write_pages
from tests.support import ROOT

pytestmark = pytest.mark.browser

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
AXE = Path(os.environ.get("AXE_CORE", ROOT / "node_modules" / "axe-core" / "axe.min.js"))
PAGES = ["report", "skeleton", "staff", "selfcheck", "class", "comparison"]
FLAGS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-default-apps",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1280,900",
)  # fmt: skip


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a network."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    # A short path: the browser makes a socket there.
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = str(CHROMIUM)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        for flag in (*FLAGS, f"--user-data-dir={profile}", *sandbox):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        driver = Chrome(options=options, service=ChromeService(str(DRIVER)))
        yield driver
        driver.quit()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not (CHROMIUM.exists() and DRIVER.exists() and find_spec("selenium")):
        reason = f"no {CHROMIUM}, {DRIVER} or selenium: apt-get install chromium chromium-driver; setup.sh dev"
        (pytest.fail if os.environ.get("BROWSER_TESTS") == "required" else pytest.skip)(reason)
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture
def shown(browser: Any, pages: dict[str, Path]) -> Any:
    """The class report, freshly loaded, with empty logs."""
    return load(browser, pages["class"])


def load(browser: Any, page: Path, width: int = 1280, scheme: str = "light", media: str = "") -> Any:
    """Show a page, with empty logs."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    browser.get("about:blank")
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(page.as_uri())
    return browser


def requests(browser: Any) -> list[str]:
    """The addresses that were requested since the last look, except those that the page's policy stopped."""
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


# --- all pages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(name: str, width: int, scheme: str, browser: Any, pages: dict[str, Path]) -> None:
    if not AXE.exists():
        pytest.skip(f"no {AXE}: npm install --no-save axe-core, or set AXE_CORE")
    load(browser, pages[name], width, scheme)
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true })")
    browser.execute_script(AXE.read_text("utf-8"))
    script = "axe.run().then(r => arguments[0](r.violations.map(v => [v.id, v.nodes.map(n => n.html)])))"
    assert browser.execute_async_script(script) == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_requested_and_nothing_complains(name: str, browser: Any, pages: dict[str, Path]) -> None:
    load(browser, pages[name])
    assert requests(browser) == [pages[name].as_uri()]
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [320, 390, 768, 1600])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_the_screen(name: str, width: int, browser: Any, pages: dict[str, Path]) -> None:
    load(browser, pages[name], width)
    root = "document.documentElement"
    wide, there = browser.execute_script(f"return [{root}.scrollWidth, {root}.clientWidth]")
    assert wide <= there


@pytest.mark.parametrize("name", ["report", "class", "comparison"])
def test_a_name_of_one_long_word_is_broken_before_the_page_grows(
    name: str, browser: Any, pages: dict[str, Path]
) -> None:
    load(browser, pages[name], 390)
    browser.execute_script(
        "document.querySelectorAll('details').forEach(one => { one.open = true });"
        "document.querySelectorAll('bdi').forEach(one => { one.textContent = 'x'.repeat(200) })"
    )
    root = "document.documentElement"
    wide, there = browser.execute_script(f"return [{root}.scrollWidth, {root}.clientWidth]")
    assert wide <= there


@pytest.mark.parametrize("name", PAGES)
def test_no_word_is_broken_on_a_phone(name: str, browser: Any, pages: dict[str, Path]) -> None:
    """Words of up to 16 letters stand on one line each."""
    load(browser, pages[name], 390)
    script = """
        document.querySelectorAll("details").forEach(one => { one.open = true });
        const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
        const broken = [];
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          if (node.parentElement.closest("svg, pre, caption, .stack thead")) continue;
          for (const word of node.data.matchAll(/(?<!\\S)\\p{L}{2,16}(?=[\\s.,:;]|$)/gu)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            const tops = new Set(Array.from(range.getClientRects(), rect => Math.round(rect.top)));
            if (tops.size > 1) broken.push(word[0]);
          }
        }
        return broken;"""
    assert browser.execute_script(script) == []


@pytest.mark.parametrize("name", PAGES)
def test_what_is_folded_is_printed(name: str, browser: Any, pages: dict[str, Path]) -> None:
    load(browser, pages[name], media="print")
    script = "return Array.from(document.querySelectorAll('details li')).map(one => one.checkVisibility())"
    assert all(browser.execute_script(script))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_dark_page_is_dark(scheme: str, browser: Any, pages: dict[str, Path]) -> None:
    load(browser, pages["report"], scheme=scheme)
    color = find(browser, "body").value_of_css_property("background-color")
    assert color == {"light": "rgba(255, 255, 255, 1)", "dark": "rgba(23, 25, 28, 1)"}[scheme]


def test_the_policy_holds_even_if_markup_came_through(browser: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    """Markup that escaping should never let through neither runs nor requests anything."""
    bad = (
        "<script>document.title = 'run'</script>"
        "<img src='http://example.invalid/a.png' onerror=\"document.title = 'run'\">"
        "<link rel=stylesheet href='http://example.invalid/a.css'><iframe src='http://example.invalid/'></iframe>"
        "<style>h1 { color: rgb(1, 2, 3) }</style><p id=bad style='color: rgb(1, 2, 3)'>bad</p>"
    )
    for name in ("class", "report"):
        other = tmp_path / f"{name}.html"
        other.write_text(pages[name].read_text("utf-8").replace("<main", bad + "<main", 1), "utf-8")
        load(browser, other)
        assert browser.title != "run"
        for css in ("h1", "#bad"):
            assert find(browser, css).value_of_css_property("color") != "rgba(1, 2, 3, 1)"
        assert requests(browser) == [other.as_uri()]
        assert any("Content Security Policy" in entry["message"] for entry in browser.get_log("browser"))


# --- the class report ------------------------------------------------------------------------------------------------


def column(browser: Any, number: int) -> list[str]:
    """The texts of a column of the table, in the rows that are shown."""
    script = (
        "return Array.from(document.getElementById('all').tBodies[0].rows).filter(r => !r.hidden)"
        f".map(r => r.cells[{number}].textContent)"
    )
    return [text.removesuffix(" code") for text in browser.execute_script(script)]


def numbers(browser: Any, place: int) -> list[float]:
    return [-1.0 if text == "open" else float(text) for text in column(browser, place)]


def test_names_and_reasons_are_text(shown: Any) -> None:
    assert shown.title.startswith("Class report")
    assert find(shown, "body").find_elements("css selector", "img, iframe, object") == []
    assert len(shown.find_elements("css selector", "script")) == 1
    reasons = find(shown, "section[aria-labelledby=explain]").get_attribute("textContent")
    for name in NAMES:
        assert clean(name) in column(shown, 0)
        assert clean(name) in reasons


def test_a_click_sorts_and_says_so(shown: Any) -> None:
    names = column(shown, 0)
    head = find(shown, "#all thead th:nth-child(2)")
    assert head.get_attribute("aria-sort") is None
    head.find_element("css selector", "button").click()
    points = numbers(shown, 1)
    assert points == sorted(points)
    assert len(set(points)) > 3
    assert head.get_attribute("aria-sort") == "ascending"
    assert find(shown, "#status").text == "Sorted by Points (100), ascending."
    head.find_element("css selector", "button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert numbers(shown, 1) == sorted(points, reverse=True)
    find(shown, "#all thead th:nth-child(1) button").click()
    assert len(shown.find_elements("css selector", "[aria-sort]")) == 1
    assert sorted(column(shown, 0)) == sorted(names)
    rights = dict(zip(column(shown, 0), column(shown, 1), strict=True))
    assert (rights["Right 05"], rights["Six 1"]) == ("100", "60")


@pytest.mark.parametrize("key", ["ENTER", "SPACE"])
def test_the_keyboard_sorts(shown: Any, key: str) -> None:
    from selenium.webdriver import Keys

    button = find(shown, "#all thead th:nth-child(5) button")
    button.send_keys(getattr(Keys, key))
    assert shown.switch_to.active_element == button
    assert numbers(shown, 4) == sorted(numbers(shown, 4))
    assert button.value_of_css_property("outline-style") != "none"


def test_the_keyboard_reaches_everything_in_order(shown: Any) -> None:
    from selenium.webdriver import Keys

    find(shown, "body").send_keys(Keys.TAB)
    assert shown.switch_to.active_element.text == "Skip to the content"
    seen = []
    for _ in range(300):
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


def test_the_filter_ignores_accents(shown: Any) -> None:
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


def test_everything_but_sorting_works_without_scripts(browser: Any, pages: dict[str, Path]) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        load(browser, pages["class"])
        assert browser.find_elements("css selector", "button") == []
        assert not find(browser, "#find").is_displayed()
        assert "need JavaScript" in find(browser, "noscript").text
        assert len(browser.find_elements("css selector", "#all tbody tr")) == len(some_class())
        assert find(browser, "svg.histogram").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
