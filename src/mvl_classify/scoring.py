"""Arithmetic from sentence scores to document scores; it knows no model.

Orientation is (L - M) / (L + M), where L and M are the sums of P(leadership) and P(management) over the
counted sentences that are oriented. Its interval is Wilson's score interval (1927) for the share
L / (L + M), with Kish's effective number of sentences (1965) in place of the sample size, moved from [0, 1]
to [-1, +1]. It holds from one sentence up and never leaves the scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
import numpy.typing as npt

from mvl_classify.dimensions import LABELS
from mvl_classify.results import DOCUMENT_LABELS, REASONS, DocumentLabel, Reason
from mvl_classify.segment import Bools, Ints
from mvl_classify.table import Floats

Z: Final = 1.959963984540054
"""The standard normal quantile of a 95 % interval."""

LEAST_WORDS: Final = 3
"""A text with fewer words is `too_short` to be tagged."""

WEAK_SHARE: Final = 0.06
"""Below this share, a single oriented sentence is `weak_evidence` about the whole."""

_NEUTRAL: Final = LABELS.index("neutral")
assert get_args(DocumentLabel) == DOCUMENT_LABELS and get_args(Reason) == REASONS


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What is known of each text before its sentences are scored: one entry a text."""

    empty: Bools
    words: Ints
    english: Bools


@dataclass(frozen=True, slots=True)
class DocumentArrays:
    """The scores of many documents: one row a document, in order; NaN where there is no orientation.

    `dimension_*` have one column a dimension. `label` indexes `DOCUMENT_LABELS`, `reason` `REASONS` (-1: none).
    """

    label: Ints
    reason: Ints
    orientation: Floats
    low: Floats
    high: Floats
    share: Floats
    sentences: Ints
    oriented: Ints
    dimension_orientation: Floats
    dimension_low: Floats
    dimension_high: Floats
    dimension_count: Ints


def interval(share: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Return Wilson's 95 % interval of a share in [0, 1], moved to [-1, +1].

    `size` is the (effective) number of observations; where it is 0 the interval is NaN.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        square = Z * Z / size
        centre = (share + square / 2) / (1 + square)
        half = Z / (1 + square) * np.sqrt(share * (1 - share) / size + square / (4 * size))
    low, high = np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
    return np.minimum(2 * low - 1, 2 * share - 1), np.maximum(2 * high - 1, 2 * share - 1)


def _pooled(group: Ints, groups: int, poles: Floats) -> tuple[Floats, Floats, Floats, Ints]:
    """Return orientation, low, high and the number of sentences of each group."""
    management = np.bincount(group, weights=poles[:, 0], minlength=groups)
    leadership = np.bincount(group, weights=poles[:, 1], minlength=groups)
    mass = poles.sum(axis=1)
    total = management + leadership
    squares = np.bincount(group, weights=mass * mass, minlength=groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = leadership / total
        size = total * total / squares
    low, high = interval(share, size)
    return 2 * share - 1, low, high, np.bincount(group, minlength=groups)


def documents(
    facts: DocumentFacts,
    text: Ints,
    poles: Floats,
    label: Ints,
    dimension: Ints,
    counted: Bools,
    dimensions: int,
) -> DocumentArrays:
    """Score documents from their sentences.

    `text` numbers the document of each sentence, `poles` is (sentences, 2), `label` indexes `LABELS`,
    `dimension` the top-ranked dimension of `dimensions`; only `counted` sentences are used.
    """
    count = len(facts.empty)
    sentences = np.bincount(text[counted], minlength=count)
    use = counted & (label != _NEUTRAL)
    orientation, low, high, oriented = _pooled(text[use], count, poles[use])
    by_dimension = _pooled(text[use] * dimensions + dimension[use], count * dimensions, poles[use])
    shape = (count, dimensions)
    shown = [np.bincount(text[use & _shows(label, pole)], minlength=count) > 0 for pole in LABELS[:2]]
    read = np.bincount(text, minlength=count)
    final, reason = _verdict(facts, read, sentences, oriented, orientation, low, high, shown)
    return DocumentArrays(
        label=final,
        reason=reason,
        orientation=orientation,
        low=low,
        high=high,
        share=oriented / np.maximum(sentences, 1),
        sentences=sentences,
        oriented=oriented,
        dimension_orientation=by_dimension[0].reshape(shape),
        dimension_low=by_dimension[1].reshape(shape),
        dimension_high=by_dimension[2].reshape(shape),
        dimension_count=by_dimension[3].reshape(shape),
    )


def _shows(label: Ints, pole: str) -> Bools:
    return np.asarray((label == LABELS.index(pole)) | (label == LABELS.index("both")))


def _verdict(
    facts: DocumentFacts,
    read: Ints,
    sentences: Ints,
    oriented: Ints,
    orientation: Floats,
    low: Floats,
    high: Floats,
    shown: list[npt.NDArray[np.bool_]],
) -> tuple[Ints, Ints]:
    """Return label and reason of each document; the first rule that holds decides."""
    both = shown[0] & shown[1]
    weak = (oriented == 1) & (oriented < WEAK_SHARE * sentences)
    with np.errstate(invalid="ignore"):
        around = (low <= 0) & (high >= 0)
        positive = orientation > 0
    rules: list[tuple[npt.NDArray[np.bool_], DocumentLabel, Reason | None]] = [
        (facts.empty, "undetermined", "empty"),
        (~facts.english, "undetermined", "not_english"),
        (facts.words < LEAST_WORDS, "undetermined", "too_short"),
        ((sentences == 0) & (read > 0), "undetermined", "boilerplate_only"),
        (oriented == 0, "neutral", "no_evidence"),
        (weak, "undetermined", "weak_evidence"),
        (both & around, "balanced", None),
        (positive, "leadership", None),
        (~positive & (orientation < 0), "management", None),
    ]
    conditions = [condition for condition, _, _ in rules]
    names = [DOCUMENT_LABELS.index(name) for _, name, _ in rules]
    label = np.select(conditions, names, DOCUMENT_LABELS.index("balanced"))
    reason = np.select(conditions, [-1 if why is None else REASONS.index(why) for _, _, why in rules], -1)
    return label, reason
