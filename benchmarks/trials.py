"""The trials of the model search: each is one change to the default options, or to what the table is fitted to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

import numpy as np
from sklearn.linear_model import LogisticRegression

from contestants import log_odds, tfidf, tfidf_characters
from mvl_classify import vectors
from mvl_classify.corpus import Row
from mvl_classify.dimensions import LABELS, POLES
from mvl_classify.engine import Floats
from mvl_classify.model import Options, Targets, binary_head, design, fit_table, learn_vocabulary
from mvl_classify.segment import Segmenter
from mvl_classify.sharing import shared
from mvl_classify.training import base_weights, score_texts
from mvl_classify.vectors import Vectors
from mvl_classify.vocabulary import Vocabulary
from protocol import DIMENSIONS, Contestant, Corpus, targets_of

NEVER: Final = 10**9
"""A run of words never stands in so many sentences."""

CONTEXTS: Final = {
    "employer": r"^(?!.*\b(you|your|candidates?|applicants?)\b).*\b(we|our|us|their|they|its)\b",
    "opening": r"^\W*(we|our|us|the|their|this|that|these|they|it|is|has|as|at|in|an?)\b",
    "requirement": r"\b(experience|ability|knowledge|skills?|years?|degree|understanding|familiar\w*|proficien\w*)\b",
    "negation": r"\b(not|no|never|without|lacks?|rarely|fail(s|ed)|unable|needs?|should|could|but|however)\b|n't\b",
}
"""Kinds of sentence in which a word may mean something else: who is spoken of, what is asked for, what is denied."""


@dataclass(frozen=True)
class Trial:
    """A named trial.

    `soft` is whether the teacher's probabilities are fitted, where the corpus has them; `prior` the weight of
    neutral rows in the fit; `vectors` what of the static vectors is used; `rows` which of the corpus' rows are
    read; `context` names sentences whose words also have weights of their own; `maker` a contestant in place
    of the table.
    """

    name: str
    family: str
    options: Options = field(default_factory=Options)
    soft: bool = True
    prior: Literal["corpus", "base", "balanced"] = "corpus"
    pieces: bool = True
    four: bool = False
    rows: Literal["all", "taught", "documents", "written"] = "all"
    context: str | None = None
    maker: Callable[[], Contestant] | None = None

    def facts(self) -> dict[str, Any]:
        """Return the trial as plain data."""
        plain = {name: getattr(self, name) for name in ("soft", "prior", "pieces", "four", "rows")}
        if self.context is not None:
            plain["context"] = self.context
        return {"name": self.name, "family": self.family, "options": asdict(self.options), **plain}

    def numbers(self, whole: Corpus) -> list[int]:
        """Return the numbers of the corpus' rows that the trial reads."""
        keep: dict[str, Callable[[Row, bool], bool]] = {
            "all": lambda row, taught: True,
            "taught": lambda row, taught: taught,
            "documents": lambda row, taught: row.source == "documents",
            "written": lambda row, taught: row.source != "documents",
        }
        pairs = zip(whole.rows, whole.taught, strict=True)
        return [k for k, (row, taught) in enumerate(pairs) if keep[self.rows](row, taught)]

    def make(self, part: Corpus) -> Callable[[], Contestant]:
        """Return a maker of the trial's contestant on rows of `part`."""
        if self.maker is not None:
            return self.maker
        soft = part.soft if self.soft else None
        targets = dict(zip((row.id for row in part.rows), range(len(part.rows)), strict=True))
        kind = FourClasses if self.four else ContextTable if self.context else TableContestant
        return lambda: kind(self, soft, targets)


