"""The page in a real browser: type, see, compare, download, keyboard only, narrow, light and dark."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browsing import chromium
from serving import serving

AD = (
    "About the role\nYou will plan the budget and monitor daily targets.\n"
    "You will coach the team and inspire people with a clear vision 🚀.\nBenefits\nA pension and free lunch.\n"
)
LEADERSHIP = "You will inspire people with a vision of the future and mentor every colleague."
MANAGEMENT = "You will schedule shifts, control the budget and monitor daily targets."


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Return the address of a running server."""
    with serving() as place:
        yield place


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return one browser for all tests of this file."""
    with chromium() as made:
        yield made


class Opened:
    """A page with what went wrong on it and what it asked for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.faults: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def scored(self) -> str:
        """Wait until the result stands and return what the status says."""
        self.page.wait_for_selector("#results[data-state=scored]")
        return str(self.page.inner_text("#status"))


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Opened]:
    """Open the page afresh; afterwards nothing must have gone wrong, or been asked of another server."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    made = Opened(context.new_page())
    made.page.goto(address)
    yield made
    context.close()
    assert made.faults == []
    assert all(url.startswith((address, f"blob:{address}")) for url in made.requests)


def violations(page: Any) -> list[str]:
    """Return what axe-core finds wrong with a page."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found]


def test_typing_scores_once_the_keys_rest(opened: Opened) -> None:
    """A text typed key by key is scored and highlighted, with few requests for many keys."""
    opened.page.locator("#text-0").press_sequentially(LEADERSHIP, delay=2)
    assert "leadership" in opened.scored()
    assert "leadership" in opened.page.inner_text(".verdict")
    assert opened.page.locator("mark.leadership").count() > 0
    views = [url for url in opened.requests if url.endswith("/view")]
    assert 1 <= len(views) < len(LEADERSHIP) / 4


def test_the_last_text_wins(opened: Opened) -> None:
    """What is shown belongs to the text that stands in the field."""
    for text in (LEADERSHIP, MANAGEMENT, LEADERSHIP, MANAGEMENT):
        opened.page.fill("#text-0", text)
        opened.page.wait_for_timeout(310)
    assert "management" in opened.scored()
    assert MANAGEMENT in re.sub(r"\s+", " ", str(opened.page.evaluate("document.querySelector('.text').textContent")))


def test_a_pasted_ad_shows_what_is_left_out(opened: Opened) -> None:
    """Sections that are not counted are shown with the reason, and offsets hold behind an emoji."""
    opened.page.fill("#text-0", AD)
    opened.scored()
    assert "Not counted" in opened.page.inner_text(".text")
    assert "🚀" in opened.page.inner_text(".text")


def test_the_switch_between_ad_and_review_scores_anew(opened: Opened) -> None:
    """The kind that is chosen is the kind that is said."""
    opened.page.fill("#text-0", AD)
    opened.scored()
    for name, said in (("review", "Read as a review."), ("ad", "Read as an ad.")):
        opened.page.check(f"input[value={name}]")
        opened.page.locator("#result-0 .facts", has_text=said).wait_for()


def test_markup_in_a_text_stays_text(opened: Opened) -> None:
    """Tags and handlers of a text are shown and never run."""
    opened.page.fill("#text-0", f"{LEADERSHIP}\n<img src=x onerror=alert(1)><script>document.title='x'</script>")
    opened.scored()
    assert opened.page.locator("#results img, #results script").count() == 0
    assert "onerror" in opened.page.inner_text(".text")
    assert opened.page.title() == "Management and leadership in a text"


def test_comparing_shows_both_versions_and_what_changed(opened: Opened) -> None:
    """The second version begins as a copy; a new sentence in it is named as added."""
    opened.page.fill("#text-0", AD)
    opened.scored()
    opened.page.check("#compare")
    opened.page.wait_for_selector("#changes:not([hidden])")
    assert "the same sentences" in opened.page.inner_text("#changes")
    opened.page.fill("#text-1", f"{LEADERSHIP}\n{AD}")
    opened.page.wait_for_selector("#changes ins")
    assert opened.page.inner_text("#changes ins") == LEADERSHIP
    assert "towards leadership" in opened.page.inner_text("#changes")
    assert opened.page.locator("#changes tbody tr").count() > 0
    left, right = (opened.page.locator(f"#result-{n}").bounding_box() for n in (0, 1))
    assert left["y"] == right["y"] and left["x"] + left["width"] <= right["x"]
    opened.page.uncheck("#compare")
    opened.page.wait_for_selector("#changes", state="hidden")
    assert opened.page.locator("#result-1").is_hidden()


