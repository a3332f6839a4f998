"""Cuts tokenized texts into sentences: a boundary is a question to whole arrays of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from spacy.strings import hash_string  # type: ignore[attr-defined]

from mvl_classify.tokens import Bools, Hashes, Ints, Tokens, Words, among, normal

WRAP_WIDTH: Final = 60
"""A line at least this long that runs on in lower case on the next one is taken as wrapped prose."""

BULLETS: Final = frozenset("•·▪●○◦‣✓✔➢►■□§*-–—>#") | {"**", "--", "##", "###", "####", "·", "o"}
_SPLITTING_BULLETS: Final = frozenset("•▪●○◦‣✓✔➢►■□")
_STOPS: Final = frozenset(".!?…") | {"..", "...", "!!", "!!!", "??", "?!", "!?"}
_CLOSERS: Final = frozenset("\"'”’)]»")
_OPENERS: Final = frozenset("\"'“‘([«*-–—") | _SPLITTING_BULLETS
_ABBREVIATIONS: Final = frozenset(
    "mr mrs ms dr prof st no nr vs approx incl excl inc ltd co corp dept est fig jr sr min max "
    "e.g eg i.e ie resp tel ext a.m p.m u.s u.k ph.d".split()
)

def _hashes(words: frozenset[str]) -> Hashes:
    return np.array(sorted(hash_string(normal(word)) for word in words), dtype=np.uint64)


_BULLET_HASHES = _hashes(BULLETS)
_SPLIT_HASHES = _hashes(_SPLITTING_BULLETS)
_STOP_HASHES = _hashes(_STOPS)
_CLOSER_HASHES = _hashes(_CLOSERS)
_OPENER_HASHES = _hashes(_OPENERS)
_ABBREVIATION_HASHES = _hashes(_ABBREVIATIONS)
_NUMBERING_HASHES = _hashes(frozenset("0o"))
_NUMBERED_HASHES = _hashes(frozenset(".)"))


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences as half-open runs of tokens, with offsets into their text, in order."""

    first: Ints
    last: Ints
    text: Ints
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.first)


class Segmenter:
    """Turns texts into tokens and sentences; its memory of words stays bounded (`tokens.MAX_WORDS`)."""

    def __init__(self) -> None:
        self._words = Words()

    def word(self, key: int) -> str:
        """Return the normal form behind a hash that the latest call of `tokens` handed out."""
        return self._words.word(key)

    def tokens(self, texts: Sequence[str]) -> Tokens:
        """Tokenize texts; see `tokens.Words`."""
        return self._words.tokens(texts)

    def sentences(self, tokens: Tokens, starts: Sequence[Sequence[int] | None] | None = None) -> Sentences:
        """Find the sentences: a line break, a bullet or a full stop before a new beginning ends one.

        Where `starts` has the offsets at which a text's sentences begin, that text is cut there and nowhere else.
        """
        return _runs(tokens, boundaries(tokens) if starts is None else _given(tokens, starts))

    def whole(self, tokens: Tokens, count: int) -> Sentences:
        """Take each of `count` texts as one unsplit sentence; a text without a word gives an empty one."""
        edges = np.searchsorted(tokens.text, np.arange(count + 1))
        first, last = edges[:-1], edges[1:]
        empty = first == last
        if not len(tokens):
            zero = np.zeros(count, np.int64)
            return Sentences(first, last, np.arange(count), zero, zero)
        start = np.where(empty, 0, tokens.start[np.minimum(first, len(tokens) - 1)])
        end = np.where(empty, 0, tokens.end[np.maximum(last - 1, 0)])
        return Sentences(first, last, np.arange(count), start, end)


def _shift(values: npt.NDArray[Any], by: int, fill: Any) -> npt.NDArray[Any]:
    """Return the array moved to the right by `by` places (to the left when negative)."""
    moved = np.full_like(values, fill)
    if by > 0:
        moved[by:] = values[:-by]
    elif by < 0:
        moved[:by] = values[-by:]
    return moved


def boundaries(tokens: Tokens) -> Bools:
    """Tell for each token whether a sentence begins at it."""
    count = len(tokens)
    begins = np.zeros(count, np.bool_)
    if not count:
        return begins
    begins[0] = True
    begins[1:] |= tokens.text[1:] != tokens.text[:-1]
    after_break = _shift(_real_break(tokens), 1, False)
    stops = _full_stops(tokens) & ~_numbering(tokens)
    bullet = tokens.among("segment.split", _SPLIT_HASHES)
    return np.asarray(begins | after_break | _shift(stops, 1, False) | bullet)


def _given(tokens: Tokens, starts: Sequence[Sequence[int] | None]) -> Bools:
    """Tell for each token whether a sentence begins at it, by offsets where they are given."""
    begins = boundaries(tokens)
    edges = np.searchsorted(tokens.text, np.arange(len(starts) + 1))
    for number, given in enumerate(starts):
        first, last = int(edges[number]), int(edges[number + 1])
        if given is None or first == last:
            continue
        begins[first:last] = False
        places = first + np.searchsorted(tokens.start[first:last], np.asarray(given, np.int64))
        begins[places[places < last]] = True
        begins[first] = True
    return begins


