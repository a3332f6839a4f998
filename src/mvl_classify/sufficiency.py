"""Whether labelled sentences suffice: too few are refused, few are warned of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from mvl_classify.corpus import Row
from mvl_classify.dimensions import POLES, DimensionSet
from mvl_classify.errors import CorpusError

LEAST_ROWS: Final = 10
"""Fewer labelled sentences are refused."""

ENOUGH_ROWS: Final = 50
ENOUGH_OF_A_POLE: Final = 10
"""With fewer sentences, or fewer that show a pole, a warning says so."""


def check(rows: Sequence[Row], dimensions: DimensionSet | None = None) -> list[str]:
    """Return what is thin about the labels; raise CorpusError where they are too few to train on."""
    counts = Counter(row.label for row in rows)
    if len(rows) < LEAST_ROWS or len(counts) < 2:
        raise CorpusError(
            f"{rows[0].place.rpartition(':')[0] if rows else 'labels'}: {len(rows)} labelled sentences of "
            f"{len(counts)} labels are too few to train on; at least {LEAST_ROWS} of two labels are needed."
        )
    for row in rows:
        if dimensions is not None and row.dimension is not None and row.dimension not in dimensions:
            raise CorpusError(
                f"{row.place}: {row.dimension!r} is none of the dimensions {', '.join(dimensions.ids)}."
            )
    found = []
    if len(rows) < ENOUGH_ROWS:
        found.append(
            f"{len(rows)} sentences are few, and the figures uncertain; {ENOUGH_ROWS} or more are better."
        )
    for pole in POLES:
        shown = counts[pole] + counts["both"]
        if shown < ENOUGH_OF_A_POLE:
            found.append(f"only {shown} sentences show {pole}: label at least {ENOUGH_OF_A_POLE}.")
    if not counts["neutral"]:
        found.append("no sentence is neutral: the model cannot learn what is to be left alone.")
    return found
