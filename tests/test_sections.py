"""Sections and settings: which sentences describe the role or the person, and why the others do not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvl_classify.sections import SECTIONS, SETTINGS, settings
from mvl_classify.segment import Segmenter

SEGMENTER = Segmenter()
Read = list[tuple[str, str, str | None]]
LINES = st.sampled_from(
    ["# About us", "**What you will do**", "Requirements:", "- Plan the rota", "We coach people.", "I met him.", "",
     "x", "Benefits: pension, holiday, bonus", "Equal opportunity", "How to apply", "•", "12) ", "🙂", "Er sagt: nein."]
)  # fmt: skip


def read(text: str, kind: str = "ad") -> Read:
    """Return each sentence with its section and the reason why it is not counted, or None."""
    tokens = SEGMENTER.tokens([text])
    sentences = SEGMENTER.sentences(tokens)
    found = settings([text], tokens, sentences, np.array([kind == "ad"]))
    return [
        (text[start:end], SECTIONS[section], None if excluded < 0 else SETTINGS[excluded])
        for start, end, section, excluded in zip(
            sentences.start, sentences.end, found.section, found.excluded, strict=True
        )
    ]


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("## What you will do", "responsibilities"),
        ("**Key responsibilities**", "responsibilities"),
        ("The role:", "responsibilities"),
        ("What you’ll do", "responsibilities"),
        ("What you'll do", "responsibilities"),
        ("DUTIES", "responsibilities"),
        ("Requirements", "requirements"),
        ("## Your profile", "requirements"),
        ("Who you are:", "requirements"),
        ("Essential skills", "requirements"),
        ("About us", "about_us"),
        ("About Northgate", "about_us"),
        ("## Who we are", "about_us"),
        ("What we offer", "benefits"),
        ("Benefits:", "benefits"),
        ("## Salary", "benefits"),
        ("How to apply", "application"),
        ("Interview process:", "application"),
        ("EQUAL OPPORTUNITIES", "legal"),
        ("## Data protection", "legal"),
        ("# Shift planner", "body"),
    ],
)
def test_a_heading_sets_the_section_of_the_lines_below(heading: str, section: str) -> None:
    """Marked, bold, with a colon, in capitals or plain: the line is a heading, and the next ones belong to it."""
    first, *rest = read(f"{heading}\n- Plan the rota\n- Coach new colleagues\n")
    assert first[1:] == ("heading", "heading")
    assert [line[1] for line in rest] == [section, section]


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("In this role you will have the opportunity each week to:", "responsibilities"),
        ("It would help us a lot if you had some knowledge of:", "requirements"),
        ("On top of a good team we offer you from the first day:", "benefits"),
    ],
)
def test_a_lead_in_sets_the_section_of_its_list(line: str, section: str) -> None:
    """Under "Why join us" duties may follow: a long line with a colon opens their section and belongs to it."""
    found = read(f"## Why join us\nA friendly place.\n{line}\n- Plan the rota\n")
    assert [entry[1] for entry in found] == ["heading", "about_us", section, section]


@pytest.mark.parametrize(
    "line", ["Leads the hiring process", "Manages the benefits team.", "Your duties include planning the rota."]
)
def test_a_line_that_says_something_is_no_heading(line: str) -> None:
    """A heading's word inside a duty opens no section."""
    assert [found[1:] for found in read(f"{line}\nPlan the rota\n")] == [("body", None), ("body", None)]


def test_a_heading_ends_where_the_next_begins() -> None:
    """Sections follow one another; only duties, requirements and plain text are counted."""
    text = "## About us\nWe ship parcels.\n## What you will do\nPlan the rota\n"
    text += "## What you bring\nPatience\n## What we offer\nCake\n"
    counted = [line[0] for line in read(text) if line[2] is None]
    assert counted == ["Plan the rota", "Patience"]


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("We do not discriminate on grounds of race, religion, gender or disability.", "legal"),
        ("Medical insurance, dental insurance, a pension and 25 days of holiday.", "benefits"),
        ("To apply, send your CV and cover letter by email.", "application"),
    ],
)
def test_boilerplate_is_known_by_its_words(text: str, section: str) -> None:
    """Legal, benefits and application text is set apart wherever it stands."""
    assert read(f"What you will do\nPlan the rota\n{text}\n")[-1][1:] == (section, section)


