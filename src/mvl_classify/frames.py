"""Data frames: `score_frame` for pandas, polars and Arrow tables, through narwhals' one protocol.

`docs/columns.md` is the guide to the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from mvl_classify.dimensions import KINDS
from mvl_classify.errors import InputError
from mvl_classify.results import DOCUMENT_LABELS, REASONS
from mvl_classify.scored import Batch
from mvl_classify.scorer import Scorer, shared

Form = Literal["wide", "long"]
Columns = dict[str, list[Any]]

CHUNK: Final = 512
"""How many texts are scored in one go; results do not depend on it."""

_TEXT: Final = ("label", "reasons", "kind", "dimension")
_WHOLE: Final = ("sentences", "oriented")
_TAKEN: Final = ("label", "orientation", "low", "high", "share", "sentences", "oriented", "reasons")
_PARTS: Final = ("orientation", "low", "high", "sentences", "share")


def score_frame(
    df: Any,
    text: str = "text",
    columns: Sequence[str] | None = None,
    *,
    form: Form = "wide",
    kind: str | None = None,
    prefix: str = "",
    model: str | Path | None = None,
    terms: str | Path | None = None,
) -> Any:
    """Score a column of texts and return a frame of the same library, with the same index and order.

    `df` is a pandas or polars data frame or an Arrow table, `text` the name of its column of texts. `form`
    "wide" has one row a text; "long" has one row a text and dimension. `columns` names what the answer holds:
    columns of `df` that stay (none named: all) and columns of the guide that come (none named: the usual
    ones). `kind` is `ad` or `review`, or the name of a column of them; None: guessed. `prefix` is put before
    the names of the new columns. A null or empty text is `undetermined` and its numbers are null.
    Raises InputError for a column that is missing, not text, or named like a new one.
    """
    import narwhals as nw

    try:
        frame = nw.from_native(df, eager_only=True)
    except TypeError:
        raise InputError(
            f"df: expected a pandas or polars data frame or an Arrow table, found {type(df).__name__}; "
            "a lazy frame is to be collected first."
        ) from None
    if form not in ("wide", "long"):
        raise InputError(f"form: expected 'wide' or 'long', found {form!r}.")
    texts = _column(frame, text, "text")
    scorer = shared(model, terms)
    ids = scorer.model.dimensions.ids
    kept, wanted = _chosen(list(frame.columns), columns, prefix, *_names(ids, form))
    found = _joined(_scored(scorer, texts, _kinds(frame, kind, len(texts)), form), wanted, prefix)
    rows = frame[np.repeat(np.arange(len(texts)), len(ids)).tolist()] if form == "long" else frame
    new = [_series(nw, name, found[name], prefix, frame) for name in found]
    return rows.select(kept).with_columns(new).to_native()


def _names(ids: tuple[str, ...], form: Form) -> tuple[list[str], list[str]]:
    """Return the columns that come unless others are named, and all that can be named."""
    if form == "long":
        return ["dimension", *_PARTS], ["dimension", *_PARTS]
    usual = [*_TAKEN, *(f"{key}.orientation" for key in ids)]
    return usual, [*_TAKEN, "kind", *(f"{key}.{part}" for key in ids for part in _PARTS)]


def _chosen(
    own: list[str], columns: Sequence[str] | None, prefix: str, usual: list[str], known: list[str]
) -> tuple[list[str], list[str]]:
    """Return which of the frame's columns stay and which new ones come."""
    if isinstance(columns, str):
        raise InputError(f"columns: expected a list of names, found the string {columns!r}.")
    named = list(columns or ())
    fresh = {prefix + name: name for name in known}
    for name in named:
        if name not in own and name not in fresh:
            raise InputError(
                f"columns: {name!r} is neither a column of the frame nor one of docs/columns.md."
            )
    kept = [name for name in named if name in own] or own
    wanted = [fresh[name] for name in named if name in fresh and name not in own] or usual
    for name in wanted:
        if prefix + name in kept:
            raise InputError(
                f"columns: the frame has a column {prefix + name!r} already; give a prefix, such as 'mvl_'."
            )
    return kept, wanted


def _column(frame: Any, name: str, option: str) -> list[Any]:
    if name not in frame.columns:
        raise InputError(
            f"{option}: the frame has no column {name!r}; it has {', '.join(map(str, frame.columns))}."
        )
    values: list[Any] = frame[name].to_list()
    for row, value in enumerate(values):
        null = value is None or value != value or type(value).__name__ in ("NAType", "NaTType")
        if not null and not isinstance(value, str):
            raise InputError(
                f"{option}: row {row} of the column {name!r} is {type(value).__name__} "
                f"({value!r:.40}), not text."
            )
    return values


def _kinds(frame: Any, kind: str | None, count: int) -> list[Any]:
    if kind is None or kind in KINDS:
        return [kind] * count
    values = [value if isinstance(value, str) and value else None for value in _column(frame, kind, "kind")]
    for row, value in enumerate(values):
        if value is not None and value not in KINDS:
            raise InputError(
                f"kind: row {row} of the column {kind!r} is {value!r}; expected 'ad', 'review' or null."
            )
    return values


def _scored(scorer: Scorer, texts: list[Any], kinds: list[Any], form: Form) -> Iterator[Columns]:
    ids = scorer.model.dimensions.ids
    for place in range(0, len(texts), CHUNK) or (0,):
        batch = scorer.batch(texts[place : place + CHUNK], kinds[place : place + CHUNK])
        yield _long(batch, ids) if form == "long" else _wide(batch, ids)


def _wide(batch: Batch, ids: tuple[str, ...]) -> Columns:
    found = batch.documents
    out: Columns = {
        "label": [DOCUMENT_LABELS[k] for k in found.label],
        "orientation": _numbers(found.orientation),
        "low": _numbers(found.low),
        "high": _numbers(found.high),
        "share": _numbers(found.share),
        "sentences": found.sentences.tolist(),
        "oriented": found.oriented.tolist(),
        "reasons": ["" if k < 0 else REASONS[k] for k in found.reason],
        "kind": [KINDS[0] if ad else KINDS[1] for ad in batch.kind],
    }
    parts = _parts(batch)
    for column, key in enumerate(ids):
        out |= {f"{key}.{part}": parts[part][column :: len(ids)] for part in _PARTS}
    return out


def _long(batch: Batch, ids: tuple[str, ...]) -> Columns:
    return {"dimension": list(ids) * len(batch.texts), **_parts(batch)}


def _parts(batch: Batch) -> Columns:
    """Return the dimensions' columns, text after text, in each the dimensions in order."""
    found = batch.documents
    share = found.dimension_count / np.maximum(found.sentences, 1)[:, None]
    return {
        "orientation": _numbers(found.dimension_orientation.ravel()),
        "low": _numbers(found.dimension_low.ravel()),
        "high": _numbers(found.dimension_high.ravel()),
        "sentences": found.dimension_count.ravel().tolist(),
        "share": _numbers(share.ravel()),
    }


def _numbers(values: Any) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def _joined(parts: Iterable[Columns], wanted: list[str], prefix: str) -> Columns:
    out: Columns = {prefix + name: [] for name in wanted}
    for part in parts:
        for name in wanted:
            out[prefix + name] += part[name]
    return out


def _series(nw: Any, name: str, values: list[Any], prefix: str, frame: Any) -> Any:
    part = name[len(prefix) :].rsplit(".", 1)[-1]
    kind = nw.String if part in _TEXT else nw.Int64 if part in _WHOLE else nw.Float64
    return nw.new_series(name, values, kind, backend=frame.implementation)