def _real_break(tokens: Tokens) -> Bools:
    """Mark the line breaks that end a sentence: all but those inside wrapped prose."""
    breaks = tokens.newlines > 0
    places = np.flatnonzero(breaks)
    if not len(places):
        return breaks
    line_start = np.concatenate(([0], tokens.end[places[:-1]]))
    same_text = np.concatenate(([False], tokens.text[places[1:]] == tokens.text[places[:-1]]))
    line_start = np.where(same_text, line_start, 0)
    long = tokens.start[places] - line_start >= WRAP_WIDTH
    before = np.maximum(places - 1, 0)
    behind = np.minimum(places + 1, len(tokens) - 1)
    runs_on = (
        long
        & (tokens.newlines[places] == 1)
        & (tokens.word[before] | (tokens.hashes[before] == np.uint64(hash_string(","))))
        & tokens.word[behind]
        & ~tokens.title[behind]
        & (tokens.text[behind] == tokens.text[places])
    )
    breaks[places[runs_on]] = False
    return breaks


def _full_stops(tokens: Tokens) -> Bools:
    """Mark the last token of each full stop: the stop itself, or the quotes and brackets that close it."""
    stop = tokens.among("segment.stop", _STOP_HASHES)
    single = _shift(tokens.end - tokens.start, 1, 0) == 1
    initial = single & _shift(tokens.title, 1, False)
    shortened = _shift(tokens.among("segment.abbreviation", _ABBREVIATION_HASHES), 1, False) | initial
    ends = stop & ~(shortened & (tokens.hashes == np.uint64(hash_string("."))))
    closer = tokens.among("segment.closer", _CLOSER_HASHES)
    for _ in range(2):
        ends = ends | (closer & _shift(ends & ~tokens.spaced, 1, False))
    follows = tokens.title | tokens.among("segment.opener", _OPENER_HASHES) | _digit_first(tokens) | tokens.space
    next_follows = _shift(follows, -1, True)
    next_closer = _shift(closer, -1, False) & ~tokens.spaced
    next_space = _shift(tokens.space, -1, True)
    glued = _shift(tokens.title, -1, False) & _shift(tokens.word & ~tokens.title, 1, False) & ~single
    return np.asarray(ends & (tokens.spaced | next_space | glued) & next_follows & ~next_closer)


def _numbering(tokens: Tokens) -> Bools:
    """Mark what stands for a bullet at the beginning of a line: "1.", "12)", or a lower-case "o"."""
    begins = _shift(tokens.newlines > 0, 1, True)
    begins[1:] |= tokens.text[1:] != tokens.text[:-1]
    marks = np.zeros(len(tokens), np.bool_)
    places = np.flatnonzero(begins & tokens.among("segment.numbering", _NUMBERING_HASHES) & ~tokens.title)
    apart = tokens.spaced | _shift(tokens.space, -1, False)
    letter = ~_digit_first(tokens)[places]
    marks[places[letter & apart[places]]] = True
    number = places[~letter & (tokens.end - tokens.start <= 2)[places] & ~apart[places] & (places + 1 < len(tokens))]
    number = number[tokens.among("segment.numbered", _NUMBERED_HASHES)[number + 1] & apart[number + 1]]
    marks[number] = marks[number + 1] = True
    return marks


def _digit_first(tokens: Tokens) -> Bools:
    return np.asarray(tokens.hashes == np.uint64(hash_string("0")))


def _runs(tokens: Tokens, begins: Bools) -> Sentences:
    """Cut the tokens at the boundaries and trim white space and leading bullets from each run."""
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(tokens))
    skip = tokens.space | (tokens.among("segment.bullet", _BULLET_HASHES) & ~tokens.word) | _numbering(tokens)
    keep_from = _next_where(~skip)
    keep_to = _previous_where(~tokens.space)
    first_kept = keep_from[first] if len(first) else first
    last_kept = keep_to[last - 1] + 1 if len(first) else last
    full = first_kept < last_kept
    first_kept, last_kept, full = np.where(full, first_kept, 0), np.where(full, last_kept, 0), full
    words = np.concatenate(([0], np.cumsum(tokens.word)))
    full &= words[last_kept] > words[first_kept]
    first, last = first_kept[full], last_kept[full]
    return Sentences(
        first=first,
        last=last,
        text=tokens.text[first] if len(first) else first,
        start=tokens.start[first] if len(first) else first,
        end=tokens.end[last - 1] if len(first) else last,
    )


def _next_where(mask: Bools) -> Ints:
    """Return for each place the first place at or after it where the mask holds (else the length)."""
    places = np.where(mask, np.arange(len(mask)), len(mask))
    return np.minimum.accumulate(places[::-1])[::-1] if len(mask) else places


def _previous_where(mask: Bools) -> Ints:
    """Return for each place the last place at or before it where the mask holds (else -1)."""
    places = np.where(mask, np.arange(len(mask)), -1)
    return np.maximum.accumulate(places) if len(mask) else places


__all__ = ["Bools", "Hashes", "Ints", "Segmenter", "Sentences", "Tokens", "among", "normal"]
