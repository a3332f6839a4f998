"""The HTML report: what it shows, that it is whole in itself, and that no text can become markup."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given, settings
from hypothesis import strategies as st

from mvl_classify import InputError, Scorer
from mvl_classify.report import Entry, page_names, render_fragment, render_html, render_index, visible
from mvl_classify.results import DocumentScore, TitleCheck

AD = """# Team Leader, Records

## About us
We are the largest archive of the county.

## What you will do
- Inspire and motivate the team, and coach colleagues one to one
- Assign duties, monitor attendance and enforce the procedures every day
- Type letters

## What we offer
- A pension and 30 days of holiday
"""
HOSTILE = (
    "<script>alert(1)</script> You will lead <img src=x onerror=alert(2)> the team.\n"
    "</span></p></main><svg onload=alert(3)> Coach \u202eeno ot eno\u202c colleagues & <b>listen</b>.\n"
    "<!-- --> ]]> {{ 7 * 7 }} {% raw %} javascript:alert(4) \"' style=x: expression(1) \x00\x07\u2066"
)
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def page(scorer: Scorer, text: str, *, name: str = "ad.md", **options: object) -> BeautifulSoup:
    """Return the parsed report on a text."""
    return BeautifulSoup(source(scorer, text, name=name, **options), "html.parser")


def source(scorer: Scorer, text: str, *, name: str = "ad.md", **options: object) -> str:
    """Return the report on a text."""
    return render_html(scorer.score(text, **options), text, scorer.model.dimensions, name=name)  # type: ignore[arg-type]


def shown(soup: BeautifulSoup) -> str:
    """Return the characters of the text as the report shows them, without its own signs and remarks."""
    found = soup.select_one(".text")
    if found is None:
        return ""
    for ours in found.select(".badge, .why, .reason"):
        ours.decompose()
    return "".join(line.get_text() for line in found.select(".line"))


def squeezed(text: str) -> str:
    """Return a text without its white space."""
    return re.sub(r"\s+", "", text)


def test_hostile_text_name_and_title_stay_text(scorer: Scorer) -> None:
    """Script tags, event handlers and templates in text, name or title are shown, and are never markup."""
    soup = page(scorer, HOSTILE, name=HOSTILE, title=HOSTILE)
    assert len(soup.find_all("script")) == 1
    assert not soup.find_all(["img", "iframe", "object", "b"])
    assert not [a for tag in soup.find_all(True) for a in tag.attrs if a.startswith("on") or a == "style"]
    assert not soup.find_all("svg", onload=True)
    assert squeezed(visible("<script>alert(1)</script> You will lead")) in squeezed(shown(soup))
    assert "{{ 7 * 7 }}" in soup.get_text()


def test_bidi_and_control_characters_are_written_out(scorer: Scorer) -> None:
    """Characters that reorder what is read appear by their code points only."""
    html = source(scorer, HOSTILE, name="a\u202eb\ud800", title="c\u2066d")
    assert not BIDI.search(html)
    assert "\x00" not in html and "\x07" not in html
    assert "[U+202E]" in html and "a[U+202E]b[U+D800]" in html


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=200) | st.text(st.sampled_from("<>&\"'\n\r\u2028 a.B•-{}%"), max_size=60))
def test_any_text_is_shown_whole_and_never_as_markup(scorer: Scorer, text: str) -> None:
    """Whatever the text, the report holds each of its characters once, and one script: its own."""
    text = f"{text}\nYou coach and inspire people.\n{text}"
    html = source(scorer, text)
    soup = BeautifulSoup(html, "html.parser")
    assert len(soup.find_all("script")) == 1
    assert squeezed(shown(soup)) == squeezed(visible(text))
    html.encode("utf-8")


def test_the_page_is_whole_in_itself(scorer: Scorer) -> None:
    """It names no address to load from, and its policy lets nothing in but its own style and script."""
    html = source(scorer, AD)
    soup = BeautifulSoup(html, "html.parser")
    assert not soup.find_all(["link", "img", "iframe", "base"]) and "url(" not in html and "@import" not in html
    assert all(str(a["href"]).startswith("#") for a in soup.find_all("a"))
    rules = str(soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"])  # type: ignore[index]
    assert "default-src 'none'" in rules
    for name in ("style", "script"):
        inside = soup.find(name)
        assert isinstance(inside, Tag)
        digest = base64.b64encode(hashlib.sha256(str(inside.string).encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in rules


def test_the_same_text_gives_the_same_bytes(scorer: Scorer) -> None:
    """A report has no date and no chance in it."""
    assert source(scorer, AD) == source(scorer, AD)


def test_it_says_the_verdict_and_shows_every_dimension(scorer: Scorer) -> None:
    """The verdict stands in one sentence, and each dimension has its row in the model's order."""
    soup = page(scorer, AD)
    verdict = soup.select_one(".verdict")
    assert verdict is not None and verdict.get_text().startswith("This ad reads as ")
    names = [dimension.name for dimension in scorer.model.dimensions.values()]
    assert [row.get_text() for row in soup.select(".dimension h3")] == names


