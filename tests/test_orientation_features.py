"""OrientationFeatures: the scores of `score` as named columns."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import mvl_classify as mvl
from mvl_classify import OrientationFeatures

TEXTS = [
    "You will inspire people and build a culture of trust. You mentor the team.",
    "You control budgets, plan the schedule and enforce procedures.",
    "",
    None,
]


def test_columns_are_the_scores():
    """Each column is the orientation that `score` gives; where that is null stands `missing`."""
    found = OrientationFeatures(missing=np.nan).fit_transform(TEXTS)
    for row, text in zip(found, TEXTS, strict=True):
        result = mvl.score(text)
        wanted = [result.orientation, *(d.orientation for d in result.dimensions.values())]
        np.testing.assert_array_equal(row, [np.nan if value is None else value for value in wanted])


def test_names_are_the_whole_and_the_dimensions():
    """There is a name for each column, and pandas output carries them."""
    names = OrientationFeatures().get_feature_names_out().tolist()
    assert names == ["orientation", *(f"{key}.orientation" for key in mvl.default_dimensions())]
    frame = OrientationFeatures().set_output(transform="pandas").fit_transform(TEXTS)
    assert frame.columns.tolist() == names and len(frame) == len(TEXTS)


def test_missing_is_zero_unless_told_otherwise():
    """By default every value is finite, so that any model can read the columns."""
    found = OrientationFeatures(shares=True).fit_transform(TEXTS)
    assert np.isfinite(found).all() and not found[2:].any()
    assert found.shape[1] == len(OrientationFeatures(shares=True).get_feature_names_out())


def test_in_a_model_of_somebody_elses():
    """It stands in a pipeline, in a column transformer, survives clone and pickle."""
    pipe = make_pipeline(OrientationFeatures(), LogisticRegression())
    assert pipe.fit(TEXTS, [1, 0, 0, 1]).predict(TEXTS).shape == (4,)
    frame = pd.DataFrame({"ad": TEXTS, "pay": range(4)})
    columns = make_column_transformer((OrientationFeatures(), "ad"), remainder="passthrough")
    assert columns.fit_transform(frame).shape == (4, len(mvl.default_dimensions()) + 2)
    again = pickle.loads(pickle.dumps(clone(OrientationFeatures(kind="ad"))))
    assert (again.transform(TEXTS) == OrientationFeatures(kind="ad").transform(TEXTS)).all()


def test_bad_input_is_named():
    """One string, and a frame of several columns, are refused with a remedy."""
    with pytest.raises(mvl.InputError, match="give a list"):
        OrientationFeatures().fit("one text")
    with pytest.raises(mvl.InputError, match="choose a column"):
        OrientationFeatures().transform(np.array([["a", "b"]]))