class TableContestant:
    """The additive table, fitted to what a trial says."""

    def __init__(self, trial: Trial, soft: Targets | None, place: dict[str, int]) -> None:
        self._trial, self._soft, self._place = trial, soft, place
        self._segmenter = Segmenter()

    def fit(self, rows: Sequence[Row]) -> None:
        """Fit the table."""
        texts, targets = [row.text for row in rows], self._targets(rows)
        self._table = fit_table(
            self._segmenter, texts, targets, DIMENSIONS.ids, self._vectors(), self._trial.options
        )

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the table's logits."""
        return score_texts(self._segmenter, self._table, texts, self._trial.options.roles_visible).logits

    def size(self) -> int:
        """Return the bytes of the weights as they are stored."""
        return 2 * self._table.weights.size

    def _vectors(self) -> Vectors:
        return whole_words(vectors.load()) if not self._trial.pieces else vectors.load()

    def _targets(self, rows: Sequence[Row]) -> Targets:
        targets = targets_of(rows)
        targets = replace(targets, weight=prior_weights(rows, self._trial.prior))
        if self._soft is None:
            return targets
        part, share = self._soft.part(np.array([self._place[row.id] for row in rows])), self._trial.options.soft_weight
        oriented = targets.dimensions.sum(axis=1, keepdims=True) > 0
        mixed = np.where(oriented, share * part.dimensions + (1 - share) * targets.dimensions, 0.0)
        return replace(targets, poles=share * part.poles + (1 - share) * targets.poles, dimensions=mixed)


class FourClasses(TableContestant):
    """One softmax over the four labels in place of two questions, on the same features; labels only."""

    def fit(self, rows: Sequence[Row]) -> None:
        """Fit the table for the dimensions, and the softmax for the poles."""
        super().fit(rows)
        texts, options = [row.text for row in rows], self._trial.options
        self._vocabulary: Vocabulary = learn_vocabulary(self._segmenter, texts, self._vectors(), options)
        self._shared = shared_by(self._vocabulary, self._vectors(), options)
        gold = [LABELS.index(row.label) for row in rows]
        self._softmax = LogisticRegression(C=options.c, max_iter=400)
        self._softmax.fit(self._features(texts), gold, sample_weight=prior_weights(rows, self._trial.prior))

    def _features(self, texts: Sequence[str]) -> Any:
        from scipy import sparse

        counts = design(self._segmenter, self._vocabulary, texts, self._trial.options)
        return sparse.hstack([counts, counts @ self._shared]).tocsr()

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the log-odds of each pole, its own label or `both`, beside the table's dimensions."""
        found = np.zeros((len(texts), len(LABELS)))
        found[:, self._softmax.classes_] = self._softmax.predict_proba(self._features(texts))
        out = super().logits(texts).copy()
        for column, pole in enumerate(POLES):
            out[:, column] = log_odds(found[:, LABELS.index(pole)] + found[:, LABELS.index("both")])
        return out


