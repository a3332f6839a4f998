"""What the JSON API takes and gives, as its OpenAPI description states it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mvl_classify.dimensions import Kind
from mvl_classify.results import DocumentScore
from mvl_classify.web.limits import Limits, RefusedError, too_long


def _whole(text: str) -> str:
    """Refuse half a surrogate pair: JSON can write it, but it is no character."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds half a surrogate pair, which is no character")
    return text


Words = Annotated[str, AfterValidator(_whole)]


class Body(BaseModel):
    """A body of JSON in which an unknown field, or a value of another type, is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ScoreBody(Body):
    """One text to score."""

    text: Annotated[Words | None, Field(description="The text; null and empty text give `undetermined`.")]
    title: Annotated[Words | None, Field(description="A job title to compare with the text; it is not scored.")] = None
    kind: Annotated[Kind | None, Field(description="What the text is; null: guess.")] = None

    def check(self, limits: Limits, place: str = "") -> None:
        """Raise RefusedError where text or title is too long."""
        if len(self.text or "") > limits.text_characters:
            raise too_long(f"{place}text", len(self.text or ""), limits.text_characters)
        if len(self.title or "") > limits.title_characters:
            raise too_long(f"{place}title", len(self.title or ""), limits.title_characters)


class BatchBody(Body):
    """Several texts to score."""

    texts: Annotated[
        list[Words | ScoreBody | None], Field(description="Each a text, null, or an object as `POST /score` takes it.")
    ]
    kind: Annotated[Kind | None, Field(description="The kind of every text that names none itself.")] = None

    def items(self, limits: Limits) -> list[ScoreBody]:
        """Return the texts as they are to be scored; raise RefusedError where they are too many or too long."""
        if len(self.texts) > limits.batch_texts:
            raise RefusedError(413, f"texts: has {len(self.texts):,} texts; at most {limits.batch_texts:,} go at once.")
        made = [self._item(entry) for entry in self.texts]
        for number, item in enumerate(made):
            item.check(limits, f"texts.{number}.")
        total = sum(len(item.text or "") for item in made)
        if total > limits.batch_characters:
            raise too_long("texts", total, limits.batch_characters)
        return made

    def _item(self, entry: str | ScoreBody | None) -> ScoreBody:
        if isinstance(entry, ScoreBody):
            return entry if entry.kind is not None else entry.model_copy(update={"kind": self.kind})
        return ScoreBody(text=entry, kind=self.kind)


class ReportBody(ScoreBody):
    """One text to report on."""

    name: Annotated[Words, Field(description="What the report calls the text.")] = "Text"


class Version(Body):
    """One of the versions that the page shows."""

    text: Words
    title: Words | None = None


class ViewBody(Body):
    """What the page shows: one version, or two to compare."""

    versions: Annotated[list[Version], Field(min_length=1, max_length=2)]
    kind: Kind | None = None


class BatchAnswer(BaseModel):
    """The results of a batch, in the order of its texts."""

    results: list[DocumentScore]


class ModelAnswer(BaseModel):
    """The model that scores here, and the limits of this server."""

    name: str
    version: str
    digest: str
    dimensions: list[dict[str, Any]]
    manifest: Annotated[dict[str, Any], Field(description="The rest of the model's manifest.")]
    limits: dict[str, float]


class Health(BaseModel):
    """That the server answers."""

    status: str


class Problem(BaseModel):
    """Why a request was refused, in one line."""

    detail: str
