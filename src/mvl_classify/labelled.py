"""Labelled sentences as people have them: CSV, JSONL, and the exports of Label Studio, Prodigy and Argilla.

Each becomes the corpus' rows. A sentence without an answer, or about which the annotators are split, is left
out and counted. Two choices, management and leadership, are `both`; a choice that is the id of a dimension is
the sentence's dimension.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mvl_classify.corpus import Row
from mvl_classify.dimensions import LABELS, POLES
from mvl_classify.errors import CorpusError, InputError
from mvl_classify.exports import Answer, Record, argilla, kind_of, label_studio, listed, prodigy
from mvl_classify.readers import read

FORMS: Final = ("csv", "jsonl", "label-studio", "prodigy", "argilla")


@dataclass(frozen=True, slots=True)
class Annotations:
    """The labelled rows of a file, the form it was read as, and how many were left out for which reason."""

    rows: list[Row]
    form: str
    left_out: Counter[str]


def read_annotations(path: Path, dimensions: Sequence[str], form: str | None = None) -> Annotations:
    """Read labelled sentences; `form` is one of `FORMS`, None: it is told by the content.

    Raises InputError when the file cannot be read, CorpusError with file and place when a row is malformed.
    """
    if form is not None and form not in FORMS:
        raise InputError(f"the form {form!r} is none of {', '.join(FORMS)}.")
    text = read(path).text
    if form == "csv" or (form is None and path.suffix.lower() in (".csv", ".tsv")):
        return _annotations(_csv(text, path), "csv", path, dimensions)
    found = _objects(text, path)
    if not found:
        raise CorpusError(f"{path}: holds no labelled sentence.")
    chosen = form or _form(found[0][1])
    records = (_READERS[chosen](data, place) for place, data in found)
    return _annotations(records, chosen, path, dimensions)


def _annotations(records: Iterator[Record], form: str, path: Path, dimensions: Sequence[str]) -> Annotations:
    rows, left_out = [], Counter[str]()
    for record in records:
        if not record.text.strip():
            raise CorpusError(f"{record.place}: a row needs a `text` that is not empty.")
        judged = [_judged(answer, record.place, dimensions) for answer in record.answers]
        reason = record.left_out or _split(judged)
        if reason is not None:
            left_out[reason] += 1
            continue
        label = Counter(label for label, _ in judged).most_common(1)[0][0]
        named = Counter(dimension for own, dimension in judged if own == label and dimension)
        dimension = named.most_common(1)[0][0] if named and label != "neutral" else None
        rows.append(Row(record.id, record.text, label, dimension, record.kind, path.stem, record.place, {}))
    return Annotations(rows, form, left_out)


def _judged(answer: Answer, place: str, dimensions: Sequence[str]) -> tuple[str, str | None]:
    """Return the label and the dimension that an annotator's choices name."""
    words = [choice.strip().lower() for choice in answer.choices if choice.strip()]
    labels = {word for word in words if word in LABELS}
    about = [word for word in words if word in dimensions]
    for word in words:
        if word not in labels and word not in about:
            known = f"a label ({', '.join(LABELS)}) nor a dimension ({', '.join(dimensions)})"
            raise CorpusError(f"{place}: {word!r} is neither {known}.")
    if labels == set(POLES):
        return "both", about[0] if about else None
    if len(labels) != 1:
        raise CorpusError(
            f"{place}: expected one label of {', '.join(LABELS)}, "
            f"found {', '.join(sorted(labels)) or 'none'}."
        )
    return labels.pop(), about[0] if about else None


def _split(judged: list[tuple[str, str | None]]) -> str | None:
    if not judged:
        return "no answer"
    (_, most), *others = Counter(label for label, _ in judged).most_common(2)
    return "annotators are split" if others and others[0][1] == most else None


def _csv(text: str, path: Path) -> Iterator[Record]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [name.strip().lower() for name in next(lines, [])]
    for needed in ("text", "label"):
        if needed not in names:
            raise CorpusError(f"{path}:1: has no column {needed!r}; it has {', '.join(names) or 'none'}.")
    for values in lines:
        place = f"{path}:{lines.line_num}"
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(names):
            raise CorpusError(
                f"{place}: has {len(values)} fields, the head has {len(names)}; quote texts with commas."
            )
        yield _plain(dict(zip(names, values, strict=True)), place)


def _objects(text: str, path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects of a JSON array or of JSON lines, each with its place."""
    if text.lstrip().startswith("["):
        try:
            rows = [(f"{path}[{number}]", row) for number, row in enumerate(json.loads(text))]
        except json.JSONDecodeError as error:
            raise CorpusError(f"{path}:{error.lineno}: is not JSON ({error.msg}).") from None
    else:
        rows = []
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                try:
                    rows.append((f"{path}:{number}", json.loads(line)))
                except json.JSONDecodeError as error:
                    raise CorpusError(f"{path}:{number}: is not JSON ({error.msg}).") from None
    for place, row in rows:
        if not isinstance(row, dict):
            raise CorpusError(f"{place}: expected an object, found {type(row).__name__}.")
    return rows


def _form(first: dict[str, Any]) -> str:
    if "annotations" in first or "annotator" in first or "annotation_id" in first:
        return "label-studio"
    if "answer" in first:
        return "prodigy"
    if "fields" in first or "annotation" in first or any(key.endswith(".responses") for key in first):
        return "argilla"
    return "jsonl"


def _plain(data: dict[str, Any], place: str) -> Record:
    """Read `text`, `label`, and perhaps `dimension`, `kind` and `id`."""
    label, dimension = data.get("label"), data.get("dimension")
    choices = [*listed(label), *listed(dimension)]
    return Record(
        place=place,
        id=str(data.get("id") or place),
        text=str(data.get("text") or ""),
        kind=kind_of(data.get("kind"), place),
        answers=(Answer(tuple(choices)),) if choices else (),
    )


_READERS: Final[dict[str, Callable[[dict[str, Any], str], Record]]] = {
    "jsonl": _plain,
    "label-studio": label_studio,
    "prodigy": prodigy,
    "argilla": argilla,
}
