"""The exports of Label Studio, Prodigy and Argilla, record by record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mvl_classify.dimensions import KINDS
from mvl_classify.errors import CorpusError


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


def label_studio(data: dict[str, Any], place: str) -> Record:
    """Read a task of Label Studio's JSON export (`annotations`), or of JSON-MIN (flat objects)."""
    if "annotations" not in data:
        return _label_studio_flat(data, place)
    fields = data.get("data") or {}
    answers = []
    for annotation in data["annotations"]:
        if not annotation.get("was_cancelled"):
            values = [result.get("value") or {} for result in annotation.get("result") or ()]
            choices = [choice for value in values for choice in listed(value.get("choices"))]
            answers += [Answer(tuple(choices))] if choices else []
    return Record(
        place, str(data.get("id", place)), _text(fields), kind_of(fields.get("kind"), place), tuple(answers)
    )


_MIN_FACTS: Final = frozenset(
    {"text", "id", "kind", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"}
)


def _label_studio_flat(data: dict[str, Any], place: str) -> Record:
    chosen = [value for key, value in data.items() if key not in _MIN_FACTS]
    lists = [value.get("choices") if isinstance(value, dict) else value for value in chosen]
    words = [word for value in lists for word in listed(value) if isinstance(value, (str, list))]
    answers = (Answer(tuple(words)),) if words else ()
    return Record(place, str(data.get("id", place)), _text(data), kind_of(data.get("kind"), place), answers)


def prodigy(data: dict[str, Any], place: str) -> Record:
    """Read a task of Prodigy's `db-out`: the choices accepted, or the one label that was."""
    words = [*listed(data.get("accept")), *listed(data.get("dimension"))]
    if not data.get("accept"):
        words = [*listed(data.get("label")), *words]
    answered = data.get("answer") == "accept"
    kind = data.get("kind") or (data.get("meta") or {}).get("kind")
    return Record(
        place=place,
        id=str(data.get("_task_hash", place)),
        text=_text(data),
        kind=kind_of(kind, place),
        answers=(Answer(tuple(words)),) if answered and words else (),
        left_out=None if answered else f"answered {data.get('answer')!r}",
    )


def argilla(data: dict[str, Any], place: str) -> Record:
    """Read a record of Argilla 2 (`fields`, `responses`, flat or not) or of Argilla 1 (`annotation`)."""
    fields = data.get("fields") or data.get("inputs") or data
    metadata = data.get("metadata") or {}
    return Record(
        place=place,
        id=str(data.get("id") or place),
        text=_text(fields if isinstance(fields, dict) else {"text": fields}),
        kind=kind_of(metadata.get("kind"), place),
        answers=tuple(_argilla_answers(data)),
    )


def _argilla_answers(data: dict[str, Any]) -> Iterator[Answer]:
    if "annotation" in data:
        if data["annotation"]:
            yield Answer(tuple(listed(data["annotation"])))
        return
    given = data.get("responses")
    if isinstance(given, list):  # as the server hands them out: one object a user
        for response in given:
            values = response.get("values") or {}
            words = [word for value in values.values() for word in listed(value.get("value"))]
            if words and response.get("status", "submitted") == "submitted":
                yield Answer(tuple(words))
        return
    questions = given or {key: value for key, value in data.items() if key.endswith(".responses")}
    by_user: dict[Any, list[str]] = {}
    for answers in questions.values():
        for number, answer in enumerate(answers or ()):
            facts = answer if isinstance(answer, dict) else {"value": answer}
            if facts.get("status", "submitted") == "submitted":
                by_user.setdefault(facts.get("user_id", number), []).extend(listed(facts.get("value")))
    yield from (Answer(tuple(words)) for words in by_user.values() if words)


def _text(fields: dict[str, Any]) -> str:
    """Return the field called text, else the only one that holds a string."""
    if isinstance(fields.get("text"), str):
        return str(fields["text"])
    strings = [value for value in fields.values() if isinstance(value, str)]
    return strings[0] if len(strings) == 1 else ""


def listed(value: Any) -> list[str]:
    """Return one choice or several as a list of words."""
    if value is None or value == "":
        return []
    return [str(part) for part in value] if isinstance(value, (list, tuple)) else [str(value)]


def kind_of(value: Any, place: str) -> str | None:
    """Return a kind that was told, None where none was; raise CorpusError for another word."""
    if value is None or value == "":
        return None
    if value not in KINDS:
        raise CorpusError(f"{place}: the kind {value!r} is none of {', '.join(KINDS)}.")
    return str(value)
