"""The trained table: a weight for every feature and head, added up to a sentence's logits.

    logit[h] = bias[h] + scale * (sum over the sentence's features of weight[feature, h])

with `scale = 1 / (visible words + offset) ** power`, a constant of the sentence. So each feature's
contribution is `scale * weight`, and a score is its evidence, exactly. The two poles are independent
questions ("does this sentence show the pole?"), each calibrated by a logistic curve (Platt 1999); the
dimensions are a softmax. One further head, `ad`, guesses the kind of text and takes no part in a score.

An overlay (`overlay`) adds the weights of a user's own terms to the logits as they are written, after the
scale, and silences the features that touch a removed term.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from mvl_classify.dimensions import LABELS, POLES
from mvl_classify.features import Features, Vocabulary, scale
from mvl_classify.overlay import Overlay
from mvl_classify.segment import Ints

Floats = npt.NDArray[np.float64]

BLOCK: Final = 32_768
"""About how many places are added up in one go; sums do not depend on it."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """One head's logistic curve from logit to probability; monotone, because `slope` is above 0."""

    slope: float
    intercept: float

    def __call__(self, logits: Floats) -> Floats:
        """Return probabilities in [0, 1]."""
        return sigmoid(self.slope * logits + self.intercept)


def sigmoid(values: Floats) -> Floats:
    """Return 1 / (1 + exp(-values)) without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)))


def softmax(values: Floats) -> Floats:
    """Return each row's exponentials divided by their sum."""
    shifted = np.exp(values - values.max(axis=1, keepdims=True)) if values.size else np.exp(values)
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class SentenceArrays:
    """The scores of many sentences: one row a sentence, in the order given.

    `logits` has one column a head; `poles` the two calibrated probabilities; `dimensions` one column a
    dimension; `label` indexes `LABELS`, `dimension` the top-ranked dimension; `ad` is the kind logit.
    """

    logits: Floats
    poles: Floats
    dimensions: Floats
    label: Ints
    dimension: Ints
    ad: Floats
    scale: Floats
    features: Features


@dataclass(frozen=True)
class Table:
    """A vocabulary with its weights, ready to score.

    `weights` is (features, heads) and `bias` (heads,), for the heads `management`, `leadership`, the
    dimensions, and `ad`. `thresholds` are the probabilities from which a pole counts as shown.
    """

    vocabulary: Vocabulary
    dimensions: tuple[str, ...]
    weights: npt.NDArray[np.float32]
    bias: Floats
    calibration: tuple[Calibration, Calibration]
    thresholds: tuple[float, float]
    power: float = 0.5
    offset: float = 0.0
    overlay: Overlay | None = None

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The heads that evidence is given for, in column order."""
        return (*POLES, *self.dimensions)

    def score(self, features: Features) -> SentenceArrays:
        """Add up the weights of every sentence's features."""
        factor = scale(features.places.length, self.power, self.offset)
        logits = self.bias + self._summed(features) * factor[:, None]
        if self.overlay is not None and features.matches is not None:
            np.add.at(logits[:, :-1], features.matches.sentence, self.overlay.added[features.matches.term])
        return self._judge(logits, factor, features)

    def _summed(self, features: Features) -> Floats:
        """Return each sentence's sum of weights, block after block so that memory and cache suffice for any text."""
        begin, count = features.places.begin, len(features.places.begin)
        edges = np.append(begin, len(features.places.ids))
        means = self._means(features)
        heard = self._heard(features, 0, len(features.places.ids), slice(None))
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

    def _heard(self, features: Features, begin: int, stop: int, rows: slice) -> Floats | None:
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

    def _judge(self, logits: Floats, factor: Floats, features: Features) -> SentenceArrays:
        dimensions = logits[:, 2 : 2 + len(self.dimensions)]
        poles = np.stack([curve(logits[:, k]) for k, curve in enumerate(self.calibration)], axis=1)
        return SentenceArrays(
            logits=logits[:, :-1],
            poles=poles,
            dimensions=softmax(dimensions),
            label=labels(poles, self.thresholds),
            dimension=dimensions.argmax(axis=1) if len(dimensions) else np.zeros(0, np.int64),
            ad=logits[:, -1],
            scale=factor,
            features=features,
        )

    def contributions(
        self, features: Features, factor: Floats, sentence: int
    ) -> list[tuple[int, int, Floats, str | None]]:
        """List one sentence's features as (first token, last token, contribution to each head, reason).

        The last token is included. Features that contribute nothing are left out. An overlay's terms come last,
        and they alone have a reason.
        """
        places = features.places
        begin = int(places.begin[sentence])
        size = int(np.searchsorted(places.sentence, sentence, "right")) - begin
        own = _rows(features, sentence)
        heard = self._heard(features, begin, begin + size, own)
        found: list[tuple[int, int, Floats]] = []
        for place in range(begin, begin + size):
            for width, numbers in ((1, features.word), (2, features.two), (3, features.three)):
                if numbers[place] >= 0:
                    weights = self.weights[numbers[place]].astype(np.float64)
                    if heard is not None:
                        weights = weights * _all(heard, np.array([place - begin]), width)[0]
                    found.append((*_reach(places.token, place, width, begin, size), weights))
        first = np.searchsorted(features.unknown, begin)
        last = np.searchsorted(features.unknown, begin + size)
        for index in range(int(first), int(last)):
            if features.cuts[index]:
                place = int(features.unknown[index])
                weights = self.weights[features.cuts[index]].mean(axis=0, dtype=np.float64)
                weights = weights if heard is None else weights * heard[place - begin]
                found.append((int(places.token[place]), int(places.token[place]), weights))
        scaled: list[tuple[int, int, Floats, str | None]] = [
            (start, end, weights[:-1] * factor[sentence], None) for start, end, weights in found if weights[:-1].any()
        ]
        return scaled + self._terms(features, own)

    def _terms(self, features: Features, rows: slice) -> list[tuple[int, int, Floats, str | None]]:
        matches = features.matches
        if self.overlay is None or matches is None:
            return []
        return [
            (int(first), int(last), self.overlay.added[term], self.overlay.terms[term].reason)
            for term, first, last in zip(matches.term[rows], matches.first[rows], matches.last[rows], strict=True)
            if self.overlay.added[term].any()
        ]


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


def labels(poles: Floats, thresholds: tuple[float, float]) -> Ints:
    """Return indexes into `LABELS` from the two probabilities: both, one, or neither above its threshold."""
    shown = poles >= np.asarray(thresholds)
    order = [LABELS.index(name) for name in ("neutral", "management", "leadership", "both")]
    return np.asarray(np.array(order)[shown[:, 0] * 1 + shown[:, 1] * 2])
