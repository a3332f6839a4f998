"""The strongest words of many documents at once: the spans of `DocumentScore.evidence` as arrays.

Only sentences that are counted and oriented take part, so that a bulk face pays for evidence in proportion
to what there is to show. The spans, their order and their bits are those of the result objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from mvl_classify.dimensions import LABELS
from mvl_classify.engine import Floats
from mvl_classify.scored import EVIDENCE_SPANS, Batch
from mvl_classify.segment import Bools, Ints

_REACH: Final = 1 << 24
"""More tokens than a run of words can reach over."""

_MANAGEMENT, _LEADERSHIP, _BOTH, _NEUTRAL = (
    LABELS.index(name) for name in ("management", "leadership", "both", "neutral")
)


@dataclass(frozen=True, slots=True)
class EvidenceArrays:
    """Spans of many texts, text after text, strongest first.

    `edges` has one entry more than there are texts: the spans of text k are `edges[k]:edges[k + 1]`. `start`
    and `end` are character offsets into the text as given; `contribution` is leadership minus management.
    """

    edges: Ints
    start: Ints
    end: Ints
    contribution: Floats

    def texts(self, texts: list[str]) -> list[str]:
        """Return the words of each span."""
        owner = np.repeat(np.arange(len(texts)), np.diff(self.edges)).tolist()
        starts, ends = self.start.tolist(), self.end.tolist()
        return [texts[k][start:end] for k, start, end in zip(owner, starts, ends, strict=True)]


def evidence(batch: Batch, limit: int = EVIDENCE_SPANS) -> EvidenceArrays:
    """Return the `limit` strongest spans of each text of a batch."""
    scores = batch.scores
    decisive = batch.settings.counted & (scores.label != _NEUTRAL)
    parts = scores.attribution.parts(decisive)
    places = parts.first * _REACH + (parts.last - parts.first)
    place, kept, which = np.unique(places, return_index=True, return_inverse=True)
    first, last, sentence = place // _REACH, place // _REACH + place % _REACH, parts.sentence[kept]
    sums = [np.bincount(which, weights=parts.poles[:, k], minlength=len(place)) for k in range(2)]
    poles = np.asarray(np.stack(sums, axis=1), np.float64)
    keep = _speaks(poles, scores.label[sentence])
    first, last, sentence, poles = first[keep], last[keep], sentence[keep], poles[keep]
    contribution = poles[:, 1] - poles[:, 0]
    start, end = batch.tokens.start[first], batch.tokens.end[last]
    owner = batch.sentences.text[sentence]
    order = np.lexsort((end, start, -np.abs(contribution), owner))
    count = len(batch.texts)
    place = np.arange(len(order)) - np.searchsorted(owner[order], np.arange(count))[owner[order]]
    order = order[place < limit]
    edges = np.searchsorted(owner[order], np.arange(count + 1))
    return EvidenceArrays(edges, start[order], end[order], contribution[order])


def _speaks(poles: Floats, label: Ints) -> Bools:
    """Tell for each span whether it raises a pole that its sentence shows."""
    management = (poles[:, 0] > 0) & ((label == _MANAGEMENT) | (label == _BOTH))
    leadership = (poles[:, 1] > 0) & ((label == _LEADERSHIP) | (label == _BOTH))
    return np.asarray(management | leadership)
