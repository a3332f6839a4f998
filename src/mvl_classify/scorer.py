"""Ties segmentation, table and scoring together: texts in, frozen results out, for every face alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, Final

import numpy as np

from mvl_classify.artifact import MANIFEST, Model, load
from mvl_classify.dimensions import KINDS, LABELS, Kind
from mvl_classify.errors import InputError
from mvl_classify.features import Extractor
from mvl_classify.language import is_english
from mvl_classify.locate import default_model
from mvl_classify.overlay import Overlay
from mvl_classify.results import (
    DOCUMENT_LABELS,
    REASONS,
    DimensionScore,
    DocumentScore,
    SentenceScore,
    Span,
)
from mvl_classify.scoring import DocumentArrays, DocumentFacts, documents
from mvl_classify.sections import SECTIONS, SETTINGS, Settings, settings
from mvl_classify.segment import Bools, Ints, Segmenter, Sentences, Tokens
from mvl_classify.table import Floats, SentenceArrays
from mvl_classify.titles import check_title

BATCH_CHARACTERS: Final = 1_000_000
"""How much text is scored in one go; results do not depend on it."""

EVIDENCE_SPANS: Final = 12
"""How many spans a document's or a dimension's evidence lists, strongest first."""

KNOWN_SHARE: Final = 0.8
"""Below this share of known words a text's language is looked at."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Scored texts as arrays, from which results are made; `kind` is true where a text is an ad."""

    texts: list[str]
    tokens: Tokens
    sentences: Sentences
    scores: SentenceArrays
    settings: Settings
    documents: DocumentArrays
    kind: Bools
    kind_given: Bools


