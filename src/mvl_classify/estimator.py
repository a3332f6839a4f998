"""The text estimator, after scikit-learn's contract: sentences and labels in, an additive table inside.

`fit` is the way that training takes, so what a grid search finds here holds for `mvl-classify train` too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_is_fitted

from mvl_classify import artifact
from mvl_classify.dimensions import LABELS, default_dimensions
from mvl_classify.engine import Floats, SentenceArrays, labels
from mvl_classify.errors import InputError
from mvl_classify.features import Extractor
from mvl_classify.locate import model_folder
from mvl_classify.model import Options, Targets, fit_table, hard_targets
from mvl_classify.segment import Segmenter
from mvl_classify.table import Table
from mvl_classify.vectors import load as load_vectors

_DEFAULTS: Final = Options()


class MvlClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Tells management, leadership, both and neutral sentences apart.

    `C` is the inverse strength of the penalty on the two poles, `C_dimensions` that on the dimensions;
    `vector_weight` how freely word vectors are used beside counts, `letters_weight` how freely words that begin
    alike share what is learnt; `least` in how many sentences a word, a
    pair and a triple must stand; `class_weight` is None, "balanced" or a weight per label.
    `thresholds` are the probabilities from which each pole counts as shown; None: `predict` is the most
    probable class. `dimensions` are the ids of the dimensions; None: the project's.

    Fitted: `classes_` (the labels seen, sorted) and `table_`, which holds every weight.
    """

    def __init__(
        self,
        C: float = _DEFAULTS.c,
        *,
        C_dimensions: float = _DEFAULTS.c_dimensions,
        vector_weight: float = _DEFAULTS.vector_weight,
        letters_weight: float = _DEFAULTS.letters_weight,
        least: tuple[int, int, int] = _DEFAULTS.least,
        class_weight: Any = None,
        thresholds: tuple[float, float] | None = None,
        dimensions: tuple[str, ...] | None = None,
    ) -> None:
        self.C = C
        self.C_dimensions = C_dimensions
        self.vector_weight = vector_weight
        self.letters_weight = letters_weight
        self.least = least
        self.class_weight = class_weight
        self.thresholds = thresholds
        self.dimensions = dimensions

    @classmethod
    def from_model(cls, model: str | Path | None = None) -> MvlClassifier:
        """Return a trained model (a folder; None: the one that ships) as a fitted classifier.

        It has the model's thresholds, so `predict` gives the label that `score_sentences` gives.
        """
        loaded = artifact.load(model_folder(model))
        made = cls(thresholds=loaded.table.thresholds, dimensions=loaded.table.dimensions)
        made.table_ = loaded.table
        made.classes_ = np.array(sorted(LABELS))
        return made

    def fit(
        self,
        X: Sequence[str],
        y: Sequence[str],
        sample_weight: Any = None,
        *,
        about: Sequence[str | None] | None = None,
        kinds: Sequence[str | None] | None = None,
    ) -> MvlClassifier:
        """Fit to sentences and their labels (management, leadership, both, neutral).

        `about` is the dimension and `kinds` the kind (ad, review) of each sentence, where known: without
        `about` the dimensions are not told apart. Raises InputError (a ValueError) for anything else.
        """
        texts, gold = _sentences(X), _labels(y)
        _same_length("y", len(gold), len(texts))
        ids = default_dimensions().ids if self.dimensions is None else tuple(self.dimensions)
        targets = hard_targets(gold.tolist(), _about(about, texts, ids), _column("kinds", kinds, texts), ids)
        weight = self._weights(gold, sample_weight)
        self.classes_ = np.unique(gold)
        if len(self.classes_) < 2:
            raise InputError(f"y: expected at least two classes, found one class ({self.classes_[0]!r}).")
        weighted = Targets(targets.poles, targets.dimensions, targets.ads, weight)
        self.table_ = fit_table(Segmenter(), texts, weighted, ids, load_vectors(), self._options())
        return self

    def _options(self) -> Options:
        one, two, three = self.least
        return Options(
            c=self.C,
            c_dimensions=self.C_dimensions,
            vector_weight=self.vector_weight,
            letters_weight=self.letters_weight,
            least=(one, two, three),
        )

    def _weights(self, gold: npt.NDArray[Any], sample_weight: Any) -> Floats:
        weight = np.ones(len(gold)) if sample_weight is None else np.asarray(sample_weight, float)
        _same_length("sample_weight", len(weight), len(gold))
        if self.class_weight is not None:
            classes, side = np.unique(gold, return_inverse=True)
            weight = weight * compute_class_weight(self.class_weight, classes=classes, y=gold)[side]
        return weight

    def _poles(self, X: Sequence[str]) -> Floats:
        check_is_fitted(self, "table_")
        return score_texts(_segmenter(), self.table_, _sentences(X)).poles

    def predict_proba(self, X: Sequence[str]) -> Floats:
        """Return probabilities (sentences, classes) in the order of `classes_`.

        The two poles are asked independently; a class has the probability of its answers to both.
        """
        one, two = self._poles(X).T
        corner = {
            "management": one * (1 - two),
            "leadership": (1 - one) * two,
            "both": one * two,
            "neutral": (1 - one) * (1 - two),
        }
        chosen = np.stack([corner[name] for name in self.classes_.tolist()], axis=1)
        return np.asarray(chosen / np.maximum(chosen.sum(axis=1, keepdims=True), np.finfo(float).tiny))

    def decision_function(self, X: Sequence[str]) -> Floats:
        """Return log probabilities (sentences, classes); for two classes the log odds of the second."""
        logs = np.log(np.maximum(self.predict_proba(X), np.finfo(float).tiny))
        return np.asarray(logs[:, 1] - logs[:, 0]) if len(self.classes_) == 2 else logs

    def predict(self, X: Sequence[str]) -> npt.NDArray[Any]:
        """Return the label of each sentence: by `thresholds` where set, else the most probable one."""
        chance = self.predict_proba(X)
        likely = np.asarray(self.classes_[chance.argmax(axis=1)])
        if self.thresholds is None:
            return likely
        low, high = self.thresholds
        found = np.array(LABELS)[labels(self._poles(X), (low, high))]
        return np.where(np.isin(found, self.classes_), found, likely)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        return tags

    def _more_tags(self) -> dict[str, Any]:
        return {"X_types": ["string"]}


