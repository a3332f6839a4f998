"""Arrow record batches in, Arrow record batches out: the one core that batch, Dask, Spark and pandas call.

`score_batches` takes a model by path and gives plain columns back, so that it can be sent to any worker:

    table.to_batches() -> score_batches(batches, text_column="review") -> pa.Table.from_batches(...)
    frame.mapInArrow(partial(score_batches, text_column="review"), schema)       # PySpark
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mvl_classify.dimensions import Kind
from mvl_classify.errors import DependencyError, InputError
from mvl_classify.evidence import EvidenceArrays, evidence
from mvl_classify.locate import named
from mvl_classify.results import DOCUMENT_LABELS, REASONS
from mvl_classify.scored import Batch
from mvl_classify.scorer import Scorer

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_CHARACTERS: Final = 250_000
"""How much text is scored in one go: small enough for the processor's cache; results do not depend on it."""

CHUNK_TEXTS: Final = 4096


def arrow() -> Any:
    """Return pyarrow; raise DependencyError when it is not installed."""
    try:
        import pyarrow
    except ImportError:
        raise DependencyError("tables need pyarrow: pip install pyarrow.") from None
    return pyarrow


def scorer(model: str | Path | None) -> Scorer:
    """Return the scorer of a model folder or of an engine by its name (None: the default), loaded once a process."""
    return _scorer(named(model))


@lru_cache(maxsize=2)
def _scorer(model: str | None) -> Scorer:
    return Scorer(model)


def score_batches(
    batches: Iterable[pa.RecordBatch],
    *,
    text_column: str,
    columns: Sequence[str] | None = None,
    model: str | Path | None = None,
    kind: Kind | None = None,
    evidence: bool = True,
    text: bool = True,
) -> Iterator[pa.RecordBatch]:
    """Yield one scored batch for each batch, row for row, with the columns of `schema`.

    `columns` are carried over as they are (default: all but the text); one that has the name of a score becomes
    `input.NAME`. A null text is scored
    `undetermined`. `evidence=False` leaves the evidence out, `text=False` leaves it as offsets only.
    `model` is a folder that every worker can read, or `transformer`. Raises InputError where a column is missing or
    not text.
    """
    found = scorer(model)
    for batch in batches:
        yield score_batch(found, batch, text_column, columns, kind, evidence, text)


def score_batch(
    scorer: Scorer,
    batch: pa.RecordBatch,
    text_column: str,
    columns: Sequence[str] | None,
    kind: Kind | None,
    evidence: bool,
    text: bool,
) -> pa.RecordBatch:
    """Return one scored batch; see `score_batches`."""
    pa = arrow()
    chosen = [name for name in batch.schema.names if name != text_column] if columns is None else list(columns)
    for name in (text_column, *chosen):
        if name not in batch.schema.names:
            raise InputError(f"column {name!r}: is not there; the columns are {', '.join(batch.schema.names)}.")
    carried = {name: batch.column(name) for name in chosen}
    texts = texts_of(batch.column(text_column), text_column)
    scored = score_columns(scorer, texts, kind, evidence, text)
    whole = joined(carried, scored)
    fields = [pa.field(name, values.type) for name, values in whole.items()]
    return pa.record_batch(list(whole.values()), schema=pa.schema(fields))


def joined(carried: dict[str, Any], scored: dict[str, Any]) -> dict[str, Any]:
    """Return carried and score columns; a carried one with the name of a score becomes `input.NAME`."""
    return {f"input.{name}" if name in scored else name: values for name, values in carried.items()} | scored


def schema(model: str | Path | None = None, evidence: bool = True, text: bool = True) -> pa.Schema:
    """Return the schema of the score columns, as `score_batches` adds them and Spark wants them named."""
    found = scorer(model)
    empty = score_columns(found, [], None, evidence, text)
    return arrow().schema([arrow().field(name, values.type) for name, values in empty.items()])


def texts_of(column: Any, name: str) -> list[str | None]:
    """Return a column of text as strings; raise InputError where it holds something else."""
    pa = arrow()
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        raise InputError(f"column {name!r}: holds {kind}, not text.")
    texts: list[str | None] = column.to_pylist()
    return texts


def score_columns(
    scorer: Scorer, texts: Sequence[str | None], kind: Kind | None, evidence: bool, text: bool
) -> dict[str, Any]:
    """Return the score columns of some texts as Arrow arrays, in the order of `schema`."""

    def columns(batch: Batch) -> dict[str, Any]:
        return score_arrays(scorer, batch) | (evidence_array(scorer, batch, text) if evidence else {})

    return in_parts(scorer, texts, kind, columns)


def in_parts(
    scorer: Scorer, texts: Sequence[str | None], kind: Kind | None, columns: Callable[[Batch], dict[str, Any]]
) -> dict[str, Any]:
    """Score texts part by part and join the columns that `columns` makes of each part."""
    made = [columns(scorer.batch(part, None if kind is None else [kind] * len(part))) for part in _parts(texts)]
    if len(made) == 1:
        return made[0]
    return {name: arrow().concat_arrays([part[name] for part in made]) for name in made[0]}


def _parts(texts: Sequence[str | None]) -> Iterator[Sequence[str | None]]:
    begin = size = 0
    for place, text in enumerate(texts):
        size += len(text or "")
        if size >= CHUNK_CHARACTERS or place - begin >= CHUNK_TEXTS:
            yield texts[begin : place + 1]
            begin, size = place + 1, 0
    if begin < len(texts) or not texts:
        yield texts[begin:]


def score_arrays(scorer: Scorer, batch: Batch) -> dict[str, Any]:
    """Return the numbers of a batch as Arrow arrays; NaN becomes null."""
    pa, scored = arrow(), batch.documents
    columns = {
        "label": _named(scored.label, DOCUMENT_LABELS),
        "orientation": _nullable(scored.orientation),
        "low": _nullable(scored.low),
        "high": _nullable(scored.high),
        "share": pa.array(scored.share, pa.float64()),
        "sentences": pa.array(scored.sentences, pa.int64()),
        "oriented": pa.array(scored.oriented, pa.int64()),
        "reasons": _named(scored.reason, (*REASONS, "")),
    }
    for place, name in enumerate(scorer.model.engine.dimensions):
        columns[f"{name}.orientation"] = _nullable(scored.dimension_orientation[:, place])
    return columns


def evidence_array(scorer: Scorer, batch: Batch, text: bool) -> dict[str, Any]:
    """Return the evidence of a batch as a column of lists: start, end, contribution and, if asked, the words."""
    pa = arrow()
    found: EvidenceArrays = evidence(batch)
    fields = {
        "start": pa.array(found.start, pa.int64()),
        "end": pa.array(found.end, pa.int64()),
        "contribution": pa.array(found.contribution, pa.float64()),
    }
    if text:
        fields = {"text": pa.array(found.texts(batch.texts), pa.string()), **fields}
    spans = pa.StructArray.from_arrays(list(fields.values()), names=list(fields))
    return {"evidence": pa.ListArray.from_arrays(pa.array(found.edges, pa.int32()), spans)}


def _nullable(values: Any) -> Any:
    return arrow().array(np.ascontiguousarray(values), arrow().float64(), from_pandas=True)


def _named(codes: Any, names: Sequence[str]) -> Any:
    pa = arrow()
    return pa.array(names, pa.string()).take(pa.array(codes % len(names), pa.int64()))
