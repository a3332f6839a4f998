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
from mvl_classify.dimensions import KINDS, LABELS, POLES
from mvl_classify.errors import CorpusError, InputError
from mvl_classify.readers import read

FORMS: Final = ("csv", "jsonl", "label-studio", "prodigy", "argilla")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one annotator chose: words that name a label or a dimension."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One sentence of a file with every annotator's answer; `left_out` says why it has none."""

    place: str
    id: str
    text: str
    kind: str | None
    answers: tuple[Answer, ...]
    left_out: str | None = None


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
    choices = [*_listed(label), *_listed(dimension)]
    return Record(
        place=place,
        id=str(data.get("id") or place),
        text=str(data.get("text") or ""),
        kind=_kind(data.get("kind"), place),
        answers=(Answer(tuple(choices)),) if choices else (),
    )


def _label_studio(data: dict[str, Any], place: str) -> Record:
    """Read a task of Label Studio's JSON export (`annotations`), or of JSON-MIN (flat objects)."""
    if "annotations" not in data:
        return _label_studio_flat(data, place)
    fields = data.get("data") or {}
    answers = []
    for annotation in data["annotations"]:
        if not annotation.get("was_cancelled"):
            values = [result.get("value") or {} for result in annotation.get("result") or ()]
            choices = [choice for value in values for choice in _listed(value.get("choices"))]
            answers += [Answer(tuple(choices))] if choices else []
    return Record(
        place, str(data.get("id", place)), _text(fields), _kind(fields.get("kind"), place), tuple(answers)
    )


_MIN_FACTS: Final = frozenset(
    {"text", "id", "kind", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"}
)


def _label_studio_flat(data: dict[str, Any], place: str) -> Record:
    chosen = [value for key, value in data.items() if key not in _MIN_FACTS]
    lists = [value.get("choices") if isinstance(value, dict) else value for value in chosen]
    words = [word for value in lists for word in _listed(value) if isinstance(value, (str, list))]
    answers = (Answer(tuple(words)),) if words else ()
    return Record(place, str(data.get("id", place)), _text(data), _kind(data.get("kind"), place), answers)


def _prodigy(data: dict[str, Any], place: str) -> Record:
    """Read a task of Prodigy's `db-out`: the choices accepted, or the one label that was."""
    words = [*_listed(data.get("accept")), *_listed(data.get("dimension"))]
    if not data.get("accept"):
        words = [*_listed(data.get("label")), *words]
    answered = data.get("answer") == "accept"
    kind = data.get("kind") or (data.get("meta") or {}).get("kind")
    return Record(
        place=place,
        id=str(data.get("_task_hash", place)),
        text=_text(data),
        kind=_kind(kind, place),
        answers=(Answer(tuple(words)),) if answered and words else (),
        left_out=None if answered else f"answered {data.get('answer')!r}",
    )


def _argilla(data: dict[str, Any], place: str) -> Record:
    """Read a record of Argilla 2 (`fields`, `responses`, flat or not) or of Argilla 1 (`annotation`)."""
    fields = data.get("fields") or data.get("inputs") or data
    metadata = data.get("metadata") or {}
    return Record(
        place=place,
        id=str(data.get("id") or place),
        text=_text(fields if isinstance(fields, dict) else {"text": fields}),
        kind=_kind(metadata.get("kind"), place),
        answers=tuple(_argilla_answers(data)),
    )


def _argilla_answers(data: dict[str, Any]) -> Iterator[Answer]:
    if "annotation" in data:
        if data["annotation"]:
            yield Answer(tuple(_listed(data["annotation"])))
        return
    given = data.get("responses")
    if isinstance(given, list):  # as the server hands them out: one object a user
        for response in given:
            values = response.get("values") or {}
            words = [word for value in values.values() for word in _listed(value.get("value"))]
            if words and response.get("status", "submitted") == "submitted":
                yield Answer(tuple(words))
        return
    questions = given or {key: value for key, value in data.items() if key.endswith(".responses")}
    by_user: dict[Any, list[str]] = {}
    for answers in questions.values():
        for number, answer in enumerate(answers or ()):
            facts = answer if isinstance(answer, dict) else {"value": answer}
            if facts.get("status", "submitted") == "submitted":
                by_user.setdefault(facts.get("user_id", number), []).extend(_listed(facts.get("value")))
    yield from (Answer(tuple(words)) for words in by_user.values() if words)


def _text(fields: dict[str, Any]) -> str:
    """Return the field called text, else the only one that holds a string."""
    if isinstance(fields.get("text"), str):
        return str(fields["text"])
    strings = [value for value in fields.values() if isinstance(value, str)]
    return strings[0] if len(strings) == 1 else ""


def _listed(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [str(part) for part in value] if isinstance(value, (list, tuple)) else [str(value)]


def _kind(value: Any, place: str) -> str | None:
    if value is None or value == "":
        return None
    if value not in KINDS:
        raise CorpusError(f"{place}: the kind {value!r} is none of {', '.join(KINDS)}.")
    return str(value)


_READERS: Final[dict[str, Callable[[dict[str, Any], str], Record]]] = {
    "jsonl": _plain,
    "label-studio": _label_studio,
    "prodigy": _prodigy,
    "argilla": _argilla,
}
