"""Texts into tokens as arrays: spaCy's tokenizer with slim rules, asked once about every distinct chunk.

The stock English rules handle URLs, e-mail addresses and contractions word by word; job ads and reviews need
none of it. The slim rules never look across white space, so what spaCy makes of a chunk of characters is
remembered, and a text is tokenized by looking its chunks up (`benchmarks/speed.py` measures what that gives).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from spacy.attrs import IDX, LENGTH, NORM, ORTH
from spacy.strings import hash_string  # type: ignore[attr-defined]
from spacy.tokenizer import Tokenizer
from spacy.vocab import Vocab

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]

MAX_WORDS: Final = 40_000
"""What was learned of words is forgotten above this many distinct ones, so that memory stays bounded."""

MAX_CHARACTERS: Final = 4_000_000
"""The same, for the characters of the chunks that are remembered."""

_DIGITS = re.compile(r"\d+")
_PREFIX = re.compile(r"^[^\w\s$]|^\$(?!\d)")
_SUFFIX = re.compile(r"(?:['’][sS]|[^\w\s%])$|(?<!\d)%$")
_INFIX = re.compile(r"--+|[–—…•·]+|(?<=\w)[^\w\s'’.,]+(?=\w)|(?<=[^\W\d])[.,](?=[^\W\d]{2})|(?<=\d)[,.](?=[^\W\d])")
_CHUNKS = re.compile(r"\S{1,256} ?|\s+")  # a longer run of characters is no word: it is cut, and costs linear time
_APOSTROPHES = {ord("’"): "'", ord("‘"): "'", ord("ʼ"): "'"}


def _suffix(chunk: str) -> re.Match[str] | None:
    """Find what ends a chunk by its last two characters, so that a long chunk costs no more than a short one."""
    return _SUFFIX.search(chunk, max(0, len(chunk) - 2))


def normal(word: str) -> str:
    """Return the form under which the model knows a word: lower case, ' for ’, any number as 0."""
    return _DIGITS.sub("0", word.lower().translate(_APOSTROPHES))


def among(hashes: Hashes, table: Hashes) -> Bools:
    """Tell for each hash whether it stands in a sorted table."""
    place = np.searchsorted(table, hashes)
    place[place == len(table)] = 0
    return np.asarray(table[place] == hashes)


class Growing:
    """An array that grows at its end."""

    def __init__(self, kind: Any) -> None:
        self._data: Array = np.zeros(1024, kind)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> Array:
        """What was added so far."""
        return self._data[: self._size]

    def add(self, values: Any) -> None:
        """Add values at the end."""
        size = self._size + len(values)
        if size > len(self._data):
            larger = np.zeros(max(size, 2 * len(self._data)), self._data.dtype)
            larger[: self._size] = self.values
            self._data = larger
        self._data[self._size : size] = values
        self._size = size


class Lexicon:
    """The distinct words met so far, by number, with what a rule or a model knows of each."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._facts = {name: Growing(kind) for name, kind in _FACTS.items()}
        self._columns: dict[str, tuple[Any, Growing]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def fact(self, name: str) -> Array:
        """Return a fact of every word: `hash` (of its normal form), `length`, `word`, `title`, `space`, `newlines`."""
        return self._facts[name].values

    def column(self, name: str, source: Any, compute: Callable[[Hashes], Array]) -> Array:
        """Return for every word what `compute` makes of its hash; it is asked once a word and `source`."""
        held = self._columns.get(name)
        if held is None or held[0] is not source:
            held = self._columns[name] = (source, Growing(compute(np.zeros(1, np.uint64)).dtype))
        missing = self.fact("hash")[len(held[1]) :]
        if len(missing):
            held[1].add(compute(missing))
        return held[1].values

    def numbers(self, words: Sequence[str], hashes: Sequence[int]) -> list[int]:
        """Return the number of each word, with the hash of its normal form; new words are learned."""
        known, fresh = self._numbers, []
        for word, key in zip(words, hashes, strict=True):
            if word not in known:
                known[word] = len(known)
                fresh.append((key, len(word), _has_letter(word), word[:1].isupper(), word.isspace(), _newlines(word)))
        if fresh:
            for name, values in zip(_FACTS, zip(*fresh, strict=True), strict=True):
                self._facts[name].add(np.array(values, _FACTS[name]))
        return [known[word] for word in words]


_FACTS: Final[dict[str, Any]] = {
    "hash": np.uint64,
    "length": np.int64,
    "word": np.bool_,
    "title": np.bool_,
    "space": np.bool_,
    "newlines": np.int64,
}


def _has_letter(word: str) -> bool:
    return any(character.isalnum() for character in word)


def _newlines(word: str) -> int:
    """Count the line breaks inside a white-space token."""
    if not word.isspace():
        return 0
    return word.count("\n") or word.count("\r") or word.count("\u2028") + word.count("\u2029")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of many texts as arrays of one length; `text` numbers the text a token stands in.

    `number` is a token's place in the lexicon, `hashes` names its normal form. `start` and `end` are character
    offsets into its text as given; `word` marks tokens that hold a letter or a digit; `title` those that begin
    with a capital; `spaced` those followed by a blank; `newlines` counts a white-space token's line breaks.
    """

    lexicon: Lexicon
    number: Ints
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

    def among(self, name: str, table: Hashes) -> Bools:
        """Tell for each token whether its hash stands in a sorted table, which goes by `name`."""
        return np.asarray(self.lexicon.column(name, table, lambda hashes: among(hashes, table))[self.number])