class Scorer:
    """Scores texts with one model; keep it, loading takes longer than scoring.

    `model` is a model folder; without it the default model is used. `terms` is a `terms.toml` (see `overlay`)
    laid over it. Raises ModelError when there is no model, InputError when the terms are malformed.
    """

    def __init__(self, model: str | Path | None = None, terms: str | Path | None = None) -> None:
        self._model = load(default_model() if model is None else Path(model))
        self._terms = None if terms is None else Path(terms)
        if self._terms is not None:
            overlay = Overlay.read(self._terms, self._model.table.heads)
            digest = f"{self._model.digest}+{overlay.digest[:16]}"
            self._model = replace(self._model, table=replace(self._model.table, overlay=overlay), digest=digest)
        self._segmenter = Segmenter()
        self._extractor = Extractor(self._model.table.vocabulary, overlay=self._model.table.overlay)
        self._turn = RLock()  # threads may share a scorer: they take turns with its memory of words

    def __reduce__(self) -> tuple[type[Scorer], tuple[Path, Path | None]]:
        """Travel to another process by the model's path."""
        return Scorer, (self.model_path, self._terms)

    @property
    def model(self) -> Model:
        """The loaded model with its manifest."""
        return self._model

    @property
    def model_path(self) -> Path:
        """The folder the model was loaded from."""
        return self._model.path

    def score(self, text: str | None, *, title: str | None = None, kind: Kind | None = None) -> DocumentScore:
        """Score one text.

        None, NaN and empty text give an `undetermined` result. `kind` is guessed when not given; `title`
        is compared with the text and not scored. Raises InputError for another type or kind.
        """
        return next(self.score_many([text], titles=[title], kinds=[kind]))

    def score_many(
        self,
        texts: Iterable[str | None],
        *,
        titles: Sequence[str | None] | None = None,
        kinds: Sequence[Kind | None] | Kind | None = None,
        n_jobs: int = 1,
    ) -> Iterator[DocumentScore]:
        """Yield one result a text, in order, holding only some texts in memory at a time.

        `titles` and `kinds` have one entry a text; one kind may stand for all. `n_jobs` is the number of
        processes (-1: one a core); results do not depend on it.
        """
        if n_jobs != 1:
            yield from self._in_processes(texts, titles, kinds, n_jobs)
            return
        for chunk, chunk_titles, chunk_kinds in _chunks(texts, titles, kinds, BATCH_CHARACTERS):
            yield from self.results(self.batch(chunk, chunk_kinds), chunk_titles)

    def _in_processes(
        self,
        texts: Iterable[str | None],
        titles: Sequence[str | None] | None,
        kinds: Sequence[Kind | None] | Kind | None,
        n_jobs: int,
    ) -> Iterator[DocumentScore]:
        from joblib import Parallel, delayed

        chunks = _chunks(texts, titles, kinds, BATCH_CHARACTERS // 8)
        path, terms = str(self.model_path), None if self._terms is None else str(self._terms)
        pool = Parallel(n_jobs=n_jobs, return_as="generator", pre_dispatch="2*n_jobs")
        for results in pool(delayed(_score_chunk)(path, terms, *chunk) for chunk in chunks):
            yield from results

    def score_sentences(self, texts: Sequence[str]) -> list[SentenceScore]:
        """Score each string as one unsplit sentence; a score does not depend on the other strings."""
        clean = [_text(text, place) for place, text in enumerate(texts)]
        with self._turn:
            tokens = self._segmenter.tokens(clean)
            sentences = self._segmenter.whole(tokens, len(clean))
            scores = self._model.table.score(self._extractor(self._segmenter, tokens, sentences))
        plain = Settings(np.zeros(len(clean), np.int64), np.full(len(clean), -1))
        return [
            self._sentence(number, clean[number], tokens, sentences, scores, plain, whole=True)
            for number in range(len(clean))
        ]

    def batch(
        self,
        texts: Sequence[str | None],
        kinds: Sequence[Kind | None] | None = None,
        starts: Sequence[Sequence[int] | None] | None = None,
    ) -> Batch:
        """Score texts into arrays, without making result objects: what bulk faces read.

        `starts` may give the offsets at which each text's sentences begin, where somebody else has cut it.
        """
        with self._turn:
            return self._batch(texts, kinds, starts)

    def _batch(
        self,
        texts: Sequence[str | None],
        kinds: Sequence[Kind | None] | None,
        starts: Sequence[Sequence[int] | None] | None,
    ) -> Batch:
        clean = [_text(text, place) for place, text in enumerate(texts)]
        tokens = self._segmenter.tokens(clean)
        sentences = self._segmenter.sentences(tokens, starts)
        scores = self._model.table.score(self._extractor(self._segmenter, tokens, sentences))
        ads, given = _kinds(scores.ad, sentences.text, len(clean), kinds)
        where = settings(clean, tokens, sentences, ads)
        scored = documents(
            self._facts(clean, tokens, sentences, scores),
            sentences.text,
            scores.poles,
            scores.label,
            scores.dimension,
            where.counted,
            len(self._model.table.dimensions),
        )
        return Batch(clean, tokens, sentences, scores, where, scored, ads, given)

    def _facts(
        self, texts: list[str], tokens: Tokens, sentences: Sentences, scores: SentenceArrays
    ) -> DocumentFacts:
        count = len(texts)
        words = np.bincount(tokens.text[tokens.word], minlength=count)
        features = scores.features
        owner = sentences.text[features.places.sentence]
        known = np.bincount(owner[features.word >= 0], minlength=count)
        unknown = np.bincount(owner[features.unknown], minlength=count)
        share = known / np.maximum(known + unknown, 1)
        english = np.ones(count, np.bool_)
        edges = np.searchsorted(tokens.text, np.arange(count + 1))
        for number in np.flatnonzero((share < KNOWN_SHARE) & (words > 0)):
            own = slice(int(edges[number]), int(edges[number + 1]))
            spoken = tokens.hashes[own][tokens.word[own]].tolist()
            letters = [word for word in map(self._segmenter.word, spoken) if word != "0"]
            english[number] = is_english(letters, float(share[number]))
        return DocumentFacts(empty=words == 0, words=words, english=english)

    def results(self, batch: Batch, titles: Sequence[str | None] | None = None) -> Iterator[DocumentScore]:
        """Make the result of each text of a batch."""
        edges = np.searchsorted(batch.sentences.text, np.arange(len(batch.texts) + 1))
        for number in range(len(batch.texts)):
            title = None if titles is None else titles[number]
            yield self._document(batch, number, range(int(edges[number]), int(edges[number + 1])), title)

    def _document(self, batch: Batch, number: int, members: range, title: str | None) -> DocumentScore:
        text = batch.texts[number]
        sentences = tuple(
            self._sentence(k, text, batch.tokens, batch.sentences, batch.scores, batch.settings) for k in members
        )
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
            dimensions=self._dimensions(scored, number, decisive),
            evidence=strongest(decisive),
            sentences=sentences,
            model=self._model.digest,
        )

    def _dimensions(
        self, scored: DocumentArrays, number: int, decisive: list[SentenceScore]
    ) -> dict[str, DimensionScore]:
        made = {}
        for place, key in enumerate(self._model.table.dimensions):
            count = int(scored.dimension_count[number, place])
            made[key] = DimensionScore(
                id=key,
                orientation=_number(scored.dimension_orientation[number, place]),
                interval=_pair(scored.dimension_low[number, place], scored.dimension_high[number, place]),
                sentence_count=count,
                share=count / max(int(scored.sentences[number]), 1),
                evidence=strongest([s for s in decisive if s.dimension == key]) if count else (),
            )
        return made

    def _sentence(
        self,
        number: int,
        text: str,
        tokens: Tokens,
        sentences: Sentences,
        scores: SentenceArrays,
        where: Settings,
        whole: bool = False,
    ) -> SentenceScore:
        heads = self._model.table.heads
        excluded = int(where.excluded[number])
        start, end = (0, len(text)) if whole else (int(sentences.start[number]), int(sentences.end[number]))
        dimensions = self._model.table.dimensions
        return SentenceScore(
            text=text[start:end],
            start=start,
            end=end,
            management=float(scores.poles[number, 0]),
            leadership=float(scores.poles[number, 1]),
            label=LABELS[int(scores.label[number])],
            dimension=dimensions[int(scores.dimension[number])],
            dimensions=dict(zip(dimensions, scores.dimensions[number].tolist(), strict=True)),
            evidence=self._spans(number, text, tokens, scores),
            logits=dict(zip(heads, scores.logits[number].tolist(), strict=True)),
            bias=dict(zip(heads, self._model.table.bias.tolist()[:-1], strict=True)),
            section=SECTIONS[int(where.section[number])],
            counted=excluded < 0,
            excluded=None if excluded < 0 else SETTINGS[excluded],
        )

    def _spans(self, number: int, text: str, tokens: Tokens, scores: SentenceArrays) -> tuple[Span, ...]:
        heads = self._model.table.heads
        merged: dict[tuple[int, int, str], Floats] = {}
        for first, last, values, reason in self._model.table.contributions(scores.features, scores.scale, number):
            place = (int(tokens.start[first]), int(tokens.end[last]), reason or "")
            merged[place] = merged[place] + values if place in merged else values
        spans = []
        for (start, end, reason), values in sorted(merged.items(), key=lambda entry: entry[0]):
            row = values.tolist()
            shares = dict(zip(heads, row, strict=True))
            spans.append(Span(text[start:end], start, end, row[1] - row[0], shares, reason or None))
        return tuple(spans)


