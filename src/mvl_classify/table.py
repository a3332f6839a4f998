"""The trained table: a weight for every feature and head, added up to a sentence's logits.

    logit[h] = bias[h] + scale * (sum over the sentence's features of weight[feature, h])

with `scale = 1 / (visible words + offset) ** power`, a constant of the sentence. So each feature's
contribution is `scale * weight`, and a score is its evidence, exactly. The two poles are independent
questions ("does this sentence show the pole?"), each calibrated by a logistic curve (Platt 1999); the
dimensions are a softmax. One further head, `ad`, guesses the kind of text and takes no part in a score.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from mvl_classify.dimensions import LABELS, POLES
from mvl_classify.features import Features, Vocabulary, scale
from mvl_classify.segment import Ints

Floats = npt.NDArray[np.float64]

KIND_HEAD: Final = "ad"

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
    overlay: dict[int, tuple[float, ...]] = field(default_factory=dict)

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The heads that evidence is given for, in column order."""
        return (*POLES, *self.dimensions)

    def score(self, features: Features) -> SentenceArrays:
        """Add up the weights of every sentence's features."""
        factor = scale(features.places.length, self.power, self.offset)
        logits = self.bias + self._summed(features) * factor[:, None]
        return self._judge(logits, factor, features)

    def _summed(self, features: Features) -> Floats:
        """Return each sentence's sum of weights, block after block so that memory and cache suffice for any text."""
        begin, count = features.places.begin, len(features.places.begin)
        edges = np.append(begin, len(features.places.ids))
        means = self._means(features)
        out = np.zeros((count, self.weights.shape[1]))
        first = 0
        while first < count:
            last = max(first + 1, int(np.searchsorted(edges, edges[first] + BLOCK, "right")) - 1)
            start, stop = int(edges[first]), int(edges[last])
            total = self._wide.take(features.word[start:stop], axis=0)
            for found in (features.two[start:stop], features.three[start:stop]):
                at = np.flatnonzero(found >= 0)
                total[at] += self._wide.take(found[at], axis=0)
            own = slice(*np.searchsorted(features.unknown, [start, stop]).tolist())
            total[features.unknown[own] - start] += means[own]
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

    def contributions(self, features: Features, factor: Floats, sentence: int) -> list[tuple[int, int, Floats]]:
        """List one sentence's features as (first token, last token, contribution to each head).

        The last token is included. Features whose weights are all zero are left out.
        """
        places = features.places
        begin = int(places.begin[sentence])
        size = int(np.searchsorted(places.sentence, sentence, "right")) - begin
        found: list[tuple[int, int, Floats]] = []
        for place in range(begin, begin + size):
            for width, numbers in ((1, features.word), (2, features.two), (3, features.three)):
                if numbers[place] >= 0:
                    weights = self.weights[numbers[place]].astype(np.float64)
                    found.append((*_reach(places.token, place, width, begin, size), weights))
        first = np.searchsorted(features.unknown, begin)
        last = np.searchsorted(features.unknown, begin + size)
        for index in range(int(first), int(last)):
            if features.cuts[index]:
                token = int(places.token[features.unknown[index]])
                weights = self.weights[features.cuts[index]].mean(axis=0, dtype=np.float64)
                found.append((token, token, weights))
        return [
            (start, end, weights[:-1] * factor[sentence]) for start, end, weights in found if weights[:-1].any()
        ]


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