class Words:
    """Turns texts into tokens; what it learned is forgotten before it outgrows `MAX_WORDS`."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._vocab = Vocab(lex_attr_getters={NORM: normal})
        self._tokenizer = Tokenizer(
            self._vocab,
            rules={},
            prefix_search=_PREFIX.match,
            suffix_search=_suffix,
            infix_finditer=_INFIX.finditer,
        )
        self._lexicon = Lexicon()
        self._chunks: dict[str, int] = {}
        self._characters = 0
        # of each chunk: its length, its first token in the three arrays below, how many it has
        self._length, self._first, self._count = Growing(np.int64), Growing(np.int64), Growing(np.int64)
        self._number, self._offset, self._spaced = Growing(np.int64), Growing(np.int64), Growing(np.bool_)

    def word(self, key: int) -> str:
        """Return the normal form behind a hash that the latest call of `tokens` handed out."""
        return str(self._vocab.strings[key])

    def tokens(self, texts: Sequence[str]) -> Tokens:
        """Tokenize texts; white space is a token of its own only where it is more than one blank."""
        if len(self._lexicon) > MAX_WORDS or self._characters > MAX_CHARACTERS:
            self._begin()
        found, counts = [], []
        for text in texts:
            cut = _CHUNKS.findall(text)
            counts.append(len(cut))
            found += cut
        fresh = set(found).difference(self._chunks)
        if fresh:
            self._learn(sorted(fresh))
        chunk = np.fromiter(map(self._chunks.__getitem__, found), np.int64, len(found))
        return self._tokens(chunk, np.array(counts, np.int64))

    def _tokens(self, chunk: Ints, counts: Ints) -> Tokens:
        """Lay the tokens of the chunks out one behind the other; `counts` has the chunks of each text."""
        length = self._length.values[chunk]
        before = np.cumsum(length) - length
        text = np.repeat(np.arange(len(counts)), counts)
        first = np.cumsum(counts) - counts
        start = before - before[np.minimum(first, max(len(chunk) - 1, 0))][text] if len(chunk) else before
        size = self._count.values[chunk]
        row = np.repeat(self._first.values[chunk] - (np.cumsum(size) - size), size) + np.arange(int(size.sum()))
        number = self._number.values[row]
        at = np.repeat(start, size) + self._offset.values[row]
        fact = self._lexicon.fact
        return Tokens(
            lexicon=self._lexicon,
            number=number,
            hashes=fact("hash")[number],
            text=np.repeat(text, size),
            start=at,
            end=at + fact("length")[number],
            word=fact("word")[number],
            title=fact("title")[number],
            space=fact("space")[number],
            spaced=self._spaced.values[row],
            newlines=fact("newlines")[number],
        )

    def _learn(self, chunks: Sequence[str]) -> None:
        """Ask spaCy about chunks never seen, all in one text with blanks between."""
        solid = [chunk for chunk in chunks if not chunk.isspace()]
        blank = [chunk for chunk in chunks if chunk.isspace()]
        cores = [chunk.removesuffix(" ") for chunk in solid]
        array = self._tokenizer(" ".join(cores)).to_array([ORTH, NORM, IDX, LENGTH])
        sizes = np.array([len(core) + 1 for core in cores], np.int64)
        begin = np.cumsum(sizes) - sizes
        start = array[:, 2].astype(np.int64)
        owner = np.searchsorted(begin, start, "right") - 1
        words = [self._vocab.strings[key] for key in array[:, 0].tolist()] + blank
        hashes = array[:, 1].tolist() + [self._vocab.strings.add(normal(chunk)) for chunk in blank]
        last = np.append(owner[1:] != owner[:-1], True) if len(owner) else np.zeros(0, np.bool_)
        closed = np.array([len(chunk) > len(core) for chunk, core in zip(solid, cores, strict=True)], np.bool_)
        count = np.concatenate([np.bincount(owner, minlength=len(solid)), np.ones(len(blank), np.int64)])
        self._first.add(len(self._number) + np.cumsum(count) - count)
        self._count.add(count)
        self._length.add(np.array([len(chunk) for chunk in (*solid, *blank)], np.int64))
        self._number.add(np.array(self._lexicon.numbers(words, hashes), np.int64))
        nothing = np.zeros(len(blank), np.int64)
        self._offset.add(np.concatenate([start - begin[owner] if len(owner) else start, nothing]))
        self._spaced.add(np.concatenate([last & closed[owner] if len(owner) else last, nothing != 0]))
        for chunk in (*solid, *blank):
            self._chunks[chunk] = len(self._chunks)
            self._characters += len(chunk)


__all__ = ["Bools", "Hashes", "Ints", "Lexicon", "Tokens", "Words", "among", "hash_string", "normal"]
