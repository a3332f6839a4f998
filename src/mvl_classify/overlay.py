"""Terms of one's own over a trained table: added, removed or re-weighted, each with a reason.

    [[add]]                                [[remove]]                     [[reweight]]
    term = "skip-level"                    term = "pipeline"              term = "drive"
    weights = { leadership = 0.8 }         reason = "our product"         weights = { leadership = 0.2 }
    reason = "our coaching talks"                                         reason = "disk drives, mostly"

Wherever the words of a term stand side by side in a sentence, in any case, it holds as written:

    add         each weight is added to that head's logit, after the sentence's scale: as it is written
    remove      nothing of the model's that touches those words counts, for any head
    reweight    for the heads that are named, nothing of the model's that touches those words counts, and
                the weight is added instead

The heads are `management`, `leadership` and the ids of the dimensions. A term may name what the model hides
(the name of a role): the file is the user's own word. Several terms at one place all hold.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from mvl_classify.errors import InputError
from mvl_classify.segment import Hashes, Ints, Segmenter, Sentences, Tokens

Action = Literal["add", "remove", "reweight"]

ACTIONS: Final[tuple[Action, ...]] = ("add", "remove", "reweight")
MOST: Final = 20.0
"""A weight beyond this decides every sentence by itself and is taken for a slip."""

_HEADER = re.compile(r"^\s*\[\[\s*(\w+)\s*\]\]")


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a `terms.toml`; `weights` are logits by head, `place` is its file and line."""

    action: Action
    text: str
    weights: dict[str, float]
    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class Matches:
    """Where terms stand in sentences: the number of the term, its sentence, its first and its last token."""

    term: Ints
    sentence: Ints
    first: Ints
    last: Ints


