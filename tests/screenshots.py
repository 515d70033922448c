"""Make the pictures in docs/images again, from today's pages: python -m tests.screenshots

It walks through the guide in a copy of the tree, with selfcheck, and photographs what comes out.  Needs what the
browser tests need, and some minutes.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests import conftest as conftest  # its settings
from tests import test_guide, test_pages_in_browser
from tests.support import ROOT

IMAGES = ROOT / "docs" / "images"
# Two mistakes in backprop, for the student's report.
MISTAKES = {"(yhat - y) / len(y)": "yhat - y", "else h * (1 - h)": "else h"}
# The page, what comes first in the picture, its width and height in CSS pixels, and the pixels for each of them.
PICTURES = {
    "report": ("reports/reports/ada.html", "header", 560, 1050, 2),
    "feedback": ("reports/reports/ada.html", "#backprop", 900, 790, 1.5),
    "class": ("graded/class.html", "header", 560, 1050, 2),
    "selfcheck": ("selfcheck.html", "header", 860, 1030, 1.5),
    "comparison": ("changes.html", "header", 860, 1010, 1.5),
}


def walk(tree: Path) -> None:
    """Make the pages in a copy of the tree: every command of the guide, and a report with two mistakes."""
    for command, _ in test_guide.steps():
        print(command.split("\n")[0], flush=True)
        subprocess.run(["bash", "-c", command], cwd=tree, check=True, stdout=subprocess.DEVNULL)
        if "setup.sh" in command:
            _report(tree)  # before the guide changes points


def _report(tree: Path) -> None:
    wrong = (ROOT / "solution" / "neural_net.py").read_text("utf-8")
    for right, slip in MISTAKES.items():
        assert right in wrong
        wrong = wrong.replace(right, slip)
    for student in ("ada", "bob"):
        (tree / "two" / student).mkdir(parents=True)
        (tree / "two" / student / "neural_net.py").write_text(wrong, "utf-8")
    subprocess.run([".venv/bin/autograder", "batch", "two", "--out", "reports", "--quiet"], cwd=tree, check=True)


def photograph(browser: Any, page: Path, first: str, width: int, height: int, scale: float) -> bytes:
    """Photograph a page from its element `first` on."""
    test_pages_in_browser.load(browser, page, width)
    place = f"document.querySelector('{first}').getBoundingClientRect().top"
    top = max(0, browser.execute_script(f"return {place}") - 12)
    clip = {"x": 0, "y": top, "width": width, "height": height, "scale": scale}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
    return base64.b64decode(shot["data"])


def main(tree: Path) -> None:
    if not (tree / "changes.html").exists():
        test_guide.copy_tree(tree)
        walk(tree)
    with test_pages_in_browser.chromium() as browser:
        for name, (page, *how) in PICTURES.items():
            (IMAGES / f"{name}.png").write_bytes(photograph(browser, tree / page, *how))
            print(IMAGES / f"{name}.png")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder))
