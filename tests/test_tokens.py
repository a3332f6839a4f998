"""Looking chunks up gives what spaCy's tokenizer gives on the whole text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.attrs import IDX, LENGTH, NORM, SPACY

from mvl_classify import tokens as module
from mvl_classify.places import Places
from mvl_classify.tokens import Words, normal

ALPHABET = "aB é9.,;:!?-–—•…'’\"()$%/#\n\r\t \u00a0\u2003\u2028\x1c🙂_"
WORDS = Words()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.text(st.sampled_from(ALPHABET), max_size=30), max_size=4))
def test_tokens_are_those_of_spacy_on_the_whole_text(texts: list[str]) -> None:
    """Cutting at white space first changes no token, offset, normal form or following blank."""
    found = WORDS.tokens(texts)
    for number, text in enumerate(texts):
        array = WORDS._tokenizer(text).to_array([NORM, IDX, LENGTH, SPACY])
        own = found.text == number
        assert found.hashes[own].tolist() == array[:, 0].tolist()
        assert found.start[own].tolist() == array[:, 1].tolist()
        assert (found.end - found.start)[own].tolist() == array[:, 2].tolist()
        assert found.spaced[own].tolist() == array[:, 3].astype(bool).tolist()


def test_offsets_point_into_the_text_as_given() -> None:
    """A token's offsets cut its own characters out of its text."""
    texts = ["", "Führt  das\n\nTeam.", " led; coached"]
    found = WORDS.tokens(texts)
    pieces = [texts[k][a:b] for k, a, b in zip(found.text, found.start, found.end, strict=True)]
    assert pieces == ["Führt", " ", "das", "\n\n", "Team", ".", " ", "led", ";", "coached"]
    assert found.newlines.tolist() == [0, 0, 0, 2, 0, 0, 0, 0, 0, 0]
    assert [WORDS.word(int(key)) for key in found.hashes] == [normal(piece) for piece in pieces]


def test_forgetting_words_changes_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the memory of words is begun anew, the next texts are tokenized the same."""
    texts = [f"word{chr(97 + k % 26)}{'x' * (k // 26)} leads, and k{k} follows." for k in range(60)]
    whole = Words().tokens(texts)
    monkeypatch.setattr(module, "MAX_WORDS", 20)
    words = Words()
    parts = [words.tokens([text]) for text in texts]
    assert np.array_equal(whole.hashes, np.concatenate([part.hashes for part in parts]))
    assert len(words._lexicon) < 40


@given(st.lists(st.integers(0, 2**62), unique=True, max_size=200), st.lists(st.integers(-5, 2**62), max_size=50))
def test_places_finds_a_number_where_it_stands(keys: list[int], others: list[int]) -> None:
    """The hash table answers as a dictionary would, -1 for what is not there."""
    asked = np.array([*keys, *others], np.int64)
    place = {key: number for number, key in enumerate(keys)}
    assert Places(np.array(keys, np.int64))(asked).tolist() == [place.get(key, -1) for key in asked.tolist()]