def test_one_word_of_boilerplate_is_not_enough() -> None:
    """A duty that mentions pensions is a duty."""
    assert read("What you will do\nYou will manage the pension budget of the whole group.\n")[-1][1:] == (
        "responsibilities",
        None,
    )


@pytest.mark.parametrize(
    "text", ["We are reinventing how people travel.", "Our company motivates its people.", "Our leaders coach."]
)
def test_what_the_employer_says_of_itself_is_not_counted(text: str) -> None:
    """Codebook, rule 10: company talk in an ad."""
    assert read(text)[0][2] == "employer"


@pytest.mark.parametrize(
    "text", ["We are looking for someone who plans the rota.", "We want you to coach the team.", "You coach us."]
)
def test_what_the_employer_wants_of_the_person_is_counted(text: str) -> None:
    """ "We expect …" describes the role."""
    assert read(text)[0][2] is None


def test_the_employer_does_not_speak_in_a_review() -> None:
    """ "We" in a review is the team, and is counted."""
    assert read("We plan the rota together. She coaches us.", "review")[0][2] is None


@pytest.mark.parametrize(
    "text", ["I coached her on planning.", "I have trained him twice.", "I set clear goals for them."]
)
def test_the_reviewers_own_acts_are_not_counted(text: str) -> None:
    """What the reviewer did is not what the person reviewed does."""
    found = read(f"{text} She plans every shift.", "review")
    assert [line[2] for line in found] == ["reviewer", None]


@pytest.mark.parametrize(
    "text", ["I coached new colleagues and planned the rota.", "I led the project. I set clear goals."]
)
def test_a_self_review_is_counted(text: str) -> None:
    """Where nobody else is spoken of, "I" is the person reviewed."""
    assert all(line[2] is None for line in read(text, "review"))


def test_an_observation_of_the_reviewer_is_counted() -> None:
    """ "I think she plans well" says something about her."""
    assert read("I think she plans every shift with care.", "review")[0][2] is None


def test_a_review_has_no_sections_but_headings() -> None:
    """A heading of a review is not counted; what stands below it is body text."""
    assert read("# Goals\nShe plans.\nBenefits:\nShe coaches.\n", "review") == [
        ("Goals", "heading", "heading"),
        ("She plans.", "body", None),
        ("Benefits:", "heading", "heading"),
        ("She coaches.", "body", None),
    ]


def test_offsets_are_those_of_the_text_as_given() -> None:
    """CRLF, bullets and marks move no sentence."""
    text = "## What you will do\r\n\r\n  • Plan the rota\r\n  • Coach ’em\r\n"
    assert [line[0] for line in read(text)] == ["What you will do", "Plan the rota", "Coach ’em"]


@given(st.lists(st.lists(LINES, max_size=6), max_size=3), st.booleans())
def test_settings_of_a_batch_are_those_of_its_texts(texts: list[list[str]], ad: bool) -> None:
    """No section leaks from one text into the next, and every sentence has one."""
    joined = ["\n".join(lines) for lines in texts]
    tokens = SEGMENTER.tokens(joined)
    sentences = SEGMENTER.sentences(tokens)
    together = settings(joined, tokens, sentences, np.full(len(joined), ad))
    alone = [line for text in joined for line in read(text, "ad" if ad else "review")]
    assert [SECTIONS[k] for k in together.section] == [line[1] for line in alone]
    assert together.counted.tolist() == [line[2] is None for line in alone]
