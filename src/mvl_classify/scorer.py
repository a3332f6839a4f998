"""Ties segmentation, engine and scoring together: texts in, frozen results out, for every face alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Final

import numpy as np

from mvl_classify.artifact import MANIFEST, Model, load
from mvl_classify.dimensions import Kind
from mvl_classify.errors import InputError
from mvl_classify.facts import facts, kinds_of
from mvl_classify.intake import portions, text_of
from mvl_classify.locate import model_folder, named
from mvl_classify.overlay import Overlay
from mvl_classify.results import DocumentScore, SentenceScore
from mvl_classify.scored import Batch, ScoredSentences, document_scores, sentence_score
from mvl_classify.scoring import documents
from mvl_classify.sections import Settings, settings
from mvl_classify.segment import Segmenter
from mvl_classify.table import Table

BATCH_CHARACTERS: Final = 1_000_000
"""How much text is scored in one go; results do not depend on it."""


class Scorer:
    """Scores texts with one model; keep it, loading takes longer than scoring.

    `model` is a model folder, or the name of an engine whose model ships: `table` (the default) or
    `transformer` (extra [transformer]; see `transformer`). `terms` is a `terms.toml` (see `overlay`)
    laid over it. Raises ModelError when there is no model, InputError when the terms are malformed.
    """

    def __init__(self, model: str | Path | None = None, terms: str | Path | None = None) -> None:
        self._model = load(model_folder(model))
        self._terms = None if terms is None else Path(terms)
        if self._terms is not None:
            self._model = _with_terms(self._model, self._terms)
        self._segmenter = Segmenter()
        self._read = self._model.engine.reader(self._segmenter)
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
        for portion, their_titles, their_kinds in portions(texts, titles, kinds, BATCH_CHARACTERS):
            yield from self.results(self.batch(portion, their_kinds), their_titles)

    def _in_processes(
        self,
        texts: Iterable[str | None],
        titles: Sequence[str | None] | None,
        kinds: Sequence[Kind | None] | Kind | None,
        n_jobs: int,
    ) -> Iterator[DocumentScore]:
        from joblib import Parallel, delayed

        dealt = portions(texts, titles, kinds, BATCH_CHARACTERS // 8)
        path, terms = named(self.model_path), None if self._terms is None else str(self._terms)
        pool = Parallel(n_jobs=n_jobs, return_as="generator", pre_dispatch="2*n_jobs")
        for results in pool(delayed(_score_portion)(path, terms, *portion) for portion in dealt):
            yield from results

    def score_sentences(self, texts: Sequence[str]) -> list[SentenceScore]:
        """Score each string as one unsplit sentence; a score does not depend on the other strings."""
        found = self._whole([text_of(text, place) for place, text in enumerate(texts)])
        return [sentence_score(self._model.engine, found, number) for number in range(len(found.texts))]

    def _whole(self, texts: list[str]) -> ScoredSentences:
        with self._turn:
            tokens = self._segmenter.tokens(texts)
            sentences = self._segmenter.whole(tokens, len(texts))
            scores = self._read(texts, tokens, sentences)
        zero = np.zeros(len(texts), np.int64)
        edges = replace(sentences, start=zero, end=np.array([len(text) for text in texts], np.int64))
        return ScoredSentences(texts, tokens, edges, scores, Settings(zero, np.full(len(texts), -1)))

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
        clean = [text_of(text, place) for place, text in enumerate(texts)]
        tokens = self._segmenter.tokens(clean)
        sentences = self._segmenter.sentences(tokens, starts)
        scores = self._read(clean, tokens, sentences)
        ads, given = kinds_of(scores.ad, sentences.text, len(clean), kinds)
        where = settings(clean, tokens, sentences, ads)
        scored = documents(
            facts(self._segmenter, tokens, sentences, scores.known, len(clean)),
            sentences.text,
            scores.poles,
            scores.label,
            scores.dimension,
            where.counted,
            len(self._model.engine.dimensions),
        )
        return Batch(clean, tokens, sentences, scores, where, scored, ads, given)

    def results(self, batch: Batch, titles: Sequence[str | None] | None = None) -> Iterator[DocumentScore]:
        """Make the result of each text of a batch."""
        return document_scores(self._model, batch, titles)


def _with_terms(model: Model, terms: Path) -> Model:
    """Lay terms over a model; its digest says so."""
    if not isinstance(model.engine, Table):
        raise InputError(f"{terms}: terms of one's own go with a table, {model.name} is a {model.engine.name}.")
    overlay = Overlay.read(terms, model.engine.heads)
    return replace(model, engine=replace(model.engine, overlay=overlay), digest=f"{model.digest}+{overlay.digest[:16]}")


def shared(model: str | Path | None = None, terms: str | Path | None = None) -> Scorer:
    """Return this process's one scorer for a model and a `terms.toml`, loaded anew only when they change."""
    name, own = named(model), None if terms is None else str(terms)
    return _shared(name, own, _stamp(None if name is None else model_folder(name) / MANIFEST), _stamp(own))


@lru_cache(maxsize=8)
def _shared(model: str | None, terms: str | None, *stamps: tuple[int, int] | None) -> Scorer:
    return Scorer(model, terms)


def _stamp(path: str | Path | None) -> tuple[int, int] | None:
    if path is None or not Path(path).is_file():
        return None
    facts = Path(path).stat()
    return facts.st_mtime_ns, facts.st_size


def _score_portion(
    path: str | None,
    terms: str | None,
    texts: list[str],
    titles: list[str | None],
    kinds: list[Kind | None],
) -> list[DocumentScore]:
    """Score one portion in a worker process, which keeps its scorer."""
    return list(shared(path, terms).score_many(texts, titles=titles, kinds=kinds))