@dataclass(frozen=True)
class Overlay:
    """The terms of a file as arrays over a model's heads.

    `added` is (terms, heads): what each occurrence adds to the logits; `silenced` (terms, heads) is true
    where the model's own evidence that touches the term does not count. `digest` names the file's content.
    """

    terms: tuple[Term, ...]
    words: tuple[tuple[int, ...], ...]
    added: npt.NDArray[np.float64]
    silenced: npt.NDArray[np.bool_]
    digest: str

    @classmethod
    def read(cls, path: Path, heads: tuple[str, ...]) -> Overlay:
        """Read a `terms.toml` for a model with these heads; raise InputError with file and line."""
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: cannot be read ({error}).") from None
        terms = tuple(_terms(source, str(path), heads))
        segmenter = Segmenter()
        words = tuple(_words(segmenter, term) for term in terms)
        added, silenced = np.zeros((len(terms), len(heads))), np.zeros((len(terms), len(heads)), np.bool_)
        for row, term in enumerate(terms):
            columns = [heads.index(head) for head in term.weights]
            added[row, columns] = list(term.weights.values())
            silenced[row, columns] = term.action == "reweight"
            silenced[row] |= term.action == "remove"
        return cls(terms, words, added, silenced, hashlib.sha256(source.encode()).hexdigest())

    @cached_property
    def _by_first(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for number, words in enumerate(self.words):
            found[words[0]].append(number)
        return dict(found)

    @cached_property
    def _firsts(self) -> Hashes:
        return np.array(sorted(self._by_first), dtype=np.uint64)

    def find(self, tokens: Tokens, sentences: Sentences) -> Matches:
        """Find every occurrence of every term inside the sentences."""
        rows: list[tuple[int, int, int, int]] = []
        candidates = np.flatnonzero(np.isin(tokens.hashes, self._firsts))
        owner = np.searchsorted(sentences.first, candidates, "right") - 1
        for first, sentence in zip(candidates.tolist(), owner.tolist(), strict=True):
            if sentence >= 0 and first < sentences.last[sentence]:
                rows += self._at(tokens, first, sentence, int(sentences.last[sentence]))
        table = np.array(rows, np.int64).reshape(-1, 4)
        return Matches(table[:, 0], table[:, 1], table[:, 2], table[:, 3])

    def _at(self, tokens: Tokens, first: int, sentence: int, stop: int) -> list[tuple[int, int, int, int]]:
        found = []
        for number in self._by_first[int(tokens.hashes[first])]:
            last = _reach(tokens, self.words[number], first, stop)
            if last is not None:
                found.append((number, sentence, first, last))
        return found


def _reach(tokens: Tokens, words: tuple[int, ...], first: int, stop: int) -> int | None:
    """Return the last token of the words if they begin at `first`, white space skipped; else None."""
    place = last = first
    for word in words:
        while place < stop and tokens.space[place]:
            place += 1
        if place >= stop or int(tokens.hashes[place]) != word:
            return None
        last, place = place, place + 1
    return last


def _words(segmenter: Segmenter, term: Term) -> tuple[int, ...]:
    tokens = segmenter.tokens([term.text])
    if not tokens.word.any():
        raise InputError(f"{term.place}: the term {term.text!r} holds no word.")
    return tuple(int(key) for key in tokens.hashes[~tokens.space])


def _terms(source: str, path: str, heads: tuple[str, ...]) -> list[Term]:
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise InputError(
            f"{path}:{line[1] if line else source.count(chr(10)) + 1}: is not valid TOML ({error})."
        ) from None
    lines = _Lines(source, path)
    for name in data:
        if name not in ACTIONS:
            raise InputError(f"{lines.key(name)}: {name!r} is none of [[add]], [[remove]], [[reweight]].")
    made: list[Term] = []
    for action in ACTIONS:
        rows = data.get(action, [])
        if not isinstance(rows, list):
            raise InputError(
                f"{lines.key(action)}: expected [[{action}]] (a list of tables), found [{action}]."
            )
        made += [_term(row, action, number, lines, heads) for number, row in enumerate(rows)]
    return _no_double(made)


def _term(row: Any, action: Action, number: int, lines: _Lines, heads: tuple[str, ...]) -> Term:
    place = lines.entry(action, number)
    if not isinstance(row, dict):
        raise InputError(f"{place}: expected a table with term, weights and reason.")
    known = {"term", "reason"} | ({"weights"} if action != "remove" else set())
    for key in row:
        if key not in known:
            raise InputError(
                f"{lines.entry(action, number, key)}: {key!r} is no field of [[{action}]]; "
                f"it has {', '.join(sorted(known))}."
            )
    for key in ("term", "reason"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise InputError(
                f"{lines.entry(action, number, key)}: [[{action}]] needs a `{key}` that is not empty."
            )
    at = lines.entry(action, number, "weights")
    weights = {} if action == "remove" else _weights(row.get("weights"), at, heads)
    return Term(action, row["term"], weights, row["reason"], place)


def _weights(value: Any, place: str, heads: tuple[str, ...]) -> dict[str, float]:
    if not isinstance(value, dict) or not value:
        raise InputError(f"{place}: needs `weights`, for instance {{ leadership = 0.8 }}.")
    for head, weight in value.items():
        if head not in heads:
            raise InputError(f"{place}: {head!r} is no head of this model; it has {', '.join(heads)}.")
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not abs(weight) <= MOST:
            raise InputError(
                f"{place}: the weight of {head!r} must be a number from -{MOST:g} to {MOST:g}, "
                f"found {weight!r}."
            )
    return {head: float(weight) for head, weight in value.items()}


def _no_double(terms: list[Term]) -> list[Term]:
    seen: dict[str, Term] = {}
    for term in terms:
        key = " ".join(term.text.lower().split())
        if key in seen:
            raise InputError(
                f"{term.place}: the term {term.text!r} stands at {seen[key].place} too; say one thing of it."
            )
        seen[key] = term
    return terms


class _Lines:
    """Knows the line of each entry of a TOML file, so that a mistake can be pointed at."""

    def __init__(self, source: str, path: str) -> None:
        self.path = path
        self.lines = source.split("\n")
        self.headers: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(self.lines):
            header = _HEADER.match(line)
            if header:
                self.headers[header[1]].append(number)

    def key(self, name: str) -> str:
        """Return the first line that names a key or a table."""
        pattern = re.compile(rf"""^\s*\[*\s*["']?{re.escape(name)}["']?\s*(\]|=|\.)""")
        found = [number for number, line in enumerate(self.lines) if pattern.match(line)]
        return f"{self.path}:{found[0] + 1 if found else 1}"

    def entry(self, action: str, number: int, key: str | None = None) -> str:
        """Return the line of the entry's header, or of one of its keys where it has it."""
        headers = self.headers[action]
        if number >= len(headers):
            return self.key(action)
        start = headers[number]
        stop = next(
            (n for n in range(start + 1, len(self.lines)) if self.lines[n].lstrip().startswith("[")),
            len(self.lines),
        )
        if key is not None:
            for line in range(start + 1, stop):
                if re.match(rf"\s*{re.escape(key)}\s*[.=]", self.lines[line]):
                    return f"{self.path}:{line + 1}"
        return f"{self.path}:{start + 1}"