def strongest(sentences: Iterable[SentenceScore], limit: int = EVIDENCE_SPANS) -> tuple[Span, ...]:
    """Return the spans that speak loudest for the label their sentence has, strongest first."""
    spans = [span for sentence in sentences for span in sentence.evidence if speaks(span, sentence)]
    spans.sort(key=lambda span: (-abs(span.contribution), span.start, span.end))
    return tuple(spans[:limit])


def speaks(span: Span, sentence: SentenceScore) -> bool:
    """Tell whether a span raises a pole that its sentence shows."""
    poles = ("management", "leadership") if sentence.label == "both" else (sentence.label,)
    return any(span.contributions.get(pole, 0.0) > 0 for pole in poles)


def _text(value: Any, place: int) -> str:
    """Return the text; None and every kind of NaN are the empty text."""
    if isinstance(value, str):
        return value
    if value is None or type(value).__name__ in {"NAType", "NaTType"} or (isinstance(value, float) and value != value):
        return ""
    raise InputError(f"text {place}: expected a string, found {type(value).__name__} ({value!r:.40}).")


def _kinds(
    ad: Any, text: Ints, count: int, kinds: Sequence[Kind | None] | None
) -> tuple[Bools, Bools]:
    """Return for each text whether it is an ad, and whether that was given."""
    guess = np.bincount(text, weights=ad, minlength=count) > 0
    given = np.zeros(count, np.bool_)
    for number, kind in enumerate(kinds or ()):
        if kind is not None:
            if kind not in KINDS:
                raise InputError(f"kind: expected 'ad' or 'review', found {kind!r}.")
            guess[number], given[number] = kind == "ad", True
    return guess, given


