"""Many texts about one person or team into one score: their sentences pooled, the interval narrower.

Texts that cannot be read (empty, too short, not English) add nothing but their number. The sums of the texts
are added in the order given, so a stream of rows and a list of results come to the same bits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from mvl_classify.dimensions import LABELS
from mvl_classify.engine import Floats
from mvl_classify.errors import InputError
from mvl_classify.results import DOCUMENT_LABELS, REASONS, CombinedScore, DimensionScore, DocumentScore, Span
from mvl_classify.scored import EVIDENCE_SPANS
from mvl_classify.scoring import DocumentArrays, DocumentFacts, Sums, judge, sums

UNREAD: Final = ("empty", "too_short", "not_english")
SMALL_GROUP: Final = "small_group"


def combine(results: Iterable[DocumentScore], *, min_group: int = 1) -> CombinedScore:
    """Return one score over many results, which must come from one model.

    With fewer than `min_group` results the label is `undetermined` and there is no score (`small_group`).
    Raises InputError where there is no result, or where two models scored.
    """
    given = list(results)
    if not given:
        raise InputError("combine: expected at least one result, found none.")
    models = sorted({result.model for result in given})
    if len(models) > 1:
        raise InputError(f"combine: the results come from two models ({', '.join(models)}); score them with one.")
    ids = tuple(given[0].dimensions)
    pool = Pool(len(ids))
    for result, row in zip(given, packed(_sums(given, ids)), strict=True):
        pool.add(row, result.reasons[0] if result.reasons else "")
    small = len(given) < min_group
    ranked = [] if small else _ranked(given)
    arrays, reason = pool.judged(min_group)
    low, high, orientation = (_number(values[0]) for values in (arrays.low, arrays.high, arrays.orientation))
    return CombinedScore(
        label=DOCUMENT_LABELS[int(arrays.label[0])],
        orientation=orientation,
        interval=None if low is None or high is None else (low, high),
        share=float(arrays.share[0]),
        text_count=pool.texts,
        used_count=pool.used,
        sentence_count=int(arrays.sentences[0]),
        oriented_count=int(arrays.oriented[0]),
        reasons=(reason,) if reason else (),
        dimensions=_dimensions(arrays, ids, [] if small else given),
        evidence=tuple(span for _, span in ranked),
        evidence_texts=tuple(number for number, _ in ranked),
        model=models[0],
    )


def packed(added: Sums) -> Floats:
    """Return the sums as one row of numbers a text, which can be added up."""
    flat = [added.management, added.leadership, added.squares, added.oriented, added.shown]
    edges = [added.read[:, None], added.sentences[:, None]]
    return np.concatenate([values.astype(np.float64) for values in (*flat, *edges)], axis=1)


def _unpacked(row: Floats, dimensions: int) -> Sums:
    cuts = np.cumsum([dimensions + 1] * 4 + [2, 1])
    management, leadership, squares, oriented, shown, read, sentences = np.split(row[None, :], cuts, axis=1)
    whole = [values.astype(np.int64) for values in (oriented, shown, read[:, 0], sentences[:, 0])]
    return Sums(management, leadership, squares, *whole)


class Pool:
    """Adds up texts one by one; `texts` counts those given, `used` those that could be read."""

    def __init__(self, dimensions: int) -> None:
        self.texts = self.used = 0
        self._dimensions = dimensions
        self._row = np.zeros(4 * (dimensions + 1) + 4)
        self._reasons: Counter[str] = Counter()

    def add(self, row: Floats, reason: str) -> None:
        """Add a text's packed sums; `reason` says why it has no label, if it has none."""
        self.texts += 1
        if reason in UNREAD:
            self._reasons[reason] += 1
        else:
            self.used += 1
            self._row = self._row + row

    def judged(self, min_group: int) -> tuple[DocumentArrays, str]:
        """Return the score of the pool, as arrays of one document, and why it has none."""
        small = self.texts < min_group
        row = np.zeros_like(self._row) if small else self._row
        empty = np.array([small or not self.used])
        facts = DocumentFacts(empty=empty, words=np.array([1000]), english=np.array([True]))
        arrays = judge(facts, _unpacked(row, self._dimensions))
        if small:
            return arrays, SMALL_GROUP
        if not self.used:
            return arrays, self._reasons.most_common(1)[0][0]
        reason = int(arrays.reason[0])
        return arrays, "" if reason < 0 else REASONS[reason]


def _sums(results: Sequence[DocumentScore], ids: tuple[str, ...]) -> Sums:
    """Return the sums of each result's sentences."""
    flat = [(number, sentence) for number, result in enumerate(results) for sentence in result.sentences]
    return sums(
        text=np.array([number for number, _ in flat], np.int64),
        poles=np.array([(s.management, s.leadership) for _, s in flat], np.float64).reshape(-1, 2),
        label=np.array([LABELS.index(s.label) for _, s in flat], np.int64),
        dimension=np.array([ids.index(s.dimension) for _, s in flat], np.int64),
        counted=np.array([s.counted for _, s in flat], np.bool_),
        count=len(results),
        dimensions=len(ids),
    )


def _ranked(results: Sequence[DocumentScore], dimension: str | None = None) -> list[tuple[int, Span]]:
    """Return the strongest spans of all results, with the number of the text they stand in."""
    spans: list[tuple[int, Span]] = []
    for number, result in enumerate(results):
        if not (result.reasons and result.reasons[0] in UNREAD):
            found = result.evidence if dimension is None else result.dimensions[dimension].evidence
            spans += [(number, span) for span in found]
    spans.sort(key=lambda pair: (-abs(pair[1].contribution), pair[0], pair[1].start, pair[1].end))
    return spans[:EVIDENCE_SPANS]


def _dimensions(
    arrays: DocumentArrays, ids: tuple[str, ...], results: Sequence[DocumentScore]
) -> dict[str, DimensionScore]:
    made = {}
    for place, key in enumerate(ids):
        low, high = _number(arrays.dimension_low[0, place]), _number(arrays.dimension_high[0, place])
        count = int(arrays.dimension_count[0, place])
        made[key] = DimensionScore(
            id=key,
            orientation=_number(arrays.dimension_orientation[0, place]),
            interval=None if low is None or high is None else (low, high),
            sentence_count=count,
            share=count / max(int(arrays.sentences[0]), 1),
            evidence=tuple(span for _, span in _ranked(results, key)),
        )
    return made


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
