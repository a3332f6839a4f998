"""What a table knows by name: words, pieces of words, and runs of two or three words, each with its number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from spacy.strings import hash_string  # type: ignore[attr-defined]

from mvl_classify.places import Places
from mvl_classify.segment import Hashes, Ints
from mvl_classify.tokens import normal

BEGIN: Final = 0
END: Final = 1
BEGIN_NAME: Final = "<s>"
END_NAME: Final = "</s>"
FIRST_WORD: Final = 2
"""The id of the first word, behind those of the edges."""

ABSENT: Final = -1
"""Stands where there is no feature, and behind the second word of a run of two."""


@dataclass(frozen=True)
class Vocabulary:
    """The features a model knows: words, continuation pieces, and runs of words.

    A feature's number is its place in `words`, then `pieces`, then `runs`. A run is two or three word
    ids (`BEGIN`, `END`, or a word's number + 2), filled up with -1. Words stand in the order of their hashes.
    """

    words: tuple[str, ...]
    pieces: tuple[str, ...]
    runs: Ints

    def __len__(self) -> int:
        return len(self.words) + len(self.pieces) + len(self.runs)

    @classmethod
    def build(cls, words: Iterable[str], pieces: Iterable[str], runs: Iterable[Sequence[str]] = ()) -> Vocabulary:
        """Order the words by hash and number the runs, whose edges are written `BEGIN_NAME` and `END_NAME`."""
        ordered = tuple(sorted({normal(word) for word in words}, key=hash_string))
        number = {word: place + FIRST_WORD for place, word in enumerate(ordered)} | {BEGIN_NAME: BEGIN, END_NAME: END}
        ids = [[number[word] for word in run] + [ABSENT] * (3 - len(run)) for run in runs]
        table = np.array(ids, dtype=np.int64).reshape(-1, 3)
        keys = _run_keys(table, len(ordered) + FIRST_WORD)
        return cls(ordered, tuple(sorted(set(pieces))), table[np.argsort(keys, kind="stable")])

    @cached_property
    def size(self) -> int:
        """How many word ids there are, the edges included: the base of the runs' keys."""
        return len(self.words) + FIRST_WORD

    @cached_property
    def hashes(self) -> Hashes:
        """The words' hashes, ascending."""
        return np.array([hash_string(word) for word in self.words], dtype=np.uint64)

    @cached_property
    def keys(self) -> Ints:
        """The runs' keys, ascending."""
        return _run_keys(self.runs, self.size)

    @cached_property
    def _places(self) -> Places:
        return Places(self.keys)

    def run_numbers(self, keys: Ints) -> Ints:
        """Return the feature number of each run's key, -1 where the vocabulary has no such run."""
        place = self._places(keys)
        return np.where(place >= 0, place + len(self.words) + len(self.pieces), ABSENT)

    @cached_property
    def _piece_numbers(self) -> dict[str, int]:
        return {piece: len(self.words) + place for place, piece in enumerate(self.pieces)}

    @cached_property
    def _word_numbers(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words)}

    @cached_property
    def _longest(self) -> int:
        """The most characters that a word or a piece has: a bound on the time that a very long word takes to cut."""
        return max(map(len, (*self.words, *self.pieces)), default=0)

    def text(self, feature: int) -> str:
        """Return a feature in readable form, as `model inspect` prints it."""
        if feature < len(self.words):
            return self.words[feature]
        if feature < len(self.words) + len(self.pieces):
            return self.pieces[feature - len(self.words)]
        run = self.runs[feature - len(self.words) - len(self.pieces)]
        names = {BEGIN: BEGIN_NAME, END: END_NAME}
        return " ".join(names.get(int(i)) or self.words[int(i) - FIRST_WORD] for i in run if i != ABSENT)

    def cut(self, word: str) -> list[int]:
        """Cut a word into its longest known beginning and pieces; an empty list where that fails."""
        found: list[int] = []
        place = 0
        while place < len(word):
            for end in range(min(len(word), place + self._longest), place, -1):
                part = word[place:end]
                number = self._piece_numbers.get("##" + part) if place else self._word_numbers.get(part)
                if number is not None:
                    found.append(number)
                    place = end
                    break
            else:
                return []
        return found


def _run_keys(runs: Ints, size: int) -> Ints:
    """Return one number per run: two-word keys lie below all three-word keys."""
    two = runs[:, 0] * size + runs[:, 1]
    return np.where(runs[:, 2] == ABSENT, two, triple_keys(two, runs[:, 2], size))


def triple_keys(pairs: Ints, third: Ints, size: int) -> Ints:
    """Return the keys of three-word runs from those of their first two words and the third word's ids."""
    return size * size + pairs * size + third
