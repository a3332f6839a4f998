"""Data frames: a column of reviews scored in pandas and in polars, wide and long."""

from pathlib import Path

import pandas as pd
import polars as pl

import mvl_classify as mvl

files = sorted(Path(__file__).parents[1].glob("review-*.txt"))
reviews = pd.DataFrame(
    {"person": [file.stem for file in files], "review": [file.read_text(encoding="utf-8") for file in files]}
)
reviews.loc[len(reviews)] = ["nobody", None]

# Wide: one row a review. A null review is `undetermined`, and its numbers are null.
wide = mvl.score_frame(
    reviews, text="review", kind="review", columns=["person", "label", "orientation", "share", "reasons"]
)
print(wide.to_string())

# Long: one row a review and dimension, ready to group, filter and plot; docs/columns.md lists every column.
long = mvl.score_frame(pl.from_pandas(reviews), text="review", kind="review", form="long", columns=["person"])
print(
    long.drop_nulls("orientation")
    .group_by("dimension")
    .agg(pl.col("orientation").mean(), pl.len())
    .sort("dimension")
)