def changed(score: DocumentScore, key: str, orientation: float | None) -> DocumentScore:
    """Return a score with another orientation on one dimension."""
    interval = None if orientation is None else (-0.5, 0.5)
    one = replace(score.dimensions[key], orientation=orientation, interval=interval, sentence_count=2)
    return replace(score, dimensions={**score.dimensions, key: one})


@pytest.mark.parametrize(
    ("orientation", "word", "mark"),
    [(None, "no evidence", ".nothing"), (0.0, "balanced", "path.balanced"), (-0.9, "management", "rect.management")],
)
def test_no_evidence_differs_from_balanced(scorer: Scorer, orientation: float | None, word: str, mark: str) -> None:
    """A dimension's row says in a word, and draws in its own shape, whether nothing is said or both sides are."""
    score = changed(scorer.score(AD), "risk", orientation)
    soup = BeautifulSoup(render_html(score, AD, scorer.model.dimensions, name="x"), "html.parser")
    row = soup.select(".dimension")[scorer.model.dimensions.ids.index("risk")]
    assert word in row.select_one(".value").get_text()  # type: ignore[union-attr]
    marks = [".nothing", "path.balanced", "rect.management"]
    assert [bool(row.select(one)) for one in marks] == [one == mark for one in marks]


def test_what_is_left_out_is_shown_with_its_reason(scorer: Scorer) -> None:
    """Sections that are not counted stand in the text, apart, with why."""
    apart = {group.select_one(".reason").get_text(): group.get_text() for group in page(scorer, AD).select(".out")}  # type: ignore[union-attr]
    assert "A pension" in apart["Not counted: what the employer offers"]
    assert "largest archive" in apart["Not counted: about the employer"]
    assert not any("coach" in text for text in apart.values())


def test_oriented_sentences_carry_a_letter_a_tint_and_the_why(scorer: Scorer) -> None:
    """Colour is never the only sign: each oriented sentence has a letter, a button, and an explanation."""
    score = scorer.score(AD)
    oriented = [s for s in score.sentences if s.counted and s.oriented]
    found = page(scorer, AD).select(".sentence[data-sentence]")
    assert len(found) == len(oriented) > 0
    for tag, sentence in zip(found, oriented, strict=True):
        button, why = tag.select_one("button"), tag.select_one(".why")
        assert button is not None and why is not None
        assert button.get_text().startswith({"management": "M:", "leadership": "L:", "both": "M+L:"}[sentence.label])
        assert button["aria-controls"] == why["id"]
        assert any(name.startswith("level-") for name in tag["class"])
        assert tag.select("mark")


