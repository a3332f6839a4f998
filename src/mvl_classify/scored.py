"""Scored texts as arrays, which bulk faces read, and the frozen result that is made of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mvl_classify.artifact import Model
from mvl_classify.dimensions import KINDS, LABELS
from mvl_classify.engine import Contribution, Engine, Floats, SentenceArrays
from mvl_classify.results import (
    DOCUMENT_LABELS,
    REASONS,
    DimensionScore,
    DocumentScore,
    SentenceScore,
    Span,
)
from mvl_classify.scoring import DocumentArrays
from mvl_classify.sections import SECTIONS, SETTINGS, Settings
from mvl_classify.segment import Bools, Sentences, Tokens
from mvl_classify.titles import check_title

EVIDENCE_SPANS: Final = 12
"""How many spans a document's or a dimension's evidence lists, strongest first."""


@dataclass(frozen=True, slots=True)
class ScoredSentences:
    """The scored sentences of some texts; `sentences`, `scores` and `settings` have one entry a sentence."""

    texts: list[str]
    tokens: Tokens
    sentences: Sentences
    scores: SentenceArrays
    settings: Settings


@dataclass(frozen=True, slots=True)
class Batch(ScoredSentences):
    """Scored texts as arrays, from which results are made; `kind` is true where a text is an ad."""

    documents: DocumentArrays
    kind: Bools
    kind_given: Bools


def document_scores(
    model: Model, batch: Batch, titles: Sequence[str | None] | None = None
) -> Iterator[DocumentScore]:
    """Make the result of each text of a batch that `model` scored; `titles` has one entry a text."""
    edges = np.searchsorted(batch.sentences.text, np.arange(len(batch.texts) + 1))
    for number in range(len(batch.texts)):
        members = range(int(edges[number]), int(edges[number + 1]))
        sentences = tuple(sentence_score(model.engine, batch, member) for member in members)
        yield _document(model, batch, number, sentences, None if titles is None else titles[number])


def _document(
    model: Model, batch: Batch, number: int, sentences: tuple[SentenceScore, ...], title: str | None
) -> DocumentScore:
    scored = batch.documents
    decisive = [s for s in sentences if s.counted and s.oriented]
    label = DOCUMENT_LABELS[int(scored.label[number])]
    reason = int(scored.reason[number])
    orientation = _number(scored.orientation[number])
    return DocumentScore(
        label=label,
        orientation=orientation,
        interval=_pair(scored.low[number], scored.high[number]),
        share=float(scored.share[number]),
        sentence_count=int(scored.sentences[number]),
        oriented_count=int(scored.oriented[number]),
        reasons=() if reason < 0 else (REASONS[reason],),
        kind=KINDS[0] if batch.kind[number] else KINDS[1],
        kind_given=bool(batch.kind_given[number]),
        title=None if title is None else check_title(title, label, orientation),
        dimensions=_dimensions(model.engine.dimensions, scored, number, decisive),
        evidence=_strongest(decisive),
        sentences=sentences,
        model=model.digest,
    )


def _dimensions(
    dimensions: Sequence[str], scored: DocumentArrays, number: int, decisive: list[SentenceScore]
) -> dict[str, DimensionScore]:
    made = {}
    for place, key in enumerate(dimensions):
        count = int(scored.dimension_count[number, place])
        made[key] = DimensionScore(
            id=key,
            orientation=_number(scored.dimension_orientation[number, place]),
            interval=_pair(scored.dimension_low[number, place], scored.dimension_high[number, place]),
            sentence_count=count,
            share=count / max(int(scored.sentences[number]), 1),
            evidence=_strongest([s for s in decisive if s.dimension == key]) if count else (),
        )
    return made


def sentence_score(engine: Engine, found: ScoredSentences, number: int) -> SentenceScore:
    """Make the result of one sentence that `engine` scored; `number` counts the sentences of all texts."""
    sentences, scores = found.sentences, found.scores
    decided = scores.attribution.contributions(number)
    rest = scores.attribution.rest(number, decided)
    text = found.texts[int(sentences.text[number])]
    start, end = int(sentences.start[number]), int(sentences.end[number])
    excluded = int(found.settings.excluded[number])
    return SentenceScore(
        text=text[start:end],
        start=start,
        end=end,
        management=float(scores.poles[number, 0]),
        leadership=float(scores.poles[number, 1]),
        label=LABELS[int(scores.label[number])],
        dimension=engine.dimensions[int(scores.dimension[number])],
        dimensions=dict(zip(engine.dimensions, scores.dimensions[number].tolist(), strict=True)),
        evidence=_spans(engine.heads, found, decided, text),
        logits=dict(zip(engine.heads, scores.logits[number].tolist(), strict=True)),
        bias=dict(zip(engine.heads, rest.tolist(), strict=True)),
        section=SECTIONS[int(found.settings.section[number])],
        counted=excluded < 0,
        excluded=None if excluded < 0 else SETTINGS[excluded],
    )


def _spans(
    heads: Sequence[str], found: ScoredSentences, decided: Sequence[Contribution], text: str
) -> tuple[Span, ...]:
    """Return what every word or run of words of a sentence contributes, in the order of the text."""
    tokens = found.tokens
    merged: dict[tuple[int, int, str], Floats] = {}
    for first, last, values, reason in decided:
        place = (int(tokens.start[first]), int(tokens.end[last]), reason or "")
        merged[place] = merged[place] + values if place in merged else values
    spans = []
    for (start, end, reason), values in sorted(merged.items(), key=lambda entry: entry[0]):
        row = values.tolist()
        shares = dict(zip(heads, row, strict=True))
        spans.append(Span(text[start:end], start, end, row[1] - row[0], shares, reason or None))
    return tuple(spans)


def _strongest(sentences: Iterable[SentenceScore]) -> tuple[Span, ...]:
    """Return the spans that speak loudest for the label their sentence has, strongest first."""
    spans = [span for sentence in sentences for span in sentence.evidence if _speaks(span, sentence)]
    spans.sort(key=lambda span: (-abs(span.contribution), span.start, span.end))
    return tuple(spans[:EVIDENCE_SPANS])


def _speaks(span: Span, sentence: SentenceScore) -> bool:
    """Tell whether a span raises a pole that its sentence shows."""
    poles = ("management", "leadership") if sentence.label == "both" else (sentence.label,)
    return any(span.contributions.get(pole, 0.0) > 0 for pole in poles)


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _pair(low: Any, high: Any) -> tuple[float, float] | None:
    return None if np.isnan(low) else (float(low), float(high))
