"""What a sentence is made of: its words, pieces of unknown words, and runs of two or three words.

A sentence becomes a sequence `<s> w1 w2 … </s>` in which hidden tokens (`roles`) are barriers. Each word, and
each run of two or three neighbours that the vocabulary knows, is a feature with the offsets of its words.
A word the vocabulary does not know is cut into the longest known beginning and continuation pieces
(WordPiece, Schuster and Nakajima 2012), which share its place in equal parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mvl_classify.overlay import Matches, Overlay
from mvl_classify.roles import hidden
from mvl_classify.segment import Bools, Hashes, Ints, Segmenter, Sentences, Tokens
from mvl_classify.vocabulary import ABSENT, BEGIN, END, FIRST_WORD, Vocabulary, triple_keys

_BARRIER: Final = -1
_UNKNOWN: Final = -2

MAX_REMEMBERED: Final = 30_000
"""How many unknown words keep their pieces in memory before the memory is begun anew."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """Sentences of a batch as one sequence of places: edge, words, edge, sentence after sentence.

    `ids` holds word ids, `_BARRIER` for hidden tokens and `_UNKNOWN` for words without an id. `token` is
    the token at a place (edges point at their neighbour inside). `begin` is each sentence's first place and
    `sentence` the sentence of each place. `length` counts each sentence's visible words.
    """

    ids: Ints
    token: Ints
    sentence: Ints
    begin: Ints
    length: Ints

    def between(self, sentence: int, first: int, last: int) -> tuple[int, int]:
        """Return the half-open range of a sentence's places whose tokens lie from `first` to `last`."""
        inside = int(self.begin[sentence]) + 1
        outside = int(self.begin[sentence + 1]) if sentence + 1 < len(self.begin) else len(self.ids)
        tokens = self.token[inside : outside - 1]
        return (
            inside + int(np.searchsorted(tokens, first, "left")),
            inside + int(np.searchsorted(tokens, last, "right")),
        )


def sequences(tokens: Tokens, sentences: Sentences, hashes: Hashes, roles_visible: bool = False) -> Sequences:
    """Lay the sentences out as places, with the ids that a sorted table of word hashes gives."""
    inside, owner = _membership(tokens, sentences)
    masked = np.zeros(len(tokens), np.bool_) if roles_visible else hidden(tokens, sentences)
    count = len(sentences)
    rank = np.flatnonzero(inside)
    owners = owner[rank]
    sizes = np.bincount(owners, minlength=count) if count else np.zeros(0, np.int64)
    begin = np.concatenate(([0], np.cumsum(sizes + 2)))
    total = int(begin[-1])
    ids = np.full(total, _BARRIER, np.int64)
    token = np.zeros(total, np.int64)
    place = np.arange(len(rank)) + 1 + 2 * owners
    known = tokens.lexicon.column("features.ids", hashes, lambda fresh: _lookup(fresh, hashes))
    found = known[tokens.number[rank]]
    found[masked[rank]] = _BARRIER
    ids[place], token[place] = found, rank
    ids[begin[:-1]], ids[begin[1:] - 1] = BEGIN, END
    visible = tokens.word[rank] & ~masked[rank]
    length = np.bincount(owners[visible], minlength=count) if count else sizes
    return Sequences(ids, token, np.repeat(np.arange(count), sizes + 2), begin[:-1], length)


def _membership(tokens: Tokens, sentences: Sentences) -> tuple[Bools, Ints]:
    """Tell for each token whether it is a word or sign of a sentence, and of which."""
    size = len(tokens) + 1
    change = np.bincount(sentences.first, minlength=size) - np.bincount(sentences.last, minlength=size)
    filled = np.flatnonzero(sentences.first < sentences.last)
    marks = np.zeros(len(tokens) + 1, np.int64)
    marks[sentences.first[filled]] = 1
    order = np.cumsum(marks)[:-1] - 1
    owner = filled[np.maximum(order, 0)] if len(filled) else order
    return (np.cumsum(change)[:-1] > 0) & ~tokens.space, owner


