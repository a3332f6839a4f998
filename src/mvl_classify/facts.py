"""What is known of each text beside its score: how many words it has, whether it is English, ad or review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from mvl_classify.dimensions import KINDS, Kind
from mvl_classify.engine import Floats
from mvl_classify.errors import InputError
from mvl_classify.language import is_english
from mvl_classify.scoring import DocumentFacts
from mvl_classify.segment import Bools, Ints, Segmenter, Sentences, Tokens

KNOWN_SHARE: Final = 0.8
"""Below this share of known words a text's language is looked at."""


def facts(
    segmenter: Segmenter, tokens: Tokens, sentences: Sentences, known: Ints, count: int
) -> DocumentFacts:
    """Return the facts of `count` texts; `segmenter` made the tokens, `known` is that of `SentenceArrays`."""
    words = np.bincount(tokens.text[tokens.word], minlength=count)
    share = _known_share(sentences.text, known, count)
    english = np.ones(count, np.bool_)
    edges = np.searchsorted(tokens.text, np.arange(count + 1))
    for number in np.flatnonzero((share < KNOWN_SHARE) & (words > 0)):
        own = slice(int(edges[number]), int(edges[number + 1]))
        english[number] = is_english(_letters(segmenter, tokens, own), float(share[number]))
    return DocumentFacts(empty=words == 0, words=words, english=english)


def _known_share(text: Ints, known: Ints, count: int) -> Floats:
    """Return for each text the share of its words that the engine knows, in [0, 1]."""
    yes, no = (np.bincount(text, weights=known[:, k], minlength=count) for k in range(2))
    return np.asarray(yes / np.maximum(yes + no, 1))


def _letters(segmenter: Segmenter, tokens: Tokens, own: slice) -> list[str]:
    """Return the words of one text without its numbers, which all have the normal form `0`."""
    spoken = tokens.hashes[own][tokens.word[own]].tolist()
    return [word for word in map(segmenter.word, spoken) if word != "0"]


def kinds_of(
    ad: Floats, text: Ints, count: int, kinds: Sequence[Kind | None] | None
) -> tuple[Bools, Bools]:
    """Return for each text whether it is an ad, and whether that was given.

    Where it was not, the sum of the kind logits `ad` decides; `text` is the text of each. Raises InputError for
    a kind that there is not.
    """
    guess = np.bincount(text, weights=ad, minlength=count) > 0
    given = np.zeros(count, np.bool_)
    for number, kind in enumerate(kinds or ()):
        if kind is not None:
            if kind not in KINDS:
                raise InputError(f"kind: expected 'ad' or 'review', found {kind!r}.")
            guess[number], given[number] = kind == "ad", True
    return guess, given
