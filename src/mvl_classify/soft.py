"""A teacher's soft labels, stored beside the corpus they were made for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from mvl_classify.corpus import Row, digest
from mvl_classify.dimensions import DimensionSet
from mvl_classify.engine import Floats
from mvl_classify.errors import CorpusError
from mvl_classify.model import Targets

SOFT_FILE: Final = "soft_labels.jsonl"


def write_soft(
    path: Path,
    rows: Sequence[Row],
    dimensions: DimensionSet,
    poles: Floats,
    by_dimension: Floats,
    teacher: dict[str, Any],
) -> None:
    """Write one line a row, in thousandths, under a head that names corpus, teacher and dimensions."""
    head = {"corpus": digest(rows), "teacher": teacher, "dimensions": list(dimensions.ids), "unit": 0.001}
    lines = [json.dumps(head)]
    for row, pole, dimension in zip(rows, poles, by_dimension, strict=True):
        values = [np.rint(1000 * part).astype(int).tolist() for part in (pole, dimension)]
        lines.append(json.dumps({"id": row.id, "poles": values[0], "dimensions": values[1]}, separators=(",", ":")))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_soft(
    path: Path, rows: Sequence[Row], dimensions: DimensionSet, taught: Sequence[bool] | None = None
) -> Targets:
    """Read soft labels; raise CorpusError when they were made for another corpus or other dimensions.

    A row that the teacher was not taught keeps its labelled dimension: those files fill cells that the
    teacher has hardly seen, and it names their dimension badly.
    """
    try:
        head, *lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        made_for, ids = (head["corpus"], head["dimensions"]), [line["id"] for line in lines]
        poles = np.array([line["poles"] for line in lines], float).reshape(-1, 2) / 1000
        by_dimension = np.array([line["dimensions"] for line in lines], float).reshape(len(lines), -1) / 1000
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CorpusError(f"{path}: cannot be read ({error!r}).") from None
    if made_for != (digest(rows), list(dimensions.ids)):
        raise CorpusError(f"{path}: was made for another corpus; remake it with `mvl-classify train --teacher`.")
    if ids != [row.id for row in rows]:
        raise CorpusError(f"{path}: its rows are not the corpus' rows.")
    for place, row in enumerate(rows):
        if taught is not None and not taught[place] and row.dimension is not None:
            by_dimension[place] = np.eye(len(dimensions))[dimensions.ids.index(row.dimension)]
    total = np.maximum(by_dimension.sum(axis=1, keepdims=True), 1e-9)
    return Targets(poles, by_dimension / total, np.full(len(rows), np.nan), np.ones(len(rows)))
