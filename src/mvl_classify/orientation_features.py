"""Documents into named columns, for somebody else's model: the whole's orientation and each dimension's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin

from mvl_classify.dimensions import Kind
from mvl_classify.engine import Floats
from mvl_classify.errors import InputError
from mvl_classify.scorer import Scorer, shared

CHUNK: Final = 256
"""How many documents are scored in one go; the columns do not depend on it."""


class OrientationFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turns documents into orientations in [-1, +1]: -1 all management, +1 all leadership.

    The columns are `orientation`, then `<dimension>.orientation` for each dimension of the model; with
    `shares=True` followed by `share` and `<dimension>.share`, in [0, 1]: how much of the text speaks of it.
    `missing` stands where a text says nothing (0.0 by default, so that any model can read it; NaN keeps
    "says nothing" apart from "balanced"). `model` is a model folder or the name of an engine, `terms` a
    `terms.toml`, `kind` the kind of all texts (None: each is guessed). Scores are those of `score`;
    nothing is learnt in `fit`.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        terms: str | Path | None = None,
        kind: Kind | None = None,
        shares: bool = False,
        missing: float = 0.0,
    ) -> None:
        self.model = model
        self.terms = terms
        self.kind = kind
        self.shares = shares
        self.missing = missing

    def _scorer(self) -> Scorer:
        return shared(self.model, self.terms)

    def fit(self, X: Sequence[str | None], y: Any = None) -> OrientationFeatures:
        """Check that the model can be loaded and that the documents are a sequence; learn nothing."""
        _documents(X)
        self._scorer()
        return self

    def transform(self, X: Sequence[str | None]) -> Floats:
        """Return the columns (documents, columns), in order; None, NaN and empty texts say nothing."""
        texts, scorer = _documents(X), self._scorer()
        parts = [self._columns(scorer, texts[place : place + CHUNK]) for place in range(0, len(texts), CHUNK)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.get_feature_names_out())))

    def _columns(self, scorer: Scorer, texts: list[str | None]) -> Floats:
        found = scorer.batch(texts, [self.kind] * len(texts)).documents
        whole = np.column_stack([found.orientation, found.dimension_orientation])
        whole = np.where(np.isnan(whole), self.missing, whole)
        if not self.shares:
            return whole
        part = found.dimension_count / np.maximum(found.sentences, 1)[:, None]
        return np.column_stack([whole, found.share, part])

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """Return the names of the columns; `input_features` is not looked at."""
        ids = self._scorer().model.dimensions.ids
        names = ["orientation", *(f"{key}.orientation" for key in ids)]
        names += ["share", *(f"{key}.share" for key in ids)] if self.shares else []
        return np.array(names, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.requires_fit = True, False, False
        return tags

    def _more_tags(self) -> dict[str, Any]:
        return {"X_types": ["string"], "stateless": True, "requires_fit": False}


def _documents(X: Any) -> list[str | None]:
    """Return the documents as a list; raise InputError for one string or more than one column."""
    if isinstance(X, str) or not hasattr(X, "__len__"):
        raise InputError("X: expected a sequence of documents, found one string or no sequence; give a list.")
    shape: tuple[int, ...] = getattr(X, "shape", (len(X),))
    if len(shape) == 2 and shape[1] == 1:
        return [row[0] for row in np.asarray(X, dtype=object)]
    if len(shape) != 1:
        raise InputError(f"X: expected one column of documents, found shape {shape}; choose a column first.")
    return list(X)