def _lookup(hashes: Hashes, table: Hashes) -> Ints:
    if not len(table):
        return np.full(len(hashes), _UNKNOWN, np.int64)
    place = np.searchsorted(table, hashes)
    place[place == len(table)] = 0
    return np.where(table[place] == hashes, place + FIRST_WORD, _UNKNOWN)


def neighbours(ids: Ints) -> tuple[Ints, Ints, Ints]:
    """Return at each place its id, the next, and the one after; a barrier stands behind the last."""
    padded = np.concatenate((ids, [_BARRIER, _BARRIER]))
    return ids, padded[1 : len(ids) + 1], padded[2 : len(ids) + 2]


@dataclass(frozen=True, slots=True)
class Features:
    """The features found at each place of the sequences; -1 where there is none.

    `word`, `two` and `three` are feature numbers: the word at the place and the runs that begin there.
    `unknown` lists the places of words without an id, `cuts` their pieces. `matches` are the terms of an overlay.
    """

    places: Sequences
    word: Ints
    two: Ints
    three: Ints
    unknown: Ints
    cuts: list[list[int]]
    matches: Matches | None = None


class Extractor:
    """Finds a vocabulary's features in tokenized sentences.

    `roles_visible` switches the hiding of role names off: only the comparison that justifies it does so.
    """

    def __init__(self, vocabulary: Vocabulary, roles_visible: bool = False, overlay: Overlay | None = None) -> None:
        self.vocabulary = vocabulary
        self.roles_visible = roles_visible
        self.overlay = overlay
        self._remembered: dict[int, list[int]] = {}

    def __call__(self, segmenter: Segmenter, tokens: Tokens, sentences: Sentences) -> Features:
        """Return the features of every sentence; `segmenter` is the one that made the tokens."""
        vocabulary = self.vocabulary
        places = sequences(tokens, sentences, vocabulary.hashes, self.roles_visible)
        ids = places.ids
        one, two, three = neighbours(ids)
        pair = (one >= 0) & (two >= 0)
        pair_key = np.where(pair, one * vocabulary.size + two, -1)
        triple_key = np.where(pair & (three >= 0), triple_keys(pair_key, three, vocabulary.size), -1)
        unknown = np.flatnonzero(ids == _UNKNOWN)
        keys = tokens.hashes[places.token[unknown]]
        return Features(
            places=places,
            word=np.where(ids >= FIRST_WORD, ids - FIRST_WORD, ABSENT),
            two=vocabulary.run_numbers(pair_key),
            three=vocabulary.run_numbers(triple_key),
            unknown=unknown,
            cuts=[self._cut(segmenter, int(key)) for key in keys],
            matches=None if self.overlay is None else self.overlay.find(tokens, sentences),
        )

    def _cut(self, segmenter: Segmenter, key: int) -> list[int]:
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = self.vocabulary.cut(segmenter.word(key))
        return found


def matrix(features: Features, columns: int, scale: npt.NDArray[np.float64]) -> Any:
    """Return the sparse matrix (sentences, columns) of feature counts times each sentence's scale.

    Only training needs it: it imports scipy.
    """
    from scipy.sparse import csr_matrix

    rows: list[npt.NDArray[Any]] = []
    numbers: list[npt.NDArray[Any]] = []
    values: list[npt.NDArray[Any]] = []
    sentence = features.places.sentence
    for found in (features.word, features.two, features.three):
        at = np.flatnonzero(found >= 0)
        rows.append(sentence[at])
        numbers.append(found[at])
        values.append(scale[sentence[at]])
    for place, cut in zip(features.unknown, features.cuts, strict=True):
        if cut:
            owner = sentence[place]
            rows.append(np.full(len(cut), owner))
            numbers.append(np.array(cut))
            values.append(np.full(len(cut), scale[owner] / len(cut)))
    data = (np.concatenate(values), (np.concatenate(rows), np.concatenate(numbers)))
    return csr_matrix(data, shape=(len(features.places.begin), columns))


def scale(length: Ints, power: float, offset: float) -> npt.NDArray[np.float64]:
    """Return the constant by which a sentence's weights are multiplied: 1 / (words + offset) ** power."""
    return np.asarray(1.0 / np.maximum(length + offset, 1.0) ** power)
