"""Tells English from other languages and from text that is no language, by its most frequent words.

The lists are spaCy's stop words of eleven languages. It is a gate for texts that the model cannot read,
not a language identifier: short or telegraphic English passes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from runpy import run_path
from typing import Final

import spacy.lang

OTHERS: Final = ("de", "fr", "es", "it", "nl", "pt", "sv", "da", "nb", "pl", "fi")
LEAST_WORDS: Final = 6
"""Texts with fewer words are taken as English: there is too little to tell."""

LEAST_KNOWN: Final = 0.35
"""Below this share of words known to the model, a text is not taken as English."""

_LEAD: Final = 1.25
_LEAST_SHARE: Final = 0.12


def is_english(words: list[str], known: float) -> bool:
    """Tell whether lower-case words look like English; `known` is the share in [0, 1] the model knows."""
    if len(words) < LEAST_WORDS:
        return not words or any(word.isascii() for word in words)
    if known < LEAST_KNOWN:
        return False
    english = sum(word in _stop_words("en") for word in words)
    for language in OTHERS:
        foreign = sum(word in _stop_words(language) for word in words)
        if foreign > _LEAD * english and foreign >= _LEAST_SHARE * len(words):
            return False
    return True


@cache
def _stop_words(language: str) -> frozenset[str]:
    """Read one list by itself: importing the language's package compiles rules that nobody needs here."""
    words = run_path(str(Path(spacy.lang.__path__[0]) / language / "stop_words.py"))["STOP_WORDS"]
    return frozenset(map(str, words))
