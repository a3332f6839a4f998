"""One chunk of a batch, scored and made durable: what every worker does, here or on a cluster."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mvl_classify import output, parts
from mvl_classify.arrow import (
    arrow,
    evidence_array,
    in_parts,
    joined,
    score_arrays,
    score_columns,
    scorer,
    texts_of,
)
from mvl_classify.errors import InputError, MvlClassifyError
from mvl_classify.job import COUNTS, Job, name_of
from mvl_classify.pooling import packed
from mvl_classify.rows import Rejected
from mvl_classify.scored import Batch
from mvl_classify.scorer import Scorer
from mvl_classify.tables import Chunk, Partition, chunks


def score_partition(job: Job, place: int, partition: Partition) -> dict[str, int]:
    """Score the chunks of one partition that are not done yet, and return the counts of all its chunks."""
    folder, totals = Path(job.parts), dict.fromkeys(COUNTS, 0)
    for number, chunk in enumerate(chunks(partition, job.columns, job.rows)):
        name = name_of(place, number)
        done = (folder / f"{name}.done").exists()
        counts = parts.counts(folder, name) if done else score_chunk(job, partition, name, chunk)
        totals = {key: totals[key] + counts[key] for key in COUNTS}
    return totals


def score_chunk(job: Job, partition: Partition, name: str, chunk: Chunk) -> dict[str, int]:
    """Score a chunk, write it durably, and return its counts.

    Raises InputError for the first bad row where the job says to stop on errors, OSError when the disk refuses.
    """
    columns, rejected = columns_of(job, partition, chunk)
    rejected = sorted([*chunk.rejected, *rejected], key=lambda one: one.row)
    if rejected and job.stop_on_error:
        raise InputError(f"{partition.file.path}: row {rejected[0].row} {rejected[0].reason}.")
    labels = columns["label"].to_pylist()
    counts = {
        "rows": len(chunk.numbers) + len(chunk.rejected),
        "scored": len(labels),
        "undetermined": labels.count("undetermined"),
        "rejected": len(rejected),
    }
    parts.write_chunk(Path(job.parts), name, _writer(job, columns), _lines(job, partition, rejected), counts)
    return counts


def warm(model: str | None) -> None:
    """Load a model and what scoring with it imports; raise ModelError or DependencyError where that fails."""
    score_columns(scorer(model), ["She leads the team and plans the work."], None, True, True)


def _writer(job: Job, columns: dict[str, Any]) -> Any:
    if job.group_by is not None or job.format == "parquet":
        return output.arrow_stream(columns)
    as_csv = job.format == "csv"
    data = output.csv_bytes(columns, job.ids, job.raw_csv) if as_csv else output.jsonl_bytes(columns)
    return lambda file: file.write(data)


def _lines(job: Job, partition: Partition, rejected: Sequence[Rejected]) -> bytes:
    place: dict[str, Any] = {"file": partition.file.name} if job.folder else {}
    rows = [place | {"row": one.row, "id": one.id, "reason": one.reason} for one in rejected]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def columns_of(job: Job, partition: Partition | None, chunk: Chunk) -> tuple[dict[str, Any], list[Rejected]]:
    """Return the output columns of a chunk's good rows, and the rows that could not be scored."""
    texts, failed = _texts(chunk.columns.get(job.columns.text, []), job.columns.text)
    ungrouped = {} if job.group_by is None else _ungrouped(chunk, job.group_by)
    failed |= ungrouped
    good = [place for place in range(len(texts)) if place not in failed]
    scored, wrong = _isolated(job, [texts[place] for place in good])
    failed |= {good[place]: reason for place, reason in wrong.items()}
    good = [place for place in range(len(texts)) if place not in failed]
    named = _identified(job, partition, chunk)
    carried = {name: _taken(chunk.columns.get(name, []), good) for name in job.columns.carried}
    ids = {name: _taken(values, good) for name, values in named.items()}
    names = _identifiers(named)
    rejected = [Rejected(chunk.numbers[place], names[place], reason) for place, reason in failed.items()]
    if job.group_by is not None:
        label = {"group": _as_text(_taken(chunk.columns.get(job.group_by, []), good))}
        return label | {"id": _as_text(list(ids.values())[-1])} | scored, rejected
    return joined(ids | {name: values for name, values in carried.items() if name not in ids}, scored), rejected


def _identified(job: Job, partition: Partition | None, chunk: Chunk) -> dict[str, Any]:
    """Return the columns that name each row: the id as given, or the row's number (and file)."""
    if job.columns.id is not None:
        return {job.columns.id: chunk.columns.get(job.columns.id, [])}
    numbers = arrow().array(chunk.numbers, arrow().int64())
    if not job.folder:
        return {"row": numbers}
    name = "" if partition is None else partition.file.name
    return {"file": [name] * len(chunk.numbers), "row": numbers}


def _identifiers(named: dict[str, Any]) -> list[str | None]:
    values = list(named.values())[-1]
    listed = values if isinstance(values, list) else values.to_pylist()
    return [None if value is None else str(value) for value in listed]


def _texts(column: Any, name: str) -> tuple[list[str | None], dict[int, str]]:
    """Return a column's texts, and the rows whose bytes are no text."""
    if isinstance(column, list):
        return column, {}
    try:
        return texts_of(column, name), {}
    except UnicodeDecodeError:
        texts: list[str | None] = []
        failed = {}
        for place in range(len(column)):
            try:
                texts.append(column[place].as_py())
            except UnicodeDecodeError as error:
                texts.append(None)
                failed[place] = f"is not valid text (byte {error.start}: {error.reason})"
        return texts, failed


def _ungrouped(chunk: Chunk, name: str) -> dict[int, str]:
    values = _identifiers({name: chunk.columns.get(name, [])})
    return {place: f"has no value in the column {name!r}" for place, value in enumerate(values) if not value}


def _isolated(job: Job, texts: list[str | None]) -> tuple[dict[str, Any], dict[int, str]]:
    """Score texts; where that fails, find the ones at fault one by one and score the others."""
    found = scorer(job.model)
    try:
        return _scored(job, found, texts), {}
    except (MvlClassifyError, MemoryError):
        raise
    except Exception:
        wrong: dict[int, str] = {}
        for place, text in enumerate(texts):
            try:
                found.batch([text])
            except Exception as error:
                wrong[place] = f"cannot be scored ({type(error).__name__})"
        if not wrong:
            raise
        return _scored(job, found, [text for place, text in enumerate(texts) if place not in wrong]), wrong


def _scored(job: Job, scorer: Scorer, texts: list[str | None]) -> dict[str, Any]:
    if job.group_by is None:
        return score_columns(scorer, texts, job.kind, job.evidence, job.text)

    def sums(batch: Batch) -> dict[str, Any]:
        rows = packed(batch.documents.sums)
        flat = arrow().array(np.ascontiguousarray(rows).ravel(), arrow().float64())
        made = {name: values for name, values in score_arrays(scorer, batch).items() if name in ("label", "reasons")}
        made["sums"] = arrow().FixedSizeListArray.from_arrays(flat, rows.shape[1])
        return made | (evidence_array(scorer, batch, job.text) if job.evidence else {})

    return in_parts(scorer, texts, job.kind, sums)


def _taken(values: Any, places: list[int]) -> Any:
    """Return some rows of a column as an Arrow array; lists are text."""
    pa = arrow()
    if isinstance(values, list):
        return pa.array([values[place] for place in places], pa.string())
    return values if len(places) == len(values) else values.take(pa.array(places, pa.int64()))


def _as_text(values: Any) -> Any:
    return values.cast(arrow().string())
