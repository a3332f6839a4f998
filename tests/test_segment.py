"""Texts into sentences: where one ends, what its offsets are, and how words are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvl_classify.segment import Segmenter, normal

SEGMENTER = Segmenter()
TEXTS = st.text(
    alphabet=st.one_of(
        st.characters(codec="utf-8"), st.sampled_from(list("aB1 .!?\n\r\t•-–*#o)\"”’'$%&/,;:é🙂\u0301\u2028"))
    ),
    max_size=80,
)
LONG_LINE = "She has kept the minutes of the weekly site meeting for the past two years"


def sentences(text: str) -> list[str]:
    """Return the sentences of one text as slices of it."""
    found = SEGMENTER.sentences(SEGMENTER.tokens([text]))
    return [text[start:end] for start, end in zip(found.start, found.end, strict=True)]


def words(text: str) -> list[str]:
    """Return the tokens of one text as slices of it."""
    tokens = SEGMENTER.tokens([text])
    return [text[start:end] for start, end in zip(tokens.start, tokens.end, strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He plans. She leads! Who pays? Nobody…  Then", ["He plans.", "She leads!", "Who pays?", "Nobody…", "Then"]),
        ("Is it good?! Yes!!! No...", ["Is it good?!", "Yes!!!", "No..."]),
        ("He said “Well done.” Then left.", ["He said “Well done.”", "Then left."]),
        ('Apply ("by Friday.") Then wait.', ['Apply ("by Friday.")', "Then wait."]),
        ("Led the team.Planned budgets.", ["Led the team.", "Planned budgets."]),
        ("Version 3.5 works. 3 people came.", ["Version 3.5 works.", "3 people came."]),
        ("see rule 7. then stop", ["see rule 7. then stop"]),
    ],
)
def test_a_full_stop_ends_a_sentence_before_a_new_beginning(text: str, expected: list[str]) -> None:
    """Stops, doubled stops, stops inside quotes and brackets, and stops glued to the next capital."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith leads, e.g. The Hague office.",
        "Mrs. Okafor approves it, i.e. Signs the form.",
        "J. K. Novak wrote the report.",
        "Grade approx. 5 of the U.S. Navy scale",
    ],
)
def test_an_abbreviation_ends_no_sentence(text: str) -> None:
    """Titles, Latin abbreviations and initials keep their sentence whole."""
    assert sentences(text) == [text]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "\r\n\r\n", " \n ", "\u2028", "\u2029"])
def test_a_line_break_ends_a_bullet_whatever_its_bytes(end: str) -> None:
    """Lists from any system give one sentence an item."""
    assert sentences(f"Plan the rota{end}Coach new colleagues") == ["Plan the rota", "Coach new colleagues"]


@pytest.mark.parametrize("mark", ["- ", "* ", "• ", "– ", "▪ ", "✓ ", "1. ", "12) ", "o ", "## ", "> ", "  - "])
def test_a_leading_bullet_is_not_part_of_the_sentence(mark: str) -> None:
    """Marks, numbers and the lower-case o of pasted lists are left out."""
    assert sentences(f"{mark}Plan the rota\n{mark}Coach people") == ["Plan the rota", "Coach people"]


def test_bullets_inside_a_line_split_it() -> None:
    """A list that lost its line breaks is still a list."""
    assert sentences("Plan the rota • Coach people • Hire") == ["Plan the rota", "Coach people", "Hire"]