def test_the_words_and_all_else_add_up_to_the_score(scorer: Scorer) -> None:
    """The weights in an explanation add up to the sentence's score, to the last digit shown."""
    score = scorer.score("You inspire and motivate the whole team.")
    sentence = score.sentences[0]
    line = page(scorer, sentence.text).select(".sentence .why-line")[-1].get_text().replace("−", "-")
    weights = [float(number) for number in re.findall(r"(?<=[ ”\"])[+-]?\d+\.\d\d(?=[,;.])", line)]
    assert len(weights) > 1
    assert sum(weights) == pytest.approx(sentence.logits["leadership"], abs=0.005 * len(weights) + 1e-9)


@pytest.mark.parametrize(("agrees", "said"), [(False, True), (True, False), (None, False)])
def test_title_and_text_are_compared_only_where_they_disagree(scorer: Scorer, agrees: bool | None, said: bool) -> None:
    """The notice stands where title and text disagree, and nowhere else."""
    score = replace(scorer.score(AD), title=TitleCheck("Team Leader", "leadership", agrees))
    html = render_html(score, AD, scorer.model.dimensions, name="x")
    assert ("Title and text disagree" in html) is said


def test_suggestions_are_for_ads_only(scorer: Scorer) -> None:
    """An ad that shows one pole is offered phrases of the other; a review never is."""
    text = "You enforce procedures and monitor attendance every day.\nYou control the budget."
    heading = "Phrases of the other pole"
    assert heading in source(scorer, text, kind="ad")
    assert heading not in source(scorer, text, kind="review")


@pytest.mark.parametrize("text", [None, "", "   \n"])
def test_no_text_makes_a_report_that_says_so(scorer: Scorer, text: str | None) -> None:
    """An empty text has a report without a scale, which says that there is no text."""
    html = render_html(scorer.score(text), text or "", scorer.model.dimensions, name="x")
    assert "there is no text" in html and 'class="scale"' not in html


def test_another_text_than_the_scored_one_is_refused(scorer: Scorer) -> None:
    """Highlights are never laid over a text that was not scored."""
    with pytest.raises(InputError, match="not the one that was scored"):
        render_html(scorer.score(AD), AD[5:], scorer.model.dimensions, name="x")


def test_two_fragments_share_a_page(scorer: Scorer) -> None:
    """Fragments have no style or script of their own, and ids that begin with their prefix."""
    score = scorer.score(AD)
    parts = [render_fragment(score, AD, scorer.model.dimensions, prefix=prefix) for prefix in ("a", "b")]
    soup = BeautifulSoup("".join(parts), "html.parser")
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids)) and {str(one)[0] for one in ids} == {"a", "b"}
    assert not soup.find_all(["style", "script"]) and not soup.find_all(style=True)


def test_an_index_links_a_page_each_and_names_what_was_not_read(scorer: Scorer) -> None:
    """The table has a row a text, sortable values, and below it the files without a score."""
    score = scorer.score(AD)
    entries = [Entry("<i>a.md", "a-md.html", score), Entry("b.md", "b-md.html", scorer.score("Type."))]
    soup = BeautifulSoup(render_index(entries, {"c<b>.pdf": "is encrypted."}), "html.parser")
    assert [str(a["href"]) for a in soup.select("tbody a")] == ["a-md.html", "b-md.html"]
    assert len(soup.select("thead button")) == len(soup.select("tbody tr")[0].find_all(["td", "th"]))
    assert "c<b>.pdf: is encrypted." in soup.get_text()
    assert not soup.find_all(["i", "b"])


@given(
    names=st.lists(st.text(max_size=20) | st.sampled_from(["a/ad.md", "a-ad.md", "A/AD.md", "index", "é"]), max_size=12)
)
def test_page_names_are_distinct_and_plain(names: list[str]) -> None:
    """Every text has a file name of its own, in any case, of plain characters, and never the index's."""
    made = page_names(names)
    assert len(made) == len(names) == len({name.lower() for name in made})
    assert all(re.fullmatch(r"[a-z0-9-]+\.html", name) and name != "index.html" for name in made)
