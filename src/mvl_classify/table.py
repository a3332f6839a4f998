"""The trained table: a weight for every feature and head, added up to a sentence's logits.

    logit[h] = bias[h] + scale * (sum over the sentence's features of weight[feature, h])

with `scale = 1 / (visible words + offset) ** power`, a constant of the sentence. So each feature's
contribution is `scale * weight`, and a score is its evidence, exactly. What the logits mean says `engine`.

An overlay (`overlay`) adds the weights of a user's own terms to the logits as they are written, after the
scale, and silences the features that touch a removed term.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from mvl_classify.dimensions import POLES
from mvl_classify.engine import Contribution, Curves, EngineName, Floats, Parts, Reader, SentenceArrays, judged
from mvl_classify.features import Extractor, Features, scale
from mvl_classify.overlay import Overlay
from mvl_classify.segment import Bools, Ints, Segmenter, Sentences, Tokens
from mvl_classify.vocabulary import Vocabulary

BLOCK: Final = 32_768
"""About how many places are added up in one go; sums do not depend on it."""


@dataclass(frozen=True)
class Table:
    """A vocabulary with its weights, ready to score.

    `weights` is (features, heads) and `bias` (heads,), for the heads `management`, `leadership`, the
    dimensions, and `ad`. `thresholds` are the probabilities from which a pole counts as shown.
    """

    name: ClassVar[EngineName] = "table"
    tolerance: ClassVar[float] = 1e-3

    vocabulary: Vocabulary
    dimensions: tuple[str, ...]
    weights: npt.NDArray[np.float32]
    bias: Floats
    calibration: Curves
    thresholds: tuple[float, float]
    power: float = 0.5
    offset: float = 0.0
    overlay: Overlay | None = None

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The heads that evidence is given for, in column order."""
        return (*POLES, *self.dimensions)

    def reader(self, segmenter: Segmenter) -> Reader:
        """Return what scores sentences of tokens that `segmenter` made; it remembers the pieces of unknown words."""
        extract = Extractor(self.vocabulary, overlay=self.overlay)

        def read(texts: Sequence[str], tokens: Tokens, sentences: Sentences) -> SentenceArrays:
            return self.score(extract(segmenter, tokens, sentences))

        return read

    def score(self, features: Features) -> SentenceArrays:
        """Add up the weights of every sentence's features."""
        factor = scale(features.places.length, self.power, self.offset)
        logits = self.bias + self._summed(features) * factor[:, None]
        if self.overlay is not None and features.matches is not None:
            np.add.at(logits[:, :-1], features.matches.sentence, self.overlay.added[features.matches.term])
        weighed = Weighed(self, features, factor)
        return judged(logits, self.calibration, self.thresholds, _known(features), lambda _: weighed)

    def _summed(self, features: Features) -> Floats:
        """Return each sentence's sum of weights, block after block so that memory and cache suffice for any text."""
        begin, count = features.places.begin, len(features.places.begin)
        edges = np.append(begin, len(features.places.ids))
        means = self._means(features)
        heard = self.heard(features, 0, len(features.places.ids), slice(None))
        out = np.zeros((count, self.weights.shape[1]))
        first = 0
        while first < count:
            last = max(first + 1, int(np.searchsorted(edges, edges[first] + BLOCK, "right")) - 1)
            start, stop = int(edges[first]), int(edges[last])
            total = self._wide.take(features.word[start:stop], axis=0)
            own = slice(*np.searchsorted(features.unknown, [start, stop]).tolist())
            total[features.unknown[own] - start] += means[own]
            here = None if heard is None else heard[start:stop]
            if here is not None:
                total *= here
            for width, found in ((2, features.two[start:stop]), (3, features.three[start:stop])):
                at = np.flatnonzero(found >= 0)
                weights = self._wide.take(found[at], axis=0)
                total[at] += weights if here is None else weights * _all(here, at, width)
            out[first:last] = np.add.reduceat(total, begin[first:last] - start, axis=0)
            first = last
        return out

    @cached_property
    def _wide(self) -> Floats:
        """The weights as 64-bit numbers, with a last row of zeros that -1, no feature, points at."""
        return np.concatenate([self.weights, np.zeros((1, self.weights.shape[1]))], dtype=np.float64)

    def _means(self, features: Features) -> Floats:
        """Return for each unknown word the mean of its pieces' weights; zeros where it has no pieces."""
        sizes = np.array([len(cut) for cut in features.cuts], np.int64)
        out = np.zeros((len(sizes), self.weights.shape[1]))
        for size in np.unique(sizes[sizes > 0]):
            rows = np.flatnonzero(sizes == size)
            pieces = np.array([features.cuts[row] for row in rows.tolist()])
            out[rows] = self._wide[pieces].mean(axis=1)
        return out

    def heard(self, features: Features, begin: int, stop: int, rows: slice) -> Floats | None:
        """Return 1 or 0 for each place from `begin` to `stop` and each head: 0 where a term silences the model.

        `rows` are the overlay's matches there. Without one that silences anything the answer is None.
        """
        found = features.matches
        if self.overlay is None or found is None or not self.overlay.silenced[found.term[rows]].any():
            return None
        heard = np.ones((stop - begin, self.weights.shape[1]))
        for term, sentence, first, last in zip(
            found.term[rows], found.sentence[rows], found.first[rows], found.last[rows], strict=True
        ):
            start, end = features.places.between(int(sentence), int(first), int(last))
            heard[start - begin : end - begin, :-1] *= ~self.overlay.silenced[term]
        return heard


