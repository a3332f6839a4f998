"""The five source documents against one another: what masking the names of roles is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from mvl_classify import corpus, model, vectors
from mvl_classify.corpus import Row
from mvl_classify.dimensions import LABELS, DimensionSet, default_dimensions
from mvl_classify.engine import Floats, labels
from mvl_classify.errors import CorpusError
from mvl_classify.evaluation import Predictions, report
from mvl_classify.masking import hide_roles
from mvl_classify.segment import Segmenter
from mvl_classify.training import score_texts


def leave_one_out(folder: Path) -> dict[str, Any]:
    """Report each way of training on all documents but one, tested on that one, pooled over the documents.

    A table and a plain TF-IDF with logistic regression, with role names visible in training and test; with
    role names hidden in both; and, as the proof, trained with them visible and tested with them hidden.
    """
    rows = [row for row in corpus.read_corpus(folder) if row.source == "documents"]
    if not rows:
        raise CorpusError(f"{folder / 'documents.jsonl'}: is missing or empty.")
    dimensions = default_dimensions()
    bare = [hide_roles([row.text])[0] for row in rows]
    seen = [row.text for row in rows]
    ways: dict[str, tuple[Callable[..., Floats], list[str], list[str]]] = {
        "TF-IDF, names visible": (_tfidf, seen, seen),
        "TF-IDF, names hidden in the test": (_tfidf, seen, bare),
        "TF-IDF, names hidden": (_tfidf, bare, bare),
        "table, names visible": (_table_visible, seen, seen),
        "table, names hidden in the test": (_table_visible, seen, bare),
        "table, names hidden": (_table, seen, seen),
    }
    return {name: report(_pooled(rows, dimensions, *way)) for name, way in ways.items()}


def _pooled(
    rows: list[Row], dimensions: DimensionSet, way: Callable[..., Floats], train: list[str], test: list[str]
) -> Predictions:
    names = np.array([str(row.extra.get("document")) for row in rows])
    poles = np.zeros((len(rows), 2))
    for name in np.unique(names):
        fitted, held = np.flatnonzero(names != name), np.flatnonzero(names == name)
        poles[held] = way([rows[k] for k in fitted], [train[k] for k in fitted], [test[k] for k in held], dimensions)
    none = np.array([""] * len(rows))
    return Predictions(
        label=np.array([row.label for row in rows]),
        dimension=none,
        management=poles[:, 0],
        leadership=poles[:, 1],
        predicted=np.array(LABELS)[labels(poles, (0.4, 0.4))],
        predicted_dimension=none,
    )


def _targets(rows: list[Row], dimensions: DimensionSet) -> model.Targets:
    return model.hard_targets(
        [row.label for row in rows], [row.dimension for row in rows], [None for _ in rows], list(dimensions.ids)
    )


def _tfidf(rows: list[Row], train: list[str], test: list[str], dimensions: DimensionSet) -> Floats:
    targets = _targets(rows, dimensions)
    columns = []
    for pole in range(2):
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        pipe = make_pipeline(words, LogisticRegression(C=10, max_iter=1000))
        columns.append(pipe.fit(train, targets.poles[:, pole]).predict_proba(test)[:, 1])
    return np.stack(columns, axis=1)


def _table(
    rows: list[Row], train: list[str], test: list[str], dimensions: DimensionSet, visible: bool = False
) -> Floats:
    segmenter = Segmenter()
    options = replace(model.Options(), least=(1, 2, 2), roles_visible=visible)
    table = model.fit_table(segmenter, train, _targets(rows, dimensions), dimensions.ids, vectors.load(), options)
    return score_texts(segmenter, table, test, roles_visible=visible).poles


def _table_visible(rows: list[Row], train: list[str], test: list[str], dimensions: DimensionSet) -> Floats:
    return _table(rows, train, test, dimensions, visible=True)
