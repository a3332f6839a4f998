"""The report in headless Chromium: accessible, narrow, by keyboard, without script, without network, in print."""

import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from mvl_classify import Scorer
from mvl_classify.report import Entry, render_html, render_index
from mvl_classify.results import TitleCheck

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")

QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync"
REPORTS = ("team-leader-records.md", "care-home-deputy.md", "data-analyst.md", "review-nurse.txt")
HOSTILE = '<script>alert(1)</script><img src="https://example.invalid/x" onerror="alert(2)"> You inspire people.\n'


@pytest.fixture(scope="module")
def folder(scorer: Scorer, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write reports on some examples, on a hostile text, and an index, as files."""
    made = tmp_path_factory.mktemp("reports")
    texts = {name: (root / "examples" / name).read_text(encoding="utf-8") for name in REPORTS}
    texts["hostile"] = HOSTILE + "You enforce procedures.\n" + "unbroken" * 60
    entries = []
    for name, text in texts.items():
        score = scorer.score(text)
        if name == REPORTS[0]:
            score = replace(score, title=TitleCheck("Team Leader", "leadership", False))
        (made / f"{name}.html").write_text(
            render_html(score, text, scorer.model.dimensions, name=name, index="index.html"), encoding="utf-8"
        )
        entries.append(Entry(name, f"{name}.html", score))
    rejected = {"scan.pdf": "holds no text."}
    (made / "index.html").write_text(render_index(entries, rejected), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one browser for all tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page that is 1280 pixels wide; it fails the test when the page logs an error or asks for anything else."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: errors.append(message.text))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("dialog", lambda dialog: errors.append(dialog.message))
    yield opened
    context.close()
    assert all(url.startswith("file:") and url.endswith(".html") for url in asked)
    assert not errors


def open_report(page: Page, folder: Path, name: str) -> None:
    """Open one of the files."""
    page.goto((folder / f"{name}.html").as_uri())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*REPORTS, "hostile", "index"])
def test_axe_finds_nothing(page: Page, folder: Path, name: str, scheme: str) -> None:
    """No rule of axe-core is broken, light or dark, with an explanation open."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_report(page, folder, name)
    if page.locator(".sentence[data-sentence]").count():
        page.locator(".sentence[data-sentence] .badge").first.click()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("name", [*REPORTS, "hostile", "index"])
def test_nothing_is_wider_than_a_small_phone(page: Page, folder: Path, name: str) -> None:
    """At 320 pixels the page does not scroll sideways, and an explanation fits."""
    page.set_viewport_size({"width": 320, "height": 640})
    open_report(page, folder, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    if page.locator(".sentence[data-sentence]").count():
        page.locator(".sentence[data-sentence] .badge").first.click()
        box = page.locator(".sentence.open .why").bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 320
        assert box["y"] >= 0 and box["y"] + box["height"] <= 640


def test_hovering_shows_why_and_leaving_hides_it(page: Page, folder: Path) -> None:
    """The explanation of a sentence shows while the pointer is on it."""
    open_report(page, folder, REPORTS[0])
    sentence = page.locator(".sentence[data-sentence]").first
    why = sentence.locator(".why")
    assert not why.is_visible()
    sentence.hover()
    assert why.is_visible() and "Probability of management" in why.inner_text()
    page.mouse.move(1, 1)
    assert not why.is_visible()


def test_a_tap_pins_why_and_another_place_closes_it(page: Page, folder: Path) -> None:
    """A tap on the sentence keeps its explanation open, one elsewhere closes it, and the button says which."""
    open_report(page, folder, REPORTS[0])
    sentence = page.locator(".sentence[data-sentence]").nth(1)
    button = sentence.locator(".badge")
    sentence.locator("mark").first.click()
    page.mouse.move(1, 1)
    assert sentence.locator(".why").is_visible() and button.get_attribute("aria-expanded") == "true"
    page.locator("h1").click()
    assert not sentence.locator(".why").is_visible() and button.get_attribute("aria-expanded") == "false"


def test_the_keyboard_reaches_every_why(page: Page, folder: Path) -> None:
    """Tab goes from letter to letter and shows each explanation; Escape hides it; Enter opens it again."""
    open_report(page, folder, REPORTS[0])
    sentences = page.locator(".sentence[data-sentence]")
    page.locator("#r-text").click()
    for number in range(sentences.count()):
        page.keyboard.press("Tab")
        assert sentences.nth(number).locator(".why").is_visible()
    last = sentences.last.locator(".why")
    page.keyboard.press("Escape")
    assert not last.is_visible()
    page.keyboard.press("Enter")
    assert last.is_visible()


def test_it_works_without_script(browser: Browser, folder: Path) -> None:
    """Where a mail program runs no script, the page is whole, and focus and hover still show why."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    open_report(page, folder, REPORTS[0])
    sentence = page.locator(".sentence[data-sentence]").first
    sentence.locator(".badge").focus()
    assert sentence.locator(".why").is_visible()
    context.close()


def test_print_has_the_letters_and_not_the_boxes(page: Page, folder: Path) -> None:
    """On paper the letters and underlines stay, and no explanation covers the text."""
    open_report(page, folder, REPORTS[0])
    page.locator(".sentence[data-sentence] .badge").first.click()
    page.emulate_media(media="print")
    assert not page.locator(".why").first.is_visible()
    assert page.locator(".sentence[data-sentence] .badge").first.is_visible()
    pages = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    assert "This ad reads as" in pages[0].extract_text()


def test_the_index_sorts_both_ways_with_blanks_last(page: Page, folder: Path) -> None:
    """A heading sorts its column up, then down; texts without a value stay at the end; the heading says which."""
    open_report(page, folder, "index")
    column = page.locator("thead th").nth(2)

    def values() -> list[str]:
        return [str(cell.get_attribute("data-value")) for cell in page.locator("tbody tr td:nth-child(3)").all()]

    before = values()
    column.locator("button").click()
    up = values()
    assert column.get_attribute("aria-sort") == "ascending"
    column.locator("button").press("Enter")
    down = values()
    assert column.get_attribute("aria-sort") == "descending"
    numbers = sorted(float(value) for value in before if value)
    blanks = [""] * before.count("")
    assert [float(v) for v in up if v] == numbers and up[len(numbers) :] == blanks
    assert [float(v) for v in down if v] == numbers[::-1] and down[len(numbers) :] == blanks


def test_the_index_leads_to_a_page_and_back(page: Page, folder: Path) -> None:
    """Links between index and pages are relative: the folder can be moved or mailed."""
    open_report(page, folder, "index")
    page.get_by_role("link", name=REPORTS[1]).click()
    assert page.locator("h1").inner_text() == REPORTS[1]
    page.get_by_role("link", name="All texts").click()
    assert page.locator("h1").inner_text() == "Scored texts"
