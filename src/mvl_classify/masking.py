"""Sentences as an engine that reads whole text sees them: every name of a role is one word that names nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from mvl_classify.roles import hidden
from mvl_classify.segment import Segmenter, Sentences, Tokens

HIDDEN: Final = "somebody"

Strings = list[tuple[int, str]]
"""A sentence cut up: each visible word (its token) with the blanks before it, and what is no word (-1)."""


def strings(texts: Sequence[str], tokens: Tokens, sentences: Sentences) -> list[Strings]:
    """Return each sentence as strings that, joined, are its text with the names of roles hidden."""
    masked = hidden(tokens, sentences)
    return [_cut(texts[int(sentences.text[k])], tokens, sentences, k, masked) for k in range(len(sentences))]


def _cut(text: str, tokens: Tokens, sentences: Sentences, number: int, masked: np.typing.NDArray[np.bool_]) -> Strings:
    found: Strings = []
    done = int(sentences.start[number])
    after_hidden = False
    for token in range(int(sentences.first[number]), int(sentences.last[number])):
        start, end = int(tokens.start[token]), int(tokens.end[token])
        gap, word = text[done:start], text[start:end]
        if masked[token]:
            if not (after_hidden and not gap.strip()):
                found.append((-1, gap + HIDDEN))
            after_hidden = True
        elif tokens.space[token] and after_hidden:
            continue  # white space between two hidden words goes with them; before another word it is its gap
        else:
            found.append((token if tokens.word[token] else -1, gap + word))
            after_hidden = False
        done = end
    found.append((-1, text[done : int(sentences.end[number])]))
    return found


def hide_roles(texts: Sequence[str]) -> list[str]:
    """Return each text, taken as one sentence, with every run of tokens that `roles.hidden` marks as one word."""
    segmenter = Segmenter()
    tokens = segmenter.tokens(texts)
    whole = segmenter.whole(tokens, len(texts))
    cut = strings(texts, tokens, whole)
    inside = ["".join(word for _, word in found) for found in cut]
    edges = zip(texts, whole.start.tolist(), whole.end.tolist(), inside, strict=True)
    return [text[:start] + middle + text[end:] for text, start, end, middle in edges]
