"""The frozen results that every face reads: spans, sentences, dimensions, documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from mvl_classify.dimensions import Kind, Label, Pole

SCHEMA_VERSION: Final = 1

DocumentLabel = Literal["management", "leadership", "balanced", "neutral", "undetermined"]
Reason = Literal["no_evidence", "empty", "too_short", "not_english", "boilerplate_only", "weak_evidence"]
Section = Literal[
    "body", "responsibilities", "requirements", "about_us", "benefits", "legal", "application", "heading"
]
Setting = Literal["benefits", "legal", "about_us", "application", "heading", "employer", "reviewer"]

DOCUMENT_LABELS: Final[tuple[DocumentLabel, ...]] = (
    "management",
    "leadership",
    "balanced",
    "neutral",
    "undetermined",
)
REASONS: Final[tuple[Reason, ...]] = (
    "no_evidence",
    "empty",
    "too_short",
    "not_english",
    "boilerplate_only",
    "weak_evidence",
)


@dataclass(frozen=True, slots=True)
class Span:
    """A word or run of words that carried weight, with its offsets into the text as given.

    `contributions` has one logit summand per head of the model; `contribution` is the headline,
    leadership minus management: below 0 it speaks for management, above 0 for leadership. `reason` is null
    unless a term of the user's own put the span here.
    """

    text: str
    start: int
    end: int
    contribution: float
    contributions: Mapping[str, float]
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; `reason` is there only where it is not null."""
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "contribution": self.contribution,
            "contributions": dict(self.contributions),
            **({} if self.reason is None else {"reason": self.reason}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Span:
        """Return what `to_dict` was made from."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class SentenceScore:
    """What one sentence shows: a probability in [0, 1] for each pole, and the words that decided.

    For every head h (the two poles, then the dimensions) `bias[h]` plus the sum of
    `contributions[h]` over `evidence` is `logits[h]`; a transformer's `bias` is what is left over when every word has
    been left out by itself, and differs from sentence to sentence. `management` and `leadership` are the
    calibrated logits of the two poles; `dimensions` are probabilities that add up to 1, and
    `dimension` is the first of them, also where `label` is neutral. `counted` says whether the
    sentence enters the document's score, and `excluded` why not.
    """

    text: str
    start: int
    end: int
    management: float
    leadership: float
    label: Label
    dimension: str
    dimensions: Mapping[str, float]
    evidence: tuple[Span, ...] = ()
    logits: Mapping[str, float] = field(default_factory=dict)
    bias: Mapping[str, float] = field(default_factory=dict)
    section: Section = "body"
    counted: bool = True
    excluded: Setting | None = None

    @property
    def oriented(self) -> bool:
        """Whether the sentence shows a pole, or both."""
        return self.label != "neutral"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "management": self.management,
            "leadership": self.leadership,
            "label": self.label,
            "dimension": self.dimension,
            "dimensions": dict(self.dimensions),
            "section": self.section,
            "counted": self.counted,
            "excluded": self.excluded,
            "logits": dict(self.logits),
            "bias": dict(self.bias),
            "evidence": [span.to_dict() for span in self.evidence],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SentenceScore:
        """Return what `to_dict` was made from."""
        return cls(**{**data, "evidence": _spans(data)})


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """How a document leans on one dimension: null `orientation` and no evidence where it says nothing.

    `share` is the part of the counted sentences, in [0, 1], that is oriented and speaks of this dimension.
    """

    id: str
    orientation: float | None
    interval: tuple[float, float] | None
    sentence_count: int
    share: float
    evidence: tuple[Span, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "id": self.id,
            "orientation": self.orientation,
            "interval": None if self.interval is None else list(self.interval),
            "sentence_count": self.sentence_count,
            "share": self.share,
            "evidence": [span.to_dict() for span in self.evidence],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DimensionScore:
        """Return what `to_dict` was made from."""
        return cls(**{**data, "interval": _pair(data["interval"]), "evidence": _spans(data)})


@dataclass(frozen=True, slots=True)
class TitleCheck:
    """What a job title names by itself, and whether the text agrees (null when either says nothing)."""

    text: str
    names: Pole | None
    agrees: bool | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"text": self.text, "names": self.names, "agrees": self.agrees}


@dataclass(frozen=True, slots=True)
class DocumentScore:
    """What a whole text shows.

    `orientation` lies in [-1, +1]: -1 all management, +1 all leadership, null when no counted
    sentence is oriented; `interval` is its 95 % interval. `share` is the part of the counted
    sentences, in [0, 1], that is oriented. `reasons` says why a label is `neutral` or `undetermined`.
    `title` is null unless a title was given. `model` is the digest of the model that scored.
    """

    label: DocumentLabel
    orientation: float | None
    interval: tuple[float, float] | None
    share: float
    sentence_count: int
    oriented_count: int
    reasons: tuple[Reason, ...]
    kind: Kind
    kind_given: bool
    title: TitleCheck | None
    dimensions: Mapping[str, DimensionScore]
    evidence: tuple[Span, ...]
    sentences: tuple[SentenceScore, ...]
    model: str
    schema_version: int = SCHEMA_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that fits `docs/result.schema.json`; no value is NaN."""
        return {
            "schema_version": self.schema_version,
            "model": self.model,
            "kind": self.kind,
            "kind_given": self.kind_given,
            "title": None if self.title is None else self.title.to_dict(),
            "label": self.label,
            "orientation": self.orientation,
            "interval": None if self.interval is None else list(self.interval),
            "share": self.share,
            "sentence_count": self.sentence_count,
            "oriented_count": self.oriented_count,
            "reasons": list(self.reasons),
            "dimensions": {key: value.to_dict() for key, value in self.dimensions.items()},
            "evidence": [span.to_dict() for span in self.evidence],
            "sentences": [sentence.to_dict() for sentence in self.sentences],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DocumentScore:
        """Return what `to_dict` was made from."""
        made = {
            "interval": _pair(data["interval"]),
            "reasons": tuple(data["reasons"]),
            "title": None if data["title"] is None else TitleCheck(**data["title"]),
            "dimensions": {key: DimensionScore.from_dict(value) for key, value in data["dimensions"].items()},
            "evidence": _spans(data),
            "sentences": tuple(map(SentenceScore.from_dict, data["sentences"])),
        }
        return cls(**{**data, **made})


def _spans(data: Mapping[str, Any]) -> tuple[Span, ...]:
    return tuple(map(Span.from_dict, data["evidence"]))


def _pair(value: Any) -> tuple[float, float] | None:
    return None if value is None else (value[0], value[1])

@dataclass(frozen=True, slots=True)
class CombinedScore:
    """What many texts about one person or team show together; `combine` makes it.

    Fields are those of `DocumentScore`, over the sentences of all texts that could be read. `text_count` is the
    number of texts given, `used_count` of those that could be read. `evidence_texts[k]` is the number, from 0,
    of the text that `evidence[k]` stands in. `reasons` may also be `small_group`: fewer texts than were asked for.
    """

    label: DocumentLabel
    orientation: float | None
    interval: tuple[float, float] | None
    share: float
    text_count: int
    used_count: int
    sentence_count: int
    oriented_count: int
    reasons: tuple[str, ...]
    dimensions: Mapping[str, DimensionScore]
    evidence: tuple[Span, ...]
    evidence_texts: tuple[int, ...]
    model: str
    schema_version: int = SCHEMA_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; no value is NaN."""
        spans = zip(self.evidence, self.evidence_texts, strict=True)
        return {
            "schema_version": self.schema_version,
            "model": self.model,
            "label": self.label,
            "orientation": self.orientation,
            "interval": None if self.interval is None else list(self.interval),
            "share": self.share,
            "text_count": self.text_count,
            "used_count": self.used_count,
            "sentence_count": self.sentence_count,
            "oriented_count": self.oriented_count,
            "reasons": list(self.reasons),
            "dimensions": {key: value.to_dict() for key, value in self.dimensions.items()},
            "evidence": [span.to_dict() | {"text_number": number} for span, number in spans],
        }
