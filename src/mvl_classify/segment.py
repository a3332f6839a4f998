"""Cuts texts into sentences: spaCy's tokenizer with slim rules, boundaries found on the token arrays.

The stock English rules handle URLs, e-mail addresses and contractions word by word; job ads and
reviews need none of it. Plain prefix, suffix and infix patterns make several times as many words a
second (`benchmarks/speed.py` measures it), and a sentence boundary is a question to whole arrays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from spacy.attrs import IDX, IS_SPACE, IS_TITLE, LENGTH, NORM, SPACY
from spacy.strings import hash_string
from spacy.tokenizer import Tokenizer
from spacy.vocab import Vocab

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

MAX_LEXEMES: Final = 300_000
"""The vocabulary is begun anew above this many distinct words, so that memory stays bounded."""

WRAP_WIDTH: Final = 60
"""A line at least this long that runs on in lower case on the next one is taken as wrapped prose."""

_DIGITS = re.compile(r"\d+")
_PREFIX = re.compile(r"^[^\w\s$]|^\$(?!\d)")
_SUFFIX = re.compile(r"(?:['’][sS]|[^\w\s%])$|(?<!\d)%$")
_INFIX = re.compile(r"--+|[–—…•·]+|(?<=\w)[^\w\s'’.,]+(?=\w)|(?<=[^\W\d])[.,](?=[^\W\d]{2})|(?<=\d)[,.](?=[^\W\d])")

BULLETS: Final = frozenset("•·▪●○◦‣✓✔➢►■□§*-–—>#") | {"**", "--", "##", "###", "####", "·", "o"}
_SPLITTING_BULLETS: Final = frozenset("•▪●○◦‣✓✔➢►■□")
_STOPS: Final = frozenset(".!?…") | {"..", "...", "!!", "!!!", "??", "?!", "!?"}
_CLOSERS: Final = frozenset("\"'”’)]»")
_OPENERS: Final = frozenset("\"'“‘([«*-–—") | _SPLITTING_BULLETS
_ABBREVIATIONS: Final = frozenset(
    "mr mrs ms dr prof st no nr vs approx incl excl inc ltd co corp dept est fig jr sr min max "
    "e.g eg i.e ie resp tel ext a.m p.m u.s u.k ph.d".split()
)

_APOSTROPHES = {ord("’"): "'", ord("‘"): "'", ord("ʼ"): "'"}


def normal(word: str) -> str:
    """Return the form under which the model knows a word: lower case, ' for ’, any number as 0."""
    return _DIGITS.sub("0", word.lower().translate(_APOSTROPHES))


def _hashes(words: frozenset[str]) -> Hashes:
    return np.array(sorted(hash_string(normal(word)) for word in words), dtype=np.uint64)


_BULLET_HASHES = _hashes(BULLETS)
_SPLIT_HASHES = _hashes(_SPLITTING_BULLETS)
_STOP_HASHES = _hashes(_STOPS)
_CLOSER_HASHES = _hashes(_CLOSERS)
_OPENER_HASHES = _hashes(_OPENERS)
_ABBREVIATION_HASHES = _hashes(_ABBREVIATIONS)