def test_a_capital_o_and_a_bare_quantity_are_words() -> None:
    """Only what looks like an item's mark is taken for one."""
    assert sentences("O level in maths\n10 years of experience\n3.5 days a week") == [
        "O level in maths",
        "10 years of experience",
        "3.5 days a week",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_wrapped_prose_is_one_sentence(end: str) -> None:
    """A long line that runs on in lower case is joined; a short one, or one before a capital, is not."""
    assert sentences(f"{LONG_LINE}{end}and files them.") == [f"{LONG_LINE}{end}and files them."]
    assert len(sentences(f"{LONG_LINE}{end}Files them.")) == 2
    assert len(sentences(f"Keeps the minutes{end}and files them.")) == 2
    assert len(sentences(f"{LONG_LINE}{end}{end}and files them.")) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event;led", ["event", ";", "led"]),
        ("volunteers--$30K", ["volunteers", "--", "$30K"]),
        ("plan/coach", ["plan", "/", "coach"]),
        ("the team's goals", ["the", "team", "'s", "goals"]),
        ("the team’s goals", ["the", "team", "’s", "goals"]),
        ("(budget), 20%", ["(", "budget", ")", ",", "20%"]),
        ("team.Planned", ["team", ".", "Planned"]),
        ("3.5", ["3.5"]),
        ("C.", ["C", "."]),
    ],
)
def test_words_are_split_where_signs_join_them(text: str, expected: list[str]) -> None:
    """The slim rules split what telegraphic bullets glue together, and keep numbers whole."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("word", "known_as"), [("Team’s", "team's"), ("‘Lead", "'lead"), ("2,300", "0,0"), ("401K", "0k"), ("ÉLAN", "élan")]
)
def test_a_word_is_known_by_its_normal_form(word: str, known_as: str) -> None:
    """Lower case, a straight apostrophe, and 0 for any number."""
    assert normal(word) == known_as


def test_curly_and_straight_apostrophes_are_the_same_word() -> None:
    """Both spellings have the same hashes, so the model cannot tell them apart."""
    curly, straight = SEGMENTER.tokens(["the team’s goals"]), SEGMENTER.tokens(["the team's goals"])
    assert curly.hashes.tolist() == straight.hashes.tolist()


def test_a_hash_gives_its_normal_form_back() -> None:
    """`word` spells what `tokens` handed out."""
    tokens = SEGMENTER.tokens(["Coach 12 People"])
    assert [SEGMENTER.word(int(key)) for key in tokens.hashes] == ["coach", "0", "people"]


@given(TEXTS)
def test_sentences_are_ordered_trimmed_slices_with_a_word(text: str) -> None:
    """Sentences do not overlap, carry no white space at their edges, and each holds a letter or digit."""
    found = SEGMENTER.sentences(SEGMENTER.tokens([text]))
    behind = 0
    for start, end in zip(found.start, found.end, strict=True):
        assert behind <= start < end <= len(text)
        behind = end
        piece = text[start:end]
        assert piece == piece.strip()
        assert any(character.isalnum() for character in piece)


@given(TEXTS)
def test_tokens_cover_everything_but_blanks(text: str) -> None:
    """No character is lost between tokens, and none stands in two."""
    tokens = SEGMENTER.tokens([text])
    covered = [place for start, end in zip(tokens.start, tokens.end, strict=True) for place in range(start, end)]
    assert covered == sorted(set(covered))
    assert all(text[place] == " " for place in set(range(len(text))) - set(covered))


@given(TEXTS)
def test_every_word_but_numbering_stands_in_a_sentence(text: str) -> None:
    """Cutting drops no letters: only a list's own marks are outside of the sentences."""
    found = SEGMENTER.sentences(SEGMENTER.tokens([text]))
    inside = {place for start, end in zip(found.start, found.end, strict=True) for place in range(start, end)}
    outside = [text[place] for place in range(len(text)) if place not in inside]
    assert all(not character.isalpha() or character == "o" for character in outside)


@given(st.lists(TEXTS, max_size=4))
def test_a_text_is_cut_the_same_alone_and_in_company(texts: list[str]) -> None:
    """The sentences of a batch are those of its texts."""
    found = SEGMENTER.sentences(SEGMENTER.tokens(texts))
    together = [
        (int(number), int(start), int(end))
        for number, start, end in zip(found.text, found.start, found.end, strict=True)
    ]
    alone = []
    for number, text in enumerate(texts):
        one = SEGMENTER.sentences(SEGMENTER.tokens([text]))
        alone += [(number, int(start), int(end)) for start, end in zip(one.start, one.end, strict=True)]
    assert together == alone


@given(st.lists(TEXTS, max_size=4))
def test_whole_gives_one_sentence_a_text(texts: list[str]) -> None:
    """`whole` cuts nothing: one run of tokens a text, in order, inside the text."""
    whole = SEGMENTER.whole(SEGMENTER.tokens(texts), len(texts))
    assert whole.text.tolist() == list(range(len(texts)))
    for number, text in enumerate(texts):
        assert 0 <= whole.start[number] <= whole.end[number] <= len(text)


def test_no_texts_give_no_sentences() -> None:
    """An empty batch is a batch."""
    tokens = SEGMENTER.tokens([])
    assert len(tokens) == 0
    assert len(SEGMENTER.sentences(tokens)) == 0
    assert len(SEGMENTER.whole(tokens, 0)) == 0