@dataclass(frozen=True, slots=True)
class Weighed:
    """The features of sentences that a table scored, with the constant of each: what their evidence is made of."""

    table: Table
    features: Features
    scale: Floats

    def contributions(self, sentence: int) -> list[Contribution]:
        """List what each feature of a sentence contributes; an overlay's terms come last, they alone with a reason."""
        table, features = self.table, self.features
        places = features.places
        begin = int(places.begin[sentence])
        size = int(np.searchsorted(places.sentence, sentence, "right")) - begin
        own = _rows(features, sentence)
        heard = table.heard(features, begin, begin + size, own)
        found: list[tuple[int, int, Floats]] = []
        for place in range(begin, begin + size):
            for width, numbers in ((1, features.word), (2, features.two), (3, features.three)):
                if numbers[place] >= 0:
                    weights = table.weights[numbers[place]].astype(np.float64)
                    if heard is not None:
                        weights = weights * _all(heard, np.array([place - begin]), width)[0]
                    found.append((*_reach(places.token, place, width, begin, size), weights))
        first = np.searchsorted(features.unknown, begin)
        last = np.searchsorted(features.unknown, begin + size)
        for index in range(int(first), int(last)):
            if features.cuts[index]:
                place = int(features.unknown[index])
                weights = table.weights[features.cuts[index]].mean(axis=0, dtype=np.float64)
                weights = weights if heard is None else weights * heard[place - begin]
                found.append((int(places.token[place]), int(places.token[place]), weights))
        scaled: list[Contribution] = [
            (start, end, weights[:-1] * self.scale[sentence], None)
            for start, end, weights in found
            if weights[:-1].any()
        ]
        return scaled + self._terms(own)

    def _terms(self, rows: slice) -> list[Contribution]:
        matches, overlay = self.features.matches, self.table.overlay
        if overlay is None or matches is None:
            return []
        return [
            (int(first), int(last), overlay.added[term], overlay.terms[term].reason)
            for term, first, last in zip(matches.term[rows], matches.first[rows], matches.last[rows], strict=True)
            if overlay.added[term].any()
        ]

    def rest(self, sentence: int, found: Sequence[Contribution]) -> Floats:
        """Return the bias: a table's logits are its contributions and nothing else."""
        return self.table.bias[:-1]

    def parts(self, chosen: Bools) -> Parts:
        """Return the features of the chosen sentences; pieces of unknown words stand behind all others."""
        table, features = self.table, self.features
        places = features.places
        here = np.flatnonzero(chosen[places.sentence]) if len(places.ids) else np.zeros(0, np.int64)
        numbers = np.stack([features.word[here], features.two[here], features.three[here]], axis=1)
        row, width = np.nonzero(numbers >= 0)
        place = here[row]
        sentence = places.sentence[place]
        ends = np.append(places.begin[1:], len(places.ids))
        first = places.token[np.maximum(place, places.begin[sentence] + 1)]
        last = places.token[np.minimum(place + width, ends[sentence] - 2)]
        weights = table.weights[numbers[row, width], :2].astype(np.float64)
        cut = [k for k in np.flatnonzero(chosen[places.sentence[features.unknown]]).tolist() if features.cuts[k]]
        if cut:
            means = np.array([table.weights[features.cuts[k]].mean(axis=0, dtype=np.float64)[:2] for k in cut])
            at = features.unknown[np.array(cut)]
            token = places.token[at]
            first, last = np.concatenate((first, token)), np.concatenate((last, token))
            sentence = np.concatenate((sentence, places.sentence[at]))
            weights = np.concatenate((weights, means))
        return Parts(first, last, sentence, weights * self.scale[sentence][:, None])


def _rows(features: Features, sentence: int) -> slice:
    """Return which of the overlay's matches stand in a sentence."""
    if features.matches is None:
        return slice(0, 0)
    edges = np.searchsorted(features.matches.sentence, [sentence, sentence + 1])
    return slice(int(edges[0]), int(edges[1]))


def _all(heard: Floats, at: Ints, width: int) -> Floats:
    """Return 1 for each run and head where every place of the run is heard, else 0."""
    out = heard[at]
    for step in range(1, width):
        out = out * heard[at + step]
    return out


def _reach(token: Ints, place: int, width: int, begin: int, size: int) -> tuple[int, int]:
    """Return the first and last token of a run, without the sentence's edges."""
    first = max(place, begin + 1)
    last = min(place + width - 1, begin + size - 2)
    return int(token[first]), int(token[last])


def _known(features: Features) -> Ints:
    """Return how many words of each sentence are in the vocabulary, and how many are not."""
    sentence, count = features.places.sentence, len(features.places.begin)
    known = np.bincount(sentence[features.word >= 0], minlength=count)
    return np.stack([known, np.bincount(sentence[features.unknown], minlength=count)], axis=1)