def among(hashes: Hashes, table: Hashes) -> Bools:
    """Tell for each hash whether it stands in a sorted table."""
    place = np.searchsorted(table, hashes)
    place[place == len(table)] = 0
    return np.asarray(table[place] == hashes)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of many texts as arrays of one length; `text` numbers the text a token stands in.

    `start` and `end` are character offsets into that text as given; `word` marks tokens that hold a
    letter or a digit; `title` those that begin with a capital; `spaced` those followed by white space.
    """

    hashes: Hashes
    text: Ints
    start: Ints
    end: Ints
    word: Bools
    title: Bools
    space: Bools
    spaced: Bools
    newlines: Ints

    def __len__(self) -> int:
        return len(self.hashes)


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
    """Turns texts into tokens and sentences; holds a vocabulary that never outgrows `MAX_LEXEMES`."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.vocab = Vocab(
            lex_attr_getters={
                NORM: normal,
                IS_TITLE: _starts_upper,
                IS_SPACE: str.isspace,
                _WORD: _has_letter,
            }
        )
        self._tokenizer = Tokenizer(
            self.vocab,
            rules={},
            prefix_search=_PREFIX.search,
            suffix_search=_SUFFIX.search,
            infix_finditer=_INFIX.finditer,
        )

    def word(self, key: int) -> str:
        """Return the normal form behind a hash that the latest call of `tokens` handed out."""
        return str(self.vocab.strings[key])

    def tokens(self, texts: Sequence[str]) -> Tokens:
        """Tokenize texts; white space is a token of its own only where it is more than one blank."""
        if len(self.vocab) > MAX_LEXEMES:
            self._begin()
        arrays: list[npt.NDArray[np.uint64]] = []
        lengths: list[int] = []
        breaks: list[Ints] = []
        for text in texts:
            array = self._tokenizer(text).to_array(_COLUMNS)
            arrays.append(array)
            lengths.append(len(array))
            breaks.append(_newlines(text, array))
        if not arrays:
            arrays, breaks = [np.zeros((0, len(_COLUMNS)), np.uint64)], [np.zeros(0, np.int64)]
        columns = np.concatenate(arrays)
        start = columns[:, 1].astype(np.int64)
        return Tokens(
            hashes=np.ascontiguousarray(columns[:, 0]),
            text=np.repeat(np.arange(len(texts)), lengths) if lengths else np.zeros(0, np.int64),
            start=start,
            end=start + columns[:, 2].astype(np.int64),
            word=columns[:, 5] != 0,
            title=columns[:, 3] != 0,
            space=columns[:, 4] != 0,
            spaced=columns[:, 6] != 0,
            newlines=np.concatenate(breaks),
        )

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


_WORD: Final = 40  # a free flag of spaCy's lexemes
_COLUMNS: Final[list[Any]] = [NORM, IDX, LENGTH, IS_TITLE, IS_SPACE, _WORD, SPACY]


def _starts_upper(word: str) -> bool:
    return word[:1].isupper()


def _has_letter(word: str) -> bool:
    return any(character.isalnum() for character in word)


def _newlines(text: str, array: npt.NDArray[np.uint64]) -> Ints:
    """Count the line breaks inside each white-space token."""
    counts = np.zeros(len(array), np.int64)
    for row in np.flatnonzero(array[:, 4]):
        start = int(array[row, 1])
        piece = text[start : start + int(array[row, 2])]
        counts[row] = piece.count("\n") or piece.count("\r") or piece.count("\u2028") + piece.count("\u2029")
    return counts


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
    stops = _full_stops(tokens)
    bullet = among(tokens.hashes, _SPLIT_HASHES)
    return begins | after_break | _shift(stops, 1, False) | bullet


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
    stop = among(tokens.hashes, _STOP_HASHES)
    before = _shift(tokens.hashes, 1, 0)
    single = _shift(tokens.end - tokens.start, 1, 0) == 1
    initial = single & _shift(tokens.title, 1, False)
    shortened = among(before, _ABBREVIATION_HASHES) | initial
    ends = stop & ~(shortened & (tokens.hashes == np.uint64(hash_string("."))))
    closer = among(tokens.hashes, _CLOSER_HASHES)
    for _ in range(2):
        ends = ends | (closer & _shift(ends & ~tokens.spaced, 1, False))
    follows = tokens.title | among(tokens.hashes, _OPENER_HASHES) | _digit_first(tokens) | tokens.space
    next_follows = _shift(follows, -1, True)
    next_closer = _shift(closer, -1, False) & ~tokens.spaced
    next_space = _shift(tokens.space, -1, True)
    glued = _shift(tokens.title, -1, False) & _shift(tokens.word & ~tokens.title, 1, False) & ~single
    return ends & (tokens.spaced | next_space | glued) & next_follows & ~next_closer


def _digit_first(tokens: Tokens) -> Bools:
    return np.asarray(tokens.hashes == np.uint64(hash_string("0")))


def _runs(tokens: Tokens, begins: Bools) -> Sentences:
    """Cut the tokens at the boundaries and trim white space and leading bullets from each run."""
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(tokens))
    skip = tokens.space | (among(tokens.hashes, _BULLET_HASHES) & ~tokens.word)
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
