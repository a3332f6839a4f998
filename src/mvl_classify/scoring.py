"""Arithmetic from sentence scores to document scores; it knows no model.

Orientation is (L - M) / (L + M), where L and M are the sums of P(leadership) and P(management) over the
counted sentences that are oriented. Its interval is Wilson's score interval (1927) for the share
L / (L + M), with Kish's effective number of sentences (1965) in place of the sample size, moved from [0, 1]
to [-1, +1]. It holds from one sentence up and never leaves the scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, get_args

import numpy as np
import numpy.typing as npt

from mvl_classify.dimensions import LABELS
from mvl_classify.engine import Floats
from mvl_classify.results import DOCUMENT_LABELS, REASONS, DocumentLabel, Reason
from mvl_classify.segment import Bools, Ints

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
    sums: Sums


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


@dataclass(frozen=True, slots=True)
class Sums:
    """What a document's score is computed from, one row a document; rows of many texts may be added up.

    `management`, `leadership` and `squares` have one column for the whole and one for each dimension: the sums
    of the two probabilities, and of the square of both together, over the sentences that count and are
    oriented; `oriented` is their number. `shown` tells how many show each pole, `read` and `sentences` how many
    sentences there are and how many of them count.
    """

    management: Floats
    leadership: Floats
    squares: Floats
    oriented: Ints
    shown: Ints
    read: Ints
    sentences: Ints


def sums(text: Ints, poles: Floats, label: Ints, dimension: Ints, counted: Bools, count: int, dimensions: int) -> Sums:
    """Add up the sentences of `count` documents; see `documents`."""
    use = counted & (label != _NEUTRAL)
    owner, width = text[use], dimensions + 1
    mass = poles[use].sum(axis=1)

    def added(values: Floats | None) -> npt.NDArray[Any]:
        whole = np.bincount(owner, weights=values, minlength=count)
        parts = np.bincount(owner * dimensions + dimension[use], weights=values, minlength=count * dimensions)
        return np.concatenate([whole[:, None], parts.reshape(count, dimensions)], axis=1).reshape(count, width)

    shown = [np.bincount(text[use & _shows(label, pole)], minlength=count) for pole in LABELS[:2]]
    return Sums(
        management=added(poles[use, 0]),
        leadership=added(poles[use, 1]),
        squares=added(mass * mass),
        oriented=added(None),
        shown=np.stack(shown, axis=1),
        read=np.bincount(text, minlength=count),
        sentences=np.bincount(text[counted], minlength=count),
    )


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
    return judge(facts, sums(text, poles, label, dimension, counted, len(facts.empty), dimensions))


def judge(facts: DocumentFacts, added: Sums) -> DocumentArrays:
    """Score documents from the sums over their sentences."""
    total = added.management + added.leadership
    with np.errstate(divide="ignore", invalid="ignore"):
        share = added.leadership / total
        size = total * total / added.squares
    low, high = interval(share, size)
    orientation, oriented = 2 * share - 1, added.oriented[:, 0]
    shown = [added.shown[:, 0] > 0, added.shown[:, 1] > 0]
    final, reason = _verdict(
        facts, added.read, added.sentences, oriented, orientation[:, 0], low[:, 0], high[:, 0], shown
    )
    return DocumentArrays(
        label=final,
        reason=reason,
        orientation=orientation[:, 0],
        low=low[:, 0],
        high=high[:, 0],
        share=oriented / np.maximum(added.sentences, 1),
        sentences=added.sentences,
        oriented=oriented,
        dimension_orientation=orientation[:, 1:],
        dimension_low=low[:, 1:],
        dimension_high=high[:, 1:],
        dimension_count=added.oriented[:, 1:],
        sums=added,
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