def score_texts(
    segmenter: Segmenter, table: Table, texts: Sequence[str], roles_visible: bool = False
) -> SentenceArrays:
    """Score sentences with a table that is not in a model folder yet."""
    tokens = segmenter.tokens(texts)
    extract = Extractor(table.vocabulary, roles_visible)
    return table.score(extract(segmenter, tokens, segmenter.whole(tokens, len(texts))))


@lru_cache(maxsize=1)
def _segmenter() -> Segmenter:
    return Segmenter()


def _sentences(X: Any) -> list[str]:
    """Return the sentences; raise InputError for one string, another type, or nothing."""
    if isinstance(X, str) or not hasattr(X, "__len__"):
        raise InputError("X: expected a sequence of sentences, found one string or no sequence; give a list.")
    found = list(np.asarray(X, dtype=object).ravel()) if getattr(X, "ndim", 1) == 1 else None
    if found is None:
        raise InputError(f"X: expected one dimension (a sequence of sentences), found shape {X.shape}.")
    for place, text in enumerate(found):
        if not isinstance(text, str):
            raise InputError(f"X[{place}]: expected a string, found {type(text).__name__} ({text!r:.40}).")
    if not found:
        raise InputError("X: expected at least one sentence, found none.")
    return [str(text) for text in found]


def _labels(y: Any) -> npt.NDArray[Any]:
    found = [str(label) for label in np.asarray(y, dtype=object).ravel()]
    for place, label in enumerate(found):
        if label not in LABELS:
            raise InputError(f"y[{place}]: {label!r} is none of the labels {', '.join(LABELS)}.")
    return np.array(found, dtype=np.str_)


def _column(name: str, values: Sequence[str | None] | None, texts: list[str]) -> list[str | None]:
    found: list[str | None] = [None] * len(texts) if values is None else list(values)
    _same_length(name, len(found), len(texts))
    return found


def _about(values: Sequence[str | None] | None, texts: list[str], ids: tuple[str, ...]) -> list[str | None]:
    found = _column("about", values, texts)
    for place, value in enumerate(found):
        if value is not None and value not in ids:
            raise InputError(f"about[{place}]: {value!r} is none of the dimensions {', '.join(ids)}.")
    return found


def _same_length(name: str, found: int, expected: int) -> None:
    if found != expected:
        raise InputError(f"{name}: has {found} entries for {expected} sentences; give one for each.")
