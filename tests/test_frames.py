"""score_frame: the same scores, index and order in pandas, polars and Arrow."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mvl_classify as mvl
from mvl_classify.frames import _names

TEXTS = [
    "She coaches people and builds trust.",
    None,
    "He keeps the schedule.\nHe controls the budget.",
    "",
    "Leeds.",
]
IDS = mvl.default_dimensions().ids
PANDAS = pd.DataFrame(
    {"id": ["007", "b", "b", "d", "e"], "review": TEXTS, "n": range(5)}, index=[9, 3, 3, 1, 0]
)


def same(found, wanted):
    """Tell whether a cell is the value; null, NaN and None are one."""
    if wanted is None:
        return found is None or (isinstance(found, float) and math.isnan(found))
    return found == wanted


def row_of(result):
    """Return a result in the order of the usual columns."""
    low, high = result.interval or (None, None)
    facts = [
        result.label,
        result.orientation,
        low,
        high,
        result.share,
        result.sentence_count,
        result.oriented_count,
    ]
    return [*facts, ";".join(result.reasons), *(d.orientation for d in result.dimensions.values())]


@pytest.mark.parametrize(
    "frame", [PANDAS, pl.from_pandas(PANDAS), pa.Table.from_pandas(PANDAS, preserve_index=False)]
)
def test_wide_has_a_row_a_text(frame):
    """The frame's own columns stay, and the scores of `score` stand beside them."""
    out = mvl.score_frame(frame, text="review")
    assert type(out) is type(frame)
    table = {
        name: list(out[name].to_pylist() if isinstance(out, pa.Table) else out[name])
        for name in list(getattr(out, "column_names", out.columns))
    }
    assert list(table)[:3] == ["id", "review", "n"] and table["id"] == ["007", "b", "b", "d", "e"]
    for number, text in enumerate(TEXTS):
        wanted = row_of(mvl.score(text))
        assert all(
            same(table[name][number], value) for name, value in zip(list(table)[3:], wanted, strict=True)
        )


def test_the_pandas_index_is_kept():
    """A pandas index stays as it is, doubled entries and all, and the frame given is not changed."""
    before = PANDAS.copy()
    assert mvl.score_frame(PANDAS, "review").index.tolist() == [9, 3, 3, 1, 0]
    assert (
        mvl.score_frame(PANDAS, "review", form="long").index.tolist()
        == np.repeat([9, 3, 3, 1, 0], len(IDS)).tolist()
    )
    pd.testing.assert_frame_equal(PANDAS, before)


def test_long_has_a_row_a_dimension():
    """The tidy form has one row a text and dimension, dimensions in order."""
    out = mvl.score_frame(pl.from_pandas(PANDAS), "review", form="long", columns=["id"])
    assert out.columns == ["id", "dimension", "orientation", "low", "high", "sentences", "share"]
    assert out["dimension"].to_list() == list(IDS) * len(TEXTS)
    score = mvl.score(TEXTS[2])
    part = out[2 * len(IDS) : 3 * len(IDS)]
    assert part["orientation"].to_list() == [d.orientation for d in score.dimensions.values()]
    assert part["share"].to_list() == [d.share for d in score.dimensions.values()]


def test_nulls_by_contract():
    """A null text is undetermined, because it is empty, and its numbers are null, not NaN, in polars."""
    out = mvl.score_frame(pl.DataFrame({"text": ["", None]}))
    assert out["label"].to_list() == ["undetermined"] * 2 and out["reasons"].to_list() == ["empty"] * 2
    assert out["orientation"].null_count() == 2 and out["sentences"].to_list() == [0, 0]


def test_columns_choose_what_stays_and_what_comes():
    """Own columns that are named stay, result columns that are named come; a sort not named comes whole."""
    assert mvl.score_frame(PANDAS, "review", ["id", "label"]).columns.tolist() == ["id", "label"]
    assert mvl.score_frame(PANDAS, "review", ["kind"]).columns.tolist() == ["id", "review", "n", "kind"]
    assert mvl.score_frame(PANDAS, "review", ["id"], prefix="m_").columns.tolist()[:3] == [
        "id",
        "m_label",
        "m_orientation",
    ]


def test_empty_frames_have_the_columns():
    """A frame without rows gives a frame without rows and with every column."""
    assert (
        mvl.score_frame(PANDAS.iloc[:0], "review").columns.tolist()
        == mvl.score_frame(PANDAS, "review").columns.tolist()
    )
    assert mvl.score_frame(pl.from_pandas(PANDAS)[:0], "review", form="long").shape[0] == 0


def test_the_kind_may_be_a_column():
    """`kind` names the kind of all texts, or a column of kinds."""
    frame = pl.DataFrame({"text": ["She leads."] * 3, "sort": ["ad", "review", None]})
    assert mvl.score_frame(frame, kind="sort", columns=["kind"])["kind"].to_list()[:2] == ["ad", "review"]
    assert set(mvl.score_frame(frame, kind="ad", columns=["kind"])["kind"]) == {"ad"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mvl.score_frame(pl.LazyFrame({"text": ["a"]})), "collected first"),
        (lambda: mvl.score_frame({"text": ["a"]}), "found dict"),
        (lambda: mvl.score_frame(PANDAS, "n"), "row 0 of the column 'n' is int"),
        (lambda: mvl.score_frame(PANDAS, "ad"), "no column 'ad'; it has id, review, n"),
        (lambda: mvl.score_frame(PANDAS, "review", ["mood"]), "'mood' is neither"),
        (lambda: mvl.score_frame(PANDAS, "review", "label"), "expected a list"),
        (lambda: mvl.score_frame(PANDAS.rename(columns={"id": "label"}), "review"), "give a prefix"),
        (lambda: mvl.score_frame(PANDAS, "review", form="tall"), "'wide' or 'long'"),
        (lambda: mvl.score_frame(PANDAS, "review", kind="id"), "row 0 of the column 'id' is '007'"),
    ],
)
def test_mistakes_are_named(call, message):
    """Each mistake raises InputError with the value and the remedy."""
    with pytest.raises(mvl.InputError, match=message):
        call()


def test_the_guide_lists_every_column():
    """docs/columns.md names each column that can be asked for, in both forms."""
    guide = (Path(__file__).parents[1] / "docs" / "columns.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([^`]+)`", guide, re.M))
    wide = {re.sub(r"^focus\.", "<dimension>.", name) for name in _names(("focus",), "wide")[1]}
    assert named == wide | set(_names(IDS, "long")[1])