def _chunks(
    texts: Iterable[str | None],
    titles: Sequence[str | None] | None,
    kinds: Sequence[Kind | None] | Kind | None,
    characters: int,
) -> Iterator[tuple[list[str | None], list[str | None], list[Kind | None]]]:
    """Cut the texts into chunks of about so many characters, each with its titles and kinds."""
    if isinstance(texts, str):
        raise InputError("texts: expected an iterable of texts, found one string; use score() for one text.")
    source, done = iter(texts), 0
    while True:
        chunk: list[str | None] = []
        size = 0
        for text in source:
            chunk.append(text)
            size += len(text) if isinstance(text, str) else 0
            if size >= characters or len(chunk) >= 4096:
                break
        if not chunk:
            return
        stop = done + len(chunk)
        yield chunk, _part(titles, "titles", done, stop), _kind_part(kinds, done, stop)
        done = stop


def _kind_part(kinds: Sequence[Kind | None] | Kind | None, start: int, stop: int) -> list[Kind | None]:
    if isinstance(kinds, str):
        return [kinds] * (stop - start)
    return _part(kinds, "kinds", start, stop)


def _part(values: Sequence[Any] | None, name: str, start: int, stop: int) -> list[Any]:
    if values is None:
        return [None] * (stop - start)
    part = list(values[start:stop])
    if len(part) < stop - start:
        raise InputError(f"{name}: has fewer entries than there are texts ({start + len(part)}).")
    return part


def shared(model: str | None = None, terms: str | None = None) -> Scorer:
    """Return this process's one scorer for a model folder and a `terms.toml`, loaded anew only when they change."""
    return _shared(model, terms, _stamp(None if model is None else Path(model) / MANIFEST), _stamp(terms))


@lru_cache(maxsize=8)
def _shared(model: str | None, terms: str | None, *stamps: tuple[int, int] | None) -> Scorer:
    return Scorer(model, terms)


def _stamp(path: str | Path | None) -> tuple[int, int] | None:
    if path is None or not Path(path).is_file():
        return None
    facts = Path(path).stat()
    return facts.st_mtime_ns, facts.st_size


def _score_chunk(
    path: str,
    terms: str | None,
    texts: list[str | None],
    titles: list[str | None],
    kinds: list[Kind | None],
) -> list[DocumentScore]:
    """Score one chunk in a worker process, which keeps its scorer."""
    return list(shared(path, terms).score_many(texts, titles=titles, kinds=kinds))


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _pair(low: Any, high: Any) -> tuple[float, float] | None:
    return None if np.isnan(low) else (float(low), float(high))
