"""The chunks of a grouped batch into one row a person or team, in the order of their first row."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from mvl_classify.arrow import arrow
from mvl_classify.output import read_arrow
from mvl_classify.pooling import UNREAD, Pool
from mvl_classify.results import DOCUMENT_LABELS
from mvl_classify.scored import EVIDENCE_SPANS


class Group:
    """One person or team: the pooled sums, and the strongest spans met so far with the id of their row."""

    def __init__(self, dimensions: int) -> None:
        self.pool = Pool(dimensions)
        self._spans: list[tuple[float, int, int, int, str | None, Any]] = []

    def add(self, sums: Any, reason: str, identifier: str | None, spans: list[dict[str, Any]]) -> None:
        """Add one text."""
        number = self.pool.texts
        self.pool.add(sums, reason)
        if spans and reason not in UNREAD:
            keys = [(-abs(s["contribution"]), number, s["start"], s["end"], identifier, s) for s in spans]
            self._spans = heapq.nsmallest(EVIDENCE_SPANS, [*self._spans, *keys], key=lambda key: key[:4])

    def evidence(self) -> list[dict[str, Any]]:
        """Return the strongest spans, each with the id of the row it stands in."""
        return [{"id": identifier, **span} for *_, identifier, span in self._spans]


def pooled(files: Iterable[Path], dimensions: int) -> dict[str, Group]:
    """Read the chunks in order and add every row to its group."""
    groups: dict[str, Group] = {}
    for path in files:
        table = read_arrow(path)
        rows = table["sums"].combine_chunks().flatten().to_numpy().reshape(table.num_rows, -1)
        spans = table["evidence"].to_pylist() if "evidence" in table.column_names else [[]] * table.num_rows
        names, ids, reasons = (table[name].to_pylist() for name in ("group", "id", "reasons"))
        for place, name in enumerate(names):
            group = groups.setdefault(name, Group(dimensions))
            group.add(rows[place], reasons[place], ids[place], spans[place])
    return groups


def group_columns(
    groups: dict[str, Group], name: str, dimensions: tuple[str, ...], min_group: int, evidence: bool, text: bool
) -> dict[str, Any]:
    """Return one row a group as Arrow columns: the group, its number of texts, its score."""
    pa = arrow()
    judged = [group.pool.judged(min_group) for group in groups.values()]
    arrays = [scored for scored, _ in judged]

    def numbers(values: list[float]) -> Any:
        return pa.array(np.array(values, np.float64), pa.float64(), from_pandas=True)

    columns = {
        name: pa.array(list(groups), pa.string()),
        "texts": pa.array([group.pool.texts for group in groups.values()], pa.int64()),
        "used": pa.array([group.pool.used for group in groups.values()], pa.int64()),
        "label": pa.array([DOCUMENT_LABELS[int(one.label[0])] for one in arrays], pa.string()),
        "orientation": numbers([one.orientation[0] for one in arrays]),
        "low": numbers([one.low[0] for one in arrays]),
        "high": numbers([one.high[0] for one in arrays]),
        "share": numbers([one.share[0] for one in arrays]),
        "sentences": pa.array([int(one.sentences[0]) for one in arrays], pa.int64()),
        "oriented": pa.array([int(one.oriented[0]) for one in arrays], pa.int64()),
        "reasons": pa.array([reason for _, reason in judged], pa.string()),
    }
    for place, key in enumerate(dimensions):
        columns[f"{key}.orientation"] = numbers([one.dimension_orientation[0, place] for one in arrays])
    if evidence:
        columns["evidence"] = _evidence(groups, min_group, text)
    return columns


def _evidence(groups: dict[str, Group], min_group: int, text: bool) -> Any:
    pa = arrow()
    fields = [("id", pa.string()), ("start", pa.int64()), ("end", pa.int64()), ("contribution", pa.float64())]
    if text:
        fields.insert(1, ("text", pa.string()))
    shown = [[] if group.pool.texts < min_group else group.evidence() for group in groups.values()]
    return pa.array(shown, pa.list_(pa.struct(fields)))