class ContextTable(TableContestant):
    """Every feature twice: for all sentences, and for those of a context (Daumé 2007, for domains)."""

    def fit(self, rows: Sequence[Row]) -> None:
        """Fit the table for the dimensions, and the poles on the doubled features."""
        super().fit(rows)
        texts, options = [row.text for row in rows], self._trial.options
        self._vocabulary: Vocabulary = learn_vocabulary(self._segmenter, texts, self._vectors(), options)
        self._shared = shared_by(self._vocabulary, self._vectors(), options)
        features, targets = self._features(texts), self._targets(rows)
        self._heads = [binary_head(features, targets.poles[:, k], targets.weight, options.c) for k in range(2)]

    def _features(self, texts: Sequence[str]) -> Any:
        from scipy import sparse

        counts = design(self._segmenter, self._vocabulary, texts, self._trial.options)
        once = sparse.hstack([counts, counts @ self._shared]).tocsr()
        kind = re.compile(CONTEXTS[str(self._trial.context)], re.IGNORECASE | re.DOTALL)
        inside = np.array([[float(bool(kind.search(text)))] for text in texts])
        return sparse.hstack([once, once.multiply(inside), sparse.csr_matrix(inside)]).tocsr()

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the poles' logits from the doubled features beside the table's dimensions."""
        out, found = super().logits(texts).copy(), self._features(texts)
        for column, (weights, bias) in enumerate(self._heads):
            out[:, column] = found @ weights + bias
        return out


def shared_by(vocabulary: Vocabulary, found: Vectors, options: Options) -> Any:
    """Return what features share under some options."""
    return shared(vocabulary, found, options.vector_weight, options.letters, options.letters_weight)


def whole_words(found: Vectors) -> Vectors:
    """Return the vectors without continuation pieces: a word the vocabulary does not know is then ignored."""
    keep = [k for k, entry in enumerate(found.entries) if not entry.startswith("##")]
    return replace(found, entries=tuple(found.entries[k] for k in keep), matrix=found.matrix[keep])


def prior_weights(rows: Sequence[Row], prior: str) -> Floats:
    """Return row weights: as the corpus is, at the base rate of real text, or each label with the same weight."""
    gold = [row.label for row in rows]
    if prior == "base":
        return base_weights(gold)
    if prior == "balanced":
        names, place, counts = np.unique(gold, return_inverse=True, return_counts=True)
        return np.asarray(len(gold) / (len(names) * counts[place]))
    return np.ones(len(gold))


def trials(base: Options) -> dict[str, Trial]:
    """Return the trials by name: the base, and one change to it at a time."""
    return {trial.name: trial for trial in _trials(base)}


def _trials(base: Options) -> Iterable[Trial]:
    def options(**change: Any) -> Options:
        return replace(base, **change)

    yield Trial("base", "base", base)
    yield Trial("labels-only", "targets", base, soft=False)
    for share in (0.25, 0.75, 1.0):
        yield Trial(f"soft-{share}", "targets", options(soft_weight=share))
    yield Trial("four-classes", "heads", base, soft=False, four=True)
    yield Trial("vectors-off", "vectors", options(vector_weight=0.0))
    for weight in (0.2, 0.8, 1.5):
        yield Trial(f"vectors-{weight}", "vectors", options(vector_weight=weight))
    yield Trial("letters-off", "letters", options(letters_weight=0.0))
    for weight in (0.5, 1.0, 2.5):
        yield Trial(f"letters-weight-{weight}", "letters", options(letters_weight=weight))
    for letters in (4, 6):
        yield Trial(f"letters-{letters}", "letters", options(letters=letters))
    yield Trial("pieces-off", "words", base, pieces=False)
    yield Trial("runs-off", "runs", options(least=(base.least[0], NEVER, NEVER)))
    yield Trial("pairs-only", "runs", options(least=(*base.least[:2], NEVER)))
    for least in ((1, 1, 2), (2, 2, 3), (3, 4, 6)):
        yield Trial("least-" + "-".join(map(str, least)), "runs", options(least=least))
    for power in (0.0, 0.15, 0.5, 0.75):
        yield Trial(f"power-{power}", "scale", options(power=power))
    for offset in (3.0, 8.0):
        yield Trial(f"offset-{offset}", "scale", options(offset=offset))
    for c in (0.3, 1.0, 10.0):
        yield Trial(f"c-{c}", "penalty", options(c=c))
    for c in (0.3, 1.0, 10.0):
        yield Trial(f"c-dimensions-{c}", "penalty", options(c_dimensions=c))
    yield Trial("prior-base", "priors", base, prior="base")
    yield Trial("prior-balanced", "priors", base, prior="balanced")
    yield Trial("roles-visible", "roles", options(roles_visible=True))
    for context in CONTEXTS:
        yield Trial(f"context-{context}", "contexts", base, context=context)
    yield Trial("taught-rows", "corpus", base, rows="taught")
    yield Trial("written-only", "corpus", base, rows="written")
    yield Trial("documents-only", "corpus", base, soft=False, rows="documents")
    yield Trial("tfidf", "other tables", base, soft=False, maker=tfidf)
    yield Trial("tfidf-characters", "other tables", base, soft=False, maker=tfidf_characters)
