"""The one-liners: score with the default model, loaded once a process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mvl_classify.dimensions import Kind
from mvl_classify.results import DocumentScore, SentenceScore
from mvl_classify.scorer import shared


def score(text: str | None, *, title: str | None = None, kind: Kind | None = None) -> DocumentScore:
    """Score one text with the default model; see `Scorer.score`."""
    return shared().score(text, title=title, kind=kind)


def score_many(
    texts: Iterable[str | None],
    *,
    titles: Sequence[str | None] | None = None,
    kinds: Sequence[Kind | None] | Kind | None = None,
    n_jobs: int = 1,
) -> Iterator[DocumentScore]:
    """Yield one result a text, in order; see `Scorer.score_many`."""
    return shared().score_many(texts, titles=titles, kinds=kinds, n_jobs=n_jobs)


def score_sentences(texts: Sequence[str]) -> list[SentenceScore]:
    """Score each string as one unsplit sentence; see `Scorer.score_sentences`."""
    return shared().score_sentences(texts)
