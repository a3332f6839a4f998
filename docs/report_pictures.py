"""Makes the pictures of the report in docs/pictures/; it needs Chromium and the package playwright."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from mvl_classify import Scorer
from mvl_classify.report import Entry, page_names, render_html, render_index

ROOT: Final = Path(__file__).parents[1]
PICTURES: Final = ROOT / "docs" / "pictures"
EXAMPLE: Final = "care-home-deputy.md"
TITLE: Final = "Deputy Care Home Manager"
SIZES: Final = {"light": (1180, 1500, 1.0), "dark": (1180, 1500, 1.0), "phone": (360, 780, 2.0)}
"""Width, height and pixel density of each picture."""


def write_pages(folder: Path) -> None:
    """Write the reports on all examples, and their index."""
    scorer = Scorer()
    files = sorted([*(ROOT / "examples").glob("*.md"), *(ROOT / "examples").glob("*.txt")])
    entries = []
    for file, page in zip(files, page_names(file.name for file in files), strict=True):
        text = file.read_text(encoding="utf-8")
        score = scorer.score(text, title=TITLE if file.name == EXAMPLE else None)
        html = render_html(score, text, scorer.model.dimensions, name=file.name, index="index.html")
        (folder / page).write_text(html, encoding="utf-8")
        entries.append(Entry(file.name, page, score))
    (folder / "index.html").write_text(render_index(entries, {}), encoding="utf-8")


def take(browser: Browser, folder: Path, name: str) -> None:
    """Take the top of the report, and its text with an explanation open."""
    width, height, density = SIZES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=density,
        color_scheme="dark" if name == "dark" else "light",
    )
    page = context.new_page()
    page.goto((folder / page_names([EXAMPLE])[0]).as_uri())
    page.screenshot(path=PICTURES / f"report-{name}.png")
    page.locator("#r-text").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#r-text').parentElement.scrollIntoView()")
    page.locator(".sentence[data-sentence] .badge").nth(2).click()
    page.screenshot(path=PICTURES / f"report-text-{name}.png")
    context.close()


def take_index(browser: Browser, folder: Path) -> None:
    """Take the index of all examples."""
    page = browser.new_page(viewport={"width": 1180, "height": 300})
    page.goto((folder / "index.html").as_uri())
    page.screenshot(path=PICTURES / "report-index.png", full_page=True)
    page.close()


def main() -> None:
    """Make all pictures."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("report_pictures: no Chromium on this machine (apt-get install chromium).")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        write_pages(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name in SIZES:
            take(browser, Path(folder), name)
        take_index(browser, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