def test_the_report_is_downloaded(opened: Opened, tmp_path: Path) -> None:
    """The button saves the HTML report of the text under a name made of the title."""
    opened.page.fill("#title-0", "Store Lead")
    opened.page.fill("#text-0", AD)
    opened.scored()
    with opened.page.expect_download() as waiting:
        opened.page.click("#download-0")
    waiting.value.save_as(tmp_path / "report.html")
    assert waiting.value.suggested_filename == "store-lead-report.html"
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert report.startswith("<!DOCTYPE html>") and "Store Lead" in report


def test_a_dropped_file_is_read(opened: Opened) -> None:
    """A file dropped on the field becomes its text and is scored."""
    opened.page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "ad.txt", {type: "text/plain"}));
            document.querySelector("#text-0").dispatchEvent(
                new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }""",
        LEADERSHIP,
    )
    opened.scored()
    assert opened.page.input_value("#text-0") == LEADERSHIP


def test_an_opened_file_that_is_no_document_is_refused_in_words(opened: Opened, tmp_path: Path) -> None:
    """A file that cannot be read gives one line, and the text stays."""
    (tmp_path / "ad.doc").write_bytes(b"\xd0\xcf")
    opened.page.set_input_files("#file-0", tmp_path / "ad.doc")
    opened.page.wait_for_selector("#status.problem")
    assert ".docx" in opened.page.inner_text("#status")
    opened.faults = [fault for fault in opened.faults if "422" not in fault]


def test_a_text_beyond_the_limit_is_refused_in_words(opened: Opened) -> None:
    """The limit is named, no old result stays, and a shorter text is scored again."""
    opened.page.fill("#text-0", "word " * 10_001)
    opened.page.wait_for_selector("#status.problem")
    assert "50,000" in opened.page.inner_text("#status")
    assert opened.page.inner_text("#result-0") == ""
    opened.page.fill("#text-0", LEADERSHIP)
    opened.scored()
    opened.faults = [fault for fault in opened.faults if "413" not in fault]


def test_everything_is_done_by_keyboard(opened: Opened) -> None:
    """Kind, comparison, text, reason and download are reached by Tab and worked by keys."""
    page = opened.page
    reached: list[str] = []

    def tab_to(wanted: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
            if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
                return
        raise AssertionError(f"{wanted} is not reached: {reached}")

    tab_to(".skip")
    tab_to("input[name=kind]")
    page.keyboard.press("ArrowDown")
    assert page.is_checked("input[value=ad]")
    tab_to("#compare")
    tab_to("#text-0")
    page.keyboard.type(LEADERSHIP)
    opened.scored()
    tab_to("#download-0")
    with page.expect_download():
        page.keyboard.press("Enter")
    tab_to("button.badge")
    page.keyboard.press("Enter")
    assert page.locator(".sentence.open .why").is_visible()
    page.keyboard.press("Escape")
    assert page.locator(".sentence.open").count() == 0


@pytest.mark.parametrize("compare", [False, True], ids=["one", "two"])
def test_a_phone_of_320_pixels_needs_no_sideways_scrolling(opened: Opened, compare: bool) -> None:
    """Everything fits a width of 320 pixels."""
    opened.page.set_viewport_size({"width": 320, "height": 640})
    opened.page.fill("#title-0", "Head of Cross-Departmental Interorganisational Communication")
    opened.page.fill("#text-0", AD + "x" * 200)
    if compare:
        opened.page.check("#compare")
        opened.page.fill("#text-1", LEADERSHIP)
        opened.page.wait_for_selector("#changes ins")
    opened.scored()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["empty", "scored", "compared"])
def test_axe_finds_nothing(opened: Opened, scheme: str, state: str) -> None:
    """Contrast, names, roles, landmarks: axe-core has nothing to say."""
    opened.page.emulate_media(color_scheme=scheme)
    if state != "empty":
        opened.page.fill("#text-0", AD)
        opened.scored()
    if state == "compared":
        opened.page.check("#compare")
        opened.page.fill("#text-1", f"{LEADERSHIP}\n{AD}")
        opened.page.wait_for_selector("#changes ins")
        opened.scored()
    opened.page.wait_for_timeout(200)
    assert violations(opened.page) == []


def test_dark_and_light_differ(opened: Opened) -> None:
    """The page follows the system's scheme."""
    colours = set()
    for scheme in ("light", "dark"):
        opened.page.emulate_media(color_scheme=scheme)
        colours.add(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_the_policy_stops_scripts_made_of_text(opened: Opened) -> None:
    """Neither markup nor a handler nor code can be made of a string on this page."""
    for attempt in ("document.body.innerHTML = '<p>x</p>'", "document.body.setAttribute('onclick', '1')"):
        with pytest.raises(Exception, match="Trusted"):
            opened.page.evaluate(f"() => {{ {attempt} }}")
    opened.faults = [fault for fault in opened.faults if "Trusted" not in fault]
