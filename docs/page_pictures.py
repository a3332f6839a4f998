"""Makes the pictures of the web page in docs/pictures/; it needs Chromium, playwright, and the extra [web]."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

ROOT: Final = Path(__file__).parents[1]
PICTURES: Final = ROOT / "docs" / "pictures"
EXAMPLE: Final = ROOT / "examples" / "care-home-deputy.md"
ADDED: Final = "You will ask residents and staff what should change, and give every colleague room to grow.\n"
SIZES: Final = {"light": (1180, 1300, 1.0), "dark": (1180, 1300, 1.0), "phone": (360, 780, 2.0)}
"""Width, height and pixel density of each picture."""


def take(browser: Browser, address: str, name: str) -> None:
    """Take the page with a scored text, and with two versions compared."""
    width, height, density = SIZES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=density,
        color_scheme="dark" if name == "dark" else "light",
    )
    page = context.new_page()
    page.goto(address)
    page.fill("#title-0", "Deputy Care Home Manager")
    page.fill("#text-0", EXAMPLE.read_text(encoding="utf-8"))
    page.wait_for_selector("#results[data-state=scored]")
    rest(page, "#results" if name == "phone" else "body")
    page.screenshot(path=PICTURES / f"page-{name}.png")
    page.check("#compare")
    page.fill("#text-1", ADDED + EXAMPLE.read_text(encoding="utf-8"))
    page.wait_for_selector("#changes ins")
    rest(page, "#changes" if name == "phone" else ".versions")
    page.screenshot(path=PICTURES / f"page-compare-{name}.png")
    context.close()


def rest(page: Page, place: str) -> None:
    """Let go of the fields, show their beginnings, and bring a place to the top."""
    page.evaluate("""place => {
        document.activeElement.blur();
        for (const field of document.querySelectorAll("textarea")) field.scrollTop = 0;
        document.querySelector(place).scrollIntoView();
    }""", place)
    page.wait_for_timeout(300)


def answering(server: subprocess.Popen[str]) -> str:
    """Return the server's address once it answers."""
    assert server.stderr is not None
    address = server.stderr.readline().split()[1]
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{address}/healthz").close()
            return address
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"page_pictures: {address} does not answer.")


def main() -> None:
    """Make all pictures."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("page_pictures: no Chromium on this machine (apt-get install chromium).")
    PICTURES.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mvl_classify", "serve", "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        address = answering(server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            for name in SIZES:
                take(browser, address, name)
            browser.close()
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main()
